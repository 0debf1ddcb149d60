"""`classify_product`: ranked subheadings from the classification index, with reasons, notes, rulings and questions."""

from __future__ import annotations

import logging

from assistant.bootstrap import Services, store_errors
from assistant.classification.confidence import level, meaning
from assistant.classification.evidence import Evidence
from assistant.classification.questions import questions
from assistant.classification.reasons import rule, why
from assistant.classification.rerank import Opinion, rerank
from assistant.classification.types import (
    ClassifyRequest,
    ClassifyResponse,
    DecidingChoice,
    DecidingQuestion,
    Line,
    TariffCandidate,
)
from assistant.classification.wording import label, say
from assistant.config import OFFLINE
from assistant.customs.hts_number import format_hts
from assistant.customs.schedule import Revision, revision_on
from assistant.customs.types import Language
from assistant.errors import InvalidInput, SourcingError
from assistant.models import chat_model
from assistant.sourcing.places import country_code
from prompts import instruction
from retrieval.classify.classifier import Candidate, Ranking

LINES = 5
"""Lines listed under a candidate."""
EVIDENCE = 10
"""Candidates for which notes and rulings are looked up."""
RERANKED = 20
"""Candidates that a chat model is shown."""
_log = logging.getLogger(__name__)


def classify_product(services: Services, request: ClassifyRequest) -> ClassifyResponse:
    """Ranked candidates, one a subheading."""
    if not any(c.isalpha() for c in request.description):
        raise InvalidInput(
            "the description has no words",
            field="description",
            hint="say what the goods are, what they are made of and what they are used for",
        )
    if country_code(request.destination, field="destination") != "US":
        raise InvalidInput(
            f"no tariff schedule of {request.destination} is loaded; only that of the US is",
            field="destination",
            hint="use destination US",
        )
    day = request.as_of or services.today()
    with store_errors():
        infos = services.catalog.schedules("US")
        revisions = [
            Revision(i.document_id, i.revision or i.document_id, i.effective_from, i.partial, i.title, i.url)
            for i in infos
            if i.effective_from is not None
        ]
        revision = revision_on(revisions, day)
        classifier = services.classifiers.of(revision.document_id)
        ranking = classifier.rank(request.description, max(request.limit, RERANKED))
        evidence = Evidence(services.catalog, services.tenants, day)
    lang: Language = request.language or ("es" if ranking.query.language == "es" else "en")
    shown = _sensible(ranking)
    opinion, failed = _opinion(services, request.description, shown[:RERANKED], lang)
    if opinion:
        place = {code: n for n, code in enumerate(opinion.order)}
        shown = sorted(shown, key=lambda c: place.get(c.code, len(place)))
    shown = shown[: request.limit]
    candidates = [
        _candidate(c, ranking, lang, evidence if n < EVIDENCE else None, opinion if n == 0 else None)
        for n, c in enumerate(shown)
    ]
    limits = [say("not_covered.chapters", lang), *evidence.limits(lang)]
    if revision.partial:
        limits.insert(0, say("not_covered.extract", lang, count=len(classifier.index.subheadings)))
    if failed:
        limits.append(say("not_covered.model", lang))
    return ClassifyResponse(
        description=request.description,
        language=lang,
        as_of=day,
        revision=revision.name,
        candidates=candidates,
        confidence_meaning=meaning(lang, reordered=opinion is not None),
        questions=[
            DecidingQuestion(
                name=q.name,
                question=q.question,
                choices=[DecidingChoice(answer=c.answer, hts=[format_hts(h) for h in c.hts]) for c in q.choices],
            )
            for q in questions(ranking if shown else Ranking(ranking.query, (), 0.0), lang)
        ],
        understood={axis: [label(v, lang) for v in values] for axis, values in ranking.query.facets.values.items()},
        ranked_by=services.settings.model if opinion else "scoring",
        sources=[revision.source, *evidence.sources()],
        not_covered=limits,
    )


def _sensible(ranking: Ranking) -> list[Candidate]:
    """Candidates that something speaks for; none when the description's words are all unknown."""
    return (
        [c for c in ranking.candidates if c.matched or c.known_as] if ranking.known < 0.5 else list(ranking.candidates)
    )


def _candidate(
    c: Candidate, ranking: Ranking, lang: Language, evidence: Evidence | None, opinion: Opinion | None
) -> TariffCandidate:
    reason = why(c, ranking.query, lang)
    if opinion:
        reason = f"{reason}; {say('why.model', lang, reason=opinion.reason)}"
    return TariffCandidate(
        hts=format_hts(c.lines[0].code),
        subheading=format_hts(c.code),
        description=list(c.lines[0].path),
        confidence=round(c.probability, 3),
        level=level(c.probability),
        why=reason,
        rule=say(f"rule.{rule(c, ranking.query)}", lang),
        rulings=evidence.rulings(c, ranking.query) if evidence else [],
        notes=evidence.notes(c, ranking.query) if evidence else [],
        lines=[
            Line(
                hts=format_hts(option.code), description=list(option.path[len(c.path) :]), share=round(option.share, 3)
            )
            for option in c.lines[:LINES]
        ],
    )


def _opinion(
    services: Services, description: str, candidates: list[Candidate], lang: Language
) -> tuple[Opinion | None, bool]:
    """The configured chat model's order, and whether asking it failed; none offline."""
    if services.settings.model == OFFLINE or len(candidates) < 2:
        return None, False
    paths = {c.code: c.path for c in candidates}
    try:
        model = chat_model(services.settings)
        return rerank(model, description, paths, instruction("classify"), lang), False
    except SourcingError:
        raise
    except Exception as error:  # a provider's own errors; the scoring stands without it
        _log.warning("the chat model did not order the candidates: %s", type(error).__name__)
        return None, True

"""Why a number is a candidate, and which General Rule of Interpretation leads there."""

from __future__ import annotations

import re

from assistant.classification.wording import Language, axis, labels, say, texts
from retrieval.analysis import fold
from retrieval.classify.classifier import Candidate
from retrieval.classify.facets import AXES, Facets, compare
from retrieval.classify.reading import Query


def why(candidate: Candidate, query: Query, language: Language) -> str:
    """What speaks for a candidate and what against it, in one line."""
    said: list[str] = []
    if candidate.known_as:
        said.append(say("why.known", language, names=", ".join(candidate.known_as[:3])))
    if candidate.matched:
        said.append(say("why.words", language, words=", ".join(candidate.matched[:8])))
    said += _facets(candidate, query.facets, language)
    if candidate.part:
        said.append(say("why.part", language))
    elif candidate.residual:
        said.append(say("why.residual", language, heading=candidate.code[:4]))
    return "; ".join(said) or say("why.near", language)


def _facets(candidate: Candidate, facets: Facets, language: Language) -> list[str]:
    found = []
    for name in AXES[:3]:
        asked, offers = facets.values.get(name, {}), candidate.offers.get(name, {})
        agree, clash = compare(asked, offers, name)
        called = axis(name, language)
        if agree and agree >= clash:
            found.append(say("why.agree", language, axis=called, values=labels(asked, language)))
        elif clash:
            values = {"values": labels(asked, language), "offered": labels(offers, language)}
            found.append(say("why.clash", language, axis=called, **values))
    return found


def rule(candidate: Candidate, query: Query) -> str:
    """Which rule: a key of the texts, `rule.` left out."""
    text = fold(query.text)
    signs = texts()["signs"]
    materials = query.facets.values.get("material", {})
    if re.search(signs["set"], text):
        return "set"
    if candidate.part and "part" in query.facets.values.get("part", {}):
        return "parts"
    if re.search(signs["unfinished"], text):
        return "2a"
    rivals = [m for m, sure in materials.items() if sure >= 0.7]
    if len(rivals) > 1 and candidate.code[:2] not in _BY_WEIGHT:
        return "3b"
    return "1"


_BY_WEIGHT = frozenset(str(n) for n in range(50, 64))
"""Chapters of section XI, where note 2 lets the material that predominates by weight decide."""

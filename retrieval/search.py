"""Finding passages: full text and vectors, filtered before ranking, fused, the asker's language first.

`weak` tells the caller that nothing found is likely to answer. It is decided from two measures of the best passages:
`similarity`, the cosine between query and passage, and `coverage`, the share of the query's words (weighed by rarity,
synonyms included) that stand in it. Their sum over one passage is compared with ENOUGH. It was set on 100 questions
about the embedded guides, English and Spanish, of which the lowest came to 0.95, and 26 about cooking, sport, travel
and the like, of which the highest came to 0.84: neither measure alone parts the two, since Spanish texts all look
alike to the default model and one common word can be half of a short question. Of 48 further questions, all 28 about
the guides passed, and of 20 strays three did ("president of the United States"). Another model may need other values.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from retrieval import lexical
from retrieval.analysis import fold
from retrieval.catalog import Catalog
from retrieval.embed import Encoder
from retrieval.models import Document, Passage
from retrieval.query import Query, asks, understand
from retrieval.records import PUBLIC
from retrieval.vectors import Vectors
from retrieval.versions import Versions

DENSE_WEIGHT = {"en": 1.0, "es": 0.4}
"""What similarity counts beside the words, by the asker's language: the default model was trained on English, and in
Spanish it tells less than the words do."""
ENOUGH = 0.90
ENOUGH_WORDS = 0.60
_JUDGED = 5
SAME_QUESTION, OTHER_QUESTION = 1.1, 0.85
"""Factors for a heading that asks what the query asks, or something else."""
_DISCLAIMER = re.compile(r"not cover|no cubre|no se cubre")
_DISCLAIMED = 0.85
"""A section "What this guide does not cover" names many subjects and answers about none."""
_NEAREST = 100
_MOST_NEAREST = 3_200


@dataclass(frozen=True)
class Hit:
    """A cited passage. `score` 0 to 1 orders the hits of one search only; `similarity` and `coverage` as above."""

    id: str
    document_id: str
    title: str
    file: str
    page: int | None
    paragraph: str | None
    text: str
    score: float
    kind: str
    language: str | None
    effective_from: dt.date | None
    effective_to: dt.date | None
    url: str | None
    legal_status: str | None
    sample: bool
    citations: tuple[dict[str, Any], ...]
    meta: dict[str, Any]
    similarity: float | None
    coverage: float


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first. `weak`: none is likely to answer. `language`: the asker's, as given or guessed."""

    hits: list[Hit]
    weak: bool
    language: str


@dataclass
class _Found:
    passage: Passage
    words: lexical.Words
    similarity: float | None
    fused: float = 0.0


class Searcher:
    """Search over one catalog and its vectors. Safe to share by threads.

    Without `vectors` and `encoder` it searches by words alone. Errors: IndexMismatch, VectorStoreError, CatalogError.
    """

    def __init__(self, catalog: Catalog, vectors: Vectors | None, encoder: Encoder | None) -> None:
        self._catalog, self._vectors, self._encoder = catalog, vectors, encoder

    def search(
        self,
        query: str,
        *,
        as_of: dt.date,
        kinds: Sequence[str] | None = None,
        language: str | None = None,
        tenants: Sequence[str] = (PUBLIC,),
        limit: int = 5,
    ) -> SearchResult:
        """The best passages in force on `as_of` that `tenants` may see, of `kinds` (None: of all).

        A passage of a guide is shown in `language` (None: the query's, or that of what is found when a few words don't
        tell) where the guide has it; other documents are found in whichever language they are.
        """
        asked = understand(query, language)
        conditions = self._conditions(as_of, kinds, tenants)
        found = self._find(asked, conditions)
        ranked = self._ranked(found, asked)
        spoken = asked.language or _language_found(asked, ranked)
        hits = self._collapse(ranked, spoken, limit, conditions)
        return SearchResult(hits, _is_weak(ranked), spoken)

    def _conditions(
        self, as_of: dt.date, kinds: Sequence[str] | None, tenants: Sequence[str]
    ) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [
            Document.tenant.in_(tenants),
            or_(Document.effective_from.is_(None), Document.effective_from <= as_of),
            or_(Document.effective_to.is_(None), Document.effective_to >= as_of),
        ]
        if kinds is not None:
            conditions.append(Document.kind.in_(kinds))
        superseded = self._superseded(as_of)
        if superseded:
            conditions.append(Document.id.not_in(superseded))
        return conditions

    def _superseded(self, as_of: dt.date) -> list[str]:
        """Schedules that a later revision, in force on `as_of`, has replaced."""
        newest: dict[tuple[str, bool], str] = {}
        started = [s for s in self._catalog.schedules(None) if s.effective_from is None or s.effective_from <= as_of]
        for schedule in started:
            newest[schedule.destination, schedule.partial] = schedule.document_id
        return [s.document_id for s in started if s.document_id not in newest.values()]

    def _find(self, query: Query, conditions: Sequence[ColumnElement[bool]]) -> list[_Found]:
        near = dict(self._near(query.text, conditions))
        with self._catalog.connect() as connection:
            ids = lexical.find(connection, query, conditions)
            passages = self._catalog.passages_by_id(list(dict.fromkeys([*ids, *near])))
            words = lexical.weigh(connection, query, passages)
        return [_Found(p, words[p.id], near.get(p.id)) for p in passages]

    def _near(self, text: str, conditions: Sequence[ColumnElement[bool]]) -> Iterable[tuple[str, float]]:
        """Ids and cosines of the nearest passages that meet the conditions, nearest first.

        More are fetched than needed and filtered by the catalog, again with more when few remain: a filter inside
        Chroma walks its whole graph.
        """
        if self._vectors is None or self._encoder is None or not text.strip():
            return []
        self._vectors.refresh(self._catalog.vectors_version())
        vector = self._encoder.encode([text])[0]
        wanted, size = _NEAREST, _NEAREST * 2
        held = self._vectors.count()
        while True:
            near = self._vectors.query(vector, min(size, held))
            allowed = self._allowed([i for i, _ in near], conditions)
            kept = [(i, 1.0 - distance) for i, distance in near if i in allowed]
            if len(kept) >= wanted or size >= min(held, _MOST_NEAREST):
                return kept[:wanted]
            size *= 4

    def _allowed(self, ids: Sequence[str], conditions: Sequence[ColumnElement[bool]]) -> set[str]:
        allowed: set[str] = set()
        with self._catalog.connect() as connection:
            for start in range(0, len(ids), 500):
                statement = select(Passage.id).join(Document, Document.id == Passage.document_id)
                statement = statement.where(Passage.id.in_(ids[start : start + 500]), *conditions)
                allowed.update(connection.execute(statement).scalars())
        return allowed

    def _ranked(self, found: list[_Found], query: Query) -> list[_Found]:
        """Order by the weighted sum of both measures, each scaled to 0..1 over what was found.

        Sums of scaled scores put the right section first more often than reciprocal ranks did: within one guide the
        ranks lie close together while the scores don't. Identifiers come before all; ties go by id.
        """
        most = max((f.words.score for f in found), default=0.0) or 1.0
        cosines = [f.similarity for f in found if f.similarity is not None]
        low, high = min(cosines, default=0.0), max(cosines, default=0.0)
        dense = DENSE_WEIGHT.get(query.language or "en", 1.0) if high > low else 0.0
        for f in found:
            near = 0.0 if f.similarity is None or not dense else (f.similarity - low) / (high - low)
            f.fused = (f.words.score / most + dense * near) / (1 + dense)
            f.fused *= _heading_factor(query, f.passage.paragraph or "")
        return sorted(found, key=lambda f: (-f.words.exact, -f.fused, f.passage.id))

    def _collapse(
        self, ranked: list[_Found], language: str, limit: int, conditions: Sequence[ColumnElement[bool]]
    ) -> list[Hit]:
        """One hit a passage of a guide, whichever of its language versions was found, in the asker's language."""
        versions = Versions(self._catalog, language, conditions)
        by_id = {f.passage.id: f for f in ranked}
        hits: dict[str, Hit] = {}
        for f in ranked:
            if len(hits) >= limit:
                break
            passage = versions.of(f.passage)
            if passage.id not in hits:
                own = by_id.get(passage.id, f)
                hits[passage.id] = _hit(passage, f.fused, own.words.coverage, own.similarity)
        return list(hits.values())


def _language_found(query: Query, ranked: Sequence[_Found]) -> str:
    """For words that don't tell their language, that of the best passage; a bare code is taken for English."""
    worded = any(phrase[0].isalpha() for term in query.terms if not term.exact for phrase in term.phrases)
    return (ranked[0].passage.language if ranked and worded else None) or "en"


def _heading_factor(query: Query, heading: str) -> float:
    factor = _DISCLAIMED if _DISCLAIMER.search(fold(heading)) else 1.0
    announced = asks(heading) - {"other"}
    if announced and query.asks:
        factor *= SAME_QUESTION if announced & query.asks else OTHER_QUESTION
    return factor


def _hit(passage: Passage, score: float, coverage: float, similarity: float | None) -> Hit:
    document = passage.document
    return Hit(
        id=passage.id,
        document_id=document.id,
        title=document.title,
        file=document.file,
        page=passage.page,
        paragraph=passage.paragraph,
        text=passage.text,
        score=round(min(score, 1.0), 4),
        kind=document.kind,
        language=passage.language,
        effective_from=document.effective_from,
        effective_to=document.effective_to,
        url=document.url,
        legal_status=document.legal_status,
        sample=document.sample,
        citations=tuple(passage.meta.get("citations") or ()),
        meta=passage.meta,
        similarity=similarity,
        coverage=round(coverage, 4),
    )


def _is_weak(ranked: Sequence[_Found]) -> bool:
    """True when none of the best passages holds one of the query's identifiers or comes to ENOUGH."""
    best = ranked[:_JUDGED]
    if any(f.words.exact for f in best):
        return False
    if all(f.similarity is None for f in ranked):  # no vectors: words alone must do
        return all(f.words.coverage < ENOUGH_WORDS for f in best)
    return all((f.similarity or 0.0) + f.words.coverage < ENOUGH for f in best)

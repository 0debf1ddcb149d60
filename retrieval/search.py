"""Finding passages: full text and vectors, filtered before ranking, fused, the asker's language first.

What is ranked are sections (retrieval.sections): the language versions of a guide share their evidence. The encoder
is asked in the asker's words; one that knows no Spanish is asked in English too, as far as the glossary goes. `weak`
tells the caller that nothing found is likely to answer (retrieval.ranking).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, or_, select

from retrieval import lexical
from retrieval.catalog import Catalog
from retrieval.embed import Encoder, encode_spoken, speaks_spanish
from retrieval.hits import Hit, hit
from retrieval.models import Document, Passage
from retrieval.query import Query, understand
from retrieval.ranking import Found, is_weak, ranked, similarity
from retrieval.records import PUBLIC
from retrieval.sections import WHOLE, Section, neighbours, sections_of
from retrieval.vectors import Vectors

__all__ = ["Hit", "SearchResult", "Searcher"]
_NEAREST = 60
_MOST_NEAREST = 3_200


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first. `weak`: none is likely to answer. `language`: the asker's, as given or guessed."""

    hits: list[Hit]
    weak: bool
    language: str


class Searcher:
    """Search over one catalog and its vectors. Safe to share by threads.

    Without `vectors` and `encoder` it searches by words alone. Errors: IndexMismatch, VectorStoreError, CatalogError.
    """

    def __init__(self, catalog: Catalog, vectors: Vectors | None, encoder: Encoder | None) -> None:
        self._catalog, self._vectors, self._encoder = catalog, vectors, encoder
        self._held: tuple[str | None, int] = (None, 0)
        self._frequencies = lexical.Frequencies()

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
        found = ranked(self._find(asked, conditions), asked)
        spoken = asked.language or _language_found(asked, found)
        return SearchResult(self._hits(found, spoken, limit), is_weak(found), spoken)

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

    def _find(self, query: Query, conditions: Sequence[ColumnElement[bool]]) -> list[Found]:
        near, english = self._near(query, conditions)
        with self._catalog.connect() as connection:
            count = self._frequencies.at(connection, self._catalog.vectors_version())
            ids = lexical.find(connection, query, conditions, count)
            sections = sections_of(connection, dict.fromkeys([*ids, *near, *english]), conditions)
            words = lexical.weigh(connection, query, sections, count)
        found = []
        for section in sections:
            said, translated = (_nearest_of(section, cosines) for cosines in (near, english))
            found.append(Found(section, words[section.key], similarity(said, translated)))
        return found

    def _near(
        self, query: Query, conditions: Sequence[ColumnElement[bool]]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Cosines by id of the nearest passages that meet the conditions: to the words as they are said, and to what
        they mean in English where the encoder knows no other language."""
        if self._vectors is None or self._encoder is None:
            return {}, {}
        asked = (query.text,) if speaks_spanish(self._encoder) else (query.text, query.english)
        texts = [text for text in dict.fromkeys(asked) if text.strip()]
        if not texts:
            return {}, {}
        version = self._catalog.vectors_version()
        self._vectors.refresh(version)
        if version is None or version != self._held[0]:
            self._held = version, self._vectors.count()
        languages = [query.language if text == query.text else "en" for text in texts]
        near = self._nearest(encode_spoken(self._encoder, texts, languages), conditions)
        return near[0], near[-1]

    def _nearest(
        self, vectors: npt.NDArray[np.float32], conditions: Sequence[ColumnElement[bool]]
    ) -> list[dict[str, float]]:
        """For each vector the nearest allowed passages: cosine by id.

        More are fetched than needed and filtered by the catalog, again with more when few remain: a filter inside
        Chroma walks its whole graph.
        """
        assert self._vectors is not None
        size, held = _NEAREST * 3, self._held[1]
        while True:
            near = [self._vectors.query(vector, min(size, held)) for vector in vectors]
            allowed = self._allowed(list({i for found in near for i, _ in found}), conditions)
            kept = [[(i, 1.0 - distance) for i, distance in found if i in allowed] for found in near]
            if size >= min(held, _MOST_NEAREST) or all(len(found) >= _NEAREST for found in kept):
                return [dict(found[:_NEAREST]) for found in kept]
            size *= 4

    def _allowed(self, ids: Sequence[str], conditions: Sequence[ColumnElement[bool]]) -> set[str]:
        allowed: set[str] = set()
        with self._catalog.connect() as connection:
            for start in range(0, len(ids), 500):
                statement = select(Passage.id).join(Document, Document.id == Passage.document_id)
                statement = statement.where(Passage.id.in_(ids[start : start + 500]), *conditions)
                allowed.update(connection.execute(statement).scalars())
        return allowed

    def _hits(self, found: Sequence[Found], language: str, limit: int) -> list[Hit]:
        """The sections in the asker's language where they have it, each once and whole."""
        first = [[member.id for member in f.section.parts(language)] for f in found[: limit * WHOLE]]
        passages = {p.id: p for p in self._catalog.passages_by_id(list(dict.fromkeys(itertools.chain(*first))))}
        hits: list[Hit] = []
        shown: set[str] = set()
        for f, parts in zip(found, first, strict=False):
            if len(hits) >= limit:
                break
            if shown.isdisjoint(parts):
                text = [passages[part] for part in parts]
                if len(f.section.members) == 1:
                    text = self._whole(text[0])
                shown.update(p.id for p in text)
                hits.append(hit(text, f.fused, f.words.coverage, f.similarity))
        return hits

    def _whole(self, passage: Passage) -> list[Passage]:
        with self._catalog.connect() as connection:
            parts = neighbours(connection, passage)
        return self._catalog.passages_by_id(parts) if len(parts) > 1 else [passage]


def _nearest_of(section: Section, cosines: Mapping[str, float]) -> float | None:
    return max((cosines[m.id] for m in section.members if m.id in cosines), default=None)


def _language_found(query: Query, found: Sequence[Found]) -> str:
    """For words that don't tell their language, that of the best passage; a bare code is taken for English."""
    worded = any(phrase[0].isalpha() for term in query.terms if not term.exact for phrase in term.phrases)
    return (found[0].section.members[0].language if found and worded else None) or "en"

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
from sqlalchemy import ColumnElement, Connection, or_

from retrieval import lexical
from retrieval.addresses import rowids_at
from retrieval.catalog import Catalog
from retrieval.embed import Encoder, encode_spoken, speaks_spanish
from retrieval.hits import Hit, hit
from retrieval.models import Document
from retrieval.query import Query, understand
from retrieval.ranking import Found, is_weak, ranked, similarity
from retrieval.reads import superseded_on
from retrieval.records import PUBLIC
from retrieval.sections import WHOLE, Row, Section, rows_of, sections_of, wholes
from retrieval.twins import place
from retrieval.vectors import Vectors

__all__ = ["Hit", "SearchResult", "Searcher"]
_NEAREST = 60
_MOST_NEAREST = 3_200
_NOTHING: npt.NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)


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
        vectors = self._encoded(asked)
        with self._catalog.connect() as connection:
            conditions = self._conditions(connection, as_of, kinds, tenants)
            found = ranked(self._find(connection, asked, vectors, conditions), asked)
            spoken = asked.language or _language_found(asked, found)
            return SearchResult(self._hits(connection, found, spoken, limit), is_weak(found, asked), spoken)

    def _conditions(
        self, connection: Connection, as_of: dt.date, kinds: Sequence[str] | None, tenants: Sequence[str]
    ) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [
            Document.tenant.in_(tenants),
            or_(Document.effective_from.is_(None), Document.effective_from <= as_of),
            or_(Document.effective_to.is_(None), Document.effective_to >= as_of),
        ]
        if kinds is not None:
            conditions.append(Document.kind.in_(kinds))
        superseded = superseded_on(connection, as_of)
        if superseded:
            conditions.append(Document.id.not_in(superseded))
        return conditions

    def _encoded(self, query: Query) -> npt.NDArray[np.float32]:
        """Vectors of the words as they are said and, where the encoder knows no other language, of what they mean in
        English; of shape (0, 0) when there is nothing to compare."""
        if self._vectors is None or self._encoder is None:
            return _NOTHING
        asked = (query.text,) if speaks_spanish(self._encoder) else (query.text, query.english)
        texts = [text for text in dict.fromkeys(asked) if text.strip()]
        languages = [query.language if text == query.text else "en" for text in texts]
        return encode_spoken(self._encoder, texts, languages) if texts else _NOTHING

    def _find(
        self,
        connection: Connection,
        query: Query,
        vectors: npt.NDArray[np.float32],
        conditions: Sequence[ColumnElement[bool]],
    ) -> list[Found]:
        version, mark = self._catalog.marks(connection)
        self._refresh(version)
        rows, cosines = self._nearest(connection, vectors, conditions)
        count = self._frequencies.at(connection, mark)
        addressed = rowids_at(connection, query.addresses)
        rows += lexical.find(connection, query, conditions, count)
        rows += rows_of(connection, conditions, rowids=addressed) if addressed else []
        sections = sections_of(connection, rows, conditions)
        words = lexical.weigh(connection, query, sections, count, addressed)
        near, english = (cosines[0], cosines[-1]) if cosines else ({}, {})
        found = []
        for section in sections:
            said, translated = (_nearest_of(section, of) for of in (near, english))
            found.append(Found(section, words[section.key], similarity(said, translated)))
        return found

    def _refresh(self, version: str | None) -> None:
        if self._vectors is not None:
            self._vectors.refresh(version)
            if version is None or version != self._held[0]:
                self._held = version, self._vectors.count()

    def _nearest(
        self, connection: Connection, vectors: npt.NDArray[np.float32], conditions: Sequence[ColumnElement[bool]]
    ) -> tuple[list[Row], list[dict[str, float]]]:
        """The nearest allowed passages, and for each vector their cosines by id.

        More are fetched than needed and filtered by the catalog, again with more when few remain: a filter inside
        Chroma walks its whole graph.
        """
        if self._vectors is None or not len(vectors):
            return [], []
        size, held = _NEAREST * 3, self._held[1]
        while True:
            near = [self._vectors.query(vector, min(size, held)) for vector in vectors]
            listed = {i for found in near for i, _ in found}
            rows = {row.member.id: row for row in rows_of(connection, conditions, ids=listed)}
            kept = [[(i, 1.0 - distance) for i, distance in found if i in rows] for found in near]
            if size >= min(held, _MOST_NEAREST) or all(len(found) >= _NEAREST for found in kept):
                cosines = [dict(found[:_NEAREST]) for found in kept]
                return [rows[i] for i in dict.fromkeys(itertools.chain(*cosines))], cosines
            size *= 4

    def _hits(self, connection: Connection, found: Sequence[Found], language: str, limit: int) -> list[Hit]:
        """The sections in the asker's language where they have it, each once and whole."""
        first = [f.section.parts(language) for f in found[: limit * WHOLE]]
        cut = wholes(
            connection, (parts[0] for f, parts in zip(found, first, strict=False) if len(f.section.members) == 1)
        )
        chosen: list[tuple[Found, list[str]]] = []
        shown: set[str] = set()
        for f, parts in zip(found, first, strict=False):
            ids = [part.id for part in parts]
            if shown.isdisjoint(ids):
                ids = cut.get(ids[0], ids) if len(f.section.members) == 1 else ids
                shown.update(ids)
                chosen.append((f, ids))
        hits: list[Hit] = []
        while chosen and len(hits) < limit:  # a second time only where some said the same
            wanted, chosen = chosen[: limit - len(hits)], chosen[limit - len(hits) :]
            passages = {p.id: p for p in self._catalog.passages_by_id([i for _, ids in wanted for i in ids])}
            for f, ids in wanted:
                place(hits, hit([passages[i] for i in ids], f.fused, f.words.coverage, f.similarity))
        return hits


def _nearest_of(section: Section, cosines: Mapping[str, float]) -> float | None:
    return max((cosines[m.id] for m in section.members if m.id in cosines), default=None)


def _language_found(query: Query, found: Sequence[Found]) -> str:
    """For words that don't tell their language, that of the best passage; a bare code is taken for English."""
    worded = any(phrase[0].isalpha() for term in query.terms if not term.exact for phrase in term.phrases)
    return (found[0].section.members[0].language if found and worded else None) or "en"

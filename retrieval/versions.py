"""A guide's language versions: the passage of one that says what a passage of the other says."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from retrieval.catalog import Catalog
from retrieval.models import Document, Passage


class Versions:
    """Finds a guide's passage in the asker's language: the same part of the same section, counted by headings."""

    def __init__(self, catalog: Catalog, language: str, conditions: Sequence[ColumnElement[bool]]) -> None:
        self._catalog, self._language, self._conditions = catalog, language, conditions
        self._sections: dict[str, list[list[Passage]]] = {}
        self._twins: dict[str, str | None] = {}

    def of(self, passage: Passage) -> Passage:
        """`passage` in the asker's language; itself when there is no such version or it has other sections."""
        if passage.language == self._language or "guide_id" not in passage.document.meta:
            return passage
        twin = self._twin(passage.document)
        if twin is None:
            return passage
        here, there = self._parts(passage.document_id), self._parts(twin)
        if len(here) != len(there):
            return passage
        for ours, theirs in zip(here, there, strict=True):
            for number, part in enumerate(ours):
                if part.id == passage.id:
                    return theirs[min(number, len(theirs) - 1)]
        return passage

    def _twin(self, document: Document) -> str | None:
        if document.id not in self._twins:
            statement = select(Document.id).where(
                Document.meta["guide_id"].as_string() == str(document.meta["guide_id"]),
                Document.kind == document.kind,
                Document.language == self._language,
                *self._conditions,
            )
            with self._catalog.connect() as connection:
                self._twins[document.id] = connection.execute(statement.order_by(Document.id)).scalars().first()
        return self._twins[document.id]

    def _parts(self, document_id: str) -> list[list[Passage]]:
        if document_id not in self._sections:
            passages = self._catalog.document_passages(document_id)
            groups = itertools.groupby(passages, key=lambda p: p.paragraph)
            self._sections[document_id] = [list(group) for _, group in groups]
        return self._sections[document_id]

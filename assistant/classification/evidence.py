"""What the loaded documents say about a candidate: legal notes of its chapter and section, rulings on like goods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from assistant.classification.types import Note, SimilarRuling
from assistant.classification.wording import Language, say
from assistant.customs.types import Source
from retrieval.catalog import Catalog
from retrieval.classify.classifier import Candidate
from retrieval.classify.reading import Query
from retrieval.classify.words import terms
from retrieval.models import Document

MOST = 3
_QUOTE = 400
_LIKE = 0.3
"""Least share of the description's words that a ruling's subject must name."""
_SECTIONS = (
    (5, "I"), (14, "II"), (15, "III"), (24, "IV"), (27, "V"), (38, "VI"), (40, "VII"), (43, "VIII"), (46, "IX"),
    (49, "X"), (63, "XI"), (67, "XII"), (70, "XIII"), (71, "XIV"), (83, "XV"), (85, "XVI"), (89, "XVII"),
    (92, "XVIII"), (93, "XIX"), (96, "XX"), (97, "XXI"),
)  # fmt: skip


class Evidence:
    """Of one request for a day; documents are read when first needed."""

    def __init__(self, catalog: Catalog, tenants: Sequence[str], day: date) -> None:
        self._catalog = catalog
        self._rulings = catalog.documents("ruling", tenants)
        self._notes = [
            d
            for d in catalog.documents("notes", tenants)
            if (d.effective_from or day) <= day <= (d.effective_to or day)
        ]
        self._used: dict[str, Document] = {}
        self._texts: dict[str, list[Note]] = {}

    def limits(self, language: Language) -> list[str]:
        """What could not be considered because it is not loaded."""
        found = [] if self._notes else [say("not_covered.notes", language)]
        return [*found, say("not_covered.revoked" if self._rulings else "not_covered.rulings", language)]

    def sources(self) -> list[Source]:
        """The documents that candidates were compared with."""
        return [
            Source(title=d.title, url=d.url, document_id=d.id, effective_from=d.effective_from)
            for d in self._used.values()
        ]

    def rulings(self, candidate: Candidate, query: Query) -> list[SimilarRuling]:
        """Rulings under the candidate's subheading whose subject is like the description, likest first."""
        asked = set(terms(query.text)) | set(query.terms)
        found: list[tuple[float, SimilarRuling]] = []
        for document in self._rulings:
            meta: dict[str, Any] = document.meta or {}
            numbers = [str(h) for h in meta.get("hts", [])]
            if not any(h.startswith(candidate.code) for h in numbers):
                continue
            subject = set(terms(document.title)) - _ROUTINE
            like = len(subject & asked) / max(len(subject), 1)
            if like >= _LIKE:
                found.append((like, _ruling(document, meta, numbers)))
        found.sort(key=lambda f: (-f[0], f[1].number))
        for _, ruling in found[:MOST]:
            self._used[ruling.document_id] = next(d for d in self._rulings if d.id == ruling.document_id)
        return [ruling for _, ruling in found[:MOST]]

    def notes(self, candidate: Candidate, query: Query) -> list[Note]:
        """Notes of the candidate's chapter and section that name its heading or words of the description."""
        chapter = int(candidate.code[:2])
        last, section = next((last, name) for last, name in _SECTIONS if chapter <= last)
        first = 1 + max((end for end, _ in _SECTIONS if end < last), default=0)
        asked = set(query.terms)
        scored = []
        for note in [*self._of(chapter, str(chapter)), *self._of(first, f"section {section}")]:
            share = len(asked & set(terms(note.quote))) + 3 * bool(re.search(candidate.code[:4], note.quote))
            scored.append((share, note))
        best = sorted((s for s in scored if s[0]), key=lambda s: -s[0])[:MOST]
        for _, note in best:
            self._used.setdefault(note.document_id, next(d for d in self._notes if d.id == note.document_id))
        return [note.model_copy(update={"quote": _short(note.quote)}) for _, note in best]

    def _of(self, chapter: int, place: str) -> list[Note]:
        """Notes that stand under `place` ("85", "section XVI") in the documents of `chapter`."""
        if place not in self._texts:
            self._texts[place] = list(self._read(chapter, place))
        return self._texts[place]

    def _read(self, chapter: int, place: str) -> Iterator[Note]:
        for document in self._notes:
            if (document.meta or {}).get("series") not in (f"chapter-{chapter}", "notes"):
                continue
            for p in self._catalog.document_passages(document.id):
                under, _, name = (p.paragraph or "").partition("/")
                if under == place and "note" in name and not name.startswith(("statistical", "compiler")):
                    where = f"Chapter {place}" if place.isdigit() else place.replace("section", "Section")
                    title = f"{where}, {name}"
                    yield Note(title=title, quote=p.text, document_id=document.id, page=p.page)


_ROUTINE = frozenset(terms("CBP ruling the tariff classification of from request applicability modification"))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTE else flat[: _QUOTE - 1].rsplit(" ", 1)[0] + "…"


def _ruling(document: Document, meta: dict[str, Any], numbers: list[str]) -> SimilarRuling:
    return SimilarRuling(
        number=str(meta.get("ruling") or document.id),
        title=document.title,
        date=document.effective_from,
        hts=numbers,
        revoked=True if document.legal_status == "revoked" or meta.get("revoked_by") else None,
        modified=True if document.legal_status == "modified" or meta.get("modified_by") else None,
        document_id=document.id,
        url=document.url,
    )

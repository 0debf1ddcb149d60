"""Documents of legal notes: which edition of what, its title, its key, and its passages (`notes.read_notes`).

The same note in two formats of one edition is one document. Editions of one series follow one another: see `editions`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from ingestion.readers.pdf import Page
from ingestion.report import Given, Outcome, Parsed
from ingestion.sources.hts_revision import known_revision
from ingestion.sources.notes import read_notes
from ingestion.sources.schedules import URL
from retrieval.records import NewDocument

_REVISION: Final = re.compile(
    r"Harmonized Tariff Schedule of the United States\s+\(?(?:Revision (\d+)|(Basic)[^(\n]*)?\s*\((\d{4})\)", re.I
)
_GENERAL: Final = re.compile(r"^GN p\.\s?\d", re.M)
_TITLES: Final = {
    "gri": "HTSUS General Rules of Interpretation",
    "notes": "HTSUS Section and Chapter Notes",
    "chapter-99": "HTSUS Chapter 99",
}
_AGREEMENTS: Final = re.compile(r"^\s*\d{1,2}\.?\s+([A-Z][^\n]{8,110}?)\.?\s*(?:\d/)?$", re.M)


def read_legal_notes(given: Given, kind: str, pages: Sequence[Page], media_type: str, count: int | None) -> Outcome:
    """One document of kind `notes` or `chapter_99`. `count`: pages of the file, None where it has none."""
    text = "\n".join(page.text for page in pages)
    series, general_note = series_of(given.content.name, text)
    edition = edition_of(given.content.name, text)
    revision = known_revision(edition.replace(" ", "_")) if edition else None
    start: date | None = given.effective_from
    if start is None and kind == "chapter_99" and revision:
        start = revision.effective_from
    title = _title(series, general_note, text)
    if edition:
        title += f", {edition.replace(' rev ', ' revision ')}"
    meta: dict[str, Any] = {"series": series}
    if revision:
        meta["edition_from"] = revision.effective_from.isoformat()
    document = NewDocument(
        kind=kind,
        key=f"{series}.{edition.replace(' ', '-')}" if edition and series else given.key,
        title=title,
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type=media_type,
        language="en",
        legal_status="law",
        url=URL,
        revision=edition,
        effective_from=start,
        pages=count,
        meta=meta,
    )
    numbered = [page if page.number else replace(page, number=0) for page in pages]
    passages = read_notes(numbered, general_note)
    if count is None:
        passages = [replace(p, page=None) for p in passages]
    return Outcome(kind, [Parsed(document, passages)])


def series_of(name: str, text: str) -> tuple[str, str | None]:
    """("chapter-85", None), ("general-note-11", "11"), ("gri", None), ("notes", None) for notes of many chapters."""
    head = text[:4000]
    low = re.sub(r"[_\-\s]+", " ", name.lower())
    chapters = set(re.findall(r"^\W*CHAPTER (\d{1,2})\b", text, re.M))
    if re.search(r"titles of sections, chapters and sub-chapters are provided for ease of reference", head):
        return "gri", None
    named = re.search(r"general note (\d{1,2})", low)
    first = re.search(r"^\s*(\d{1,2})\.?\s+[A-Z]", head, re.M)
    if _GENERAL.search(text[:12_000]) and (first or named):
        number = named[1] if named else first[1] if first else ""
        return f"general-note-{number}", number
    if named and not chapters:
        return f"general-note-{named[1]}", named[1]
    if len(chapters) == 1:
        return f"chapter-{int(next(iter(chapters)))}", None
    found = re.search(r"chapter (\d{1,2})", low)
    if found and (not chapters or found[1] in chapters):
        return f"chapter-{int(found[1])}", None
    return "notes", None


def edition_of(name: str, text: str) -> str | None:
    """`2026 rev 6` as every page prints it, or as the file's name says it; None when neither tells."""
    if found := _REVISION.search(text):
        return f"{found[3]} rev {found[1]}" if found[1] else f"{found[3]} basic"
    revision = known_revision(name)
    return revision.name if revision else None


def _title(series: str, general_note: str | None, text: str) -> str:
    if general_note:
        named = _AGREEMENTS.search(text[:600])
        about = f": {named[1]}" if named and len(named[1].split()) < 16 else ""
        return f"HTSUS General Note {general_note}{about}"
    if series.startswith("chapter-") and series not in _TITLES:
        return f"HTSUS Chapter {series.removeprefix('chapter-')}"
    return _TITLES.get(series, _TITLES["notes"])

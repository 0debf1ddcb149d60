"""Documents of legal notes: which edition of what, its title, its key, and its passages (`notes.read_notes`).

The notes of many chapters in one file are a document a chapter, as they are published one by one, a section's notes
with its first chapter. The same notes in two formats of one edition are one document. Editions of one series follow
one another: see `ingestion.editions`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from ingestion.readers.pdf import Page
from ingestion.report import Given, Outcome, Parsed
from ingestion.sources.hts_revision import known_revision, revision_on
from ingestion.sources.notes import CHAPTER, SECTION, read_notes
from ingestion.sources.schedules import URL
from retrieval.records import NewDocument

_REVISION: Final = re.compile(
    r"Harmonized Tariff Schedule of the United States\s+\(?(?:Revision (\d+)|(Basic)[^(\n]*)?\s*\((\d{4})\)", re.I
)
_DAY: Final = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
SEVERAL: Final = "notes"
"""The series of notes that are not of one chapter or one general note."""
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
    if series == SEVERAL and len(chapters := by_chapter(pages)) > 1:
        parsed = [
            _document(given, kind, part, of, None, edition, media_type, count, cut=True)
            for of, part in chapters.items()
        ]
    else:
        parsed = [_document(given, kind, pages, series, general_note, edition, media_type, count)]
    return Outcome(kind, [p for p in parsed if p.passages or len(parsed) == 1])


def _document(
    given: Given,
    kind: str,
    pages: Sequence[Page],
    series: str,
    general_note: str | None,
    edition: str | None,
    media_type: str,
    count: int | None,
    cut: bool = False,
) -> Parsed:
    """`cut`: the pages are a part of the file."""
    text = "\n".join(page.text for page in pages)
    since = given.effective_from or _since(edition)
    title = _title(series, general_note, text)
    if edition:
        title += f", {edition.replace(' rev ', ' revision ')}"
    meta: dict[str, Any] = {"series": series}
    if since:
        meta["edition_from"] = since.isoformat()
    begins = since if given.effective_from or kind == "chapter_99" else None
    if begins:
        meta["begins"] = True
    document = NewDocument(
        kind=kind,
        key=f"{series}.{edition.replace(' ', '-')}" if edition and series else f"{given.key}{f'.{series}' * cut}",
        title=title,
        file=given.content.path.name,
        sha256=hashlib.sha256(text.encode()).hexdigest() if cut else given.content.sha256,
        tenant=given.tenant,
        media_type=media_type,
        language="en",
        legal_status="law",
        url=URL,
        revision=edition,
        effective_from=begins,
        pages=count,
        meta=meta,
    )
    passages = read_notes(pages, general_note)
    if count is None:
        passages = [replace(p, page=None) for p in passages]
    return Parsed(document, passages)


def by_chapter(pages: Sequence[Page]) -> dict[str, list[Page]]:
    """The pages, or what of them, that each chapter takes, by series (`chapter-85`), in order; what stands before the
    first chapter and is no section's is `notes`."""
    series: str | None = SEVERAL
    blocks: list[tuple[str | None, Page]] = []  # None: a section's, which goes with the chapter after it
    for page in pages:
        lines = page.text.split("\n")
        heads = {0: series}
        for n, line in enumerate(lines):
            plain = line.strip().lstrip("#").strip()
            if chapter := CHAPTER.match(plain):
                series = heads[n] = f"chapter-{int(chapter[1])}"
            elif SECTION.match(plain):
                series = heads[n] = None
        ends = [*list(heads)[1:], len(lines)]
        blocks += (
            (of, replace(page, text="\n".join(lines[start:end])))
            for (start, of), end in zip(heads.items(), ends, strict=True)
        )
    found: dict[str, list[Page]] = {}
    after = SEVERAL
    for of, page in reversed(blocks):
        after = of or after
        found.setdefault(after, []).insert(0, page)
    return dict(reversed(found.items()))


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
    return SEVERAL, None


def edition_of(name: str, text: str) -> str | None:
    """`2026 rev 6` as every page prints it, or as the file's name says it: by the revision, or by the day on which the
    notes were taken from the schedule then in force. None when neither tells."""
    if found := _REVISION.search(text):
        return f"{found[3]} rev {found[1]}" if found[1] else f"{found[3]} basic"
    if revision := known_revision(name):
        return revision.name
    if (day := _day_named(name)) is None:
        return None
    on_day = revision_on(day)
    return on_day.name if on_day else day.isoformat()


def _day_named(name: str) -> date | None:
    try:
        return date.fromisoformat(found[0]) if (found := _DAY.search(name)) else None
    except ValueError:  # 2026-31-12 is no day
        return None


def _since(edition: str | None) -> date | None:
    """The first day of an edition, as far as it is known."""
    if edition is None:
        return None
    if day := _day_named(edition):
        return day
    revision = known_revision(edition.replace(" ", "_"))
    return revision.effective_from if revision else None


def _title(series: str, general_note: str | None, text: str) -> str:
    if general_note:
        named = _AGREEMENTS.search(text[:600])
        about = f": {named[1]}" if named and len(named[1].split()) < 16 else ""
        return f"HTSUS General Note {general_note}{about}"
    if series.startswith("chapter-") and series not in _TITLES:
        return f"HTSUS Chapter {series.removeprefix('chapter-')}"
    return _TITLES.get(series, _TITLES["notes"])

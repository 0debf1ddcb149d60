"""Legal notes of the Harmonized Tariff Schedule as addressed paragraphs, from PDF, text with pages, or Markdown.

Read: section and chapter notes, General Notes, the General Rules of Interpretation, and chapter 99 with the U.S. notes
of its subchapters (source: https://hts.usitc.gov). A paragraph's address is what one cites: `85/note 5(a)`, `section
XVI/note 2`, `84/additional U.S. note 1`, `GN 11(c)(iv)(A)`, `GRI 3(b)`, `99/III/note 16(c)(xi)`. Subdivisions that fit
into one passage stay together, under the address of the one above them; `meta.addresses` lists all that a passage
holds, so that each can be found. Tariff tables and bare lists of numbers are kept and found by their words and codes,
but not embedded: a vector of numbers says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ingestion.chunk import LIMIT, chunk_paragraphs, lead_in
from ingestion.mentions import mentions, mostly_numbers
from ingestion.readers.pdf import Page
from ingestion.sources.goods_lists import read_goods_lists
from ingestion.sources.outline import Line, Piece, outline, paragraphs_of, pieces
from retrieval.records import NewPassage

RUN: Final = 700
"""Short subdivisions that follow one another share a passage up to so many characters."""
SECTION: Final = re.compile(r"SECTION ([IVX]+)\b(?!.*[a-z])")
CHAPTER: Final = re.compile(r"CHAPTER (\d{1,2})\b(?!.*[a-z])")
_SUBCHAPTER: Final = re.compile(r"\[?SUBCHAPTER ([IVX]+)\b(?: deleted\])?$")
_NOTES: Final = re.compile(
    r"(?P<kind>additional U\.?\s?S\.? |sub-?heading |statistical |U\.\s?S\. |section )?notes?\s*:?(?:\s*\d/)?"
    r"(?:\s*\((?P<con>con)\.?\))?\s*:?(?P<rest>\s{2,}.*)?$",
    re.I,
)
_RULES: Final = re.compile(r"(ADDITIONAL U\.S\. )?(?:GENERAL )?RULES OF INTERPRETATION\b", re.I)
_TABLE: Final = re.compile(
    r"^Rates of Duty ?Unit|^Rates of Duty$|^Heading/ ?(?:Stat|Sub|$)|Endnotes--page|^99\d\d\.\d\d(?:\.\d\d)? \d/ [A-Z]"
    r"|^99\d\d\.\d\d(?:\.\d\d)? [A-Z].*\.{6}"
)
_LABEL: Final = re.compile(
    r"(?:Endnotes--page )?((?:\d{1,2}|[IVX]+)\s*-\s*(?:[IVX]+\s*-\s*)?\d+|GN p\.\s?\d+|GRI p\.\s?\d+)"
)
_CODES: Final = re.compile(r"(?<!\S)(?:\d{4}(?:\.\d{2}){0,2}(?:\.?\d{2})?(?:\s+|$))+")
_FIRST_RULE: Final = "titles of sections, chapters and sub-chapters are provided for ease of reference"
_KINDS: Final = {
    "": "note",
    "additional u.s.": "additional U.S. note",
    "subheading": "subheading note",
    "statistical": "statistical note",
    "u.s.": "note",  # of chapter 99, cited as "note 16 to subchapter III"
    "section": "note",
}


@dataclass
class _Part:
    """What stands under one heading: `prefix` of its addresses, lines, and whether it is a table."""

    prefix: str
    lines: list[Line] = field(default_factory=list)
    table: bool = False


@dataclass
class _Place:
    """Where in the schedule a line stands."""

    base: str = ""
    chapter: str = ""
    kind: str = ""

    @property
    def prefix(self) -> str:
        if self.kind in ("GRI", "additional rule"):
            return "GRI " if self.kind == "GRI" else "additional U.S. rule "
        return f"{self.base}/{self.kind} " if self.kind else self.base


def parts(pages: Iterable[Page]) -> Iterator[_Part]:
    """The document cut at its headings; running heads and page numbers are taken out."""
    place = _Place()
    current = _Part("")
    for page in pages:
        if not place.prefix and not current.lines and _FIRST_RULE in page.text[:400]:
            place = _Place(kind="GRI")
            current = _Part(place.prefix)
        lines = page.text.split("\n")
        label = next((m[1] for line in [*lines[:14], *lines[-6:]] if (m := _LABEL.fullmatch(line.strip()))), None)
        label = re.sub(r"\s+", "", label) if label and not label.startswith("G") else label
        in_table = False
        for raw in lines:
            text = raw.strip().lstrip("#").strip()
            if _is_furniture(text):
                continue
            if _LABEL.fullmatch(text):
                continue
            raw = re.sub(r"</?sup>", "", raw)
            line = Line(raw.strip() if raw.lstrip().startswith("|") else raw.lstrip("# "), page.number, label)
            if not in_table and len(row := " ".join(text.split())) < 130 and _TABLE.search(row):
                if current.lines:
                    yield current
                in_table, current = True, _Part(f"{place.base or place.prefix}/tariff table".lstrip("/"), table=True)
            if in_table:
                current.lines.append(line)
                continue
            if current.table:
                yield current
                current = _Part(place.prefix)
            moved = _moved(place, text)
            if moved is None:
                current.lines.append(line)
                continue
            place, rest = moved
            if place.prefix != current.prefix:
                if current.lines:
                    yield current
                current = _Part(place.prefix)
            if rest:
                current.lines.append(Line(rest, page.number, label))
    if current.lines:
        yield current


def _is_furniture(text: str) -> bool:
    return bool(
        re.match(r"Harmonized Tariff Schedule of the(?: United States)?(?: \(?\d| Revision| Basic|$)", text)
        or text.startswith("Annotated for Statistical Reporting")
        or (text and re.fullmatch(r"X{0,3}(?:IX|IV|V?I{0,3})", text))
    )


def _moved(place: _Place, text: str) -> tuple[_Place, str] | None:
    """(where the text goes on, what of this line belongs to it) when the line is a heading."""
    if found := SECTION.match(text):
        return _Place(f"section {found[1]}"), text
    if found := CHAPTER.match(text):
        return _Place(found[1], found[1]), text
    if found := _SUBCHAPTER.match(text):
        return _Place(f"{place.chapter or '99'}/{found[1]}", place.chapter or "99"), text
    if (found := _RULES.match(text)) and text.upper() == text:
        return replace(place, kind="additional rule" if found[1] else "GRI"), text
    if (found := _NOTES.match(text)) and not text.lower().startswith("note:"):
        kind = _KINDS[
            (found["kind"] or "").lower().replace("u. s.", "u.s.").replace("us", "u.s.").replace("-", "").strip()
        ]
        if found["con"] and place.kind == "" and place.base:
            return replace(place, kind=kind), (found["rest"] or "").strip()
        return replace(place, kind=kind), (found["rest"] or "").strip()
    return None


def read_notes(pages: Iterable[Page], general_note: str | None = None) -> list[NewPassage]:
    """Passages of a document of legal notes. `general_note`: its number, where the document is one."""
    held = list(pages)
    lists = _goods_lists(held)
    made: list[NewPassage] = []
    running: dict[str, list[Line]] = {}
    for part in parts(held):
        prefix = f"GN {general_note}" if general_note and not part.table else part.prefix
        if part.table:
            made += _table(part)
        else:  # notes go on behind the tables that interrupt them
            running.setdefault(prefix, []).extend(part.lines)
    for prefix, lines in running.items():
        made += _outlined(lines, prefix, general_note, lists)
    return sorted(made, key=lambda passage: passage.page or 0)  # a stable sort: order within a page stays


def _outlined(
    lines: list[Line], prefix: str, general_note: str | None, lists: Mapping[str, list[str]]
) -> Iterator[NewPassage]:
    root = outline(lines)

    def name(path: Iterable[str]) -> str:
        marks = list(path)
        if general_note and marks and marks[0] == general_note:
            marks = marks[1:]
        if marks == ["compiler's note"]:
            return f"{prefix.rpartition('/')[0] or prefix.strip()}/compiler's note"
        return re.sub(r"/(?=$|\()", "", f"{prefix}{''.join(marks)}").strip()

    if root.text.strip():
        yield from _passages(Piece(name(()), root.lines, [name(())] if prefix else [], ""), {})
    for piece in pieces(root, LIMIT, RUN, name, own_until=3 if prefix.startswith("99/") else 0):
        yield from _passages(piece, lists)


def _passages(piece: Piece, lists: Mapping[str, list[str]]) -> Iterator[NewPassage]:
    """A subdivision's passages, a page at a time, so that each is cited by the page it stands on."""
    groups: list[list[Line]] = []
    for line in piece.lines:
        if not groups or groups[-1][-1].page != line.page:
            groups.append([])
        groups[-1].append(line)
    listed = lists.get(piece.address)
    if listed:  # printed in columns that are out of step: the reader of goods lists has put them in order
        first = piece.lines[0]
        said = (replace(line, text=_CODES.sub("", line.text)) for line in piece.lines)
        words = [line for line in said if line.text.strip()]
        rows = [Line("  ".join(listed[n : n + 8]), first.page, first.label) for n in range(0, len(listed), 8)]
        groups = [[*words, *rows]]
    lead = lead_in(piece.above.replace("\n", " "))
    lead = lead if lead.endswith((":", "-", "—", "–")) else ""
    for group in groups:
        paragraphs = [(piece.address or None, p) for p in paragraphs_of(group).split("\n") if p.strip()]
        for chunk in chunk_paragraphs(paragraphs):
            meta: dict[str, Any] = {"addresses": piece.addresses} if piece.addresses else {}
            if group[0].label:
                meta["page_label"] = group[0].label
            text = f"{lead}\n{chunk.text}" if lead and len(chunk.text) < LIMIT - len(lead) else chunk.text
            embed = not mostly_numbers(chunk.text)
            yield NewPassage(text, group[0].page, chunk.paragraph, "en", embed, {**meta, **mentions(chunk.text)})


def _table(part: _Part) -> Iterator[NewPassage]:
    by_page: dict[tuple[int | None, str | None], list[str]] = {}
    for line in part.lines:
        by_page.setdefault((line.page, line.label), []).append(" ".join(line.text.split()))
    for (page, label), lines in by_page.items():
        held = ""
        for row in [*(row for row in lines if row), ""]:
            if held and (not row or len(held) + len(row) > LIMIT):
                meta = {"page_label": label} if label else {}
                yield NewPassage(held, page, part.prefix, "en", False, {**meta, **mentions(held)})
                held = ""
            held = f"{held}\n{row}" if held else row


def _goods_lists(pages: list[Page]) -> dict[str, list[str]]:
    text = "\n".join(page.text for page in pages)
    if "SUBCHAPTER III" not in text:
        return {}
    found = {}
    for entries in read_goods_lists(text).values():
        if entries and (number := re.search(r"note (16\(c\)\S*)", entries[0].note)):
            found[f"99/III/note {number[1]}"] = [_dotted(e.prefix) for e in entries]
    return found


def _dotted(digits: str) -> str:
    return ".".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part)

"""Text to citable passages: by heading, up to LIMIT characters, no sentence cut, list items with their lead-in."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ingestion.layout import ITEM, LABEL, Kind, reflow, without_running_heads
from ingestion.readers.pdf import Page

LIMIT: Final = 1_200
"""Longest passage in characters. A single sentence may be longer (up to HARD), since it is never cut."""
TARGET: Final = 900
HARD: Final = 2 * LIMIT
"""Longer than this is no sentence but layout (a table, a list of codes), and is cut between words."""

_ABBREVIATIONS: Final = re.compile(
    r"arts?|n[oú]ms?|nos?|secs?|fraccs?|caps?|párr|par|pp?|págs?|fig|ch|cl|subch|ed|ref|approx|aprox|vs|cf|etc|e\.g|i\.e"
    r"|p\.ej|ej|inc|ltd|co|corp|sra?|srta|dra?|ing|lic|mrs?|ms|st|av|ave|blvd|tel|ext|fed|reg|stat|u\.s(\.c)?|ee|uu"
    r"|ee\.uu|c\.v|s\.a(\.p\.i)?|r\.l|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|ene|abr|ago|dic|dof|kg|lb|cm|mm|pub"
)
_NUMBERED: Final = re.compile(
    r"\b(?:fracci[óo]n|inciso|apartado|anexo|t[íi]tulo|title|chapter|part|annex|schedule|division|class|clase) \w$",
    re.I,
)
_END: Final = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“‘«(\[*_¿¡]*[A-ZÁÉÍÓÚÜÑ0-9§])")


@dataclass(frozen=True)
class Chunk:
    """A passage's text, the heading it stands under (the last two levels), and its page."""

    text: str
    paragraph: str | None = None
    page: int | None = None


@dataclass
class _Block:
    kind: Kind
    lines: list[str]
    level: int = 0


@dataclass(frozen=True)
class _Unit:
    """What is never divided. `lead` is repeated when a new passage begins with it; `joint` stands before it."""

    text: str
    joint: str
    lead: str = ""


def sentences(text: str) -> list[str]:
    """Sentences of English or Spanish text; "19 CFR 182.12(a)." and "S.A. de C.V." don't end one in the middle."""
    found, start = [], 0
    for end in _END.finditer(text):
        before = text[start : end.start()]
        last = re.split(r"[\s(\[“\"]", before)[-1].lower().strip(".")
        initial = re.fullmatch(r"[^\W\d_]", last) and not _NUMBERED.search(before)
        if text[end.start()] == "." and text[end.end()] not in "¿¡" and (_ABBREVIATIONS.fullmatch(last) or initial):
            continue
        if re.fullmatch(r"\s*[(*_]*(?:\d{1,3}|[a-zA-Z])", before):  # "1." of a numbered paragraph
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def chunk_markdown(text: str) -> list[Chunk]:
    """Passages of Markdown. The first top heading is the document's title and is left out of `paragraph`."""
    chunks: list[Chunk] = []
    path: list[tuple[int, str]] = []
    section: list[_Block] = []
    titled = False

    def close() -> None:
        name = " > ".join(title for _, title in path[-2:]) or None
        chunks.extend(Chunk(piece, name) for piece in _pack(section))
        section.clear()

    for block in _blocks(text):
        if block.kind != "heading":
            section.append(block)
            continue
        close()
        if block.level == 1 and not titled:
            titled = True
            path.clear()
            continue
        while path and path[-1][0] >= block.level:
            path.pop()
        path.append((block.level, block.lines[0]))
    close()
    return chunks


def chunk_pages(pages: Iterable[Page]) -> list[Chunk]:
    """Passages of pages; none crosses a page, so that each can be cited by its page."""
    chunks: list[Chunk] = []
    shown = [replace(page, text=page.tabled, tabled=None) if page.tabled else page for page in pages]
    for page in without_running_heads(shown):
        blocks: list[_Block] = []
        heading: str | None = None

        for kind, line in [*reflow(page.text), ("heading", "")]:
            before = blocks[-1] if blocks else None
            if kind == "heading":
                chunks.extend(Chunk(piece, heading, page.number) for piece in _pack(blocks))
                blocks, heading = [], line
                continue
            kind = "list" if ITEM.match(line) and kind != "table" else kind
            labels = before and LABEL.match(line) and LABEL.match(before.lines[-1])
            if before and (labels or (kind == before.kind and kind in ("list", "table"))):
                before.lines.append(line)
            else:
                blocks.append(_Block(kind, [line]))
    return chunks


def chunk_paragraphs(paragraphs: Iterable[tuple[str | None, str]], page: int | None = None) -> list[Chunk]:
    """Passages of paragraphs given as (heading or address, text), in order; none crosses a change of heading."""
    chunks: list[Chunk] = []
    for heading, group in itertools.groupby(paragraphs, key=lambda pair: pair[0]):
        blocks: list[_Block] = []
        for _, text in group:
            kind: Kind = "table" if not re.search(r"[^\d.,;\s]", text) else "list" if ITEM.match(text) else "paragraph"
            if blocks and blocks[-1].kind == kind != "paragraph":
                blocks[-1].lines.append(text)
            else:
                blocks.append(_Block(kind, [text]))
        chunks.extend(Chunk(piece, heading, page) for piece in _pack(blocks))
    return chunks


def chunk_text(text: str) -> list[Chunk]:
    """Passages of plain text; blank lines part paragraphs."""
    return [Chunk(c.text) for c in chunk_pages([Page(1, text)])]


def headings(text: str) -> list[tuple[int, str]]:
    """(level, text) of the headings before the first body text: what the document calls itself."""
    found = []
    for block in _blocks(text):
        if block.kind != "heading":
            break
        found.append((block.level, block.lines[0]))
    return found


def _blocks(text: str) -> Iterator[_Block]:
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    current: _Block | None = None
    blank = fenced = False
    for line in text.split("\n"):
        if re.match(r"\s*(```|~~~)", line):
            fenced = not fenced
            continue
        heading = None if fenced else re.match(r"(#{1,6})\s+(.+?)\s*#*\s*$", line)
        rule = not fenced and re.fullmatch(r"\s*([-*_])(\s*\1){2,}\s*", line)
        if not line.strip() or rule:
            blank = True
            continue
        if heading:
            if current:
                yield current
            current = None
            yield _Block("heading", [re.sub(r"[*_`]", "", heading[2])], len(heading[1]))
        elif (
            current and current.kind == "list" and (line.startswith((" ", "\t")) or not blank) and not ITEM.match(line)
        ):
            current.lines[-1] += " " + line.strip()
        else:
            kind: Kind = "list" if ITEM.match(line) else "table" if line.lstrip().startswith("|") else "paragraph"
            if current and current.kind == kind and (kind == "list" or not blank):
                current.lines.append(line.rstrip())
            else:
                if current:
                    yield current
                current = _Block(kind, [line.rstrip() if kind == "list" else line.strip()])
        blank = False
    if current:
        yield current


def _units(blocks: list[_Block]) -> Iterator[_Unit]:
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        if block.kind == "table":
            header = [line for line in block.lines[:2] if number >= 0]
            rule = len(block.lines) > 1 and bool(re.fullmatch(r"[\s|:\-]+", block.lines[1]))
            head = "\n".join(header) if rule else ""
            rows = block.lines[2:] if rule else block.lines
            for i, row in enumerate(rows):
                first = i == 0
                yield _Unit(
                    f"{head}\n{row}" if first and head else row, "\n\n" if first else "\n", "" if first else head
                )
        elif block.kind == "list":
            before = blocks[number - 1] if number else None
            yield from _items(
                block.lines, lead_in(" ".join(before.lines)) if before and before.kind == "paragraph" else ""
            )
        elif len(block.lines) > 1 and all(LABEL.match(line) for line in block.lines):
            for i, line in enumerate(block.lines):
                yield from _split(line, "\n\n" if i == 0 else "\n", "")
        else:
            text = " ".join(block.lines)
            if after and after.kind == "list" and lead_in(text):
                parts = sentences(text)[:-1]  # the last one goes with the first item
                text = " ".join(parts)
            if text:
                yield from _split(text, "\n\n", "")


def _items(items: list[str], lead: str) -> Iterator[_Unit]:
    """Items of a list with the words that introduce them: the paragraph before, or the item that they subdivide."""
    leads: list[tuple[str, str]] = [("", lead)] if lead else []
    bind = lead
    for number, item in enumerate(items):
        mark = _marker(item)
        while leads and leads[-1][0] == mark:
            leads.pop()
        opens = number + 1 < len(items) and _marker(items[number + 1]) != mark
        introduces = lead_in(item) if opens and _marker(items[number + 1]) not in {m for m, _ in leads} else ""
        said = leads[-1][1] if leads else ""
        if introduces:
            leads.append((mark, item if len(item) <= 400 else introduces))
            bind = f"{bind}\n{item}" if bind else item
            continue
        yield from _split(item, "\n", "" if bind else said, bind=bind)
        bind = ""


def _marker(item: str) -> str:
    """Shape of an item's mark, with its indent: "1." and "2." are alike, "(a)" and "(i)" too, "-" and "  -" are not."""
    found = ITEM.match(item)
    shape = found[0].strip() if found else ""
    shape = re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "1", shape)))
    return f"{len(found[1]) if found else 0}{shape}"


def lead_in(paragraph: str) -> str:
    """The sentence that introduces the list after it: one that is not finished ("… the following:", "… shall")."""
    last = (sentences(paragraph) or [""])[-1].rstrip("*_ ")
    if re.search(r"[.;,!?…][\"'”’»)\]]*$", last):
        return ""
    return last if len(last) <= (400 if last.endswith((":", "—", "--")) else 160) else ""


def _split(text: str, joint: str, lead: str, bind: str = "") -> Iterator[_Unit]:
    """`text` whole when it fits a passage, else its sentences; `bind` is put before the first piece for good."""
    first = f"{bind}\n{text}" if bind else text
    joint = "\n\n" if bind else joint
    if len(first) + len(lead) < LIMIT:
        yield _Unit(first, joint, lead)
        return
    for i, sentence in enumerate(sentences(first)):
        for j, piece in enumerate(_cut(sentence)):
            yield _Unit(piece, joint if i == 0 and j == 0 else " ", lead)


def _cut(sentence: str) -> Iterator[str]:
    while len(sentence) > HARD:
        at = max(sentence.rfind("; ", 0, LIMIT) + 1, 0) or sentence.rfind(" ", 0, LIMIT)
        at = at if at > 0 else LIMIT
        yield sentence[:at].strip()
        sentence = sentence[at:].strip()
    if sentence:
        yield sentence


def _pack(blocks: list[_Block]) -> list[str]:
    """Units put together up to TARGET, or LIMIT when that finishes the section."""
    units = list(_units(blocks))
    packed: list[str] = []
    current = ""
    for number, unit in enumerate(units):
        room = LIMIT if number == len(units) - 1 else TARGET
        if current and len(current) + len(unit.joint) + len(unit.text) <= room:
            current += unit.joint + unit.text
            continue
        if current:
            packed.append(current)
        current = f"{unit.lead}\n{unit.text}" if unit.lead else unit.text
    return [*packed, current] if current else packed

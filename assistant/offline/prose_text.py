"""A document's text as paragraphs, sentences and list items, and the part of it that answers, cut without damage.

Sentences end only where one ends: not at the dot of an abbreviation, not inside brackets, and a citation in brackets
stays with the sentence before it. What is left out of a quotation is marked with "…"; a list stays a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.offline.text import data, fold

WHOLE = 800  # characters up to which a section is quoted entire: cutting it saves little and may cut the answer
_LIST_WHOLE = 1600
_GAP = "…"
_MARKER = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+")
_TABLE = re.compile(r"^\s*\|")
_END = re.compile(r"[.!?…]+[\"”»’*_)]*(?:\s*\[[^\]]{1,200}\])*\s+(?=[\"“«¿¡(*_\[]*[A-ZÁÉÍÓÚÑÜ0-9])")


@dataclass(frozen=True)
class Block:
    """A paragraph, a list item (its mark included) or the rows of a table. `parts`: the sentences of a paragraph."""

    kind: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return ("\n" if self.kind == "table" else " ").join(self.parts)


def plain(text: str) -> str:
    """Outside text without headings, images, link targets or raw HTML."""
    text = re.sub(r"(?m)^#{1,6}\s.*$", "", text)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^>\n]{1,200}>", "", text)


def blocks(text: str) -> list[Block]:
    """Paragraphs, list items and tables in order, without sentences that speak to an assistant."""
    found: list[Block] = []
    kind = ""
    lines: list[str] = []

    def end() -> None:
        nonlocal kind, lines
        if lines and kind == "table":
            found.append(Block(kind, tuple(line.strip() for line in lines)))
        elif lines:
            whole = " ".join(" ".join(lines).split())
            parts = [part for part in (sentences(whole) if kind == "text" else [whole]) if not _addressed(part)]
            if parts:
                found.append(Block(kind, tuple(parts)))
        kind, lines = "", []

    for line in plain(text).splitlines():
        new = "table" if _TABLE.match(line) else "item" if _MARKER.match(line) else "text"
        if not line.strip() or new == "item" or (new == "table") != (kind == "table"):
            end()
        if line.strip():
            kind = kind or new
            lines.append(line)
    end()
    return found


def sentences(text: str) -> list[str]:
    """Sentences of one paragraph; every character of it is in one of them."""
    out: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        before = text[start : end.start() + 1]
        if _open(piece) or (text[end.start()] == "." and _abbreviation().search(fold(before))):
            continue
        out.append(piece.strip())
        start = end.end()
    rest = text[start:].strip()
    return [*out, rest] if rest else out


@lru_cache(maxsize=1)
def _abbreviation() -> re.Pattern[str]:
    """A dot that never ends a sentence: after an abbreviation of the data, an initial, or letters dotted one by one."""
    words = "|".join(re.escape(word) for word in data("extract")["abbreviations"].split())
    return re.compile(rf"(?:^|[^\w])(?:{words}|[a-zñ](?:\.[a-z])*|(?:[a-z]{{2}}\. ?)+[a-z]{{2}})\.$")


def _addressed(text: str) -> bool:
    return any(re.search(pattern, fold(text)) for pattern in data("extract")["addressed"])


def _open(text: str) -> bool:
    """True inside brackets."""
    return text.count("[") > text.count("]") or text.count("(") > text.count(")")


def excerpt(rows: Sequence[Block], worth: Callable[[str], float], *, wants_list: bool) -> list[Block]:
    """The blocks that answer: all of a short text; of a long one the list that is asked for, or else the sentences
    and items worth most, in order, with a mark where something is left out."""
    if sum(len(row.text) for row in rows) <= WHOLE:
        return list(rows)
    if wants_list and (chosen := _lists(rows, worth)):
        return chosen
    units = [(i, j, part) for i, row in enumerate(rows) for j, part in enumerate(row.parts)]
    order = sorted(units, key=lambda unit: (-worth(unit[2]), unit[0], unit[1]))
    kept: set[tuple[int, int]] = set()
    size = 0
    for i, j, part in order:
        if kept and (size + len(part) > WHOLE or worth(part) <= 0):
            continue
        kept.add((i, j))
        size += len(part)
        lead = _lead(rows, i)
        if lead is not None and (lead, len(rows[lead].parts) - 1) not in kept:  # an item needs its introduction
            kept.add((lead, len(rows[lead].parts) - 1))
            size += len(rows[lead].parts[-1])
    return _with_gaps(rows, kept)


def _lists(rows: Sequence[Block], worth: Callable[[str], float]) -> list[Block]:
    """The whole list, with its introduction, that says most; nothing when none is there or it is too long."""
    runs: list[list[int]] = []
    for i, row in enumerate(rows):
        if row.kind == "item":
            if not runs or runs[-1][-1] != i - 1:
                runs.append([])
            runs[-1].append(i)
    if not runs or all(len(run) < 2 for run in runs):
        return []
    best = max(runs, key=lambda run: sum(worth(rows[i].text) for i in run) + len(run))
    lead = _lead(rows, best[0])
    wanted = [*([lead] if lead is not None else []), *best]
    if sum(len(rows[i].text) for i in wanted) > _LIST_WHOLE:
        return []
    return _with_gaps(rows, {(i, j) for i in wanted for j in range(len(rows[i].parts))})


def _lead(rows: Sequence[Block], place: int) -> int | None:
    """The paragraph that introduces the list which the block at `place` stands in."""
    if rows[place].kind != "item":
        return None
    before = place
    while before >= 0 and rows[before].kind == "item":
        before -= 1
    return before if before >= 0 and rows[before].kind == "text" and rows[before].parts[-1].endswith(":") else None


def _with_gaps(rows: Sequence[Block], kept: set[tuple[int, int]]) -> list[Block]:
    out: list[Block] = []
    skipped = False
    for i, row in enumerate(rows):
        parts: list[str] = []
        for j, part in enumerate(row.parts):
            if (i, j) not in kept:
                skipped = True
                continue
            if skipped and (parts or row.kind == "text"):
                parts.append(_GAP)
            elif skipped:
                out.append(Block("text", (_GAP,)))
            skipped = False
            parts.append(part)
        if parts:
            out.append(Block(row.kind, tuple(parts)))
    if skipped and out:
        out.append(Block("text", (_GAP,)))
    return out


def quoted(rows: Sequence[Block]) -> str:
    """Blocks as a Markdown quotation; items of one list stand line by line."""
    lines: list[str] = []
    for i, row in enumerate(rows):
        if i and not (row.kind == "item" and rows[i - 1].kind == "item"):
            lines.append(">")
        lines += [f"> {line}" for line in row.text.split("\n")]
    return "\n".join(lines)

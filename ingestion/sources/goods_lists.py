"""Goods lists of the U.S. notes to chapter 99, read from the official text (layout text of the published PDF).

A list is found by the sentence that opens its subdivision and ends where the next subdivision opens. Where a page
prints the first column of a list lower than the others, the columns are paired again by their order, so that a row
never lands in the list below it. Only numbers are kept: prefix, note, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from assistant.customs.law import load_yaml

_CODE: Final = re.compile(r"(?<![\d.])\d{4}(?:\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?)?(?![\d.]*\d)")
_SUBHEADING: Final = re.compile(r"(?<![\d.])\d{4}\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?(?!\d)")
_FURNITURE: Final = re.compile(
    r"Harmonized Tariff Schedule of the|Annotated for Statistical|^\s*X+I*\s*$|^\s*99 - III|Compiler's note"
)
_HEADING_ONLY: Final = re.compile(r"^[\s\d.]+$")


@dataclass(frozen=True, slots=True)
class GoodsEntry:
    """One number of a list: 4 to 10 digits, and the note that prints it."""

    prefix: str
    note: str


@dataclass(frozen=True, slots=True)
class _Spec:
    """Where a list stands: `start` opens it, `end` opens what follows. `headings`: four-digit numbers count too."""

    id: str
    note: str
    start: str
    end: str
    headings: bool = False


@cache
def specs() -> tuple[_Spec, ...]:
    """Where each list stands, in the order of the text."""
    rows = load_yaml(Path(__file__).parent / "data" / "goods_lists.yaml")
    return tuple(
        _Spec(r["id"], r["note"], r["start"], r["end"], r.get("headings") == "true")
        for r in sorted(rows, key=lambda row: _note_number(row["id"]))
    )


def read_goods_lists(text: str) -> Mapping[str, tuple[GoodsEntry, ...]]:
    """Lists of `data/goods_lists.yaml` that the text holds, in its order; one whose opening is absent is left out,
    and so is one whose end is not found: where it ends would be a guess."""
    lines = text.splitlines()
    found: dict[str, tuple[GoodsEntry, ...]] = {}
    place = next((n for n, line in enumerate(lines) if line.strip() == "SUBCHAPTER III"), 0)
    for spec in specs():
        start = _find(lines, spec.start, place)
        if start is None:
            continue
        end = _find(lines, spec.end, start + 1)
        if end is None:
            continue
        aligned = spec.id.startswith("us.note_16.c.")
        codes = _realigned(lines, start, end, spec) if aligned else _plain(lines, start, end, spec)
        found[spec.id] = tuple(GoodsEntry(code, spec.note) for code in dict.fromkeys(codes))
        place = start
    return found


def _note_number(list_id: str) -> int:
    return int(list_id.split(".")[1].removeprefix("note_"))


def _find(lines: list[str], pattern: str, place: int) -> int | None:
    wanted = re.compile(pattern)
    return next((n for n in range(place, len(lines)) if wanted.search(lines[n])), None)


def _codes(line: str, headings: bool) -> Iterator[str]:
    for match in (_CODE if headings and _HEADING_ONLY.match(line) else _SUBHEADING).finditer(line):
        code = match[0].replace(".", "")
        if not code.startswith("99"):
            yield code


def _plain(lines: list[str], start: int, end: int, spec: _Spec) -> Iterator[str]:
    for line in lines[start:end]:
        if not _FURNITURE.search(line):
            yield from _codes(line, spec.headings)


def _realigned(lines: list[str], start: int, end: int, spec: _Spec) -> Iterator[str]:
    """Codes between two subdivision titles, page by page; see the module's head for pages printed out of step."""
    page = start
    while page > 0 and not _FURNITURE.search(lines[page - 1]):
        page -= 1
    breaks = [n for n in range(page, end) if _FURNITURE.search(lines[n])]
    for low, high in zip([page - 1, *breaks], [*breaks, _page_end(lines, end)], strict=True):
        yield from _page(lines, range(low + 1, high), start, end)


def _page_end(lines: list[str], place: int) -> int:
    return next((n for n in range(place, len(lines)) if _FURNITURE.search(lines[n])), len(lines))


def _page(lines: list[str], span: range, start: int, end: int) -> Iterator[str]:
    """Codes of one page that belong to the list between lines `start` and `end`.

    Where the columns are in step, a line's codes belong together. Where they are not, a row of the right-hand columns
    belongs to the last list whose first left-hand number is not above the row's own first number."""
    left: list[tuple[int, str]] = []
    rows: list[tuple[int, list[str]]] = []
    for n in span:
        found = [(m.start(), m[0].replace(".", "")) for m in _CODE.finditer(lines[n])]
        found = [(at, c) for at, c in found if not c.startswith("99") and (len(c) > 4 or _HEADING_ONLY.match(lines[n]))]
        left += [(n, c) for at, c in found if at <= _LEFT]
        if right := [c for at, c in found if at > _LEFT]:
            rows.append((n, right))
    out_of_step = bool(left and rows) and rows[0][0] < left[0][0]
    mine = [c for n, c in left if start <= n < end]
    yield from mine
    if not out_of_step:
        # Columns may begin right of `_LEFT` throughout; a line is then a row of its own.
        yield from (c for n, row in rows if start <= n < end for c in row)
        return
    later = [c for n, c in left if n >= end]
    for _, row in rows:
        if mine and mine[0] <= row[0] and not (later and later[0] <= row[0]):
            yield from row


_LEFT: Final = 40  # columns; the first column of a list starts before it

"""The text of a PDF page in reading order: columns one after the other, also where the file holds them line by line.

Most writers lay a column down whole, and the order of the file is that of reading; then it is left alone. Where lines
of two columns of prose take turns, they are taken apart by where they stand. A table, whose cells take turns too, has
short cells on one side and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from ingestion.readers.tables import Head, Run, with_tables

_LEAST_ROWS: Final = 8
_LEAST_CHARS: Final = 22.0


@dataclass(frozen=True)
class Piece:
    """A run of text and where it starts, in the page's units from the left and the bottom."""

    x: float
    y: float
    text: str


def page_text(page: Any, head: Head) -> tuple[str, str | None]:
    """Text of a pypdf page, and the same with its tables as rows where it has some. `head`: of the table that may go on
    from the page before; it is brought up to date."""
    runs: list[Run] = []

    def visit(text: str, cm: Any, tm: Any, _font: Any, size: Any) -> None:
        if text:
            x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            scale = (abs(tm[0]) or abs(tm[1])) * (abs(cm[0]) or abs(cm[1]))
            runs.append(Run(float(x), float(y), float(size or 0) * scale or 10.0, text))

    plain: str = page.extract_text(visitor_text=visit) or ""
    columns = in_columns([Piece(run.x, run.y, run.text) for run in runs if run.text.strip()])
    return columns or plain, None if columns else with_tables(runs, head)


def in_columns(pieces: list[Piece]) -> str | None:
    """The text of a page whose two columns take turns line by line; None when its order is right as it is."""
    if len(pieces) < 2 * _LEAST_ROWS or any("....." in piece.text for piece in pieces):  # leaders: a table
        return None
    middle = _gutter(pieces)
    if middle is None:
        return None
    turns = sum(1 for a, b in pairwise(pieces) if (a.x < middle) != (b.x < middle))
    rows: dict[int, list[Piece]] = {}
    for piece in pieces:
        rows.setdefault(round(piece.y), []).append(piece)
    both = [row for row in rows.values() if any(p.x < middle for p in row) and any(p.x >= middle for p in row)]
    if len(both) < _LEAST_ROWS or turns < len(both) * 1.2:
        return None
    left = [sum(len(p.text) for p in row if p.x < middle) for row in both]
    right = [sum(len(p.text) for p in row if p.x >= middle) for row in both]
    if min(sum(left), sum(right)) / len(both) < _LEAST_CHARS:
        return None
    return _read(rows, middle)


def _gutter(pieces: list[Piece]) -> float | None:
    """Where the right column begins: a left edge that many lines share, well right of the left one."""
    edges: dict[int, int] = {}
    for piece in pieces:
        edges[round(piece.x)] = edges.get(round(piece.x), 0) + 1
    common = sorted(edge for edge, count in edges.items() if count >= _LEAST_ROWS)
    if len(common) < 2:
        return None
    width = max(p.x for p in pieces) - min(p.x for p in pieces)
    right = next((edge for edge in common[1:] if edge - common[0] > max(100, width * 0.4)), None)
    return None if right is None else right - 3


def _read(rows: dict[int, list[Piece]], middle: float) -> str:
    """Bands between full-width lines: of each, the left column and then the right one."""
    out: list[str] = []
    left: list[str] = []
    right: list[str] = []
    for y in sorted(rows, reverse=True):
        row = sorted(rows[y], key=lambda p: p.x)
        first = " ".join(p.text.strip() for p in row if p.x < middle)
        second = " ".join(p.text.strip() for p in row if p.x >= middle)
        if first and not second and len(first) > 1.6 * max((len(t) for t in left), default=len(first)):
            out += [*left, *right, first]
            left, right = [], []
            continue
        left += [first] if first else []
        right += [second] if second else []
    return "\n".join([*out, *left, *right])

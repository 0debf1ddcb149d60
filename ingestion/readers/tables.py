"""Tables of a PDF page as rows of cells: `| 7206 | Iron and nonalloy steel in ingots |`, under their head.

A PDF knows no tables, only where text stands. Two shapes are told: rows whose first cell is short and whose other cells
begin further right, parted by gutters that stay white all the way down; and rows whose cells are parted by leaders
(`2904.20.50 ........ Nitro compounds ........ Pharma.`), as the Federal Register prints them. The order of the file is
that of reading: a first cell may stand half way down the lines beside it. Numbered lists are none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.readers.words import joined_words

LEAST_ROWS: Final = 4
_SHORT: Final = 40
_EM: Final = 0.45
"""Width of a letter, in sizes of type: rather too little, so that two cells are not taken for one."""
_MARKER: Final = re.compile(r"[-*•–]|\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\[\d+\]|\d{1,3}")
_LEADER: Final = re.compile(r"\s*\.{4,}(?:\s*\.{2,})*\s*")
_LEADER_ROW: Final = re.compile(r"\S{2,15}(?: \S{1,12})?\s*\.{4,}\s*\S")


@dataclass(frozen=True)
class Run:
    """Text as the file shows it: where it begins, from the left and the bottom, and its size of type."""

    x: float
    y: float
    size: float
    text: str


@dataclass
class Head:
    """The head of the last table of a page, for the one that goes on at the top of the next."""

    cells: list[str] = field(default_factory=list)
    columns: list[float] = field(default_factory=list)


@dataclass
class _Segment:
    """Runs that stand side by side without a gap; `first` and `last` are their places in the file."""

    x: float
    y: float
    size: float
    end: float
    text: str
    first: int
    last: int


def with_tables(runs: Sequence[Run], head: Head) -> str | None:
    """The page's text with its tables as rows; None where it has none. `head` is read and brought up to date."""
    if any("....." in run.text for run in runs):
        return _leaders(runs, head)
    segments = _segments(runs)
    parts: list[str] = []
    at = done = 0
    rendered = False
    while at < len(segments):
        found = _table(segments, at)
        if found is None:
            at += 1
            continue
        above, end, columns = found
        rows = _rows(segments[at:end], columns)
        cells = _head(segments[above:at], columns)
        if not cells:  # what stands above is no head; the table may go on from the page before
            above, cells = at, [] if rendered else _carried(head, columns)
        if not cells and _titles(rows):
            cells = rows.pop(0)
        parts.append(_text(runs, done, segments[above].first).rstrip("\n "))
        parts.append(_printed(cells, rows))
        head.cells, head.columns = cells, columns
        done, at, rendered = segments[end - 1].last + 1, end, True
    if not rendered:
        head.cells, head.columns = [], []
        return None
    parts.append(_text(runs, done, len(runs)).lstrip("\n "))
    return "\n".join(part for part in parts if part.strip())


def _text(runs: Sequence[Run], first: int, last: int) -> str:
    return "".join(run.text for run in runs[first:last])


def _segments(runs: Sequence[Run]) -> list[_Segment]:
    made: list[_Segment] = []
    for n, run in enumerate(runs):
        text = run.text.strip("\n")
        if not text.strip():
            if text and made and abs(made[-1].y - run.y) < 2:
                made[-1].text += " "
            continue
        width = _EM * run.size * len(text.rstrip())
        before = made[-1] if made else None
        gap = run.x - before.end if before else 0.0
        if before and abs(before.y - run.y) < 2 and -0.3 * (before.end - before.x) - 2 < gap < 1.2 * run.size:
            before.text += text
            before.end, before.last = max(before.end, run.x + width), n
        else:
            made.append(_Segment(run.x, run.y, run.size, run.x + width, text, n, n))
    return made


def _table(segments: Sequence[_Segment], at: int) -> tuple[int, int, list[float]] | None:
    """Whether a table begins at a segment: the first segment of its head, the one behind its end, and the left edges of
    its columns."""
    key = segments[at]
    if at + 1 >= len(segments) or not _beside(key, segments[at + 1]):
        return None
    steps = Counter(
        round(b.x / 4)
        for a, b in zip(segments[at:], segments[at + 1 :], strict=False)
        if abs(a.x - key.x) < 3 and _beside(a, b)
    )
    if not steps or max(steps.values()) < LEAST_ROWS - 1:
        return None
    second = min(edge for edge, count in steps.items() if count >= max(2, max(steps.values()) * 0.3)) * 4 - 6
    end, keys = at, []
    for n in range(at, len(segments)):
        segment = segments[n]
        if abs(segment.x - key.x) < 3:
            if segment.end > second + segment.size:
                break
            keys.append(segment.text.strip())
        elif segment.x < second or (keys and segment.y > segments[at].y + 3 * segment.size):
            break
        end = n + 1
    while end > at and abs(segments[end - 1].x - key.x) < 3:  # a key without its row is the text behind the table
        end -= 1
    if end == at:
        return None
    columns = [key.x, *_gutters(segments[at:end], second)]
    rows = _rows(segments[at:end], columns)
    listed = sum(1 for row in rows if _MARKER.fullmatch(row[0]))
    filled = sum(1 for row in rows if row[0] and any(row[1:]))
    if len(rows) < LEAST_ROWS or listed > len(rows) * 0.5 or filled < len(rows) * 0.6:
        return None
    return _head_start(segments, at), end, columns


def _beside(key: _Segment, cell: _Segment) -> bool:
    return len(key.text.strip()) <= _SHORT and cell.x > key.end and abs(cell.y - key.y) < 3.2 * key.size


def _gutters(segments: Sequence[_Segment], second: float) -> list[float]:
    """Left edges of the columns from the second on: where text begins behind a gutter that no line crosses."""
    spans = sorted((s.x, s.end) for s in segments if s.x >= second)
    size = min(s.size for s in segments)
    edges: list[float] = []
    reach = 0.0
    for start, end in spans:
        if not edges or start > reach + 0.6 * size:
            edges.append(start)
        reach = max(reach, end)
    return edges


def _column(columns: Sequence[float], x: float) -> int:
    return max((n for n, edge in enumerate(columns) if edge <= x + 3), default=0)


def _rows(segments: Sequence[_Segment], columns: Sequence[float]) -> list[list[str]]:
    rows: list[list[str]] = []
    last: _Segment | None = None
    beside = False
    for s in segments:
        column = _column(columns, s.x)
        far = last is not None and last.y - s.y > 1.7 * s.size
        if not rows or (column == 0 and (beside or far)):
            rows.append([""] * len(columns))
            beside = False
        beside = beside or column > 0
        rows[-1][column] = _joined(rows[-1][column], s.text)
        last = s
    return rows


def _joined(before: str, text: str) -> str:
    return f"{before}\n{text.strip()}".strip()


def _head_start(segments: Sequence[_Segment], at: int) -> int:
    """The first of the segments above that may be a head: of three lines at most, and short."""
    start, line, lines = at, segments[at].y, 0
    while start > 0:
        above = segments[start - 1]
        if (
            above.x < segments[at].x - 3
            or not 0 < above.y - segments[at].y < 7 * above.size
            or len(above.text.strip()) > _SHORT
        ):
            break
        if above.y - line > 1:
            lines += 1
            if lines > 3:
                break
        line = max(line, above.y)
        start -= 1
    return start


def _head(above: Sequence[_Segment], columns: Sequence[float]) -> list[str]:
    cells = [""] * len(columns)
    for s in above:
        n = _column(columns, s.x)
        cells[n] = _joined(cells[n], s.text)
    return cells if sum(1 for cell in cells if cell) >= 2 else []


def _titles(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words alone, over rows that most hold figures."""
    first, below = rows[0], rows[1:]
    named = all(cell and len(cell) <= _SHORT and not re.search(r"\d", cell) for cell in first)
    return named and sum(1 for row in below if re.search(r"\d", " ".join(row))) > len(below) * 0.5


def _carried(head: Head, columns: Sequence[float]) -> list[str]:
    same = len(head.columns) == len(columns) and abs(head.columns[0] - columns[0]) < 20
    return list(head.cells) if same else []


def _printed(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[" ".join(cell.split()) for cell in head], ["---"] * len(head)] if head else []
    width = len(rows[0])
    cells = [" ".join(cell.replace("|", "/").split()) for cell in joined_words([cell for row in rows for cell in row])]
    whole = (cells[n : n + width] for n in range(0, len(cells), width))
    return "\n".join(f"| {' | '.join(row)} |" for row in [*lines, *whole])


def _leaders(runs: Sequence[Run], head: Head) -> str | None:
    """Rows with leaders: what goes on below a row is put into the cell that it stands under."""
    lines = _lines(runs)
    starts = [x for x, text in lines if _LEADER_ROW.match(text)]
    if len(starts) < LEAST_ROWS:
        head.cells, head.columns = [], []
        return None
    left = min(starts)
    inner = min((x for x, text in lines if left + 20 < x < left + 250 and text.strip()), default=left + 20)
    out: list[str] = []
    rows: list[list[str]] = []

    def close() -> None:
        if not rows:
            return
        width = max(len(row) for row in rows)
        if out and len(out[-1]) < 80 and not re.search(r"[.;:,]\s*$|/", out[-1]):
            words = out.pop().split()
            head.cells = words if len(words) == width else [" ".join(words), *[""] * (width - 1)]
        elif len(head.cells) != width:
            head.cells = []
        out.append(_printed(head.cells, [[*row, *[""] * (width - len(row))] for row in rows]))
        rows.clear()

    for x, text in lines:
        cells = [cell.strip() for cell in _LEADER.split(text) if cell.strip()] if _LEADER_ROW.match(text) else []
        if len(cells) > 1:
            rows.append(cells)
        elif rows and text.strip() and x > left + 20:
            if x - inner < 40:
                rows[-1][-1] = _joined(rows[-1][-1], _LEADER.sub(" ", text))
            else:
                rows[-1].append(text.strip())
        elif text.strip():
            close()
            out.append(text.strip())
    close()
    return "\n".join(out)


def _lines(runs: Sequence[Run]) -> list[tuple[float, str]]:
    """Lines as the file shows them, each with where its first word stands."""
    lines: list[tuple[float, str]] = [(0.0, "")]
    for run in runs:
        for n, text in enumerate(run.text.split("\n")):
            if n:
                lines.append((run.x, text))
            elif text:
                x, said = lines[-1]
                lines[-1] = (x if said.strip() else run.x, said + text)
    return lines

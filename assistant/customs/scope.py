"""Which measures can concern a line on a day: their rows that fit the goods, whatever the origin and the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.customs.goods import GoodsLists
from assistant.customs.measures import Goods, Measure, Row, Value
from assistant.customs.schedule import Line


@dataclass(frozen=True, slots=True)
class Match:
    """A row of a measure that fits the goods of a line on a day. `partial`: only some statistical numbers do."""

    row: Row
    partial: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Applicable:
    """A measure that can concern a line on a day, with its rows that fit the goods, exceptions first."""

    measure: Measure
    rows: tuple[Match, ...]


def in_force(law: Sequence[Measure], day: date) -> tuple[tuple[Measure, tuple[Row, ...]], ...]:
    """Measures that charge something on the day, each with its rows that hold, exceptions first."""
    found = []
    for measure in law:
        rows = tuple(row for row in (*measure.exceptions, *measure.values) if row.holds(day))
        if any(isinstance(row, Value) for row in rows):
            found.append((measure, rows))
    return tuple(found)


def applicable(
    line: Line, day: date, law: Sequence[tuple[Measure, tuple[Row, ...]]], lists: GoodsLists
) -> tuple[Applicable, ...]:
    """Measures that can concern the line on the day, whatever the origin; `law` as `in_force` gives it for the day."""
    found = []
    headings = line_headings(line)
    seen: dict[str, tuple[bool, str | None] | None] = {}
    for measure, rows in law:
        matches = [m for row in rows if (m := fits(row, line, day, headings, lists, seen))]
        if any(isinstance(match.row, Value) for match in matches):
            found.append(Applicable(measure, tuple(matches)))
    return tuple(found)


def line_headings(line: Line) -> frozenset[str]:
    """Chapter 99 headings that the line's footnotes name for goods of the line.

    A footnote of the description column counts where it is printed; one inherited from the rate line counts only when
    it sends the reader to the heading ("See ..."), not when it explains which suffixes are covered."""
    found: set[str] = set()
    for note in line.footnotes:
        columns, headings, text = note.get("columns"), note.get("headings"), str(note.get("text") or "")
        if not isinstance(columns, list | tuple) or not isinstance(headings, list | tuple):
            continue
        own = "desc" in columns and not note.get("inherited_from")
        if own or ("general" in columns and (not text or text.strip().startswith("See"))):
            found.update(str(h) for h in headings)
    return frozenset(found)


def fits(
    row: Row,
    line: Line,
    day: date,
    headings: frozenset[str],
    lists: GoodsLists,
    seen: dict[str, tuple[bool, str | None] | None],
) -> Match | None:
    """The row, if its goods include the line. `seen` keeps what was found for goods named by several rows."""
    if row.chapters and line.hts[:2] not in row.chapters:
        return None
    if row.goods.everything:
        left_out = row.except_goods and _among(row.except_goods, line, day, headings, lists)
        return None if left_out else Match(row)
    if (key := row.goods.key) not in seen:
        seen[key] = _among(row.goods, line, day, headings, lists)
    found = seen[key]
    if found is None or (row.except_goods and _among(row.except_goods, line, day, headings, lists)):
        return None
    return Match(row, found[0], found[1])


def _among(
    goods: Goods, line: Line, day: date, headings: frozenset[str], lists: GoodsLists
) -> tuple[bool, str | None] | None:
    if goods.footnote and goods.footnote in headings:
        return False, None
    if goods.prefixes and line.hts.startswith(goods.prefixes):
        return False, None
    partial: tuple[bool, str | None] | None = None
    for list_id in goods.lists:
        if member := lists.match(list_id, line.hts, day):
            if not member.partial:
                return False, member.source
            partial = True, member.source
    return partial

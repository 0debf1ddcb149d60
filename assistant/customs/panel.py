"""Rates of one line for many origins at once: origins that no row of the law tells apart are computed together.

For sheets of whole schedules (lines x origins). Figures are those of `duty.estimate` without claims or fees;
within a group of origins only the heading of a country's own provision may differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.customs.base_rate import Entry
from assistant.customs.law import programs
from assistant.customs.schedule import Line
from assistant.customs.ways import Law, Stack, build


def cards(
    line: Line,
    day: date,
    origins: Iterable[str],
    law: Law | None = None,
    value: Decimal = Decimal(10_000),
    given: Mapping[str, Any] | None = None,
) -> Iterator[tuple[tuple[str, ...], Stack]]:
    """(origins, stack) for every group of `origins` that pay alike on the line; `value` in US dollars, `given` the
    facts that hold for all."""
    law = law or Law.shipped()
    told: dict[str, list[str]] = {}
    for row in (match.row for one in law.on(line, day) for match in one.rows):
        for origin in row.countries or ():
            told.setdefault(origin, []).append(row.sign)
        for origin in row.except_origins:
            told.setdefault(origin, []).append("not " + row.sign)
    groups: dict[tuple[str, ...], list[str]] = {}
    for origin in origins:
        own = (origin,) if programs().column_two(origin, day) else ()
        groups.setdefault((*own, *told.get(origin, ())), []).append(origin)
    for members in groups.values():
        entry = Entry(line, members[0], day, value, {}, {}, None, None, "en")
        yield tuple(members), build(entry, given or {}, law, fees=False)


__all__ = ["cards"]

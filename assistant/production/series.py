"""Figures by week for charts and control limits, and what went wrong by kind (Pareto)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assistant.production.cells import TYPED
from assistant.production.kpi_delivery import planned_share
from assistant.production.kpis import KPIS
from assistant.production.measures import KpiWindow, percent, round_to
from assistant.production.merged import Merged
from assistant.production.state import OrderState
from assistant.production.words import data


def week_of(day: date) -> date:
    """The Monday of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def weekly(states: Sequence[OrderState], name: str, window: KpiWindow) -> list[tuple[str, Decimal]]:
    """(Monday, value) of a KPI, week by week, weeks without data left out. Percent and ppm in their units."""
    unit = data("kpis")[name]["unit"]
    found, merged = [], Merged.of(states)
    days = set[date]().union(*(s.dated for s in merged))
    for monday in sorted({week_of(d) for d in days if window.holds(d)}):
        measure = KPIS[name](merged, KpiWindow(start=monday, end=monday + timedelta(days=6)))
        value = measure.value
        if value is None and measure.numerator is not None and measure.denominator:
            value = measure.numerator / measure.denominator * {"%": 100, "ppm": 1_000_000}.get(unit, 1)
        if value is not None:
            found.append((monday.isoformat(), round_to(value, unit)))
    return found


def pareto(states: Sequence[OrderState], window: KpiWindow) -> list[dict[str, Any]]:
    """Defects by type, most first, with their share and the share so far; untyped defects are `other`."""
    counts: dict[str, Decimal] = defaultdict(Decimal)
    for cell in Merged.of(states).cells("inspection", window):
        for name, count in cell.sums.items():
            if name.startswith(TYPED):
                counts[name.removeprefix(TYPED)] += count
        counts["other"] += cell["untyped_defects"]
    total = sum(counts.values(), Decimal(0))
    rows, so_far = [], Decimal(0)
    for kind, count in sorted(counts.items(), key=lambda item: (item[0] == "other", -item[1], item[0])):
        if not count:
            continue
        so_far += count
        rows.append(
            {"kind": kind, "count": count, "share": percent(count, total), "cumulative": percent(so_far, total)}
        )
    return rows


def output_curve(state: OrderState) -> list[dict[str, Any]]:
    """Good units so far and planned units by the end of each week, from the first to the last that matters."""
    made: dict[date, Decimal] = defaultdict(Decimal)
    for day, good in state.daily_good.items():
        made[week_of(day)] += good
    planned = [m.baseline for m in state.milestones if m.baseline]
    days = [*made, *(week_of(d) for d in planned)]
    if not made or not days:
        return []
    monday, last, total, rows = min(made), week_of(state.as_of), Decimal(0), []
    while monday <= last:
        end = monday + timedelta(days=6)
        total += made.get(monday, Decimal(0))
        share = planned_share(state, min(end, state.as_of))
        rows.append(
            {
                "week": monday,
                "good": total,
                "planned": None if share is None else round_to(share * state.order.quantity, "units"),
            }
        )
        if total >= state.order.quantity and monday >= max(made):
            break
        monday += timedelta(days=7)
    return rows

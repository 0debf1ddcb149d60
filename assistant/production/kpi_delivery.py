"""Key figures of delivery, time, plan, papers and incidents: by order, on the day of the states."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assistant.production.cells import COST, FAILED, PLANNED_QUANTITY
from assistant.production.measures import KpiWindow, Measure, counted
from assistant.production.state import OrderState
from assistant.production.types import day_of
from assistant.production.words import milestone_key

States = Sequence[OrderState]


def on_time_delivery(states: States, window: KpiWindow) -> Measure:
    due = _due(states, window)
    on_time = [s for s in due if s.delivered_on is not None and s.delivered_on <= s.order.promised]
    return counted(len(on_time), len(due))


def on_time_in_full(states: States, window: KpiWindow) -> Measure:
    """In full: the whole quantity had arrived by the promised day. Orders delivered without a quantity told are left
    out, and said so."""
    due = _due(states, window)
    judged = [s for s in due if s.delivered_on is None or s.arrived is not None]
    good = [s for s in judged if (s.arrived_by(s.order.promised) or Decimal(0)) >= s.order.quantity]
    measure = counted(len(good), len(judged))
    return measure.model_copy(update={"notes": ["quantity_unknown"]}) if len(judged) < len(due) else measure


def schedule_variance(states: States, window: KpiWindow) -> Measure:
    """Mean of actual − planned in days over milestones reached in the window; `parts` has one row a milestone."""
    rows: dict[str, tuple[str, list[int]]] = {}
    for state in states:
        for milestone in state.milestones:
            if milestone.actual is not None and milestone.baseline is not None and window.holds(milestone.actual):
                key = milestone_key(milestone.name)
                rows.setdefault(key, (milestone.name, []))[1].append((milestone.actual - milestone.baseline).days)
    days = [d for _, found in rows.values() for d in found]
    parts = [
        {"milestone": name, "mean_days": _mean(found), "worst_days": max(found), "observations": len(found)}
        for name, found in rows.values()
    ]
    return _average(days, parts)


def lead_time_promised(states: States, window: KpiWindow) -> Measure:
    return _average([(s.order.promised - s.order.placed).days for s in states if window.holds(s.order.promised)])


def lead_time_actual(states: States, window: KpiWindow) -> Measure:
    delivered = [s for s in states if window.holds(s.delivered_on)]
    return _average([(s.delivered_on - s.order.placed).days for s in delivered if s.delivered_on])


def lead_time_trend(states: States, window: KpiWindow) -> Measure:
    """Least-squares slope of actual lead time over the day of placing, in days a month (30.4375 days); three orders
    placed on at least two different days are needed."""
    points = [
        (s.order.placed.toordinal(), (s.delivered_on - s.order.placed).days)
        for s in states
        if s.delivered_on and window.holds(s.delivered_on)
    ]
    if len(points) < 3 or len({x for x, _ in points}) < 2:
        return Measure(observations=len(points))
    xs, ys = [Decimal(x) for x, _ in points], [Decimal(y) for _, y in points]
    mean_x, mean_y = sum(xs, Decimal(0)) / len(xs), sum(ys, Decimal(0)) / len(ys)
    above = sum(((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)), Decimal(0))
    below = sum(((x - mean_x) ** 2 for x in xs), Decimal(0))
    slope = above / below * Decimal("30.4375")
    return Measure(numerator=above, denominator=below, value=slope, observations=len(points))


def output_against_plan(states: States, window: KpiWindow) -> Measure:
    """Good units ÷ planned units of production reports that tell both; else, by order, good units so far ÷ the share of
    the quantity that a straight line from planned production start to planned end asks for by the day."""
    made_by = [(s, s.output_in(window.start, window.end)) for s in states]
    rows = [c for _, cells in made_by for c in cells if c.tells(PLANNED_QUANTITY)]
    if rows:
        return Measure(
            numerator=sum((c["good"] for c in rows), Decimal(0)),
            denominator=sum((c["planned_quantity"] for c in rows), Decimal(0)),
            observations=sum(c.count for c in rows),
        )
    made = planned = Decimal(0)
    count = 0
    for state, cells in made_by:
        if not state.output:
            continue  # nothing was reported: that is no 0 %
        share = planned_share(state, min(window.end, state.as_of) if window.end else state.as_of)
        before = planned_share(state, window.start - timedelta(days=1)) if window.start else Decimal(0)
        if share is None or before is None or share <= before:
            continue
        made += sum((c["good"] for c in cells), Decimal(0))
        planned += (share - before) * state.order.quantity
        count += 1
    if not count:
        return Measure()
    return Measure(numerator=made, denominator=planned, observations=count, notes=["straight_line"])


def planned_share(state: OrderState, day: date) -> Decimal | None:
    """Share of the quantity planned to be made by the end of `day`; None without a planned start and end."""
    planned = {milestone_key(m.name): m.baseline for m in state.milestones}
    start, end = planned.get("production_start"), planned.get("production_complete")
    if start is None or end is None or end < start:
        return None
    whole = (end - start).days + 1
    return Decimal(min(max((day - start).days + 1, 0), whole)) / whole


def open_incidents(states: States, window: KpiWindow) -> Measure:
    told = [s for s in states if s.reported]
    if not told:
        return Measure()
    count = sum(len(s.open_incidents) for s in told)
    return Measure(value=Decimal(count), numerator=Decimal(count), observations=sum(len(s.incidents) for s in told))


def document_compliance(states: States, window: KpiWindow) -> Measure:
    """Papers in order ÷ papers that the orders call for or that were reported, on the day of the states."""
    papers = [p for s in states for p in s.papers]
    counts: dict[str, int] = defaultdict(int)
    for paper in papers:
        counts[paper.state] += 1
    parts: list[dict[str, Any]] = [{"state": state, "count": count} for state, count in sorted(counts.items())]
    return counted(counts["ok"], len(papers)).model_copy(update={"parts": parts}) if papers else Measure()


def cost_of_poor_quality(states: States, window: KpiWindow) -> Measure:
    """Costs told with inspections, incidents and production reports of scrap or rework."""
    rows: list[tuple[str, int, Decimal]] = []
    for state in states:
        money = state.order.currency
        for event in state.events:
            day = day_of(event.at, state.order.zone)
            if event.type == "incident" and event.cost is not None and window.holds(day):
                rows.append((money, 1, event.cost))
        failed = [c for c in state.of("production", window.start, window.end) if c.tells(COST | FAILED)]
        checked = [c for c in state.of("inspection", window.start, window.end) if c.tells(COST)]
        rows += [(money, c.count, c["cost"]) for c in (*failed, *checked)]
    currencies = {money for money, _, _ in rows}
    count = sum(n for _, n, _ in rows)
    if len(currencies) != 1:
        return Measure(notes=["mixed_currencies"] if currencies else [], observations=count)
    total = sum((cost for _, _, cost in rows), Decimal(0))
    return Measure(value=total, numerator=total, observations=count, unit=currencies.pop())


def _due(states: States, window: KpiWindow) -> list[OrderState]:
    """Orders promised in the window whose promise can be judged: delivered, or past their day."""
    return [
        s
        for s in states
        if window.holds(s.order.promised) and (s.delivered_on is not None or s.order.promised < s.as_of)
    ]


def _average(days: Sequence[int], parts: Sequence[dict[str, Any]] = ()) -> Measure:
    if not days:
        return Measure()
    return Measure(
        numerator=Decimal(sum(days)), denominator=Decimal(len(days)), observations=len(days), parts=list(parts)
    )


def _mean(values: Sequence[int]) -> Decimal:
    return round(statistics.mean([Decimal(v) for v in values]), 1)

"""Key figures of production: pure functions of folded orders, a window and a day. Definitions: `data/kpis.yaml`."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.production.fold import OrderState
from assistant.production.measures import Kpi, KpiWindow, Language, Measure, kpi, percent
from assistant.production.types import Event
from assistant.production.words import milestone_key

States = Sequence[OrderState]
Function = Callable[[States, KpiWindow], Measure]
EXPIRING_DAYS = 30


def kpis(states: States, window: KpiWindow, language: Language = "en", names: Sequence[str] | None = None) -> list[Kpi]:
    """Every KPI (or those named), in the order of `KPIS`, over these orders as they stand on their `as_of`."""
    return [kpi(name, KPIS[name](states, window), window, language) for name in names or KPIS]


def on_time_delivery(states: States, window: KpiWindow) -> Measure:
    due = _due(states, window)
    on_time = [s for s in due if s.delivered_on is not None and s.delivered_on <= s.order.promised]
    return _count(len(on_time), len(due))


def on_time_in_full(states: States, window: KpiWindow) -> Measure:
    """In full: the whole quantity had arrived by the promised day. Orders delivered without a quantity told are left
    out, and said so."""
    due = _due(states, window)
    unknown = [s for s in due if s.delivered_on is not None and s.arrived is None]
    judged = [s for s in due if s not in unknown]
    good = [s for s in judged if (s.arrived_by(s.order.promised) or Decimal(0)) >= s.order.quantity]
    measure = _count(len(good), len(judged))
    return measure.model_copy(update={"notes": ["quantity_unknown"]}) if unknown else measure


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


def first_pass_yield(states: States, window: KpiWindow) -> Measure:
    """(good − rework) ÷ (good + scrap) of production events that tell both; of inspections when none does."""
    rows = [e for e in _events(states, "production", window) if e.good is not None and e.scrap is not None]
    if rows:
        first = sum((_of(e.good) - _of(e.rework) for e in rows), Decimal(0))
        total = sum((_of(e.good) + _of(e.scrap) for e in rows), Decimal(0))
        notes = ["no_rework_told"] if all(e.rework is None for e in rows) else []
        notes += ["several_steps"] if len({e.step for e in rows}) > 1 else []
        return Measure(numerator=first, denominator=total, observations=len(rows), notes=notes)
    checked = [e for e in _events(states, "inspection", window) if e.inspected is not None and _is_count(e.passed)]
    return Measure(
        numerator=sum((Decimal(e.passed or 0) for e in checked), Decimal(0)) if checked else None,
        denominator=sum((_of(e.inspected) for e in checked), Decimal(0)) if checked else None,
        observations=len(checked),
        notes=["from_inspections"] if checked else [],
    )


def rolled_throughput_yield(states: States, window: KpiWindow) -> Measure:
    """The product of the first pass yields of the steps; at least two named steps are needed, and orders that pass the
    same ones."""
    routings = {frozenset(e.step for e in s.of("production") if e.step) for s in states} - {frozenset()}
    if len(routings) > 1:
        return Measure(notes=["several_routings"])
    steps: dict[str, list[Event]] = defaultdict(list)
    for event in _events(states, "production", window):
        if event.step and event.good is not None and event.scrap is not None:
            steps[event.step].append(event)
    value, parts = Decimal(1), []
    for step, rows in steps.items():
        total = sum((_of(e.good) + _of(e.scrap) for e in rows), Decimal(0))
        first = sum((_of(e.good) - _of(e.rework) for e in rows), Decimal(0))
        if not total:
            continue
        value *= first / total
        parts.append(
            {"step": step, "numerator": first, "denominator": total, "first_pass_yield": percent(first, total)}
        )
    if len(parts) < 2:
        return Measure(parts=parts, observations=len(parts))
    return Measure(value=value * 100, parts=parts, observations=len(parts))


def defects_ppm(states: States, window: KpiWindow) -> Measure:
    rows = [e for e in _events(states, "inspection", window) if e.inspected and e.defects is not None]
    return _sums(rows, lambda e: _of(e.defects), lambda e: _of(e.inspected))


def scrap_rate(states: States, window: KpiWindow) -> Measure:
    """Scrap of all steps ÷ (that scrap + good finished units)."""
    rows = [e for e in _events(states, "production", window) if e.good is not None and e.scrap is not None]
    finished = {e.event_id for s in states for e in s.output}
    if not rows:
        return Measure()
    scrap = sum((_of(e.scrap) for e in rows), Decimal(0))
    good = sum((_of(e.good) for e in rows if e.event_id in finished), Decimal(0))
    return Measure(numerator=scrap, denominator=scrap + good, observations=len(rows))


def availability(states: States, window: KpiWindow) -> Measure:
    rows = [e for e in _events(states, "production", window) if e.planned_minutes and e.run_minutes is not None]
    return _above_one(_sums(rows, lambda e: _of(e.run_minutes), lambda e: _of(e.planned_minutes)))


def performance(states: States, window: KpiWindow) -> Measure:
    """Ideal time of all units made ÷ run time, both in minutes."""
    rows = [e for e in _machine(states, window) if e.run_minutes]
    made = lambda e: _of(e.ideal_cycle_seconds) * (_of(e.good) + _of(e.scrap)) / 60  # noqa: E731
    return _above_one(_sums(rows, made, lambda e: _of(e.run_minutes)))


def quality(states: States, window: KpiWindow) -> Measure:
    rows = [e for e in _events(states, "production", window) if e.good is not None and e.scrap is not None]
    return _sums(rows, lambda e: _of(e.good), lambda e: _of(e.good) + _of(e.scrap))


def oee(states: States, window: KpiWindow) -> Measure:
    """Availability × performance × quality of the events that tell all of it (a shift that never ran tells it too),
    which is the ideal time of good units ÷ planned time; `parts` has the three factors over the same events."""
    rows = [e for e in _machine(states, window) if e.planned_minutes and e.run_minutes is not None]
    if not rows:
        return Measure()
    planned = sum((_of(e.planned_minutes) for e in rows), Decimal(0))
    run = sum((_of(e.run_minutes) for e in rows), Decimal(0))
    ideal = sum((_of(e.ideal_cycle_seconds) * (_of(e.good) + _of(e.scrap)) for e in rows), Decimal(0)) / 60
    good, made = (
        sum((_of(e.good) for e in rows), Decimal(0)),
        sum((_of(e.good) + _of(e.scrap) for e in rows), Decimal(0)),
    )
    if not made or not run:
        return Measure(numerator=Decimal(0), denominator=planned, value=Decimal(0), observations=len(rows))
    parts: list[dict[str, Any]] = [
        {"factor": "availability", "numerator": run, "denominator": planned, "value": percent(run, planned)},
        {"factor": "performance", "numerator": ideal, "denominator": run, "value": percent(ideal, run)},
        {"factor": "quality", "numerator": good, "denominator": made, "value": percent(good, made)},
    ]
    value = run / planned * (ideal / run) * (good / made)
    notes = ["above_one"] if run > planned or ideal > run else []
    return Measure(
        numerator=ideal * good / made, denominator=planned, value=value * 100, parts=parts, notes=notes,
        observations=len(rows),
    )  # fmt: skip


def output_against_plan(states: States, window: KpiWindow) -> Measure:
    """Good units ÷ planned units of production events that tell both; else, by order, good units so far ÷ the share of
    the quantity that a straight line from planned production start to planned end asks for by the day."""
    made_by = {s.order.order_id: [e for e in s.output if window.holds(s.days[e.event_id])] for s in states}
    rows = [e for events in made_by.values() for e in events if e.planned_quantity is not None]
    if rows:
        return _sums(rows, lambda e: _of(e.good), lambda e: _of(e.planned_quantity))
    made = planned = Decimal(0)
    count = 0
    for state in states:
        share = planned_share(state, min(window.end, state.as_of) if window.end else state.as_of)
        before = planned_share(state, window.start) if window.start else Decimal(0)
        if share is None or before is None or share <= before:
            continue
        made += sum((_of(e.good) for e in made_by[state.order.order_id]), Decimal(0))
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
    told = [s for s in states if s.events]
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
    parts = [{"state": state, "count": count} for state, count in sorted(counts.items())]
    if not papers:
        return Measure()
    return _count(counts["ok"], len(papers)).model_copy(update={"parts": parts})


def cost_of_poor_quality(states: States, window: KpiWindow) -> Measure:
    """Costs told with inspections, incidents and production events that report scrap or rework."""
    rows = [
        (s.order.currency, e)
        for s in states
        for e in s.events
        if e.cost is not None
        and window.holds(s.days[e.event_id])
        and (e.type in ("inspection", "incident") or e.scrap or e.rework)
    ]
    currencies = {currency for currency, _ in rows}
    if len(currencies) != 1:
        return Measure(notes=["mixed_currencies"] if currencies else [], observations=len(rows))
    total = sum((_of(e.cost) for _, e in rows), Decimal(0))
    return Measure(value=total, numerator=total, observations=len(rows), unit=currencies.pop())


KPIS: dict[str, Function] = {
    "on_time_delivery": on_time_delivery,
    "on_time_in_full": on_time_in_full,
    "schedule_variance": schedule_variance,
    "lead_time_promised": lead_time_promised,
    "lead_time_actual": lead_time_actual,
    "lead_time_trend": lead_time_trend,
    "first_pass_yield": first_pass_yield,
    "rolled_throughput_yield": rolled_throughput_yield,
    "defects_ppm": defects_ppm,
    "scrap_rate": scrap_rate,
    "oee": oee,
    "availability": availability,
    "performance": performance,
    "quality": quality,
    "output_against_plan": output_against_plan,
    "open_incidents": open_incidents,
    "document_compliance": document_compliance,
    "cost_of_poor_quality": cost_of_poor_quality,
}


def _due(states: States, window: KpiWindow) -> list[OrderState]:
    """Orders promised in the window whose promise can be judged: delivered, or past their day."""
    return [
        s
        for s in states
        if window.holds(s.order.promised) and (s.delivered_on is not None or s.order.promised < s.as_of)
    ]


def _events(states: States, kind: str, window: KpiWindow) -> list[Event]:
    return [e for s in states for e in s.of(kind, window.start, window.end)]


def _machine(states: States, window: KpiWindow) -> list[Event]:
    return [
        e
        for e in _events(states, "production", window)
        if e.good is not None and e.scrap is not None and (e.ideal_cycle_seconds is not None or not e.good + e.scrap)
    ]


def _sums(rows: Sequence[Event], above: Callable[[Event], Decimal], below: Callable[[Event], Decimal]) -> Measure:
    if not rows:
        return Measure()
    return Measure(
        numerator=sum((above(e) for e in rows), Decimal(0)),
        denominator=sum((below(e) for e in rows), Decimal(0)),
        observations=len(rows),
    )


def _above_one(measure: Measure) -> Measure:
    over = measure.numerator is not None and measure.denominator is not None and measure.numerator > measure.denominator
    return measure.model_copy(update={"notes": ["above_one"]}) if over else measure


def _count(some: int, all_: int) -> Measure:
    if not all_:
        return Measure()
    return Measure(numerator=Decimal(some), denominator=Decimal(all_), observations=all_)


def _average(days: Sequence[int], parts: Sequence[dict[str, Any]] = ()) -> Measure:
    if not days:
        return Measure()
    return Measure(
        numerator=Decimal(sum(days)), denominator=Decimal(len(days)), observations=len(days), parts=list(parts)
    )


def _mean(values: Sequence[int]) -> Decimal:
    return round(statistics.mean([Decimal(v) for v in values]), 1)


def _of(value: Decimal | None) -> Decimal:
    return Decimal(0) if value is None else value


def _is_count(value: object) -> bool:
    return value is not None and not isinstance(value, bool)

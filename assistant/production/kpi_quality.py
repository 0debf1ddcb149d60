"""Key figures of yield, defects and machines: sums over the cells of production and inspection in a window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from assistant.production.cells import (
    CHECKED,
    CYCLE,
    DEFECTS,
    GOOD,
    INSPECTED,
    MADE,
    PASSED,
    PLANNED_MINUTES,
    REWORK,
    RUN,
    RUNNING,
    SCRAP,
    Cell,
)
from assistant.production.measures import KpiWindow, Measure, percent
from assistant.production.merged import Merged
from assistant.production.state import OrderState

States = Sequence[OrderState]


def first_pass_yield(states: States, window: KpiWindow) -> Measure:
    """(good − rework) ÷ (good + scrap) of production reports that tell both; of inspections when none does."""
    rows = _cells(states, "production", window, GOOD | SCRAP)
    if rows:
        notes = [] if any(c.tells(REWORK) for c in rows) else ["no_rework_told"]
        notes += ["several_steps"] if len({c.step for c in rows}) > 1 else []
        measure = _sums(rows, lambda c: c["good"] - c["rework"], _made)
        return measure.model_copy(update={"notes": notes})
    checked = _cells(states, "inspection", window, INSPECTED | PASSED)
    measure = _sums(checked, lambda c: c["passed"], lambda c: c["inspected"])
    return measure.model_copy(update={"notes": ["from_inspections"]}) if checked else measure


def rolled_throughput_yield(states: States, window: KpiWindow) -> Measure:
    """The product of the first pass yields of the steps; at least two named steps are needed, and orders that pass the
    same ones. `parts` has the steps, those that made most (the earliest) first."""
    routings = {frozenset(c.step for c in s.of("production") if c.step) for s in states} - {frozenset()}
    if len(routings) > 1:
        return Measure(notes=["several_routings"])
    steps: dict[str, list[Cell]] = defaultdict(list)
    for cell in _cells(states, "production", window, GOOD | SCRAP):
        if cell.step:
            steps[cell.step].append(cell)
    found = [
        (step, _total(rows, lambda c: c["good"] - c["rework"]), _total(rows, _made)) for step, rows in steps.items()
    ]
    value, parts = Decimal(1), list[dict[str, Any]]()
    for step, first, total in sorted(found, key=lambda row: (-row[2], row[0])):
        if total:
            value *= first / total
            parts.append(
                {"step": step, "numerator": first, "denominator": total, "first_pass_yield": percent(first, total)}
            )
    if len(parts) < 2:
        return Measure(parts=parts, observations=len(parts))
    return Measure(value=value * 100, parts=parts, observations=len(parts))


def defects_ppm(states: States, window: KpiWindow) -> Measure:
    rows = _cells(states, "inspection", window, CHECKED | DEFECTS)
    return _sums(rows, lambda c: c["defects"], lambda c: c["inspected"])


def scrap_rate(states: States, window: KpiWindow) -> Measure:
    """Scrap of all steps ÷ (that scrap + good finished units)."""
    rows = _cells(states, "production", window, GOOD | SCRAP)
    if not rows:
        return Measure()
    finished = [c for s in states for c in s.output_in(window.start, window.end) if c.tells(SCRAP)]
    scrap = _total(rows, lambda c: c["scrap"])
    return Measure(
        numerator=scrap,
        denominator=scrap + _total(finished, lambda c: c["good"]),
        observations=sum(c.count for c in rows),
    )


def availability(states: States, window: KpiWindow) -> Measure:
    rows = _cells(states, "production", window, PLANNED_MINUTES | RUN)
    return _above_one(_sums(rows, lambda c: c["run_minutes"], lambda c: c["planned_minutes"]))


def performance(states: States, window: KpiWindow) -> Measure:
    """Ideal time of all units made ÷ run time, both in minutes."""
    rows = [c for c in _machine(states, window) if c.tells(RUNNING)]
    return _above_one(_sums(rows, lambda c: c["ideal_seconds"] / 60, lambda c: c["run_minutes"]))


def quality(states: States, window: KpiWindow) -> Measure:
    return _sums(_cells(states, "production", window, GOOD | SCRAP), lambda c: c["good"], _made)


def oee(states: States, window: KpiWindow) -> Measure:
    """Availability × performance × quality of the reports that tell all of it (a shift that never ran tells it too),
    which is the ideal time of good units ÷ planned time; `parts` has the three factors over the same reports."""
    rows = [c for c in _machine(states, window) if c.tells(PLANNED_MINUTES | RUN)]
    if not rows:
        return Measure()
    planned, run = _total(rows, lambda c: c["planned_minutes"]), _total(rows, lambda c: c["run_minutes"])
    ideal = _total(rows, lambda c: c["ideal_seconds"]) / 60
    good, made = _total(rows, lambda c: c["good"]), _total(rows, _made)
    count = sum(c.count for c in rows)
    if not made or not run:
        return Measure(numerator=Decimal(0), denominator=planned, value=Decimal(0), observations=count)
    parts: list[dict[str, Any]] = [
        {"factor": "availability", "numerator": run, "denominator": planned, "value": percent(run, planned)},
        {"factor": "performance", "numerator": ideal, "denominator": run, "value": percent(ideal, run)},
        {"factor": "quality", "numerator": good, "denominator": made, "value": percent(good, made)},
    ]
    value = run / planned * (ideal / run) * (good / made)
    notes = ["above_one"] if run > planned or ideal > run else []
    return Measure(
        numerator=ideal * good / made, denominator=planned, value=value * 100, parts=parts, notes=notes,
        observations=count,
    )  # fmt: skip


def _cells(states: States, kind: str, window: KpiWindow, told: int) -> list[Cell]:
    if isinstance(states, Merged):
        return [c for c in states.cells(kind, window) if c.tells(told)]
    return [c for s in states for c in s.of(kind, window.start, window.end) if c.tells(told)]


def _machine(states: States, window: KpiWindow) -> list[Cell]:
    """Reports whose ideal time is known: those with an ideal cycle, and those that made nothing."""
    rows = _cells(states, "production", window, GOOD | SCRAP)
    return [c for c in rows if c.tells(CYCLE) or not c.tells(MADE)]


def _made(cell: Cell) -> Decimal:
    return cell["good"] + cell["scrap"]


def _total(rows: Sequence[Cell], of: Callable[[Cell], Decimal]) -> Decimal:
    return sum((of(c) for c in rows), Decimal(0))


def _sums(rows: Sequence[Cell], above: Callable[[Cell], Decimal], below: Callable[[Cell], Decimal]) -> Measure:
    if not rows:
        return Measure()
    return Measure(
        numerator=_total(rows, above), denominator=_total(rows, below), observations=sum(c.count for c in rows)
    )


def _above_one(measure: Measure) -> Measure:
    over = measure.numerator is not None and measure.denominator is not None and measure.numerator > measure.denominator
    return measure.model_copy(update={"notes": ["above_one"]}) if over else measure

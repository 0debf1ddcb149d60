"""What is known of an order on a day: milestones, shipments, papers, incidents, and what was made and checked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from assistant.production.cells import GOOD, Cell
from assistant.production.types import Event, Order
from assistant.production.words import milestone_key


@dataclass(frozen=True)
class MilestoneState:
    """`baseline` is the day first planned, `planned` the latest plan, `actual` the day it was reached.
    `variance_days`: actual − baseline, positive is late; for one overdue, the days so far (`running`)."""

    name: str
    baseline: date | None
    planned: date | None
    actual: date | None
    event_id: str | None = None

    def variance_days(self, as_of: date) -> int | None:
        if self.baseline is None:
            return None
        if self.actual is not None:
            return (self.actual - self.baseline).days
        return (as_of - self.baseline).days if as_of > self.baseline else None

    def state(self, as_of: date) -> str:
        """done, done_late, overdue or upcoming."""
        if self.actual is not None:
            return "done_late" if self.baseline is not None and self.actual > self.baseline else "done"
        return "overdue" if self.baseline is not None and as_of > self.baseline else "upcoming"


@dataclass(frozen=True)
class Shipment:
    id: str
    quantity: Decimal | None
    mode: str | None
    departed: date | None
    arrived: date | None


@dataclass(frozen=True)
class Paper:
    """A document the order needs or has: `state` ok, missing, expired, mismatched or unknown on the day."""

    kind: str
    state: str
    word: str | None
    number: str | None
    expires: date | None
    event_id: str | None
    required: bool


@dataclass(frozen=True)
class Incident:
    id: str
    kind: str | None
    severity: str | None
    description: str | None
    opened: date
    closed: date | None
    event_id: str
    cost: Decimal | None = None


@dataclass(frozen=True)
class OrderState:
    """Everything known of an order on `as_of`. `cells` are the production and inspection reports in force, added up;
    `events` the events in force by (at, event_id): all of them where the state was folded, the others than those added
    up where it was read from what is kept up. `reported` counts all in force, `last_day` is the latest one's."""

    order: Order
    as_of: date
    milestones: tuple[MilestoneState, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    papers: tuple[Paper, ...] = ()
    incidents: tuple[Incident, ...] = ()
    events: tuple[Event, ...] = ()
    cells: tuple[Cell, ...] = ()
    dated: frozenset[date] = frozenset()
    reported: int = 0
    delivered_on: date | None = None
    arrived: Decimal | None = None
    corrected: int = 0

    @property
    def last_day(self) -> date | None:
        return max(self.dated, default=None)

    def of(self, kind: str, start: date | None = None, end: date | None = None) -> Sequence[Cell]:
        """Cells of production or inspection whose day lies in [start, end]."""
        return within(*self._by_type.get(kind, ([], [])), start, end)

    @cached_property
    def _by_type(self) -> dict[str, tuple[list[Cell], list[date]]]:
        """Cells and their days by type, in order of days."""
        found: dict[str, tuple[list[Cell], list[date]]] = {}
        for cell in self.cells:
            cells, days = found.setdefault(cell.type, ([], []))
            cells.append(cell)
            days.append(cell.day)
        return found

    @cached_property
    def output(self) -> list[Cell]:
        """Production that counts finished units: what is told without a step, and the last step's. Every unit passes
        all steps, so the last is the one that has made the fewest; of equals, the one that ended, then began, last."""
        told = [c for c in self.of("production") if c.tells(GOOD)]
        steps = {c.step for c in told if c.step}
        if len(steps) < 2:
            return told

        def rank(step: str) -> tuple[Decimal, int, int, str]:
            own = [c for c in told if c.step == step]
            days = [c.day.toordinal() for c in own]
            return -sum((c["good"] for c in own), Decimal(0)), max(days), min(days), step

        final = max(steps, key=rank)
        return [c for c in told if not c.step or c.step == final]

    def output_in(self, start: date | None, end: date | None) -> Sequence[Cell]:
        """`output` of the days in [start, end]."""
        return within(self.output, self._output_days, start, end)

    @cached_property
    def _output_days(self) -> list[date]:
        return [c.day for c in self.output]

    def standing(self, milestone: MilestoneState) -> str:
        """done, done_late, overdue, upcoming; or unreported: nobody reported it, but what happened since shows that it
        was reached."""
        found = milestone.state(self.as_of)
        return "unreported" if milestone.actual is None and self._passed(milestone) else found

    def _passed(self, milestone: MilestoneState) -> bool:
        good = self.good or Decimal(0)
        left = any(s.departed and s.quantity != 0 for s in self.shipments)
        shown = {
            "production_start": good > 0 or left,
            "production_complete": good >= self.order.quantity,
            "shipped": left,
        }
        later = self.milestones[self.milestones.index(milestone) + 1 :]
        done = any(m.actual and m.baseline for m in later)  # one that was not planned has no place among them
        return done or self.delivered_on is not None or shown.get(milestone_key(milestone.name), False)

    @cached_property
    def daily_good(self) -> dict[date, Decimal]:
        """Good finished units by day at the plant."""
        found: dict[date, Decimal] = {}
        for cell in self.output:
            found[cell.day] = found.get(cell.day, Decimal(0)) + cell["good"]
        return found

    @cached_property
    def good(self) -> Decimal | None:
        """Good finished units so far; None when nothing was reported."""
        told = self.output
        return sum((c["good"] for c in told), Decimal(0)) if told else None

    @property
    def open_incidents(self) -> list[Incident]:
        return [i for i in self.incidents if i.closed is None]

    @property
    def phase(self) -> str:
        """delivered, in_transit, produced, in_production, preparing or placed."""
        if self.delivered_on is not None:
            return "delivered"
        if any(s.departed and s.quantity != 0 for s in self.shipments):
            return "in_transit"
        good = self.good
        if good is not None and good >= self.order.quantity:
            return "produced"
        if good:
            return "in_production"
        return "preparing" if any(m.actual for m in self.milestones) else "placed"

    def arrived_by(self, day: date) -> Decimal | None:
        """Units that had arrived by a day; None when no arrival with a quantity is known at all."""
        told = [s for s in self.shipments if s.arrived is not None and s.quantity is not None]
        return (
            sum((s.quantity or Decimal(0) for s in told if s.arrived and s.arrived <= day), Decimal(0))
            if told
            else None
        )


def within(cells: Sequence[Cell], days: Sequence[date], start: date | None, end: date | None) -> Sequence[Cell]:
    first = 0 if start is None else bisect_left(days, start)
    return cells[first : len(days) if end is None else bisect_right(days, end)]

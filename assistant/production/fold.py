"""Events to the state of an order. A pure fold: the order of arrival does not matter, duplicates change nothing.

Which events are given decides as of which knowledge the state is (the catalog keeps when each became known);
`as_of` decides up to which day at the plant they count.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from assistant.production.reading import canonical
from assistant.production.types import Event, Order, day_of
from assistant.production.words import is_delivery, milestone_key, paper_state, replans

Day = Callable[[date | datetime], date]


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
    """Everything known of an order on `as_of`. `events` are those in force, by (at, event_id)."""

    order: Order
    as_of: date
    milestones: tuple[MilestoneState, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    papers: tuple[Paper, ...] = ()
    incidents: tuple[Incident, ...] = ()
    events: tuple[Event, ...] = ()
    delivered_on: date | None = None
    arrived: Decimal | None = None
    corrected: int = 0
    days: dict[str, date] = field(default_factory=dict, compare=False, repr=False)

    def of(self, kind: str, start: date | None = None, end: date | None = None) -> list[Event]:
        """Events of one type whose day at the plant lies in [start, end]."""
        events, days = self._by_type.get(kind, ([], []))
        first = 0 if start is None else bisect_left(days, start)
        return events[first : len(days) if end is None else bisect_right(days, end)]

    @cached_property
    def _by_type(self) -> dict[str, tuple[list[Event], list[date]]]:
        """Events and their days by type; events are in order of time, and so are their days."""
        found: dict[str, tuple[list[Event], list[date]]] = {}
        for event in self.events:
            events, days = found.setdefault(event.type, ([], []))
            events.append(event)
            days.append(self.days[event.event_id])
        return found

    @cached_property
    def output(self) -> list[Event]:
        """Production events that count finished units: those without a step, and those of the last step. Every unit
        passes all steps, so the last is the one that has made the fewest (of equals the one begun last)."""
        told = [e for e in self.events if e.type == "production" and e.good is not None]
        totals: dict[str, Decimal] = {}
        for event in told:
            if event.step:
                totals[event.step] = totals.get(event.step, Decimal(0)) + (event.good or Decimal(0))
        if len(totals) < 2:
            return told
        first = {step: place for place, step in enumerate(totals)}
        final = min(totals, key=lambda step: (totals[step], -first[step]))
        return [e for e in told if not e.step or e.step == final]

    @property
    def good(self) -> Decimal | None:
        """Good finished units so far; None when nothing was reported."""
        told = self.output
        return sum((e.good or Decimal(0) for e in told), Decimal(0)) if told else None

    @property
    def open_incidents(self) -> list[Incident]:
        return [i for i in self.incidents if i.closed is None]

    @property
    def phase(self) -> str:
        """delivered, in_transit, produced, in_production, preparing or placed."""
        if self.delivered_on is not None:
            return "delivered"
        if any(s.departed for s in self.shipments):
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


def fold(order: Order, events: Iterable[Event], as_of: date) -> OrderState:
    """The state of `order` on `as_of`, a day at the plant. Events of other orders are ignored."""
    zone = order.zone
    own = [e for e in events if e.order_id == order.order_id]
    effective, corrected = in_force(own)
    days = {e.event_id: day_of(e.at, zone) for e in effective}
    kept = tuple(e for e in effective if days[e.event_id] <= as_of)

    def day(value: date | datetime) -> date:
        return day_of(value, zone)

    state = OrderState(
        order=order,
        as_of=as_of,
        milestones=_milestones(order, kept, day, as_of),
        shipments=_shipments(kept, day, as_of),
        papers=_papers(order, kept, as_of),
        incidents=_incidents(kept, days),
        events=kept,
        corrected=corrected,
        days={e.event_id: days[e.event_id] for e in kept},
    )
    return replace(state, delivered_on=_delivered(state), arrived=state.arrived_by(as_of))


def in_force(events: Iterable[Event]) -> tuple[list[Event], int]:
    """Events that count, by (at, event_id), and how many were replaced or taken back.

    One event a chain of corrections counts: the last of the longest chain; of two equal ones the later recorded, then
    the greater id. Two events that share an id (the catalog refuses the second) are reduced to one by their content."""
    by_id: dict[str, Event] = {}
    for event in events:
        other = by_id.get(event.event_id)
        if other is None or (other is not event and other != event and _content(event) < _content(other)):
            by_id[event.event_id] = event
    if not any(e.corrects for e in by_id.values()):
        return sorted(by_id.values(), key=lambda e: (e.at, e.event_id)), 0
    chains: dict[str, list[tuple[int, datetime, str]]] = {}
    for event in by_id.values():
        root, depth = _root(event, by_id)
        chains.setdefault(root, []).append((depth, event.recorded_at or event.at, event.event_id))
    winners = [by_id[max(chain)[2]] for chain in chains.values()]
    kept = sorted((e for e in winners if not e.retracted), key=lambda e: (e.at, e.event_id))
    return kept, len(by_id) - len(kept) - sum(1 for e in by_id.values() if e.retracted)


def _content(event: Event) -> str:
    return canonical(event.model_dump(mode="json"))


def _root(event: Event, by_id: dict[str, Event]) -> tuple[str, int]:
    """The first event of the chain (it may not be known) and how far from it this one is."""
    seen, current, depth = [event.event_id], event, 0
    while current.corrects is not None:
        depth += 1
        if current.corrects in seen:  # a circle: all of it is one chain, led by its smallest id
            return min(seen[seen.index(current.corrects) :]), depth
        seen.append(current.corrects)
        following = by_id.get(current.corrects)
        if following is None:
            break
        current = following
    return seen[-1], depth


def _milestones(order: Order, events: Sequence[Event], day: Day, as_of: date) -> tuple[MilestoneState, ...]:
    found: dict[str, MilestoneState] = {}
    for given in order.milestones:
        planned = day(given.planned) if given.planned else None
        actual = day(given.actual) if given.actual else None
        actual = actual if actual is not None and actual <= as_of else None
        found[milestone_key(given.name)] = MilestoneState(given.name, planned, planned, actual)
    for event in events:
        if event.type != "milestone" or event.name is None:
            continue
        key = milestone_key(event.name)
        known = found.get(key) or MilestoneState(event.name, None, None, None)
        planned = day(event.planned) if event.planned else None
        known = replace(known, planned=planned or known.planned, baseline=known.baseline or planned)
        if not replans(event.state):
            known = replace(known, actual=day(event.actual or event.at), event_id=event.event_id)
        found[key] = known
    return tuple(found.values())


def _shipments(events: Sequence[Event], day: Day, as_of: date) -> tuple[Shipment, ...]:
    """One row a shipment; a later event of the same shipment_id adds what the earlier did not know."""
    found: dict[str, Shipment] = {}
    for event in events:
        if event.type != "shipment":
            continue
        key = event.shipment_id or event.event_id
        known = found.get(key) or Shipment(key, None, None, None, None)
        arrived = day(event.arrived) if event.arrived else None
        found[key] = Shipment(
            key,
            event.shipped_quantity if event.shipped_quantity is not None else known.quantity,
            event.mode or known.mode,
            day(event.departed) if event.departed else known.departed,
            arrived if arrived is not None and arrived <= as_of else known.arrived,
        )
    return tuple(found.values())


def _papers(order: Order, events: Sequence[Event], as_of: date) -> tuple[Paper, ...]:
    found: dict[tuple[str, str | None], Paper] = {}
    for event in events:
        if event.type == "document" and event.kind is not None:
            if event.number is not None:  # a number given now is that of the paper asked for before
                found.pop((event.kind, None), None)
            required = event.kind in order.documents
            state = paper_state(event.state, event.expires, as_of)
            found[event.kind, event.number] = Paper(
                event.kind, state, event.state, event.number, event.expires, event.event_id, required
            )
    kinds = {kind for kind, _ in found}
    missing = [Paper(k, "missing", None, None, None, None, True) for k in order.documents if k not in kinds]
    return tuple(sorted(found.values(), key=lambda p: (p.kind, p.number or ""))) + tuple(missing)


def _incidents(events: Sequence[Event], days: dict[str, date]) -> tuple[Incident, ...]:
    found: dict[str, Incident] = {}
    for event in events:
        if event.type != "incident":
            continue
        key = event.incident_id or event.event_id
        known = found.get(key)
        closed = (event.state or "").lower() in ("closed", "resolved", "done", "released", "cerrado", "resuelto")
        cost = event.cost if event.cost is not None else (known.cost if known else None)
        found[key] = Incident(
            key,
            event.kind or (known.kind if known else None),
            event.severity or (known.severity if known else None),
            event.description or (known.description if known else None),
            known.opened if known else days[event.event_id],
            days[event.event_id] if closed else None,
            known.event_id if known else event.event_id,
            cost,
        )
    return tuple(found.values())


def _delivered(state: OrderState) -> date | None:
    """The day on which the whole quantity had arrived, or else the day of the delivery milestone."""
    arrivals = sorted((s.arrived, s.quantity) for s in state.shipments if s.arrived and s.quantity is not None)
    total = Decimal(0)
    for day, quantity in arrivals:
        total += quantity
        if total >= state.order.quantity:
            return day
    return next((m.actual for m in state.milestones if m.actual and is_delivery(m.name)), None)

"""Events to the state of an order. A pure fold: the order of arrival does not matter, duplicates change nothing.

Which events are given decides as of which knowledge the state is (the catalog keeps when each became known);
`as_of` decides up to which day at the plant they count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from assistant.production.cells import SUMMED, Cell, add_up
from assistant.production.reading import canonical
from assistant.production.state import Incident, MilestoneState, OrderState, Paper, Shipment
from assistant.production.types import Event, Order, day_of
from assistant.production.words import is_delivery, milestone_key, paper_state, replans

Day = Callable[[date | datetime], date]


def fold(order: Order, events: Iterable[Event], as_of: date) -> OrderState:
    """The state of `order` on `as_of`, a day at the plant. Events of other orders are ignored."""
    zone = order.zone
    own = [e for e in events if e.order_id == order.order_id]
    effective, corrected = in_force(own)
    days = {e.event_id: day_of(e.at, zone) for e in effective}
    kept = tuple(e for e in effective if days[e.event_id] <= as_of)

    return _state(order, as_of, kept, days, add_up(kept, days), corrected)


def rolled(order: Order, events: Iterable[Event], cells: Iterable[Cell], as_of: date) -> OrderState:
    """The state that `fold` gives, from reports that were added up already (`cells`, in order of their keys) and the
    other events in force; but its `events` are those others alone, and `corrected` is not counted."""
    zone = order.zone
    own = sorted((e for e in events if day_of(e.at, zone) <= as_of), key=lambda e: (e.at, e.event_id))
    days = {e.event_id: day_of(e.at, zone) for e in own}
    return _state(order, as_of, tuple(own), days, tuple(c for c in cells if c.day <= as_of), 0)


def _state(
    order: Order, as_of: date, kept: tuple[Event, ...], days: dict[str, date], cells: tuple[Cell, ...], corrected: int
) -> OrderState:
    zone = order.zone

    def day(value: date | datetime) -> date:
        return day_of(value, zone)

    others = sum(e.type not in SUMMED for e in kept)
    state = OrderState(
        order=order,
        as_of=as_of,
        milestones=_milestones(order, kept, day, as_of),
        shipments=_shipments(kept, day, as_of),
        papers=_papers(order, kept, as_of),
        incidents=_incidents(kept, days),
        events=kept,
        cells=cells,
        dated=frozenset((*(days[e.event_id] for e in kept), *(c.day for c in cells))),
        reported=others + sum(c.count for c in cells),
        corrected=corrected,
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
        reached = day(event.actual or event.at)
        if not replans(event.state) and reached <= as_of:  # a day to come is no report of what happened
            known = replace(known, actual=reached, event_id=event.event_id)
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
        departed = day(event.departed) if event.departed else None
        arrived = day(event.arrived) if event.arrived else None
        found[key] = Shipment(
            key,
            event.shipped_quantity if event.shipped_quantity is not None else known.quantity,
            event.mode or known.mode,
            departed if departed is not None and departed <= as_of else known.departed,
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

"""Keeps the sums of production events up: reads what is new since the last time, and adds or takes away what changed.

An event that nobody corrects is one addition. One that corrects or is corrected takes its whole chain along: what
counted of it before is taken away, what counts now is added, so that it does not matter which came first. An order
whose zone became known, or changed, is added up anew.
"""

from __future__ import annotations

import itertools
import operator
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from assistant.production.cells import SUMMED, Cell, share_of
from assistant.production.fold import in_force
from assistant.production.types import Event, day_of
from retrieval.catalog import Catalog
from retrieval.production import Production, StoredEvent
from retrieval.rollups import Change, Kept, OrderChange, Owner, Position, Rollups, SumKey

BATCH = 5_000
UTC = "UTC"
_SINGLE = -1
MOST_KEPT = 100_000
"""Cells. More would save reading, but each is an object that Python's collector of garbage walks over and over."""
_AT_ONCE = 100  # orders read together
_KEY = operator.attrgetter("type", "day", "step", "told")
ZoneOf = Callable[[Owner], str | None]


@dataclass
class _Order:
    """An order's sums as last read."""

    stamp: int = -1
    blocks: dict[SumKey, list[Cell]] = field(default_factory=dict)
    events: dict[SumKey, Event] = field(default_factory=dict)
    in_order: list[Cell] | None = None

    @property
    def size(self) -> int:
        return 1 + len(self.events) + len(self.in_order or ())


class Rollup:
    """The sums of one catalog, kept up on demand. `zone_of` gives the zone in which an order's days are counted (None:
    UTC). Safe to share by threads, and by processes that share the catalog."""

    def __init__(self, catalog: Catalog, production: Production, zone_of: ZoneOf) -> None:
        self._production, self._store, self._zone_of = production, Rollups(catalog), zone_of
        self._guard = threading.Lock()
        self._kept: dict[Owner, _Order] = {}
        self._checked = False

    def catch_up(self, most: int | None = None) -> int:
        """Add up what is new, at most so many events; how many there were."""
        with self._guard:
            if not self._checked:
                if self._store.outdated():
                    self._store.forget()
                self._checked = True
            done = 0
            while most is None or done < most:
                before = self._store.position()
                rows = self._production.stream(None, before.seq, BATCH)
                if not rows:
                    break
                if self._add(before, rows):
                    done += len(rows)
            return done

    def zones(self, tenants: Iterable[str], orders: Sequence[str] | None = None) -> dict[Owner, tuple[str, int]]:
        """Zone and last stamp of the orders that have sums; at least of `orders`, where given."""
        return self._store.zones(tenants, orders)

    def renew(self, owner: Owner) -> None:
        """Add an order up anew, in the zone that holds now."""
        with self._guard:
            while True:
                before = self._store.position()
                rows = [e for e in self._production.events(*owner) if e.seq <= before.seq]
                if self._store.apply(before, before.seq, {owner: self._anew(owner, rows)}):
                    return

    def read(self, wanted: Mapping[Owner, int]) -> Iterator[tuple[Owner, list[Cell], list[Event]]]:
        """Of each order with its last stamp: cells in order of their keys, and other events in force. Only what changed
        since the last time is read, of many orders together."""
        owners = list(wanted)
        for start in range(0, len(owners), _AT_ONCE):
            part = owners[start : start + _AT_ONCE]
            with self._guard:
                found = self._refresh({owner: wanted[owner] for owner in part})
            for owner in part:
                yield owner, *found[owner]

    def _refresh(self, wanted: Mapping[Owner, int]) -> dict[Owner, tuple[list[Cell], list[Event]]]:
        stale: dict[Owner, int] = {}
        for owner, stamp in wanted.items():
            known = self._kept.get(owner)
            if known is None:
                known = self._kept[owner] = _Order()
            if known.stamp < stamp:
                stale[owner] = known.stamp
        for owner, rows in self._store.rows(stale):
            known = self._kept[owner]
            for row in rows:
                _take(known, row)
            known.in_order = None
        found = {}
        for owner in wanted:
            known = self._kept[owner]
            if known.in_order is None:
                known.in_order = sorted(itertools.chain.from_iterable(known.blocks.values()), key=_KEY)
            found[owner] = known.in_order, list(known.events.values())
        kept = sum(o.size for o in self._kept.values())
        for owner in [o for o in self._kept if o not in found]:
            if kept <= MOST_KEPT:
                break
            kept -= self._kept.pop(owner).size
        return found

    def _add(self, before: Position, rows: list[StoredEvent]) -> bool:
        by_order: dict[Owner, list[StoredEvent]] = defaultdict(list)
        for row in rows:
            by_order[row.tenant, row.order_id].append(row)
        known = self._store.zones({tenant for tenant, _ in by_order})
        links = self._store.links(by_order)
        changes = {}
        for owner, fresh in by_order.items():
            zone = self._zone_of(owner) or UTC
            if owner in known and known[owner][0] != zone:
                old = [e for e in self._production.events(*owner) if e.seq <= rows[-1].seq]
                changes[owner] = self._anew(owner, old)
            else:
                changes[owner] = self._more(owner, zone, fresh, links.get(owner, {}), before.seq)
        return self._store.apply(before, rows[-1].seq, changes)

    def _anew(self, owner: Owner, rows: Iterable[StoredEvent]) -> OrderChange:
        events = [Event.model_validate(row.payload) for row in rows]
        change = OrderChange(self._zone_of(owner) or UTC, anew=True)
        change.links = {e.event_id: e.corrects for e in events if e.corrects}
        _count(change, in_force(events)[0], 1)
        return change

    def _more(
        self, owner: Owner, zone: str, rows: list[StoredEvent], links: Mapping[str, str], until: int
    ) -> OrderChange:
        """The change that new events make; `links` are those known before, `until` the last event summed before."""
        events = [Event.model_validate(row.payload) for row in rows]
        change = OrderChange(zone, links={e.event_id: e.corrects for e in events if e.corrects})
        if not links and not change.links:
            _count(change, events, 1)
            return change
        chained = _chains({e.event_id for e in events}, {**links, **change.links})
        _count(change, [e for e in events if e.event_id not in chained], 1)
        stored = self._production.named(owner[0], chained) if chained else []
        old = [Event.model_validate(e.payload) for e in stored if e.order_id == owner[1] and e.seq <= until]
        new = [e for e in events if e.event_id in chained]
        _count(change, in_force(old)[0], -1)
        _count(change, in_force([*old, *new])[0], 1)
        return change


def _chains(fresh: set[str], links: Mapping[str, str]) -> set[str]:
    """Every event of a chain of corrections that a fresh one belongs to."""
    near: dict[str, set[str]] = defaultdict(set)
    for event, corrected in links.items():
        near[event].add(corrected)
        near[corrected].add(event)
    found: set[str] = set()
    open_ = [name for name in fresh if name in near]
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += near[name]
    return found


def _count(change: OrderChange, events: Iterable[Event], sign: int) -> None:
    """Add events that count to a change (sign 1), or take them away (-1). Retracted ones never count."""
    zone = ZoneInfo(change.zone)
    for event in events:
        if event.retracted:
            continue
        day = day_of(event.at, zone)
        if event.type in SUMMED:
            key, share = share_of(event, day)
            found = change.changes.setdefault(SumKey(key.type, day, key.step, key.told), Change())
            found.add(share, sign)
        else:
            name = SumKey(event.type, day, event.event_id, _SINGLE)
            found = change.changes.setdefault(name, Change())
            found.count += sign
            found.payload = event.model_dump(mode="json", exclude_defaults=True)


def _take(known: _Order, row: Kept) -> None:
    known.stamp = max(known.stamp, row.stamp)
    key = row.key
    if key.told != _SINGLE:
        known.blocks[key] = [Cell(key.type, day, key.name, key.told, n, sums) for day, n, sums in row.days]
    elif row.count and row.payload is not None:
        known.events[key] = Event.model_validate(row.payload)
    else:
        known.events.pop(key, None)

"""Sums of production events, kept beside them: what was added up, how far, and which event corrects which.

Days of one month, order, type, name and shape lie in one row (a block), as a first read of a plant's year is then of
hundreds of rows and not of thousands. Nothing here knows what a sum means. Whoever adds up reads the events after
`position`, and hands in what each order's sums change by; both go into one transaction, and only when nobody else has
moved the position meanwhile. The sums can be thrown away at any time: they are made anew from the events.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from retrieval.catalog import Catalog
from retrieval.database import writing
from retrieval.models import table_of
from retrieval.production_models import (
    ProductionLink,
    ProductionRollup,
    ProductionSum,
    ProductionSummed,
)

LAYOUT = 2
"""Raised when the meaning of a sum changes: what older code made is then thrown away."""
_HEAD, _SUMMED, _SUMS, _LINKS = (
    table_of(m) for m in (ProductionRollup, ProductionSummed, ProductionSum, ProductionLink)
)
_CELLS = select(*(_SUMS.c[name] for name in ("order_id", "type", "day", "name", "told", "content", "count", "stamp")))
_IN_LIST = 400
_AT_ONCE = 50  # orders read together
_REPLACE = (
    update(_SUMS)
    .where(
        *(_SUMS.c[name] == bindparam(f"old_{name}") for name in ("tenant", "order_id", "day", "type", "name", "told"))
    )
    .values({name: bindparam(f"old_{name}") for name in ("count", "content", "stamp")})
)
Owner = tuple[str, str]  # tenant, order_id
_ZERO = Decimal(0)


class SumKey(NamedTuple):
    """`name` is the step, or the id of a single event; `told` is -1 for a single event."""

    type: str
    day: dt.date
    name: str
    told: int


@dataclass
class Change:
    """What one key changes by. `payload` is the event's own, for a key that is one event."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    payload: Mapping[str, Any] | None = None

    def add(self, sums: Mapping[str, Decimal], sign: int = 1) -> None:
        self.count += sign
        for name, value in sums.items():
            self.sums[name] = self.sums.get(name, Decimal(0)) + sign * value


@dataclass
class OrderChange:
    """What one order changes by. `anew`: what was summed before is dropped first. `links`: event id to the one that it
    corrects."""

    zone: str
    anew: bool = False
    changes: dict[SumKey, Change] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Position:
    """The last event that is in the sums, and the number of the last change."""

    seq: int
    stamp: int


Day = tuple[dt.date, int, dict[str, Decimal]]
"""A day, how many reports it has, and their sums other than 0."""


@dataclass(slots=True)
class Kept:
    """One row: the `days` of a month (`key.day` is its first), or the `payload` of a single event. A count of 0 is of
    something corrected away."""

    key: SumKey
    count: int
    days: list[Day]
    payload: Mapping[str, Any] | None
    stamp: int


class Rollups:
    """The sums of a catalog. Safe to share by threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._engine = catalog._engine
        self._writer = writing(catalog._engine)

    def position(self) -> Position:
        with self._engine.connect() as connection:
            return _position(connection)

    def zones(self, tenants: Iterable[str], orders: Sequence[str] | None = None) -> dict[Owner, tuple[str, int]]:
        """Zone and last stamp of every order of these tenants that has sums; at least of `orders`, where given."""
        wanted = select(_SUMMED).where(_SUMMED.c.tenant.in_(list(tenants)))
        if orders is not None and len(orders) <= _IN_LIST:
            wanted = wanted.where(_SUMMED.c.order_id.in_(orders))
        with self._engine.connect() as connection:
            return {(r.tenant, r.order_id): (r.zone, r.stamp) for r in connection.execute(wanted)}

    def links(self, owners: Iterable[Owner]) -> dict[Owner, dict[str, str]]:
        """Event id to the one that it corrects, by order; orders without corrections are left out."""
        wanted, found = set(owners), dict[Owner, dict[str, str]]()
        orders = sorted({order for _, order in wanted})
        with self._engine.connect() as connection:
            for start in range(0, len(orders), _IN_LIST):
                part = _LINKS.c.order_id.in_(orders[start : start + _IN_LIST])
                for row in connection.execute(select(_LINKS).where(part)):
                    if (row.tenant, row.order_id) in wanted:
                        found.setdefault((row.tenant, row.order_id), {})[row.event_id] = row.corrects
        return found

    def rows(self, owners: Mapping[Owner, int]) -> Iterator[tuple[Owner, list[Kept]]]:
        """Of each order the sums that changed after its stamp, or all of them after -1; an order comes at most once,
        one without such sums not at all."""
        fresh: dict[str, list[str]] = {}
        with self._engine.connect() as connection:
            for owner, after in owners.items():
                if after < 0:
                    fresh.setdefault(owner[0], []).append(owner[1])
                    continue
                mine = _CELLS.where(_SUMS.c.tenant == owner[0], _SUMS.c.order_id == owner[1], _SUMS.c.stamp > after)
                yield from _by_order(owner[0], connection.execute(mine).all())
            for tenant, orders in fresh.items():
                for start in range(0, len(orders), _AT_ONCE):
                    part = _SUMS.c.order_id.in_(orders[start : start + _AT_ONCE])
                    yield from _by_order(tenant, connection.execute(_CELLS.where(_SUMS.c.tenant == tenant, part)).all())

    def apply(self, before: Position, seq: int, changes: Mapping[Owner, OrderChange]) -> bool:
        """Make the changes and move the position to `seq`, in one transaction. False, and nothing is changed, when the
        position is no longer `before`."""
        with self._writer.begin() as connection:
            if _position(connection) != before:
                return False
            stamp = before.stamp + 1
            for owner, change in changes.items():
                _apply(connection, owner, change, stamp)
            values = {"layout": LAYOUT, "seq": seq, "stamp": stamp}
            if not connection.execute(update(_HEAD).where(_HEAD.c.id == 1).values(values)).rowcount:
                connection.execute(insert(_HEAD).values(id=1, **values))
        return True

    def forget(self) -> None:
        """Throw all sums away; they are made anew from the events."""
        with self._writer.begin() as connection:
            stamp = _position(connection).stamp + 1
            for table in (_SUMMED, _SUMS, _LINKS, _HEAD):
                connection.execute(delete(table))
            connection.execute(insert(_HEAD).values(id=1, layout=LAYOUT, seq=0, stamp=stamp))

    def outdated(self) -> bool:
        """Whether the sums are those of code with another layout."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_HEAD.c.layout)).first()
        return row is not None and row.layout != LAYOUT


def _position(connection: Connection) -> Position:
    row = connection.execute(select(_HEAD).where(_HEAD.c.id == 1)).first()
    return Position(0, 0) if row is None else Position(row.seq, row.stamp)


def _apply(connection: Connection, owner: Owner, change: OrderChange, stamp: int) -> None:
    tenant, order_id = owner
    mine = (_SUMS.c.tenant == tenant, _SUMS.c.order_id == order_id)
    if change.anew:  # rows stay with a count of 0, so that whoever keeps them hears of it
        connection.execute(update(_SUMS).where(*mine).values(count=0, content="{}", stamp=stamp))
    blocks: dict[SumKey, dict[SumKey, Change]] = {}
    for key, delta in change.changes.items():
        blocks.setdefault(_block(key), {})[key] = delta
    firsts = sorted({key.day for key in blocks})
    wanted = _CELLS.where(*mine, _SUMS.c.day.between(firsts[0], firsts[-1])) if firsts else None
    known = {} if wanted is None else {kept.key: kept for kept in _kept(connection.execute(wanted).all())}
    fresh: list[dict[str, Any]] = []
    old: list[dict[str, Any]] = []
    for key, deltas in blocks.items():
        kept = known.get(key)
        row = {"tenant": tenant, "order_id": order_id, **key._asdict(), **_changed(kept, key, deltas), "stamp": stamp}
        (old if kept else fresh).append(row)
    if fresh:
        connection.execute(insert(_SUMS), fresh)
    if old:
        connection.execute(_REPLACE, [{f"old_{name}": value for name, value in row.items()} for row in old])
    summed = {"zone": change.zone, "stamp": stamp}
    own = (_SUMMED.c.tenant == tenant, _SUMMED.c.order_id == order_id)
    if not connection.execute(update(_SUMMED).where(*own).values(summed)).rowcount:
        connection.execute(insert(_SUMMED).values(tenant=tenant, order_id=order_id, **summed))
    if change.links:
        links = [
            {"tenant": tenant, "order_id": order_id, "event_id": e, "corrects": c} for e, c in change.links.items()
        ]
        gone = (_LINKS.c.tenant == tenant, _LINKS.c.order_id == order_id, _LINKS.c.event_id.in_(change.links))
        connection.execute(delete(_LINKS).where(*gone))
        connection.execute(insert(_LINKS), links)


def _by_order(tenant: str, rows: Sequence[Any]) -> Iterator[tuple[Owner, list[Kept]]]:
    found: dict[str, list[Kept]] = {}
    for row, kept in zip(rows, _kept(rows), strict=True):
        found.setdefault(row[0], []).append(kept)
    for order_id, part in found.items():
        yield (tenant, order_id), part


def _block(key: SumKey) -> SumKey:
    """The row that holds a key."""
    return key if key.told < 0 else key._replace(day=key.day.replace(day=1))


def _changed(kept: Kept | None, block: SumKey, deltas: Mapping[SumKey, Change]) -> dict[str, Any]:
    """Count and content of a row after the changes of its keys."""
    if block.told < 0:
        delta = deltas[block]
        payload = delta.payload if delta.payload is not None else kept.payload if kept else None
        return {"count": delta.count + (kept.count if kept else 0), "content": _written(payload or {})}
    days = {day: (count, sums) for day, count, sums in kept.days} if kept else {}
    for key, delta in deltas.items():
        count, sums = days.get(key.day, (0, {}))
        for name, value in delta.sums.items():
            sums[name] = sums.get(name, _ZERO) + value
        days[key.day] = count + delta.count, sums
    left = {day.day: (count, sums) for day, (count, sums) in sorted(days.items()) if count}
    names = sorted({name for _, sums in left.values() for name, value in sums.items() if value})
    counts = [count for count, _ in left.values()]
    columns = [[sums.get(name) or 0 for _, sums in left.values()] for name in names]
    content = {"days": list(left), "counts": counts, "names": names, "columns": columns} if left else {}
    return {"count": sum(counts), "content": _written(content)}


class _Numbers(dict[str | int, Decimal]):
    def __missing__(self, text: str | int) -> Decimal:
        number = self[text] = Decimal(text)
        return number


def _kept(rows: Sequence[Any]) -> list[Kept]:
    """Rows of `_CELLS`. Their contents are read as one JSON text, and equal numbers are one object: a year of a plant
    has many thousands of them."""
    contents = json.loads(f"[{','.join(row[5] for row in rows)}]")
    exact = _Numbers().__getitem__
    found = []
    for (_, type_, first, name, told, _, count, stamp), content in zip(rows, contents, strict=True):
        key = SumKey(type_, first, name, told)
        if told < 0:
            found.append(Kept(key, count, [], content, stamp))
            continue
        days: list[Day] = []
        if content:
            names, columns = content["names"], [list(map(exact, column)) for column in content["columns"]]
            sums = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)] or [
                {} for _ in content["days"]
            ]
            if any(0 in column for column in content["columns"]):
                sums = [{name: value for name, value in row.items() if value} for row in sums]
            dates = [first.replace(day=number) for number in content["days"]]
            days = list(zip(dates, content["counts"], sums, strict=True))
        found.append(Kept(key, count, days, None, stamp))
    return found


def _written(content: Mapping[str, Any]) -> str:
    """JSON in which a decimal is a string: exact, whatever its size."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), default=str)

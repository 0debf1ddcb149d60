"""Orders and events in the catalog: append-only, idempotent by event_id, acknowledged once the commit is on disk.

A correction is a new event, a changed order a new revision. `known_at` (UTC) is since when a row is known, so that any
past day can be shown as it was known then.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select

from retrieval.catalog import Catalog
from retrieval.database import durable
from retrieval.models import table_of
from retrieval.production_models import ProductionEvent, ProductionOrder

_IN_LIST = 500
_BATCH = 2_000
_EVENTS = table_of(ProductionEvent)
_ORDERS = table_of(ProductionOrder)
Outcome = Literal["added", "revised", "unchanged", "conflict", "no_order"]


@dataclass(frozen=True)
class NewRow:
    """An order or event to store: its id, the order it belongs to, the payload and its digest."""

    id: str
    order_id: str
    payload: Mapping[str, Any]
    sha256: str
    manufacturer_id: str = ""
    known_at: dt.datetime | None = None


@dataclass(frozen=True)
class StoredOrder:
    tenant: str
    order_id: str
    revision: int
    manufacturer_id: str
    payload: dict[str, Any]
    known_at: dt.datetime


@dataclass(frozen=True)
class StoredEvent:
    seq: int
    tenant: str
    event_id: str
    order_id: str
    payload: dict[str, Any]
    known_at: dt.datetime


class Production:
    """The production tables of a catalog. Safe to share by threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._engine = catalog._engine
        self._durable = durable(catalog._engine)

    def add(
        self, tenant: str, orders: Sequence[NewRow], events: Sequence[NewRow], *, now: dt.datetime
    ) -> tuple[list[Outcome], list[Outcome], int]:
        """Store in one transaction, orders first; what came of each, in order, and the last `seq` of all.

        The same event_id with the same content is `unchanged`, with other content `conflict`; an event of an order that
        the tenant does not have is `no_order`. When this returns, what was added is on disk."""
        return self.add_many([(tenant, orders, events)], now=now)[0]

    def add_many(
        self, parts: Sequence[tuple[str, Sequence[NewRow], Sequence[NewRow]]], *, now: dt.datetime
    ) -> list[tuple[list[Outcome], list[Outcome], int]]:
        """Several callers' rows in one transaction, each with the outcome that `add` would give it alone."""
        with self._durable.begin() as connection:
            results = []
            for tenant, orders, events in parts:
                told = [_add_order(connection, tenant, row, now) for row in orders]
                results.append((told, _add_events(connection, tenant, events, now)))
            last = int(connection.execute(select(func.max(_EVENTS.c.seq))).scalar() or 0)
        return [(o, e, last) for o, e in results]

    def orders(
        self,
        tenants: Sequence[str],
        *,
        order_id: str | None = None,
        manufacturer_id: str | None = None,
        known_until: dt.datetime | None = None,
    ) -> list[StoredOrder]:
        """The last revision known of each order, of the first tenant that has it; by order_id."""
        wanted = select(_ORDERS).where(_ORDERS.c.tenant.in_(tenants))
        if order_id is not None:
            wanted = wanted.where(_ORDERS.c.order_id == order_id)
        if manufacturer_id is not None:  # any revision; the one that counts is looked at below
            theirs = select(_ORDERS.c.order_id).where(_ORDERS.c.manufacturer_id == manufacturer_id)
            wanted = wanted.where(_ORDERS.c.order_id.in_(theirs))
        if known_until is not None:
            wanted = wanted.where(_ORDERS.c.known_at <= _utc(known_until))
        best: dict[str, StoredOrder] = {}
        rank = {tenant: place for place, tenant in enumerate(tenants)}
        with self._engine.connect() as connection:
            for row in connection.execute(wanted.order_by(_ORDERS.c.id)):
                found = StoredOrder(
                    row.tenant, row.order_id, row.revision, row.manufacturer_id, row.payload, _aware(row.known_at)
                )
                other = best.get(row.order_id)
                if other is None or rank[row.tenant] <= rank[other.tenant]:
                    best[row.order_id] = found
        kept = [o for o in best.values() if manufacturer_id is None or o.manufacturer_id == manufacturer_id]
        return sorted(kept, key=lambda o: o.order_id)

    def first_known(self, tenant: str, order_id: str) -> dt.datetime | None:
        """Since when an order is known in any revision; None for one that is not."""
        first = select(func.min(_ORDERS.c.known_at)).where(_ORDERS.c.tenant == tenant, _ORDERS.c.order_id == order_id)
        with self._engine.connect() as connection:
            found = connection.execute(first).scalar()
        return None if found is None else _aware(found)

    def events(self, tenant: str, order_id: str, after: int = 0) -> list[StoredEvent]:
        """An order's events in order of arrival, those after `seq` `after`."""
        wanted = select(_EVENTS).where(
            _EVENTS.c.tenant == tenant, _EVENTS.c.order_id == order_id, _EVENTS.c.seq > after
        )
        return self._events(wanted.order_by(_EVENTS.c.seq))

    def named(self, tenant: str, ids: Iterable[str]) -> list[StoredEvent]:
        """Those of a tenant's events that have one of these ids."""
        wanted, found = sorted(ids), list[StoredEvent]()
        for start in range(0, len(wanted), _IN_LIST):
            part = _EVENTS.c.event_id.in_(wanted[start : start + _IN_LIST])
            found += self._events(select(_EVENTS).where(_EVENTS.c.tenant == tenant, part))
        return found

    def stream(self, tenants: Sequence[str] | None, after: int, limit: int = 500) -> list[StoredEvent]:
        """Events of these tenants (None: of all) after `seq` `after`, at most `limit`."""
        wanted = select(_EVENTS).where(_EVENTS.c.seq > after)
        wanted = wanted if tenants is None else wanted.where(_EVENTS.c.tenant.in_(tenants))
        return self._events(wanted.order_by(_EVENTS.c.seq).limit(limit))

    def last_seq(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.max(_EVENTS.c.seq))).scalar() or 0)

    def tenants(self) -> list[str]:
        """Every tenant that has an order."""
        with self._engine.connect() as connection:
            return [
                row[0] for row in connection.execute(select(_ORDERS.c.tenant).distinct().order_by(_ORDERS.c.tenant))
            ]

    def version(self) -> tuple[int, int]:
        """Changes whenever an order or an event was stored: the last order row and the last event."""
        with self._engine.connect() as connection:
            orders = connection.execute(select(func.max(_ORDERS.c.id))).scalar()
            return int(orders or 0), int(connection.execute(select(func.max(_EVENTS.c.seq))).scalar() or 0)

    def count(self) -> tuple[int, int]:
        """How many orders (all tenants', revisions not counted) and events there are."""
        orders = select(func.count()).select_from(select(_ORDERS.c.tenant, _ORDERS.c.order_id).distinct().subquery())
        with self._engine.connect() as connection:
            events = connection.execute(select(func.count()).select_from(_EVENTS)).scalar()
            return int(connection.execute(orders).scalar() or 0), int(events or 0)

    def _events(self, statement: Select[Any]) -> list[StoredEvent]:
        with self._engine.connect() as connection:
            return [
                StoredEvent(r.seq, r.tenant, r.event_id, r.order_id, r.payload, _aware(r.known_at))
                for r in connection.execute(statement)
            ]


def _add_order(connection: Connection, tenant: str, row: NewRow, now: dt.datetime) -> Outcome:
    mine = select(_ORDERS.c.revision, _ORDERS.c.sha256).where(
        _ORDERS.c.tenant == tenant, _ORDERS.c.order_id == row.order_id
    )
    old = connection.execute(mine.order_by(_ORDERS.c.revision.desc()).limit(1)).first()
    if old is not None and old.sha256 == row.sha256:
        return "unchanged"
    values = {
        "tenant": tenant,
        "order_id": row.order_id,
        "revision": 1 if old is None else old.revision + 1,
        "manufacturer_id": row.manufacturer_id,
        "payload": _plain(row.payload),
        "sha256": row.sha256,
        "known_at": _utc(row.known_at or now),
    }
    connection.execute(insert(_ORDERS), values)
    return "added" if old is None else "revised"


def _add_events(connection: Connection, tenant: str, rows: Sequence[NewRow], now: dt.datetime) -> list[Outcome]:
    known_orders = _present(connection, _ORDERS.c.order_id, tenant, {r.order_id for r in rows})
    seen = _present(connection, _EVENTS.c.event_id, tenant, {r.id for r in rows})
    outcomes: list[Outcome] = []
    fresh = []
    for row in rows:
        if row.order_id not in known_orders:
            outcomes.append("no_order")
        elif row.id in seen:
            outcomes.append("unchanged" if seen[row.id] == row.sha256 else "conflict")
        else:
            seen[row.id] = row.sha256
            outcomes.append("added")
            fresh.append(
                {
                    "tenant": tenant,
                    "event_id": row.id,
                    "order_id": row.order_id,
                    "payload": _plain(row.payload),
                    "sha256": row.sha256,
                    "known_at": _utc(row.known_at or now),
                }
            )
    for start in range(0, len(fresh), _BATCH):
        connection.execute(insert(_EVENTS), fresh[start : start + _BATCH])
    return outcomes


def _present(connection: Connection, column: Any, tenant: str, ids: Iterable[str]) -> dict[str, str]:
    """Which ids a tenant has, with the digest of each."""
    table, wanted, found = column.table, sorted(ids), dict[str, str]()
    for start in range(0, len(wanted), _IN_LIST):
        part = wanted[start : start + _IN_LIST]
        statement = select(column, table.c.sha256).where(table.c.tenant == tenant, column.in_(part))
        found.update({row[0]: row[1] for row in connection.execute(statement)})
    return found


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(payload, default=str))
    return plain


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)


def _aware(moment: dt.datetime) -> dt.datetime:
    """SQLite gives times without their zone; all were stored in UTC."""
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

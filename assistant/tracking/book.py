"""The order book: stored orders and events as folded states. Events are kept parsed; only new ones are read again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.bootstrap import Services, store_errors
from assistant.errors import NotFound
from assistant.production.fold import OrderState, fold
from assistant.production.types import Event, Order
from retrieval.production import Production, StoredOrder

_MOST_KEPT = 2_000  # orders
_STATES_KEPT = 4  # an order: a page looks at one day, now and then at another


@dataclass
class _Kept:
    last: int = 0
    events: list[tuple[datetime, Event]] = field(default_factory=list)
    states: dict[tuple[Any, ...], OrderState] = field(default_factory=dict)


class Book:
    """Reads for one catalog. Safe to share by threads."""

    def __init__(self, production: Production) -> None:
        self.production = production
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._guard = threading.Lock()

    def orders(self, services: Services, known_on: date | None, **which: str | None) -> list[StoredOrder]:
        with store_errors():
            return self.production.orders(tenants_of(services), known_until=known_until(known_on), **which)

    def state(self, services: Services, stored: StoredOrder, as_of: date, known_on: date | None = None) -> OrderState:
        """The order's state on `as_of` from what was known by the end of `known_on` (None: from all)."""
        limit = known_until(known_on)
        order = with_zone(services, Order.model_validate(stored.payload))
        kept = self._events(stored)
        key = (kept.last, len(kept.events), stored.revision, order.timezone, as_of, known_on)
        found = kept.states.get(key)
        if found is None:
            found = fold(order, [e for known, e in kept.events if limit is None or known <= limit], as_of)
            if len(kept.states) >= _STATES_KEPT:
                kept.states.clear()
            kept.states[key] = found
        return found

    def states(
        self, services: Services, as_of: date, known_on: date | None = None, **which: str | None
    ) -> list[OrderState]:
        """States of every order (placed by `as_of`) that the tenant sees, or of those that `which` names."""
        found = [self.state(services, o, as_of, known_on) for o in self.orders(services, known_on, **which)]
        return [s for s in found if s.order.placed <= as_of]

    def one(self, services: Services, order_id: str, known_on: date | None = None) -> StoredOrder:
        """Raises NotFound with the nearest ids."""
        wanted = order_id.strip()
        found = self.orders(services, known_on, order_id=wanted)
        if found:
            return found[0]
        everything = {o.order_id: o for o in self.orders(services, known_on)}
        folded = {_plain(name): name for name in everything}
        if _plain(wanted) in folded:
            return everything[folded[_plain(wanted)]]
        from rapidfuzz import process

        close = [name for name, _, _ in process.extract(wanted, list(everything), limit=3, score_cutoff=60)]
        hint = f"did you mean {', '.join(close)}?" if close else "send orders to /v1/production/events or ingest a file"
        raise NotFound(f"there is no order {order_id!r}", field="order_id", hint=hint)

    def _events(self, stored: StoredOrder) -> _Kept:
        key = (stored.tenant, stored.order_id)
        with self._guard:
            kept = self._kept.get(key)
            if kept is None:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                kept = self._kept[key] = _Kept()
        with store_errors():
            fresh = self.production.events(stored.tenant, stored.order_id, kept.last)
        if fresh:
            parsed = [(row.seq, row.known_at, Event.model_validate(row.payload)) for row in fresh]
            with self._guard:
                kept.events = [*kept.events, *((known, e) for seq, known, e in parsed if seq > kept.last)]
                kept.last = max(kept.last, parsed[-1][0])
        return kept


def book_of(services: Services) -> Book:
    """The book over the services' catalog, made once a catalog."""
    catalog = services.catalog
    with _making:
        found: Book | None = catalog.__dict__.get("_production_book")
        if found is None:
            found = catalog.__dict__["_production_book"] = Book(Production(catalog))
    return found


_making = threading.Lock()


def tenants_of(services: Services) -> tuple[str, ...]:
    """The tenant's own orders come before public ones of the same number."""
    return tuple(reversed(services.tenants))


def known_until(day: date | None) -> datetime | None:
    """The end of a day, taken in the zone that ends it last among North America's, so that the whole day counts."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(8), tzinfo=UTC)


def _plain(order_id: str) -> str:
    return "".join(c for c in order_id.upper() if c.isalnum())


@lru_cache(maxsize=1)
def _zones() -> dict[str, Any]:
    path = Path(__file__).parent / "zones.yaml"
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    return found


def with_zone(services: Services, order: Order) -> Order:
    """The order with the zone of its plant's state where it names none itself."""
    if order.timezone:
        return order
    zone = zone_of(services, order.manufacturer_id)
    return order.model_copy(update={"timezone": zone}) if zone else order


def zone_of(services: Services, manufacturer_id: str) -> str | None:
    """IANA zone of a manufacturer's state, or of its country where the state is not listed; None when unknown."""
    kept: dict[tuple[str, ...], str | None] = services.catalog.__dict__.setdefault("_production_zones", {})
    key = (*services.tenants, manufacturer_id)
    if key not in kept:
        with store_errors():
            found = services.catalog.profile(manufacturer_id, services.tenants)
        if found is None:
            return None  # may be loaded later
        country, region = str(found[0].get("country") or ""), str(found[0].get("region") or "")
        zones = _zones().get(country) or {}
        city = str(found[0].get("city") or "")
        kept[key] = (zones.get("cities") or {}).get(city) or zones.get(region) or zones.get("default")
    return kept[key]


def select(states: Sequence[OrderState], manufacturer_id: str) -> list[OrderState]:
    return [s for s in states if s.order.manufacturer_id == manufacturer_id]

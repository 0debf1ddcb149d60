"""The order book: stored orders and events as states. One order is folded from its events, which are kept parsed; many
are read from the sums that are kept up with them (`assistant.tracking.rollup`), which give the same figures."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.bootstrap import Services, store_errors
from assistant.errors import NotFound
from assistant.production.fold import fold, rolled
from assistant.production.measures import Language, say
from assistant.production.state import OrderState
from assistant.production.types import Event, Order
from assistant.tracking.rollup import MOST_KEPT, Rollup
from retrieval.catalog import Catalog
from retrieval.production import Production, StoredOrder

_MOST_KEPT = 2_000  # orders
_STATES_KEPT = 4  # an order: a page looks at one day, now and then at another
_DAY_ENDS = timedelta(hours=8)  # after midnight in UTC, in the zone that ends it last among North America's
_ASK_AGAIN_S = 5.0  # a plant without a profile may get one
Owner = tuple[str, str]  # tenant, order_id
_Known = tuple[int, int, str, date]  # stamp, revision, zone, day of a state


@dataclass
class _Kept:
    last: int = 0
    events: list[tuple[datetime, Event]] = field(default_factory=list)
    states: dict[tuple[Any, ...], OrderState] = field(default_factory=dict)


class Book:
    """Reads for one catalog. Safe to share by threads."""

    def __init__(self, catalog: Catalog) -> None:
        self.production = Production(catalog)
        self.rollup = Rollup(catalog, self.production, self._zone)
        self._catalog = catalog
        self._kept: dict[Owner, _Kept] = {}
        self._rolled: dict[Owner, dict[tuple[Any, ...], OrderState]] = {}
        self._cells = 0  # made for `_rolled` since it was last emptied
        self._orders: dict[tuple[str, str, int], Order] = {}
        self._makers: tuple[Any, dict[str, frozenset[str]]] = (None, {})
        self._guard = threading.Lock()

    def orders(self, services: Services, known_on: date | None, **which: str | None) -> list[StoredOrder]:
        with store_errors():
            return self.production.orders(tenants_of(services), known_until=known_until(known_on), **which)

    def state(self, services: Services, stored: StoredOrder, as_of: date, known_on: date | None = None) -> OrderState:
        """The order's state on `as_of` from what was known by the end of `known_on` (None: from all): a fold."""
        limit = known_until(known_on)
        order = self._order(services, stored)
        kept = self._events(stored)
        key = (kept.last, len(kept.events), stored.revision, order.timezone, as_of, known_on)
        found = kept.states.get(key)
        if found is None:
            found = fold(order, [e for known, e in kept.events if limit is None or known <= limit], as_of)
            _keep(kept.states, key, found)
        return found

    def states(
        self, services: Services, as_of: date, known_on: date | None = None, **which: str | None
    ) -> list[OrderState]:
        """States of every order (placed by `as_of`) that the tenant sees, or of those that `which` names. What is known
        now is read from the sums; what was known on an earlier day is folded."""
        orders = self.orders(services, known_on, **which)
        if known_on is not None:
            found = [self.state(services, o, as_of, known_on) for o in orders]
        else:
            with store_errors():
                self.rollup.catch_up()
                found = self._summed(services, orders, as_of)
        return [s for s in found if s.order.placed <= as_of]

    def _summed(self, services: Services, orders: Sequence[StoredOrder], as_of: date) -> list[OrderState]:
        """The orders' states from the sums; what is not at hand is read together."""
        zones = self.rollup.zones(tenants_of(services), [o.order_id for o in orders])
        found: dict[Owner, OrderState] = {}
        missing: dict[Owner, tuple[Order, _Known]] = {}
        for stored in orders:
            owner, order = (stored.tenant, stored.order_id), self._order(services, stored)
            known = zones.get(owner)
            if known is None:  # nothing was reported on it
                found[owner] = rolled(order, (), (), as_of)
                continue
            zone, stamp = known
            if zone != (order.timezone or "UTC"):
                if (self._zone(owner) or "UTC") == zone:  # this reader counts the days elsewhere
                    found[owner] = self.state(services, stored, as_of)
                    continue
                self.rollup.renew(owner)
                zone, stamp = self.rollup.zones([stored.tenant], [stored.order_id])[owner]
            key = (stamp, stored.revision, zone, as_of)
            state = self._rolled.get(owner, {}).get(key)
            if state is None:
                missing[owner] = (order, key)
            else:
                found[owner] = state
        for owner, cells, events in self.rollup.read({owner: key[0] for owner, (_, key) in missing.items()}):
            order, key = missing[owner]
            found[owner] = state = rolled(order, events, cells, as_of)
            self._cells += 1 + len(state.cells)
            if self._cells > MOST_KEPT:
                self._rolled.clear()
                self._cells = 1 + len(state.cells)
            _keep(self._rolled.setdefault(owner, {}), key, state)
        return [found[stored.tenant, stored.order_id] for stored in orders]

    def _order(self, services: Services, stored: StoredOrder) -> Order:
        key = (stored.tenant, stored.order_id, stored.revision)
        order = self._orders.get(key)
        if order is None:
            if len(self._orders) >= 10 * _MOST_KEPT:
                self._orders.clear()
            order = self._orders[key] = Order.model_validate(stored.payload)
        return with_zone(services, order)

    def _zone(self, owner: Owner) -> str | None:
        """The zone in which the order's own tenant counts its days."""
        tenant, order_id = owner
        found = self.production.orders([tenant], order_id=order_id)
        if not found:
            return None
        order = Order.model_validate(found[0].payload)
        tenants = ("public",) if tenant == "public" else (tenant, "public")
        return order.timezone or plant_zone(self._catalog, tenants, order.manufacturer_id)

    def makers(self, services: Services) -> dict[str, frozenset[str]]:
        """By product, the manufacturers that have an order for it."""
        with store_errors():
            key = (services.tenants, self.production.version()[0])
            if self._makers[0] != key:
                found: dict[str, set[str]] = {}
                for order in self.production.orders(tenants_of(services)):
                    found.setdefault(str(order.payload.get("product")), set()).add(order.manufacturer_id)
                self._makers = (key, {product: frozenset(makers) for product, makers in found.items()})
        return self._makers[1]

    def first_known(self, stored: StoredOrder) -> date:
        """The first day for which `known_on` finds the order."""
        with store_errors():
            since = self.production.first_known(stored.tenant, stored.order_id) or stored.known_at
        return (since - _DAY_ENDS - timedelta(microseconds=1)).date()

    def since(self, services: Services, **which: str | None) -> date | None:
        """The first day on which an order that the tenant sees was placed and known; None without orders."""
        orders = self.orders(services, None, **which)
        return min((max(self.first_known(o), self._order(services, o).placed) for o in orders), default=None)

    def one(
        self, services: Services, order_id: str, known_on: date | None = None, language: Language = "en"
    ) -> StoredOrder:
        """Raises NotFound with the nearest ids, or with the day since when the order is known."""
        wanted = order_id.strip()
        found = self.orders(services, known_on, order_id=wanted)
        if found:
            return found[0]
        everything = {o.order_id: o for o in self.orders(services, known_on)}
        folded = {_plain(name): name for name in everything}
        if _plain(wanted) in folded:
            return everything[folded[_plain(wanted)]]
        if known_on is not None:
            later = self.one(services, order_id, None, language)
            since = self.first_known(later)
            message = say("refusal_not_yet_known", language, order=later.order_id, day=known_on, since=since)
            raise NotFound(message, field="known_on", hint=say("refusal_not_yet_known_hint", language, since=since))
        from rapidfuzz import process

        close = [name for name, _, _ in process.extract(wanted, list(everything), limit=3, score_cutoff=60)]
        hint = say("refusal_close", language, names=", ".join(close)) if close else say("refusal_send_order", language)
        raise NotFound(say("refusal_no_order", language, order=repr(order_id)), field="order_id", hint=hint)

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
            found = catalog.__dict__["_production_book"] = Book(catalog)
    return found


_making = threading.Lock()


def tenants_of(services: Services) -> tuple[str, ...]:
    """The tenant's own orders come before public ones of the same number."""
    return tuple(reversed(services.tenants))


def known_until(day: date | None) -> datetime | None:
    """The end of a day, so that the whole day counts wherever the plant is."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) + _DAY_ENDS


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
    with store_errors():
        return plant_zone(services.catalog, services.tenants, manufacturer_id)


def plant_zone(catalog: Catalog, tenants: Sequence[str], manufacturer_id: str) -> str | None:
    """`zone_of` as these tenants see the manufacturer."""
    kept: dict[tuple[str, ...], tuple[str | None, float]]
    kept = catalog.__dict__.setdefault("_production_zones", {})
    key = (*tenants, manufacturer_id)
    zone, asked = kept.get(key, (None, -_ASK_AGAIN_S))
    if zone is None and clock.monotonic() - asked > _ASK_AGAIN_S:
        found = catalog.profile(manufacturer_id, tenants)
        zone = _state_zone(found[0]) if found else None
        kept[key] = (zone, clock.monotonic())
    return zone


def _state_zone(profile: dict[str, Any]) -> str | None:
    zones = _zones().get(str(profile.get("country") or "")) or {}
    city, region = str(profile.get("city") or ""), str(profile.get("region") or "")
    found: str | None = (zones.get("cities") or {}).get(city) or zones.get(region) or zones.get("default")
    return found


def _keep(states: dict[tuple[Any, ...], OrderState], key: tuple[Any, ...], state: OrderState) -> None:
    if len(states) >= _STATES_KEPT:
        states.clear()
    states[key] = state

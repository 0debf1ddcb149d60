"""What moving a lot over a lane costs by a rate card, and how far each amount is known.

The embedded card is indicative; a request may replace any of its prices. Amounts are US dollars for the whole lot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from assistant.errors import InvalidInput
from assistant.logistics.lanes import Lane, Leg
from assistant.logistics.tables import load

ZERO = Decimal(0)
COSTS = (
    "export_clearance",
    "origin_inland",
    "origin_terminal",
    "main_freight",
    "insurance",
    "destination_inland",
    "unloading",
    "import_clearance",
)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Span:
    """An amount known exactly (low = high), within bounds, or only from below (high None)."""

    low: Decimal
    high: Decimal | None

    @staticmethod
    def of(amount: Decimal) -> Span:
        return Span(cents(amount), cents(amount))

    @property
    def exact(self) -> Decimal | None:
        return self.low if self.low == self.high else None

    def __add__(self, other: Span) -> Span:
        high = None if self.high is None or other.high is None else self.high + other.high
        return Span(self.low + other.low, high)

    def less(self, other: Span) -> Span:
        """This minus an amount that may vary on its own."""
        low = ZERO if other.high is None else max(ZERO, self.low - other.high)
        return Span(low, None if self.high is None else max(ZERO, self.high - other.low))


@dataclass(frozen=True)
class Load:
    """The lot: kilograms and cubic metres where known."""

    kg: Decimal | None
    m3: Decimal | None


@dataclass(frozen=True)
class Card:
    """A rate card: prices by mode and name, with date and source. `own`: names that the request gave."""

    id: str
    date: str
    source: str
    indicative: bool
    rates: Mapping[str, Any]
    carrying_percent: Decimal
    own: tuple[str, ...] = ()

    def price(self, *path: str) -> Decimal:
        node: Any = self.rates
        for name in path:
            node = node[name]
        return Decimal(node)


@cache
def embedded() -> Card:
    """The card shipped with the package."""
    data = load("rate_card.yaml")
    return Card(
        data["id"],
        data["date"],
        data["source"],
        data["indicative"] == "yes",
        data["rates"],
        Decimal(data["carrying_percent"]),
    )


def with_prices(card: Card, given: Mapping[str, Any] | None) -> Card:
    """`card` with the prices in `given` ({"truck": {"full_per_km": "1.80"}, "carrying_percent": "12"}) in place.

    Raises InvalidInput for a name the card does not have or a price that is no number of zero or more."""
    if not given:
        return card
    rates: dict[str, Any] = {k: dict(v) if isinstance(v, Mapping) else v for k, v in card.rates.items()}
    own: list[str] = []
    carrying, source, day = card.carrying_percent, card.source, card.date
    for name, value in given.items():
        if name in ("source", "date"):
            source, day = (str(value), day) if name == "source" else (source, str(value))
        elif name == "carrying_percent":
            carrying = _price(value, name)
            own.append(name)
        elif isinstance(rates.get(name), dict) and isinstance(value, Mapping):
            for inner, price in value.items():
                _known(inner, rates[name], f"rate_card.{name}")
                rates[name][inner] = str(_price(price, f"{name}.{inner}"))
                own.append(f"{name}.{inner}")
        else:
            _known(name, {k: v for k, v in rates.items() if not isinstance(v, dict)}, "rate_card")
            rates[name] = str(_price(value, name))
            own.append(name)
    return Card(card.id, day, source, card.indicative, rates, carrying, tuple(own))


def _known(name: str, table: Mapping[str, Any], where: str) -> None:
    if name not in table:
        raise InvalidInput(f"{where} has no price {name!r}", field=where, hint=f"its prices are: {', '.join(table)}")


def _price(value: Any, name: str) -> Decimal:
    try:
        price = Decimal(str(value))
    except ArithmeticError as error:
        raise InvalidInput(f"rate_card.{name} is not a number", field=f"rate_card.{name}", hint='"1.80"') from error
    divides = name.rsplit(".", 1)[-1] in ("payload_kg", "volume_m3")
    if not price.is_finite() or price < 0 or (divides and price == 0):
        raise InvalidInput(f"rate_card.{name} must not be negative", field=f"rate_card.{name}", hint="correct it")
    return price


def estimate(lane: Lane, lot: Load, card: Card) -> dict[str, Span]:
    """Every cost of `COSTS` but insurance for the lot over the lane.

    With the weight unknown, from the price of the smallest consignment to that of one whole vehicle or container (to
    no bound by air): that the lot fits into one is an assumption the caller states."""
    crossings = Decimal(len(lane.through)) if lane.mode in ("truck", "rail") else ZERO
    costs = {
        "export_clearance": Span.of(card.price("handling", "export_clearance")),
        "origin_inland": Span.of(ZERO),
        "origin_terminal": _terminal(lane, lot, card),
        "main_freight": Span.of(ZERO),
        "destination_inland": Span.of(ZERO),
        "unloading": _per_vehicle(lane, lot, card),
        "import_clearance": Span.of(
            card.price("handling", "import_clearance")
            + (card.price("handling", "security_filing") if lane.mode == "ocean" else ZERO)
        ),
    }
    for leg in lane.legs:
        name = "main_freight" if leg.part == "main" else leg.part
        costs[name] = _transport(leg, lane, lot, card)
    if crossings:
        costs["main_freight"] = costs["main_freight"] + _transfer(lane, lot, card, crossings)
    return costs


def insurance(goods: Decimal, freight: Span, card: Card) -> Span:
    """Premium on 110 % of goods and main freight (the cover Incoterms asks of CIF and CIP)."""
    share = card.price("insurance_percent") / 100 * Decimal("1.1")
    high = None if freight.high is None else cents((goods + freight.high) * share)
    return Span(cents((goods + freight.low) * share), high)


def vehicles(mode: str, lot: Load, card: Card) -> int | None:
    """Trailers or containers that the lot fills, None when neither weight nor volume is known."""
    needs = []
    if lot.kg is not None:
        needs.append(lot.kg / card.price(mode, "payload_kg"))
    if lot.m3 is not None:
        needs.append(lot.m3 / card.price(mode, "volume_m3"))
    return max(1, math.ceil(max(needs))) if needs else None


def _chargeable(mode: str, lot: Load, card: Card) -> Decimal | None:
    """Kilograms that are charged: the weight, or the volume at the mode's density when that is more."""
    bulky = lot.m3 * card.price(mode, "kg_per_m3") if lot.m3 is not None else None
    known = [x for x in (lot.kg, bulky) if x is not None]
    return max(known) if known else None


def _transport(leg: Leg, lane: Lane, lot: Load, card: Card) -> Span:
    if leg.km == 0:
        return Span.of(ZERO)
    if leg.mode == "air":
        kg = _chargeable("air", lot, card)
        least = card.price("air", "minimum")
        if kg is None:
            return Span(cents(least), None)
        per_kg = card.price("air", "base_per_kg") + card.price("air", "per_kg_km") * leg.km
        return Span.of(max(least, kg * per_kg))
    # A leg by road before or after a container ship carries the container; so does one by rail.
    unit = "ocean" if lane.mode == "ocean" else leg.mode
    count = vehicles(unit, lot, card)
    if leg.mode == "ocean":
        full = card.price("ocean", "full_base") + card.price("ocean", "full_per_km") * leg.km
        part = card.price("ocean", "part_base") + card.price("ocean", "part_per_km") * leg.km
        least = part * card.price("ocean", "part_minimum_units")
        units = _revenue_tons(lot, card)
        part_cost = None if units is None else part * units
    else:
        full = max(card.price(leg.mode, "full_minimum"), card.price(leg.mode, "full_per_km") * leg.km)
        if leg.mode == "rail":
            return Span.of(full * (count or 1))  # containers only; a lot of unknown weight is taken as one
        least = card.price("truck", "part_minimum")
        kg = _chargeable("truck", lot, card)
        per_tonne = card.price("truck", "part_per_tonne_km") * leg.km
        part_cost = None if kg is None else max(least, per_tonne * kg / 1000)
    if count is None or part_cost is None:
        return Span(cents(min(least, full)), cents(full))
    return Span.of(min(part_cost, full * count))


def _revenue_tons(lot: Load, card: Card) -> Decimal | None:
    kg = _chargeable("ocean", lot, card)
    return None if kg is None else max(card.price("ocean", "part_minimum_units"), kg / 1000)


def _transfer(lane: Lane, lot: Load, card: Card, crossings: Decimal) -> Span:
    full = card.price(lane.mode, "transfer")
    count = vehicles(lane.mode, lot, card)
    if lane.mode == "rail":
        return Span.of(full * (count or 1) * crossings)
    part = card.price("truck", "transfer_part")
    if count is None:
        return Span(cents(min(part, full) * crossings), cents(full * crossings))
    # As the road legs: a shared trailer where that is cheaper than whole ones.
    km = max(1, lane.km)
    kg = _chargeable("truck", lot, card) or ZERO
    shared = card.price("truck", "part_per_tonne_km") * km * kg / 1000 < card.price("truck", "full_per_km") * km * count
    return Span.of((part if shared else full * count) * crossings)


def _terminal(lane: Lane, lot: Load, card: Card) -> Span:
    if lane.mode == "ocean":
        full, part = card.price("ocean", "terminal_full"), card.price("ocean", "terminal_part")
        count, units = vehicles("ocean", lot, card), _revenue_tons(lot, card)
        if count is None or units is None:
            return Span(cents(min(part, full)), cents(full))
        return Span.of(min(part * units, full * count))
    if lane.mode == "air":
        kg = _chargeable("air", lot, card)
        return Span(ZERO, None) if kg is None else Span.of(kg * card.price("air", "terminal_per_kg"))
    return Span.of(ZERO)


def _per_vehicle(lane: Lane, lot: Load, card: Card) -> Span:
    price = card.price("handling", "unloading")
    mode = "truck" if lane.mode == "air" else lane.mode
    count = vehicles(mode, lot, card)
    return Span.of(price * (count or 1))

"""Landed cost of one scenario: what the price holds, what the buyer still pays, and what customs charges on it.

landed cost = price + additions + costs the Incoterm leaves to the buyer + duty and fees (unless in the price)
              + cost of capital while the buyer owns goods in transit

Each cost is either inside the price or paid by the buyer, never both. The customs value is the price plus additions
less what the price holds of international freight, insurance and costs after importation (19 CFR 152.103). Under DDP
the duty is in the price too, so the value is what solves value + duty(value) + fees(value) = price - deductions.

Pure: the duty engine is injected as a callable, so that any engine with the same answer can stand behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from assistant.logistics.carbon import Carbon, emissions
from assistant.logistics.freight import COSTS, ZERO, Card, Load, Span, cents, estimate, insurance
from assistant.logistics.incoterms import DEDUCTIBLE, Terms, terms
from assistant.logistics.lanes import Lane, Mode, Site, find_lane
from assistant.logistics.types import Claim

CENT = Decimal("0.01")
UNWEIGHED = Load(None, None)
TRANSPORT = ("origin_inland", "origin_terminal", "main_freight", "destination_inland")


@dataclass(frozen=True)
class Charges:
    """What customs charges on a value. `total` bounds duty and fees together; `raw` is the engine's whole answer."""

    duty: Decimal | None
    fees: Decimal | None
    total: Span
    raw: Mapping[str, Any]
    options: tuple[tuple[str, Decimal | None], ...] = ()
    prohibited: bool = False


@dataclass(frozen=True)
class Entry:
    """The question to the duty engine."""

    origin: str
    value: Decimal
    mode: Mode | None
    preference: Claim | None
    facts: Mapping[str, Any]


Duty = Callable[[Entry], Charges]


@dataclass(frozen=True)
class Case:
    """One scenario with everything resolved: places known, price in dollars, day fixed by the injected duty."""

    name: str
    site: Site | None
    origin: str
    destination: Site
    unit_price: Decimal
    quantity: Decimal
    incoterm: str
    mode: Mode | None
    named_place: str | None = None
    preference: Claim | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    additions: Decimal = ZERO
    identified: bool = True
    through_shipment: bool = False
    transit_days: int | None = None
    lead_time_days: int | None = None
    lot: Load = UNWEIGHED


@dataclass(frozen=True)
class Worked:
    """A case worked out. `costs` are all costs of the journey, `buyer` the names of those the buyer pays."""

    case: Case
    terms: Terms
    lane: Lane | None
    price: Decimal
    costs: Mapping[str, Span]
    estimated: frozenset[str]
    buyer: frozenset[str]
    deducted: Mapping[str, Span]
    value: Span
    charges: Charges
    duty_paid_by_seller: bool
    carrying: Span
    days: tuple[int, int] | None
    carbon: Carbon | None
    unknown: frozenset[str]

    @property
    def total(self) -> Span:
        """The landed cost: the sum of the parts that the buyer pays."""
        total = Span.of(self.price + self.case.additions)
        for name in sorted(self.buyer):
            total = total + self.costs[name]
        if not self.duty_paid_by_seller:
            total = total + self.charges.total
        return total + self.carrying

    @property
    def freight(self) -> Span:
        """Transport that the buyer pays beside the price."""
        total = Span.of(ZERO)
        for name in TRANSPORT:
            if name in self.buyer:
                total = total + self.costs[name]
        return total


def work_out(case: Case, duty: Duty, card: Card) -> Worked:
    """The landed cost of `case` with `duty` as the customs engine and `card` for costs nobody gave."""
    rule = terms(case.incoterm, case.mode, case.named_place)
    lane = find_lane(case.site, case.destination, case.mode) if case.site and case.mode else None
    price = cents(case.unit_price * case.quantity)
    costs, estimated, unknown = _costs(case, rule, lane, price, card)
    deducted = _deductions(case, rule, costs, estimated)
    left = Span.of(price + case.additions)
    for amount in deducted.values():
        left = left.less(amount)
    by_seller = "duty" in rule.seller
    value, charges = _charges(case, left, duty, grossed=by_seller and case.identified)
    days = _days(case, lane)
    return Worked(
        case=case,
        terms=rule,
        lane=lane,
        price=price,
        costs=costs,
        estimated=estimated,
        buyer=frozenset(name for name in COSTS if name not in rule.seller),
        deducted=deducted,
        value=value,
        charges=charges,
        duty_paid_by_seller=by_seller,
        carrying=_carrying(price, rule, lane, days, card),
        days=days,
        carbon=emissions(lane, case.lot.kg) if lane else None,
        unknown=unknown,
    )


def _costs(
    case: Case, rule: Terms, lane: Lane | None, price: Decimal, card: Card
) -> tuple[dict[str, Span], frozenset[str], frozenset[str]]:
    """All costs; which of them are estimates; which are not known at all."""
    guessed = estimate(lane, case.lot, card) if lane else {}
    costs: dict[str, Span] = {}
    unknown: set[str] = set()
    for name in COSTS:
        if name in case.costs:
            costs[name] = Span.of(case.costs[name])
        elif name == "insurance":
            continue
        elif name in guessed:
            costs[name] = guessed[name]
        else:
            costs[name] = Span(ZERO, None)
            unknown.add(name)
    if "insurance" not in costs:
        # On D rules the seller carries the risk: whether he insures is his affair, and nothing is known to deduct.
        carried = rule.seller_bears_risk
        costs["insurance"] = Span.of(ZERO) if carried else insurance(price, costs["main_freight"], card)
    return costs, frozenset(set(COSTS) - set(case.costs) - unknown), frozenset(unknown)


def _deductions(case: Case, rule: Terms, costs: Mapping[str, Span], estimated: frozenset[str]) -> dict[str, Span]:
    """What the price holds and the customs value does not, when it is shown separately."""
    if not case.identified:
        return {}
    names = [name for name in DEDUCTIBLE if name in rule.seller]
    if case.through_shipment:
        names += [name for name in ("origin_inland", "origin_terminal") if name in rule.seller]
    return {name: costs[name] for name in names}


def _charges(case: Case, left: Span, duty: Duty, *, grossed: bool) -> tuple[Span, Charges]:
    """Customs value and what is charged on it. `grossed`: the amount left still holds duty and fees."""

    def ask(amount: Decimal) -> Charges:
        return duty(Entry(case.origin, max(amount, CENT), case.mode, case.preference, case.facts))

    def solved(amount: Decimal) -> tuple[Span, Charges]:
        if not grossed:
            return Span.of(amount), ask(amount)
        return _ungross(amount, ask)

    high = left.high if left.high is not None else left.low
    value, charges = solved(high)
    if left.low == high:
        return value, charges
    least, below = solved(left.low)
    # The answer shown is that of the highest value; its total spans both.
    bounded = Span(min(below.total.low, charges.total.low), charges.total.high)
    same = below.total == charges.total
    return Span(least.low, value.high), Charges(
        charges.duty if same else None,
        charges.fees if same else None,
        bounded,
        charges.raw,
        charges.options if same else (),
        charges.prohibited,
    )


def _ungross(amount: Decimal, ask: Callable[[Decimal], Charges]) -> tuple[Span, Charges]:
    """The value v, to the cent, of which v + duty(v) + fees(v) is nearest below or at `amount`.

    Charges never fall as the value rises, so the cents between 0 and `amount` can be halved. With open facts the
    bounds of the charges are solved each by itself."""

    def solve(side: Callable[[Charges], Decimal | None]) -> Decimal:
        low, high = 0, int(amount / CENT)
        while low < high:
            middle = (low + high + 1) // 2
            due = side(ask(middle * CENT)) or ZERO
            low, high = (middle, high) if middle * CENT + due <= amount else (low, middle - 1)
        return low * CENT

    top = solve(lambda c: c.total.low)
    charges = ask(top)
    if charges.total.exact is not None:
        return Span.of(top), charges
    bottom = solve(lambda c: c.total.high) if charges.total.high is not None else ZERO
    return Span(cents(bottom), cents(top)), charges


def _days(case: Case, lane: Lane | None) -> tuple[int, int] | None:
    if case.transit_days is not None:
        return case.transit_days, case.transit_days
    return lane.days if lane else None


def _carrying(price: Decimal, rule: Terms, lane: Lane | None, days: tuple[int, int] | None, card: Card) -> Span:
    """Capital tied up from delivery under the rule to arrival: price × rate a year × mean days / 365."""
    if rule.delivered == "destination":
        return Span.of(ZERO)
    if days is None:
        return Span(ZERO, None)
    low, high = days
    if rule.delivered == "terminal" and lane is not None and (before := lane.leg("origin_inland")) is not None:
        total = lane.days
        if total == days:  # a transit time that the request gave counts from delivery as it is
            low, high = low - before.days[0], high - before.days[1]
    return Span.of(price * card.carrying_percent / 100 * Decimal(low + high) / 2 / 365)

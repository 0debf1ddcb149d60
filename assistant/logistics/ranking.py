"""The order of scenarios by landed cost, and what would change it.

Exact totals are ranked by amount, ties share a place. A total that is a range counts by its middle, and every place it
could take is told; one without an upper bound comes last, one that may not enter is not ranked.

Flip points are found on the engine itself, not on an approximation: the whole scenario is worked out again at a
trial price, and the last tick of price at which the order still stands is bracketed and halved. (Landed cost rises
with the price, so there is one.) What freight may rise to needs no search: it adds dollar for dollar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from assistant.logistics.freight import Span
from assistant.logistics.landed import Worked

Again = Callable[[Worked, Decimal], Worked]  # the same case at another unit price
Without = Callable[[Worked, bool | None], Worked]  # ... with origin proven (True), not (False), no claim (None)


@dataclass(frozen=True)
class Standing:
    """A scenario's place. `best`/`worst`: places still open; None for one that cannot be ranked."""

    index: int
    rank: int | None
    best: int | None
    worst: int | None
    total: Span

    @property
    def certain(self) -> bool:
        return self.rank is not None and self.best == self.worst


def middle(total: Span) -> Decimal | None:
    return None if total.high is None else (total.low + total.high) / 2


def order(worked: Sequence[Worked]) -> list[Standing]:
    """Places of all scenarios, best first; of equal ones by name, so that the input's order plays no part."""
    barred = [w.charges.prohibited for w in worked]
    totals = [w.total for w in worked]
    free = [i for i in range(len(worked)) if not barred[i]]

    def key(i: int) -> tuple[bool, Decimal, Decimal]:
        mid = middle(totals[i])
        return (mid is None, totals[i].low if mid is None else mid, totals[i].high or totals[i].low)

    placed = sorted(free, key=lambda i: (key(i), worked[i].case.name))
    standings = []
    for i in placed:
        ahead = [j for j in free if key(j) < key(i)]
        surely_ahead = [j for j in free if (h := totals[j].high) is not None and h < totals[i].low]
        high = totals[i].high
        maybe_ahead = [j for j in free if j != i and (high is None or totals[j].low < high)]
        standings.append(Standing(i, 1 + len(ahead), 1 + len(surely_ahead), 1 + len(maybe_ahead), totals[i]))
    rest = sorted((i for i in range(len(worked)) if barred[i]), key=lambda i: worked[i].case.name)
    return [*standings, *(Standing(i, None, None, None, totals[i]) for i in rest)]


def tick(price: Decimal) -> Decimal:
    """The step of a unit price: a cent, or finer where the price itself is given finer or is below a dollar."""
    exponent = price.normalize().as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2, 4 if price < 1 else 2)
    return Decimal(1).scaleb(-min(places, 6))


def highest_price(worked: Worked, again: Again, holds: Callable[[Span], bool], ceiling: Decimal) -> Decimal | None:
    """The highest unit price, in whole ticks, up to `ceiling` at which `holds(total)`; None when it holds at none.

    `holds` must be true up to some total and false from there on."""
    step = tick(worked.case.unit_price)
    memory: dict[int, bool] = {}

    def good(n: int) -> bool:
        if n not in memory:
            memory[n] = n > 0 and holds(again(worked, n * step).total)
        return memory[n]

    top = int((ceiling / step).to_integral_value(ROUND_FLOOR))
    low, high = 0, top + 1  # holds at `low` (0 stands for "at no price"), not known to at `high`
    start = int((worked.case.unit_price / step).to_integral_value(ROUND_FLOOR))
    reach = 1
    if 0 < start <= top:
        if good(start):
            low = start
            while low + reach <= top and good(low + reach):
                low, reach = low + reach, reach * 2
            high = min(high, low + reach)
        else:
            high = start
            while high - reach > 0 and not good(high - reach):
                high, reach = high - reach, reach * 2
            low = max(0, high - reach)
            if low > 0 and not good(low):
                low = 0
    while high - low > 1:
        half = (low + high) // 2
        low, high = (half, high) if good(half) else (low, half)
    return low * step if low > 0 else None


@dataclass(frozen=True)
class FlipPoint:
    """One thing that would change the order; see `types.Flip`."""

    kind: str
    index: int
    against: int | None
    threshold: Decimal | None
    now: Decimal | None
    landed: Decimal | None
    changes: bool
    variant: str


def flips(worked: Sequence[Worked], standings: Sequence[Standing], again: Again, claim: Without) -> list[FlipPoint]:
    """What would change the order: prices, freight and the preference of the cheapest; price cuts of the others."""
    ranked = [s for s in standings if s.rank is not None]
    if len(ranked) < 2:
        return []
    first, second = ranked[0], ranked[1]
    found: list[FlipPoint] = []
    lead, follow = first.total.exact, second.total.exact
    if lead is not None and follow is not None:
        found += _of_the_first(worked, first, second, again)
        for other in ranked[1:]:
            if other.total.exact is not None:
                found += _price_cut(worked, other, first, again)
    for standing in ranked:
        found += _preference(worked, standings, standing, claim)
    return found


def _of_the_first(worked: Sequence[Worked], first: Standing, second: Standing, again: Again) -> list[FlipPoint]:
    limit = second.total.low
    own = worked[first.index]
    price = own.case.unit_price
    # Landed cost is at least the price, so no price above the other's landed cost per unit can hold.
    ceiling = max(price, limit / own.case.quantity)
    last = highest_price(own, again, lambda total: total.high is not None and total.high <= limit, ceiling)
    found = []
    if last is not None:
        found.append(FlipPoint("unit_price", first.index, second.index, last, price, None, True, "rises"))
    freight = own.freight.exact
    if freight:
        spare = limit - first.total.low
        found.append(
            FlipPoint("freight", first.index, second.index, freight + spare, freight, None, True, "freight_rises")
        )
    return found


def _price_cut(worked: Sequence[Worked], other: Standing, first: Standing, again: Again) -> list[FlipPoint]:
    limit = first.total.low
    own = worked[other.index]
    price = own.case.unit_price
    if other.total.low <= limit:
        return []
    last = highest_price(own, again, lambda total: total.high is not None and total.high < limit, price)
    if last is None:
        return [FlipPoint("unit_price", other.index, first.index, None, price, None, False, "never")]
    return [FlipPoint("unit_price", other.index, first.index, last, price, None, True, "falls")]


def _preference(
    worked: Sequence[Worked], standings: Sequence[Standing], standing: Standing, claim: Without
) -> list[FlipPoint]:
    """What the order would be were a claimed preference lost, or an open one decided either way."""
    own = worked[standing.index]
    stated = own.case.preference
    if stated is None:
        return _unclaimed(worked, standings, standing)
    trials: list[tuple[str, bool | None]] = [] if stated.originating else [("proven", True)]
    if stated.originating is not False:
        trials.append(("lost", None))
    found = []
    for variant, fact in trials:
        other = claim(own, fact)
        if other.total == own.total:
            continue
        swapped = [other if i == standing.index else w for i, w in enumerate(worked)]
        places = {s.index: s.rank for s in order(swapped)}
        changed = places != {s.index: s.rank for s in standings}
        leader = next(i for i, r in sorted(places.items()) if r == 1)
        found.append(
            FlipPoint(
                "preference",
                standing.index,
                leader if leader != standing.index else None,
                None,
                own.total.exact,
                other.total.exact,
                changed,
                variant,
            )
        )
    return found


def _unclaimed(worked: Sequence[Worked], standings: Sequence[Standing], standing: Standing) -> list[FlipPoint]:
    """A preference that nobody claimed and that would lower the charges, by the duty engine's own options."""
    own = worked[standing.index]
    due = own.charges.total.exact
    if due is None or own.total.exact is None or own.duty_paid_by_seller:
        return []
    found = []
    for name, amount in own.charges.options:
        if amount is None or amount >= due:
            continue
        landed = own.total.exact - due + amount
        ahead = [s for s in standings if s.rank is not None and s.index != standing.index]
        leader = min(ahead, key=lambda s: s.total.low, default=None)
        beats = leader is None or landed <= leader.total.low
        rank = 1 + sum(1 for s in ahead if s.total.low < landed)
        found.append(
            FlipPoint(
                "preference",
                standing.index,
                None if beats or leader is None else leader.index,
                None,
                own.total.exact,
                landed,
                rank != standing.rank,
                f"available:{name}",
            )
        )
    return found


def at_price(price: Decimal, worked: Worked) -> Worked:
    """`worked` with another unit price in its case, for callers that work it out again."""
    return replace(worked, case=replace(worked.case, unit_price=price))

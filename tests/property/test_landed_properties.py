"""Laws of the comparison: order plays no part, a higher price never helps, parts add up, nothing is counted twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.logistics.freight import ZERO, Load, Span, embedded
from assistant.logistics.landed import Case, work_out
from assistant.logistics.outline import scenario_out
from assistant.logistics.ranking import highest_price, order, tick
from assistant.logistics.types import Claim
from tests.unit.test_landed import COSTS, JUAREZ, SHENZHEN, case, customs

RULES = ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
CARD = embedded()
DUTY = customs(mpf=True)


@st.composite
def scenarios(draw: st.DrawFn, name: str = "s") -> Case:
    near = draw(st.booleans())
    mode = draw(st.sampled_from(("truck", "rail", "ocean", "air") if near else ("ocean", "air")))
    return case(
        name=name,
        site=JUAREZ if near else SHENZHEN,
        origin="MX" if near else "CN",
        mode=mode,
        incoterm=draw(st.sampled_from(RULES)),
        unit_price=Decimal(draw(st.integers(50, 9000))) / 100,
        named_place=draw(st.sampled_from((None, "terminal", "port_of_entry"))),
        preference=draw(st.sampled_from((None, *(Claim(program="USMCA", originating=o) for o in (True, False, None))))),
        costs=draw(st.sampled_from((COSTS, {}, {"main_freight": Decimal(900)}))),
        identified=draw(st.booleans()),
        transit_days=draw(st.sampled_from((None, 0, 30))),
        lot=Load(draw(st.sampled_from((None, Decimal(40), Decimal(2500), Decimal(60000)))), None),
    )


@st.composite
def sets(draw: st.DrawFn) -> list[Case]:
    return [draw(scenarios(f"s{i}")) for i in range(draw(st.integers(2, 5)))]


@settings(max_examples=60, deadline=None)
@given(sets(), st.randoms(use_true_random=False))
def test_order_of_input_plays_no_part(cases: list[Case], random: object) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    places = []
    for some in (cases, shuffled):
        worked = [work_out(c, DUTY, CARD) for c in some]
        places.append([(s.rank, s.best, s.worst, worked[s.index].case.name) for s in order(worked)])
    assert places[0] == places[1]


@settings(max_examples=60, deadline=None)
@given(sets(), st.integers(1, 2000))
def test_a_higher_price_never_improves_a_place(cases: list[Case], more: int) -> None:
    before = {s.index: s for s in order([work_out(c, DUTY, CARD) for c in cases])}
    dearer = [replace(cases[0], unit_price=cases[0].unit_price + Decimal(more) / 100), *cases[1:]]
    after = {s.index: s for s in order([work_out(c, DUTY, CARD) for c in dearer])}
    assert (after[0].rank or 0) >= (before[0].rank or 0)
    assert after[0].total.low >= before[0].total.low


@settings(max_examples=100, deadline=None)
@given(scenarios())
def test_parts_that_the_buyer_pays_add_up(one: Case) -> None:
    worked = work_out(one, DUTY, CARD)
    parts = scenario_out(worked, CARD, "en", None).parts
    total = Span.of(ZERO)
    for part in parts:
        assert part.paid_by == "buyer" or part.amount == 0  # what is in the price is not paid again
        total += Span.of(part.amount) if part.amount is not None else Span(part.range.min, part.range.max)  # type: ignore[union-attr]
    assert total == worked.total
    assert len({p.name for p in parts}) == len(parts)


@settings(max_examples=100, deadline=None)
@given(scenarios())
def test_every_cost_is_in_the_price_or_beside_it(one: Case) -> None:
    worked = work_out(one, DUTY, CARD)
    assert not worked.buyer & set(worked.deducted)
    assert worked.value.low >= 0 and (worked.value.high or 0) <= worked.price + one.additions


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5_000_000), st.sampled_from((True, False)))
def test_ddp_value_and_charges_make_up_the_price(cents_: int, mpf: bool) -> None:
    price = Decimal(cents_) / 100 + 3000
    duty = customs(mpf=mpf)
    worked = work_out(case(incoterm="DDP", unit_price=price, quantity=Decimal(1)), duty, CARD)
    held = worked.price - sum((s.low for s in worked.deducted.values()), ZERO)
    due = worked.charges.total.exact
    assert due is not None
    gap = held - (worked.value.low + due)
    assert ZERO <= gap < Decimal("0.03")  # a cent more of value would cost more than is left


@settings(max_examples=40, deadline=None)
@given(scenarios(), st.integers(1000, 90000))
def test_the_threshold_price_is_the_last_that_holds(one: Case, limit_: int) -> None:
    limit = Decimal(limit_)

    def holds(total: Span) -> bool:
        return total.high is not None and total.high <= limit

    again = lambda worked, price: work_out(replace(worked.case, unit_price=price), DUTY, CARD)  # noqa: E731
    worked = work_out(one, DUTY, CARD)
    last = highest_price(worked, again, holds, limit)
    step = tick(one.unit_price)
    if last is None:
        assert not holds(again(worked, step).total)
    else:
        assert holds(again(worked, last).total)
        assert not holds(again(worked, last + step).total) or last + step > limit


@pytest.mark.parametrize("rule", RULES)
def test_shifting_a_cost_into_the_price_is_neutral_before_customs(rule: str) -> None:
    """With no duty, paying for freight inside the price or beside it lands at the same amount."""
    free = customs(Decimal(0), Decimal(0))
    bare = work_out(case(incoterm="EXW"), free, CARD)
    worked = work_out(case(incoterm=rule), free, CARD)
    held = sum((amount for name, amount in COSTS.items() if name in worked.terms.seller), ZERO)
    dearer = work_out(case(incoterm=rule, unit_price=Decimal(10) + held / 1000), free, CARD)
    assert dearer.total == bare.total

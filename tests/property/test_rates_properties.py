"""Laws that reading and computing rates keep for any input."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assistant.customs.rates import Component, compute, parse_rate, parse_special, print_component

CENT = Decimal("0.01")
values = st.decimals(min_value=0, max_value=10**9, places=2)
percents = st.decimals(min_value=0, max_value=3, places=4).map(lambda v: Component("ad_valorem", v))
UNITS = [
    "kg",
    "No.",
    "liters",
    "doz.",
    "prs.",
    "m2",
    "m3",
    "t",
    "bbl",
    "pf.liters",
    "gross",
    "cy kg",
    "Jwls.",
    "gr.lines",
]
specifics = st.builds(
    lambda value, unit, per: Component("specific", value, unit, Decimal(per) if unit == "No." else Decimal(1)),
    st.decimals(min_value=0, max_value=5000, places=6),
    st.sampled_from(UNITS),
    st.sampled_from([1, 1000]),
)
alphabet = "0123456789.%¢$/+ ,()ABFreducatlshokgin-<>&;\n\u00a0²½"


@given(st.one_of(st.text(max_size=200), st.text(alphabet=alphabet, max_size=80)))
def test_reading_is_total_and_never_frees_unknown_text(text: str) -> None:
    rate = parse_rate(text)
    parse_special(text)
    result = compute(rate, Decimal(100), {})
    assert (result.amount is None) == (result.reason is not None)
    if rate.unparsed or rate.kind in ("none", "other"):
        assert result.amount is None
    if result.amount == 0 and rate.kind == "free":
        assert rate.printed.lower().startswith("free")


@given(st.lists(st.one_of(percents, specifics), min_size=1, max_size=4))
def test_printing_and_reading_give_the_same_terms(terms: list[Component]) -> None:
    rate = parse_rate(" + ".join(print_component(term) for term in terms))
    assert not rate.unparsed
    assert rate.components == tuple(terms)


@given(st.lists(percents, min_size=1, max_size=3), values, values)
def test_ad_valorem_is_linear_up_to_the_rounding(terms: list[Component], one: Decimal, two: Decimal) -> None:
    rate = parse_rate(" + ".join(print_component(term) for term in terms))
    parts = [compute(rate, value, {}).amount for value in (one, two, one + two)]
    assert all(part is not None for part in parts)
    first, second, both = (part or Decimal(0) for part in parts)
    assert abs(first + second - both) <= CENT


@given(specifics, percents, values, st.decimals(min_value=0, max_value=10**6, places=3))
def test_a_compound_rate_costs_what_its_terms_cost(
    specific: Component, percent: Component, value: Decimal, quantity: Decimal
) -> None:
    at_hand = {specific.unit or "": quantity}
    texts = [print_component(specific), print_component(percent)]
    alone = [compute(parse_rate(text), value, at_hand).amount or Decimal(0) for text in texts]
    together = compute(parse_rate(" + ".join(texts)), value, at_hand).amount
    assert together is not None
    assert abs(sum(alone, Decimal(0)) - together) <= CENT


@given(specifics, values)
def test_a_missing_quantity_is_named_and_never_zero(specific: Component, value: Decimal) -> None:
    result = compute(parse_rate(print_component(specific)), value, {})
    assert result.amount is None
    assert result.missing_units == (specific.unit,)

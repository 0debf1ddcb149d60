"""Properties of the origin engine over generated bills of materials, on the embedded rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.customs.origin import OriginRequest, Rules, verdict_of

RULES = Rules.load()
GOODS = ("8544.30.00", "8481.80.30", "8501.40.40", "9403.60.80", "3926.90.99", "8708.30.50", "6109.10.00", "8537.10.91")
INPUTS = ("7408.11.60", "8481.90.90", "8503.00.65", "3903.30.00", "7318.15.20", "8536.90.40", "5205.12.10",
          "8708.99.81", "9403.90.80", "6006.22.90", "8538.90.81")  # fmt: skip
MONEY = st.integers(min_value=1, max_value=60_000).map(lambda cents: str(Decimal(cents) / 100))


@st.composite
def materials(draw: st.DrawFn) -> dict[str, Any]:
    status = draw(st.sampled_from([True, False, None]))
    return {
        "hts": draw(st.sampled_from([*INPUTS, None])),
        "origin": draw(st.sampled_from(["MX", "US", None] if status is not False else ["CN", "DE", "MX"])),
        "originating": status,
        "value": draw(st.one_of(MONEY, MONEY, MONEY, st.none())),
        "description": draw(st.sampled_from(["", "part", "printed circuit assembly"])),
    }


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    facts: dict[str, Any] = {"production_country": draw(st.sampled_from(["MX", "US", "CA"]))}
    for key, values in (
        ("end_use", ["other", "passenger vehicle", "heavy truck"]),
        ("cut_and_sewn_in", ["MX", "CN"]),
        ("contains_pockets", [False, True]),
        ("processes", [[], ["chemical_reaction"]]),
        ("component_nonqualifying_yarn_weight_pct", ["5", "20"]),
    ):
        if draw(st.booleans()):
            facts[key] = draw(st.sampled_from(values))
    return {
        "hts": draw(st.sampled_from(GOODS)),
        "as_of": "2026-06-15",
        "transaction_value": draw(st.one_of(st.just("900.00"), st.none())),
        "net_cost": draw(st.one_of(st.just("700.00"), st.none())),
        "facts": facts,
        "materials": draw(st.lists(materials(), min_size=1, max_size=5)),
    }


def verdict(body: dict[str, Any]) -> str:
    return verdict_of(OriginRequest.model_validate(body), RULES)


@settings(max_examples=150, deadline=None)
@given(bodies(), st.data())
def test_making_a_material_originating_never_loses_origin(body: dict[str, Any], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(body["materials"]) - 1))
    better = [dict(m) for m in body["materials"]]
    better[index] |= {"originating": True, "origin": "US"}
    before, after = verdict(body), verdict({**body, "materials": better})
    order = ["does_not_qualify", "cannot_tell", "qualifies"]
    assert order.index(after) >= order.index(before)


@settings(max_examples=100, deadline=None)
@given(bodies(), st.data())
def test_more_originating_value_in_the_price_never_loses_origin(body: dict[str, Any], data: st.DataObject) -> None:
    if body["transaction_value"] is None or body["net_cost"] is None:
        return
    extra = data.draw(st.integers(1, 2000))
    home = {"hts": "3903.30.00", "origin": "US", "originating": True, "value": str(extra)}
    richer = {
        **body,
        "materials": [*body["materials"], home],
        "transaction_value": str(Decimal(body["transaction_value"]) + extra),
        "net_cost": str(Decimal(body["net_cost"]) + extra),
    }
    if verdict(body) == "qualifies":
        assert verdict(richer) == "qualifies"


@settings(max_examples=150, deadline=None)
@given(bodies(), st.data())
def test_splitting_a_material_in_two_changes_nothing(body: dict[str, Any], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(body["materials"]) - 1))
    whole = body["materials"][index]
    if whole["value"] is None:
        return
    half = (Decimal(whole["value"]) / 2).quantize(Decimal("0.01"))
    parts = [{**whole, "value": str(half)}, {**whole, "value": str(Decimal(whole["value"]) - half)}]
    split = [*body["materials"][:index], *parts, *body["materials"][index + 1 :]]
    assert verdict({**body, "materials": split}) == verdict(body)


@settings(max_examples=150, deadline=None)
@given(bodies(), st.randoms(use_true_random=False))
def test_order_does_not_matter(body: dict[str, Any], random: Any) -> None:
    mixed = list(body["materials"])
    random.shuffle(mixed)
    assert verdict({**body, "materials": mixed}) == verdict(body)

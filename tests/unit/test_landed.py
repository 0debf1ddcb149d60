"""Landed cost: scenarios by hand over all Incoterms 2020 rules, the order, and what flips it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.errors import InvalidInput
from assistant.logistics.compare import compare
from assistant.logistics.freight import Load, Span, cents, embedded, with_prices
from assistant.logistics.landed import Case, Charges, Duty, Entry, Worked, work_out
from assistant.logistics.lanes import Site
from assistant.logistics.ranking import order
from assistant.logistics.tables import load
from assistant.logistics.types import Claim, CompareResponse

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "landed.yaml").read_text(encoding="utf-8"))
COSTS = {
    name: Decimal(amount)
    for name, amount in {
        "export_clearance": 100,
        "origin_inland": 400,
        "origin_terminal": 150,
        "main_freight": 2000,
        "insurance": 60,
        "destination_inland": 500,
        "unloading": 80,
        "import_clearance": 200,
    }.items()
}
LAREDO = Site("Laredo", "US", (27.506, -99.507))
JUAREZ = Site("Ciudad Juárez", "MX", (31.690, -106.424))
SHENZHEN = Site("Shenzhen", "CN", (22.543, 114.058))
DAY = date(2026, 6, 15)


def customs(percent: Decimal = Decimal(5), fee: Decimal = Decimal(100), mpf: bool = False) -> Duty:
    """A duty engine of one rate; a preference that qualifies lifts everything."""

    def ask(entry: Entry) -> Charges:
        duty = cents(entry.value * percent / 100)
        due = min(max(cents(entry.value * Decimal("0.003464")), Decimal("33.58")), Decimal("651.50")) if mpf else fee
        claim = entry.preference
        if claim and claim.originating:
            return Charges(Decimal(0), Decimal(0), Span.of(Decimal(0)), {})
        if claim and claim.originating is None:
            return Charges(None, None, Span(Decimal("0.00"), duty + due), {})
        return Charges(duty, due, Span.of(duty + due), {})

    return ask


def case(**more: Any) -> Case:
    base = Case(
        name="x",
        site=SHENZHEN,
        origin="CN",
        destination=LAREDO,
        unit_price=Decimal(10),
        quantity=Decimal(1000),
        incoterm="FCA",
        mode="ocean",
        costs=COSTS,
        transit_days=0,
    )
    return replace(base, **more)


def from_row(row: dict[str, Any]) -> Worked:
    mode = row.get("mode", "ocean")
    claim = Claim(program="USMCA", originating=row["preference"]) if "preference" in row else None
    built = case(
        incoterm=row["incoterm"],
        mode=mode,
        named_place=row.get("named"),
        unit_price=Decimal(str(row.get("price", 10))),
        costs={k: v for k, v in COSTS.items() if k not in row.get("without", ())},
        additions=Decimal(row.get("additions", 0)),
        identified=row.get("identified", True),
        through_shipment=row.get("through", False),
        transit_days=row.get("days", 0),
        preference=claim,
    )
    duty = customs(Decimal(row.get("duty", 5)), Decimal(row.get("fee", 100)), row.get("mpf", False))
    return work_out(built, duty, embedded())


@pytest.mark.parametrize("row", CASES, ids=[c["id"] for c in CASES])
def test_case_by_hand(row: dict[str, Any]) -> None:
    worked = from_row(row)
    assert worked.value.exact == Decimal(row["value"]), row["because"]
    if "range" in row:
        assert worked.total.exact is None
        assert [worked.total.low, worked.total.high] == [Decimal(x) for x in row["range"]], row["because"]
    else:
        assert worked.total.exact == Decimal(row["total"]), row["because"]


def test_cases_cover_every_rule() -> None:
    assert {c["incoterm"] for c in CASES} == set(load("incoterms.yaml")["rules"])
    assert len(load("incoterms.yaml")["rules"]) == 11 and len(CASES) >= 25
    assert all(c["because"] for c in CASES)


def side_by_side(cases: list[Case], language: str = "en", duty: Duty | None = None) -> CompareResponse:
    return compare(cases, duty or customs(), embedded(), hts="8544300000", day=DAY, language=language)


def mexican(**more: Any) -> Case:
    claim = Claim(program="USMCA", originating=True)
    built = case(name="Juárez", site=JUAREZ, origin="MX", mode="truck", incoterm="DAP", preference=claim)
    return replace(built, **more)


def test_flip_points_are_exact() -> None:
    # Juárez DAP 10.00, qualifying: 10,000 + 80 + 200 = 10,280.
    # Shenzhen FOB at 7.00: 7,000 + 2,840 + 350 + 100 = 10,290.
    answer = side_by_side([mexican(), case(name="Shenzhen", incoterm="FOB", unit_price=Decimal(7))])
    assert [(r.scenario, r.landed_cost) for r in answer.ranking] == [
        ("Juárez", Decimal("10280.00")),
        ("Shenzhen", Decimal("10290.00")),
    ]
    price = next(f for f in answer.ranking[0].flips if f.kind == "unit_price")
    assert price.threshold == Decimal("10.01")  # 10,010 + 280 = 10,290 still ties; 10.02 does not
    lost = next(f for f in answer.ranking[0].flips if f.kind == "preference")
    # value 10,000 - 2,560 = 7,440; duty 372 + fees 100: 10,752
    assert (lost.landed_cost, lost.against, lost.changes_order) == (Decimal("10752.00"), "Shenzhen", True)
    cut = next(f for f in answer.ranking[1].flips if f.kind == "unit_price")
    assert cut.threshold == Decimal("6.99")  # 1.05 p x 1,000 + 2,940 < 10,280: p < 6.9904…
    assert not [f for f in answer.ranking[0].flips if f.kind == "freight"]  # all of it is in the price


def test_freight_flip_adds_dollar_for_dollar() -> None:
    near = case(name="near", incoterm="FOB", unit_price=Decimal(7))  # 10,290, freight beside the price 2,500
    far = case(name="far", incoterm="FOB", unit_price=Decimal(8))  # 8,000 + 2,840 + 400 + 100 = 11,340
    row = side_by_side([far, near]).ranking[0]
    freight = next(f for f in row.flips if f.kind == "freight")
    assert (freight.now, freight.threshold) == (Decimal("2500.00"), Decimal("3550.00"))
    dearer = {**COSTS, "main_freight": COSTS["main_freight"] + Decimal("1050.01")}
    assert side_by_side([far, replace(near, costs=dearer)]).ranking[0].scenario == "far"


def test_flips_read_alike_in_both_languages() -> None:
    cases = [mexican(), case(name="Shenzhen", incoterm="FOB", unit_price=Decimal(7))]
    english, spanish = side_by_side(cases), side_by_side(cases, "es")
    assert [[(f.kind, f.threshold, f.landed_cost) for f in r.flips] for r in english.ranking] == [
        [(f.kind, f.threshold, f.landed_cost) for f in r.flips] for r in spanish.ranking
    ]
    assert english.summary != spanish.summary


def test_texts_have_the_same_placeholders() -> None:
    import re

    for key, row in load("texts.yaml").items():
        assert set(row) == {"en", "es"}, key
        assert set(re.findall(r"{(\w+)}", row["en"])) == set(re.findall(r"{(\w+)}", row["es"])), key


def test_unknown_preference_keeps_a_range_and_open_places() -> None:
    unknown = mexican(preference=Claim(program="USMCA", originating=None))  # 10,280 to 10,752
    answer = side_by_side([unknown, case(name="Shenzhen", incoterm="FOB", unit_price=Decimal(7))])  # 10,290
    first, second = answer.ranking
    assert (first.scenario, first.best, first.worst, first.certain) == ("Shenzhen", 1, 2, False)
    assert (second.best, second.worst) == (1, 2) and second.range is not None
    proven = [f for f in second.flips if f.kind == "preference" and f.changes_order]
    assert [f.landed_cost for f in proven] == [Decimal("10280.00")]


def test_ranges_that_do_not_meet_are_certain() -> None:
    unknown = mexican(preference=Claim(program="USMCA", originating=None))
    answer = side_by_side([unknown, case(name="dear", incoterm="FOB", unit_price=Decimal(20))])
    assert [r.certain for r in answer.ranking] == [True, True]


def test_prohibited_goods_are_not_ranked() -> None:
    def duty(entry: Entry) -> Charges:
        charged = customs()(entry)
        return replace(charged, prohibited=entry.origin == "CN")

    answer = side_by_side([case(name="barred"), mexican()], duty=duty)
    assert [(r.scenario, r.rank) for r in answer.ranking] == [("Juárez", 1), ("barred", None)]


def test_weight_unknown_gives_a_range_and_asks() -> None:
    bare = case(name="bare", costs={}, transit_days=None, incoterm="FOB")
    out = side_by_side([bare, mexican()]).scenarios[0]
    assert out.landed_cost is None and out.range is not None and out.range.max is not None
    assert "unit_weight_kg" in [q.name for q in out.needs_facts]
    weighed = work_out(replace(bare, lot=Load(Decimal(3000), None)), customs(), embedded())
    assert out.range.min <= (weighed.total.exact or 0) <= out.range.max


def test_no_lane_asks_for_costs_instead_of_charging_nothing() -> None:
    out = side_by_side([case(name="train", mode="rail", costs={}, transit_days=None), mexican()]).scenarios[0]
    assert out.landed_cost is None and out.range is not None and out.range.max is None
    assert [q.name for q in out.needs_facts] == ["costs"]


def test_own_rate_card_replaces_only_what_it_names() -> None:
    card = with_prices(embedded(), {"truck": {"full_per_km": "1.80"}, "carrying_percent": "12"})
    assert card.price("truck", "full_per_km") == Decimal("1.80") and card.carrying_percent == 12
    assert card.price("rail", "full_per_km") == embedded().price("rail", "full_per_km")
    assert card.own == ("truck.full_per_km", "carrying_percent")


BAD_CARDS: list[dict[str, Any]] = [
    {"truck": {"speed": "1"}},
    {"trucks": {}},
    {"truck": {"full_per_km": "-1"}},
    {"ocean": {"payload_kg": "0"}},
    {"carrying_percent": "much"},
]


@pytest.mark.parametrize("given", BAD_CARDS)
def test_bad_rate_card_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        with_prices(embedded(), given)
    assert refused.value.hint


def test_ties_share_a_place() -> None:
    twins = [work_out(case(name=n), customs(), embedded()) for n in ("b", "a")]
    assert [(s.rank, twins[s.index].case.name) for s in order(twins)] == [(1, "a"), (1, "b")]

"""Sampling plans against the standard's tables, and pilot-to-scale plans by hand."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InvalidInput
from assistant.sourcing.sampling import acceptable_levels, sampling_plan
from assistant.sourcing.scale_types import ScaleRequest, ScaleResponse
from assistant.sourcing.scale_up import plan
from assistant.sourcing.terms import load_yaml
from assistant.sourcing.types import Profile
from assistant.sourcing.vocabulary import Vocabulary

DAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("lot", "aql", "level", "letter", "plan_letter", "sample", "accept"),
    [
        (500, "2.5", "II", "H", "H", 50, 3),
        (1000, "1.0", "II", "J", "J", 80, 2),
        (3200, "0.65", "II", "K", "K", 125, 2),
        (10_000, "4.0", "II", "L", "L", 200, 14),
        (10_000, "1.5", "II", "L", "L", 200, 7),
        (35_000, "4.0", "II", "M", "M", 315, 21),
        (150_000, "4.0", "II", "N", "M", 315, 21),  # arrow up
        (100, "0.65", "II", "F", "F", 20, 0),
        (200, "0.65", "II", "G", "F", 20, 0),  # arrow up
        (300, "0.65", "II", "H", "J", 80, 1),  # arrow down
        (120, "1.0", "II", "F", "E", 13, 0),
        (40, "1.0", "II", "D", "E", 13, 0),
        (30, "2.5", "II", "D", "C", 5, 0),
        (80, "2.5", "II", "E", "F", 20, 1),
        (20, "4.0", "II", "C", "B", 3, 0),
        (60_000, "0.65", "I", "L", "L", 200, 3),
        (60_000, "0.65", "III", "P", "P", 800, 10),
        (1_000_000, "1.0", "II", "Q", "Q", 1250, 21),
    ],
)
def test_sampling_tables(
    lot: int, aql: str, level: Any, letter: str, plan_letter: str, sample: int, accept: int
) -> None:
    found = sampling_plan(lot, aql, level)
    assert (found.letter, found.plan_letter, found.sample, found.accept) == (letter, plan_letter, sample, accept)
    assert found.reject == accept + 1


def test_sample_as_large_as_the_lot_means_every_piece() -> None:
    found = sampling_plan(8, "0.65")  # code A, plan F: 20 of 8
    assert (found.whole_lot, found.sample, found.accept) == (True, 8, 0)


@settings(max_examples=200)
@given(st.integers(2, 2_000_000), st.sampled_from(acceptable_levels()))
def test_looser_quality_never_accepts_less(lot: int, aql: str) -> None:
    tighter = [a for a in acceptable_levels() if float(a) < float(aql)]
    here = sampling_plan(lot, aql)
    assert here.sample <= lot and here.accept < here.reject
    for other in tighter:
        there = sampling_plan(lot, other)
        assert there.accept / there.sample <= here.accept / here.sample or there.accept == 0


@pytest.mark.parametrize(("lot", "aql"), [(1, "1.0"), (100, "0.9"), (100, "none")])
def test_no_plan(lot: int, aql: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sampling_plan(lot, aql)
    assert refused.value.hint


def plant(**more: Any) -> Profile:
    line = {"process": "injection_molding", "monthly_capacity": 100_000, "utilization": 0.6, "min_order": 1000,
            "pilot_min_order": 100, "lead_time_days": 30, "pilot_lead_time_days": 10}  # fmt: skip
    row: dict[str, Any] = {
        "id": "p",
        "name": "Plant",
        "country": "MX",
        "capabilities": [{**line, **more.pop("line", {})}],
        "certifications": [{"standard": "ISO 13485:2016", "state": "document_seen", "expires": "2026-12-31"}],
    }
    return Profile.model_validate({**row, **more})


def ask(
    others: tuple[Profile, ...] = (), required: tuple[str, ...] = (), language: str = "en", **more: Any
) -> ScaleResponse:
    stages = [
        {"name": "Pilot", "volume": 300, "from": "2026-07-15"},
        {"name": "Ramp", "volume": 10_000, "from": "2026-09-01"},
        {"name": "Scale", "volume": 50_000, "from": "2026-12-01"},
    ]
    profile = more.pop("profile", plant())
    body = {"id": "p", "stages": stages, "last_stage_months": 3, "language": language, **more}
    request = ScaleRequest.model_validate_json(json.dumps(body))
    return plan(request, profile, as_of=DAY, vocabulary=Vocabulary.load(), required=required, others=others)


def test_plan_by_hand() -> None:
    answer = ask(unit_price="4.00", tooling_cost="18030", tooling_lead_time_days=10)
    pilot, ramp, scale = answer.stages
    # 300 + 3 x 10,000 + 3 x 50,000 = 180,300; tooling 18,030 / 180,300 = 0.10 each
    assert answer.total_pieces == 180_300 and answer.tooling_per_unit == Decimal("0.1000")
    assert [s.cost_per_unit for s in answer.stages] == [Decimal("4.1000")] * 3
    assert [s.feasible for s in answer.stages] == [True, True, False] and answer.feasible is False
    assert [len(s.capacity) for s in answer.stages] == [1, 3, 3]
    assert ramp.capacity[0].use_of_free == 0.25 and ramp.capacity[0].use_of_plant == 0.7
    assert scale.shortfall == 10_000  # 40,000 of 100,000 are free
    assert (pilot.order_by, pilot.earliest) == (date(2026, 6, 25), date(2026, 7, 5))  # 10 days and 10 of tooling
    assert ramp.order_by == date(2026, 8, 2)
    assert (pilot.entry.type, pilot.entry.shipment_value) == ("informal", Decimal("1200.00"))
    assert (scale.entry.type, scale.entry.shipment_value) == ("formal", Decimal("200000.00"))
    assert (ramp.end, scale.end) == (date(2026, 11, 30), date(2027, 2, 28))
    assert ramp.inspection and (ramp.inspection.sample, ramp.inspection.accept) == (200, 10)


def test_certificate_that_runs_out_in_the_last_stage() -> None:
    answer = ask(required=("ISO 13485",))
    assert [s.certificates[0].holds for s in answer.stages] == [True, True, False]
    assert answer.stages[2].feasible is False
    assert any("2026-12-31" in text for text in answer.negotiate)


@pytest.mark.parametrize(("expires", "holds"), [("2027-02-27", False), ("2027-02-28", True), ("2027-03-01", True)])
def test_certificate_on_the_days_around_the_end(expires: str, holds: bool) -> None:
    profile = plant(certifications=[{"standard": "ISO 13485:2016", "state": "document_seen", "expires": expires}])
    assert ask(profile=profile, required=("ISO 13485",)).stages[2].certificates[0].holds is holds


def test_a_claim_is_no_certificate() -> None:
    profile = plant(certifications=[{"standard": "ISO 13485:2016", "state": "claimed"}])
    assert [s.feasible for s in ask(profile=profile, required=("ISO 13485",)).stages][:2] == [False, False]


def test_second_source_covers_the_shortfall() -> None:
    small = plant(id="small", name="Small", line={"monthly_capacity": 10_000})
    near = plant(id="near", name="Near")
    far = plant(id="far", name="Far", country="CN", line={"lead_time_days": 5})
    press = plant(id="press", name="Press", line={"process": "stamping"})
    found = ask(others=(small, far, near, press)).stages[2].second_sources
    assert [s.id for s in found] == ["near", "far", "small"] and [s.covers for s in found] == [True, True, False]
    assert found[0].share == 0.2


def test_unknown_capacity_is_neither_yes_nor_no() -> None:
    answer = ask(profile=plant(line={"utilization": None}))
    assert answer.stages[1].feasible is None and answer.feasible is None
    assert "free_capacity" in [q.name for q in answer.needs_facts]


def test_minimum_and_time_that_fail() -> None:
    answer = ask(
        profile=plant(line={"pilot_min_order": 500, "pilot_lead_time_days": 31}),
        stages=[{"name": "Pilot", "volume": 300, "from": "2026-07-15"}],
    )
    assert answer.stages[0].minimum_met is False and answer.stages[0].feasible is False
    assert answer.stages[0].earliest == date(2026, 7, 16)
    assert [r.name for r in answer.stages[0].risks] == ["late"]


def test_plain_limits() -> None:
    with pytest.raises(InvalidInput):
        ask(stages=[{"name": "a", "volume": 1, "from": "2026-07-15"}, {"name": "b", "volume": 2, "from": "2026-07-15"}])
    with pytest.raises(InvalidInput, match="states no capacity"):
        ask(process="forging")
    with pytest.raises(InvalidInput, match="no declara capacidad"):
        ask(process="forging", language="es")


def test_entry_on_both_sides_of_the_limit() -> None:
    at = ask(stages=[{"name": "Pilot", "volume": 625, "from": "2026-08-15"}], unit_price="4.00").stages[0].entry
    over = ask(stages=[{"name": "Pilot", "volume": 626, "from": "2026-08-15"}], unit_price="4.00").stages[0].entry
    assert (at.type, over.type) == ("informal", "formal")
    assert ask(profile=plant(country="US"), unit_price="4.00").stages[0].entry.type == "domestic"
    assert ask().stages[0].entry.type == "unknown"


def test_languages_give_the_same_figures() -> None:
    english, spanish = ask(unit_price="4.00"), ask(unit_price="4.00", language="es")
    keep = {"capacity", "order_by", "cost_per_unit", "shortfall", "feasible", "pieces", "inspection"}
    assert [s.model_dump(include=keep) for s in english.stages] == [s.model_dump(include=keep) for s in spanish.stages]
    assert english.negotiate != spanish.negotiate


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 90_000), st.integers(1, 50_000))
def test_more_volume_never_becomes_feasible(volume: int, more: int) -> None:
    def shortfall(size: int) -> float:
        return ask(stages=[{"name": "Scale", "volume": size, "from": "2026-12-01"}]).stages[0].shortfall

    assert shortfall(volume + more) >= shortfall(volume)


def test_sentences_take_the_same_names() -> None:
    import re

    for group, rows in load_yaml("scale.yaml").items():
        for key, row in rows.items():
            assert set(re.findall(r"{(\w+)}", row["en"])) == set(re.findall(r"{(\w+)}", row["es"])), (group, key)

"""`compare_landed_cost` and `plan_scale_up` as tools over the embedded corpus."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.errors import InvalidInput, NotFound, SourcingError, UnsupportedCurrency
from assistant.tools import call

BODY: dict[str, Any] = {
    "hts": "8544300000",
    "quantity": 10_000,
    "destination_place": "Laredo, TX",
    "entry_date": "2026-06-15",
    "unit_weight_kg": "0.3",
    "scenarios": [
        {"name": "Juárez", "origin": "MX", "origin_place": "Ciudad Juárez", "unit_price": "4.10", "incoterm": "DAP",
         "transport_mode": "truck", "facts": {"vehicle_part": False},
         "preference": {"program": "USMCA", "originating": True, "certificate_on_file": True}},
        {"name": "Shenzhen", "origin": "CN", "origin_place": "Shenzhen", "unit_price": "3.90", "incoterm": "FOB",
         "transport_mode": "ocean", "facts": {"vehicle_part": False}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def services(filled_home: Path) -> Services:
    return open_services(load_settings({"SOURCING_HOME": str(filled_home)}))


def compare(services: Services, **more: Any) -> dict[str, Any]:
    return call(services, "compare_landed_cost", {**BODY, **more})


def test_threshold_prices_hold_to_the_cent(services: Services) -> None:
    first, second = compare(services)["ranking"]
    assert (first["scenario"], second["scenario"]) == ("Juárez", "Shenzhen")
    last = Decimal(next(f["threshold"] for f in first["flips"] if f["kind"] == "unit_price"))
    for step, leader in ((Decimal(0), "Juárez"), (Decimal("0.01"), "Shenzhen")):
        scenarios = [{**BODY["scenarios"][0], "unit_price": str(last + step)}, BODY["scenarios"][1]]
        assert compare(services, scenarios=scenarios)["ranking"][0]["scenario"] == leader
    cut = Decimal(next(f["threshold"] for f in second["flips"] if f["kind"] == "unit_price"))
    for step, leader in ((Decimal(0), "Shenzhen"), (Decimal("0.01"), "Juárez")):
        scenarios = [BODY["scenarios"][0], {**BODY["scenarios"][1], "unit_price": str(cut + step)}]
        assert compare(services, scenarios=scenarios)["ranking"][0]["scenario"] == leader


def test_each_scenario_carries_the_duty_engine_s_answer(services: Services) -> None:
    answer = compare(services)
    for out in answer["scenarios"]:
        asked = {
            "hts": BODY["hts"],
            "origin": out["origin"],
            "entry_date": BODY["entry_date"],
            "customs_value": out["customs_value"],
            "transport_mode": out["transport_mode"],
            "quantities": {"No.": "10000", "kg": "3000"},
            "facts": {"vehicle_part": False},
        }
        if out["name"] == "Juárez":
            asked["preference"] = BODY["scenarios"][0]["preference"]
        duty = call(services, "estimate_duty", asked)
        assert (out["duty"], out["fees"]) == (duty["duty"], duty["fees"])
        assert set(duty["not_covered"]) <= set(out["not_covered"])
        paid = sum(Decimal(p["amount"]) for p in out["parts"] if p["paid_by"] == "buyer")
        assert paid == Decimal(out["landed_cost"])


def test_order_and_language_change_no_figure(services: Services) -> None:
    plain = compare(services)
    other = compare(services, scenarios=BODY["scenarios"][::-1], language="es")

    def figures(answer: dict[str, Any]) -> list[Any]:
        rows = answer["ranking"]
        return [(r["rank"], r["scenario"], r["landed_cost"], [f["threshold"] for f in r["flips"]]) for r in rows]

    assert figures(plain) == figures(other)


def test_a_manufacturer_gives_origin_place_and_lead_time(services: Services) -> None:
    plant = {"manufacturer_id": "paso-alto-arneses", "unit_price": "4.10", "incoterm": "FCA"}
    out = compare(services, scenarios=[plant, BODY["scenarios"][1]])["scenarios"][0]
    assert (out["origin"], out["origin_place"], out["transport_mode"]) == ("MX", "Ciudad Juárez", "truck")
    assert out["lead_time_days"]["min"] >= 28 and out["lane"]["through"][0]["schedule_d"]


def test_country_alone_stands_on_a_stated_assumption(services: Services) -> None:
    scenarios = [{"origin": "Mexico", "unit_price": "4.10"}, {"origin": "Viet Nam", "unit_price": "3.95"}]
    answer = compare(services, scenarios=scenarios)
    assert [o["origin"] for o in answer["scenarios"]] == ["MX", "VN"]
    assert all("stands for" in " ".join(o["assumptions"]) for o in answer["scenarios"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"currency": "EUR"}, UnsupportedCurrency),
        ({"destination_place": "Nowhereville"}, InvalidInput),
        ({"scenarios": BODY["scenarios"][:1]}, InvalidInput),
        ({"scenarios": [{"unit_price": "1"}, BODY["scenarios"][1]]}, InvalidInput),
        ({"scenarios": [{"origin": "MX", "incoterm": "XYZ", "unit_price": "1"}, BODY["scenarios"][1]]}, InvalidInput),
        ({"scenarios": [{"origin": "MX", "origin_place": "Dallas"}, BODY["scenarios"][1]]}, InvalidInput),
        ({"scenarios": [{"origin": "MX"}, BODY["scenarios"][1]]}, InvalidInput),
        ({"scenarios": [{"manufacturer_id": "nobody", "unit_price": "1"}, BODY["scenarios"][1]]}, NotFound),
        ({"rate_card": {"camel": {"per_km": "1"}}}, InvalidInput),
        ({"quantity": 0}, InvalidInput),
    ],
)  # fmt: skip
def test_bad_requests_say_what_to_do(services: Services, change: dict[str, Any], error: type[SourcingError]) -> None:
    with pytest.raises(error) as refused:
        compare(services, **change)
    assert refused.value.message


def test_scale_plan_of_a_stored_plant(services: Services) -> None:
    body = {
        "id": "paso-alto-arneses",
        "as_of": "2026-06-15",
        "stages": [
            {"name": "Pilot", "volume": 500, "from": "2026-08-15"},
            {"name": "Scale", "volume": 200_000, "from": "2027-01-01"},
        ],
    }
    answer = call(services, "plan_scale_up", body)
    pilot, scale = answer["stages"]
    assert (pilot["feasible"], scale["feasible"]) == (True, False)
    # 520,000 at 69 % leave 161,200 free
    assert scale["shortfall"] == 38_800 and scale["second_sources"][0]["covers"]
    with pytest.raises(NotFound):
        call(services, "plan_scale_up", {**body, "id": "nobody"})
    with pytest.raises(InvalidInput):
        call(services, "plan_scale_up", {"stages": body["stages"]})


def test_scale_plan_of_requirements_picks_a_plant(services: Services) -> None:
    body = {
        "requirements": {"processes": ["injection_molding"], "regions": ["Querétaro"]},
        "as_of": "2026-06-15",
        "stages": [{"name": "Scale", "volume": 20_000, "from": "2027-01-01"}],
    }
    answer = call(services, "plan_scale_up", body)
    assert answer["feasible"] is True and answer["process"] == "injection_molding"
    wanted = {"processes": ["injection_molding"], "certifications": ["AS9100D"], "regions": ["Yucatán"]}
    impossible = {**body, "requirements": wanted}
    with pytest.raises(NotFound) as none:
        call(services, "plan_scale_up", impossible)
    assert none.value.hint

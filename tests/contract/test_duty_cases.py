"""Worked duty cases of the shared data folder, exact to the cent; skipped by name where the folder is absent.

The cases state their facts in other words than the contract; `_facts` and `_claim` say how they were read. A case that
the legal text contradicts is in `CONTRADICTED`, with the text and the figure that follows from it.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assistant.customs.duty import estimate
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import DutyRequest, DutyResponse
from ingestion.sources.hts_schedule import ScheduleRow, read_schedule

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "us"
pytestmark = pytest.mark.skipif(not (DATA / "cases").is_dir(), reason="../shared/data/us/cases is not here")
REVISIONS = (
    ("hts_2025_basic", date(2025, 1, 1)),
    ("hts_2025_rev_18", date(2025, 8, 7)),
    ("hts_2026_rev_4", date(2026, 2, 24)),
    ("hts_2026_rev_10", date(2026, 6, 8)),
)

CONTRADICTED = {
    "line_b_mexico_pre_termination_stacks_mfn_section_232_and_note_a_fentanyl": (
        "5260.00",
        "U.S. note 19(f): aluminum products charged under 9903.85.02 are not subject to 9903.01.01 (nor 9903.01.10)",
    ),
    "line_d_canada_section_338_start_stacks_forced_labor": (
        "1000.00",
        "Proclamation 11056 (HTSUS 2026 revision 17) put the start of headings 9903.03.12-.14 off to 2026-08-22",
    ),
}


def _read(name: str) -> list[dict[str, Any]]:
    path = DATA / "cases" / name
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@cache
def _rows(name: str) -> dict[str, ScheduleRow]:
    return {row.hts: row for row in read_schedule(DATA / "hts" / f"{name}.json.gz").rows if len(row.hts) >= 8}


def line_on(hts: str, day: date) -> Line:
    """The row of the official schedule in force, as the catalog would hand it over."""
    name, start = [r for r in REVISIONS if r[1] <= day][-1]
    row = _rows(name)[hts]
    notes = tuple(
        {"columns": list(f.columns), "text": f.text, "headings": list(f.headings), "inherited_from": f.inherited_from}
        for f in row.footnotes
    )
    revision = Revision(name, name, start, False, name, None)
    rates = (row.general or "", row.special or "", row.other or "")
    return Line(hts, (row.description,), tuple(row.units), *rates, revision, footnotes=notes)


def ask(hts: str, origin: str, day: str, value: object, **more: Any) -> DutyResponse:
    body = {"hts": hts, "origin": origin, "entry_date": day, "customs_value": str(value), "transport_mode": "air"}
    request = DutyRequest.model_validate({**body, **more})
    line = line_on(hts, date.fromisoformat(day))
    return estimate(request, line, date.fromisoformat(day), [line.revision])


@pytest.mark.parametrize("case", _read("golden_2026-10-09_rev21.jsonl"), ids=lambda c: str(c["id"]))
def test_golden(case: dict[str, Any]) -> None:
    facts = {} if case["productType"] is None else {"patented": case["productType"] == "patented"}
    more: dict[str, Any] = {"facts": facts}
    if case["claimedSpi"]:
        more["preference"] = {"program": case["claimedSpi"], "originating": True}
    more["quantities"] = {{"NO": "No.", "KG": "kg"}[unit]: n for unit, n in case["quantities"].items()}
    answer = ask(case["hts10"], case["countryOfOrigin"], case["entryDate"], case["customsValueUsd"], **more)
    assert answer.duty == Decimal(case["expectedTotalDutyUsd"])


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    """What a case declares, under the keys of the contract."""
    names = {
        "entry_is_humanitarian_donation_article": ("donation", True),
        "entry_is_personal_use_accompanied_baggage": ("accompanied_baggage", True),
        "entry_loaded_and_in_transit_before_july_24_2026": ("loaded_before", "2026-07-20"),
        "is_postal_shipment": ("entry_type", "postal"),
        "article_is_potash": ("exclusion_heading", "9903.01.05"),  # the heading describes goods, not numbers
    }
    facts = {key: value for name, (key, value) in names.items() if given.get(name)}
    if given.get("entry_is_9802_excepted_entry"):
        facts["chapter_98_provision"] = "9802.00.80"
    elif given.get("entry_is_properly_claimed_chapter_98_entry"):
        facts["chapter_98_provision"] = "9801.00.10"
    if given["country_of_origin"] == "GB":  # the cases take the metal of British aluminum to be British
        facts["uk_metal_95_percent"] = True
    return facts


def _claim(case: dict[str, Any]) -> dict[str, Any] | None:
    given, expected = case["input"], case["expected"]
    if given.get("entry_is_entered_free_of_duty_under_usmca") or given.get("entry_is_usmca_duty_free_entry"):
        return {"program": "S", "originating": True}
    if expected.get("line_b_special_rate_applies") == "holds":
        return {"program": "KR", "originating": True}
    return None


def _share(answer: DutyResponse, kind: str, *headings: str) -> Decimal:
    rows = [x for x in answer.layers if x.kind == kind and x.status == "applied"]
    rows = [x for x in rows if not headings or (x.heading or "").startswith(headings)]
    return sum((x.amount for x in rows if x.amount is not None), Decimal(0)) / answer.customs_value


@pytest.mark.parametrize("case", _read("stacking_rulespec.jsonl"), ids=lambda c: str(c["name"]))
def test_stacking(case: dict[str, Any]) -> None:
    name, given, expected = case["name"], case["input"], case["expected"]
    value = given.get("customs_value", 10000)
    hts = given["hts_number"].replace(".", "")
    facts = _facts(given)
    reduced = expected.get("section_338_reduced_duty_base_applies") == "holds"
    if given.get("entry_is_9802_excepted_entry") and not reduced:
        facts["dutiable_value"] = str(value)  # the case is about the rate: the whole value was added abroad
    answer = ask(hts, given["country_of_origin"], case["date"], value, facts=facts, preference=_claim(case))
    if reduced:  # the base is not stated: the rate stands, the amount waits for the value added abroad
        layer = next(x for x in answer.layers if x.kind == "section_338")
        assert (layer.rate, layer.status, answer.duty) == ("50%", "needs_fact", None)
        assert [q.name for q in answer.needs_facts] == ["facts.dutiable_value"]
    if name in CONTRADICTED:
        assert answer.duty == Decimal(CONTRADICTED[name][0]), CONTRADICTED[name][1]
        return
    if "us_tariff_duty" in expected:
        assert answer.duty == Decimal(str(expected["us_tariff_duty"]))
    shares = {
        "ieepa_component_rate_with_declared_exceptions": _share(answer, "ieepa"),
        "section_122_component_rate": _share(answer, "section_122"),
        "section_201_component_rate": _share(answer, "section_201"),
        "section_232_aluminum_component_rate": _share(answer, "section_232"),
        "section_338_entry_component_rate": _share(answer, "section_338"),
        "china_section_301_component_rate": _share(answer, "section_301", "9903.88", "9903.91", "9903.92"),
        "brazil_section_301_component_rate": _share(answer, "section_301", "9903.05.01"),
        "forced_labor_section_301_entry_component_rate": _share(
            answer, "section_301", *(f"9903.05.{n}" for n in range(20, 85))
        ),
    }
    for key, share in shares.items():
        if key in expected and given.get("is_postal_shipment") is not True:
            assert share == Decimal(str(expected[key])), key

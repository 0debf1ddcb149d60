"""USMCA origin: hand-written cases over every rule form, shapes, languages, errors."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.customs.origin import OriginRequest, OriginResponse, Rules, check, to_preference
from assistant.errors import InvalidInput, NotInForce, UnknownHts, UnsupportedCurrency
from ingestion.sources.general_note_11 import read_rules

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NOTE = DATA / "us" / "general_notes" / "general_note_11_2025-04.txt"
CASES = [
    case
    for name in (
        "origin.yaml",
        "origin_vehicles.yaml",
        "origin_goods.yaml",
        "origin_textiles.yaml",
        "origin_forms.yaml",
    )
    for case in yaml.safe_load((Path(__file__).parent / "cases" / name).read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def rules() -> Rules:
    if not NOTE.exists():
        pytest.skip("official General Note 11 is not here (../shared/data/us/general_notes)")
    return read_rules(NOTE)


def material(text: str) -> dict[str, Any]:
    hts, origin, value, status, *words = text.split(" ")
    return {
        "hts": None if hts == "?" else hts,
        "origin": None if origin == "?" else origin,
        "value": None if value == "?" else value,
        "originating": {"yes": True, "no": False, "?": None}[status],
        "description": " ".join(words),
    }


def request(case: dict[str, Any], **more: Any) -> OriginRequest:
    body = {
        "hts": case["hts"],
        "materials": [material(m) for m in case["materials"]],
        "transaction_value": case.get("tv"),
        "net_cost": case.get("nc"),
        "description": case.get("description"),
        "facts": case.get("facts", {"production_country": "MX"}),
        "as_of": case.get("as_of", date(2026, 6, 15)),
        **more,
    }
    return OriginRequest.model_validate(body)


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_case(case: dict[str, Any], rules: Rules) -> None:
    answer = check(request(case), rules)
    want = case["expect"]
    shown = json.dumps(answer.model_dump(mode="json", exclude={"certification", "sources"}), indent=1)
    assert answer.verdict == want["verdict"], shown
    if "by" in want:
        assert want["by"] in {r.kind for r in answer.routes if r.verdict == "qualifies"}, shown
    assert set(want.get("missing", ())) <= set(answer.missing_facts), shown
    assert not set(want.get("not_missing", ())) & set(answer.missing_facts), shown
    if "de_minimis" in want:
        assert answer.de_minimis is not None and answer.de_minimis.applies is want["de_minimis"], shown
    if "cheapest" in want:
        assert answer.cheapest_change is not None and answer.cheapest_change.index == want["cheapest"], shown
    if "shortfall" in want:
        assert any(want["shortfall"] in (r.shortfall or "") for r in answer.routes), shown
    if "assumption" in want:
        assert any(want["assumption"] in a for a in answer.assumptions), shown
    if answer.verdict == "cannot_tell":
        assert answer.missing_facts, shown


def test_both_languages_say_the_same_figures(rules: Rules) -> None:
    for case in CASES:
        english = check(request(case, language="en"), rules).model_dump(mode="json")
        spanish = check(request(case, language="es"), rules).model_dump(mode="json")
        for answer in (english, spanish):
            for key in (
                "explanation",
                "question",
                "questions",
                "assumptions",
                "not_covered",
                "certification",
                "documents_to_request",
                "materials",
                "language",
            ):
                answer.pop(key)
            for part in (answer["cheapest_change"], answer["de_minimis"]):
                for key in ("text", "route", "calculation", "exclusions"):
                    if part:
                        part.pop(key, None)
            for route in answer["routes"]:
                for key in ("name", "calculation", "shortfall", "materials"):
                    route.pop(key)
        assert english == spanish, case["id"]


def harness(**more: Any) -> OriginRequest:
    facts = {"production_country": "MX", "end_use": "other"}
    body: dict[str, Any] = {
        "hts": "8544.30.00",
        "materials": [
            {"description": "copper wire", "hts": "7408.11.60", "origin": "CL", "value": "500", "supplier": "Andes"},
            {"description": "terminals", "hts": "8536.90.40", "origin": "MX", "value": "50", "supplier": "Norte"},
        ],
        "transaction_value": "1000",
        "net_cost": "900",
        "facts": facts,
        "as_of": "2026-06-15",
    }
    return OriginRequest.model_validate({**body, **more})


def test_embedded_rules_answer_without_the_note() -> None:
    answer = check(harness())
    assert answer.verdict == "does_not_qualify"
    assert answer.rule is not None and answer.rule.text.startswith("114. (A) A change to subheadings 8544.11 through")
    assert answer.rule.source.page == 109
    assert answer.rule.source.url and answer.edition


def test_explains_calculation_shortfall_and_cheapest_change() -> None:
    answer = check(harness())
    by_kind = {r.kind: r for r in answer.routes}
    transaction = by_kind["regional_value_content_tv"]
    # Terminals have no known status, so they count as foreign: 1,000 - 550 = 450, short of 600 by 150.
    assert transaction.calculation == "(1,000.00 − 550.00) / 1,000.00 × 100 = 45 %, needs 60 %"
    assert transaction.shortfall is not None and "replace USD 150.00" in transaction.shortfall
    assert "copper wire (USD 500.00)" in transaction.shortfall
    assert answer.cheapest_change is not None and answer.cheapest_change.index == 0
    shifts = {line.description: line.shifts for line in by_kind["tariff_shift"].materials}
    assert shifts == {"copper wire": "no", "terminals": "yes"}
    asked = {d.supplier: d.documents for d in answer.documents_to_request}
    assert any("certification" in d for d in asked["Norte"]) and not any("certification" in d for d in asked["Andes"])


def test_certification_draft_marks_its_gaps() -> None:
    producer = {"name": "Arneses Ejemplo", "address": "Saltillo", "country": "MX"}
    facts = {"production_country": "MX", "end_use": "other", "producer": producer, "certifier_role": "producer"}
    materials = [{"description": "wire", "hts": "7408.11.60", "origin": "US", "value": "500", "originating": True}]
    draft = check(harness(materials=materials, facts=facts, description="wiring harness")).certification
    assert [e["number"] for e in draft["elements"]] == list(range(1, 10))
    assert "importer.name" in draft["gaps"] and "producer.name" not in draft["gaps"]
    assert "signature_and_date" in draft["gaps"] and "origin_criterion" not in draft["gaps"]
    assert draft["warning"] is None and "2027-06-15" in draft["late_claim"]


def test_preference_for_the_duty_estimate() -> None:
    def claim(facts: dict[str, str]) -> bool | None:
        return to_preference(check(harness(facts=facts))).originating

    assert claim({"production_country": "MX", "end_use": "other"}) is False
    assert claim({"production_country": "MX"}) is False
    rich = harness(transaction_value="2000", facts={"production_country": "MX"})
    assert to_preference(check(rich)).originating is None
    assert to_preference(check(harness(transaction_value="4000"))).originating is True


def test_sub_assembly_originates_by_its_own_rule_or_is_opened() -> None:
    part = {"description": "wire", "hts": "7403.11", "origin": "CL", "value": "100", "originating": False}
    made = {"description": "drawn wire", "hts": "7408.11.30", "value": "500", "components": [part]}
    assert check(harness(materials=[made])).verdict == "qualifies"  # cathode to wire is a change of heading
    rod = {**part, "hts": "7407.10.50"}
    opened = check(harness(materials=[{**made, "components": [rod]}]))
    assert [m.description for m in opened.materials] == ["drawn wire > wire"]


def test_response_says_which_question_it_answers() -> None:
    assert "Marking origin" in check(harness()).question
    assert "marcado" in check(harness(language="es")).question


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"hts": "0000.00.00"}, UnknownHts, "hts"),
        ({"hts": "85.4"}, InvalidInput, "hts"),
        ({"hts": "8544"}, InvalidInput, "hts"),
        ({"agreement": "NAFTA"}, InvalidInput, "agreement"),
        ({"destination": "CN"}, InvalidInput, "destination"),
        ({"transaction_value": "0"}, InvalidInput, "transaction_value"),
        ({"net_cost": "-3"}, InvalidInput, "net_cost"),
        ({"currency": "MXN"}, UnsupportedCurrency, "currency"),
        ({"as_of": "2020-06-30"}, NotInForce, "as_of"),
        ({"as_of": None}, InvalidInput, "as_of"),
        ({"materials": [{"hts": "9999", "value": "1"}]}, UnknownHts, "materials[0].hts"),
        ({"materials": [{"hts": "74x", "value": "1"}]}, InvalidInput, "materials[0].hts"),
        ({"materials": [{"hts": "7408", "value": "-1"}]}, InvalidInput, "materials[0].value"),
        ({"materials": [{"hts": "7408", "origin": "Chinna"}]}, InvalidInput, "materials[0].origin"),
        ({"facts": {"production_country": "Mexiko"}}, InvalidInput, "facts.production_country"),
        ({"facts": {"total_cost": "many"}}, InvalidInput, "facts.total_cost"),
    ],
)
def test_bad_requests_name_the_field(change: dict[str, Any], error: type[InvalidInput], field: str) -> None:
    with pytest.raises(error) as caught:
        check(harness(**change))
    assert caught.value.field == field and caught.value.hint


def test_response_is_plain_json() -> None:
    body = json.loads(check(harness()).model_dump_json())
    assert OriginResponse.model_validate(body).verdict == "does_not_qualify"
    assert Decimal(body["materials"][0]["value"]) == 500


def forms_of(rule: Any) -> set[str]:
    """What a rule is made of: kinds of terms by their place, kinds of conditions, use, direction of trade, dates."""
    found = {
        f"trade {rule.trade}",
        f"use {bool(rule.use)}",
        f"automotive {rule.automotive}",
        f"dated {bool(rule.start)}",
    }
    if rule.incorporating:
        found.add("incorporating")
    for a in rule.alternatives:
        found |= {f"form {a.form}", f"but {bool(a.scope_but)}"}
        for place in ("scope", "froms", "excepts", "also", "also_excepts"):
            for term in getattr(a, place):
                wide = f" {term.unit} {'within' if term.within else ''}" if term.kind in ("any_other", "any") else ""
                named = " named" if term.goods and term.kind == "codes" else ""
                length = f" {len(term.lo)}" if term.kind == "codes" else ""
                found.add(f"{place} {term.kind}{wide}{length}{named}".rstrip())
        for c in a.conditions:
            methods = "".join(k for k in ("tv", "nc") if c.values.get(k)) if c.kind == "rvc" else ""
            found.add(f"condition {c.kind} {methods}".rstrip())
        if a.processes:
            found.add("processes")
    return found


def test_every_form_of_rule_has_a_case(rules: Rules) -> None:
    """A case whose good the form governs on its day; new editions with new forms need new cases."""
    tried: set[str] = set()
    for case in CASES:
        body = request(case)
        code = body.hts.replace(".", "")[:8]
        for rule in rules.candidates(code):
            if body.as_of and rule.in_force(body.as_of):
                tried |= forms_of(rule)
    there = set().union(*(forms_of(r) for r in rules.rules))
    assert not there - tried, sorted(there - tried)

"""The duty engine: exact cases from YAML, the errors it raises, and what it names as not covered."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.customs.duty import estimate
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import DutyRequest, DutyResponse
from assistant.errors import InvalidInput, NotInForce, UnsupportedCurrency

REVISION = Revision("hts:test", "test revision", date(2025, 1, 1), False, "Test schedule", None)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "duty.yaml").read_text(encoding="utf-8"))


def line(general: str = "5%", special: str = "", other: str = "35%", **more: Any) -> Line:
    notes = tuple(
        {"columns": [column], "text": "", "headings": list(headings)}
        for column, headings in more.pop("footnotes", {}).items()
    )
    units = tuple(more.pop("units", ("No.",)))
    return Line("2701110000", ("Coal", "Anthracite"), units, general, special, other, REVISION, footnotes=notes)


def run(row: Line, **request: Any) -> DutyResponse:
    body = DutyRequest.model_validate({"hts": "2701110000", **request})
    assert body.entry_date is not None
    return estimate(body, row, body.entry_date, [REVISION])


def money(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_case(case: dict[str, Any]) -> None:
    answer = run(line(**case["line"]), **case["request"])
    expect = case["expect"]
    for name, field in (("duty", "duty"), ("fees", "fees"), ("total", "total_import_charges")):
        if name in expect:
            assert money(getattr(answer, field)) == expect[name], name
    if "range" in expect:
        assert answer.range and [money(answer.range.min), money(answer.range.max)] == expect["range"]
    if "needs" in expect:
        assert [q.name for q in answer.needs_facts] == expect["needs"]
    for kind, status in expect.get("layers", {}).items():
        assert [x.status for x in answer.layers if x.kind == kind] == [status]
    for name, total in expect.get("options", {}).items():
        assert {o.name: money(o.total_import_charges) for o in answer.options}[name] == total


ENGLISH = re.compile(r"\b(the|raised|lowered|needs|rate of|not less|depends|charged|minimum|Free:)\b", re.I)


def figures(text: str | None) -> list[str]:
    return re.findall(r"\d[\d,.]*\d|\d", text or "")


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_languages_agree(case: dict[str, Any]) -> None:
    """Same figures, statuses, dates and sources in both languages; only the sentences differ."""
    english = run(line(**case["line"]), **case["request"]).model_dump()
    spanish = run(line(**case["line"]), **case["request"], language="es").model_dump()
    for field in ("duty", "fees", "total_import_charges", "range", "sources"):
        assert english[field] == spanish[field]
    for one, other in zip(english["layers"], spanish["layers"], strict=True):
        for field in ("kind", "heading", "rate", "amount", "basis_amount", "status"):
            assert one[field] == other[field]
        assert figures(one["calculation"]) == figures(other["calculation"])
        for field in ("reason", "calculation"):
            if words := ENGLISH.search(other[field] or ""):
                raise AssertionError(f"English in a Spanish {field}: {words[0]!r} in {other[field]}")
        assert one["title"] != other["title"]


def test_value_must_be_positive() -> None:
    for value in ("0", "-5", "NaN", "Infinity"):
        with pytest.raises((InvalidInput, ValueError)):
            run(line(), origin="MX", entry_date="2026-06-15", customs_value=value)


def test_currency_without_a_rate_is_refused() -> None:
    with pytest.raises(UnsupportedCurrency) as caught:
        run(line(), origin="MX", entry_date="2026-06-15", customs_value="10", currency="MXN")
    assert caught.value.hint and "USD" in caught.value.hint


@pytest.mark.parametrize(
    ("program", "origin", "error"),
    [("KR", "MX", InvalidInput), ("NAFTA", "MX", InvalidInput), ("GSP", "TH", NotInForce), ("NP", "NP", NotInForce)],
)
def test_programs_that_cannot_be_claimed(program: str, origin: str, error: type[Exception]) -> None:
    claim = {"program": program, "originating": True}
    with pytest.raises(error):
        run(
            line(special="Free (A,KR,NP,S)"),
            origin=origin,
            entry_date="2026-06-15",
            customs_value="10",
            preference=claim,
        )


def test_a_unit_that_the_schedule_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no unit 'bananas'"):
        run(line(), origin="MX", entry_date="2026-06-15", customs_value="10", quantities={"bananas": 3})


def test_fee_before_its_first_known_year_is_not_zero() -> None:
    with pytest.raises(NotInForce):
        run(line(), origin="MX", entry_date="2019-06-15", customs_value="10")


def test_what_is_not_modelled_is_named() -> None:
    """Antidumping and countervailing duties are never computed without a case and its rate."""
    answer = run(line(), origin="CN", entry_date="2026-06-15", customs_value="10")
    rows = [x for x in answer.layers if x.kind == "adcvd"]
    assert [(x.status, x.amount) for x in rows] == [("not_modelled", None)]
    assert any("Antidumping" in text for text in answer.not_covered)
    facts = {"adcvd_case": "A-570-979", "adcvd_rate": "12.5%"}
    answer = run(line(), origin="CN", entry_date="2026-06-15", customs_value="1000", facts=facts)
    rows = [x for x in answer.layers if x.kind == "adcvd"]
    assert [(x.status, money(x.amount)) for x in rows] == [("applied", "125.00")]
    assert not any("Antidumping" in text for text in answer.not_covered)


def test_measures_are_named_only_in_their_window() -> None:
    def kinds(day: str) -> set[str]:
        return {x.kind for x in run(line(), origin="VN", entry_date=day, customs_value="10").layers}

    assert "ieepa" in kinds("2026-02-23") and "ieepa" not in kinds("2026-02-24")
    assert "section_122" not in kinds("2026-02-23") and "section_122" in kinds("2026-02-24")
    assert "section_122" in kinds("2026-07-23") and "section_122" not in kinds("2026-07-24")


@pytest.mark.parametrize(
    ("facts", "word"),
    [({"incoterm": "CIF Laredo"}, "CIF"), ({"value_basis": "landed"}, "LANDED"), ({"incoterm": "DDP"}, "DDP")],
)
def test_a_value_that_is_no_customs_value_is_warned_of(facts: dict[str, str], word: str) -> None:
    for language in ("en", "es"):
        answer = run(line(), origin="MX", entry_date="2026-06-15", customs_value="10", facts=facts, language=language)
        assert len(answer.warnings) == 1 and word in answer.warnings[0] and "1401a" in answer.warnings[0]
    assert not run(line(), origin="MX", entry_date="2026-06-15", customs_value="10", facts={"incoterm": "FOB"}).warnings


@pytest.mark.parametrize(("origin", "law"), [("CU", "515"), ("KP", "510"), ("IR", "560")])
def test_an_embargo_is_named_in_both_languages(origin: str, law: str) -> None:
    for language, part in (("en", "31 CFR part"), ("es", "31 CFR parte")):
        answer = run(line(), origin=origin, entry_date="2026-06-15", customs_value="10", language=language)
        assert any(f"{part} {law}" in text for text in answer.not_covered)

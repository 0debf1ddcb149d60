"""Every form of rate that the schedule prints, read and computed."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.customs.rates import compute, parse_rate, parse_special
from assistant.errors import InvalidInput

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "rates.yaml").read_text(encoding="utf-8"))
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "us" / "hts"
D = Decimal


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['text'][:40]!r}")
def test_case(case: dict[str, Any]) -> None:
    rate = parse_rate(case["text"])
    assert rate.kind == case["kind"]
    assert not rate.unparsed
    if "reference" in case:
        assert rate.reference == case["reference"]
    assert list(rate.values) == case.get("values", [])
    quantities = {unit: D(number) for unit, number in case.get("quantities", {}).items()}
    result = compute(rate, D(case.get("value", "0")), quantities)
    if "amount" in case:
        assert rate.computable
        assert result.amount == D(case["amount"])
        assert result.amount.as_tuple().exponent == -2
        assert result.reason is None
    else:
        assert result.amount is None
        assert result.reason
    assert list(result.missing_units) == case.get("missing", [])


def test_calculation_text_shows_every_step() -> None:
    result = compute(parse_rate("1.4¢/kg + 6%"), D(25000), {"kg": D(21000)})
    assert result.calculation == (
        "1.4¢/kg × 21,000 kg = 294.00 USD + 6% × 25,000.00 USD = 1,500.00 USD; total 1,794.00 USD"
    )
    assert compute(parse_rate("5%"), D(25000), {}).calculation == "5% × 25,000.00 USD = 1,250.00 USD"


def test_half_cent_rounds_up_once_on_the_total() -> None:
    assert compute(parse_rate("2.5%"), D("1.00"), {}).amount == D("0.03")
    # 0.4 cent + 0.4 cent = 0.8 cent: one cent, although each term alone rounds to nothing
    assert compute(parse_rate("0.4¢/kg + 0.4%"), D("1.00"), {"kg": D(1)}).amount == D("0.01")


def test_addition_to_the_duty_of_the_subheading() -> None:
    rate = parse_rate("The duty provided inthe applicable subheading+ 25%")
    assert (rate.kind, rate.base, rate.computable) == ("reference", "applicable_subheading", False)
    assert rate.components[0].value == D("0.25")
    assert compute(rate, D(1000), {}).amount is None
    assert compute(rate, D(1000), {}, base_duty=D("50.00")).amount == D("300.00")
    assert (
        compute(parse_rate("The duty provided in the applicable subheading"), D(1000), {}, base_duty=D(50)).amount == 50
    )
    minus = parse_rate("The duty rate provided in such subheading minus 0.5%")
    assert compute(minus, D(1000), {}, base_duty=D(50)).amount == D("45.00")
    assert compute(minus, D(1000), {}, base_duty=D(1)).amount == D("0.00")
    content = parse_rate(
        "The duty provided in the applicable subheading + a duty of 50% upon the value of the aluminum content."
    )
    assert content.values == ("aluminum content",)
    assert compute(content, D(1000), {}, base_duty=D(10)).amount is None
    known = compute(content, D(1000), {}, base_duty=D(10), component_values={"Aluminum content": D(100)})
    assert known.amount == D("60.00")


def test_named_subheadings_are_not_the_applicable_one() -> None:
    rate = parse_rate("The duty provided in subheadings 8716.39.00, 8716.90.30 or 8716.90.50 + 100%")
    assert rate.base == "subheadings 8716.39.00, 8716.90.30 or 8716.90.50"
    assert compute(rate, D(1000), {}, base_duty=D(50)).amount is None


def test_component_values_make_a_watch_computable() -> None:
    rate = parse_rate("40¢ each + 6% on the case + 14% on the strap, band or bracelet")
    assert not rate.computable
    values = {"case": D(50), "strap, band or bracelet": D(100)}
    assert compute(rate, D(500), {"No.": D(10)}, component_values=values).amount == D("21.00")
    assert compute(rate, D(500), {"No.": D(10)}, component_values={"case": D(50)}).missing_values == (
        "strap, band or bracelet",
    )


def test_quantity_measured_in_a_way_is_stated_as_an_assumption() -> None:
    result = compute(parse_rate("3.7¢/kg on drained weight"), D(0), {"kg": D(100)})
    assert result.assumptions == ("The 100 kg given are taken as measured on drained weight.",)


@pytest.mark.parametrize(
    ("value", "quantities"),
    [
        ("-1", {}),
        ("NaN", {}),
        ("1e15", {}),
        ("1", {"kg": D("-1")}),
        ("1", {"kg": D("Infinity")}),
        ("1", {"kg": D(1), "KGS": D(2)}),
    ],
)
def test_impossible_numbers_are_refused(value: str, quantities: dict[str, Decimal]) -> None:
    with pytest.raises(InvalidInput):
        compute(parse_rate("1¢/kg"), D(value), quantities)


@pytest.mark.parametrize(
    "text", ["Five per hundred", "Free (A) 2.8% (JP)", "5 %%", "3¢/furlong", "1/0%", "5% on", "12", "Free 5%", "¢/kg"]
)
def test_text_outside_the_grammar_is_unparsed_and_never_free(text: str) -> None:
    rate = parse_rate(text)
    assert rate.unparsed
    assert not rate.computable
    assert compute(rate, D(100), {"kg": D(1)}).amount is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Free (A*,AU,B)2.8% (JP)", [(("A*", "AU", "B"), "Free"), (("JP",), "2.8%")]),
        ("Free \n(A+, AU, E IL,.OM)", [(("A+", "AU", "E", "IL", "OM"), "Free")]),
        ("$1.646/kg (S+)", [(("S+",), "$1.646/kg")]),
        ("70.4¢/kg + 8.5% (S+)", [(("S+",), "70.4¢/kg + 8.5%")]),
        (
            "Free (BH,P) See 9822.05.20 (P+) See 9823.09.01-9823.09.09 (S+) See 9822.03.01(MA)",
            [
                (("BH", "P"), "Free"),
                (("P+",), "See 9822.05.20"),
                (("S+",), "See 9823.09.01-9823.09.09"),
                (("MA",), "See 9822.03.01"),
            ],
        ),
        ("Free (CO) See 9919.04.50, 9919.04.57 (PA (PA)", [(("CO",), "Free"), (("PA",), "See 9919.04.50, 9919.04.57")]),
        (
            "No change (A) Free (CA,IL, MX) See U.S. note 3 to this sub- chapter (E) See U.S. note 3(e) (CO,PE)",
            [
                (("A",), "No change"),
                (("CA", "IL", "MX"), "Free"),
                (("E",), "See U.S. note 3 to this subchapter"),
                (("CO", "PE"), "See U.S. note 3(e)"),
            ],
        ),
        ("Free (See U.S. note 4 of this subchapter)", [((), "Free (See U.S. note 4 of this subchapter)")]),
        ("15%", [((), "15%")]),
        (" ", []),
    ],
)
def test_special_column(text: str, expected: list[tuple[tuple[str, ...], str]]) -> None:
    parsed = parse_special(text)
    assert [(part.programs, part.rate.printed) for part in parsed] == expected
    assert not any(part.rate.unparsed for part in parsed)


def test_symbols_are_exact() -> None:
    (part,) = parse_special("Free (A+,S+)")
    assert "A" not in part.programs
    assert "S" not in part.programs
    assert "S+" in part.programs


@pytest.mark.skipif(not SHARED.is_dir(), reason="official schedules are not here (../shared/data/us/hts)")
@pytest.mark.parametrize("name", ["hts_2025_basic", "hts_2025_rev_18", "hts_2026_rev_4", "hts_2026_rev_10"])
def test_no_rate_of_the_official_files_is_unparsed(name: str) -> None:
    with gzip.open(SHARED / f"{name}.json.gz", "rt", encoding="utf-8") as stream:
        rows = json.load(stream)
    plain = {row[column] for row in rows for column in ("general", "other")}
    special = {row["special"] for row in rows}
    assert len(plain) > 1000
    assert [text for text in plain if parse_rate(text).unparsed] == []
    parts = [(text, part) for text in special for part in parse_special(text)]
    assert [text for text, part in parts if part.rate.unparsed or part.rate.kind == "none"] == []

"""Numbers, codes, dates, countries, languages and programs, as people write them in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.offline.codes import dotted, find_codes
from assistant.offline.countries import country_name, find_countries
from assistant.offline.dates import find_dates
from assistant.offline.language import detect
from assistant.offline.numbers import find_numbers, parse_number
from assistant.offline.programs import find_claim
from assistant.offline.reading import read, requests
from assistant.offline.text import fold

CASES = yaml.load((Path(__file__).parent / "cases" / "offline_reading.yaml").read_text("utf-8"), yaml.BaseLoader)
DAY = date(2026, 6, 15)


def _cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["text"]) for case in CASES[kind]]


@pytest.mark.parametrize("case", _cases("numbers"))
def test_numbers(case: dict[str, Any]) -> None:
    language = detect(case["text"]).language
    found = [
        f"{n.value.normalize():f}" + (f" {n.currency or n.unit}" if n.currency or n.unit else "")
        for n in find_numbers(case["text"], language)
    ]
    wanted = []
    for text in case["is"]:
        value, _, unit = text.partition(" ")
        parsed = parse_number(value.lstrip("-"))
        assert parsed is not None
        wanted.append(f"{'-' if value.startswith('-') else ''}{parsed.normalize():f}" + (f" {unit}" if unit else ""))
    assert found == wanted


@pytest.mark.parametrize("case", _cases("codes"))
def test_codes(case: dict[str, Any]) -> None:
    assert [code.digits for code in find_codes(case["text"])] == case["is"]


@pytest.mark.parametrize("case", _cases("dates"))
def test_dates(case: dict[str, Any]) -> None:
    found = find_dates(case["text"], DAY, detect(case["text"]).language)
    if case["is"] == "null":
        assert found == []
    else:
        assert [f.day.isoformat() for f in found] == [case["is"]]
        assert found[0].assumed == (case.get("assumed") == "yes")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("between August 30 and September 5, 2025", ["2025-08-30", "2025-09-05"]),
        ("del 31 de marzo al 30 de septiembre de 2025", ["2025-03-31", "2025-09-30"]),
        ("from December 31 to January 15, 2025", ["2024-12-31", "2025-01-15"]),
        ("entre el 31 de diciembre y el 15 de enero de 2025", ["2024-12-31", "2025-01-15"]),
    ],
)
def test_a_range_of_days_begins_on_the_day_said(text: str, days: list[str]) -> None:
    assert [f.day.isoformat() for f in find_dates(text, DAY, detect(text).language)] == days


def test_slashed_date_is_month_first_in_english_and_day_first_in_spanish() -> None:
    (english,), (spanish,) = find_dates("07/08/2026", DAY, "en"), find_dates("07/08/2026", DAY, "es")
    assert (english.day, spanish.day) == (date(2026, 7, 8), date(2026, 8, 7))
    assert english.assumed and spanish.assumed


@pytest.mark.parametrize("case", _cases("countries"))
def test_countries(case: dict[str, Any]) -> None:
    assert [f"{c.code} {c.role}" for c in find_countries(case["text"])] == case["is"]


@pytest.mark.parametrize("case", _cases("language"))
def test_language(case: dict[str, Any]) -> None:
    assert str(detect(case["text"]).language) == case["is"].replace("null", "None")


@pytest.mark.parametrize("case", _cases("programs"))
def test_programs(case: dict[str, Any]) -> None:
    claim = find_claim(case["text"])
    assert claim is not None and claim.program == case["program"]
    assert (claim.both, claim.without) == (case.get("both") == "yes", case.get("without") == "yes")
    assert claim.originating == {"yes": True, "no": False, None: None}[case.get("originating")]
    assert claim.certificate_on_file == {"yes": True, None: None}[case.get("certificate_on_file")]
    assert claim.ended_name == (case.get("ended_name") == "yes")


def test_no_program() -> None:
    assert find_claim("general rate from China") is None


def test_fold_keeps_length() -> None:
    text = "¿Cuánto paga Querétaro? ﬁ ß Ω İ"
    assert len(fold(text)) == len(text)
    assert fold("QUERÉTARO") == "queretaro"


def test_unit_price_times_quantity_is_the_value() -> None:
    value = read("10,000 pieces at $4.10 each from Mexico", DAY).value
    assert value is not None and value.value == 41000 and value.currency == "USD"


def test_a_value_word_makes_a_bare_number_money() -> None:
    value = read("8544.30.00.00 de México con valor de 1000", DAY).value
    assert value is not None and (value.value, value.currency) == (1000, "USD")


def test_separate_wishes_are_separate_requests() -> None:
    text = "Who can make wire harnesses in Juárez? And what's the duty on 8544.30.00.00 from Mexico for $25,000?"
    assert len(requests(text)) == 2
    together = "I import harnesses from Mexico. HTS 8544.30.00.00, $25,000. How much duty do I pay?"
    assert requests(together) == [together]


def test_dotted_and_names() -> None:
    assert [dotted(d) for d in ("8544", "854430", "85443000", "8544300000")] == [
        "8544",
        "8544.30",
        "8544.30.00",
        "8544.30.00.00",
    ]
    assert (country_name("VN", "es"), country_name("DE", "es"), country_name("DE", "en")) == (
        "Vietnam",
        "Alemania",
        "Germany",
    )

"""The measures as data: sourced, ordered, complete; and each dated value on its first day and the day before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.customs.base_rate import Entry
from assistant.customs.given import Given
from assistant.customs.goods import list_files
from assistant.customs.law import DATA, load_yaml, programs
from assistant.customs.measures import (
    Measure,
    Row,
    Value,
    country_groups,
    facts,
    measures,
    prohibitions,
    read_measure,
)
from assistant.customs.schedule import Line, Revision
from assistant.customs.scope import applicable, in_force
from assistant.customs.stacking import evaluate
from assistant.customs.types import Layer
from assistant.customs.ways import Law

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "measures.yaml").read_text(encoding="utf-8"))
IN_FORCE = yaml.safe_load((Path(__file__).parent / "cases" / "measures_in_force.yaml").read_text(encoding="utf-8"))
REVISION = Revision("hts:test", "test", date(2018, 1, 1), False, "Test schedule", None)
BY_ID = {measure.id: measure for measure in measures()}


def rows(measure: Measure) -> Iterator[Row]:
    yield from measure.exceptions
    yield from measure.values


def charged(measure: Measure, case: dict[str, Any], day: date) -> Layer | None:
    """The measure's layer on a line that is free in column 1, with the measures of earlier stages around it."""
    notes = ({"columns": ["general"], "text": "", "headings": [case["footnote"]]},) if "footnote" in case else ()
    line = Line(case["hts"], ("x",), ("No.",), "Free", "Free (S)", "Free", REVISION, footnotes=notes)
    entry = Entry(line, case["origin"], day, Decimal(10_000), {}, {}, "air", None, "en")
    law = Law.shipped()
    found = [
        one
        for one in applicable(line, day, in_force(law.measures, day), law.lists)
        if one.measure.id == measure.id or one.measure.stage < measure.stage
    ]
    given = Given(case.get("facts", {}), entry.value)
    program = programs().named(case["claim"]) if "claim" in case else None
    layers = evaluate(entry, given, Decimal(0), program, found)
    return next((layer for layer in layers if layer.title == measure.title["en"]), None)


def shown(layer: Layer | None) -> str | None:
    if layer is None:
        return None
    return layer.rate if layer.status == "applied" else layer.status.replace("_", " ")


@pytest.mark.parametrize(
    ("measure_id", "case"),
    [(name, case) for name, listed in CASES.items() for case in listed],
    ids=lambda v: v if isinstance(v, str) else f"{v['heading']}-{v['day']}-{v['origin']}",
)
def test_first_day_and_the_day_before(measure_id: str, case: dict[str, Any]) -> None:
    measure, day = BY_ID[measure_id], date.fromisoformat(case["day"])
    layer = charged(measure, case, day)
    assert layer is not None and (layer.heading, shown(layer)) == (case["heading"], case["rate"])
    assert shown(charged(measure, case, day - timedelta(days=1))) == case["before"]


def test_every_dated_value_has_a_case() -> None:
    cased = {(name, c["heading"], date.fromisoformat(c["day"])) for name, listed in CASES.items() for c in listed}
    values = {(m.id, v.heading, v.start) for m in measures() for v in m.values if m.entry_type is None}
    assert values == cased


@pytest.mark.parametrize("measure", measures(), ids=lambda m: m.id)
def test_measure_is_sourced_titled_and_checked(measure: Measure) -> None:
    assert set(measure.title) == {"en", "es"} and measure.title["en"] != measure.title["es"]
    assert (DATA / "measures" / "us" / f"{measure.id.removeprefix('us.')}.yaml").is_file()
    assert measure.last_checked >= date(2026, 10, 1)
    for value in measure.values:
        assert value.source.title and value.source.url and value.source.url.startswith("https://")
        assert value.start > date.min and (value.end is None or value.end >= value.start)
        assert measure.kind != "section_301" or value.heading
    for row in measure.exceptions:
        assert set(row.reason) == {"en", "es"}


def test_no_two_values_of_one_heading_overlap_for_an_origin() -> None:
    """A day never finds two rates under one heading for the same goods and conditions."""
    for measure in measures():
        seen: list[Value] = []
        for value in measure.values:
            for other in seen:
                same = (other.heading, other.goods, other.when, other.chapters) == (
                    value.heading,
                    value.goods,
                    value.when,
                    value.chapters,
                )
                together = other.start <= (value.end or date.max) and value.start <= (other.end or date.max)
                if same and together and (value.rate, value.floor) != (other.rate, other.floor):
                    ours, theirs = value.countries, other.countries
                    assert ours and theirs and not set(ours) & set(theirs), (measure.id, value.heading, value.start)
            seen.append(value)


def test_names_in_files_exist() -> None:
    """Every list, fact, program, group of countries and group of measures that a file names is there."""
    lists, groups = list_files(), {g for m in measures() for g in m.group}
    for measure in measures():
        for row in rows(measure):
            for goods in (row.goods, row.except_goods):
                for name in goods.lists if goods else ():
                    assert lists.match(name, "0000000000", date(2026, 1, 1)) is None, name
            assert set(row.when.facts) <= set(facts()), measure.id
            for claim in (row.when.claim, row.when.no_claim):
                assert claim is None or programs().named(claim), claim
            assert set(row.when.subject_to) <= groups, measure.id
            for code in (*row.origins, *row.except_origins):
                assert code == "*" or (len(code) == 2 and code.isupper()), code
    assert len(country_groups()["EU"]) == 27
    assert all(set(p.reason) == {"en", "es"} and p.goods.lists for p in prohibitions())


def test_a_file_with_a_bad_rate_or_two_rates_is_refused() -> None:
    body = load_yaml(DATA / "measures" / "us" / "section_301.brazil.yaml")
    for change in ({"rate": "0.25"}, {"rate": "25%", "floor": "10%"}, {"rat": "25%"}):
        values = [{k: v for k, v in row.items() if k != "rate"} | change for row in body["values"]]
        with pytest.raises(ValueError):
            read_measure({**body, "values": values}, [])


def months() -> list[date]:
    return [date(2025 + n // 12, n % 12 + 1, 1) for n in range(23)]


def test_in_force_by_month() -> None:
    """Which measures hold on the first of each month from 2025-01 to 2026-11, as the table says."""
    table = {
        day.isoformat(): sorted(m.id for m in measures() if any(v.holds(day) for v in m.values)) for day in months()
    }
    running: set[str] = set()
    for day in months():
        step = IN_FORCE.get(day.isoformat(), {})
        running = (running | set(step.get("starts", ()))) - set(step.get("ends", ()))
        assert table[day.isoformat()] == sorted(running), day

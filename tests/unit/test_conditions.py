"""Seasons and unit-value brackets read from descriptions, as the schedule words them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.customs.conditions import Bracket, Season, bracket, seasons, unmet

TOMATO = (
    "If entered during the period from March 1 to July 14, inclusive, or the period from September 1 to November 14, "
    "inclusive, in any year"
)


@pytest.mark.parametrize(
    ("day", "inside"),
    [("2026-02-28", False), ("2026-03-01", True), ("2026-07-14", True), ("2026-07-15", False), ("2026-08-31", False),
     ("2026-09-01", True), ("2026-11-14", True), ("2026-11-15", False)],
)  # fmt: skip
def test_two_periods_of_a_year(day: str, inside: bool) -> None:
    assert any(s.holds(date.fromisoformat(day)) for s in seasons(TOMATO)) is inside


@pytest.mark.parametrize(
    ("period", "season"),
    [
        ("December 1, in any year, to the following May 31", ((12, 1), (5, 31))),
        ("December 15 in any year to the last day of the following February", ((12, 15), (2, 31))),
        ("May 1 to August 31", ((5, 1), (8, 31))),
    ],
)
def test_periods_over_new_year(period: str, season: tuple[tuple[int, int], tuple[int, int]]) -> None:
    assert seasons(f"If entered during the period from {period}, inclusive, in any year") == [Season(*season)]
    assert Season((12, 1), (5, 31)).holds(date(2026, 1, 5)) and not Season((12, 1), (5, 31)).holds(date(2026, 6, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Valued over $6.50 but not over $12/pair", Bracket(Decimal("6.5"), False, Decimal(12), True, "prs.")),
        ("Valued not over $3/pair", Bracket(None, False, Decimal(3), True, "prs.")),
        ("Valued over $5 each", Bracket(Decimal(5), False, None, False, "No.")),
        ("Valued 15¢/kg or more but less than 20¢/kg", Bracket(Decimal("0.15"), True, Decimal("0.2"), False, "kg")),
        ("Valued less than 5¢/kg", Bracket(None, False, Decimal("0.05"), False, "kg")),
        ("Valued $1/kg or more", Bracket(Decimal(1), True, None, False, "kg")),
        ("Ignition wiring sets", None),
        ("Articles valued by weight", None),
    ],
)
def test_bracket(text: str, expected: Bracket | None) -> None:
    assert bracket(text) == expected


def test_an_entry_outside_is_told_so_in_both_languages() -> None:
    shoes = ("Footwear", "Valued over $6.50 but not over $12/pair")
    assert not unmet(shoes, date(2026, 6, 1), Decimal(13500), {"prs.": Decimal(1500)}, "en")
    said = unmet(shoes, date(2026, 6, 1), Decimal(60000), {"prs.": Decimal(1500)}, "es")
    assert len(said) == 1 and "40" in said[0] and "línea" in said[0]
    assert not unmet(shoes, date(2026, 6, 1), Decimal(60000), {}, "en")  # nothing to check it with
    assert len(unmet(("Tomatoes", TOMATO), date(2026, 8, 1), Decimal(1), {}, "en")) == 1


def test_most_value_brackets_of_the_schedule_are_read(shared_data: Path) -> None:
    """Of the descriptions that set a value a unit, all but odd ones are understood."""
    from ingestion.sources.hts_schedule import read_schedule

    rows = read_schedule(shared_data / "us/hts/hts_2026_rev_10.json.gz").rows
    said = {r.description for r in rows if r.description.lower().startswith("valued ") and r.hts[:2] < "98"}
    missed = sorted(text for text in said if bracket(text) is None)
    assert len(missed) <= 0.05 * len(said), missed

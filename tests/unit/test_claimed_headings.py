"""Headings of chapter 99 that only a claim opens, headings for one origin, and steps that are already law."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.test_stacking import BALL, STEEL, by_heading, charged, line

from tests.unit.test_stacking import ask  # isort: skip

HINGE = line("8302106030", "3.5%")  # a derivative of note 16(c)(vi) and (vii), on neither list of vehicle parts
WHOLE = {"metal_weight_share": "0.9"}


@pytest.mark.parametrize(
    ("origin", "heading", "day", "due"),
    [
        ("CN", "9903.94.07", "2026-05-01", "2500.00"),  # note 33(p): 25 % in place of 25 or 50 % on the metal
        ("DE", "9903.94.45", "2026-05-01", "1150.00"),  # 15 % less the 3.5 % of column 1
        ("JP", "9903.94.55", "2026-05-01", "1150.00"),
        ("KR", "9903.94.65", "2026-05-01", "1150.00"),
        ("TW", "9903.94.69", "2026-05-01", "1150.00"),
        ("GB", "9903.94.33", "2026-05-01", "650.00"),
        ("VN", "9903.74.09", "2026-05-01", "2500.00"),  # note 38(j)
    ],
)
def test_certified_parts_take_the_place_of_the_metals_duty(origin: str, heading: str, day: str, due: str) -> None:
    claimed = ask(HINGE, origin, day, facts={**WHOLE, "exclusion_heading": heading})
    assert by_heading(claimed)[heading] == ("applied", due)
    assert [x.heading for x in claimed.layers if x.kind == "section_232" and x.status == "applied"] == [heading]
    assert "9903.82.09" in charged(ask(HINGE, origin, day, facts=WHOLE)) or origin == "GB"


def test_a_claim_is_no_use_where_the_note_leaves_the_goods_out() -> None:
    """Chapters 72, 73 and 76 and the listed parts are outside note 33(p); Taiwan joins it on 2026-05-01."""
    claim = {**WHOLE, "exclusion_heading": "9903.94.07"}
    assert charged(ask(line(STEEL, "Free"), "CN", "2026-05-01", facts=claim)) >= {"9903.82.02"}
    taiwan = {**WHOLE, "exclusion_heading": "9903.94.69"}
    assert "9903.94.69" not in charged(ask(HINGE, "TW", "2026-04-30", facts=taiwan))
    assert "9903.94.69" in charged(ask(HINGE, "TW", "2026-05-01", facts=taiwan))


def test_goods_of_russia_are_entered_under_headings_of_their_own() -> None:
    assert "9903.82.14" in charged(ask(line(STEEL, "Free"), "RU", "2026-05-01"))


def test_a_base_duty_that_reaches_the_total_is_entered_under_the_other_heading() -> None:
    """Heading 9903.82.11, not .10, where column 1 is 15 percent or more (U.S. note 16(f))."""
    answer = ask(line("8207200070", "16%"), "VN", "2026-05-01", facts=WHOLE)
    assert by_heading(answer)["9903.82.11"] == ("not_applied", None)


def test_the_reduced_list_joins_the_others_in_2028() -> None:
    """Proclamation 11021, annex, part B."""
    die = line("8207200070", "2.9%")
    assert by_heading(ask(die, "VN", "2027-09-30", facts=WHOLE))["9903.82.10"] == ("applied", "1210.00")
    found = {c.day.isoformat(): (c.before, c.after) for c in _steps(die)}
    assert found == {"2028-01-01": ("up to a total of 15% (needs a fact)", "25% (needs a fact)")}


def _steps(row):  # type: ignore[no-untyped-def]
    from datetime import date

    from assistant.customs.changes import changes

    found = changes([row], "VN", date(2027, 10, 1), date(2028, 6, 1))
    return [c for c in found if c.kind == "section_232" and c.before and c.after]


def test_metal_content_given_for_all_metals_is_charged_once() -> None:
    """A line on the lists of steel and of aluminum: 4,000 of metal pay 50 % once, 2,000."""
    both = line("8547900010", "4.6%")
    answer = ask(both, "VN", "2025-10-01", facts={"metal_content_value": "4000"})
    due = [x.amount for x in answer.layers if x.kind == "section_232" and x.status == "applied"]
    assert sum(x or Decimal(0) for x in due) == Decimal("2000.00")
    split = {"steel_content_value": "1000", "aluminum_content_value": "3000"}
    answer = ask(both, "VN", "2025-10-01", facts=split)
    assert sorted(x.amount or 0 for x in answer.layers if x.kind == "section_232" and x.status == "applied") == [
        Decimal("500.00"),
        Decimal("1500.00"),
    ]


def test_semiconductor_articles_are_outside_the_metals_duties_of_early_2026() -> None:
    """U.S. note 39(a)(5)."""
    facts = {"meets_semiconductor_note_39b": True, "metal_content_value": "10000"}
    answer = ask(line("8473302000", "Free"), "VN", "2026-02-01", facts=facts)
    assert [x.heading for x in answer.layers if x.kind == "section_232" and x.status == "applied"] == ["9903.79.01"]


def test_particular_articles_are_free_only_as_claimed() -> None:
    acai = line("2008992120", "4.5%")
    claim = {"exclusion_heading": "9903.02.78"}
    assert charged(ask(acai, "BR", "2025-12-01")) >= {"9903.01.77"}
    assert "9903.02.61" in charged(ask(acai, "TH", "2025-12-01"))
    assert not charged(ask(acai, "TH", "2025-12-01", facts=claim))
    assert "9903.02.61" in charged(ask(acai, "TH", "2025-11-12", facts=claim))
    assert not charged(ask(line(BALL), "CN", "2025-01-02"))


def test_what_is_proclaimed_but_not_read_is_said_from_its_day() -> None:
    ingot = line("2804610000", "Free")
    names = [x.title for x in ask(ingot, "DE", "2026-12-04").layers if x.status == "not_modelled"]
    assert any("polysilicon" in name for name in names)
    assert not any("polysilicon" in x.title for x in ask(ingot, "DE", "2026-12-03").layers)
    assert not any("polysilicon" in x.title for x in ask(line(BALL), "DE", "2026-12-04").layers)

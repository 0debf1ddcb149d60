"""Goods under chapter 98: part of the value, full value for section 232 under 9802.00.60, or no additional duty."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from assistant.customs.types import DutyResponse
from tests.unit.test_stacking import BALL, STEEL, USMCA, by_heading, line

from tests.unit.test_stacking import ask  # isort: skip


def under(provision: str, **facts: Any) -> dict[str, Any]:
    return {"facts": {"chapter_98_provision": provision, **facts}}


def base(answer: DutyResponse) -> Decimal | None:
    return answer.layers[0].amount


def fee(answer: DutyResponse, kind: str) -> Decimal | None:
    return next(x.amount for x in answer.layers if x.kind == kind)


def test_duty_falls_on_the_part_and_the_harbor_fee_on_the_cargo() -> None:
    """5 % and 12.5 % of 4,000; MPF on 4,000 is 13.86, so the minimum; HMF on the 10,000."""
    body = under("9802.00.80", dutiable_value="4000")
    answer = ask(line(BALL), "VN", "2026-08-01", transport_mode="ocean", **body)
    assert (base(answer), by_heading(answer)["9903.05.84"]) == (Decimal("200.00"), ("applied", "500.00"))
    assert (fee(answer, "mpf"), fee(answer, "hmf")) == (Decimal("33.58"), Decimal("12.50"))
    assert answer.customs_value == 10_000
    assert any("4,000.00 USD of 10,000.00 USD" in text for text in answer.assumptions)


def test_us_components_give_the_part_of_an_assembled_article() -> None:
    given = ask(line(BALL), "VN", "2026-08-01", **under("9802.00.80", dutiable_value="4000"))
    derived = ask(line(BALL), "VN", "2026-08-01", **under("9802008068", us_content_value="6000"))
    assert [(x.heading, x.amount) for x in given.layers] == [(x.heading, x.amount) for x in derived.layers]


def test_a_specific_duty_counts_in_the_same_proportion() -> None:
    """Chapter 98, subchapter II, U.S. notes 3(c), 4(b): 12 cents on 100 kg is 12.00, a quarter of it 3.00."""
    row = line("0207140020", "12¢/kg", units=("kg",))
    answer = ask(row, "VN", "2026-08-01", quantities={"kg": "100"}, **under("9802.00.50", dutiable_value="2500"))
    assert base(answer) == Decimal("3.00")


def test_quantities_are_exact_where_the_share_is_not() -> None:
    """A third of 3 kg is 1 kg: half a cent on it is a cent, half up."""
    row = line("0207140020", "0.5¢/kg", units=("kg",))
    answer = ask(row, "VN", "2026-08-01", "300", quantities={"kg": "3"}, **under("9802.00.50", dutiable_value="100"))
    assert (base(answer), answer.layers[0].calculation) == (Decimal("0.01"), "0.5¢/kg × 1 kg = 0.01 USD")


def test_a_quantity_without_end_is_shown_to_nine_decimals() -> None:
    row = line("0207140020", "12¢/kg", units=("kg",))
    answer = ask(row, "VN", "2026-08-01", "300", quantities={"kg": "10"}, **under("9802.00.50", dutiable_value="100"))
    assert answer.layers[0].calculation == "12¢/kg × 3.333333333 kg = 0.40 USD"


def test_degrees_of_sugar_are_no_quantity_of_it() -> None:
    """Half of 1,000 kg of 96 degrees is 500 kg of 96 degrees: 3.6606 cents less 4 times 0.02 each, 17.90."""
    general = (
        "3.6606¢/kg less 0.020668¢/kg for each degree under 100 degrees (and fractions of a degree in proportion) "
        "but not less than 3.143854¢/kg"
    )
    row = line("1701145000", general, units=("kg",))
    whole = ask(row, "VN", "2026-08-01", "1000", quantities={"kg": "500", "degrees": "96"})
    quantities = {"kg": "1000", "grados": "96"}
    part = ask(row, "VN", "2026-08-01", "2000", quantities=quantities, **under("9802.00.50", dutiable_value="1000"))
    assert base(part) is not None and base(part) == base(whole)


def test_repairs_pay_no_processing_fee() -> None:
    """19 CFR 24.23(c)(1)(i): chapter 98 is exempt but for 9802.00.60 and 9802.00.80."""
    assert fee(ask(line(BALL), "VN", "2026-08-01", **under("9802.00.50", dutiable_value="2500")), "mpf") is None


def test_metal_processed_abroad_pays_section_232_on_the_full_value() -> None:
    """U.S. note 16(b): under 9802.00.60 on the full value; nothing is left for the duty on origins."""
    found = by_heading(ask(line(STEEL, "2%"), "VN", "2026-05-01", **under("9802.00.60", dutiable_value="1000")))
    assert found["9903.82.02"] == ("applied", "5000.00")
    repaired = by_heading(ask(line(STEEL, "2%"), "VN", "2026-05-01", **under("9802.00.50", dutiable_value="1000")))
    assert repaired["9903.82.02"] == ("applied", "500.00")


def test_a_part_nobody_gave_is_asked_for_with_its_range() -> None:
    answer = ask(line(BALL), "VN", "2026-08-01", transport_mode="ocean", **under("9802.00.80"))
    assert [q.name for q in answer.needs_facts] == ["facts.dutiable_value"]
    assert answer.duty is None and answer.range is not None
    # nothing abroad: the least fee and the harbor fee; all of it: 17.5 % and 34.64 besides
    assert (answer.range.min, answer.range.max) == (Decimal("46.08"), Decimal("1797.14"))
    assert all(option.duty is None for option in answer.options)


def test_options_stand_on_the_part_too() -> None:
    row = line(BALL, special="Free (S)")
    answer = ask(row, "MX", "2026-08-01", preference=USMCA, **under("9802.00.80", dutiable_value="4000"))
    assert [(o.name, o.duty) for o in answer.options] == [
        ("No preference", Decimal("600.00")),
        ("USMCA claimed, originating", Decimal("0.00")),
    ]


@pytest.mark.parametrize(("day", "origin"), [("2025-12-01", "CN"), ("2026-05-01", "CN"), ("2026-10-05", "CA")])
def test_other_provisions_of_chapter_98_lift_every_additional_duty(day: str, origin: str) -> None:
    """Notes 2, 16(b), 20, 31, 51 and 52: not on goods properly claimed under chapter 98."""
    notes = [("general", "9903.88.03", "See 9903.88.03.")]
    answer = ask(line(STEEL, "2%", notes=notes), origin, day, **under("9801.00.10"))
    assert not [x for x in answer.layers if x.kind.startswith(("section", "ieepa")) and x.status == "applied"]
    assert any("chapter 98" in text for text in answer.warnings)


def test_a_line_of_chapter_98_names_the_headings_of_its_own_origin() -> None:
    answer = ask(line("9801001012", "Free"), "CN", "2026-10-05")
    assert {x.heading for x in answer.layers if x.kind.startswith("section")} == {"9903.05.31"}

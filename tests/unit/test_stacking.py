"""How measures stack: displacement, precedence, floors, generations, facts; and where a public model went wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.customs.changes import change_days, changes
from assistant.customs.duty import estimate
from assistant.customs.law import unmodelled
from assistant.customs.measures import measures
from assistant.customs.panel import cards
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import DutyRequest, DutyResponse, Layer
from assistant.customs.ways import Law
from assistant.errors import InvalidInput

REVISION = Revision("hts:test", "test revision", date(2025, 1, 1), False, "Test schedule", None)


def line(hts: str, general: str = "5%", special: str = "", other: str = "35%", **more: Any) -> Line:
    """A line with footnotes as (column, heading, text) triples."""
    notes = tuple(
        {"columns": [column], "text": text, "headings": [heading], "inherited_from": None}
        for column, heading, text in more.pop("notes", ())
    )
    return Line(hts, ("x",), more.pop("units", ("No.",)), general, special, other, REVISION, footnotes=notes)


def ask(row: Line, origin: str, day: str, value: str = "10000", law: Law | None = None, **more: Any) -> DutyResponse:
    body = {"hts": row.hts, "origin": origin, "customs_value": value, "transport_mode": "air", **more}
    return estimate(DutyRequest.model_validate(body), row, date.fromisoformat(day), [REVISION], law=law)


def by_heading(answer: DutyResponse) -> dict[str, tuple[str, str | None]]:
    return {
        x.heading: (x.status, None if x.amount is None else format(x.amount, "f")) for x in answer.layers if x.heading
    }


def charged(answer: DutyResponse) -> set[str]:
    return {x.heading for x in answer.layers if x.heading and x.status == "applied"}


USMCA = {"program": "USMCA", "originating": True}
BALL, COPPER_TUBE, STEEL, PANEL = "9506624040", "7411101030", "7208390030", "8541430010"


class TestDisplacement:
    def test_232_displaces_the_origin_duties_of_its_period(self) -> None:
        for day, heading in (("2026-02-01", "9903.81.87"), ("2026-05-01", "9903.82.02"), ("2026-10-09", "9903.82.02")):
            assert charged(ask(line(STEEL, "Free"), "VN", day)) == {heading}

    def test_232_does_not_displace_301_on_china(self) -> None:
        notes = [("general", "9903.88.03", "See 9903.88.03.")]
        answer = ask(line(STEEL, "Free", notes=notes), "CN", "2026-10-09")
        assert charged(answer) == {"9903.82.02", "9903.88.03"} and answer.duty == Decimal("7500.00")

    def test_content_based_232_leaves_the_remainder_to_the_reciprocal_duty(self) -> None:
        """U.S. note 2(v)(vii): steel content of 4,000 pays 50 %, the other 6,000 pay 20 %."""
        answer = ask(line("8211100000", "Free"), "VN", "2025-10-01", facts={"metal_content_value": "4000"})
        assert by_heading(answer)["9903.81.91"] == ("applied", "2000.00")
        assert by_heading(answer)["9903.02.69"] == ("applied", "1200.00")

    def test_metal_content_unknown_is_a_question_with_a_range(self) -> None:
        """No metal: 20 % of the whole is 2,000; all metal: 50 % is 5,000. Both carry the fee of 34.64."""
        answer = ask(line("8211100000", "Free"), "VN", "2025-10-01")
        assert answer.duty is None and [q.name for q in answer.needs_facts] == ["facts.metal_content_value"]
        assert answer.range and (answer.range.min, answer.range.max) == (Decimal("2034.64"), Decimal("5034.64"))

    def test_canada_pays_fentanyl_or_232_on_steel_never_both(self) -> None:
        """Executive Order 14289 before 2025-06-04, U.S. notes 16 and 19 after."""
        assert charged(ask(line(STEEL, "Free"), "CA", "2025-04-10")) == {"9903.01.10"}
        assert charged(ask(line(STEEL, "Free"), "CA", "2025-06-04")) == {"9903.81.87"}

    def test_drones_join_the_60_economies_duty(self) -> None:
        """U.S. note 52(f) names no heading of 9903.08."""
        answer = ask(line("8806220000", "Free"), "VN", "2026-10-09", facts={"thermal_imaging": False})
        assert charged(answer) == {"9903.08.22", "9903.05.84"}

    def test_338_joins_232_from_2026_09_15_except_dairy(self) -> None:
        chair = line("9403200082", "Free")
        facts = {"metal_weight_share": "0.9"}
        assert charged(ask(chair, "CA", "2026-09-14", facts=facts)) == {"9903.82.09"}
        assert charged(ask(chair, "CA", "2026-09-15", facts=facts)) == {"9903.82.09", "9903.03.14"}


class TestPrecedence:
    def test_a_vehicle_part_is_not_a_metal_derivative_as_well(self) -> None:
        """U.S. note 33(f)(1)."""
        part = line("8708106010", "2.5%")
        yes = ask(part, "VN", "2026-05-01", facts={"vehicle_part": True})
        assert charged(yes) == {"9903.94.05"} and yes.duty == Decimal("2750.00")
        no = ask(part, "VN", "2026-05-01", facts={"vehicle_part": False, "metal_weight_share": "0.9"})
        assert charged(no) == {"9903.82.09"}

    def test_a_part_on_both_parts_lists_pays_once(self) -> None:
        answer = ask(line("4011201015", "4%"), "VN", "2026-05-01", facts={"vehicle_part": True})
        assert [x.heading for x in answer.layers if x.kind == "section_232" and x.status == "applied"] == ["9903.94.05"]

    def test_semiconductor_articles_leave_vehicle_parts_out(self) -> None:
        answer = ask(line("8471500150", "Free"), "TW", "2026-05-01", facts={"meets_semiconductor_note_39b": True})
        assert charged(answer) == {"9903.79.01"}


class TestFloors:
    def test_a_floor_counts_specific_duty_by_its_amount(self) -> None:
        """1 cent x 21,000 kg is 210 of 100,000; topped up to 10 %: 9,790."""
        steer = line("0102294062", "1¢/kg", units=("No.", "kg"))
        answer = ask(steer, "DE", "2026-10-09", "100000", quantities={"kg": 21000})
        assert by_heading(answer)["9903.05.39"] == ("applied", "9790.00") and answer.duty == Decimal("10000.00")

    def test_a_base_duty_over_the_floor_pays_no_more(self) -> None:
        answer = ask(line(BALL, "16%"), "JP", "2026-10-09")
        assert by_heading(answer)["9903.05.48"] == ("not_applied", None) and answer.duty == Decimal("1600.00")

    def test_a_floor_waits_for_a_missing_quantity(self) -> None:
        answer = ask(line("0102294062", "1¢/kg", units=("kg",)), "DE", "2026-10-09")
        assert answer.duty is None and by_heading(answer)["9903.05.39"] == ("needs_fact", None)

    @pytest.mark.parametrize(
        ("origin", "first", "before", "on"),
        [
            ("KR", "2025-11-14", "1500.00", "1000.00"),  # 15 % added before, 15 % in all from the day (base 5 %)
            ("CH", "2025-11-14", "3900.00", "1000.00"),
            ("LI", "2025-11-14", "1500.00", "1000.00"),
        ],
    )
    def test_reciprocal_floors_begin_on_their_legal_day(self, origin: str, first: str, before: str, on: str) -> None:
        day = date.fromisoformat(first)
        amounts = [
            next(x.amount for x in ask(line(BALL), origin, str(d)).layers if x.kind == "ieepa")
            for d in (day - timedelta(days=1), day)
        ]
        assert amounts == [Decimal(before), Decimal(on)]

    def test_softwood_has_no_floor(self) -> None:
        """U.S. note 37(j) covers furniture and cabinets only."""
        assert by_heading(ask(line("4407110001", "Free"), "DE", "2025-12-01"))["9903.76.01"] == ("applied", "1000.00")


class TestMetals2026:
    def test_usmca_does_not_lift_the_metals_duty(self) -> None:
        """U.S. note 16(b): collected in addition to any special rate."""
        row = line("7308903000", "Free", "Free (S)")
        answer = ask(row, "MX", "2026-05-01", preference=USMCA)
        assert charged(answer) == {"9903.82.02"} and answer.duty == Decimal("5000.00")

    def test_light_metal_share_leaves_the_duty_and_pays_the_other(self) -> None:
        row = line("8211100000", "Free")
        assert charged(ask(row, "VN", "2026-10-09", facts={"metal_weight_share": "0.149"})) == {"9903.05.84"}
        assert charged(ask(row, "VN", "2026-10-09", facts={"metal_weight_share": "0.15"})) == {"9903.82.09"}

    def test_metal_chapters_have_no_weight_exclusion(self) -> None:
        answer = ask(line("7326903500", "2.9%"), "VN", "2026-05-01", facts={"metal_weight_share": "0.01"})
        assert "9903.82.03" not in by_heading(answer)

    def test_uk_rate_reaches_beyond_the_metal_chapters(self) -> None:
        facts = {"metal_weight_share": "0.9", "uk_metal_95_percent": True}
        assert charged(ask(line("8302103000", "Free"), "GB", "2026-05-01", facts={**facts, "vehicle_part": False})) == {
            "9903.82.05"
        }

    def test_uk_rate_needs_uk_metal(self) -> None:
        answer = ask(line("7601103000", "2.6%"), "GB", "2026-08-01")
        assert answer.duty is None and [q.name for q in answer.needs_facts] == ["facts.uk_metal_95_percent"]

    def test_forklifts_of_partners_from_2026_06_08(self) -> None:
        lift, facts = line("8427104000", "Free"), {"metal_weight_share": "0.8"}
        assert charged(ask(lift, "JP", "2026-06-07", facts=facts)) == {"9903.82.09"}
        after = ask(lift, "JP", "2026-06-08", facts=facts)
        assert charged(after) == {"9903.82.22"} and after.duty == Decimal("1500.00")

    def test_russian_aluminum_pays_200_percent_and_its_own_column_2(self) -> None:
        ingot = line("7601103000", "2.6%", other="11%", notes=[("other", "9903.90.09", "See 9903.90.09.")])
        answer = ask(ingot, "RU", "2026-05-01")
        assert answer.duty == Decimal("27000.00")


class TestColumnTwo:
    def test_no_reciprocal_duty(self) -> None:
        for origin in ("RU", "BY", "KP", "CU"):
            answer = ask(line(BALL, "Free", other="30%"), origin, "2025-12-01")
            assert answer.duty == Decimal("3000.00") and charged(answer) == set()

    def test_russia_pays_the_60_economies_duty_in_column_2(self) -> None:
        assert "9903.05.66" in charged(ask(line(BALL, "Free", other="30%"), "RU", "2026-10-09"))


class TestChina:
    def test_of_two_generations_the_higher(self) -> None:
        notes = [("general", "9903.88.15", "See 9903.88.15."), ("general", "9903.91.06", "See 9903.91.06.")]
        battery = line("8507600020", "3.4%", notes=notes)
        facts = {"vehicle_part": False}
        assert by_heading(ask(battery, "CN", "2025-12-31", facts=facts))["9903.88.15"] == ("applied", "750.00")
        after = by_heading(ask(battery, "CN", "2026-01-01", facts=facts))
        assert after["9903.91.06"] == ("applied", "2500.00") and after["9903.88.15"] == ("not_applied", None)

    @pytest.mark.parametrize(
        ("hts", "day", "heading", "amount"),
        [
            ("4015121010", "2025-12-31", "9903.91.05", "5000.00"),  # medical gloves
            ("4015121010", "2026-01-01", "9903.91.08", "10000.00"),
            ("6307909842", "2026-01-01", "9903.91.07", "5000.00"),  # N95 respirators
            ("6307909870", "2025-12-31", "9903.91.04", "2500.00"),  # face masks
            ("9018310040", "2025-03-01", "9903.91.03", "10000.00"),  # syringes
            ("8507600010", "2025-06-01", "9903.91.01", "2500.00"),  # batteries of electric vehicles
        ],
    )
    def test_steps_and_ten_digit_numbers_of_note_31(self, hts: str, day: str, heading: str, amount: str) -> None:
        assert by_heading(ask(line(hts), "CN", day, facts={"vehicle_part": False}))[heading] == ("applied", amount)

    @pytest.mark.parametrize(
        ("hts", "heading"),
        [
            ("8517620020", "9903.88.04"),  # note 20(g), item 2: machines of 8517.62.00 except number .0090
            ("8517620090", "9903.88.15"),  # note 20(s)(ii), item 2: machines of 8517.62.00 except .0010 and .0020
            ("9401710001", None),  # items 5 and 4 both except highchairs
            ("9401710007", "9903.88.15"),  # swings for children: excepted by (g), not by (s)(ii)
            ("9401710011", "9903.88.04"),
            ("9401614001", None),  # item 3 excepts chairs for children; 9401.61.40 is not in (s)(ii)
            ("4901990040", None),  # bibles and the like
            ("4901990010", "9903.88.15"),
            ("2931909010", "9903.88.04"),
            ("2931909052", None),  # the line's footnote: suffixes without a footnote are not covered
        ],
    )
    def test_statistical_numbers_that_notes_on_china_except(self, hts: str, heading: str | None) -> None:
        named = ("9903.88.04",) if hts.startswith(("940161", "2931")) else ("9903.88.04", "9903.88.15")
        notes = [("general", h, f"See {h}.") for h in named]
        found = charged(ask(line(hts, "Free", notes=notes), "CN", "2025-02-01"))
        assert found == ({heading} if heading else set())

    def test_eight_digits_of_such_a_line_are_asked_about(self) -> None:
        notes = [("general", h, f"See {h}.") for h in ("9903.88.04", "9903.88.15")]
        answer = ask(line("85176200", "Free", notes=notes), "CN", "2025-02-01")
        assert [q.name for q in answer.needs_facts] == ["facts.statistical_number_listed"]

    def test_yogurt_is_on_list_4a_though_its_footnotes_do_not_say_so(self) -> None:
        """Note 20(s)(i) prints 0403.20.50; the line's footnotes name quota headings alone."""
        assert charged(ask(line("0403205000", "Free"), "CN", "2026-10-09")) == {"9903.88.15", "9903.05.31"}

    def test_a_rate_derived_from_another_listed_subheading_may_be_claimed(self) -> None:
        """Note 20(z): the list 3 duty is not added to a set whose rate comes from a subheading on list 1."""
        row = line("8206000000", "Free", notes=[("general", h, f"See {h}.") for h in ("9903.88.03", "9903.88.21")])
        assert "9903.88.03" in charged(ask(row, "CN", "2026-10-09"))
        claimed = ask(row, "CN", "2026-10-09", facts={"exclusion_heading": "9903.88.21"})
        assert by_heading(claimed)["9903.88.21"] == ("not_applied", None) and "9903.88.03" not in charged(claimed)

    def test_other_suffixes_of_a_masks_line_stay_on_list_4a(self) -> None:
        notes = [("general", "9903.88.15", "See 9817.57.01, 9903.88.15 and 9903.91.01.")]
        answer = ask(line("6307909891", "7%", notes=notes), "CN", "2026-10-09")
        assert charged(answer) == {"9903.88.15", "9903.05.31"}

    def test_a_heading_in_explanatory_text_is_not_a_listing(self) -> None:
        text = "Pursuant to U.S. note 20(g), heading 9903.88.04 covers certain goods of this rate line"
        assert "9903.88.04" not in by_heading(
            ask(line("2931909052", notes=[("general", "9903.88.04", text)]), "CN", "2026-10-09")
        )
        own = ask(line("2931909010", notes=[("desc", "9903.88.04", text)]), "CN", "2026-10-09")
        assert by_heading(own)["9903.88.04"] == ("applied", "2500.00")

    def test_exclusion_is_claimed_not_presumed(self) -> None:
        notes = [("general", "9903.88.03", "See 9903.88.03."), ("general", "9903.88.69", "See 9903.88.69.")]
        row = line("8413919085", "Free", notes=notes)
        plain = ask(row, "CN", "2026-10-09")
        assert "9903.88.03" in charged(plain) and any("exclusion_heading" in text for text in plain.assumptions)
        claim = {"exclusion_heading": "9903.88.69"}
        assert "9903.88.03" not in charged(ask(row, "CN", "2026-11-09", facts=claim))
        assert "9903.88.03" in charged(ask(row, "CN", "2026-11-10", facts=claim))
        unnamed = line("8413919085", "Free", notes=notes[:1])
        assert "9903.88.03" in charged(ask(unnamed, "CN", "2026-10-09", facts=claim))


class TestSafeguards:
    def test_solar_steps_down_and_expires(self) -> None:
        days = {"2025-02-06": "1425.00", "2025-02-07": "1400.00", "2026-02-06": "1400.00", "2026-02-07": None}
        for day, amount in days.items():
            rows = [x.amount for x in ask(line(PANEL, "Free"), "VN", day).layers if x.kind == "section_201"]
            assert rows == ([Decimal(amount)] if amount else [])

    def test_developing_members_are_outside(self) -> None:
        assert not [x for x in ask(line(PANEL, "Free"), "KH", "2025-03-01").layers if x.kind == "section_201"]

    def test_canadian_modules_are_outside_the_solar_safeguard_only_under_usmca(self) -> None:
        """Note 18(i): goods of Canada that meet general note 11; others of Canada pay."""
        row = line(PANEL, "Free", "Free (S)")
        assert by_heading(ask(row, "CA", "2025-03-01"))["9903.45.25"] == ("applied", "1400.00")
        assert "9903.45.25" not in charged(ask(row, "CA", "2025-03-01", preference=USMCA))

    def test_generators_and_batteries_with_solar_cells(self) -> None:
        """Note 18(g): photovoltaic generators are asked about, batteries only when cells are said to be attached."""
        asked = ask(line("8501710000", "2.5%"), "VN", "2025-03-01")
        assert [q.name for q in asked.needs_facts] == ["facts.crystalline_silicon_cells"]
        battery = line("8507208041", "3.5%")
        assert "9903.45.25" not in charged(ask(battery, "VN", "2025-03-01"))
        attached = ask(battery, "VN", "2025-03-01", facts={"crystalline_silicon_cells": True})
        assert by_heading(attached)["9903.45.25"] == ("applied", "1400.00")


class TestFacts:
    def test_aircraft_lists_are_not_whole_lines(self) -> None:
        """U.S. note 52(d) exempts articles of civil aircraft, not every article of the lines it lists."""
        pump = line("8413190000", "Free")
        plain = ask(pump, "VN", "2026-10-09")
        assert charged(plain) == {"9903.05.84"} and any("civil aircraft" in text for text in plain.assumptions)
        assert not charged(ask(pump, "VN", "2026-10-09", facts={"civil_aircraft_article": True}))

    def test_patented_or_not_is_asked(self) -> None:
        drug = line("3004909218", "Free")
        answer = ask(drug, "IN", "2026-10-09")
        assert [q.name for q in answer.needs_facts] == ["facts.patented"] and answer.range
        assert (answer.range.min, answer.range.max) == (Decimal("34.64"), Decimal("10034.64"))

    def test_a_fact_that_moves_nothing_is_not_asked(self) -> None:
        """A vehicle part or not, this harness of Mexico under USMCA is free."""
        row = line("8544300000", "5%", "Free (S)")
        answer = ask(row, "MX", "2026-10-09", preference=USMCA)
        assert answer.duty == Decimal("0.00") and not answer.needs_facts

    def test_in_transit_goods_are_outside(self) -> None:
        facts = {"loaded_before": "2026-07-23"}
        assert not charged(ask(line(BALL, "Free"), "VN", "2026-07-27", facts=facts))
        assert charged(ask(line(BALL, "Free"), "VN", "2026-07-28", facts=facts)) == {"9903.05.84"}

    @pytest.mark.parametrize(
        "facts", [{"metal_weight_share": "2"}, {"vehicle_part": "perhaps"}, {"metal_weight_share": "x"}]
    )
    def test_a_bad_fact_is_refused_with_a_hint(self, facts: dict[str, str]) -> None:
        with pytest.raises(InvalidInput) as caught:
            ask(line("8302103000"), "VN", "2026-05-01", facts={"vehicle_part": False, **facts})
        assert caught.value.hint

    def test_an_8_digit_line_whose_suffixes_differ_asks(self) -> None:
        answer = ask(line("73249000", "Free"), "VN", "2026-02-01", facts={"metal_content_value": "1"})
        assert answer.duty is not None
        answer = ask(line("63079098", "7%"), "CN", "2026-10-09")
        assert "facts.statistical_number_listed" in [q.name for q in answer.needs_facts]


class TestProhibitions:
    def test_beer_of_canada(self) -> None:
        beer = line("2203000030", "Free")
        assert ask(beer, "CA", "2026-09-28").prohibited is None
        banned = ask(beer, "CA", "2026-09-29")
        assert banned.prohibited and "11061" in banned.prohibited["source"]["title"]
        assert ask(beer, "CA", "2026-09-29", facts={"in_bulk": True}).prohibited is None
        assert ask(beer, "MX", "2026-09-29").prohibited is None


HTS = st.sampled_from([BALL, STEEL, PANEL, "8544300000", "7601103000", "3004909218", "2203000030", "8471500150"])
ORIGINS = st.sampled_from(["CN", "CA", "MX", "DE", "VN", "JP", "KR", "BR", "IN", "RU", "GB", "CH", "TW"])
DAYS = st.dates(date(2025, 1, 2), date(2027, 2, 1))


def card(answer: DutyResponse) -> list[tuple[object, ...]]:
    return [(x.title, x.heading, x.rate, x.status, x.amount) for x in answer.layers]


@settings(max_examples=60, deadline=None)
@given(HTS, ORIGINS, DAYS)
def test_the_stack_is_constant_between_listed_days(hts: str, origin: str, day: date) -> None:
    row, law = line(hts, "2.5%"), Law.shipped()
    earlier = max((d for d in change_days([row], origin, law) if d <= day), default=REVISION.effective_from)
    assert card(ask(row, origin, str(day))) == card(ask(row, origin, str(max(earlier, date(2025, 1, 1)))))


@settings(max_examples=60, deadline=None)
@given(HTS, ORIGINS, DAYS, st.sampled_from([m for m in measures() if m.kind != "section_232" and not m.generation]))
def test_removing_a_measure_only_removes_its_layer(hts: str, origin: str, day: date, gone: Any) -> None:
    law = Law(tuple(m for m in measures() if m.id != gone.id), Law.shipped().lists)
    row = line(hts, "2.5%")

    def rest(answer: DutyResponse) -> list[Layer]:
        return [x for x in answer.layers if x.title != gone.title["en"] and x.status != "needs_fact"]

    whole, less = ask(row, origin, str(day)), ask(row, origin, str(day), law=law)
    assert gone.title["en"] not in {x.title for x in less.layers}
    if not whole.needs_facts and not less.needs_facts:
        assert rest(whole) == rest(less)


@settings(max_examples=40, deadline=None)
@given(HTS, ORIGINS)
def test_changes_are_dated_ordered_and_real(hts: str, origin: str) -> None:
    found = changes([line(hts, "2.5%")], origin, date(2025, 1, 2), date(2027, 2, 1))
    assert [c.day for c in found] == sorted(c.day for c in found)
    for change in found:
        assert change.before != change.after or change.heading
        assert change.source is not None and change.title


def test_changes_include_known_future_steps() -> None:
    found = changes([line("9401614011", "Free")], "VN", date(2026, 10, 10), date(2027, 12, 31))
    assert [(str(c.day), c.heading, c.before, c.after) for c in found if c.kind == "section_232"] == [
        ("2027-01-01", "9903.76.02", "25%", "30%")
    ]


def test_a_window_turned_round_is_refused() -> None:
    with pytest.raises(InvalidInput):
        changes([line(BALL)], "VN", date(2026, 2, 1), date(2026, 1, 1))


@settings(max_examples=20, deadline=None)
@given(HTS, DAYS)
def test_a_panel_says_what_each_estimate_says(hts: str, day: date) -> None:
    """Origins computed together pay what each pays alone."""
    row = line(hts, "2.5%")
    origins = ("CN", "CA", "MX", "DE", "FR", "VN", "TH", "JP", "KR", "BR", "RU", "GB", "NO", "KE", "TW")
    found = {origin: stack for members, stack in cards(row, day, origins) for origin in members}
    assert set(found) == set(origins)
    for origin in origins:
        alone = ask(row, origin, str(day))
        assert found[origin].total(fees=False) == alone.duty
        unread = {family.kind for family in unmodelled()}
        duties = [x for x in alone.layers if x.kind not in ("mpf", "hmf")]
        duties = [x for x in duties if not (x.status == "not_modelled" and x.kind in unread)]
        assert [(x.status, x.amount) for x in found[origin].layers] == [(x.status, x.amount) for x in duties]


class TestChanges:
    def test_a_heading_that_charges_nothing_in_place_of_another_is_no_change(self) -> None:
        """Steel of China: the reciprocal duty never falls on it while section 232 covers the whole value."""
        found = changes([line(STEEL, "Free")], "CN", date(2025, 4, 1), date(2025, 5, 30))
        assert not [c for c in found if c.kind == "ieepa"]

    def test_the_bounds_of_the_processing_fee_change_with_the_fiscal_year(self) -> None:
        found = [c for c in changes([line(BALL)], "VN", date(2026, 9, 1), date(2026, 10, 30)) if c.kind == "mpf"]
        assert [(c.day.isoformat(), c.before, c.after) for c in found] == [
            ("2026-10-01", "0.3464%, 33.58 to 651.50 USD", "0.3464%, 34.58 to 670.86 USD")
        ]

    def test_a_fee_that_is_not_set_yet_does_not_end(self) -> None:
        assert not changes([line(BALL)], "VN", date(2027, 9, 1), date(2027, 12, 31))

    def test_states_of_a_layer_are_told_in_the_language(self) -> None:
        row = line("8302106030", "3.5%")
        for language, mark in (("en", "25% (needs a fact)"), ("es", "25% (falta un dato)")):
            found = changes([row], "VN", date(2026, 4, 1), date(2026, 4, 30), language=language)  # type: ignore[arg-type]
            assert mark in {c.after for c in found}

"""Which plants match a need, why the others do not, and what to relax."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.errors import InvalidInput
from assistant.sourcing.matching import match
from assistant.sourcing.places import Places
from assistant.sourcing.types import MatchResult, Need, Profile
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary

SUITE = yaml.safe_load((Path(__file__).parent / "cases" / "matching.yaml").read_text(encoding="utf-8"))
PROFILES = [Profile.model_validate({"name": row["id"], **row}) for row in SUITE["profiles"]]
DAY: date = SUITE["day"]
QUESTION = (
    "Who can injection-mold ABS housings in Querétaro with ISO 13485, 300 pieces for a pilot and then 20,000 a month?"
)


def run(need: Need, profiles: list[Profile] = PROFILES, **more: Any) -> MatchResult:
    return match(need, profiles, as_of=need.as_of or DAY, **more)


@pytest.mark.parametrize("case", SUITE["cases"], ids=[case["name"] for case in SUITE["cases"]])
def test_case(case: dict[str, Any]) -> None:
    need = Need(limit=50, **case["need"])
    result = run(need)
    assert sorted(found.id for found in result.matches) == case["matches"]
    for identity, why in case.get("why", {}).items():
        alone = run(need, [profile for profile in PROFILES if profile.id == identity])
        assert [row.why for row in alone.excluded] == [why]
    for change, count in case.get("relaxations", {}).items():
        assert {row.change: row.matches for row in result.relaxations}.get(change) == count, result.relaxations
    assert result.considered == len(PROFILES)


def test_the_question_in_free_text() -> None:
    result = run(Need(need=QUESTION))
    assert {found.id for found in result.matches} == {"base", "last-day", "old-edition"}
    best = next(found for found in result.matches if found.id == "base")
    assert best.capacity["free"] == 40_000
    assert best.lead_time_days == 28
    assert best.location["city"] == "Querétaro"
    assert result.understood["pilot_volume"]["value"] == 300
    assert result.unmapped == []


def test_weights_add_up_and_the_score_is_their_sum() -> None:
    for found in run(Need(need=QUESTION, languages=["en"], innovation=["automation"], industries=["medical"])).matches:
        assert sum(part.weight for part in found.fit.values()) == pytest.approx(1, abs=1e-3)
        assert found.score == pytest.approx(sum(p.score * p.weight for p in found.fit.values()), abs=1e-3)
        assert all(0 <= part.score <= 1 and part.why for part in found.fit.values())


def test_gaps_say_what_is_missing_or_about_to_lapse() -> None:
    profile = PROFILES[0].model_copy(deep=True)
    profile.certifications[0].expires = date(2026, 12, 13)
    profile.capabilities[0].pilot_lead_time_days = None
    result = run(Need(need=QUESTION, programs=["IMMEX"], industries=["aerospace"]), [profile])
    gaps = result.matches[0].gaps
    assert "ISO 13485:2016 certificate expires in 42 days, on 2026-12-13" in gaps
    assert "pilot lead time not stated" in gaps
    assert "IMMEX is stated by the supplier; no document seen" in gaps
    assert "does not list aerospace" in gaps


def test_the_longer_certificate_of_two_counts() -> None:
    profile = PROFILES[0].model_copy(deep=True)
    old = profile.certifications[0].model_copy(update={"expires": date(2026, 1, 1), "number": "old"})
    profile.certifications.insert(0, old)
    result = run(Need(certifications=["ISO 13485"]), [profile])
    assert [found.id for found in result.matches] == ["base"]
    assert "2027-11-01" in result.matches[0].fit["certification"].why


def test_states_are_shown_as_on_the_day() -> None:
    shown = run(Need(processes=["injection_molding"], limit=50)).matches
    states = {found.id: found.certifications[0].state for found in shown}
    assert states["lapsed"] == "expired"
    assert states["last-day"] == "issuer_verified"
    assert states["claimed"] == "claimed"


def test_more_time_left_more_headroom_and_seen_papers_rank_higher() -> None:
    better = PROFILES[0].model_copy(deep=True, update={"id": "zz"})
    better.certifications[0].state = "issuer_verified"
    better.capabilities[0].utilization = 0.1
    result = run(Need(need=QUESTION), [PROFILES[0], better])
    assert [found.id for found in result.matches] == ["zz", "base"]


def test_ties_go_by_id() -> None:
    twins = [PROFILES[0].model_copy(update={"id": name}) for name in ("c", "a", "b")]
    assert [found.id for found in run(Need(need=QUESTION), twins).matches] == ["a", "b", "c"]


def test_wishes_rank_but_do_not_exclude() -> None:
    result = run(Need(need="injection molding, preferably in Jalisco", limit=50))
    assert {found.id for found in result.matches} >= {"base", "jalisco", "texas"}
    assert result.matches[0].location["region"] == "Jalisco"
    assert "does not list Jalisco" in next(found for found in result.matches if found.id == "base").gaps


def test_similarity_is_capped_small() -> None:
    need = Need(need=QUESTION)
    result = run(need, similarity={"base": 0.0, "last-day": 1.0, "old-edition": 0.0})
    assert result.matches[0].fit["text"].weight <= 0.05


def test_performance_counts_where_given() -> None:
    twins = [PROFILES[0].model_copy(update={"id": name}) for name in ("a", "b")]
    result = run(Need(need=QUESTION), twins, performance={"b": 0.99, "a": 0.2})
    assert [found.id for found in result.matches] == ["b", "a"]
    assert "performance" in result.matches[0].fit


def test_alternatives_are_any_of() -> None:
    result = run(Need(need="Swiss turning or injection molding in stainless 316L or ABS", limit=50))
    assert {"turner", "base"} <= {found.id for found in result.matches}
    assert "thermoplastic" not in {found.id for found in result.matches}


def test_nothing_is_dropped_silently() -> None:
    result = run(Need(need="injection molding with holographic zirbonium finish, tolerance ±0.01 mm"))
    assert any("holographic" in phrase for phrase in result.unmapped)
    assert any("0.01 mm" in phrase for phrase in result.unmapped)


def test_near_misses_are_the_nearest_ten() -> None:
    crowd = [PROFILES[3].model_copy(update={"id": f"p{i:02}"}) for i in range(15)]
    result = run(Need(certifications=["AS9100"], processes=["injection_molding"]), [*crowd, *PROFILES])
    assert len(result.excluded) == 10


def test_unknown_places_are_refused() -> None:
    with pytest.raises(InvalidInput) as error:
        run(Need(countries=["Chinna"]))
    assert "China" in str(error.value.hint)


def test_no_profiles_at_all() -> None:
    result = run(Need(need=QUESTION), [])
    assert (result.matches, result.excluded, result.relaxations, result.considered) == ([], [], [], 0)


def test_near_misses_say_which_are_samples() -> None:
    marked = [profile.model_copy(update={"sample": profile.id == "lapsed"}) for profile in PROFILES]
    excluded = run(Need(need=QUESTION), marked).excluded
    assert {row.id for row in excluded if row.sample} == {"lapsed"}


def test_a_plant_named_in_the_need_asks_for_nothing() -> None:
    named = PROFILES[0].model_copy(update={"id": "garambullo-moldes", "name": "Garambullo Moldes"})
    result = run(Need(need="injection molding like garambullo-moldes does"), [named])
    assert [found.id for found in result.matches] == ["garambullo-moldes"]
    assert [row["id"] for row in result.understood["processes"]] == ["injection_molding"]


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("CAN you find injection molding of ABS?", []),
        ("CNC machining, 20,000 PER month", []),
        ("injection molding from CAN", ["CA"]),
        ("CNC machining in Canada", ["CA"]),
    ],
)
def test_codes_that_are_words_name_no_country(text: str, countries: list[str]) -> None:
    understood, _, _ = understand(Need(need=text), Vocabulary.load(), Places.load())
    assert understood.countries == countries


@pytest.mark.parametrize(
    ("language", "change"),
    [
        ("en", "Ask for Injection molding in general instead of Insert molding"),
        ("es", "Pedir Moldeo por inyección en general en lugar de Moldeo con insertos"),
    ],
)
def test_work_that_nobody_does_is_relaxed_to_its_kind_before_it_is_given_up(language: str, change: str) -> None:
    result = run(Need(processes=["insert_molding"], language=language))
    assert result.matches == []
    first = result.relaxations[0]
    assert first.change.lower() == change.lower()
    assert first.matches == len(run(Need(processes=["injection_molding"], limit=50)).matches) > 0

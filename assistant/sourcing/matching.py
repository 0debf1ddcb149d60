"""Matching a buyer's need with manufacturers: hard requirements, a transparent score, near misses, what to relax.

Pure: no files, no clock, no network. The day on which certificates must be in force is an argument. Free prose of a
profile (its summary) is never read here, so nothing written there can change a rank. Entries of a register, of which no
capability is known, are no candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from assistant.sourcing.facts import Facts, facts_of
from assistant.sourcing.likeness import asked_words
from assistant.sourcing.meaning import Meaning
from assistant.sourcing.places import Places
from assistant.sourcing.relaxing import grouped, relaxations
from assistant.sourcing.requirements import Assessment, Judge
from assistant.sourcing.scoring import Scorer, lead_time
from assistant.sourcing.types import Excluded, Match, MatchResult, Need, Profile
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.volumes import Key

NEAR_MISSES = 10
# How far a failure is from being mended: papers and terms, then another place, then another trade.
_DISTANCE = {
    "near": 1.2,
    "region": 1.3,
    "must": 1.4,
    "country": 1.6,
    "country_excluded": 1.6,
    "material": 1.8,
    "process": 3.0,
}
_SHOWN = {
    "process",
    "monthly_capacity",
    "unit",
    "utilization",
    "min_order",
    "pilot_min_order",
    "lead_time_days",
    "pilot_lead_time_days",
}
_MANY_FAILURES = 2  # a near miss fails at most this many requirements, unless nothing comes nearer


def match(
    need: Need,
    profiles: Sequence[Profile],
    *,
    as_of: date,
    vocabulary: Vocabulary | None = None,
    places: Places | None = None,
    similarity: Mapping[str, float] | None = None,
    performance: Mapping[str, float] | None = None,
    meaning: Meaning | None = None,
) -> MatchResult:
    """The best `need.limit` of `profiles`, best first (ties by id), with reasons in `need.language`.

    `similarity` and `performance`: manufacturer id to 0..1, from a text search and from past orders; both optional.
    `meaning` reads phrases that no words tell.
    Raises InvalidInput for a country, region or place that nobody knows.
    """
    vocabulary = vocabulary or Vocabulary.load()
    places = places or Places.load()
    profiles = [profile for profile in profiles if profile.register_name is None]
    places = places.with_places((p.country, p.region, p.city or "", _point(p)) for p in profiles)
    need, understood, unmapped = understand(need, vocabulary, places, [(p.id, p.name) for p in profiles], meaning)
    facts = [facts_of(profile, vocabulary, places) for profile in profiles]
    judge = Judge(need, as_of, vocabulary, places)
    assessed = [judge.assess(row) for row in facts]
    passed = [found for found in assessed if not found.failures]
    scorer = Scorer(judge, similarity, performance, asked_words(unmapped))
    ranked = sorted((match_of(found, scorer, judge) for found in passed), key=lambda m: (-m.score, m.id))
    failed = [found for found in assessed if found.failures]
    groups, gained = grouped(failed)
    relaxed = [] if len(ranked) >= min(need.limit, 3) else relaxations(judge, groups, len(ranked), gained)
    return MatchResult(
        matches=ranked[: need.limit],
        excluded=near_misses(failed),
        relaxations=relaxed,
        considered=len(profiles),
        understood=understood,
        unmapped=unmapped,
    )


def _point(profile: Profile) -> tuple[float, float] | None:
    if profile.latitude is None or profile.longitude is None:
        return None
    return profile.latitude, profile.longitude


def match_of(found: Assessment, scorer: Scorer, judge: Judge) -> Match:
    """A plant that failed nothing, with its score and reasons."""
    profile = found.facts.profile
    score, fit = scorer.score(found)
    return Match(
        id=profile.id,
        name=profile.name,
        sample=profile.sample,
        score=score,
        fit=fit,
        gaps=scorer.gaps(found),
        certifications=[c.model_copy(update={"state": c.state_on(judge.day)}) for c in profile.certifications],
        location=_location(found.facts, found.km),
        capacity=_capacity(found),
        lead_time_days=lead_time(found),
    )


def _location(facts: Facts, km: float | None) -> dict[str, Any]:
    profile, at = facts.profile, facts.location.at
    shown: dict[str, Any] = {"country": profile.country, "region": profile.region, "city": profile.city}
    shown |= {"latitude": at[0] if at else None, "longitude": at[1] if at else None}
    return shown | ({"distance_km": round(km, 1)} if km is not None else {})


def _capacity(found: Assessment) -> dict[str, Any]:
    """The line that limits (the least free), and every line that counts."""
    lines = []
    for line in found.lines.values():
        free = line.free_capacity()
        row = line.model_dump(mode="json", include=_SHOWN)
        lines.append(row | {"free": None if free is None else round(free, 2)})
    if not lines:
        return {}
    limiting = min(lines, key=lambda row: (row["free"] is None, row["free"] or 0.0))
    return limiting | ({"lines": lines} if len(lines) > 1 else {})


def far(key: Key) -> float:
    """How far the failure of a requirement is from being mended."""
    return _DISTANCE.get(key[0], 1.0)


def near_misses(failed: list[Assessment]) -> list[Excluded]:
    """Those that fail least, and what is soonest mended, first."""

    def rank(found: Assessment) -> tuple[int, float, str]:
        return len(found.failures), sum(far(failure.key) for failure in found.failures), found.facts.profile.id

    ordered = sorted(failed, key=rank)
    fewest = len(ordered[0].failures) if ordered else 0
    near = [found for found in ordered if len(found.failures) <= max(fewest, _MANY_FAILURES)]
    return [
        Excluded(
            id=found.facts.profile.id,
            name=found.facts.profile.name,
            why="; ".join(dict.fromkeys(failure.why for failure in found.failures)),
            sample=found.facts.profile.sample,
        )
        for found in near[:NEAR_MISSES]
    ]

"""Matching over more plants than can be read: a pool gives those that may rank best, the engine judges them.

The pool's filter may let through what the engine refuses, never the other way round, and its bound is never below the
score. So the engine takes plants in the order of their bounds and stops when the next bound cannot reach the last
match any more: the matches are those of reading every plant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from assistant.sourcing.facts import Facts, facts_of
from assistant.sourcing.likeness import asked_words
from assistant.sourcing.matching import NEAR_MISSES, far, match_of, near_misses
from assistant.sourcing.meaning import Meaning
from assistant.sourcing.places import Places
from assistant.sourcing.relaxing import Group, keys_of, relaxations, without
from assistant.sourcing.requirements import Assessment, Judge
from assistant.sourcing.scoring import Scorer
from assistant.sourcing.types import Match, MatchResult, Need, Profile
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.volumes import Key

_FIRST = 48  # plants judged before the first look at the bounds
_GROWS = 6
_SAMPLE = 10  # plants looked at for each requirement that near misses may fail
_COUNTED = 300  # up to so many the engine counts what a relaxation gains; above, the pool does


class Pool(Protocol):
    """Plants behind a filter."""

    def size(self) -> int:
        """How many there are."""

    def best(self, scorer: Scorer, limit: int) -> Sequence[tuple[float, Profile]]:
        """At most `limit` plants that may pass the scorer's judge, each with a bound that its score does not exceed,
        the highest first, ties by id; fewer than `limit` are all there are."""

    def between(self, wider: Judge, narrower: Judge, limit: int) -> Sequence[Profile]:
        """At most `limit` plants that may pass `wider` and do not pass `narrower`."""

    def count(self, judge: Judge) -> int:
        """How many pass, give or take those whose figures sit on a limit."""


def match_pool(
    need: Need,
    pool: Pool,
    *,
    as_of: date,
    vocabulary: Vocabulary,
    places: Places,
    suppliers: Sequence[tuple[str, str]] = (),
    performance: Mapping[str, float] | None = None,
    meaning: Meaning | None = None,
) -> MatchResult:
    """What `match` gives over the plants of `pool`; of near misses a sample for each requirement."""
    need, understood, unmapped = understand(need, vocabulary, places, suppliers, meaning)
    judge = Judge(need, as_of, vocabulary, places)
    scorer = Scorer(judge, None, performance, asked_words(unmapped))
    search = _Search(pool, judge, scorer)
    ranked, passed = search.best()
    missed = search.near()
    relaxed = [] if passed >= min(need.limit, 3) else relaxations(judge, search.groups, passed, search.gained)
    return MatchResult(
        matches=ranked,
        excluded=near_misses(missed),
        relaxations=relaxed,
        considered=pool.size(),
        understood=understood,
        unmapped=unmapped,
    )


class _Search:
    def __init__(self, pool: Pool, judge: Judge, scorer: Scorer) -> None:
        self.pool, self.judge, self.scorer = pool, judge, scorer
        self._facts: dict[str, Facts] = {}

    def facts(self, profile: Profile) -> Facts:
        found = self._facts.get(profile.id)
        if found is None:
            found = self._facts[profile.id] = facts_of(profile, self.judge.vocabulary, self.judge.places)
        return found

    def best(self) -> tuple[list[Match], int]:
        """The best matches, and how many matches there are at least."""
        limit, taken = self.judge.need.limit, _FIRST
        matches: dict[str, Match] = {}
        judged: set[str] = set()
        while True:
            rows = self.pool.best(self.scorer, taken)
            for _, profile in rows:
                if profile.id not in judged:
                    judged.add(profile.id)
                    assessed = self.judge.assess(self.facts(profile))
                    if not assessed.failures:
                        matches[profile.id] = match_of(assessed, self.scorer, self.judge)
            ranked = sorted(matches.values(), key=lambda found: (-found.score, found.id))[:limit]
            if len(rows) < taken:
                return ranked, len(matches)
            if len(ranked) == limit and ranked[-1].score > round(rows[-1][0] + 1e-9, 4):
                return ranked, len(matches)
            taken *= _GROWS

    def near(self) -> list[Assessment]:
        """Plants that fail least: one requirement if there are enough of them, else two, else what there is."""
        missed: dict[str, Assessment] = {}
        keys = sorted(keys_of(self.judge.need), key=far)
        wider = [(far(key), [key]) for key in keys]
        wider += sorted((far(a) + far(b), [a, b]) for i, a in enumerate(keys) for b in keys[i + 1 :])
        wider += [(0.0, [key for key in keys if key != kept]) for kept in reversed(keys)] if len(keys) > 3 else []
        wider.append((0.0, keys))
        for number, (_, dropped) in enumerate(wider):
            if len(missed) >= NEAR_MISSES or (missed and number >= len(keys) and len(dropped) > 2):
                break
            for assessed in self._failing(dropped, _SAMPLE):
                missed[assessed.facts.profile.id] = assessed
        return list(missed.values())

    def _failing(self, dropped: Sequence[Key], limit: int) -> list[Assessment]:
        changed = without(self.judge, dropped)
        found = (self.judge.assess(self.facts(p)) for p in self.pool.between(changed, self.judge, limit))
        return [assessed for assessed in found if assessed.failures]

    def groups(self, size: int) -> list[Group]:
        """Plants that fail `size` requirements and no other, by which ones."""
        keys = sorted(keys_of(self.judge.need))
        sets = [[key] for key in keys] if size == 1 else [[a, b] for i, a in enumerate(keys) for b in keys[i + 1 :]]
        groups: list[Group] = []
        for wanted in sets:
            members = self._failing(wanted, _COUNTED)
            exactly = [m for m in members if {failure.key for failure in m.failures} == set(wanted)]
            if exactly:
                groups.append((frozenset(wanted), exactly, len(members) < _COUNTED))
        return groups

    def gained(self, changed: Judge, dropped: frozenset[Key], already: int) -> int:
        """How many more plants pass the changed need."""
        members = list(self.pool.between(changed, self.judge, _COUNTED + 1))
        if len(members) <= _COUNTED:
            return sum(not changed.assess(self.facts(m)).failures for m in members if self._fails(m))
        return max(0, self.pool.count(changed) - already)

    def _fails(self, profile: Profile) -> bool:
        return bool(self.judge.assess(self.facts(profile)).failures)

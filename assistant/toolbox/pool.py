"""Plants of the catalog as a pool: a need's requirements as tests in SQL, and a bound that no score exceeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from sqlalchemy import Connection

from assistant.sourcing.evidence import merge
from assistant.sourcing.facts import unit_factor
from assistant.sourcing.phrases import words
from assistant.sourcing.places import Places
from assistant.sourcing.relaxing import keys_of
from assistant.sourcing.requirements import Judge
from assistant.sourcing.scoring import MARGIN_DAYS, NOTHING, SLOW_DAYS, WEIGHTS, Scorer
from assistant.sourcing.types import Profile
from assistant.sourcing.vocabulary import Vocabulary
from assistant.toolbox.plants import evidence_of
from retrieval.plant_reads import profiles_of, units_known
from retrieval.plants import Word
from retrieval.screen import NEVER, UNSURE, LineLimits, Screen, Test

_KINDS = {"industries": "industry", "innovation": "innovation", "languages": "language"}


class SqlPool:
    """The plants that `tenants` see, over one connection."""

    def __init__(self, connection: Connection, tenants: Sequence[str], size: int | None = None) -> None:
        """`size`: how many plants there are, where the caller knows."""
        self._size = size
        self._connection, self._tenants = connection, tuple(tenants)
        self._screen = Screen(connection, tenants)
        self._read: dict[str, Profile] = {}
        self.documents: dict[str, str] = {}

    def size(self) -> int:
        return self._screen.count([]) if self._size is None else self._size

    def best(self, scorer: Scorer, limit: int) -> Sequence[tuple[float, Profile]]:
        tests = self.tests(scorer.judge)
        rows = self._screen.search(tests, bound=self._bound(scorer), limit=limit)
        profiles = self._profiles([row.manufacturer_id for row in rows])
        return [(row.bound, profiles[row.manufacturer_id]) for row in rows if row.manufacturer_id in profiles]

    def between(self, wider: Judge, narrower: Judge, limit: int) -> Sequence[Profile]:
        loose = self.tests(wider)
        kept = {test.sql for test in loose}
        unlike = [test for test in self.tests(narrower) if test.sql not in kept]
        order = self._nearest(wider, narrower)
        rows = self._screen.search(loose, bound=order or "0", unlike=unlike, limit=limit, ordered=order is not None)
        profiles = self._profiles([row.manufacturer_id for row in rows])
        return [profiles[row.manufacturer_id] for row in rows if row.manufacturer_id in profiles]

    def count(self, judge: Judge) -> int:
        return self._screen.count(self.tests(judge))

    def tests(self, judge: Judge) -> list[Test]:
        """The judge's requirements, each as a test that lets through at least what the judge lets through."""
        need, screen, vocabulary = judge.need, self._screen, judge.vocabulary
        tests: list[Test] = []
        if need.countries:
            tests.append(screen.has(("place", code) for code in need.countries))
        for code in need.exclude_countries:
            there = screen.has([("place", code)])
            tests += [Test(f"NOT {there.sql}")] if there is not NEVER else []
        if need.regions:
            tests.append(screen.has(("place", area) for area in _members(need.regions, judge.places)))
        if judge.near is not None and need.near is not None:
            tests.append(screen.near(judge.near[1], need.near.km))
        tests += [screen.has(("process", part) for part in item.split("|")) for item in need.processes]
        tests += [screen.has(("material", part) for part in item.split("|")) for item in need.materials]
        for item in need.certifications:  # the filter knows no editions, so where one is asked passing proves nothing
            paper = screen.paper(_standards(item, vocabulary), judge.day)
            tests.append(replace(paper, tight=UNSURE) if _edition(item, vocabulary) else paper)
        tests += [self._program(item.split("|"), judge.day) for item in need.programs]
        for field in need.must:
            tests += [screen.has([(_KINDS[field], item)]) for item in getattr(need, field)]
        limits = self._limits(judge)
        if limits is not None:
            for item in judge.counted_processes() or [""]:
                line = screen.line(_parts(item), limits)
                tests.append(replace(line, tight=UNSURE) if "|" in item else line)
        return tests

    def _program(self, parts: Sequence[str], day: date) -> Test:
        member = self._screen.has(("program", part) for part in parts)
        papers = self._screen.paper([("program paper", part) for part in parts], day)
        if papers is NEVER:
            return member
        return papers if member is NEVER else Test(f"({member.sql} OR {papers.sql})")

    def _limits(self, judge: Judge) -> LineLimits | None:
        need = judge.need
        volumes = (need.monthly_volume, need.pilot_volume, need.order_volume)
        if not any((*volumes, need.max_lead_time_days, need.max_pilot_lead_time_days)):
            return None
        minima = [volume for volume in (need.monthly_volume, need.order_volume) if volume is not None]
        return LineLimits(
            factors=self._factors(judge),
            free=need.monthly_volume,
            minimum=min(minima, default=None),
            pilot=need.pilot_volume,
            lead=need.max_lead_time_days,
            pilot_lead=need.max_pilot_lead_time_days,
        )

    @cached_property
    def _units(self) -> list[str]:
        return units_known(self._connection)

    def _factors(self, judge: Judge) -> tuple[tuple[str, float], ...]:
        wanted = judge.need.volume_unit
        found = ((unit, unit_factor(judge.vocabulary, unit, wanted)) for unit in self._units)
        return tuple((unit, factor) for unit, factor in found if factor is not None)

    def _bound(self, scorer: Scorer) -> str:
        """The score's formula over what the tables hold; where they hold too little, the most it can be."""
        parts = self._parts(scorer)
        whole = sum(WEIGHTS[name] for name in parts)
        terms = " + ".join(f"{WEIGHTS[name] / whole!r} * {sql}" for name, sql in parts.items()).replace("{n}", "p.n")
        if not scorer.performance:
            return terms
        ids = ", ".join("'" + i.replace("'", "''") + "'" for i in sorted(scorer.performance))
        return f"CASE WHEN p.manufacturer_id IN ({ids}) THEN 2.0 ELSE {terms} END"  # weighed otherwise: judged first

    def _parts(self, scorer: Scorer) -> dict[str, str]:
        judge, need, screen = scorer.judge, scorer.need, self._screen
        limits = self._limits(judge) or LineLimits(())
        first = _parts((judge.counted_processes() or [""])[0])
        parts: dict[str, str] = {}
        if need.processes:
            parts["process"] = _mean([self._fit("process", item) for item in need.processes])
        if need.materials:
            parts["material"] = _mean([self._fit("material", item) for item in need.materials])
        if need.certifications:
            day = judge.day.toordinal()
            sure = "CASE WHEN c.verified THEN 1.0 ELSE 0.85 END"
            left = f"CASE WHEN c.expires >= {day + MARGIN_DAYS} THEN 1.0 ELSE (c.expires - {day}) / {MARGIN_DAYS}.0 END"
            margin = f"({sure}) * (CASE WHEN c.expires IS NULL THEN 0.5 ELSE 0.4 + 0.6 * ({left}) END)"
            parts["certification"] = _mean(
                [screen.best_paper(_standards(i, judge.vocabulary), judge.day, margin) for i in need.certifications]
            )
        if need.monthly_volume is not None:
            headroom = f"(0.25 + 0.25 * l.free * {{factor}} / {need.monthly_volume!r})"
            parts["capacity"] = screen.best_line(
                first, limits, f"CASE WHEN {headroom} > 1 THEN 1.0 ELSE {headroom} END"
            )
        days = "CASE WHEN l.lead IS NULL THEN 0 WHEN {slow} > 1 THEN 0 ELSE 1 - {slow} END"
        limit = need.max_lead_time_days
        slow = f"(0.5 * l.lead / {limit})" if limit is not None else f"(l.lead / {SLOW_DAYS}.0)"
        parts["lead_time"] = screen.best_line(first, limits, days.replace("{slow}", slow))
        if judge.near is not None or need.regions:
            parts["proximity"] = self._proximity(judge)
        if need.pilot_volume is not None:
            smallest = f"l.pilot * COALESCE({{factor}}, 1.0) / {need.pilot_volume!r}"
            value = f"0.8 - 0.3 * {smallest} + CASE WHEN l.pilot_lead IS NULL THEN 0 ELSE 0.2 END"
            parts["pilot"] = screen.best_line(first, limits, value)
        for field in ("industries", "innovation", "languages"):
            wanted = getattr(need, field)
            if wanted:
                name = "industry" if field == "industries" else field
                parts[name] = _mean([_one(screen.has([(_KINDS[field], item)])) for item in wanted])
        wishes = [(field, name) for field, names in sorted(need.wishes.items()) for name in names]
        if wishes:
            parts["wishes"] = _mean([self._wish(judge, *wish) for wish in wishes])
        parts["vetting"] = "p.vetting"
        if scorer.words:
            parts["text"] = _mean([_one(screen.has([("word", stem)])) for stem in sorted(scorer.words)])
        return parts

    def _fit(self, kind: str, item: str) -> str:
        if "|" in item:
            return "1.0"
        return f"COALESCE({self._screen.quality([(kind, item)])}, 0)"

    def _proximity(self, judge: Judge) -> str:
        """Along the chord, which is never nearer than the way round says: no bound below the score."""
        if judge.near is None or judge.need.near is None:
            return "1.0"
        widest = 1 - math.cos(min(math.pi, judge.need.near.km / 6371.0088))
        return f"COALESCE(1 - 0.5 * (1 - {self._screen.nearness(judge.near[1], 'p')}) / {widest!r}, 1.0)"

    def _wish(self, judge: Judge, field: str, name: str) -> str:
        if field not in ("processes", "materials", "certifications", "programs", "regions"):
            return "0"
        alone = judge.need.model_copy(update={**NOTHING, field: [name]})
        tests = self.tests(Judge(alone, judge.day, judge.vocabulary, judge.places))
        return _one(*tests)

    def _nearest(self, wider: Judge, narrower: Judge) -> str | None:
        """What to order plants by that fail one figure: those that miss it least first."""
        dropped = set(keys_of(narrower.need)) - set(keys_of(wider.need))
        limits = self._limits(wider) or LineLimits(self._factors(narrower))
        if not limits.factors:
            limits = LineLimits(self._factors(narrower), *(getattr(limits, n) for n in
                                ("free", "minimum", "pilot", "lead", "pilot_lead")))  # fmt: skip
        first = _parts((narrower.counted_processes() or [""])[0])
        column = {"capacity": "l.free * {factor}", "order": "-l.minimum * {factor}", "pilot": "-l.pilot * {factor}",
                  "lead_time": "-l.lead", "pilot_lead_time": "-l.pilot_lead"}  # fmt: skip
        for kind, _ in sorted(dropped):
            if kind in column:
                return self._screen.best_line(first, limits, column[kind], nothing="-1e300").replace("{n}", "p.n")
        if ("near", "") in dropped and narrower.near is not None:
            return f"COALESCE({self._screen.nearness(narrower.near[1], 'p')}, -2)"
        return None

    def _profiles(self, ids: Sequence[str]) -> dict[str, Profile]:
        """Effective profiles, each read once."""
        missing = [identity for identity in ids if identity not in self._read]
        if missing:
            stored = profiles_of(self._connection, self._tenants, missing)
            evidence = evidence_of(self._connection, self._tenants, missing)
            for identity, (profile, document_id, _) in stored.items():
                self._read[identity] = merge(Profile.model_validate(profile), evidence.get(identity, ()))
                self.documents[identity] = document_id
        return self._read


def _members(areas: Sequence[str], places: Places) -> list[str]:
    found: dict[str, None] = {}
    pending = list(areas)
    while pending:
        area = pending.pop()
        if area not in found:
            found[area] = None
            place = places.places.get(area)
            pending += place.members if place is not None else ()
    return list(found)


def _standards(item: str, vocabulary: Vocabulary) -> list[Word]:
    found: list[Word] = []
    for part in item.split("|"):
        wanted = vocabulary.lookup("certification", part)
        found.append(("certification", wanted.id if wanted is not None else " ".join(words(part))))
    return found


def _edition(item: str, vocabulary: Vocabulary) -> bool:
    wanted = (vocabulary.lookup("certification", part) for part in item.split("|"))
    return any(term is not None and term.edition is not None for term in wanted)


def _parts(item: str) -> list[str]:
    return [part for part in item.split("|") if part]


def _mean(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"(({' + '.join(values)}) / {len(values)}.0)"


def _one(*tests: Test) -> str:
    return f"(CASE WHEN {' AND '.join(t.sql for t in tests) or '1 = 1'} THEN 1.0 ELSE 0.0 END)"

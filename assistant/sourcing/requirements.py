"""The hard part of a match: which requirements of a need a profile fails, and why. Pure; nothing unknown counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assistant.sourcing.facts import (
    Facts,
    built_on,
    edition_suffices,
    free_of,
    process_id,
    same_standard,
)
from assistant.sourcing.places import Place, Places, Point, distance_km
from assistant.sourcing.types import CERTIFYING_STATES, Capability, Certification, Need
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.volumes import Failure, Key, line_failures
from assistant.sourcing.wording import listed, say

_PROPER = frozenset({"swiss_turning", "inconel_718", "nitinol"})


@dataclass
class Assessment:
    """What a profile fails, the capability lines chosen (by required process), and the certificates that count."""

    facts: Facts
    failures: list[Failure] = field(default_factory=list)
    lines: dict[str, Capability] = field(default_factory=dict)
    certificates: dict[str, Certification] = field(default_factory=dict)
    km: float | None = None


class Judge:
    """Checks profiles against an understood need (ids, place ids) on a day."""

    def __init__(self, need: Need, day: date, vocabulary: Vocabulary, places: Places) -> None:
        self.need, self.day, self.vocabulary, self.places = need, day, vocabulary, places
        self.language = need.language
        self.near: tuple[Place, Point] | None = None
        if need.near is not None:
            place = places.places.get(need.near.place) or places.point(need.near.place, field="near")[0]
            at = places.as_point(place)
            self.near = (place, at) if at is not None else places.point(need.near.place, field="near")

    def label(self, kind: str, names: str) -> str:
        """Readable "a or b" of an item that may hold alternatives."""
        parts = names.split("|")
        if kind in ("certification", "program"):
            return listed(self.language, parts, "or")
        return listed(self.language, [self.word(kind, part) for part in parts], "or")

    def word(self, kind: str, identity: str) -> str:
        """A label as it reads inside a sentence."""
        label = self.vocabulary.label(kind, identity, self.language)
        return label if identity in _PROPER or not label[1:2].islower() else label[0].lower() + label[1:]

    def assess(self, facts: Facts) -> Assessment:
        """Every requirement that `facts` fails."""
        found = Assessment(facts)
        self._place(found)
        for item in self.need.processes:
            if not any(self._does("process", facts.processes, part) for part in item.split("|")):
                self._fail(found, ("process", item), "process", name=self.label("process", item))
        for item in self.need.materials:
            if not any(self._does("material", facts.materials, part) for part in item.split("|")):
                wider = self._wider(facts.materials, item)
                key = "material_wider" if wider else "material"
                self._fail(found, ("material", item), key, name=self.label("material", item), has=wider)
        for item in self.need.certifications:
            self._certificate(found, item)
        for item in self.need.programs:
            self._program(found, item)
        for wish in self.need.must:
            self._must(found, wish)
        self._lines(found)
        return found

    def _fail(self, found: Assessment, key: Key, sentence: str, needs: float | None = None, **values: Any) -> None:
        found.failures.append(Failure(key, say(self.language, "fails", sentence, **values), needs))

    def _does(self, kind: str, listed_ids: set[str], wanted: str) -> bool:
        return any(self.vocabulary.is_a(kind, identity, wanted) for identity in listed_ids)

    def _wider(self, materials: set[str], item: str) -> str:
        wider = sorted(m for m in materials if any(self.vocabulary.is_a("material", p, m) for p in item.split("|")))
        return listed(self.language, [self.word("material", m) for m in wider])

    def _place(self, found: Assessment) -> None:
        need, location = self.need, found.facts.location
        here = self.place_name(location.country)
        if need.countries and location.country not in need.countries:
            names = [self.place_name(code) for code in need.countries]
            self._fail(found, ("country", ""), "country", has=here, name=listed(self.language, names, "or"))
        if location.country in need.exclude_countries:
            self._fail(found, ("country_excluded", location.country), "country_excluded", has=here)
        if need.regions and not any(self.places.inside(location, area) for area in need.regions):
            self._outside(found, here)
        if self.near is not None and need.near is not None:
            place, at = self.near
            if location.at is None:
                self._fail(found, ("near", ""), "near_unknown", name=place.label(self.language))
                return
            found.km = distance_km(at, location.at)
            if found.km > need.near.km:
                values = {"km": round(found.km), "name": place.label(self.language), "limit": need.near.km}
                self._fail(found, ("near", ""), "near", needs=found.km, **values)

    def _outside(self, found: Assessment, here: str) -> None:
        """Where the plant is instead; how far from the one city that was named, when both points are known."""
        profile, at = found.facts.profile, found.facts.location.at
        stated = ", ".join(dict.fromkeys(part for part in (profile.city, profile.region) if part)) or here
        area = self.places.places.get(self.need.regions[0])
        named = listed(self.language, [self.place_name(region) for region in self.need.regions], "or")
        values: dict[str, Any] = {"has": stated, "name": named}
        if len(self.need.regions) == 1 and area is not None and area.at is not None and at is not None:
            values["km"] = round(distance_km(area.at, at))
        self._fail(found, ("region", ""), "region_km" if "km" in values else "region", **values)

    def place_name(self, identity: str) -> str:
        place = self.places.places.get(identity)
        return place.label(self.language) if place else identity

    def _certificate(self, found: Assessment, item: str) -> None:
        good: list[tuple[date, Certification]] = []
        reasons: list[tuple[int, str, dict[str, Any]]] = []
        for part in item.split("|"):
            wanted = self.vocabulary.lookup("certification", part)
            for standard, edition, certificate in found.facts.certificates:
                if not same_standard(self.vocabulary, wanted, part, standard):
                    continue
                if not edition_suffices(self.vocabulary, wanted, edition):
                    reasons.append((3, "certification_edition", {"has": certificate.standard}))
                elif certificate.satisfies_on(self.day):
                    good.append((certificate.expires or date.max, certificate))
                else:
                    reasons.append(self._reason(certificate))
            if not reasons and not good and wanted is not None:
                has = built_on(self.vocabulary, found.facts, wanted, self.day)
                reasons += [(5, "certification_builds", {"has": has})] if has else []
        if good:
            found.certificates[item] = max(good, key=lambda pair: (pair[0], pair[1].state == "issuer_verified"))[1]
            return
        _, key, values = min(reasons, key=lambda r: (r[0], str(r[2])), default=(9, "certification_none", {}))
        self._fail(found, ("certification", item), key, **{"name": self.label("certification", item), **values})

    def _reason(self, certificate: Certification) -> tuple[int, str, dict[str, Any]]:
        state = certificate.state_on(self.day)
        if state == "expired":
            return 1, "certification_expired", {"date": str(certificate.expires)}
        if state == "revoked":
            return 4, "certification_revoked", {}
        if state in CERTIFYING_STATES:
            return 0, "certification_future", {"date": str(certificate.issued)}
        return 2, "certification_claimed", {}

    def _program(self, found: Assessment, item: str) -> None:
        lapsed = False
        for part in item.split("|"):
            papers = [c for s, _, c in found.facts.certificates if self._is_program(s, part)]
            if any(paper.satisfies_on(self.day) for paper in papers):
                return
            lapsed = lapsed or any(paper.state_on(self.day) in ("expired", "revoked") for paper in papers)
            if self._does("program", found.facts.programs, part) and not lapsed:
                return
        key = "program_expired" if lapsed else "program"
        self._fail(found, ("program", item), key, name=self.label("program", item))

    def _is_program(self, standard: str, program: str) -> bool:
        entry = self.vocabulary.entry("certification", standard)
        return (
            entry is not None and entry.program is not None and self.vocabulary.is_a("program", entry.program, program)
        )

    def documented(self, facts: Facts, program: str) -> bool:
        """True when a document in force shows membership of `program`."""
        return any(self._is_program(s, program) and c.satisfies_on(self.day) for s, _, c in facts.certificates)

    def _must(self, found: Assessment, wish: str) -> None:
        kind = {"industries": "industry", "innovation": "innovation"}.get(wish)
        own = set(found.facts.profile.languages) if kind is None else getattr(found.facts, wish)
        for item in getattr(self.need, wish):
            if item not in own if kind is None else not self._does(kind, own, item):
                name = item if kind is None else self.label(kind, item)
                self._fail(found, ("must", f"{wish}:{item}"), "must", name=name)

    def _lines(self, found: Assessment) -> None:
        """Volumes and times, on one capability line for each required process (on any line when none is named)."""
        if not any((self.need.monthly_volume, self.need.pilot_volume, self.need.order_volume,
                    self.need.max_lead_time_days, self.need.max_pilot_lead_time_days)):  # fmt: skip
            self._choose_lines(found)
            return
        failed = {failure.key for failure in found.failures}
        reported: dict[Key, Failure] = {}
        for item in self.counted_processes() or [""]:
            if ("process", item) in failed:
                continue
            lines: list[Capability | None] = [*self._capabilities(found.facts, item)] or [None]
            options = [(line_failures(self, line, item), line) for line in lines]
            failures, line = min(options, key=lambda option: (len(option[0]), -free_of(option[1]), str(option[1])))
            if line is not None:
                found.lines[item] = line
            for failure in failures:
                worse = reported.get(failure.key)
                if worse is None or (worse.needs is not None and failure.needs is None):
                    reported[failure.key] = failure
        found.failures += reported.values()

    def _choose_lines(self, found: Assessment) -> None:
        for item in self.counted_processes() or [""]:
            lines = self._capabilities(found.facts, item)
            if lines:
                found.lines[item] = max(lines, key=lambda line: (free_of(line), str(line)))

    def counted_processes(self) -> list[str]:
        def service(part: str) -> bool:
            entry = self.vocabulary.entry("process", part)
            return entry is not None and entry.service

        return [item for item in self.need.processes if not all(service(part) for part in item.split("|"))]

    def _capabilities(self, facts: Facts, item: str) -> list[Capability]:
        if not item:
            return list(facts.profile.capabilities)
        parts = item.split("|")
        return [
            line
            for line in facts.profile.capabilities
            if any(self.vocabulary.is_a("process", process_id(self.vocabulary, line.process), part) for part in parts)
        ]

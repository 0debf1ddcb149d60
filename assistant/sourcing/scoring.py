"""The soft part of a match: a weighted score whose every component says why, and what the buyer should know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from assistant.sourcing.facts import pilot_minimum, process_id, unit_factor
from assistant.sourcing.likeness import listed_words
from assistant.sourcing.requirements import Assessment, Judge
from assistant.sourcing.types import CERTIFYING_STATES, Capability, Criterion
from assistant.sourcing.wording import listed, say, unit_name

WEIGHTS = {
    "process": 0.18,
    "material": 0.12,
    "certification": 0.14,
    "capacity": 0.14,
    "lead_time": 0.10,
    "proximity": 0.08,
    "pilot": 0.08,
    "industry": 0.06,
    "innovation": 0.05,
    "languages": 0.03,
    "wishes": 0.06,
    "vetting": 0.12,
    "performance": 0.08,
    "text": 0.03,
}  # of the components that a need brings up, rescaled to one
MARGIN_DAYS = 365  # a certificate with a year left has all the margin one needs between audits
_EXPIRES_SOON = 90  # days: less than a recertification usually takes
SLOW_DAYS = 90
EVIDENCE = {"issuer_verified": 1.0, "document_seen": 0.8, "claimed": 0.2}


class Scorer:
    """Scores an assessment that failed nothing."""

    def __init__(
        self,
        judge: Judge,
        similarity: Mapping[str, float] | None,
        performance: Mapping[str, float] | None,
        words: frozenset[str] = frozenset(),
    ) -> None:
        """`words`: stems of what the buyer said that no vocabulary knows, looked for among what plants list."""
        self.judge, self.need, self.language = judge, judge.need, judge.language
        self.similarity, self.performance, self.words = similarity, performance, words

    def score(self, found: Assessment) -> tuple[float, dict[str, Criterion]]:
        """Total (0 to 1) and its components; weights add up to one."""
        parts: dict[str, tuple[float, str]] = {}
        profile = found.facts.profile
        if self.need.processes:
            parts["process"] = self._fit("process", self.need.processes, found)
        if self.need.materials:
            parts["material"] = self._fit("material", self.need.materials, found)
        if self.need.certifications:
            parts["certification"] = self._margin(found)
        if self.need.monthly_volume is not None:
            parts["capacity"] = self._headroom(found)
        parts["lead_time"] = self._lead_time(found)
        if self.judge.near is not None or self.need.regions:
            parts["proximity"] = self._proximity(found)
        if self.need.pilot_volume is not None:
            parts["pilot"] = self._pilot(found)
        for name, kind, wanted, own in (
            ("industry", "industry", self.need.industries, found.facts.industries),
            ("innovation", "innovation", self.need.innovation, found.facts.innovation),
        ):
            if wanted:
                met = [w for w in wanted if any(self.judge.vocabulary.is_a(kind, o, w) for o in own)]
                parts[name] = self._share(wanted, met, [self.judge.label(kind, w) for w in met or wanted])
        if self.need.languages:
            met = [code for code in self.need.languages if code in profile.languages]
            parts["languages"] = self._share(self.need.languages, met, met or self.need.languages)
        wishes = [(field, name) for field, names in sorted(self.need.wishes.items()) for name in names]
        if wishes:
            granted = [wish for wish in wishes if self._granted(found, *wish)]
            names = [self._wish_label(*wish) for wish in granted or wishes]
            parts["wishes"] = self._share(wishes, granted, names)
        parts["vetting"] = self._vetting(found)
        if self.performance is not None and profile.id in self.performance:
            value = min(1.0, max(0.0, self.performance[profile.id]))
            parts["performance"] = (value, self._say("performance", score=round(value, 2)))
        if self.similarity is not None:
            value = min(1.0, max(0.0, self.similarity.get(profile.id, 0.0)))
            parts["text"] = (value, self._say("text", score=round(value, 2)))
        elif self.words:
            shared = sorted(self.words & listed_words(profile, self.judge.vocabulary))
            parts["text"] = self._share(list(self.words), shared, shared or sorted(self.words))
        whole = sum(WEIGHTS[name] for name in parts)
        fit = {
            name: Criterion(score=round(value, 4), weight=round(WEIGHTS[name] / whole, 4), why=why)
            for name, (value, why) in parts.items()
        }
        return round(sum(WEIGHTS[name] * value for name, (value, _) in parts.items()) / whole, 4), fit

    def _say(self, key: str, **values: Any) -> str:
        return say(self.language, "why", key, **values)

    def _fit(self, kind: str, items: list[str], found: Assessment) -> tuple[float, str]:
        own = found.facts.processes if kind == "process" else found.facts.materials
        scores, reasons = [], []
        for item in items:
            parts = item.split("|")
            exact = [part for part in parts if part in own]
            vocabulary = self.judge.vocabulary
            if exact:
                stated = kind == "process" and item in found.lines
                narrow = kind == "process" and not stated
                scores.append(0.8 if narrow else 1.0)
                name = listed(self.language, [self.judge.word(kind, part) for part in exact])
                reasons.append(self._say("process_line" if stated else kind, name=name))
            else:
                kinds = sorted(o for o in own if any(vocabulary.is_a(kind, o, part) for part in parts))
                scores.append(0.9)
                has = listed(self.language, [self.judge.word(kind, o) for o in kinds])
                reasons.append(self._say(f"{kind}_narrower", has=has, name=self.judge.label(kind, item)))
        return sum(scores) / len(scores), "; ".join(reasons)

    def _margin(self, found: Assessment) -> tuple[float, str]:
        scores, reasons = [], []
        for item in self.need.certifications:
            certificate = found.certificates[item]
            state = say(self.language, "states", certificate.state)
            sure = 1.0 if certificate.state == "issuer_verified" else 0.85
            if certificate.expires is None:
                scores.append(0.5 * sure)
                reasons.append(self._say("certification_open", name=certificate.standard, state=state))
                continue
            days = (certificate.expires - self.judge.day).days
            scores.append(sure * (0.4 + 0.6 * min(1.0, days / MARGIN_DAYS)))
            values = {"name": certificate.standard, "state": state, "days": days, "date": str(certificate.expires)}
            reasons.append(self._say("certification", **values))
        return sum(scores) / len(scores), "; ".join(reasons)

    def _free(self, line: Capability) -> float:
        return (line.free_capacity() or 0.0) * (self._factor(line) or 0.0)

    def _factor(self, line: Capability) -> float | None:
        return unit_factor(self.judge.vocabulary, line.unit, self.need.volume_unit)

    def _headroom(self, found: Assessment) -> tuple[float, str]:
        """Half when the volume just fits, all from three times the volume on; the tightest process counts."""
        volume = self.need.monthly_volume or 1.0
        line = min(found.lines.values(), key=self._free)
        ratio = self._free(line) / volume
        process = process_id(self.judge.vocabulary, line.process)
        why = self._say(
            "capacity",
            free=math.floor(self._free(line) + 1e-6),
            unit=unit_name(self.language, self.need.volume_unit),
            volume=volume,
            process=self.judge.word("process", process),
        )
        return min(1.0, 0.5 + 0.25 * max(0.0, ratio - 1)), why

    def _lead_time(self, found: Assessment) -> tuple[float, str]:
        days = lead_time(found)
        if days is None:
            return 0.0, self._say("lead_time_unknown")
        limit = self.need.max_lead_time_days
        if limit is not None:
            return max(0.0, 1 - 0.5 * days / limit), self._say("lead_time_limit", days=days, limit=limit)
        return max(0.0, 1 - days / SLOW_DAYS), self._say("lead_time", days=days)

    def _proximity(self, found: Assessment) -> tuple[float, str]:
        if self.judge.near is not None and self.need.near is not None and found.km is not None:
            why = self._say("near", km=round(found.km), name=self.judge.near[0].label(self.language))
            return 1 - 0.5 * found.km / self.need.near.km, why
        areas = [a for a in self.need.regions if self.judge.places.inside(found.facts.location, a)]
        names = listed(self.language, [self.judge.place_name(area) for area in areas])
        return 1.0, self._say("region", name=names)

    def _pilot(self, found: Assessment) -> tuple[float, str]:
        """A pilot minimum well below the pilot wanted, and a stated pilot time, make the step to series easier."""
        scores, reasons = [], []
        wanted = self.need.pilot_volume or 1.0
        for line in found.lines.values():
            smallest = (pilot_minimum(line) or 0.0) * (self._factor(line) or 1.0)
            days = line.pilot_lead_time_days
            scores.append(0.5 + 0.3 * (1 - smallest / wanted) + (0.2 if days is not None else 0.0))
            time = self._say("pilot_time", days=days) if days is not None else self._say("pilot_time_unknown")
            unit = unit_name(self.language, self.need.volume_unit)
            reasons.append(self._say("pilot", has=smallest, unit=unit, volume=wanted, time=time))
        return max(0.0, min(scores)), "; ".join(dict.fromkeys(reasons))

    def _share(self, wanted: list[Any], met: list[Any], names: list[str]) -> tuple[float, str]:
        shown = listed(self.language, names)
        if not met:
            return 0.0, self._say("wishes_none", names=shown)
        return len(met) / len(wanted), self._say("wishes", met=len(met), all=len(wanted), names=shown)

    def _granted(self, found: Assessment, field: str, name: str) -> bool:
        """True when a preferred (not required) thing is there, judged like a requirement."""
        if field not in ("processes", "materials", "certifications", "programs", "regions"):
            return False
        alone = self.need.model_copy(update={**NOTHING, field: [name]})
        return not Judge(alone, self.judge.day, self.judge.vocabulary, self.judge.places).assess(found.facts).failures

    def _wish_label(self, field: str, name: str) -> str:
        kind = {"processes": "process", "materials": "material"}.get(field)
        if kind is not None:
            return self.judge.label(kind, name)
        return self.judge.place_name(name) if field == "regions" else name.replace("|", " / ")

    def _vetting(self, found: Assessment) -> tuple[float, str]:
        certificates = found.facts.profile.certifications
        if not certificates:
            return 0.0, self._say("vetting_none")
        states = [c.state_on(self.judge.day) for c in certificates]
        value = sum(EVIDENCE.get(state, 0.0) for state in states) / len(states)
        seen = sum(state in CERTIFYING_STATES for state in states)
        return value, self._say("vetting", seen=seen, all=len(states), verified=states.count("issuer_verified"))

    def gaps(self, found: Assessment) -> list[str]:
        """What a buyer should know before choosing this match."""
        need, day, gaps = self.need, self.judge.day, list[str]()

        def add(key: str, **values: Any) -> None:
            gaps.append(say(self.language, "gaps", key, **values))

        for item, certificate in found.certificates.items():
            name = certificate.standard
            if certificate.expires is None:
                add("no_expiry", name=name)
            elif (certificate.expires - day).days <= _EXPIRES_SOON:
                add("expires", name=name, days=(certificate.expires - day).days, date=str(certificate.expires))
            wanted = self.judge.vocabulary.lookup("certification", item.split("|")[0])
            shown = self.judge.vocabulary.lookup("certification", name)
            if wanted is not None and wanted.edition and shown is not None and shown.edition is None:
                add("edition", name=name)
            if not certificate.scope:
                add("scope", name=name)
        counted = {id(certificate) for certificate in found.certificates.values()}
        for certificate in found.facts.profile.certifications:
            state = certificate.state_on(day)
            if id(certificate) not in counted and state == "revoked":
                add("other_revoked", name=certificate.standard)
            elif id(certificate) not in counted and state == "expired":
                add("other_expired", name=certificate.standard, date=str(certificate.expires or "—"))
        for program in need.programs:
            if not any(self.judge.documented(found.facts, part) for part in program.split("|")):
                add("program", name=program.replace("|", " / "))
        if lead_time(found) is None:
            add("lead_time")
        for line in found.lines.values():
            unit = unit_name(self.language, line.unit)
            if need.pilot_volume is not None and line.pilot_lead_time_days is None:
                add("pilot_lead_time")
            if need.pilot_volume is not None and line.pilot_min_order is None and line.min_order is not None:
                add("pilot_minimum", has=line.min_order, unit=unit)
            if (need.monthly_volume is not None or need.order_volume is not None) and line.min_order is None:
                add("min_order")
            if need.monthly_volume is not None and need.monthly_volume > 0.8 * self._free(line):
                add("tight", share=round(100 * need.monthly_volume / self._free(line)))
        for kind, wanted_names, own in (
            ("industry", need.industries, found.facts.industries),
            ("innovation", need.innovation, found.facts.innovation),
        ):
            missing = [w for w in wanted_names if not any(self.judge.vocabulary.is_a(kind, o, w) for o in own)]
            for name in missing:
                add("wish", name=self.judge.label(kind, name))
        for code in need.languages:
            if code not in found.facts.profile.languages:
                add("wish", name=code)
        for field, names in sorted(need.wishes.items()):
            for name in names:
                if not self._granted(found, field, name):
                    add("wish", name=self._wish_label(field, name))
        return list(dict.fromkeys(gaps))


NOTHING: dict[str, Any] = {
    "processes": [], "materials": [], "certifications": [], "programs": [], "countries": [], "regions": [],
    "exclude_countries": [], "must": [], "near": None, "pilot_volume": None, "monthly_volume": None,
    "order_volume": None, "max_lead_time_days": None, "max_pilot_lead_time_days": None,
}  # fmt: skip


def lead_time(found: Assessment) -> int | None:
    """Days of the slowest required process; None when any of them is not stated."""
    days = [line.lead_time_days for line in found.lines.values()]
    known = [d for d in days if d is not None]
    return max(known) if known and len(known) == len(days) else None

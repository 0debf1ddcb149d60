"""Facets that part the schedule wherever it is: material, knit or woven, for whom, part or whole.

A facet's values form a taxonomy (polyester is a synthetic fiber, which is a man-made fiber, which is a textile): a
description that says polyester agrees with "Of man-made fibers" and contradicts "Of cotton".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from retrieval.analysis import fold
from retrieval.classify.words import affirmed, load, terms

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(?:%|percent|per cent|por ciento)\s*(?:de\s+|of\s+|polar\s+)?")
AXES = ("material", "build", "who", "part")


@dataclass(frozen=True)
class Facets:
    """Values by axis with how sure they are, 0 to 1: the main material 1, a lesser one less."""

    values: Mapping[str, Mapping[str, float]]

    def implied(self) -> Iterator[tuple[str, float]]:
        """Terms that the values and what stands above them are called by in the schedule, with weights."""
        for axis, found in self.values.items():
            for value, sure in found.items():
                for step, above in enumerate(lineage(axis, value)):
                    for word in terms(_spec(axis)[above].get("says", "")):
                        yield word, 0.5 * sure * 0.7**step

    def main(self, axis: str) -> str | None:
        """The value of an axis that is surest."""
        found = self.values.get(axis)
        return max(found, key=lambda v: found[v]) if found else None


def read_facets(text: str, language: str) -> Facets:
    """What a description says, in either language."""
    folded = fold(text)
    values: dict[str, dict[str, float]] = {}
    for axis in AXES:
        found: dict[str, float] = {}
        for value, start in _matches(axis, folded, language):
            found[value] = max(found.get(value, 0.0), _sure(axis, folded, start))
        if found:
            top = max(found.values())
            values[axis] = {v: s / top for v, s in found.items()}
    return Facets(values)


def compare(asked: Mapping[str, float], offered: Mapping[str, float], axis: str) -> tuple[float, float]:
    """(agreement, contradiction), 0 to 1 each, of what is asked with what a branch of the schedule offers."""
    if not asked or not offered:
        return 0.0, 0.0
    agree = clash = 0.0
    weight = sum(asked.values())
    for value, sure in asked.items():
        up = lineage(axis, value)
        if any(o in up or value in lineage(axis, o) for o in offered):
            agree += sure
        else:
            clash += sure
    return agree / weight, clash / weight


def offered(path: tuple[str, ...], chapter: str) -> dict[str, dict[str, float]]:
    """Facets that a path of the schedule names, its last naming level deciding an axis; else the chapter's own."""
    values: dict[str, dict[str, float]] = {}
    for axis in AXES:
        for level in reversed(path):
            found = _named(axis, level)
            if found:
                values[axis] = dict.fromkeys(found, 1.0)
                break
    for axis, chapters in load("facets.yaml")["chapters"].items():
        if axis not in values and chapter in chapters:
            values[axis] = dict.fromkeys(str(chapters[chapter]).split(), 1.0)
    return values


@cache
def _named(axis: str, level: str) -> frozenset[str]:
    sure, _ = affirmed(level)
    return frozenset(value for value, _ in _matches(axis, sure, "en"))


@cache
def lineage(axis: str, value: str) -> tuple[str, ...]:
    """A value and everything above it."""
    found = [value]
    for name in found:
        for above in str(_spec(axis)[name].get("is", "")).split():
            if above not in found:
                found.append(above)
    return tuple(found)


def _spec(axis: str) -> dict[str, dict[str, str]]:
    spec: dict[str, dict[str, str]] = load("facets.yaml")["axes"][axis]
    return spec


@cache
def _rules(axis: str, language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = []
    for value, spec in _spec(axis).items():
        words = [w.strip() for w in str(spec.get(language, "")).split(",") if w.strip()]
        if words:
            rules.append((value, re.compile(r"(?<![\w-])(?:" + "|".join(fold(w) for w in words) + r")(?!\w)")))
    return tuple(rules)


def _matches(axis: str, folded: str, language: str) -> Iterator[tuple[str, int]]:
    """Values named, a longer name before a shorter one that is part of it ("stainless steel" is no mere steel)."""
    spans: list[tuple[int, int, str]] = []
    for value, rule in _rules(axis, language):
        spans += [(m.start(), m.end(), value) for m in rule.finditer(folded)]
    for start, end, value in spans:
        if not any(s <= start and end <= e and (e - s) > (end - start) for s, e, _ in spans):
            yield value, start


def _sure(axis: str, folded: str, start: int) -> float:
    if axis != "material":
        return 1.0
    shares = list(_SHARE.finditer(folded))
    before = [m for m in shares if 0 <= start - m.end() <= 25]
    if before:
        return max(float(before[-1].group(1)), 1.0) / 100
    if shares:
        return 0.3
    clause = folded[max(0, start - 60) : start]
    if re.search(r"\b(with|featuring|con|and a|packed|nylon pouch)\b[^,]*$", clause):
        return 0.4
    return 1.0

"""Questions whose answers part the leading candidates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.classification.wording import Language, label, say
from retrieval.classify.classifier import Candidate, Ranking
from retrieval.classify.facets import AXES

LEADING = 5
MOST = 3
_SHARE = 0.1
"""A candidate leads when it is at least this likely, compared with the first."""


@dataclass(frozen=True)
class Choice:
    answer: str
    hts: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    name: str
    question: str
    choices: tuple[Choice, ...]


def questions(ranking: Ranking, language: Language) -> list[Question]:
    """The most telling first; at most MOST. None when one candidate stands alone and everything else is far behind."""
    found = ranking.candidates
    if not found:
        return [Question("description", say("ask.describe", language), ())]
    leading = [c for c in found[:LEADING] if c.probability >= _SHARE * found[0].probability]
    asked = [q for name in AXES if (q := _facet(name, leading, ranking, language))]
    asked.sort(key=lambda q: -_parting(q, leading))
    if len(leading) > 1:
        asked = asked[: MOST - 1]
        between = _between(leading, language)
        if between and not (asked and _parting(asked[0], leading) == len(leading)):
            asked.append(between)
    return asked[:MOST]


def _facet(name: str, leading: Sequence[Candidate], ranking: Ranking, language: Language) -> Question | None:
    """A question about one axis, when the description is silent on it and the candidates differ."""
    if ranking.query.facets.values.get(name):
        return None
    by: dict[str, list[str]] = defaultdict(list)
    for c in leading:
        if name == "part":
            by[say("part.yes" if c.part else "part.no", language)].append(c.code)
        else:
            values = c.offers.get(name)
            if values:
                by[" / ".join(label(v, language) for v in sorted(values))].append(c.code)
    if len(by) < 2:
        return None
    return Question(name, say(f"ask.{name}", language), tuple(Choice(a, tuple(codes)) for a, codes in by.items()))


def _parting(question: Question, leading: Sequence[Candidate]) -> int:
    """Into how many groups it parts the leading candidates."""
    return len(question.choices) if sum(len(c.hts) for c in question.choices) >= 2 else 0


def _between(leading: Sequence[Candidate], language: Language) -> Question | None:
    """The schedule's own words, from the level where the leading candidates part."""
    by: dict[str, list[str]] = defaultdict(list)
    for c in leading:
        depth = max(_shared(c, other) for other in leading if other is not c)
        by[" › ".join(level.strip(" :") for level in c.path[min(depth, len(c.path) - 1) :])].append(c.code)
    if len(by) < 2:
        return None
    return Question("text", say("ask.between", language), tuple(Choice(a, tuple(codes)) for a, codes in by.items()))


def _shared(one: Candidate, other: Candidate) -> int:
    count = 0
    for a, b in zip(one.path, other.path, strict=False):
        if a != b:
            break
        count += 1
    return count

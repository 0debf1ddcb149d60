"""How well a section's words answer a query: BM25 over terms (a term with its synonyms counts once), and coverage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from retrieval import fulltext
from retrieval.glossary import Phrase
from retrieval.models import Passage
from retrieval.query import Query, Term
from retrieval.sections import Section

CANDIDATES = 100
COMMON = 3_000
"""Passages that a word stands in, above which it is common."""
_TELLING = 2
_MOST_COUNTED = 50_000
_K1, _B = 1.2, 0.3
_USUAL = 80
"""Tokens of a usual passage. A constant: one corpus of short rows must not change how another is ranked."""
Fields = tuple[list[str], list[str], list[str]]


@dataclass(frozen=True)
class Words:
    """`score`: BM25, 0 when nothing matches. `coverage`: share of the query's weight that is matched, 0 to 1, a rare
    or unknown word weighing more than a common one. `exact`: how many of the query's identifiers stand in it. `about`:
    weight of the query's terms of the field that are matched."""

    score: float
    coverage: float
    exact: int
    about: float


class Frequencies:
    """How many passages hold a term, counted once for as long as nothing is written. Safe to share by threads."""

    def __init__(self) -> None:
        self._counted: tuple[str | None, dict[tuple[Phrase, ...], int]] = (None, {})

    def at(self, connection: Connection, version: str | None) -> Callable[[tuple[Phrase, ...]], int]:
        """Counts for the catalog's `version`, a mark that changes when vectors do; of no phrases: all passages."""
        mark = f"{version} {connection.execute(select(func.max(Passage.rowid))).scalar()}"
        if mark != self._counted[0] or len(self._counted[1]) > _MOST_COUNTED:
            self._counted = mark, {}
        counted = self._counted[1]

        def count(phrases: tuple[Phrase, ...]) -> int:
            if phrases not in counted:
                found = fulltext.frequency(connection, phrases) if phrases else fulltext.count(connection)
                counted[phrases] = found
            return counted[phrases]

        return count


Count = Callable[[tuple[Phrase, ...]], int]


def find(connection: Connection, query: Query, conditions: Sequence[ColumnElement[bool]], count: Count) -> list[str]:
    """Ids of candidate passages by full text, identifiers first.

    Words that stand in thousands of passages find nothing that rarer words of the same question don't: they are left
    out of the looking up, though not of the weighing.
    """
    exact = [phrase for term in query.terms if term.exact for phrase in term.phrases]
    first = fulltext.candidates(connection, exact, conditions, CANDIDATES)
    rarest = sorted(query.terms, key=lambda term: count(term.phrases))
    telling = [term for term in rarest if 0 < count(term.phrases) <= COMMON]
    telling = telling if len(telling) >= _TELLING else [term for term in rarest if count(term.phrases)][:_TELLING]
    phrases = [phrase for term in telling for phrase in term.phrases]
    others = fulltext.candidates(connection, phrases, conditions, CANDIDATES)
    return list(dict.fromkeys([*first, *others]))


def weigh(connection: Connection, query: Query, sections: Sequence[Section], count: Count) -> dict[str, Words]:
    """Score sections by key, over the whole collection's word frequencies.

    A term counts where it stands best: a section says it in one language or in the other, in one part or another.
    """
    total = max(count(()), 1)
    weights = [_rarity(count(term.phrases), total) for term in query.terms]
    stored = fulltext.tokens_of(connection, [m.rowid for s in sections for m in s.members])
    return {s.key: _weigh(query.terms, weights, s, stored) for s in sections}


def _rarity(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _weigh(terms: Sequence[Term], weights: Sequence[float], section: Section, stored: Mapping[int, Fields]) -> Words:
    score = matched = about = 0.0
    exact = 0
    members = [stored[m.rowid] for m in section.members if m.rowid in stored]
    present = [set().union(*fields) for fields in members]
    for term, weight in zip(terms, weights, strict=True):
        best = 0.0
        for fields, tokens in zip(members, present, strict=True):
            phrases = [phrase for phrase in term.phrases if tokens.issuperset(phrase)]
            if phrases:
                best = max(best, _saturated(fields, phrases))
        if best:
            score += weight * best
            matched += weight
            exact += term.exact
            about += weight * term.known
    return Words(score, matched / (sum(weights) or 1.0), exact, about)


def _saturated(fields: Fields, phrases: Sequence[Sequence[str]]) -> float:
    count = sum(
        times * max(_occurrences(field, phrase) for phrase in phrases)
        for times, field in zip(fulltext.WEIGHTS.values(), fields, strict=True)
    )
    return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * len(fields[2]) / _USUAL))


def _occurrences(field: list[str], phrase: Sequence[str]) -> int:
    if len(phrase) == 1:
        return field.count(phrase[0])
    size = len(phrase)
    return sum(tuple(field[i : i + size]) == tuple(phrase) for i in range(len(field) - size + 1))

"""How well a section's words answer a query: BM25 over terms (a term with its synonyms counts once), and coverage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection

from retrieval import fulltext
from retrieval.glossary import Phrase
from retrieval.query import Query, Term
from retrieval.sections import Row, Section, rows_of

CANDIDATES = 60
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
    or unknown word weighing more than a common one. `exact`: how many of the query's identifiers stand in it;
    `own`: how many of them in its title or heading; `above`: how many of which it names what they are part of."""

    score: float
    coverage: float
    exact: int
    own: int = 0
    above: int = 0


class Frequencies:
    """How many passages hold a term, counted once for as long as nothing is written. Safe to share by threads."""

    def __init__(self) -> None:
        self._counted: tuple[str | None, dict[tuple[Phrase, ...], int]] = (None, {})

    def at(self, connection: Connection, mark: str) -> Callable[[tuple[Phrase, ...]], int]:
        """Counts for the catalog's `mark`, which changes when passages do; of no phrases: all passages."""
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


def find(connection: Connection, query: Query, conditions: Sequence[ColumnElement[bool]], count: Count) -> list[Row]:
    """Candidate passages by full text, those with one of the query's identifiers first.

    Words that stand in thousands of passages find nothing that rarer words of the same question don't: they are left
    out of the looking up, though not of the weighing.
    """
    exact = [phrase for term in query.terms if term.exact for phrase in term.phrases]
    rarest = sorted(query.terms, key=lambda term: count(term.phrases))
    telling = [term for term in rarest if 0 < count(term.phrases) <= COMMON]
    telling = telling if len(telling) >= _TELLING else [term for term in rarest if count(term.phrases)][:_TELLING]
    phrases = [phrase for term in telling for phrase in term.phrases]
    return [row for asked in (exact, phrases) for row in _best(connection, asked, conditions)]


def _best(
    connection: Connection, phrases: Sequence[Phrase], conditions: Sequence[ColumnElement[bool]]
) -> Sequence[Row]:
    """The CANDIDATES best passages that the conditions allow.

    Nearly always the best of all passages hold enough that are allowed: only where they don't is every match looked
    up beside its document.
    """
    size = 2 * CANDIDATES
    found = fulltext.best(connection, phrases, size)
    if not found:
        return ()
    rows = {row.member.rowid: row for row in rows_of(connection, conditions, rowids=found)}
    if len(rows) < CANDIDATES and len(found) == size:
        found = fulltext.best_allowed(connection, phrases, conditions, CANDIDATES)
        rows = {row.member.rowid: row for row in rows_of(connection, conditions, rowids=found)}
    return [rows[rowid] for rowid in found if rowid in rows][:CANDIDATES]


def weigh(
    connection: Connection, query: Query, sections: Sequence[Section], count: Count, addressed: Set[int] = frozenset()
) -> dict[str, Words]:
    """Score sections by key, over the whole collection's word frequencies. `addressed`: rowids at the addresses that
    the query names.

    A term counts where it stands best: a section says it in one language or in the other, in one part or another.
    """
    total = max(count(()), 1)
    weights = [_rarity(count(term.phrases), total) for term in query.terms]
    stored = fulltext.tokens_of(connection, [m.rowid for s in sections for m in s.members])
    asked = frozenset(token for term in query.terms for phrase in term.phrases for token in phrase)
    return {s.key: _weigh(query.terms, weights, asked, s, stored, addressed) for s in sections}


def _rarity(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _weigh(
    terms: Sequence[Term],
    weights: Sequence[float],
    asked: frozenset[str],
    section: Section,
    stored: Mapping[int, Fields],
    addressed: Set[int],
) -> Words:
    score = matched = 0.0
    above = 0
    exact = own = int(any(m.rowid in addressed for m in section.members))
    members = [(stored[m.rowid], _counted(stored[m.rowid], asked)) for m in section.members if m.rowid in stored]
    for term, weight in zip(terms, weights, strict=True):
        best, named = 0.0, False
        for fields, counted in members:
            phrases = [phrase for phrase in term.phrases if phrase[0] in counted and _stands(phrase, counted)]
            if phrases:
                best = max(best, _saturated(fields, counted, phrases))
                named = named or (term.exact and any(p[0] in fields[0] or p[0] in fields[1] for p in phrases))
        if best:
            score += weight * best
            matched += weight
            exact += term.exact
            own += named
            above += term.above
    return Words(score, matched / (sum(weights) or 1.0), exact, own, above)


def _stands(phrase: Phrase, counted: Mapping[str, float]) -> bool:
    return len(phrase) == 1 or all(token in counted for token in phrase)


def _counted(fields: Fields, asked: frozenset[str]) -> dict[str, float]:
    """How often each token of the query stands in a passage, one in the title or heading weighing what it does
    there."""
    counted: dict[str, float] = {}
    for times, field in zip(fulltext.WEIGHTS.values(), fields, strict=True):
        for token in field:
            if token in asked:
                counted[token] = counted.get(token, 0.0) + times
    return counted


def _saturated(fields: Fields, counted: Mapping[str, float], phrases: Sequence[Phrase]) -> float:
    count = 0.0
    if len(phrases) == 1 and len(phrases[0]) == 1:
        count = counted[phrases[0][0]]
    else:
        for times, field in zip(fulltext.WEIGHTS.values(), fields, strict=True):
            count += times * max(_occurrences(field, phrase) for phrase in phrases)
    return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * len(fields[2]) / _USUAL))


def _occurrences(field: list[str], phrase: Phrase) -> int:
    if len(phrase) == 1:
        return field.count(phrase[0])
    size = len(phrase)
    return sum(tuple(field[i : i + size]) == phrase for i in range(len(field) - size + 1))

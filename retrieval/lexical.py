"""How well a passage's words answer a query: BM25 over terms (a term with its synonyms counts once), and coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection

from retrieval import fulltext
from retrieval.models import Passage
from retrieval.query import Query, Term

CANDIDATES = 200
_K1, _B = 1.2, 0.3
_USUAL = 80
"""Tokens of a usual passage. A constant: one corpus of short rows must not change how another is ranked."""
Fields = tuple[list[str], list[str], list[str]]


@dataclass(frozen=True)
class Words:
    """`score`: BM25, 0 when nothing matches. `coverage`: share of the query's weight that is matched, 0 to 1, a rare
    or unknown word weighing more than a common one. `exact`: how many of the query's identifiers stand in it."""

    score: float
    coverage: float
    exact: int


def find(connection: Connection, query: Query, conditions: Sequence[ColumnElement[bool]]) -> list[str]:
    """Ids of candidate passages by full text, identifiers first."""
    exact = [phrase for term in query.terms if term.exact for phrase in term.phrases]
    first = fulltext.candidates(connection, exact, conditions, CANDIDATES)
    others = fulltext.candidates(connection, query.phrases, conditions, CANDIDATES)
    return list(dict.fromkeys([*first, *others]))


def weigh(connection: Connection, query: Query, passages: Sequence[Passage]) -> dict[str, Words]:
    """Score passages by id, over the whole collection's word frequencies."""
    total = max(fulltext.count(connection), 1)
    weights = [_rarity(fulltext.frequency(connection, term.phrases), total) for term in query.terms]
    stored = fulltext.tokens_of(connection, [p.rowid for p in passages])
    return {p.id: _weigh(query.terms, weights, stored.get(p.rowid, ([], [], []))) for p in passages}


def _rarity(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _weigh(terms: Sequence[Term], weights: Sequence[float], fields: Fields) -> Words:
    score = matched = 0.0
    exact = 0
    norm = 1 - _B + _B * len(fields[2]) / _USUAL
    for term, weight in zip(terms, weights, strict=True):
        count = sum(
            times * max((_occurrences(field, phrase) for phrase in term.phrases), default=0)
            for times, field in zip(fulltext.WEIGHTS.values(), fields, strict=True)
        )
        if count:
            score += weight * count * (_K1 + 1) / (count + _K1 * norm)
            matched += weight
            exact += term.exact
    return Words(score, matched / (sum(weights) or 1.0), exact)


def _occurrences(field: list[str], phrase: Sequence[str]) -> int:
    if len(phrase) == 1:
        return field.count(phrase[0])
    size = len(phrase)
    return sum(tuple(field[i : i + size]) == tuple(phrase) for i in range(len(field) - size + 1))

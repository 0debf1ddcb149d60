"""Order of the sections found, and whether any of them is likely to answer.

`similarity` is the cosine between query and section, `coverage` the share of the query's words (weighed by rarity,
terms of the field in both languages) that stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval.analysis import fold
from retrieval.lexical import Words
from retrieval.query import Query, asks, is_dated
from retrieval.sections import Section

DENSE_WEIGHT, COVERAGE_WEIGHT = 1.5, 0.25
SPREAD = 0.3
"""What similarity and coverage count beside the words, and by how much a cosine lies above the least one found to count
in full. Set on evals/retrieval/tuning.yaml and every other question of official.yaml, from the first."""
AS_ASKED = 0.25
"""What the cosine to a Spanish question as typed counts beside the cosine to its English terms, for an encoder that
knows no Spanish: to it Spanish texts all look alike."""
_FAR, _FAR_AS_ASKED = 0.1, 0.3
"""Taken for a cosine that is not among the nearest while the other one is."""
SIMILARITY_WEIGHT = 2.0
ENOUGH = 1.25
"""Least coverage + SIMILARITY_WEIGHT * similarity of one of the best sections. Set on evals/retrieval/tuning.yaml,
where it parts 94 questions about the guides, half Spanish, from 34 strays; another model may need other values."""
ENOUGH_WORDS = 0.45
_JUDGED = 5
SAME_QUESTION, OTHER_QUESTION = 1.2, 0.8
"""Factors for a heading that asks what the query asks, or something else."""
_DISCLAIMER = re.compile(r"not cover|no cubre|no se cubre")
_DISCLAIMED = 0.7
"""A section "What this guide does not cover" names many subjects and answers about none."""


@dataclass
class Found:
    """A section with its evidence; `fused` orders, 0 to about 1."""

    section: Section
    words: Words
    similarity: float | None
    fused: float = 0.0


def ranked(found: Sequence[Found], query: Query) -> list[Found]:
    """Order by the weighted sum of BM25 (1 for the best), of how far the cosine lies above the least one found, and of
    coverage.

    Sums of scores put the right section first more often than reciprocal ranks did: within one guide the ranks lie
    close together while the scores don't. Cosines are measured by a fixed spread: where all are alike (a question in
    words that the documents don't use) they decide little, where one stands out it leads. Identifiers come before all,
    those of a section's own title or heading first; ties go by key.
    """
    most = max((f.words.score for f in found), default=0.0) or 1.0
    cosines = [f.similarity for f in found if f.similarity is not None]
    low = min(cosines, default=0.0)
    whole = 1 + COVERAGE_WEIGHT + (DENSE_WEIGHT if cosines else 0.0)
    for f in found:
        near = 0.0 if f.similarity is None else min(1.0, (f.similarity - low) / SPREAD)
        score = f.words.score / most + DENSE_WEIGHT * near + COVERAGE_WEIGHT * f.words.coverage
        f.fused = score / whole * _heading_factor(query, f.section)
    return sorted(
        found,
        key=lambda f: (-f.words.exact, -f.words.above * query.bare, -f.words.own, -f.fused, f.section.key),
    )


def similarity(said: float | None, english: float | None) -> float | None:
    """One cosine of the two: to the question as asked, and put into English (the same where that was not needed)."""
    if said == english:
        return said
    as_asked = _FAR_AS_ASKED if said is None else said
    return AS_ASKED * as_asked + (1 - AS_ASKED) * (_FAR if english is None else english)


def is_weak(found: Sequence[Found], query: Query) -> bool:
    """True when none of the best sections holds one of the query's identifiers or comes to ENOUGH."""
    best = found[:_JUDGED]
    if any(f.words.exact or (f.words.above and query.bare) for f in best):
        return False
    if query.bare:
        return True  # what it names is not here, and it asks nothing else
    if all(f.similarity is None for f in found):  # no vectors: words alone must do
        return all(f.words.coverage < ENOUGH_WORDS for f in best)
    return all(f.words.coverage + SIMILARITY_WEIGHT * (f.similarity or 0.0) < ENOUGH for f in best)


def _heading_factor(query: Query, section: Section) -> float:
    headings = tuple(dict.fromkeys(member.paragraph for member in section.members if member.paragraph))
    factor, announced, dated = _announced(headings)
    if announced and query.asks:
        factor *= SAME_QUESTION if announced & query.asks else OTHER_QUESTION
    elif dated and query.asks & {"when", "how_long"}:
        factor *= SAME_QUESTION
    return factor


@lru_cache(maxsize=20_000)
def _announced(headings: tuple[str, ...]) -> tuple[float, frozenset[str], bool]:
    factor = _DISCLAIMED if any(_DISCLAIMER.search(fold(h)) for h in headings) else 1.0
    return factor, frozenset(kind for h in headings for kind in asks(h) - {"other"}), any(is_dated(h) for h in headings)

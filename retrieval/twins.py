"""Hits that say the same words: one text that was loaded in two formats, editions or files is shown once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from retrieval.analysis import fold
from retrieval.hits import Hit

_RUN = 4
_SAME = 0.9
"""Least share of the runs of words of the shorter text that stand in the other one."""
_LENGTHS = 0.7
"""Least length of the shorter text beside the other one: a sentence out of a page is another quotation."""


def place(hits: list[Hit], made: Hit) -> None:
    """Add `made` to the hits, best first, or put it for the one that says the same where it tells more: its page."""
    twin = next((n for n, hit in enumerate(hits) if same_words(hit, made)), None)
    if twin is None:
        hits.append(made)
    elif made.page and not hits[twin].page:
        hits[twin] = replace(made, score=hits[twin].score)


def same_words(one: Hit, other: Hit) -> bool:
    """Whether two hits of different documents in one language quote the same text, but for its marks and line ends.
    Figures count: two rules that differ in a rate, a date or a number are two."""
    if one.document_id == other.document_id or one.language != other.language or one.kind != other.kind:
        return False
    short, long = sorted((words(one.text), words(other.text)), key=len)
    if not short or len(short) < _LENGTHS * len(long) or figures(short) != figures(long):
        return False
    runs = runs_of(short)
    return len(runs & runs_of(long)) >= _SAME * len(runs)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


def figures(said: Sequence[str]) -> set[str]:
    return {word for word in said if any(c.isdigit() for c in word)}


def runs_of(said: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(said[n : n + _RUN]) for n in range(max(1, len(said) - _RUN + 1))}

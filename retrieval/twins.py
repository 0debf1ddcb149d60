"""Hits that say the same words: one text that was loaded in two formats, editions or files is shown once."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from retrieval.analysis import fold
from retrieval.hits import Hit

_HEAD = 12
"""Most words of a heading that may stand before the text."""


def place(hits: list[Hit], made: Hit) -> None:
    """Add `made` to the hits, best first, or put it for the one that says the same where it tells more: its page."""
    twin = next((n for n, hit in enumerate(hits) if same_words(hit, made)), None)
    if twin is None:
        hits.append(made)
    elif made.page and not hits[twin].page:
        hits[twin] = replace(made, score=hits[twin].score)


def same_words(one: Hit, other: Hit) -> bool:
    """Whether two hits of different documents in one language quote the same text, but for its marks, line ends and
    broken words, and for words of a heading before it, which one format has in the text and another beside it.
    Every other word counts: two rules that differ in a country, a figure or a "not" are two."""
    if one.document_id == other.document_id or one.language != other.language or one.kind != other.kind:
        return False
    short, long = sorted((words(one.text), words(other.text)), key=lambda said: sum(map(len, said)))
    if not short:
        return False
    heads = {word for hit in (one, other) for word in words(f"{hit.title} {hit.paragraph or ''}")}
    return any("".join(short) == "".join(long[start:]) for start in range(_leading(long, heads) + 1))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


def _leading(said: Sequence[str], heads: Set[str]) -> int:
    """How many of the first words are words of a heading; a few at most."""
    return next((n for n, word in enumerate(said[:_HEAD]) if word not in heads), min(len(said), _HEAD))

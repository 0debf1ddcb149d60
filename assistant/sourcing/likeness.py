"""Likeness of words that no vocabulary knows: the buyer's against those that a plant lists. Prose does not count."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.sourcing.inflect import stem
from assistant.sourcing.phrases import words
from assistant.sourcing.terms import common_words, word_lists
from assistant.sourcing.types import Profile
from assistant.sourcing.vocabulary import Vocabulary

_MEASURED = re.compile(r"(?:^|[\s±.,/])\d")  # but not the digits of a name: XG200
_SHORTEST = 3
_LISTS = {"processes": "process", "materials": "material", "industries": "industry", "innovation": "innovation"}


def asked_words(unmapped: Iterable[str]) -> frozenset[str]:
    """Stems of the words of a need that nothing took; a size or a tolerance is no word that a plant would list."""
    return frozenset(stem for text in unmapped if not _MEASURED.search(text) for stem in _stems(text))


def listed_words(profile: Profile, vocabulary: Vocabulary) -> set[str]:
    """Stems of what a plant lists in words of its own: its summary is advertising and is not read."""
    found: set[str] = set()
    for field, kind in _LISTS.items():
        for word in getattr(profile, field):
            if vocabulary.entry(kind, word) is None:
                found.update(_stems(word))
    for line in profile.capabilities:
        if vocabulary.entry("process", line.process) is None:
            found.update(_stems(line.process))
    return found


def _stems(text: str) -> Iterable[str]:
    ordinary = common_words() | word_lists()["product"]
    return (stem(word) for word in words(text.replace("_", " ")) if len(word) >= _SHORTEST and word not in ordinary)

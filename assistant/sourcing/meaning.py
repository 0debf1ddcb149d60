"""The vocabulary by meaning: which entry a phrase comes nearest to, where neither its words nor a slip of the pen tell.

Pure: vectors come from outside. Names are never read so: nothing with a digit, no certificate, program or unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.sourcing.terms import KINDS, Kind, load_yaml

Vectors = npt.NDArray[np.float32]


class Meaning(Protocol):
    """Reads a phrase by meaning."""

    def __call__(self, phrase: str, around: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
        """The entry among `kinds` that `phrase` means, or None. `around`: the text it stands in, for its language."""


@dataclass(frozen=True)
class Phrase:
    """A phrase of the vocabulary, in its language."""

    kind: Kind
    id: str
    language: str
    text: str


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """The thresholds of data/meaning.yaml."""
    return load_yaml("meaning.yaml")


def may_be_read(phrase: str) -> bool:
    """True for a phrase of plain words: no digits, no name in capitals, neither too short nor a sentence."""
    words = phrase.split()
    return (
        re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)*", phrase) is not None
        and len(phrase) >= settings()["shortest"]
        and len(words) <= settings()["longest"]
        and not any(word.isupper() for word in words)
    )


@lru_cache(maxsize=1)
def phrases() -> list[Phrase]:
    """Every phrase of the vocabulary that is read by meaning, each once for its entry and language."""
    found: dict[Phrase, None] = {}
    for kind in settings()["kinds"].split():
        for identity, row in load_yaml(f"{KINDS[kind]}.yaml").items():
            for language in ("en", "es"):
                for part in row.get(language, "").split(";"):
                    text = part.strip().lstrip("=~")
                    if may_be_read(text):
                        found[Phrase(kind, identity, language, text)] = None
    return list(found)


class Senses:
    """The phrases with their vectors (of length 1, one a row, in the same order)."""

    def __init__(self, listed: Sequence[Phrase], vectors: Vectors) -> None:
        self.phrases, self.vectors = list(listed), vectors
        names = [(p.kind, p.id) for p in self.phrases]
        order = {name: number for number, name in enumerate(dict.fromkeys(names))}
        self.entries = list(order)
        self.owner = np.array([order[name] for name in names])

    def nearest(self, vector: Vectors, language: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
        """The entry whose phrase is nearest to `vector`, if it is near enough and no other entry nearly as near."""
        limits = settings()["es" if language == "es" else "en"]
        best = self.scores(self.vectors @ vector)
        first = int(best.argmax())
        top = float(best[first])
        rest = float(np.delete(best, first).max())
        kind, identity = self.entries[first]
        if top < float(limits["nearest"]) or top - rest < float(limits["margin"]) or kind not in kinds:
            return None
        return kind, identity

    def scores(self, alike: Vectors) -> Vectors:
        """For each entry the likeness of its nearest phrase."""
        best = np.full(len(self.entries), -1.0, dtype=np.float32)
        np.maximum.at(best, self.owner, alike)
        return best

"""Nearness in meaning: vectors of every subheading and heading by the sentence encoder, kept in a file.

Making them takes half a minute to two minutes of processor time for the whole schedule; they are made once a revision,
lexicon and encoder, and read back from the data folder afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from retrieval.classify.index import Index
from retrieval.classify.lexicon import Lexicon
from retrieval.classify.words import affirmed

Scores = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
_NAMES, _OWN, _HEADING = 110, 110, 90  # letters: what comes first in a text says what it is about
_PART = 512


class Encoder(Protocol):
    """Of retrieval.embed: texts to vectors of length 1."""

    @property
    def model_id(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True)
class Meaning:
    """Vectors of an index's subheadings and headings, and the encoder that made them."""

    subheadings: Vectors
    headings: Vectors
    encoder: Encoder

    def near(self, texts: Sequence[str]) -> tuple[Scores, Scores]:
        """Cosine of the nearest of `texts` with each subheading, and with each heading."""
        asked = self.encoder.encode(list(texts)).T
        return (
            np.asarray((self.subheadings @ asked).max(axis=1), dtype=np.float64),
            np.asarray((self.headings @ asked).max(axis=1), dtype=np.float64),
        )


def meaning(index: Index, lexicon: Lexicon, encoder: Encoder, folder: Path | None = None) -> Meaning:
    """Vectors for `index`, read from `folder` when they were made before, else made and kept there."""
    subheadings, headings = texts(index, lexicon)
    digest = hashlib.sha256("\n".join([encoder.model_id, *subheadings, *headings]).encode()).hexdigest()[:24]
    place = folder / f"{digest}.npy" if folder else None
    whole = _read(place, len(subheadings) + len(headings))
    if whole is None:
        every = [*subheadings, *headings]
        whole = np.concatenate([encoder.encode(every[n : n + _PART]) for n in range(0, len(every), _PART)])
        _keep(place, whole)
    return Meaning(whole[: len(subheadings)], whole[len(subheadings) :], encoder)


def texts(index: Index, lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """What is embedded of each subheading and of each heading: trade names first, own words, then the heading's."""
    names: dict[str, list[str]] = {}
    for entry in lexicon.entries:
        for code in entry.codes:
            names.setdefault(code[:6], []).extend(entry.english)
    nodes = index.tree.nodes
    subs = []
    for code in index.subheadings:
        levels = [affirmed(level)[0].strip(" :;") for level in nodes[code].path]
        own = "; ".join(level for level in reversed(levels[1:]) if level not in ("other", ""))
        parts = (", ".join(names.get(code, [])[:6])[:_NAMES], own[:_OWN], levels[0][:_HEADING])
        subs.append(". ".join(part for part in parts if part))
    heads = []
    for code in index.headings:
        called = ", ".join(names.get(code, [])[:10])[: _NAMES + 30]
        heads.append((called + ". " if called else "") + affirmed(nodes[code].path[0])[0][: _OWN + 50])
    return subs, heads


def _read(place: Path | None, rows: int) -> Vectors | None:
    """Kept vectors; None when there are none or the file is not whole."""
    if place is None:
        return None
    try:
        found = np.asarray(np.load(place, allow_pickle=False), dtype=np.float32)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.ndim == 2 and len(found) == rows and bool(np.isfinite(found).all()) else None


def _keep(place: Path | None, made: Vectors) -> None:
    """Whole or not at all; a folder that can't be written to costs only the time to make them again."""
    if place is None:
        return
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.save(file, made.astype(np.float16), allow_pickle=False)
        part.replace(place)

"""Which misspellings are believable: slips of the finger and of the ear, not another word."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process as fuzzy
from rapidfuzz.distance import OSA, Levenshtein

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SOUNDS = ("aeiou", "csz", "ckq", "bv", "iy", "gj", "mn", "sx", "dt", "ll", "ly")
_SHORTEST, _LONG = 6, 9


def _neighbours() -> frozenset[tuple[str, str]]:
    pairs: set[tuple[str, str]] = set()
    for number, row in enumerate(_ROWS):
        for place, key in enumerate(row):
            pairs |= {(key, other) for other in row[max(0, place - 1) : place + 2]}
            if number + 1 < len(_ROWS):
                pairs |= {(key, other) for other in _ROWS[number + 1][max(0, place - 1) : place + 1]}
    pairs |= {(a, b) for sound in _SOUNDS for a in sound for b in sound}
    return frozenset(pairs | {(b, a) for a, b in pairs})


_SLIPS = _neighbours()


def believable(word: str, meant: str) -> bool:
    """True when every letter of `meant` that `word` exchanges lies beside it on the keyboard or sounds like it."""
    if sorted(word) == sorted(meant):
        return True  # letters swapped
    swaps = [op for op in Levenshtein.editops(word, meant) if op.tag == "replace"]
    return all((word[op.src_pos], meant[op.dest_pos]) in _SLIPS for op in swaps)


def meant_by(word: str, known: Sequence[str]) -> str:
    """The one of `known` that `word` misspells, or `word`. Only long words, and only with the same initial."""
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    limit = 2 if len(word) >= _LONG else 1
    found = fuzzy.extract(word, known, scorer=OSA.distance, score_cutoff=limit, limit=12)
    near = [(distance, meant) for meant, distance, _ in found if meant[0] == word[0] and believable(word, meant)]
    return str(min(near)[1]) if near else word

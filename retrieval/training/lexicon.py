"""Learns which word means which: `python -m retrieval.training.lexicon --pairs FILE --out FILE.tsv`.

IBM's model 1 over the training pairs, on the stems of the full-text index, in both directions. Kept are translations
that either direction holds likely: a line is `es|en`, a stem, a tab, and the likely stems of the other language.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.analysis import fold, stem, stop_words
from retrieval.training.pairs import words
from retrieval.training.vocabulary import read_pairs

ROUNDS = 6
LONGEST = 25
LEAST_SEEN = 3
LIKELY = 0.12
MOST = 4
Numbers = npt.NDArray[np.int64]


def learn(pairs: Sequence[tuple[list[str], list[str]]]) -> dict[tuple[str, str], tuple[float, float]]:
    """For stems seen together: (p(English | Spanish), p(Spanish | English))."""
    vocabularies = [_numbered(side) for side in zip(*pairs, strict=True)]
    sides: list[list[int]] = [[], []]
    of_pair: list[int] = []
    for number, (es, en) in enumerate(pairs):
        ours, theirs = ([v[w] for w in side if w in v] for side, v in zip((es, en), vocabularies, strict=True))
        for a in ours:
            sides[0] += [a] * len(theirs)
            sides[1] += theirs
            of_pair += [number] * len(theirs)
    es_of, en_of = (np.array(s, dtype=np.int64) for s in sides)
    pair_of = np.array(of_pair, dtype=np.int64)
    size = len(vocabularies[1]) + 1
    keys, cell = np.unique(es_of * size + en_of, return_inverse=True)
    given_es = _model(keys // size, keys % size, cell, pair_of * size + en_of)
    given_en = _model(keys % size, keys // size, cell, pair_of * (len(vocabularies[0]) + 1) + es_of)
    names = [{at: word for word, at in v.items()} for v in vocabularies]
    return {
        (names[0][int(key // size)], names[1][int(key % size)]): (float(a), float(b))
        for key, a, b in zip(keys, given_es, given_en, strict=True)
        if a > LIKELY / 2 or b > LIKELY / 2
    }


def _model(given: Numbers, _made: Numbers, cell: Numbers, slot: Numbers) -> npt.NDArray[np.float64]:
    """Probability of each cell's word, given the other's: every word of a sentence is made by one of the other's."""
    _, slot = np.unique(slot, return_inverse=True)
    chance = np.full(len(given), 1.0)
    for _ in range(ROUNDS):
        share = chance[cell]
        share /= np.bincount(slot, share)[slot]
        count = np.bincount(cell, share, len(given))
        chance = count / np.bincount(given, count)[given]
    return chance


def _numbered(sides: Sequence[list[str]]) -> dict[str, int]:
    count = Counter(word for side in sides for word in side)
    return {word: at for at, (word, n) in enumerate(count.most_common()) if n >= LEAST_SEEN}


def stems(text: str, language: str) -> list[str]:
    found = (stem(w, language) for w in words(fold(text)) if w.isalpha() and len(w) > 2 and w not in stop_words())
    return list(dict.fromkeys(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    read = [(stems(es, "es"), stems(en, "en")) for _, es, en in read_pairs(given.pairs)]
    learnt = learn([pair for pair in read if pair[0] and pair[1] and max(map(len, pair)) <= LONGEST])
    lines = []
    for language, own, chance in (("es", 0, 0), ("en", 1, 1)):
        by_word: dict[str, list[tuple[float, str]]] = {}
        for pair, chances in learnt.items():
            # what one direction holds likely and the other not at all is an accident of a rare word
            if chances[chance] >= LIKELY and chances[1 - chance] >= LIKELY / 4 and pair[0] != pair[1]:
                by_word.setdefault(pair[own], []).append((chances[chance], pair[1 - own]))
        for word, meanings in sorted(by_word.items()):
            best = [meaning for _, meaning in sorted(meanings, reverse=True)[:MOST]]
            lines.append(f"{language}\t{word}\t{' '.join(best)}\n")
    given.out.write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines)} words")


if __name__ == "__main__":
    main()

"""What a schedule's numbers say, as numbers: word weights by field, lexicon entries, facets, numbers of lines.

Built from the rows of one revision in seconds; plain arrays, so that a built index can be kept in a file.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from retrieval.classify.facets import offered
from retrieval.classify.lexicon import SPANISH, Lexicon
from retrieval.classify.tree import Node, Row, Tree, tree
from retrieval.classify.words import affirmed, terms

Scores = npt.NDArray[np.float64]
_K1, _B = 1.2, 0.5
MAYBE = 0.4
"""Weight of words after "whether or not" and "including"."""


@dataclass
class Field:
    """Postings of one kind of text over n documents: word → (documents, weight there: rarity times saturated count)."""

    size: int
    postings: dict[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]]
    rarity: dict[str, float]

    def score(self, query: Mapping[str, float]) -> Scores:
        """Share of the query's weight that each document answers, about 0 to 2."""
        total = np.zeros(self.size)
        whole = 0.0
        for word, weight in query.items():
            found = self.postings.get(word)
            if found is None:
                continue
            np.add.at(total, found[0], weight * found[1])
            whole += weight * self.rarity[word]
        return total / whole if whole else total


def make_field(documents: Iterable[Mapping[str, float]]) -> Field:
    docs = list(documents)
    lengths = [sum(d.values()) for d in docs]
    usual = (sum(lengths) / max(len(docs), 1)) or 1.0
    lists: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, doc in enumerate(docs):
        for word, count in doc.items():
            norm = count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * lengths[number] / usual))
            lists[word].append((number, norm))
    rarity = {w: math.log(1 + (len(docs) - len(f) + 0.5) / (len(f) + 0.5)) for w, f in lists.items()}
    postings = {
        w: (np.array([n for n, _ in f], dtype=np.int32), np.array([s * rarity[w] for _, s in f], dtype=np.float32))
        for w, f in lists.items()
    }
    return Field(len(docs), postings, rarity)


@dataclass
class Index:
    """Subheadings are the documents; `heading_of` and `line_of` map the others onto them."""

    tree: Tree
    subheadings: tuple[str, ...]
    headings: tuple[str, ...]
    heading_of: npt.NDArray[np.int32]
    lines: tuple[str, ...]
    subheading_of: npt.NDArray[np.int32]
    own: Field
    heading: Field
    under: Field
    whole: Field
    line: Field
    known_as: Field
    heading_known_as: Field
    facets: list[dict[str, dict[str, float]]]
    residual: npt.NDArray[np.bool_]
    parts: npt.NDArray[np.bool_]
    size: Scores
    entries: dict[int, list[tuple[str, int]]]


def build(rows: Iterable[Row], lexicon: Lexicon) -> Index:
    """The index of one revision's rows, in file order."""
    t = tree(rows)
    nodes = t.nodes
    subs, heads = t.subheadings, t.headings
    at_sub = {code: n for n, code in enumerate(subs)}
    at_head = {code: n for n, code in enumerate(heads)}
    known: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    entries: dict[int, list[tuple[str, int]]] = {}
    for number, entry in enumerate(lexicon.entries):
        bag = {w: 1.0 for form in entry.english for w in terms(form)}
        bag |= {SPANISH + w: 1.0 for form in entry.spanish for w in terms(form, "es")}
        for code in entry.codes:
            for part in {code[:6], code[:4]}:
                _add(known[part], bag)
        entries[number] = [(c[:6] if len(c) > 6 else c, len(entry.codes)) for c in entry.codes]
    own = [_bag(nodes[c].own) for c in subs]
    heading = [_bag(nodes[c].path[:1]) for c in heads]
    under_by: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    whole_by: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for code, node in nodes.items():
        text = _bag(node.path[-1:])
        _add(whole_by[code[:4]], text)
        if len(code) > 6:
            _add(under_by[code[:6]], text)
    return Index(
        tree=t,
        subheadings=subs,
        headings=heads,
        heading_of=np.array([at_head[c[:4]] for c in subs], dtype=np.int32),
        lines=t.lines,
        subheading_of=np.array([at_sub[c[:6]] for c in t.lines], dtype=np.int32),
        own=make_field(own),
        heading=make_field(heading),
        under=make_field(under_by[c] for c in subs),
        whole=make_field(whole_by[c] for c in heads),
        line=make_field(_bag(nodes[c].path) for c in t.lines),
        known_as=make_field(known[c] for c in subs),
        heading_known_as=make_field(known[c] for c in heads),
        facets=[offered(nodes[c].path, c[:2]) for c in subs],
        residual=np.array([nodes[c].residual for c in subs]),
        parts=np.array([_is_part(nodes[c]) for c in subs]),
        size=np.log1p(np.bincount([at_sub[c[:6]] for c in t.lines], minlength=len(subs)).astype(float)),
        entries=entries,
    )


def _bag(levels: Iterable[str]) -> dict[str, float]:
    bag: dict[str, float] = defaultdict(float)
    for level in levels:
        for word, count in _level(level):
            bag[word] += count
    return bag


def _add(bag: dict[str, float], more: Mapping[str, float]) -> None:
    for word, count in more.items():
        bag[word] += count


@cache
def _level(text: str) -> tuple[tuple[str, float], ...]:
    """Words of one level; the schedule repeats its levels many times over."""
    sure, maybe = affirmed(text)
    bag: dict[str, float] = defaultdict(float)
    for word in terms(sure):
        bag[word] += 1.0
    for word in terms(maybe):
        bag[word] = max(bag[word], MAYBE)
    return tuple(bag.items())


def _is_part(node: Node) -> bool:
    return any(level.lower().startswith(("parts", "partes")) for level in node.path)

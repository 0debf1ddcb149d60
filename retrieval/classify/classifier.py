"""Ranks a schedule's subheadings, and the lines under each, for a description."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.classify import index as indexing
from retrieval.classify.facets import Facets, offered
from retrieval.classify.lexicon import Lexicon, load_lexicon
from retrieval.classify.lines import line_scores
from retrieval.classify.meaning import Encoder, meaning
from retrieval.classify.rank import NAMES, Scores, features
from retrieval.classify.reading import Query, read, said
from retrieval.classify.tree import Node, Row
from retrieval.classify.words import load, stemmed, terms


@dataclass(frozen=True)
class Option:
    """One line of a subheading; `share` is how likely it is when the subheading is right."""

    code: str
    path: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Candidate:
    """A subheading (six digits) with its lines, likeliest first. `probability` that these six digits are right;
    `matched`: the description's words that the schedule or the lexicon knows for it."""

    code: str
    path: tuple[str, ...]
    probability: float
    lines: tuple[Option, ...]
    matched: tuple[str, ...]
    known_as: tuple[str, ...]
    offers: Mapping[str, Mapping[str, float]]
    residual: bool
    part: bool


@dataclass(frozen=True)
class Ranking:
    """Candidates, best first. `known`: share of the description's weight that the schedule or lexicon knows at all."""

    query: Query
    candidates: tuple[Candidate, ...]
    known: float

    @property
    def facets(self) -> Facets:
        return self.query.facets


class Classifier:
    """Over the rows of one revision, in file order. Safe to share by threads; building takes seconds."""

    def __init__(
        self,
        rows: Iterable[Row],
        lexicon: Lexicon | None = None,
        encoder: Encoder | None = None,
        folder: Path | None = None,
    ) -> None:
        self.lexicon = lexicon or load_lexicon()
        self.index = indexing.build(rows, self.lexicon)
        self.meaning = meaning(self.index, self.lexicon, encoder, folder) if encoder else None
        weights = load("weights.yaml")["subheading" if encoder else "words_only"]
        self.weights = np.array([float(weights.get(name, 0.0)) for name in NAMES])

    def node(self, code: str) -> Node:
        """The schedule's entry of a number; KeyError when it has none."""
        return self.index.tree.nodes[code]

    def rank(self, description: str, limit: int = 10, language: str | None = None) -> Ranking:
        """The `limit` likeliest subheadings of `description`, English or Spanish."""
        query = read(description, self.lexicon, language)
        if not self.index.subheadings:
            return Ranking(query, (), 0.0)
        scores = self.features(query) @ self.weights
        best = np.argsort(-scores, kind="stable")[:limit]
        odds = confidences(scores)
        return Ranking(query, tuple(self._candidate(int(i), query, float(odds[i])) for i in best), self._known(query))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in the order of `weights`."""
        return NAMES

    def read(self, description: str, language: str | None = None) -> Query:
        """A description as it is ranked."""
        return read(description, self.lexicon, language)

    def features(self, query: Query) -> Scores:
        """Features of every subheading (rows as `index.subheadings`, columns as `rank.NAMES`)."""
        near = self.meaning.near(said(query)) if self.meaning else None
        return features(self.index, query, near)

    def _candidate(self, number: int, query: Query, probability: float) -> Candidate:
        code = self.index.subheadings[number]
        node = self.index.tree.nodes[code]
        shares = line_scores(self.index, number, query)
        lines = tuple(Option(c, self.index.tree.nodes[c].path, s) for c, s in shares)
        said = {w for text in (*node.path, *(line.path[-1] for line in lines)) for w in terms(text)}
        entries = {n for n, _ in query.hits if any(code.startswith(c) for c, _ in self.index.entries[n])}
        names = tuple(self.lexicon.entries[n].english[0] for n, _ in query.hits if n in entries)
        words = tuple(w for w in query.words if (stemmed(w) in said) or any(stemmed(w) in terms(n) for n in names))
        return Candidate(
            code=code,
            path=node.path,
            probability=probability,
            lines=lines,
            matched=words,
            known_as=names,
            offers=offered(node.path, code[:2]),
            residual=node.residual,
            part=bool(self.index.parts[number]),
        )

    def _known(self, query: Query) -> float:
        whole = sum(query.terms.values())
        seen = sum(w for t, w in query.terms.items() if t in self.index.whole.postings)
        return seen / whole if whole else 0.0


def confidences(scores: Scores) -> Scores:
    """How likely each subheading is to be right. The softmax of the scores is surer of its first than it should be, so
    that is brought to what was measured (a logistic line, two numbers); the others share the rest, none above it."""
    line = load("weights.yaml")["confidence"]
    odds: Scores = np.exp(scores - scores.max())
    odds /= odds.sum()
    first = float(np.clip(odds.max(), 1e-6, 1 - 1e-6))
    sure = 1 / (1 + math.exp(-(line["offset"] + line["slope"] * math.log(first / (1 - first)))))
    shared: Scores = np.minimum(odds * (1 - sure) / (1 - first), sure)
    shared[int(scores.argmax())] = sure
    return shared

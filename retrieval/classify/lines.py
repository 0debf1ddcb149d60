"""Which line of a subheading: the lines' own words, facets, and the residual line where nothing else is said."""

from __future__ import annotations

import math

from retrieval.classify.facets import AXES, compare, offered
from retrieval.classify.index import Index
from retrieval.classify.reading import Query
from retrieval.classify.words import affirmed, load, terms

_OTHER = ("other", "los demás", "los demas")


def line_scores(index: Index, number: int, query: Query) -> list[tuple[str, float]]:
    """(line, share) of a subheading's lines, likeliest first; shares sum to 1."""
    code = index.subheadings[number]
    depth = len(index.tree.nodes[code].path)
    weights = load("weights.yaml")["line"]
    scored: list[tuple[str, float]] = []
    for line in _under(index, code):
        path = index.tree.nodes[line].path
        below = path[depth:]
        score = 0.0
        for level in below:
            sure, _ = affirmed(level)
            words = terms(sure)
            if level.strip().rstrip(":").lower() in _OTHER:
                score += weights["other"]
            elif words:
                worth = [query.terms.get(w, 0.0) * index.line.rarity.get(w, 0.0) for w in words]
                whole = sum(index.line.rarity.get(w, 0.0) for w in words) or 1.0
                score += weights["words"] * sum(worth) / whole
        found = offered(below, "") if below else {}
        for axis in AXES:
            asked = query.facets.values.get(axis, {})
            agree, clash = compare(asked, found.get(axis, {}), axis)
            score += weights["agree"] * agree - weights["clash"] * clash
        scored.append((line, score))
    top = max(s for _, s in scored)
    odds = [(line, math.exp(s - top)) for line, s in scored]
    whole = sum(o for _, o in odds)
    return sorted(((line, o / whole) for line, o in odds), key=lambda x: -x[1])


def _under(index: Index, code: str) -> list[str]:
    found: list[str] = []
    todo = [code]
    while todo:
        node = index.tree.nodes[todo.pop()]
        if node.children:
            todo.extend(reversed(node.children))
        else:
            found.append(node.code)
    return found

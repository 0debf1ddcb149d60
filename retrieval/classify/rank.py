"""Features of each subheading for a description, and their weighted sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from retrieval.classify.facets import AXES, compare
from retrieval.classify.index import Index
from retrieval.classify.reading import Query

Scores = npt.NDArray[np.float64]
NAMES = (
    "own", "heading", "under", "whole", "line", "known", "heading_known",
    "lex_sub", "lex_heading", "lex_chapter",
    "agree_material", "clash_material", "agree_build", "clash_build", "agree_who", "clash_who",
    "part_match", "part_clash", "residual", "size", "sibling",
    "dense_sub", "dense_head",
    "noun_own", "noun_whole", "noun_known", "noun_heading_known", "named_sub", "named_heading",
    "group_heading", "group_sub",
)  # fmt: skip


def features(index: Index, query: Query, dense: tuple[Scores, Scores] | None = None) -> Scores:
    """(subheadings, features). `dense`: cosine of the description with each subheading and with each heading."""
    n = len(index.subheadings)
    of = index.heading_of
    own = index.own.score(query.terms)
    line = np.zeros(n)
    np.maximum.at(line, index.subheading_of, index.line.score(query.terms))
    hits = _by_code((code, w / many**0.5) for entry, w in query.hits for code, many in index.entries[entry])
    named = _by_code((code, w / many**0.5) for entry, w in query.named for code, many in index.entries[entry])
    group = _by_code(query.groups)
    agree = {axis: np.zeros(n) for axis in AXES}
    clash = {axis: np.zeros(n) for axis in AXES}
    for axis in AXES[:3]:
        asked = query.facets.values.get(axis, {})
        if asked:
            for i, facets in enumerate(index.facets):
                given = facets.get(axis)
                if given:
                    agree[axis][i], clash[axis][i] = compare(asked, given, axis)
    wants_part = "part" in query.facets.values.get("part", {})
    best_in_heading = np.zeros(len(index.headings))
    np.maximum.at(best_in_heading, of, own)
    columns = {
        "own": own,
        "heading": index.heading.score(query.terms)[of],
        "under": index.under.score(query.terms),
        "whole": index.whole.score(query.terms)[of],
        "line": line,
        "known": index.known_as.score(query.terms),
        "heading_known": index.heading_known_as.score(query.terms)[of],
        "lex_sub": _at(hits, 6, index),
        "lex_heading": _at(hits, 4, index),
        "lex_chapter": _at(hits, 2, index),
        "named_sub": _at(named, 6, index),
        "named_heading": _at(named, 4, index),
        "group_heading": _at(group, 4, index),
        "group_sub": _at(group, 6, index),
        "noun_own": index.own.score(query.nouns),
        "noun_whole": index.whole.score(query.nouns)[of],
        "noun_known": index.known_as.score(query.nouns),
        "noun_heading_known": index.heading_known_as.score(query.nouns)[of],
        "agree_material": agree["material"], "clash_material": clash["material"],
        "agree_build": agree["build"], "clash_build": clash["build"],
        "agree_who": agree["who"], "clash_who": clash["who"],
        "part_match": (index.parts & wants_part).astype(float),
        "part_clash": (index.parts & (not wants_part)).astype(float),
        "residual": index.residual.astype(float),
        "size": index.size,
        "sibling": np.where(index.residual, best_in_heading[of], 0.0),
        "dense_sub": np.zeros(n) if dense is None else dense[0],
        "dense_head": np.zeros(n) if dense is None else dense[1][of],
    }  # fmt: skip
    return np.stack([columns[name] for name in NAMES], axis=1)


def _by_code(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The best weight of every number and of those above it."""
    best: dict[str, float] = {}
    for code, weight in found:
        for size in (2, 4, 6):
            if len(code) >= size:
                best[code[:size]] = max(best.get(code[:size], 0.0), weight)
    return best


def _at(best: Mapping[str, float], size: int, index: Index) -> Scores:
    return np.array([best.get(code[:size], 0.0) for code in index.subheadings])

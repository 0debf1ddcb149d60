"""How a buyer means a term: required, preferred, one of several, or not wanted at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from assistant.sourcing.vocabulary import Found, Vocabulary, load_yaml


@lru_cache(maxsize=1)
def signals() -> dict[str, Any]:
    """The patterns of data/understanding.yaml, compiled."""
    data = load_yaml("understanding.yaml")
    return {
        "soft_before": re.compile(data["soft"]["before"]),
        "soft_after": re.compile(data["soft"]["after"]),
        "languages": {code: re.compile(pattern) for code, pattern in data["languages"].items()},
        **{name: re.compile(data[name]) for name in ("must", "negated", "application", "or", "join")},
    }


def distinct(terms: list[Found]) -> list[str]:
    """Names, each once, in order."""
    return list(dict.fromkeys(term.name for term in terms))


def alternatives(terms: list[Found], folded: str, vocabulary: Vocabulary, patterns: dict[str, Any]) -> list[str]:
    """Names, all of them required; "ABS or ASA" is one item, abs|asa."""
    groups: list[list[Found]] = []
    chained: list[bool] = []
    for term in terms:
        between = folded[groups[-1][-1].span[1] : term.span[0]] if groups else None
        if between is not None and patterns["or"].match(between):
            groups[-1].append(term)
            continue
        chained.append(bool(between is not None and between.strip() == ","))
        groups.append([term])
    merged: list[list[Found]] = []
    for position in range(len(groups) - 1, -1, -1):  # "A, B or C": the comma carries the or backwards
        if merged and len(merged[0]) > 1 and chained[position + 1]:
            merged[0] = groups[position] + merged[0]
        else:
            merged.insert(0, groups[position])
    singles = vocabulary.narrowest([group[0] for group in merged if len(group) == 1])
    kept = [group for group in merged if len(group) > 1 or group[0] in singles]
    return list(dict.fromkeys("|".join(dict.fromkeys(term.name for term in group)) for group in kept))


def is_soft(before: str, after: str) -> bool:
    """True when the words around a term make it a preference."""
    patterns = signals()
    clause: str = re.split(r"[,.;:!?\n]|\bwith\b|\bcon\b|\bbut\b|\bpero\b", before)[-1]
    head = re.split(r"[,.;!?\n]|\band\b|\by\b", after)[0]
    return bool(patterns["soft_before"].search(clause) or patterns["soft_after"].match(head))


def is_must(before: str, after: str) -> bool:
    """True when the sentence says that the term is a must."""
    sentence = re.split(r"[.;!?\n]", before)[-1]
    rest = re.split(r"[.;!?,\n]", after)[0]
    must: Callable[[str], Any] = signals()["must"].search
    return bool(must(sentence) or must(rest)) and not is_soft(before, after)

"""How a buyer means a term: required, preferred, one of several, or not wanted at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from assistant.sourcing.phrases import Token, tokens
from assistant.sourcing.vocabulary import Found, Vocabulary, common_words, load_yaml, word_lists


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


def leftovers(
    text: str, covered: list[tuple[int, int]], counted: list[tuple[int, int]], vocabulary: Vocabulary
) -> tuple[list[str], list[str]]:
    """Words of `text` that nothing took: phrases that may be requirements, and names of products.

    `covered`: spans of terms and places; `counted`: spans of quantities, inside which units are no product.
    """
    generic, products = common_words(), word_lists()["product"]
    phrases: list[str] = []
    named: list[str] = []
    run: list[Token] = []

    def close() -> None:
        if run:
            phrases.append(text[run[0].start : run[-1].end])
            run.clear()

    for token in tokens(text):
        taken = any(a <= token.start < b for a, b in covered) or token.text in generic
        unit = vocabulary.exact("unit", token.text) if any(a <= token.start < b for a, b in counted) else None
        if run and token.start - run[-1].end <= 1 and (token.text.isdigit() or token.capitals) and not taken:
            run.append(token)  # ASTM A105 is one name
        elif taken or len(token.text) < 2 or token.text[0].isdigit():
            close()
        elif token.text in products or unit is not None:
            close()
            if unit is None or unit.measure == "count":
                named.append(text[token.start : token.end])
        else:
            run.append(token)
    close()
    return phrases, list(dict.fromkeys(named))

"""How a buyer means a term: required, preferred, one of several, or not wanted at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from assistant.sourcing.phrases import Token, tokens
from assistant.sourcing.vocabulary import Found, Vocabulary, common_words, load_yaml, word_lists

FIELDS = {
    "processes": "process",
    "materials": "material",
    "certifications": "certification",
    "programs": "program",
    "industries": "industry",
    "innovation": "innovation",
}
FIELD_OF = {kind: name for name, kind in FIELDS.items()}
HARD = ("processes", "materials", "certifications", "programs")


@lru_cache(maxsize=1)
def signals() -> dict[str, Any]:
    """The patterns of data/understanding.yaml, compiled."""
    data = load_yaml("understanding.yaml")
    return {
        "soft_before": re.compile(data["soft"]["before"]),
        "soft_after": re.compile(data["soft"]["after"]),
        "languages": {code: re.compile(pattern) for code, pattern in data["languages"].items()},
        **{name: re.compile(data[name]) for name in ("must", "negated", "application", "or", "join", "qualifies")},
    }


def distinct(terms: list[Found]) -> list[str]:
    """Names, each once, in order."""
    return list(dict.fromkeys(term.name for term in terms))


@dataclass
class Meant:
    """Terms of a text by what the buyer means: required (by field), preferred, or neither."""

    required: dict[str, list[Found]] = field(default_factory=dict)
    wishes: list[Found] = field(default_factory=list)
    must: set[str] = field(default_factory=set)
    negated: list[str] = field(default_factory=list)
    application: list[str] = field(default_factory=list)


def sort_terms(found: list[Found], folded: str, places: frozenset[tuple[int, int]]) -> Meant:
    """Sorts terms by the words around them. `places`: spans of places, which may be what a preference is about."""
    patterns, meant = signals(), Meant()
    processes = [term for term in found if term.kind == "process"]
    skipped: list[tuple[int, int]] = []
    for term in sorted(found, key=lambda term: (term.within, term.span)):
        name = FIELD_OF[term.kind]
        before, after = folded[: term.span[0]], folded[term.span[1] :]
        if term.within and any(a <= term.span[0] < b for a, b in skipped):
            continue
        negated = patterns["negated"].search(before[-30:])
        if negated:
            start = negated.start() + max(0, len(before) - 30)
            meant.negated.append(folded[start : term.span[1]].strip())
            skipped.append(term.span)
        elif (
            term.product
            and not term.within
            and any(p.span[0] < term.span[0] for p in processes)
            and patterns["application"].search(before.rstrip()[-30:])
        ):
            meant.application.append(term.matched)
            skipped.append(term.span)
        elif name in HARD and is_soft(before, after) and not _has_preference(term, found, places, folded):
            meant.wishes.append(term)
        else:
            if name not in HARD and is_must(before, after):
                meant.must.add(name)
            meant.required.setdefault(name, []).append(term)
    for terms in meant.required.values():
        terms.sort(key=lambda term: term.span)
    return meant


def _has_preference(term: Found, found: list[Found], places: frozenset[tuple[int, int]], folded: str) -> bool:
    """True for work whose neighbour is what is preferred: preferably automated injection molding."""
    if term.kind != "process":
        return False
    others = {other.span for other in found if other.kind != "process" and not other.within} | places
    joined: Callable[[str], Any] = signals()["qualifies"].fullmatch
    return any(
        joined(folded[b : term.span[0]] if a < term.span[0] else folded[term.span[1] : a]) is not None
        for a, b in others
        if b <= term.span[0] or a >= term.span[1]
    )


def alternatives(terms: list[Found], folded: str, vocabulary: Vocabulary) -> list[str]:
    """Names, all of them required; "ABS or ASA" is one item, abs|asa."""
    patterns = signals()
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
        inside = any(a <= token.start < b for a, b in counted)
        unit = vocabulary.exact("unit", token.text) if inside else None
        follows = run and token.start - run[-1].end <= 1 and not inside
        if follows and (token.text.isdigit() or token.capitals) and not taken:
            run.append(token)  # ASTM A105 is one name
        elif taken or len(token.text) < 2 or token.text[0].isdigit():
            close()
        elif token.text in products or inside:
            close()
            if token.text in products or (unit is not None and unit.measure == "count"):
                named.append(text[token.start : token.end])
        else:
            run.append(token)
    close()
    return phrases, list(dict.fromkeys(named))

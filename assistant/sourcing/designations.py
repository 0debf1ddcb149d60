"""Numbers in a buyer's words that name something and count nothing: grades, standards, threads, sizes, tariff codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.sourcing.phrases import fold
from assistant.sourcing.quantities import Quantity
from assistant.sourcing.vocabulary import Found, Vocabulary, load_yaml

Span = tuple[int, int]
_ALLOYS = re.compile(
    r"\b(?:sae|aisi|uns|astm|aa|aw|en|din|jis|alloys?|aleacion|grade|grado|series|serie|type|tipo)\W*$"
)
_LINK = re.compile(r"[\s-]*(?:(?:of|in|from|de|del|en)\b[\s-]*)?")
_COUNTED = ("pilot", "monthly", "order")


@dataclass(frozen=True)
class Designation:
    """A number with what belongs to it. `masks`: the words inside mean nothing by themselves."""

    kind: str
    span: Span
    masks: bool


@lru_cache(maxsize=1)
def _patterns() -> tuple[list[tuple[str, re.Pattern[str], bool, bool]], frozenset[str], re.Pattern[str]]:
    data = load_yaml("designations.yaml")
    sized = "|".join(data["sized"].split())
    rows = [
        (kind, re.compile(pattern.replace("{sized}", sized)), group == "masks", group == "written")
        for group in ("masks", "folded", "written")
        for kind, pattern in data[group].items()
    ]
    return rows, frozenset(data["counts"].split()), re.compile(data["counting"])


def find_designations(text: str) -> list[Designation]:
    """Designations of `text` in order; of those that overlap, one that masks words before others, then the longest."""
    folded = fold(text)
    found = [
        Designation(kind, _span(match), masks)
        for kind, pattern, masks, written in _patterns()[0]
        for match in pattern.finditer(text if written else folded)
    ]
    kept: list[Designation] = []
    for item in sorted(found, key=lambda d: (not d.masks, d.span[0] - d.span[1], d.span)):
        if not overlapping(item.span, (other.span for other in kept)):
            kept.append(item)
    return sorted(kept, key=lambda d: d.span)


def _span(match: re.Match[str]) -> Span:
    """Where the designation stands: the group d where the pattern has one, without blanks behind."""
    group = "d" if "d" in match.re.groupindex else 0
    return match.start(group), match.start(group) + len(match.group(group).rstrip())


def overlapping(span: Span, others: Iterable[Span]) -> bool:
    """True when `span` has a character in common with one of `others`."""
    return any(a < span[1] and span[0] < b for a, b in others)


def is_grade(
    term: Found, quantities: Sequence[Quantity], found: Sequence[Found], text: str, vocabulary: Vocabulary
) -> bool:
    """Whether a bare number that names a material (4140) is meant as the material and not as a volume."""
    at = next((q for q in quantities if q.span[0] == term.span[0]), None)
    if at is None:
        return False
    if at.role not in (*_COUNTED, "other"):
        return False
    folded = fold(text)
    if at.role in _COUNTED and _stated(at, folded, term.span):
        return False
    number = int(term.matched)
    if not vocabulary.is_a("material", term.id, "metal"):
        return True  # 18650 is a cell's size and hardly a volume
    others = [t for t in found if t.span != term.span and t.kind in ("process", "material")]
    metallic = [t for t in others if _metal(t, vocabulary)]
    if number % (50 if number >= 1_000 else 10):
        others += [product for product, _ in vocabulary.products(text)]
        return bool(metallic) or not any(_metal(t, vocabulary) is False for t in others)
    return any(_LINK.fullmatch(folded[min(t.span[1], term.span[1]) : max(t.span[0], term.span[0])]) for t in metallic)


def of_alloy(term: Found, designations: Iterable[Designation], text: str) -> bool:
    """True for a bare number behind the name of a list of alloys: SAE 1045, EN AW-6082."""
    around = next((d.span for d in designations if d.span[0] <= term.span[0] < d.span[1]), None)
    return around is not None and _ALLOYS.search(fold(text[around[0] : term.span[0]])) is not None


def counts_only(term: Found, text: str) -> bool:
    """True for a word that counts and means nothing else behind a number: 5,000 juegos are sets and no games."""
    return fold(text[slice(*term.span)]) in _patterns()[1]


def _stated(quantity: Quantity, folded: str, span: Span) -> bool:
    _, counts, counting = _patterns()
    following = re.match(r"[ -]*(?:of )?([a-z]+)", folded[span[1] :])
    return (
        (following is not None and following[1] in counts)
        or quantity.role == "monthly"
        or counting.search(folded[max(0, span[0] - 40) : span[0]]) is not None
    )


def _metal(term: Found, vocabulary: Vocabulary) -> bool | None:
    """True for metal and work that is done on metal, False for what is never of metal, None for what may be."""
    if term.kind == "material":
        return vocabulary.is_a("material", term.id, "metal")
    entry = vocabulary.entry("process", term.id) if term.kind == "process" else None
    if entry is None or vocabulary.is_a("process", term.id, "machining"):
        return entry is not None
    if not entry.uses:
        return None
    return any(vocabulary.is_a("material", use, "metal") for use in entry.uses)

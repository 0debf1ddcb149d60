"""Which of the places in a buyer's words are where to look, and which are destinations or comparisons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.sourcing.places import Place, Places
from assistant.sourcing.vocabulary import load_yaml

Named = tuple[Place, str]
_JOINERS = ("and", "or", "nor", "y", "e", "o", "u", "ni")
_LINKS = frozenset(
    {
        "",
        "and",
        "y",
        "or",
        "o",
        "u",
        "e",
        "/",
        "&",
        "or in",
        "and in",
        "o en",
        "y en",
        "ni",
        "ni de",
        "ni en",
        "nor",
        "nor from",
        "or from",
        "o de",
        "y de",
    }
)


@dataclass
class Whereabouts:
    """Places by what the buyer says of them; `near` is a point to measure from, `spans` everything recognised."""

    areas: list[tuple[Place, str, tuple[int, int]]] = field(default_factory=list)
    excluded: list[Named] = field(default_factory=list)
    destinations: list[Named] = field(default_factory=list)
    compared: list[Named] = field(default_factory=list)
    near: Named | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in load_yaml("understanding.yaml")["place"].items()}


def read_places(text: str, folded: str, taken: list[tuple[int, int]], places: Places) -> Whereabouts:
    """Sorts the places of `text` (folded: the same, folded) by the words around them."""
    where = Whereabouts()
    role, last_end = "", -1
    for found in places.find_all(text, taken=taken):
        start, end = found.span
        between = folded[last_end:start].strip(" ,") if last_end >= 0 else None
        followed = between in _LINKS
        nested = between == "" and role == "area" and where.areas
        if nested and places.contains(found.place, where.areas[-1][0]):  # "Monterrey, Nuevo León"
            where.spans.append(found.span)
            last_end = end
            continue
        own = _role(folded[:start], folded[end:], found.place)
        if own == "destination" and role == "compare" and between in ("to", "into", "a", "hacia", "to the"):
            own = "area"  # production moves there
        role = role if followed and own in ("", "area") and role else (own or "area")
        last_end = end
        where.spans.append(found.span)
        named = (found.place, found.matched)
        if role == "near" and found.place.kind in ("city", "region"):
            where.near = where.near or named
        elif role == "exclude":
            where.excluded.append(named)
        elif role == "compare":
            where.compared.append(named)
        elif role == "destination":
            where.destinations.append(named)
        else:
            where.areas.append((found.place, found.matched, found.span))
    return where


def _role(before: str, after: str, place: Place) -> str:
    """near, exclude, compare, destination, area ("in", "from"), or empty when nothing says."""
    patterns = _patterns()
    lead = patterns["articles"].sub("", before[-70:]).rstrip(" ,-(\"'¿")
    raw = before[-70:].rstrip(" ,-(\"'¿")
    if patterns["destination_after"].match(after):
        return "destination"
    if patterns["moved_to"].search(lead):
        return "area"
    for name in ("near", "exclude", "compare", "destination"):
        if patterns[f"{name}_before"].search(lead) or patterns[f"{name}_before"].search(raw):
            if name == "exclude" and place.kind == "city" and lead.endswith(("outside", "outside of", "fuera")):
                return "near"
            return name
    return "area" if re.search(r"\b(?:in|en|from|desde|within|de|del|across|dentro de)$", raw) else ""

"""The same plant under several names: what two profiles share that two plants hardly would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from assistant.sourcing.phrases import words
from assistant.sourcing.places import Location, distance_km
from assistant.sourcing.readings import COMPANY_WORDS
from assistant.sourcing.terms import common_words
from assistant.sourcing.types import Profile

_FREE_MAIL = frozenset(
    ["gmail", "hotmail", "outlook", "yahoo", "live", "icloud", "prodigy", "aol", "msn", "protonmail", "example"]
)  # an address there says nothing of whose plant it is
_ANYONE = frozenset(words("mexico mexicana usa canada america group grupo industrial industries industrias del la"))
_NEAR_KM = 1.0
_ALIKE = 88.0  # of 100, of the distinctive words in any order
_SAME_NAME = 95.0
_RELATED = 60.0


@dataclass(frozen=True)
class Twin:
    """Two profiles that are taken to be one plant. `why`: what they share, by kind and value."""

    first: str
    second: str
    why: tuple[tuple[str, str], ...]


def distinctive(name: str) -> tuple[str, ...]:
    """The words of a company's name without its legal form and words that any company may have."""
    found = tuple(word for word in words(name) if word not in COMPANY_WORDS | _ANYONE and len(word) > 1)
    return found or words(name)


def shared_keys(profile: Profile, location: Location) -> set[str]:
    """What candidates for a twin have in common: a contact, a certificate's number, a distinctive word in one town."""
    keys = {f"{kind}:{value}" for kind, value in _identifiers(profile)}
    where = location.city or location.region
    generic = common_words()
    if where is not None:
        keys.update(f"name:{word}@{where}" for word in distinctive(profile.name) if word not in generic)
    if location.at is not None and profile.latitude is not None:
        keys.add(f"at:{round(location.at[0], 2)},{round(location.at[1], 2)}")
    return keys


def twin(first: tuple[Profile, Location], second: tuple[Profile, Location]) -> Twin | None:
    """Whether two profiles are one plant: a shared identifier in one place, or one name in one place."""
    (a, at_a), (b, at_b) = sorted((first, second), key=lambda row: row[0].id)
    if a.id == b.id or at_a.country != at_b.country:
        return None
    if at_a.region and at_b.region and at_a.region != at_b.region:
        return None
    shared = sorted(set(_identifiers(a)) & set(_identifiers(b)))
    alike = fuzz.token_sort_ratio(" ".join(distinctive(a.name)), " ".join(distinctive(b.name)))
    km = distance_km(at_a.at, at_b.at) if at_a.at and at_b.at and a.latitude and b.latitude else None
    if _numbers(a.name) != _numbers(b.name):
        return None  # plant 1 and plant 2 of one company
    together = km <= _NEAR_KM if km is not None else bool(at_a.city) and at_a.city == at_b.city
    if not together:
        return None
    why = list(shared)
    strong = [row for row in shared if row[0] != "web"]
    if alike >= _ALIKE:
        why.append(("name", f"{a.name} / {b.name}"))
    if km is not None and km <= _NEAR_KM:
        why.append(("distance", f"{km * 1000:.0f} m"))
    named = alike >= _SAME_NAME or (alike >= _ALIKE and km is not None)
    enough = bool(strong) or (bool(shared) and alike >= _RELATED) or named
    return Twin(min(a.id, b.id), max(a.id, b.id), tuple(why)) if enough else None


def twins(plants: Sequence[tuple[Profile, Location]]) -> list[Twin]:
    """Every pair among `plants` that is taken to be one plant, by ids."""
    by_key: dict[str, list[int]] = {}
    for position, (profile, location) in enumerate(plants):
        for key in shared_keys(profile, location):
            by_key.setdefault(key, []).append(position)
    pairs = {(i, j) for places in by_key.values() for n, i in enumerate(places) for j in places[n + 1 :]}
    found = (twin(plants[i], plants[j]) for i, j in pairs)
    return sorted((pair for pair in found if pair is not None), key=lambda pair: (pair.first, pair.second))


def groups(pairs: Iterable[Twin]) -> list[list[str]]:
    """Ids that are one plant, each group and the groups in order."""
    member: dict[str, set[str]] = {}
    for pair in pairs:
        joined = member.get(pair.first, {pair.first}) | member.get(pair.second, {pair.second})
        for identity in joined:
            member[identity] = joined
    return [list(group) for group in sorted({tuple(sorted(group)) for group in member.values()})]


def _numbers(name: str) -> list[str]:
    return sorted(word for word in words(name) if word.isdigit() or word in ("ii", "iii", "iv"))


def _identifiers(profile: Profile) -> list[tuple[str, str]]:
    """Telephone, mail, web site and tax number of the contact; numbers of certificates."""
    found: list[tuple[str, str]] = []
    for field, value in _flat(profile.contact):
        text = str(value).strip().lower()
        digits = re.sub(r"\D", "", text)
        if any(word in field for word in ("phone", "tel", "movil", "mobile", "whatsapp")) and len(digits) >= 10:
            found.append(("phone", digits[-10:]))
        elif "@" in text:
            domain = text.rpartition("@")[2]
            found.append(("mail", text))
            if domain.split(".")[0] not in _FREE_MAIL:
                found.append(("web", domain))
        elif any(word in field for word in ("web", "site", "url", "sitio")):
            found.append(("web", re.sub(r"^(?:https?://)?(?:www\.)?", "", text).split("/")[0]))
        elif any(word in field for word in ("tax", "rfc", "ein", "duns")) and len(text) >= 9:
            found.append(("tax", re.sub(r"\W", "", text)))
    for certificate in profile.certifications:
        if certificate.number and sum(char.isdigit() for char in certificate.number) >= 4:
            found.append(("certificate", re.sub(r"\W", "", certificate.number.lower())))
    return [(kind, value) for kind, value in found if value]


def _flat(contact: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for field, value in contact.items():
        values = value if isinstance(value, list) else [value]
        for item in values:
            if isinstance(item, dict):
                yield from _flat(item)
            elif item is not None:
                yield str(field).lower(), item

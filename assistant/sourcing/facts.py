"""A profile in the vocabulary's ids, and what a capability line can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.sourcing.places import Location, Places
from assistant.sourcing.types import Capability, Certification, Profile
from assistant.sourcing.vocabulary import Vocabulary


@dataclass
class Facts:
    """A profile in the vocabulary's ids, computed once for each match call."""

    profile: Profile
    processes: set[str]
    materials: set[str]
    industries: set[str]
    programs: set[str]
    innovation: set[str]
    certificates: list[tuple[str, str | None, Certification]]
    location: Location


def at_least(have: float, wanted: float) -> bool:
    """have >= wanted, forgiving the last bits of binary fractions (100 000 x (1 - 0.8) is 19 999.999...)."""
    return have >= wanted - 1e-9 * max(1.0, abs(wanted))


def pilot_minimum(line: Capability | None) -> float | None:
    """Smallest pilot of a line: its pilot minimum, else its regular minimum."""
    if line is None:
        return None
    return line.pilot_min_order if line.pilot_min_order is not None else line.min_order


def process_id(vocabulary: Vocabulary, text: str) -> str:
    """A profile's word for a process as an id, or as written."""
    if vocabulary.entry("process", text) is not None:
        return text
    term = vocabulary.lookup("process", text)
    return term.id if term else text


def free_of(line: Capability | None) -> float:
    """Free capacity in the line's own unit; -1 when it is not stated, so that it sorts last."""
    free = line.free_capacity() if line is not None else None
    return -1.0 if free is None else free


def facts_of(profile: Profile, vocabulary: Vocabulary, places: Places) -> Facts:
    """The profile's words as ids (kept as written where the vocabulary does not know them)."""

    def ids(kind: str, values: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for value in values:
            term = None if vocabulary.entry(kind, value) is not None else vocabulary.lookup(kind, value)
            found.add(term.id if term else value)
        return found

    certificates = []
    for certificate in profile.certifications:
        term = vocabulary.lookup("certification", certificate.standard)
        certificates.append((term.id if term else certificate.standard, term.edition if term else None, certificate))
    at = (profile.latitude, profile.longitude)
    point = (at[0], at[1]) if at[0] is not None and at[1] is not None else None
    return Facts(
        profile=profile,
        processes=ids("process", [*profile.processes, *(line.process for line in profile.capabilities)]),
        materials=ids("material", profile.materials),
        industries=ids("industry", profile.industries),
        programs=ids("program", profile.programs),
        innovation=ids("innovation", profile.innovation),
        certificates=certificates,
        location=places.locate(profile.country, profile.region, profile.city, point),
    )

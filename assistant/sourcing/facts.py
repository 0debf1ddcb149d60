"""A profile in the vocabulary's ids, and what a capability line can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.sourcing.phrases import words
from assistant.sourcing.places import Location, Places
from assistant.sourcing.types import Capability, Certification, Profile
from assistant.sourcing.vocabulary import Term, Vocabulary


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


def same_standard(vocabulary: Vocabulary, wanted: Term | None, text: str, standard: str) -> bool:
    """True when a certificate's `standard` (id or as written) is the wanted one or a particular case of it."""
    if wanted is None:
        return words(text) == words(standard)
    return vocabulary.is_a("certification", standard, wanted.id)


def edition_suffices(vocabulary: Vocabulary, wanted: Term | None, edition: str | None) -> bool:
    """An unstated edition passes for the current one (older ones are withdrawn); a newer one for an older."""
    if wanted is None or wanted.edition is None:
        return True
    entry = vocabulary.entry("certification", wanted.id)
    editions = entry.editions if entry else ()
    if edition is None:
        return bool(editions) and wanted.edition == editions[-1]
    if edition in editions and wanted.edition in editions:
        return editions.index(edition) >= editions.index(wanted.edition)
    return edition == wanted.edition


def built_on(vocabulary: Vocabulary, facts: Facts, wanted: Term, day: date) -> str | None:
    """A certificate in force whose standard contains the wanted one (AS9100 contains ISO 9001)."""
    for standard, _, certificate in facts.certificates:
        entry = vocabulary.entry("certification", standard)
        if entry is not None and entry.builds_on == wanted.id and certificate.satisfies_on(day):
            return certificate.standard
    return None


def unit_factor(vocabulary: Vocabulary, unit: str, wanted: str) -> float | None:
    """How many of `wanted` one `unit` is; None when they measure different things."""
    own, other = vocabulary.exact("unit", unit), vocabulary.exact("unit", wanted)
    if own is None or other is None:
        return 1.0 if words(unit) == words(wanted) else None
    return own.factor / other.factor if own.measure == other.measure else None

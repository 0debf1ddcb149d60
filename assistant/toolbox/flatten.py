"""A profile taken apart into what the catalog filters on, in the vocabulary's ids with every broader one."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from assistant.sourcing.duplicates import shared_keys
from assistant.sourcing.facts import Facts, facts_of, pilot_minimum, process_id
from assistant.sourcing.likeness import listed_words
from assistant.sourcing.phrases import words
from assistant.sourcing.places import Location, Places
from assistant.sourcing.readings import COMPANY_WORDS
from assistant.sourcing.scoring import EVIDENCE
from assistant.sourcing.terms import DATA
from assistant.sourcing.types import CERTIFYING_STATES, Capability, Certification, Profile
from assistant.sourcing.vocabulary import Vocabulary
from retrieval.plants import FlatLine, FlatPaper, FlatPlant, Word
from retrieval.screen import tile

SHAPE = "1"
"""Raised whenever this module makes other rows of the same profile."""


@lru_cache(maxsize=1)
def vocabulary_mark() -> str:
    """Changes with the vocabulary's data and with the shape of the rows: then every plant is taken apart anew."""
    digest = hashlib.sha256(SHAPE.encode())
    for path in sorted(DATA.glob("*.yaml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def name_key(name: str) -> str:
    """A name's folded words without its legal form, as `plants_named` looks them up."""
    key = words(name)
    while len(key) > 1 and key[-1] in COMPANY_WORDS:
        key = key[:-1]
    return " ".join(key)


def flatten(profile: Profile, tenant: str, vocabulary: Vocabulary, places: Places) -> FlatPlant:
    """Rows of an effective profile (certificates on file merged in) as `tenant` sees it."""
    facts = facts_of(profile, vocabulary, places)
    location, town = _located(profile, facts.location, places)
    terms: dict[Word, int] = {}
    for identity in (location.country, location.region, location.city):
        if identity:
            terms[("place", identity)] = 10
    if location.at is not None:
        terms[("tile", tile(location.at))] = 10
    lines = [_line(line, vocabulary) for line in profile.capabilities]
    stated = {process for line in lines for process in line.processes}
    done = _processes(terms, facts, stated, vocabulary)
    for kind, own in (("material", facts.materials), ("industry", facts.industries), ("program", facts.programs),
                      ("innovation", facts.innovation)):  # fmt: skip
        _with_broader(terms, kind, own, vocabulary)
    terms.update({("language", code): 10 for code in profile.languages})
    terms.update({("word", stem): 10 for stem in listed_words(profile, vocabulary)})
    terms.update({("same", key): 10 for key in shared_keys(profile, location)})
    states = [certificate.state for certificate in profile.certifications]
    return FlatPlant(
        tenant=tenant,
        manufacturer_id=profile.id,
        name=profile.name,
        name_key=name_key(profile.name),
        terms=terms,
        lines=lines,
        bare=sorted(done - stated),
        papers=[
            _paper(standard, certificate, vocabulary)
            for standard, _, certificate in facts.certificates
            if certificate.state in CERTIFYING_STATES
        ],
        point=location.at,
        site=profile.register_name is not None,
        vetting=sum(EVIDENCE.get(state, 0.0) for state in states) / len(states) if states else 0.0,
        town=town,
    )


def _located(profile: Profile, location: Location, places: Places) -> tuple[Location, tuple[str, str, str] | None]:
    """The location, and the town where no gazetteer has it: by the id that `Places.with_places` gives it."""
    city = profile.city
    if location.city is not None or not city or not words(city) or places.has_town(city):
        return location, None
    inside = places.region_of(profile.country, profile.region)
    identity = f"{inside or profile.country}/{'-'.join(words(city))}"
    return Location(location.country, location.region, identity, location.at), (
        profile.country, profile.region or "", city,
    )  # fmt: skip


def _processes(terms: dict[Word, int], facts: Facts, stated: set[str], vocabulary: Vocabulary) -> set[str]:
    """Words of processes: 10 with a line that states figures, 8 without, 9 for a particular case of it."""
    done: set[str] = set()
    for identity in facts.processes:
        entry = vocabulary.entry("process", identity)
        counted = identity in stated and not (entry is not None and entry.service)
        terms[("process", identity)] = 10 if counted else 8
        done |= {identity, *vocabulary.above("process", identity)}
    for identity in done - facts.processes:
        terms[("process", identity)] = 9
    return done


def _with_broader(terms: dict[Word, int], kind: str, own: set[str], vocabulary: Vocabulary) -> None:
    for identity in own:
        terms[(kind, identity)] = 10
        for broader in vocabulary.above(kind, identity) - own:
            terms[(kind, broader)] = 9


def _line(line: Capability, vocabulary: Vocabulary) -> FlatLine:
    process = process_id(vocabulary, line.process)
    unit = vocabulary.exact("unit", line.unit)
    return FlatLine(
        processes=(process, *sorted(vocabulary.above("process", process))),
        unit=unit.id if unit is not None else line.unit,
        free=line.free_capacity(),
        minimum=line.min_order,
        pilot=pilot_minimum(line),
        lead=line.lead_time_days,
        pilot_lead=line.pilot_lead_time_days,
    )


def paper_words(standard: str, vocabulary: Vocabulary) -> list[Word]:
    """The words that a certificate of `standard` counts for: itself, broader standards, the program it shows."""
    entry = vocabulary.entry("certification", standard)
    if entry is None:
        return [("certification", " ".join(words(standard)))]
    found: list[Word] = [("certification", standard)]
    found += [("certification", broader) for broader in sorted(vocabulary.above("certification", standard))]
    if entry.program is not None:
        found += [("program paper", p) for p in (entry.program, *sorted(vocabulary.above("program", entry.program)))]
    return found


def _paper(standard: str, certificate: Certification, vocabulary: Vocabulary) -> FlatPaper:
    return FlatPaper(
        words=tuple(paper_words(standard, vocabulary)),
        verified=certificate.state == "issuer_verified",
        issued=certificate.issued,
        expires=certificate.expires,
    )

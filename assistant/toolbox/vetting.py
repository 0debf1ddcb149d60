"""Vetting across plants: the trail of certificates, what runs out soon, what documents contradict, who is one plant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from assistant.bootstrap import Services, store_errors
from assistant.customs.types import Language
from assistant.sourcing.duplicates import Twin, groups, shared_keys, twin
from assistant.sourcing.evidence import conflicts, merge
from assistant.sourcing.places import Location, Places
from assistant.sourcing.types import CERTIFYING_STATES, Certification, Profile
from assistant.toolbox.plants import evidence_of, refresh
from retrieval.plant_models import Plant, PlantTerm, PlantWord
from retrieval.plant_reads import expiring, profiles_of, trail_of

WATCH_DAYS = 90
_SHARED = {
    "phone": {"en": "telephone", "es": "teléfono"},
    "mail": {"en": "e-mail", "es": "correo"},
    "web": {"en": "web site", "es": "sitio web"},
    "tax": {"en": "tax number", "es": "registro fiscal"},
    "certificate": {"en": "certificate number", "es": "número de certificado"},
    "name": {"en": "name", "es": "nombre"},
    "distance": {"en": "distance", "es": "distancia"},
}
_MOST_SHARING = 200  # plants with one key: more say nothing of one plant


def recorded(connection: Connection, tenants: Sequence[str], manufacturer_id: str) -> list[dict[str, Any]]:
    """What was recorded of a plant's certificates, oldest first, whether or not the plant is still on file."""
    return [
        {
            "at": row.at.date(),
            "standard": row.standard,
            "number": row.number,
            "before": row.before,
            "after": row.after,
            "expires": row.shown.get("expires"),
            "document_id": row.document_id,
            "evidence": row.shown.get("evidence"),
        }
        for row in trail_of(connection, tenants, manufacturer_id)
    ]


def trail(connection: Connection, tenants: Sequence[str], profile: Profile, day: date) -> list[dict[str, Any]]:
    """Every change in the standing of a plant's certificates, oldest first: what was recorded, and what dates did."""
    rows = recorded(connection, tenants, profile.id)
    for certificate in profile.certifications:
        if certificate.expires is not None and certificate.expires < day and certificate.state in CERTIFYING_STATES:
            rows.append(
                {
                    "at": certificate.expires + timedelta(days=1),
                    "standard": certificate.standard,
                    "number": certificate.number,
                    "before": certificate.state,
                    "after": "expired",
                    "expires": certificate.expires.isoformat(),
                    "document_id": None,
                    "evidence": certificate.evidence,
                }
            )
    return sorted(rows, key=lambda row: row["at"])


def trail_kept(services: Services, manufacturer_id: str) -> list[dict[str, Any]]:
    """The trail of a plant that is no longer on file."""
    refresh(services)
    with store_errors(), services.catalog.connect() as connection:
        return recorded(connection, services.tenants, manufacturer_id)


def soon(certifications: Iterable[Certification], day: date, days: int = WATCH_DAYS) -> list[Certification]:
    """Confirmed certificates in force on `day` that end within `days`, the first to end first."""
    last = day + timedelta(days=days)
    ending = [c for c in certifications if c.satisfies_on(day) and c.expires is not None and c.expires <= last]
    return sorted(ending, key=lambda c: (c.expires or last, c.standard))


def watch_list(services: Services, day: date, days: int = WATCH_DAYS) -> list[dict[str, Any]]:
    """Certificates of all plants that end within `days` of `day`."""
    refresh(services)
    with store_errors(), services.catalog.connect() as connection:
        ids = expiring(connection, services.tenants, day, day + timedelta(days=days))
        found = _profiles(connection, services.tenants, ids)
    rows = [
        {
            "id": profile.id,
            "name": profile.name,
            "sample": profile.sample,
            "standard": certificate.standard,
            "number": certificate.number,
            "state": certificate.state,
            "expires": certificate.expires,
            "days": (certificate.expires - day).days,
        }
        for profile in found.values()
        for certificate in soon(profile.certifications, day, days)
        if certificate.expires is not None
    ]
    return sorted(rows, key=lambda row: (row["expires"], row["id"]))


def contradictions(services: Services, language: Language) -> list[dict[str, Any]]:
    """Where documents and profiles disagree, by plant."""
    with store_errors(), services.catalog.connect() as connection:
        papers = evidence_of(connection, services.tenants)
        names = profiles_of(connection, services.tenants, sorted(papers))
    return [
        {"id": identity, "name": names[identity][0]["name"] if identity in names else identity, "conflict": told}
        for identity in sorted(papers)
        for told in conflicts(papers[identity], language)
    ]


def same_plant(
    connection: Connection, tenants: Sequence[str], profiles: Sequence[Profile], language: Language
) -> dict[str, list[dict[str, Any]]]:
    """Other profiles that are taken to be the same plant, by profile, each with what they share."""
    places = Places.load()
    mine = {p.id: (p, _location(p, places)) for p in profiles}
    keys = {identity: shared_keys(*row) for identity, row in mine.items()}
    sharing = _sharing(connection, tenants, sorted(set().union(*keys.values())))
    others = _profiles(connection, tenants, sorted({i for ids in sharing.values() for i in ids}))
    found: dict[str, list[dict[str, Any]]] = {}
    for identity, row in mine.items():
        for other in sorted({i for key in keys[identity] for i in sharing.get(key, ()) if i != identity}):
            if other in others and (pair := twin(row, (others[other], _location(others[other], places)))):
                told = {"id": other, "name": others[other].name, "why": told_of(pair, language)}
                found.setdefault(identity, []).append(told)
    return found


def duplicates(services: Services, language: Language) -> list[dict[str, Any]]:
    """Groups of profiles that are taken to be one plant, with what each pair shares."""
    refresh(services)
    places = Places.load()
    with store_errors(), services.catalog.connect() as connection:
        sharing = _sharing(connection, services.tenants, None)
        found = _profiles(connection, services.tenants, sorted({i for ids in sharing.values() for i in ids}))
    located = {identity: (profile, _location(profile, places)) for identity, profile in found.items()}
    pairs = {(a, b) for ids in sharing.values() for a in ids for b in ids if a < b and {a, b} <= located.keys()}
    twins = [pair for a, b in sorted(pairs) if (pair := twin(located[a], located[b])) is not None]
    return [
        {
            "plants": [{"id": i, "name": found[i].name} for i in group],
            "why": [told_of(pair, language) for pair in twins if pair.first in group],
        }
        for group in groups(twins)
    ]


def told_of(pair: Twin, language: Language) -> str:
    """What two profiles share, in words."""
    return "; ".join(f"{_SHARED[kind][language]}: {value}" for kind, value in pair.why)


def _sharing(connection: Connection, tenants: Sequence[str], keys: Sequence[str] | None) -> dict[str, list[str]]:
    """Plants by key, of `keys` or of every key that several have."""
    word = select(PlantWord.id, PlantWord.name).where(PlantWord.kind == "same", PlantWord.plants > 1)
    rows = connection.execute(word if keys is None else word.where(PlantWord.name.in_(keys))).all()
    found: dict[str, list[str]] = {}
    for number, name in rows:
        holders = (
            select(Plant.manufacturer_id)
            .join(PlantTerm, PlantTerm.n == Plant.n)
            .where(PlantTerm.term == number, Plant.tenant.in_(tenants))
            .distinct()
            .limit(_MOST_SHARING + 1)
        )
        ids = sorted(row[0] for row in connection.execute(holders))
        if 1 < len(ids) <= _MOST_SHARING:
            found[name] = ids
    return found


def _profiles(connection: Connection, tenants: Sequence[str], ids: Sequence[str]) -> dict[str, Profile]:
    stored: Mapping[str, tuple[dict[str, Any], str, str]] = profiles_of(connection, tenants, ids)
    papers = evidence_of(connection, tenants, ids)
    return {i: merge(Profile.model_validate(row[0]), papers.get(i, ())) for i, row in sorted(stored.items())}


def _location(profile: Profile, places: Places) -> Location:
    at = (profile.latitude, profile.longitude)
    point = (at[0], at[1]) if at[0] is not None and at[1] is not None else None
    return places.locate(profile.country, profile.region, profile.city, point)

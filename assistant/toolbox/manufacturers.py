"""`find_manufacturers` and `manufacturer_profile`: stored profiles into the matching engine."""

from __future__ import annotations

from datetime import date

from assistant.bootstrap import Services, store_errors
from assistant.customs.types import Language, Source
from assistant.errors import NotFound
from assistant.schema import (
    FindManufacturersResponse,
    ManufacturerProfileRequest,
    ManufacturerProfileResponse,
    Passage,
)
from assistant.sourcing.evidence import conflicts, merge
from assistant.sourcing.types import MatchResult, Need, Profile
from assistant.toolbox.plants import evidence_of, held, refresh, suppliers_named
from assistant.toolbox.track_record import Records
from assistant.toolbox.vetting import same_plant, soon, trail
from retrieval.plant_reads import profiles_of, towns_known

READ_ALL = 1_000
"""Up to so many plants every one is read and judged; near misses are then complete."""

_LIMITS = {
    "en": (
        "Prices and real-time capacity were not checked; quality history only where orders are on file",
        "Certificates were not confirmed with their issuers, except those marked issuer_verified",
        "Profiles marked as samples are fictional",
    ),
    "es": (
        "No se revisaron precios ni capacidad en tiempo real; historial de calidad, sólo donde hay órdenes registradas",
        "Los certificados no se confirmaron con su emisor, salvo los marcados issuer_verified",
        "Los perfiles marcados como muestra son ficticios",
    ),
}


def find_manufacturers(services: Services, request: Need) -> FindManufacturersResponse:
    """Ranked matches for a need, near misses, and what to relax."""
    day = request.as_of or services.today()
    with store_errors():
        records = Records(services, day, request.language)
    result, documents = matched(services, request, day, records)
    with store_errors():
        titles = {i: d for i in sorted(set(documents.values())) if (d := services.catalog.document(i)) is not None}
    sources: dict[str, Source] = {}
    for found in result.matches:
        found.document_id = documents[found.id]
        document = titles[found.document_id]
        sources[document.id] = Source(title=document.title, url=document.url, document_id=document.id)
        record = records.record(found.id)
        if record is not None:  # the score says why, and what is wrong is a gap
            found.fit["performance"].why = record.why
            found.gaps += [warning for warning in record.warnings if warning not in found.gaps]
            sources[found.id] = records.source(found.id, found.name)
    with store_errors(), services.catalog.connect() as connection:
        shown = profiles_of(connection, services.tenants, [found.id for found in result.matches])
        profiles = [Profile.model_validate(row[0]) for row in shown.values()]
        twins = same_plant(connection, services.tenants, profiles, request.language) if profiles else {}
    for found in result.matches:
        found.same_plant = twins.get(found.id, [])
    samples = any(found.sample for found in result.matches) or any(row.sample for row in result.excluded)
    return FindManufacturersResponse(
        as_of=day,
        **result.model_dump(),
        sources=list(sources.values()),
        not_covered=_limits(request.language, samples),
    )


def matched(
    services: Services, request: Need, day: date, records: Records | None = None
) -> tuple[MatchResult, dict[str, str]]:
    """The engine's result, and the document of each match; `records` of past orders count in the score. A few plants
    are all read; of many, those that a filter in SQL lets through, in the order of the most that they can score."""
    from assistant.sourcing.matching import match  # brings the vocabulary, which the other tools do without
    from assistant.sourcing.places import Places
    from assistant.sourcing.pools import match_pool
    from assistant.sourcing.vocabulary import Vocabulary
    from assistant.toolbox.meaning import meaning_of
    from assistant.toolbox.pool import SqlPool

    refresh(services)
    with store_errors(), services.catalog.connect() as connection:
        size = held(services, connection)
        if size > READ_ALL:
            pool = SqlPool(connection, services.tenants, size)
            result = match_pool(
                request,
                pool,
                as_of=day,
                vocabulary=Vocabulary.load(),
                places=Places.load().with_places(towns_known(connection, services.tenants)),
                suppliers=suppliers_named(services, request.need or ""),
                performance=records,
                meaning=meaning_of(services),
            )
            return result, {found.id: pool.documents[found.id] for found in result.matches}
        stored = services.catalog.profiles(services.tenants)
        seen = evidence_of(connection, services.tenants)
    profiles = [merge(Profile.model_validate(profile), seen.get(profile["id"], ())) for profile, _, _ in stored]
    with store_errors():
        result = match(request, profiles, as_of=day, performance=records, meaning=meaning_of(services))
    documents = {profile["id"]: document_id for profile, document_id, _ in stored}
    return result, {found.id: documents[found.id] for found in result.matches}


def manufacturer_profile(services: Services, request: ManufacturerProfileRequest) -> ManufacturerProfileResponse:
    """One manufacturer with what is claimed, seen, verified and expired kept apart."""
    day = request.as_of or services.today()
    refresh(services)
    with store_errors():
        stored = services.catalog.profile(request.id, services.tenants)
        if stored is None:
            raise _unknown(request.id, services.catalog.manufacturer_ids(services.tenants))
        document = services.catalog.document(stored[1])
        passages = [
            p for p in services.catalog.document_passages(stored[1]) if p.meta.get("manufacturer_id") == request.id
        ]
        with services.catalog.connect() as connection:
            seen = evidence_of(connection, services.tenants, [request.id]).get(request.id, [])
            profile = merge(Profile.model_validate(stored[0]), seen)
            history = trail(connection, services.tenants, profile, day)
            twins = same_plant(connection, services.tenants, [profile], request.language)
    assert document is not None  # a manufacturer row always belongs to a document
    certifications = [c.model_copy(update={"state": c.state_on(day)}) for c in profile.certifications]
    source = Source(title=document.title, url=document.url, document_id=document.id)
    papers = {e.document_id: Source(title=e.title, document_id=e.document_id, page=1) for e in seen}
    with store_errors():
        records = Records(services, day, request.language)
        record = records.record(request.id)
    return ManufacturerProfileResponse(
        as_of=day,
        profile=profile,
        certifications=certifications,
        conflicts=conflicts(seen, request.language),
        trail=history,
        expiring_soon=soon(profile.certifications, day),
        same_plant=twins.get(request.id, []),
        passages=[
            Passage(
                id=p.id,
                document_id=document.id,
                title=document.title,
                file=document.file,
                page=p.page,
                paragraph=p.paragraph,
                text=p.text,
                score=1.0,
                kind=document.kind,
                language=p.language,
                effective_from=document.effective_from,
                effective_to=document.effective_to,
                url=document.url,
                sample=document.sample,
            )
            for p in passages
        ],
        performance=None if record is None else record.model_dump(mode="json"),
        sources=[source, *papers.values(), *([records.source(request.id, profile.name)] if record else [])],
        not_covered=_limits(request.language, profile.sample),
    )


def _limits(language: Language, samples: bool) -> list[str]:
    rows = list(_LIMITS[language])
    return rows if samples else rows[:-1]


def _unknown(wanted: str, known: list[str]) -> NotFound:
    from rapidfuzz import process

    close = [name for name, _, _ in process.extract(wanted, known, limit=3, score_cutoff=60)]
    hint = f"did you mean {', '.join(close)}?" if close else "find_manufacturers lists the ids that exist"
    return NotFound(f"no manufacturer has the id {wanted!r}", field="id", hint=hint)

"""`find_manufacturers` and `manufacturer_profile`: stored profiles into the matching engine."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.bootstrap import Services, store_errors
from assistant.customs.types import Language, Source
from assistant.errors import NotFound
from assistant.schema import (
    FindManufacturersResponse,
    ManufacturerProfileRequest,
    ManufacturerProfileResponse,
    Passage,
)
from assistant.sourcing.evidence import Evidence, conflicts, merge
from assistant.sourcing.types import Need, Profile

_LIMITS = {
    "en": (
        "Prices, quality history and real-time capacity were not checked",
        "Certificates were not confirmed with their issuers, except those marked issuer_verified",
        "Profiles marked as samples are fictional",
    ),
    "es": (
        "No se revisaron precios, historial de calidad ni capacidad en tiempo real",
        "Los certificados no se confirmaron con su emisor, salvo los marcados issuer_verified",
        "Los perfiles marcados como muestra son ficticios",
    ),
}


def find_manufacturers(services: Services, request: Need) -> FindManufacturersResponse:
    """Ranked matches for a need, near misses, and what to relax."""
    from assistant.sourcing.matching import match  # brings the vocabulary, which the other tools do without

    day = request.as_of or services.today()
    with store_errors():
        stored = services.catalog.profiles(services.tenants)
        titles = {d.id: d for d in services.catalog.documents("manufacturer", services.tenants)}
        seen = _evidence(services, None)
    documents = {profile["id"]: document_id for profile, document_id, _ in stored}
    profiles = [merge(Profile.model_validate(profile), seen.get(profile["id"], ())) for profile, _, _ in stored]
    result = match(request, profiles, as_of=day)
    sources: dict[str, Source] = {}
    for found in result.matches:
        found.document_id = documents[found.id]
        document = titles[found.document_id]
        sources[document.id] = Source(title=document.title, url=document.url, document_id=document.id)
    return FindManufacturersResponse(
        as_of=day,
        **result.model_dump(),
        sources=list(sources.values()),
        not_covered=_limits(request.language, profiles),
    )


def manufacturer_profile(services: Services, request: ManufacturerProfileRequest) -> ManufacturerProfileResponse:
    """One manufacturer with what is claimed, seen, verified and expired kept apart."""
    day = request.as_of or services.today()
    with store_errors():
        stored = services.catalog.profile(request.id, services.tenants)
        if stored is None:
            names = [p["id"] for p, _, _ in services.catalog.profiles(services.tenants)]
            raise _unknown(request.id, names)
        document = services.catalog.document(stored[1])
        passages = [
            p for p in services.catalog.document_passages(stored[1]) if p.meta.get("manufacturer_id") == request.id
        ]
        seen = _evidence(services, request.id).get(request.id, ())
    assert document is not None  # a manufacturer row always belongs to a document
    claimed = Profile.model_validate(stored[0])
    profile = merge(claimed, seen)
    certifications = [c.model_copy(update={"state": c.state_on(day)}) for c in profile.certifications]
    source = Source(title=document.title, url=document.url, document_id=document.id)
    papers = {e.document_id: Source(title=e.title, document_id=e.document_id, page=1) for e in seen}
    return ManufacturerProfileResponse(
        as_of=day,
        profile=profile,
        certifications=certifications,
        conflicts=conflicts(claimed, seen, request.language),
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
        sources=[source, *papers.values()],
        not_covered=_limits(request.language, [profile]),
    )


def _evidence(services: Services, manufacturer_id: str | None) -> dict[str, list[Evidence]]:
    """Certificates that a document shows, by manufacturer."""
    found: dict[str, list[Evidence]] = {}
    documents = {d.id: d for d in services.catalog.documents("certificate", services.tenants)}
    for row in services.catalog.certificates(manufacturer_id, services.tenants):
        document = documents.get(row.document_id)
        if document is None or row.manufacturer_id is None:
            continue
        evidence = Evidence(
            document_id=document.id,
            title=document.title,
            file=document.file,
            holder=row.holder,
            standard=row.standard,
            number=row.number,
            issuer=row.issuer,
            scope=row.scope,
            issued=row.issued,
            expires=row.expires,
            state=row.state,  # type: ignore[arg-type]  # pydantic checked it when it was stored
        )
        found.setdefault(row.manufacturer_id, []).append(evidence)
    return found


def _limits(language: Language, profiles: Sequence[Profile]) -> list[str]:
    rows = list(_LIMITS[language])
    return rows if any(p.sample for p in profiles) else rows[:-1]


def _unknown(wanted: str, known: list[str]) -> NotFound:
    from rapidfuzz import process

    close = [name for name, _, _ in process.extract(wanted, known, limit=3, score_cutoff=60)]
    hint = f"did you mean {', '.join(close)}?" if close else "find_manufacturers lists the ids that exist"
    return NotFound(f"no manufacturer has the id {wanted!r}", field="id", hint=hint)

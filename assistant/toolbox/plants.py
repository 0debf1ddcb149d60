"""Keeping what matching filters on up to date, and the trail of certificates: a list of changes, worked off in turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from assistant.bootstrap import Progress, Services, store_errors
from assistant.sourcing.evidence import Evidence, merge, paper_for
from assistant.sourcing.phrases import words
from assistant.sourcing.places import Places
from assistant.sourcing.types import Certification, Profile
from assistant.sourcing.vocabulary import Vocabulary
from assistant.toolbox.flatten import flatten, vocabulary_mark
from retrieval.plant_reads import (
    VOCABULARY_KEY,
    count_changes,
    papers_by_tenant,
    papers_of,
    plants_named,
    plants_state,
    profiles_of,
)
from retrieval.plants import (
    FlatPlant,
    add_trail,
    changes,
    forget_plants,
    last_standing,
    overlays,
    set_mark,
    store_plants,
)
from retrieval.records import PUBLIC
from retrieval.screen import Screen

_BATCH = 2_000
_LONGEST_NAME = 7  # words
_MOST_KEYS = 5_000
_KEPT = ("issuer", "scope", "issued", "expires", "evidence")


def evidence_of(
    connection: Connection, tenants: Sequence[str], ids: Sequence[str] | None = None
) -> dict[str, list[Evidence]]:
    """Certificates that a document shows, by manufacturer."""
    found: dict[str, list[Evidence]] = {}
    for row, title, file in papers_of(connection, tenants, ids):
        found.setdefault(row.manufacturer_id, []).append(
            Evidence(
                document_id=row.document_id,
                title=title,
                file=file,
                holder=row.holder,
                standard=row.standard,
                number=row.number,
                issuer=row.issuer,
                scope=row.scope,
                issued=row.issued,
                expires=row.expires,
                conflicts=tuple(row.meta.get("conflicts", ())),
                state=row.state,
            )
        )
    return found


def suppliers_named(services: Services, text: str) -> list[tuple[str, str]]:
    """(id, name) of the suppliers on file whose name or id stands in `text`, to be passed to `understand` so that a
    name is not read as a process. Quick whatever the number of suppliers."""
    refresh(services)
    found = words(text)
    runs = {found[i : i + size] for size in range(1, _LONGEST_NAME + 1) for i in range(len(found) - size + 1)}
    ids = {part.strip(".,;:!?()").lower() for part in text.split()}
    keys = sorted({" ".join(run) for run in runs} | ids)[:_MOST_KEYS]
    with store_errors(), services.catalog.connect() as connection:
        return plants_named(connection, keys, services.tenants)


def held(services: Services, connection: Connection) -> int:
    """How many plants there are to match; counted once until plants change."""
    mark = (plants_state(connection)[0], services.tenants)
    kept: tuple[object, int] | None = services.__dict__.get("plants_held")
    if kept is None or kept[0] != mark:
        kept = services.__dict__["plants_held"] = (mark, Screen(connection, services.tenants).count([]))
    return kept[1]


def refresh(services: Services, progress: Progress | None = None) -> int:
    """Take apart every plant that changed since; returns how many. Quick when there is none."""
    with store_errors():
        catalog = services.catalog
        with catalog.connect() as connection:
            _, waiting, mark = plants_state(connection)
        if mark != vocabulary_mark():
            with catalog.writing() as connection:
                if plants_state(connection)[2] != vocabulary_mark():
                    forget_plants(connection)
                    set_mark(connection, VOCABULARY_KEY, vocabulary_mark())
                waiting = plants_state(connection)[1]
        done = total = 0
        if waiting:
            with catalog.connect() as connection:
                total = count_changes(connection)
        while waiting:
            with catalog.writing() as connection:
                worked = changes(connection, _BATCH)
                if not worked:
                    break
                _rework(connection, worked)
            done += len(worked)
            waiting = len(worked) == _BATCH
            if progress:
                progress("plants", done, max(total, done))
    return done


def _rework(connection: Connection, worked: Sequence[tuple[str, str]]) -> None:
    """Take these (tenant, manufacturer) apart, and every other tenant's view of the same."""
    ids = sorted({identity for _, identity in worked})
    wanted = {*worked, *overlays(connection, ids), *papers_by_tenant(connection, ids)}
    by_tenant: dict[str, list[str]] = {}
    for tenant, identity in sorted(wanted):
        by_tenant.setdefault(tenant, []).append(identity)
    vocabulary, places = Vocabulary.load(), Places.load()
    plants: list[FlatPlant] = []
    gone: list[tuple[str, str]] = []
    now = dt.datetime.now(tz=dt.UTC)
    for tenant, mine in by_tenant.items():
        tenants = (tenant,) if tenant == PUBLIC else (tenant, PUBLIC)
        stored = profiles_of(connection, tenants, mine)
        evidence = evidence_of(connection, tenants, mine)
        own_papers = papers_by_tenant(connection, mine)
        effective: dict[str, tuple[Profile, str, Sequence[Evidence]]] = {}
        for identity in mine:
            row = stored.get(identity)
            if row is None or (row[2] != tenant and (tenant, identity) not in own_papers):
                gone.append((tenant, identity))  # nothing there, or nothing that this tenant sees differently
                continue
            papers = evidence.get(identity, ())
            profile = merge(Profile.model_validate(row[0]), papers)
            effective[identity] = (profile, row[1], papers)
            plants.append(flatten(profile, tenant, vocabulary, places))
        _follow(connection, tenant, mine, effective, now)
    store_plants(connection, plants, gone)


def _follow(
    connection: Connection,
    tenant: str,
    ids: Iterable[str],
    effective: dict[str, tuple[Profile, str, Sequence[Evidence]]],
    now: dt.datetime,
) -> None:
    """Write down what changed in the standing of each certificate since the trail's last word on it."""
    before = last_standing(connection, tenant, list(ids))
    rows: list[dict[str, Any]] = []
    for identity, (profile, document_id, papers) in effective.items():
        present: set[str] = set()
        for certificate in profile.certifications:
            key = certificate_key(certificate)
            if key in present:
                continue
            present.add(key)
            last = before.get((identity, key))
            shown = {name: _text(getattr(certificate, name)) for name in _KEPT}
            if last is not None and last.after == certificate.state and last.shown == shown:
                continue
            paper = paper_for(certificate, papers)
            rows.append(
                {
                    "tenant": tenant,
                    "manufacturer_id": identity,
                    "certificate": key,
                    "standard": certificate.standard,
                    "number": certificate.number,
                    "before": last.after if last is not None else None,
                    "after": certificate.state,
                    "shown": shown,
                    "document_id": paper.document_id if paper is not None else document_id,
                    "at": now,
                }
            )
        rows += _ended(before, tenant, identity, present, document_id, now)
    for identity in set(ids) - set(effective):
        rows += _ended(before, tenant, identity, set(), None, now)
    add_trail(connection, rows)


def _ended(
    before: dict[tuple[str, str], Any], tenant: str, identity: str, present: set[str], document_id: str | None,
    now: dt.datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    return [
        {
            "tenant": tenant,
            "manufacturer_id": identity,
            "certificate": key,
            "standard": last.standard,
            "number": last.number,
            "before": last.after,
            "after": None,
            "shown": last.shown,
            "document_id": document_id,
            "at": now,
        }
        for (owner, key), last in before.items()
        if owner == identity and key not in present and last.after is not None
    ]


def certificate_key(certificate: Certification) -> str:
    """Which certificate it is: its folded standard and number."""
    return f"{' '.join(words(certificate.standard))}#{' '.join(words(certificate.number or ''))}"[:300]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

"""Reading plants: who is there, what was named, profiles and papers of a few, trails and watch lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from retrieval.models import Certificate, Document, Manufacturer, Setting, table_of
from retrieval.plant_models import CertificateTrail, Plant, PlantChange, PlantTown, PlantWord

VOCABULARY_KEY = "plants_vocabulary"
NEXT_KEY = "plants_next"
_IN_LIST = 500


def plants_state(connection: Connection) -> tuple[str | None, bool, str | None]:
    """A mark that changes whenever plants do, whether changes wait, and the mark of their vocabulary."""
    wanted = select(Setting.key, Setting.value).where(Setting.key.in_((NEXT_KEY, VOCABULARY_KEY)))
    marks = {row[0]: row[1] for row in connection.execute(wanted)}
    waiting = connection.execute(select(PlantChange.tenant).limit(1)).first() is not None
    return marks.get(NEXT_KEY), waiting, marks.get(VOCABULARY_KEY)


def count_changes(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(PlantChange)).scalar() or 0)


def towns_known(
    connection: Connection, tenants: Sequence[str]
) -> list[tuple[str, str | None, str, tuple[float, float] | None]]:
    """Towns that only the plants of `tenants` know, as `Places.with_places` takes them."""
    table = table_of(PlantTown)
    rows = connection.execute(select(table).where(table.c.tenant.in_(tenants)).order_by(*table.primary_key.columns))
    return [(r.country, r.region or None, r.city, None if r.latitude is None else (r.latitude, r.longitude))
            for r in rows]  # fmt: skip


def plants_named(connection: Connection, keys: Sequence[str], tenants: Sequence[str]) -> list[tuple[str, str]]:
    """Id and name of the plants whose folded name or id is one of `keys`."""
    statement = select(Plant.manufacturer_id, Plant.name).where(Plant.tenant.in_(tenants), Plant.name_key.in_(keys))
    by_id = select(Manufacturer.id, Manufacturer.name).where(
        Manufacturer.tenant.in_(tenants), Manufacturer.id.in_(keys)
    )
    found = [*connection.execute(statement).all(), *connection.execute(by_id).all()]
    return sorted({(row[0], row[1]) for row in found})


def units_known(connection: Connection) -> list[str]:
    """Units that capability lines are stated in."""
    return [row[0] for row in connection.execute(select(PlantWord.name).where(PlantWord.kind == "unit"))]


def profiles_of(
    connection: Connection, tenants: Sequence[str], ids: Sequence[str]
) -> dict[str, tuple[dict[str, Any], str, str]]:
    """Profile, document and tenant of each manufacturer of `ids` that `tenants` see; the first tenant stands."""
    found: dict[str, tuple[dict[str, Any], str, str]] = {}
    columns = (Manufacturer.id, Manufacturer.profile, Manufacturer.document_id, Manufacturer.tenant)
    for start in range(0, len(ids), _IN_LIST):
        part = ids[start : start + _IN_LIST]
        rows = connection.execute(select(*columns).where(Manufacturer.id.in_(part), Manufacturer.tenant.in_(tenants)))
        for row in sorted(rows, key=lambda row: -list(tenants).index(row[3])):
            found[row[0]] = (row[1], row[2], row[3])
    return found


def papers_of(
    connection: Connection, tenants: Sequence[str], ids: Sequence[str] | None = None
) -> list[tuple[Any, str, str]]:
    """Certificate records that are filed under a manufacturer (of `ids`), each with its document's title and file."""
    table = table_of(Certificate)
    statement = (
        select(table, Document.title, Document.file)
        .join(Document, Document.id == table.c.document_id)
        .where(table.c.tenant.in_(tenants), table.c.manufacturer_id.is_not(None))
        .order_by(table.c.id)
    )
    if ids is None:
        return [(row, row.title, row.file) for row in connection.execute(statement)]
    found: list[tuple[Any, str, str]] = []
    for start in range(0, len(ids), _IN_LIST):
        part = ids[start : start + _IN_LIST]
        rows = connection.execute(statement.where(table.c.manufacturer_id.in_(part)))
        found += [(row, row.title, row.file) for row in rows]
    return found


def papers_by_tenant(connection: Connection, ids: Sequence[str]) -> set[tuple[str, str]]:
    """(tenant, manufacturer) of `ids` with a certificate on file."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(ids), _IN_LIST):
        part = ids[start : start + _IN_LIST]
        rows = connection.execute(
            select(Certificate.tenant, Certificate.manufacturer_id).where(Certificate.manufacturer_id.in_(part))
        )
        found |= {(row[0], str(row[1])) for row in rows}
    return found


def trail_of(connection: Connection, tenants: Sequence[str], manufacturer_id: str) -> list[Any]:
    """Every recorded change in the standing of a plant's certificates, oldest first."""
    table = table_of(CertificateTrail)
    mine = (table.c.manufacturer_id == manufacturer_id, table.c.tenant.in_(tenants))
    return list(connection.execute(select(table).where(*mine).order_by(table.c.id)))


def expiring(connection: Connection, tenants: Sequence[str], first: dt.date, last: dt.date) -> list[str]:
    """Plants with a confirmed certificate that may end between two days, both included."""
    statement = select(Plant.manufacturer_id).where(
        Plant.tenant.in_(tenants), Plant.earliest_expiry <= last, Plant.earliest_expiry.is_not(None)
    )
    return sorted({row[0] for row in connection.execute(statement)})

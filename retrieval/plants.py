"""Writing what matching filters on: plants taken apart into words, lines and papers, and the trail of certificates.

Who may be taken apart is on a list (`plant_changes`) that is written in the transaction of the change itself, so that a
crash leaves work to do and never a wrong answer. Rows of a plant that was replaced stay behind under its old number,
which no plant has any more; `forget_plants` clears them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CompoundSelect, Connection, bindparam, delete, func, insert, select, union, update

from retrieval.models import Base, Certificate, Manufacturer, Setting, table_of
from retrieval.plant_models import (
    CertificateTrail,
    Plant,
    PlantChange,
    PlantLine,
    PlantPaper,
    PlantTerm,
    PlantTown,
    PlantWord,
)

Word = tuple[str, str]
ANY_PROCESS = 0
_NEXT = "plants_next"
_DERIVED: tuple[type[Base], ...] = (PlantTerm, PlantLine, PlantPaper, PlantTown, PlantWord, Plant)
_IN_LIST = 500


@dataclass(frozen=True)
class FlatLine:
    """A capability line under the `processes` it counts for. Quantities in `unit`, times in days."""

    processes: tuple[str, ...]
    unit: str
    free: float | None
    minimum: float | None
    pilot: float | None
    lead: int | None
    pilot_lead: int | None


@dataclass(frozen=True)
class FlatPaper:
    """A confirmed certificate under the words it counts for."""

    words: tuple[Word, ...]
    verified: bool
    issued: dt.date | None
    expires: dt.date | None


@dataclass(frozen=True)
class FlatPlant:
    """A plant as it is stored. `terms`: words with their quality in tenths; `bare`: processes without a line."""

    tenant: str
    manufacturer_id: str
    name: str
    name_key: str
    terms: Mapping[Word, int]
    lines: Sequence[FlatLine] = ()
    bare: Sequence[str] = ()
    papers: Sequence[FlatPaper] = ()
    point: tuple[float, float] | None = None
    site: bool = False
    vetting: float = 0.0
    town: tuple[str, str, str] | None = None


@dataclass
class _Rows:
    """Rows to insert; the tall tables as tuples in the order of their columns, whose keys come first."""

    plants: list[dict[str, Any]] = field(default_factory=list)
    terms: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    papers: list[tuple[Any, ...]] = field(default_factory=list)


def sphere(point: tuple[float, float]) -> tuple[float, float, float]:
    """A point of latitude and longitude (degrees) on the unit sphere."""
    latitude, longitude = math.radians(point[0]), math.radians(point[1])
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)


def note_changes(connection: Connection, tenant: str, manufacturers: Iterable[str | None]) -> None:
    """Put manufacturers on the list of what is to be taken apart anew."""
    wanted = sorted({m for m in manufacturers if m})
    table = table_of(PlantChange)
    for start in range(0, len(wanted), _IN_LIST):
        part = wanted[start : start + _IN_LIST]
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.manufacturer_id.in_(part)))
        connection.execute(insert(table), [{"tenant": tenant, "manufacturer_id": m} for m in part])


def owned_by(connection: Connection, document_id: str) -> list[str]:
    """Manufacturers that a document brings, or brings a certificate of."""
    mine = connection.execute(select(Manufacturer.id).where(Manufacturer.document_id == document_id)).all()
    papers = connection.execute(select(Certificate.manufacturer_id).where(Certificate.document_id == document_id))
    return sorted({row[0] for row in (*mine, *papers.all()) if row[0]})


def changes(connection: Connection, limit: int) -> list[tuple[str, str]]:
    """(tenant, manufacturer) still to be taken apart, at most `limit`."""
    table = table_of(PlantChange)
    rows = connection.execute(select(table).order_by(table.c.tenant, table.c.manufacturer_id).limit(limit)).all()
    return [(row.tenant, row.manufacturer_id) for row in rows]


def overlays(connection: Connection, manufacturers: Sequence[str]) -> list[tuple[str, str]]:
    """(tenant, manufacturer) of every plant of these manufacturers: what one tenant changes another may build on."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(manufacturers), _IN_LIST):
        part = manufacturers[start : start + _IN_LIST]
        rows = connection.execute(select(Plant.tenant, Plant.manufacturer_id).where(Plant.manufacturer_id.in_(part)))
        found += [(row[0], row[1]) for row in rows]
    return found


def store_plants(connection: Connection, plants: Sequence[FlatPlant], gone: Iterable[tuple[str, str]] = ()) -> None:
    """Put `plants` in place of what was there of them, drop those of `gone`, and take both off the list."""
    done = [(plant.tenant, plant.manufacturer_id) for plant in plants] + list(gone)
    _drop(connection, done)
    words = _Words(connection, {word for plant in plants for word in _words_of(plant)})
    number = int(connection.execute(select(Setting.value).where(Setting.key == _NEXT)).scalar() or 1)
    rows = _Rows()
    for plant in plants:
        _take_apart(rows, plant, number, words)
        number += 1
    words.save()
    if rows.plants:
        connection.execute(insert(table_of(Plant)), rows.plants)
    tall: tuple[tuple[type[Base], list[tuple[Any, ...]]], ...] = (
        (PlantTerm, rows.terms),
        (PlantLine, rows.lines),
        (PlantPaper, rows.papers),
    )
    for model, given in tall:
        _insert(connection, model, given)
    set_mark(connection, _NEXT, str(number + 1))  # changes with every call, so that counts can be kept
    _towns(connection, plants)


def set_mark(connection: Connection, key: str, value: str) -> None:
    """Keep a small fact about the plants."""
    connection.execute(delete(Setting).where(Setting.key == key))
    connection.execute(insert(Setting).values(key=key, value=value))


def forget_plants(connection: Connection) -> None:
    """Drop everything derived and put every manufacturer on the list again. The trail stays."""
    derived: tuple[type[Base], ...] = (*_DERIVED, PlantChange)
    for model in derived:
        connection.execute(delete(table_of(model)))
    papers = select(Certificate.tenant, Certificate.manufacturer_id).where(Certificate.manufacturer_id.is_not(None))
    every: CompoundSelect[Any] = union(select(Manufacturer.tenant, Manufacturer.id), papers)
    connection.execute(insert(table_of(PlantChange)).from_select(["tenant", "manufacturer_id"], every))


def last_standing(connection: Connection, tenant: str, manufacturers: Sequence[str]) -> dict[tuple[str, str], Any]:
    """The last row of the trail by (manufacturer, certificate)."""
    found: dict[tuple[str, str], Any] = {}
    table = table_of(CertificateTrail)
    for start in range(0, len(manufacturers), _IN_LIST):
        part = manufacturers[start : start + _IN_LIST]
        rows = select(table).where(table.c.tenant == tenant, table.c.manufacturer_id.in_(part)).order_by(table.c.id)
        found |= {(row.manufacturer_id, row.certificate): row for row in connection.execute(rows)}
    return found


def add_trail(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add to the trail."""
    if rows:
        connection.execute(insert(table_of(CertificateTrail)), list(rows))


def _insert(connection: Connection, model: type[Base], rows: list[tuple[Any, ...]]) -> None:
    """Insert tuples in the order of the table's columns, sorted by key so that neighbours meet one page. Numbers only:
    no column type gets a say, which is what makes it quick."""
    if not rows:
        return
    statement = insert(table_of(model)).compile(dialect=connection.dialect)
    rows.sort(key=lambda row: row[:2])
    if statement.positional:
        connection.exec_driver_sql(str(statement), rows)
    else:
        names = list(table_of(model).columns.keys())
        connection.exec_driver_sql(str(statement), [dict(zip(names, row, strict=True)) for row in rows])


def _words_of(plant: FlatPlant) -> Iterator[Word]:
    yield from plant.terms
    for line in plant.lines:
        yield ("unit", line.unit)
        yield from (("process", process) for process in line.processes)
    yield from (("process", process) for process in plant.bare)
    for paper in plant.papers:
        yield from paper.words


class _Words:
    """The numbers of the words `wanted`; new ones get theirs at once and are saved together. Nearly every plant brings
    words that no other has (what tells it as the same under another name), so that reading all of them would take the
    longer the more there are."""

    def __init__(self, connection: Connection, wanted: set[Word]) -> None:
        self._connection = connection
        self._ids: dict[Word, int] = {}
        self._new: dict[int, Word] = {}
        self._more: dict[int, int] = {}
        self._next = int(connection.execute(select(func.max(PlantWord.id))).scalar() or 0) + 1
        by_kind: dict[str, list[str]] = {}
        for kind, name in sorted(wanted):
            by_kind.setdefault(kind, []).append(name)
        for kind, names in by_kind.items():
            for start in range(0, len(names), _IN_LIST):
                part = names[start : start + _IN_LIST]
                known = select(PlantWord.name, PlantWord.id).where(PlantWord.kind == kind, PlantWord.name.in_(part))
                self._ids.update(((kind, name), number) for name, number in connection.execute(known))

    def __call__(self, word: Word) -> int:
        found = self._ids.get(word)
        if found is None:
            found = self._ids[word] = self._next
            self._next += 1
            self._new[found] = word
        return found

    def count(self, number: int) -> None:
        self._more[number] = self._more.get(number, 0) + 1

    def save(self) -> None:
        table = table_of(PlantWord)
        if self._new:
            self._connection.execute(
                insert(table),
                [{"id": number, "kind": kind, "name": name, "plants": self._more.pop(number, 0)}
                 for number, (kind, name) in self._new.items()],
            )  # fmt: skip
        if self._more:
            raised = (
                update(table).where(table.c.id == bindparam("word")).values(plants=table.c.plants + bindparam("by"))
            )
            self._connection.execute(raised, [{"word": word, "by": by} for word, by in self._more.items()])


def _take_apart(rows: _Rows, plant: FlatPlant, n: int, words: _Words) -> None:
    x, y, z = sphere(plant.point) if plant.point else (None, None, None)
    leads = [line.lead for line in plant.lines if line.lead is not None]
    ends = [paper.expires for paper in plant.papers if paper.expires is not None]
    rows.plants.append(
        {
            "n": n,
            "tenant": plant.tenant,
            "manufacturer_id": plant.manufacturer_id,
            "name": plant.name,
            "name_key": plant.name_key,
            "x": x,
            "y": y,
            "z": z,
            "site": plant.site,
            "lead_best": min(leads, default=None),
            "vetting": plant.vetting,
            "earliest_expiry": min(ends, default=None),
        }
    )
    for word, quality in plant.terms.items():
        number = words(word)
        words.count(number)
        rows.terms.append((number, n, quality))
    for position, line in enumerate(plant.lines, start=1):
        figures = (words(("unit", line.unit)), line.free, line.minimum, line.pilot, line.lead, line.pilot_lead)
        for process in (ANY_PROCESS, *(words(("process", process)) for process in line.processes)):
            rows.lines.append((process, n, position, *figures))
    bare = [words(("process", process)) for process in plant.bare]
    for process in bare if plant.lines else [ANY_PROCESS, *bare]:
        rows.lines.append((process, n, 0, None, None, None, None, None, None))
    for position, paper in enumerate(plant.papers):
        issued = paper.issued.toordinal() if paper.issued else None
        expires = paper.expires.toordinal() if paper.expires else None
        for word in dict.fromkeys(paper.words):
            rows.papers.append((words(word), n, position, paper.verified, issued, expires))


def _drop(connection: Connection, done: Sequence[tuple[str, str]]) -> None:
    by_tenant: dict[str, list[str]] = {}
    for tenant, manufacturer in done:
        by_tenant.setdefault(tenant, []).append(manufacturer)
    for tenant, ids in by_tenant.items():
        for start in range(0, len(ids), _IN_LIST):
            part = ids[start : start + _IN_LIST]
            for table in (table_of(Plant), table_of(PlantChange)):
                connection.execute(delete(table).where(table.c.tenant == tenant, table.c.manufacturer_id.in_(part)))


def _towns(connection: Connection, plants: Sequence[FlatPlant]) -> None:
    """Towns that no gazetteer has; of several points the least, whatever order the plants come in."""
    named: dict[tuple[str, str, str, str], list[tuple[float, float]]] = {}
    for plant in plants:
        if plant.town is not None:
            named.setdefault((plant.tenant, *plant.town), []).extend([plant.point] if plant.point else [])
    table = table_of(PlantTown)
    for (tenant, country, region, city), points in named.items():
        identity = {"tenant": tenant, "country": country, "region": region, "city": city}
        same = [table.c[name] == value for name, value in identity.items()]
        known = connection.execute(select(table).where(*same)).first()
        if known is not None:
            if known.latitude is not None:
                points.append((known.latitude, known.longitude))
            connection.execute(delete(table).where(*same))
        point = min(points, default=(None, None))
        connection.execute(insert(table).values(**identity, latitude=point[0], longitude=point[1]))

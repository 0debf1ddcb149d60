"""Reading the catalog. Records come back detached: plain objects, safe to keep after the call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from retrieval.models import (
    Certificate,
    DeletedVector,
    Document,
    Feedback,
    Manufacturer,
    Passage,
    Setting,
    TariffLine,
)
from retrieval.records import PUBLIC, ScheduleInfo, TariffPath, TariffRow
from retrieval.refs import naming

SCHEDULE = "hts"
_IN_LIST = 500  # SQLite's oldest builds take 999 variables a statement


class Reads:
    """The reading half of `Catalog`."""

    _engine: Engine

    def _all(self, statement: Select[*tuple[Any, ...]]) -> list[Any]:
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(statement).unique())

    def _rows(self, statement: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        with self._engine.connect() as connection:
            return list(connection.execute(statement))

    def document(self, document_id: str) -> Document | None:
        found = self._all(select(Document).where(Document.id == document_id))
        return found[0] if found else None

    def documents(self, kind: str | None = None, tenants: Sequence[str] | None = None) -> list[Document]:
        """Documents by id; of one kind, of some tenants (None: all)."""
        statement = select(Document).order_by(Document.id)
        if kind is not None:
            statement = statement.where(Document.kind == kind)
        if tenants is not None:
            statement = statement.where(Document.tenant.in_(tenants))
        return self._all(statement)

    def document_passages(self, document_id: str, page: int | None = None) -> list[Passage]:
        """A document's passages in order; with `page`, those of that page."""
        statement = select(Passage).where(Passage.document_id == document_id).order_by(Passage.ordinal)
        if page is not None:
            statement = statement.where(Passage.page == page)
        return self._all(statement)

    def passages_by_id(self, ids: Sequence[str]) -> list[Passage]:
        """Passages (each with its `.document`) in the order of `ids`; unknown ids are left out."""
        found: dict[str, Passage] = {}
        for start in range(0, len(ids), _IN_LIST):
            part = ids[start : start + _IN_LIST]
            found.update({p.id: p for p in self._all(select(Passage).where(Passage.id.in_(part)))})
        return [found[i] for i in ids if i in found]

    def passages_naming(
        self, kind: str, value: str, tenants: Sequence[str] = (PUBLIC,), *, below: bool = False, limit: int = 200
    ) -> list[Passage]:
        """Passages that name a reference (`hts`, `country`, `address` or `ruling`), by document and order: the
        paragraph at an address such as `99/III/note 16(c)(xi)`, what names 8544.30 (`below`: and what is under it)."""
        statement = select(Passage).join(Document, Document.id == Passage.document_id)
        statement = statement.where(naming(kind, [value], below=below), Document.tenant.in_(tenants))
        return self._all(statement.order_by(Passage.document_id, Passage.ordinal).limit(limit))

    def pending(self, limit: int) -> list[Passage]:
        """Passages whose vector is still to be made, oldest first."""
        statement = select(Passage).where(Passage.indexed.is_(False), Passage.embed.is_(True))
        return self._all(statement.order_by(Passage.rowid).limit(limit))

    def indexed_ids(self) -> list[str]:
        """Ids of the passages whose vector is in Chroma, as far as the catalog knows."""
        statement = select(Passage.id).where(Passage.indexed.is_(True), Passage.embed.is_(True))
        return [row[0] for row in self._rows(statement.order_by(Passage.id))]

    def newest_indexed(self, limit: int) -> list[str]:
        """Ids of the newest passages whose vector is in Chroma, as far as the catalog knows."""
        statement = select(Passage.id).where(Passage.indexed.is_(True), Passage.embed.is_(True))
        return [row[0] for row in self._rows(statement.order_by(Passage.rowid.desc()).limit(limit))]

    def indexed_count(self) -> int:
        """How many ids `indexed_ids` would give."""
        return self._count(select(func.count()).where(Passage.indexed.is_(True), Passage.embed.is_(True)))

    def deleted_vectors(self) -> list[str]:
        """Ids that Chroma has still to forget."""
        return [row[0] for row in self._rows(select(DeletedVector.id).order_by(DeletedVector.id))]

    def schedules(self, destination: str | None = "US") -> list[ScheduleInfo]:
        """Tariff schedules of a destination (None: of all), oldest first."""
        statement = select(Document).where(Document.kind == SCHEDULE).order_by(Document.effective_from, Document.id)
        infos = [_schedule(d) for d in self._all(statement)]
        return [i for i in infos if destination is None or i.destination == destination]

    def tariff_rows(self, hts: str) -> list[TariffRow]:
        """Every revision's row(s) with exactly these digits, oldest revision first. `hts`: 2 to 10 digits, no dots."""
        statement = select(TariffLine.__table__).where(TariffLine.hts == hts)
        return self._tariff(statement.order_by(TariffLine.document_id, TariffLine.row_no))

    def tariff_under(self, prefix: str, schedules: Sequence[ScheduleInfo] | None = None) -> list[TariffRow]:
        """Every revision's rows whose code begins with these digits, oldest revision first, in file order.
        `schedules`: those already read, to spare reading them again."""
        statement = select(TariffLine.__table__).where(TariffLine.hts >= prefix, TariffLine.hts < prefix + ":")
        return self._tariff(statement.order_by(TariffLine.document_id, TariffLine.row_no), schedules)

    def tariff_paths(self, document_id: str) -> list[TariffPath]:
        """Number and description path of every coded row of one revision, in file order."""
        t = TariffLine
        statement = select(t.hts, t.path, t.path_es).where(t.document_id == document_id, t.hts > "").order_by(t.row_no)
        return [TariffPath(r[0], tuple(r[1]), tuple(r[2] or ())) for r in self._rows(statement)]

    def tariff_children(self, hts: str, document_id: str) -> list[TariffRow]:
        """The next coded level under `hts` in one revision, in file order; empty under a last level."""
        statement = select(TariffLine.__table__).where(
            TariffLine.document_id == document_id, TariffLine.hts > hts, TariffLine.hts < hts + ":"
        )
        children: list[TariffRow] = []
        for row in self._tariff(statement.order_by(TariffLine.row_no)):
            if not any(row.hts != c.hts and row.hts.startswith(c.hts) for c in children):
                children.append(row)
        return children

    def tariff_codes(self, document_id: str | None = None, prefix: str = "") -> list[str]:
        """Codes that exist (digits only, sorted), of one revision or of all, under a prefix."""
        statement = select(TariffLine.hts).where(TariffLine.hts > "").distinct().order_by(TariffLine.hts)
        if prefix:
            statement = statement.where(TariffLine.hts >= prefix, TariffLine.hts < prefix + ":")
        if document_id is not None:
            statement = statement.where(TariffLine.document_id == document_id)
        return [row[0] for row in self._rows(statement)]

    def profiles(self, tenants: Sequence[str] = (PUBLIC,)) -> list[tuple[dict[str, Any], str, list[str]]]:
        """Manufacturers by id: (profile in the contract's format, document id, words no vocabulary knows). Where
        several tenants have one of an id, the first of `tenants` stands."""
        statement = select(Manufacturer).where(Manufacturer.tenant.in_(tenants)).order_by(Manufacturer.id)
        order = {tenant: number for number, tenant in enumerate(tenants)}
        found = {m.id: m for m in sorted(self._all(statement), key=lambda m: -order[m.tenant])}
        return [(m.profile, m.document_id, m.unmapped) for _, m in sorted(found.items())]

    def manufacturer_ids(self, tenants: Sequence[str] = (PUBLIC,)) -> list[str]:
        """Ids of the manufacturers that `tenants` see."""
        statement = select(Manufacturer.id).where(Manufacturer.tenant.in_(tenants)).distinct()
        return [row[0] for row in self._rows(statement.order_by(Manufacturer.id))]

    def profile(
        self, manufacturer_id: str, tenants: Sequence[str] = (PUBLIC,)
    ) -> tuple[dict[str, Any], str, list[str]] | None:
        """One manufacturer as `profiles` gives it; the first of `tenants` that has it."""
        statement = select(Manufacturer).where(Manufacturer.id == manufacturer_id, Manufacturer.tenant.in_(tenants))
        found = sorted(self._all(statement), key=lambda m: list(tenants).index(m.tenant))
        return (found[0].profile, found[0].document_id, found[0].unmapped) if found else None

    def certificates(self, manufacturer_id: str | None = None, tenants: Sequence[str] = (PUBLIC,)) -> list[Certificate]:
        """Certificate records, of one manufacturer or of all."""
        statement = select(Certificate).where(Certificate.tenant.in_(tenants)).order_by(Certificate.id)
        if manufacturer_id is not None:
            statement = statement.where(Certificate.manufacturer_id == manufacturer_id)
        return self._all(statement)

    def setting(self, key: str) -> str | None:
        """A small fact about the stores (analyser version, embedding model)."""
        rows = self._rows(select(Setting.value).where(Setting.key == key))
        return rows[0][0] if rows else None

    def counts(self) -> dict[str, int]:
        """Rows a table, and passages waiting for their vector (`pending`)."""
        tables = {
            "documents": Document,
            "passages": Passage,
            "manufacturers": Manufacturer,
            "certificates": Certificate,
            "tariff_lines": TariffLine,
            "feedback": Feedback,
            "deleted_vectors": DeletedVector,
        }
        counts = {name: self._count(select(func.count()).select_from(t)) for name, t in tables.items()}
        waiting = select(func.count()).where(Passage.indexed.is_(False), Passage.embed.is_(True))
        counts["pending"] = self._count(waiting)
        return counts

    def status(self) -> dict[str, Any]:
        """What is loaded: counts, documents by kind, schedules with dates and rows."""
        by_kind = select(Document.kind, func.count()).group_by(Document.kind).order_by(Document.kind)
        lines = dict(self._pairs(select(TariffLine.document_id, func.count()).group_by(TariffLine.document_id)))
        return {
            "counts": self.counts(),
            "documents": dict(self._pairs(by_kind)),
            "schedules": [
                {
                    "document_id": s.document_id,
                    "destination": s.destination,
                    "revision": s.revision,
                    "effective_from": None if s.effective_from is None else s.effective_from.isoformat(),
                    "partial": s.partial,
                    "sample": s.sample,
                    "rows": lines.get(s.document_id, 0),
                }
                for s in self.schedules(destination=None)
            ],
        }

    def _count(self, statement: Select[*tuple[Any, ...]]) -> int:
        return int(self._rows(statement)[0][0])

    def _pairs(self, statement: Select[*tuple[Any, ...]]) -> list[tuple[str, int]]:
        return [(str(row[0]), int(row[1])) for row in self._rows(statement)]

    def _tariff(
        self, statement: Select[*tuple[Any, ...]], schedules: Sequence[ScheduleInfo] | None = None
    ) -> list[TariffRow]:
        rows = self._rows(statement)
        if not rows:
            return []
        loaded = self.schedules(destination=None) if schedules is None else schedules
        order = {s.document_id: (n, s) for n, s in enumerate(loaded)}
        known = [r for r in rows if r.document_id in order]
        known.sort(key=lambda r: order[r.document_id][0])  # stable: file order within a revision
        return [_tariff_row(r, order[r.document_id][1]) for r in known]


def superseded_on(connection: Connection, day: dt.date) -> list[str]:
    """Ids of the schedules begun by `day` that a later revision, begun by then, has replaced."""
    destination = Document.meta["destination"].as_string()
    statement = select(Document.id, destination, Document.partial).where(
        Document.kind == SCHEDULE, or_(Document.effective_from.is_(None), Document.effective_from <= day)
    )
    rows = connection.execute(statement.order_by(Document.effective_from, Document.id)).all()
    newest = {(where or "US", partial): document for document, where, partial in rows}
    return [row[0] for row in rows if row[0] not in newest.values()]


def _schedule(document: Document) -> ScheduleInfo:
    return ScheduleInfo(
        document_id=document.id,
        revision=document.revision,
        effective_from=document.effective_from,
        effective_to=document.effective_to,
        partial=document.partial,
        sample=document.sample,
        url=document.url,
        title=document.title,
        destination=str(document.meta.get("destination", "US")),
    )


def _tariff_row(row: Row[*tuple[Any, ...]], schedule: ScheduleInfo) -> TariffRow:
    return TariffRow(
        schedule=schedule,
        row_no=row.row_no,
        hts=row.hts,
        indent=row.indent,
        description=row.description,
        path=tuple(row.path),
        path_es=None if row.path_es is None else tuple(row.path_es),
        units=tuple(row.units),
        general=row.general,
        special=row.special,
        other=row.other,
        general_from=row.general_from,
        special_from=row.special_from,
        other_from=row.other_from,
        footnotes=tuple(row.footnotes or ()),
        quota=row.quota,
        additional_duties=row.additional_duties,
    )

"""The catalog: SQL system of record for documents, passages, profiles, certificates and tariff lines.

A document is stored in one transaction with everything that hangs on it, full text included, and its passages marked
as not indexed; `retrieval.index` makes the vectors afterwards. A crash leaves either the old state or the new one.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import make_url

from retrieval import fulltext
from retrieval.analysis import ANALYSER_VERSION
from retrieval.database import durable, open_engine
from retrieval.errors import CatalogError
from retrieval.models import Base, Certificate, Document, Feedback, Manufacturer, Passage, Setting, TariffLine, table_of
from retrieval.passages import drop_passages, drop_passages_of, sync_passages, wanted_again
from retrieval.plants import note_changes, owned_by
from retrieval.reads import Reads
from retrieval.records import PUBLIC, NewDocument, NewPassage, Stored

_BATCH = 5_000
_OWNED = (TariffLine, Manufacturer, Certificate)
_FIELDS = tuple(f for f in NewDocument.__dataclass_fields__ if f != "meta")
ANALYSER_KEY = "analyser"
VERSION_KEY = "vectors_version"


class Catalog(Reads):
    """Opens (and creates or upgrades) the catalog at a SQLAlchemy URL, `sqlite:///path`. Safe to share by threads.

    Errors: CatalogError and its kinds, see retrieval.errors.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = open_engine(url)
        self._writer = durable(self._engine)  # vectors must never be newer than the catalog, nor after a power cut

    @property
    def path(self) -> Path | None:
        """The database file; None for one in memory."""
        database = make_url(self.url).database
        return Path(database) if database and database != ":memory:" else None

    def connect(self) -> Connection:
        """A connection for reading; close it (or use it as a context)."""
        return self._engine.connect()

    def close(self) -> None:
        self._engine.dispose()

    def store(
        self,
        document: NewDocument,
        passages: Sequence[NewPassage],
        *,
        tariff_lines: Iterable[dict[str, Any]] = (),
        manufacturers: Iterable[dict[str, Any]] = (),
        certificates: Iterable[dict[str, Any]] = (),
        then: Callable[[Connection], object] | None = None,
    ) -> Stored:
        """Store a document and all it holds, or nothing.

        Rows are given by column name (see retrieval.models), without document_id and tenant, which are the
        document's. The same identity with equal bytes and description writes nothing. An update keeps the id and the
        vector of every passage whose page, heading and text stay. A manufacturer already held by another document of
        the tenant moves to this one, and its claims in the other go. `then` runs last in the same transaction, when
        something was written. Errors: CatalogError for an unknown column.
        """
        with self._writer.begin() as connection:
            old = connection.execute(select(Document.__table__).where(Document.id == document.id)).first()
            values = {name: getattr(document, name) for name in _FIELDS} | {"id": document.id}
            values["meta"] = json.loads(json.dumps(document.meta, default=str))
            if old is not None and all(getattr(old, name) == value for name, value in values.items()):
                return Stored("unchanged", document.id)
            retitled = old is not None and old.title != document.title
            touched: list[str | None] = [*owned_by(connection, document.id)] if old is not None else []
            if old is None:
                connection.execute(insert(Document), {**values, "added_at": dt.datetime.now(dt.UTC)})
            else:
                connection.execute(update(Document).where(Document.id == document.id).values(values))
                for model in _OWNED:
                    connection.execute(delete(model).where(model.document_id == document.id))
            sync_passages(connection, document, passages, refresh=retitled)
            _default(connection, ANALYSER_KEY, ANALYSER_VERSION)
            _insert(connection, TariffLine, document, tariff_lines)
            rows = list(manufacturers)
            _take_over(connection, document, [str(row["id"]) for row in rows])
            papers = list(certificates)
            _insert(connection, Manufacturer, document, rows)
            _insert(connection, Certificate, document, papers)
            touched += [str(row["id"]) for row in rows] + [row.get("manufacturer_id") for row in papers]
            note_changes(connection, document.tenant, touched)
            if then is not None:
                then(connection)
            return Stored("added" if old is None else "updated", document.id)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that holds the write lock from its start: what it reads stands until its writes are in."""
        return self._writer.begin()

    def delete(self, document_id: str) -> bool:
        """Forget a document and all it holds; False when there is none."""
        with self._writer.begin() as connection:
            rows = connection.execute(select(Passage.__table__).where(Passage.document_id == document_id)).all()
            drop_passages(connection, rows)
            tenant = connection.execute(select(Document.tenant).where(Document.id == document_id)).scalar()
            if tenant is not None:
                note_changes(connection, tenant, owned_by(connection, document_id))
            return connection.execute(delete(Document).where(Document.id == document_id)).rowcount > 0

    def mark_indexed(self, ids: Sequence[str]) -> None:
        """Note that Chroma holds the vectors of these passages."""
        self._mark(ids, indexed=True)

    def mark_pending(self, ids: Sequence[str]) -> None:
        """Note that Chroma does not hold the vectors of these passages."""
        self._mark(ids, indexed=False)

    def _mark(self, ids: Sequence[str], *, indexed: bool) -> None:
        if ids:
            table = table_of(Passage)
            marked = update(table).where(table.c.id == bindparam("passage")).values(indexed=indexed)
            with self._writer.begin() as connection:
                connection.execute(marked, [{"passage": i} for i in ids])
                _raise_version(connection)

    def mark_all_pending(self) -> None:
        """Note that every vector is to be made again."""
        with self._writer.begin() as connection:
            connection.execute(update(Passage).values(indexed=False))
            _raise_version(connection)

    def forget_deleted(self, ids: Sequence[str]) -> None:
        """Note that Chroma has forgotten these ids."""
        if ids:
            with self._writer.begin() as connection:
                wanted_again(connection, ids)
                _raise_version(connection)

    def vectors_version(self) -> str | None:
        """A mark that changes whenever vectors were written, by whichever process."""
        return self.setting(VERSION_KEY)

    def marks(self, connection: Connection) -> tuple[str | None, str]:
        """(vectors_version, a mark that also changes when passages are added), read in one go."""
        version = select(Setting.value).where(Setting.key == VERSION_KEY).scalar_subquery()
        found = connection.execute(select(version, func.max(Passage.rowid))).one()
        return found[0], f"{found[0]} {found[1]}"

    def fulltext_current(self) -> bool:
        """Whether full text covers every passage with the tokens this version makes."""
        with self._engine.connect() as connection:
            indexed = fulltext.count(connection)
        counts = self.counts()
        return indexed == counts["passages"] and self.setting(ANALYSER_KEY) in (None, ANALYSER_VERSION)

    def rebuild_fulltext(self) -> int:
        """Make full text anew from the passages, in one transaction. Returns how many."""
        columns = (Passage.rowid, Document.title, Passage.paragraph, Passage.text, Passage.language)
        with self._writer.begin() as connection:
            fulltext.clear(connection)
            rows = connection.execute(select(*columns).join(Document, Document.id == Passage.document_id)).all()
            fulltext.add(connection, ((r[0], r[1], r[2], r[3], r[4]) for r in rows))
            _set(connection, ANALYSER_KEY, ANALYSER_VERSION)
        return len(rows)

    def set_setting(self, key: str, value: str) -> None:
        with self._writer.begin() as connection:
            _set(connection, key, value)

    def add_feedback(
        self, *, thread_id: str, rating: str, comment: str | None = None, tenant: str = PUBLIC, at: dt.datetime
    ) -> int:
        """Keep a reader's thumb on an answer; returns its id."""
        with self._writer.begin() as connection:
            values = {"tenant": tenant, "thread_id": thread_id, "rating": rating, "comment": comment, "at": at}
            result = connection.execute(insert(Feedback).values(values))
            return int(result.inserted_primary_key[0]) if result.inserted_primary_key else 0


def _insert(connection: Connection, model: type[Base], document: NewDocument, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows of a table that a document owns, in batches; a column left out gets its default."""
    table = table_of(model)
    given = {"document_id": document.id, "tenant": document.tenant}
    defaults: dict[str, Any] = {}
    for column in table.columns:
        if column.autoincrement is True:
            continue
        default: Any = column.default
        if default is None:
            defaults[column.name] = None
        elif not default.is_callable:
            defaults[column.name] = default.arg
        else:
            defaults[column.name] = default.arg(None)
    own = {name: value for name, value in given.items() if name in defaults}
    stream = iter(rows)
    while batch := list(itertools.islice(stream, _BATCH)):
        unknown = {name for row in batch for name in row} - set(defaults)
        if unknown:
            raise CatalogError(f"{table.name} has no column {', '.join(sorted(unknown))}", "see retrieval.models")
        connection.execute(insert(table), [defaults | row | own for row in batch])


def _take_over(connection: Connection, document: NewDocument, ids: Sequence[str]) -> None:
    """Manufacturers that another document of the tenant brought now come from this one: drop what it said of them."""
    for manufacturer in ids:
        mine = (Manufacturer.id == manufacturer, Manufacturer.tenant == document.tenant)
        owner = connection.execute(select(Manufacturer.document_id).where(*mine)).scalar()
        if owner is None:
            continue
        connection.execute(delete(Manufacturer).where(*mine))
        claims = (Certificate.document_id == owner, Certificate.manufacturer_id == manufacturer)
        connection.execute(delete(Certificate).where(*claims))
        drop_passages_of(connection, owner, manufacturer)


def _set(connection: Connection, key: str, value: str) -> None:
    statement = upsert(Setting).values(key=key, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=[Setting.key], set_={"value": value}))


def _raise_version(connection: Connection) -> None:
    found = connection.execute(select(Setting.value).where(Setting.key == VERSION_KEY)).scalar()
    _set(connection, VERSION_KEY, str(int(found or 0) + 1))


def _default(connection: Connection, key: str, value: str) -> None:
    connection.execute(upsert(Setting).values(key=key, value=value).on_conflict_do_nothing())

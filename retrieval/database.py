"""Opening the catalog's database: tuned SQLite, brought up to date by Alembic only when it isn't already.

SQLite is opened with manual transactions: reads begin deferred, writes `BEGIN IMMEDIATE`, so that a writer waits its
turn at the start (up to BUSY_SECONDS) instead of failing half-way. PostgreSQL comes later, behind the same functions.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from retrieval.errors import CatalogBusy, CatalogError, NewerCatalog

BUSY_SECONDS = 60
_CACHE_KIB = 65_536  # a connection
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every migration, oldest first; the last is the schema that this code reads (a test holds it to Alembic's head)."""


def open_engine(url: str) -> Engine:
    """Open `url` (`sqlite:///path`), creating and upgrading it as needed.

    Errors: CatalogError when it is no catalog or can't be written, NewerCatalog when made by newer code,
    CatalogBusy when another process holds it for BUSY_SECONDS.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise CatalogError(
            f"the catalog does not run on {parsed.get_backend_name()} yet",
            "leave SOURCING_DATABASE_URL unset, or give a sqlite:/// URL",
        )
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    try:
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _tune)
        event.listen(engine, "begin", _begin)
        _enable_wal(engine)
        _upgrade(engine)
    except NewerCatalog:
        engine.dispose()
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        engine.dispose()
        raise _explain(error, parsed.database or url) from error
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine, whose transactions take the write lock at once."""
    return engine.execution_options(sourcing_write=True)


def durable(engine: Engine) -> Engine:
    """Like `writing`, and a commit returns only when the data has reached the disk: what was acknowledged survives a
    power cut, not only the end of the process."""
    return engine.execution_options(sourcing_write=True, sourcing_durable=True)


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    # The default cache of 2 MiB holds fewer pages than a batch of plants touches; memory is taken as pages are read.
    cache = f"cache_size = -{_CACHE_KIB}"
    for pragma in (f"busy_timeout = {BUSY_SECONDS * 1000}", "foreign_keys = ON", "synchronous = NORMAL", cache):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    write = options.get("sourcing_write")
    if write:
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('sourcing_durable') else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _enable_wal(engine: Engine) -> None:
    """WAL is a property of the file. SQLite doesn't wait on a lock when switching, so two first openers retry."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            if cursor.execute("PRAGMA journal_mode").fetchone()[0].lower() not in ("wal", "memory"):
                cursor.execute("PRAGMA journal_mode = WAL")
            return
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            raw.close()


def _stored_revision(connection: Connection) -> str | None:
    found = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
    if found is None:
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def _upgrade(engine: Engine) -> None:
    with engine.connect() as connection:
        revision = _stored_revision(connection)
    if revision == REVISIONS[-1]:
        return
    with writing(engine).begin() as connection:  # the second of two first openers waits here and finds nothing to do
        revision = _stored_revision(connection)
        if revision is not None and revision not in REVISIONS:
            raise NewerCatalog(
                f"the catalog has schema {revision}, newer than the {REVISIONS[-1]} that this version knows",
                "upgrade the sourcing assistant, or set SOURCING_HOME to another folder",
            )
        if revision != REVISIONS[-1]:
            from alembic import command

            command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection | None = None) -> Any:
    """Alembic's configuration for the packaged migrations, bound to `connection` when given."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def _explain(error: Exception, place: str) -> CatalogError:
    reason = str(getattr(error, "orig", None) or error)
    if "locked" in reason or "busy" in reason:
        return CatalogBusy(
            f"the catalog was locked by another process for {BUSY_SECONDS} s", "wait for it to end and try again"
        )
    if "not a database" in reason or "malformed" in reason or "already exists" in reason:
        return CatalogError(
            f"{place} is not a catalog: {reason}",
            "move the file away (a new one is made and filled by `sourcing ingest`), or set SOURCING_HOME elsewhere",
        )
    return CatalogError(
        f"the catalog {place} can't be opened: {reason}", "check that the folder is writable and has room"
    )

"""Keeping a document's passages, their full text and the list of dead vectors in step, inside one transaction."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from retrieval import fulltext
from retrieval.models import DeletedVector, Passage, table_of
from retrieval.records import NewDocument, NewPassage, passage_ids
from retrieval.refs import write_refs

_BATCH = 5_000


def sync_passages(
    connection: Connection, document: NewDocument, passages: Sequence[NewPassage], *, refresh: bool
) -> None:
    """Make the stored passages of `document` equal to `passages`.

    One that stays keeps its id and vector, unless the words around it changed: its language, or with `refresh` the
    document's title, both of which full text and vector are made of.
    """
    table = table_of(Passage)
    old = {r.id: r for r in connection.execute(select(table).where(table.c.document_id == document.id))}
    wanted = _wanted(document, passages)
    drop_passages(connection, [row for pid, row in old.items() if pid not in wanted])
    reword: set[str] = set()
    for pid, row in old.items():
        if pid not in wanted:
            continue
        new = wanted[pid]
        same_words = not refresh and row.language == new["language"]
        new["indexed"] = row.indexed and new["embed"] and same_words
        if row.indexed and not new["embed"]:
            _bury(connection, [pid])
        if not same_words:
            reword.add(pid)
        if any(getattr(row, name) != value for name, value in new.items()):
            connection.execute(update(table).where(table.c.id == pid).values(new))
    fulltext.remove(connection, [old[pid].rowid for pid in reword])
    added = iter([new for pid, new in wanted.items() if pid not in old])
    while batch := list(itertools.islice(added, _BATCH)):
        connection.execute(insert(table), batch)
        wanted_again(connection, [str(new["id"]) for new in batch])
    found = select(table).where(table.c.document_id == document.id).order_by(table.c.ordinal)
    stored = connection.execute(found).all()
    fulltext.add(
        connection,
        (
            (r.rowid, document.title, r.paragraph, r.text, r.language)
            for r in stored
            if r.id not in old or r.id in reword
        ),
    )
    write_refs(connection, ((r.rowid, r.meta) for r in stored if r.id not in old or old[r.id].meta != r.meta))


def drop_passages(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Delete passages (rows of their table) with their full text, and list their vectors as dead."""
    table = table_of(Passage)
    fulltext.remove(connection, [row.rowid for row in rows])
    _bury(connection, [row.id for row in rows if row.embed])
    for row in rows:
        connection.execute(delete(table).where(table.c.rowid == row.rowid))


def drop_passages_of(connection: Connection, document_id: str, manufacturer: str) -> None:
    """Delete a document's passages about one manufacturer (their meta.manufacturer_id)."""
    table = table_of(Passage)
    rows = connection.execute(select(table).where(table.c.document_id == document_id)).all()
    drop_passages(connection, [row for row in rows if row.meta.get("manufacturer_id") == manufacturer])


def wanted_again(connection: Connection, ids: Iterable[str]) -> None:
    """Take ids off the list of dead vectors."""
    table = table_of(DeletedVector)
    for pid in ids:
        connection.execute(delete(table).where(table.c.id == pid))


def _bury(connection: Connection, ids: Sequence[str]) -> None:
    # Also those not marked indexed: a crash between Chroma and the mark leaves a vector that nobody knows of.
    if ids:
        connection.execute(upsert(DeletedVector).on_conflict_do_nothing(), [{"id": pid} for pid in ids])


def _wanted(document: NewDocument, passages: Sequence[NewPassage]) -> dict[str, dict[str, Any]]:
    ids = passage_ids(document.id, passages)
    return {
        pid: {
            "id": pid,
            "document_id": document.id,
            "ordinal": ordinal,
            "page": p.page,
            "paragraph": p.paragraph,
            "text": p.text,
            "language": p.language or document.language,
            "embed": p.embed,
            "indexed": False,
            "meta": json.loads(json.dumps(p.meta, default=str)),
        }
        for ordinal, (pid, p) in enumerate(zip(ids, passages, strict=True))
    }

"""The full-text index: SQLite's FTS5 over stemmed tokens, kept in the catalog's own transactions.

The only module that knows FTS5. What is stored are tokens of `retrieval.analysis`, never raw text, and what is asked
are such tokens in quotes, so no query reaches FTS5's own syntax.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, column, literal_column, select, table, text

from retrieval.analysis import analyse
from retrieval.models import Document, Passage

WEIGHTS = {"title": 1.0, "heading": 3.0, "body": 1.0}
"""What a match counts in each column: few words stand in a heading, and they say what the passage is about."""


def add(connection: Connection, rows: Iterable[tuple[int, str, str | None, str, str | None]]) -> None:
    """Index passages given as (rowid, document title, heading, text, language). Rowids must be new to the index."""
    values = [
        {
            "rowid": rowid,
            "title": str(analyse(title, language)),
            "heading": str(analyse(heading or "", language)),
            "body": str(analyse(body, language)),
        }
        for rowid, title, heading, body, language in rows
    ]
    if values:
        statement = text(
            "INSERT INTO passages_fts(rowid, title, heading, body) VALUES (:rowid, :title, :heading, :body)"
        )
        connection.execute(statement, values)


def remove(connection: Connection, rowids: Sequence[int]) -> None:
    """Forget passages by rowid; unknown ones are ignored."""
    if rowids:
        connection.execute(text("DELETE FROM passages_fts WHERE rowid = :rowid"), [{"rowid": r} for r in rowids])


def clear(connection: Connection) -> None:
    connection.execute(text("DELETE FROM passages_fts"))


def count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM passages_fts")).scalar_one())


def expression(phrases: Iterable[Sequence[str]]) -> str:
    """An FTS5 expression that matches any of the phrases (runs of tokens); empty when there is none."""
    quoted = [" ".join(token.replace('"', "") for token in phrase) for phrase in phrases if phrase]
    return " OR ".join(f'"{phrase}"' for phrase in dict.fromkeys(quoted))


def best(connection: Connection, phrases: Iterable[Sequence[str]], limit: int) -> list[int]:
    """Rowids of the passages that match any phrase, best BM25 first, whatever their documents are."""
    match = expression(phrases)
    if not match:
        return []
    weights = ", ".join(str(w) for w in WEIGHTS.values())
    statement = (
        "SELECT rowid FROM passages_fts WHERE passages_fts MATCH ? AND rank MATCH ? ORDER BY rank, rowid LIMIT ?"
    )
    found = connection.exec_driver_sql(statement, (match, f"bm25({weights})", limit))
    return [row[0] for row in found.all()]


def best_allowed(
    connection: Connection, phrases: Iterable[Sequence[str]], conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[int]:
    """The same of the passages that meet the conditions, which are over Passage and Document."""
    match = expression(phrases)
    if not match:
        return []
    fts = table("passages_fts", column("rowid"))
    rank: ColumnElement[float] = literal_column(f"bm25(passages_fts, {', '.join(str(w) for w in WEIGHTS.values())})")
    statement = (
        select(Passage.rowid)
        .select_from(fts)
        .join(Passage, Passage.rowid == fts.c.rowid)
        .join(Document, Document.id == Passage.document_id)
        .where(text("passages_fts MATCH :match"), *conditions)
        .order_by(rank, Passage.rowid)
        .limit(limit)
    )
    return list(connection.execute(statement, {"match": match}).scalars())


def frequency(connection: Connection, phrases: Iterable[Sequence[str]]) -> int:
    """How many passages hold any of the phrases."""
    match = expression(phrases)
    if not match:
        return 0
    counted = connection.exec_driver_sql("SELECT count(*) FROM passages_fts WHERE passages_fts MATCH ?", (match,))
    return int(counted.scalar_one())


def tokens_of(connection: Connection, rowids: Sequence[int]) -> dict[int, tuple[list[str], list[str], list[str]]]:
    """Stored tokens by rowid: of title, heading and body."""
    statement = "SELECT rowid, title, heading, body FROM passages_fts WHERE rowid IN (SELECT value FROM json_each(?))"
    rows = connection.exec_driver_sql(statement, (json.dumps(list(rowids)),)).all()
    return {row[0]: (row[1].split(), row[2].split(), row[3].split()) for row in rows}

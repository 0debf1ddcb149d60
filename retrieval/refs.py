"""What passages name, indexed: tariff numbers, countries, addresses of legal paragraphs, rulings.

Taken from a passage's `meta` (`hts`, `countries`, `addresses`, `rulings`) in the transaction that stores it, so that a
search can be narrowed to what names a code, and an address leads to its paragraph.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from retrieval.models import Passage, PassageRef, table_of

KINDS = {"hts": "hts", "countries": "country", "addresses": "address", "rulings": "ruling"}
"""Key of a passage's `meta` → kind of reference."""
_BATCH = 5_000


def normal(kind: str, value: str) -> str:
    """A reference as it is compared: digits of a tariff number, `99/iii/note16(c)(xi)`, `N270709`, `MX`."""
    text = re.sub(r"\s+", "", value)
    if kind == "hts":
        return re.sub(r"\D", "", text)
    return text.casefold().replace("u.s.", "us") if kind == "address" else text.upper()


def write_refs(connection: Connection, rows: Iterable[tuple[int, Mapping[str, Any] | str | None]]) -> None:
    """Make the references of passages, given as (rowid, meta), equal to what their meta says."""
    table = table_of(PassageRef)
    given = [(rowid, json.loads(meta) if isinstance(meta, str) else meta or {}) for rowid, meta in rows]
    for start in range(0, len(given), 500):
        ids = [rowid for rowid, _ in given[start : start + 500]]
        connection.execute(delete(table).where(table.c.passage.in_(ids)))
    values = [{"passage": rowid, "kind": k, "value": v} for rowid, meta in given for k, v in _refs(meta)]
    for start in range(0, len(values), _BATCH):
        connection.execute(insert(table), values[start : start + _BATCH])


def _refs(meta: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    seen = set()
    for key, kind in KINDS.items():
        listed = meta.get(key)
        for value in listed if isinstance(listed, list) else ():
            ref = (kind, normal(kind, str(value))[:200])
            if ref[1] and ref not in seen:
                seen.add(ref)
                yield ref


def naming(kind: str, values: Sequence[str], *, below: bool = False) -> ColumnElement[bool]:
    """A condition over Passage: it names one of `values`. `below`: or what begins with one (8544: 8544300000)."""
    table = table_of(PassageRef)
    wanted = [normal(kind, value) for value in values]
    found: ColumnElement[bool] = table.c.value.in_(wanted)
    if below:
        for value in wanted:
            found = found | ((table.c.value >= value) & (table.c.value < value + "\U0010ffff"))
    return Passage.rowid.in_(select(table.c.passage).where(table.c.kind == kind, found))

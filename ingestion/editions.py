"""From when to when each edition of the same legal notes is in force: settled after every load, in any order.

An edition ends on the day before the next one of its series (`meta.series`: a chapter, a general note) begins
(`meta.edition_from`). The first edition that is loaded is in force for every day before, unless its first day is given
or printed: notes change seldom, and of older days it is the best there is. One whose edition nobody knows neither ends
nor is ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, select, update

from retrieval.catalog import Catalog
from retrieval.models import Document, table_of
from retrieval.records import NewDocument

KINDS: Final = ("notes", "chapter_99")
_DOCUMENTS: Final = table_of(Document)
Window = tuple[date | None, date | None]


@dataclass(frozen=True)
class Edition:
    """An edition of a series: its document, its first day, and whether its document says that it begins then."""

    id: str
    since: date
    begins: bool


def windows(editions: Iterable[Edition]) -> dict[str, Window]:
    """First and last day in force of each edition of one series, by document. Two of one day stand side by side."""
    ordered = sorted(editions, key=lambda e: (e.since, e.id))
    days = sorted({e.since for e in ordered})
    ends = dict(zip(days, [*(day - timedelta(days=1) for day in days[1:]), None], strict=True))
    return {e.id: (e.since if e.begins or e.since > days[0] else None, ends[e.since]) for e in ordered}


def dated(catalog: Catalog, document: NewDocument) -> NewDocument:
    """`document` with its days in force as they are beside the editions already in the catalog."""
    own = _edition(document.id, document.kind, document.meta)
    if own is None:
        return document
    with catalog.connect() as connection:
        others = [e for e in _held(connection).get((document.tenant, document.meta["series"]), []) if e.id != own.id]
    start, end = windows([*others, own])[own.id]
    return replace(document, effective_from=start, effective_to=end)


def link_editions(connection: Connection) -> int:
    """Within a transaction: bring the days in force of every edition in step with the others; how many changed."""
    wanted = {i: window for series in _held(connection).values() for i, window in windows(series).items()}
    columns = (_DOCUMENTS.c.id, _DOCUMENTS.c.effective_from, _DOCUMENTS.c.effective_to)
    changed = 0
    for row in connection.execute(select(*columns).where(_DOCUMENTS.c.kind.in_(KINDS))).all():
        if row.id in wanted and (row.effective_from, row.effective_to) != wanted[row.id]:
            start, end = wanted[row.id]
            connection.execute(
                update(_DOCUMENTS).where(_DOCUMENTS.c.id == row.id).values(effective_from=start, effective_to=end)
            )
            changed += 1
    return changed


def _held(connection: Connection) -> dict[tuple[str, str], list[Edition]]:
    """Editions in the catalog by tenant and series."""
    columns = (_DOCUMENTS.c.id, _DOCUMENTS.c.tenant, _DOCUMENTS.c.kind, _DOCUMENTS.c.meta)
    rows = connection.execute(select(*columns).where(_DOCUMENTS.c.kind.in_(KINDS))).all()
    found = [((row.tenant, str(row.meta["series"])), e) for row in rows if (e := _edition(row.id, row.kind, row.meta))]
    found.sort(key=lambda pair: pair[0])
    return {series: [e for _, e in pairs] for series, pairs in groupby(found, key=lambda pair: pair[0])}


def _edition(document_id: str, kind: str, meta: Mapping[str, Any]) -> Edition | None:
    if kind not in KINDS or not meta.get("edition_from") or meta.get("series") in (None, "notes"):
        return None
    return Edition(document_id, date.fromisoformat(meta["edition_from"]), bool(meta.get("begins")))

"""Goods lists of loaded chapter 99 notes: kept beside the catalog, laid over the lists that ship, told in the status.

Kept are numbers only, as `ingestion.goods_editions` reads them when the operator loads the notes.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from assistant.customs.goods import list_folder
from assistant.customs.goods_editions import Edition, EditionLists, editions_json, read_editions
from assistant.customs.measures import measures
from assistant.customs.ways import Law
from assistant.errors import Unavailable

FILE: Final = "goods_lists.json"


def keep(home: Path, edition: Edition) -> None:
    """Keep the lists of an edition in place of those of the same document, whole or not at all."""
    _store(home, [*(e for e in editions(home) if e.document_id != edition.document_id), edition])


def forget(home: Path, document_id: str) -> None:
    """Drop the lists that were read from a document."""
    kept = editions(home)
    if left := [e for e in kept if e.document_id != document_id]:
        if len(left) < len(kept):
            _store(home, left)
    else:
        (home / FILE).unlink(missing_ok=True)


def editions(home: Path) -> tuple[Edition, ...]:
    """Editions kept, oldest first. Raises Unavailable when the file is damaged."""
    try:
        return read_editions(home / FILE)
    except (ValueError, OSError) as error:
        raise Unavailable(
            f"the goods lists kept in {home / FILE} cannot be read",
            hint="delete the file and load the chapter 99 notes again with sourcing ingest",
        ) from error


def law(home: Path) -> Law:
    """The measures with the goods lists that are in use: the shipped ones, under the editions loaded. Follows what
    another process loads."""
    try:
        stat = (home / FILE).stat()
    except OSError:
        return Law.shipped()
    return _law(home, stat.st_mtime_ns, stat.st_size)


def status(home: Path) -> list[dict[str, Any]]:
    """Which editions lists come from: title, first day, number of lists and of tariff numbers, document."""
    return [
        {
            "edition": e.title,
            "effective_from": e.effective_from,
            "lists": len(e.lists),
            "numbers": sum(len(one.prefixes) for one in e.lists.values()),
            "document_id": e.document_id,
        }
        for e in editions(home)
    ]


@lru_cache(maxsize=4)
def _law(home: Path, _changed: int, _size: int) -> Law:
    return Law(measures("US"), EditionLists(list_folder(), editions(home)))


def _store(home: Path, kept: list[Edition]) -> None:
    if not kept:
        (home / FILE).unlink(missing_ok=True)
        return
    part = home / f"{FILE}.{os.getpid()}.part"
    part.write_bytes(editions_json(kept))
    part.replace(home / FILE)

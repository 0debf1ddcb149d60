"""Goods lists that measures name: which tariff numbers a note of chapter 99 enumerates, and since when.

A list is a set of prefixes (4 to 10 digits). The longest prefix that holds on the day decides; a list that names only
statistical numbers under an eight-digit line answers "partial" for that line, never yes or no.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from assistant.customs.law import DATA

_FIRST, _LAST = date.min, date.max


@dataclass(frozen=True, slots=True)
class Membership:
    """A line found on a list: by which printed prefix, in which note. `partial`: only some of its suffixes are."""

    list_id: str
    source: str
    prefix: str
    start: date
    end: date
    partial: bool = False


class GoodsLists(Protocol):
    """What the stack asks of goods lists, so that a catalog filled from the official notes can answer instead."""

    def match(self, list_id: str, hts: str, day: date) -> Membership | None:
        """The entry of `list_id` that covers `hts` (8 or 10 digits) on `day`, or None."""

    def changes(self, list_id: str, hts: str) -> frozenset[date]:
        """Days on which the answer of `match` may change for `hts`."""


@dataclass(frozen=True, slots=True)
class _List:
    source: str
    entries: dict[str, tuple[tuple[date, date], ...]]
    lengths: tuple[int, ...]
    parents: dict[str, tuple[str, ...]]


class ListFiles:
    """Lists from CSV files `<id>.csv` (`prefix,from,to`; the first line names the legal source)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lists: dict[str, _List] = {}

    def _list(self, list_id: str) -> _List:
        if list_id not in self._lists:
            self._lists[list_id] = _read(self._folder / f"{list_id}.csv")
        return self._lists[list_id]

    def match(self, list_id: str, hts: str, day: date) -> Membership | None:
        rows = self._list(list_id)
        for length in rows.lengths:
            prefix = hts[:length]
            if len(prefix) < length:
                continue
            for start, end in rows.entries.get(prefix, ()):
                if start <= day <= end:
                    return Membership(list_id, rows.source, prefix, start, end)
        for prefix in rows.parents.get(hts, ()) if len(hts) < 10 else ():
            for start, end in rows.entries[prefix]:
                if start <= day <= end:
                    return Membership(list_id, rows.source, prefix, start, end, partial=True)
        return None

    def changes(self, list_id: str, hts: str) -> frozenset[date]:
        rows = self._list(list_id)
        names = [hts[:length] for length in rows.lengths] + list(rows.parents.get(hts, ()))
        spans = [span for name in names for span in rows.entries.get(name, ())]
        starts = {start for start, _ in spans if start != _FIRST}
        return frozenset(starts | {end + timedelta(days=1) for _, end in spans if end != _LAST})


def _read(path: Path) -> _List:
    """The list of a file; FileNotFoundError for an unknown id, ValueError for a bad line."""
    entries: dict[str, list[tuple[date, date]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        source = file.readline().removeprefix("#").strip()
        for row in csv.DictReader(file):
            start = date.fromisoformat(row["from"]) if row["from"] else _FIRST
            end = date.fromisoformat(row["to"]) if row["to"] else _LAST
            if not row["prefix"].isdigit() or end < start:
                raise ValueError(f"{path.name}: bad line {row}")
            entries.setdefault(row["prefix"], []).append((start, end))
    parents: dict[str, list[str]] = {}
    for prefix in entries:
        if len(prefix) == 10:
            parents.setdefault(prefix[:8], []).append(prefix)
    lengths = tuple(sorted({len(p) for p in entries}, reverse=True))
    return _List(source, {p: tuple(v) for p, v in entries.items()}, lengths, {p: tuple(v) for p, v in parents.items()})


@cache
def list_files(destination: str = "US") -> ListFiles:
    """The lists that ship with the engine."""
    return ListFiles(DATA / "lists" / destination.lower())

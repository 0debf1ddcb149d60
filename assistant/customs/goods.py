"""Goods lists that measures name: which tariff numbers a note of chapter 99 enumerates, and since when.

A list is a set of prefixes (4 to 10 digits), less the statistical numbers it excepts ("!6307909842"). The longest
prefix that holds on the day decides; a list that names, or excepts, only statistical numbers under an eight-digit line
answers "partial" for that line, never yes or no.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from assistant.customs.law import DATA

FIRST, LAST = date.min, date.max
Span = tuple[date, date]  # first and last day, both included


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
class Listing:
    """A list in memory: its numbers with their days, how long numbers are, ten-digit numbers by their line."""

    source: str
    entries: Mapping[str, tuple[Span, ...]]
    lengths: tuple[int, ...]
    parents: Mapping[str, tuple[str, ...]]
    excepted: frozenset[str] = frozenset()  # ten-digit numbers that the list leaves out of a shorter one

    @staticmethod
    def of(source: str, entries: Mapping[str, Sequence[Span]]) -> Listing:
        """The listing of numbers with their days."""
        parents: dict[str, list[str]] = {}
        for prefix in entries:
            if len(prefix) == 10:
                parents.setdefault(prefix[:8], []).append(prefix)
        lengths = tuple(sorted({len(p) for p in entries}, reverse=True))
        rows = {prefix: tuple(spans) for prefix, spans in entries.items()}
        return Listing(source, rows, lengths, {p: tuple(v) for p, v in parents.items()})


class ListFiles:
    """Lists from CSV files `<id>.csv` (`prefix,from,to`; the first line names the legal source, "!" an exception)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lists: dict[str, Listing] = {}

    def read(self, list_id: str) -> Listing:
        """The list of that id; FileNotFoundError for an unknown one, ValueError for a bad line."""
        return _read(self._folder / f"{list_id}.csv")

    def _list(self, list_id: str) -> Listing:
        if list_id not in self._lists:
            self._lists[list_id] = self.read(list_id)
        return self._lists[list_id]

    def match(self, list_id: str, hts: str, day: date) -> Membership | None:
        rows = self._list(list_id)
        if hts in rows.excepted:
            return None
        for length in rows.lengths:
            prefix = hts[:length]
            if len(prefix) < length:
                continue
            for start, end in rows.entries.get(prefix, ()):
                if start <= day <= end:
                    partial = len(hts) == 8 and any(number.startswith(hts) for number in rows.excepted)
                    return Membership(list_id, rows.source, prefix, start, end, partial)
        for prefix in rows.parents.get(hts, ()) if len(hts) < 10 else ():
            for start, end in rows.entries[prefix]:
                if start <= day <= end:
                    return Membership(list_id, rows.source, prefix, start, end, partial=True)
        return None

    def changes(self, list_id: str, hts: str) -> frozenset[date]:
        rows = self._list(list_id)
        names = [hts[:length] for length in rows.lengths] + list(rows.parents.get(hts, ()))
        spans = [span for name in names for span in rows.entries.get(name, ())]
        starts = {start for start, _ in spans if start != FIRST}
        return frozenset(starts | {end + timedelta(days=1) for _, end in spans if end != LAST})


def _read(path: Path) -> Listing:
    """The list of a file; FileNotFoundError for an unknown id, ValueError for a bad line."""
    entries: dict[str, list[Span]] = {}
    excepted: set[str] = set()
    with path.open(encoding="utf-8", newline="") as file:
        source = file.readline().removeprefix("#").strip()
        for row in csv.DictReader(file):
            if row["prefix"].startswith("!") and row["prefix"][1:].isdigit() and len(row["prefix"]) == 11:
                excepted.add(row["prefix"][1:])
                continue
            start = date.fromisoformat(row["from"]) if row["from"] else FIRST
            end = date.fromisoformat(row["to"]) if row["to"] else LAST
            if not row["prefix"].isdigit() or end < start:
                raise ValueError(f"{path.name}: bad line {row}")
            entries.setdefault(row["prefix"], []).append((start, end))
    return replace(Listing.of(source, entries), excepted=frozenset(excepted))


@cache
def list_files(destination: str = "US") -> ListFiles:
    """The lists that ship with the engine."""
    return ListFiles(list_folder(destination))


def list_folder(destination: str = "US") -> Path:
    """Where the lists that ship with the engine are: a file each, named by its id."""
    return DATA / "lists" / destination.lower()

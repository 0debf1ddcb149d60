"""Goods lists read from loaded editions of the chapter 99 notes, over the lists that ship.

An edition speaks for its lists from its first day on: a number it prints is on the list, one it leaves out is not.
What is dated later prevails for the numbers concerned: a change after that day that the shipped lists (or a later
edition) know. A list that no edition holds, and every day before the first edition, is answered by the shipped lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assistant.customs.goods import LAST, ListFiles, Listing, Membership, Span

_DAY = timedelta(days=1)


class EditionList(BaseModel):
    """One list of an edition: the note that prints it, and its numbers (4 to 10 digits)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    note: str
    prefixes: tuple[str, ...] = Field(min_length=1)


class Edition(BaseModel):
    """The goods lists of one edition of the notes, in force from `effective_from`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_id: str
    title: str
    effective_from: date
    lists: Mapping[str, EditionList]


_EDITIONS = TypeAdapter(tuple[Edition, ...])


def read_editions(path: Path) -> tuple[Edition, ...]:
    """Editions kept in a file, oldest first; none where there is no file. ValueError for a file that is damaged."""
    if not path.exists():
        return ()
    return tuple(sorted(_EDITIONS.validate_json(path.read_bytes()), key=lambda e: e.effective_from))


def editions_json(editions: Iterable[Edition]) -> bytes:
    """What `read_editions` reads."""
    return _EDITIONS.dump_json(tuple(editions))


class EditionLists(ListFiles):
    """The shipped lists with editions laid over them. Same answers as `ListFiles` where the texts agree."""

    def __init__(self, folder: Path, editions: Sequence[Edition]) -> None:
        super().__init__(folder)
        self._editions = sorted(editions, key=lambda e: e.effective_from)

    def read(self, list_id: str) -> Listing:
        listing = super().read(list_id)
        for edition in self._editions:
            if found := edition.lists.get(list_id):
                listing = overlaid(listing, frozenset(found.prefixes), edition.effective_from)
        return listing

    def match(self, list_id: str, hts: str, day: date) -> Membership | None:
        found = super().match(list_id, hts, day)
        if found is None:
            return None
        spoke = [e for e in self._editions if e.effective_from <= day and list_id in e.lists]
        if not spoke or found.prefix not in spoke[-1].lists[list_id].prefixes:
            return found
        return replace(found, source=f"{spoke[-1].title}, {spoke[-1].lists[list_id].note}")


def overlaid(listing: Listing, prefixes: frozenset[str], start: date) -> Listing:
    """`listing` as it is before `start`; from then on `prefixes`, until a later change of a number in `listing`."""
    entries: dict[str, tuple[Span, ...]] = {}
    for prefix in {*listing.entries, *prefixes}:
        spans = listing.entries.get(prefix, ())
        edges = {first for first, _ in spans} | {last + _DAY for _, last in spans if last != LAST}
        turn = min((day for day in edges if day > start), default=None)
        rows = [(first, min(last, start - _DAY)) for first, last in spans if first < start]
        if prefix in prefixes:
            rows.append((start, turn - _DAY if turn else LAST))
        if turn:
            rows += [(max(first, turn), last) for first, last in spans if last >= turn]
        if rows:
            entries[prefix] = _joined(rows)
    return Listing.of(listing.source, entries)


def _joined(rows: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that follow one another without a gap made one."""
    done: list[Span] = []
    for first, last in sorted(rows):
        if done and first <= (done[-1][1] + _DAY if done[-1][1] != LAST else LAST):
            done[-1] = (done[-1][0], max(done[-1][1], last))
        else:
            done.append((first, last))
    return tuple(done)


__all__ = ["Edition", "EditionList", "EditionLists", "editions_json", "overlaid", "read_editions"]

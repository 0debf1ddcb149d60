"""What sources hand to the pipeline, and what the pipeline reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from ingestion.readers.files import Content
from retrieval.production import NewRow
from retrieval.records import NewDocument, NewPassage

Status = Literal["added", "updated", "unchanged", "rejected"]


@dataclass(frozen=True)
class Given:
    """What the caller said about a file. `key` tells files of one folder apart: its path below that folder."""

    content: Content
    key: str
    tenant: str
    effective_from: date | None = None
    keep_states: bool = False


@dataclass(frozen=True)
class Parsed:
    """One document with all that hangs on it, ready for `Catalog.store`."""

    document: NewDocument
    passages: list[NewPassage]
    tariff_lines: Iterable[dict[str, Any]] = ()
    manufacturers: list[dict[str, Any]] = field(default_factory=list)
    certificates: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class RowProblem:
    """A row left out alone. `line` is None where the format doesn't tell lines."""

    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass
class Outcome:
    """What a source made of one file. `counts` adds to what the pipeline counts itself. `orders` and `events` have
    their line; a file of them brings no document."""

    kind: str
    parsed: list[Parsed]
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    orders: list[tuple[int | None, NewRow]] = field(default_factory=list)
    events: list[tuple[int | None, NewRow]] = field(default_factory=list)


@dataclass
class FileReport:
    """One file of `sourcing ingest`. `document_id` is the first of `document_ids`; a file of many profiles has many.
    `skipped`: rejected only because it is of no kind that is read here, and nobody named it: it was found in a folder
    or an archive."""

    file: str
    status: Status
    skipped: bool = field(default=False, kw_only=True)
    kind: str | None = None
    document_ids: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    reason: str | None = None
    unparsed_rates: list[str] | None = None
    rejected_rows: list[RowProblem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)

    @property
    def document_id(self) -> str | None:
        return self.document_ids[0] if self.document_ids else None

    @property
    def notes(self) -> list[str]:
        """What a reader of the report should know beside `reason`: warnings, unknown words, rates not understood."""
        notes = list(self.warnings)
        if self.unmapped:
            notes.append(f"words that no vocabulary knows, kept as text: {', '.join(self.unmapped)}")
        if self.unparsed_rates:
            notes.append(f"rates that were not understood: {' | '.join(self.unparsed_rates)}")
        return notes

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape, JSON-able; a schedule's `unparsed_rates` stand in `counts` and beside it."""
        rates = {} if self.unparsed_rates is None else {"unparsed_rates": self.unparsed_rates}
        shown: dict[str, Any] = {
            "file": self.file,
            "status": self.status,
            "kind": self.kind,
            "document_id": self.document_id,
            "document_ids": self.document_ids,
            "counts": {**self.counts, **rates},
            "reason": self.reason,
            "rejected_rows": [{"line": p.line, "reason": p.reason} for p in self.rejected_rows],
            "warnings": self.warnings,
            "unmapped": self.unmapped,
        }
        return shown | rates | ({"skipped": True} if self.skipped else {})


@dataclass
class Report:
    files: list[FileReport]

    @property
    def rejected(self) -> list[FileReport]:
        return [f for f in self.files if f.status == "rejected"]

    @property
    def refused(self) -> bool:
        """Whether the request as a whole was wrong: a file that should have been loaded was not, or none was."""
        return any(not f.skipped for f in self.rejected) or len(self.rejected) == len(self.files)

    def as_dict(self) -> dict[str, Any]:
        return {"files": [f.as_dict() for f in self.files]}

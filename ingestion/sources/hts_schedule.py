"""Reads the US tariff schedule as USITC exports it (JSON or CSV, plain or gzip): one `ScheduleRow` a printed row.

Export pages: https://hts.usitc.gov (Export) and https://www.usitc.gov/harmonized_tariff_information/hts/archive/list.
What the export leaves implicit is made explicit: the path of headings above a row (from the indents), the rates and
footnotes that a statistical suffix takes from its own legal parent, never from a neighbour.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from assistant.customs.rates import parse_rate, parse_special
from assistant.customs.units import canonical
from assistant.errors import InvalidInput
from ingestion.sources.hts_revision import Revision, known_revision, revision_of

__all__ = ["Footnote", "Revision", "Schedule", "ScheduleRow", "build_rows", "detect", "read_schedule", "revision_of"]

_CSV_COLUMNS: Final = {
    "HTS Number": "htsno", "Indent": "indent", "Description": "description", "Unit of Quantity": "units",
    "General Rate of Duty": "general", "Special Rate of Duty": "special", "Column 2 Rate of Duty": "other",
    "Quota Quantity": "quotaQuantity", "Additional Duties": "additionalDuties",
}  # fmt: skip
_REQUIRED: Final = ("htsno", "indent", "description", "units", "general", "special", "other")
_AGAIN: Final = "Download the export again from https://hts.usitc.gov (Export, JSON or CSV) and ingest that file."
_CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote: the columns it hangs on (general, special, other, desc, units, stat), its text, the chapter 99
    headings it names, and the number of the parent it was taken from (None: printed on the row itself)."""

    columns: tuple[str, ...]
    text: str
    headings: tuple[str, ...]
    inherited_from: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row of the schedule. `hts` has 0 (header row), 4, 6, 8 or 10 digits; rates are the printed texts that apply
    to it, `*_from` the parent they were taken from (None: printed here, or none apply). `declarable`: the number is
    not divided further (ten digits; eight in parts of chapters 91, 98 and 99)."""

    row_no: int
    hts: str
    indent: int
    description: str
    path: tuple[str, ...]
    units: tuple[str, ...]
    general: str
    special: str
    other: str
    general_from: str | None = None
    special_from: str | None = None
    other_from: str | None = None
    footnotes: tuple[Footnote, ...] = ()
    quota: str = ""
    additional_duties: str = ""
    declarable: bool = False
    description_es: str = ""
    path_es: tuple[str, ...] = ()

    @property
    def is_ten_digit(self) -> bool:
        return len(self.hts) == 10

    @property
    def headings(self) -> tuple[str, ...]:
        """Chapter 99 headings that the row's footnotes on the general column name, each once."""
        named = (h for note in self.footnotes if "general" in note.columns for h in note.headings)
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Schedule:
    """All rows of one revision. `partial`: a line that is absent is unknown, not deleted (the embedded sample)."""

    rows: tuple[ScheduleRow, ...]
    revision: str | None
    effective_from: date | None
    source_format: Literal["json", "csv", "sample"]
    partial: bool = False

    def counts(self) -> dict[str, Any]:
        """rows, lines (ten-digit), rates (printed cells that were understood), unparsed and unparsed_rates (texts)."""
        rates, unparsed = 0, []
        for row in self.rows:
            cells = ((row.general, row.general_from), (row.special, row.special_from), (row.other, row.other_from))
            for column, (text, taken_from) in enumerate(cells):
                if not text or taken_from is not None:
                    continue
                parts = [s.rate for s in parse_special(text)] if column == 1 else [parse_rate(text)]
                if any(rate.unparsed for rate in parts):
                    unparsed.append(text)
                elif any(rate.kind != "none" for rate in parts):
                    rates += 1
        return {
            "rows": len(self.rows),
            "lines": sum(row.is_ten_digit for row in self.rows),
            "rates": rates,
            "unparsed": len(unparsed),
            "unparsed_rates": list(dict.fromkeys(unparsed)),
        }


def detect(path: Path, head: bytes) -> bool:
    """True when `head` (the first bytes of the file, 4 kB are plenty) starts a USITC schedule export."""
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 1 << 16)
        except zlib.error:
            return False
    text = head.decode("utf-8", "ignore").lstrip("\ufeff \r\n\t")
    return (text.startswith("[") and '"htsno"' in text) or text.replace('"', "").startswith("HTS Number,")


def read_schedule(path: Path) -> Schedule:
    """The whole schedule in file order. Revision and date come from the file's name, None when it does not say.

    Raises InvalidInput for a truncated, empty or foreign file, a missing column or a malformed row."""
    with path.open("rb") as start:
        opener = gzip.open if start.read(2) == b"\x1f\x8b" else open
    try:
        with opener(path, "rb") as binary:
            stream = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
            first = stream.read(1)
            while first.isspace():
                first = stream.read(1)
            if not first:
                raise InvalidInput("the file is empty", hint=_AGAIN)
            source_format: Literal["json", "csv"] = "json" if first in "[{" else "csv"
            records = _json_records(stream, first) if source_format == "json" else _csv_records(stream, first)
            rows = build_rows(records)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"{path.name} is a damaged or truncated gzip file", field="path", hint=_AGAIN) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not a text file in UTF-8", field="path", hint=_AGAIN) from error
    except InvalidInput as error:
        raise InvalidInput(f"{path.name}: {error.message}", field="path", hint=error.hint or _AGAIN) from error
    known = known_revision(path.name)
    return Schedule(rows, known.name if known else None, known.effective_from if known else None, source_format)


def _json_records(stream: io.TextIOBase, first: str) -> Iterator[dict[str, Any]]:
    """Objects of a JSON array, decoded one at a time so that the whole document is never in memory."""
    if first != "[":
        raise InvalidInput("the JSON is one object, not the array of rows that USITC exports", hint=_AGAIN)
    decoder, buffer, at, number = json.JSONDecoder(), "", 0, 0
    while True:
        while at < len(buffer) and buffer[at] in " \t\r\n,":
            at += 1
        if at < len(buffer) and buffer[at] == "]":
            return
        try:
            record, end = decoder.raw_decode(buffer, at)
        except (json.JSONDecodeError, RecursionError):
            more = stream.read(_CHUNK)
            if not more:
                raise InvalidInput(f"the JSON breaks off or is malformed after row {number}", hint=_AGAIN) from None
            buffer, at = buffer[at:] + more, 0
            continue
        number, at = number + 1, end
        if not isinstance(record, dict):
            raise InvalidInput(f"row {number} is not an object", hint=_AGAIN)
        yield record


def _csv_records(stream: io.TextIOBase, first: str) -> Iterator[dict[str, Any]]:
    reader = csv.reader(_lines(stream, first), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if header is None:
                header = [" ".join(cell.split()) for cell in cells]
                missing = [name for name in list(_CSV_COLUMNS)[:7] if name not in header]
                if len(missing) == 7:
                    raise InvalidInput("this is not an export of the US tariff schedule", hint=_AGAIN)
                if missing:
                    raise InvalidInput(f"column {missing[0]!r} is missing", hint=_AGAIN)
                continue
            if len(cells) != len(header):
                raise InvalidInput(
                    f"line {reader.line_num} has {len(cells)} cells, not {len(header)}; the file may be cut off",
                    hint=_AGAIN,
                )
            record: dict[str, Any] = {_CSV_COLUMNS.get(n, n): c for n, c in zip(header, cells, strict=True)}
            try:
                record["units"] = json.loads(record["units"]) if record["units"].strip() else []
            except json.JSONDecodeError:
                record["units"] = [record["units"]]
            yield record
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num} is not CSV: {error}", hint=_AGAIN) from error


def _lines(stream: io.TextIOBase, first: str) -> Iterator[str]:
    yield first + stream.readline()
    yield from stream


@dataclass(slots=True)
class _Ancestor:
    code: str
    rates: tuple[str, str, str]
    footnotes: tuple[Footnote, ...]


def build_rows(records: Iterator[dict[str, Any]]) -> tuple[ScheduleRow, ...]:
    """Rows with paths and inherited rates, from the export's records in order. Raises InvalidInput naming the row."""
    rows: list[ScheduleRow] = []
    above: list[_Ancestor | None] = []
    path: list[str] = []
    for number, record in enumerate(records, 1):
        for key in _REQUIRED:
            if key not in record:
                raise InvalidInput(f"column {key!r} is missing in row {number}", hint=_AGAIN)
        hts = re.sub(r"[.\s]", "", str(record["htsno"] or ""))
        if hts and not re.fullmatch(r"(?:\d\d){2,5}", hts):
            raise InvalidInput(f"row {number}: {record['htsno']!r} is not a tariff number", hint=_AGAIN)
        if not str(record["indent"]).strip().isdecimal():
            raise InvalidInput(f"row {number}: indent {record['indent']!r} is not a number", hint=_AGAIN)
        indent = min(int(record["indent"]), 99)
        description = clean_text(record["description"])
        above[indent:] = [None] * (indent - len(above))
        path[indent:] = [""] * (indent - len(path))
        own = (clean_text(record["general"]), clean_text(record["special"]), clean_text(record["other"]))
        parent = next(
            (a for a in reversed(above) if a and len(a.code) == 8 and hts.startswith(a.code) and any(a.rates)), None
        )
        rates, taken = own, (None, None, None)
        if parent and len(hts) == 10:
            rates = tuple(mine or theirs for mine, theirs in zip(own, parent.rates, strict=True))  # type: ignore[assignment]
            taken = tuple(  # type: ignore[assignment]
                parent.code if theirs and not mine else None for mine, theirs in zip(own, parent.rates, strict=True)
            )
        notes = _footnotes(record.get("footnotes"))
        inherited = tuple(
            Footnote(note.columns, note.text, note.headings, note.inherited_from or above_row.code)
            for above_row in above
            if above_row and above_row.code and hts and hts.startswith(above_row.code)
            for note in above_row.footnotes
        )
        above.append(_Ancestor(hts, rates, notes))
        path.append(re.sub(r"\s*:+$", "", description))
        duties = record.get("additionalDuties") or record.get("addiitionalDuties")
        row = ScheduleRow(
            number, hts, indent, description, tuple(part for part in path if part), _units(record["units"]),
            *rates, *taken, notes + inherited, clean_text(record.get("quotaQuantity")), clean_text(duties),
        )  # fmt: skip
        rows.append(row)
    if not rows:
        raise InvalidInput("the schedule has no rows", hint=_AGAIN)
    split = {row.hts[:8] for row in rows if len(row.hts) == 10}
    return tuple(
        replace(row, declarable=True) if len(row.hts) == 10 or (len(row.hts) == 8 and row.hts not in split) else row
        for row in rows
    )


def clean_text(value: object) -> str:
    """Text without tags, entities, or runs of blanks; "" for null or for a cell with only punctuation."""
    text = html.unescape(str(value or ""))
    text = re.sub(r"</?(?:i|b|u|em|strong|sub|sup|span|font|il)\b[^<>]*>", "", text, flags=re.I)
    text = " ".join(re.sub(r"</?[a-zA-Z][^<>]*>", " ", text).split())
    return text if re.search(r"\w", text) else ""


def _units(value: Sequence[object] | None) -> tuple[str, ...]:
    parts = [
        part
        for item in ([value] if isinstance(value, str) else value or ())
        for part in clean_text(item).split(" and ")
        if part
    ]
    return tuple(dict.fromkeys(canonical(part) or part for part in parts))


def _footnotes(value: Sequence[object] | None) -> tuple[Footnote, ...]:
    notes = []
    for note in value or ():
        if not isinstance(note, Mapping):
            continue
        text = clean_text(note.get("value"))
        headings = tuple(dict.fromkeys(re.findall(r"\b99\d\d\.\d\d\.\d\d\b", text)))
        notes.append(Footnote(tuple(note.get("columns") or ()), text, headings))
    return tuple(notes)

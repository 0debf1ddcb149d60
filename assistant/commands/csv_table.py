"""A customer's CSV file, read as a stream whatever its encoding, separator and width."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from assistant.errors import InvalidInput

_CELL: Final = 1 << 20  # characters in one cell; more is a quote that never closes


@dataclass(frozen=True)
class Table:
    """What the first reading found: how to read the file, its header, how wide its widest row is, its rows."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: int
    bom: bool

    def open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")

    def read(self) -> Iterator[list[str]]:
        """Rows after the header. Raises InvalidInput for a cell that never ends."""
        with self.open() as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            try:
                next(reader)
                yield from reader
            except csv.Error as error:
                raise _unreadable(self.path, f"line {reader.line_num}: {error}") from error


def look(path: Path) -> Table:
    """The file's encoding (UTF-8, or Windows-1252 as spreadsheets save it), delimiter, header and size.

    Raises InvalidInput for a file that cannot be read, is empty, or has no line of headings."""
    csv.field_size_limit(_CELL)
    try:
        encoding, bom = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            first = file.read(64 * 1024)
            file.seek(0)
            delimiter = _delimiter(first)
            reader = csv.reader(file, delimiter=delimiter)
            header = next(reader, [])
            width = rows = 0
            for row in reader:
                rows += 1
                width = max(width, len(row))
    except OSError as error:
        raise InvalidInput(
            f"cannot read {path}: {error.strerror}", field="--batch", hint="name a CSV or JSON Lines file"
        ) from error
    except csv.Error as error:
        raise _unreadable(path, str(error)) from error
    if not any(cell.strip() for cell in header):
        raise InvalidInput(
            f"{path} has no line of headings", field="--batch", hint="name the columns in the first line"
        )
    extra = (f"column_{n}" for n in range(len(header) + 1, width + 1))
    return Table(path, encoding, delimiter, (*header, *extra), rows, bom)


def _unreadable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path} cannot be read as CSV: {why}", field="--batch", hint="save it again as CSV; check for a stray quote"
    )


def _encoding(path: Path) -> tuple[str, bool]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        bom = file.read(3) == codecs.BOM_UTF8
        file.seek(0)
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", False
    return "utf-8-sig", bom


def _delimiter(text: str) -> str:
    """The separator that the line of headings uses most."""
    line = text.split("\n", 1)[0]
    return max(",;\t|", key=line.count)

"""CSV, TSV and XLSX to named columns and rows that know their line number."""

from __future__ import annotations

import csv
import io
import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.readers.files import DAMAGED_ZIP, Content, fold
from ingestion.readers.isolation import isolated

MAX_ROWS: Final = 1_000_000
MAX_CELL: Final = 200_000


@dataclass(frozen=True)
class Row:
    """Cells by column name as text (empty cells left out), or the problem that kept the row from being read."""

    line: int
    values: dict[str, str]
    problem: str | None = None


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def column_name(text: str) -> str:
    """`Lead Time Days`, `lead-time days` → `lead_time_days`; dots stay (`summary.en`)."""
    return re.sub(r"[^\w.]+", "_", fold(text)).strip("_")


def read_table(content: Content) -> Table:
    """First row = column names. Raises InvalidInput when there is no header or a column name stands twice."""
    lines = (
        isolated("ingestion.readers.table:xlsx_lines", content.data, MAX_ROWS)
        if content.format == "xlsx"
        else _csv_lines(content.text)
    )
    lines = [(n, cells) for n, cells in lines if any(cell.strip() for cell in cells)]
    if not lines:
        raise InvalidInput("the table is empty", hint="the first row must name the columns")
    columns = [column_name(cell) for cell in lines[0][1]]
    while columns and not columns[-1]:
        columns.pop()
    named = [c for c in columns if c]
    twice = sorted({c for c in named if named.count(c) > 1})
    if twice:
        raise InvalidInput(f"the column {twice[0]!r} stands twice in the table", hint="keep one of the two")
    return Table(tuple(named), tuple(_row(number, cells, columns) for number, cells in lines[1:]))


def _row(line: int, cells: list[str], columns: list[str]) -> Row:
    extra = [cell for cell in cells[len(columns) :] if cell.strip()]
    if extra:
        return Row(
            line,
            {},
            f"it has {len(cells)} cells but the header names {len(columns)} columns; "
            "put quotes around text that contains the separator",
        )
    if any(len(cell) > MAX_CELL for cell in cells):
        return Row(line, {}, f"a cell holds more than {MAX_CELL:,} characters; check for a missing quote")
    pairs = zip(columns, cells, strict=False)
    return Row(line, {name: cell.strip() for name, cell in pairs if name and cell.strip()})


def read_lines(content: Content) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line, header and titles among them: for tables that do not begin with their header.
    The separator is the one that cuts most of the first lines."""
    if content.format == "xlsx":
        rows: list[tuple[int, list[str]]] = isolated("ingestion.readers.table:xlsx_lines", content.data, MAX_ROWS)
        return rows
    sample = "".join(re.sub(r'"[^"]*"', "", line) for line in content.text.splitlines()[:30])
    return _csv_lines(content.text, max((",", "\t", ";", "|"), key=sample.count))


def _csv_lines(text: str, delimiter: str = "") -> list[tuple[int, list[str]]]:
    header = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", header)
    delimiter = delimiter or max((",", "\t", ";", "|"), key=bare.count)
    csv.field_size_limit(max(csv.field_size_limit(), 64 * 1024 * 1024))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[str]]] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return lines
        except csv.Error as error:
            raise InvalidInput(
                f"the table can't be read from line {start} on: {error}",
                hint="check the quotes there: one may be missing, or the file cut short",
            ) from error
        lines.append((start, cells))
        if len(lines) > MAX_ROWS:
            raise InvalidInput(f"the table has more than {MAX_ROWS:,} rows", hint="split it")


def xlsx_lines(data: bytes, max_rows: int) -> list[tuple[int, list[str]]]:
    """Rows of the first visible sheet as (number, cells): what `read_table` runs in the helper process."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, which are not read here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [s for s in book.worksheets if s.sheet_state == "visible"] or book.worksheets
            lines: list[tuple[int, list[str]]] = []
            for number, row in enumerate(sheets[0].iter_rows(values_only=True), start=1):
                lines.append((number, [_cell(value) for value in row]))
                if len(lines) > max_rows:
                    raise InvalidInput(f"the sheet has more than {max_rows:,} rows", hint="split it")
            book.close()
    except (
        InvalidFileException,
        *DAMAGED_ZIP,
        KeyError,
        TypeError,
        AttributeError,
        SyntaxError,
        IndexError,
    ) as error:
        raise InvalidInput(
            f"the workbook is damaged ({type(error).__name__}: {str(error)[:120]})",
            hint="open and save it again as .xlsx",
        ) from error
    return lines


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

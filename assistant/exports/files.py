"""Briefs as CSV, XLSX and PDF. Text that a spreadsheet would run as a formula is written as text."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.exports.model import Brief, Cell, Sheet, text

if TYPE_CHECKING:
    from fpdf import FPDF

_FORMULA = re.compile(r"^[\s\x00-\x1f\u200b\ufeff]*[=+\-@|＝＋－＠]|^[\t\r\n]")
_SHORT, _WIDE = 58, 140  # characters of a value beside another, and of one that has the line to itself
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_LONGEST_CELL = 32_000  # characters; Excel holds 32,767
_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
_PLAIN = str.maketrans({"→": "->", "≤": "<=", "≥": ">=", "−": "-", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'",
                        "’": "'", "…": "...", "•": "-", "₂": "2", "\u00a0": " ", "\u202f": " "})  # fmt: skip


def harmless(value: str) -> str:
    """Text that no spreadsheet takes for a formula: control characters out, an apostrophe before = + - @ and the like
    (also behind blanks, and in their wide forms)."""
    clean = _CONTROL.sub("", value)[:_LONGEST_CELL]
    return f"'{clean}" if _FORMULA.match(value) else clean


def to_csv(brief: Brief) -> bytes:
    """The answer's table, UTF-8 with a mark that Excel knows it by; its day and sources in columns of their own."""
    sheet = brief.sheets[0]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    sources = "; ".join(str(row[0]) for s in brief.sheets if s.name == "sources" for row in s.rows)
    heads = [text("columns", name, brief.language) for name in sheet.columns]
    day = text("words", "as_of", brief.language, date=brief.day.isoformat())
    writer.writerow([*heads, brief.title, text("sheets", "sources", brief.language)])
    for row in sheet.rows:
        writer.writerow([_flat(value) for value in (*row, day, sources)])
    return out.getvalue().encode("utf-8-sig")


def _flat(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def to_xlsx(brief: Brief) -> bytes:
    """A workbook: a cover, then a sheet for each table, numbers and dates as such."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    cover = book.active
    assert cover is not None  # a new workbook has a sheet
    cover.title = brief.title[:31]
    for row, line in enumerate(_cover(brief), start=1):
        _put(cover.cell(row=row, column=1), line)
    cover.cell(row=1, column=1).font = Font(bold=True, size=14)
    cover.column_dimensions["A"].width = 110
    for sheet in brief.sheets:
        page = book.create_sheet(text("sheets", sheet.name, brief.language)[:31])
        for column, name in enumerate(sheet.columns, start=1):
            _put(page.cell(row=1, column=column), text("columns", name, brief.language))
            page.cell(row=1, column=column).font = Font(bold=True)
        for number, cells in enumerate(sheet.rows, start=2):
            for column, value in enumerate(cells, start=1):
                cell = page.cell(row=number, column=column)
                _put(cell, value)
                cell.alignment = Alignment(vertical="top", wrap_text=True)
        for column in range(1, len(sheet.columns) + 1):
            longest = max((len(str(row[column - 1] or "")) for row in sheet.rows), default=0)
            page.column_dimensions[get_column_letter(column)].width = min(60, max(12, longest + 2))
        page.freeze_panes = "A2"
    book.properties.title = brief.title
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, value: Cell) -> None:
    if isinstance(value, str):
        cell.value = harmless(value)
        cell.data_type = "s"
        cell.quotePrefix = cell.value.startswith("'")
        return
    cell.value = value
    if isinstance(value, Decimal):
        cell.number_format = "#,##0.00##"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def _cover(brief: Brief) -> list[str]:
    lines = [brief.title, text("words", "as_of", brief.language, date=brief.day.isoformat()), *brief.lines]
    if brief.samples:
        lines.append(text("words", "contains_samples", brief.language))
    return [*lines, text("words", "made", brief.language)]


def to_pdf(brief: Brief) -> bytes:
    """A brief on A4 in landscape: the answer first, then its grounds, sources with dates, and what was not checked."""
    pdf = _paper(brief)
    pdf.set_font(pdf.font_family, size=18)
    first, *lines = _cover(brief)
    pdf.multi_cell(0, 9, _shown(first), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(pdf.font_family, size=10)
    for line in lines:
        pdf.multi_cell(0, 5.5, _shown(line), new_x="LMARGIN", new_y="NEXT")
    for sheet in brief.sheets:
        pdf.ln(4)
        pdf.set_font(pdf.font_family, size=13)
        pdf.multi_cell(0, 7, _shown(text("sheets", sheet.name, brief.language)), new_x="LMARGIN", new_y="NEXT")
        pdf.set_font(pdf.font_family, size=8)
        if not sheet.rows:
            pdf.multi_cell(0, 5, text("words", "none", brief.language), new_x="LMARGIN", new_y="NEXT")
        elif len(sheet.columns) == 1:
            for row in sheet.rows:
                pdf.multi_cell(0, 4.5, f"- {_shown(row[0])}", new_x="LMARGIN", new_y="NEXT")
        elif len(sheet.columns) > 8:
            _cards(pdf, sheet, brief)
        else:
            _table(pdf, sheet, brief)
    return bytes(pdf.output())


def _paper(brief: Brief) -> FPDF:
    from fpdf import FPDF

    class Paper(FPDF):  # type: ignore[misc]  # fpdf2 ships no types
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(self.font_family, size=7)
            self.cell(0, 5, text("words", "page", brief.language, page=self.page_no(), all="{nb}"), align="R")

    pdf = Paper(orientation="landscape", format="A4")
    pdf.set_title(brief.title)
    pdf.set_lang(brief.language)
    pdf.set_creator("Made.in sourcing assistant")
    font = _font()
    if font is not None:
        pdf.add_font("Text", fname=font)
    pdf.set_font("Text" if font is not None else "Helvetica", size=10)
    pdf.set_auto_page_break(True, margin=15)
    pdf.add_page()
    return pdf


def _table(pdf: FPDF, sheet: Sheet, brief: Brief) -> None:
    """Columns as wide as what stands in them, within limits."""
    longest = [
        min(60, max(8, len(text("columns", name, brief.language)) // 2,
                    *(len(_shown(row[place])) for row in sheet.rows)))
        for place, name in enumerate(sheet.columns)
    ]  # fmt: skip
    from fpdf.fonts import FontFace

    style = FontFace(emphasis=None if _font() else "BOLD", fill_color=(235, 238, 242))
    with pdf.table(col_widths=tuple(longest), line_height=4.5, text_align="LEFT", padding=0.6,
                   headings_style=style) as table:  # fmt: skip
        table.row([_shown(text("columns", name, brief.language)) for name in sheet.columns])
        for row in sheet.rows:
            table.row([_shown(value) for value in row])


def _cards(pdf: FPDF, sheet: Sheet, brief: Brief) -> None:
    """A wide table as a small table for each row, kept on one page, short values two beside each other."""
    from fpdf.fonts import FontFace

    head = FontFace(fill_color=(235, 238, 242))
    heads = [text("columns", name, brief.language) for name in sheet.columns]
    for row in sheet.rows:
        filled = [(name, _shown(value)) for name, value in zip(heads, row, strict=True) if value not in (None, "")]
        lines: list[list[tuple[str, str]]] = []
        for field in filled:
            short = len(field[1]) <= _SHORT
            if short and lines and len(lines[-1]) == 1 and len(lines[-1][0][1]) <= _SHORT:
                lines[-1].append(field)
            else:
                lines.append([field])
        height = sum(5.7 * (1 + sum(len(value) for _, value in line) // _WIDE) for line in lines)
        if pdf.will_page_break(height):
            pdf.add_page()
        with pdf.table(col_widths=(38, 92, 38, 92), line_height=4.5, text_align="LEFT", first_row_as_headings=False,
                       padding=0.6) as table:  # fmt: skip
            for line in lines:
                cells = table.row()
                for name, value in line:
                    cells.cell(name, style=head)
                    cells.cell(value, colspan=3 if len(line) == 1 else 1)
        pdf.ln(3)


@lru_cache(maxsize=1)
def _font() -> str | None:
    """A font of this machine that has more than western letters; without one those are left of other names."""
    return next((name for name in _FONTS if Path(name).is_file()), None)


def _shown(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        shown = f"{value:,.4f}".rstrip("0")
        whole, _, cents = shown.partition(".")
        return f"{whole}.{cents.ljust(2, '0')}"
    if isinstance(value, bool | int | float):
        return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    words = _CONTROL.sub("", str(value))
    if _font() is not None:
        return words
    return "".join(_western(char) for char in words.translate(_PLAIN))


def _western(char: str) -> str:
    try:
        char.encode("latin-1")
    except UnicodeEncodeError:
        base = unicodedata.normalize("NFKD", char).encode("latin-1", "ignore").decode("latin-1")
        return base or "?"
    return char


WRITERS: dict[str, tuple[Callable[[Brief], bytes], str]] = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (to_pdf, "application/pdf"),
}

"""The goods lists of a chapter 99 text that was loaded, as an edition that the duty engine can use."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assistant.customs.goods import list_folder
from assistant.customs.goods_editions import Edition, EditionList
from assistant.errors import InvalidInput
from ingestion.readers.files import read_content
from ingestion.report import FileReport
from ingestion.sources.goods_lists import read_goods_lists


def read_edition(report: FileReport, title: str, effective_from: date | None) -> Edition | None:
    """The edition that a file holds, all its lists that the engine asks for; None when one of them can't be read, when
    there is none, or when its day isn't known. What was read, or why not, is added to the file's report."""
    path, document = Path(report.file), report.document_id
    if document is None or not path.is_file():
        return None
    try:
        content = read_content(path)
        found = read_goods_lists(content.text) if content.format in ("text", "markdown") else {}
    except InvalidInput:
        found = {}
    asked_for = {file.stem for file in list_folder().glob("*.csv")}
    lists = {name: rows for name, rows in found.items() if name in asked_for}
    if not lists:
        report.warnings.append(
            "no goods list was read from it: duties go on using the lists they used before; lists are read from the"
            " layout text of the notes (pdftotext -layout)"
        )
        return None
    if empty := [name for name, rows in lists.items() if not rows]:
        report.warnings.append(
            f"its goods lists are not used: {', '.join(empty)} opens but holds no number; is the text complete, with"
            " its columns as printed?"
        )
        return None
    if effective_from is None:
        report.warnings.append(
            "its goods lists are not used: the text doesn't tell its edition; load it with --effective-from YYYY-MM-DD"
        )
        return None
    report.counts |= {"goods_lists": len(lists), "goods_list_numbers": sum(map(len, lists.values()))}
    return Edition(
        document_id=document,
        title=title,
        effective_from=effective_from,
        lists={
            name: EditionList(note=rows[0].note, prefixes=tuple(row.prefix for row in rows))
            for name, rows in lists.items()
        },
    )

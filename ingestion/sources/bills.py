"""Bills of materials from CSV, TSV and XLSX, as lines of cells; what the columns mean is the origin engine's to say."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import InvalidInput
from ingestion.readers.files import read_content
from ingestion.readers.table import read_lines


def read_bill_lines(path: Path) -> list[list[str]]:
    """Cells of every line, empty ones included, so that line numbers stay those of the file.

    Raises InvalidInput for a file that is missing, damaged or not a table."""
    content = read_content(path)
    if content.format in ("pdf", "docx", "json", "jsonl"):
        raise InvalidInput(
            f"{path.name} is not a table ({content.format})", field="--bom", hint="give a CSV, TSV or XLSX file"
        )
    lines: list[list[str]] = []
    for number, cells in read_lines(content):
        lines.extend([] for _ in range(number - len(lines) - 1))
        lines.append(cells)
    return lines

"""`sourcing tool NAME --batch FILE`: any number of lines through one tool, as a stream in constant memory.

JSON Lines give JSON Lines, CSV gives CSV. A line that fails has its error in its place; the others go on.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.bootstrap import Services
from assistant.commands.batch_csv import columns, request, result, result_columns
from assistant.commands.csv_table import look
from assistant.commands.tool import read_object
from assistant.errors import Internal, InvalidInput, SourcingError
from assistant.toolbox.duty import same_schedules
from assistant.tools import TOOLS, call

EVERY = 10.0  # seconds between two lines of progress where standard error is not a terminal
_CSV = (".csv", ".tsv", ".tab")


class Progress:
    """Lines done and failed, on standard error: one line that renews itself, or one every `EVERY` seconds in a log."""

    def __init__(self, total: int | None = None) -> None:
        self._total, self.done, self.failed = total, 0, 0
        self._start = self._said = time.monotonic()
        self._live = sys.stderr.isatty()

    def step(self, failed: bool) -> None:
        self.done += 1
        self.failed += failed
        now = time.monotonic()
        if now - self._said >= (0.2 if self._live else EVERY):
            self._said = now
            print(("\r" if self._live else "") + self._text(now), end="" if self._live else "\n", file=sys.stderr)
            sys.stderr.flush()

    def end(self) -> None:
        print(("\r" if self._live else "") + self._text(time.monotonic()), file=sys.stderr)
        if self.failed:
            print(f"{self.failed} of {self.done} lines failed; each has its error in its place", file=sys.stderr)

    def _text(self, now: float) -> str:
        of = f" of {self._total:,}" if self._total is not None else ""
        pace = self.done / max(now - self._start, 1e-6)
        return f"{self.done:,}{of} lines, {self.failed:,} failed, {pace:,.0f} a second"


def batch(services: Services, name: str, source: str) -> int:
    """Runs the file through the tool; the exit code is 0 even where lines failed."""
    if name not in TOOLS:
        call(services, name, {})  # raises NotFound with the tools there are
    with same_schedules(services):
        if Path(source).suffix.lower() in _CSV:
            return _table(services, name, Path(source))
        return _json_lines(services, name, source)


def _json_lines(services: Services, name: str, source: str) -> int:
    progress = Progress()
    for line in _lines(source):
        if line.strip():
            answer = _answer(services, name, line)
            print(json.dumps(answer, ensure_ascii=False))
            progress.step("error" in answer)
    progress.end()
    return 0


def _table(services: Services, name: str, path: Path) -> int:
    table = look(path)
    properties = TOOLS[name].request.model_json_schema()["properties"]
    found = columns(table.header, properties)
    width = len(table.header)
    if table.bom:
        sys.stdout.write("\ufeff")
    out = csv.writer(sys.stdout, delimiter=table.delimiter, lineterminator="\n")
    used = ", ".join(table.header[place] for place in sorted(found.read))
    print(f"columns used: {used}", file=sys.stderr)
    out.writerow([*table.header, *result_columns(name, table.header)])
    progress = Progress(table.rows)
    for row in table.read():
        own = [*row, *[""] * (width - len(row))]
        if not any(cell.strip() for cell in row):
            out.writerow(own)
            progress.step(False)
            continue
        answer = _answer(services, name, lambda r=row: request(r, found, properties))
        out.writerow([*own, *result(name, answer)])
        progress.step("error" in answer)
    progress.end()
    return 0


def _answer(services: Services, name: str, given: Any) -> dict[str, Any]:
    """The tool's response to a line of JSON or to what `given()` makes of a row, or its error object."""
    try:
        return call(services, name, read_object(given) if isinstance(given, str) else given())
    except SourcingError as error:
        return error.as_dict()
    except Exception as error:  # one line's defect must not lose the others
        from assistant.bugs import record

        return Internal(f"unexpected {type(error).__name__}", hint=record(error)).as_dict()


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        yield from sys.stdin
        return
    try:
        with Path(source).open(encoding="utf-8-sig") as lines:
            yield from lines
    except OSError as error:
        raise InvalidInput(
            f"cannot read {source}: {error.strerror}",
            field="--batch",
            hint="name a CSV or JSON Lines file, or - for JSON Lines on standard input",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{source} is not UTF-8 text", field="--batch", hint="save it as UTF-8 JSON Lines"
        ) from error

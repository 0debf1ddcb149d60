"""The US tariff schedule to the catalog: official exports (JSON, CSV) whole, and the embedded extract.

A revision is one document (kind hts, key = revision). The same rows packed or unpacked are the same document. A CSV
export, which has no footnotes, never replaces the JSON export of its revision. USITC also exports ranges of chapters:
such a part is a document of its own (key = revision and first and last heading), partial like the extract, so that it
never stands for the whole schedule and a line that it lacks is unknown, not deleted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.readers.files import Content
from ingestion.report import Given, Outcome, Parsed
from ingestion.sources import sample_tariff
from ingestion.sources.hts_schedule import Schedule, ScheduleRow, read_schedule, revision_of
from retrieval.records import PUBLIC, NewDocument

URL: Final = "https://hts.usitc.gov"
WHOLE_ROWS: Final = 30_000  # exports of the whole schedule have had more than 35,000 rows since 2025
MEDIA: Final = {"json": "application/json", "csv": "text/csv", "sample": "text/csv"}


def revision_title(revision: str) -> str:
    """`2026 rev 10` → `Harmonized Tariff Schedule of the United States (2026 revision 10)`."""
    name = re.sub(r"\brev\b", "revision", revision)
    name = re.sub(r"\bbasic$", "basic edition", name)
    return f"Harmonized Tariff Schedule of the United States ({name})"


def read_official(given: Given) -> Outcome:
    """One official export. Raises InvalidInput for a load that may not change what all share, a damaged file, a
    missing column, or an unknown revision without --effective-from."""
    _check_may_load(given)
    schedule = read_schedule(given.content.path)
    schedule = replace(schedule, partial=len(schedule.rows) < WHOLE_ROWS)
    start = given.effective_from or schedule.effective_from
    if start is None:
        start = revision_of(given.content.path.name).effective_from  # raises, saying how to name or date the file
    digest = hashlib.sha256(given.content.data).hexdigest()
    parsed, counts = _parse(schedule, given, schedule.revision or f"in force {start}", start, digest)
    warnings = []
    if schedule.partial:
        warnings.append(
            f"{counts['rows']:,} rows are not the whole schedule, which has more than {WHOLE_ROWS:,}: this is kept as "
            "a part, beside the whole export, and a line that it lacks counts as unknown, not as deleted; if it should "
            "be whole, export all chapters again from https://hts.usitc.gov"
        )
    return Outcome("hts", [parsed], warnings=warnings, counts=counts)


def _check_may_load(given: Given) -> None:
    """Rates of the schedule decide everybody's answers: only the public tenant, by somebody who answers for it."""
    if given.tenant != PUBLIC:
        raise InvalidInput(
            "a tariff schedule is shared by all, so a tenant can't load one",
            hint="ask whoever runs the service to load it for everybody",
        )
    if not given.keep_states:
        raise InvalidInput(
            "a tariff schedule changes everybody's answers, so a writer can't load one",
            hint="use a key with the role admin, or ask whoever runs the service to run `sourcing ingest`",
        )


def embedded_part(content: Content) -> str | None:
    """ "lines" or "headings" when this is that file of the embedded extract, byte for byte; else None."""
    for part in ("lines", "headings"):
        path = sample_tariff.FOLDER / f"{part}.csv"
        if content.name == path.name and path.is_file() and path.read_bytes() == content.data:
            return part
    return None


def read_embedded(given: Given) -> Outcome:
    """The embedded extract: one partial document a revision. Raises InvalidInput as `read_official`."""
    _check_may_load(given)
    headings = (sample_tariff.FOLDER / "headings.csv").read_bytes()
    outcome = Outcome("hts", [], counts={"rows": 0, "lines": 0, "rates": 0, "unparsed": 0, "unparsed_rates": []})
    for schedule in sample_tariff.sample_schedules():
        name = str(schedule.revision)
        digest = hashlib.sha256(name.encode() + given.content.data + headings).hexdigest()
        parsed, counts = _parse(schedule, given, name, schedule.effective_from, digest)
        outcome.parsed.append(parsed)
        for key, value in counts.items():
            outcome.counts[key] += value
    return outcome


def _parse(
    schedule: Schedule, given: Given, revision: str, start: date | None, digest: str
) -> tuple[Parsed, dict[str, Any]]:
    counts = schedule.counts()
    sample = schedule.source_format == "sample"
    suffix, words = _part(schedule)
    document = NewDocument(
        kind="hts",
        key=f"{revision} {suffix}".strip().replace(" ", "-"),
        title=revision_title(revision) + (f" - {words}" if words else ""),
        file=given.content.path.name,
        sha256=digest,
        tenant=given.tenant,
        media_type=MEDIA[schedule.source_format],
        language="en",
        legal_status="law",
        url=URL,
        revision=revision,
        effective_from=start,
        sample=sample,
        partial=schedule.partial,
        meta={"destination": "US", "source_format": schedule.source_format, "counts": counts},
    )
    return Parsed(document, [], tariff_lines=_Lines(schedule)), counts


def _part(schedule: Schedule) -> tuple[str, str]:
    """For key and title: nothing for the whole schedule; what tells one part from another is its first and last
    heading."""
    if not schedule.partial:
        return "", ""
    if schedule.source_format == "sample":
        return "extract", "extract"
    headings = [row.hts[:4] for row in schedule.rows if len(row.hts) >= 4]
    if not headings:
        return "part", "part"
    first, last = min(headings), max(headings)
    return f"part {first} {last}", f"part, headings {first} to {last}" if first != last else f"part, heading {first}"


class _Lines:
    """Rows by column name, made one at a time, as often as they are asked for."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (_line(row) for row in self._schedule.rows)


def _line(row: ScheduleRow) -> dict[str, Any]:
    return {
        "row_no": row.row_no,
        "hts": row.hts,
        "indent": row.indent,
        "description": row.description,
        "path": list(row.path),
        "path_es": list(row.path_es) or None,
        "units": list(row.units),
        "general": row.general or None,
        "special": row.special or None,
        "other": row.other or None,
        "general_from": row.general_from,
        "special_from": row.special_from,
        "other_from": row.other_from,
        "footnotes": [
            {
                "columns": list(note.columns),
                "text": note.text,
                "headings": list(note.headings),
                "inherited_from": note.inherited_from,
            }
            for note in row.footnotes
        ],
        "quota": row.quota or None,
        "additional_duties": row.additional_duties or None,
    }

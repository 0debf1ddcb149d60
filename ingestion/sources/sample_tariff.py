"""The embedded tariff sample: real ten-digit lines of the US schedule over four revisions, described in our own words.

`sample/tariff/lines.csv` holds one row a line and span of revisions within which units, rates and footnotes stay the
same; `headings.csv` names chapters, headings and subheadings. Numbers, units, rates and footnotes are facts taken from
USITC's exports (https://hts.usitc.gov) by `refresh`; the descriptions in both languages are ours, not the legal text.
Columns of `lines.csv`: hts, description_en, description_es, units and footnotes (lists separated by ";"), general,
special, other, first_revision, last_revision.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from assistant.errors import InvalidInput
from ingestion.sources.hts_revision import revisions
from ingestion.sources.hts_schedule import Footnote, Schedule, ScheduleRow, read_schedule

FOLDER = Path(__file__).parents[1] / "sample" / "tariff"
EMBEDDED = ("2025 basic", "2025 rev 18", "2026 rev 4", "2026 rev 10")
COLUMNS = (
    "hts", "description_en", "description_es", "units", "general", "special", "other", "footnotes",
    "first_revision", "last_revision",
)  # fmt: skip
_HEADER = (
    "# Sample of the US Harmonized Tariff Schedule: USITC exports 2025 basic, 2025 rev 18, 2026 rev 4",
    "# and 2026 rev 10, https://hts.usitc.gov (public domain). Numbers, units, rates, footnotes as published;",
    "# descriptions are our own short wording, not the legal text. An absent line is unknown, not deleted.",
)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of one of the sample's files, comment lines left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@lru_cache(maxsize=1)
def titles() -> Mapping[str, tuple[str, str]]:
    """Short English and Spanish titles of chapters (2 digits), headings (4), subheadings (6, 8), keyed by digits."""
    return {row["prefix"]: (row["description_en"], row["description_es"]) for row in read_csv(FOLDER / "headings.csv")}


def sample_schedules() -> tuple[Schedule, ...]:
    """One partial `Schedule` for each embedded revision, oldest first. Raises InvalidInput if a revision is unknown."""
    rows = read_csv(FOLDER / "lines.csv")
    dates = {revision.name: revision.effective_from for revision in revisions()}
    missing = {row[end] for row in rows for end in ("first_revision", "last_revision")} - set(EMBEDDED)
    if missing:
        raise InvalidInput(f"lines.csv names revisions that are not embedded: {sorted(missing)}")
    schedules = []
    for place, name in enumerate(EMBEDDED):
        inside = (
            row
            for row in rows
            if EMBEDDED.index(row["first_revision"]) <= place <= EMBEDDED.index(row["last_revision"])
        )
        lines = tuple(_row(number, row) for number, row in enumerate(inside, 1))
        schedules.append(Schedule(lines, name, dates[name], "sample", partial=True))
    return tuple(schedules)


def _row(number: int, row: Mapping[str, str]) -> ScheduleRow:
    hts = row["hts"]
    above = [titles()[hts[:length]] for length in (4, 6, 8) if hts[:length] in titles()]
    headings = tuple(part for part in row["footnotes"].split(";") if part)
    return ScheduleRow(
        row_no=number,
        hts=hts,
        indent=len(above),
        description=row["description_en"],
        path=(*(en for en, _ in above), row["description_en"]),
        units=tuple(part for part in row["units"].split(";") if part),
        general=row["general"],
        special=row["special"],
        other=row["other"],
        footnotes=tuple(Footnote(("general",), f"See {heading}.", (heading,)) for heading in headings),
        declarable=True,
        description_es=row["description_es"],
        path_es=(*(es for _, es in above), row["description_es"]),
    )


def refresh(schedules: Iterable[Schedule], path: Path = FOLDER / "lines.csv") -> int:
    """Rewrites `path` with the facts of `schedules` (full ones, in the order of EMBEDDED), keeping its descriptions.

    Returns the number of rows. Raises InvalidInput naming a line that no schedule has."""
    words = {row["hts"]: (row["description_en"], row["description_es"]) for row in read_csv(path)}
    tables = [{row.hts: row for row in schedule.rows if row.hts in words} for schedule in schedules]
    rows: list[list[str]] = []
    for hts, (english, spanish) in sorted(words.items()):
        spans: list[tuple[list[str], str, str]] = []
        for name, table in zip(EMBEDDED, tables, strict=True):
            if hts not in table:
                continue
            line = table[hts]
            facts = [";".join(line.units), line.general, line.special, line.other, ";".join(line.headings)]
            if spans and spans[-1][0] == facts and EMBEDDED.index(spans[-1][2]) + 1 == EMBEDDED.index(name):
                spans[-1] = (facts, spans[-1][1], name)
            else:
                spans.append((facts, name, name))
        if not spans:
            raise InvalidInput(f"{hts} is in none of the schedules", field="hts", hint="Remove it from lines.csv.")
        rows += [[hts, english, spanish, *facts, first, last] for facts, first, last in spans]
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("\n".join(_HEADER) + "\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return len(rows)


if __name__ == "__main__":  # python -m ingestion.sources.sample_tariff FILE FILE FILE FILE, in the order of EMBEDDED
    print(refresh([read_schedule(Path(name)) for name in sys.argv[1:]]), "rows")

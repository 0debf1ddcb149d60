"""Which revision of the US schedule a file holds, told from its name, and the day from which that revision answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from assistant.errors import InvalidInput

_TABLE = Path(__file__).with_name("data") / "us_hts_revisions.yaml"


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of the schedule ("2026 rev 10") and its legal effective date."""

    name: str
    effective_from: date


@lru_cache(maxsize=1)
def revisions() -> tuple[Revision, ...]:
    """Every revision in the shipped table, in order of effect."""
    rows = yaml.load(_TABLE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return tuple(Revision(row["name"], date.fromisoformat(row["effective_from"])) for row in rows)


def revision_on(day: date) -> Revision | None:
    """The revision in force on `day`; None before the first and from the last on, which the table can't know the end
    of."""
    return next((one for one, after in pairwise(revisions()) if one.effective_from <= day < after.effective_from), None)


def revision_name(filename: str) -> str | None:
    """ "hts_2026_rev_10.json.gz", "2026HTSRev10" -> "2026 rev 10", "2025_basic" -> "2025 basic", "x.json" -> None."""
    stem = Path(filename).name.lower()
    year = re.search(r"(?<!\d)(20\d\d)(?!\d)", stem)
    number = re.search(r"rev(?:ision)?[\s_.-]*(?:no[\s_.-]*)?(\d{1,2})(?!\d)", stem)
    if year is None or (number is None and "basic" not in stem):
        return None
    return f"{year[1]} rev {int(number[1])}" if number else f"{year[1]} basic"


def known_revision(filename: str) -> Revision | None:
    """The revision that the file's name tells, or None when it tells none that the table lists."""
    name = revision_name(filename)
    return next((revision for revision in revisions() if revision.name == name), None)


def revision_of(filename: str) -> Revision:
    """The revision of a file by its name. Raises InvalidInput, asking for --effective-from, when it is unknown."""
    if revision := known_revision(filename):
        return revision
    name = revision_name(filename)
    what = f"HTS {name} is not in the table of revisions" if name else f"{filename} does not name an HTS revision"
    raise InvalidInput(
        what,
        field="effective_from",
        hint="Give the day from which it applies with --effective-from YYYY-MM-DD, or name the file like "
        "hts_2026_rev_10.json.",
    )

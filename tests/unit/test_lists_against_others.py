"""Goods lists against other people's transcriptions: every line on one side alone is explained, no explanation is idle.

Lists are compared by the ten-digit lines of the official schedule that they cover. Reads ../shared/data, and skips by
name where it is absent.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.customs.goods import list_files
from assistant.customs.measures import measures
from assistant.customs.schedule import Line, Revision
from assistant.customs.scope import fits, line_headings
from ingestion.sources.hts_schedule import Footnote, read_schedule

US = Path(__file__).parents[2].parent / "shared" / "data" / "us"
pytestmark = pytest.mark.skipif(not (US / "measures").is_dir(), reason="../shared/data/us/measures is not here")
CASES = yaml.load(
    (Path(__file__).parent / "cases" / "list_differences.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)


@cache
def rows() -> dict[str, Line]:
    """Lines of chapters 1 to 97 in the newest official schedule that goods are entered under: of ten digits, of eight
    where nothing stands under them."""
    found = [r for r in read_schedule(US / "hts" / "hts_2026_rev_10.json.gz").rows if len(r.hts) in (8, 10)]
    parents = {r.hts[:8] for r in found if len(r.hts) == 10}
    own = Revision("test", "test", date(2026, 6, 8), False, "test", None)
    return {
        r.hts: Line(r.hts, (), (), "", "", "", own, footnotes=tuple(vars_of(f) for f in r.footnotes))
        for r in found
        if (len(r.hts) == 10 or r.hts not in parents) and not r.hts.startswith(("98", "99"))
    }


def vars_of(note: Footnote) -> dict[str, object]:
    return {
        "columns": list(note.columns),
        "text": note.text,
        "headings": list(note.headings),
        "inherited_from": note.inherited_from,
    }


@cache
def lines() -> tuple[str, ...]:
    return tuple(rows())


def covered(prefixes: Iterable[str]) -> set[str]:
    wanted = set(prefixes)
    lengths = {len(p) for p in wanted}
    return {hts for hts in lines() if any(hts[:n] in wanted for n in lengths)}


def ours(names: Iterable[str], day: date) -> set[str]:
    """Lines of the lists, or (names of measures) lines on which the measure has a value for China."""
    by_id = {measure.id: measure for measure in measures()}
    found = {hts for hts in lines() if any(list_files().match(n, hts, day) for n in names if n not in by_id)}
    for measure in (by_id[name] for name in names if name in by_id):
        values = [row for row in measure.values if row.holds(day) and row.covers("CN")]
        found |= {
            hts
            for hts, line in rows().items()
            if any(fits(row, line, day, line_headings(line), list_files(), {}) for row in values)
        }
    return found


def theirs(spec: dict[str, Any], day: date) -> set[str]:
    path = US / "measures" / spec["file"]
    with path.open(encoding="utf-8") as file:
        if "column" not in spec:
            return covered(line.strip() for line in file if line.strip())
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found = set()
    for row in rows:
        start, end = row.get(spec.get("from", ""), ""), row.get(spec.get("to", ""), "")
        if any(row[key] != wanted for key, wanted in spec.get("where", {}).items()):
            continue
        if (start not in ("", "NA") and str(day) < start) or (end not in ("", "NA") and str(day) > end):
            continue
        width = int(spec.get("width", 0))
        if "table" in spec:
            name = row["table"].removesuffix("_hts10").removesuffix("_membership")
            if name not in spec["table"]:
                continue
            width = 10 if row["table"].endswith("hts10") else width
        found.add(row[spec["column"]].replace(".", "").zfill(width))
    return covered(found)


def explained(rows: list[dict[str, Any]], day: date, left: set[str]) -> tuple[set[str], list[str]]:
    """What no explanation covers, and the explanations that cover nothing."""
    idle = []
    rest = set(left)
    for row in rows:
        accounts = covered(row["prefixes"]) if "prefixes" in row else ours(row["lists"], day)
        if not accounts & left:
            idle.append(row["because"])
        rest -= accounts
    return rest, idle


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_every_difference_is_explained(case: dict[str, Any]) -> None:
    day = date.fromisoformat(case["day"])
    here, there = ours(case["ours"], day), theirs(case["theirs"], day)
    assert here and there
    for side, left in (("only_ours", here - there), ("only_theirs", there - here)):
        rest, idle = explained(case.get(side, []), day, left)
        assert not rest, f"{side}: {sorted(rest)[:12]}"
        assert not idle, f"{side}: nothing left to explain by {idle}"

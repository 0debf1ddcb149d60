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
from ingestion.sources.hts_schedule import read_schedule

US = Path(__file__).parents[2].parent / "shared" / "data" / "us"
pytestmark = pytest.mark.skipif(not (US / "measures").is_dir(), reason="../shared/data/us/measures is not here")
CASES = yaml.load(
    (Path(__file__).parent / "cases" / "list_differences.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)


@cache
def lines() -> tuple[str, ...]:
    """Ten-digit lines of chapters 1 to 97 in the newest official schedule."""
    rows = read_schedule(US / "hts" / "hts_2026_rev_10.json.gz").rows
    return tuple(r.hts for r in rows if len(r.hts) == 10 and not r.hts.startswith(("98", "99")))


def covered(prefixes: Iterable[str]) -> set[str]:
    wanted = set(prefixes)
    lengths = {len(p) for p in wanted}
    return {hts for hts in lines() if any(hts[:n] in wanted for n in lengths)}


def ours(lists: Iterable[str], day: date) -> set[str]:
    return {hts for hts in lines() if any(list_files().match(name, hts, day) for name in lists)}


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

"""Every heading that another encoding of chapter 99 covers is modelled here, or left out for a written reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assistant.customs.measures import Value, measures

SUMMARY = (
    Path(__file__).parents[2].parent / "shared" / "data" / "us" / "measures" / "rulespec" / "ch99_overlays_summary.csv"
)
pytestmark = pytest.mark.skipif(not SUMMARY.exists(), reason="../shared/data/us/measures/rulespec is not here")
NOT_A_HEADING_OF_OURS = {
    "9903.01.11": "donations: the fact `donation` of the shared exceptions",
    "9903.01.12": "informational material: the fact `informational_material` of the shared exceptions",
    "9903.01.33": "articles under section 232: the basis `remainder`, which leaves what section 232 covers out",
    "9903.03.06": "articles under section 232, as above",
}


def modelled() -> set[str]:
    found = {row.heading for m in measures() for row in (*m.exceptions, *m.values) if row.heading}
    return found | {v.reached for m in measures() for v in m.values if isinstance(v, Value) and v.reached}


def test_every_heading_is_modelled_or_left_out_for_a_reason() -> None:
    with SUMMARY.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    named = {c.split("/")[-1] for row in rows for c in row["citation"].split(";") if "/hts/9903" in c}
    assert len(named) > 140
    missing = named - modelled()
    assert missing == set(NOT_A_HEADING_OF_OURS), sorted(missing ^ set(NOT_A_HEADING_OF_OURS))

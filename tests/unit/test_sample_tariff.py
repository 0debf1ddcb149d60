"""The embedded sample: real facts, our own words, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingestion.sources.hts_schedule import Schedule, read_schedule
from ingestion.sources.sample_tariff import COLUMNS, EMBEDDED, FOLDER, read_csv, refresh, sample_schedules, titles

OFFICIAL = Path(__file__).parents[2].parent / "shared" / "data" / "us" / "hts"
FILES = ("hts_2025_basic.json.gz", "hts_2025_rev_18.json.gz", "hts_2026_rev_4.json.gz", "hts_2026_rev_10.json.gz")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.fixture(scope="module")
def official() -> list[Schedule]:
    if not OFFICIAL.is_dir():
        pytest.skip("official schedules are not here (../shared/data/us/hts)")
    return [read_schedule(OFFICIAL / name) for name in FILES]


def test_one_partial_schedule_an_embedded_revision() -> None:
    schedules = sample_schedules()
    assert [schedule.revision for schedule in schedules] == list(EMBEDDED)
    days = [schedule.effective_from for schedule in schedules]
    assert all(days)
    assert days == sorted(days, key=str)
    for schedule in schedules:
        assert schedule.partial
        counts = schedule.counts()
        assert counts["lines"] >= 600
        assert all(row.declarable for row in schedule.rows)
        assert counts["unparsed"] == 0
        numbers = [row.hts for row in schedule.rows]
        assert numbers == sorted(set(numbers))


def test_lines_that_nearshoring_lives_on_are_there() -> None:
    rows = {row.hts: row for row in sample_schedules()[-1].rows}
    chapters = {hts[:2] for hts in rows}
    nearshoring = "39 40 42 48 61 62 63 64 72 73 74 76 82 83 84 85 87 90 94 95 96 02 07 08 20 22 30 33"
    assert chapters >= set(nearshoring.split())
    assert rows["8544300000"].general == "5%"
    assert rows["8481803090"].general == "5.6%"
    assert rows["8481803090"].path[0] == "Valves and taps"
    assert rows["8481803090"].path_es[-1] == rows["8481803090"].description_es
    assert len([hts for hts in rows if hts.startswith("84818030")]) == 12
    assert rows["0102294062"].units == ("No.", "kg")
    assert rows["0102294062"].headings == ("9903.88.15",)


def test_every_line_has_both_languages_and_a_path() -> None:
    seen: set[tuple[str, str]] = set()
    for row in sample_schedules()[-1].rows:
        assert row.description and row.description_es and row.description != row.description_es
        assert len(row.path) == len(row.path_es) >= 2
        assert row.hts[:2] in titles()
        assert row.units or len(row.hts) == 8
        seen.add((row.hts[:4], row.description))
    assert len(seen) == len(sample_schedules()[-1].rows)


def test_facts_equal_the_official_files(official: list[Schedule]) -> None:
    for mine, theirs in zip(sample_schedules(), official, strict=True):
        table = {row.hts: row for row in theirs.rows}
        sample = {row.hts for row in mine.rows}
        listed = {row["hts"] for row in read_csv(FOLDER / "lines.csv")}
        assert {hts for hts in listed if hts in table} == sample
        for row in mine.rows:
            line = table[row.hts]
            assert (row.units, row.general, row.special, row.other, row.headings) == (
                line.units, line.general, line.special, line.other, line.headings,
            ), row.hts  # fmt: skip


def test_descriptions_are_not_the_official_text(official: list[Schedule]) -> None:
    table = {row.hts: row for row in official[-1].rows if row.hts}
    for row in sample_schedules()[-1].rows:
        mine = words(row.description)
        for text in table[row.hts].path:
            theirs = words(text)
            assert mine != theirs, row.hts
            runs = {tuple(theirs[i : i + 7]) for i in range(len(theirs) - 6)}
            assert not any(tuple(mine[i : i + 7]) in runs for i in range(len(mine) - 6)), row.hts


def test_refresh_reproduces_the_file(official: list[Schedule], tmp_path: Path) -> None:
    shipped = (FOLDER / "lines.csv").read_text(encoding="utf-8")
    copy = tmp_path / "lines.csv"
    copy.write_text(shipped, encoding="utf-8")
    assert refresh(official, copy) == len(read_csv(FOLDER / "lines.csv"))
    assert copy.read_text(encoding="utf-8") == shipped
    assert tuple(read_csv(copy)[0]) == COLUMNS

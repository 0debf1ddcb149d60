"""Goods lists: the shipped files, the reader of the official chapter 99 notes, and other transcriptions of them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from assistant.customs.goods import ListFiles, list_files
from assistant.customs.law import DATA
from ingestion.sources.goods_lists import GoodsEntry, read_goods_lists

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "us" / "measures"
NOTES = SHARED / "chapter_99_notes_2026_rev_6.txt.gz"
needs_notes = pytest.mark.skipif(not NOTES.exists(), reason="../shared/data/us/measures is not here")
DAY = date(2026, 4, 10)  # revision 6 was in force


@cache
def notes() -> Mapping[str, tuple[GoodsEntry, ...]]:
    return read_goods_lists(gzip.open(NOTES, "rt", encoding="utf-8", errors="replace").read())


def shipped(list_id: str, day: date) -> set[str]:
    """Prefixes of a shipped list that hold on the day."""
    with (DATA / "lists" / "us" / f"{list_id}.csv").open(encoding="utf-8") as file:
        file.readline()
        rows = list(csv.DictReader(file))
    return {r["prefix"] for r in rows if (r["from"] or "0") <= str(day) <= (r["to"] or "9")}


@needs_notes
@pytest.mark.parametrize(
    "list_id",
    [
        *(f"us.note_16.c.{n}" for n in ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")),
        *(f"us.note_31.{letter}" for letter in "bcdefghijk"),
        *(f"us.note_33.{letter}" for letter in "bgij"),
        *(f"us.note_37.{letter}" for letter in "bdf"),
        *(f"us.note_38.{letter}" for letter in "bci"),
        "us.note_39.b",
        *(f"us.note_2.aa.{n}" for n in ("ii", "iii")),
        *(f"us.note_2.v.{n}" for n in ("xx", "xxiii", "xxv.b")),
    ],
)
def test_shipped_lists_are_those_of_the_official_notes(list_id: str) -> None:
    assert {e.prefix for e in notes()[list_id]} == shipped(list_id, DAY)


@needs_notes
@pytest.mark.parametrize(
    ("list_id", "tables", "width"),
    [
        (
            "us.note_16.c.iii",
            ("s232_steel_primary_heading", "s232_steel_primary_subheading6", "s232_steel_primary"),
            0,
        ),
        ("us.note_16.c.iv", ("s232_steel_derivative_legacy",), 0),
        ("us.note_2.aa.ii", ("s122_aa_ii",), 8),
        ("us.note_2.aa.iv", ("s122_gn6_conditional",), 8),
    ],
)
def test_reader_agrees_with_another_transcription(list_id: str, tables: tuple[str, ...], width: int) -> None:
    """The lists that did not change from revision 6 to 15, number by number."""
    with (SHARED / "rulespec" / "list_membership_hts2026_rev15.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = {f"{t}_membership{suffix}" for t in tables for suffix in ("", "_hts10")}
    theirs = {r["hts"].zfill(10 if r["table"].endswith("hts10") else width) for r in rows if r["table"] in names}
    assert {e.prefix for e in notes()[list_id]} == theirs


def test_reader_leaves_out_what_the_text_lacks() -> None:
    assert read_goods_lists("SUBCHAPTER III\nnothing here\n") == {}


def test_reader_pairs_columns_that_a_page_prints_out_of_step() -> None:
    """The first column of both lists stands lower than the rest of their rows; each row still goes to its own list."""
    text = "\n".join(
        [
            "SUBCHAPTER III",
            "Harmonized Tariff Schedule of the United States",
            "                                          7301.20.10    7301.20.50",
            "    (iv) Derivative steel articles:       7307.19.90    7307.21.10",
            "                              7216.91.0010",
            "                              7307.19.30  7407.10.15    7407.10.30",
            "    (v) Articles of copper:               7407.21.30",
            "                              7406.10.00",
            "                              7407.10.50",
            "(vi) Derivative aluminum articles:",
        ]
    )
    found = {k: {e.prefix for e in v} for k, v in read_goods_lists(text).items()}
    assert found["us.note_16.c.iv"] == {"7216910010", "73071930", "73012010", "73012050", "73071990", "73072110"}
    assert found["us.note_16.c.v"] == {"74061000", "74071050", "74071015", "74071030", "74072130"}


def test_lists_are_files_of_numbers_with_a_legal_source() -> None:
    files = sorted((DATA / "lists" / "us").glob("*.csv"))
    assert len(files) > 80
    for path in files:
        first, header, *rows = path.read_text(encoding="utf-8").splitlines()
        assert first.startswith("# ") and len(first) > 20 and header == "prefix,from,to"
        assert rows and all(2 <= len(row.split(",")[0].lstrip("!")) <= 10 for row in rows), path.name


def test_longest_prefix_and_dates_decide(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("# test\nprefix,from,to\n8471,,2026-01-31\n8473301180,2026-01-01,\n")
    lists = ListFiles(tmp_path)
    member = lists.match("x", "8471500150", date(2026, 1, 31))
    assert member and member.prefix == "8471" and not member.partial
    assert lists.match("x", "8471500150", date(2026, 2, 1)) is None
    assert lists.match("x", "8473301190", date(2026, 1, 1)) is None
    part = lists.match("x", "84733011", date(2026, 1, 1))
    assert part and part.partial
    assert lists.changes("x", "8471500150") == {date(2026, 2, 1)}


def test_a_bad_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("# test\nprefix,from,to\n84.71,,\n")
    with pytest.raises(ValueError):
        ListFiles(tmp_path).match("bad", "8471500150", date(2026, 1, 1))
    with pytest.raises(FileNotFoundError):
        list_files().match("us.no_such_list", "8471500150", date(2026, 1, 1))

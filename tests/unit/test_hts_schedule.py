"""The official schedule export: paths, inheritance, both formats, revisions, and files that are wrong."""

from __future__ import annotations

import dataclasses
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.customs.hts_number import format_hts, nearest, normalise
from assistant.errors import InvalidInput
from ingestion.sources.hts_revision import revisions
from ingestion.sources.hts_schedule import ScheduleRow, detect, read_schedule, revision_of

CSV_HEAD = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties"
)


def row(htsno: str, indent: int, description: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "htsno": htsno,
        "indent": str(indent),
        "description": description,
        "units": [],
        "footnotes": None,
    }
    return {**base, "general": "", "special": "", "other": "", "superior": None, **more}


ROWS = [
    row("9876", 0, "Widgets <i>and</i> gadgets&nbsp;:"),
    row("", 1, "Of metal:"),
    row(
        "9876.10.20", 2, "Hand made", general="5% ", special="Free (S)2% (JP)", other="30%",
        footnotes=[{"columns": ["general"], "value": "See 9903.88.03 and 9903.91.01. ", "type": "endnote"}],
    ),
    row("9876.10.20.10", 3, "Small", units=["No. and kg"]),
    row("9876.10.20.90", 3, "Other", units=["m²", "\n"], other="35%"),
    row("9876.10.40.00", 2, "Machine made", general="Free", other=":", units=["kg"], addiitionalDuties="1/"),
    row("9877.00.00", 0, "Neighbour"),
    row("9877.00.00.10", 1, "Neighbour's suffix"),
]  # fmt: skip


def write(folder: Path, rows: list[dict[str, Any]], name: str = "hts_2026_rev_10.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def by_number(rows: tuple[ScheduleRow, ...]) -> dict[str, ScheduleRow]:
    return {r.hts: r for r in rows if r.hts}


def test_every_row_in_order_with_path_rates_and_footnotes(tmp_path: Path) -> None:
    schedule = read_schedule(write(tmp_path, ROWS))
    assert (schedule.revision, schedule.effective_from, schedule.source_format) == (
        "2026 rev 10", date(2026, 6, 8), "json",
    )  # fmt: skip
    assert [r.row_no for r in schedule.rows] == list(range(1, 9))
    rows = by_number(schedule.rows)
    small = rows["9876102010"]
    assert small.path == ("Widgets and gadgets", "Of metal", "Hand made", "Small")
    assert (small.general, small.special, small.other) == ("5%", "Free (S)2% (JP)", "30%")
    assert (small.general_from, small.special_from, small.other_from) == ("98761020",) * 3
    assert small.units == ("No.", "kg")
    assert small.headings == ("9903.88.03", "9903.91.01")
    assert small.footnotes[0].inherited_from == "98761020"
    other = rows["9876102090"]
    assert (other.general, other.other, other.other_from) == ("5%", "35%", None)
    assert other.units == ("m2",)
    assert rows["98761020"].general_from is None
    machine = rows["9876104000"]
    assert (machine.general, machine.other, machine.headings) == ("Free", "", ())
    assert machine.additional_duties == "1/"
    assert schedule.rows[1].hts == ""
    assert [r.hts for r in schedule.rows if r.declarable] == ["9876102010", "9876102090", "9876104000", "9877000010"]


def test_a_suffix_never_takes_the_rate_of_a_neighbour(tmp_path: Path) -> None:
    orphan = row("9876.10.60.10", 3, "Indented below a line that is not its parent")
    rows = by_number(read_schedule(write(tmp_path, [*ROWS[:4], orphan, *ROWS[5:]])).rows)
    assert (rows["9876106010"].general, rows["9876106010"].general_from, rows["9876106010"].headings) == ("", None, ())
    assert rows["9877000010"].general == ""


def test_counts(tmp_path: Path) -> None:
    odd = row("9878.00.00.00", 0, "Odd", general="seven", special="Free (S) six (JP)")
    counts = read_schedule(write(tmp_path, [*ROWS, odd])).counts()
    assert counts == {
        "rows": 9, "lines": 5, "rates": 5, "unparsed": 2, "unparsed_rates": ["seven", "Free (S) six (JP)"],
    }  # fmt: skip


def test_csv_and_gzip_load_to_the_same_rows(tmp_path: Path) -> None:
    plain = read_schedule(write(tmp_path, ROWS))
    packed = tmp_path / "hts_2026_rev_10.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(ROWS).encode()))
    assert read_schedule(packed).rows == plain.rows
    lines = ["\ufeff" + CSV_HEAD]
    for r in ROWS:
        cells = [r["htsno"], r["indent"], r["description"], json.dumps(r["units"]) if r["units"] else "", r["general"]]
        cells += [r["special"], r["other"], "", r.get("addiitionalDuties") or ""]
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells))
    table = tmp_path / "hts_2026_rev_10.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    from_csv = read_schedule(table)
    assert from_csv.source_format == "csv"
    assert from_csv.rows == tuple(dataclasses.replace(r, footnotes=()) for r in plain.rows)
    assert detect(table, table.read_bytes()[:4096])
    assert detect(packed, packed.read_bytes()[:4096])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"[]", "no rows"),
        (b"{}", "not the array"),
        (b"[1]", "not an object"),
        (json.dumps(ROWS).encode()[:-200], "breaks off or is malformed after row"),
        (json.dumps([{k: v for k, v in ROWS[0].items() if k != "general"}]).encode(), "column 'general' is missing"),
        (json.dumps([{**ROWS[0], "htsno": "101210010"}]).encode(), "'101210010' is not a tariff number"),
        (json.dumps([{**ROWS[0], "indent": "x"}]).encode(), "row 1: indent 'x'"),
        (gzip.compress(json.dumps(ROWS).encode())[:-40], "damaged or truncated gzip"),
        (b"%PDF-1.7\n\xff\xfe\x00\x01", "not a text file in UTF-8"),
        (b"id,name\n1,2\n", "not an export of the US tariff schedule"),
        (CSV_HEAD.replace("General Rate of Duty,", "").encode() + b"\n", "'General Rate of Duty' is missing"),
        (CSV_HEAD.encode() + b'\n"0101","0","Live', "line 2"),
        (CSV_HEAD.encode() + b'\n"0101","0"\n', "line 2 has 2 cells, not 9"),
    ],
)  # fmt: skip
def test_wrong_files_are_refused_with_what_to_do(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "hts_2026_rev_10.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_schedule(path)
    assert says in caught.value.message
    assert path.name in caught.value.message
    assert caught.value.hint


def test_detect_leaves_other_files_alone(tmp_path: Path) -> None:
    for head in (b"", b"%PDF-1.7", b'[{"id": "x"}]', b"\x1f\x8bbroken", b"id,name\n"):
        assert not detect(tmp_path / "x", head)


@pytest.mark.parametrize(
    ("name", "revision", "day"),
    [
        ("hts_2026_rev_10.json.gz", "2026 rev 10", date(2026, 6, 8)),
        ("hts_2026_revision_10_csv.csv", "2026 rev 10", date(2026, 6, 8)),
        ("2026HTSRev10", "2026 rev 10", date(2026, 6, 8)),
        ("HTS 2026 Rev. 4 (1).csv", "2026 rev 4", date(2026, 2, 24)),
        ("2025_basic.json", "2025 basic", date(2025, 1, 1)),
        ("hts_2026_basic_edition_json.json", "2026 basic", date(2026, 1, 1)),
        ("hts_2025_rev_18.json", "2025 rev 18", date(2025, 8, 7)),
        ("hts_2025_rev_32.json", "2025 rev 32", date(2025, 12, 5)),
        ("hts_2026_rev_21.json", "2026 rev 21", date(2026, 10, 9)),
    ],
)
def test_revision_is_told_from_the_name(name: str, revision: str, day: date) -> None:
    found = revision_of(name)
    assert (found.name, found.effective_from) == (revision, day)


@pytest.mark.parametrize("name", ["schedule.json", "hts_2031_rev_2.json", "hts_rev_10.json", "hts_2026.json"])
def test_unknown_revision_asks_for_the_date(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        revision_of(name)
    assert "--effective-from" in (caught.value.hint or "")
    schedule = read_schedule(write(tmp_path, ROWS, name))
    assert (schedule.revision, schedule.effective_from) == (None, None)


def test_revision_dates_never_run_backwards() -> None:
    days = [revision.effective_from for revision in revisions()]
    assert days == sorted(days)
    names = [revision.name for revision in revisions()]
    assert len(set(names)) == len(names)
    assert [f"2025 rev {n}" for n in range(1, 33)] == [n for n in names if n.startswith("2025 rev")]


def test_numbers() -> None:
    assert normalise(" 8544.30.00.00 ") == normalise("8544 30 0000") == normalise("8544300000") == "8544300000"
    assert normalise("8544.30", accepted=(6, 8, 10)) == "854430"
    assert format_hts("8544300000") == "8544.30.00.00"
    assert format_hts("854430") == "8544.30"
    for wrong in ("8544300", "101210010", "85443000001", "8544", "wire", "", "8544.30,00", "٨٥٤٤٣٠٠٠"):
        with pytest.raises(InvalidInput) as caught:
            normalise(wrong)
        assert caught.value.field == "hts"
        assert caught.value.hint
    with pytest.raises(InvalidInput) as caught:
        normalise("101210010")
    assert "0101210010" in (caught.value.hint or "")


def test_nearest_prefers_the_longest_common_prefix_then_the_closest_number() -> None:
    known = ["8544300000", "8544421000", "8544200000", "8543709860", "0101210010"]
    assert nearest("8544.31.00.00", known, 3) == ["8544300000", "8544200000", "8544421000"]
    assert nearest("8544.31.00.00", known, 0) == []
    assert nearest("", known, 1) == ["0101210010"]


@pytest.fixture(scope="module")
def official() -> dict[str, tuple[ScheduleRow, ...]]:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "us" / "hts"
    if not folder.is_dir():
        pytest.skip("official schedules are not here (../shared/data/us/hts)")
    return {
        path.name: read_schedule(path).rows
        for path in (
            folder / "hts_2026_rev_4.csv",
            folder / "hts_2026_rev_4.json.gz",
            folder / "hts_2026_rev_10.json.gz",
        )
    }


def test_official_csv_and_json_hold_the_same_rows(official: dict[str, tuple[ScheduleRow, ...]]) -> None:
    bare = [dataclasses.replace(r, footnotes=()) for r in official["hts_2026_rev_4.json.gz"]]
    assert list(official["hts_2026_rev_4.csv"]) == bare


def test_official_revision_10_is_whole(official: dict[str, tuple[ScheduleRow, ...]]) -> None:
    rows = official["hts_2026_rev_10.json.gz"]
    assert len(rows) == 35509
    lines = [r for r in rows if r.is_ten_digit]
    assert len(lines) == 19856
    assert [r.hts for r in lines if not (r.general or r.special or r.other)] == []
    valve = by_number(rows)["8481803090"]
    assert valve.path[-4:] == ("Hand operated", "Of iron or steel", "Of steel", "Other")
    assert (valve.general, valve.general_from, valve.headings) == ("5.6%", "84818030", ("9903.88.03",))
    watch = by_number(rows)["91021110"]
    assert watch.declarable
    assert watch.general == "44¢ each + 6% on the case + 14% on the strap, band or bracelet + 5.3% on the battery"
    harness = by_number(rows)["8544300000"]
    assert (harness.general, harness.general_from, harness.units) == ("5%", None, ("No.",))

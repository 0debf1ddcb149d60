"""Which revision and which row answer for a number on a day."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.customs.schedule import Line, Revision, next_level, outline, resolve, revision_on, rows_in_force
from assistant.errors import Ambiguous, NotInForce, Unavailable, UnknownHts

EXTRACT_25 = Revision("x25", "2025 basic", date(2025, 1, 1), True, "Extract", None)
EXTRACT_26 = Revision("x26", "2026 rev 10", date(2026, 6, 8), True, "Extract", None)
OFFICIAL_4 = Revision("o4", "2026 rev 4", date(2026, 2, 24), False, "Official", None)
OFFICIAL_10 = Revision("o10", "2026 rev 10", date(2026, 6, 8), False, "Official", None)


def row(revision: Revision, hts: str, general: str = "5%", *path: str) -> Line:
    return Line(hts, path or ("Wire", hts), ("No.",), general, "", "35%", revision)


def pick(digits: str, day: str, rows: list[Line]) -> tuple[str, str]:
    revisions = list({r.revision.document_id: r.revision for r in rows}.values())
    line, _ = resolve(digits, date.fromisoformat(day), rows, revisions, lambda code: ["8544300000"])
    return line.revision.document_id, line.hts


def test_the_latest_revision_in_force_decides_from_its_first_day() -> None:
    rows = [row(OFFICIAL_4, "8544300000"), row(OFFICIAL_10, "8544300000")]
    assert pick("8544300000", "2026-06-07", rows)[0] == "o4"
    assert pick("8544300000", "2026-06-08", rows)[0] == "o10"


def test_an_official_edition_stands_before_an_extract_of_its_day() -> None:
    assert pick("8544300000", "2026-07-01", [row(EXTRACT_26, "8544300000"), row(OFFICIAL_10, "8544300000")])[0] == "o10"


def test_a_line_absent_from_an_extract_is_looked_up_before_it() -> None:
    rows = [row(EXTRACT_26, "8544200000"), row(OFFICIAL_4, "8544300000")]
    assert pick("8544300000", "2026-07-01", rows)[0] == "o4"


def test_a_line_absent_from_an_official_edition_is_gone_and_where_it_was_is_said() -> None:
    rows = [row(OFFICIAL_10, "8544200000"), row(OFFICIAL_4, "8544300000")]
    with pytest.raises(UnknownHts, match="2026 rev 4"):
        pick("8544300000", "2026-07-01", rows)


def test_before_the_first_revision_and_without_any() -> None:
    with pytest.raises(NotInForce, match="2025 basic"):
        pick("8544300000", "2024-12-31", [row(EXTRACT_25, "8544300000")])
    with pytest.raises(Unavailable):
        revision_on([], date(2026, 1, 1))


def test_an_unknown_number_gets_its_nearest() -> None:
    with pytest.raises(UnknownHts) as caught:
        pick("8544309999", "2026-07-01", [row(OFFICIAL_10, "8544300000")])
    assert caught.value.hint == "nearest numbers that exist: 8544.30.00.00"
    with pytest.raises(UnknownHts) as caught:
        pick("8544309999", "2026-07-01", [row(EXTRACT_26, "8544300000")])
    assert caught.value.hint and "extract" in caught.value.hint


def test_shorter_numbers() -> None:
    rows = [row(OFFICIAL_10, "8481803010"), row(OFFICIAL_10, "8481803090"), row(OFFICIAL_10, "8481801000", "4%")]
    assert pick("84818030", "2026-07-01", rows)[1] == "8481803010"
    with pytest.raises(Ambiguous, match=r"8481\.80\.10\.00 4%"):
        pick("848180", "2026-07-01", rows)
    assert pick("848180", "2026-07-01", rows[:2])[1] == "8481803010"


def test_a_heading_of_an_extract_is_what_its_lines_share() -> None:
    rows = [
        row(EXTRACT_26, "8544200000", "5.3%", "Insulated wire", "Coaxial"),
        row(EXTRACT_26, "8544300000", "5%", "Insulated wire", "Harnesses"),
    ]
    here = rows_in_force("8544", date(2026, 7, 1), rows, [EXTRACT_26], lambda code: [])
    made = outline("8544", here)
    assert (made.hts, made.path, made.general, made.units) == ("8544", ("Insulated wire",), "", ())
    assert [r.hts for r in next_level("8544", here)] == ["8544200000", "8544300000"]


def test_the_next_level_has_no_coded_row_between() -> None:
    rows = [row(OFFICIAL_10, code) for code in ("8481", "848180", "84818030", "8481803010", "84819000")]
    assert [r.hts for r in next_level("8481", rows)] == ["848180", "84819000"]
    assert [r.hts for r in next_level("84818030", rows)] == ["8481803010"]


def test_a_number_whose_suffix_no_edition_prints_stands_for_its_line() -> None:
    """Watches: the suffixes of 9102.11.50 are made by statistical note 1 to chapter 91."""
    assert pick("9102115010", "2026-07-01", [row(OFFICIAL_10, "91021150")]) == ("o10", "91021150")
    printed = [row(OFFICIAL_10, "91021150"), row(OFFICIAL_10, "9102115020")]
    with pytest.raises(UnknownHts):
        pick("9102115010", "2026-07-01", printed)

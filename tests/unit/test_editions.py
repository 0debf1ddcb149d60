"""Editions of the same legal notes: a newer one ends the older, whatever the order, and past days find the older."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.editions import Edition, windows
from ingestion.forget import forget
from ingestion.pipeline import Pipeline
from ingestion.sources.legal_notes import by_chapter, edition_of
from retrieval.catalog import Catalog
from retrieval.search import Searcher

PAGE = """Harmonized Tariff Schedule of the United States Revision {number} ({year})
Annotated for Statistical Reporting Purposes

CHAPTER 95

TOYS, GAMES AND SPORTS REQUIREMENTS

Notes

1. This chapter does not cover: {what}.

2. This chapter includes articles in which pearls constitute only minor constituents.
"""
OLD, MIDDLE, NEW = "candles of heading 3406", "fireworks of heading 3604", "yarns of chapter 39"


def edition(folder: Path, number: int, year: int, what: str) -> Path:
    path = folder / f"chapter_95_{year}_{number}.txt"
    path.write_text(PAGE.format(number=number, year=year, what=what), encoding="utf-8")
    return path


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    return [edition(tmp_path, 7, 2025, OLD), edition(tmp_path, 20, 2025, MIDDLE), edition(tmp_path, 4, 2026, NEW)]


def open_catalog(folder: Path, name: str) -> Catalog:
    return Catalog(f"sqlite:///{folder / name}.sqlite")


def in_force(catalog: Catalog) -> dict[str | None, tuple[date | None, date | None]]:
    return {d.revision: (d.effective_from, d.effective_to) for d in catalog.documents("notes")}


WINDOWS = {
    "2025 rev 7": (None, date(2025, 8, 26)),
    "2025 rev 20": (date(2025, 8, 27), date(2026, 2, 23)),
    "2026 rev 4": (date(2026, 2, 24), None),
}


def test_any_order_gives_the_same_days_and_again_changes_nothing(tmp_path: Path, three: list[Path]) -> None:
    for number, order in enumerate(itertools.permutations(three)):
        catalog = open_catalog(tmp_path, str(number))
        for path in order:
            [report] = Pipeline(catalog).ingest([path]).files
            assert report.status == "added"
        assert in_force(catalog) == WINDOWS
        assert [r.status for r in Pipeline(catalog).ingest(three).files] == ["unchanged"] * 3
        catalog.close()


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2024, 1, 1), OLD),
        (date(2025, 8, 26), OLD),
        (date(2025, 8, 27), MIDDLE),
        (date(2026, 2, 23), MIDDLE),
        (date(2026, 2, 24), NEW),
        (date(2030, 1, 1), NEW),
    ],
)
def test_search_finds_the_edition_of_the_day_alone(tmp_path: Path, three: list[Path], day: date, says: str) -> None:
    catalog = open_catalog(tmp_path, "notes")
    Pipeline(catalog).ingest(three)
    found = Searcher(catalog, None, None).search("what does the chapter on toys and games not cover", as_of=day)
    assert {what for h in found.hits for what in (OLD, MIDDLE, NEW) if what in h.text} == {says}


def test_a_forgotten_edition_ends_nothing(tmp_path: Path, three: list[Path]) -> None:
    catalog = open_catalog(tmp_path, "notes")
    Pipeline(catalog).ingest(three)
    forget(catalog, "notes:chapter-95.2025-rev-20", "public")
    assert in_force(catalog)["2025 rev 7"] == (None, date(2026, 2, 23))
    forget(catalog, "notes:chapter-95.2026-rev-4", "public")
    assert in_force(catalog) == {"2025 rev 7": (None, None)}


def test_a_tenants_edition_ends_only_its_own(tmp_path: Path, three: list[Path]) -> None:
    catalog = open_catalog(tmp_path, "notes")
    Pipeline(catalog).ingest(three[:1])
    Pipeline(catalog, tenant="acme").ingest(three[1:])
    assert {d.id: d.effective_to for d in catalog.documents("notes")} == {
        "notes:chapter-95.2025-rev-7": None,
        "notes:chapter-95.2025-rev-20@acme": date(2026, 2, 23),
        "notes:chapter-95.2026-rev-4@acme": None,
    }


def test_a_given_first_day_is_kept(tmp_path: Path, three: list[Path]) -> None:
    catalog = open_catalog(tmp_path, "notes")
    Pipeline(catalog).ingest(three[2:])
    Pipeline(catalog).ingest(three[:1], effective_from=date(2025, 5, 1))
    assert in_force(catalog) == {
        "2025 rev 7": (date(2025, 5, 1), date(2026, 2, 23)),
        "2026 rev 4": (date(2026, 2, 24), None),
    }


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("all_notes_2026-01-14.md", "2026 basic"),
        ("all_notes_2026-01-15.md", "2026 rev 1"),
        ("notes_2026_rev_4.md", "2026 rev 4"),
        ("notes_2027-03-01.md", "2027-03-01"),  # past what the table of revisions knows the end of
        ("notes_2026-31-12.md", None),
        ("notes.md", None),
    ],
)
def test_the_edition_a_name_tells(name: str, edition: str | None) -> None:
    assert edition_of(name, "Notes\n1. Text.") == edition


def test_notes_of_many_chapters_are_a_document_a_chapter(shared_data: Path, tmp_path: Path) -> None:
    whole = shared_data / "us/notes/all_section_and_chapter_notes_2026-01-14.md"
    catalog = open_catalog(tmp_path, "notes")
    [report] = Pipeline(catalog).ingest([whole]).files
    assert report.counts["documents"] == 97, "chapters 1 to 98 but 77, which is reserved"
    held = {a for d in catalog.documents() for p in catalog.document_passages(d.id) for a in p.meta["addresses"]}
    assert {"1/note 1", "84/note 2", "85/note 5", "98/I/note 1", "section XVI/note 2", "section XI/note 1"} <= held
    machines = catalog.document_passages("notes:chapter-84.2026-basic")
    assert {"section XVI", "84"} <= {str(p.paragraph).partition("/")[0] for p in machines}
    for name in ("chapter_84.pdf", "chapter_94.pdf"):
        [report] = Pipeline(catalog).ingest([shared_data / "us/notes" / name]).files
        older = catalog.document(str(report.document_id))
        assert older is not None and (older.revision, older.effective_to) == ("2025 rev 7", date(2025, 12, 31))
    assert [r.status for r in Pipeline(catalog).ingest([whole]).files] == ["unchanged"]
    moved = tmp_path / "moved_2026-01-14.md"
    moved.write_bytes(whole.read_bytes())
    assert [r.status for r in Pipeline(catalog).ingest([moved]).files] == ["unchanged"]
    edited = whole.read_text("utf-8").replace("This chapter covers all live animals except:", "This chapter covers:")
    moved.write_text(edited, encoding="utf-8")
    assert Pipeline(catalog).ingest([moved]).files[0].status == "updated"
    assert [d.id for d in catalog.documents() if d.file == moved.name] == ["notes:chapter-1.2026-basic"]


def test_every_line_of_many_chapters_is_in_one_of_them(shared_data: Path) -> None:
    from ingestion.readers.pdf import Page

    text = (shared_data / "us/notes/all_section_and_chapter_notes_2026-01-14.md").read_text("utf-8")
    chapters = by_chapter([Page(0, text)])
    parted = [line for pages in chapters.values() for page in pages for line in page.text.split("\n")]
    assert parted == text.split("\n")


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(st.lists(st.tuples(days, st.booleans()), min_size=1, max_size=8, unique_by=lambda pair: pair[0]), days)
def test_one_edition_is_in_force_on_a_day(made: list[tuple[date, bool]], day: date) -> None:
    """The newest that began on or before the day; before all of them the first, unless it says when it begins."""
    editions = [Edition(str(n), since, begins) for n, (since, begins) in enumerate(made)]
    found = windows(editions)
    assert found == windows(reversed(editions))
    first = min(editions, key=lambda e: e.since)
    begun = [e for e in editions if e.since <= day]
    expected = max(begun, key=lambda e: e.since) if begun else None if first.begins else first
    holding = [i for i, (a, b) in found.items() if (a or day) <= day <= (b or day + timedelta(days=1))]
    assert holding == ([expected.id] if expected else [])

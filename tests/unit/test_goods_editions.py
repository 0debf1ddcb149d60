"""Editions of the chapter 99 notes laid over the shipped goods lists: what they say, from when, and what they leave."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.customs.duty import estimate
from assistant.customs.goods import FIRST, LAST, Listing, list_files, list_folder
from assistant.customs.goods_editions import Edition, EditionList, EditionLists, overlaid
from assistant.customs.law import DATA
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import DutyRequest
from assistant.customs.ways import Law
from assistant.errors import Unavailable
from assistant.toolbox import goods_lists
from ingestion.goods_editions import read_edition
from ingestion.report import FileReport

NOTES = Path(__file__).parents[2].parent / "shared/data/us/measures/chapter_99_notes_2026_rev_6.txt.gz"
needs_notes = pytest.mark.skipif(not NOTES.exists(), reason="../shared/data/us/measures is not here")
START = date(2026, 4, 23)  # revision 6
DAYS = (date(2025, 9, 1), date(2026, 4, 22), START, date(2026, 6, 7), date(2026, 6, 8), date(2026, 8, 1), LAST)
EXTRA = "9403.20.0086"


def opened(home: Path, **settings: str) -> Services:
    made = open_services(load_settings({"SOURCING_HOME": str(home), **settings}), lambda: date(2026, 8, 1))
    made.index_pending = lambda *_, **__: None  # type: ignore[method-assign]  # vectors are not the matter here
    return made


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A home into which the operator loaded the official notes; tests that change it take a copy."""
    made = opened(tmp_path_factory.mktemp("notes") / "home")
    [report] = made.ingest([NOTES]).files
    assert report.kind == "chapter_99" and report.counts["goods_lists"] == 37 and not report.reason
    yield made
    made.catalog.close()


def duty(law: Law, hts: str, origin: str, day: date) -> dict[str, object]:
    line = Line(hts, ("Goods",), ("No.",), "2%", "", "35%", Revision("x", "x", date(2025, 1, 1), False, "x", None))
    request = DutyRequest.model_validate({"hts": hts, "origin": origin, "customs_value": 10_000})
    answer = estimate(request, line, day, [line.revision], law=law)
    return answer.model_dump(include={"duty", "range", "layers"})


@needs_notes
def test_the_official_notes_change_nothing_where_shipped_lists_agree(loaded: Services) -> None:
    services = loaded
    [edition] = goods_lists.editions(services.home)
    assert edition.effective_from == START and services.catalog.document(edition.document_id)
    mine, shipped = services.law.lists, list_files()
    for list_id, found in edition.lists.items():
        numbers = {*found.prefixes, *shipped.read(list_id).entries}
        different = {
            n
            for n in numbers
            for day in DAYS
            if bool(mine.match(list_id, n, day)) != bool(shipped.match(list_id, n, day))
        }
        assert not different, list_id
    for hts, origin in (("7308909590", "CN"), ("8708295160", "MX"), ("9403409060", "VN"), ("8541430010", "CN")):
        for day in (date(2026, 3, 1), date(2026, 5, 1), date(2026, 8, 1)):
            assert duty(services.law, hts, origin, day) == duty(Law.shipped(), hts, origin, day)
    [told] = goods_lists.status(services.home)
    assert told["edition"] == "HTSUS Chapter 99, 2026 revision 6" and told["effective_from"] == START


@needs_notes
def test_another_edition_changes_the_number_it_changes_and_goes_away_with_its_document(
    loaded: Services, tmp_path: Path
) -> None:
    """A furniture number is written into the list of kitchen cabinets and vanities of note 37(f)."""
    text = gzip.decompress(NOTES.read_bytes()).decode("utf-8", errors="replace")
    shipped = list_files().read("us.note_37.f")
    printed = next(iter(shipped.entries))
    dotted = f"{printed[:4]}.{printed[4:6]}.{printed[6:]}".rstrip(".")
    place = text.index(dotted, text.index("the HTSUS listed in this subdivision:"))
    doctored = tmp_path / "chapter_99_notes_2026_rev_6.txt"
    doctored.write_text(text[:place] + f"{EXTRA} {text[place:]}", encoding="utf-8")
    services = opened(Path(shutil.copytree(loaded.home, tmp_path / "home")))
    [report] = services.ingest([doctored]).files
    [edition] = goods_lists.editions(services.home)
    assert report.status == "updated", "the same edition, its lists replaced"
    mine, digits = services.law.lists, EXTRA.replace(".", "")
    for list_id, found in edition.lists.items():
        now = {n for n in {*found.prefixes, *list_files().read(list_id).entries} if mine.match(list_id, n, START)}
        before = {n for n in now | {digits} if list_files().match(list_id, n, START)}
        assert now - before == ({digits} if list_id == "us.note_37.f" else set()), list_id
    member = mine.match("us.note_37.f", digits, START)
    assert member and member.source == "HTSUS Chapter 99, 2026 revision 6, U.S. note 37(f)"
    assert mine.match("us.note_37.f", digits, date(2026, 4, 22)) is None
    day = date(2026, 8, 1)
    assert duty(services.law, digits, "VN", day) != duty(Law.shipped(), digits, "VN", day)
    assert duty(services.law, "9403200075", "VN", day) == duty(Law.shipped(), "9403200075", "VN", day)
    services.forget(str(report.document_id))
    assert services.law is Law.shipped() and goods_lists.status(services.home) == []


SMALL = """SUBCHAPTER III
(i) The rates of duty set forth in heading 9903.74.08
4009.12.0020
(j) Heading 9903.74.09"""


@pytest.mark.parametrize("whose", ["the operator's", "not vouched", "a tenant's"])
def test_only_the_operator_changes_the_lists(tmp_path: Path, whose: str) -> None:
    tenant = {"SOURCING_TENANT": "acme"} if whose == "a tenant's" else {}
    made = opened(tmp_path / "home", **tenant)
    (tmp_path / "notes.txt").write_text(SMALL, encoding="utf-8")
    [report] = made.ingest(
        [tmp_path / "notes.txt"], kind="chapter_99", effective_from=START, vouched=whose != "not vouched"
    ).files
    assert report.document_id, report.reason
    kept = goods_lists.editions(tmp_path / "home")
    assert [e.lists["us.note_38.i"].prefixes for e in kept] == ([("4009120020",)] if whose == "the operator's" else [])
    assert (made.law is Law.shipped()) == (whose != "the operator's")


@pytest.mark.parametrize(
    ("text", "start", "says"),
    [
        ("SUBCHAPTER III\nno list\n", START, "no goods list was read"),
        (
            "SUBCHAPTER III\n(i) The rates of duty set forth in heading 9903.74.08\n4009.12.0020\n",
            START,
            "no goods list",
        ),
        (
            "SUBCHAPTER III\n(i) The rates of duty set forth in heading 9903.74.08\n\n(j) Heading 9903.74.09",
            START,
            "us.note_38.i opens but holds no number",
        ),
        (SMALL, None, "--effective-from"),
    ],
    ids=["no list", "no end", "no number", "no date"],
)
def test_what_cannot_be_read_is_said_and_not_kept(tmp_path: Path, text: str, start: date | None, says: str) -> None:
    (tmp_path / "notes.txt").write_text(text, encoding="utf-8")
    report = FileReport(str(tmp_path / "notes.txt"), "added", "chapter_99", ["chapter_99:x"])
    assert read_edition(report, "Notes", start) is None
    assert says in " ".join(report.warnings)
    assert not report.counts


def test_a_damaged_file_is_said_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / goods_lists.FILE).write_text(json.dumps([{"title": "x"}]), encoding="utf-8")
    with pytest.raises(Unavailable):
        goods_lists.law(tmp_path)


def test_a_later_edition_is_heard_from_its_own_day_on() -> None:
    def one(name: str, start: date, *numbers: str) -> Edition:
        lists = {"us.note_38.i": EditionList(note="U.S. note 38(i)", prefixes=numbers)}
        return Edition(document_id=name, title=name, effective_from=start, lists=lists)

    editions = [one("second", date(2026, 9, 1), "95030000"), one("first", date(2026, 5, 1), "95030000", "95040000")]
    lists = EditionLists(list_folder(), editions)
    seen = [bool(lists.match("us.note_38.i", n, d)) for n in ("95030000", "95040000") for d in
            (date(2026, 4, 30), date(2026, 5, 1), date(2026, 8, 31), date(2026, 9, 1))]  # fmt: skip
    assert seen == [False, True, True, True, False, True, True, False]
    assert lists.changes("us.note_38.i", "95040000") == {date(2026, 5, 1), date(2026, 9, 1)}
    assert lists.match("us.note_38.b", "8704", START) == list_files().match("us.note_38.b", "8704", START)


EDGES = st.sampled_from([FIRST, date(2026, 1, 1), date(2026, 4, 23), date(2026, 6, 8), date(2028, 1, 1), LAST])
SPANS = st.lists(st.tuples(EDGES, EDGES).filter(lambda s: s[0] <= s[1]), min_size=1, max_size=1)
ENTRIES = st.dictionaries(st.sampled_from(["8471", "84713001", "8471300100"]), SPANS.map(tuple))
ANY_DAY = st.sampled_from(
    [FIRST, date(2025, 12, 31), date(2026, 4, 22), START, date(2026, 6, 7), date(2026, 6, 8), LAST]
)


def holds(listing: Listing, prefix: str, day: date) -> bool:
    return any(first <= day <= last for first, last in listing.entries.get(prefix, ()))


@given(ENTRIES, st.frozensets(st.sampled_from(["8471", "84713001", "8471300100"])), ANY_DAY)
def test_an_edition_speaks_from_its_day_until_a_later_change(
    entries: dict[str, tuple[tuple[date, date], ...]], prefixes: frozenset[str], day: date
) -> None:
    before = Listing.of("shipped", entries)
    after = overlaid(before, prefixes, START)
    for prefix in ("8471", "84713001", "8471300100"):
        changed = holds(before, prefix, day) != holds(before, prefix, START)
        if day < START or changed:
            assert holds(after, prefix, day) == holds(before, prefix, day)
        elif day == START:
            assert holds(after, prefix, day) == (prefix in prefixes)
        assert all(first <= last for first, last in after.entries.get(prefix, ()))
    assert overlaid(after, prefixes, START) == after
    same = frozenset(p for p in entries if holds(before, p, START))
    again = overlaid(before, same, START)
    assert all(holds(again, p, day) == holds(before, p, day) for p in ("8471", "84713001", "8471300100"))


def test_every_list_the_reader_knows_is_shipped_or_left_aside() -> None:
    """Lists that the reader finds and no measure asks for are not kept; this names them, so that none is lost."""
    from ingestion.sources.goods_lists import specs

    shipped = {path.stem for path in (DATA / "lists" / "us").glob("*.csv")}
    assert {spec.id for spec in specs()} - shipped == {
        "us.note_2.v.iii.a", "us.note_2.v.xxii", "us.note_2.v.xxiv.b", "us.note_2.v.xxv.c", "us.note_2.v.xxv.d",
        "us.note_2.x.iii.a", "us.note_2.aa.iv", "us.note_35.a",
    }  # fmt: skip

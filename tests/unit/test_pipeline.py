"""The pipeline: what it picks up, reports, leaves alone, and finishes after a crash."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import InvalidInput
from ingestion.pipeline import Pipeline, expand, sample_corpus
from ingestion.sources import schedules
from retrieval.catalog import Catalog

TEXT = "The importer must keep the records of the entry for five years."
ROW = {
    "htsno": "8544.30.00.00", "indent": "0", "description": "Harnesses", "superior": None, "units": ["No."],
    "general": "5%", "special": "Free (S)", "other": "30%", "footnotes": [], "quotaQuantity": None,
    "additionalDuties": None,
}  # fmt: skip
CSV_HEAD = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,Column 2 Rate of Duty,"
    "Quota Quantity,Additional Duties\n"
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


def contents(catalog: Catalog) -> dict[str, Any]:
    """Everything that answers depend on, in an order that doesn't depend on loading."""
    return {
        "documents": sorted((d.id, d.sha256, d.title, d.file) for d in catalog.documents()),
        "passages": sorted(
            (p.id, p.ordinal, p.page, p.text) for d in catalog.documents() for p in catalog.document_passages(d.id)
        ),
        "profiles": catalog.profiles(),
        "certificates": sorted(
            (r.document_id, r.number or "", r.manufacturer_id or "", r.state, json.dumps(r.meta, sort_keys=True))
            for r in catalog.certificates()
        ),
        "codes": catalog.tariff_codes(),
    }


def test_the_embedded_corpus_loads_whole_and_twice_changes_nothing(catalog: Catalog) -> None:
    report = Pipeline(catalog, keep_states=True).ingest([sample_corpus()])
    assert {f.status for f in report.files} == {"added"}, [(f.file, f.reason) for f in report.rejected]
    assert {f.kind for f in report.files} == {"guide", "manufacturer", "certificate", "hts", "production"}
    assert not any(f.unmapped or f.rejected_rows for f in report.files)
    names = {Path(f.file).name for f in report.files}
    assert not names & {"README.md", "make_pdfs.py", "make_pdfs.yaml", "headings.csv"}
    before = contents(catalog)
    assert len(before["profiles"]) >= 60
    assert len(before["codes"]) >= 500
    again = Pipeline(catalog, keep_states=True).ingest([sample_corpus()])
    assert {f.status for f in again.files} == {"unchanged"}
    assert contents(catalog) == before


def test_every_sample_certificate_finds_its_manufacturer(catalog: Catalog) -> None:
    Pipeline(catalog, keep_states=True).ingest([sample_corpus() / "certificates", sample_corpus() / "manufacturers"])
    records = catalog.certificates()
    ids = {p["id"] for p, _, _ in catalog.profiles()}
    assert records
    assert {r.manufacturer_id for r in records} <= ids
    told = {(r.manufacturer_id, c["field"]) for r in records for c in r.meta.get("conflicts", [])}
    assert told == {("jarana-plasticos", "holder"), ("driftlake-molding", "scope")}
    assert {r.manufacturer_id for r in records if r.state == "claimed"} == {"jarana-plasticos"}


def test_report_of_a_schedule(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hts_2026_rev_10.json"
    rows = [ROW | {"htsno": "8544", "description": "Wire:", "general": "", "special": "", "other": "", "units": []}]
    path.write_text(json.dumps([*rows, ROW, ROW | {"htsno": "8544.42.20.00", "general": "wibble 3"}]))
    monkeypatch.setattr(schedules, "WHOLE_ROWS", 3)
    shown = Pipeline(catalog, keep_states=True).ingest([path]).files[0].as_dict()
    assert (shown["status"], shown["kind"], shown["document_id"]) == ("added", "hts", "hts:2026-rev-10")
    assert {k: shown["counts"][k] for k in ("rows", "lines", "rates", "unparsed")} == {
        "rows": 3, "lines": 2, "rates": 5, "unparsed": 1,
    }  # fmt: skip
    assert shown["reason"] is None
    assert shown["counts"]["unparsed_rates"] == shown["unparsed_rates"] == ["wibble 3"]
    [schedule] = catalog.schedules()
    assert (schedule.revision, schedule.effective_from, schedule.partial) == ("2026 rev 10", date(2026, 6, 8), False)
    assert schedule.title == "Harmonized Tariff Schedule of the United States (2026 revision 10)"
    [row] = catalog.tariff_rows("8544300000")
    assert (row.general, row.special, row.other, row.units) == ("5%", "Free (S)", "30%", ("No.",))
    json.dumps(shown)


def test_notes_say_what_a_reader_should_know(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "hts_2026_rev_10.json").write_text(json.dumps([ROW | {"general": "wibble 3"}]))
    (tmp_path / "p.json").write_text(json.dumps({"id": "p", "name": "P", "country": "MX", "processes": ["zorbing"]}))
    files = Pipeline(catalog, keep_states=True).ingest([tmp_path / "hts_2026_rev_10.json", tmp_path / "p.json"]).files
    assert files[0].notes[1:] == ["rates that were not understood: wibble 3"]
    assert files[1].notes == ["words that no vocabulary knows, kept as text: zorbing"]


def test_packed_or_not_a_schedule_is_the_same(tmp_path: Path, catalog: Catalog) -> None:
    data = json.dumps([ROW]).encode()
    files = [tmp_path / "hts_2026_rev_10.json", tmp_path / "hts_2026_rev_10.json.gz"]
    files[0].write_bytes(data)
    files[1].write_bytes(gzip.compress(data))
    assert [f.status for f in Pipeline(catalog, keep_states=True).ingest(files).files] == ["added", "unchanged"]


def test_the_csv_export_never_replaces_the_json_one(tmp_path: Path, catalog: Catalog) -> None:
    note = {"columns": ["general"], "marker": "1", "value": "See 9903.88.03.", "type": "endnote"}
    paper = tmp_path / "hts_2026_rev_4.json"
    paper.write_text(json.dumps([ROW | {"footnotes": [note]}]))
    table = tmp_path / "hts_2026_rev_4.csv"
    table.write_text(CSV_HEAD + '8544.30.00.00,0,Harnesses,"[""No.""]",5%,Free (S),30%,,\n')
    for order in ([paper, table], [table, paper]):
        fresh = Catalog(f"sqlite:///{tmp_path / order[0].name}.sqlite")
        files = [f for path in order for f in Pipeline(fresh, keep_states=True).ingest([path]).files]
        assert files[0].status == "added"
        [row] = fresh.tariff_rows("8544300000")
        assert row.footnotes[0]["headings"] == ["9903.88.03"]
        if order[0] is paper:
            assert files[1].status == "unchanged"
            assert "has none and was not put in its place" in files[1].warnings[-1]


def test_a_schedule_of_unknown_revision_asks_for_its_date(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([ROW]))
    [report] = Pipeline(catalog, keep_states=True).ingest([path]).files
    assert report.status == "rejected"
    assert "--effective-from" in str(report.reason)
    [report] = Pipeline(catalog, keep_states=True).ingest([path], effective_from=date(2027, 1, 1)).files
    assert report.status == "added"
    assert catalog.schedules()[0].effective_from == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("tenant", "vouched", "says"),
    [("acme", True, "shared by all"), ("acme", False, "shared"), ("public", False, "admin")],
)
@pytest.mark.parametrize("embedded", [False, True])
def test_only_who_answers_for_everybody_loads_a_schedule(
    tmp_path: Path, catalog: Catalog, tenant: str, vouched: bool, says: str, embedded: bool
) -> None:
    path = sample_corpus() / "tariff" / "lines.csv" if embedded else tmp_path / "hts_2026_rev_10.json"
    if not embedded:
        path.write_text(json.dumps([ROW]))
    for kind in (None, "hts"):
        [report] = Pipeline(catalog, tenant=tenant, keep_states=vouched).ingest([path], kind=kind).files
        assert report.status == "rejected"
        assert says in str(report.reason)
    assert catalog.schedules() == []


def test_a_part_of_a_revision_never_replaces_the_whole(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, part, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    lines = [ROW, ROW | {"htsno": "7318.15.20.10"}]
    for folder, rows in ((whole, lines), (part, lines[:1]), (other, lines[1:])):
        folder.mkdir()
        (folder / "hts_2026_rev_10.json").write_text(json.dumps(rows))
    monkeypatch.setattr(schedules, "WHOLE_ROWS", 2)
    load = Pipeline(catalog, keep_states=True).ingest
    assert load([whole]).files[0].warnings == []
    [report] = load([part]).files
    assert (report.status, report.document_id) == ("added", "hts:2026-rev-10-part-8544-8544")
    assert "not the whole schedule" in report.warnings[0]
    assert load([other]).files[0].document_id == "hts:2026-rev-10-part-7318-7318"
    found = {s.document_id: (s.partial, s.sample) for s in catalog.schedules()}
    assert found.pop("hts:2026-rev-10") == (False, False)
    assert list(found.values()) == [(True, False)] * 2
    assert len(catalog.tariff_codes("hts:2026-rev-10")) == 2
    assert {f.status for f in load([whole, part, other]).files} == {"unchanged"}


def test_what_a_folder_gives(tmp_path: Path) -> None:
    for name in (
        "b/2.md",
        "b/1.md",
        "a.txt",
        ".hidden.md",
        ".git/x.md",
        "README.md",
        "s.py",
        "s.yaml",
        "b/~$l.xlsx",
        "LICENSE",
    ):
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / name).write_text(TEXT)
    folder = tmp_path / "f"
    assert [key for _, key in expand([folder])] == ["a.txt", "b/1.md", "b/2.md"]
    assert [key for _, key in expand([folder / "README.md", folder, folder / "a.txt"])][:2] == ["README.md", "a.txt"]
    assert len(list(expand([folder, folder]))) == 3


def test_one_bad_file_stops_no_other(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.txt").write_text(TEXT)
    (tmp_path / "f" / "b.pdf").write_bytes(b"%PDF-1.7 cut")
    (tmp_path / "f" / "c.txt").write_text(TEXT + " Other.")
    report = Pipeline(catalog).ingest([tmp_path / "f", tmp_path / "missing.json"])
    assert [f.status for f in report.files] == ["added", "rejected", "added", "rejected"]
    assert report.files[3].reason == "there is no such file; check the path"


UNKNOWN = {
    "products.csv": b"hts8,ch99_code,category\n85443000,9903.01.25,wire\n",
    "policy.yaml": b"country_codes: {MX: '2010'}\nsection_201: {rate: 0.14}\n",
    "cases.jsonl": b'{"name": "one", "expected": 12}\n',
    "logo.png": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "model.parquet": b"PAR1" + bytes(40),
    "notes.odt": b"just text",
}


def test_what_is_of_no_kind_is_left_out_of_a_folder_by_name_and_refused_when_named(
    tmp_path: Path, catalog: Catalog
) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    for name, data in UNKNOWN.items():
        (folder / name).write_bytes(data)
    nothing = Pipeline(catalog).ingest([folder])
    assert nothing.refused, "nothing was loaded at all"
    (folder / "guide.txt").write_text(TEXT)
    report = Pipeline(catalog).ingest([folder])
    assert {Path(f.file).name for f in report.files if f.skipped} == set(UNKNOWN)
    assert all(f.status == "rejected" and f.as_dict()["skipped"] and f.reason for f in report.files if f.skipped)
    assert not report.refused
    for name in UNKNOWN:
        report = Pipeline(catalog).ingest([folder / name, folder / "guide.txt"])
        assert report.refused and not report.files[0].skipped, name
    assert Pipeline(catalog).ingest([folder], kind="manufacturer").refused
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        for file in folder.iterdir():
            packed.write(file, file.name)
    assert not Pipeline(catalog).ingest([tmp_path / "all.zip"]).refused


@pytest.mark.parametrize(
    ("name", "data"),
    [("cut.pdf", b"%PDF-1.7 cut"), ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(40)), ("half.json", b'{"id": ')],
)
def test_a_damaged_file_in_a_folder_is_refused(tmp_path: Path, catalog: Catalog, name: str, data: bytes) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "guide.txt").write_text(TEXT)
    (folder / name).write_bytes(data)
    assert Pipeline(catalog).ingest([folder]).refused


def test_an_unforeseen_failure_of_a_reader_is_that_files_alone(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingestion import pipeline

    def broken(given: Any, kind: Any) -> Any:
        if given.key == "a.txt":
            raise ZeroDivisionError
        return real(given, kind)

    real = pipeline.read
    monkeypatch.setattr(pipeline, "read", broken)
    (tmp_path / "f").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "f" / name).write_text(f"{TEXT} {name}")
    report = Pipeline(catalog).ingest([tmp_path / "f"])
    assert [f.status for f in report.files] == ["rejected", "added"]
    assert "ZeroDivisionError" in str(report.files[0].reason)


def test_a_crash_while_storing_leaves_what_the_next_run_completes(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": f"p{n}", "name": f"P{n}", "country": "MX"} for n in range(5)]
    (tmp_path / "p.json").write_text(json.dumps(rows))
    store, calls = Catalog.store, 0

    def failing(self: Catalog, document: Any, passages: Any, **rest: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return store(self, document, passages, **rest)

    monkeypatch.setattr(Catalog, "store", failing)
    with pytest.raises(KeyboardInterrupt):
        Pipeline(catalog).ingest([tmp_path / "p.json"])
    assert [p["id"] for p, _, _ in catalog.profiles()] == ["p0", "p1"]
    report = Pipeline(catalog).ingest([tmp_path / "p.json"])
    assert report.files[0].status == "updated"
    assert len(catalog.profiles()) == 5


def test_progress_counts_files(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "f").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "f" / name).write_text(f"{TEXT} {name}")
    seen: list[tuple[str, int, int]] = []
    Pipeline(catalog).ingest([tmp_path / "f"], progress=lambda *step: seen.append(step))
    assert seen == [("files", n, 2) for n in range(3)]


def test_a_wrong_kind_or_no_file_is_a_wrong_request(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="no kind 'recipe'") as wrong:
        Pipeline(catalog).ingest([tmp_path], kind="recipe")
    assert "chapter_99" in str(wrong.value.hint)
    with pytest.raises(InvalidInput, match="no file to load"):
        Pipeline(catalog).ingest([tmp_path / "empty"])


@pytest.mark.parametrize("kind", ["notes", "ruling", "chapter_99", "guide"])
def test_a_kind_given_overrules(tmp_path: Path, catalog: Catalog, kind: str) -> None:
    (tmp_path / "x.txt").write_text(TEXT)
    [report] = Pipeline(catalog).ingest([tmp_path / "x.txt"], kind=kind).files
    assert (report.status, report.kind) == ("added", kind)


def test_a_copied_sample_loads_like_the_packaged_one(tmp_path: Path, catalog: Catalog) -> None:
    shutil.copytree(sample_corpus() / "tariff", tmp_path / "tariff")
    [report] = Pipeline(catalog, keep_states=True).ingest([tmp_path / "tariff"]).files
    assert (report.status, report.kind) == ("added", "hts")
    assert all(s.partial and s.sample for s in catalog.schedules())

"""CBP rulings: what each letter says of itself, whatever its layout, and what rulings do to one another."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ingestion.pipeline import Pipeline
from ingestion.readers.text import load_yaml
from ingestion.sources.ruling_letters import looks_like_ruling, read_letter
from retrieval.catalog import Catalog

CASES: list[dict[str, Any]] = load_yaml((Path(__file__).parent / "cases" / "rulings.yaml").read_text("utf-8"))
LETTER = """{number}

{date}

CLA-2-85:OT:RR:NC:N2:209

CATEGORY: Classification

TARIFF NO.: 8544.30.0000

Ms. A. Person
A Company

RE: {subject}

Dear Ms. Person:

The applicable subheading for the wiring harness will be 8544.30.0000, Harmonized Tariff Schedule of the United States \
(HTSUS), which provides for ignition wiring sets and other wiring sets. The rate of duty will be 5 percent ad valorem.

{more}

Sincerely,

A. Director
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


def letter(folder: Path, number: str, day: str, subject: str = "A wiring harness from Mexico", more: str = "") -> Path:
    path = folder / f"letter about {number.lower()}.txt"
    path.write_text(LETTER.format(number=number, date=day, subject=subject, more=more), encoding="utf-8")
    return path


@pytest.mark.parametrize("case", CASES, ids=[c["file"] for c in CASES])
def test_what_the_letter_says(shared_data: Path, catalog: Catalog, case: dict[str, Any]) -> None:
    [report] = Pipeline(catalog).ingest([shared_data / "us/rulings" / case["file"]]).files
    document = catalog.document(f"ruling:{case['number']}")
    assert document is not None, report.reason
    meta = document.meta
    assert (report.kind, document.effective_from) == ("ruling", date.fromisoformat(case["issued"]))
    assert document.url == f"https://rulings.cbp.gov/ruling/{case['number']}"
    assert meta["category"] == case["category"]
    assert meta.get("subject") == case.get("subject")
    assert meta["hts"] == case["hts"]
    for name in ("chapter_99", "countries", "cites"):
        assert meta.get(name, []) == case.get(name, []), name
    if "rate" in case:
        assert [h["rate"] for h in meta["holdings"]] == [case["rate"]]
    assert document.legal_status == "ruling"


def test_no_word_of_any_letter_is_lost(shared_data: Path, catalog: Catalog) -> None:
    files = sorted((shared_data / "us/rulings").glob("*.txt"))
    report = Pipeline(catalog).ingest(files)
    assert {(f.status, f.kind) for f in report.files} == {("added", "ruling")}
    assert len(catalog.documents("ruling")) == len(files)
    for path in files:
        stored = " ".join(f"{p.paragraph} {p.text}" for p in catalog.document_passages(f"ruling:{path.stem}"))
        printed = path.read_text(encoding="utf-8")
        lost = Counter(re.findall(r"\w+", printed)) - Counter(re.findall(r"\w+", stored))
        assert not lost, (path.name, lost)  # words may stand twice: what introduces a list is repeated


def test_a_ruling_in_two_formats_is_one_document(shared_data: Path, catalog: Catalog) -> None:
    files = [shared_data / "us/rulings" / f"N336508.{ending}" for ending in ("html", "txt")]
    for order in permutations(files):
        report = Pipeline(catalog).ingest(order)
        assert catalog.counts()["documents"] == 1
        document = catalog.document("ruling:N336508")
        assert document is not None
        assert document.media_type == "text/html"
        assert any("was not put in its place" in w for f in report.files for w in f.warnings)


def test_a_revoked_ruling_is_marked_in_any_order(tmp_path: Path) -> None:
    files = [
        letter(tmp_path, "N300001", "March 1, 2019"),
        letter(
            tmp_path,
            "H310001",
            "July 7, 2022",
            "Revocation of NY N300001 and modification of NY N300002; wiring harnesses from Mexico",
        ),
        letter(tmp_path, "N300002", "March 2, 2019"),
        letter(tmp_path, "N300003", "March 3, 2019", more="NY N300001, dated March 1, 2019, is followed here."),
    ]
    for number, order in enumerate(permutations(files)):
        catalog = Catalog(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        for path in order:
            Pipeline(catalog).ingest([path])
        found = {d.key: d for d in catalog.documents("ruling")}
        states = {key: d.legal_status for key, d in found.items()}
        assert states == {"N300001": "revoked", "N300002": "modified", "N300003": "ruling", "H310001": "ruling"}
        [by] = found["N300001"].meta["revoked_by"]
        assert by == {"ruling": "H310001", "on": "2022-07-07", "document_id": "ruling:H310001"}
        assert found["N300003"].meta["cites"] == ["N300001"]
        assert {f.status for f in Pipeline(catalog).ingest(files).files} == {"unchanged"}
        catalog.close()


@pytest.mark.parametrize(
    ("text", "revokes", "modifies"),
    [
        ("NY N300001, dated March 1, 2019, is hereby revoked.", ("N300001",), ()),
        ("NY N300001 and NY N300002 are hereby MODIFIED. HQ H300003 is affirmed.", (), ("N300001", "N300002")),
        ("We considered whether to revoke NY N300001; it is affirmed.", (), ()),
        ("This ruling may be revoked or modified under 19 CFR 177.12.", (), ()),
    ],
)
def test_what_a_letter_does_to_others(text: str, revokes: tuple[str, ...], modifies: tuple[str, ...]) -> None:
    found = read_letter(LETTER.format(number="H310001", date="July 7, 2022", subject="Harnesses", more=text))
    assert (found.revokes, found.modifies) == (revokes, modifies)


def test_the_mark_of_the_site_counts_without_the_other_ruling(tmp_path: Path, catalog: Catalog) -> None:
    body = LETTER.format(number="N300001", date="March 1, 2019", subject="A harness", more="").replace(
        "\n\n", "</p><p>"
    )
    mark = '<o:Revoked_x0020_by dt:dt="string">H310001</o:Revoked_x0020_by>'
    (tmp_path / "a.html").write_text(
        f"<html><head><!--[if gte mso 9]><xml>{mark}</xml><![endif]--></head><p>{body}</p>"
    )
    Pipeline(catalog).ingest([tmp_path / "a.html"])
    document = catalog.document("ruling:N300001")
    assert document is not None
    assert document.legal_status == "revoked"
    assert [by["ruling"] for by in document.meta["revoked_by"]] == ["H310001"]


def test_a_text_about_rulings_is_none() -> None:
    assert not looks_like_ruling("How to ask for a ruling.\n\nWrite to NY N300001\n\nTARIFF NO.: none\n")

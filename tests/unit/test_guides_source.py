"""Guides and official texts: front matter, citations, and what is made of files without any."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF

from ingestion.pipeline import Pipeline, sample_corpus
from ingestion.report import FileReport
from retrieval.catalog import Catalog

GUIDE = """---
id: us-test
title: "A test guide"
language: en
kind: guide
legal_status: guidance
jurisdiction: [US]
topics: [test]
effective_from: 2020-07-01
effective_to:
citations:
  - {cite: "19 CFR 182.12", title: "Certification", url: "https://example.org/a"}
  - {cite: "19 CFR 182.1", title: "Scope", url: "https://example.org/b"}
---

## Who

The importer certifies goods of 8544.30.00 from Mexico [19 CFR 182.12(a)].
"""
SPANISH = "El importador debe conservar los documentos por cinco años y presentarlos cuando se los pidan."


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


def load(catalog: Catalog, path: Path, text: str | None = None, **options: Any) -> FileReport:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return Pipeline(catalog).ingest([path], **options).files[0]


def test_front_matter_becomes_the_document(tmp_path: Path, catalog: Catalog) -> None:
    report = load(catalog, tmp_path / "x.md", GUIDE)
    assert (report.status, report.kind, report.document_id) == ("added", "guide", "guide:us-test.en")
    document = catalog.document("guide:us-test.en")
    assert document is not None
    assert (document.title, document.language, document.legal_status) == ("A test guide", "en", "guidance")
    assert (document.effective_from, document.effective_to) == (date(2020, 7, 1), None)
    assert document.meta["guide_id"] == "us-test"
    [passage] = catalog.document_passages(document.id)
    assert passage.paragraph == "Who"
    assert [c["cite"] for c in passage.meta["citations"]] == ["19 CFR 182.12"]
    assert (passage.meta["hts"], passage.meta["countries"]) == (["85443000"], ["MX"])


def test_the_date_given_overrides(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, tmp_path / "x.md", GUIDE, effective_from=date(2024, 1, 1))
    document = catalog.document("guide:us-test.en")
    assert document is not None
    assert document.effective_from == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("language: en", "language: fr", "'fr' is not one of en, es"),
        ("effective_from: 2020-07-01", "effective_from: last summer", "'last summer' is not a date"),
        ("effective_to:", "effective_to: 2019-01-01", "is before effective_from"),
        ("id: us-test", "id: us test", "is not a slug"),
        ('{cite: "19 CFR 182.12",', "{", "citations must be a list"),
        ("topics: [test]", "id: again", "'id' stands twice"),
    ],
)
def test_wrong_front_matter_is_rejected_with_the_reason(
    tmp_path: Path, catalog: Catalog, old: str, new: str, says: str
) -> None:
    report = load(catalog, tmp_path / "x.md", GUIDE.replace(old, new))
    assert report.status == "rejected"
    assert says in str(report.reason)
    assert catalog.counts()["documents"] == 0


@pytest.mark.parametrize(
    ("name", "text", "title", "language"),
    [
        ("notas.md", f"# Registros\n\n{SPANISH}", "Registros", "es"),
        ("mis_notas.txt", f"{SPANISH}\n\n{SPANISH * 3}", SPANISH, "es"),
        ("plain-note.txt", "ok. " + "The importer must keep the records of the entry. " * 8, "plain note", "en"),
        ("page.html", f"<html><head><title>Aviso</title></head><body><p>{SPANISH}</p></body></html>", "Aviso", "es"),
    ],
)
def test_files_without_front_matter(
    tmp_path: Path, catalog: Catalog, name: str, text: str, title: str, language: str
) -> None:
    report = load(catalog, tmp_path / name, text)
    assert (report.status, report.kind) == ("added", "guide")
    document = catalog.document(str(report.document_id))
    assert document is not None
    assert (document.title, document.language, document.effective_from) == (title, language, None)


def test_a_pdf_guide_cites_by_page(tmp_path: Path, catalog: Catalog) -> None:
    pdf = FPDF()
    for text in (
        "The importer must keep the records of every entry.",
        "The records are kept for five years from the entry.",
    ):
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, text=text)
    pdf.output(str(tmp_path / "keeping.pdf"))
    report = load(catalog, tmp_path / "keeping.pdf")
    assert report.kind == "guide"
    document = catalog.document(str(report.document_id))
    assert document is not None
    assert (document.pages, document.language) == (2, "en")
    assert [p.text for p in catalog.document_passages(document.id, page=2)] == [
        "The records are kept for five years from the entry."
    ]


def test_the_same_bytes_elsewhere_are_not_loaded_twice(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "sub").mkdir()
    load(catalog, tmp_path / "a.txt", SPANISH)
    report = load(catalog, tmp_path / "sub" / "b.txt", SPANISH)
    assert (report.status, report.document_id) == ("unchanged", "guide:a.txt")


def test_files_of_one_name_in_two_folders_are_two_documents(tmp_path: Path, catalog: Catalog) -> None:
    for folder, word in (("a", "wire"), ("b", "resin")):
        (tmp_path / "g" / folder).mkdir(parents=True)
        (tmp_path / "g" / folder / "note.txt").write_text(f"The plant buys the {word} for the parts.")
    report = Pipeline(catalog).ingest([tmp_path / "g"])
    assert [f.status for f in report.files] == ["added", "added"]
    assert catalog.counts()["documents"] == 2


def test_the_sample_guides_come_in_pairs_with_their_citations(catalog: Catalog) -> None:
    report = Pipeline(catalog).ingest([sample_corpus() / "guides"])
    assert not report.rejected, [f.reason for f in report.rejected]
    documents = catalog.documents("guide")
    pairs: dict[str, set[str | None]] = {}
    for document in documents:
        pairs.setdefault(document.meta["guide_id"], set()).add(document.language)
    assert len(pairs) >= 70
    assert all(languages == {"en", "es"} for languages in pairs.values())
    for document in documents:
        named = {c["cite"] for p in catalog.document_passages(document.id) for c in p.meta.get("citations", [])}
        assert named, document.id


@pytest.mark.parametrize(
    ("name", "kind", "title"),
    [
        (
            "us/general_notes/general_rules_of_interpretation.pdf",
            "notes",
            "HTSUS General Rules of Interpretation, 2025 revision 7",
        ),
        (
            "us/rulings/N270709.txt",
            "ruling",
            "CBP ruling N270709: The tariff classification of garlic powder from China",
        ),
        (
            "us/usc_title_19/part-141.md",
            "guide",
            "19 U.S.C. § 1304. Marking of imported articles and containers",
        ),
    ],
)
def test_official_files_are_recognised(shared_data: Path, catalog: Catalog, name: str, kind: str, title: str) -> None:
    report = load(catalog, shared_data / name)
    document = catalog.document(str(report.document_id))
    assert document is not None
    assert (report.status, document.kind, document.title) == ("added", kind, title)
    if kind == "ruling":
        assert (document.effective_from, document.meta["hts"]) == (date(2015, 12, 15), ["0712904020"])
        assert document.url == "https://rulings.cbp.gov/ruling/N270709"

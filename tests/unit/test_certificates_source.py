"""Certificates: read from print and data in both languages, matched to manufacturers in any order of loading."""

from __future__ import annotations

import itertools
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF

from ingestion.linking import link_certificates, plain_name
from ingestion.pipeline import Pipeline
from ingestion.report import FileReport
from ingestion.sources.certificates import printed_fields
from retrieval.catalog import Catalog

ENGLISH = """Certificate of Registration
Certificate No.: Q-77
Standard: ISO 9001:2015
Holder: Moldes Ambar, S.A. de C.V.
Made.in profile: moldes-ambar
Scope of certification: Injection molding of housings
for hospital beds
Issued by: Casa X
Accreditation: Entity Y
Issue date: March 2, 2025
Valid until: 1 March 2028"""
SPANISH = """Certificado de registro
Norma: ISO 9001:2015
Número de certificado: Q-77
Titular: Moldes Ambar, S.A. de C.V.
Alcance: Moldeo por inyección de carcasas
Organismo certificador: Casa X
Acreditación: Entidad Y
Fecha de emisión: 2 de marzo de 2025
Vigencia hasta: 1 de marzo de 2028"""
PROFILE = {"id": "moldes-ambar", "name": "Moldes Ámbar", "country": "MX", "certifications": ["ISO 9001:2015"]}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


def printed(path: Path, text: str) -> Path:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    pdf.multi_cell(0, text=text)
    pdf.output(str(path))
    return path


def load(catalog: Catalog, *paths: Path, **options: Any) -> list[FileReport]:
    return Pipeline(catalog, **{"keep_states": True} | options).ingest(list(paths)).files


def profile(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps(PROFILE | changes), encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (SPANISH, "es")])
def test_printed_certificates(tmp_path: Path, catalog: Catalog, text: str, language: str) -> None:
    [report, _] = load(catalog, printed(tmp_path / "c.pdf", text), profile(tmp_path / "p.json"))
    assert (report.status, report.kind, report.counts["certificates"]) == ("added", "certificate", 1)
    [record] = catalog.certificates("moldes-ambar")
    assert (record.standard, record.number, record.issuer) == ("ISO 9001:2015", "Q-77", "Casa X")
    assert (record.issued, record.expires, record.state) == (date(2025, 3, 2), date(2028, 3, 1), "document_seen")
    assert record.evidence == "c.pdf"
    if language == "en":
        assert record.scope == "Injection molding of housings for hospital beds"
    assert "conflicts" not in record.meta


def test_json_certificates_one_or_many(tmp_path: Path, catalog: Catalog) -> None:
    one = {"type": "certificate", "standard": "UL 94", "number": "U-1", "holder": "X", "expires": "2027-01-01"}
    (tmp_path / "c.json").write_text(
        json.dumps([one, {**one, "number": "U-2", "expires": "soon"}, {**one, "standard": ""}])
    )
    [report] = load(catalog, tmp_path / "c.json")
    assert (report.status, report.kind, report.counts["certificates"]) == ("added", "certificate", 1)
    assert [
        "expires date: 'soon' is not a date" in str(p) or "names no standard" in str(p) for p in report.rejected_rows
    ] == [
        True,
        True,
    ]
    assert any("shows no issuer, issued" in w for w in report.warnings)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Valid until: 1 March 2028", "Valid until: 03/04/2028", "can be two dates"),
        ("Valid until: 1 March 2028", "Valid until: 1 March 2024", "before it was issued"),
        ("Standard: ISO 9001:2015", "Standards body: none", "names no standard"),
        ("Holder: Moldes Ambar, S.A. de C.V.\nMade.in profile: moldes-ambar\n", "", "names no holder"),
    ],
)
def test_wrong_certificates_say_why(tmp_path: Path, catalog: Catalog, old: str, new: str, says: str) -> None:
    path = printed(tmp_path / "c.pdf", ENGLISH.replace(old, new))
    [report] = Pipeline(catalog).ingest([path], kind="certificate").files
    assert report.status == "rejected"
    assert says in str(report.reason)
    assert catalog.counts()["documents"] == 0


def test_a_certificate_finds_its_manufacturer_in_any_order(tmp_path: Path) -> None:
    files = [
        printed(tmp_path / "by-name.pdf", SPANISH),
        printed(tmp_path / "by-id.pdf", ENGLISH.replace("Q-77", "Q-78")),
        profile(tmp_path / "p.json"),
    ]
    states = []
    for number, order in enumerate(itertools.permutations(files)):
        catalog = Catalog(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        for file in order:
            load(catalog, file)
        states.append(sorted((r.number, r.manufacturer_id, r.state, str(r.meta)) for r in catalog.certificates()))
    assert all(s == states[0] for s in states)
    assert [s[:3] for s in states[0]] == [
        ("Q-77", "moldes-ambar", "document_seen"),
        ("Q-78", "moldes-ambar", "document_seen"),
    ]


def test_two_manufacturers_of_one_name_are_not_guessed_between(tmp_path: Path, catalog: Catalog) -> None:
    load(
        catalog,
        printed(tmp_path / "c.pdf", SPANISH),
        profile(tmp_path / "a.json"),
        profile(tmp_path / "b.json", id="moldes-ambar-norte"),
    )
    [record] = catalog.certificates()
    assert record.manufacturer_id is None


def test_a_certificate_of_somebody_else_confirms_nothing(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, printed(tmp_path / "c.pdf", ENGLISH), profile(tmp_path / "p.json", name="Plásticos Cobalto"))
    [record] = catalog.certificates("moldes-ambar")
    assert record.state == "claimed"
    assert record.meta["conflicts"] == [
        {"field": "holder", "profile": "Plásticos Cobalto", "document": "Moldes Ambar, S.A. de C.V."}
    ]
    load(catalog, profile(tmp_path / "p.json"))
    [record] = catalog.certificates("moldes-ambar")
    assert (record.state, record.meta.get("conflicts")) == ("document_seen", None)


def test_differences_from_the_claim_are_noted(tmp_path: Path, catalog: Catalog) -> None:
    claim = {"standard": "ISO 9001:2015", "scope": "Everything", "expires": "2029-01-01", "issued": "2025-03-02"}
    load(catalog, profile(tmp_path / "p.json", certifications=[claim]), printed(tmp_path / "c.pdf", ENGLISH))
    [record] = catalog.certificates("moldes-ambar")
    assert {c["field"] for c in record.meta["conflicts"]} == {"scope", "expires"}
    assert record.state == "document_seen"


def data(path: Path, **changes: Any) -> Path:
    one = {
        "type": "certificate", "standard": "ISO 9001:2015", "number": "Q-79", "holder": "Moldes Ambar",
        "issuer": "Casa X", "state": "document_seen",
    }  # fmt: skip
    path.write_text(json.dumps(one | changes), encoding="utf-8")  # JSON is YAML too
    return path


@pytest.mark.parametrize("form", ["pdf", "json", "yaml"])
def test_an_upload_that_nobody_answers_for_stays_a_claim(tmp_path: Path, catalog: Catalog, form: str) -> None:
    path = tmp_path / f"c.{form}"
    text = ENGLISH + "\n\nSample document, fictional."
    paper = printed(path, text) if form == "pdf" else data(path, sample=True)
    load(catalog, profile(tmp_path / "p.json"))
    [report] = load(catalog, paper, keep_states=False)
    assert report.status == "added"
    assert any("counts as a claim" in w for w in report.warnings)
    assert [r.state for r in catalog.certificates("moldes-ambar")] == ["claimed"]
    [report] = load(catalog, paper)
    assert (report.status, any("counts as a claim" in w for w in report.warnings)) == ("updated", False)
    assert [r.state for r in catalog.certificates("moldes-ambar")] == ["document_seen"]
    [report] = load(catalog, paper, keep_states=False)
    assert report.status == "unchanged"
    assert [r.state for r in catalog.certificates("moldes-ambar")] == ["document_seen"]


def test_an_upload_does_not_take_the_place_of_a_vouched_certificate(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, profile(tmp_path / "p.json"), data(tmp_path / "c.json", expires="2027-01-01"))
    [report] = load(catalog, data(tmp_path / "d.json", expires="2040-01-01"), keep_states=False)
    assert report.status == "unchanged"
    assert any("was not put in its place" in w for w in report.warnings)
    [record] = catalog.certificates("moldes-ambar")
    assert (record.expires, record.state) == (date(2027, 1, 1), "document_seen")


def test_a_foreign_holder_never_counts_as_seen_not_even_before_linking(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the storing of a file and the linking of all, readers of the catalog see claims."""

    def seen() -> list[str]:
        return [r.state for r in catalog.certificates("moldes-ambar")]

    with monkeypatch.context() as unlinked:
        unlinked.setattr("ingestion.pipeline.link_certificates", lambda catalog: 0)
        load(catalog, printed(tmp_path / "c.pdf", ENGLISH))
        load(catalog, profile(tmp_path / "p.json", name="Plásticos Cobalto"))
        assert seen() == ["claimed"]
    load(catalog, profile(tmp_path / "p.json"))
    assert seen() == ["document_seen"]
    with monkeypatch.context() as unlinked:
        unlinked.setattr("ingestion.pipeline.link_certificates", lambda catalog: 0)
        load(catalog, profile(tmp_path / "p.json", name="Plásticos Cobalto"))
        assert seen() == ["claimed"]
    load(catalog, tmp_path / "p.json")  # unchanged; the linking that a crash left out is made good
    [record] = catalog.certificates("moldes-ambar")
    assert (record.state, record.meta["conflicts"][0]["field"]) == ("claimed", "holder")


def test_linking_reads_and_writes_in_one_transaction(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that comes while certificates are compared has to wait: it can't slip in between."""
    load(catalog, profile(tmp_path / "p.json"), printed(tmp_path / "c.pdf", ENGLISH))
    tried: list[str] = []

    def intruding(record: Any, shown: Any) -> list[dict[str, str]]:
        other = sqlite3.connect(tmp_path / "catalog.sqlite", timeout=0)
        try:
            other.execute("UPDATE certificates SET holder = 'Somebody Else'")
        except sqlite3.OperationalError as error:
            tried.append(str(error))
        finally:
            other.close()
        return []

    monkeypatch.setattr("ingestion.linking.conflicts", intruding)
    link_certificates(catalog)
    assert tried == ["database is locked"]


def test_a_tenants_certificate_stays_the_tenants(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, profile(tmp_path / "p.json"))
    load(catalog, printed(tmp_path / "c.pdf", SPANISH), tenant="acme")
    assert catalog.certificates("moldes-ambar", ("public",)) == []
    assert [r.number for r in catalog.certificates("moldes-ambar", ("public", "acme"))] == ["Q-77"]


def test_labels_are_read_whatever_their_case_and_accents() -> None:
    found = printed_fields(
        "NORMA: A\nNUMERO DE CERTIFICADO: 7\nRazón social: B\nEmitido por: C\nVálido hasta: 2027-01-01"
    )
    assert found == {"standard": "A", "number": "7", "holder": "B", "issuer": "C", "expires": "2027-01-01"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Moldes Ámbar, S.A. de C.V.", "MOLDES AMBAR", True),
        ("Acme Tool Co., Ltd.", "Acme Tool", True),
        ("Inyectados Jarana y Compañía, planta Guadalajara", "Jarana Plásticos", False),
        ("Co", "Inc", False),
    ],
)
def test_names_are_compared_without_legal_forms(one: str, other: str, same: bool) -> None:
    assert (plain_name(one) == plain_name(other)) is same

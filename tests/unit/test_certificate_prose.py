"""Certificates as bodies really print them: in Spanish, in sentences, for two standards, to the last day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF

from assistant.sourcing.types import Certification
from ingestion.pipeline import Pipeline
from ingestion.sources.certificate_prose import days_of_range, prose_fields, standards_of
from retrieval.catalog import Catalog

PROFILE = """id: ambar
name: Moldes Ámbar S.A. de C.V.
country: MX
region: Jalisco
city: Zapopan
processes: [injection_molding]
"""
SPANISH = """CERTIFICADO
Otorgado a: Moldes Ambar, SA de CV
Domicilio: Av. Vallarta 100, Zapopan, Jalisco
Norma: ISO 9001:2015
Registro No.: MX-1234
Alcance: Moldeo por inyección de plásticos
Organismo certificador: Normas del Centro A.C.
Fecha de emisión: 03 de marzo de 2024
Vigencia: hasta el 2 de marzo de 2027
"""
SENTENCES = """CERTIFICATE
This is to certify that the quality management system of
Moldes Ambar S.A. de C.V., Av. Vallarta 100, Zapopan, has been assessed and
complies with ISO 9001:2015. Certificate No. QX-77.
Date of issue: 1 June 2024. Valid until 31 May 2027.
"""
TWO = """CERTIFICATE OF REGISTRATION
Holder: Moldes Ambar SA de CV
Standards: ISO 9001:2015 and ISO 14001:2015
Certificate number: 555
Issued by: Global Cert Ltd
Validity: 2024-05-01 to 2027-04-30
"""
OTHER = """CERTIFICATE
This is to certify that
Acero del Norte S.A. de C.V.
Monterrey, Nuevo Leon
operates a quality management system to ISO 9001:2015
Certificate No: 9
Valid until: 2027-01-01
Manufacturer id: ambar
"""


def load(tmp_path: Path, text: str) -> tuple[Any, list[Any]]:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=11)
    for line in text.split("\n"):
        made.multi_cell(0, 7, text=line or " ", new_x="LMARGIN")
    (tmp_path / "p.yaml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "c.pdf").write_bytes(bytes(made.output()))
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    report = Pipeline(catalog, keep_states=True).ingest([tmp_path / "p.yaml", tmp_path / "c.pdf"])
    return report.files[1], [c for c in catalog.certificates() if c.evidence == "c.pdf"]


@pytest.mark.parametrize(
    ("text", "number", "issued", "expires"),
    [
        (SPANISH, "MX-1234", date(2024, 3, 3), date(2027, 3, 2)),
        (SENTENCES, "QX-77", date(2024, 6, 1), date(2027, 5, 31)),
    ],
)
def test_labels_in_spanish_and_sentences(tmp_path: Path, text: str, number: str, issued: date, expires: date) -> None:
    report, [record] = load(tmp_path, text)
    assert (report.kind, record.manufacturer_id, record.state) == ("certificate", "ambar", "document_seen")
    assert (record.standard, record.number) == ("ISO 9001:2015", number)
    assert (record.issued, record.expires) == (issued, expires)


def test_two_standards_on_one_page_are_two_records(tmp_path: Path) -> None:
    _, records = load(tmp_path, TWO)
    assert [(r.standard, r.number, r.meta["edition"]) for r in records] == [
        ("ISO 9001:2015", "555", "2015"),
        ("ISO 14001:2015", "555", "2015"),
    ]
    assert {(r.issued, r.expires, r.state) for r in records} == {(date(2024, 5, 1), date(2027, 4, 30), "document_seen")}


def test_another_holder_is_flagged_and_confirms_nothing(tmp_path: Path) -> None:
    _, [record] = load(tmp_path, OTHER)
    assert record.state == "claimed"
    assert record.meta["conflicts"] == [
        {"field": "holder", "profile": "Moldes Ámbar S.A. de C.V.", "document": "Acero del Norte S.A. de C.V."}
    ]


def test_the_last_day_still_counts_and_the_next_does_not() -> None:
    last = date(2027, 3, 2)
    paper = Certification(standard="ISO 9001:2015", state="document_seen", expires=last)
    assert paper.state_on(last) == "document_seen"
    assert paper.state_on(last + timedelta(days=1)) == "expired"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ISO 9001:2015 and ISO 14001:2015", ["ISO 9001:2015", "ISO 14001:2015"]),
        ("ISO 9001:2015, ISO 14001:2015 y ISO 45001:2018", ["ISO 9001:2015", "ISO 14001:2015", "ISO 45001:2018"]),
        ("NMX-CC-9001-IMNC-2015 / ISO 9001:2015", ["NMX-CC-9001-IMNC-2015 / ISO 9001:2015"]),
        ("ISO 9001:2015 and the rules of the scheme", ["ISO 9001:2015 and the rules of the scheme"]),
    ],
)
def test_standards(text: str, expected: list[str]) -> None:
    assert standards_of(text) == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("del 3 de marzo de 2024 al 2 de marzo de 2027", ("3 de marzo de 2024", "2 de marzo de 2027")),
        ("2024-05-01 to 2027-04-30", ("2024-05-01", "2027-04-30")),
        ("hasta el 2 de marzo de 2027", None),
        ("3 years", None),
    ],
)
def test_ranges(text: str, days: tuple[str, str] | None) -> None:
    assert days_of_range(text) == days


def test_a_guide_about_certificates_is_none() -> None:
    assert prose_fields("A certificate to ISO 9001:2015 says who was audited. Ask for the number.") == {}

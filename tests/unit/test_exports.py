"""Exports: what a spreadsheet could run is text, figures and sources come along, drafts are in the right language."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from assistant.bootstrap import Services, open_services
from assistant.cli import main
from assistant.config import load_settings
from assistant.errors import InvalidInput, NotFound
from assistant.exports.files import harmless, to_csv, to_pdf, to_xlsx
from assistant.exports.model import Brief, Sheet
from assistant.exports.rfq import language_of
from assistant.exports.run import drafts, export
from assistant.tools import call

NEED = {"need": "injection molding of ABS housings with ISO 9001, 20,000 a month", "as_of": "2026-11-22", "limit": 4}
COMPARE: dict[str, Any] = {
    "hts": "8544300000",
    "quantity": 10_000,
    "destination_place": "Laredo, TX",
    "entry_date": "2026-06-15",
    "unit_weight_kg": "0.3",
    "scenarios": [
        {"name": "=Juárez", "manufacturer_id": "paso-alto-arneses", "unit_price": "4.10", "incoterm": "FCA"},
        {"name": "Shenzhen", "origin": "CN", "origin_place": "Shenzhen", "unit_price": "3.90", "incoterm": "FOB"},
    ],
}
HOSTILE = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "\r=cmd",
    "＝1+1",
    "\u200b=1",
    '=HYPERLINK("http://x")',
    "|calc",
]


@pytest.fixture(scope="module")
def services(filled_home: Path) -> Services:
    return open_services(load_settings({"SOURCING_HOME": str(filled_home)}))


def brief(*cells: Any) -> Brief:
    return Brief(
        "find_manufacturers", "en", date(2026, 11, 1), (), (Sheet("matches", ("name",), [[c] for c in cells]),)
    )


@pytest.mark.parametrize("value", HOSTILE)
def test_no_cell_begins_like_a_formula(value: str) -> None:
    assert harmless(value)[0] == "'"
    row = list(csv.reader(io.StringIO(to_csv(brief(value)).decode("utf-8-sig"))))[1]
    assert row[0].startswith("'")
    cell = load_workbook(io.BytesIO(to_xlsx(brief(value)))).worksheets[1]["A2"]
    assert cell.data_type == "s" and str(cell.value).startswith("'")


@pytest.mark.parametrize("value", ["Moldes = más", "ISO 9001", "a-b", "3 + 4", ""])
def test_ordinary_text_stays_as_it_is(value: str) -> None:
    assert harmless(value) == value


def test_numbers_stay_numbers() -> None:
    sheet = load_workbook(io.BytesIO(to_xlsx(brief(Decimal("-5.25"), date(2026, 1, 2))))).worksheets[1]
    assert sheet["A2"].value == -5.25 and sheet["A3"].value.date() == date(2026, 1, 2)


def test_odd_letters_and_control_characters_break_no_writer() -> None:
    odd = brief("Bắc Ninh 深圳 → ≤ \x00\x08 \ud800", "x" * 40_000)
    assert to_pdf(odd).startswith(b"%PDF") and to_xlsx(odd) and to_csv(odd)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_shortlist_says_what_the_tool_says(services: Services, language: str) -> None:
    found = call(services, "find_manufacturers", {**NEED, "language": language})
    assert found["matches"]
    file = export(services, "find_manufacturers", {**NEED, "language": language}, "csv")
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert [(int(r[0]), r[1], float(r[5])) for r in rows[1:]] == [
        (rank, m["name"], m["score"]) for rank, m in enumerate(found["matches"], start=1)
    ]
    assert all(len(row) == len(rows[0]) and "2026-11-22" in row[-2] and found["sources"][0]["title"] in row[-1]
               for row in rows[1:])  # fmt: skip
    pages = PdfReader(io.BytesIO(export(services, "find_manufacturers", {**NEED, "language": language}, "pdf").data))
    text = " ".join(" ".join(page.extract_text() for page in pages.pages).split())
    for fact in (found["matches"][0]["name"], found["not_covered"][0], "2026-11-22",
                 {"en": "Sources", "es": "Fuentes"}[language]):  # fmt: skip
        assert " ".join(fact.split()) in text


def test_a_comparison_keeps_amounts_parts_and_flips(services: Services) -> None:
    found = call(services, "compare_landed_cost", COMPARE)
    book = load_workbook(io.BytesIO(export(services, "compare_landed_cost", COMPARE, "xlsx").data))
    ranking = book["Ranking"]
    names = [cell.value for cell in ranking[1]]
    by_name = {row[1].value: row for row in ranking.iter_rows(min_row=2)}
    for scenario in found["scenarios"]:
        row = by_name["'" * scenario["name"].startswith("=") + scenario["name"]]
        for head, value in (("Unit price, USD", scenario["unit_price"]),
                            ("Customs value, USD", scenario["customs_value"]),
                            ("Landed in all, USD", scenario["landed_cost"])):  # fmt: skip
            shown = row[names.index(head)].value
            assert shown is None if value is None else Decimal(str(shown)) == Decimal(value)
    assert book["Cost parts"].max_row - 1 == sum(len(s["parts"]) for s in found["scenarios"])
    assert not any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def test_a_plan_and_a_profile_are_written_too(services: Services) -> None:
    plan = {"id": "paso-alto-arneses", "as_of": "2026-11-22",
            "stages": [{"name": "Pilot", "volume": 300, "from": "2027-02-01"}]}  # fmt: skip
    assert export(services, "plan_scale_up", plan, "pdf").data.startswith(b"%PDF")
    assert b"IPC" in export(services, "manufacturer_profile", {"id": "paso-alto-arneses"}, "csv").data


def test_drafts_are_written_in_the_supplier_s_language(services: Services) -> None:
    written = drafts(services, "find_manufacturers", NEED)
    assert {draft.language for draft in written} == {"en", "es"}
    for draft in written:
        opening = {"en": f"Dear {draft.name} team", "es": f"Estimado equipo de {draft.name}"}[draft.language]
        assert opening in draft.body and "ISO 9001" in draft.body and "20,000" in draft.body
        assert "{" not in draft.body + draft.subject
    one = drafts(services, "compare_landed_cost", COMPARE)
    assert [d.manufacturer_id for d in one] == ["paso-alto-arneses"] and "FCA" in one[0].body


@pytest.mark.parametrize(
    ("country", "languages", "wanted"),
    [("MX", ["es", "en"], "es"), ("MX", ["en"], "en"), ("US", ["es"], "es"), ("US", [], "en"), ("CO", [], "es"),
     ("CN", ["zh", "en"], "en")],
)  # fmt: skip
def test_language_of_a_supplier(country: str, languages: list[str], wanted: str) -> None:
    assert language_of(country, languages) == wanted


def test_what_cannot_be_exported_says_so(services: Services) -> None:
    with pytest.raises(NotFound):
        export(services, "estimate_duty", {}, "pdf")
    with pytest.raises(InvalidInput):
        export(services, "find_manufacturers", NEED, "docx")
    with pytest.raises(InvalidInput):
        drafts(services, "compare_landed_cost", {**COMPARE, "scenarios": [
            {"origin": "MX", "unit_price": "4", "incoterm": "FCA"},
            {"origin": "CN", "unit_price": "3", "incoterm": "FOB"},
        ]})  # fmt: skip


def test_the_command_line_writes_files(filled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCING_HOME", str(filled_home))
    request = '{"processes": ["injection_molding"], "limit": 1}'
    assert main(["export", "find_manufacturers", request, "--to", str(tmp_path / "a/s.csv"), "--lang", "es"]) == 0
    assert "Lista corta" in (tmp_path / "a/s.csv").read_text(encoding="utf-8-sig")
    assert main(["export", "find_manufacturers", request, "--rfq", str(tmp_path / "rfq")]) == 0
    assert len(list((tmp_path / "rfq").glob("*.md"))) == 1
    assert main(["export", "find_manufacturers", request]) == 2
    assert main(["export", "find_manufacturers", request, "--to", "s.exe"]) == 2


def test_the_api_sends_files(filled_home: Path) -> None:
    from fastapi.testclient import TestClient

    from assistant.api import create_app

    app = create_app(load_settings({"SOURCING_HOME": str(filled_home)}))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        reply = client.post("/v1/export/find_manufacturers?format=xlsx", json={"processes": ["injection_molding"]})
        assert reply.status_code == 200 and "shortlist" in reply.headers["content-disposition"]
        assert load_workbook(io.BytesIO(reply.content)).sheetnames[1] == "Matches"
        found = client.post(
            "/v1/export/find_manufacturers?format=rfq", json={"processes": ["injection_molding"]}
        ).json()
        assert found["drafts"][0]["body"]
        assert client.post("/v1/export/estimate_duty", json={}).status_code == 404

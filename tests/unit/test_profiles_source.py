"""Profiles in every format of the contract: same result, bad rows alone, claims kept claims."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from fpdf import FPDF
from openpyxl import Workbook

from ingestion.pipeline import Pipeline
from ingestion.report import FileReport
from retrieval.catalog import Catalog

PROFILE: dict[str, Any] = {
    "id": "moldes-ambar",
    "name": "Moldes Ámbar",
    "country": "MX",
    "region": "Querétaro",
    "city": "El Marqués",
    "latitude": 20.605,
    "longitude": -100.331,
    "processes": ["injection_molding", "overmolding"],
    "materials": ["abs", "polycarbonate"],
    "industries": ["medical_devices"],
    "capabilities": [
        {
            "process": "injection_molding",
            "monthly_capacity": 200000,
            "unit": "pieces",
            "utilization": 0.6,
            "min_order": 1000,
        }
    ],
    "certifications": [
        {
            "standard": "ISO 13485:2016",
            "number": "C-1",
            "issuer": "Casa X",
            "issued": "2025-02-01",
            "expires": "2028-01-31",
        }
    ],
    "programs": ["IMMEX"],
    "languages": ["es", "en"],
    "founded": 1999,
    "employees": 120,
    "exports_to": ["US"],
    "summary": {"en": "Molds housings in ABS.", "es": "Moldea carcasas de ABS."},
    "contact": {"email": "ventas@example.com"},
}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


def load(catalog: Catalog, path: Path, text: str | bytes | None = None, **options: Any) -> FileReport:
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Pipeline(catalog, **options).ingest([path]).files[0]


def cells(profile: dict[str, Any]) -> dict[str, Any]:
    flat = {}
    for key, value in profile.items():
        if key in ("capabilities", "certifications", "summary", "contact"):
            flat[key] = json.dumps(value)
        else:
            flat[key] = ";".join(value) if isinstance(value, list) else value
    return flat


def write(folder: Path, fmt: str, profile: dict[str, Any]) -> Path:
    path = folder / f"plants.{fmt}"
    if fmt in ("csv", "tsv"):
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(profile), delimiter="\t" if fmt == "tsv" else ",")
            writer.writeheader()
            writer.writerow(cells(profile))
    elif fmt == "xlsx":
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(profile))
        sheet.append(list(cells(profile).values()))
        book.save(path)
    else:
        plain = yaml.safe_dump(profile, allow_unicode=True)
        text = {
            "json": json.dumps([profile]),
            "jsonl": json.dumps(profile) + "\n",
            "yaml": plain,
            "md": f"---\n{plain}---\n",
        }[fmt]
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("fmt", ["json", "jsonl", "yaml", "csv", "tsv", "xlsx", "md"])
def test_every_format_gives_the_same_profile(tmp_path: Path, catalog: Catalog, fmt: str) -> None:
    report = load(catalog, write(tmp_path, fmt, PROFILE))
    assert (report.status, report.kind, report.document_id) == ("added", "manufacturer", "manufacturer:moldes-ambar")
    [(profile, document_id, unmapped)] = catalog.profiles()
    assert (document_id, unmapped) == ("manufacturer:moldes-ambar", [])
    for key in set(PROFILE) - {"capabilities", "certifications"}:
        assert profile[key] == PROFILE[key], key
    assert PROFILE["capabilities"][0].items() <= profile["capabilities"][0].items()
    assert PROFILE["certifications"][0].items() <= profile["certifications"][0].items()


def test_another_format_of_the_same_profile_is_unchanged(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, write(tmp_path, "json", PROFILE))
    for fmt in ("jsonl", "yaml", "csv", "tsv", "xlsx", "md"):
        assert load(catalog, write(tmp_path, fmt, PROFILE)).status == "unchanged", fmt


def test_a_changed_profile_replaces_only_itself(tmp_path: Path, catalog: Catalog) -> None:
    other = PROFILE | {"id": "otra", "name": "Otra"}
    load(catalog, tmp_path / "a.json", json.dumps([PROFILE, other]))
    report = load(catalog, tmp_path / "b.json", json.dumps(PROFILE | {"employees": 121}))
    assert report.status == "updated"
    assert "came from a.json" in report.warnings[0]
    assert {p["id"]: p["employees"] for p, _, _ in catalog.profiles()} == {"moldes-ambar": 121, "otra": 120}


def test_passages_are_bilingual_and_readable(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, write(tmp_path, "json", PROFILE))
    english, spanish = catalog.document_passages("manufacturer:moldes-ambar")
    assert (english.language, spanish.language) == ("en", "es")
    assert "Molds housings in ABS." in english.text
    assert "Injection molding" in english.text
    assert "Moldeo por inyección" in spanish.text
    assert "ISO 13485:2016 (declarada)" in spanish.text


def test_markdown_body_is_searchable_in_its_language(tmp_path: Path, catalog: Catalog) -> None:
    front = yaml.safe_dump(PROFILE, allow_unicode=True)
    body = "# X\n\n## Equipo\n\nLa planta tiene doce prensas y un cuarto limpio para el ensamble de las piezas.\n"
    load(catalog, tmp_path / "p.md", f"---\n{front}---\n{body}")
    last = catalog.document_passages("manufacturer:moldes-ambar")[-1]
    assert (last.paragraph, last.language) == ("Equipo", "es")


def test_words_are_mapped_or_kept_and_reported(tmp_path: Path, catalog: Catalog) -> None:
    changed = PROFILE | {
        "processes": ["Inyección de plástico", "quantum weaving"],
        "materials": ["ABS", "unobtainium"],
        "certifications": ["ISO 9001:2015", "Zorblax 7"],
        "capabilities": [],
    }
    report = load(catalog, tmp_path / "a.json", json.dumps(changed))
    [(profile, _, unmapped)] = catalog.profiles()
    assert profile["processes"] == ["injection_molding", "quantum weaving"]
    assert profile["materials"] == ["abs", "unobtainium"]
    assert [c["standard"] for c in profile["certifications"]] == ["ISO 9001:2015", "Zorblax 7"]
    assert unmapped == report.unmapped == ["quantum weaving", "unobtainium", "Zorblax 7"]
    assert "unobtainium" in catalog.document_passages("manufacturer:moldes-ambar")[0].text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": None}, "there is no id for 'Moldes Ámbar'; add a unique id that never changes, such as 'moldes-ambar'"),
        ({"id": "no slug!"}, "'no slug!' is not a slug"),
        ({"name": " "}, "has no name"),
        ({"country": "Chinna"}, "'Chinna' is not a country; did you mean CN?"),
        ({"country": None}, "there is no country"),
        ({"latitude": 120}, "latitude 120 is above 90"),
        ({"longitude": None}, "longitude is missing"),
        ({"latitude": "north"}, "latitude 'north' is not a number"),
        ({"founded": "long ago"}, "founded 'long ago' is not a number"),
        ({"employees": -4}, "employees -4 is negative"),
        ({"processes": {"a": 1}}, "processes must be a list of words"),
        ({"capabilities": [{"monthly_capacity": 5}]}, "one of the capabilities has no process"),
        ({"capabilities": [{"process": "x", "monthly_capacity": -5}]}, "monthly_capacity -5 is negative"),
        (
            {"capabilities": [{"process": "x", "utilization": 65}]},
            "utilization 65 is above 1; write a share between 0 and 1",
        ),
        ({"capabilities": [{"process": "x", "lead_time_days": 2.5}]}, "not a whole number of days"),
        ({"capabilities": [{"process": "x", "min_order": "nan"}]}, "not a finite number"),
        (
            {"certifications": [{"standard": "A", "expires": "2027-02-30"}]},
            "'2027-02-30' is not a date of the calendar",
        ),
        (
            {"certifications": [{"standard": "A", "issued": "2027-01-02", "expires": "2026-01-01"}]},
            "before it was issued",
        ),
        ({"certifications": [{"standard": "A", "state": "blessed"}]}, "the state 'blessed' is not one of claimed"),
        ({"sample": "perhaps"}, "sample 'perhaps' is neither true nor false"),
    ],
)
def test_a_wrong_field_says_which_and_what_to_do(
    tmp_path: Path, catalog: Catalog, change: dict[str, Any], says: str
) -> None:
    bad = {k: v for k, v in (PROFILE | change).items() if v is not None}
    good = PROFILE | {"id": "buena", "name": "Buena"}
    report = load(catalog, tmp_path / "a.json", json.dumps([good, bad], indent=1))
    assert report.status == "added"
    assert [p["id"] for p, _, _ in catalog.profiles()] == ["buena"]
    [problem] = report.rejected_rows
    assert says in problem.reason
    lines = (tmp_path / "a.json").read_text().splitlines()
    assert problem.line is not None
    assert lines[problem.line - 1].strip() == "{"
    assert report.reason is not None
    assert report.reason.startswith("1 row was left out: line ")


def test_one_bad_csv_row_is_left_out_with_its_line(tmp_path: Path, catalog: Catalog) -> None:
    text = "id,name,country,processes\na,A,MX,injection_molding\nb,B,Chinna,welding\nc,C,CA,welding,extra\nd,D,US,\n"
    report = load(catalog, tmp_path / "a.csv", text)
    assert report.status == "added"
    assert report.counts["manufacturers"] == 2
    assert [(p.line, p.reason[:24]) for p in report.rejected_rows] == [
        (3, "country 'Chinna' is not "),
        (4, "it has 5 cells but the h"),
    ]


def test_the_same_id_twice_in_a_file(tmp_path: Path, catalog: Catalog) -> None:
    report = load(catalog, tmp_path / "a.csv", "id,name,country\na,A,MX\na,B,MX\n")
    assert report.rejected_rows[0].line == 3
    assert "already stands on line 2" in report.rejected_rows[0].reason


def test_a_table_without_id_column_is_rejected_whole(tmp_path: Path, catalog: Catalog) -> None:
    report = load(catalog, tmp_path / "a.csv", "name,country,processes,materials\nA,MX,welding,abs\n")
    assert report.status == "rejected"
    assert report.reason is not None
    assert "the column 'id' is missing" in report.reason


def test_a_suppliers_own_word_is_only_a_claim(tmp_path: Path, catalog: Catalog) -> None:
    states = ["document_seen", "issuer_verified", "claimed", "expired", "revoked"]
    marked = PROFILE | {"certifications": [{"standard": f"ISO {n}", "state": s} for n, s in enumerate(states)]}
    report = load(catalog, tmp_path / "a.json", json.dumps(marked))
    kept = ["claimed", "claimed", "claimed", "expired", "revoked"]
    assert [c["state"] for c in catalog.profiles()[0][0]["certifications"]] == kept
    assert any("lowered to claimed for moldes-ambar" in w for w in report.warnings)
    load(catalog, tmp_path / "a.json", json.dumps(marked | {"sample": True}))  # its own word too
    assert [c["state"] for c in catalog.profiles()[0][0]["certifications"]] == kept
    report = load(catalog, tmp_path / "a.json", json.dumps(marked), keep_states=True)
    assert not any("lowered" in w for w in report.warnings)
    assert [c["state"] for c in catalog.profiles()[0][0]["certifications"]] == states


def test_tenants_keep_their_own(tmp_path: Path, catalog: Catalog) -> None:
    load(catalog, tmp_path / "a.json", json.dumps(PROFILE))
    report = load(catalog, tmp_path / "b.json", json.dumps(PROFILE | {"name": "Mío"}), tenant="acme")
    assert report.document_id == "manufacturer:moldes-ambar@acme"
    assert [p["name"] for p, _, _ in catalog.profiles(("public",))] == ["Moldes Ámbar"]
    assert [p["name"] for p, _, _ in catalog.profiles(("acme",))] == ["Mío"]


def test_unknown_fields_are_named(tmp_path: Path, catalog: Catalog) -> None:
    report = load(catalog, tmp_path / "a.json", json.dumps(PROFILE | {"favourite_colour": "blue"}))
    assert report.warnings == ["the field 'favourite_colour' is not one of a profile's and was left out"]


def test_a_line_card_adds_passages_to_the_profile_it_names(tmp_path: Path, catalog: Catalog) -> None:
    pdf = FPDF()
    for text in ("Line card\nMade.in profile: moldes-ambar\nTwelve presses of 50 to 450 t run day and night.",):
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, text=text)
    pdf.output(str(tmp_path / "card.pdf"))
    report = load(catalog, tmp_path / "card.pdf")
    assert (report.status, report.kind, report.counts["manufacturers"]) == ("added", "manufacturer", 0)
    assert report.document_id is not None
    passage = catalog.document_passages(report.document_id)[0]
    assert passage.page == 1
    assert passage.meta["manufacturer_id"] == "moldes-ambar"

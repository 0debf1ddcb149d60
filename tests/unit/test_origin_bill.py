"""Bills of materials as people have them: headers, currencies, sub-assemblies, lines not understood."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from assistant.customs.origin import OriginMaterial
from assistant.customs.origin.bill import read_bill
from assistant.customs.origin.bill_cells import amount, meaning_of, tariff
from assistant.customs.origin.types import BillReport
from assistant.errors import InvalidInput, UnsupportedCurrency
from assistant.sourcing.places import country_code
from ingestion.sources.bills import read_bill_lines


def read(table: list[list[str]], **more: Any) -> tuple[list[OriginMaterial], BillReport]:
    given = {"rates": {"MXN": Decimal("0.05")}, "country": country_code, **more}
    return read_bill(list(enumerate(table, start=1)), **given)


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("HTS Code", "hts"), ("Fracción arancelaria", "fraccion"), ("País de origen", "origin"), ("C.O.O.", None),
        ("Unit Cost (MXN)", "unit_price"), ("Ext. Cost", "total"), ("Importe", "total"), ("Cant.", "quantity"),
        ("Originario T-MEC", "originating"), ("USMCA (Y/N)", "originating"), ("No. de parte", "part_number"),
        ("Proveedor", "supplier"), ("NIVEL", "level"), ("Color", None), ("PRECIO UNITARIO (DLLS)", "unit_price"),
    ],
)  # fmt: skip
def test_headers(header: str, meaning: str | None) -> None:
    assert meaning_of(header)[0] == meaning


@pytest.mark.parametrize(
    ("text", "comma", "value", "currency"),
    [
        ("1,234.50", False, "1234.50", None), ("1.234,50", False, "1234.50", None), ("$ 12", False, "12", None),
        ("MXN 1'200.5", False, "1200.5", "MXN"), ("1,234", False, "1234", None), ("1,234", True, "1.234", None),
        ("12,5", False, "12.5", None), ("(30)", False, "-30", None), ("EUR 7", False, "7", "EUR"),
        ("n/a", False, None, None),
    ],
)  # fmt: skip
def test_amounts(text: str, comma: bool, value: str | None, currency: str | None) -> None:
    assert amount(text, comma) == (None if value is None else Decimal(value), currency)


def test_tariff_numbers_lose_the_mexican_end_and_regain_their_zero() -> None:
    assert tariff("8536.69.99", mexican=True) == ("853669", "six_digits")
    assert tariff("8536.69.99", mexican=False) == ("85366999", None)
    assert tariff("709990000", mexican=False) == ("0709990000", None)
    assert tariff("pending", mexican=False) == (None, None)


MESSY = [
    ["Lista de materiales"],
    [],
    ["Nivel", "No. de parte", "Descripción", "Fracción", "País de origen", "Cant.", "Costo (MXN)", "Originario"],
    ["1", "A-1", "Cable", "7408.11.01", "Chile", "2", "1.250,50", "No"],
    ["1", "A-2", "Conector", "8536.69.99", "México", "3", "900,00", ""],
    ["2", "A-3", "Terminal", "8536.90.99", "China", "10", "12,5", "No"],
    ["3", "A-4", "Latón", "7407.21.99", "Chile", "1", "3,00", "No"],
    ["4", "A-5", "Cobre", "7403.11.01", "Chile", "1", "1,00", "No"],
    ["2", "A-6", "Carcasa", "3926.90.99", "Narnia", "1", "treinta", "quizás"],
    ["1", "", "", "", "", "", "40,00", ""],
    ["", "", "Total", "", "", "", "3.441,00", ""],
]  # fmt: skip


def test_a_messy_spanish_sheet() -> None:
    materials, report = read(MESSY)
    assert [m.description for m in materials] == ["Cable", "Conector", "1 | 40,00"]
    assert materials[0].value == Decimal("125.05") and materials[0].origin == "CL" and materials[0].hts == "740811"
    inner = materials[1].components or []
    assert [m.description for m in inner] == ["Terminal", "Carcasa"]
    assert inner[0].value == Decimal("18.75")  # 12.5 pesos, 10 in each of 3 connectors, at 0.05
    assert [m.description for m in inner[0].components or []] == ["Latón"]
    assert inner[1].value is None and inner[1].origin is None and inner[1].originating is None
    assert report.header_line == 3 and [r.line for r in report.unmatched] == [10]
    assert sorted({r.line for r in report.remarks}) == [8, 9, 11]
    assert len([r for r in report.remarks if r.line == 9]) == 3  # country, amount, yes or no


def test_every_line_is_in_the_list_or_reported() -> None:
    materials, report = read(MESSY)

    def count(rows: list[OriginMaterial]) -> int:
        return len(rows) + sum(count(m.components or []) for m in rows)

    deep_and_totals = 2
    assert count(materials) + deep_and_totals == report.lines == 8


def test_levels_by_item_number_and_by_parent() -> None:
    by_item = [["Item", "Description", "HTS", "Value"], ["1", "a", "7408.11", "5"], ["1.1", "b", "7403.11", "3"]]
    by_parent = [
        ["Part Number", "Parent", "Description", "HTS", "Value"],
        ["P1", "", "a", "7408.11", "5"],
        ["P2", "P1", "b", "7403.11", "3"],
    ]
    extra_item, extra_parent = ["2", "c", "8536.90", "1"], ["P3", "", "c", "8536.90", "1"]
    for table in ([*by_item, extra_item], [*by_parent, extra_parent]):
        materials, _ = read(table)
        assert [m.description for m in materials] == ["a", "c"]
        assert [m.description for m in materials[0].components or []] == ["b"]


def test_currencies_by_column_by_cell_and_by_header() -> None:
    table = [
        ["Material", "HTS", "Amount", "Currency"],
        ["a", "7408.11", "100", "MXN"],
        ["b", "7408.11", "MX$ 100", ""],
        ["c", "7408.11", "100", ""],
    ]
    materials, _ = read(table)
    assert [m.value for m in materials] == [Decimal(5), Decimal(5), Decimal(100)]
    with pytest.raises(UnsupportedCurrency) as caught:
        read([["Material", "HTS", "Amount (CAD)"], ["a", "7408.11", "100"]])
    assert "CAD" in caught.value.message and caught.value.hint


def test_a_sheet_without_a_header_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read([["copper", "7408.11", "12"], ["wire", "7408.19", "13"]])


def test_files_of_three_kinds_give_the_same_lines(tmp_path: Path) -> None:
    table = [["Description", "HTS", "Value"], ["copper wire, bare", "7408.11", "12.5"]]
    (tmp_path / "a.csv").write_text('Description;HTS;Value\n"copper wire, bare";7408.11;12.5\n', encoding="utf-8-sig")
    (tmp_path / "a.tsv").write_text("Description\tHTS\tValue\ncopper wire, bare\t7408.11\t12.5\n", encoding="utf-8")
    book = Workbook()
    for row in (["Description", "HTS", "Value"], ["copper wire, bare", "7408.11", 12.5]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    for name in ("a.csv", "a.tsv", "a.xlsx"):
        assert read_bill_lines(tmp_path / name) == table, name


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a": 1}), encoding="utf-8")
    with pytest.raises(InvalidInput):
        read_bill_lines(tmp_path / "a.json")
    with pytest.raises(InvalidInput):
        read_bill_lines(tmp_path / "missing.csv")

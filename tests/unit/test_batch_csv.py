"""What the columns and cells of a customer's table mean, and how the file itself is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.commands.batch_csv import columns, day, number, request, result_columns
from assistant.commands.csv_table import look
from assistant.customs.types import DutyRequest
from assistant.errors import InvalidInput

DUTY: dict[str, Any] = DutyRequest.model_json_schema()["properties"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25000", "25000"),
        ("$25,000.00", "25000.00"),
        ("USD 1,234", "1234"),
        ("1.234,50", "1234.50"),
        ("1.234.567", "1234567"),
        ("25000,5", "25000.5"),
        ("1'234.5", "1234.5"),
        ("1 234,50", "1234.50"),
        (".5", ".5"),
        ("1e3", "1e3"),
    ],
)
def test_numbers_as_spreadsheets_write_them(text: str, value: str) -> None:
    assert number("x", text) == value


@pytest.mark.parametrize("text", ["abc", "12,34,56", "--1", "1.2.3", "=A1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        number("customs_value", text)
    assert caught.value.field == "customs_value" and caught.value.hint


@pytest.mark.parametrize(
    ("text", "spanish", "value"),
    [
        ("2026-08-15", False, date(2026, 8, 15)),
        ("20260815", False, date(2026, 8, 15)),
        ("2026-08-15 00:00:00", False, date(2026, 8, 15)),
        ("8/15/2026", False, date(2026, 8, 15)),
        ("15/08/2026", False, date(2026, 8, 15)),
        ("03/04/2026", True, date(2026, 4, 3)),
        ("04/04/2026", False, date(2026, 4, 4)),
    ],
)
def test_dates_that_can_mean_one_day(text: str, spanish: bool, value: date) -> None:
    assert day("entry_date", text, spanish) == value


@pytest.mark.parametrize("text", ["03/04/2026", "2026-13-01", "soon", "46249"])
def test_dates_that_cannot_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        day("entry_date", text)


def test_english_and_spanish_headings_give_the_same_request() -> None:
    english = ["Part", "HTS Code", "Country of Origin", "Entry Date", "Customs Value (USD)", "Qty", "Net weight (kg)"]
    spanish = [
        "Parte",
        "Fracción arancelaria",
        "País de origen",
        "Fecha de entrada",
        "Valor en aduana",
        "Piezas",
        "Kilos",
    ]
    row = ["X1", "8544.30.00.00", "MX", "2026-08-15", "25,000.00", "500", "120"]
    one, other = (request(row, columns(header, DUTY), DUTY) for header in (english, spanish))
    assert other.pop("language") == "es" and one == other
    assert one == {
        "hts": "8544.30.00.00",
        "origin": "MX",
        "entry_date": "2026-08-15",
        "customs_value": "25000.00",
        "quantities": {"No.": "500", "kg": "120"},
    }


def test_claims_facts_units_and_field_names() -> None:
    header = [
        "hts",
        "origin",
        "customs_value",
        "SPI",
        "Qualifies",
        "facts.vehicle_part",
        "metal_weight_share",
        "Qty",
        "UOM",
    ]
    row = ["8544300000.0", "MX", "10", "T-MEC", "sí", "no", "0.2", "4", "docenas"]
    body = request(row, columns(header, DUTY), DUTY)
    assert body["hts"] == "8544300000"
    assert body["preference"] == {"program": "T-MEC", "originating": True}
    assert body["facts"] == {"vehicle_part": "no", "metal_weight_share": "0.2"}
    assert body["quantities"] == {"doz.": "4"}
    row[3:5] = ["none", ""]
    assert "preference" not in request(row, columns(header, DUTY), DUTY)


def test_a_table_without_a_usable_column_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no column"):
        columns(["colour", "size"], DUTY)


def test_results_never_take_a_name_that_the_customer_uses() -> None:
    names = result_columns("estimate_duty", ["Part", "Duty", "error_code"])
    assert "sourcing_duty" in names and "sourcing_error_code" in names and "fees" in names
    assert result_columns("tariff_line", ["hts"])[0] == "response"


@pytest.mark.parametrize(
    ("content", "delimiter", "header", "rows"),
    [
        (b"a,b\n1,2\n", ",", ("a", "b"), 1),
        ("a;b\n1;2\n3;4;5\n".encode("utf-8-sig"), ";", ("a", "b", "column_3"), 2),
        ("Fracción\tPaís\n1\t2\n".encode("cp1252"), "\t", ("Fracción", "País"), 1),
        (b'a,b\n"1\n2",3\n', ",", ("a", "b"), 1),
    ],
)
def test_files_as_spreadsheets_save_them(
    content: bytes, delimiter: str, header: tuple[str, ...], rows: int, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    table = look(path)
    assert (table.delimiter, table.header, table.rows) == (delimiter, header, rows)
    assert len(list(table.read())) == rows


@pytest.mark.parametrize("content", [b"", b"\n\n", b",\n1,2\n", b'a,b\n"' + b"x" * (1 << 20) + b"y" * 10])
def test_files_that_are_no_table_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        look(path)
    assert caught.value.hint
    with pytest.raises(InvalidInput, match="cannot read"):
        look(tmp_path / "absent.csv")


@pytest.mark.parametrize(("cell", "claimed"), [("sí", True), ("X", True), ("no", False), ("", False)])
def test_a_column_headed_by_a_program_says_whether_it_is_claimed(cell: str, claimed: bool) -> None:
    header = ["Fracción", "País de origen", "Valor USD", "T-MEC"]
    body = request(["8544300000", "MX", "1000", cell], columns(header, DUTY), DUTY)
    wanted = {"program": "T-MEC", "originating": True} if claimed else None
    assert body.get("preference") == wanted


def test_what_such_a_column_cannot_mean_is_an_error_in_its_language() -> None:
    found = columns(["Fracción", "Origen", "Valor", "T-MEC"], DUTY)
    with pytest.raises(InvalidInput, match="T-MEC es 'quizá'"):
        request(["8544300000", "MX", "1000", "quizá"], found, DUTY)

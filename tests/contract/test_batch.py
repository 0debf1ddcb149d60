"""`sourcing tool --batch` on a customer's CSV file: nothing of it is lost, results and errors stand behind each row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.contract.test_cli import sourcing

HEADER = "Part No,HTS Code,Country of Origin,Entry Date,Customs Value,Net Weight (kg),Mode,SPI,Originating,Notes"
ROWS = [
    'A-1,8544.30.00.00,Mexico,2026-08-15,"$25,000.00",120,Truck,USMCA,yes,"keep, me"',
    "A-2,1234567890,CN,2026-08-15,100,,,,,",
    "A-3,8544300000,VN,03/04/2026,100,,,,,",
    "",
    "A-4,8544300000,VN,2026-08-15,100,1,air,USMCA,yes,,overflow",
    "A-5",
]


def test_a_table_keeps_its_columns_and_gets_results_or_errors(filled_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "parts.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    done = sourcing(filled_home, "tool", "estimate_duty", "--batch", str(path))
    assert done.returncode == 0, done.stderr
    own = list(csv.reader(io.StringIO("\n".join([HEADER, *ROWS]) + "\n")))
    out = list(csv.reader(io.StringIO(done.stdout)))
    assert len(out) == len(own)
    assert out[0][: len(own[0])] == own[0] and out[0][len(own[0])] == "column_11"
    for before, after in zip(own[1:], out[1:], strict=True):
        assert after[: len(before)] == before
    cells = [dict(zip(out[0], row, strict=False)) for row in out[1:]]
    assert (cells[0]["duty"], cells[0]["total_import_charges"], cells[0]["error_code"]) == ("0.00", "0.00", "")
    assert [c.get("error_code") for c in cells[1:]] == [
        "unknown_hts",
        "invalid_input",
        None,
        "invalid_input",
        "invalid_input",
    ]
    assert cells[2]["error_field"] == "entry_date" and cells[4]["error_field"] == "preference.program"
    assert all(c["error_hint"] for c in cells[1:] if c.get("error_code"))
    assert cells[4]["column_11"] == "overflow"
    assert "columns used: HTS Code, Country of Origin" in done.stderr and "4 of 6 lines failed" in done.stderr


def test_a_spanish_table_gets_spanish_texts_in_its_own_encoding_and_separator(
    filled_home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "partes.csv"
    text = "Parte;Fracción arancelaria;País de origen;Fecha de entrada;Valor en aduana;Modo de transporte\n"
    path.write_bytes((text + "X1;8544.30.00.00;Vietnam;15/08/2026;1.250,50;Marítimo\n").encode("cp1252"))
    done = sourcing(filled_home, "tool", "estimate_duty", "--batch", str(path))
    cells = next(iter(csv.DictReader(io.StringIO(done.stdout), delimiter=";")))
    assert cells["Fracción arancelaria"] == "8544.30.00.00"
    assert cells["fees"] == "35.14" and "¿" in cells["needs_facts"] and cells["range_max"]


def test_another_tool_takes_a_table_too(filled_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("hts,as of\n8544.30.00.00,2026-08-15\n", encoding="utf-8")
    done = sourcing(filled_home, "tool", "tariff_line", "--batch", str(path))
    cells = next(iter(csv.DictReader(io.StringIO(done.stdout))))
    assert '"general"' in cells["response"] and not cells["error_code"]

"""Orders and events as tables: CSV, TSV and XLSX in both languages give what JSON gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.pipeline import Pipeline
from ingestion.report import FileReport
from retrieval.catalog import Catalog
from retrieval.production import Production

ORDERS = """order_id,manufacturer_id,product,quantity,unit price,placed,promised,documents,milestones,timezone
PO-1,plant-7,"Cap, blue","12,000",0.75,2026-08-01,2026-10-01,pedimento; packing_list,production_start=2026-08-20; shipped=2026-09-25,America/Monterrey
"""  # noqa: E501
EVENTS = """event_id,order_id,at,type,step,good,scrap,planned_minutes
e1,PO-1,2026-08-21T14:00:00-06:00,production,molding,410,9,480
e2,PO-1,2026-08-22T14:00:00-06:00,production,molding,405,12.5,480
"""
SPANISH = """Id evento;Orden de compra;Fecha y hora;Tipo;Operación;Buenas;Merma;Minutos planeados
e1;PO-1;2026-08-21T14:00:00-06:00;Producción;molding;410;9;480
e2;PO-1;2026-08-22T14:00:00-06:00;producción;molding;405;12.5;480
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    made = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    yield made
    made.close()


def load(catalog: Catalog, path: Path, content: str | bytes, name: str, kind: str | None = None) -> FileReport:
    file = path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    (report,) = Pipeline(catalog).ingest([file], kind=kind).files
    return report


def payloads(catalog: Catalog) -> list[dict[str, Any]]:
    return [e.payload for e in Production(catalog).events("public", "PO-1")]


def test_orders_and_events(catalog: Catalog, tmp_path: Path) -> None:
    assert load(catalog, tmp_path, ORDERS, "orders.csv").counts["orders"] == 1
    (order,) = Production(catalog).orders(["public"])
    assert order.payload == {
        "order_id": "PO-1", "manufacturer_id": "plant-7", "product": "Cap, blue", "quantity": 12000, "unit_price": 0.75,
        "placed": "2026-08-01", "promised": "2026-10-01", "documents": ["pedimento", "packing_list"],
        "milestones": [{"name": "production_start", "planned": "2026-08-20"},
                       {"name": "shipped", "planned": "2026-09-25"}],
        "timezone": "America/Monterrey",
    }  # fmt: skip
    report = load(catalog, tmp_path, EVENTS, "events.csv")
    assert (report.kind, report.status, report.counts["events"]) == ("production", "added", 2)
    assert payloads(catalog)[1]["scrap"] == 12.5


@pytest.mark.parametrize("form", ["spanish", "tsv", "xlsx", "json"])
def test_the_same_events_in_another_form_change_nothing(catalog: Catalog, tmp_path: Path, form: str) -> None:
    load(catalog, tmp_path, ORDERS, "orders.csv")
    load(catalog, tmp_path, EVENTS, "events.csv")
    content: str | bytes = {"spanish": SPANISH, "tsv": EVENTS.replace(",", "\t"), "xlsx": b"",
                            "json": json.dumps(payloads(catalog))}[form]  # fmt: skip
    if form == "xlsx":
        content = _workbook(tmp_path, [line.split(",") for line in EVENTS.splitlines()])
    name = {"spanish": "eventos.csv"}.get(form, f"again.{form}")
    report = load(catalog, tmp_path, content, name)
    assert (report.status, report.counts["duplicates"], report.reason) == ("unchanged", 2, None)


def _workbook(folder: Path, rows: list[list[Any]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append([float(c) if str(c).replace(".", "").isdigit() else c for c in row])
    book.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


def test_a_sheet_with_days_and_local_times(catalog: Catalog, tmp_path: Path) -> None:
    """Cells that Excel knows as dates; times are the plant's own, in the zone that the row names."""
    load(catalog, tmp_path, ORDERS, "orders.csv")
    at = datetime.fromisoformat("2026-09-25T18:30")
    rows: list[list[Any]] = [
        ["event_id", "order_id", "at", "timezone", "type", "shipment_id", "shipped_quantity", "departed"],
        ["s1", "PO-1", at, "America/Tijuana", "shipment", "S-1", 12000, date(2026, 9, 25)],
    ]
    report = load(catalog, tmp_path, _workbook(tmp_path, rows), "events.xlsx")
    assert report.status == "added", report.reason
    (event,) = payloads(catalog)
    assert event["at"] == "2026-09-25T18:30:00-07:00" and event["departed"] == "2026-09-25"
    assert datetime.fromisoformat(event["at"]).astimezone(UTC).day == 26


def test_bad_rows_are_left_out_alone_with_their_line(catalog: Catalog, tmp_path: Path) -> None:
    load(catalog, tmp_path, ORDERS, "orders.csv")
    head = "event_id,order_id,at,type,good,scrap,started,timezone,passed,inspected,defect_types\n"
    bad = {
        "PO-1,2026-08-21T14:00:00,production,1,,,,,,": "no time zone",
        "PO-9,2026-08-21T14:00:00-06:00,production,1,,,,,,": "no order 'PO-9'",
        "PO-1,2026-08-21T14:00:00-06:00,production,-1,,,,,,": "greater than or equal to 0",
        "PO-1,2026-08-21T14:00:00-06:00,production,9,3,10,,,,": "above started",
        "PO-1,2026-08-21T14:00:00-06:00,production,\"12,5\",,,,,,": "good",
        "PO-1,2026-08-21T14:00:00,production,1,,,Mars/Base,,,": "no IANA time zone",
        "PO-1,2026-03-08T02:30:00,production,1,,,America/Chicago,,,": "does not exist",
        "PO-1,2026-11-01T01:30:00,production,1,,,America/Chicago,,,": "happened twice",
        "PO-1,2026-08-21T14:00:00-06:00,inspection,,,,,maybe,50,": "true or false",
        "PO-1,2026-08-21T14:00:00-06:00,inspection,,,,,48,50,flash": "name=value",
        "PO-1,04/05/2026 10:00,production,1,,,,,,": "ISO 8601",
    }  # fmt: skip
    lines = [f"b{n},{row}\n" for n, row in enumerate(bad)]
    good = "g1,PO-1,2026-08-21T14:00:00,inspection,,,,America/Monterrey,48,50,flash=1; tear=1\n"
    report = load(catalog, tmp_path, head + "".join(lines) + good, "events.csv")
    assert report.counts["events"] == 1
    assert [p.line for p in report.rejected_rows] == list(range(2, 2 + len(bad)))
    for problem, says in zip(report.rejected_rows, bad.values(), strict=True):
        assert says in problem.reason, problem
    (event,) = payloads(catalog)
    assert (event["passed"], event["defect_types"]) == (48, {"flash": 1, "tear": 1})


def test_two_columns_of_one_meaning_are_refused(catalog: Catalog, tmp_path: Path) -> None:
    load(catalog, tmp_path, ORDERS, "orders.csv")
    text = "event_id,order_id,at,type,good,buenas\ne1,PO-1,2026-08-21T14:00:00-06:00,production,1,2\n"
    assert "two columns say good" in str(load(catalog, tmp_path, text, "events.csv").reason)


def test_other_tables_are_not_taken_for_production(catalog: Catalog, tmp_path: Path) -> None:
    report = load(catalog, tmp_path, "id,name,country\na,A,MX\n", "plants.csv")
    assert report.kind == "manufacturer"
    assert load(catalog, tmp_path, "order,color\n1,red\n", "x.csv").status == "rejected"

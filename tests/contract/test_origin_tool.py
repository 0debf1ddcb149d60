"""`check_origin` through the command line, with the embedded rules and with the official note loaded."""

from __future__ import annotations

from pathlib import Path

from tests.contract.test_cli import sourcing, tool

HARNESS = {
    "hts": "8544.30.00",
    "destination": "US",
    "materials": [
        {"description": "copper wire", "hts": "7408.11.60", "origin": "CL", "value": "300", "originating": False}
    ],
    "transaction_value": "1000",
    "net_cost": "800",
    "facts": {"production_country": "MX", "end_use": "other"},
}


def test_the_embedded_rules_decide_a_harness(filled_home: Path) -> None:
    status, answer = tool(filled_home, "check_origin", HARNESS)
    assert (status, answer["verdict"]) == (0, "qualifies")
    assert answer["rule"]["source"]["page"] and "60 percent" in answer["rule"]["text"]
    poor = {**HARNESS, "transaction_value": "400", "net_cost": "390"}
    _, answer = tool(filled_home, "check_origin", poor)
    assert answer["verdict"] == "does_not_qualify"
    assert any(route["shortfall"] for route in answer["routes"])


def test_the_official_note_brings_every_rule(tmp_path: Path, shared_data: Path) -> None:
    milk = {"description": "milk", "hts": "0401.20", "origin": "NZ", "value": "1", "originating": False}
    cheese = {**HARNESS, "hts": "0406.10.00", "materials": [milk]}
    done = sourcing(tmp_path, "ingest", str(shared_data / "us/general_notes/general_note_11.pdf"), "--json")
    assert done.returncode == 0, done.stderr
    status, answer = tool(tmp_path, "check_origin", cheese)
    assert status == 0 and answer["rule"]["source"]["document_id"] == "notes:general_note_11.pdf"


def test_wrong_requests(filled_home: Path) -> None:
    for change in ({"agreement": "KORUS"}, {"hts": "85"}, {"transaction_value": "-1"}):
        status, answer = tool(filled_home, "check_origin", {**HARNESS, **change})
        assert (status, answer["error"]["code"]) == (2, "invalid_input")

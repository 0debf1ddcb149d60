"""`check_origin` through the command line, with the embedded rules and with the official note loaded."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import ROOT
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
    assert status == 0 and answer["rule"]["source"]["document_id"] == "notes:general-note-11.2025-rev-7"


def test_wrong_requests(filled_home: Path) -> None:
    for change in ({"agreement": "KORUS"}, {"hts": "85"}, {"transaction_value": "-1"}):
        status, answer = tool(filled_home, "check_origin", {**HARNESS, **change})
        assert (status, answer["error"]["code"]) == (2, "invalid_input")


def test_from_a_parts_list_to_origin_to_a_draft(filled_home: Path, tmp_path: Path) -> None:
    body = {"hts": "8544.30.00", "transaction_value": "400", "facts": {"production_country": "MX", "end_use": "other"}}
    files = ["--bom", str(ROOT / "docs/examples/harness.csv"), "--rate", "MXN=0.0545"]
    draft = tmp_path / "draft.pdf"
    command = ["tool", "check_origin", *files, "--certification", str(draft), json.dumps(body)]
    done = sourcing(filled_home, *command)
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and answer["verdict"] == "qualifies" and draft.read_bytes().startswith(b"%PDF")
    assert answer["bill"]["columns"]["Fracción arancelaria"] == "fraccion" and not answer["bill"]["unmatched"]
    (tmp_path / "origin.json").write_text(done.stdout, encoding="utf-8")
    wire = {"hts": "8544.30.00.00", "origin": "MX", "customs_value": "25000", "transport_mode": "truck"}
    command = ["tool", "estimate_duty", "--evidence", str(tmp_path / "origin.json"), json.dumps(wire)]
    duty = json.loads(sourcing(filled_home, *command).stdout)
    assert duty["duty"] == "0.00" and any("check_origin" in text for text in duty["assumptions"])


def test_options_of_another_tool_or_without_a_rate_are_refused(filled_home: Path) -> None:
    bill = str(ROOT / "docs/examples/harness.csv")
    done = sourcing(filled_home, "tool", "tariff_line", "--bom", bill, "{}")
    assert done.returncode == 2 and json.loads(done.stdout)["error"]["field"] == "--bom"
    done = sourcing(filled_home, "tool", "check_origin", "--bom", bill, json.dumps(HARNESS))
    assert done.returncode == 2 and json.loads(done.stdout)["error"]["code"] == "unsupported_currency"

"""`tariff_changes` over the embedded corpus: what the law says happened, in order, with its source."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.tools import call
from tests.contract.test_cli import tool

WIRE = {"hts": "8544300000", "origin": "CN", "from": "2025-01-01", "to": "2026-10-01"}


def test_the_steps_of_the_duties_on_china(filled_home: Path) -> None:
    _, answer = tool(filled_home, "tariff_changes", WIRE)
    steps = {
        (c["date"], c["kind"]): (c["before"], c["after"]) for c in answer["changes"] if c["heading"] == "9903.01.24"
    }
    assert steps[("2025-03-04", "ieepa")] == ("10%", "20%")
    assert steps[("2025-11-10", "ieepa")] == ("20%", "10%")
    assert steps[("2026-02-24", "ieepa")] == ("10%", None)
    days = [c["date"] for c in answer["changes"]]
    assert days == sorted(days) and all(c["source"] for c in answer["changes"] if c["after"] and "%" in c["after"])


def test_the_stack_stands_still_between_listed_days(filled_home: Path) -> None:
    """On every pair of neighbouring days without a listed change the rates charged are the same."""
    services = open_services(load_settings({"SOURCING_HOME": str(filled_home)}))
    changed = {c["date"] for c in call(services, "tariff_changes", WIRE)["changes"]}

    def stack(day: date) -> list[tuple[Any, ...]]:
        body = {"hts": WIRE["hts"], "origin": "CN", "entry_date": day.isoformat(), "customs_value": "10000"}
        answer = call(services, "estimate_duty", {**body, "transport_mode": "air"})
        fees = ("mpf", "hmf")
        return [(x["kind"], x["heading"], x["rate"], x["status"]) for x in answer["layers"] if x["kind"] not in fees]

    for first in (date(2025, 2, 4), date(2025, 4, 9), date(2025, 8, 7), date(2026, 2, 24), date(2026, 7, 24)):
        before = date.fromordinal(first.toordinal() - 1)
        assert (stack(before) == stack(first)) == (first.isoformat() not in changed)
    for quiet in (date(2025, 6, 20), date(2026, 1, 20), date(2026, 9, 1)):
        assert stack(quiet) == stack(date.fromordinal(quiet.toordinal() + 1))


def test_a_window_the_wrong_way_round(filled_home: Path) -> None:
    status, answer = tool(filled_home, "tariff_changes", {**WIRE, "from": "2026-01-01", "to": "2025-01-01"})
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (2, "invalid_input", "to")

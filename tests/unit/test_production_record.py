"""A manufacturer's track record, by hand, and what it moves: ranking, profile, plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.production.fold import fold
from assistant.production.record import track_record
from assistant.production.types import Event, Order
from assistant.tools import call
from ingestion.pipeline import Pipeline

DAY = date(2026, 11, 1)


def order(number: int = 1, maker: str = "m", promised: str = "2026-10-01", **more: Any) -> dict[str, Any]:
    return {"order_id": f"{maker}-{number}", "manufacturer_id": maker, "product": "p", "quantity": 1000,
            "placed": "2026-01-01", "promised": promised, **more}  # fmt: skip


def made(given: dict[str, Any], shares: list[tuple[date, int]]) -> list[dict[str, Any]]:
    """A report a week: so many good units of a hundred."""
    return [
        {"event_id": f"{given['order_id']}-{n}", "order_id": given["order_id"], "type": "production", "good": good,
         "scrap": 100 - good, "at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()}
        for n, (day, good) in enumerate(shares)
    ]  # fmt: skip


def weeks(count: int, good: int, last: date) -> list[tuple[date, int]]:
    return [(last - timedelta(weeks=n), good) for n in reversed(range(count))]


def record(orders: list[dict[str, Any]], events: list[dict[str, Any]], language: Any = "en") -> Any:
    parsed = [Event.model_validate(e) for e in events]
    return track_record([fold(Order.model_validate(o), parsed, DAY) for o in orders], DAY, language)


def arrived(given: dict[str, Any], day: str) -> dict[str, Any]:
    return {"event_id": f"{given['order_id']}-s", "order_id": given["order_id"], "type": "shipment",
            "at": f"{day}T12:00:00+00:00", "shipped_quantity": 1000, "arrived": day}  # fmt: skip


def test_nothing_told_is_no_record() -> None:
    assert record([order(promised="2027-01-01")], []) is None


def test_delivery_alone_by_hand() -> None:
    """One of two in time: (1 + 2 × 0.8) ÷ (2 + 2) = 0.65; papers and yield tell nothing."""
    orders = [order(1), order(2)]
    found = record(orders, [arrived(orders[0], "2026-09-30"), arrived(orders[1], "2026-10-02")])
    assert [(p["name"], p["score"], p["weight"]) for p in found.parts] == [("delivery", Decimal("0.65"), Decimal(1))]
    assert found.score == Decimal("0.65")
    assert found.why == "Past orders 0.65: 1 of 2 orders of the last year on time"
    assert found.warnings == ["1 of 2 orders of the last year on time"]


def test_falling_yield_by_hand() -> None:
    """97 % before, 93 % in the last 90 days: (93 − 85) ÷ 14 = 0.57 and 1 − 4 ÷ 5 = 0.20; no order was due yet.
    (0.25 × 0.5714 + 0.25 × 0.2) ÷ 0.5 = 0.39."""
    given = order(promised="2026-12-24")
    shares = [*weeks(12, 97, DAY - timedelta(days=95)), *weeks(8, 93, DAY)]
    found = record([given], made(given, shares))
    assert [(p["name"], p["score"]) for p in found.parts] == [("yield", Decimal("0.57")), ("trend", Decimal("0.20"))]
    assert found.score == Decimal("0.39")
    (warning,) = found.warnings
    assert warning == "first pass yield fell from 97 % to 93 % in the last 90 days"
    spanish = record([given], made(given, shares), "es")
    assert spanish.score == found.score
    assert spanish.warnings == ["el rendimiento a la primera bajó de 97 % a 93 % en los últimos 90 días"]


def test_noise_is_no_warning() -> None:
    """From 96.5 to 95 % where weeks vary by six points anyway: the score hears of it, nobody is warned."""
    given = order(promised="2026-12-24")
    early = [(day, 99 if n % 2 else 94) for n, (day, _) in enumerate(weeks(12, 0, DAY - timedelta(days=95)))]
    late = [(day, 92 if n % 2 else 98) for n, (day, _) in enumerate(weeks(6, 0, DAY))]
    found = record([given], made(given, [*early, *late]))
    assert found.warnings == []
    assert next(p for p in found.parts if p["name"] == "trend")["score"] == Decimal("0.70")


def test_papers_of_delivered_orders() -> None:
    given = order(documents=["pedimento", "packing_list"])
    paper = {"event_id": "d", "order_id": given["order_id"], "type": "document", "kind": "pedimento", "state": "filed",
             "at": "2026-09-20T12:00:00+00:00"}  # fmt: skip
    found = record([given], [arrived(given, "2026-09-30"), paper])
    assert found.parts[-1]["why"] == "1 of 2 papers in order" and found.parts[-1]["score"] == Decimal("0.50")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Two plants with the same profile; both have made parts for months, one has begun to fall."""
    made_at = Services(replace(Settings(), home=tmp_path / "home"), lambda: DAY)
    profile = {
        "country": "MX", "region": "Querétaro", "city": "Querétaro", "processes": ["injection_molding"],
        "materials": ["abs"], "summary": {"en": "Molder.", "es": "Moldeador."}, "sample": True,
        "capabilities": [{"process": "injection_molding", "monthly_capacity": 90000, "unit": "pieces",
                          "utilization": 0.5, "min_order": 100, "lead_time_days": 30}],
    }  # fmt: skip
    plants = [{"id": name, "name": name.title(), **profile} for name in ("alfa", "beta", "gamma")]
    orders = [order(1, name, "2026-12-24", timezone="America/Mexico_City") for name in ("alfa", "beta")]
    events = []
    for given, now in zip(orders, (92, 97), strict=True):
        events += made(given, [*weeks(12, 97, DAY - timedelta(days=95)), *weeks(8, now, DAY)])
    (tmp_path / "plants.json").write_text(json.dumps(plants))
    (tmp_path / "orders.json").write_text(json.dumps({"orders": orders, "events": events}))
    report = Pipeline(made_at.catalog, keep_states=True).ingest([tmp_path / "plants.json", tmp_path / "orders.json"])
    assert [f.status for f in report.files] == ["added", "added"]
    yield made_at
    made_at.catalog.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_falling_yield_ranks_lower_and_says_why(services: Services, language: str) -> None:
    asked = {"processes": ["injection_molding"], "materials": ["abs"], "language": language}
    found = {m["id"]: m for m in call(services, "find_manufacturers", asked)["matches"]}
    assert list(found)[-1] == "alfa" and found["alfa"]["score"] < found["beta"]["score"]
    told = {
        "en": "first pass yield fell from 97 % to 92 % in the last 90 days",
        "es": "el rendimiento a la primera bajó de 97 % a 92 % en los últimos 90 días",
    }[language]
    assert told in found["alfa"]["fit"]["performance"]["why"] and told in found["alfa"]["gaps"]
    assert not any("97" in gap for gap in found["beta"]["gaps"])
    assert "performance" not in found["gamma"]["fit"]  # no orders: no judgement


def test_before_it_fell_it_ranked_the_same(services: Services) -> None:
    asked = {"processes": ["injection_molding"], "as_of": str(DAY - timedelta(days=94))}
    found = {m["id"]: m["score"] for m in call(services, "find_manufacturers", asked)["matches"]}
    assert found["alfa"] == found["beta"]


def test_profile_and_plan_know_of_it(services: Services) -> None:
    profile = call(services, "manufacturer_profile", {"id": "alfa"})
    assert profile["performance"]["warnings"] and any("alfa" in s["title"].lower() for s in profile["sources"])
    assert call(services, "manufacturer_profile", {"id": "gamma"})["performance"] is None
    stages: list[dict[str, Any]] = [{"name": "pilot", "volume": 500, "from": "2027-02-01"}]
    stages += [{"name": "scale", "volume": 5000, "from": "2027-05-01"}]
    plan = call(services, "plan_scale_up", {"id": "alfa", "stages": stages})
    for stage in plan["stages"]:
        (risk,) = [r for r in stage["risks"] if r["name"] == "performance"]
        assert risk["level"] == "high" and "fell from 97 % to 92 %" in risk["text"]
    assert "fell from 97 %" in plan["negotiate"][-1]
    steady = call(services, "plan_scale_up", {"id": "beta", "stages": stages})
    assert not [r for stage in steady["stages"] for r in stage["risks"] if r["name"] == "performance"]

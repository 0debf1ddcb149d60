"""Key figures by hand: `cases/production_kpis.yaml`, each with the source of its formula."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.production.control import control
from assistant.production.fold import fold
from assistant.production.kpis import KPIS, kpis
from assistant.production.measures import KpiWindow
from assistant.production.reading import Refusal, read_event, read_order

CASES = yaml.load((Path(__file__).parent / "cases/production_kpis.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
TYPES = {"p": "production", "i": "inspection", "m": "milestone", "s": "shipment", "d": "document", "x": "incident"}


def _orders(case: dict[str, Any]) -> list[Any]:
    found = []
    for order_id, quantity, placed, promised, *more in case["orders"]:
        extra = more[0] if more else {}
        raw = {"order_id": order_id, "quantity": quantity, "placed": placed, "promised": promised}
        found.append(read_order({**raw, "manufacturer_id": "m", "product": "p", **extra}, tenant="public"))
    assert not any(isinstance(o, Refusal) for o in found), found
    return found


def _events(case: dict[str, Any]) -> list[Any]:
    found = []
    for number, (order_id, kind, at, fields) in enumerate(case["events"]):
        moment = at if "T" in at else f"{at}T12:00:00+00:00"
        given = dict(fields)
        if kind == "s":
            given["arrived"] = at
        if given.get("passed") == "true":
            given["passed"] = True
        raw = {"event_id": f"e{number}", "order_id": order_id, "at": moment, "type": TYPES[kind], **given}
        found.append(read_event(raw, tenant="public", now=NOW))
    assert not any(isinstance(e, Refusal) for e in found), found
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['kpi']}: {c['because']}"[:90])
def test_by_hand(case: dict[str, Any]) -> None:
    day = date.fromisoformat(case.get("as_of", "2026-06-30"))
    window = KpiWindow()
    if "window" in case:
        window = KpiWindow(start=date.fromisoformat(case["window"][0]), end=date.fromisoformat(case["window"][1]))
    events = _events(case)
    states = [fold(order, events, day) for order in _orders(case)]
    (found,) = kpis(states, window, names=[case["kpi"]])
    if case["value"] == "null":
        assert (found.value, found.status, found.text) == (None, "no_data", "no data")
        return
    assert str(found.value) == case["value"], found
    for name, value in (("num", found.numerator), ("den", found.denominator)):
        if name in case:
            assert value == Decimal(case[name]), found


def test_every_kpi_has_cases_for_data_and_for_none() -> None:
    assert len(CASES) >= 80
    for name in KPIS:
        values = {c["value"] == "null" for c in CASES if c["kpi"] == name}
        assert False in values, name
        if name not in ("lead_time_promised", "quality"):
            assert True in values, name


def test_titles_formulas_and_texts_in_both_languages() -> None:
    for found in (*kpis([], KpiWindow(), "en"), *kpis([], KpiWindow(), "es")):
        assert found.title and found.formula and found.reference and found.status == "no_data"
    spanish = {k.name: k.title for k in kpis([], KpiWindow(), "es")}
    assert spanish["on_time_delivery"] == "Entrega a tiempo"


# Wheeler, Understanding Variation: X̄ ± 2.66 mR̄ and 3.268 mR̄. Values 10, 12, 11, 13, 12, 14: mean 12, mR̄ 8/5 = 1.6.
def test_limits_by_hand() -> None:
    chart = control([(str(n), Decimal(v)) for n, v in enumerate((10, 12, 11, 13, 12, 14))])
    assert (chart.mean, chart.lower, chart.upper) == (Decimal("12"), Decimal("7.744"), Decimal("16.256"))
    assert chart.range_limit == Decimal("5.2288")
    assert chart.status == "stable"


def test_no_limits_below_six_points() -> None:
    chart = control([(str(n), Decimal(n)) for n in range(5)])
    assert (chart.status, chart.mean, chart.upper) == ("no_data", None, None)


BASE = [Decimal(v) for v in (10, 12, 10, 12, 10, 12, 10, 12)]  # mean 11, mR̄ 2, sigma 1.773


@pytest.mark.parametrize(
    ("tail", "rule"),
    [
        ([17], 1),  # above 11 + 5.32
        ([15, 11, 15], 2),  # two of three above 11 + 3.55
        ([13, 13, 11, 13, 13], 3),  # four of five above 11 + 1.77
        ([Decimal("11.5")] * 8, 4),  # eight in a row above the mean
    ],
)
def test_western_electric_rules(tail: list[Any], rule: int) -> None:
    points = [(str(n), Decimal(v)) for n, v in enumerate([*BASE, *tail])]
    chart = control(points, baseline=len(BASE))
    assert chart.mean == Decimal(11)
    assert rule in chart.points[-1].rules
    assert chart.points[-1].side == "above"
    mirrored = control([(label, 22 - value) for label, value in points], baseline=len(BASE))
    assert rule in mirrored.points[-1].rules and mirrored.points[-1].side == "below"
    assert not any(p.rules for p in chart.points[: len(BASE)])


def test_days_are_counted_at_the_plant_over_daylight_saving() -> None:
    """Detroit leaves daylight saving on 2026-11-01; Hermosillo keeps none. The same instants, other days."""
    start = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)
    days = {}
    for zone in ("America/Detroit", "America/Hermosillo", "America/Tijuana", "America/Mexico_City"):
        order = read_order(
            {"order_id": "A", "manufacturer_id": "m", "product": "p", "quantity": 1, "placed": "2026-10-01",
             "promised": "2026-12-01", "timezone": zone}, tenant="public",
        )  # fmt: skip
        events = [
            read_event({"event_id": str(n), "order_id": "A", "at": (start + timedelta(hours=n)).isoformat(),
                        "type": "production", "good": 1}, tenant="public", now=NOW)
            for n in (0, 1, 25, 26)
        ]  # fmt: skip
        state = fold(order, events, date(2026, 12, 1))  # type: ignore[arg-type]
        days[zone] = [c.day.day for c in state.cells for _ in range(c.count)]
    assert days["America/Detroit"] == [31, 1, 1, 2]  # 23:30 EDT, 00:30 EDT, 23:30 EST, 00:30 EST
    assert days["America/Hermosillo"] == [31, 31, 1, 1]
    assert days["America/Tijuana"] == [31, 31, 1, 1]
    assert days["America/Mexico_City"] == [31, 31, 1, 1]

"""Everything the production page shows, in one object: orders, figures, charts, papers, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from assistant.bootstrap import Services
from assistant.customs.types import Language
from assistant.production.control import control
from assistant.production.forecast import Forecast, forecast
from assistant.production.kpis import kpis
from assistant.production.measures import KpiWindow, named
from assistant.production.risk_compliance import tariff
from assistant.production.risk_types import Context, DutyChange, Risk
from assistant.production.series import output_curve, pareto, weekly
from assistant.production.state import OrderState
from assistant.toolbox.production_context import maker, milestone_rows, register
from assistant.tracking.book import Book, tenants_of
from retrieval.alerts import Alerts

WINDOW_DAYS = 90
_CARDS = ("on_time_delivery", "on_time_in_full", "first_pass_yield", "defects_ppm", "oee", "document_compliance",
          "open_incidents", "lead_time_actual")  # fmt: skip
_TRENDS = ("first_pass_yield", "defects_ppm", "oee")
_CURVES = 6


def version(services: Services, book: Book, alerts: Alerts, day: date, known_on: date | None = None) -> str:
    """Changes whenever the board would."""
    orders, events = book.production.version()
    return f"{orders}.{events}.{alerts.version()}.{day}.{known_on}.{','.join(services.tenants)}"


def board(
    services: Services, book: Book, alerts: Alerts, day: date, language: Language, known_on: date | None = None
) -> dict[str, Any]:
    """The board on a day, from what was known by the end of `known_on` (None: from all). Figures over the
    last 90 days; delivery over the last year, as few orders end in 90 days. On a past day `alerts` are the risks that
    held then (`alerts_on` is that day, and none has an id to acknowledge); without orders `known_since` is the first
    day that has one, null when there is none at all."""
    states = book.states(services, day, known_on)
    past = day < services.today() or (known_on is not None and known_on < services.today())
    recent = KpiWindow(start=day - timedelta(days=WINDOW_DAYS), end=day)
    year = KpiWindow(start=day - timedelta(days=365), end=day)
    long_ = kpis(states, year, language, [n for n in _CARDS if _slow(n)])
    short = kpis(states, recent, language, [n for n in _CARDS if not _slow(n)])
    found = {k.name: k.model_dump(mode="json") for k in (*long_, *short)}
    trends = {
        name: control(weekly(states, name, KpiWindow(start=day - timedelta(days=182), end=day))) for name in _TRENDS
    }
    factors = kpis(states, recent, language, ["availability", "performance", "quality"])
    live = [s for s in states if s.delivered_on is None]
    return {
        "as_of": day.isoformat(),
        "window": {"from": recent.start, "to": recent.end},
        "orders": [_order(services, s, states, language) for s in _ordered(states)],
        "kpis": [found[name] for name in _CARDS],
        "trends": {name: chart.model_dump(mode="json") for name, chart in trends.items()},
        "oee": [k.model_dump(mode="json") for k in factors],
        "defects": [{**row, "label": named(row["kind"], language)} for row in pareto(states, recent)],
        "output": [
            {"order_id": s.order.order_id, "quantity": s.order.quantity, "curve": output_curve(s)}
            for s in _ordered(live)[:_CURVES]
        ],
        "documents": [row for s in _ordered(live) for row in _papers(s, language)],
        "alerts": _risks_then(services, states, language) if past else _alerts(services, alerts, states, language),
        "alerts_on": day.isoformat() if past else None,
        "known_since": None if states else book.since(services),
        "sample": any(s.order.sample for s in states),
    }


def _alerts(
    services: Services, alerts: Alerts, states: Sequence[OrderState], language: Language
) -> list[dict[str, Any]]:
    """Open alerts; each says what holds now, in the reader's language, where its risk is still there."""
    found, _ = register(services, states, states, language, with_duty=False)
    now = {risk.key: risk for risk in found}
    by_order = {s.order.order_id: s for s in states}
    rows = []
    for alert in alerts.shown(tenants_of(services)):
        told = now.get(alert["key"]) or _duty_again(alert["risk"], by_order.get(alert["order_id"]), language)
        rows.append({**alert, "risk": told.model_dump(mode="json") if told else alert["risk"]})
    return rows


def _duty_again(told: dict[str, Any], state: OrderState | None, language: Language) -> Risk | None:
    """A change of duty, which is not worked out for every board, as last found, in the reader's language."""
    if state is None or told["kind"] != "tariff_change":
        return None
    facts = told["evidence"][0]
    change = DutyChange(facts["duty_now"], facts["duty_on_arrival"], date.fromisoformat(facts["arrival"]), facts["why"])
    expected = Forecast(status="no_data", promised=state.order.promised)
    return next(tariff(state, Context(language=language, duty_change=change), expected), None)


def _risks_then(services: Services, states: Sequence[OrderState], language: Language) -> list[dict[str, Any]]:
    """What alerts told, or would have told, on the day of the states."""
    found, _ = register(services, states, states, language, with_duty=False)
    nobody = dict.fromkeys(("id", "raised_at", "acknowledged_at", "acknowledged_by", "resolved_at"))
    return [
        {**nobody, "key": r.key, "order_id": r.order_id, "severity": r.severity, "risk": r.model_dump(mode="json")}
        for r in found
    ]


def _slow(name: str) -> bool:
    return name in ("on_time_delivery", "on_time_in_full", "lead_time_actual")


def _ordered(states: Sequence[OrderState]) -> list[OrderState]:
    """Open orders by promise, then delivered ones, the latest first."""
    live = sorted((s for s in states if s.delivered_on is None), key=lambda s: (s.order.promised, s.order.order_id))
    done = sorted((s for s in states if s.delivered_on), key=lambda s: s.delivered_on or date.min, reverse=True)
    return [*live, *done]


def _order(services: Services, state: OrderState, states: Sequence[OrderState], language: Language) -> dict[str, Any]:
    order = state.order
    history = [s for s in states if s.order.manufacturer_id == order.manufacturer_id]
    expected = forecast(state, history, language)
    good = state.good
    return {
        "order_id": order.order_id,
        "manufacturer": maker(services, order.manufacturer_id).model_dump(),
        "product": order.product,
        "quantity": order.quantity,
        "good": good,
        "share": None if good is None else min(float(good / order.quantity), 1.0),
        "phase": state.phase,
        "placed": order.placed,
        "promised": order.promised,
        "delivered_on": state.delivered_on,
        "forecast": expected.model_dump(mode="json"),
        "milestones": [row.model_dump(mode="json") for row in milestone_rows(state)],
        "sample": order.sample,
        "events": state.reported,
    }


def _papers(state: OrderState, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "order_id": state.order.order_id,
            "kind": p.kind,
            "label": named(p.kind, language),
            "state": p.state,
            "word": p.word,
            "expires": p.expires,
        }
        for p in state.papers
    ]

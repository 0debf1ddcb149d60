"""Everything the production page shows, in one object: orders, figures, charts, papers, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from assistant.bootstrap import Services
from assistant.customs.types import Language
from assistant.production.control import control
from assistant.production.forecast import forecast
from assistant.production.kpis import kpis
from assistant.production.measures import KpiWindow, named
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
    last 90 days; delivery over the last year, as few orders end in 90 days."""
    states = book.states(services, day, known_on)
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
        "alerts": _alerts(services, alerts, live, states, language),
        "sample": any(s.order.sample for s in states),
    }


def _alerts(
    services: Services, alerts: Alerts, live: Sequence[OrderState], states: Sequence[OrderState], language: Language
) -> list[dict[str, Any]]:
    """Open alerts; each says what holds now, in the reader's language, where its risk is still there."""
    found, _ = register(services, live, states, language, with_duty=False)
    now = {risk.key: risk.model_dump(mode="json") for risk in found}
    return [{**alert, "risk": now.get(alert["key"], alert["risk"])} for alert in alerts.shown(tenants_of(services))]


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

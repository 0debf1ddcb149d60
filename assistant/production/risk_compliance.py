"""Risks of papers and law: certificates, documents, origin, incidents, a duty that changes before arrival."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from assistant.production.forecast import Forecast
from assistant.production.kpis import EXPIRING_DAYS
from assistant.production.measures import named, say
from assistant.production.risk_types import Context, Risk, Severity, risk
from assistant.production.state import OrderState

_ORIGIN_PAPERS = ("certificate_of_origin", "certification_of_origin", "usmca_certification", "certificado_de_origen")


def certificates(state: OrderState, context: Context, expected: Forecast) -> Iterator[Risk]:
    """Certificates that the order calls for and that will not be in force on the day it is expected."""
    if state.delivered_on is not None:
        return
    due = max(filter(None, (expected.expected, state.order.promised)))
    for wanted in state.order.certifications:
        held = [c for c in context.certificates if wanted.lower() in c.standard.lower()]
        if not held:
            continue
        valid = [
            c
            for c in held
            if c.state in ("document_seen", "issuer_verified") and (c.expires is None or c.expires >= due)
        ]
        if valid:
            continue
        best = max(held, key=lambda c: c.expires or date.min)
        evidence = [{"standard": best.standard, "state": best.state, "expires": best.expires, "needed_on": due,
                     "document_id": best.document_id}]  # fmt: skip
        if (
            best.state in ("document_seen", "issuer_verified")
            and best.expires is not None
            and best.expires >= state.as_of
        ):
            yield risk(state, context, "certificate_expiring", "medium", evidence, subject=wanted,
                        standard=best.standard, day=best.expires, due=due)  # fmt: skip
        else:
            yield risk(state, context, "certificate_not_in_force", "high", evidence, subject=wanted,
                        standard=best.standard, state=say(f"state_{best.state}", context.language))  # fmt: skip


def papers(state: OrderState, context: Context, expected: Forecast) -> Iterator[Risk]:
    order = state.order
    origin = [p for p in state.papers if p.kind in _ORIGIN_PAPERS]
    for paper in state.papers:
        name = named(paper.kind, context.language)
        evidence: list[dict[str, Any]] = [
            {
                "document": paper.kind,
                "number": paper.number,
                "state": paper.word or paper.state,
                "expires": paper.expires,
                "event_id": paper.event_id,
            }
        ]
        if paper.kind in _ORIGIN_PAPERS and order.preference and paper.state != "ok":
            continue
        if paper.state in ("expired", "mismatched"):
            yield risk(state, context, f"document_{paper.state}", "high", evidence,
                        subject=f"{paper.kind}{paper.number or ''}", name=name)  # fmt: skip
        elif paper.state == "missing" and (
            state.shipments or (expected.expected or order.promised) <= state.as_of + timedelta(days=EXPIRING_DAYS)
        ):
            yield risk(state, context, "document_missing", "medium", evidence, subject=paper.kind, name=name)
        elif paper.state == "ok" and paper.expires and state.delivered_on is None:
            due = expected.expected or order.promised
            if paper.expires < due or paper.expires <= state.as_of + timedelta(days=EXPIRING_DAYS):
                yield risk(state, context, "document_expiring", "medium", evidence, subject=paper.kind, name=name,
                            day=paper.expires)  # fmt: skip
    if order.preference and not any(p.state == "ok" for p in origin):
        shown = [{"preference": order.preference, "documents": [p.word or p.state for p in origin]}]
        yield risk(state, context, "origin_document", "high" if state.shipments else "medium", shown,
                    program=order.preference)  # fmt: skip


def incidents(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    for incident in state.open_incidents:
        days = (state.as_of - incident.opened).days
        severity: Severity = (
            "high" if incident.severity in ("high", "critical") else "low" if incident.severity == "low" else "medium"
        )
        evidence = [
            {
                "event_id": incident.event_id,
                "opened": incident.opened,
                "kind": incident.kind,
                "text": incident.description,
            }
        ]
        yield risk(state, context, "incident", severity, evidence, subject=incident.id,
                    kind_name=named(incident.kind or "incident", context.language), days=days)  # fmt: skip


def tariff(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    change = context.duty_change
    if change is not None and state.delivered_on is None:
        evidence = [
            {
                "duty_now": change.before,
                "duty_on_arrival": change.after,
                "arrival": change.arrival,
                "why": change.reason,
            }
        ]
        yield risk(state, context, "tariff_change", "medium", evidence, before=change.before, after=change.after,
                    day=change.arrival)  # fmt: skip

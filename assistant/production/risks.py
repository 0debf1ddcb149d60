"""The risk register of an order: what may go wrong, why we think so, what shows it, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from assistant.production.control import control
from assistant.production.fold import OrderState
from assistant.production.forecast import Forecast, forecast
from assistant.production.kpis import EXPIRING_DAYS
from assistant.production.measures import KpiWindow, Language, say
from assistant.production.series import daily_good, weekly
from assistant.production.words import milestone_key

Severity = Literal["high", "medium", "low"]
_RANK = {"high": 0, "medium": 1, "low": 2}
LATE_HIGH_DAYS = 7
OVERDUE_HIGH_DAYS = 10
STALLED_DAYS = 10
QUALITY_WEEKS = 12
RECENT_POINTS = 3
_ORIGIN_PAPERS = ("certificate_of_origin", "certification_of_origin", "usmca_certification", "certificado_de_origen")


class Risk(BaseModel):
    """`key` names the risk for good (one alert each); `evidence` are the facts behind it, with the event where there is
    one."""

    key: str
    kind: str
    severity: Severity
    order_id: str
    manufacturer_id: str
    title: str
    cause: str
    evidence: list[dict[str, Any]]
    next_step: str


@dataclass(frozen=True)
class CertificateOnFile:
    """A certificate of the manufacturer as the catalog holds it, in its state on the day."""

    standard: str
    state: str
    expires: date | None
    document_id: str | None = None


@dataclass(frozen=True)
class DutyChange:
    """What the customs engine gives for the order on its day and on the day of arrival, where the two differ."""

    before: str
    after: str
    arrival: date
    reason: str


@dataclass(frozen=True)
class Context:
    """What is known beside the order. None or empty: not known, and no risk is made up from it."""

    history: Sequence[OrderState] = ()
    certificates: Sequence[CertificateOnFile] = ()
    monthly_capacity: Decimal | None = None
    other_makers: int | None = None
    duty_change: DutyChange | None = None
    language: Language = "en"
    evidence: dict[str, Any] = field(default_factory=dict)


def risks(state: OrderState, context: Context) -> list[Risk]:
    """The order's risks, the gravest first. A delivered order has none but open papers and incidents."""
    expected = forecast(state, context.history, context.language)
    found = [risk for check in _CHECKS for risk in check(state, context, expected)]
    return sorted(found, key=lambda r: (_RANK[r.severity], r.kind, r.key))


def _risk(
    state: OrderState, context: Context, kind: str, severity: Severity, evidence: list[dict[str, Any]], /,
    *, subject: str = "", **values: Any,
) -> Risk:  # fmt: skip
    lang = context.language
    order = state.order
    return Risk(
        key=":".join(part for part in (order.order_id, kind, subject) if part),
        kind=kind,
        severity=severity,
        order_id=order.order_id,
        manufacturer_id=order.manufacturer_id,
        title=say(f"risk_{kind}_title", lang),
        cause=say(f"risk_{kind}_cause", lang, **values),
        evidence=evidence,
        next_step=say(f"risk_{kind}_next", lang, **values),
    )


def _late(state: OrderState, context: Context, expected: Forecast) -> Iterator[Risk]:
    if state.delivered_on is not None:
        return
    promised = state.order.promised
    if state.as_of > promised:
        days = (state.as_of - promised).days
        yield _risk(state, context, "overdue", "high", [{"promised": promised, "days": days}], days=days)
        return
    quiet = _quiet_days(state)
    if quiet is not None and quiet >= STALLED_DAYS:
        left = f"{expected.remaining:,f}" if expected.remaining is not None else "?"
        yield _risk(state, context, "stalled", "high", [{"days_without_output": quiet}],
                    days=quiet, remaining=left)  # fmt: skip
    if expected.status == "forecast" and expected.expected is not None and expected.late_days is not None:
        evidence = [{"expected": expected.expected, "latest": expected.latest, "promised": promised}]
        if expected.late_days > 0:
            severity: Severity = "high" if expected.late_days >= LATE_HIGH_DAYS else "medium"
            yield _risk(state, context, "late", severity, evidence, days=expected.late_days, day=expected.expected,
                        why="; ".join(expected.basis))  # fmt: skip
        elif expected.latest is not None and expected.latest > promised:
            days = (expected.latest - promised).days
            yield _risk(state, context, "tight", "low", evidence, days=days, day=expected.expected)


def _quiet_days(state: OrderState) -> int | None:
    """Days since the last output of an order that is not fully made; None before the first."""
    made = daily_good(state)
    if not made or (state.good or Decimal(0)) >= state.order.quantity or state.shipments:
        return None
    return (state.as_of - max(made)).days


def _implied(state: OrderState, name: str) -> bool:
    """Whether what happened shows that a milestone was reached, though nobody reported it."""
    good = state.good or Decimal(0)
    return {
        "production_start": good > 0,
        "production_complete": good >= state.order.quantity,
        "shipped": any(s.departed for s in state.shipments),
    }.get(milestone_key(name), False)


def _milestones(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    if state.delivered_on is not None:
        return
    reached = [m.actual for m in state.milestones if m.actual]
    for milestone in state.milestones:
        if milestone.state(state.as_of) != "overdue" or milestone_key(milestone.name) == "delivered":
            continue
        if _implied(state, milestone.name) or any(
            later.actual for later in state.milestones[state.milestones.index(milestone) + 1 :]
        ):
            continue  # a later one was reached: this one was passed without being reported
        days = milestone.variance_days(state.as_of) or 0
        severity: Severity = "high" if days >= OVERDUE_HIGH_DAYS else "medium"
        evidence = [
            {"milestone": milestone.name, "planned": milestone.baseline, "last_reached": max(reached, default=None)}
        ]
        name = milestone.name.replace("_", " ")
        yield _risk(state, context, "milestone", severity, evidence, subject=milestone.name, name=name, days=days)
        break


def _quality(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    """A signal in the bad direction among the last points of the order's weekly yield or defects."""
    if state.delivered_on is not None:
        return
    window = KpiWindow(start=state.as_of - timedelta(weeks=QUALITY_WEEKS), end=state.as_of)
    for name, bad in (("first_pass_yield", "below"), ("defects_ppm", "above")):
        points = weekly([state], name, window)
        chart = control(points, baseline=max(len(points) - RECENT_POINTS, 0) or None)
        recent = [p for p in chart.points[-RECENT_POINTS:] if p.rules and p.side == bad]
        if recent:
            last = recent[-1]
            unit = "%" if name == "first_pass_yield" else "ppm"
            evidence = [{"kpi": name, "week": p.label, "value": p.value, "rules": p.rules, "mean": chart.mean,
                         "lower": chart.lower, "upper": chart.upper} for p in recent]  # fmt: skip
            yield _risk(state, context, "quality", "high" if 1 in last.rules else "medium", evidence, subject=name,
                        kpi=say(f"kpi_{name}", context.language), value=f"{last.value:,f} {unit}",
                        mean=f"{chart.mean or 0:,.2f} {unit}", week=last.label)  # fmt: skip


def _capacity(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    """The pace that the plan still asks for against the pace shown, or against the capacity that the profile states."""
    good = state.good or Decimal(0)
    remaining = state.order.quantity - good
    if state.delivered_on is not None or remaining <= 0:
        return
    planned = {milestone_key(m.name): m.baseline for m in state.milestones}
    end = planned.get("production_complete") or state.order.promised
    left = max((end - state.as_of).days, 1)
    needed = remaining / left
    made = daily_good(state)
    recent = [v for d, v in made.items() if d > state.as_of - timedelta(days=28)]
    if len(recent) >= 5:
        span = min((state.as_of - min(made)).days + 1, 28)
        pace = sum(recent, Decimal(0)) / span
        if needed > pace * Decimal("1.25"):
            evidence = [{"needed_per_day": round(needed, 1), "pace_per_day": round(pace, 1), "days_left": left}]
            yield _risk(state, context, "capacity", "high" if needed > 2 * pace else "medium", evidence,
                        needed=f"{needed:,.0f}", pace=f"{pace:,.0f}", days=left)  # fmt: skip
    elif context.monthly_capacity is not None and needed * 30 > context.monthly_capacity:
        evidence = [{"needed_per_month": round(needed * 30), "monthly_capacity": context.monthly_capacity}]
        yield _risk(state, context, "capacity_profile", "medium", evidence, needed=f"{needed * 30:,.0f}",
                    capacity=f"{context.monthly_capacity:,.0f}")  # fmt: skip


def _single_source(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    if state.delivered_on is None and state.order.stage == "scale" and context.other_makers == 0:
        evidence = [{"product": state.order.product, "makers": 1}]
        yield _risk(state, context, "single_source", "low", evidence, product=state.order.product)


def _certificates(state: OrderState, context: Context, expected: Forecast) -> Iterator[Risk]:
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
            yield _risk(state, context, "certificate_expiring", "medium", evidence, subject=wanted,
                        standard=best.standard, day=best.expires, due=due)  # fmt: skip
        else:
            yield _risk(state, context, "certificate_not_in_force", "high", evidence, subject=wanted,
                        standard=best.standard, state=say(f"state_{best.state}", context.language))  # fmt: skip


def _papers(state: OrderState, context: Context, expected: Forecast) -> Iterator[Risk]:
    order = state.order
    origin = [p for p in state.papers if p.kind in _ORIGIN_PAPERS]
    for paper in state.papers:
        name = paper.kind.replace("_", " ")
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
            yield _risk(state, context, f"document_{paper.state}", "high", evidence,
                        subject=f"{paper.kind}{paper.number or ''}", name=name)  # fmt: skip
        elif paper.state == "missing" and (
            state.shipments or (expected.expected or order.promised) <= state.as_of + timedelta(days=EXPIRING_DAYS)
        ):
            yield _risk(state, context, "document_missing", "medium", evidence, subject=paper.kind, name=name)
        elif paper.state == "ok" and paper.expires and state.delivered_on is None:
            due = expected.expected or order.promised
            if paper.expires < due or paper.expires <= state.as_of + timedelta(days=EXPIRING_DAYS):
                yield _risk(state, context, "document_expiring", "medium", evidence, subject=paper.kind, name=name,
                            day=paper.expires)  # fmt: skip
    if order.preference and not any(p.state == "ok" for p in origin):
        shown = [{"preference": order.preference, "documents": [p.word or p.state for p in origin]}]
        yield _risk(state, context, "origin_document", "high" if state.shipments else "medium", shown,
                    program=order.preference)  # fmt: skip


def _incidents(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
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
        yield _risk(state, context, "incident", severity, evidence, subject=incident.id,
                    kind_name=(incident.kind or "incident").replace("_", " "), days=days)  # fmt: skip


def _tariff(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
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
        yield _risk(state, context, "tariff_change", "medium", evidence, before=change.before, after=change.after,
                    day=change.arrival)  # fmt: skip


_Check = Callable[[OrderState, Context, Forecast], Iterator[Risk]]
_CHECKS: tuple[_Check, ...] = (
    _late, _milestones, _quality, _capacity, _single_source, _certificates, _papers, _incidents, _tariff,
)  # fmt: skip

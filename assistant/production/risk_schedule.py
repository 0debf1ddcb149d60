"""Risks of time, quality and capacity: late, stalled, a milestone overdue, quality drifting, pace, a single source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from assistant.production.control import control
from assistant.production.forecast import Forecast
from assistant.production.measures import KpiWindow, named, say
from assistant.production.merged import Merged
from assistant.production.risk_types import Context, Risk, Severity, risk
from assistant.production.series import weekly
from assistant.production.state import OrderState
from assistant.production.words import milestone_key

LATE_HIGH_DAYS = 7
OVERDUE_HIGH_DAYS = 10
STALLED_DAYS = 10
QUALITY_WEEKS = 12
RECENT_POINTS = 3


def late(state: OrderState, context: Context, expected: Forecast) -> Iterator[Risk]:
    if state.delivered_on is not None:
        return
    promised = state.order.promised
    if state.as_of > promised:
        days = (state.as_of - promised).days
        yield risk(state, context, "overdue", "high", [{"promised": promised, "days": days}], days=days)
        return
    quiet = _quiet_days(state)
    if quiet is not None and quiet >= STALLED_DAYS:
        left = f"{expected.remaining:,f}" if expected.remaining is not None else "?"
        yield risk(state, context, "stalled", "high", [{"days_without_output": quiet}],
                    days=quiet, remaining=left)  # fmt: skip
    if expected.status == "forecast" and expected.expected is not None and expected.late_days is not None:
        evidence = [{"expected": expected.expected, "latest": expected.latest, "promised": promised}]
        if expected.late_days > 0:
            severity: Severity = "high" if expected.late_days >= LATE_HIGH_DAYS else "medium"
            yield risk(state, context, "late", severity, evidence, days=expected.late_days, day=expected.expected,
                        why="; ".join(expected.basis))  # fmt: skip
        elif expected.latest is not None and expected.latest > promised:
            days = (expected.latest - promised).days
            yield risk(state, context, "tight", "low", evidence, days=days, day=expected.expected)


def _quiet_days(state: OrderState) -> int | None:
    """Days since the last output of an order that is not fully made; None before the first."""
    made = state.daily_good
    if not made or (state.good or Decimal(0)) >= state.order.quantity or state.shipments:
        return None
    return (state.as_of - max(made)).days


def milestones(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    if state.delivered_on is not None:
        return
    reached = [m.actual for m in state.milestones if m.actual]
    for milestone in state.milestones:
        if state.standing(milestone) != "overdue" or milestone_key(milestone.name) == "delivered":
            continue
        days = milestone.variance_days(state.as_of) or 0
        severity: Severity = "high" if days >= OVERDUE_HIGH_DAYS else "medium"
        evidence = [
            {"milestone": milestone.name, "planned": milestone.baseline, "last_reached": max(reached, default=None)}
        ]
        name = named(milestone.name, context.language)
        yield risk(state, context, "milestone", severity, evidence, subject=milestone.name, name=name, days=days)
        break


def quality(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    """A signal in the bad direction among the last points of the order's weekly yield or defects."""
    if state.delivered_on is not None:
        return
    window = KpiWindow(start=state.as_of - timedelta(weeks=QUALITY_WEEKS), end=state.as_of)
    own = Merged([state])
    for name, bad in (("first_pass_yield", "below"), ("defects_ppm", "above")):
        points = weekly(own, name, window)
        chart = control(points, baseline=max(len(points) - RECENT_POINTS, 0) or None)
        recent = [p for p in chart.points[-RECENT_POINTS:] if p.rules and p.side == bad]
        if recent:
            last = recent[-1]
            unit = "%" if name == "first_pass_yield" else "ppm"
            evidence = [{"kpi": name, "week": p.label, "value": p.value, "rules": p.rules, "mean": chart.mean,
                         "lower": chart.lower, "upper": chart.upper} for p in recent]  # fmt: skip
            yield risk(state, context, "quality", "high" if 1 in last.rules else "medium", evidence, subject=name,
                        kpi=say(f"kpi_{name}", context.language), value=f"{last.value:,f} {unit}",
                        mean=f"{chart.mean or 0:,.2f} {unit}", week=last.label)  # fmt: skip


def capacity(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    """The pace that the plan still asks for against the pace shown, or against the capacity that the profile states."""
    good = state.good or Decimal(0)
    remaining = state.order.quantity - good
    if state.delivered_on is not None or remaining <= 0:
        return
    planned = {milestone_key(m.name): m.baseline for m in state.milestones}
    end = planned.get("production_complete") or state.order.promised
    left = max((end - state.as_of).days, 1)
    needed = remaining / left
    made = state.daily_good
    recent = [v for d, v in made.items() if d > state.as_of - timedelta(days=28)]
    if len(recent) >= 5:
        span = min((state.as_of - min(made)).days + 1, 28)
        pace = sum(recent, Decimal(0)) / span
        if needed > pace * Decimal("1.25"):
            evidence = [{"needed_per_day": round(needed, 1), "pace_per_day": round(pace, 1), "days_left": left}]
            yield risk(state, context, "capacity", "high" if needed > 2 * pace else "medium", evidence,
                        needed=f"{needed:,.0f}", pace=f"{pace:,.0f}", days=left)  # fmt: skip
    elif context.monthly_capacity is not None and needed * 30 > context.monthly_capacity:
        evidence = [{"needed_per_month": round(needed * 30), "monthly_capacity": context.monthly_capacity}]
        yield risk(state, context, "capacity_profile", "medium", evidence, needed=f"{needed * 30:,.0f}",
                    capacity=f"{context.monthly_capacity:,.0f}")  # fmt: skip


def single_source(state: OrderState, context: Context, _: Forecast) -> Iterator[Risk]:
    if state.delivered_on is None and state.order.stage == "scale" and context.other_makers == 0:
        evidence = [{"product": state.order.product, "makers": 1}]
        yield risk(state, context, "single_source", "low", evidence, product=state.order.product)

"""A manufacturer's track record from its orders: one score for matching, with the reasons behind it.

Four parts, each from 0 to 1, weighted over those that have data: delivery (orders on time over the year, with two
orders at 80 % mixed in, so that one order does not decide), first pass yield (85 % is 0, 99 % is 1), its trend (the
last 90 days against the time before; five points lost are 0), and papers of delivered orders. The weights and anchors
are our own judgement (docs/assumptions.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pydantic import BaseModel

from assistant.production.control import control
from assistant.production.kpi_delivery import on_time_delivery
from assistant.production.kpi_quality import first_pass_yield
from assistant.production.measures import KpiWindow, Language, percent, printed, say
from assistant.production.merged import Merged
from assistant.production.series import weekly
from assistant.production.state import OrderState

YEAR_DAYS, RECENT_DAYS = 365, 90
FEWEST_WEEKS = 3
WEIGHTS = {"delivery": Decimal("0.4"), "yield": Decimal("0.25"), "trend": Decimal("0.25"), "papers": Decimal("0.1")}
_PRIOR_ORDERS, _PRIOR_SHARE = 2, Decimal("0.8")
_YIELD_NONE, _YIELD_FULL = Decimal(85), Decimal(99)
_POINTS_LOST = Decimal(5)
_NOTICED = Decimal(1)  # percentage points


class Record(BaseModel):
    """`score` 0 to 1; `parts` with score, weight and why; `warnings` what a buyer should know; `orders` looked at."""

    score: Decimal
    start: date
    end: date
    orders: int
    parts: list[dict[str, Any]]
    why: str
    warnings: list[str]


def track_record(states: Sequence[OrderState], day: date, language: Language = "en") -> Record | None:
    """The record of these orders (of one manufacturer) over the year that ends on `day`; None when they tell
    nothing."""
    year = KpiWindow(start=day - timedelta(days=YEAR_DAYS), end=day)
    found: list[tuple[str, Decimal, str]] = []
    warnings: list[str] = []
    states = Merged.of(states)
    for part in (_delivery, _yield, _trend, _papers):
        told = part(states, year, language)
        if told is not None:
            name, score, why, warn = told
            found.append((name, score, why))
            warnings += [why] if warn else []
    if not found:
        return None
    whole = sum((WEIGHTS[name] for name, _, _ in found), Decimal(0))
    trended = any(name == "trend" for name, _, _ in found)  # which tells the yield too
    reasons = [why for name, _, why in found if name != "yield" or not trended]
    score = _cut(sum((WEIGHTS[name] * value for name, value, _ in found), Decimal(0)) / whole)
    return Record(
        score=score,
        start=day - timedelta(days=YEAR_DAYS),
        end=day,
        orders=sum(1 for s in states if s.reported),
        parts=[
            {"name": name, "score": _cut(value), "weight": _cut(WEIGHTS[name] / whole), "why": why}
            for name, value, why in found
        ],
        why=say("record_why", language, score=score, reasons="; ".join(reasons)),
        warnings=warnings,
    )


_Part = tuple[str, Decimal, str, bool] | None


def _delivery(states: Sequence[OrderState], year: KpiWindow, language: Language) -> _Part:
    told = on_time_delivery(states, year)
    if not told.denominator or told.numerator is None:
        return None
    score = (told.numerator + _PRIOR_ORDERS * _PRIOR_SHARE) / (told.denominator + _PRIOR_ORDERS)
    why = say("record_delivery", language, good=told.numerator, all=told.denominator)
    return "delivery", score, why, told.numerator < told.denominator


def _yield(states: Sequence[OrderState], year: KpiWindow, language: Language) -> _Part:
    value = _share(states, _recent(year)) or _share(states, year)
    if value is None:
        return None
    score = min(max((value - _YIELD_NONE) / (_YIELD_FULL - _YIELD_NONE), Decimal(0)), Decimal(1))
    return "yield", score, say("record_yield", language, value=printed(value, "%", language)), False


def _trend(states: Sequence[OrderState], year: KpiWindow, language: Language) -> _Part:
    recent = _recent(year)
    earlier = KpiWindow(start=year.start, end=year.end - timedelta(days=RECENT_DAYS) if year.end else None)
    points = [(date.fromisoformat(label), value) for label, value in weekly(states, "first_pass_yield", year)]
    before = [p for p in points if recent.start and p[0] < recent.start]
    now, old = _share(states, recent), _share(states, earlier)
    if now is None or old is None or min(len(before), len(points) - len(before)) < FEWEST_WEEKS:
        return None
    lost = old - now
    chart = control([(day.isoformat(), value) for day, value in points], baseline=len(before))
    signal = any(p.rules and p.side == "below" for p in chart.points[len(before) :])
    key = "record_fell" if lost >= _NOTICED else "record_rose" if -lost >= _NOTICED else "record_steady"
    why = say(key, language, before=printed(old, "%", language), now=printed(now, "%", language), days=RECENT_DAYS)
    score = min(max(1 - lost / _POINTS_LOST, Decimal(0)), Decimal(1))
    return "trend", score, why, lost >= _NOTICED and (signal or chart.status == "no_data")


def _papers(states: Sequence[OrderState], year: KpiWindow, language: Language) -> _Part:
    """Papers of orders delivered in the year, and of open ones those that are expired or do not match."""
    papers = [p for s in states if year.holds(s.delivered_on) for p in s.papers]
    papers += [p for s in states if s.delivered_on is None for p in s.papers if p.state in ("expired", "mismatched")]
    if not papers:
        return None
    good = sum(p.state == "ok" for p in papers)
    why = say("record_papers", language, good=good, all=len(papers))
    return "papers", Decimal(good) / len(papers), why, good < len(papers)


def _recent(year: KpiWindow) -> KpiWindow:
    assert year.end is not None
    return KpiWindow(start=year.end - timedelta(days=RECENT_DAYS - 1), end=year.end)


def _share(states: Sequence[OrderState], window: KpiWindow) -> Decimal | None:
    told = first_pass_yield(states, window)
    if told.numerator is None or not told.denominator:
        return None
    return percent(told.numerator, told.denominator)


def _cut(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)

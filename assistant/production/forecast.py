"""When an order will be delivered: from its own pace and its manufacturer's history, with a range.

Making: what is still to make ÷ good units a calendar day over the last 28 days since the first output; the range is
that pace ∓ 1.28 standard errors of the daily output (80 %, normal). Before the first output the planned days stand.
After making: the days that the plan leaves between production's end and the promise.
History: the days by which the manufacturer's delivered orders missed (or beat) their promise; median, and 10th to 90th
percentile with at least three orders. It moves what is not yet under way: the whole while nothing is made, the part
after making later on. Without pace, plan and history there is no forecast.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from assistant.production.measures import Language, say
from assistant.production.state import OrderState
from assistant.production.words import milestone_key

PACE_DAYS = 28
FEWEST_ORDERS = 3
_EIGHTY = 1.28
_LONGEST = 3 * 365


class Forecast(BaseModel):
    """`status`: delivered, forecast or no_data. `late_days`: expected − promised, positive is late."""

    status: Literal["delivered", "forecast", "no_data"]
    expected: date | None = None
    earliest: date | None = None
    latest: date | None = None
    promised: date
    late_days: int | None = None
    pace_per_day: Decimal | None = None
    remaining: Decimal | None = None
    basis: list[str] = []


def forecast(state: OrderState, history: Sequence[OrderState], language: Language = "en") -> Forecast:
    """The forecast of one order on the day of its state; `history` are other orders of the manufacturer."""
    promised = state.order.promised
    if state.delivered_on is not None:
        late = (state.delivered_on - promised).days
        return Forecast(status="delivered", expected=state.delivered_on, earliest=state.delivered_on,
                        latest=state.delivered_on, promised=promised, late_days=late)  # fmt: skip
    slips = sorted(
        (h.delivered_on - h.order.promised).days
        for h in history
        if h.delivered_on is not None and h.order.order_id != state.order.order_id
    )
    slip = _spread(slips) if len(slips) >= FEWEST_ORDERS else (0, 0, 0)
    told = [say("basis_history", language, orders=len(slips), days=slip[1])] if len(slips) >= FEWEST_ORDERS else []
    good = state.good or Decimal(0)
    remaining = max(state.order.quantity - good, Decimal(0))
    result = Forecast(status="forecast", promised=promised, remaining=remaining)
    pace = _pace(state)
    if remaining and good and pace is not None:
        making = tuple(_days(remaining, rate) for rate in (pace[2], pace[1], pace[0]))
        result.pace_per_day = Decimal(str(round(pace[1], 1)))
        told.insert(0, say("basis_pace", language, pace=f"{result.pace_per_day:,f}", remaining=f"{remaining:,f}"))
        after = _after(state)
        days = [m + max(after + s, 0) for m, s in zip(making, slip, strict=True)]
    elif good and not remaining:
        told.insert(0, say("basis_made", language))
        shipped = [s.departed for s in state.shipments if s.departed]
        leaves = max(shipped) if shipped else state.as_of
        after = _after(state, sailing=bool(shipped))
        days = [max((leaves - state.as_of).days + after + s, 0) for s in slip]
    elif not good and (slips or any(m.actual for m in state.milestones)):
        behind = _behind(state)
        if behind is not None:
            told.insert(0, say("basis_milestones", language, days=behind))
        base = (promised - state.as_of).days + (behind or 0)
        days = [max(base + (s if behind is None else min(s, 0) if n == 0 else max(s, 0) if n == 2 else 0), 1)
                for n, s in enumerate(slip)]  # fmt: skip
    else:
        return Forecast(status="no_data", promised=promised, remaining=remaining, basis=[say("basis_none", language)])
    if min(days) > _LONGEST:
        return Forecast(
            status="no_data", promised=promised, remaining=remaining, basis=[say("basis_stopped", language)]
        )
    low, mid, high = sorted(min(d, _LONGEST) for d in days)
    result.earliest, result.expected, result.latest = (state.as_of + timedelta(days=d) for d in (low, mid, high))
    result.late_days = (result.expected - promised).days
    result.basis = told
    return result


def _pace(state: OrderState) -> tuple[float, float, float] | None:
    """Low, middle and high good units a calendar day, days without output included; None below three days."""
    made = state.daily_good
    if not made:
        return None
    first = max(min(made), state.as_of - timedelta(days=PACE_DAYS - 1))
    count = (state.as_of - first).days + 1
    if count < 3:
        return None
    daily = [float(made.get(first + timedelta(days=n), 0)) for n in range(count)]
    mean = statistics.fmean(daily)
    error = statistics.stdev(daily) / math.sqrt(count) * _EIGHTY
    return max(mean - error, mean * 0.25), mean, mean + error


def _days(remaining: Decimal, rate: float) -> int:
    return math.ceil(float(remaining) / rate) if rate > 0 else _LONGEST * 2


def _after(state: OrderState, *, sailing: bool = False) -> int:
    """Planned days from production's end (or from leaving the plant) to the promise; 0 when the plan does not tell."""
    planned = {milestone_key(m.name): m.baseline for m in state.milestones}
    start = planned.get("shipped") if sailing else None
    start = start or planned.get("production_complete") or planned.get("quality_release") or planned.get("shipped")
    return max((state.order.promised - start).days, 0) if start else 0


def _behind(state: OrderState) -> int | None:
    """Days behind the plan: of the last milestone reached, or more when one is overdue by more."""
    done = [m for m in state.milestones if m.actual is not None and m.baseline is not None]
    last = max(done, key=lambda m: m.actual or date.min, default=None)
    variances = [last.variance_days(state.as_of) or 0] if last else []
    variances += [m.variance_days(state.as_of) or 0 for m in state.milestones if state.standing(m) == "overdue"]
    return max(variances) if variances else None


def _spread(slips: Sequence[int]) -> tuple[int, int, int]:
    """10th percentile, median, 90th percentile, linearly between neighbours, in whole days."""

    def at(share: float) -> int:
        place = share * (len(slips) - 1)
        low = math.floor(place)
        high = min(low + 1, len(slips) - 1)
        return round(slips[low] + (slips[high] - slips[low]) * (place - low))

    return at(0.1), at(0.5), at(0.9)

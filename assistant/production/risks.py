"""The risk register of an order: what may go wrong, why we think so, what shows it, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.production import risk_compliance as compliance
from assistant.production import risk_schedule as schedule
from assistant.production.forecast import Forecast, forecast
from assistant.production.risk_types import RANK, Context, Risk
from assistant.production.state import OrderState

_CHECKS: tuple[Callable[[OrderState, Context, Forecast], Iterator[Risk]], ...] = (
    schedule.late, schedule.milestones, schedule.quality, schedule.capacity, schedule.single_source,
    compliance.certificates, compliance.papers, compliance.incidents, compliance.tariff,
)  # fmt: skip


def risks(state: OrderState, context: Context) -> list[Risk]:
    """The order's risks, the gravest first. A delivered order has none but open papers and incidents."""
    expected = forecast(state, context.history, context.language)
    found = [risk for check in _CHECKS for risk in check(state, context, expected)]
    return sorted(found, key=lambda r: (RANK[r.severity], r.kind, r.key))

"""Key figures of production: pure functions of order states, a window and a day. Definitions: `data/kpis.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.production import kpi_delivery as delivery
from assistant.production import kpi_quality as made
from assistant.production.kpi_delivery import States
from assistant.production.measures import Kpi, KpiWindow, Language, Measure, kpi
from assistant.production.merged import Merged

Function = Callable[[States, KpiWindow], Measure]
EXPIRING_DAYS = 30

KPIS: dict[str, Function] = {
    "on_time_delivery": delivery.on_time_delivery,
    "on_time_in_full": delivery.on_time_in_full,
    "schedule_variance": delivery.schedule_variance,
    "lead_time_promised": delivery.lead_time_promised,
    "lead_time_actual": delivery.lead_time_actual,
    "lead_time_trend": delivery.lead_time_trend,
    "first_pass_yield": made.first_pass_yield,
    "rolled_throughput_yield": made.rolled_throughput_yield,
    "defects_ppm": made.defects_ppm,
    "scrap_rate": made.scrap_rate,
    "oee": made.oee,
    "availability": made.availability,
    "performance": made.performance,
    "quality": made.quality,
    "output_against_plan": delivery.output_against_plan,
    "open_incidents": delivery.open_incidents,
    "document_compliance": delivery.document_compliance,
    "cost_of_poor_quality": delivery.cost_of_poor_quality,
}


def kpis(states: States, window: KpiWindow, language: Language = "en", names: Sequence[str] | None = None) -> list[Kpi]:
    """Every KPI (or those named), in the order of `KPIS`, over these orders as they stand on their `as_of`."""
    merged = Merged.of(states)
    return [kpi(name, KPIS[name](merged, window), window, language) for name in names or KPIS]

"""What one capability line fails of a need's volumes and times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.sourcing.facts import at_least, pilot_minimum, unit_factor
from assistant.sourcing.types import Capability
from assistant.sourcing.wording import say, unit_name

if TYPE_CHECKING:
    from assistant.sourcing.requirements import Judge

Key = tuple[str, str]


@dataclass(frozen=True)
class Failure:
    """One requirement not met. `key` names it (kind, value); `needs`: the value at which it would be met, if known."""

    key: Key
    why: str
    needs: float | None = None


def line_failures(judge: Judge, line: Capability | None, item: str) -> list[Failure]:
    """What one capability line fails of volumes and times."""
    need, language, failures = judge.need, judge.language, list[Failure]()
    process = say(language, "words", "for_process", name=judge.label("process", item)) if item else ""

    def fail(key: str, sentence: str, needs: float | None = None, **values: Any) -> None:
        failures.append(Failure((key, ""), say(language, "fails", sentence, **values), needs))

    factor = unit_factor(judge.vocabulary, line.unit, need.volume_unit) if line is not None else 1.0
    unit = unit_name(language, need.volume_unit)
    if need.monthly_volume is not None:
        free = line.free_capacity() if line is not None else None
        if line is None or line.monthly_capacity is None:
            fail("capacity", "capacity_unknown", process=process)
        elif factor is None:
            fail("capacity", "capacity_unit", has=unit_name(language, line.unit), unit=unit)
        elif free is None:
            fail("capacity", "capacity_utilization", process=process)
        elif not at_least(free * factor, need.monthly_volume):
            fail(
                "capacity",
                "capacity",
                needs=free * factor,
                free=math.floor(free * factor + 1e-6),
                unit=unit,
                volume=need.monthly_volume,
            )
    if line is not None and line.min_order is not None and factor is not None:
        minimum = line.min_order * factor
        for volume, key in ((need.monthly_volume, "min_order"), (need.order_volume, "order")):
            if volume is not None and not at_least(volume, minimum):
                fail(key, key, needs=minimum, has=minimum, unit=unit, volume=volume)
    if need.pilot_volume is not None:
        smallest = pilot_minimum(line)
        if line is None or smallest is None or factor is None:
            fail("pilot", "pilot_unknown")
        elif not at_least(need.pilot_volume, smallest * factor):
            fail(
                "pilot",
                "pilot",
                needs=smallest * factor,
                has=smallest * factor,
                unit=unit,
                volume=need.pilot_volume,
            )
    times: Mapping[str, tuple[int | None, int | None]] = {
        "lead_time": (need.max_lead_time_days, line.lead_time_days if line else None),
        "pilot_lead_time": (need.max_pilot_lead_time_days, line.pilot_lead_time_days if line else None),
    }
    for key, (limit, days) in times.items():
        if limit is not None and days is None:
            fail(key, f"{key}_unknown")
        elif limit is not None and days is not None and days > limit:
            fail(key, key, needs=days, has=days, limit=limit)
    return failures

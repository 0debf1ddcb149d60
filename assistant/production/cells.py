"""Production and inspection events added up: one cell a day at the plant, step and shape.

The shape is which figures an event tells. Every key figure asks only which are told and for their sums, so it gives the
same over cells as over the events themselves; and a sum can be kept up as events come and are corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from assistant.production.types import Event

SUMMED = ("production", "inspection")
"""Types of events that are added up; of the others each one counts by itself."""
GOOD, SCRAP, REWORK, PLANNED_QUANTITY, PLANNED_MINUTES, RUN = (1 << n for n in range(6))
RUNNING, CYCLE, MADE, FAILED, COST = (1 << n for n in range(6, 11))
INSPECTED, CHECKED, DEFECTS, PASSED = (1 << n for n in range(11, 15))
"""Told: PLANNED_MINUTES and CHECKED above zero; RUN at all, RUNNING above zero; MADE some unit, FAILED some of them;
INSPECTED at all; PASSED as a count of units, not as a lot's verdict."""
TYPED = "defect:"
_ZERO = Decimal(0)
_FIELDS = ("good", "scrap", "rework", "planned_quantity", "planned_minutes", "run_minutes", "cost", "inspected",
           "defects")  # fmt: skip


class Key(NamedTuple):
    """What a cell is of. `step` is empty where none is told; `told` has the bits above."""

    type: str
    day: date
    step: str
    told: int


@dataclass(slots=True)
class Cell:
    """`count` events and the sums other than 0 of what they tell: the events' own fields, `ideal_seconds` (ideal cycle
    × made), `passed`, `defect:KIND` and `untyped_defects`. Nobody changes one. Thousands are
    made at once: hence flat, and not frozen, which would take twice as long."""

    type: str
    day: date
    step: str
    told: int
    count: int
    sums: Mapping[str, Decimal]

    @property
    def key(self) -> Key:
        return Key(self.type, self.day, self.step, self.told)

    def tells(self, bits: int) -> bool:
        return self.told & bits == bits

    def __getitem__(self, name: str) -> Decimal:
        return self.sums.get(name, _ZERO)


def share_of(event: Event, day: date) -> tuple[Key, dict[str, Decimal]]:
    """The cell that a production or inspection event of `day` belongs to, and what it adds to its sums."""
    told, sums = 0, {name: value for name in _FIELDS if (value := getattr(event, name))}
    if event.cost is not None:
        told |= COST
    if event.type == "production":
        made = (event.good or _ZERO) + (event.scrap or _ZERO)
        told |= GOOD if event.good is not None else 0
        told |= SCRAP if event.scrap is not None else 0
        told |= REWORK if event.rework is not None else 0
        told |= PLANNED_QUANTITY if event.planned_quantity is not None else 0
        told |= PLANNED_MINUTES if event.planned_minutes else 0
        told |= 0 if event.run_minutes is None else RUN | RUNNING if event.run_minutes else RUN
        told |= MADE if made else 0
        told |= FAILED if event.scrap or event.rework else 0
        if event.ideal_cycle_seconds is not None:
            told |= CYCLE
            if ideal := event.ideal_cycle_seconds * made:
                sums["ideal_seconds"] = ideal
        return Key(event.type, day, event.step or "", told), sums
    told |= 0 if event.inspected is None else INSPECTED | CHECKED if event.inspected else INSPECTED
    told |= DEFECTS if event.defects is not None else 0
    if event.passed is not None and not isinstance(event.passed, bool):
        told |= PASSED
        if event.passed:
            sums["passed"] = event.passed
    for kind, count in event.defect_types.items():
        if count:
            sums[TYPED + kind] = count
    rest = (event.defects or _ZERO) - sum(event.defect_types.values(), _ZERO)
    if rest > 0:
        sums["untyped_defects"] = rest
    return Key(event.type, day, "", told), sums


def add_up(events: Iterable[Event], days: Mapping[str, date]) -> tuple[Cell, ...]:
    """Cells of the production and inspection events among these, in order of their keys."""
    counts: dict[Key, int] = {}
    sums: dict[Key, dict[str, Decimal]] = {}
    for event in events:
        if event.type in SUMMED:
            key, share = share_of(event, days[event.event_id])
            counts[key] = counts.get(key, 0) + 1
            so_far = sums.setdefault(key, {})
            for name, value in share.items():
                so_far[name] = so_far.get(name, _ZERO) + value
    return tuple(Cell(*key, counts[key], sums[key]) for key in sorted(counts))

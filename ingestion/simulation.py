"""Believable lives of orders, for the embedded sample and for `sourcing simulate production`. Same seed, same events.

A plan says what happens: pace, days lost, scrap by week, papers, incidents. `events_of` makes the events of it, in the
contract's format, in local time of the plant.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MILESTONES = (
    "order_confirmed", "materials_received", "first_article", "production_start", "production_complete",
    "quality_release", "shipped", "customs_cleared", "delivered",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What happens to one order. `shifts` production reports a working day; `trouble` maps a working day of production
    to (days it lasts, factor on output, factor on scrap)."""

    order: dict[str, Any]
    zone: str
    steps: tuple[str, ...] = ("line",)
    shifts: int = 2
    cycle_seconds: float = 20.0
    scrap: float = 0.02
    rework: float = 0.01
    uptime: float = 0.86
    slip_days: int = 0
    start_slip: int = 0
    pace: float = 1.0
    trouble: dict[int, tuple[int, float, float]] = field(default_factory=dict)
    defects: Mapping[str, float] = field(default_factory=lambda: {"flash": 3, "short_shot": 2, "scratch": 1})
    ppm: float = 900
    papers: tuple[tuple[str, int, dict[str, Any]], ...] = ()
    incidents: tuple[tuple[str, int, dict[str, Any]], ...] = ()
    customs_days: int = 1
    transit_days: int = 3
    split: int = 1


def milestones(placed: date, promised: date, transit_days: int) -> list[dict[str, Any]]:
    """Planned days between placing and promise, as plants plan them."""
    whole = (promised - placed).days
    delivered = promised
    shipped = delivered - timedelta(days=transit_days + 2)
    days = {
        "order_confirmed": placed + timedelta(days=2),
        "materials_received": placed + timedelta(days=round(whole * 0.2)),
        "first_article": placed + timedelta(days=round(whole * 0.28)),
        "production_start": placed + timedelta(days=round(whole * 0.33)),
        "production_complete": shipped - timedelta(days=3),
        "quality_release": shipped - timedelta(days=1),
        "shipped": shipped,
        "customs_cleared": shipped + timedelta(days=1),
        "delivered": delivered,
    }
    return [{"name": name, "planned": days[name].isoformat()} for name in MILESTONES]


def events_of(plan: Plan, seed: int, until: datetime) -> list[dict[str, Any]]:
    """Events of the plan in order of time, none after `until` (aware)."""
    found = sorted(_Life(plan, random.Random(seed)).events(), key=lambda e: (e["at"], e["event_id"]))
    return [e for e in found if datetime.fromisoformat(e["at"]) <= until]


class _Life:
    def __init__(self, plan: Plan, chance: random.Random) -> None:
        self.plan, self.chance = plan, chance
        self.zone = ZoneInfo(plan.zone)
        self.order_id = str(plan.order["order_id"])
        self.count = 0
        self.planned = {m["name"]: date.fromisoformat(m["planned"]) for m in plan.order["milestones"]}

    def at(self, day: date, hour: int, minute: int = 0) -> str:
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone).isoformat()

    def event(self, day: date, hour: int, type_: str, /, **fields: Any) -> dict[str, Any]:
        self.count += 1
        moment = self.at(day, hour, self.chance.randrange(60))
        return {"event_id": f"{self.order_id}-{self.count:04d}", "order_id": self.order_id, "at": moment, "type": type_,
                **fields}  # fmt: skip

    def events(self) -> Iterator[dict[str, Any]]:
        plan = self.plan
        slip = timedelta(days=plan.start_slip)
        for name in ("order_confirmed", "materials_received", "first_article"):
            extra = slip if name != "order_confirmed" else timedelta(0)
            yield self.event(self.planned[name] + extra, 10, "milestone", name=name)
        start = self.planned["production_start"] + slip
        yield self.event(start, 6, "milestone", name="production_start")
        done = yield from self._make(start)
        for kind, offset, fields in plan.incidents:
            yield self.event(start + timedelta(days=offset), 13, "incident", kind=kind, **fields)
        yield self.event(done, 21, "milestone", name="production_complete")
        release = done + timedelta(days=1)
        yield self.event(release, 15, "milestone", name="quality_release")
        yield from self._ship(release + timedelta(days=1))
        for kind, offset, fields in plan.papers:
            base = date.fromisoformat(plan.order["placed"]) + timedelta(days=offset)
            yield self.event(base, 11, "document", kind=kind, **fields)

    def _make(self, start: date) -> Generator[dict[str, Any], None, date]:
        """Shift reports and lot inspections until the quantity is made; gives the last day."""
        plan, quantity = self.plan, int(self.plan.order["quantity"])
        days = max((self.planned["production_complete"] - self.planned["production_start"]).days * 5 // 7, 1)
        target = quantity / days / plan.shifts
        made, day, working = 0, start, 0
        while made < quantity:
            if day.weekday() == 6 or (day.weekday() == 5 and plan.shifts < 3):
                day += timedelta(days=1)
                continue
            speed, bad = self._trouble(working)
            for shift in range(plan.shifts):
                wanted = target * plan.pace * speed * self.chance.gauss(1.08, 0.06)
                scrap_share = min(plan.scrap * bad * max(self.chance.gauss(1, 0.25), 0.2), 0.5)
                good = max(min(round(wanted * (1 - scrap_share)), quantity - made), 0)
                if good:
                    yield from self._shift(day, shift, good, scrap_share, speed, bad, round(target))
                    made += good
                if made >= quantity:
                    break
            if working % 2 == 1:
                yield self._inspection(day, working, bad)
            working += 1
            day += timedelta(days=1)
            if working > 400:
                break
        return day - timedelta(days=1)

    def _shift(
        self, day: date, shift: int, good: int, scrap_share: float, speed: float, bad: float, target: int
    ) -> Iterator[dict[str, Any]]:
        """One report a step: every unit passes all steps, so what later steps scrap was good in the earlier ones."""
        plan, minutes, rows, out = self.plan, 480, [], good
        for step in reversed(plan.steps):
            scrap = round(out * scrap_share / len(plan.steps))
            rows.append((step, out, scrap))
            out += scrap
        for step, made, scrap in reversed(rows):
            uptime = min(max(self.chance.gauss(plan.uptime, 0.04) * min(speed, 1), 0.05), 0.98)
            run, total = round(minutes * uptime), made + scrap
            cycle = min(plan.cycle_seconds, run * 60 * 0.97 / total)
            yield self.event(
                day, (13, 21, 23)[shift] if plan.shifts == 3 else (14, 22)[shift], "production", step=step,
                started=total, good=made, scrap=scrap,
                rework=min(round(made * plan.rework * bad / len(plan.steps)), made),
                planned_minutes=minutes, run_minutes=run, ideal_cycle_seconds=round(cycle, 2), planned_quantity=target,
            )  # fmt: skip

    def _inspection(self, day: date, working: int, bad: float) -> dict[str, Any]:
        plan = self.plan
        sample = self.chance.choice((125, 200, 315, 500))
        expected = sample * plan.ppm * bad / 1_000_000
        types: dict[str, int] = {}
        for _ in range(sum(1 for _ in range(sample) if self.chance.random() < expected / sample)):
            kind = self.chance.choices(list(plan.defects), list(plan.defects.values()))[0]
            types[kind] = types.get(kind, 0) + 1
        defects = sum(types.values())
        return self.event(day, 23, "inspection", lot=f"L{working // 2 + 1:03d}", inspected=sample, defects=defects,
                          passed=sample - defects, defect_types=types)  # fmt: skip

    def _trouble(self, working: int) -> tuple[float, float]:
        for begin, (lasts, speed, bad) in self.plan.trouble.items():
            if begin <= working < begin + lasts:
                return speed, bad
        return 1.0, 1.0

    def _ship(self, ready: date) -> Iterator[dict[str, Any]]:
        plan, quantity = self.plan, int(self.plan.order["quantity"])
        leave = max(ready, self.planned["shipped"]) + timedelta(days=plan.slip_days)
        part = quantity // plan.split
        mode = plan.order.get("transport_mode") or "truck"
        for number in range(plan.split):
            day = leave + timedelta(days=4 * number)
            amount = part if number < plan.split - 1 else quantity - part * (plan.split - 1)
            name = f"{self.order_id}-S{number + 1}"
            yield self.event(
                day, 18, "shipment", shipment_id=name, shipped_quantity=amount, mode=mode, departed=self.at(day, 18)
            )
            cleared = day + timedelta(days=plan.customs_days)
            arrives = max(cleared, day + timedelta(days=plan.transit_days))
            if number == 0:
                yield self.event(day, 18, "milestone", name="shipped")
            if number == plan.split - 1:
                yield self.event(cleared, 12, "milestone", name="customs_cleared")
            yield self.event(arrives, 10, "shipment", shipment_id=name, arrived=self.at(arrives, 10))
        yield self.event(arrives, 11, "milestone", name="delivered")

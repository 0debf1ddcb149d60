"""`sourcing simulate production`: fictional orders run in quick motion, their events sent to the API as they happen."""

from __future__ import annotations

import argparse
import itertools
import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from assistant.config import load_settings
from assistant.errors import InvalidInput, Unavailable
from ingestion.simulation import Plan, events_of, milestones

_DAYS = 100  # of an order's life before now
_BATCH = 1_000
_PLANTS = (
    ("huizache-precision-plastics", "America/Mexico_City", "Lens housing", ("molding", "pad_printing")),
    ("paso-alto-arneses", "America/Ciudad_Juarez", "Seat harness", ("cutting", "crimping", "assembly")),
    ("duna-blanca-electronica", "America/Ciudad_Juarez", "Lamp driver board", ("smt", "test")),
    ("laguna-mezclilla", "America/Monterrey", "Denim jacket", ("cutting", "sewing")),
    ("lakeshore-lantern-ems", "America/Toronto", "Sensor gateway", ("smt", "test")),
    ("driftlake-molding", "America/Detroit", "Tray insert", ("molding",)),
)


def run(options: argparse.Namespace) -> int:
    """Send until stopped, or until `--count` events are accepted."""
    if options.rate <= 0:
        raise InvalidInput("--rate must be above zero", field="--rate", hint="for example --rate 20")
    base = load_settings().api_base
    key = os.environ.get("SOURCING_UI_API_KEY", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    chance, sent, round_ = random.Random(options.seed), 0, 0
    stamp = datetime.now(UTC).strftime("%m%d%H%M%S")
    with httpx.Client(base_url=base, headers=headers, timeout=30, trust_env=False) as client:
        while options.count is None or sent < options.count:
            round_ += 1
            plans = _plans(chance, f"{stamp}{round_}")
            _post(client, [plan.order for plan in plans])
            print(f"orders {plans[0].order['order_id']} to {plans[-1].order['order_id']}, events to {base}", flush=True)
            midnight = datetime.now(UTC) - timedelta(hours=8)
            history = [e for plan in plans for e in events_of(plan, chance.randrange(1 << 30), midnight)]
            for start in range(0, len(history), _BATCH):
                _post(client, history[start : start + _BATCH])
            left = None if options.count is None else options.count - sent
            sent += _stream(client, _live(plans, history, chance, stamp), options.rate, left)
    print(f"{sent:,} events accepted", flush=True)
    return 0


def _stream(client: httpx.Client, rows: Iterator[dict[str, Any]], rate: float, most: int | None) -> int:
    """Send `rows` at `rate` a second, in small batches where one by one would be too slow; how many were accepted."""
    step = max(1, round(rate / 20))
    started, given, done, told = time.monotonic(), 0, 0, time.monotonic()
    while most is None or done < most:
        batch = list(itertools.islice(rows, step if most is None else min(step, most - done)))
        if not batch:
            break
        time.sleep(max(started + given / rate - time.monotonic(), 0))
        given += len(batch)
        for event in batch:
            event["at"] = datetime.now(UTC).isoformat()
        done += _post(client, batch)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            print(f"{done:,} live events accepted", flush=True)
    return done


def _live(
    plans: list[Plan], history: list[dict[str, Any]], chance: random.Random, stamp: str
) -> Iterator[dict[str, Any]]:
    """What happens now, a few units at a time, until every order is made and has left; `at` is set when sent."""
    made: dict[str, int] = {str(plan.order["order_id"]): 0 for plan in plans}
    for plan in plans:
        last = plan.steps[-1]
        name = str(plan.order["order_id"])
        made[name] = sum(e["good"] for e in history if e["order_id"] == name and e.get("step") == last)
    running = [plan for plan in plans if made[str(plan.order["order_id"])] < int(plan.order["quantity"])]
    for number in itertools.count(1):
        if not running:
            return
        plan = chance.choice(running)
        name, quantity = str(plan.order["order_id"]), int(plan.order["quantity"])
        base = {"event_id": f"{name}-live-{stamp}-{number}", "order_id": name}
        if number % 40 == 0:
            bad = 1 if chance.random() < plan.ppm / 4000 else 0
            kinds = {chance.choice(list(plan.defects)): bad} if bad else {}
            yield {**base, "type": "inspection", "lot": f"now-{number}", "inspected": 50, "defects": bad,
                   "passed": 50 - bad, "defect_types": kinds}  # fmt: skip
            continue
        good = min(chance.randint(1, 6), quantity - made[name])
        scrap = 1 if chance.random() < plan.scrap * 4 else 0
        run = round(chance.uniform(0.75, 0.98), 3)
        made[name] += good
        yield {**base, "type": "production", "step": plan.steps[-1], "started": good + scrap, "good": good,
               "scrap": scrap, "rework": 0, "planned_minutes": 1, "run_minutes": run,
               "ideal_cycle_seconds": round(run * 54 / (good + scrap), 2)}  # fmt: skip
        if made[name] >= quantity:
            running.remove(plan)
            for place, milestone in enumerate(("production_complete", "quality_release", "shipped")):
                yield {**base, "event_id": f"{base['event_id']}-{place}", "type": "milestone", "name": milestone}


def _post(client: httpx.Client, rows: list[dict[str, Any]]) -> int:
    try:
        answer = client.post("/v1/production/events", json=rows)
    except httpx.HTTPError as error:
        hint = "start it with `sourcing up`, or set SOURCING_API_URL"
        raise Unavailable(f"the API at {client.base_url} cannot be reached: {error}", hint=hint) from error
    if answer.is_error:
        told = answer.json().get("error", {}) if "json" in answer.headers.get("content-type", "") else {}
        raise Unavailable(f"the API refused: {told.get('message', answer.status_code)}", hint=told.get("hint"))
    body = answer.json()
    for row in body["rejected"][:3]:
        print(f"rejected: {row['reason']}", flush=True)
    return int(body["accepted"])


def _plans(chance: random.Random, stamp: str) -> list[Plan]:
    """One order a plant, placed so that most of its life lies before now."""
    today, plans = datetime.now(UTC).date(), []
    for number, (manufacturer, zone, product, steps) in enumerate(_PLANTS, start=1):
        placed = today - timedelta(days=chance.randint(_DAYS - 25, _DAYS))
        promised = placed + timedelta(days=chance.randint(95, 130))
        order: dict[str, Any] = {
            "order_id": f"SIM-{stamp}-{number}", "manufacturer_id": manufacturer, "product": product, "sample": True,
            "quantity": chance.choice((6000, 12000, 20000, 40000)), "placed": placed.isoformat(),
            "promised": promised.isoformat(), "stage": "scale", "milestones": milestones(placed, promised, 4),
            "documents": ["packing_list"], "timezone": zone,
        }  # fmt: skip
        plan = Plan(order, zone, steps=steps, cycle_seconds=_cycle(order), scrap=chance.uniform(0.01, 0.04),
                    ppm=chance.uniform(400, 2500), pace=chance.uniform(0.75, 1.1),
                    start_slip=chance.choice((0, 0, 3, 8)))  # fmt: skip
        if chance.random() < 0.4:
            plan = replace(plan, trouble={chance.randint(8, 20): (chance.randint(4, 9), 0.6, 3.5)})
        plans.append(plan)
    return plans


def _cycle(order: dict[str, Any]) -> float:
    """Ideal seconds a unit at which the plan keeps two shifts of 480 minutes busy, nine tenths of the time they run."""
    planned = {m["name"]: date.fromisoformat(m["planned"]) for m in order["milestones"]}
    days = max((planned["production_complete"] - planned["production_start"]).days * 5 // 7, 1)
    return round(480 * 60 * 0.86 * 0.9 / (int(order["quantity"]) / days / 2), 1)

"""Benchmarks of the origin engine: reading the whole annex, and checks of a 40-line bill of materials in bulk.

CPU time of this process, so that other work on the machine does not count; the bare counterpart is measured beside it.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOTE = ROOT.parent / "shared/data/us/general_notes/general_note_11_2025-04.txt"
CHECKS = 2_000
GOODS = (
    "8544.30.00", "8481.80.30", "8501.52.40", "9403.60.80", "3926.90.99", "8708.30.50", "8537.10.91", "7326.90.86",
    "8418.10.00", "8703.23.01", "3004.90.92", "2009.12.25",
)  # fmt: skip
INPUTS = (
    "7408.11.60", "8481.90.90", "8503.00.65", "3903.30.00", "7318.15.20", "8536.90.40", "8708.99.81", "9403.91.00",
    "8538.90.81", "7213.91.30", "3907.61.00", "8414.30.80", "7616.99.51", "4016.93.50", "8542.31.00",
)  # fmt: skip


def cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def requests(number: int) -> list[Any]:
    """Requests with 40 materials each: mixed origins, values, a few of unknown origin."""
    from assistant.customs.origin import OriginRequest

    chance, found = random.Random(11), []
    for n in range(number):
        materials = [
            {
                "description": f"part {i}",
                "hts": chance.choice(INPUTS),
                "origin": chance.choice(("MX", "US", "CN", "DE", "CA")),
                "originating": chance.choice((True, True, False, None)) if chance.random() < 0.9 else None,
                "value": str(chance.randint(1, 400) / 10),
            }
            for i in range(40)
        ]
        for m in materials:
            if m["origin"] in ("CN", "DE"):
                m["originating"] = False
        facts = {"production_country": "MX", "end_use": chance.choice(("other", "passenger vehicle")), "processes": []}
        body = {"hts": GOODS[n % len(GOODS)], "materials": materials, "transaction_value": "1200", "net_cost": "1000",
                "facts": facts, "as_of": "2026-06-15"}  # fmt: skip
        found.append(OriginRequest.model_validate(body))
    return found


def main() -> None:
    from assistant.customs.origin import Rules, check, verdict_of

    if NOTE.exists():
        from ingestion.sources.general_note_11 import coverage, read_rules

        read_rules(NOTE)
        text = NOTE.read_text(encoding="utf-8")
        bare = cpu(lambda: [line.split() for line in text.splitlines()])
        whole = cpu(lambda: read_rules(NOTE))
        share = coverage(read_rules(NOTE))
        print(
            f"  whole annex, text to rules: {whole:.2f} s CPU, {whole / bare:.0f} × splitting it into words; "
            f"{share.structured} of {share.rules} rules structured"
        )
    else:
        print(f"  whole annex skipped: {NOTE.name} is absent, put the official files in ../shared/data")
    rules = Rules.load()
    asked = requests(CHECKS)
    bodies = [r.model_dump_json() for r in asked]
    bare = cpu(lambda: [json.loads(b) for b in bodies])
    for r in asked[:50]:
        check(r, rules)
    short = cpu(lambda: [verdict_of(r, rules) for r in asked])
    full = cpu(lambda: [check(r, rules).model_dump_json() for r in asked])
    for name, took in (("verdict only", short), ("whole answer as JSON", full)):
        print(
            f"  {CHECKS:,} bills of 40 lines, {name}: {took:.1f} s CPU, {CHECKS / took * 60:,.0f} a minute, "
            f"{took / bare:.0f} × json.loads of the requests"
        )

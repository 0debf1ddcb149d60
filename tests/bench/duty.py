"""Benchmarks of the duty engine: one estimate, a batch on one core, and the whole schedule for every origin.

Every figure is measured in this run and printed beside a bare counterpart or beside the figure to beat.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCHEDULE = ROOT.parent / "shared/data/us/hts/hts_2026_rev_10.json.gz"
CENSUS = ROOT.parent / "shared/data/us/measures/yale_budget_lab/resources/census_codes.csv"
DAY = date(2026, 10, 1)
R_MODEL = (166.0, 235.0, 4.0, 6.8)  # CPU seconds and GB a date that the public R model needs on two cores
# One of each way the stack goes: plain, list 3, metals, vehicle part, drug, wood, softwood, compound rate.
LINES = ("8544300000", "8481805090", "7308909590", "8708295160", "3004909291", "9403409060", "4407110000", "0402992900")


def lines() -> list[Any]:
    """Ten-digit lines of the official schedule as the catalog would hand them over."""
    from assistant.customs.schedule import Line, Revision
    from ingestion.sources.hts_schedule import read_schedule

    revision = Revision("hts:bench", "2026 revision 10", date(2026, 6, 8), False, "HTSUS (2026) revision 10", None)
    found = []
    for row in read_schedule(SCHEDULE).rows:
        if len(row.hts) == 10:
            notes = tuple(
                {
                    "columns": list(n.columns),
                    "text": n.text,
                    "headings": list(n.headings),
                    "inherited_from": n.inherited_from,
                }
                for n in row.footnotes
            )
            rates = (row.general or "", row.special or "", row.other or "")
            found.append(Line(row.hts, (row.description,), tuple(row.units), *rates, revision, footnotes=notes))
    return found


def origins() -> list[str]:
    """240 countries and territories by ISO 3166-1 code."""
    import pycountry

    codes = sorted(country.alpha_2 for country in pycountry.countries)
    return [*[code for code in codes if code != "US"][:239], "XK"]


def sheet(rows: list[Any], countries: list[str], day: date) -> tuple[int, int, Decimal]:
    """(cells, distinct stacks, sum of known duty rates) of every row for every country on `day`, rates only."""
    from assistant.customs.panel import cards

    cells = stacks = 0
    total = Decimal(0)
    for row in rows:
        for members, stack in cards(row, day, countries):
            cells += len(members)
            stacks += 1
            if (duty := stack.total(fees=False)) is not None:
                total += duty * len(members)
    return cells, stacks, total


def whole_schedule() -> None:
    """Runs in a process of its own, so that the peak memory is its own; prints a JSON object."""
    start, cpu = time.perf_counter(), time.process_time()
    rows = lines()
    read, read_cpu = time.perf_counter() - start, time.process_time() - cpu
    cells, stacks, _ = sheet(rows, origins(), DAY)
    figures = {
        "lines": len(rows),
        "cells": cells,
        "stacks": stacks,
        "read_wall": read,
        "read_cpu": read_cpu,
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def profile(rows: list[Any]) -> None:
    """Where the time of the sheet goes, by function, on every fortieth line."""
    some, countries = rows[::40], origins()
    watch = cProfile.Profile()
    watch.runcall(sheet, some, countries, DAY)
    table = pstats.Stats(watch).stats  # type: ignore[attr-defined]
    whole = sum(row[2] for row in table.values())
    print(f"  where the time goes ({len(some)} lines under the profiler):")
    for (file, _, name), row in sorted(table.items(), key=lambda item: -item[1][2])[:12]:
        where = Path(file).name if file != "~" else "built in"
        print(f"    {row[2] / whole:6.1%}  {row[0]:>9,} calls  {where}:{name}")


def main() -> None:
    from tests.bench.__main__ import median_s

    if not SCHEDULE.exists():
        print(f"  skipped: {SCHEDULE.name} is absent, put the official files in ../shared/data")
        return
    from assistant.customs.duty import estimate
    from assistant.customs.types import DutyRequest

    rows = lines()
    by_number = {row.hts: row for row in rows}
    for hts in LINES:
        line = by_number.get(hts)
        if line is None:
            continue
        for origin in ("MX", "CN", "DE"):
            body: dict[str, Any] = {"hts": hts, "origin": origin, "entry_date": DAY, "customs_value": "25000"}
            request = DutyRequest.model_validate({**body, "transport_mode": "ocean", "quantities": {"kg": "1000"}})
            took = median_s(lambda r=request, x=line: estimate(r, x, DAY, [x.revision]), 50)  # type: ignore[misc]
            print(f"  one estimate in the engine, {hts} {origin}: {took * 1000:6.2f} ms")
    batch(rows)
    profile(rows)
    code = "from tests.bench.duty import whole_schedule; whole_schedule()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    got = json.loads(done.stdout)
    low, high, small, _ = R_MODEL
    less = f"{low / got['cpu']:.1f}-{high / got['cpu']:.1f} × less"
    print(
        f"  whole schedule: {got['lines']:,} lines × {len(origins())} origins = {got['cells']:,} cells, {DAY}, one core"
    )
    print(f"    CPU {got['cpu']:.1f} s ({got['read_cpu']:.1f} s of it reading the schedule), wall {got['wall']:.1f} s")
    print(f"    peak memory {got['peak_mib']:.0f} MiB; {got['stacks']:,} distinct stacks computed")
    print(f"    CPU {less} than the public R model ({low:.0f}-{high:.0f} s)")
    print(f"    memory {small * 1e9 / (got['peak_mib'] * 2**20):.1f} × less than its least ({small} GB)")


def batch(rows: list[Any]) -> None:
    """Lines per second of the engine over different lines, origins and values, one core."""
    from assistant.customs.duty import estimate
    from assistant.customs.types import DutyRequest

    some = rows[::20]
    start = time.process_time()
    for number, line in enumerate(some):
        body = {"hts": line.hts, "origin": ("MX", "CN", "DE", "VN")[number % 4], "entry_date": DAY}
        request = DutyRequest.model_validate({**body, "customs_value": str(1000 + number), "transport_mode": "ocean"})
        estimate(request, line, DAY, [line.revision])
    took = time.process_time() - start
    print(f"  batch in the engine: {len(some) / took:,.0f} lines a second on one core ({len(some)} lines)")


if __name__ == "__main__":
    os.chdir(tempfile.gettempdir())
    main()

"""Prints measured ratios: each figure beside its bare counterpart, both timed in the same run on the same machine."""

from __future__ import annotations

import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.bench.agent import bench_agent  # noqa: F401  found by its name
from tests.bench.production import bench_production  # noqa: F401  found by its name
from tests.bench.search import bench_search  # noqa: F401  found by its name

ROOT = Path(__file__).parents[2]
SCHEDULE = ROOT.parent / "shared/data/us/hts/hts_2026_rev_10.json.gz"
WIRE = {
    "hts": "8544300000",
    "origin": "MX",
    "entry_date": "2026-06-15",
    "customs_value": "25000",
    "transport_mode": "truck",
}


def median_s(work: Callable[[], Any], repeat: int) -> float:
    """Median seconds of `repeat` runs, after one that warms up."""
    work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(name: str, ours: float, bare: float, against: str) -> None:
    print(f"  {name:44} {ours * 1000:10.2f} ms   {ours / bare:7.2f} × {against} ({bare * 1000:.2f} ms)")


def bench_ingest() -> None:
    """Papers in: passages against the bare encoder, pages against bare pypdf, memory at two sizes of corpus."""
    from tests.bench.ingest import main as ingest

    ingest()


def bench_ingest_us() -> None:
    """The whole folder ../shared/data/us from nothing: time, memory, counts (several minutes)."""
    from tests.bench.ingest import whole

    whole()


def bench_schedule() -> None:
    """Reading the official schedule against bare JSON decoding of the same file; the whole ingest with its memory."""
    if not SCHEDULE.exists():
        print(f"  skipped: {SCHEDULE.name} is absent, put the official files in ../shared/data")
        return
    from assistant.customs.rates import parse_rate, parse_special
    from ingestion.sources.hts_schedule import read_schedule

    bare = median_s(lambda: json.loads(gzip.decompress(SCHEDULE.read_bytes())), 3)
    row("read revision 10 (35,509 rows)", median_s(lambda: read_schedule(SCHEDULE), 3), bare, "json.loads")
    texts = sorted({t for r in read_schedule(SCHEDULE).rows for t in (r.general, r.other) if t})
    special = sorted({r.special for r in read_schedule(SCHEDULE).rows if r.special})

    def parse_all() -> None:
        parse_rate.cache_clear() if hasattr(parse_rate, "cache_clear") else None
        for text in texts:
            parse_rate(text)
        for text in special:
            parse_special(text)

    print(f"  parse {len(texts) + len(special):,} distinct rate texts: {median_s(parse_all, 3) * 1000:.1f} ms")
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "SOURCING_HOME": home}
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "assistant.cli", "ingest", str(SCHEDULE), "--json"], env=env, check=True,
                       capture_output=True)  # fmt: skip
        wall = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        row("ingest revision 10 into an empty home", wall, bare, "json.loads")
        print(f"  peak memory of that process: {peak:.0f} MiB")


def bench_estimate() -> None:
    """One duty estimate: the pure engine, the tool around it, against one exact multiplication."""
    from assistant.bootstrap import open_services
    from assistant.config import load_settings
    from assistant.tools import call

    services = open_services(load_settings({"SOURCING_HOME": _home()}))

    def multiplications() -> Decimal:
        return sum((Decimal("25000") * Decimal("0.05") for _ in range(1000)), Decimal(0))

    bare = median_s(multiplications, 20) / 1000
    tool = median_s(lambda: call(services, "estimate_duty", WIRE), 200)
    row("estimate_duty through the tool", tool, bare, "one Decimal product")
    print(f"  {1 / tool:,.0f} estimates per second on one core")


def bench_origin() -> None:
    """The origin engine: the whole annex read, and checks of 40-line bills of materials in bulk."""
    from tests.bench.origin import main as origin

    origin()


def bench_duty() -> None:
    """The duty engine: one estimate, a batch, the whole schedule for 240 origins on a day; where the time goes."""
    from tests.bench.duty import main as duty

    duty()


def bench_ask() -> None:
    """A warm answer against the tool call inside it."""
    from assistant.bootstrap import open_services
    from assistant.config import load_settings
    from assistant.schema import AskRequest
    from assistant.tools import call

    services = open_services(load_settings({"SOURCING_HOME": _home()}))
    question = "What is the duty on 8544.30.00.00 from Mexico worth 25,000 dollars by truck?"
    bare = median_s(lambda: call(services, "estimate_duty", WIRE), 20)
    row("ask, warm", median_s(lambda: services.ask(AskRequest(question=question)), 20), bare, "the tool alone")


def bench_match() -> None:
    """Needs over generated plants (PLANTS=1000000 for the full size): load time, median and p95, memory."""
    from tests.bench.match import run

    run()


def bench_meaning() -> None:
    """Reading by meaning: each phrase of the vocabulary left out and looked up among the others."""
    from tests.bench.meaning import run

    run()


def bench_cold() -> None:
    """Whole processes from nothing, against a bare interpreter."""
    env = {**os.environ, "SOURCING_HOME": _home()}

    def run(*command: str) -> Callable[[], Any]:
        return lambda: subprocess.run([sys.executable, *command], env=env, check=True, capture_output=True)

    cli = ("-m", "assistant.cli")
    bare = median_s(run("-c", "pass"), 5)
    row("sourcing --help", median_s(run(*cli, "--help"), 5), bare, "python -c pass")
    row(
        "sourcing tool estimate_duty",
        median_s(run(*cli, "tool", "estimate_duty", json.dumps(WIRE)), 5),
        bare,
        "the same",
    )
    row("sourcing search", median_s(run(*cli, "search", "harbor maintenance fee"), 3), bare, "the same")
    row("sourcing ask", median_s(run(*cli, "ask", "What is the general rate for 8544.30.00.00?"), 3), bare, "the same")


_HOME: list[tempfile.TemporaryDirectory[str]] = []


def _home() -> str:
    """A home with the embedded corpus, filled once a run."""
    if not _HOME:
        from assistant.bootstrap import open_services
        from assistant.config import load_settings

        _HOME.append(tempfile.TemporaryDirectory())
        services = open_services(load_settings({"SOURCING_HOME": _HOME[0].name}))
        start = time.perf_counter()
        services.load_sample_if_empty()
        print(f"  (filled a home with the embedded corpus in {time.perf_counter() - start:.1f} s)")
    return _HOME[0].name


BENCHES = {name[6:]: work for name, work in list(globals().items()) if name.startswith("bench_")}


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHES)
    if unknown := sorted(set(wanted) - set(BENCHES)):
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in wanted:
        print(f"{name}: {(BENCHES[name].__doc__ or '').splitlines()[0]}", flush=True)
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())

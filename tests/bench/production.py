"""Production tracking measured: what a server accepts durably, how fresh the page is, what a key figure costs over many
events. `BENCH_EVENTS=10000000 make bench BENCH=production` for the large catalog (3 GB on disk while it runs)."""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.http.work import settle
from assistant.production.kpis import kpis
from assistant.production.measures import KpiWindow
from assistant.tools import call
from assistant.tracking.book import book_of
from tests.bench.production_catalog import DAYS, FIRST, ORDERS, add_one_plant, an_event, an_order, copy_sums, fill

ROOT = Path(__file__).parents[2]
EVENTS = "/v1/production/events"
POLL_S = 0.5
"""As often as the page asks (ui.production)."""
_SERVER = """
from assistant.api import serve
from assistant.bootstrap import Services
from assistant.config import load_settings
Services.load_sample_if_empty = lambda self, progress=None: None
serve(load_settings())
"""
_ALL_ADDED = 1_000_000
"""Of more events one plant's are added up, and their sums copied to the others, which send the same."""


def bench_production() -> None:
    """Orders' events: accepted durably, seen on the page, key figures over many of them."""
    with tempfile.TemporaryDirectory() as home:
        _accepting(Path(home))
    with tempfile.TemporaryDirectory() as home:
        _asking(Path(home), int(os.environ.get("BENCH_EVENTS", "100000")))


def _accepting(home: Path) -> None:
    bare = _bare_commits(home / "bare.sqlite", 200)
    with _server(home) as base, httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        orders = [an_order(n, 0) for n in range(20)]
        client.post(EVENTS, json=orders).raise_for_status()
        rows = [an_event(n, orders[n % 20]["order_id"]) for n in range(20_000)]
        begun = time.perf_counter()
        for start in range(0, len(rows), 1_000):
            assert client.post(EVENTS, json=rows[start : start + 1_000]).json()["accepted"] == 1_000
        many = len(rows) / (time.perf_counter() - begun)
        _say("accepted and on disk, 1,000 a call", f"{many:8,.0f} events/s")
        for senders in (1, 16):
            alone = _alone(base, senders, 600)
            ratio = f"{alone / bare:5.2f} × bare SQLite commits ({bare:,.0f}/s)"
            _say(f"the same, one a call, senders: {senders}", f"{alone:8,.0f} events/s   {ratio}")
        seen = _freshness(base, rate=200, seconds=15)
        for name, waits in seen.items():
            p50, p95 = statistics.median(waits), statistics.quantiles(waits, n=20)[-1]
            _say(f"200 events/s, from acknowledged to {name}", f"p50 {p50:5.2f} s   p95 {p95:5.2f} s")


def _bare_commits(path: Path, count: int) -> float:
    """Rows a second of bare SQLite, one durable commit a row."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id TEXT UNIQUE, body TEXT)")
    begun = time.perf_counter()
    for number in range(count):
        connection.execute("INSERT INTO rows VALUES (?, ?)", (str(number), "x" * 200))
    connection.close()
    return count / (time.perf_counter() - begun)


def _alone(base: str, senders: int, count: int) -> float:
    def send(sender: int) -> None:
        with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
            for number in range(count // senders):
                event = an_event(number, "o0-0", f"alone-{senders}-{sender}-{number}")
                assert client.post(EVENTS, json=event).json()["accepted"] == 1

    begun = time.perf_counter()
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(send, range(senders)))
    return count // senders * senders / (time.perf_counter() - begun)


def _freshness(base: str, rate: int, seconds: int) -> dict[str, list[float]]:
    """Seconds from an event's acknowledgement to its arrival in the stream, and to a board that counts it."""
    acknowledged: dict[str, float] = {}
    streamed: dict[str, float] = {}
    counted: list[tuple[int, float]] = []
    done = threading.Event()
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        before = sum(o["events"] for o in client.get("/v1/production/board").json()["orders"])

        def listen() -> None:
            with client.stream("GET", "/v1/production/stream") as lines:
                for line in lines.iter_lines():
                    if line.startswith("data: "):
                        streamed[json.loads(line[6:])["event"]["event_id"]] = time.perf_counter()
                    if done.is_set():
                        return

        def watch() -> None:
            version = ""
            with httpx.Client(base_url=base, trust_env=False, timeout=60) as page:
                while not done.is_set():
                    begun = time.perf_counter()
                    board = page.get("/v1/production/board", params={"version": version}).json()
                    if "orders" in board:
                        version = board["version"]
                        total = sum(o["events"] for o in board["orders"]) - before
                        counted.append((total, time.perf_counter()))
                    time.sleep(max(POLL_S - (time.perf_counter() - begun), 0))

        threads = [threading.Thread(target=work) for work in (listen, watch)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        order, step, begun = list[str](), 10, time.perf_counter()
        for number in range(rate * seconds // step):
            rows = [an_event(n, f"o{n % 20}-0", f"fresh-{number}-{n}") for n in range(step)]
            time.sleep(max(begun + number * step / rate - time.perf_counter(), 0))
            assert client.post(EVENTS, json=rows).json()["accepted"] == step
            for row in rows:
                acknowledged[row["event_id"]] = time.perf_counter()
                order.append(row["event_id"])
        time.sleep(4)
        client.post(EVENTS, json=an_event(0, "o0-0", "end"))
        done.set()
        for thread in threads:
            thread.join(15)
    drawn = []
    for place, name in enumerate(order, start=1):
        at = next((moment for total, moment in counted if total >= place), None)
        assert at is not None, "an acknowledged event never came to the board"
        drawn.append(max(at - acknowledged[name], 0.0))
    return {"the stream": [max(streamed[n] - acknowledged[n], 0.0) for n in order], "the page's board": drawn}


def _asking(home: Path, size: int) -> None:
    services = Services(replace(Settings(), home=home), lambda: FIRST + timedelta(days=DAYS))
    makers = max(size // (ORDERS * 5_000), 5)
    per_day = max(size // (makers * ORDERS * DAYS), 1)
    _ = services.catalog
    total = fill(home / "catalog.sqlite", makers, per_day)
    book = book_of(services)
    begun, used = time.perf_counter(), time.process_time()
    summed = book.rollup.catch_up() if total <= _ALL_ADDED else add_one_plant(book, home / "catalog.sqlite", per_day)
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    if summed < total:
        copy_sums(book, home / "catalog.sqlite", makers)
    disk = sum(f.stat().st_size for f in home.iterdir()) / 1e9
    _say(f"{total:,} events, {makers * ORDERS:,} orders, {makers} plants", f"{disk:.2f} GB")
    told = f"{summed / wall:8,.0f} events/s   ({wall:.1f} s, of them {cpu:.1f} s CPU)"
    _say("added up" if summed == total else f"one plant's {summed:,} added up, sums copied", told)
    chance, times, warm = random.Random(1), list[tuple[float, float]](), list[tuple[float, float]]()
    day = services.today()

    def ask(maker: int) -> tuple[float, float]:
        start, used = time.perf_counter(), time.process_time()
        found = call(services, "supplier_performance", {"manufacturer_id": f"m{maker}"})
        assert len(found["orders"]) == ORDERS
        assert next(k for k in found["kpis"] if k["name"] == "first_pass_yield")["value"] == "90.00"
        return time.perf_counter() - start, time.process_time() - used

    ask(0)
    warm_up = threading.Event()
    warm_up.set()
    settle(warm_up)  # as the server does
    for number in range(1, min(makers, 101)):
        times.append(ask(number))
    for number in range(100):
        maker = chance.randrange(min(makers, 100))
        rows = [an_event(n, f"o{n}-{maker}", f"new-{number}-{n}", day=day) for n in range(3)]
        _add(book, rows)
        warm.append(ask(maker))
    _told("a supplier's year, read for the first time", times)
    _told("the same after new events, each counted", warm)
    whole = []
    for number in range(5):
        _add(book, [an_event(number, "o1-1", f"whole-{number}", day=day)])
        start = time.perf_counter()
        states = book.states(services, day)
        found = kpis(states, KpiWindow(start=day - timedelta(days=365), end=day))
        assert len(states) == makers * ORDERS and found
        whole.append(time.perf_counter() - start)
    rest = f"first {whole[0] * 1000:6.0f} ms   then {min(whole[1:]) * 1000:6.0f} ms"
    _say("every key figure over all orders at once", rest)
    services.catalog.close()


def _told(name: str, times: list[tuple[float, float]]) -> None:
    """Wall time, and CPU time, which other work on the machine does not lengthen."""
    wall, cpu = ([1000 * row[n] for row in times] for n in (0, 1))
    p95 = [statistics.quantiles(ms, n=20)[-1] for ms in (wall, cpu)]
    _say(
        name,
        f"p50 {statistics.median(wall):5.0f} ms   p95 {p95[0]:5.0f} ms   (CPU p95 {p95[1]:5.0f} ms, {len(wall)} times)",
    )


def _say(name: str, told: str) -> None:
    print(f"  {name:48} {told}", flush=True)


def _add(book: Any, rows: list[dict[str, Any]]) -> None:
    from assistant.production.reading import digest
    from retrieval.production import NewRow

    given = [NewRow(r["event_id"], r["order_id"], r, digest(r)) for r in rows]
    _, outcomes, _ = book.production.add("public", [], given, now=datetime.now(UTC))
    assert outcomes == ["added"] * len(rows)


@contextmanager
def _server(home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SOURCING_HOME": str(home), "SOURCING_API_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "-c", _SERVER], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                httpx.get(f"{base}/healthz", trust_env=False)
                break
            except httpx.HTTPError:
                if server.poll() is not None:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.1)
        yield base
    finally:
        server.terminate()
        server.wait(30)

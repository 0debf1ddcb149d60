"""The server is killed in the middle of a burst: every event that it acknowledged is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from retrieval.catalog import Catalog
from retrieval.production import Production
from tests.conftest import ROOT

SERVER = """
import sys
from assistant.api import serve
from assistant.bootstrap import Services
from assistant.config import load_settings
Services.load_sample_if_empty = lambda self, progress=None: None
serve(load_settings())
"""


def _row(sender: int, number: int) -> dict[str, Any]:
    at = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=number)
    return {"event_id": f"s{sender}-{number}", "order_id": "PO-1", "at": at.isoformat(), "type": "production",
            "good": 1,
            "scrap": 0}  # fmt: skip


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SOURCING_HOME": str(tmp_path), "SOURCING_API_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "-c", SERVER], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    base, acknowledged = f"http://127.0.0.1:{port}", []
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{base}/healthz", trust_env=False)
                break
            except httpx.HTTPError:
                assert time.monotonic() < deadline and server.poll() is None
                time.sleep(0.1)
        order = {"order_id": "PO-1", "manufacturer_id": "m", "product": "p", "quantity": 9}
        order |= {"placed": "2026-08-01", "promised": "2026-12-01"}
        assert httpx.post(f"{base}/v1/production/events", json=order, trust_env=False).json()["accepted"] == 1

        def burst(sender: int) -> None:
            with httpx.Client(base_url=base, trust_env=False, timeout=10) as client:
                for number in range(100_000):
                    rows = [_row(sender, number * 3 + n) for n in range(1 if sender % 2 else 3)]
                    try:
                        answer = client.post("/v1/production/events", json=rows)
                    except httpx.HTTPError:
                        return
                    assert answer.json()["accepted"] == len(rows)
                    acknowledged.extend(row["event_id"] for row in rows)

        threads = [threading.Thread(target=burst, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 300:
            assert time.monotonic() < deadline + 60
            time.sleep(0.01)
        server.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(30)
    finally:
        if server.poll() is None:
            server.kill()
        server.wait(30)
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    stored = {e.event_id for e in Production(catalog).events("public", "PO-1")}
    missing = set(acknowledged) - stored
    assert len(acknowledged) >= 300 and not missing
    catalog.close()

"""`sourcing up` as a process: both servers answer, and either signal stops both."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def answers(port: int, path: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_both_and_stops_both(home: Path, stop: signal.Signals) -> None:
    api, page = free_ports(2)
    env = {**os.environ, "SOURCING_HOME": str(home), "SOURCING_API_PORT": str(api), "SOURCING_UI_PORT": str(page)}
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "up"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, (process.stderr and process.stderr.read(), printed)
            printed += line
        assert f"http://127.0.0.1:{api}" in printed and f"http://127.0.0.1:{page}" in printed
        assert answers(api, "/healthz") and answers(page, "/")
        process.send_signal(stop)
        assert process.wait(timeout=60) == 0
        while answers(api, "/healthz") or answers(page, "/"):  # the ports close just after the processes end
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_taken_port_is_named(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "SOURCING_HOME": str(home), "SOURCING_API_PORT": str(port)}
        done = subprocess.run(
            [sys.executable, "-m", "assistant.cli", "up"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1 and "SOURCING_API_PORT" in done.stderr and "Traceback" not in done.stderr

"""`sourcing up`: the API and the chat page together, as `make run` starts them."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from assistant.bootstrap import open_services
from assistant.config import Settings, load_settings
from assistant.errors import Unavailable

PATIENCE_S = 120


def run(options: argparse.Namespace) -> int:
    # A shell that starts jobs in the background leaves Ctrl-C ignored; both signals must stop both servers.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = load_settings()
    for port, setting in ((settings.api_port, "SOURCING_API_PORT"), (settings.ui_port, "SOURCING_UI_PORT")):
        _check_free(settings.api_host, port, setting)
    services = open_services(settings)
    report = services.load_sample_if_empty(_note)
    if report is not None:
        print(f"Loaded the embedded corpus: {len(report.files)} files.", flush=True)
    del services
    processes = [_api(), _page(settings)]
    try:
        _wait_for(settings.api_host, settings.api_port, processes)
        _wait_for(settings.api_host, settings.ui_port, processes)
        print(f"API        {settings.api_base}  (documentation at {settings.api_base}/docs)", flush=True)
        print(f"Chat page  http://{settings.api_host}:{settings.ui_port}", flush=True)
        print("Ctrl-C stops both.", flush=True)
        while all(p.poll() is None for p in processes):
            time.sleep(0.2)
        raise Unavailable("one of the two servers stopped", hint="see what it printed above")
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
        return 0
    finally:
        _stop(processes)


_STEPS = {"files": "Loading the embedded corpus", "vectors": "Making its vectors"}


def _note(what: str, done: int, total: int) -> None:
    if done == 0:
        print(f"{_STEPS.get(what, what)} ({total} {what}) …", flush=True)


def _check_free(host: str, port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"port {port} of {host} cannot be used: {error.strerror}",
                field=setting,
                hint=f"stop what uses it, or set {setting} to a free port",
            ) from error


def _api() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "assistant.cli", "serve"], start_new_session=True)


def _page(settings: Settings) -> subprocess.Popen[bytes]:
    spec = find_spec("ui")
    assert spec is not None and spec.submodule_search_locations  # the page is part of the distribution
    page = Path(next(iter(spec.submodule_search_locations))) / "app.py"
    flags = {
        "server.address": settings.api_host,
        "server.port": str(settings.ui_port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "server.fileWatcherType": "none",
        "client.toolbarMode": "minimal",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(page)]
    command += [f"--{name}={value}" for name, value in flags.items()]
    return subprocess.Popen(
        command,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCING_API_URL": settings.api_base},
    )


def _wait_for(host: str, port: int, processes: list[subprocess.Popen[bytes]]) -> None:
    """Until something answers on the port; Unavailable when a server died or took too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if any(p.poll() is not None for p in processes):
            raise Unavailable("a server stopped while starting", hint="see what it printed above")
        try:
            with socket.create_connection((host, port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise Unavailable(f"nothing answers on port {port} after {PATIENCE_S} s", hint="see what was printed above")


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)

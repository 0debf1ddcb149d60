"""Chromium, the chat page on a free port, and the API behind it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def _chromium() -> str | None:
    named = [os.environ.get("CHROMIUM", ""), "/usr/bin/chromium"]
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in [*named, *found] if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium, or name one in CHROMIUM")
    sync = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
    with sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(check: Any, what: str) -> None:
    """Until `check` is true; fails after PATIENCE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def start_page(api_url: str) -> tuple[subprocess.Popen[bytes], str]:
    """The chat page as `sourcing up` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "ui" / "app.py"), f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--server.headless=true", "--server.fileWatcherType=none"]
    process = subprocess.Popen(
        command, env={**os.environ, "SOURCING_API_URL": api_url}, stdout=subprocess.DEVNULL, cwd=ROOT
    )
    address = f"http://127.0.0.1:{port}"

    def up() -> bool:
        assert process.poll() is None, "the page's server stopped"
        try:
            return httpx.get(f"{address}/_stcore/health", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    wait_until(up, "the page's server")
    return process, address


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from scripted import Api

    running = Api(tmp_path_factory.mktemp("scripted"))
    yield running
    running.agent.gate.set()
    running.stop()


@pytest.fixture(scope="session")
def page_address(browser: Any, api: Any) -> Iterator[str]:
    process, address = start_page(api.url)
    yield address
    process.terminate()
    process.wait(30)


def open_page(browser: Any, address: str, **options: Any) -> Any:
    """The page in a context of its own, drawn as far as the input."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(address)
    page.get_by_test_id("stChatInput").wait_for()
    return page


@pytest.fixture
def page(browser: Any, page_address: str, api: Any) -> Iterator[Any]:
    api.agent.gate.clear()
    api.agent.left.clear()
    api.agent.requests.clear()
    api.agent.kept.clear()
    shown = open_page(browser, page_address)
    yield shown
    shown.context.close()

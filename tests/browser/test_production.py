"""The production page in a real browser while events flow; `KEEP_SCREENSHOTS=docs` keeps the README's pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import PATIENCE_S, ROOT, free_port, start_page, wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
expect = sync_api.expect
expect.set_options(timeout=PATIENCE_S * 1000)
SERVER = """
from assistant.api import serve
from assistant.bootstrap import Services
from assistant.config import load_settings
Services.load_sample_if_empty = lambda self, progress=None: None
serve(load_settings())
"""
WORDS = {
    "en": ("Production", "First pass yield", "Alerts", "OEE and its factors", "Defects by kind", "packing list"),
    "es": ("Producción", "Rendimiento a la primera", "Alertas", "OEE y sus factores", "Defectos por tipo",
           "lista de empaque"),
}  # fmt: skip


@pytest.fixture(scope="module")
def served(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """API and page over the sample's manufacturers and orders; no encoder is loaded."""
    from ingestion.pipeline import Pipeline, sample_corpus
    from retrieval.catalog import Catalog

    home = tmp_path_factory.mktemp("production")
    catalog = Catalog(f"sqlite:///{home / 'catalog.sqlite'}")
    Pipeline(catalog, keep_states=True).ingest([sample_corpus() / "manufacturers", sample_corpus() / "production"])
    catalog.close()
    port = free_port()
    api = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCING_HOME": str(home), "SOURCING_API_PORT": str(port)},
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"

    def up() -> bool:
        assert api.poll() is None, "the API stopped"
        try:
            return httpx.get(f"{base}/healthz", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    wait_until(up, "the API")
    page, address = start_page(base)
    yield base, address
    for process in (page, api):
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def flowing(served: tuple[str, str]) -> Iterator[str]:
    """Events arrive at twenty a second until the test ends; gives the page's address."""
    base, address = served
    command = [sys.executable, "-m", "assistant.cli", "simulate", "production", "--rate", "20", "--seed", "7"]
    sender = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "SOURCING_API_URL": base}, stdout=subprocess.DEVNULL
    )
    yield address
    sender.terminate()
    sender.wait(30)


def _open(browser: Any, address: str, language: str) -> Any:
    locale = {"en": "en-US", "es": "es-MX"}[language]
    page = browser.new_context(viewport={"width": 1280, "height": 1000}, locale=locale).new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(f"{address}/production")
    page.locator(".timeline").wait_for()
    return page


def _count(page: Any) -> int:
    told = re.search(r"([\d,]+) (?:events|eventos)", page.locator("p.live").inner_text())
    assert told is not None
    return int(told[1].replace(",", ""))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_moves_as_events_arrive(browser: Any, flowing: str, language: str) -> None:
    page = _open(browser, flowing, language)
    for words in WORDS[language]:
        expect(page.get_by_text(words).first).to_be_attached(timeout=PATIENCE_S * 1000)
    expect(page.locator(".card")).to_have_count(8)
    expect(page.locator(".timeline")).to_contain_text("PO-1042")
    before = _count(page)
    wait_until(lambda: _count(page) > before + 20, "events to be drawn")
    wait_until(lambda: page.locator(".alert").count() > 0, "alerts")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing runs off the page
    folder = os.environ.get("KEEP_SCREENSHOTS")
    if folder:
        name = "screenshot-production.png" if language == "en" else f"screenshot-production-{language}.png"
        page.screenshot(path=str(Path(folder) / name))
    page.context.close()


def test_an_acknowledged_alert_makes_room(browser: Any, served: tuple[str, str]) -> None:
    base, address = served
    page = _open(browser, address, "en")
    button = page.get_by_role("button", name="Acknowledge").first
    button.wait_for()
    shown = page.locator(".alert").first.inner_text()
    button.click()

    def seen() -> bool:
        alerts = httpx.get(f"{base}/v1/production/alerts", trust_env=False).json()["alerts"]
        return any(alert["acknowledged_at"] for alert in alerts)

    wait_until(seen, "the alert to be acknowledged")
    wait_until(lambda: page.locator(".alert").first.inner_text() != shown, "the seen alert to make room")
    page.context.close()


@pytest.mark.parametrize(
    ("language", "label", "words", "risks", "nothing"),
    [
        ("en", "As of", "as known then", "Risks on 1 Aug 2026", "Nothing was known by 1 Aug 2025"),
        ("es", "Con fecha de", "se sabía entonces", "Riesgos al 1 ago 2026", "Al 1 ago 2025 aún no se sabía nada"),
    ],
)
def test_a_typed_day_is_shown_as_it_was_known_then(
    browser: Any, served: tuple[str, str], language: str, label: str, words: str, risks: str, nothing: str
) -> None:
    base, address = served
    page = _open(browser, address, language)
    field = page.get_by_role("textbox", name=label)

    def show(day: str) -> None:
        field.fill(day)
        field.press("Enter")

    show("2026-08-01")
    expect(page.locator("p.live.past")).to_contain_text(words)
    expect(page.get_by_text(risks)).to_be_visible()
    expect(page.locator(".alert").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Acknowledge|Enterado"))).to_have_count(0)
    expect(page.locator(".now")).not_to_contain_text(re.compile("today|hoy"))
    show("2025-08-01")
    expect(page.get_by_text(nothing)).to_be_visible(timeout=PATIENCE_S * 1000)
    show("2026-13-01")
    expect(page.get_by_text("2026-13-01")).to_have_count(0)  # the field's own text is no text of the page
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    page.get_by_role("button", name=re.compile("Back to today|Volver a hoy")).click()
    expect(page.locator("p.live:not(.past)")).to_be_visible(timeout=PATIENCE_S * 1000)
    query = {"as_of": "2026-08-01", "known_on": "2026-08-01"}
    then = httpx.get(f"{base}/v1/production/board", params=query, trust_env=False).json()
    now = httpx.get(f"{base}/v1/production/board", trust_env=False).json()
    assert 0 < len(then["orders"]) < len(now["orders"])
    page.context.close()

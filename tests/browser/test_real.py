"""The whole road in a browser: the embedded corpus, the offline model, the API as it is served, the page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import free_port, open_page, start_page, wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
expect = sync_api.expect


@pytest.fixture(scope="module")
def address(browser: Any, filled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import shutil

    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(filled_home, home)
    port = free_port()
    served = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve"],
        env={**os.environ, "SOURCING_HOME": str(home), "SOURCING_API_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )

    def ready() -> bool:
        assert served.poll() is None, "the API stopped"
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    wait_until(ready, "the API to be ready")
    page, address = start_page(f"http://127.0.0.1:{port}")
    yield address
    for process in (page, served):
        process.terminate()
    for process in (page, served):
        process.wait(30)


def _ask(page: Any, question: str) -> Any:
    box = page.get_by_test_id("stChatInput").locator("textarea")
    expect(box).to_be_enabled()
    box.fill(question)
    box.press("Enter")
    last = page.get_by_test_id("stChatMessage").last
    expect(last.get_by_role("button", name="[1]").first).to_be_visible()
    return last


def test_manufacturers_and_a_follow_up(browser: Any, address: str) -> None:
    page = open_page(browser, address)
    question = (
        "Who can injection-mold ABS housings in Querétaro with ISO 13485, 300 pieces for a pilot, 20,000 a month?"
    )
    last = _ask(page, question)
    rows = last.locator("table.matches tbody")
    expect(rows.first).to_contain_text("Querétaro")
    expect(rows.first).to_contain_text("ISO 13485")
    expect(rows.first).to_contain_text("Sample, fictional")
    first = rows.first.locator("strong").inner_text()
    expect(last.get_by_role("button", name="[1]").first).to_contain_text(first)
    before = rows.count()
    more = _ask(page, "and if it is 60,000 a month?")
    expect(more.get_by_text("Sources", exact=True)).to_be_visible()
    assert more.locator("table.matches tbody").count() <= before
    page.reload()
    page.get_by_test_id("stSidebar").get_by_role("button", name=question[:20]).click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4)
    page.context.close()


def test_a_rule_in_spanish_opens_at_its_passage(browser: Any, address: str) -> None:
    page = open_page(browser, address, locale="es-MX")
    last = _ask(page, "¿Qué debe contener una certificación de origen del T-MEC?")
    expect(last).to_contain_text("19 CFR 182.12")
    last.get_by_role("button", name="[1]").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Vigencia: desde el")
    expect(dialog.locator(".passage.quoted").first).to_contain_text("182.12")
    page.context.close()


def test_duty_of_a_day_with_its_options(browser: Any, address: str) -> None:
    page = open_page(browser, address)
    field = page.get_by_test_id("stDateInput").locator("input").first
    field.fill("2026-06-15")
    field.press("Enter")
    last = _ask(page, "What duty does 8544.30.00.00 from Mexico pay by truck, value 25,000 dollars, with USMCA?")
    duty = last.locator("table.duty")
    for text in ("15 Jun 2026", "5%", "$1,250.00"):
        expect(duty).to_contain_text(text)
    expect(last.locator("table.options tbody")).to_have_count(2)
    page.context.close()

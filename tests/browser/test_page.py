"""The chat page in a real browser, over a real API with a scripted agent. Everything waits on conditions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import open_page, wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
sync_api.expect.set_options(timeout=30_000)
expect = sync_api.expect


def ask(page: Any, question: str) -> None:
    box = page.get_by_test_id("stChatInput").locator("textarea")
    expect(box).to_be_enabled()
    box.fill(question)
    box.press("Enter")


def answered(page: Any, text: str) -> Any:
    """The last answer, once it is whole: its sources are there."""
    last = page.get_by_test_id("stChatMessage").last
    expect(last).to_contain_text(text)
    expect(last.get_by_role("button", name="[1]")).to_be_visible()
    return last


def test_a_question_in_each_language_is_answered_with_its_sources(page: Any, api: Any) -> None:
    ask(page, "What must a certification contain?")
    answered(page, "Nine data elements [1].")
    ask(page, "¿Qué debe contener?")
    answered(page, "Nueve elementos de datos [1].")
    assert [r.thread_id for r in api.agent.requests] == [None, "t1"]  # the second goes on in the thread
    assert [r.language for r in api.agent.requests] == [None, None]


def test_a_source_opens_at_the_quoted_passage(page: Any) -> None:
    ask(page, "What must a certification contain?")
    answered(page, "Nine").get_by_role("button", name="[1] USMCA claims").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Page 2")
    expect(dialog).to_contain_text("since 1 Jul 2020")
    expect(dialog).to_contain_text("Sample, fictional")
    expect(dialog.locator(".passage.quoted")).to_have_text("The second passage, quoted. <i>More</i>.")
    expect(dialog).not_to_contain_text("The first passage.")
    expect(dialog.get_by_role("link")).to_have_attribute("href", "https://example.org/usmca")


def test_matches_and_duty_are_tables(page: Any) -> None:
    ask(page, "match and duty please")
    last = answered(page, "Nine")
    rows = last.locator("table.matches tbody")
    expect(rows).to_have_count(1)
    for text in ("Plásticos <b>Uno</b>", "Sample, fictional", "Querétaro, Mexico", "0.82", "ISO 13485:2016",
                 "document seen to 1 Mar 2027", "claimed", "60,000 pieces a month, 21,000 free", "28 days",
                 "Injection molding of ABS", "Pilot below the minimum order"):  # fmt: skip
        expect(rows.first).to_contain_text(text)
    duty = last.locator("table.duty")
    for text in ("8544.30.00.00 from Mexico", "Column 1 general", "5%", "$25,000.00", "$1,250.00", "not known yet",
                 "$1,250.00 to $1,300.00"):  # fmt: skip
        expect(duty).to_contain_text(text)
    expect(last.locator("table.options tbody")).to_have_count(2)
    expect(last).to_contain_text("How is it shipped?")
    last.get_by_text("What was not checked (1)").click()
    expect(last.get_by_text("Anti-dumping duty")).to_be_visible()


def test_what_documents_and_models_write_stays_text(page: Any) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    ask(page, "hostile")
    last = answered(page, "Costs $5 and $7.")
    expect(last).to_contain_text("![x](http://evil.example/pixel.png)")
    expect(last).to_contain_text(":red[loud]")
    expect(last.locator("img")).to_have_count(0)
    expect(last.get_by_role("link", name="law")).to_have_attribute("href", "https://example.org/law")
    expect(last.locator('a[href^="javascript"]')).to_have_count(0)
    assert not [url for url in fetched if "evil.example" in url]


def test_the_language_switch_changes_the_page_and_the_request(page: Any, api: Any) -> None:
    page.get_by_role("radio", name="ES").or_(page.get_by_role("button", name="ES", exact=True)).first.click()
    expect(page.get_by_text("Conversación nueva")).to_be_visible()
    expect(page.get_by_role("heading", name="Asistente de abastecimiento Made.in")).to_be_visible()
    ask(page, "fabricantes")
    last = answered(page, "Nueve")
    expect(last.locator("table.matches")).to_contain_text("documento visto")
    assert api.agent.requests[-1].language == "es"


def test_a_spanish_browser_gets_a_spanish_page(browser: Any, page_address: str) -> None:
    shown = open_page(browser, page_address, locale="es-MX")
    expect(shown.get_by_text("Conversación nueva")).to_be_visible()
    shown.context.close()


def test_the_day_goes_with_the_question(page: Any, api: Any) -> None:
    field = page.get_by_test_id("stDateInput").locator("input").first
    field.fill("2026-02-03")
    field.press("Enter")
    expect(field).to_have_value("2026-02-03")
    ask(page, "duty")
    expect(answered(page, "Nine")).to_contain_text("As of 3 Feb 2026")
    assert str(api.agent.requests[-1].as_of) == "2026-02-03"


def test_stop_keeps_what_was_written_and_ends_the_work(page: Any, api: Any) -> None:
    ask(page, "wait for me")
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("First part.")
    page.get_by_role("button", name="Stop").click()
    last = page.get_by_test_id("stChatMessage").last
    expect(last).to_contain_text("Stopped.")
    expect(last).to_contain_text("First part.")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    wait_until(api.agent.left.is_set, "the agent to be told")
    ask(page, "again")
    answered(page, "Nine")


def test_tool_activity_and_text_show_while_it_is_written(page: Any, api: Any) -> None:
    ask(page, "wait for me")
    last = page.get_by_test_id("stChatMessage").last
    expect(last.locator(".activity.done")).to_contain_text("rules and guides: passages: 1")
    expect(last).to_contain_text("First part.")
    api.agent.gate.set()
    answered(page, "Nine")


def test_threads_are_left_opened_and_deleted(page: Any, api: Any) -> None:
    ask(page, "the first talk")
    answered(page, "Nine")
    page.get_by_role("button", name="New thread").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    ask(page, "the second talk, match")
    answered(page, "Nine")
    assert api.agent.requests[-1].thread_id is None
    page.get_by_role("button", name="the first talk").click()
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("the first talk")
    expect(page.locator("table.matches")).to_have_count(0)
    answered(page, "Nine")
    page.get_by_role("button", name="Delete this thread").click()
    expect(page.get_by_role("button", name="the first talk")).to_have_count(0)
    assert list(api.agent.kept) == ["t2"]
    page.get_by_role("button", name="the second talk").click()
    expect(page.locator("table.matches")).to_be_visible()


def test_an_error_says_what_and_what_next(page: Any) -> None:
    ask(page, "fail")
    last = page.get_by_test_id("stChatMessage").last
    expect(last).to_contain_text("the model is resting")
    expect(last).to_contain_text("ask it later")
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_a_thumb_is_stored(page: Any, api: Any) -> None:
    before = api.services.catalog.counts()["feedback"]
    ask(page, "thanks")
    answered(page, "Nine").get_by_role("radio", name="Thumbs up").click(force=True)
    wait_until(lambda: api.services.catalog.counts()["feedback"] == before + 1, "the thumb in the catalog")


def test_when_the_api_is_away_the_page_says_so_and_tries_again(page: Any, api: Any) -> None:
    ask(page, "one")
    answered(page, "Nine")
    api.stop()
    try:
        ask(page, "two, while it is away")
        expect(page.get_by_text("The assistant's service is not answering")).to_be_visible()
        expect(page.get_by_text("two, while it is away").first).to_be_visible()
        expect(page.get_by_text("Traceback")).to_have_count(0)
    finally:
        api.start()
    page.get_by_role("button", name="Try again").click()
    answered(page, "Nine")
    expect(page.get_by_text("The assistant's service is not answering")).to_have_count(0)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4)


def test_a_page_opened_while_the_api_is_away(browser: Any, page_address: str, api: Any) -> None:
    api.stop()
    try:
        shown = open_page(browser, page_address)
        expect(shown.get_by_text("The assistant's service is not answering")).to_be_visible()
        expect(shown.get_by_text(re.compile("Traceback|Error"))).to_have_count(0)
    finally:
        api.start()
    shown.get_by_role("button", name="Try again").click()
    expect(shown.get_by_text("The assistant's service is not answering")).to_have_count(0)
    shown.context.close()


def test_a_narrow_screen_has_no_sideways_scroll(browser: Any, page_address: str) -> None:
    shown = open_page(browser, page_address, viewport={"width": 420, "height": 900})
    ask(shown, "match and duty please")
    answered(shown, "Nine")
    expect(shown.locator("table.matches td").first).to_have_css("display", "grid")
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for box in shown.locator("table.grid").all():
        assert box.evaluate("e => e.scrollWidth <= e.parentElement.clientWidth + 1")
    shown.context.close()

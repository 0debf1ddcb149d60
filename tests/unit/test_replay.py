"""Is an answer still right? Calls made again, differences told apart by their cause."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import FakeServices, fake_call, fake_services

from assistant import tools
from assistant.agent import Agent
from assistant.errors import InvalidInput, NotFound, UnknownHts
from assistant.replay import check_turn, moved
from assistant.schema import Answer, AskRequest
from assistant.transcript import checked, markdown

JUNE, NOVEMBER = date(2026, 6, 15), date(2026, 11, 22)
LAYER = {
    "kind": "section_122",
    "heading": "9903.03.01",
    "rate": "10%",
    "amount": "2500.00",
    "status": "applied",
    "calculation": "10% x 25,000",
    "sources": [{"title": "Proclamation of February"}],
}
DUTY = {"duty": "3750.00", "layers": [LAYER], "sources": [{"title": "HTS"}], "not_covered": ["quotas"]}


def answer(arguments: dict[str, Any], response: dict[str, Any], tool: str = "estimate_duty") -> Answer:
    made = {"name": tool, "arguments": arguments, "response": response, "ms": 1.0}
    return Answer(
        answer="…",
        language="en",
        status="answered",
        citations=[],
        figures=[],
        tool_calls=[made],
        missing=[],
        not_covered=[],
        as_of=JUNE,
        data_vintage={},
        model="offline",
        prompt_sha="0",
        thread_id="t",
        ms=1.0,
    )


def by_day(june: dict[str, Any], november: dict[str, Any]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    return lambda _, given: copy.deepcopy(november if given["entry_date"] == "2026-11-22" else june)


ASKED = {"hts": "8544300000", "entry_date": "2026-06-15"}


def test_nothing_changed() -> None:
    check = check_turn("?", answer(ASKED, DUTY), NOVEMBER, by_day(DUTY, DUTY))
    assert check.same and check.calls == 1 and "Still right" in checked([check])


def test_other_words_are_no_change() -> None:
    worded = {**DUTY, "not_covered": [], "layers": [{**LAYER, "calculation": "25,000 x 10 %"}]}
    assert check_turn("?", answer(ASKED, DUTY), NOVEMBER, by_day(worded, worded)).same


def test_order_is_no_change() -> None:
    other = {**LAYER, "kind": "mfn", "heading": None}
    first, second = {**DUTY, "layers": [LAYER, other]}, {**DUTY, "layers": [other, LAYER]}
    assert check_turn("?", answer(ASKED, first), NOVEMBER, by_day(second, second)).same


def test_a_layer_that_ended_is_one_change_with_its_source() -> None:
    later = {**DUTY, "duty": "1250.00", "layers": []}
    check = check_turn("?", answer(ASKED, DUTY), NOVEMBER, by_day(DUTY, later))
    assert [(c.where, c.before, c.after, c.because) for c in check.changes] == [
        ("duty", "3750.00", "1250.00", "date"),
        ("layers / section_122 9903.03.01", "10%, 2500.00, applied", None, "date"),
    ]
    assert [c.source["title"] for c in check.changes if c.source] == ["HTS", "Proclamation of February"]
    assert "9903.03.01: 10%, 2500.00, applied → — (in force on the later day)" in checked([check])


def test_what_is_loaded_changed_is_told_apart_from_the_day() -> None:
    mended = {**DUTY, "layers": [{**LAYER, "rate": "15%"}]}
    check = check_turn("?", answer(ASKED, DUTY), NOVEMBER, by_day(mended, mended))
    assert [(c.where, c.before, c.after, c.because) for c in check.changes] == [
        ("layers / section_122 9903.03.01 / rate", "10%", "15%", "data")
    ]


def test_a_layer_that_does_not_apply_is_not_there() -> None:
    more = {**DUTY, "layers": [LAYER, {**LAYER, "heading": "9903.99.99", "status": "not_applied"}]}
    assert check_turn("?", answer(ASKED, DUTY), NOVEMBER, by_day(more, more)).same


def test_a_day_that_was_asked_for_stays() -> None:
    assert moved({"entry_date": "2026-08-01"}, JUNE, NOVEMBER) == {"entry_date": "2026-08-01"}
    assert moved({"as_of": "2026-06-15"}, JUNE, NOVEMBER) == {"as_of": "2026-11-22"}


def test_a_call_that_can_no_longer_be_made_is_said() -> None:
    def gone(*_: Any) -> dict[str, Any]:
        raise UnknownHts("8544.30.00.00 is not in the schedule", hint="it ended on 2026-07-01")

    check = check_turn("?", answer(ASKED, DUTY), NOVEMBER, gone)
    assert not check.same and "it ended on 2026-07-01" in checked([check])


def test_a_supplier_that_came_is_one_change() -> None:
    row = {"id": "a", "name": "Alfa", "score": 0.9, "document_id": "manufacturer:a", "certifications": []}
    before, after = {"matches": [row]}, {"matches": [{**row, "score": 0.8}, {**row, "id": "b", "name": "Bravo"}]}
    check = check_turn("?", answer({"as_of": "2026-06-15"}, before, "find_manufacturers"), NOVEMBER, lambda *_: after)
    assert [(c.where, c.before, c.after) for c in check.changes] == [("matches / b", None, "Bravo")]


# -- in the agent ------------------------------------------------------------------------------------------------------


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    monkeypatch.setattr(tools, "call", fake_call)
    return fake_services(tmp_path)


def test_a_thread_is_checked_renamed_and_exported(services: FakeServices) -> None:
    agent = Agent(services)  # type: ignore[arg-type]
    question = "duty on 8544.30.00.00 from Mexico worth 25,000"
    given = agent.ask(AskRequest(question=question, thread_id="t", as_of=JUNE))
    agent.ask(AskRequest(question="gracias", thread_id="t", as_of=JUNE))
    first, thanks = agent.check_thread("t")
    assert first.same and first.calls == 1 and first.checked_for == NOVEMBER
    assert thanks.same and thanks.calls == 0 and "Nada que revisar" in checked([thanks])
    assert [c[1]["entry_date"] for c in services.calls] == ["2026-06-15", "2026-06-15", "2026-11-22"]

    assert agent.rename_thread("t", "  Wire\nfrom Mexico ") == "Wire from Mexico"
    assert agent.threads()[0]["title"] == agent.thread("t")["title"] == "Wire from Mexico"
    text = markdown(agent.thread("t"))
    assert text.startswith("# Wire from Mexico\n") and question in text and given.answer in text
    assert all(citation.title in text for citation in given.citations)
    for title in ("", " \n ", "x" * 121):
        with pytest.raises(InvalidInput):
            agent.rename_thread("t", title)
    for call in (lambda: agent.rename_thread("none", "x"), lambda: agent.check_thread("none")):
        with pytest.raises(NotFound):
            call()
    agent.delete_thread("t")
    agent.ask(AskRequest(question="hola", thread_id="t"))
    assert agent.threads()[0]["title"] == "hola", "a title goes with its thread"
    agent.close()

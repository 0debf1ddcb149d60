"""Real chat models' clients against servers on loopback that misbehave: what a buyer sees stays true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import DAY, FakeServices, fake_call, fake_services
from model_server import Call, Fail, Garbage, Hang, ModelServer, Say, call, serving

from assistant import tools
from assistant.agent import Agent
from assistant.errors import Unavailable
from assistant.schema import Answer, AskRequest

WIRE = {"hts": "8544.30.00.00", "origin": "MX", "customs_value": "25000"}
QUESTION = "How much duty on 8544.30.00.00 from Mexico, value $25,000?"
TRUE = "You pay US$1,250.00 in duty [1]."
FELL_BACK = "could not be reached"


@contextmanager
def talking(monkeypatch: pytest.MonkeyPatch, home: Path, *script: Any, **settings: Any) -> Iterator[Any]:
    """An agent whose OpenAI-compatible model follows `script`, and the server."""
    monkeypatch.setattr(tools, "call", fake_call)
    monkeypatch.setattr("time.sleep", _short(__import__("time").sleep))
    with serving(*script) as (server, address):
        services = fake_services(home, model="openai:scripted", model_base_url=f"{address}/v1", model_api_key="k")
        services.settings = replace(services.settings, **settings)
        agent = Agent(services)  # type: ignore[arg-type]
        yield agent, server, services
        agent.close()


def _short(sleep: Any) -> Any:
    """Back-off in the tests' own time: waits are made, none of them long."""
    return lambda seconds: sleep(min(seconds, 0.05))


def ask(agent: Agent, question: str = QUESTION, **options: Any) -> Answer:
    return agent.ask(AskRequest(question=question, **options))


def test_one_call_one_answer_with_tokens_and_cost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prices = {"model_price_input": "2.50", "model_price_output": "10"}
    script = (call(("estimate_duty", WIRE)), Say(TRUE))
    with talking(monkeypatch, tmp_path, *script, **prices) as (agent, server, services):
        answer = ask(agent, thread_id="t")
        assert (answer.answer, answer.status, answer.model) == (TRUE, "answered", "openai:scripted")
        assert services.calls[0][1] == {**WIRE, "entry_date": DAY.isoformat(), "language": "en"}
        usage = answer.usage
        assert usage is not None and (usage.input_tokens, usage.output_tokens, usage.model_calls) == (2000, 100, 2)
        assert str(usage.cost_usd) == "0.006000"  # 2,000 x 2.50 + 100 x 10 USD a million
        assert agent.thread("t")["turns"][0]["answer"] == answer.model_dump(mode="json")
        names = {t["function"]["name"] for t in server.requests[0]["tools"]}
        assert names == set(tools.TOOLS) and server.requests[0]["stream"] is True


def test_parallel_calls_and_ids_that_repeat(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = {"hts": "8481.80.30.90"}
    both = call(("estimate_duty", WIRE), ("tariff_line", line), ids=("same", "same"))
    prose = f"{TRUE} The printed rate of the valve is 5.6% [1]."
    with talking(monkeypatch, tmp_path, both, Say(prose)) as (agent, server, _):
        answer = ask(agent)
        assert answer.answer == prose and [c.name for c in answer.tool_calls] == ["estimate_duty", "tariff_line"]
        assert all(c.error is None for c in answer.tool_calls)
        sent = [m["tool_call_id"] for m in server.requests[1]["messages"] if m["role"] == "tool"]
        asked = [c["id"] for m in server.requests[1]["messages"] for c in m.get("tool_calls", [])]
        assert len(set(sent)) == 2 and sent == asked


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("estimate_duty", "hts is 8544.30.00.00", "invalid_input"),
        ("estimate_duty", "[1, 2]", "invalid_input"),
        ("no_such_tool", "{}", "not_found"),
        ("", "{}", "not_found"),
    ],
    ids=["no JSON", "no object", "unknown tool", "no name"],
)
def test_a_call_that_cannot_run_is_told_to_the_model_which_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, arguments: str, code: str
) -> None:
    script = (call((name, arguments)), call(("estimate_duty", WIRE)), Say(TRUE))
    with talking(monkeypatch, tmp_path, *script) as (agent, server, _):
        answer = ask(agent)
        told = next(m["content"] for m in server.requests[1]["messages"] if m["role"] == "tool")
        assert code in told and "hint" in told
        assert answer.answer.startswith(TRUE) and answer.tool_calls[-1].error is None


def test_arguments_cut_by_a_token_limit_are_not_completed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """{"customs_value": "25 would otherwise be taken for 25 dollars."""
    cut = '{"hts": "8544.30.00.00", "origin": "MX", "customs_value": "25'
    script = (Call((("estimate_duty", cut, "c"),), end="length"), call(("estimate_duty", WIRE)), Say(TRUE))
    with talking(monkeypatch, tmp_path, *script) as (agent, _, services):
        assert ask(agent).answer == TRUE
        assert [given["customs_value"] for _, given in services.calls] == ["25000"]


def test_missing_arguments_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the real check of arguments; the stand-in has none."""
    real = tools.call
    with talking(monkeypatch, tmp_path, call(("estimate_duty", {"hts": "8544300000"})), Say("I need more.")) as made:
        agent, server, services = made
        monkeypatch.setattr(tools, "call", lambda _, name, given: real(services, name, given))
        answer = ask(agent)
        told = next(m["content"] for m in server.requests[1]["messages"] if m["role"] == "tool")
        assert "origin is missing" in told
        assert "origin is missing" in answer.answer, "the reader learns what was not done"


def test_made_up_figures_and_deeds_are_dropped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lies = f"{TRUE} On top come US$431.17. I have filed the entry for you. Your order has been placed."
    with talking(monkeypatch, tmp_path, call(("estimate_duty", WIRE)), Say(lies)) as (agent, _, __):
        events = list(agent.stream(AskRequest(question=QUESTION)))
        answer = Answer.model_validate(events[-1].data)
        assert answer.answer == TRUE and answer.status == "partial"
        shown = "".join(e.data["text"] for e in events if e.type == "token")
        assert "431" not in shown and "filed" not in shown and "placed" not in shown


def test_success_claimed_after_a_failed_call_is_contradicted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = call(("estimate_duty", {**WIRE, "hts": "9999.99.99.99"}))
    with talking(monkeypatch, tmp_path, wrong, Say("All done, the estimate succeeded and nothing is due.")) as made:
        answer = ask(made[0])
        assert answer.status == "partial"
        assert "9999.99.99.99 is not in the schedule" in answer.answer and "9619.00.90.00" in answer.answer


def test_a_stream_cut_mid_token_is_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = (call(("estimate_duty", WIRE)), Say(TRUE, cut=3), Say(TRUE))
    with talking(monkeypatch, tmp_path, *script) as (agent, server, _):
        answer = ask(agent)
        assert answer.answer == TRUE and answer.status == "answered" and len(server.requests) == 3


@pytest.mark.parametrize(
    "step",
    [Say(TRUE, cut=2), Garbage(), Fail(500), Fail(503), Fail(429, "rate_limit_exceeded", retry_after="0")],
    ids=["cut", "garbage", "500", "503", "429"],
)
def test_a_model_that_stays_away_is_replaced_and_the_answer_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: Any
) -> None:
    with talking(monkeypatch, tmp_path, step) as (agent, server, _):
        answer = ask(agent, thread_id="t")
        assert "US$1,250.00" in answer.answer and FELL_BACK in answer.answer and answer.status == "answered"
        assert len(server.requests) > 1, "it is tried again first"
        assert agent.thread("t")["turns"][0]["answer"]["answer"] == answer.answer
        spanish = ask(agent, "¿y desde Vietnam?", thread_id="t")
        assert spanish.language == "es" and "contestó el modelo sin conexión" in spanish.answer
        assert spanish.tool_calls[0].arguments["origin"] == "VN"


def test_a_model_lost_between_its_calls_and_its_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it had begun is taken back: the offline model's own calls answer, numbered and cited as its own."""
    script = (call(("tariff_line", {"hts": "8481.80.30.90"})), Fail(500))
    with talking(monkeypatch, tmp_path, *script) as (agent, _, __):
        answer = ask(agent, thread_id="t")
        assert [c.name for c in answer.tool_calls] == ["estimate_duty"]
        assert "US$1,250.00" in answer.answer and FELL_BACK in answer.answer
        assert all(f"[{c.id}]" in answer.answer for c in answer.citations)


def test_it_comes_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    passing = Fail(429, "rate_limit_exceeded", retry_after="0")
    with talking(monkeypatch, tmp_path, passing, passing, call(("estimate_duty", WIRE)), Say(TRUE)) as (agent, _, __):
        assert ask(agent).answer == TRUE


def test_silence_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with talking(monkeypatch, tmp_path, Hang(8), model_timeout_s=1) as (agent, _, __):
        answer = ask(agent)
        assert FELL_BACK in answer.answer and "US$1,250.00" in answer.answer


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_api_key"), (404, "model_not_found"), (400, "bad")])
def test_what_the_operator_must_mend_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, code: str
) -> None:
    with talking(monkeypatch, tmp_path, Fail(status, code)) as (agent, server, _):
        with pytest.raises(Unavailable, match="chat model failed"):
            ask(agent)
        assert len(server.requests) == 1, "asking again does not help"


def test_a_thread_too_long_is_shortened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    too_long = Fail(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")
    first = (call(("search_rules", {"query": "certification " * 50})), Say("A certification needs its elements [1]."))
    script = (*first * 4, call(("estimate_duty", WIRE)), too_long, Say(TRUE))
    with talking(monkeypatch, tmp_path, *script) as (agent, server, _):
        for turn in range(4):
            ask(
                agent,
                f"What must a certification of origin contain, part {'abcd'[turn]}? " + "please " * 400,
                thread_id="t",
            )
        answer = ask(agent, thread_id="t")
        assert answer.answer == TRUE
        refused, accepted = (len(str(r["messages"])) for r in server.requests[-2:])
        assert accepted < refused
        assert WIRE["customs_value"] in str(server.requests[-1]["messages"]), "this turn's result is kept"


def test_a_model_that_only_ever_calls_has_to_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def play(server: ModelServer) -> Any:
        step = server.step

        def without_tools(body: dict[str, Any]) -> Any:
            return step(body) if body.get("tools") else Say(TRUE) if server.requests.append(body) is None else None

        return without_tools

    with talking(monkeypatch, tmp_path, call(("estimate_duty", WIRE))) as (agent, server, _):
        monkeypatch.setattr(server, "step", play(server))
        answer = ask(agent)
        assert answer.answer == TRUE and len(answer.tool_calls) == 8


@pytest.mark.parametrize("provider", ["anthropic", "ollama"])
def test_other_providers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, provider: str) -> None:
    monkeypatch.setattr(tools, "call", fake_call)
    monkeypatch.setattr("time.sleep", _short(__import__("time").sleep))
    with serving(call(("estimate_duty", WIRE)), Say(TRUE), Fail(500)) as (_, address):
        settings = {"model": f"{provider}:scripted", "model_base_url": address, "model_api_key": "k"}
        services: FakeServices = fake_services(tmp_path, **settings)
        agent = Agent(services)  # type: ignore[arg-type]
        answer = ask(agent)
        lost = ask(agent)
        agent.close()
    assert answer.answer == TRUE and answer.model == f"{provider}:scripted"
    assert answer.usage is not None and answer.usage.input_tokens == 2000
    assert FELL_BACK in lost.answer and "US$1,250.00" in lost.answer

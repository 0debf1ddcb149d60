"""Streams over a real connection: order of events, heartbeats, hanging up, one message at a time in a thread."""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from assistant.api import create_app
from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.errors import Unavailable
from assistant.http import work
from assistant.schema import AskRequest, Event

PATIENCE_S = 30


class Agent:
    """Each question is a script; gates let the test decide when it goes on."""

    def __init__(self, services: Services) -> None:
        self.gate, self.closed, self.begun = threading.Event(), threading.Event(), threading.Event()
        self.log: list[str] = []

    def stream(self, request: AskRequest) -> Iterator[Event]:
        script = request.question
        self.log.append(f"begin {script}")
        self.begun.set()
        try:
            yield Event(type="tool_started", data={"name": "tariff_line", "arguments": {}})
            yield Event(type="token", data={"text": "línea\nsegunda"})
            if script.startswith("wait"):
                assert self.gate.wait(PATIENCE_S)
            if script == "endless":
                while not self.gate.wait(0.01):
                    yield Event(type="token", data={"text": "x"})
            if script == "boom":
                raise ZeroDivisionError("secret detail")
            if script == "away":
                raise Unavailable("model away", hint="try again")
            if script == "mute":
                return
            yield Event(type="answer", data={"answer": script, "tool_calls": []})
            yield Event(type="token", data={"text": "after the end"})
        finally:
            self.log.append(f"end {script}")
            self.closed.set()


class _Server:
    def __init__(self, home: Path) -> None:
        services = Services(dataclasses.replace(Settings(), home=home))
        services.load_sample_if_empty = lambda progress=None: None  # type: ignore[method-assign]
        services.status = lambda: {"agreement": {"ok": False}}  # type: ignore[method-assign]
        services.__dict__["encoder"] = type("Silent", (), {"encode": lambda self, texts: None})()
        services.__dict__["searcher"] = None
        self.agent = Agent(services)
        self.listener = socket.create_server(("127.0.0.1", 0))
        app = create_app(services.settings, services, lambda _: self.agent)  # type: ignore[arg-type,return-value]
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True)
        self.thread.start()
        address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.client = httpx.Client(base_url=address, timeout=PATIENCE_S)

    def stop(self) -> None:
        self.agent.gate.set()
        self.client.close()
        self.server.should_exit = True
        self.thread.join(PATIENCE_S)
        self.listener.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    running = _Server(tmp_path)
    yield running
    running.stop()


def _events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Server-sent events as (event, data); comments are left out."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            assert [line.split(": ")[0] for line in lines] == ["event", "data"], block
            found.append((lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))))
    return found


def _ask(server: _Server, question: str, thread: str | None = None) -> list[tuple[str, dict[str, Any]]]:
    response = server.client.post("/v1/ask/stream", json={"question": question, "thread_id": thread})
    assert response.headers["content-type"].startswith("text/event-stream")
    return _events(response.text)


def test_events_come_in_order_and_one_answer_ends_them(server: _Server) -> None:
    events = _ask(server, "plain")
    assert [name for name, _ in events] == ["tool_started", "token", "answer"]
    assert events[1][1] == {"text": "línea\nsegunda"}


@pytest.mark.parametrize(("question", "code"), [("boom", "internal"), ("mute", "internal"), ("away", "unavailable")])
def test_one_error_ends_a_stream_that_fails(
    server: _Server, question: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCING_HOME", str(tmp_path))
    events = _ask(server, question)
    assert [name for name, _ in events] == ["tool_started", "token", "error"]
    assert events[-1][1]["error"]["code"] == code
    assert "secret detail" not in json.dumps(events)


def test_a_wrong_question_is_refused_before_the_stream(server: _Server) -> None:
    response = server.client.post("/v1/ask/stream", json={"question": " "})
    assert (response.status_code, response.json()["error"]["field"]) == (422, "question")


def test_comments_keep_a_silent_stream_open(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "HEARTBEAT_S", 0.02)
    with server.client.stream("POST", "/v1/ask/stream", json={"question": "wait"}) as response:
        lines = response.iter_lines()
        assert any(line == ": still working" for line in lines)
        server.agent.gate.set()
        assert any(line == "event: answer" for line in lines)


def test_hanging_up_stops_the_work(server: _Server) -> None:
    with server.client.stream("POST", "/v1/ask/stream", json={"question": "endless"}) as response:
        assert next(line for line in response.iter_lines() if line.startswith("event"))
    assert server.agent.closed.wait(PATIENCE_S)  # the gate was never opened: only the hang-up can have ended it
    assert server.agent.log == ["begin endless", "end endless"]


def test_two_messages_in_a_thread_take_turns(server: _Server) -> None:
    results: dict[str, Any] = {}

    def ask(question: str, thread: str) -> threading.Thread:
        def call() -> None:
            results[question] = _ask(server, question, thread)

        started = threading.Thread(target=call)
        started.start()
        return started

    first = ask("wait first", "t")
    assert server.agent.begun.wait(PATIENCE_S)
    second = ask("second", "t")
    assert _ask(server, "elsewhere", "u")[-1][0] == "answer"  # another thread does not wait
    assert "begin second" not in server.agent.log
    server.agent.gate.set()
    first.join(PATIENCE_S)
    second.join(PATIENCE_S)
    log = server.agent.log
    assert log.index("end wait first") < log.index("begin second")
    assert results["second"][-1][0] == results["wait first"][-1][0] == "answer"


def test_too_many_waiting_in_a_thread_are_told_so() -> None:
    turns, stop, inside = work.Turns(), threading.Event(), []

    def wait() -> None:
        try:
            with turns.of("a", "t", stop):
                inside.append(1)
        except work.Stopped:
            pass

    with turns.of("a", "t", stop):
        waiting = [threading.Thread(target=wait) for _ in range(work.WAITING_IN_A_THREAD)]
        for one in waiting:
            one.start()
        while turns._locks["a", "t"][1] <= work.WAITING_IN_A_THREAD:
            pass
        with pytest.raises(work.RateLimited), turns.of("a", "t", stop):
            pass
        stop.set()
        for one in waiting:
            one.join(PATIENCE_S)
        assert not inside
    assert not turns._locks

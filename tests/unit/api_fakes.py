"""What the HTTP tests stand on: a scripted agent over a real catalog without vectors, and the shape of errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.errors import NotFound
from assistant.schema import Answer, AskRequest, Event
from retrieval.records import NewDocument, NewPassage

DAY = date(2026, 6, 15)


class Agent:
    """Answers with the question turned round; "boom" breaks, as a defect would."""

    def __init__(self, services: Services) -> None:
        self.tenant = services.settings.tenant
        self.kept: dict[str, list[str]] = {}

    def ask(self, request: AskRequest) -> Answer:
        if request.question == "boom":
            raise ZeroDivisionError("secret detail")
        thread = request.thread_id or "t-1"
        self.kept.setdefault(thread, []).append(request.question)
        return Answer(
            answer=request.question[::-1],
            language=request.language or "en",
            status="answered",
            citations=[],
            figures=[],
            tool_calls=[{"name": "tariff_line", "arguments": {}, "response": {}, "ms": 1.0}],
            missing=[],
            not_covered=[],
            as_of=request.as_of or DAY,
            data_vintage={"tenant": self.tenant},
            model="scripted",
            prompt_sha="0",
            thread_id=thread,
            ms=1.0,
        )

    def stream(self, request: AskRequest) -> Iterator[Event]:
        yield Event(type="token", data={"text": "…"})
        yield Event(type="answer", data=self.ask(request).model_dump(mode="json"))

    def thread(self, thread_id: str) -> dict[str, Any]:
        if thread_id not in self.kept:
            raise NotFound(f"no thread {thread_id!r}", field="id", hint="list them")
        return {"thread_id": thread_id, "messages": self.kept[thread_id]}

    def threads(self) -> list[dict[str, Any]]:
        return [{"thread_id": thread} for thread in self.kept]

    def delete_thread(self, thread_id: str) -> None:
        self.thread(thread_id)
        del self.kept[thread_id]


class Store(Services):
    """A real catalog without vectors: these tests never search, and must not pay for an encoder."""

    ready = True

    def index_pending(self, progress: Any = None, *, check: bool = False, wait: bool = True) -> None:
        return None

    def load_sample_if_empty(self, progress: Any = None) -> None:
        return None

    def status(self) -> dict[str, Any]:
        return {"agreement": {"ok": self.ready}}

    @cached_property
    def encoder(self) -> Any:  # type: ignore[override]
        class Silent:
            def encode(self, texts: list[str]) -> None: ...

        return Silent()

    @cached_property
    def searcher(self) -> Any:  # type: ignore[override]
        return None


def api_settings(home: Path, **changes: Any) -> Settings:
    return dataclasses.replace(Settings(), home=home, **changes)


def api_client(settings: Settings, store: type[Store] = Store) -> TestClient:
    services = store(settings, lambda: DAY)
    app = create_app(settings, services, Agent)
    return TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


def check_error(response: Any, status: int, code: str) -> dict[str, Any]:
    """The error object, after checking that it is one and that it says what to do."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "field", "hint"}
    assert body["error"]["code"] == code
    assert body["error"]["message"] and body["error"]["hint"]
    assert "Traceback" not in response.text
    return body["error"]


def add_documents(services: Services) -> None:
    """One document of two pages, for everybody and for acme."""
    for tenant in ("public", "acme"):
        services.catalog.store(
            NewDocument(kind="guide", key="rules.en", title="Rules", file="r.md", sha256="0", tenant=tenant, pages=2),
            [NewPassage("first", page=1, paragraph="A"), NewPassage("second", page=2)],
        )

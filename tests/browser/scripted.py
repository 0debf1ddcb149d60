"""A real API over a small catalog with a scripted agent: the browser tests decide what is answered and when."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import uvicorn

from assistant.api import create_app
from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.errors import NotFound, Unavailable
from assistant.schema import Answer, AskRequest, Event
from retrieval.records import NewDocument, NewPassage

PATIENCE_S = 60
DAY = date(2026, 6, 15)
SOURCE = {
    "title": "USMCA claims <guide>",
    "url": "https://example.org/usmca",
    "document_id": "guide:usmca.en",
    "page": 2,
    "effective_from": "2020-07-01",
    "effective_to": None,
}
HOSTILE = (
    'Costs $5 and $7. ![x](http://evil.example/pixel.png) <img src="http://evil.example/raw.png"> '
    "[click](javascript:alert(1)) [law](https://example.org/law) :red[loud] [1]"
)
MATCH = {
    "id": "plasticos-uno",
    "name": "Plásticos <b>Uno</b>",
    "sample": True,
    "score": 0.82,
    "fit": {"process": {"score": 1.0, "weight": 0.4, "why": "Injection molding of ABS"}},
    "gaps": ["Pilot below the minimum order"],
    "certifications": [
        {"standard": "ISO 13485:2016", "state": "document_seen", "expires": "2027-03-01"},
        {"standard": "ISO 9001:2015", "state": "claimed", "expires": None},
    ],
    "location": {"city": "Querétaro", "region": "Querétaro", "country": "MX"},
    "capacity": {"monthly_capacity": 60000, "unit": "pieces", "free": 21000},
    "lead_time_days": 28,
}
LAYER = {
    "kind": "mfn", "heading": None, "title": "Column 1 general", "rate": "5%", "basis": "customs_value",
    "basis_amount": "25000.00", "amount": "1250.00", "calculation": "25,000.00 × 5%", "status": "applied",
    "reason": None, "effective_from": "2026-01-01", "effective_to": None, "sources": [SOURCE],
}  # fmt: skip
CALLS: dict[str, dict[str, Any]] = {
    "match": {
        "name": "find_manufacturers",
        "response": {"as_of": "2026-06-15", "matches": [MATCH], "excluded": [{"id": "x", "name": "Far", "why": "far"}]},
    },
    "duty": {
        "name": "estimate_duty",
        "response": {
            "hts": "8544.30.00.00", "origin": "MX", "entry_date": "2026-06-15", "layers": [LAYER],
            "duty": "1250.00", "fees": None, "total_import_charges": None,
            "range": {"min": "1250.00", "max": "1300.00"},
            "options": [
                {"name": "No preference", "duty": "1250.00", "fees": "31.67", "total_import_charges": "1281.67",
                 "requires": []},
                {"name": "USMCA claimed, originating", "duty": "0.00", "fees": "0.00", "total_import_charges": "0.00",
                 "requires": ["a certification of origin"]},
            ],
            "needs_facts": [{"name": "n", "question": "How is it shipped?"}], "assumptions": [],
        },
    },
}  # fmt: skip


class Agent:
    """`wait …` writes one word and then waits for the gate; `fail` gives an error; "fabricantes"/"match" and
    "arancel"/"duty" answer with tables; `hostile` answers with what must not work."""

    def __init__(self) -> None:
        self.gate, self.left = threading.Event(), threading.Event()
        self.requests: list[AskRequest] = []
        self.kept: dict[str, list[dict[str, Any]]] = {}

    def stream(self, request: AskRequest) -> Iterator[Event]:
        self.requests.append(request)
        question = request.question.lower()
        spanish = request.language == "es" or "¿" in question
        try:
            yield Event(type="tool_started", data={"name": "search_rules", "arguments": {}})
            yield Event(type="tool_finished", data={"name": "search_rules", "ms": 1, "summary": "passages: 1"})
            for word in ("Primera " if spanish else "First ", "parte. " if spanish else "part. "):
                yield Event(type="token", data={"text": word})
            while question.startswith("wait") and not self.gate.wait(0.05):
                yield Event(type="token", data={"text": "."})
            if question == "fail":
                raise Unavailable("the model is resting", hint="ask it later")
            yield Event(type="answer", data=self._answer(request, question, spanish).model_dump(mode="json"))
        finally:
            self.left.set()

    def _answer(self, request: AskRequest, question: str, spanish: bool) -> Answer:
        thread = request.thread_id or f"t{len(self.kept) + 1}"
        wanted = {"match": ("match", "fabricantes"), "duty": ("duty", "arancel")}
        calls = [
            {**CALLS[name], "arguments": {}, "ms": 1.0}
            for name, words in wanted.items()
            if any(word in question for word in words)
        ]
        text = "Nueve elementos de datos [1]." if spanish else "Nine data elements [1]."
        answer = Answer(
            answer=HOSTILE if "hostile" in question else text,
            language="es" if spanish else "en",
            status="answered",
            citations=[{"id": "1", "quote": "The second passage, quoted.", **SOURCE}],
            figures=[],
            tool_calls=calls,
            missing=[],
            not_covered=["Anti-dumping duty"],
            as_of=request.as_of or DAY,
            data_vintage={},
            model="offline",
            prompt_sha="0",
            thread_id=thread,
            ms=40,
        )
        turn = {"question": request.question, "as_of": None, "answer": answer.model_dump(mode="json")}
        self.kept.setdefault(thread, []).append(turn)
        return answer

    def ask(self, request: AskRequest) -> Answer:
        raise NotImplementedError

    def thread(self, thread_id: str) -> dict[str, Any]:
        if thread_id not in self.kept:
            raise NotFound("no such thread", hint="list them")
        return {"thread_id": thread_id, "turns": self.kept[thread_id]}

    def threads(self) -> list[dict[str, Any]]:
        return [{"thread_id": name, "title": turns[0]["question"]} for name, turns in reversed(self.kept.items())]

    def delete_thread(self, thread_id: str) -> None:
        del self.kept[thread_id]


class Store(Services):
    """A catalog without vectors."""

    def load_sample_if_empty(self, progress: Any = None) -> None:
        return None

    def status(self) -> dict[str, Any]:
        return {"agreement": {"ok": True}}

    @cached_property
    def encoder(self) -> Any:  # type: ignore[override]
        return type("Silent", (), {"encode": lambda self, texts: None})()

    @cached_property
    def searcher(self) -> Any:  # type: ignore[override]
        return None


class Api:
    """The API on a port of its own; it can go away and come back on the same port."""

    def __init__(self, home: Path) -> None:
        self.agent = Agent()
        self.services = Store(dataclasses.replace(Settings(), home=home), lambda: DAY)
        self.services.catalog.store(
            NewDocument(
                kind="guide",
                key="usmca.en",
                title="USMCA claims <guide>",
                file="usmca.md",
                sha256="0",
                pages=2,
                url="https://example.org/usmca",
                effective_from=date(2020, 7, 1),
                sample=True,
            ),
            [NewPassage("The first passage.", page=1), NewPassage("The second passage, quoted. <i>More</i>.", page=2)],
        )
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        app = create_app(self.services.settings, self.services, lambda _: self.agent)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        self._listener.close()

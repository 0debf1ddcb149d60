"""A chat model's server on loopback that follows a script and misbehaves on purpose: OpenAI's, Anthropic's and Ollama's
wire formats, streamed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    """Text, as a stream in pieces; `cut` closes the connection after so many pieces, without an end."""

    text: str
    cut: int | None = None


@dataclass(frozen=True)
class Call:
    """Tool calls as (name, arguments as they stand on the wire, id); arguments may be no JSON at all."""

    calls: tuple[tuple[str, str, str], ...]
    end: str = "tool_calls"


@dataclass(frozen=True)
class Fail:
    """An HTTP error with the provider's body."""

    status: int
    code: str = "server_error"
    message: str = "scripted"
    retry_after: str | None = None


@dataclass(frozen=True)
class Hang:
    """Nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Garbage:
    """A stream that is no JSON."""


def call(*calls: tuple[str, Any], ids: tuple[str, ...] | None = None) -> Call:
    """Tool calls with arguments as objects (or as raw text)."""
    rows = []
    for place, (name, arguments) in enumerate(calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        rows.append((name, text, ids[place] if ids else f"call_{place}"))
    return Call(tuple(rows))


@dataclass
class ModelServer:
    """`script` is followed step by step; its last step repeats. `requests` are the bodies received."""

    script: list[Any]
    requests: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, body: dict[str, Any]) -> Any:
        with self.lock:
            self.requests.append(body)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def serving(*script: Any) -> Iterator[tuple[ModelServer, str]]:
    """The server and its address (without a path)."""
    model = ModelServer(list(script))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            step = model.step(body)
            with suppress(BrokenPipeError, ConnectionResetError):
                self._play(step)

        def _play(self, step: Any) -> None:
            if isinstance(step, Hang):
                threading.Event().wait(step.seconds)
                self.close_connection = True
                return
            if isinstance(step, Fail):
                self._error(step)
                return
            kind = "application/x-ndjson" if "/api/chat" in self.path else "text/event-stream"
            self.send_response(200)
            self.send_header("content-type", kind)
            self.end_headers()
            if isinstance(step, Garbage):
                self.wfile.write(b"data: {this is no JSON\n\n")
                return
            style = _OPENAI if "/chat/completions" in self.path else _OLLAMA if "/api/chat" in self.path else _ANTHROPIC
            for sent, line in enumerate(style(step)):
                if isinstance(step, Say) and step.cut is not None and sent >= step.cut:
                    self.wfile.write(line[: len(line) // 2].encode())  # in the middle of an event
                    self.wfile.flush()
                    self.connection.close()
                    return
                self.wfile.write(line.encode())
                self.wfile.flush()

        def _error(self, step: Fail) -> None:
            body = json.dumps({"error": {"message": step.message, "type": step.code, "code": step.code}}).encode()
            self.send_response(step.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if step.retry_after is not None:
                self.send_header("retry-after", step.retry_after)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is theirs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _pieces(text: str) -> list[str]:
    return [text[i : i + 7] for i in range(0, len(text), 7)]


def _OPENAI(step: Say | Call) -> Iterator[str]:
    def event(choices: list[dict[str, Any]], **more: Any) -> str:
        row = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": choices}
        return f"data: {json.dumps({**row, **more})}\n\n"

    def delta(body: dict[str, Any], end: str | None = None) -> str:
        return event([{"index": 0, "delta": body, "finish_reason": end}])

    yield delta({"role": "assistant", "content": ""})
    if isinstance(step, Say):
        for piece in _pieces(step.text):
            yield delta({"content": piece})
        yield delta({}, "stop")
    else:
        for index, (name, arguments, call_id) in enumerate(step.calls):
            function = {"name": name, "arguments": arguments}
            yield delta({"tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]})
        yield delta({}, step.end)
    yield event([], usage={"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050})
    yield "data: [DONE]\n\n"


def _ANTHROPIC(step: Say | Call) -> Iterator[str]:
    def event(kind: str, **body: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **body})}\n\n"

    message = {"id": "m", "type": "message", "role": "assistant", "model": "scripted", "content": []}
    counted = {"input_tokens": 1000, "output_tokens": 1}
    yield event("message_start", message={**message, "stop_reason": None, "stop_sequence": None, "usage": counted})
    if isinstance(step, Say):
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in _pieces(step.text):
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        yield event("content_block_stop", index=0)
    else:
        for index, (name, arguments, call_id) in enumerate(step.calls):
            block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
            yield event("content_block_start", index=index, content_block=block)
            delta = {"type": "input_json_delta", "partial_json": arguments}
            yield event("content_block_delta", index=index, delta=delta)
            yield event("content_block_stop", index=index)
    reason = "end_turn" if isinstance(step, Say) else "tool_use"
    yield event(
        "message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={**counted, "output_tokens": 50}
    )
    yield event("message_stop")


def _OLLAMA(step: Say | Call) -> Iterator[str]:
    def line(message: dict[str, Any], **more: Any) -> str:
        row = {"model": "scripted", "created_at": "2026-11-22T00:00:00Z", "message": {"role": "assistant", **message}}
        return json.dumps({**row, "done": False, **more}) + "\n"

    if isinstance(step, Say):
        for piece in _pieces(step.text):
            yield line({"content": piece})
    else:
        calls = [{"function": {"name": n, "arguments": json.loads(a)}} for n, a, _ in step.calls]
        yield line({"content": "", "tool_calls": calls})
    yield line({"content": ""}, done=True, done_reason="stop", prompt_eval_count=1000, eval_count=50)

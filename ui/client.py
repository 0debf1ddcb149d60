"""The API as the page calls it. What goes wrong is an `Away` (nothing answers) or a `Problem` (the API's own error)."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

from assistant.schema import AskRequest

_QUICK = httpx.Timeout(10.0, connect=3.0)
_LONG = httpx.Timeout(60.0, connect=3.0)  # between two lines of a stream; heartbeats come every few seconds
_UPLOAD = httpx.Timeout(600.0, connect=3.0)
_LOOK_AGAIN_S = 0.1


class Away(Exception):
    """The API cannot be reached."""


class Problem(Exception):
    """The API answered with an error object."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("message") or error.get("code") or "?"))
        self.error = error


def base_url() -> str:
    return os.environ.get("SOURCING_API_URL", "http://127.0.0.1:8000").rstrip("/")


def _client(timeout: httpx.Timeout) -> httpx.Client:
    key = os.environ.get("SOURCING_UI_API_KEY", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=base_url(), headers=headers, timeout=timeout, trust_env=False)


def _error(response: httpx.Response) -> Exception:
    try:
        return Problem(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return Away(f"{base_url()} answered {response.status_code}")


def call(method: str, path: str, *, timeout: httpx.Timeout = _QUICK, **options: Any) -> dict[str, Any]:
    """One request and its JSON object. Raises Away or Problem."""
    try:
        with _client(timeout) as client:
            response = client.request(method, path, **options)
            if response.is_error:
                raise _error(response)
            body: dict[str, Any] = response.json()
            return body
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Away(str(error)) from error


def threads() -> list[dict[str, Any]]:
    return list(call("GET", "/v1/threads")["threads"])


def thread(thread_id: str) -> dict[str, Any]:
    return call("GET", f"/v1/threads/{quote(thread_id, safe='')}")


def delete_thread(thread_id: str) -> None:
    call("DELETE", f"/v1/threads/{quote(thread_id, safe='')}")


def document(document_id: str, page: int | None) -> dict[str, Any]:
    query = {} if page is None else {"page": page}
    return call("GET", f"/v1/documents/{quote(document_id, safe='')}", params=query)


def feedback(thread_id: str, rating: str) -> None:
    call("POST", "/v1/feedback", json={"thread_id": thread_id, "rating": rating})


def upload(files: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    parts = [("files", file) for file in files]
    return list(call("POST", "/v1/documents", files=parts, timeout=_UPLOAD)["files"])


class Stream:
    """One question being answered. A thread of its own reads the events, so that the page can redraw meanwhile and a
    stop takes effect at once; hanging up stops the work in the API too."""

    def __init__(self, request: AskRequest) -> None:
        self.request = request
        self.text = ""
        self.activity: list[dict[str, Any]] = []
        self._events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._stop = threading.Event()
        self._response: httpx.Response | None = None
        threading.Thread(target=self._read, name="answer", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def events(self) -> Iterator[tuple[str, dict[str, Any]] | None]:
        """Events as they come, None every moment without one. Ends after `answer`, `error` or `away`.

        Text and tool activity are gathered in `text` and `activity`: the page may leave this and take it up again."""
        while True:
            try:
                event = self._events.get(timeout=_LOOK_AGAIN_S)
            except queue.Empty:
                yield None
                continue
            name, data = event
            if name == "token":
                self.text += str(data.get("text", ""))
            elif name == "tool_started":
                self.activity.append({"name": data.get("name"), "summary": None})
            elif name == "tool_finished":
                self._finished(data)
            yield event
            if name in ("answer", "error", "away"):
                return

    def _finished(self, data: dict[str, Any]) -> None:
        for row in self.activity:
            if row["name"] == data.get("name") and row["summary"] is None:
                row["summary"] = str(data.get("summary") or "")
                return

    def _read(self) -> None:
        try:
            body = self.request.model_dump(mode="json", exclude_none=True)
            with _client(_LONG) as client, client.stream("POST", "/v1/ask/stream", json=body) as response:
                if response.is_error:
                    response.read()
                    raise _error(response)
                self._relay(response)
        except Problem as problem:
            self._events.put(("error", {"error": problem.error}))
        except (Away, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            self._events.put(("away", {"message": str(error)}))

    def _relay(self, response: httpx.Response) -> None:
        name = ""
        for line in response.iter_lines():
            if self._stop.is_set():
                return
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self._events.put((name, json.loads(line.removeprefix("data: "))))
                if name in ("answer", "error"):
                    return
        raise Away("the connection ended before the answer did")

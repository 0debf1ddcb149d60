"""The live stream as it is served: events in order, gone on with by the last id, each tenant's own, none twice."""

from __future__ import annotations

import dataclasses
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from assistant.api import create_app
from assistant.bootstrap import Services
from assistant.config import Settings

STREAM, EVENTS = "/v1/production/stream", "/v1/production/events"
KEYS = {name: {"Authorization": f"Bearer {key}"} for name, key in (("acme", "ka"), ("bolt", "kb"))}
ORDER = {"order_id": "PO-7", "manufacturer_id": "m", "product": "cap", "quantity": 9, "placed": "2026-08-01",
         "promised": "2026-10-01"}  # fmt: skip


class Store(Services):
    """A real catalog; nothing is embedded."""

    def load_sample_if_empty(self, progress: Any = None) -> None:
        return None


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home: Path = tmp_path_factory.mktemp("home")
    settings = dataclasses.replace(Settings(), home=home, api_keys="ka:acme:writer,kb:bolt:writer")
    app = create_app(settings, Store(settings, lambda: date(2026, 11, 1)), lambda services: None)  # type: ignore[arg-type,return-value]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        for headers in KEYS.values():
            assert client.post(EVENTS, json=ORDER, headers=headers).json()["accepted"] == 1
        yield client
    server.should_exit = True
    thread.join(20)


_NUMBERS = itertools.count()


def send(client: httpx.Client, count: int, who: str = "acme") -> list[str]:
    rows = []
    for _ in range(count):
        number = next(_NUMBERS)
        at = (datetime(2026, 9, 2, tzinfo=UTC) + timedelta(minutes=number)).isoformat()
        rows.append({"event_id": f"e{number}", "order_id": "PO-7", "at": at, "type": "production", "good": 1})
    assert client.post(EVENTS, json=rows, headers=KEYS[who]).json()["accepted"] == count
    return [row["event_id"] for row in rows]


def messages(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """Messages of a stream: id, event, data."""
    found: dict[str, Any] = {}
    for line in response.iter_lines():
        if not line:
            if "data" in found:
                yield {**found, "data": json.loads(found["data"])}
            found = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


def read(client: httpx.Client, count: int, who: str = "acme", **query: Any) -> list[dict[str, Any]]:
    headers = {**KEYS[who], **query.pop("headers", {})}
    with client.stream("GET", STREAM, headers=headers, params=query) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(itertools.islice(messages(response), count))


def names(found: list[dict[str, Any]]) -> list[str]:
    return [m["data"]["event"]["event_id"] for m in found]


def test_a_stream_goes_on_after_the_last_id(client: httpx.Client) -> None:
    sent = send(client, 5)
    start = read(client, 1, after=0)[0]
    everything = read(client, 5, after=int(start["id"]) - 1)
    assert names(everything) == sent and [m["event"] for m in everything] == ["production"] * 5
    later = send(client, 3)
    rest = read(client, 6, headers={"Last-Event-ID": everything[1]["id"]}, after=0)  # the header comes first
    assert names(rest) == [*sent[2:], *later]
    ids = [int(m["id"]) for m in [*everything[:2], *rest]]
    assert ids == sorted(set(ids)) and [m["data"]["seq"] for m in rest] == ids[2:]


def test_what_is_accepted_while_one_listens_arrives(client: httpx.Client) -> None:
    """Without a number the stream begins with what comes next."""
    send(client, 2)
    with client.stream("GET", STREAM, headers=KEYS["acme"]) as response:
        lines = response.iter_lines()
        assert next(lines).startswith(": from ")  # it listens from here on
        fresh = send(client, 3)
        data = list(itertools.islice((x for x in lines if x.startswith("data: ")), 3))
    assert [json.loads(line[6:])["event"]["event_id"] for line in data] == fresh


def test_more_than_one_batch_behind(client: httpx.Client) -> None:
    last = read(client, 1, after=0)[0]["id"]
    sent = send(client, 1_200)
    found = read(client, 1_200, headers={"Last-Event-ID": str(int(_last(client)) - 1_200)})
    assert names(found) == sent and int(found[0]["id"]) > int(last)


def _last(client: httpx.Client) -> int:
    """The number of the last event of all, as an accepted call tells it."""
    told: int = client.post(EVENTS, json=ORDER, headers=KEYS["acme"]).json()["last_id"]
    return told


def test_tenants_hear_their_own(client: httpx.Client) -> None:
    before = _last(client)
    ours, theirs = send(client, 2), send(client, 2, "bolt")
    assert names(read(client, 2, "bolt", after=before)) == theirs
    assert names(read(client, 2, after=before)) == ours
    assert client.get(STREAM).status_code == 401


@pytest.mark.parametrize("header", ["seven", "-1", "9" * 30, "1.5"])
def test_a_number_that_is_none_is_refused(client: httpx.Client, header: str) -> None:
    response = client.get(STREAM, headers={**KEYS["acme"], "Last-Event-ID": header})
    assert response.status_code == 422 and response.json()["error"]["hint"]

"""The HTTP face over a real catalog and a scripted agent: routes, error bodies, keys, uploads."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app, serve
from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.errors import InvalidInput, NotFound
from assistant.http.documents import safe_name
from assistant.schema import Answer, AskRequest, Event
from assistant.tools import TOOLS
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

    def index_pending(self, progress: Any = None) -> None:
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


def _settings(home: Path, **changes: Any) -> Settings:
    return dataclasses.replace(Settings(), home=home, **changes)


def _client(settings: Settings, store: type[Store] = Store) -> TestClient:
    services = store(settings, lambda: DAY)
    app = create_app(settings, services, Agent)
    return TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with _client(_settings(tmp_path, max_upload_mb=1)) as client:
        yield client


def _error(response: Any, status: int, code: str) -> dict[str, Any]:
    """The error object, after checking that it is one and that it says what to do."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "field", "hint"}
    assert body["error"]["code"] == code
    assert body["error"]["message"] and body["error"]["hint"]
    assert "Traceback" not in response.text
    return body["error"]


def test_ask_gives_the_answer_and_takes_day_and_language(client: TestClient) -> None:
    body = {"question": " ¿abc? ", "as_of": "2026-01-02", "language": "es", "thread_id": "mine"}
    answer = client.post("/v1/ask", json=body).json()
    assert answer["answer"] == "?cba¿"
    assert (answer["as_of"], answer["language"], answer["thread_id"]) == ("2026-01-02", "es", "mine")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": "  \n "}, "question"),
        ({"question": "x" * 20_001}, "question"),
        ({"question": "x", "as_of": "15/06/2026"}, "as_of"),
        ({"question": "x", "language": "fr"}, "language"),
        ({"question": "x", "thread_id": " "}, "thread_id"),
        ({"question": "a\ud800b"}, "question"),
        ([1], None),
    ],
)
def test_a_wrong_question_names_the_field(client: TestClient, body: Any, field: str | None) -> None:
    sent = json.dumps(body).encode()
    error = _error(
        client.post("/v1/ask", content=sent, headers={"Content-Type": "application/json"}), 422, "invalid_input"
    )
    assert error["field"] == field


def test_a_question_of_two_megabytes_is_refused_unread(client: TestClient) -> None:
    _error(client.post("/v1/ask", json={"question": "x" * 2_000_000}), 413, "invalid_input")

    def endless() -> Iterator[bytes]:  # no length declared
        yield b'{"question": "'
        for _ in range(100):
            yield b"x" * 50_000

    headers = {"Content-Type": "application/json"}
    _error(client.post("/v1/ask", content=endless(), headers=headers), 413, "invalid_input")


@pytest.mark.parametrize("sent", [b"{not json", b'{"question": "\xff\xfe"}', b"[" * 100_000, b""])
def test_a_body_that_is_not_json(client: TestClient, sent: bytes) -> None:
    response = client.post("/v1/ask", content=sent, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    _error(response, response.status_code, "invalid_input")


def test_unknown_paths_and_methods_have_the_error_body(client: TestClient) -> None:
    _error(client.get("/v2/ask"), 404, "not_found")
    response = client.get("/v1/ask")
    _error(response, 405, "invalid_input")
    assert "POST" in response.headers["allow"]
    _error(client.post("/v1/production/events", json={}), 422, "invalid_input")


def test_a_defect_is_internal_and_keeps_its_detail_to_itself(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCING_HOME", str(tmp_path))
    response = client.post("/v1/ask", json={"question": "boom"})
    _error(response, 500, "internal")
    assert "secret detail" not in response.text
    assert "secret detail" in (tmp_path / "sourcing-errors.log").read_text()


def test_threads_are_listed_shown_and_deleted(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": "one", "thread_id": "a b"})
    assert client.get("/v1/threads").json() == {"threads": [{"thread_id": "a b"}]}
    assert client.get("/v1/threads/a%20b").json()["messages"] == ["one"]
    assert client.delete("/v1/threads/a%20b").json() == {"id": "a b", "deleted": True}
    _error(client.get("/v1/threads/a%20b"), 404, "not_found")
    _error(client.delete("/v1/threads/a%20b"), 404, "not_found")


def test_feedback_is_stored_and_checked(client: TestClient) -> None:
    assert client.post("/v1/feedback", json={"thread_id": "t", "rating": "up"}).status_code == 201
    assert client.app.state.work.services.catalog.counts()["feedback"] == 1  # type: ignore[attr-defined]
    error = _error(client.post("/v1/feedback", json={"thread_id": "t", "rating": "5"}), 422, "invalid_input")
    assert error["field"] == "rating"
    _error(client.post("/v1/feedback", json={"thread_id": "t", "rating": "up", "mood": 1}), 422, "invalid_input")


def test_tools_have_routes_schemas_and_the_same_errors(client: TestClient) -> None:
    assert {tool["name"] for tool in client.get("/v1/tools").json()["tools"]} == set(TOOLS)
    error = _error(client.post("/v1/tools/no_such", json={}), 404, "not_found")
    assert "estimate_duty" in error["hint"]
    error = _error(client.post("/v1/tools/tariff_line", json={}), 422, "invalid_input")
    assert error["field"] == "hts"
    error = _error(client.post("/v1/tools/tariff_line", json={"hts": "8544", "colour": 1}), 422, "invalid_input")
    assert error["field"] == "colour"
    error = _error(client.post("/v1/tools/tariff_line", json={"hts": "85443"}), 422, "invalid_input")
    assert error["field"] == "hts"


def _documents(services: Services) -> None:
    for tenant in ("public", "acme"):
        services.catalog.store(
            NewDocument(kind="guide", key="rules.en", title="Rules", file="r.md", sha256="0", tenant=tenant, pages=2),
            [NewPassage("first", page=1, paragraph="A"), NewPassage("second", page=2)],
        )


def test_documents_are_shown_by_page(client: TestClient) -> None:
    _documents(client.app.state.work.services)  # type: ignore[attr-defined]
    whole = client.get("/v1/documents/guide:rules.en").json()
    assert [p["text"] for p in whole["passages"]] == ["first", "second"]
    page = client.get("/v1/documents/guide:rules.en", params={"page": 2}).json()
    assert [(p["text"], p["page"]) for p in page["passages"]] == [("second", 2)]
    assert "1 to 2" in _error(client.get("/v1/documents/guide:rules.en?page=3"), 404, "not_found")["hint"]
    _error(client.get("/v1/documents/guide:rules.en?page=0"), 422, "invalid_input")
    _error(client.get("/v1/documents/guide:none"), 404, "not_found")
    _error(client.get("/v1/documents/guide:rules.en@acme"), 404, "not_found")  # of another tenant


def test_health_readiness_and_numbers(tmp_path: Path) -> None:
    class Broken(Store):
        ready = False

    with _client(_settings(tmp_path / "a"), Broken) as client:
        client.app.state.work.warm.wait(30)  # type: ignore[attr-defined]
        assert client.get("/healthz").json()["status"] == "ok"
        assert "reindex" in _error(client.get("/readyz"), 503, "unavailable")["message"]
    with _client(_settings(tmp_path / "b")) as client:
        work = client.app.state.work  # type: ignore[attr-defined]
        work.warm.wait(30)
        assert "nothing is loaded" in _error(client.get("/readyz"), 503, "unavailable")["message"]
        _documents(work.services)
        assert "vectors" in _error(client.get("/readyz"), 503, "unavailable")["message"]
        work.services.catalog.mark_indexed([p.id for p in work.services.catalog.pending(10)])
        assert client.get("/readyz").json()["status"] == "ready"
        client.post("/v1/ask", json={"question": "x"})
        client.get("/v1/threads/secret-id")
        numbers = client.get("/metrics").text
    assert 'sourcing_requests_total{route="/v1/ask",method="POST",status="200"} 1' in numbers
    assert 'sourcing_requests_total{route="/v1/threads/{id}",method="GET",status="404"} 1' in numbers
    assert 'sourcing_errors_total{route="/readyz"} 2' in numbers
    assert 'sourcing_tool_calls_total{tool="tariff_line",outcome="ok"} 1' in numbers
    assert 'sourcing_request_seconds_count{route="/v1/ask"} 1' in numbers
    assert "secret-id" not in numbers


def test_readiness_recovers_when_the_stores_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mended(Store):
        tries = 0

        def status(self) -> dict[str, Any]:
            Mended.tries += 1
            return {"agreement": {"ok": Mended.tries > 1}}

    with _client(_settings(tmp_path), Mended) as client:
        work = client.app.state.work  # type: ignore[attr-defined]
        _documents(work.services)
        work.services.catalog.mark_indexed([p.id for p in work.services.catalog.pending(10)])
        assert work.warm.wait(30)
        _error(client.get("/readyz"), 503, "unavailable")
        monkeypatch.setattr("assistant.http.work.WARM_AGAIN_S", 0.0)
        _error(client.get("/readyz"), 503, "unavailable")  # it tries again in the background
        assert work.warm.wait(30)
        assert client.get("/readyz").status_code == 200


def test_openapi_describes_every_tool_and_resolves(client: TestClient) -> None:
    page = client.get("/openapi.json").json()
    schemas = page["components"]["schemas"]
    for name in TOOLS:
        operation = page["paths"][f"/v1/tools/{name}"]["post"]
        assert operation["requestBody"]["content"]["application/json"]["example"]
        assert operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(page):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def test_request_ids_are_kept_or_made(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert len(client.get("/healthz", headers={"X-Request-Id": "a\tb<>"}).headers["x-request-id"]) == 32
    assert client.get("/v2").headers["x-request-id"]
    assert (
        "access-control-allow-origin" not in client.get("/healthz", headers={"Origin": "http://127.0.0.1:8000"}).headers
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Host": ""},
    ],
)
def test_without_keys_pages_of_elsewhere_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    _error(client.post("/v1/ask", json={"question": "x"}, headers=headers), 403, "unauthorized")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_without_keys_this_machine_may_call(client: TestClient, host: str) -> None:
    assert client.get("/v1/tools", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200


KEYS = "rk:acme:reader, wk:acme:writer,ak:acme:admin,other:umbrella:reader"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    with _client(_settings(tmp_path, api_keys=KEYS)) as client:
        yield client


def _key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Host": "api.example"}


def test_roles(guarded: TestClient) -> None:
    question, opinion = {"question": "x", "thread_id": "t"}, {"thread_id": "t", "rating": "up"}
    response = guarded.post("/v1/ask", json=question)
    _error(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"
    _error(guarded.post("/v1/ask", json=question, headers=_key("rk2")), 401, "unauthorized")
    _error(guarded.post("/v1/ask", json=question, headers={"Authorization": "Basic rk"}), 401, "unauthorized")
    assert guarded.post("/v1/ask", json=question, headers=_key("rk")).status_code == 200
    _error(guarded.post("/v1/feedback", json=opinion, headers=_key("rk")), 403, "unauthorized")
    assert guarded.post("/v1/feedback", json=opinion, headers=_key("wk")).status_code == 201
    _error(guarded.delete("/v1/threads/t", headers=_key("wk")), 403, "unauthorized")
    assert guarded.delete("/v1/threads/t", headers=_key("ak")).status_code == 200
    _error(guarded.get("/metrics"), 401, "unauthorized")
    assert guarded.get("/healthz").status_code == 200


def test_tenants_are_kept_apart(guarded: TestClient) -> None:
    _documents(guarded.app.state.work.services)  # type: ignore[attr-defined]
    path = "/v1/documents/guide:rules.en@acme"
    assert guarded.get(path, headers=_key("rk")).status_code == 200
    _error(guarded.get(path, headers=_key("other")), 404, "not_found")
    assert guarded.get("/v1/documents/guide:rules.en", headers=_key("other")).status_code == 200
    asked = guarded.post("/v1/ask", json={"question": "x", "thread_id": "t"}, headers=_key("rk")).json()
    assert asked["data_vintage"] == {"tenant": "acme"}
    _error(guarded.get("/v1/threads/t", headers=_key("other")), 404, "not_found")


@pytest.mark.parametrize("keys", ["justakey", "k:t:owner", "k::reader", ":t:reader", "k:t:reader,k:u:admin"])
def test_wrong_keys_are_refused_without_showing_them(tmp_path: Path, keys: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        create_app(_settings(tmp_path, api_keys=keys))
    assert caught.value.field == "SOURCING_API_KEYS"
    assert "justakey" not in caught.value.message


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com"])
def test_without_keys_only_loopback_is_bound(tmp_path: Path, host: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        serve(_settings(tmp_path, api_host=host))
    assert "SOURCING_API_KEYS" in (caught.value.hint or "")


def test_uploads_are_loaded_and_reported_file_by_file(client: TestClient) -> None:
    guide = b"# Tooling\n\nWho owns the mould is agreed in writing before the first shot.\n"
    files = [
        ("files", ("../tooling.md", guide)),
        ("files", ("broken.pdf", b"%PDF-1.7 cut sho")),
        ("files", ("profiles.json", b'[{"name": "no id"}]')),
    ]
    response = client.post("/v1/documents", files=files)
    assert response.status_code == 200, response.text
    rows = {row["file"]: row for row in response.json()["files"]}
    assert {name: row["status"] for name, row in rows.items()} == {
        "tooling.md": "added", "broken.pdf": "rejected", "profiles.json": "rejected",
    }  # fmt: skip
    assert rows["broken.pdf"]["reason"] and rows["profiles.json"]["reason"]
    shown = client.get(f"/v1/documents/{rows['tooling.md']['document_id']}").json()
    assert "Who owns the mould" in shown["passages"][0]["text"]
    again = client.post("/v1/documents", files=files[:1]).json()["files"][0]
    assert (again["status"], again["document_id"]) == ("unchanged", rows["tooling.md"]["document_id"])


def test_an_upload_belongs_to_the_tenant_of_its_key(guarded: TestClient) -> None:
    services = guarded.app.state.work.services  # type: ignore[attr-defined]
    file = {"files": ("secret.md", b"# Secret\n\nOur price is low.\n")}
    _error(guarded.post("/v1/documents", files=file, headers=_key("rk")), 403, "unauthorized")
    work = guarded.app.state.work  # type: ignore[attr-defined]
    work.services_for = lambda tenant: type(services)(dataclasses.replace(services.settings, tenant=tenant))
    row = guarded.post("/v1/documents", files=file, headers=_key("wk")).json()["files"][0]
    assert row["status"] == "added", row
    path = f"/v1/documents/{row['document_id']}"
    assert guarded.get(path, headers=_key("rk")).status_code == 200
    _error(guarded.get(path, headers=_key("other")), 404, "not_found")


def test_uploads_over_the_limit_load_nothing(client: TestClient) -> None:
    big = {"files": ("big.md", b"x" * 1_000_001)}
    _error(client.post("/v1/documents", files=big), 413, "invalid_input")
    bigger = {"files": ("big.md", b"x" * 3_000_000)}
    _error(client.post("/v1/documents", files=bigger), 413, "invalid_input")
    _error(client.post("/v1/documents", data={"kind": "guide"}), 422, "invalid_input")
    assert client.app.state.work.services.catalog.counts()["documents"] == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.md", "a.md"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\guía.pdf", "guía.pdf"),
        ("a\nb.csv", "ab.csv"),
        ("n" * 400 + ".xlsx", "n" * 145 + ".xlsx"),
    ],
)
def test_file_names_are_only_names(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("given", [None, "", "..", "a/", "\x00"])
def test_a_file_without_a_name_is_refused(given: str | None) -> None:
    with pytest.raises(InvalidInput):
        safe_name(given)

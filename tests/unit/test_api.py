"""The HTTP face: questions, threads, tools, documents, health, and the body that every error has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_fakes import Store, add_documents, api_client, api_settings, check_error
from fastapi.testclient import TestClient

from assistant.tools import TOOLS


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with api_client(api_settings(tmp_path, max_upload_mb=1)) as client:
        yield client


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
    error = check_error(
        client.post("/v1/ask", content=sent, headers={"Content-Type": "application/json"}), 422, "invalid_input"
    )
    assert error["field"] == field


def test_a_question_of_two_megabytes_is_refused_unread(client: TestClient) -> None:
    check_error(client.post("/v1/ask", json={"question": "x" * 2_000_000}), 413, "invalid_input")

    def endless() -> Iterator[bytes]:  # no length declared
        yield b'{"question": "'
        for _ in range(100):
            yield b"x" * 50_000

    headers = {"Content-Type": "application/json"}
    check_error(client.post("/v1/ask", content=endless(), headers=headers), 413, "invalid_input")


@pytest.mark.parametrize("sent", [b"{not json", b'{"question": "\xff\xfe"}', b"[" * 100_000, b""])
def test_a_body_that_is_not_json(client: TestClient, sent: bytes) -> None:
    response = client.post("/v1/ask", content=sent, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    check_error(response, response.status_code, "invalid_input")


def test_unknown_paths_and_methods_have_the_error_body(client: TestClient) -> None:
    check_error(client.get("/v2/ask"), 404, "not_found")
    response = client.get("/v1/ask")
    check_error(response, 405, "invalid_input")
    assert "POST" in response.headers["allow"]
    check_error(client.post("/v1/production/events", json={}), 422, "invalid_input")


def test_a_defect_is_internal_and_keeps_its_detail_to_itself(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCING_HOME", str(tmp_path))
    response = client.post("/v1/ask", json={"question": "boom"})
    check_error(response, 500, "internal")
    assert "secret detail" not in response.text
    assert "secret detail" in (tmp_path / "sourcing-errors.log").read_text()


def test_threads_are_listed_shown_and_deleted(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": "one", "thread_id": "a b"})
    assert client.get("/v1/threads").json() == {"threads": [{"thread_id": "a b"}]}
    assert client.get("/v1/threads/a%20b").json()["messages"] == ["one"]
    assert client.delete("/v1/threads/a%20b").json() == {"id": "a b", "deleted": True}
    check_error(client.get("/v1/threads/a%20b"), 404, "not_found")
    check_error(client.delete("/v1/threads/a%20b"), 404, "not_found")


def test_feedback_is_stored_and_checked(client: TestClient) -> None:
    assert client.post("/v1/feedback", json={"thread_id": "t", "rating": "up"}).status_code == 201
    assert client.app.state.work.services.catalog.counts()["feedback"] == 1  # type: ignore[attr-defined]
    error = check_error(client.post("/v1/feedback", json={"thread_id": "t", "rating": "5"}), 422, "invalid_input")
    assert error["field"] == "rating"
    check_error(client.post("/v1/feedback", json={"thread_id": "t", "rating": "up", "mood": 1}), 422, "invalid_input")


def test_tools_have_routes_schemas_and_the_same_errors(client: TestClient) -> None:
    assert {tool["name"] for tool in client.get("/v1/tools").json()["tools"]} == set(TOOLS)
    error = check_error(client.post("/v1/tools/no_such", json={}), 404, "not_found")
    assert "estimate_duty" in error["hint"]
    error = check_error(client.post("/v1/tools/tariff_line", json={}), 422, "invalid_input")
    assert error["field"] == "hts"
    error = check_error(client.post("/v1/tools/tariff_line", json={"hts": "8544", "colour": 1}), 422, "invalid_input")
    assert error["field"] == "colour"
    error = check_error(client.post("/v1/tools/tariff_line", json={"hts": "85443"}), 422, "invalid_input")
    assert error["field"] == "hts"


def test_documents_are_shown_by_page(client: TestClient) -> None:
    add_documents(client.app.state.work.services)  # type: ignore[attr-defined]
    whole = client.get("/v1/documents/guide:rules.en").json()
    assert [p["text"] for p in whole["passages"]] == ["first", "second"]
    page = client.get("/v1/documents/guide:rules.en", params={"page": 2}).json()
    assert [(p["text"], p["page"]) for p in page["passages"]] == [("second", 2)]
    assert "1 to 2" in check_error(client.get("/v1/documents/guide:rules.en?page=3"), 404, "not_found")["hint"]
    check_error(client.get("/v1/documents/guide:rules.en?page=0"), 422, "invalid_input")
    check_error(client.get("/v1/documents/guide:none"), 404, "not_found")
    check_error(client.get("/v1/documents/guide:rules.en@acme"), 404, "not_found")  # of another tenant


def test_health_readiness_and_numbers(tmp_path: Path) -> None:
    class Broken(Store):
        ready = False

    with api_client(api_settings(tmp_path / "a"), Broken) as client:
        client.app.state.work.warm.wait(30)  # type: ignore[attr-defined]
        assert client.get("/healthz").json()["status"] == "ok"
        assert "reindex" in check_error(client.get("/readyz"), 503, "unavailable")["message"]
    with api_client(api_settings(tmp_path / "b")) as client:
        work = client.app.state.work  # type: ignore[attr-defined]
        work.warm.wait(30)
        assert "nothing is loaded" in check_error(client.get("/readyz"), 503, "unavailable")["message"]
        add_documents(work.services)
        assert "vectors" in check_error(client.get("/readyz"), 503, "unavailable")["message"]
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

    with api_client(api_settings(tmp_path), Mended) as client:
        work = client.app.state.work  # type: ignore[attr-defined]
        add_documents(work.services)
        work.services.catalog.mark_indexed([p.id for p in work.services.catalog.pending(10)])
        assert work.warm.wait(30)
        check_error(client.get("/readyz"), 503, "unavailable")
        monkeypatch.setattr("assistant.http.work.WARM_AGAIN_S", 0.0)
        check_error(client.get("/readyz"), 503, "unavailable")  # it tries again in the background
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


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/stream"])
@pytest.mark.parametrize("model", ["openai:gpt-x", "offline2", "", " "])
def test_a_model_that_was_not_allowed_is_refused(tmp_path: Path, path: str, model: str) -> None:
    """Whoever could name any model would spend the operator's key."""
    with api_client(api_settings(tmp_path, models_allowed="ollama:small, openai:mini")) as client:
        error = check_error(client.post(path, json={"question": "x", "model": model}), 422, "invalid_input")
        assert error["field"] == "model"
        assert "ollama:small, openai:mini" in error["hint"] and "SOURCING_MODELS_ALLOWED" in error["hint"]
        for allowed in ("offline", "openai:mini"):
            response = client.post(path, json={"question": "x", "model": allowed})
            assert response.status_code == 200 and "scripted" in response.text


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/stream"])
@pytest.mark.parametrize("name", ["a/b", "/", "a\nb", "a\x00b", "a\u2028b", "a\u202eb", " "])
def test_what_cannot_name_a_thread_is_refused(client: TestClient, path: str, name: str) -> None:
    error = check_error(client.post(path, json={"question": "x", "thread_id": name}), 422, "invalid_input")
    assert error["field"] == "thread_id"


def test_a_thread_with_control_characters_is_neither_shown_nor_deleted(client: TestClient) -> None:
    for call in (client.get, client.delete):
        check_error(call("/v1/threads/a%0Ab"), 422, "invalid_input")
        check_error(call("/v1/threads/a%2Fb"), 404, "not_found")  # no such address

"""Who may call the HTTP face, and what they may send it: keys, roles, tenants, this machine alone, uploads."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_fakes import Store, add_documents, api_client, api_settings, check_error
from fastapi.testclient import TestClient

from assistant.api import create_app, serve
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.http.documents import safe_name
from retrieval.locks import file_lock


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with api_client(api_settings(tmp_path, max_upload_mb=1)) as client:
        yield client


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
    check_error(client.post("/v1/ask", json={"question": "x"}, headers=headers), 403, "unauthorized")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_without_keys_this_machine_may_call(client: TestClient, host: str) -> None:
    assert client.get("/v1/tools", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200


KEYS = "rk:acme:reader, wk:acme:writer,ak:acme:admin,other:umbrella:reader"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    with api_client(api_settings(tmp_path, api_keys=KEYS)) as client:
        yield client


def _key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Host": "api.example"}


def test_roles(guarded: TestClient) -> None:
    question, opinion = {"question": "x", "thread_id": "t"}, {"thread_id": "t", "rating": "up"}
    response = guarded.post("/v1/ask", json=question)
    check_error(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"
    check_error(guarded.post("/v1/ask", json=question, headers=_key("rk2")), 401, "unauthorized")
    check_error(guarded.post("/v1/ask", json=question, headers={"Authorization": "Basic rk"}), 401, "unauthorized")
    assert guarded.post("/v1/ask", json=question, headers=_key("rk")).status_code == 200
    check_error(guarded.post("/v1/feedback", json=opinion, headers=_key("rk")), 403, "unauthorized")
    assert guarded.post("/v1/feedback", json=opinion, headers=_key("wk")).status_code == 201
    check_error(guarded.delete("/v1/threads/t", headers=_key("wk")), 403, "unauthorized")
    assert guarded.delete("/v1/threads/t", headers=_key("ak")).status_code == 200
    check_error(guarded.get("/metrics"), 401, "unauthorized")
    assert guarded.get("/healthz").status_code == 200


def test_tenants_are_kept_apart(guarded: TestClient) -> None:
    add_documents(guarded.app.state.work.services)  # type: ignore[attr-defined]
    path = "/v1/documents/guide:rules.en@acme"
    assert guarded.get(path, headers=_key("rk")).status_code == 200
    check_error(guarded.get(path, headers=_key("other")), 404, "not_found")
    assert guarded.get("/v1/documents/guide:rules.en", headers=_key("other")).status_code == 200
    asked = guarded.post("/v1/ask", json={"question": "x", "thread_id": "t"}, headers=_key("rk")).json()
    assert asked["data_vintage"] == {"tenant": "acme"}
    check_error(guarded.get("/v1/threads/t", headers=_key("other")), 404, "not_found")


@pytest.mark.parametrize("keys", ["justakey", "k:t:owner", "k::reader", ":t:reader", "k:t:reader,k:u:admin"])
def test_wrong_keys_are_refused_without_showing_them(tmp_path: Path, keys: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        create_app(api_settings(tmp_path, api_keys=keys))
    assert caught.value.field == "SOURCING_API_KEYS"
    assert "justakey" not in caught.value.message


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com"])
def test_without_keys_only_loopback_is_bound(tmp_path: Path, host: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        serve(api_settings(tmp_path, api_host=host))
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


class _Busy(Store):
    """Makes vectors under a lock that a test can hold; how often they were made is counted."""

    made = threading.Semaphore(0)

    def index_pending(self, progress: Any = None, *, check: bool = False, wait: bool = True) -> None:
        with file_lock(self.home / "index-lock", wait=wait):
            self.made.release()


def test_an_upload_does_not_wait_for_vectors_that_are_being_made(tmp_path: Path) -> None:
    settings = api_settings(tmp_path)
    settings.home.mkdir(parents=True, exist_ok=True)
    files = [("files", (f"{n}.md", f"# Rule {n}\n\nRacks go back in {n} days.\n".encode())) for n in (3, 4)]
    with api_client(settings, _Busy) as client:
        with file_lock(settings.home / "index-lock"):
            rows = client.post("/v1/documents", files=files).json()["files"]
            assert [row["status"] for row in rows] == ["added", "added"]
            assert all("in the background" in " ".join(row["warnings"]) for row in rows)
            again = client.post("/v1/documents", files=files).json()["files"]
            assert [(row["status"], row.get("warnings", [])) for row in again] == [("unchanged", [])] * 2
            assert not _Busy.made.acquire(blocking=False)
        assert _Busy.made.acquire(timeout=30)  # made as soon as the other is done
        later = ("files", ("5.md", b"# Rule 5\n\nRacks go back in 5 days.\n"))
        row = client.post("/v1/documents", files=[later]).json()["files"][0]
        assert row["status"] == "added"


def test_an_upload_belongs_to_the_tenant_of_its_key(guarded: TestClient) -> None:
    services = guarded.app.state.work.services  # type: ignore[attr-defined]
    file = {"files": ("secret.md", b"# Secret\n\nOur price is low.\n")}
    check_error(guarded.post("/v1/documents", files=file, headers=_key("rk")), 403, "unauthorized")
    work = guarded.app.state.work  # type: ignore[attr-defined]
    work.services_for = lambda tenant: type(services)(dataclasses.replace(services.settings, tenant=tenant))
    row = guarded.post("/v1/documents", files=file, headers=_key("wk")).json()["files"][0]
    assert row["status"] == "added", row
    path = f"/v1/documents/{row['document_id']}"
    assert guarded.get(path, headers=_key("rk")).status_code == 200
    check_error(guarded.get(path, headers=_key("other")), 404, "not_found")


def test_uploads_over_the_limit_load_nothing(client: TestClient) -> None:
    big = {"files": ("big.md", b"x" * 1_000_001)}
    check_error(client.post("/v1/documents", files=big), 413, "invalid_input")
    bigger = {"files": ("big.md", b"x" * 3_000_000)}
    check_error(client.post("/v1/documents", files=bigger), 413, "invalid_input")
    check_error(client.post("/v1/documents", data={"kind": "guide"}), 422, "invalid_input")
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


@pytest.mark.parametrize("tenant", ["ACME", "a/b", "a b", "-a", "á", "a" * 65, "a\n"])
def test_tenants_of_keys_are_slugs(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        create_app(api_settings(tmp_path, api_keys=f"secret:{tenant}:reader"))
    assert caught.value.field == "SOURCING_API_KEYS"
    assert "lower-case" in (caught.value.hint or "") and "secret" not in caught.value.message
    with pytest.raises(InvalidInput):
        load_settings({"SOURCING_TENANT": tenant})


@pytest.mark.parametrize(("key", "loaded"), [("wk", False), ("ak", True)])
def test_a_writer_of_the_public_tenant_changes_no_tariff(tmp_path: Path, key: str, loaded: bool) -> None:
    row = {"htsno": "8544.30.00.00", "indent": "0", "description": "Harnesses", "units": ["No."]}
    row |= {"general": "0%", "special": "", "other": "0%", "footnotes": []}
    file = {"files": ("hts_2026_rev_10.json", json.dumps([row]).encode())}
    with api_client(api_settings(tmp_path, api_keys="wk:public:writer,ak:public:admin")) as client:
        [report] = client.post("/v1/documents", files=file, headers=_key(key)).json()["files"]
        assert report["status"] == ("added" if loaded else "rejected"), report
        assert loaded or "admin" in report["reason"]
        assert len(client.app.state.work.services.catalog.schedules()) == loaded  # type: ignore[attr-defined]

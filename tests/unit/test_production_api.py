"""Production over HTTP: intake, idempotence, bad input, tenants, stream, webhooks, alerts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_app
from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.errors import InvalidInput, Unauthorized
from assistant.tracking.hub import Hub
from assistant.tracking.signing import SIGNATURE, SOURCE, check, senders, sign
from retrieval.alerts import BACKOFF_S, Alerts
from retrieval.catalog import Catalog

DAY = date(2026, 11, 1)
SECRET = "a-secret-of-enough-length"
ORDER: dict[str, Any] = {
    "order_id": "PO-7",
    "manufacturer_id": "plant-7",
    "product": "cap",
    "quantity": 1000,
    "placed": "2026-08-01",
    "promised": "2026-10-01",
    "milestones": [{"name": "production_start", "planned": "2026-09-01"}],
}


class Store(Services):
    """A real catalog; nothing is embedded."""

    def load_sample_if_empty(self, progress: Any = None) -> None:
        return None

    def status(self) -> dict[str, Any]:
        return {"agreement": {"ok": True}}


def event(number: int, **fields: Any) -> dict[str, Any]:
    at = (datetime(2026, 9, 2, 12, tzinfo=UTC) + timedelta(hours=number)).isoformat()
    return {
        "event_id": f"e{number}",
        "order_id": "PO-7",
        "at": at,
        "type": "production",
        "good": 10,
        "scrap": 1,
    } | fields


def _client(home: Path, **changes: Any) -> TestClient:
    settings = dataclasses.replace(Settings(), home=home, **changes)
    app = create_app(settings, Store(settings, lambda: DAY), lambda services: None)  # type: ignore[arg-type,return-value]
    return TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with _client(tmp_path, webhook_secrets=f"plant:public:{SECRET}") as client:
        assert client.post("/v1/production/events", json=ORDER).json()["accepted"] == 1
        yield client


def _post(client: TestClient, body: Any) -> Any:
    return client.post("/v1/production/events", json=body)


def _status(client: TestClient, **more: Any) -> Any:
    return client.post("/v1/tools/order_status", json={"order_id": "PO-7", **more}).json()


def test_one_many_and_again(client: TestClient) -> None:
    assert _post(client, event(1)).json() == {"accepted": 1, "duplicates": 0, "rejected": [], "last_id": 1}
    assert _post(client, event(1)).json()["duplicates"] == 1
    assert _post(client, {"events": [event(1), event(2)]}).json()["accepted"] == 1
    assert _status(client)["progress"]["good"] == "20"


def test_three_bad_ones_of_ten_thousand(client: TestClient) -> None:
    rows = [event(n % 900, event_id=f"b{n}", good=0) for n in range(10_000)]
    rows[17] = {**rows[17], "good": -1}
    rows[4_000] = {**rows[4_000], "order_id": "PO-NONE"}
    rows[9_999] = {**rows[9_999], "at": "2026-09-02T12:00:00"}
    body = _post(client, rows).json()
    assert body["accepted"] == 9_997
    assert [(r["index"], r["code"]) for r in body["rejected"]] == [
        (17, "invalid_input"), (4_000, "not_found"), (9_999, "invalid_input"),
    ]  # fmt: skip
    assert all(r["reason"] and r["hint"] for r in body["rejected"])


@pytest.mark.parametrize(
    ("change", "status", "code", "says"),
    [
        ({"order_id": "PO-NONE"}, 404, "not_found", "no order 'PO-NONE'"),
        ({"good": -5}, 422, "invalid_input", "greater than or equal to 0"),
        ({"good": 9, "scrap": 3, "started": 10}, 422, "invalid_input", "good + scrap (12) is above started (10)"),
        ({"at": "2026-09-02T12:00:00"}, 422, "invalid_input", "no time zone"),
        ({"at": "2026-09-02"}, 422, "invalid_input", "without a time"),
        ({"at": "yesterday"}, 422, "invalid_input", "ISO 8601"),
        ({"at": "2100-01-01T00:00:00Z"}, 422, "invalid_input", "future"),
        ({"tenant": "other"}, 403, "unauthorized", "belongs to tenant"),
        ({"type": "nonsense"}, 422, "invalid_input", "type"),
        ({"good": True}, 422, "invalid_input", "true or false"),
        ({"good": "NaN"}, 422, "invalid_input", "finite"),
        ({"good": 1e30}, 422, "invalid_input", "less than or equal"),
        ({"rework": 11}, 422, "invalid_input", "rework"),
        ({"event_id": ""}, 422, "invalid_input", "event_id"),
        ({"corrects": "e1"}, 422, "invalid_input", "corrects itself"),
        ({"description": "x" * 1_000_000}, 413, "invalid_input", "larger than"),
    ],
)
def test_bad_events(client: TestClient, change: dict[str, Any], status: int, code: str, says: str) -> None:
    response = _post(client, event(1) | change)
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code and says in error["message"] and error["hint"]
    assert _status(client)["events"] == 0


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"order_id": "PO-NONE"}, "not_found", "no hay ninguna orden 'PO-NONE'"),
        ({"good": -5}, "invalid_input", "good: debe ser al menos 0 (se recibió -5)"),
        ({"good": 9, "scrap": 3, "started": 10}, "invalid_input", "good + scrap (12) supera started (10)"),
        ({"at": "2026-09-02T12:00:00"}, "invalid_input", "at no tiene zona horaria"),
        ({"at": "ayer"}, "invalid_input", "at no es un día ni una hora en ISO 8601"),
        ({"at": "2100-01-01T00:00:00Z"}, "invalid_input", "está en el futuro"),
        ({"tenant": "other"}, "unauthorized", "pertenece al inquilino 'other'"),
        ({"good": True}, "invalid_input", "es verdadero o falso donde va un número"),
        ({"good": None, "scrap": None}, "invalid_input", "un evento production necesita good or scrap or run_minutes"),
        ({"description": "x" * 100_000}, "invalid_input", "pasa de 64 kB"),
    ],
)
def test_refusals_in_spanish(client: TestClient, change: dict[str, Any], code: str, says: str) -> None:
    _post(client, event(2))
    spanish = {"language": "es"}
    error = client.post("/v1/production/events", json=event(1) | change, params=spanish).json()["error"]
    assert error["code"] == code and says in error["message"] and error["hint"], error
    rows = [event(1) | change, event(2, good=7), event(3)]
    body = client.post("/v1/production/events", json=rows, params=spanish).json()
    assert body["accepted"] == 1 and [r["index"] for r in body["rejected"]] == [0, 1]
    assert says in body["rejected"][0]["reason"]
    assert "ya es de un evento con otro contenido" in body["rejected"][1]["reason"]


def test_other_content_under_a_known_id_is_refused(client: TestClient) -> None:
    _post(client, event(1))
    error = _post(client, event(1, good=11)).json()["error"]
    assert error["code"] == "invalid_input" and "corrects" in error["hint"]
    assert _post(client, event(2, good=11, corrects="e1", at=event(1)["at"])).json()["accepted"] == 1
    shown = _status(client)
    assert (shown["progress"]["good"], shown["corrected"]) == ("11", 1)


@pytest.mark.parametrize("body", [5, "x", None, True])
def test_bodies_that_are_no_events(client: TestClient, body: Any) -> None:
    assert _post(client, body).status_code in (400, 422)


def test_too_many_at_once(client: TestClient) -> None:
    assert _post(client, [1] * 10_001).json()["error"]["code"] == "invalid_input"


def test_rows_cannot_be_changed(client: TestClient, tmp_path: Path) -> None:
    import sqlite3

    _post(client, event(1))
    connection = sqlite3.connect(tmp_path / "catalog.sqlite")
    for statement in (
        "UPDATE production_events SET sha256 = 'x'",
        "DELETE FROM production_events",
        "DELETE FROM production_orders",
    ):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_a_past_day_as_it_was_known_then(client: TestClient) -> None:
    _post(client, event(1))
    assert _status(client, as_of="2026-09-01")["events"] == 0
    assert _status(client, as_of="2026-09-02")["events"] == 1
    refused = client.post("/v1/tools/order_status", json={"order_id": "PO-7", "known_on": "2026-09-30"})
    assert refused.status_code == 404  # it was loaded later than that


@pytest.mark.parametrize(("language", "says"), [("en", "was not known yet"), ("es", "aún no se conocía")])
def test_a_day_before_anything_was_known_says_so(client: TestClient, language: str, says: str) -> None:
    since = datetime.now(UTC).date()
    asked = {"order_id": "PO-7", "known_on": "2026-09-30", "language": language}
    error = client.post("/v1/tools/order_status", json=asked).json()["error"]
    assert (error["code"], error["field"]) == ("not_found", "known_on") and says in error["message"]
    assert "2026-09-30" in error["message"] and str(since.year) in error["hint"]
    query = {"as_of": "2026-09-30", "known_on": "2026-09-30", "language": language}
    board = client.get("/v1/production/board", params=query).json()
    assert (board["orders"], board["alerts"]) == ([], []) and board["known_since"] is not None
    for tool in ("supplier_performance", "production_risks"):
        asked = {"manufacturer_id": "plant-7", "known_on": "2026-09-30", "language": language}
        found = client.post(f"/v1/tools/{tool}", json=asked)
        told = found.json().get("not_covered") or found.json()["error"]["message"]
        assert "2026-09-30" in str(told), told


def test_a_past_day_has_the_risks_of_that_day_and_not_todays_alerts(client: TestClient) -> None:
    _post(client, event(1))
    hub = client.app.state.production  # type: ignore[attr-defined]
    hub.judge(None)
    today = client.get("/v1/production/board").json()
    assert today["alerts_on"] is None
    assert {a["risk"]["kind"] for a in today["alerts"]} >= {"overdue"} and all(a["id"] for a in today["alerts"])
    then = client.get("/v1/production/board", params={"as_of": "2026-09-10"}).json()
    assert then["alerts_on"] == "2026-09-10" and then["known_since"] is None
    kinds = {a["risk"]["kind"] for a in then["alerts"]}
    assert kinds and "overdue" not in kinds  # promised for October
    assert all(a["id"] is None and a["acknowledged_at"] is None for a in then["alerts"])


def _milestones(client: TestClient, **more: Any) -> dict[str, str]:
    return {m["name"]: m["state"] for m in _status(client, **more)["milestones"]}


def test_a_milestone_that_nobody_reported_is_not_overdue_once_it_was_passed(client: TestClient) -> None:
    plan = [{"name": n, "planned": d} for n, d in (("production_start", "2026-09-01"), ("shipped", "2026-09-20"))]
    _post(client, {**ORDER, "milestones": plan})
    assert _milestones(client, as_of="2026-09-10") == {"production_start": "overdue", "shipped": "upcoming"}
    _post(client, {**event(1), "type": "milestone", "name": "audit", "good": None})  # not planned: it shows nothing
    assert _milestones(client, as_of="2026-09-10")["production_start"] == "overdue"
    _post(client, event(2))
    assert _milestones(client, as_of="2026-09-10")["production_start"] == "unreported"
    _post(client, event(3, type="shipment", shipped_quantity=1000, departed="2026-09-25", arrived="2026-09-28"))
    assert _milestones(client) == {"production_start": "unreported", "shipped": "unreported", "audit": "done"}


def test_a_day_to_come_is_no_report_of_what_happened(client: TestClient) -> None:
    _post(client, event(1, type="milestone", name="delivered", actual="2027-03-01"))
    _post(client, event(2, type="shipment", shipped_quantity=1000, departed="2027-01-01", arrived="2027-02-01"))
    shown = _status(client)
    assert (shown["phase"], shown["delivered_on"]) == ("placed", None)


def test_an_order_that_came_early_is_on_time_before_its_promised_day(client: TestClient) -> None:
    _post(client, event(1, type="shipment", shipped_quantity=1000, arrived="2026-09-02"))
    told = {k["name"]: k["text"] for k in _status(client, as_of="2026-09-03")["kpis"]}
    assert (told["on_time_delivery"], told["on_time_in_full"]) == ("100 %", "100 %")


@pytest.mark.parametrize(("good", "told"), [(1_100, False), (1_101, True)])
def test_far_more_than_was_ordered_is_pointed_out(client: TestClient, good: int, told: bool) -> None:
    _post(client, event(1, good=good))
    for language, words in (("en", "of 1,000 ordered"), ("es", "de 1,000 pedidas")):
        assert any(words in text for text in _status(client, language=language)["not_covered"]) is told


def test_tenants_see_their_own(tmp_path: Path) -> None:
    keys = "ka:acme:writer,kb:bolt:writer,kr:acme:reader"
    with _client(tmp_path, api_keys=keys) as client:

        def ask(key: str, body: Any) -> Any:
            return client.post("/v1/production/events", json=body, headers={"Authorization": f"Bearer {key}"})

        assert ask("ka", ORDER).json()["accepted"] == 1
        assert ask("kb", event(1)).status_code == 404
        assert ask("kb", event(1, tenant="acme")).status_code == 403
        assert ask("kr", event(1)).status_code == 403
        assert ask("ka", event(1)).json()["accepted"] == 1
        assert ask("kb", {**ORDER, "quantity": 5}).json()["accepted"] == 1
        for key, good, quantity in (("ka", "10", "1000"), ("kb", None, "5")):
            got = client.post(
                "/v1/tools/order_status", json={"order_id": "PO-7"}, headers={"Authorization": f"Bearer {key}"}
            )
            assert (got.json()["progress"]["good"], got.json()["quantity"]) == (good, quantity)


def test_stream_store_resumes(client: TestClient) -> None:
    """The store behind the stream: every event after an id, in order, none twice."""
    from retrieval.production import Production

    _post(client, [event(n) for n in range(1, 8)])
    production = Production(client.app.state.production._services().catalog)  # type: ignore[attr-defined]
    first = production.stream(("public",), 0, limit=3)
    rest = production.stream(("public",), first[-1].seq)
    assert [e.event_id for e in [*first, *rest]] == [f"e{n}" for n in range(1, 8)]
    assert production.stream(("stranger",), 0) == []
    bad = client.get("/v1/production/stream", headers={"Last-Event-ID": "seven"})
    assert bad.status_code == 422


def test_board_changes_when_something_does(client: TestClient) -> None:
    board = client.get("/v1/production/board").json()
    same = client.get("/v1/production/board", params={"version": board["version"]}).json()
    assert same == {"version": board["version"], "unchanged": True} or "alerts" in same  # an alert may have been raised
    _post(client, event(1))
    after = client.get("/v1/production/board", params={"version": board["version"]}).json()
    assert after["orders"][0]["good"] == "10"
    empty = [k for k in after["kpis"] if k["name"] == "defects_ppm"]
    assert empty[0]["value"] is None


# -- webhooks in


def _signed(client: TestClient, body: bytes, header: str | bytes, source: str = "plant") -> Any:
    headers: Any = {SIGNATURE: header, SOURCE: source, "Content-Type": "application/json"}
    return client.post("/v1/production/webhook", content=body, headers=headers)


def test_a_signed_message_is_taken_once(client: TestClient) -> None:
    body = json.dumps([event(1)]).encode()
    header = sign(SECRET, body, datetime.now(UTC))
    assert _signed(client, body, header).json()["accepted"] == 1
    again = _signed(client, body, header)
    assert again.status_code == 401 and "already" in again.json()["error"]["message"]


def test_forged_messages_are_refused(client: TestClient) -> None:
    body, now = json.dumps([event(1)]).encode(), datetime.now(UTC)
    good = sign(SECRET, body, now)
    stamp = good.partition(",")[0]
    wrong = {
        "other body": (body + b" ", good),
        "other secret": (body, sign("another-secret-of-length", body, now)),
        "old": (body, sign(SECRET, body, now - timedelta(minutes=6))),
        "early": (body, sign(SECRET, body, now + timedelta(minutes=6))),
        "moved time": (body, good.replace(stamp, f"t={int(now.timestamp()) + 1}")),
        "empty": (body, ""),
        "no digest": (body, stamp),
        "odd": (body, "t=٣,v1=ñ"),
    }
    for name, (content, header) in wrong.items():
        response = _signed(client, content, header.encode())
        assert response.status_code == 401, name
    assert _signed(client, body, good, source="stranger").status_code == 401
    assert _status(client)["events"] == 0


def test_the_webhook_needs_no_key_but_nothing_else_is_open(tmp_path: Path) -> None:
    with _client(tmp_path, api_keys="k:public:writer", webhook_secrets=f"plant:public:{SECRET}") as client:
        body = json.dumps(ORDER).encode()
        assert _signed(client, body, sign(SECRET, body, datetime.now(UTC))).json()["accepted"] == 1
        assert client.post("/v1/production/events", json=event(1)).status_code == 401
        assert client.get("/v1/production/board").status_code == 401


def test_signing_by_hand() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    header = sign("k" * 16, b"{}", now)
    assert header.startswith("t=1767225600,v1=") and len(header) == 16 + 64
    assert check("k" * 16, b"{}", header, now + timedelta(minutes=5)) == header.partition("v1=")[2]
    with pytest.raises(Unauthorized):
        check("k" * 16, b"{}", header, now + timedelta(minutes=5, seconds=1))
    with pytest.raises(InvalidInput):
        senders("plant:public:short")


# -- alerts and webhooks out


def _risk(severity: str = "medium", key: str = "PO-7:late") -> dict[str, Any]:
    return {"key": key, "kind": "late", "severity": severity, "order_id": "PO-7", "title": "t", "cause": "c"}


def test_alerts_are_raised_once_escalated_and_resolved(tmp_path: Path) -> None:
    alerts, now = Alerts(Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")), datetime(2026, 1, 1, tzinfo=UTC)

    def sync(*risks: dict[str, Any]) -> int:
        return alerts.sync("public", "PO-7", risks, now=now, notify=True)

    assert [sync(_risk()), sync(_risk()), sync(_risk())] == [1, 0, 0]
    (row,) = alerts.shown(["public"])
    assert alerts.acknowledge(["public"], row["id"], "Ana", now)["acknowledged_by"] == "Ana"  # type: ignore[index]
    assert alerts.acknowledge(["stranger"], row["id"], "Eve", now) is None
    assert sync(_risk("high")) == 1  # graver: it asks for attention again
    (row,) = alerts.shown(["public"])
    assert (row["severity"], row["acknowledged_at"]) == ("high", None)
    assert sync(_risk("low")) == 0
    assert sync() == 0 and alerts.shown(["public"]) == []
    assert sync(_risk()) == 1  # it came back: a new alert
    assert len(alerts.shown(["public"], everything=True)) == 2
    assert len(alerts.deliveries(["public"], "pending")) == 3


def test_messages_are_signed_retried_and_dead_lettered(tmp_path: Path) -> None:
    import http.server
    import threading

    seen: list[tuple[bytes, str]] = []
    answers = [500, 503, 200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((body, self.headers[SIGNATURE]))
            self.send_response(answers[min(len(seen), len(answers)) - 1])
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hook"
    settings = dataclasses.replace(Settings(), home=tmp_path, alert_webhook_url=url, alert_webhook_secret=SECRET)
    store = Store(settings, lambda: DAY)
    hub = Hub(lambda: store)
    now = datetime.now(UTC)
    hub.alerts.sync("public", "PO-7", [_risk()], now=now, notify=True)
    told = []
    for _ in range(3):
        (delivery,) = hub.alerts.due(now + timedelta(days=1))
        told.append(hub.deliver(delivery, settings))
    assert told == ["pending", "pending", "delivered"]
    assert hub.alerts.due(now + timedelta(days=1)) == []
    for body, header in seen:
        check(SECRET, body, header, datetime.now(UTC))
        assert json.loads(body)["risk"]["key"] == "PO-7:late"
    server.shutdown()
    server.server_close()

    hub.alerts.sync("public", "PO-8", [_risk(key="PO-8:late")], now=now, notify=True)
    told = [hub.deliver(hub.alerts.due(now + timedelta(days=1))[0], settings) for _ in range(len(BACKOFF_S) + 1)]
    assert told == ["pending"] * len(BACKOFF_S) + ["dead"]
    (dead,) = hub.alerts.deliveries(["public"], "dead")
    assert hub.alerts.retry(["public"], dead["id"], now) and not hub.alerts.retry(["public"], dead["id"], now)
    assert len(hub.alerts.due(now)) == 1


def test_a_late_order_raises_an_alert_by_itself(client: TestClient) -> None:
    hub: Hub = client.app.state.production  # type: ignore[attr-defined]
    hub.judge(None)
    keys = {a["key"] for a in client.get("/v1/production/alerts").json()["alerts"]}
    assert "PO-7:overdue" in keys
    (row,) = [a for a in client.get("/v1/production/alerts").json()["alerts"] if a["key"] == "PO-7:overdue"]
    done = client.post(f"/v1/production/alerts/{row['id']}/acknowledge", json={"by": "Ana"}).json()
    assert done["acknowledged_by"] == "Ana"
    assert client.post("/v1/production/alerts/999/acknowledge", json={"by": "x"}).status_code == 404

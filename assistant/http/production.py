"""Routes of production tracking: events in (calls and signed webhooks), live stream, board, alerts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, get_args

from fastapi import Body, Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from assistant.bootstrap import store_errors
from assistant.customs.types import Language
from assistant.errors import InvalidInput, NotFound, SourcingError, Unauthorized
from assistant.http.access import Caller
from assistant.http.replies import Json, Refused, encode
from assistant.http.work import Work
from assistant.production.reading import MOST_BYTES, refuse
from assistant.tracking.board import board, version
from assistant.tracking.book import book_of, tenants_of
from assistant.tracking.hub import Hub
from assistant.tracking.intake import Taken, read_batch
from assistant.tracking.signing import SIGNATURE, SOURCE, TOLERANCE, check, senders

EVENTS = "/v1/production/events"
WEBHOOK = "/v1/production/webhook"
BODY_LIMITS = {EVENTS: 16_000_000, WEBHOOK: 16_000_000}
_INLINE = 20  # objects read without a thread of their own
_TOO_LARGE = {refuse("too_large", language, kb=MOST_BYTES // 1000).message for language in get_args(Language)}
_LOOK_S = 0.2
_HEARTBEAT_S = 10.0
_BATCH = 500
_EXAMPLE = {
    "event_id": "plant-7-000123",
    "order_id": "PO-1042",
    "at": "2026-11-20T14:05:00-06:00",
    "type": "production",
    "good": 410,
    "scrap": 9,
    "planned_minutes": 480,
    "run_minutes": 421,
    "ideal_cycle_seconds": 52,
}


def install(app: FastAPI, work: Work) -> Hub:
    """Add the routes; the hub begins with the app and ends with it (see `lifespan`)."""
    hub = Hub(lambda: work.services)
    app.state.production = hub
    _events(app, hub)
    _live(app, hub)
    _alerts(app, hub)
    return hub


@contextlib.asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[None]:
    senders(hub._services().settings.webhook_secrets)  # a wrong setting is said at the start
    await run_in_threadpool(hub.start)
    try:
        yield
    finally:
        await run_in_threadpool(hub.close)


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Who = Annotated[Caller, Depends(_caller)]


def _events(app: FastAPI, hub: Hub) -> None:
    @app.post(
        EVENTS,
        summary="Send orders and events",
        description="One order or event, an array of them, or `{orders: […], events: […]}`. The same event_id with the "
        "same content changes nothing. What is wrong is rejected by its index, the rest is kept; `language` is the "
        "reasons'. The answer comes after the commit: whatever it accepts survives a crash.",
        openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
        tags=["production"],
    )
    async def events(body: Annotated[Any, Body()], who: Who, language: Language = "en") -> Response:
        return Json((await _take(hub, body, who.tenant, language)).as_dict())

    @app.post(WEBHOOK, summary="Send orders and events, signed", tags=["production"])
    async def webhook(request: Request) -> Response:
        body, now = await request.body(), datetime.now(UTC)
        sender = senders(hub._services().settings.webhook_secrets).get(request.headers.get(SOURCE, ""))
        if sender is None:
            hint = f"name yourself in {SOURCE}; the operator lists senders in SOURCING_WEBHOOK_SECRETS"
            raise Unauthorized("the sender is not known", field=SOURCE, hint=hint)
        signature = check(sender.secret, body, request.headers.get(SIGNATURE, ""), now)
        with store_errors():
            seen = await run_in_threadpool(hub.alerts.was_seen, signature)
        if seen:
            raise Unauthorized("this message was received already", field=SIGNATURE, hint="sign a new message anew")
        try:
            given = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Refused(400, InvalidInput("the body is not JSON", hint="send one JSON object or array")) from error
        taken = await _take(hub, given, sender.tenant)
        with store_errors():  # after the events: had they failed, the sender may send the same again
            await run_in_threadpool(hub.alerts.remember, signature, now, 2 * TOLERANCE)
        return Json(taken.as_dict())


async def _take(hub: Hub, body: Any, tenant: str, language: Language = "en") -> Taken:
    """Read, store, and answer after the commit. A single bad object is an error of its own."""
    single = isinstance(body, dict) and not any(isinstance(body.get(n), list) for n in ("orders", "events"))
    given = [body] if single else _several(body, language)
    now = datetime.now(UTC)
    if len(given) <= _INLINE:
        batch = read_batch(given, tenant=tenant, now=now, language=language)
    else:
        batch = await run_in_threadpool(lambda: read_batch(given, tenant=tenant, now=now, language=language))
    taken = batch.taken
    if batch.orders or batch.events:
        with store_errors():
            taken = batch.finish(await asyncio.wrap_future(hub.writer.submit(tenant, *batch.rows)))
        if taken.orders:
            hub.changed(tenant, taken.orders)
    if single and taken.rejected:
        raise _error(taken.rejected[0])
    taken.rejected.sort(key=lambda r: int(r["index"]))
    return taken


def _several(body: Any, language: Language) -> list[Any]:
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        return [*(body.get("orders") or []), *(body.get("events") or [])]
    found = refuse("no_events", language)
    raise InvalidInput(found.message, hint=found.hint)


def _error(row: dict[str, Any]) -> SourcingError | Refused:
    message, told = str(row["reason"]), {"field": row["field"], "hint": row["hint"] or "see /openapi.json"}
    if row["code"] == "not_found":
        return NotFound(message, **told)
    if row["code"] == "unauthorized":
        return Refused(403, Unauthorized(message, **told))
    problem = InvalidInput(message, **told)
    return Refused(413, problem) if message in _TOO_LARGE else problem


def _live(app: FastAPI, hub: Hub) -> None:
    @app.get(
        "/v1/production/stream",
        summary="Events as they are accepted, by server-sent events",
        description="Each has its number as `id`; a client that reconnects with `Last-Event-ID` (browsers do) misses "
        "none. Without one the stream begins with what comes next; `after=0` begins with the first event of all.",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
        tags=["production"],
    )
    async def stream(
        request: Request, who: Who, after: Annotated[int | None, Query(ge=0, description="Number to go on from")] = None
    ) -> Response:
        services = await run_in_threadpool(hub.for_tenant, who.tenant)
        production, tenants = book_of(services).production, tenants_of(services)
        last = _resume(request.headers.get("last-event-id"), after)
        if last is None:
            with store_errors():
                last = await run_in_threadpool(production.last_seq)

        async def lines(last: int) -> AsyncIterator[bytes]:
            yield f": from {last}\nretry: 1000\n\n".encode()
            spoken = time.monotonic()
            while not await request.is_disconnected() and not hub._stop.is_set():
                rows = await run_in_threadpool(production.stream, tenants, last, _BATCH)
                for row in rows:
                    last = row.seq
                    data = {"seq": row.seq, "known_at": row.known_at.isoformat(), "event": row.payload}
                    yield f"id: {row.seq}\nevent: production\ndata: ".encode() + encode(data, ascii_only=True) + b"\n\n"
                if rows:
                    spoken = time.monotonic()
                elif time.monotonic() - spoken > _HEARTBEAT_S:
                    spoken = time.monotonic()
                    yield b": still here\n\n"
                if len(rows) < _BATCH:
                    await asyncio.sleep(_LOOK_S)

        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-cache"}
        return StreamingResponse(lines(last), media_type="text/event-stream", headers=headers)

    @app.get("/v1/production/board", summary="What the production page shows", tags=["production"])
    async def whole(
        who: Who,
        as_of: date | None = None,
        known_on: Annotated[date | None, Query(description="Only what was known by the end of this day")] = None,
        language: Language = "en",
        version_seen: Annotated[str | None, Query(alias="version", description="Answer only if it changed")] = None,
    ) -> Response:
        def make() -> dict[str, Any]:
            services = hub.for_tenant(who.tenant)
            book, day = book_of(services), as_of or services.today()
            with store_errors():
                now = version(services, book, hub.alerts, day, known_on) + language
                if now == version_seen:
                    return {"version": now, "unchanged": True}
                return {"version": now, **board(services, book, hub.alerts, day, language, known_on)}

        return Json(await run_in_threadpool(make))


def _resume(header: str | None, after: int | None) -> int | None:
    if header is None or not header.strip():
        return after
    text = header.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput(
            "Last-Event-ID is not a number of this stream", field="Last-Event-ID", hint="send the last id"
        )
    return int(text)


def _alerts(app: FastAPI, hub: Hub) -> None:
    @app.get("/v1/production/alerts", summary="Open alerts, newest first", tags=["production"])
    async def alerts(who: Who, everything: Annotated[bool, Query(alias="all")] = False) -> Response:
        def read() -> list[dict[str, Any]]:
            with store_errors():
                return hub.alerts.shown(tenants_of(hub.for_tenant(who.tenant)), everything=everything)

        return Json({"alerts": await run_in_threadpool(read)})

    @app.post("/v1/production/alerts/{id}/acknowledge", summary="Say that an alert was seen", tags=["production"])
    async def acknowledge(id: int, who: Who, by: Annotated[str, Body(embed=True, max_length=200)] = "") -> Response:
        def write() -> dict[str, Any] | None:
            with store_errors():
                own = (who.tenant,)
                return hub.alerts.acknowledge(own, id, by.strip() or f"{who.tenant} ({who.role})", datetime.now(UTC))

        found = await run_in_threadpool(write)
        if found is None:
            raise NotFound(f"there is no alert {id}", field="id", hint="see GET /v1/production/alerts")
        return Json(found)

    @app.get("/v1/production/webhooks", summary="Messages about alerts, by status", tags=["production"])
    async def deliveries(
        who: Who, status: Annotated[str, Query(pattern="^(pending|delivered|dead)$")] = "dead"
    ) -> Response:
        def read() -> list[dict[str, Any]]:
            with store_errors():
                return hub.alerts.deliveries((who.tenant,), status)

        return Json({"deliveries": await run_in_threadpool(read)})

    @app.post("/v1/production/webhooks/{id}/retry", summary="Take a dead message up again", tags=["production"])
    async def retry(id: int, who: Who) -> Response:
        with store_errors():
            done = await run_in_threadpool(hub.alerts.retry, (who.tenant,), id, datetime.now(UTC))
        if not done:
            raise NotFound(f"there is no dead message {id}", field="id", hint="see GET /v1/production/webhooks")
        return Json({"id": id, "status": "pending"})

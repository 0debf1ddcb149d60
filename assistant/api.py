"""The HTTP face: the contract's routes over tools, agent and catalog. `create_app` builds it, `serve` runs it.

Work that blocks runs in threads (`assistant.http.work`); keys, sizes, request ids and counts are the edge's
(`assistant.http.edge`). Opening the app loads nothing; the stores warm up in the background once it serves.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, File, Form, Query, Request, UploadFile
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from assistant.bootstrap import VERSION, Services, open_services, store_errors
from assistant.config import Settings
from assistant.customs.types import Language
from assistant.errors import InvalidInput, SourcingError, Unavailable
from assistant.http import describe, documents, exports, production, replies, threads
from assistant.http.access import Caller, check_address, open_access
from assistant.http.edge import Edge
from assistant.http.metrics import CONTENT_TYPE, Metrics
from assistant.http.replies import Json, encode
from assistant.http.work import AgentFactory, AgentLike, Work, settle
from assistant.mcp import HttpFace, build_server
from assistant.schema import Answer, AskRequest, Feedback, SearchResponse
from assistant.thread_ids import check_thread_id
from assistant.tools import TOOLS, Tool, call

_FORM_ROOM = 1_000_000  # what a form puts around its files
_DESCRIPTION = (
    "Vetted North American manufacturers, customs duty and compliance answers: every figure computed, every claim "
    "cited. Money and rates are decimal strings, dates ISO 8601, countries ISO 3166-1 alpha-2."
)


def _agent(services: Services) -> AgentLike:
    return services.agent


def create_app(
    settings: Settings, services: Services | None = None, agent_factory: AgentFactory | None = None
) -> FastAPI:
    """The application over `settings`; `services` and `agent_factory` replace the real ones in tests."""
    access, metrics = open_access(settings), Metrics()
    work = Work(services or open_services(settings), agent_factory or _agent)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        work.start_warming()
        async with production.running(hub), tools_for_agents.running():
            yield
        work.close()

    app = FastAPI(
        title="Made.in sourcing assistant", version=VERSION, description=_DESCRIPTION, lifespan=lifespan, redoc_url=None
    )
    app.state.work = work
    replies.install(app)
    _questions(app, work, metrics)
    threads.install(app, work)
    _tools(app, work, metrics)
    _library(app, work)
    exports.install(app, work)
    hub = production.install(app, work)
    tools_for_agents = _mcp(app, work)
    _health(app, work, metrics)
    describe.install(app, with_keys=bool(access.keys))
    limits = {"/v1/documents": settings.max_upload_mb * 1_000_000 + _FORM_ROOM, **production.BODY_LIMITS}
    app.add_middleware(Edge, access=access, metrics=metrics, limits=limits)
    return app


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Who = Annotated[Caller, Depends(_caller)]
Question = Annotated[AskRequest, Body(openapi_examples=describe.QUESTIONS)]


def _questions(app: FastAPI, work: Work, metrics: Metrics) -> None:
    settings = work.services.settings
    limit = settings.max_question_chars
    # A caller who could name any model would spend the operator's key, or send it to another provider.
    allowed = {"offline", settings.model, *(m.strip() for m in settings.models_allowed.split(",") if m.strip())}

    def checked(question: AskRequest) -> AskRequest:
        text = question.question.strip()
        if not text or len(text) > limit:
            what = f"has {len(text):,} characters; at most {limit:,} are read" if text else "is empty"
            hint = "ask in a few sentences; send long documents to /v1/documents"
            raise InvalidInput(f"the question {what}", field="question", hint=hint)
        if question.thread_id is not None:
            check_thread_id(question.thread_id)
        if question.model is not None and question.model.strip() not in allowed:
            raise InvalidInput(
                f"the model {question.model.strip()[:80]!r} may not be named here",
                field="model",
                hint=f"models that may: {', '.join(sorted(allowed))} (see SOURCING_MODELS_ALLOWED)",
            )
        return question.model_copy(update={"question": text})

    def counted(calls: list[dict[str, Any]]) -> None:
        for made in calls:
            metrics.tool(str(made["name"]), "error" if made.get("error") else "ok")

    @app.post("/v1/ask", summary="Ask a question", responses={200: {"model": Answer}}, tags=["questions"])
    async def ask(question: Question, who: Who) -> Response:
        answer = (await work.ask(who.tenant, checked(question))).model_dump(mode="json")
        counted(answer["tool_calls"])
        return Json(answer)

    @app.post(
        "/v1/ask/stream",
        summary="Ask a question, answered by server-sent events",
        description="Events: token {text}, tool_started {name, arguments}, tool_finished {name, ms, summary}, "
        "answer {Answer}, error {error}. Exactly one answer or error ends the stream; comments keep it open. "
        "Closing the connection stops the work.",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
        tags=["questions"],
    )
    async def ask_stream(question: Question, who: Who) -> Response:
        request = checked(question)

        async def lines() -> AsyncIterator[bytes]:
            yield b": open\n\n"
            async with contextlib.aclosing(work.stream(who.tenant, request)) as events:
                async for event in events:
                    if event is None:
                        yield b": still working\n\n"
                        continue
                    if event.type == "answer":
                        counted(event.data.get("tool_calls", []))
                    yield b"event: " + event.type.encode() + b"\ndata: " + encode(event.data, ascii_only=True) + b"\n\n"

        return StreamingResponse(
            lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no", "Cache-Control": "no-cache"}
        )

    @app.post("/v1/feedback", summary="Rate an answer", status_code=201, tags=["threads"])
    async def feedback(given: Feedback, who: Who) -> Response:
        def store() -> int:
            with store_errors():
                return work.services_for(who.tenant).catalog.add_feedback(
                    thread_id=given.thread_id,
                    rating=given.rating,
                    comment=given.comment,
                    tenant=who.tenant,
                    at=datetime.now(UTC),
                )

        return Json({"id": await work.run(store)}, status_code=201)


def _tools(app: FastAPI, work: Work, metrics: Metrics) -> None:
    async def run(name: str, arguments: dict[str, Any], who: Caller) -> Response:
        try:
            result = await work.run(lambda: call(work.services_for(who.tenant), name, arguments))
        except SourcingError:
            metrics.tool(name if name in TOOLS else "unknown", "error")
            raise
        metrics.tool(name, "ok")
        return Json(result)

    def route(tool: Tool) -> None:
        @app.post(
            f"/v1/tools/{tool.name}",
            name=tool.name,
            summary=tool.title,
            description=tool.description,
            responses={200: {"model": tool.response}},
            openapi_extra=describe.tool_body(tool),
            tags=["tools"],
        )
        async def run_tool(arguments: dict[str, Any], who: Who) -> Response:
            return await run(tool.name, arguments, who)

    for tool in TOOLS.values():
        route(tool)

    @app.post("/v1/tools/{name}", include_in_schema=False)
    async def no_tool(name: str, who: Who) -> Response:
        return await run(name, {}, who)

    @app.get("/v1/tools", summary="List the tools with their JSON schemas", tags=["tools"])
    async def tools() -> Response:
        return Json({"tools": [tool.schema() for tool in TOOLS.values()]})


def _mcp(app: FastAPI, work: Work) -> HttpFace:
    """`/mcp`: the tools for MCP clients, as the caller's tenant sees the stores."""

    def services_of(request: Request | None) -> Services:
        assert request is not None
        return work.services_for(_caller(request).tenant)

    face = HttpFace(build_server(services_of, work.run))
    app.router.routes.append(Route("/mcp", endpoint=face, include_in_schema=False))
    return face


def _library(app: FastAPI, work: Work) -> None:
    @app.post("/v1/documents", summary="Load documents", tags=["documents"])
    async def upload(
        who: Who,
        files: Annotated[list[UploadFile], File(description="One file or more")],
        kind: Annotated[str | None, Form(description="What they are; detected when left out")] = None,
        effective_from: Annotated[date | None, Form(description="First day in force, for a tariff schedule")] = None,
    ) -> Response:
        services = work.services_for(who.tenant)
        return Json(
            await work.run(
                lambda: documents.ingest_uploads(
                    services, files, kind or None, effective_from, vouched=who.role == "admin"
                )
            )
        )

    @app.get("/v1/documents/{id:path}", summary="Show a document, or one page of it", tags=["documents"])
    async def document(
        id: str,
        who: Who,
        page: Annotated[int | None, Query(ge=1)] = None,
        offset: Annotated[int, Query(ge=0, description="Where to go on, as next_offset says")] = 0,
    ) -> Response:
        return Json(await work.run(lambda: documents.show(work.services_for(who.tenant), id, page, offset)))

    @app.get("/v1/search", summary="Find passages", responses={200: {"model": SearchResponse}}, tags=["documents"])
    async def search(
        who: Who,
        q: Annotated[str, Query(min_length=1, max_length=2_000)],
        kind: Annotated[list[str] | None, Query(description="Only these kinds of document")] = None,
        as_of: date | None = None,
        language: Language | None = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 5,
    ) -> Response:
        request = {"query": q, "kinds": kind, "as_of": as_of, "language": language, "limit": limit}
        return Json(await work.run(lambda: call(work.services_for(who.tenant), "search_rules", request)))


def _health(app: FastAPI, work: Work, metrics: Metrics) -> None:
    @app.get("/healthz", summary="The process is up", tags=["health"])
    async def healthz() -> Response:
        return Json({"status": "ok", "version": VERSION})

    @app.get("/readyz", summary="Questions can be answered", tags=["health"])
    async def readyz() -> Response:
        problem = await work.run(work.not_ready)
        if problem is not None:
            raise Unavailable(f"not ready: {problem}", hint="see `sourcing status`")
        return Json({"status": "ready", "version": VERSION})

    @app.get("/metrics", summary="Counts and latencies, Prometheus text", tags=["health"])
    async def numbers() -> Response:
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises InvalidInput for an address that needs a key, Unavailable for a port in use."""
    import uvicorn

    check_address(settings)
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.api_host.strip("[]"), settings.api_port))
        except OSError as error:
            raise Unavailable(
                f"cannot listen on {settings.api_host}, port {settings.api_port}: {error.strerror}",
                field="SOURCING_API_PORT",
                hint="stop what uses the port, or set SOURCING_API_PORT to a free one",
            ) from error
        port = listener.getsockname()[1]
        app = create_app(replace(settings, api_port=port))
        threading.Thread(target=settle, args=(app.state.work.warm,), daemon=True).start()
        print(f"API on http://{settings.api_host}:{port}", flush=True)
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, proxy_headers=False, timeout_graceful_shutdown=5
        )
        uvicorn.Server(config).run(sockets=[listener])

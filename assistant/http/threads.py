"""Routes of conversations: list, show, export, rename, delete, and check whether the answers still hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from assistant.http.access import Caller
from assistant.http.replies import Json
from assistant.http.work import Work
from assistant.schema import Rename
from assistant.thread_ids import check_thread_id
from assistant.transcript import markdown


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Who = Annotated[Caller, Depends(_caller)]


def install(app: FastAPI, work: Work) -> None:
    """Add the routes."""

    @app.get("/v1/threads", summary="List threads, newest first", tags=["threads"])
    async def threads(who: Who) -> Response:
        return Json({"threads": _plain(await work.run(lambda: work.agent(who.tenant).threads()))})

    @app.get("/v1/threads/{id}", summary="Show a thread", tags=["threads"])
    async def thread(id: str, who: Who) -> Response:
        return Json(_plain(await work.run(lambda: work.agent(who.tenant).thread(check_thread_id(id)))))

    @app.get(
        "/v1/threads/{id}/export",
        summary="A thread as Markdown, to send on",
        response_class=Response,
        responses={200: {"content": {"text/markdown": {}}}},
        tags=["threads"],
    )
    async def export(id: str, who: Who) -> Response:
        shown = _plain(await work.run(lambda: work.agent(who.tenant).thread(check_thread_id(id))))
        return Response(markdown(shown), media_type="text/markdown; charset=utf-8")

    @app.patch("/v1/threads/{id}", summary="Rename a thread", tags=["threads"])
    async def rename(id: str, given: Rename, who: Who) -> Response:
        title = await work.run(lambda: work.agent(who.tenant).rename_thread(check_thread_id(id), given.title))
        return Json({"thread_id": id, "title": title})

    @app.post(
        "/v1/threads/{id}/check",
        summary="Are its answers still right?",
        description="Makes every stored tool call again, for its own day and for `as_of` (default: today), and lists "
        "what differs with its source: `because` is data (what is loaded changed) or date (in force on the later day).",
        tags=["threads"],
    )
    async def check(id: str, who: Who, as_of: date | None = None) -> Response:
        turns = await work.run(lambda: work.agent(who.tenant).check_thread(check_thread_id(id), as_of))
        return Json({"thread_id": id, "turns": [{**t.model_dump(mode="json"), "same": t.same} for t in turns]})

    @app.delete("/v1/threads/{id}", summary="Delete a thread", tags=["threads"])
    async def delete_thread(id: str, who: Who) -> Response:
        await work.delete_thread(who.tenant, check_thread_id(id))
        return Json({"id": id, "deleted": True})


def _plain(value: Any) -> Any:
    """What the agent gives, as JSON-able objects: pydantic models become dicts."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump is not None else value

"""JSON bodies and the error object: whatever goes wrong, a client reads `{"error": {code, message, field, hint}}`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from assistant.bugs import record
from assistant.errors import Internal, InvalidInput, NotFound, RateLimited, SourcingError, Unavailable


class Refused(Exception):
    """An error of the contract with a status of HTTP's own (403, 405, 413 …) in place of the error's usual one."""

    def __init__(self, status: int, error: SourcingError) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error


class Json(Response):
    """JSON in UTF-8. Half a surrogate pair, which UTF-8 cannot carry, becomes a question mark instead of an error."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encode(content)


def encode(content: Any, *, ascii_only: bool = False) -> bytes:
    """JSON as bytes. `ascii_only` for one line of a stream: some readers break lines at U+2028 and its like."""
    return json.dumps(content, ensure_ascii=ascii_only, separators=(",", ":"), default=str).encode("utf-8", "replace")


def reply(problem: SourcingError | Refused) -> Json:
    """The error object with its status, and the headers that the status calls for."""
    error = problem.error if isinstance(problem, Refused) else problem
    status = problem.status if isinstance(problem, Refused) else error.http_status
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RateLimited):
        headers["Retry-After"] = "2"
    return Json(error.as_dict(), status_code=status, headers=headers)


def unexpected(error: BaseException) -> Internal:
    """A defect: the cause goes to the log of defects, the caller gets only its kind."""
    return Internal(f"unexpected {type(error).__name__}", hint=record(error))


def first_problem(errors: Sequence[Mapping[str, Any]]) -> InvalidInput | Refused:
    """What pydantic refused first, as the contract's error."""
    first = errors[0]
    kind = str(first["type"])
    if kind == "json_invalid":
        cause = first.get("ctx", {}).get("error", "")
        hint = "send one JSON object, with Content-Type application/json"
        return Refused(400, InvalidInput(f"the body is not JSON: {cause}", hint=hint))
    location = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header")]
    field = ".".join(location) or None
    if field is None:
        return InvalidInput("the body must be a JSON object", hint="send it with Content-Type application/json")
    if kind == "missing":
        return InvalidInput(f"{field} is missing", field=field, hint=f"give {field}; see /openapi.json")
    if kind == "extra_forbidden":
        return InvalidInput(f"there is no field {field!r}", field=field, hint="see /openapi.json for the fields")
    shown = repr(first.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return InvalidInput(f"{field}: {first['msg']} (got {shown})", field=field, hint="see /openapi.json")


def _from_http(error: HTTPException, path: str) -> SourcingError | Refused:
    """Starlette's own errors; one of ours that it wrapped while it read a body comes out again."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SourcingError | Refused):
            return cause
        cause = cause.__cause__
    status = error.status_code
    if status == 404:
        return NotFound(f"there is nothing at {path}", hint="see /openapi.json for the routes")
    if status >= 500:
        return Unavailable(str(error.detail), hint="try again")
    message, hint = f"the request cannot be read: {error.detail}", "see /openapi.json for what the route takes"
    if status == 405:
        message, hint = f"{path} does not take this method", "see /openapi.json for the methods of each route"
    return Refused(status, InvalidInput(message, hint=hint))


def install(app: FastAPI) -> None:
    """Give every 4xx and 5xx that the routes can raise the contract's body."""

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, SourcingError | Refused)
        return reply(error)

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return reply(first_problem(error.errors()))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = reply(_from_http(error, request.url.path))
        for name, value in (error.headers or {}).items():  # Allow, for a wrong method
            answer.headers[name] = value
        return answer

    app.add_exception_handler(SourcingError, ours)
    app.add_exception_handler(Refused, ours)
    app.add_exception_handler(RequestValidationError, refused)
    app.add_exception_handler(HTTPException, http)

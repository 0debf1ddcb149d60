"""The outermost layer: request id, who is calling, how large a body may be, what is counted, no traceback outside."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import InvalidInput, SourcingError
from assistant.http.access import Access
from assistant.http.metrics import Metrics
from assistant.http.replies import Refused, reply, unexpected

JSON_LIMIT = 1_000_000  # bytes; a question of 20,000 characters takes at most 240,000 however it is escaped
_REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class Edge:
    """ASGI middleware. `limits` are bytes by path where a body may be larger than JSON_LIMIT."""

    def __init__(self, app: ASGIApp, access: Access, metrics: Metrics, limits: Mapping[str, int]) -> None:
        self.app = app
        self.access = access
        self.metrics = metrics
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, begun, status = Headers(scope=scope), time.monotonic(), 0
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(raw=message["headers"])
                out["X-Request-Id"] = request_id
                for name, value in _SAFE.items():
                    out.setdefault(name, value)
            await send(message)

        try:
            caller = self.access.caller(scope["method"], scope["path"], headers)
            scope.setdefault("state", {})["caller"] = caller
            await self.app(scope, self._measured(scope["path"], headers, receive), noted)
        except (SourcingError, Refused) as error:
            await reply(error)(scope, receive, noted)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:
            if status:  # the answer has begun: all that is left is to break it off
                unexpected(error)
                raise
            await reply(unexpected(error))(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.request(route, scope["method"], status or 499, time.monotonic() - begun)

    def _measured(self, path: str, headers: Headers, receive: Receive) -> Receive:
        """`receive`, refusing a body over the limit: by its declared length at once, else as it comes in."""
        limit, seen = self.limits.get(path, JSON_LIMIT), 0
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b"")) if message["type"] == "http.request" else 0
            if seen > limit:
                raise _too_large(limit)
            return message

        return counted


def _too_large(limit: int) -> Refused:
    hint = "ask a shorter question; send long documents to /v1/documents, the largest in parts"
    return Refused(413, InvalidInput(f"the body is larger than {limit // 1_000_000 or 1} MB", hint=hint))

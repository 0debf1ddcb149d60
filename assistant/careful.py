"""What stands between the agent and a real chat model: thread made to fit, calls made well-formed, failures survived.

A call that fails is tried again by the provider's own client (429, 5xx and time-outs, with back-off and Retry-After)
and once more here where the stream broke off. A model that cannot be had is replaced by the offline one for this turn,
and the answer says so. A wrong key, a missing model or a refused request is the operator's to mend: an error.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import httpx
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ModelRetryMiddleware
from langchain_core.exceptions import ContextOverflowError, ModelError, ModelInvalidRequestError
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage

from assistant.assemble import META
from assistant.config import Settings
from assistant.context import fit, tokens
from assistant.offline.model import OfflineChatModel

_log = logging.getLogger(__name__)
MALFORMED = "__malformed__"  # the argument that holds what was no JSON; no tool takes it, so the model is told
_OWN_RETRIES = ("openai:", "anthropic:", "azure_openai:")
_CALLS_AT_ONCE = 16
_ROUNDS = 8  # rounds of tool calls, after which the model has to answer
_ROOM = 12_000  # tokens for the tools' schemas and the answer
# Where providers say why a message ended; one that says nothing was broken off, or comes from elsewhere (a test).
_ENDS = {
    "openai": "finish_reason",
    "azure_openai": "finish_reason",
    "anthropic": "stop_reason",
    "ollama": "done_reason",
}
_CUT_SHORT = frozenset({"length", "max_tokens"})
_OVERFLOW = re.compile(r"context (?:length|window|size)|too many tokens|prompt is too long", re.IGNORECASE)
_Handler = Callable[[ModelRequest[Any]], ModelResponse[Any]]


class Careful(AgentMiddleware[Any, Any, Any]):
    """Fits, mends and, where the model cannot be had, falls back. `offline` replaces the stand-in in tests."""

    def __init__(self, settings: Settings, offline: OfflineChatModel | None = None) -> None:
        super().__init__()
        self._budget = max(settings.model_context_tokens - _ROOM, 1_000)
        self._offline = offline or OfflineChatModel()

    def wrap_model_call(self, request: ModelRequest[Any], handler: _Handler) -> Any:
        after = _this_turn(request.messages)
        if sum(isinstance(m, AIMessage) for m in after) >= _ROUNDS:
            request = request.override(tools=[])  # it has to answer with what it has
        try:
            return _mended(self._asked(request, handler))
        except Exception as error:
            if not replaceable(error):
                raise
            _log.warning("the chat model failed, the offline model answers: %s", error)
            return self._fallen_back(request, handler, after)

    def _asked(self, request: ModelRequest[Any], handler: _Handler) -> ModelResponse[Any]:
        try:
            return handler(request.override(messages=fit(request.messages, self._budget)))
        except ModelError as error:  # the model takes less than the setting says
            if not _overflows(error):
                raise
            tighter = min(self._budget // 4, tokens(request.messages) // 2)
            return handler(request.override(messages=fit(request.messages, tighter)))

    def _fallen_back(
        self, request: ModelRequest[Any], handler: _Handler, after: Sequence[AnyMessage]
    ) -> ModelResponse[Any]:
        """The offline model's answer to this turn, from its question on: what the other one did in it is taken back,
        since the offline model reads the results of its own calls by their order."""
        own = _own(after)
        asked = list(request.messages[: len(request.messages) - len(after)]) + own
        given = handler(request.override(model=self._offline, system_message=None, messages=asked, model_settings={}))
        gone = [RemoveMessage(id=m.id) for m in after if m not in own and m.id]
        result: list[BaseMessage] = [*gone]
        for message in given.result:
            if isinstance(message, AIMessage):
                meta = {**(message.additional_kwargs.get(META) or {}), "fallback": True}
                kwargs = {**message.additional_kwargs, META: meta}
                message = message.model_copy(update={"additional_kwargs": kwargs})
            result.append(message)
        return ModelResponse(result=result)


class Whole(AgentMiddleware[Any, Any, Any]):
    """Next to the model: a message that ends without saying why it ends was broken off, as with a server that went
    down behind a proxy. Raises ConnectionError, which is tried again."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._key = _ENDS.get(label.partition(":")[0])

    def wrap_model_call(self, request: ModelRequest[Any], handler: _Handler) -> Any:
        response = handler(request)
        if self._key is None or isinstance(request.model, OfflineChatModel):
            return response
        for message in response.result:
            if isinstance(message, AIMessage) and not message.response_metadata.get(self._key):
                raise ConnectionError("the model's answer broke off")
        return response


def retries(label: str) -> ModelRetryMiddleware:
    """Tries a failed call of the model `label` again: once where a stream broke off, three times with back-off where
    the provider's client does not try again by itself."""
    if label.startswith(_OWN_RETRIES):
        return ModelRetryMiddleware(max_retries=1, retry_on=_broken_off, on_failure="error", initial_delay=0.5)
    return ModelRetryMiddleware(max_retries=3, retry_on=_passing, on_failure="error", initial_delay=0.5, max_delay=8.0)


def _broken_off(error: Exception) -> bool:
    """The answer had begun to come in: the provider's client does not ask again then."""
    return not isinstance(error, ModelError) and isinstance(
        error, httpx.TransportError | ConnectionError | json.JSONDecodeError
    )


def _passing(error: Exception) -> bool:
    return error.is_retryable if isinstance(error, ModelError) else isinstance(error, httpx.TransportError | OSError)


def _overflows(error: ModelError) -> bool:
    """The request was too long: by its kind, or, as servers of one's own say it, by its words."""
    if isinstance(error, ContextOverflowError):
        return True
    return isinstance(error, ModelInvalidRequestError) and bool(_OVERFLOW.search(str(error)))


def replaceable(error: Exception) -> bool:
    """True where another model may answer; False for what the operator has to mend: key, name, refused request."""
    if isinstance(error, ModelError):
        return error.is_retryable or _overflows(error)
    if isinstance(error, httpx.TransportError | OSError | json.JSONDecodeError):
        return True
    status = getattr(error, "status_code", None)  # a provider whose errors LangChain does not sort yet
    return isinstance(status, int) and (status == 429 or status >= 500)


def usage(messages: Sequence[BaseMessage], settings: Settings) -> dict[str, Any] | None:
    """Tokens and cost of these messages' model calls: `input_tokens`, `output_tokens`, `model_calls`, `cost_usd` (a
    decimal string; null where the settings name no prices). None when no model counted any."""
    counted = [m.usage_metadata for m in messages if isinstance(m, AIMessage) and m.usage_metadata]
    if not counted:
        return None
    sent, written = sum(c["input_tokens"] for c in counted), sum(c["output_tokens"] for c in counted)
    cost = None
    if settings.model_price_input and settings.model_price_output:
        price = Decimal(settings.model_price_input) * sent + Decimal(settings.model_price_output) * written
        cost = str((price / 1_000_000).quantize(Decimal("0.000001")))
    return {"input_tokens": sent, "output_tokens": written, "model_calls": len(counted), "cost_usd": cost}


def _this_turn(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """What followed the last question."""
    last = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=-1)
    return list(messages[last + 1 :])


def _own(after: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Those messages of the turn that the offline model caused in an earlier round."""
    ids: set[str] = set()
    kept: list[AnyMessage] = []
    for message in after:
        if isinstance(message, AIMessage) and (message.additional_kwargs.get(META) or {}).get("fallback"):
            ids |= {str(call["id"]) for call in message.tool_calls}
            kept.append(message)
        elif isinstance(message, ToolMessage) and message.tool_call_id in ids:
            kept.append(message)
    return kept


def _mended(response: Any) -> Any:
    """The response with calls that can be run and answered: each with an id of its own, arguments that are no JSON
    handed on as such (the tool's error tells the model), and no more than a few at once."""
    result = response.result if isinstance(response, ModelResponse) else [response]
    return ModelResponse(result=[_well_formed(m) if isinstance(m, AIMessage) else m for m in result])


def _well_formed(message: AIMessage) -> AIMessage:
    seen: set[str] = set()
    calls = []
    if _CUT_SHORT & {str(message.response_metadata.get(key)) for key in _ENDS.values()}:
        # LangChain completes JSON that was cut: "customs_value": "25 would count as 25.
        cut = [{"name": c["name"], "args": "", "id": c["id"], "error": None} for c in message.tool_calls]
        message = message.model_copy(update={"tool_calls": [], "invalid_tool_calls": cut})
    broken = [
        {"name": c.get("name") or "", "args": {MALFORMED: c.get("args") or ""}, "id": c.get("id"), "type": "tool_call"}
        for c in message.invalid_tool_calls
    ]
    for call in [*message.tool_calls, *broken][:_CALLS_AT_ONCE]:
        name = str(call["id"] or "")
        if not name or name in seen:
            name = f"call_{uuid.uuid4().hex[:20]}"
        seen.add(name)
        calls.append({**call, "id": name})
    content = message.content
    if isinstance(content, list):  # blocks that repeat the calls, which have other ids now
        content = [b for b in content if not (isinstance(b, dict) and b.get("type") in ("tool_use", "tool_call"))]
        content = content if calls and calls != message.tool_calls else message.content
    kwargs = {k: v for k, v in message.additional_kwargs.items() if k != "tool_calls"}
    return message.model_copy(
        update={"tool_calls": calls, "invalid_tool_calls": [], "content": content, "additional_kwargs": kwargs}
    )

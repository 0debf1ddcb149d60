"""Runs the agent's tool calls and tells real models the day, the language and the sources they may cite."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import SystemMessage, ToolMessage
from langgraph.config import get_stream_writer

import prompts
from assistant import tools
from assistant.assemble import split_turns, tool_calls
from assistant.bootstrap import Services
from assistant.careful import MALFORMED
from assistant.citations import Register
from assistant.errors import Internal, InvalidInput, SourcingError

_log = logging.getLogger(__name__)
_DATES = ("entry_date", "as_of")


class Running(AgentMiddleware[Any, Any, Any]):
    """Runs tools through `tools.call`, fills in the question's day; tells real models day, language and sources."""

    def __init__(self, services: Services, offline: bool) -> None:
        super().__init__()
        self._services, self._offline = services, offline

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> Any:
        if self._offline:
            return handler(request)
        turn = split_turns(request.messages)[-1]
        listing = Register([c.response for c in tool_calls(turn.after)]).listing()
        text = prompts.system_prompt(
            as_of=str(turn.meta.get("as_of")),
            language={"en": "English", "es": "Spanish"}[turn.meta.get("language", "en")],
        )
        if listing:
            text += f"\nCitations\n{listing}\n"
        return handler(request.override(system_message=SystemMessage(text)))

    def wrap_tool_call(self, request: Any, handler: Any) -> ToolMessage:
        call = request.tool_call
        turn = split_turns(request.state["messages"])[-1]
        arguments = self._with_defaults(call["name"], dict(call["args"]), turn.meta)
        emit = get_stream_writer()
        emit({"type": "tool_started", "name": call["name"], "arguments": arguments})
        started = time.perf_counter()
        body, error = self._run(call["name"], arguments)
        ms = round((time.perf_counter() - started) * 1000, 1)
        emit({"type": "tool_finished", "name": call["name"], "ms": ms, "summary": _summary(body)})
        return ToolMessage(
            content=json.dumps(body, ensure_ascii=False, default=str),
            name=call["name"],
            tool_call_id=call["id"],
            status="error" if error else "success",
            artifact={"arguments": arguments, "ms": ms},
        )

    def _run(self, name: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        try:
            if MALFORMED in arguments:
                raise InvalidInput(f"the arguments of {name!r} are not JSON", hint="call again with one JSON object")
            return tools.call(self._services, name, arguments), False
        except SourcingError as error:
            return error.as_dict(), True
        except Exception:  # a bug in a tool must not break the thread; the log keeps the traceback
            _log.exception("tool %s failed", name)
            problem = Internal(
                f"{name} failed unexpectedly", hint="try again; if it repeats, report the question and its date"
            )
            return problem.as_dict(), True

    @staticmethod
    def _with_defaults(name: str, arguments: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
        """The arguments with the question's day and language where the tool takes them and the model gave none."""
        tool = tools.TOOLS.get(name)
        fields = tool.request.model_fields if tool is not None else {}
        filled = dict(arguments)
        for field in (f for f in _DATES if f in fields):
            if not filled.get(field) and meta.get("as_of"):
                filled[field] = meta["as_of"]
        if "language" in fields and not filled.get("language") and meta.get("language"):
            filled["language"] = meta["language"]
        return filled


def _summary(body: dict[str, Any]) -> str:
    """One line on what a call gave, for the event stream."""
    if "error" in body:
        return str(body["error"].get("message"))
    for key in ("matches", "passages", "layers", "children", "certifications"):
        if isinstance(body.get(key), list):
            return f"{key}: {len(body[key])}"
    return "done"

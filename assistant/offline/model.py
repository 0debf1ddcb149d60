"""The offline chat model: LangChain's `BaseChatModel` over rules. Same messages in, same message out.

It keeps nothing between calls: the state is folded from the messages each time. The day and the language of a question
come with the human message (`additional_kwargs["sourcing"]`), so that an old thread reads the same tomorrow.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.offline.answer import Turn, compose
from assistant.offline.classified import choices, leading
from assistant.offline.language import Lang
from assistant.offline.plan import Call, Plan, plan
from assistant.offline.prose import Result
from assistant.offline.reading import read, requests
from assistant.offline.rounds import follow_ups, shared
from assistant.offline.state import Past, Request, State, fold_message

META = "sourcing"


@dataclass
class _Messages:
    """One question and what followed it in the thread."""

    human: HumanMessage
    after: list[BaseMessage]


class OfflineChatModel(BaseChatModel):
    """Rule-based chat model. Needs the tools bound (`bind_tools`) that it may call."""

    tools: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "offline"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": "offline"}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A model that may call these tools; others are never called."""
        names = tuple(convert_to_openai_tool(tool)["function"]["name"] for tool in tools)
        return self.model_copy(update={"tools": names})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=respond(messages, self.tools))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = respond(messages, self.tools)
        pieces = re.findall(r"\S+\s*|\s+", str(message.content))
        for piece in pieces[:-1]:
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece, id=message.id))
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        last = AIMessageChunk(
            content=pieces[-1] if pieces else "",
            id=message.id,
            additional_kwargs=message.additional_kwargs,
            tool_call_chunks=[
                {"name": c["name"], "args": json.dumps(c["args"]), "id": c["id"], "index": i, "type": "tool_call_chunk"}
                for i, c in enumerate(message.tool_calls)
            ],
            chunk_position="last",
        )
        final = ChatGenerationChunk(message=last)
        if run_manager:
            run_manager.on_llm_new_token(str(last.content), chunk=final)
        yield final


def respond(messages: Sequence[BaseMessage], tools: Sequence[str]) -> AIMessage:
    """The next message of the thread: tool calls while something is to be looked up, prose when it is."""
    turns = _turns(messages)
    if not turns:
        return AIMessage(content="")
    state = State()
    for turn in turns[:-1]:
        state = _after(_understand(state, turn.human)[-1].state, turn)
    last = turns[-1]
    asked = _understand(state, last.human)
    plans = [plan(request) for request in asked]
    done = _results(last.after)
    calls = [call for p in plans for call in p.calls if call.name in tools]
    if calls and not done:
        return _calling(calls, last.human)
    if done and len(done) == len(calls):  # once: whatever the second round gives is the last word
        second = _second_round(asked, plans, done, tools)
        if second:
            return _calling(second, last.human, round_=len(done))
    text, meta = compose(Turn(tuple(asked), tuple(shared(asked, plans, done, tools)), tuple(done)))
    return AIMessage(content=text, additional_kwargs={META: meta})


def _turns(messages: Sequence[BaseMessage]) -> list[_Messages]:
    turns: list[_Messages] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append(_Messages(message, []))
        elif turns:
            turns[-1].after.append(message)
    return turns


def _understand(state: State, human: HumanMessage) -> list[Request]:
    """The requests of one message, each over the state that the one before it left."""
    meta = human.additional_kwargs.get(META) or {}
    as_of = date.fromisoformat(meta["as_of"]) if meta.get("as_of") else date(1970, 1, 1)
    wanted: Lang | None = meta.get("language")
    text = human.text if isinstance(human.content, list) else str(human.content)
    asked: list[Request] = []
    plants = [(str(identity), str(name)) for identity, name in meta.get("plants") or ()]
    whole = read(text, as_of, state.language).language
    for part in requests(text):
        request = fold_message(state, read(part, as_of, wanted or whole or state.language, plants))
        language = wanted or whole or request.state.language
        state = replace(request.state, language=language)
        asked.append(replace(request, state=state))
    return asked


def _after(state: State, turn: _Messages) -> State:
    """What the thread knows once a turn is answered: who was listed, what was asked, what the answer rested on."""
    state = _remembered(state, turn)
    for message in turn.after:
        if isinstance(message, ToolMessage) and message.name == "find_manufacturers":
            response = _json(message)
            matches = response.get("matches") if response else None
            if matches is not None:
                state = replace(state, shown=tuple((m["id"], m["name"]) for m in matches))
        if isinstance(message, ToolMessage) and message.name == "classify_product":
            state = _with_candidates(state, _json(message) or {})
        if isinstance(message, ToolMessage) and message.name == "check_origin":
            response = _json(message)
            state = replace(state, verdict=(response or {}).get("verdict"))
        if isinstance(message, ToolMessage) and message.name == "order_status":
            maker = ((_json(message) or {}).get("manufacturer") or {}).get("id")
            state = replace(state, manufacturers=(maker,)) if maker else state
        if isinstance(message, AIMessage):
            missing = (message.additional_kwargs.get(META) or {}).get("missing")
            state = replace(state, asked=tuple(name.removeprefix("facts.") for name in missing or ()))
    return state


def _remembered(state: State, turn: _Messages) -> State:
    """The answer kept with its calls, so that it can be checked again; a check of an answer is none itself."""
    meta = turn.human.additional_kwargs.get(META) or {}
    said = next((m.additional_kwargs.get(META) or {} for m in reversed(turn.after) if isinstance(m, AIMessage)), {})
    calls = tuple((r.call.name, r.call.arguments, r.response) for r in _results(turn.after) if r.response is not None)
    if not calls or not meta.get("as_of") or "check" in (said.get("acts") or ()):
        return state
    past = Past(str(turn.human.text), date.fromisoformat(meta["as_of"]), calls)
    return replace(state, answered=(*state.answered, past))


def _with_candidates(state: State, response: dict[str, Any]) -> State:
    """The lines offered for a product; the one that the answer went on with is the thread's from here on."""
    state = replace(state, offered=tuple(choice.digits for choice in choices(response)))
    chosen = leading(response)
    if chosen and state.topic == "tariff" and not state.tariff.codes:
        state = replace(state, tariff=replace(state.tariff, codes=(chosen,)))
    return state


def _json(message: ToolMessage) -> dict[str, Any] | None:
    try:
        value = json.loads(str(message.content))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _results(after: Sequence[BaseMessage]) -> list[Result]:
    """The turn's calls in order with what came of each; a call without an answer is left out."""
    answers = {m.tool_call_id: m for m in after if isinstance(m, ToolMessage)}
    results: list[Result] = []
    for message in after:
        for call in message.tool_calls if isinstance(message, AIMessage) else ():
            answer = answers.get(str(call["id"]))
            if answer is None:
                continue
            value = _json(answer)
            failed = value is None or "error" in value
            error = value if value is not None else {"error": {"code": "internal", "message": str(answer.content)}}
            results.append(
                Result(
                    len(results), Call(call["name"], call["args"]), None if failed else value, error if failed else None
                )
            )
    return results


def _second_round(
    asked: Sequence[Request], plans: Sequence[Plan], done: Sequence[Result], tools: Sequence[str]
) -> list[Call]:
    """Calls that follow from what the first round gave, request by request."""
    return [
        call
        for request, (_, results) in zip(asked, shared(asked, plans, done, tools), strict=True)
        for call in follow_ups(request, results, tools)
    ]


def _calling(calls: Sequence[Call], human: HumanMessage, round_: int = 0) -> AIMessage:
    """Tool calls with ids made from what they ask, so that a repeated run gives the same messages."""
    rows = []
    for place, call in enumerate(calls):
        seed = json.dumps([human.id, round_, place, call.name, call.arguments], sort_keys=True)
        rows.append(
            {
                "name": call.name,
                "args": call.arguments,
                "id": "call_" + hashlib.sha256(seed.encode()).hexdigest()[:20],
                "type": "tool_call",
            }
        )
    return AIMessage(content="", tool_calls=rows)

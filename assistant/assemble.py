"""A turn's messages to the contract's Answer: prose checked, sources listed, calls with what came of them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

import prompts
from assistant.citations import Register
from assistant.config import OFFLINE
from assistant.facts import Facts
from assistant.grounding import Grounded, Grounder, ground
from assistant.schema import Answer, Citation, Language, ToolCall

META = "sourcing"
_NAMING_TOOLS = frozenset({"find_manufacturers", "manufacturer_profile"})
_MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True)
class TurnMessages:
    """A question, what followed it, and what the thread holds from before."""

    human: HumanMessage
    after: tuple[BaseMessage, ...]
    earlier: tuple[BaseMessage, ...]

    @property
    def meta(self) -> dict[str, Any]:
        """What the agent stored with the question: as_of, language, thread, model …"""
        return dict(self.human.additional_kwargs.get(META) or {})

    @property
    def final(self) -> AIMessage | None:
        """The message that answers: the last one without tool calls."""
        last = next((m for m in reversed(self.after) if isinstance(m, AIMessage)), None)
        return last if last is not None and not last.tool_calls else None


def split_turns(messages: Sequence[BaseMessage]) -> list[TurnMessages]:
    """The turns of a thread, in order."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    ends = [*starts[1:], len(messages)][: len(starts)]
    turns = []
    for start, end in zip(starts, ends, strict=True):
        human = messages[start]
        assert isinstance(human, HumanMessage)
        turns.append(TurnMessages(human, tuple(messages[start + 1 : end]), tuple(messages[:start])))
    return turns


def tool_calls(messages: Sequence[BaseMessage]) -> list[ToolCall]:
    """The calls of these messages in the order they were asked for, with response or error."""
    answers = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
    calls: list[ToolCall] = []
    for message in messages:
        for call in message.tool_calls if isinstance(message, AIMessage) else ():
            answer = answers.get(str(call["id"]))
            if answer is None:
                continue
            extra = answer.artifact if isinstance(answer.artifact, dict) else {}
            value = _object(answer)
            failed = value is None or "error" in value
            error = (value or {}).get("error") or {"code": "internal", "message": message_text(answer)}
            calls.append(
                ToolCall(
                    name=call["name"],
                    arguments=extra.get("arguments", call["args"]),
                    response=None if failed else value,
                    ms=extra.get("ms", 0.0),
                    error=error if failed else None,
                )
            )
    return calls


def message_text(message: BaseMessage) -> str:
    """The text of a message, whatever blocks its content is made of."""
    return str(message.text)


def facts_of(turn: TurnMessages, calls: Sequence[ToolCall]) -> Facts:
    """What the answer of `turn` may state."""
    earlier = [c.response for c in tool_calls(turn.earlier) if c.response is not None]
    failed = [f"{c.error.get('message')} {c.error.get('hint')}" for c in calls if c.error]
    said = [message_text(m) for m in (*turn.earlier, turn.human) if isinstance(m, HumanMessage)]
    return Facts.of([c.response for c in calls], earlier=earlier, said=[*said, *failed], day=_day(turn))


def grounder_of(turn: TurnMessages) -> Grounder:
    """A checker for prose that streams in after the turn's tool results."""
    calls = tool_calls(turn.after)
    register = Register([c.response for c in calls])
    links = _links(register)
    return Grounder(facts_of(turn, calls), len(register.entries), names_expected=_names(calls), links=links)


def assemble(turn: TurnMessages) -> Answer:
    """The answer to `turn`. A turn without a final message (a crash) gives an empty, partial one."""
    calls = tool_calls(turn.after)
    register = Register([c.response for c in calls])
    final = turn.final
    meta: dict[str, Any] = dict((final.additional_kwargs.get(META) if final else None) or {})
    language: Language = meta.get("language") or turn.meta.get("language") or "en"
    prose = message_text(final) if final is not None else ""
    names, links = _names(calls), _links(register)
    checked = ground(prose, facts_of(turn, calls), len(register.entries), names_expected=names, links=links)
    status = _status(meta, checked, calls, final is not None)
    text = checked.text or prompts.say("nothing_supported", language)
    text = _noted(text, language, calls, meta, by_model=turn.meta.get("model") != OFFLINE)
    missing = [*meta["lacking"]] if "lacking" in meta else _needed(calls)
    return Answer(
        answer=text,
        language=language,
        status=status,
        citations=_cited(text, register, meta.get("cite")),
        figures=checked.figures,
        tool_calls=calls,
        missing=list(dict.fromkeys(missing)),
        not_covered=_not_covered(calls),
        as_of=_as_of(calls, _day(turn)),
        data_vintage=turn.meta.get("data_vintage") or {},
        model=turn.meta.get("model") or "",
        prompt_sha=turn.meta.get("prompt_sha") or prompts.sha(),
        thread_id=turn.meta.get("thread_id") or "",
        ms=meta.get("ms", 0.0),
        usage=meta.get("usage"),
    )


def _noted(text: str, language: Language, calls: Sequence[ToolCall], meta: dict[str, Any], *, by_model: bool) -> str:
    """The prose with what the reader must know besides: that the offline model stood in, or which look-up failed and
    was not made good. The offline model says the latter itself."""
    notes = [prompts.say("fell_back", language)] if meta.get("fallback") else []
    if by_model and not meta.get("fallback"):
        done = {call.name for call in calls if call.error is None}
        failed = {call.name: call.error for call in calls if call.error is not None and call.name not in done}
        for name, error in failed.items():
            what = " ".join(str(part).rstrip(". ") + "." for part in (error["message"], error.get("hint")) if part)
            notes.append(prompts.say("look_up_failed", language, tool=f"`{name}`", what=what))
    return "\n\n".join([text, *(note for note in notes if note not in text)])


def _links(register: Register) -> frozenset[str]:
    """The addresses of the turn's sources."""
    return frozenset(entry.url for entry in register.entries if entry.url)


def _object(message: ToolMessage) -> dict[str, Any] | None:
    try:
        value = json.loads(message_text(message))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _names(calls: Sequence[ToolCall]) -> bool:
    return any(call.name in _NAMING_TOOLS for call in calls)


def _day(turn: TurnMessages) -> date:
    text = turn.meta.get("as_of")
    return date.fromisoformat(text) if text else date(1970, 1, 1)


def _as_of(calls: Sequence[ToolCall], default: date) -> date:
    """The one day that all dated calls asked about, or the day of the question."""
    days = {str(c.arguments.get("entry_date") or c.arguments.get("as_of") or default) for c in calls}
    if len(days) != 1:
        return default
    try:
        return date.fromisoformat(days.pop())
    except ValueError:
        return default


def _status(meta: dict[str, Any], checked: Grounded, calls: Sequence[ToolCall], complete: bool) -> Any:
    status = meta.get("status")
    if checked.dropped or not complete:
        return "refused" if status == "refused" and complete else "partial"
    if status:
        return status
    if calls and all(call.error for call in calls):
        return "partial"
    asks = checked.text.rstrip().endswith("?")
    return "clarify" if asks and not calls else "answered"


def _needed(calls: Sequence[ToolCall]) -> list[str]:
    """The questions that the tools ask, where an answer moves the result."""
    open_ = [c.response for c in calls if c.response and not _settled(c.response)]
    return [q["question"] for response in open_ for q in response.get("needs_facts") or []]


def _settled(response: dict[str, Any]) -> bool:
    """True when the least and the most that the open facts can make are the same."""
    found = response.get("range") or {}
    return bool(found) and found.get("min") == found.get("max")


def _not_covered(calls: Sequence[ToolCall]) -> list[str]:
    return list(dict.fromkeys(item for c in calls if c.response for item in c.response.get("not_covered") or []))


def _cited(text: str, register: Register, order: list[int] | None) -> list[Citation]:
    """The sources that the prose marks, numbered as it marks them; all of them when it marks none."""
    entries = register.entries
    numbered = entries
    if order is not None:
        numbered = [
            entries[n - 1].model_copy(update={"id": str(i)}) for i, n in enumerate(order, 1) if n <= len(entries)
        ]
    marks = set(_MARK.findall(text))
    cited = [entry for entry in numbered if entry.id in marks]
    return cited or (numbered if order is None else [])

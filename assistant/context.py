"""Fits a thread into what a chat model takes: old turns become a summary, tool results lose words before figures.

Pure. Only what is sent is cut; the thread keeps everything, and grounding checks against all of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately

_FIGURE_MAX = 80  # a string up to this length may be a figure, code, date or name: never cut
_LONG, _SHORT = 600, 160  # what is left of longer texts, by how tight it is
_WORDY = frozenset({"sources", "passages", "children", "excluded", "relaxations"})
_SUMMARY_QUESTION, _SUMMARY_ANSWER = 200, 500

Messages = list[AnyMessage]


def fit(messages: Sequence[AnyMessage], budget: int) -> Messages:
    """`messages` within about `budget` tokens, the last turn's question whole. What cannot be made smaller stays."""
    given = list(messages)
    steps: tuple[Callable[[Messages], Messages], ...] = (
        lambda m: _trimmed(m, _LONG, old_only=True),
        lambda m: _summarised(m, keep=2),
        lambda m: _summarised(m, keep=1),
        lambda m: _trimmed(m, _LONG),
        lambda m: _trimmed(m, _SHORT),
    )
    for step in steps:
        if tokens(given) <= budget:
            break
        given = step(given)
    return given


def tokens(messages: Sequence[BaseMessage]) -> int:
    """About how many tokens these messages are."""
    return count_tokens_approximately(list(messages))


def _trimmed(messages: Messages, length: int, *, old_only: bool = False) -> Messages:
    """With the texts of tool results cut to `length` characters; every number, code, date and short text stays."""
    last = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=0)
    return [
        m.model_copy(update={"content": trim(str(m.content), length)})
        if isinstance(m, ToolMessage) and (i < last or not old_only)
        else m
        for i, m in enumerate(messages)
    ]


def trim(content: str, length: int) -> str:
    """A tool result's JSON with its long texts cut to `length` and its wordy lists to their first five."""
    try:
        value = json.loads(content)
    except ValueError:
        return content[: length * 4]
    return json.dumps(_cut(value, length), ensure_ascii=False, separators=(",", ":"))


def _cut(value: Any, length: int, key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _cut(v, length, k) for k, v in value.items() if v not in (None, [], {}, "")}
    if isinstance(value, list):
        return [_cut(v, length) for v in (value[:5] if key in _WORDY else value)]
    if isinstance(value, str) and len(value) > max(length, _FIGURE_MAX):
        return value[:length] + " …"
    return value


def _summarised(messages: Messages, keep: int) -> Messages:
    """The turns before the last `keep` as one message of what was asked and answered. Answers were checked when they
    were given, so the figures in them may be repeated."""
    starts = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if len(starts) <= keep:
        return messages
    cut = starts[-keep]
    lines = []
    for start, end in zip(starts, [*starts[1:], len(messages)], strict=True):
        if start >= cut:
            break
        answer = next((m for m in reversed(messages[start:end]) if isinstance(m, AIMessage) and m.text), None)
        lines.append(f"- Asked: {_line(messages[start], _SUMMARY_QUESTION)}")
        if answer is not None:
            lines.append(f"  Answered: {_line(answer, _SUMMARY_ANSWER)}")
    summary = "Earlier in this conversation, shortened:\n" + "\n".join(lines)
    first = messages[starts[-keep]]
    joined = first.model_copy(update={"content": f"{summary}\n\nNow asked:\n{first.text}"})
    return [*messages[: starts[0]], joined, *messages[cut + 1 :]]


def _line(message: BaseMessage, length: int) -> str:
    text = " ".join(str(message.text).split())
    return text if len(text) <= length else text[:length].rstrip() + " …"

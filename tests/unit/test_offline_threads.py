"""Threads of talk folded to tool calls: what is asked, what is carried over, what is asked back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.offline.names import named_plants
from assistant.offline.plan import plan
from assistant.offline.reading import read, requests
from assistant.offline.state import State, fold_message


class _Loader(yaml.SafeLoader):
    """Dates and codes stay as written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(("timestamp", "float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
THREADS = yaml.load((Path(__file__).parent / "cases" / "offline_threads.yaml").read_text("utf-8"), _Loader)
DAY = date(2026, 11, 22)


def _matches(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(_matches(value, given.get(key)) for key, value in wanted.items())
    return bool(wanted == given)


@pytest.mark.parametrize("thread", [pytest.param(t, id=t["name"]) for t in THREADS])
def test_thread(thread: dict[str, Any]) -> None:
    state = State()
    for turn in thread["turns"]:
        calls, asked, notes, acts = [], [], [], []
        for part in requests(turn["say"]):
            request = fold_message(state, read(part, DAY, state.language))
            made = plan(request)
            calls += made.calls
            asked += made.ask
            notes += [key for key, _ in request.notes]
            acts.append(request.act)
            state = replace(request.state, asked=made.ask)
        assert [call.name for call in calls] == [next(iter(c)) for c in turn["calls"]], (turn["say"], acts)
        for call, wanted in zip(calls, turn["calls"], strict=True):
            assert _matches(wanted[call.name], call.arguments), (turn["say"], call.arguments)
        assert asked == turn.get("ask", []), turn["say"]
        assert set(turn.get("notes", [])) <= set(notes), turn["say"]
        if "act" in turn:
            assert acts == [turn["act"]], turn["say"]
        if "shown" in turn:
            state = replace(state, shown=tuple((i, n) for i, n in turn["shown"]))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("profile of Huizache Precision Plastics", "huizache-precision-plastics"),
        ("Dame el perfil de Sierra Clara Arneses, S.A. de C.V.", "sierra-clara-arneses"),
        ("tell me more", None),
    ],
)
def test_named_manufacturer(text: str, slug: str | None) -> None:
    assert named_plants(text) == ([slug] if slug else [])

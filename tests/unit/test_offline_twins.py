"""Twin questions, English and Spanish: equal tool calls but for the words, and the calls that they should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.offline.language import Lang, detect
from assistant.offline.plan import Call, plan
from assistant.offline.reading import read, requests
from assistant.offline.state import State, fold_message


class _Loader(yaml.SafeLoader):
    """Dates and codes stay as written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
TWINS = yaml.load((Path(__file__).parent / "cases" / "offline_twins.yaml").read_text("utf-8"), _Loader)
DAY = date(2026, 11, 22)
SHOWN = (("alfa-plasticos", "Alfa Plásticos"), ("bravo-molding", "Bravo Molding"))
WORDS = frozenset({"query", "description", "need", "language"})


def _talk(thread: str, language: Lang) -> tuple[list[Call], list[str], list[str]]:
    """Calls, questions back and acts of the thread's last turn."""
    state = State(language=language)
    calls: list[Call] = []
    asked: list[str] = []
    acts: list[str] = []
    for turn in thread.split(" // "):
        calls, asked, acts = [], [], []
        for part in requests(turn):
            request = fold_message(state, read(part, DAY, language))
            made = plan(request)
            calls += made.calls
            asked += made.ask
            acts.append(request.act)
            state = replace(request.state, asked=made.ask, language=language)
        if any(call.name == "find_manufacturers" for call in calls):
            state = replace(state, shown=SHOWN)
    return calls, asked, acts


def _bare(calls: list[Call]) -> list[tuple[str, dict[str, Any]]]:
    return [(c.name, {k: v for k, v in c.arguments.items() if k not in WORDS}) for c in calls]


def _holds(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(_holds(value, given.get(key)) for key, value in wanted.items())
    return bool(wanted == given)


def test_there_are_enough_twins() -> None:
    assert len(TWINS) >= 120


@pytest.mark.parametrize("twin", [pytest.param(t, id=t["en"]) for t in TWINS])
def test_twins(twin: dict[str, Any]) -> None:
    english, spanish = _talk(twin["en"], "en"), _talk(twin["es"], "es")
    wanted = [] if twin["is"] == "none" else twin["is"] if isinstance(twin["is"], list) else [twin["is"]]
    for calls, asked, acts in (english, spanish):
        assert [call.name for call in calls] == [next(iter(w)) for w in wanted], (acts, asked)
        for call, expected in zip(calls, wanted, strict=True):
            assert _holds(expected[call.name], call.arguments), call.arguments
        assert asked == twin.get("ask", asked)
        assert acts == [twin["act"]] if "act" in twin else acts
    assert _bare(english[0]) == _bare(spanish[0])
    assert english[1] == spanish[1]


@pytest.mark.parametrize("twin", [pytest.param(t, id=t["en"]) for t in TWINS])
def test_neither_twin_is_taken_for_the_other_language(twin: dict[str, Any]) -> None:
    for language, other in (("en", "es"), ("es", "en")):
        for turn in twin[language].split(" // "):
            assert detect(turn).language != other, turn

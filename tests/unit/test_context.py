"""A thread made to fit: what is cut, and what never is."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from assistant.context import fit, tokens, trim

WORDS = "the importer keeps the certification and the records that support the claim " * 40


def turn(number: int, words: str = WORDS) -> list[AnyMessage]:
    body = {"duty": f"{number}250.00", "passages": [{"text": words, "page": number}], "hts": "8544.30.00.00"}
    call = {"name": "estimate_duty", "args": {}, "id": f"c{number}", "type": "tool_call"}
    return [
        HumanMessage(f"question {number}"),
        AIMessage(content="", tool_calls=[call]),
        ToolMessage(json.dumps(body), tool_call_id=f"c{number}", name="estimate_duty"),
        AIMessage(f"US${number}250.00 [1]"),
    ]


def test_what_fits_is_left_alone() -> None:
    thread = [m for n in range(3) for m in turn(n)]
    assert fit(thread, 1_000_000) == thread


def test_words_of_old_results_go_before_old_turns_do() -> None:
    thread: list[AnyMessage] = [*turn(1), *turn(2), HumanMessage("and now?")]
    fitted = fit(thread, tokens(thread) * 2 // 3)
    assert len(fitted) == len(thread)
    assert "1250.00" in str(fitted[2].content) and len(str(fitted[2].content)) < 1_000


def test_old_turns_become_a_summary_with_their_answers() -> None:
    thread: list[AnyMessage] = [m for n in range(30) for m in turn(n)] + [HumanMessage("and now?")]
    fitted = fit(thread, 1_000)
    text = str(fitted[0].content)
    assert isinstance(fitted[0], HumanMessage) and "question 3" in text and "US$3250.00" in text
    assert fitted[-1].text.endswith("and now?") and tokens(fitted) < tokens(thread) // 4


def test_every_call_keeps_its_result() -> None:
    thread: list[AnyMessage] = [m for n in range(30) for m in turn(n)]
    for budget in (100, 1_000, 3_000, 10_000):
        fitted = fit(thread, budget)
        asked = [c["id"] for m in fitted if isinstance(m, AIMessage) for c in m.tool_calls]
        assert asked == [m.tool_call_id for m in fitted if isinstance(m, ToolMessage)]


JSON = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.decimals(allow_nan=False, allow_infinity=False).map(str), st.text()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.integers(80, 700))
def test_a_cut_result_is_json_and_keeps_every_figure(value: object, length: int) -> None:
    cut = json.loads(trim(json.dumps(value), length))

    def figures(part: object) -> list[object]:
        if isinstance(part, dict):
            return [f for key in sorted(part) for f in figures(part[key])]
        if isinstance(part, list):
            return [f for item in part for f in figures(item)]
        short = isinstance(part, str) and 0 < len(part) <= 80
        return [part] if short or (isinstance(part, int) and not isinstance(part, bool)) else []

    assert figures(cut) == figures(value)

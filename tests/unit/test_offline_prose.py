"""Phrases in both languages, strict templates, extraction from passages, errors, and the model as LangChain sees it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from agent_fakes import rules
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

import prompts
from assistant.citations import Register
from assistant.config import Settings
from assistant.errors import InvalidInput, Unavailable
from assistant.models import chat_model
from assistant.offline.model import OfflineChatModel
from assistant.offline.plan import Call
from assistant.offline.prose import Result, Writer, cell, join, long_date, number
from assistant.offline.prose_errors import write_error
from assistant.offline.prose_rules import write_rules


def test_both_languages_hold_the_same_facts() -> None:
    english, spanish = prompts.phrases("en"), prompts.phrases("es")
    assert english.keys() == spanish.keys()
    for key in english:
        assert prompts.placeholders(english[key]) == prompts.placeholders(spanish[key]), key
        rows = [text.count("|") for text in (english[key], spanish[key])]
        assert rows[0] == rows[1], f"{key}: tables differ"


def test_phrases_hold_no_figures_of_their_own() -> None:
    """A number in a template would be stated without any tool behind it. Column 2 is a name."""
    for language in ("en", "es"):
        for key, text in prompts.phrases(language).items():
            assert not re.search(r"\d", re.sub(r"(?i)column(?:a)? 2", "", text)), (language, key)


def test_templates_are_strict() -> None:
    assert prompts.say("note_country", "en", text="Chinna", country="China") == 'I read "Chinna" as China.'
    for wrong in ({"text": "x"}, {"text": "x", "country": "y", "more": "z"}):
        with pytest.raises(prompts.PromptError):
            prompts.say("note_country", "en", **wrong)
    with pytest.raises(prompts.PromptError):
        prompts.say("no_such_phrase", "en")
    with pytest.raises(prompts.PromptError):
        prompts.system_prompt(as_of="2026-01-01")


def test_values_are_not_templates() -> None:
    assert "{country}" in prompts.say("note_country", "en", text="{country}", country="X")


def test_sha_is_of_the_wording() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", prompts.sha()) and prompts.sha() == prompts.sha()


def test_formats() -> None:
    assert [number(v) for v in (20000.0, 159600, "1250.50", 0.0)] == ["20,000", "159,600", "1,250.5", "0"]
    assert long_date("2026-07-01", "es") == "1 de julio de 2026" and long_date(date(2026, 7, 1), "en") == "July 1, 2026"
    assert join(["a", "b", "c"], "en") == "a, b and c" and join(["a", "interés"], "es") == "a e interés"
    assert cell("evil | cell\nnew row") == "evil / cell new row"


def _passage(text: str, **changes: Any) -> dict[str, Any]:
    base = rules({"query": "certification", "as_of": "2026-11-22"})["passages"][0]
    return {**base, "text": text, **changes}


def _written(
    passages: list[dict[str, Any]], question: str, *, weak: bool = False, subjects: tuple[str, ...] = ()
) -> str:
    response = {
        "query": question,
        "as_of": "2026-11-22",
        "passages": passages,
        "weak": weak,
        "sources": [],
        "not_covered": [],
    }
    writer = Writer("en", Register([response]))
    write_rules(writer, Result(0, Call("search_rules", {}), response, None), question, subjects)
    return writer.markdown()


def test_a_list_stored_in_two_passages_is_whole_again() -> None:
    late = _passage("It must hold [19 CFR 1]:\n8. Blanket period.\n9. Signature.", id="b")
    early = _passage("It must hold [19 CFR 1]:\n1. Status.\n2. Certifier.", id="a", score=0.5)
    text = _written([late, early], "What must a certification contain?")
    assert (
        text.index("1. Status.") < text.index("2. Certifier.") < text.index("8. Blanket") < text.index("9. Signature.")
    )
    assert text.count("It must hold") == 1 and "[1] [2]" in text


def test_a_question_of_how_long_gets_the_sentence_with_the_number() -> None:
    text = _written(
        [_passage("Certification records matter a lot. Keeping a certification is wise. A certification is filed. "
                  "Auditors may ask for one. They stay on file for 5 years [19 CFR 163.4].")],
        "How long must a certification be kept?",
    )  # fmt: skip
    assert "5 years" in text


def test_weak_search_is_refused_unless_a_heading_names_the_subject() -> None:
    passage = _passage(
        "Elements 1 to 8 go 24 hours before lading [19 CFR 149.2(b)].", title="ISF guide", paragraph="When to file"
    )
    assert "don't have that" in _written([passage], "when is the ISF due?", weak=True)
    assert "24 hours" in _written([passage], "when is the ISF due?", weak=True, subjects=("isf",))


def test_html_links_and_images_of_documents_are_text() -> None:
    text = _written([_passage("A certification <script>x()</script> is [needed](http://a.example). ![p](http://b.example/p.png)")],
                    "is a certification needed?")  # fmt: skip
    assert "http" not in text and "<script>" not in text and "needed" in text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("code", "field", "hint", "said", "status"),
    [
        ("unknown_hts", "hts", "nearest numbers that exist: 8544.30.00.00", "8544.30.00.00", "clarify"),
        ("ambiguous", "hts", "give the 8- or 10-digit number", "8544.31", "clarify"),
        ("invalid_input", "hts", "", "8544.31", "clarify"),
        ("invalid_input", "origin", "give an ISO code", "Freedonia", "clarify"),
        ("not_in_force", "entry_date", "the first is 2025-01-01", "2025", "refused"),
        ("unsupported_currency", "currency", "", "EUR", "clarify"),
        ("unavailable", None, "set SOURCING_HOME", "SOURCING_HOME", "partial"),
    ],
)
def test_errors_become_sentences(
    language: Any, code: str, field: str | None, hint: str, said: str, status: str
) -> None:
    arguments = {"hts": "8544.31", "origin": "Freedonia", "currency": "EUR", "entry_date": "1990-01-01"}
    error = {"error": {"code": code, "message": f"Freedonia: {code}", "field": field, "hint": hint}}
    writer = Writer(language, Register([]))
    write_error(writer, Result(0, Call("estimate_duty", arguments), None, error))
    assert said in writer.markdown() and writer.status == status


def test_the_model_streams_what_it_says_and_repeats_itself() -> None:
    model = OfflineChatModel(tools=("search_rules",))
    asked = HumanMessage("hola", additional_kwargs={"sourcing": {"as_of": "2026-11-22", "language": "es"}}, id="h")
    whole = model.invoke([asked])
    assert "".join(str(chunk.content) for chunk in model.stream([asked])) == whole.content
    first, second = model.invoke([_rule()]), model.invoke([_rule()])
    assert first.tool_calls == second.tool_calls and first.tool_calls[0]["name"] == "search_rules"
    streamed = list(model.stream([_rule()]))
    assert streamed[-1].tool_call_chunks[0]["name"] == "search_rules"


def _rule() -> HumanMessage:
    meta = {"sourcing": {"as_of": "2026-11-22", "language": "en"}}
    return HumanMessage("What must a certification of origin contain?", additional_kwargs=meta, id="h2")


def test_only_bound_tools_are_called() -> None:
    answer = OfflineChatModel(tools=("tariff_line",)).invoke([_rule()])
    assert not answer.tool_calls and answer.content


def test_a_tool_result_that_is_no_json_is_an_error_in_prose() -> None:
    model = OfflineChatModel(tools=("search_rules",))
    call = model.invoke([_rule()])
    broken = ToolMessage("boom", tool_call_id=call.tool_calls[0]["id"], name="search_rules")
    answer = model.invoke([_rule(), AIMessage("", tool_calls=call.tool_calls), broken])
    assert answer.additional_kwargs["sourcing"]["status"] == "partial" and "Boom" in answer.content


def test_choice_of_model() -> None:
    assert chat_model(Settings())._llm_type == "offline"
    with pytest.raises(InvalidInput, match="names no chat model"):
        chat_model(Settings(model="gpt-4o"))
    with pytest.raises(InvalidInput, match="knows no provider"):
        chat_model(Settings(), "nosuch:thing")
    with pytest.raises(Unavailable, match=r"cannot start|not installed"):
        chat_model(Settings(), "openai:gpt-4o")

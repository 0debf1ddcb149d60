"""Scorers over hand-made answers: each must pass what is right and fail what is wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assistant.schema import Answer
from evals.pairs import agreement
from evals.questions import Expect
from evals.scorers import Context, Score, score, worst

DUTY: dict[str, Any] = {
    "name": "estimate_duty",
    "arguments": {"hts": "8544.30.00.00", "origin": "MX", "customs_value": "25000", "language": "en"},
    "response": {
        "duty": "1250.00",
        "layers": [{"kind": "mfn", "rate": "5%", "amount": "1250.00", "calculation": "5% × 25000.00 = 1250.00"}],
        "sources": [{"title": "HTS 2026 rev 10", "document_id": "hts:us-2026-rev-10", "url": "https://hts.usitc.gov"}],
    },
    "ms": 3.0,
}
ENGLISH = "The general duty is **USD 1,250.00** (5% of 25,000) for this line, and it is due on the entry in the US."
SPANISH = (
    "El arancel general es de **1,250.00 USD** (5% de 25,000) para esta línea y se paga en la entrada a los EE. UU."
)


def answer(text: str = ENGLISH, **changes: Any) -> Answer:
    made: dict[str, Any] = {
        "answer": text,
        "language": "en",
        "status": "answered",
        "citations": [
            {"id": "1", "title": "HTS 2026 rev 10", "document_id": "hts:us-2026-rev-10", "page": None, "quote": None,
             "url": None, "effective_from": None, "effective_to": None}
        ],
        "figures": [
            {"text": "1,250.00", "value": "1250.00", "unit": "USD", "tool_call": 0, "path": "/duty"},
            {"text": "5%", "value": "5", "unit": "%", "tool_call": 0, "path": "/layers/0/rate"},
        ],
        "tool_calls": [DUTY],
        "missing": [],
        "not_covered": [],
        "as_of": date(2026, 11, 20),
        "data_vintage": {},
        "model": "offline",
        "prompt_sha": "0",
        "thread_id": "t",
        "ms": 1.0,
        **changes,
    }  # fmt: skip
    return Answer.model_validate(made)


def scores(
    given: Answer, language: str = "en", ask: str = "Duty on 8544.30.00.00 worth $25,000?", **expect: Any
) -> dict[str, Score]:
    context = Context(given, Expect.model_validate(expect), language)
    context.hear(ask)
    return score(context)


def call(**arguments: Any) -> dict[str, Any]:
    return {"name": "estimate_duty", "arguments": arguments}


@pytest.mark.parametrize(
    ("tools", "value"),
    [
        ([call(hts="8544300000", origin="mx", customs_value="25000.00")], 1.0),
        ([call(origin="VN")], 0.0),
        ([call(customs_value="25001")], 0.0),
        ([call(preference="null")], 1.0),
        ([call(origin={"any": ["CA", "MX"]})], 1.0),
        ([call(transport_mode="ocean")], 0.0),
        ([call(), call()], 0.0),
        ([{"name": "search_rules"}], 0.0),
        ([{"name": "estimate_duty", "error": "unknown_hts"}], 0.0),
        ([], 0.0),
    ],
)
def test_tools_compare_calls_and_part_of_their_arguments(tools: list[Any], value: float) -> None:
    assert scores(answer(), tools=tools)["tools"].value == value


def test_a_call_of_another_tool_is_wrong_unless_it_is_said_to_do_no_harm() -> None:
    other = {"name": "search_rules", "arguments": {"query": "x"}, "response": {"passages": []}, "ms": 1.0}
    both = answer(tool_calls=[DUTY, other])
    assert scores(both, tools=[call()])["tools"].value == 0.0
    assert scores(both, tools=[call()], may_call=["search_rules"])["tools"].value == 1.0


def test_a_failed_call_is_right_only_where_the_error_is_expected() -> None:
    failed = {**DUTY, "response": None, "error": {"error": {"code": "unknown_hts", "message": "no such number"}}}
    assert scores(answer(tool_calls=[failed]), tools=[call()])["tools"].value == 0.0
    expected = {"name": "estimate_duty", "error": "unknown_hts"}
    assert scores(answer(tool_calls=[failed]), tools=[expected])["tools"].value == 1.0


def test_a_need_in_words_counts_by_what_the_tool_understood() -> None:
    found = {
        "name": "find_manufacturers",
        "arguments": {"need": "ABS molder with ISO 13485, 20,000 a month"},
        "response": {
            "understood": {
                "processes": [{"id": "injection_molding", "label": "Injection molding", "matched": "molder"}],
                "certifications": [{"id": "ISO 13485", "label": "ISO 13485", "matched": "ISO 13485"}],
                "monthly_volume": {"value": 20000.0, "unit": "pieces"},
                "near": {"id": "MX-BCN/tijuana", "label": "Tijuana", "km": 60.0},
            },
            "matches": [{"id": "a"}, {"id": "b"}],
        },
        "ms": 1.0,
    }  # fmt: skip
    wanted = {
        "processes": ["injection_molding"],
        "certifications": ["ISO 13485"],
        "monthly_volume": "20000",
        "near": {"place": {"has": "tijuana"}, "km": "60"},
        "regions": "null",
    }
    given = answer("Two plants fit.", tool_calls=[found], figures=[], citations=[])
    right = scores(given, tools=[{"name": "find_manufacturers", "arguments": wanted}])
    assert right["tools"].value == 1.0
    wrong = scores(given, tools=[{"name": "find_manufacturers", "arguments": wanted | {"regions": ["Jalisco"]}}])
    assert wrong["tools"].value == 0.0


@pytest.mark.parametrize(
    ("matches", "value"),
    [
        ({"first": "a", "includes": ["b"], "excludes": ["c"]}, 1.0),
        ({"first": "b"}, 0.0),
        ({"includes": ["c"]}, 0.0),
        ({"excludes": ["b"]}, 0.0),
    ],
)
def test_matches(matches: dict[str, Any], value: float) -> None:
    found = {
        "name": "find_manufacturers",
        "arguments": {},
        "response": {"matches": [{"id": "a"}, {"id": "b"}]},
        "ms": 1,
    }
    assert scores(answer(tool_calls=[found]), matches=matches)["matches"].value == value


@pytest.mark.parametrize("figures", [["1250.00"], ["1250", "5%"]])
def test_a_figure_said_and_given_by_a_tool_is_right(figures: list[str]) -> None:
    assert scores(answer(), figures=figures)["figures"].value == 1.0


def test_a_figure_is_wrong_when_unsaid_unfounded_or_unwanted() -> None:
    silent = scores(answer("It is due on the entry.", figures=[]), figures=["1250.00"])["figures"]
    assert silent.value == 0.0 and "in a tool result, but not said" in silent.explanation
    invented = scores(answer("It is 1,999.00 for this.", figures=[]), figures=["1999.00"])["figures"]
    assert invented.value == 0.0 and "no tool gave it" in invented.explanation
    assert scores(answer(), figures=["86.60"])["figures"].value == 0.0
    assert scores(answer(), figures_absent=["1250.00"])["figures"].value == 0.0
    assert scores(answer(), figures_absent=["1300.00"])["figures"].value == 1.0


def test_citations_must_be_the_expected_ones_and_come_from_a_tool() -> None:
    assert scores(answer(), citations=[{"document": "us-2026-rev-10"}])["citations"].value == 1.0
    assert scores(answer(), citations=[{"document": "us-customs-bonds"}])["citations"].value == 0.0
    assert scores(answer(citations=[]), citations=[{"url": "usitc"}])["citations"].value == 0.0
    stray = answer().citations[0].model_copy(update={"document_id": "guide:made-up.en", "title": "Made up"})
    assert scores(answer(citations=[stray]))["citations"].value == 0.0
    assert scores(answer(citations=[]))["citations"].value is None


def test_citation_of_the_other_language_version_is_the_same_document() -> None:
    cited = answer().citations[0].model_copy(update={"document_id": "guide:us-customs-bonds.es"})
    found = {**DUTY, "response": {"passages": [{"document_id": "guide:us-customs-bonds.es", "title": "Fianzas"}]}}
    given = answer("Ok.", citations=[cited], tool_calls=[found])
    assert scores(given, citations=[{"document": "us-customs-bonds"}])["citations"].value == 1.0


@pytest.mark.parametrize(
    ("said", "expected", "status", "refusal"),
    [
        ("answered", {"status": ["answered", "partial"]}, 1.0, 1.0),
        ("refused", {"status": "answered"}, 0.0, 0.0),
        ("refused", {"status": "refused"}, 1.0, 1.0),
        ("clarify", {"status": "refused"}, 0.0, 0.0),
        ("clarify", {"refused": "false"}, None, 1.0),
        ("refused", {"refused": "false"}, None, 0.0),
        ("refused", {"status": ["refused", "clarify"]}, 1.0, None),
        ("refused", {"status": ["answered", "clarify"]}, 0.0, 0.0),
        ("answered", {}, None, None),
    ],
)
def test_status_and_refusal(said: str, expected: dict[str, Any], status: float | None, refusal: float | None) -> None:
    got = scores(answer(status=said), **expected)
    assert (got["status"].value, got["refusal"].value) == (status, refusal)


def test_language_is_heard_in_the_prose_and_not_only_in_the_label() -> None:
    assert scores(answer())["language"].value == 1.0
    assert scores(answer(SPANISH))["language"].value == 0.0
    assert scores(answer(SPANISH, language="es"), "es")["language"].value == 1.0
    assert scores(answer(ENGLISH, language="es"), "es")["language"].value == 0.0
    assert scores(answer("8544.30.00.00: 5%"))["language"].value == 1.0  # too short to tell: the label decides


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        SPANISH,
        "Line 8544.30.00.00 pays 5 %; 1.250,00 USD.",
        "As of November 20, 2026 it is 5%.",
        "Al 20 de noviembre de 2026 es 5%.",
        "1. First\n2. Second [3] https://hts.usitc.gov/99",
        "Give me a number of 8 or 10 digits.",
    ],
)
def test_grounded_prose(text: str) -> None:
    assert scores(answer(text))["grounding"].value == 1.0, scores(answer(text))["grounding"]


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("It is 1,250.01.", "1,250.01"),
        ("It pays 6%.", "6%"),
        ("Heading 8544.42 pays 5%.", "8544.42"),
        ("It ended on 2026-02-24.", "2026-02-24"),
        ("It ended on February 24, 2026.", "2026-02-24"),
        ("Terminó el 24 de febrero de 2026.", "2026-02-24"),
        ("See 19 CFR 182.12.", "182.12"),
    ],
)
def test_ungrounded_prose_is_named(text: str, loose: str) -> None:
    got = scores(answer(text))["grounding"]
    assert got.value == 0.0 and loose in got.answer


def test_a_json_number_may_be_rounded_a_money_string_may_not() -> None:
    rows = [{"name": "find_manufacturers", "arguments": {}, "response": {"score": 0.8312, "sum": "831.20"}, "ms": 1}]
    assert scores(answer("It fits to 0.83, or 83%.", tool_calls=rows))["grounding"].value == 1.0
    assert scores(answer("It is 831.", tool_calls=rows))["grounding"].value == 0.0


def test_text_compares_without_case_and_accents() -> None:
    assert scores(answer("Válvulas de hierro"), contains=["valvula"], any_of=["steel", "HIERRO"])["text"].value == 1.0
    assert scores(answer("Nothing"), contains=["valve"])["text"].value == 0.0
    assert scores(answer("Nothing"), any_of=["a valve", "b"])["text"].value == 0.0
    assert scores(answer("See evil.example"), absent=["evil.example"])["text"].value == 0.0


def test_what_no_expectation_asks_for_is_not_scored() -> None:
    got = scores(answer(citations=[]))
    assert {name for name, mark in got.items() if mark.value is not None} == {"language", "grounding"}
    assert worst([got["tools"], got["figures"]]).value is None
    assert worst([Score(1.0), Score(0.0, "x"), Score(1.0)]).answer == "x"


def turn(**changes: Any) -> dict[str, Any]:
    made = {
        "status": "answered",
        "tool_calls": [
            {"name": "estimate_duty", "arguments": {"origin": "MX", "customs_value": "25000", "language": "en"}}
        ],
        "figures": [{"value": "1250.00"}, {"value": "5"}],
        "citations": [{"document_id": "guide:us-customs-bonds.en"}],
    }  # fmt: skip
    return {**made, **changes}


SPANISH_CALL = {
    "name": "estimate_duty",
    "arguments": {"origin": "MX", "customs_value": 25000, "language": "es", "facts": {}},
}


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"tool_calls": [SPANISH_CALL]}, 1.0),
        ({"citations": [{"document_id": "guide:us-customs-bonds.es"}]}, 1.0),
        ({"figures": [{"value": "5"}, {"value": "1,250.0"}]}, 1.0),
        ({"figures": [{"value": "1250.00"}]}, 0.0),
        ({"citations": []}, 0.0),
        ({"status": "partial"}, 0.0),
        ({"tool_calls": []}, 0.0),
        ({"error": {"code": "internal"}}, None),
    ],
)
def test_twins_agree_apart_from_wording(changes: dict[str, Any], value: float | None) -> None:
    assert agreement([turn()], [turn(**changes)]).value == value

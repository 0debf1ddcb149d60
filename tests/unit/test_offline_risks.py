"""Questions about risks: every order named is asked about, and what is told of a kind is told of all risks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assistant.citations import Register
from assistant.offline.language import Lang
from assistant.offline.plan import Call, checked_calls, plan
from assistant.offline.prose import Result, Writer
from assistant.offline.prose_production import write_risks
from assistant.offline.reading import read
from assistant.offline.state import Past, State, fold_message

DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    "text",
    [
        "What are the risks of PO-1042 and PO-1043?",
        "¿Qué riesgos tienen PO-1042 y PO-1043?",
        "Any risks on PO-1042 or PO-1043?",
        "¿Algún riesgo con PO-1042 o PO-1043?",
    ],
)
def test_risks_of_each_order_named(text: str) -> None:
    calls = plan(fold_message(State(), read(text, DAY))).calls
    assert [(c.name, c.arguments["order_id"]) for c in calls] == [
        ("production_risks", "PO-1042"),
        ("production_risks", "PO-1043"),
    ]


def _register(total: int) -> dict[str, Any]:
    risk = {"order_id": "PO-1", "kind": "quality", "title": "Yield", "severity": "high", "cause": "c", "next_step": "n"}
    sources = [{"title": "Orders", "url": None, "document_id": "d", "page": None, "effective_from": None,
                "effective_to": None}]  # fmt: skip
    return {"as_of": "2026-06-01", "orders": 3, "risks": [risk], "total": total, "sources": sources, "not_covered": []}


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Which certificates expire?"), ("es", "¿Qué certificados vencen?")]
)
def test_that_no_risk_is_of_a_kind_is_said_of_the_whole_register_only(language: Lang, text: str) -> None:
    said = {}
    for total in (1, 40):
        response = _register(total)
        writer = Writer(language, Register([response]))
        write_risks(writer, Result(0, Call("production_risks", {}), response, None), text)
        said[total] = "\n".join(writer.parts)
    none = {"en": "None of the", "es": "Ninguno de los"}[language]
    assert none in said[1] and none not in said[40]


def test_every_call_of_an_answer_is_made_again_before_it_is_said_to_hold() -> None:
    calls = tuple(("tariff_line", {"hts": f"8544.{n}"}, {"hts": f"8544.{n}"}) for n in range(10, 15))
    past = Past("What do these pay?", DAY, calls)
    request = fold_message(State(answered=(past,)), read("Does your answer still hold?", DAY))
    assert request.act == "check"
    assert [made[0].arguments["hts"] for made in checked_calls(request)] == [
        arguments["hts"] for _, arguments, _ in calls
    ]

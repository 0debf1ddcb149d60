"""Prose against tool responses: what is supported stays, with its place; what is not goes, by the sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.facts import Facts
from assistant.grounding import Grounder, ground

DAY = date(2026, 6, 15)
DUTY: dict[str, Any] = {
    "hts": "8544.30.00.00",
    "entry_date": "2026-06-15",
    "revision": "2026 rev 10",
    "customs_value": "25000",
    "layers": [
        {
            "title": "Merchandise processing fee",
            "rate": "0.3464%",
            "amount": "86.60",
            "calculation": "0.3464% × 25,000.00 USD = 86.60 USD",
        }
    ],
    "duty": "1250.00",
    "options": [{"name": "USMCA claimed", "duty": "0.00"}],
    "sources": [{"title": "Schedule, 19 CFR 24.23", "page": 12}],
}
MATCHES: dict[str, Any] = {
    "considered": 92,
    "matches": [
        {"id": "alfa", "name": "Alfa Plásticos", "score": 0.8731, "lead_time_days": 28, "capacity": {"free": 159600.0}},
        {"id": "bravo", "name": "Bravo Molding, Inc.", "score": 0.61, "lead_time_days": 35, "capacity": {"free": None}},
    ],
}


def _facts(*responses: dict[str, Any], said: tuple[str, ...] = ()) -> Facts:
    return Facts.of(responses, said=said, day=DAY)


def pointer(document: Any, path: str) -> Any:
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@pytest.mark.parametrize(
    ("prose", "path"),
    [
        ("The duty is US$1,250.00.", "/duty"),
        ("The duty is $1,250.", "/duty"),
        ("Son 1.250,00 dólares de arancel.", "/duty"),
        ("You pay 1250 USD.", "/duty"),
        ("The fee runs at 0.3464 %.", "/layers/0/rate"),
        ("With USMCA it is $0.00.", "/options/0/duty"),
        ("El valor es de 25 mil dólares.", "/customs_value"),
    ],
)
def test_figures_resolve_to_their_place(prose: str, path: str) -> None:
    result = ground(prose, _facts(DUTY), 3)
    assert result.text == prose and not result.dropped
    (figure,) = result.figures
    assert (figure.tool_call, figure.path) == (0, path)
    assert str(pointer(DUTY, figure.path)).rstrip("%") == figure.value


@pytest.mark.parametrize(
    "prose",
    [
        "The duty is $1,350.00.",
        "The rate is 7.5%.",
        "It pays 12 percent.",
        "Code 8544.42.90.90 applies.",
        "This holds since July 4, 2026.",
        "Rige desde el 4 de julio de 2026.",
        "Ask Plásticos Fantasma S.A. de C.V. for a quote.",
        "It costs US$12.",
        "There are 417 suppliers.",
        "Twenty percent is due.",
    ],
)
def test_made_up_things_are_dropped(prose: str) -> None:
    result = ground(f"The duty is $1,250.00. {prose} That is all.", _facts(DUTY), 3)
    assert len(result.dropped) == 1
    assert result.text == "The duty is $1,250.00. That is all."


def test_money_needs_money_and_percent_needs_percent() -> None:
    facts = _facts({"lead_time_days": 28, "page_count": 5})
    assert ground("It takes 28 days.", facts, 0).text
    assert not ground("It costs $28.", facts, 0).text
    assert not ground("The rate is 5%.", facts, 0).text


def test_own_words_and_day_support() -> None:
    facts = _facts(said=("¿Cuánto paga 8481.80.30.90 por 40 mil dólares en agosto 3, 2026?",))
    kept = "For 8481.80.30.90 worth US$40,000 on August 3, 2026 I need an origin; today is 2026-06-15."
    assert ground(kept, facts, 0).text == kept
    assert ground(kept, facts, 0).figures == []


def test_rounded_and_share_forms() -> None:
    facts = _facts(MATCHES)
    assert ground("Alfa fits at 87.3% with 159,600 free.", facts, 0).figures[0].path == "/matches/0/score"
    assert not ground("Alfa fits at 88.1%.", facts, 0).text


def test_supplier_table_rows() -> None:
    table = (
        "| # | Manufacturer | Lead time |\n|---|---|---|\n"
        "| 1 | Alfa Plásticos (sample) [1] | 28 days |\n"
        "| 2 | Fantasma Industrial | 28 days |\n"
        "| 3 | **Bravo Molding, Inc.** | 35 days |\n"
    )
    result = ground(table, _facts(MATCHES), 1, names_expected=True)
    assert "Fantasma" not in result.text
    assert "Alfa" in result.text and "Bravo" in result.text and "|---|" in result.text
    assert [problem.kind for _, problems in result.dropped for problem in problems] == ["supplier"]


def test_bold_supplier_at_the_start_of_a_list_item() -> None:
    prose = "- **Fantasma Industrial**: fast.\n- **Alfa Plásticos**: 28 days."
    assert ground(prose, _facts(MATCHES), 0, names_expected=True).text == "- **Alfa Plásticos**: 28 days."


def test_citation_marks_of_nothing_are_removed() -> None:
    assert ground("The duty is $1,250.00 [1] [7].", _facts(DUTY), 1).text == "The duty is $1,250.00 [1] ."


def test_list_lines_go_whole_and_blank_lines_stay() -> None:
    prose = "Result: $1,250.00.\n\n- Fee: $86.60.\n- Surprise: $99.99.\n\nDone."
    assert ground(prose, _facts(DUTY), 0).text == "Result: $1,250.00.\n\n- Fee: $86.60.\n\nDone."


def test_words_with_digits_and_labels_are_no_figures() -> None:
    prose = "Column 2 differs; C-TPAT and PA-66 are names, and there are two ways."
    assert ground(prose, _facts(DUTY), 0).text == prose


def test_pages_ids_and_search_scores_support_no_money() -> None:
    facts = _facts({"passages": [{"id": "7777", "score": 0.5, "text": "Keep records."}], "query": "is it 33%?"})
    assert not ground("It is 33%.", facts, 1).text
    assert not ground("It is 50%.", facts, 1).text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_streamed_in_any_pieces_gives_the_same(cuts: list[int]) -> None:
    prose = (
        "The duty is **$1,250.00** [1]. A fee of $99 is due. El total: 86.60 USD.\n\n"
        "| Way | Duty |\n|---|---|\n| USMCA | $0.00 |\n| Magic | $3.33 |\n\n1. First: 0.3464%.\n2. Second: 9%.\n\nEnd."
    )
    whole = ground(prose, _facts(DUTY), 1).text
    grounder = Grounder(_facts(DUTY), 1)
    out, at = "", 0
    for cut in cuts:
        out += grounder.feed(prose[at : at + cut])
        at += cut
    out += grounder.feed(prose[at:]) + grounder.close()
    assert out.strip() == whole
    assert "$99" not in whole and "3.33" not in whole and "9%." not in whole and "0.3464%" in whole


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 10**9))
def test_no_amount_slips_through(cents: int) -> None:
    amount = f"{cents / 100:,.2f}"
    supported = amount in ("1,250.00", "86.60", "25,000.00", "0.00")
    assert bool(ground(f"You owe US${amount}.", _facts(DUTY), 0).text) == supported

"""`classify_product` over the embedded extract of the schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.tools import call


@pytest.fixture(scope="module")
def services(filled_home: Path) -> Services:
    return open_services(load_settings({"SOURCING_HOME": str(filled_home)}))


def classify(services: Services, description: str, **more: Any) -> dict[str, Any]:
    return call(services, "classify_product", {"description": description, **more})


def test_the_answer_has_what_the_contract_names(services: Services) -> None:
    answer = classify(services, "insulated electric wiring harness for passenger cars", limit=5)
    assert 1 <= len(answer["candidates"]) <= 5
    for candidate in answer["candidates"]:
        assert candidate["hts"].startswith(candidate["subheading"])
        assert candidate["description"] and candidate["why"] and candidate["rule"]
        assert 0 <= candidate["confidence"] <= 1
    assert answer["sources"] and answer["confidence_meaning"]
    assert answer["ranked_by"] == "scoring"


def test_candidates_are_distinct_subheadings_best_first(services: Services) -> None:
    candidates = classify(services, "cotton T-shirt, knitted", limit=20)["candidates"]
    codes = [c["subheading"] for c in candidates]
    assert len(codes) == len(set(codes))
    assert [c["confidence"] for c in candidates] == sorted((c["confidence"] for c in candidates), reverse=True)


def test_an_extract_is_said_to_be_one(services: Services) -> None:
    for language, word in (("en", "extract"), ("es", "extracto")):
        limits = classify(services, "cotton shirt", language=language)["not_covered"]
        assert any(word in text for text in limits)


def test_unknown_words_give_a_question_and_no_candidate(services: Services) -> None:
    answer = classify(services, "qwxzt vbnmq")
    assert answer["candidates"] == []
    assert [q["name"] for q in answer["questions"]] == ["description"]


@pytest.mark.parametrize(
    "request_", [{"description": ""}, {"description": "123"}, {"description": "shirt", "destination": "MX"}]
)
def test_what_cannot_be_classified_is_refused(services: Services, request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        call(services, "classify_product", request_)

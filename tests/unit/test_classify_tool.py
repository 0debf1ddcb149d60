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


NOTES = """Harmonized Tariff Schedule of the United States Revision {number} ({year})
Annotated for Statistical Reporting Purposes

SECTION XI
TEXTILES AND TEXTILE ARTICLES

Notes

1. This section does not cover: {section}.

CHAPTER 50
SILK

Notes

1. This chapter covers silk and no shirts.

CHAPTER 61
ARTICLES OF APPAREL AND CLOTHING ACCESSORIES, KNITTED OR CROCHETED

Notes

1. This chapter applies only to made up knitted shirts and other articles of {chapter}.

Statistical Notes

1. Shirts of cotton are counted by the dozen.
"""


def test_the_notes_in_force_on_the_day_bear_on_a_candidate(tmp_path: Path) -> None:
    services = open_services(load_settings({"SOURCING_HOME": str(tmp_path / "home")}))
    services.ingest([Path(__file__).parents[2] / "ingestion/sample/tariff"])
    for number, year, words in ((1, 2026, "cotton of old"), (10, 2026, "cotton of today")):
        path = tmp_path / f"textile_notes_{number}.txt"
        path.write_text(NOTES.format(number=number, year=year, section=f"shirts {words}", chapter=words), "utf-8")
        services.ingest([path])
    for day, words in (("2026-06-07", "cotton of old"), ("2026-06-08", "cotton of today")):
        answer = classify(services, "cotton T-shirt, knitted", as_of=day)
        [shirts] = [c for c in answer["candidates"] if c["subheading"] == "6109.10"]
        assert {n["title"] for n in shirts["notes"]} == {"Chapter 61, note 1", "Section XI, note 1"}
        assert all(words in n["quote"] for n in shirts["notes"])
    services.catalog.close()

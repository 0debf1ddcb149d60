"""Measures of search on rankings worked by hand."""

from __future__ import annotations

import math

import pytest
import yaml

from evals.retrieval.compare import QUESTIONS
from evals.retrieval.measures import Ranking, interval, ndcg, recall, reciprocal_rank, table


@pytest.mark.parametrize(
    ("right", "wanted", "at_1", "at_3", "rank", "gain"),
    [
        ((True, False, False), 1, 1, 1, 1.0, 1.0),
        ((False, True, False), 1, 0, 1, 0.5, 1 / math.log2(3)),
        ((False, False, False, True), 1, 0, 0, 0.25, 1 / math.log2(5)),
        ((True, False, True), 2, 1, 1, 1.0, (1 + 0.5) / (1 + 1 / math.log2(3))),
        ((), 1, 0, 0, 0.0, 0.0),
    ],
)
def test_measures(right: tuple[bool, ...], wanted: int, at_1: float, at_3: float, rank: float, gain: float) -> None:
    ranking = Ranking(right, wanted)
    assert (recall(ranking, 1), recall(ranking, 3), reciprocal_rank(ranking)) == (at_1, at_3, rank)
    assert ndcg(ranking) == pytest.approx(gain)


def test_intervals_hold_the_mean_and_repeat() -> None:
    mean, low, high = interval([1.0] * 30 + [0.0] * 10)
    assert low < mean == 0.75 < high
    assert (mean, low, high) == interval([1.0] * 30 + [0.0] * 10)
    assert interval([1.0] * 5) == (1.0, 1.0, 1.0)


def test_table_has_a_row_a_system() -> None:
    assert "| one | 1.000 (1.000–1.000) |" in table({"one": [Ranking((True,))]})[2]


def test_questions_are_half_spanish_and_all_say_what_answers_them() -> None:
    asked = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    assert 2 * len(asked["answered"]) >= 150
    for row in asked["answered"]:
        assert row["en"] and row["es"] and (row.get("file") or row.get("says"))
    texts = [row[lang] for row in asked["answered"] + asked["unanswered"] for lang in ("en", "es")]
    assert len(set(texts)) == len(texts)

"""Fits the weights of the ranking: the likelihood of the right subheading among all, by Newton's method.

A few dozen weights on a few hundred descriptions that are none of the validation's; a ridge keeps them small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.classification.cases import Case

Matrix = npt.NDArray[np.float64]
RIDGE = 0.5
NEAREST = 600
"""Subheadings kept of each description besides the right one: the others have no chance."""
_STEPS = 25


def fit(classifier: Any, cases: Sequence[tuple[Case, float]], columns: Sequence[int]) -> Matrix:
    """Weights of the feature `columns`; `cases` with how much each counts."""
    place = {code: n for n, code in enumerate(classifier.index.subheadings)}
    rows: list[tuple[Matrix, float]] = []
    for case, worth in cases:
        right = place.get(case.code[:6])
        if right is None:
            continue
        table = classifier.features(classifier.read(case.text))[:, columns]
        near = np.argsort(-table.sum(axis=1), kind="stable")[:NEAREST]
        kept = np.concatenate([[right], near[near != right]])
        rows.append((table[kept], worth))
    weights: Matrix = np.zeros(len(columns))
    for _ in range(_STEPS):
        slope = -RIDGE * weights
        bend = RIDGE * np.eye(len(columns))
        for table, worth in rows:
            odds = softmax(table @ weights)
            mean = odds @ table
            slope += worth * (table[0] - mean)
            bend += worth * ((table * odds[:, None]).T @ table - np.outer(mean, mean))
        step = np.linalg.solve(bend, slope)
        weights = weights + step * min(1.0, 2.0 / float(np.abs(step).max() + 1e-9))
        if float(np.abs(step).max()) < 1e-3:
            break
    return weights


def temperature(scores: Sequence[tuple[Matrix, int]]) -> float:
    """What to divide scores by so that probabilities are as sure as they are right: one number, by likelihood."""

    def loss(t: float) -> float:
        return -sum(float(np.log(softmax(s / t)[right] + 1e-12)) for s, right in scores)

    tried = [1 + n / 20 for n in range(-10, 61)]
    return float(min(tried, key=loss))


def softmax(scores: Matrix) -> Matrix:
    odds: Matrix = np.exp(scores - scores.max(), dtype=np.float64)
    shares: Matrix = odds / odds.sum()
    return shares

"""Measures of ranked lists, with intervals: recall at k, mean reciprocal rank, nDCG at 10."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

CUTS = (1, 3, 10)
_DRAWS, _SEED = 1_000, 7


@dataclass(frozen=True)
class Ranking:
    """What one question found: whether each hit is right, best first, and how many right ones there are in all."""

    right: tuple[bool, ...]
    wanted: int = 1


def recall(ranking: Ranking, k: int) -> float:
    """1 when a right one is among the first k, else 0."""
    return float(any(ranking.right[:k]))


def reciprocal_rank(ranking: Ranking) -> float:
    """1 over the place of the first right one among ten, 0 when none is."""
    return next((1 / place for place, right in enumerate(ranking.right[:10], 1) if right), 0.0)


def ndcg(ranking: Ranking) -> float:
    """Discounted gain of the first ten over the best possible one."""
    gain = sum(right / math.log2(place + 1) for place, right in enumerate(ranking.right[:10], 1))
    best = sum(1 / math.log2(place + 1) for place in range(1, min(ranking.wanted, 10) + 1))
    return gain / best if best else 0.0


MEASURES: dict[str, Callable[[Ranking], float]] = {
    **{f"recall@{k}": lambda ranking, k=k: recall(ranking, k) for k in CUTS},  # type: ignore[misc]
    "MRR": reciprocal_rank,
    "nDCG@10": ndcg,
}


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, low, high): 95 % by drawing the questions anew a thousand times, from a fixed seed."""
    if not values:
        return math.nan, math.nan, math.nan
    draw = random.Random(_SEED)
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(_DRAWS))
    return fmean(values), means[int(_DRAWS * 0.025)], means[int(_DRAWS * 0.975)]


def table(rankings: dict[str, list[Ranking]]) -> list[str]:
    """One Markdown row a system: each measure with its interval."""
    lines = ["| | " + " | ".join(MEASURES) + " |", "|---" * (len(MEASURES) + 1) + "|"]
    for system, found in rankings.items():
        cells = ["{:.3f} ({:.3f}–{:.3f})".format(*interval([of(r) for r in found])) for of in MEASURES.values()]
        lines.append(f"| {system} | {' | '.join(cells)} |")
    return lines

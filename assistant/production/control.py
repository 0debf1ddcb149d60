"""Individuals and moving range chart (XmR) with the Western Electric rules: what is signal and what is noise.

Limits: mean ± 2.66 × mean moving range, upper range limit 3.268 × mean moving range (Shewhart's constants for two
points, 3 ÷ d2 and D4 with d2 = 1.128; Wheeler, Understanding Variation). Zones: sigma = mean moving range ÷ 1.128.
Rules (Western Electric, Statistical Quality Control Handbook, 1956): 1 one point beyond 3 sigma; 2 two of three beyond
2 sigma on one side; 3 four of five beyond 1 sigma on one side; 4 eight in a row on one side of the mean.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel

D2 = Decimal("1.128")
FEWEST = 6
_RULES = ((2, 2, 3, 2), (3, 4, 5, 1), (4, 8, 8, 0))  # rule, how many, of how many, beyond how many sigma


class Point(BaseModel):
    """`label` is a day, a week or a lot. `rules` are those that this point completes."""

    label: str
    value: Decimal
    rules: list[int] = []
    side: str | None = None


class Control(BaseModel):
    """`status`: stable, signal, or no_data below six points. Limits are null then."""

    status: str
    mean: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    range_limit: Decimal | None = None
    sigma: Decimal | None = None
    points: list[Point]

    def signals(self) -> list[Point]:
        return [p for p in self.points if p.rules]


def control(points: Sequence[tuple[str, Decimal]], *, baseline: int | None = None) -> Control:
    """The chart of a series in time order. `baseline`: limits from the first so many points only."""
    shown = [Point(label=label, value=value) for label, value in points]
    base = [value for _, value in points[:baseline]]
    if len(base) < FEWEST:
        return Control(status="no_data", points=shown)
    mean = sum(base, Decimal(0)) / len(base)
    ranges = [abs(b - a) for a, b in itertools.pairwise(base)]
    moving = sum(ranges, Decimal(0)) / len(ranges)
    sigma = moving / D2
    for place, point in enumerate(shown):
        _judge(shown, place, point, mean, sigma)
    return Control(
        status="signal" if any(p.rules for p in shown) else "stable",
        mean=_cut(mean),
        lower=_cut(mean - Decimal("2.66") * moving),
        upper=_cut(mean + Decimal("2.66") * moving),
        range_limit=_cut(Decimal("3.268") * moving),
        sigma=_cut(sigma),
        points=shown,
    )


def _judge(points: Sequence[Point], place: int, point: Point, mean: Decimal, sigma: Decimal) -> None:
    sides: list[str] = []
    for side, sign in (("above", 1), ("below", -1)):
        far = sign * (point.value - mean)
        if far > Decimal("2.66") * D2 * sigma:
            point.rules.append(1)
            sides.append(side)
        for rule, many, of, beyond in _RULES:
            if place + 1 < of or not far > beyond * sigma:
                continue
            last = points[place + 1 - of : place + 1]
            if sum(sign * (p.value - mean) > beyond * sigma for p in last) >= many:
                point.rules.append(rule)
                sides.append(side)
    point.rules = sorted(set(point.rules))
    point.side = sides[0] if sides else None


def _cut(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)

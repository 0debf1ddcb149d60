"""Names of organic compounds: the functional groups in them and the headings of chapter 29 that these lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from retrieval.analysis import fold
from retrieval.classify.words import load

_CHEMICAL = re.compile(
    r"\bcas\b|\b\d(?:,\d+)*-[a-z]|(?:yl|ine|ane|ene|oxy|azole|amide|nitrile|sulfon\w*|acid|acido|hydrochloride)\b"
)


@cache
def _groups() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple((re.compile(g["name"]), tuple(str(g["codes"]).split())) for g in load("chemistry.yaml")["groups"])


def groups(text: str) -> Iterator[tuple[str, float]]:
    """(heading or subheading, weight) for each functional group named; nothing unless it reads like a compound's name.

    Note 3 to chapter 29: a compound of two headings goes to the last of them, so that later ones weigh more."""
    folded = fold(text)
    if not _CHEMICAL.search(folded):
        return
    found = sorted({code for rule, codes in _groups() if rule.search(folded) for code in codes})
    for place, code in enumerate(found):
        yield code, 0.5 + 0.5 * (place + 1) / len(found)

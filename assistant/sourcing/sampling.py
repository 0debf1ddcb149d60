"""Acceptance sampling by attributes: ANSI/ASQ Z1.4, single sampling plans for normal inspection."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel

from assistant.errors import InvalidInput
from assistant.sourcing.terms import load_yaml

Level = Literal["I", "II", "III"]


class SamplingPlan(BaseModel):
    """Inspect `sample` pieces of a lot: accept it with at most `accept` defectives, reject it from `reject` on."""

    aql: str
    level: Level
    lot: int
    letter: str
    plan_letter: str
    sample: int
    accept: int
    reject: int
    whole_lot: bool


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return load_yaml("sampling.yaml")


def source() -> dict[str, str]:
    """Title and address of the standard."""
    found: dict[str, str] = _tables()["source"]
    return found


def acceptable_levels() -> list[str]:
    """The AQLs whose plans are on file."""
    return list(_tables()["accept"])


def sampling_plan(lot: int, aql: str, level: Level = "II") -> SamplingPlan:
    """The single sampling plan for `lot` pieces; where the sample is the lot or more, all are inspected.

    Raises InvalidInput for a lot of fewer than 2 pieces or an AQL whose plans are not on file."""
    tables = _tables()
    wanted = next((k for k in tables["accept"] if float(k) == _number(aql)), None)
    if wanted is None:
        known = ", ".join(tables["accept"])
        raise InvalidInput(f"no sampling plan for AQL {aql} is on file", field="aql", hint=f"take one of {known}")
    if lot < 2:
        raise InvalidInput("a lot of one piece is not sampled", field="lot", hint="inspect it")
    letters = list(tables["sizes"])
    rows = [row.split() for row in tables["letters"]]
    row = next(r for r in rows if lot <= (math.inf if r[0] == "inf" else int(r[0])))
    letter = row[{"I": 1, "II": 2, "III": 3}[level]]
    column = tables["accept"][wanted].split()
    place = letters.index(letter)
    while column[place] in "v^":
        place += 1 if column[place] == "v" else -1
    plan, accept = letters[place], int(column[place])
    sample = int(tables["sizes"][plan])
    return SamplingPlan(
        aql=wanted,
        level=level,
        lot=lot,
        letter=letter,
        plan_letter=plan,
        sample=min(sample, lot),
        accept=accept,
        reject=accept + 1,
        whole_lot=sample >= lot,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

"""Regional value content and the 10 percent tolerance: exact arithmetic, written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from functools import cache
from typing import Any

from assistant.customs.law import load_yaml
from assistant.customs.origin.outcome import NO, YES, Outcome, every, negate, some, unknown
from assistant.customs.origin.rules import DATA, covers

CENT = Decimal("0.01")
LIMIT = Decimal(10)  # General Note 11(e)(i)


def money(value: Decimal) -> str:
    return f"{value.quantize(CENT):,.2f}"


def percent(value: Decimal) -> str:
    """Two decimals, cut off rather than rounded, so that 49.999 never reads 50."""
    text = f"{value.quantize(CENT, ROUND_DOWN):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Content:
    """One regional value content sum. `excess` is the non-originating value to replace, rounded up to the cent."""

    outcome: Outcome
    text: str | None
    excess: Decimal | None
    share: Decimal | None


def regional_content(
    base: Decimal | None, base_fact: str, vnm: Decimal, unvalued: Sequence[str], needs: Decimal
) -> Content:
    """(base − VNM) / base in percent against `needs`. `vnm` sums the values known; `unvalued` names the missing."""
    if base is None:
        return Content(unknown(base_fact), None, None, None)
    share = (base - vnm) * 100 / base
    enough = (base - vnm) * 100 >= needs * base
    text = f"({money(base)} − {money(vnm)}) / {money(base)} × 100 = {percent(share)} %"
    if not enough:  # more non-originating value would only lower it
        excess = (vnm - base * (100 - needs) / 100).quantize(CENT, ROUND_UP)
        return Content(NO, text, excess, share)
    if unvalued:
        return Content(unknown(*unvalued), text, None, share)
    return Content(YES, text, None, share)


@cache
def _exceptions() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = load_yaml(DATA / "de_minimis.yaml")
    return loaded


def _in(ranges: Sequence[str], code: str) -> bool | None:
    answers = []
    for text in ranges:
        lo, _, hi = text.partition("-")
        answers.append(covers(lo, hi or lo, code))
    return True if True in answers else (None if None in answers else False)


def _outcome(answer: bool | None, fact: str) -> Outcome:
    return unknown(fact) if answer is None else (YES if answer else NO)


@cache
def tolerance_open(good: str, material: str, field: str, maybe: frozenset[tuple[str, bool]]) -> tuple[Outcome, str]:
    """May the 10 percent tolerance cover `material` in `good`? With the paragraph that refuses it, if one does."""
    known = dict(maybe)
    for pair in _exceptions()["allowed"]:
        if good.startswith(pair["good"]) and material.startswith(pair["material"]):
            return YES, ""
    for pair in _exceptions()["refused"]:
        if good.startswith(pair["good"]) and any(material.startswith(m) for m in pair["materials"]):
            return NO, f"General Note 11(o), p. {pair['page']}"
    outcomes, why = [], ""
    for row in _exceptions()["exclusions"]:
        hit = every(
            (_outcome(_in(row["goods"], good), "hts"), _outcome(_in(row["materials"], material), f"{field}.hts"))
        )
        if row.get("maybe") and hit.value is not False:
            fact = row["maybe"]
            hit = every((hit, _outcome(known.get(fact), fact)))
        if hit.value is not False:
            why = why or f"General Note 11(e)(ii), p. {row['page']}"
        outcomes.append(negate(hit))
    if int(good[:2]) <= 27:
        n = 6
        same: bool | None
        if len(material) >= n and len(good) >= n:
            same = material[:n] == good[:n]
        else:
            same = None if good.startswith(material[:n]) else False
        if same is not False:
            why = why or "General Note 11(e)(iii), p. 5"
        outcomes.append(negate(_outcome(same, f"{field}.hts")))
    return every(outcomes), why


def within(failing: Decimal, base: Decimal | None) -> bool | None:
    return None if base is None else failing * 100 <= LIMIT * base


def tolerated(failing: Decimal, transaction_value: Decimal | None, total_cost: Decimal | None) -> Outcome:
    """At most 10 percent of the transaction value or of the total cost; without the latter the former decides."""
    answers = [a for a in (within(failing, transaction_value), within(failing, total_cost)) if a is not None]
    if not answers:
        return unknown("transaction_value")
    return some(YES if a else NO for a in answers)

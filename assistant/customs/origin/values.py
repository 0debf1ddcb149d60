"""Regional value content and the 10 percent tolerance: exact arithmetic, written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from functools import cache
from typing import Any

from assistant.customs.law import load_yaml
from assistant.customs.origin.outcome import NO, YES, Outcome, every, negate, some, unknown
from assistant.customs.origin.rules import DATA, covers

CENT = Decimal("0.01")
LIMIT = Decimal(10)  # General Note 11(e)(i)
PRICE_TO_NET_COST = 2  # our own bound, docs/assumptions_origin.md


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
    bound: bool = False


def regional_content(
    base: Decimal | None,
    base_fact: str,
    vnm: Decimal,
    unvalued: Sequence[str],
    needs: Decimal,
    at_most: Decimal | None = None,
) -> Content:
    """(base − VNM) / base in percent against `needs`. `vnm` sums the values known; `unvalued` names the missing.
    An unknown base that cannot exceed `at_most` (net cost: the price) fails where that highest figure fails; such a
    result is marked `bound`."""
    if base is None:
        best = None if at_most is None else regional_content(at_most, base_fact, vnm, (), needs)
        if best is not None and best.outcome.value is False:
            return replace(best, bound=True)
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


@cache
def tolerance_unlimited(good: str) -> bool:
    """No exception of (e)(ii)-(iii) is about this good, so the tolerance is open whatever the material."""
    rows = _exceptions()
    refused = any(good.startswith(pair["good"]) for pair in rows["refused"])
    return int(good[:2]) > 27 and not refused and all(_in(r["goods"], good) is False for r in rows["exclusions"])


def within(failing: Decimal, base: Decimal | None) -> bool | None:
    return None if base is None else failing * 100 <= LIMIT * base


def tolerated(
    failing: Decimal, transaction_value: Decimal | None, total_cost: Decimal | None, net_cost: Decimal | None = None
) -> Outcome:
    """At most 10 percent of the transaction value or of the total cost; one of them alone decides. With the net cost
    alone: total cost is not below it, and a price of more than twice the net cost is left out of account."""
    answers = [a for a in (within(failing, transaction_value), within(failing, total_cost)) if a is not None]
    if answers:
        return some(YES if a else NO for a in answers)
    if within(failing, net_cost):
        return YES
    hopeless = net_cost is not None and failing * 100 > LIMIT * net_cost * PRICE_TO_NET_COST
    return NO if hopeless else unknown("transaction_value")

"""The materials in one possible world, whether each changes classification, and the 10 percent tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.customs.origin import textiles
from assistant.customs.origin.case import ZERO, Case, Line, shares_by_weight
from assistant.customs.origin.outcome import NO, YES, Outcome, agree, every, unknown
from assistant.customs.origin.rules import Alternative, Rule, covers
from assistant.customs.origin.shift import Item, arrives
from assistant.customs.origin.types import USMCA
from assistant.customs.origin.values import (
    tolerance_open,
    tolerance_unlimited,
    tolerated,
)

DILUENT = Decimal(40)  # percent by volume, heading rule of 2709, p. 32
_DAIRY = (
    "dairy_preparation_over_10_percent_milk_solids",
    "good_contains_milk_above_limit",
    "good_is_fortified_single_juice",
    "good_is_unflavored_instant_coffee",
)


@dataclass(frozen=True)
class Tolerance:
    """The 10 percent tolerance for the materials that do not change."""

    outcome: Outcome
    failing: Decimal
    refused: tuple[tuple[int, str], ...]
    by_weight: bool


class View:
    """The materials in one possible world: those of unknown origin taken as foreign, or as originating."""

    def __init__(self, case: Case, pessimistic: bool) -> None:
        self.case = case
        foreign = [x for x in case.lines if x.status == "non_originating" or (pessimistic and x.status == "unknown")]
        self.skipped: dict[int, str] = {}
        for line in foreign:
            if why := _disregarded(line, case):
                self.skipped[line.index] = why
        self.foreign = [x for x in foreign if x.index not in self.skipped]
        self.changing = [x for x in self.foreign if x.role not in ("packaging", "accessory")]
        self.items = [x.item for x in self.changing]
        self.vnm = sum((x.foreign_value for x in self.foreign if x.foreign_value is not None), ZERO)
        self.unvalued = [f"{x.item.field}.value" for x in self.foreign if x.foreign_value is None]


def _disregarded(line: Line, case: Case) -> str:
    """Materials that chapter rules leave out of account."""
    good, code = case.codes[0] if case.codes else case.digits, line.item.codes[0] if line.item.codes else ""
    if covers("3207", "3215", good) and (
        covers("3212", "3212", code) or (code.startswith("3206") and code[:5] != "32061" and len(code) >= 6)
    ):
        return "why.pigment"
    if (
        good.startswith("2709")
        and code[:4] in ("2709", "2710")
        and case.facts.at_most("diluent_volume_pct", DILUENT).value
    ):
        return "why.diluent"
    if good.startswith("90") and code[:4] in ("8471", "8473"):
        return "why.adp"
    return ""


def arrival(case: Case, view: View, line: Line, a: Alternative, good: str, rule: Rule) -> tuple[Outcome, str]:
    """Outcome of the change for one material, and the key of the sentence that says why."""
    item = line.item
    if a.form == "no_change":
        return YES, "why.no_change"
    if textiles.textile_good(good):
        if textiles.rayon(item, good).value:
            return YES, "why.rayon"
        home = line.origin is None or line.origin in USMCA
        if home and (line.status != "non_originating" or "yarn_spun_in" in case.facts):
            foreign, known = textiles.look_through(item, case.facts)
            if foreign is not None:
                inner = Item(item.index, item.name, foreign)
                found = agree(
                    (arrives(Item(item.index, "", (c,)), a, good, [inner]) for c in foreign), f"{item.field}.hts"
                )
                return found, "why.fiber" if found.value else "why.yarn"
            itself = arrives(item, a, good, view.items)
            if itself.value is not True and known.value is None:
                return known, "why.unknown"
            return itself, _why(itself)
    if good.startswith("151710") and case.facts.places("exported_from") == ("CA",) and item.codes:
        return (YES, "why.yes") if item.codes[0][:4] == "1511" or item.codes[0][:2] != "15" else (NO, "why.no")
    found = arrives(item, a, good, view.items)
    return found, _why(found)


def _why(found: Outcome) -> str:
    return {True: "why.yes", False: "why.no", None: "why.unknown"}[found.value]


def changed(
    case: Case, view: View, arrivals: dict[int, tuple[Outcome, str]], good: str
) -> tuple[Outcome, Tolerance | None]:
    """The tariff change over all materials, with the tolerance and the component rule of chapters 61 to 63."""
    bad = [x for x in view.changing if arrivals[x.index][0].value is False]
    open_ = [x for x in view.changing if arrivals[x.index][0].value is None]
    if textiles.apparel(good) and (bad or open_):
        chosen, several = textiles.component([x.item for x in case.lines], case.facts)
        if chosen is not None:
            for x in (*bad, *open_):
                if x.index not in chosen:
                    arrivals[x.index] = (YES, "why.component")
            bad = [x for x in bad if x.index in chosen]
            open_ = [x for x in open_ if x.index in chosen]
        elif (several and bad and any(arrivals[x.index][0].value for x in view.changing)) or (
            several and bad and _home(case)
        ):
            outcome, tolerance = _with_tolerance(case, view, arrivals, bad, open_, good)
            if outcome.value is not True:
                outcome = unknown("component_determining_classification", *outcome.missing)
            return outcome, tolerance
    if not bad and not open_:
        return YES, None
    return _with_tolerance(case, view, arrivals, bad, open_, good)


def _home(case: Case) -> bool:
    return any(x.status == "originating" and textiles.is_textile(x.item) for x in case.lines)


def _with_tolerance(
    case: Case,
    view: View,
    arrivals: dict[int, tuple[Outcome, str]],
    bad: list[Line],
    open_: list[Line],
    good: str,
) -> tuple[Outcome, Tolerance]:
    worst = _tolerance(case, [*bad, *open_], good)
    if worst.outcome.value is True:
        return YES, worst
    if bad:
        least = _tolerance(case, bad, good) if open_ else worst
        if least.outcome.value is False:
            return NO, least
        missing = least.outcome.missing | worst.outcome.missing
    else:
        missing = frozenset()
    for x in open_:
        missing |= arrivals[x.index][0].missing
    return Outcome(None, missing), worst


def _tolerance(case: Case, failing: Sequence[Line], good: str) -> Tolerance:
    value = sum((x.value for x in failing if x.value is not None), ZERO)
    if textiles.textile_good(good):
        outcome = textiles.weight_tolerance(
            good, [x.item for x in failing], [x.item for x in case.lines], case.facts, shares_by_weight(case.lines)
        )
        return Tolerance(outcome, value, (), True)
    known = frozenset((k, bool(case.facts.yes(k).value)) for k in _DAIRY if k in case.facts)
    parts, refused = [], []
    for x in failing:
        doors = [tolerance_open(good, c, x.item.field, known) for c in x.item.codes]
        if not doors and not tolerance_unlimited(good):
            parts.append(unknown(f"{x.item.field}.hts"))
        if not doors:
            continue
        door = agree((d[0] for d in doors), f"{x.item.field}.hts")
        parts.append(door)
        if door.value is False:
            refused.append((x.index, doors[0][1]))
    small = tolerated(value, case.request.transaction_value, case.total_cost, case.request.net_cost)
    if small.value is True and (unvalued := [f"{x.item.field}.value" for x in failing if x.value is None]):
        small = unknown(*unvalued)
    return Tolerance(every((*parts, small)), value, tuple(refused), False)

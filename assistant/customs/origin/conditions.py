"""Conditions of an alternative other than regional value content: shares, processes, cutting and sewing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from assistant.customs.origin.case import ZERO, Case, Line
from assistant.customs.origin.outcome import NO, YES, Outcome, every, unknown
from assistant.customs.origin.rules import Condition, covers

_RANGE = re.compile(r"(\d{2,4}(?:\.\d\d)?)(?:\s*through\s*(\d{4}(?:\.\d\d)?))?")


@cache
def ranges(text: str) -> tuple[tuple[str, str], ...]:
    """(first, last) digits named in words such as `headings 7208 through 7229 or 7301 through 7326`."""
    text = text.replace("72.26", "7226")
    return tuple((lo.replace(".", ""), (hi or lo).replace(".", "")) for lo, hi in _RANGE.findall(text) if len(lo) != 3)


def named(line: Line, spans: Sequence[tuple[str, str]]) -> bool:
    """The line is, or may be, of the goods named."""
    codes = line.item.codes
    return not codes or any(covers(lo, hi, code) is not False for lo, hi in spans for code in codes)


def outcome(condition: Condition, case: Case, foreign: Sequence[Line]) -> Outcome:
    """Whether the condition holds, `foreign` being the materials taken as non-originating."""
    kind, facts = condition.kind, case.facts
    if kind == "cut_and_sewn":
        sewn = facts.in_region("cut_and_sewn_in")
        return every((sewn, facts.yes("wholly_of_named_fabric"))) if "trim" in condition.values else sewn
    if kind == "originating_weight":
        return _originating_weight(condition, case, foreign)
    if kind == "nonoriginating_share":
        return every(_shares(condition, case, foreign))
    if kind == "single_juice":
        limit = condition.percent("max") or ZERO
        return YES if not foreign else facts.at_most("single_juice_ingredient_volume_pct", limit)
    if kind == "chemical_reaction":
        return _process(case, "chemical_reaction")
    if kind == "separation_or_alloying":
        return _process(case, "separation_or_alloying", "electrolytic_separation", "alloying", "thermal_separation")
    if kind == "bar_reduced":
        return facts.at_least("bar_area_reduction_pct", condition.percent("min") or ZERO)
    if kind == "direct_blending":
        spans = (("27", "27"),)
        if any(line.item.codes and not named(line, spans) for line in foreign):
            return NO
        return facts.at_most("nonoriginating_volume_pct", condition.percent("max") or ZERO)
    if kind == "printed_circuit_assemblies":
        return _assemblies(case, foreign)
    if "H-sections" in condition.values.get("text", "") and not any(named(x, (("7216", "7216"),)) for x in foreign):
        return YES  # 7308 until July 2022: the clause is about sections of 7216 only
    return unknown("rule_text")


def _process(case: Case, *names: str) -> Outcome:
    if names[0] in case.facts:
        return case.facts.yes(names[0])
    said = case.facts.processes()
    return unknown(names[0]) if said is None else (YES if said & set(names) else NO)


def _originating_weight(condition: Condition, case: Case, foreign: Sequence[Line]) -> Outcome:
    active = "refs" not in condition.values  # active ingredients are chemicals of whatever heading
    spans = (("28", "38"),) if active else ranges(condition.values["refs"])
    concerned = [line for line in foreign if named(line, spans)]
    if not concerned:
        return YES
    by_chapter = {"72": "originating_steel_weight_pct", "73": "originating_steel_weight_pct"}
    by_chapter["39"] = "originating_polymer_weight_pct"
    fact = "originating_active_ingredient_weight_pct" if active else by_chapter[spans[0][0][:2]]
    minimum = condition.percent("min") or ZERO
    if fact in case.facts:
        return case.facts.at_least(fact, minimum)
    mine = {line.index for line in foreign}
    home = [line for line in case.lines if line.index not in mine and line.item.codes and named(line, spans)]
    if not home and all(line.item.codes for line in case.lines):
        return NO
    every_one = [*concerned, *home]
    if not active and all(line.weight is not None for line in every_one):
        total = sum((line.weight or ZERO for line in every_one), ZERO)
        good = sum((line.weight or ZERO for line in home), ZERO)
        return YES if total and good * 100 >= minimum * total else NO
    return unknown(fact)


def _shares(condition: Condition, case: Case, foreign: Sequence[Line]) -> list[Outcome]:
    found = []
    for what, limit in (("what", "max"), ("what2", "max2")):
        words = condition.values.get(what)
        if not words:
            continue
        spans = ranges(words)
        concerned = [line for line in foreign if not spans or named(line, spans)]
        if spans and not concerned:
            found.append(YES)
            continue
        if "alcoholic" in words and not any(named(line, (("22", "22"),)) for line in foreign):
            found.append(YES)
            continue
        fact = "nonoriginating_" + re.sub(r"[^a-z]+", "_", words.split(" of ")[0].lower()).strip("_") + "_pct"
        found.append(case.facts.at_most(fact, condition.percent(limit) or ZERO))
    return found


def _assemblies(case: Case, foreign: Sequence[Line]) -> Outcome:
    if not any(named(line, (("852990", "852990"),)) for line in foreign):
        return YES
    total, bad = (
        case.facts.number("printed_circuit_assemblies"),
        case.facts.number("nonoriginating_printed_circuit_assemblies"),
    )
    if total is None or bad is None:
        return unknown("printed_circuit_assemblies", "nonoriginating_printed_circuit_assemblies")
    allowed = Decimal(0) if total < 3 else -(-total // 9)
    return YES if bad <= allowed else NO

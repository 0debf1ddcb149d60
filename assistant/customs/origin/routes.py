"""Routes of the product-specific rules: each alternative, by each method it allows, for one view of the materials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from assistant.customs.hts_number import format_hts
from assistant.customs.origin import automotive, chemistry, conditions, textiles
from assistant.customs.origin.case import ZERO, Case, Line, shares_by_weight
from assistant.customs.origin.outcome import NO, YES, Outcome, agree, every, some, unknown
from assistant.customs.origin.printing import print_condition
from assistant.customs.origin.rules import Alternative, Condition, Rule, covers
from assistant.customs.origin.shift import Item, arrives
from assistant.customs.origin.types import USMCA
from assistant.customs.origin.values import (
    Content,
    money,
    percent,
    regional_content,
    tolerance_open,
    tolerated,
)

_DAIRY = (
    "dairy_preparation_over_10_percent_milk_solids",
    "good_contains_milk_above_limit",
    "good_is_fortified_single_juice",
    "good_is_unflavored_instant_coffee",
)


@dataclass
class Route:
    """What became of one route, with everything the answer prints."""

    kind: str
    name: str
    outcome: Outcome
    rule: Rule | None = None
    alternative: Alternative | None = None
    calculation: str | None = None
    shortfalls: list[str] = field(default_factory=list)
    arrivals: dict[int, tuple[Outcome, str]] = field(default_factory=dict)
    others: Outcome = YES  # all but the tariff change and the value content
    content: Content | None = None
    needs: Decimal | None = None
    base: Decimal | None = None
    tolerance: Tolerance | None = None
    notes: list[str] = field(default_factory=list)
    page: int | None = None


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
    if good.startswith("90") and code[:4] in ("8471", "8473"):
        return "why.adp"
    return ""


def rule_routes(case: Case, view: View, rule: Rule, good: str) -> list[tuple[str, Outcome, Route]]:
    """(goods group, whether the good belongs to it, route) for every alternative and method of `rule`."""
    phrases = [phrase(a) for a in rule.alternatives]
    found: list[tuple[str, Outcome, Route]] = []
    for a in rule.alternatives:
        applies = scope(a, rule, case, good, phrases)
        if applies.value is False:
            continue
        found += [(phrase(a), applies, route) for route in _alternative(case, view, rule, a, good)]
    return found


def phrase(a: Alternative) -> str:
    goods = next((t.goods for t in a.scope if t.kind == "codes" and t.goods), "") or ""
    return f"{goods}{a.scope_but}".replace(" is required", "")


def scope(a: Alternative, rule: Rule, case: Case, good: str, phrases: Sequence[str]) -> Outcome:
    """Is the good among those the alternative covers?"""
    terms = [t for t in a.scope if t.kind == "codes"]
    inside = [t for t in terms if not (t.goods or "").startswith("except for")]
    outside = [t for t in terms if (t.goods or "").startswith("except for")]
    spans = list(rule.spans(a)) if not outside else [(t.lo, t.hi or t.lo) for t in inside]
    fit = some(_fit(covers(lo, hi, good)) for lo, hi in spans)
    for t in outside:
        hit = covers(t.lo, t.hi or t.lo, good)
        fit = every((fit, unknown("hts") if hit is None else (NO if hit else YES)))
    if fit.value is False:
        return NO
    mine = phrase(a)
    siblings = tuple(p for p in dict.fromkeys(phrases) if p != mine)
    return every((fit, case.good.matches(mine, siblings)))


def _fit(answer: bool | None) -> Outcome:
    return unknown("hts") if answer is None else (YES if answer else NO)


def _alternative(case: Case, view: View, rule: Rule, a: Alternative, good: str) -> list[Route]:
    label = f"{a.label} " if a.label else ""
    if a.form == "unread":
        return [Route("unread", case.text("route.shift", label=label), unknown("rule_text"), rule, a, page=a.page)]
    if a.form == "process":
        return [_process(case, view, rule, a, label)]
    key = "route.none" if a.form == "no_change" else "route.shift"
    name = case.text(key, label=label)
    arrivals = {x.index: _arrival(case, view, x, a, good, rule) for x in view.changing}
    change, tolerance = _change(case, view, arrivals, good)
    others, missing_names = _others(case, view, a, good)
    rvc = next((c for c in a.conditions if c.kind == "rvc"), None)
    base = {
        "rule": rule,
        "alternative": a,
        "arrivals": arrivals,
        "others": others,
        "tolerance": tolerance,
        "page": a.page,
    }
    if rvc is None:
        kind = "no_change" if a.form == "no_change" else "tariff_shift"
        route = Route(kind, name, every((change, others)), **base)  # type: ignore[arg-type]
        route.shortfalls = [*_unshifted(case, view, arrivals, change), *missing_names]
        return [route]
    tv, nc = rvc.percent("tv"), rvc.percent("nc")
    notes = []
    if rvc.values.get("again") and nc is None:
        nc = Decimal(65)
        notes.append(case.text("assume.misprint"))
    figures, fact = automotive.thresholds(rule, a, tv, nc, good, case.day, case.facts)
    routes = []
    for method in ("tv", "nc"):
        needs = [f for f in figures if getattr(f, method) is not None]
        if not needs:
            continue
        named = case.text(f"route.{method}", name=name)
        route = Route(f"regional_value_content_{method}", named, YES, **base)  # type: ignore[arg-type]
        route.notes = list(notes)
        _content(case, view, route, method, needs, fact, change)
        kind_of = automotive.vehicle_kind(a, needs[0].table, good)
        extra = [] if kind_of is None else automotive.vehicle_requirements(kind_of, case.day, case.facts)
        for r in extra:
            if r.outcome.value is False:
                text = case.text(f"condition.{r.key}", needs=percent(r.needs or ZERO))
                route.shortfalls.append(case.text("short.fact", names=f"{text} (p. {r.page})"))
        route.others = every((others, *(r.outcome for r in extra)))
        route.outcome = every((route.outcome, route.others))
        route.shortfalls += [*_unshifted(case, view, arrivals, change), *missing_names]
        routes.append(route)
    return routes


def _content(
    case: Case,
    view: View,
    route: Route,
    method: str,
    figures: Sequence[automotive.Threshold],
    fact: str,
    change: Outcome,
) -> None:
    base = case.request.transaction_value if method == "tv" else case.request.net_cost
    base_fact = "transaction_value" if method == "tv" else "net_cost"
    needs = [getattr(f, method) for f in figures]
    sums = [regional_content(base, base_fact, view.vnm, view.unvalued, n) for n in needs]
    worst = max(range(len(needs)), key=lambda i: needs[i])
    met = sums[0].outcome if len(sums) == 1 else agree((s.outcome for s in sums), fact)
    shown = sums[worst]
    route.content, route.needs, route.base = shown, needs[worst], base
    needed = "/".join(dict.fromkeys(percent(n) for n in sorted(needs)))
    if shown.text is None:
        route.calculation = case.text("calc.rvc_missing", needs=needed, fact=base_fact)
    else:
        route.calculation = case.text("calc.rvc", text=shown.text, needs=needed)
    if met.value is not True and shown.excess is not None and shown.share is not None:
        text = case.text(
            "short.rvc", share=percent(shown.share), needs=percent(needs[worst]), excess=money(shown.excess)
        )
        route.shortfalls.append(text + _single(case, view, shown.excess))
    if len(figures) > 1:
        tables = ", ".join(f.table for f in figures if f.table)
        route.notes.append(case.text("assume.tables", tables=tables, fact=fact))
    for f in figures if len(figures) == 1 else ():
        if f.table:
            shown_figures = f"{percent(getattr(f, method))} %"
            note = case.text("assume.staged", day=case.day, figures=shown_figures, table=f.table, page=f.page)
            route.notes.append(note)
    route.outcome = every((change, met))


def _single(case: Case, view: View, excess: Decimal) -> str:
    enough = [x for x in view.foreign if x.foreign_value is not None and x.foreign_value >= excess]
    if not enough:
        return ""
    best = min(enough, key=lambda x: (x.foreign_value or ZERO, x.index))
    return case.text("short.item", name=best.label, value=money(best.foreign_value or ZERO))


def _process(case: Case, view: View, rule: Rule, a: Alternative, label: str) -> Route:
    said = case.facts.processes()
    names = {p.replace(" ", "_").lower() for p in a.processes}
    done = unknown("processes") if said is None else (YES if names & said else NO)
    more = every(conditions.outcome(c, case, view.foreign) for c in a.conditions)
    text = case.text("route.process", label=label, process=", ".join(a.processes))
    route = Route("process", text, every((done, more)), rule, a, page=a.page)
    if route.outcome.value is False:
        route.shortfalls.append(case.text("short.fact", names=", ".join(a.processes)))
    return route


def _arrival(case: Case, view: View, line: Line, a: Alternative, good: str, rule: Rule) -> tuple[Outcome, str]:
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


def _change(
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
        outcome = textiles.weight_tolerance(good, [x.item for x in failing], case.facts, shares_by_weight(case.lines))
        return Tolerance(outcome, value, (), True)
    known = frozenset((k, bool(case.facts.yes(k).value)) for k in _DAIRY if k in case.facts)
    parts, refused = [], []
    for x in failing:
        doors = [tolerance_open(good, c, x.item.field, known) for c in x.item.codes]
        if not doors:
            parts.append(unknown(f"{x.item.field}.hts"))
            continue
        door = agree((d[0] for d in doors), f"{x.item.field}.hts")
        parts.append(door)
        if door.value is False:
            refused.append((x.index, doors[0][1]))
    small = tolerated(value, case.request.transaction_value, case.total_cost)
    if small.value is True and (unvalued := [f"{x.item.field}.value" for x in failing if x.value is None]):
        small = unknown(*unvalued)
    return Tolerance(every((*parts, small)), value, tuple(refused), False)


def _others(case: Case, view: View, a: Alternative, good: str) -> tuple[Outcome, list[str]]:
    """Conditions of the alternative and of the chapter, with a line for each that surely fails."""
    found: list[tuple[str, Outcome]] = []
    waived = any("waived" in c.values for c in a.conditions)
    for c in a.conditions:
        if c.kind != "rvc":
            key = "condition.cut_and_sewn" if c.kind == "cut_and_sewn" else ""
            found.append((case.text(key) if key else _words(c), conditions.outcome(c, case, view.foreign)))
    if not waived:
        items = [x.item for x in case.lines]
        for key, outcome in textiles.chapter_rules(good, case.day, [x.item for x in view.foreign], items, case.facts):
            found.append((case.text(f"condition.{key}"), outcome))
    found.append((case.text("condition.separated"), chemistry.separated(good, case.facts)))
    failing = [text for text, outcome in found if outcome.value is False]
    lines = [case.text("short.fact", names="; ".join(failing))] if failing else []
    return every(outcome for _, outcome in found), lines


def _words(condition: Condition) -> str:
    return print_condition(condition).removeprefix("that ")


def _unshifted(case: Case, view: View, arrivals: dict[int, tuple[Outcome, str]], change: Outcome) -> list[str]:
    bad = [x for x in view.changing if arrivals[x.index][0].value is False]
    if not bad or change.value is True:
        return []
    names = ", ".join(f"{x.label} ({format_hts(x.hts) if x.hts else '?'})" for x in bad)
    return [case.text("short.shift", count=len(bad), names=names)]


def cheapest(case: Case, view: View, route: Route) -> Line | None:
    """The material of least value whose becoming originating would make the route hold; None when none would."""
    if route.others.value is not True or route.alternative is None or route.outcome.value is True:
        return None
    if route.content is not None and route.base is None:
        return None
    stuck = [x for x in view.changing if route.arrivals[x.index][0].value is not True]
    total = sum((x.value or ZERO for x in stuck), ZERO)
    refused = {i for i, _ in route.tolerance.refused} if route.tolerance else set()
    best: Line | None = None
    for x in view.foreign:
        if x.value is None or x.foreign_value is None or (best and best.value is not None and x.value >= best.value):
            continue
        rest = [s for s in stuck if s.index != x.index]
        if rest and (route.tolerance is None or route.tolerance.by_weight or refused & {s.index for s in rest}):
            continue
        left = total - (x.value if len(rest) < len(stuck) else ZERO)
        if rest and tolerated(left, case.request.transaction_value, case.total_cost).value is not True:
            continue
        if route.content is not None and route.base is not None and route.needs is not None:
            vnm = view.vnm - x.foreign_value
            if view.unvalued or (route.base - vnm) * 100 < route.needs * route.base:
                continue
        best = x
    return best


def worst_first(routes: Iterable[Route]) -> list[Route]:
    """Routes that hold, then unknown, then failing, in the order found."""
    order = {True: 0, None: 1, False: 2}
    return sorted(routes, key=lambda r: order[r.outcome.value])

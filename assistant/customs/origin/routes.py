"""Routes of the product-specific rules: each alternative, by each method it allows, for one view of the materials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from assistant.customs.hts_number import format_hts
from assistant.customs.origin import automotive, automotive_facts, chemistry, conditions, textiles
from assistant.customs.origin.case import ZERO, Case, Line
from assistant.customs.origin.change import Tolerance, View, arrival, changed
from assistant.customs.origin.outcome import NO, YES, Outcome, agree, every, negate, some, unknown
from assistant.customs.origin.printing import print_condition
from assistant.customs.origin.rules import Alternative, Condition, Rule, covers
from assistant.customs.origin.values import (
    Content,
    money,
    percent,
    regional_content,
    tolerated,
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


def rule_routes(case: Case, view: View, rule: Rule, good: str) -> list[tuple[str, Outcome, Route]]:
    """(goods group, whether the good belongs to it, route) for every alternative and method of `rule`."""
    phrases = [
        phrase(a) for a in rule.alternatives if any(covers(lo, hi, good) is not False for lo, hi in rule.spans(a))
    ]
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
    arrivals = {x.index: arrival(case, view, x, a, good, rule) for x in view.changing}
    change, tolerance = changed(case, view, arrivals, good)
    others, missing_names = _others(case, view, a, good)
    if good.startswith("847350") and any(c.kind == "rvc" for c in a.conditions):  # p. 93
        others = every((others, negate(case.facts.yes("used_in_8469_or_8471"))))
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
            if r.calculation:
                route.notes.append(case.text("assume.core", text=r.calculation, page=r.page))
            if r.outcome.value is False:
                text = case.text(f"condition.{r.key}", needs=percent(r.needs or ZERO))
                route.shortfalls.append(case.text("short.fact", names=f"{text} (p. {r.page})"))
        if average := automotive_facts.averaging(case.facts):
            route.notes.append(case.text("assume.average", average=case.text(f"average.{average}")))
        if kind_of is not None and case.day >= automotive_facts.CREDIT_UNTIL:
            route.notes.append(case.text("assume.melted"))
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
    ceiling = case.request.transaction_value if method == "nc" else None
    sums = [regional_content(base, base_fact, view.vnm, view.unvalued, n, ceiling) for n in needs]
    worst = max(range(len(needs)), key=lambda i: needs[i])
    met = sums[0].outcome if len(sums) == 1 else agree((s.outcome for s in sums), fact)
    shown = sums[worst]
    route.content, route.needs, route.base = shown, needs[worst], base
    needed = "/".join(dict.fromkeys(percent(n) for n in sorted(needs)))
    if shown.text is None:
        route.calculation = case.text("calc.rvc_missing", needs=needed, fact=base_fact)
    else:
        route.calculation = case.text("calc.rvc", text=shown.text, needs=needed)
        if shown.bound:
            route.calculation = case.text("calc.rvc_bound", text=shown.text, needs=needed)
            route.notes.append(case.text("assume.net_cost_bound"))
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
    if not route.arrivals or (route.content is not None and route.base is None):
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
        if (
            rest
            and tolerated(left, case.request.transaction_value, case.total_cost, case.request.net_cost).value
            is not True
        ):
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

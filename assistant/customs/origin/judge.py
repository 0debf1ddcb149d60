"""All routes of one view of the materials, and the verdict they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.customs.origin import textiles
from assistant.customs.origin.case import Case
from assistant.customs.origin.change import View
from assistant.customs.origin.outcome import NO, YES, Outcome, agree, every, negate, some, unknown
from assistant.customs.origin.routes import Route, rule_routes
from assistant.customs.origin.rules import Rule, Rules, covers
from assistant.customs.origin.special import (
    chemistry_routes,
    deemed,
    exclusively,
    gates_of,
    obtained_abroad,
    parts,
    retail_set,
    wholly,
)


@dataclass
class Judgement:
    """The outcome, the routes behind it and the rules that were (or may be) the good's."""

    outcome: Outcome
    routes: list[Route]
    rules: list[Rule] = field(default_factory=list)
    gates: list[tuple[str, Outcome]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def judge(case: Case, rules: Rules, pessimistic: bool) -> Judgement:
    """Every route with materials of unknown origin taken as foreign (`pessimistic`) or as originating."""
    view = View(case, pessimistic)
    notes: list[str] = []
    gates = gates_of(case, view, notes)
    routes: list[Route] = []
    named = deemed(case, rules)
    found, applied, by_rule = Outcome(None, frozenset({"hts"})), list[Rule](), list[Route]()
    if case.facts.yes("retail_set").value:
        routes.append(exclusively(case, view))
        routes.append(retail_set(case, view))
        found = NO
    else:
        routes += [wholly(case, view), exclusively(case, view)]
        found, by_rule, applied = _by_rules(case, rules, view, notes)
        routes += by_rule
        routes += parts(case, view, by_rule)
        routes += chemistry_routes(case)
        shell = textiles.listed_shell(case.codes[0] if case.codes else case.digits, view.items, case.facts)
        if shell is not None:
            routes.append(Route("listed_shell_fabric", case.text("route.shell"), shell, page=50))
    others = some(r.outcome for r in routes if r not in by_rule)
    outcome = every((*(g for _, g in gates), some((others, found))))
    if named is not None:
        routes.append(named)
        outcome = some((named.outcome, outcome))
    return Judgement(outcome, routes, applied, gates, notes)


def _by_rules(case: Case, rules: Rules, view: View, notes: list[str]) -> tuple[Outcome, list[Route], list[Rule]]:
    routes: list[Route] = []
    applied: list[Rule] = []
    outcomes = []
    for code in case.codes:
        found, more, used = _for_code(case, rules, view, code, notes)
        outcomes.append(found)
        routes += more
        applied += [r for r in used if r not in applied]
    outcome = agree(outcomes, "hts") if outcomes else unknown("hts")
    if not case.lines:
        blank = NO if obtained_abroad(case) else unknown("materials")
        outcome = every((outcome, blank))
        for route in routes:
            route.outcome = every((route.outcome, blank))
    return outcome, routes, applied


def _for_code(
    case: Case, rules: Rules, view: View, code: str, notes: list[str]
) -> tuple[Outcome, list[Route], list[Rule]]:
    found = [r for r in rules.candidates(code) if r.in_force(case.day)]
    trades = [(r, _trade(r, case)) for r in found]
    found = [r for r, t in trades if t.value is not False]
    sure = [r for r in found if any(covers(lo, hi, code) for lo, hi in r.ranges)]
    maybe = [r for r in found if r not in sure]
    routes: list[Route] = []
    worlds: list[tuple[Outcome, frozenset[str]]] = []
    dated = [r for r in sure if r.start is not None]
    bilateral = [r for r in sure if r.trade is not None]
    if len(dated) > 1:
        notes.append(case.text("assume.overlap", day=case.day))
        groups: list[list[Rule]] = [[r] for r in dated]
        fact = "rule_in_force"
    elif len(bilateral) > 1:
        groups, fact = [[r] for r in bilateral], "production_country"
    elif sure:
        groups, fact = [sure], "hts"
    else:
        groups, fact = [], "hts"
    for group in groups:
        outcome, more = _pooled(case, view, group, code)
        worlds.append((outcome, frozenset({fact})))
        routes += more
    for rule in maybe:
        outcome, more = _pooled(case, view, [rule], code)
        worlds.append((outcome, frozenset({"hts"})))
        routes += more
    if not worlds:
        return unknown("rule"), routes, []
    facts = frozenset[str]().union(*(f for _, f in worlds))
    return agree((o for o, _ in worlds), *facts), routes, found


def _trade(rule: Rule, case: Case) -> Outcome:
    """Bilateral rules hold for goods moving between two countries; `other` for the rest."""
    if rule.trade is None:
        return YES
    made = case.facts.places("production_country") or case.facts.places("exported_from")
    if not made:
        return unknown("production_country")
    pair = {*made, case.destination}
    direct = {"5112": {"CA", "US"}, "5509": {"CA", "US"}, "5801": {"CA", "US"}}
    wanted = {"CA-US": {"CA", "US"}, "MX-US": {"MX", "US"}}
    if rule.trade in wanted:
        return YES if pair == wanted[rule.trade] else NO
    special = direct.get(rule.ranges[0][0][:4], {"MX", "US"}) if rule.ranges else {"MX", "US"}
    return NO if pair == special else YES


def _pooled(case: Case, view: View, group: Sequence[Rule], code: str) -> tuple[Outcome, list[Route]]:
    """One answer from rules that together cover the good: by use first, then by the goods each alternative names."""
    uses: dict[str, tuple[Outcome, list[Rule]]] = {}
    before: list[Outcome] = []
    for rule in group:
        key = (rule.use.head if rule.use else "") + (rule.incorporating or "")
        if key in uses:
            uses[key][1].append(rule)
            continue
        outcome = _use(rule, case, before)
        before.append(outcome)
        uses[key] = (every((outcome, _incorporated(rule, case))), [rule])
    routes: list[Route] = []
    answers: list[tuple[Outcome, Outcome]] = []
    for applies, rules in uses.values():
        if applies.value is False:
            continue
        rows = [row for rule in rules for row in rule_routes(case, view, rule, code)]
        routes += [route for _, _, route in rows]
        answers.append((applies, _by_goods(rows)))
    sure = [answer for applies, answer in answers if applies.value]
    if sure:
        return some(sure), routes
    if not answers:
        return NO, routes
    missing = frozenset[str]().union(*(a.missing for a, _ in answers))
    return agree((answer for _, answer in answers), *missing), routes


def _use(rule: Rule, case: Case, before: Sequence[Outcome]) -> Outcome:
    if rule.use is None:
        return YES
    known = case.facts.end_use()
    used = YES
    if rule.use.uses:
        used = unknown("end_use") if known is None else (YES if known in rule.use.uses else NO)
    goods = case.good.matches(rule.use.goods) if rule.use.goods else YES
    rest = every(negate(b) for b in before) if rule.use.text else YES
    return every((used, goods, rest))


def _incorporated(rule: Rule, case: Case) -> Outcome:
    return case.good.matches(rule.incorporating) if rule.incorporating else YES


def _by_goods(rows: Iterable[tuple[str, Outcome, Route]]) -> Outcome:
    """Alternatives grouped by the goods they name: certain groups decide alone, uncertain ones must agree."""
    groups: dict[str, tuple[Outcome, list[Outcome]]] = {}
    for phrase, applies, route in rows:
        groups.setdefault(phrase, (applies, []))[1].append(route.outcome)
    sure = [some(outcomes) for applies, outcomes in groups.values() if applies.value]
    unsure = [(applies, some(outcomes)) for applies, outcomes in groups.values() if applies.value is None]
    if not unsure:
        return some(sure) if sure else NO
    missing = frozenset[str]().union(*(a.missing for a, _ in unsure))
    together = agree((o for _, o in unsure), *missing)
    if any("rule_text" in o.missing for o in sure) and together.value:
        together = every((unknown("good_is"), together))  # it may be of the goods whose clause is only quoted
    if len(unsure) == 1 and together.value is not False:
        together = every((unsure[0][0], together))  # the goods it names may not be this good
    return some((*sure, together))

"""All routes of one view of the materials, and the verdict they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from assistant.customs.law import load_yaml
from assistant.customs.origin import chemistry, textiles
from assistant.customs.origin.case import ZERO, Case, Line
from assistant.customs.origin.codes import older
from assistant.customs.origin.outcome import NO, YES, Outcome, agree, every, negate, some, unknown
from assistant.customs.origin.routes import Route, View, rule_routes
from assistant.customs.origin.rules import DATA, Rule, Rules, covers
from assistant.customs.origin.types import USMCA
from assistant.customs.origin.values import LIMIT, money, percent, regional_content

PARTS_TV, PARTS_NC = Decimal(60), Decimal(50)  # General Note 11(b)(iv)(C)


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
    gates = _gates(case, view, notes)
    routes: list[Route] = []
    deemed = _deemed(case, rules)
    found, applied, by_rule = Outcome(None, frozenset({"hts"})), list[Rule](), list[Route]()
    if case.facts.yes("retail_set").value:
        routes.append(_exclusively(case, view))
        routes.append(_set(case, view))
        found = NO
    else:
        routes += [_wholly(case, view), _exclusively(case, view)]
        found, by_rule, applied = _by_rules(case, rules, view, notes)
        routes += by_rule
        routes += _parts(case, view, by_rule)
        routes += _chemistry(case)
        shell = textiles.listed_shell(case.codes[0] if case.codes else case.digits, view.items, case.facts)
        if shell is not None:
            routes.append(Route("listed_shell_fabric", case.text("route.shell"), shell, page=50))
    others = some(r.outcome for r in routes if r not in by_rule)
    outcome = every((*(g for _, g in gates), some((others, found))))
    if deemed is not None:
        routes.append(deemed)
        outcome = some((deemed.outcome, outcome))
    return Judgement(outcome, routes, applied, gates, notes)


def _gates(case: Case, view: View, notes: list[str]) -> list[tuple[str, Outcome]]:
    """What every route needs: made in the region, no spoiling transit, no bar of chapter or note."""
    facts = case.facts
    made, shipped = facts.in_region("production_country"), facts.places("exported_from")
    if made.value is None and shipped and set(shipped) <= USMCA:
        made = YES
        notes.append(case.text("assume.produced", country=", ".join(shipped)))
    transit = YES
    if shipped and not set(shipped) <= USMCA:
        transit = facts.yes("remained_under_customs_control")
    gates = [("short.production", made), ("condition.transit", transit)]
    if "mere_dilution" in facts:
        gates.append(("condition.dilution", negate(facts.yes("mere_dilution"))))
    code = case.codes[0] if case.codes else case.digits
    if covers("2001", "2008", code) is not False and (fresh := _fresh(case, view, code)) is not YES:
        gates.append(("condition.fresh", fresh))
    if (sugar := _sugar(case, code)) is not YES:
        gates.append(("condition.sugar", sugar))
    return gates


def _fresh(case: Case, view: View, code: str) -> Outcome:
    """Chapter 20 rule 1 and the peach, pear and apricot rule of 2008.19 to 2008.99."""
    foreign = [c for x in view.foreign for c in x.item.codes]
    stone = any(covers(p, p, c) for p in ("080830", "080910", "080930", "200840", "200850", "200870") for c in foreign)
    if stone and covers("200819", "200899", code):
        return NO
    if any(c[:2] in ("07", "08") or c[:4] == "1202" for c in foreign):
        return negate(case.facts.yes("merely_frozen_packed_or_roasted"))
    return YES


_SUGAR = (
    "17029005",
    "17029010",
    "17029020",
    "17029035",
    "17029040",
    "17029052",
    "17029054",
    "17029058",
    "17029064",
    "17029068",
    "17029090",
    "18061043",
    "18061045",
    "18061055",
    "18061065",
    "18061075",
    "21069042",
    "21069044",
    "21069046",
)


def _sugar(case: Case, code: str) -> Outcome:
    """(q)(ii): goods with sugar from Mexico, the sugar of 1701.99 judged without Canada."""
    hit = [covers(s, s, code) for s in _SUGAR]
    from_mexico = case.facts.places("exported_from") or case.facts.places("production_country")
    if not any(h is not False for h in hit) or case.destination != "US" or from_mexico != ("MX",):
        return YES
    sugar = [x for x in case.lines if any(covers("170199", "170199", c) is not False for c in x.item.codes)]
    if not sugar:
        return YES
    if True not in hit:
        return unknown("hts")
    if any(x.status == "non_originating" or x.origin == "CA" for x in sugar):
        return NO
    return YES if all(x.status == "originating" for x in sugar) else unknown(f"{sugar[0].item.field}.originating")


def _wholly(case: Case, view: View) -> Route:
    chapter = int(case.digits[:2])
    keys = ("wholly_obtained_in", "extracted_in", *(("born_and_raised_in", "caught_in", "grown_in") if chapter <= 14 else ()))
    key = next((k for k in keys if k in case.facts), keys[-1])
    place = case.facts.in_region(key)
    plants = 6 <= chapter <= 14
    blocking = [x for x in view.foreign if not (plants and key == "grown_in" and _plant(x))]
    if blocking:
        outcome = NO
    elif key in case.facts:
        outcome = place
    else:
        outcome = NO if case.lines else unknown(key)
    return Route("wholly_obtained", case.text("route.wholly"), outcome, page=17)


def _plant(line: Line) -> bool:
    """Seeds, bulbs, cuttings: (n)(iii) lets agricultural goods grow from imported ones."""
    return bool(line.item.codes) and all(6 <= int(c[:2]) <= 14 for c in line.item.codes)


def _exclusively(case: Case, view: View) -> Route:
    foreign = bool(view.foreign or view.skipped)
    outcome = NO if foreign else (YES if case.lines else unknown("materials"))
    return Route("exclusively_originating", case.text("route.exclusively"), outcome, page=1)


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
        outcome = every((outcome, unknown("materials")))
        for route in routes:
            route.outcome = every((route.outcome, unknown("materials")))
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
        key = rule.use.head if rule.use else ""
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
    if len(unsure) == 1 and together.value is not False:
        together = every((unsure[0][0], together))  # the goods it names may not be this good
    return some((*sure, together))


@cache
def parts_provisions() -> frozenset[str]:
    """Six-digit numbers whose text in the schedule provides for parts, in the rules' nomenclature."""
    rows = load_yaml(DATA / "parts.yaml")["subheadings"]
    return frozenset(o for r in rows for o in (r, *older(r)))


def _parts(case: Case, view: View, by_rule: Sequence[Route]) -> list[Route]:
    """(b)(iv): parts in the same subheading as the good, or goods imported unassembled, with 60 or 50 percent."""
    if case.digits[:2] in ("61", "62", "63"):
        return []
    unassembled = case.facts.yes("imported_unassembled") if "imported_unassembled" in case.facts else NO
    best = NO
    for route in by_rule:
        if not route.arrivals or route.alternative is None or route.alternative.form != "change":
            continue
        stuck = [x for x in view.changing if route.arrivals[x.index][0].value is not True]
        if not stuck:
            continue
        best = some(
            (
                best,
                every(_part(x, case, unassembled) for x in stuck),
            )
        )
    if best.value is False:
        return []
    found = []
    for method, needs in (("tv", PARTS_TV), ("nc", PARTS_NC)):
        base = case.request.transaction_value if method == "tv" else case.request.net_cost
        fact = "transaction_value" if method == "tv" else "net_cost"
        content = regional_content(base, fact, view.vnm, view.unvalued, needs)
        name = case.text("route.parts", method=case.text(f"method.{method}"))
        route = Route(f"parts_or_unassembled_{method}", name, every((best, content.outcome)), page=1)
        if content.text is None:
            route.calculation = case.text("calc.rvc_missing", needs=percent(needs), fact=fact)
        else:
            route.calculation = case.text("calc.rvc", text=content.text, needs=percent(needs))
        if content.excess is not None and content.share is not None:
            route.shortfalls.append(
                case.text("short.rvc", share=percent(content.share), needs=percent(needs), excess=money(content.excess))
            )
        found.append(route)
    return found


def _part(line: Line, case: Case, unassembled: Outcome) -> Outcome:
    if unassembled.value:
        return YES
    answers = []
    for code in line.item.codes:
        for good in case.codes:
            same = len(code) >= 6 and code[:6] == good[:6]
            same = same or (code[:4] == good[:4] and good[4:6] == "00")
            answers.append(YES if same and good[:6] in parts_provisions() else NO)
    return some(answers) if answers else unknown(f"{line.item.field}.hts")


def _chemistry(case: Case) -> list[Route]:
    found = []
    for code in case.codes[:1]:
        for process, outcome in chemistry.routes(code, case.facts):
            name = case.text("route.chemistry", process=process.name)
            if outcome.value is not False:
                found.append(Route(f"process_{process.name}", name, outcome, page=process.page))
    return found


def _set(case: Case, view: View) -> Route:
    """(i): at most 10 percent of the value of the set may be non-originating goods."""
    total = case.request.transaction_value
    foreign = sum((x.value for x in view.foreign if x.value is not None), ZERO)
    unvalued = [f"{x.item.field}.value" for x in view.foreign if x.value is None]
    if total is None:
        outcome, text = unknown("transaction_value"), None
    else:
        outcome = YES if foreign * 100 <= LIMIT * total else NO
        if outcome.value and unvalued:
            outcome = unknown(*unvalued)
        share = percent(foreign * 100 / total)
        text = case.text("calc.set", value=money(foreign), share=share, total=money(total))
    if not case.lines:
        outcome = unknown("materials")
    return Route("retail_set", case.text("route.set"), outcome, calculation=text, page=7)


def _deemed(case: Case, rules: Rules) -> Route | None:
    """(p): named goods from Mexico or Canada into the United States, whatever their inputs."""
    if case.destination != "US":
        return None
    shipped = case.facts.places("exported_from") or case.facts.places("production_country")
    came = unknown("exported_from") if not shipped else (YES if set(shipped) <= {"MX", "CA"} else NO)
    best, page = NO, None
    for row in rules.deemed:
        for listed in row.codes:
            for code in dict.fromkeys((case.digits, *case.codes)):
                fit = covers(listed, listed, code)
                if fit is False:
                    continue
                page = row.page
                words = case.good.matches(row.goods) if row.narrowed else YES
                best = some((best, every((YES if fit else unknown("hts"), words))))
    if page is None:
        return None
    return Route("deemed_originating", case.text("route.deemed"), every((came, best)), page=page)

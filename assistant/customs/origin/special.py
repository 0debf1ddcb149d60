"""Routes and bars beside the product rules: wholly obtained, parts, processes, sets, deemed goods, transit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from assistant.customs.law import load_yaml
from assistant.customs.origin import chemistry
from assistant.customs.origin.case import ZERO, Case, Line
from assistant.customs.origin.change import View
from assistant.customs.origin.codes import older
from assistant.customs.origin.outcome import NO, YES, Outcome, every, negate, some, unknown
from assistant.customs.origin.routes import Route
from assistant.customs.origin.rules import DATA, Rules, covers
from assistant.customs.origin.types import USMCA
from assistant.customs.origin.values import LIMIT, money, percent, regional_content

OBTAINED = ("wholly_obtained_in", "extracted_in", "born_and_raised_in", "caught_in", "grown_in")
PARTS_TV, PARTS_NC = Decimal(60), Decimal(50)  # General Note 11(b)(iv)(C)


# Smart cards, semiconductors and microassemblies may be worked further abroad (pages 103, 109 and 110).
_MAY_TRAVEL = (("852352", "852352"), ("854110", "854160"), ("854231", "854239"), ("854390", "854390"), ("854890",) * 2)


def gates_of(case: Case, view: View, notes: list[str]) -> list[tuple[str, Outcome]]:
    """What every route needs: made in the region, no spoiling transit, no bar of chapter or note."""
    facts = case.facts
    made, shipped = facts.in_region("production_country"), facts.places("exported_from")
    if made.value is None and any(facts.in_region(k).value for k in OBTAINED):
        made = YES  # grown, caught or extracted in the region is produced there, (l)(xvi)
    if made.value is None and shipped and set(shipped) <= USMCA:
        made = YES
        notes.append(case.text("assume.produced", country=", ".join(shipped)))
    transit = YES
    if shipped and not set(shipped) <= USMCA:
        transit = facts.yes("remained_under_customs_control")
        if made.value and any(covers(lo, hi, c) for lo, hi in _MAY_TRAVEL for c in case.codes):
            transit = some((transit, facts.yes("same_subheading_after_further_production")))
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


def wholly(case: Case, view: View) -> Route:
    """Wholly obtained or produced, (l)(iv), and plants grown from imported ones, (n)(iii)."""
    chapter = int(case.digits[:2])
    keys = OBTAINED if chapter <= 14 else OBTAINED[:2]
    key = next((k for k in keys if k in case.facts), keys[-1])
    place = case.facts.in_region(key)
    plants = 6 <= chapter <= 14
    blocking = [x for x in view.foreign if not (plants and key == "grown_in" and _plant(x))]
    if chapter == 3 and place.value:  # chapter 3 rule 1: raised from imported eggs, larvae, fry or fingerlings
        blocking = [x for x in blocking if x.item.codes and x.item.codes[0][:4] not in ("0301", "0511")]
    if blocking:
        outcome = NO
    elif key in case.facts:
        outcome = place
    else:
        outcome = NO if case.lines else unknown(key)
    return Route("wholly_obtained", case.text("route.wholly"), outcome, page=17)


def obtained_abroad(case: Case) -> bool:
    """The good itself was grown, raised, caught or extracted outside the region."""
    said = [case.facts.in_region(k).value for k in OBTAINED if k in case.facts]
    return False in said and True not in said


def _plant(line: Line) -> bool:
    """Seeds, bulbs, cuttings: (n)(iii) lets agricultural goods grow from imported ones."""
    return bool(line.item.codes) and all(6 <= int(c[:2]) <= 14 for c in line.item.codes)


def exclusively(case: Case, view: View) -> Route:
    """Produced exclusively from originating materials, (b)(ii)."""
    foreign = bool(view.foreign or view.skipped)
    blank = NO if obtained_abroad(case) else unknown("materials")
    outcome = NO if foreign else (YES if case.lines else blank)
    return Route("exclusively_originating", case.text("route.exclusively"), outcome, page=1)


@cache
def parts_provisions() -> frozenset[str]:
    """Six-digit numbers whose text in the schedule provides for parts, in the rules' nomenclature."""
    rows = load_yaml(DATA / "parts.yaml")["subheadings"]
    return frozenset(o for r in rows for o in (r, *older(r)))


def parts(case: Case, view: View, by_rule: Sequence[Route]) -> list[Route]:
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
        ceiling = case.request.transaction_value if method == "nc" else None
        content = regional_content(base, fact, view.vnm, view.unvalued, needs, ceiling)
        name = case.text("route.parts", method=case.text(f"method.{method}"))
        route = Route(f"parts_or_unassembled_{method}", name, every((best, content.outcome)), page=1)
        if content.text is None:
            route.calculation = case.text("calc.rvc_missing", needs=percent(needs), fact=fact)
        else:
            key = "calc.rvc_bound" if content.bound else "calc.rvc"
            route.calculation = case.text(key, text=content.text, needs=percent(needs))
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


def chemistry_routes(case: Case) -> list[Route]:
    """Processes of chapters 27 to 40 that confer origin, those surely not done left out."""
    found = []
    for code in case.codes[:1]:
        for process, outcome in chemistry.routes(code, case.facts):
            name = case.text("route.chemistry", process=process.name)
            if outcome.value is not False:
                found.append(Route(f"process_{process.name}", name, outcome, page=process.page))
    return found


def retail_set(case: Case, view: View) -> Route:
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


def deemed(case: Case, rules: Rules) -> Route | None:
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

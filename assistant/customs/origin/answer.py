"""The response written out: routes, materials, shortfalls, questions, documents, sources, what is not covered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from assistant.customs.hts_number import format_hts
from assistant.customs.origin.case import Case, Line, has_text
from assistant.customs.origin.change import View
from assistant.customs.origin.judge import Judgement
from assistant.customs.origin.outcome import Outcome
from assistant.customs.origin.printing import print_rule
from assistant.customs.origin.proof import certification
from assistant.customs.origin.routes import Route, cheapest, worst_first
from assistant.customs.origin.rules import Rule, Rules
from assistant.customs.origin.types import (
    CheapestChange,
    DeMinimis,
    DocumentRequest,
    MaterialLine,
    OriginRequest,
    OriginResponse,
    OriginRoute,
    RuleQuote,
    Verdict,
)
from assistant.customs.origin.values import LIMIT, money, percent
from assistant.customs.types import FactQuestion, Source


def verdict_word(outcome: Outcome) -> Verdict:
    """The contract's word for an outcome."""
    if outcome.value is None:
        return "cannot_tell"
    return "qualifies" if outcome.value else "does_not_qualify"


def answer(
    request: OriginRequest, case: Case, rules: Rules, low: Judgement, high: Judgement, outcome: Outcome
) -> OriginResponse:
    """The response from both judgements: unknown materials foreign (`low`) or originating (`high`)."""
    view, verdict = View(case, True), verdict_word(outcome)
    better = {(r.kind, r.name, r.rule.id if r.rule else ""): r for r in high.routes}
    ranked = worst_first(low.routes)
    missing = _missing(outcome, low)
    change = None if verdict == "qualifies" else _cheapest(case, view, low)
    drawn: dict[int, tuple[MaterialLine, ...]] = {}  # both methods of an alternative share one table of materials
    for r in ranked:
        if r.arrivals and id(r.arrivals) not in drawn:
            drawn[id(r.arrivals)] = _materials(case, view, r)
    routes = tuple(_route(r, better, drawn.get(id(r.arrivals), ())) for r in ranked)
    shown = next((r for r in ranked if r.arrivals), None)
    best = ranked[0] if ranked and ranked[0].outcome.value else None
    quoted = (best.rule if best else None) or (shown.rule if shown else None) or (low.rules[0] if low.rules else None)
    quotes = [_quote(r, rules) for r in low.rules]
    main = next((q for q in quotes if quoted and q.id == quoted.id), None)
    notes = [*case.notes, *low.notes, *(n for r in low.routes for n in r.notes)]
    return OriginResponse(
        hts=format_hts(case.digits),
        agreement="USMCA",
        destination=case.destination,
        as_of=case.day,
        verdict=verdict,
        explanation=_explain(case, verdict, best, low, missing),
        rule=main,
        other_rules=tuple(q for q in quotes if q is not main),
        routes=routes,
        materials=drawn[id(shown.arrivals)] if shown else _materials(case, view, None),
        de_minimis=_de_minimis(case, view, low),
        cheapest_change=change,
        missing_facts=missing if verdict == "cannot_tell" else (),
        questions=tuple(_question(case, name) for name in missing) if verdict == "cannot_tell" else (),
        documents_to_request=_documents(case, verdict),
        certification=certification(request, case, verdict, best),
        question=case.text("question"),
        assumptions=tuple(dict.fromkeys([case.text("assume.given"), case.text("assume.complete"), *notes])),
        sources=_sources(low, ranked, rules),
        not_covered=_not_covered(case, rules, low),
        edition=rules.edition,
        language=case.language,
    )


def _missing(outcome: Outcome, low: Judgement) -> tuple[str, ...]:
    return tuple(sorted(outcome.missing or {f for r in low.routes for f in r.outcome.missing}))


def _route(route: Route, better: Mapping[tuple[str, str, str], Route], lines: tuple[MaterialLine, ...]) -> OriginRoute:
    other = better.get((route.kind, route.name, route.rule.id if route.rule else ""))
    outcome = route.outcome
    if other is not None and other.outcome.value != outcome.value:
        outcome = Outcome(None, outcome.missing | other.outcome.missing)
    verdict = verdict_word(outcome)
    return OriginRoute(
        name=route.name,
        kind=route.kind,
        verdict=verdict,
        calculation=route.calculation,
        shortfall="; ".join(route.shortfalls) or None if verdict != "qualifies" else None,
        materials=lines,
        rule=route.rule.id if route.rule else None,
        page=route.page,
        missing=tuple(sorted(outcome.missing)),
    )


def _materials(case: Case, view: View, route: Route | None) -> tuple[MaterialLine, ...]:
    return tuple(_material(case, view, x, route) for x in case.lines)


def _material(case: Case, view: View, line: Line, route: Route | None) -> MaterialLine:
    code, good = format_hts(line.hts) if line.hts else "?", format_hts(case.digits)
    shifts, why = "not_needed", case.text("why.originating")
    if line.status == "disregarded":
        why = case.text("why.disregarded", role=line.role)
    elif line.index in view.skipped:
        why = case.text(view.skipped[line.index])
    elif line.status != "originating" and route is not None and line.index in route.arrivals:
        outcome, key = route.arrivals[line.index]
        shifts = {True: "yes", False: "no", None: "unknown"}[outcome.value]
        needed = ", ".join(sorted(outcome.missing)) or "?"
        if outcome.value is False and route.tolerance is not None and route.tolerance.outcome.value:
            key = "why.tolerated"
        why = case.text(key, code=code, good=good, missing=needed)
    elif line.status != "originating":
        why = case.text("why.disregarded", role=line.role) if line.role != "material" else ""
    return MaterialLine.model_validate(
        {
            "index": line.index,
            "description": line.label,
            "hts": code if line.hts else None,
            "origin": line.origin,
            "value": line.value,
            "status": line.status,
            "shifts": shifts,
            "why": why,
        }
    )


def _cheapest(case: Case, view: View, low: Judgement) -> CheapestChange | None:
    if any(g.value is not True for _, g in low.gates):
        return None
    best: tuple[Decimal, int, Line, Route] | None = None
    for route in low.routes:
        line = cheapest(case, view, route)
        if line is not None and line.value is not None and (best is None or line.value < best[0]):
            best = (line.value, line.index, line, route)
    if best is None:
        return None
    value, index, line, route = best
    text = case.text("cheapest", name=line.label, value=money(value), route=route.name)
    return CheapestChange(index=index, description=line.label, value=value, route=route.name, text=text)


def _explain(case: Case, verdict: Verdict, best: Route | None, low: Judgement, missing: Sequence[str]) -> str:
    if verdict == "qualifies":
        why = best.name if best else ""
        if best and best.calculation:
            why += f" ({best.calculation})"
        return case.text("verdict.qualifies", why=why)
    if verdict == "does_not_qualify":
        failed = [case.text(k) for k, g in low.gates if g.value is False]
        shorts = failed or list(dict.fromkeys(s for r in low.routes for s in r.shortfalls))
        return case.text("verdict.does_not_qualify", why="; ".join(shorts[:3])).strip()
    why = ", ".join(missing)
    if "rule" in missing:
        why = f"{case.text('verdict.no_rule', hts=format_hts(case.digits))} ({why})"
    if "rule_text" in missing:
        why = f"{case.text('verdict.unread')} ({why})"
    return case.text("verdict.cannot_tell", why=why)


def _question(case: Case, name: str) -> FactQuestion:
    if name.startswith("materials["):
        index = int(name[len("materials[") : name.index("]")])
        part = name.partition("].")[2]
        label = next((x.label for x in case.lines if x.index == index), name)
        key = f"fact.item.{part}"
        text = case.text(key, name=label) if has_text(key) else case.text("fact.other", name=name)
        return FactQuestion(name=name, question=text)
    key = f"fact.{name}"
    choices = {
        "end_use": ("passenger vehicle", "light truck", "heavy truck", "other"),
        "automotive_table": ("A.1", "B", "C", "D", "E", "none"),
    }.get(name)
    text = case.text(key) if has_text(key) else case.text("fact.other", name=name)
    return FactQuestion(name=name, question=text, choices=choices)


def _de_minimis(case: Case, view: View, low: Judgement) -> DeMinimis | None:
    with_one = [r for r in low.routes if r.tolerance is not None]
    if not with_one:
        return None
    route = worst_first(with_one)[0]
    t = route.tolerance
    assert t is not None
    labels = {x.index: x.label for x in case.lines}
    refused = tuple(case.text("calc.de_minimis_excluded", materials=labels[i], why=why) for i, why in t.refused)
    if t.by_weight:
        return DeMinimis(
            basis="weight", limit_percent=LIMIT, failing_value=None, percent=None, applies=t.outcome.value,
            calculation=case.text("calc.de_minimis_weight"), exclusions=refused,
        )  # fmt: skip
    tv, cost = case.request.transaction_value, case.total_cost
    use_cost = cost is not None and (tv is None or cost > tv)
    base = cost if use_cost else tv
    share = None if base is None else t.failing * 100 / base
    text = case.text(
        "calc.de_minimis",
        value=money(t.failing),
        share="?" if share is None else percent(share),
        base=case.text("base.cost" if use_cost else "base.tv"),
        amount="?" if base is None else money(base),
    )
    return DeMinimis(
        basis=None if base is None else "total_cost" if use_cost else "transaction_value",
        limit_percent=LIMIT,
        failing_value=t.failing,
        percent=None if share is None else Decimal(percent(share)),
        applies=t.outcome.value,
        calculation=text,
        exclusions=refused,
    )


def _documents(case: Case, verdict: Verdict) -> tuple[DocumentRequest, ...]:
    """What to ask of each supplier: proof for what counts as originating, figures for the rest."""
    by_supplier: dict[str, list[Line]] = {}
    for line in case.lines:
        if line.role in ("material", "accessory", "packaging", "recovered"):
            by_supplier.setdefault(line.supplier or case.text("doc.unnamed"), []).append(line)
    found = []
    for supplier, lines in by_supplier.items():
        papers = []
        if any(x.status in ("originating", "unknown") for x in lines):
            papers.append(case.text("doc.certification"))
        if any(x.hts is None or (x.origin is None and x.status != "originating") for x in lines):
            papers.append(case.text("doc.origin"))
        papers.append(case.text("doc.value"))
        if any(x.foreign_value != x.value for x in lines):
            papers.append(case.text("doc.regional"))
        labels = tuple(x.label for x in lines)
        found.append(DocumentRequest(supplier=supplier, materials=labels, documents=tuple(papers)))
    return tuple(found)


def _quote(rule: Rule, rules: Rules) -> RuleQuote:
    return RuleQuote(
        text=print_rule(rule),
        source=_source(rules, f"General Note 11(o), chapter {rule.chapter}, {rule.id}", rule.page, rule),
        id=rule.id,
        structured=rule.structured,
        in_force_from=rule.start,
        in_force_until=rule.end,
    )


def _source(rules: Rules, title: str, page: int | None, rule: Rule | None = None) -> Source:
    return Source(
        title=f"{title} (HTS {rules.edition})" if rules.edition else title,
        url=rules.url,
        document_id=rules.document_id,
        page=page,
        effective_from=rule.start if rule else None,
        effective_to=rule.end if rule else None,
    )


def _sources(low: Judgement, ranked: Iterable[Route], rules: Rules) -> tuple[Source, ...]:
    found = [_source(rules, f"General Note 11(o), chapter {r.chapter}, {r.id}", r.page, r) for r in low.rules]
    kinds = {r.kind for r in ranked}
    found.append(_source(rules, "General Note 11(b)", 1))
    if any(k.startswith(("regional", "parts")) for k in kinds):
        found.append(_source(rules, "General Note 11(c)", 2))
    if any(r.tolerance for r in low.routes):
        found.append(_source(rules, "General Note 11(e)", 4))
    if "retail_set" in kinds:
        found.append(_source(rules, "General Note 11(i)", 7))
    if "deemed_originating" in kinds:
        found.append(_source(rules, "General Note 11(p)", 136))
    if any(k.startswith("process_") for k in kinds):
        found.append(_source(rules, "General Note 11(n)(iv)-(v)", 21))
    if any(n for r in low.routes for n in r.notes):
        found.append(_source(rules, "General Note 11(k)", 9))
    return tuple(found)


def _not_covered(case: Case, rules: Rules, low: Judgement) -> tuple[str, ...]:
    found = [case.text(k) for k in ("not.marking", "not.remedies", "not.quota", "not.records")]
    if case.codes and case.codes[0][:2] == "87":
        found.append(case.text("not.staging"))
    if rules.partial:
        found.append(case.text("not.rules"))
    if case.destination != "US":
        found.append(case.text("not.destination", country=case.destination))
    for note in rules.notes_for(case.codes[0] if case.codes else case.digits):
        if note.effect == "text":
            found.append(case.text("not.note", title=note.title, chapter=note.chapter, page=note.page))
    return tuple(dict.fromkeys(found))

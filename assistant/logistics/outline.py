"""A worked scenario as the response shows it: parts with titles and calculations, questions, assumptions, sources."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from assistant.logistics.freight import COSTS, ZERO, Card, Span
from assistant.logistics.incoterms import rule_source, valuation_source
from assistant.logistics.landed import TRANSPORT, Worked
from assistant.logistics.lanes import Lane
from assistant.logistics.tables import load, say
from assistant.logistics.types import (
    Bounds,
    Days,
    Emissions,
    LaneOut,
    LegOut,
    Part,
    Question,
    ScenarioOut,
    SourceRef,
)


def scenario_out(worked: Worked, card: Card, language: str, manufacturer_id: str | None) -> ScenarioOut:
    """The response object of one scenario. The buyer's `parts` add up to the landed cost."""
    case, total, raw = worked.case, worked.total, worked.charges.raw
    exact = total.exact
    dutiable = worked.charges
    insured = worked.costs["insurance"] if "insurance" in worked.buyer else Span.of(ZERO)
    days = worked.days
    lead = case.lead_time_days
    return ScenarioOut(
        name=case.name,
        origin=case.origin,
        origin_place=case.site.name if case.site else None,
        manufacturer_id=manufacturer_id,
        unit_price=case.unit_price,
        price=worked.price,
        incoterm=case.incoterm,
        read_as=worked.terms.rule,
        transport_mode=case.mode,
        customs_value=worked.value.exact,
        customs_value_range=_bounds(worked.value),
        customs_value_calculation=_value_text(worked, language),
        duty=dutiable.duty,
        fees=dutiable.fees,
        freight=worked.freight.exact,
        insurance=insured.exact,
        carrying_cost=worked.carrying.exact,
        parts=_parts(worked, card, language),
        landed_cost=exact,
        landed_cost_per_unit=None if exact is None else _each(exact, case.quantity),
        range=_bounds(total),
        range_per_unit=_bounds(total, case.quantity),
        transit_days=None if days is None else Days(min=days[0], max=days[1]),
        lead_time_days=None if days is None or lead is None else Days(min=days[0] + lead, max=days[1] + lead),
        co2e=None
        if worked.carbon is None
        else Emissions(
            kg=worked.carbon.kg,
            direct_kg=worked.carbon.direct_kg,
            per_tonne_kg=worked.carbon.per_tonne_kg,
            calculation=worked.carbon.calculation,
        ),
        lane=_lane(worked.lane) if worked.lane else None,
        duty_response=dict(raw),
        needs_facts=_questions(worked, language),
        assumptions=_assumptions(worked, card, language),
        not_covered=list(raw.get("not_covered", ())),
        sources=_sources(worked, raw),
    )


def _each(amount: Decimal, quantity: Decimal) -> Decimal:
    return (amount / quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _bounds(span: Span, quantity: Decimal | None = None) -> Bounds | None:
    if span.exact is not None:
        return None
    low, high = span.low, span.high
    if quantity is not None:
        low, high = _each(low, quantity), None if high is None else _each(high, quantity)
    return Bounds(min=low, max=high)


def _parts(worked: Worked, card: Card, language: str) -> list[Part]:
    case = worked.case
    goods = Span.of(worked.price)
    rows = [_part("goods", "buyer", goods, language, in_value=True, calculation=say(
        "calc.price", language, quantity=f"{case.quantity:f}", price=f"{case.unit_price:f}"))]  # fmt: skip
    if case.additions:
        given = say("calc.given", language)
        rows.append(_part("additions", "buyer", Span.of(case.additions), language, in_value=True, calculation=given))
    for name in COSTS:
        amount = worked.costs[name]
        estimated = name in worked.estimated
        if name in worked.buyer:
            note = say("calc.card", language, card=card.id) if estimated else say("calc.given", language)
            rows.append(
                _part(name, "buyer", amount, language, estimated=estimated, calculation=_note(name, worked, note))
            )
            continue
        held = name not in worked.deducted
        carried = name == "insurance" and estimated and worked.terms.seller_bears_risk
        note = say("calc.risk", language) if carried else say("calc.in_price", language, rule=worked.terms.rule)
        inside = held and not carried
        row = _part(name, "seller", Span.of(ZERO), language, in_value=inside, estimated=estimated, calculation=note)
        less = worked.deducted.get(name)
        rows.append(row.model_copy(update={"deducted_from_price": less.exact if less else None}))
    rows += _customs(worked, language)
    percent = f"{card.carrying_percent.normalize():f}"
    if worked.carrying.exact != ZERO:
        days = worked.days
        mean = f"{Decimal(sum(days)) / 2:f}" if days else "?"
        text = say("calc.carrying", language, price=f"{worked.price:,.2f}", percent=percent, days=mean)
        rows.append(_part("carrying", "buyer", worked.carrying, language, estimated=True, calculation=text))
    return rows


def _note(name: str, worked: Worked, note: str) -> str:
    """How a transport cost came about: the leg it belongs to, and where the amount is from."""
    part = "main" if name == "main_freight" else name
    leg = worked.lane.leg(part) if worked.lane else None
    return f"{leg.start} → {leg.end}, {leg.km} km; {note}" if leg and leg.km else note


def _customs(worked: Worked, language: str) -> list[Part]:
    """Duty and fees apart where both are known, else the two together; nothing to pay under DDP."""
    charges = worked.charges
    if worked.duty_paid_by_seller:
        note = say("calc.in_price", language, rule=worked.terms.rule)
        return [
            _part(name, "seller", Span.of(ZERO), language, calculation=note).model_copy(
                update={"deducted_from_price": amount if worked.case.identified else None}
            )
            for name, amount in (("duty", charges.duty), ("fees", charges.fees))
        ]
    if charges.duty is not None and charges.fees is not None and charges.total.exact is not None:
        return [
            _part("duty", "buyer", Span.of(charges.duty), language),
            _part("fees", "buyer", Span.of(charges.fees), language),
        ]
    return [_part("duty_and_fees", "buyer", charges.total, language)]


def _part(
    name: str,
    payer: str,
    amount: Span,
    language: str,
    *,
    in_value: bool = False,
    estimated: bool = False,
    calculation: str | None = None,
) -> Part:
    return Part(
        name=name,
        title=say(f"cost.{name}", language),
        paid_by="buyer" if payer == "buyer" else "seller",
        amount=amount.exact,
        range=_bounds(amount),
        in_customs_value=in_value,
        deducted_from_price=None,
        estimated=estimated,
        calculation=calculation,
    )


def _value_text(worked: Worked, language: str) -> str:
    terms = [say("value.plain", language, price=f"{worked.price:,.2f}")]
    if worked.case.additions:
        terms.append(say("value.additions", language, amount=f"{worked.case.additions:,.2f}"))
    for name, amount in worked.deducted.items():
        if amount.exact == ZERO:
            continue
        text = f"{amount.low:,.2f}" if amount.exact is not None else f"{amount.low:,.2f}–{amount.high or 0:,.2f}"
        terms.append(say("value.less", language, title=say(f"cost.{name}", language).lower(), amount=text))
    if worked.duty_paid_by_seller and worked.case.identified:
        terms.append(say("value.ddp", language))
    if not worked.case.identified:
        terms.append(say("value.unidentified", language))
    return " ".join(terms)


def _lane(lane: Lane) -> LaneOut:
    return LaneOut(
        mode=lane.mode,
        km=lane.km,
        legs=[
            LegOut(part=leg.part, mode=leg.mode, start=leg.start, end=leg.end, km=leg.km, days=list(leg.days))
            for leg in lane.legs
        ],
        through=[{"id": node.id, "name": node.name, "schedule_d": node.port} for node in lane.through],
    )


def _questions(worked: Worked, language: str) -> list[Question]:
    rows = [
        Question(name=q["name"], question=q["question"], choices=list(q["choices"]) if q.get("choices") else None)
        for q in worked.charges.raw.get("needs_facts", ())
    ]
    moved = any(worked.costs[n].exact is None for n in (*TRANSPORT, "insurance"))
    if worked.unknown and any(n in worked.buyer or n in worked.deducted for n in worked.unknown):
        place = worked.case.site.name if worked.case.site else worked.case.origin
        costs = ", ".join(say(f"cost.{n}", language).lower() for n in COSTS if n in worked.unknown)
        rows.append(Question(name="costs", question=say("question.freight", language, place=place, costs=costs)))
    elif moved and worked.case.lot.kg is None and worked.total.exact is None:
        rows.append(Question(name="unit_weight_kg", question=say("question.unit_weight_kg", language)))
    return rows


def _assumptions(worked: Worked, card: Card, language: str) -> list[str]:
    case = worked.case
    rows: list[str] = []
    if case.site and case.site.assumed:
        rows.append(say("assume.hub", language, place=case.site.name, country=case.origin))
    if worked.terms.given != worked.terms.rule:
        rows.append(say("assume.incoterm", language, given=worked.terms.given, rule=worked.terms.rule))
    if worked.terms.rule in ("CPT", "CIP") and case.named_place is None:
        rows.append(say("assume.named", language, rule=worked.terms.rule))
    if any(n in worked.estimated and (n in worked.buyer or n in worked.deducted) for n in TRANSPORT):
        if case.lot.kg is None:
            rows.append(say("assume.vehicle", language))
        elif case.lot.m3 is None:
            rows.append(say("assume.volume", language))
    if worked.estimated & (worked.buyer | set(worked.deducted)) and card.indicative:
        rows.append(say("assume.card", language, card=card.id, date=card.date))
    if worked.deducted:
        rows.append(say("assume.deducted", language))
        if worked.estimated & set(worked.deducted):
            rows.append(say("assume.estimate_deducted", language))
    if worked.carrying.exact != ZERO:
        rows.append(say("assume.carrying", language, percent=f"{card.carrying_percent.normalize():f}"))
    if case.lead_time_days is not None:
        rows.append(say("assume.lead", language))
    return [*rows, *worked.charges.raw.get("assumptions", ())]


def _sources(worked: Worked, raw: Mapping[str, Any]) -> list[SourceRef]:
    rows = [SourceRef.model_validate(s) for s in raw.get("sources", ())]
    rows.append(rule_source())
    rows += [valuation_source(name) for name in worked.deducted]
    if worked.duty_paid_by_seller:
        rows.append(valuation_source("duty"))
    if "origin_inland" not in worked.buyer:
        rows.append(valuation_source("origin_inland"))
    if worked.carbon:
        data = load("emissions.yaml")
        rows += [SourceRef(**data["direct_source"]), SourceRef(**data["well_to_tank_source"])]
    if worked.lane and worked.lane.mode == "ocean":
        rows.append(SourceRef(**load("travel.yaml")["sea_source"]))
    if worked.lane and any(node.port for node in worked.lane.through):
        rows.append(SourceRef(**load("travel.yaml")["port_source"]))
    return list({(s.title, s.page): s for s in rows}.values())

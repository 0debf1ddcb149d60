"""Two to ten scenarios side by side: each worked out, ranked, with what would flip the order. See CONTRACT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from assistant.logistics.freight import Card, Span, cents
from assistant.logistics.landed import Case, Duty, Worked, work_out
from assistant.logistics.outline import scenario_out
from assistant.logistics.ranking import FlipPoint, Standing, flips, order
from assistant.logistics.tables import say
from assistant.logistics.types import (
    Bounds,
    CompareResponse,
    Flip,
    RankRow,
    ScenarioOut,
    SourceRef,
)


def compare(
    cases: Sequence[Case],
    duty: Duty,
    card: Card,
    *,
    hts: str,
    day: date,
    language: str,
    manufacturers: Sequence[str | None] = (),
) -> CompareResponse:
    """The whole response. `duty` answers for the day and line asked about; names of cases are unique."""
    worked = [work_out(case, duty, card) for case in cases]
    standings = order(worked)

    def again(own: Worked, price: Decimal) -> Worked:
        return work_out(replace(own.case, unit_price=price), duty, card)

    def claim(own: Worked, proven: bool | None) -> Worked:
        stated = own.case.preference
        other = None if proven is None or stated is None else stated.model_copy(update={"originating": proven})
        return work_out(replace(own.case, preference=other), duty, card)

    points = flips(worked, standings, again, claim)
    ids = list(manufacturers) or [None] * len(cases)
    outs = [scenario_out(w, card, language, ids[i]) for i, w in enumerate(worked)]
    rows = [_row(s, standings, worked, outs, points, language) for s in standings]
    site = cases[0].destination
    sources: dict[str, SourceRef] = {s.title: s for out in outs for s in out.sources}
    missing = [f"not_covered.{name}" for name in ("freight", "quality", "carbon")]
    return CompareResponse(
        hts=hts,
        quantity=cases[0].quantity,
        entry_date=day,
        destination={"place": site.name, "country": site.country},
        currency="USD",
        scenarios=outs,
        ranking=rows,
        summary=_summary(standings, worked, language),
        rate_card={
            "id": card.id,
            "date": card.date,
            "source": card.source,
            "indicative": card.indicative,
            "replaced": list(card.own),
            "carrying_percent": format(card.carrying_percent, "f"),
        },
        needs_facts=list({q.name: q for out in outs for q in out.needs_facts}.values()),
        sources=list(sources.values()),
        not_covered=[
            *(say(key, language) for key in missing),
            *dict.fromkeys(item for out in outs for item in out.not_covered),
        ],
        disclaimer=say("disclaimer", language),
    )


def per_unit(amount: Decimal, quantity: Decimal) -> Decimal:
    """Per unit, to a hundredth of a cent."""
    return (amount / quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def bounds(span: Span, quantity: Decimal | None = None) -> Bounds | None:
    """The range of an amount that is not exact, None when it is."""
    if span.exact is not None:
        return None
    if quantity is None:
        return Bounds(min=span.low, max=span.high)
    return Bounds(min=per_unit(span.low, quantity), max=None if span.high is None else per_unit(span.high, quantity))


def _row(
    standing: Standing,
    standings: Sequence[Standing],
    worked: Sequence[Worked],
    outs: Sequence[ScenarioOut],
    points: Sequence[FlipPoint],
    language: str,
) -> RankRow:
    own = worked[standing.index]
    best = standings[0].total.exact
    exact = standing.total.exact
    mine = [_flip(p, worked, language) for p in points if p.index == standing.index]
    if standing.rank is not None and not standing.certain and outs[standing.index].needs_facts:
        questions = " ".join(q.question for q in outs[standing.index].needs_facts)
        text = say("flip.fact", language, name=own.case.name, questions=questions)
        mine.append(Flip(kind="fact", scenario=own.case.name, against=None, threshold=None, now=None, landed_cost=None,
                         changes_order=True, text=text))  # fmt: skip
    return RankRow(
        rank=standing.rank,
        scenario=own.case.name,
        index=standing.index,
        landed_cost=exact,
        landed_cost_per_unit=None if exact is None else per_unit(exact, own.case.quantity),
        range=bounds(standing.total),
        best=standing.best,
        worst=standing.worst,
        certain=standing.certain,
        behind=None if exact is None or best is None or standing.rank is None else exact - best,
        flips=mine,
    )


def shown(amount: Decimal) -> str:
    """4310.5 -> 4,310.50; finer than cents (four places, never three) only where it is."""
    places = next(p for p in (2, 4, 6) if p == 6 or amount == round(amount, p))
    return f"{amount:,.{places}f}"


def _flip(point: FlipPoint, worked: Sequence[Worked], language: str) -> Flip:
    own = worked[point.index].case
    against = None if point.against is None else worked[point.against].case.name
    variant, _, detail = point.variant.partition(":")
    values: dict[str, Any] = {"name": own.name}
    if point.kind == "preference":
        stated = own.preference.program if own.preference else detail
        program = "T-MEC" if language == "es" and stated == "USMCA" else stated
        landed = say("open", language) if point.landed is None else shown(point.landed)
        values |= {"program": program, "landed": landed, "leader": against or own.name}
    else:
        values |= {"now": shown(point.now or Decimal(0)), "other": against}
        if point.threshold is not None:
            values["threshold"] = shown(point.threshold)
    return Flip(
        kind=point.kind,  # type: ignore[arg-type]  # the kinds are those of types.Flip
        scenario=own.name,
        against=against,
        threshold=point.threshold,
        now=point.now,
        landed_cost=point.landed,
        changes_order=point.changes,
        text=say(f"flip.{variant}", language, **values),
    )


def _summary(standings: Sequence[Standing], worked: Sequence[Worked], language: str) -> str:
    ranked = [s for s in standings if s.rank is not None]
    if not ranked:
        return say("summary.none", language)
    first = ranked[0]
    name = worked[first.index].case.name
    second = ranked[1] if len(ranked) > 1 else None
    if second is None or (not first.certain and first.total != second.total):
        return say("summary.range", language, first=name)
    if first.total.exact is None or second.total.exact is None:
        return say("summary.certain_range" if first.certain else "summary.range", language, first=name)
    total = first.total.low
    each = shown(per_unit(total, worked[first.index].case.quantity))
    other = worked[second.index].case.name
    if total == second.total.low:
        return say("summary.tie", language, first=name, second=other, landed=shown(total), per_unit=each)
    gap = shown(cents(second.total.low - total))
    return say("summary.certain", language, first=name, second=other, landed=shown(total), per_unit=each, gap=gap)

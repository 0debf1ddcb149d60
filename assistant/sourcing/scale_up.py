"""From pilot to scale at one plant: by stage, what is feasible, when to order, what it takes of capacity and papers.

Pure: profile, stages and the day the plan is made are arguments. Capacity and times are what the profile states.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from assistant.errors import InvalidInput
from assistant.sourcing import sampling
from assistant.sourcing.facts import pilot_minimum, process_id, unit_factor
from assistant.sourcing.phrases import fold
from assistant.sourcing.scale_parts import (
    Window,
    certificate,
    entry,
    free_of_line,
    inspection,
    money,
    questions,
    say,
    second,
    use,
)
from assistant.sourcing.scale_risks import advice, risks
from assistant.sourcing.scale_types import (
    ScaleRequest,
    ScaleResponse,
    Stage,
    StagePlan,
)
from assistant.sourcing.types import Capability, Profile
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.wording import unit_name

USUAL_AQL = "2.5"
_PILOT_WORDS = ("pilot", "proto", "sample", "muestra", "first article", "primera pieza", "prueba", "trial")


def windows(stages: Sequence[Stage], last_months: int, language: str = "en") -> list[Window]:
    """Stages in order of time, each until the day before the next. Raises InvalidInput for two on the same day."""
    ordered = sorted(stages, key=lambda s: s.start)
    found = []
    for place, stage in enumerate(ordered):
        following = ordered[place + 1].start if place + 1 < len(ordered) else _months_on(stage.start, last_months)
        if following <= stage.start:
            raise InvalidInput(
                say(language, "refusals", "same_day", one=stage.name, other=ordered[place + 1].name),
                field="stages",
                hint=say(language, "refusals", "same_day_hint"),
            )
        end = following - timedelta(days=1)
        lot = stage.per == "lot" or (stage.per is None and any(w in fold(stage.name) for w in _PILOT_WORDS))
        found.append(Window(stage, end, lot, (_month(stage.start),) if lot else _months(stage.start, following)))
    return found


def _months_on(day: date, count: int) -> date:
    total = day.year * 12 + day.month - 1 + count
    return date(total // 12, total % 12 + 1, min(day.day, 28))


def _month(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def _months(start: date, until: date) -> tuple[str, ...]:
    """Calendar months from `start`, one for each month that begins before `until` counted from the first day."""
    months, place = [], 0
    while (day := _months_on(date(start.year, start.month, 1), place)) < until and (
        place == 0 or _months_on(start, place) < until
    ):
        months.append(_month(day))
        place += 1
    return tuple(months)


def choose_line(
    profile: Profile, wanted: Sequence[str], vocabulary: Vocabulary, language: str = "en"
) -> tuple[Capability | None, bool]:
    """The capability line to plan on, and whether it was chosen for want of a better word.

    Raises InvalidInput when a process is wanted that the plant does not list."""
    if wanted:
        ids = [process_id(vocabulary, w) for w in wanted]
        for line in profile.capabilities:
            if any(vocabulary.is_a("process", process_id(vocabulary, line.process), i) for i in ids):
                return line, False
        have = ", ".join(line.process for line in profile.capabilities) or say(language, "refusals", "none")
        raise InvalidInput(
            say(language, "refusals", "no_line", name=profile.name, wanted=", ".join(wanted)),
            field="process",
            hint=say(language, "refusals", "no_line_hint", have=have),
        )
    return (profile.capabilities[0] if profile.capabilities else None), len(profile.capabilities) > 1


def plan(
    request: ScaleRequest,
    profile: Profile,
    *,
    as_of: date,
    vocabulary: Vocabulary,
    required: Sequence[str] = (),
    others: Sequence[Profile] = (),
    matched: bool = False,
) -> ScaleResponse:
    """The plan at `profile`. `required`: certifications that must hold; `others`: plants that could be second sources.

    Raises InvalidInput for stages that overlap, an AQL without plans, or a process the plant does not list."""
    lang = request.language
    wanted = (
        [request.process] if request.process else list(request.requirements.processes if request.requirements else ())
    )
    line, guessed = choose_line(profile, wanted, vocabulary, request.language)
    factor = unit_factor(vocabulary, line.unit, request.volume_unit) if line else None
    spans = windows(request.stages, request.last_stage_months, request.language)
    total = sum(w.pieces for w in spans)
    share = None if request.tooling_cost is None else request.tooling_cost / Decimal(str(total))
    tooling_days = request.tooling_lead_time_days
    plans: list[StagePlan] = []
    for place, span in enumerate(spans):
        worked = _stage(request, profile, line, factor, span, place == 0, share, as_of, vocabulary, required, others)
        before = plans[-1] if plans else None
        plans.append(worked.model_copy(update={"risks": risks(worked, before, as_of, request.volume_unit, lang, say)}))
    asked = questions(request, line, factor, lang, tooling_days)
    verdicts = [p.feasible for p in plans]
    process = line.process if line else (wanted[0] if wanted else "")
    assumptions = [say(lang, "assume", "matched", name=profile.name)] if matched else []
    if guessed and line:
        label = vocabulary.label("process", process_id(vocabulary, line.process), lang)
        assumptions.append(say(lang, "assume", "process", process=label))
    assumptions.append(say(lang, "assume", "steady"))
    assumptions.append(say(lang, "assume", "shipments", count=request.shipments_per_month))
    assumptions.append(say(lang, "assume", "last", months=request.last_stage_months))
    assumptions += [say(lang, "assume", "pilot", stage=w.stage.name) for w in spans if w.lot and w.stage.per is None]
    return ScaleResponse(
        manufacturer={"id": profile.id, "name": profile.name, "sample": profile.sample, "country": profile.country},
        process=process,
        unit=request.volume_unit,
        as_of=as_of,
        stages=plans,
        feasible=False if False in verdicts else None if None in verdicts else True,
        total_pieces=total,
        tooling_per_unit=None if share is None else money(share),
        negotiate=advice(plans, request, lang, say),
        needs_facts=asked,
        assumptions=assumptions,
        sources=[
            {**sampling.source(), "document_id": None, "page": None, "effective_from": None, "effective_to": None},
            {
                "title": "19 CFR 143.21(a), 142.4: informal entry up to 2,500 dollars; bond of formal entries",
                "url": "https://www.ecfr.gov/current/title-19/section-143.21",
                "document_id": None,
                "page": None,
                "effective_from": None,
                "effective_to": None,
            },
        ],
        not_covered=[say(lang, "not_covered", key) for key in ("price", "capacity", "entry")],
    )


def _stage(
    request: ScaleRequest,
    profile: Profile,
    line: Capability | None,
    factor: float | None,
    span: Window,
    first: bool,
    tooling_share: Decimal | None,
    as_of: date,
    vocabulary: Vocabulary,
    required: Sequence[str],
    others: Sequence[Profile],
) -> StagePlan:
    lang, stage = request.language, span.stage
    unit = unit_name(lang, request.volume_unit)
    reasons: list[str] = []
    verdicts: list[bool | None] = []
    free = free_of_line(line, factor)
    whole = line.monthly_capacity * factor if line and line.monthly_capacity is not None and factor else None
    shortfall = max(0.0, stage.volume - free) if free is not None else 0.0
    if line is not None and factor is None:
        reasons.append(say(lang, "reasons", "unit_differs", unit=unit_name(lang, line.unit)))
        verdicts.append(None)
    elif free is None:
        reasons.append(say(lang, "reasons", "capacity_unknown"))
        verdicts.append(None)
    elif shortfall > 0:
        short = {"volume": stage.volume, "unit": unit, "free": math.floor(free), "short": math.ceil(shortfall)}
        reasons.append(say(lang, "reasons", "capacity_short", **short))
        verdicts.append(False)
    else:
        reasons.append(say(lang, "reasons", "capacity_fits", percent=round(100 * round(stage.volume / free, 4), 2)))
        verdicts.append(True)
    minimum = (pilot_minimum(line) if span.lot else line.min_order) if line else None
    minimum = minimum * factor if minimum is not None and factor is not None else None
    per_order = stage.volume if span.lot else stage.volume / request.shipments_per_month
    met = None if minimum is None else per_order >= minimum
    verdicts.append(met)
    if met is None:
        reasons.append(say(lang, "reasons", "minimum_unknown"))
    elif not met:
        reasons.append(say(lang, "reasons", "minimum_short", minimum=minimum, unit=unit))
    lead = (
        (line.pilot_lead_time_days or line.lead_time_days)
        if line and span.lot
        else line.lead_time_days
        if line
        else None
    )
    tooling = (request.tooling_lead_time_days or 0) if first else 0
    order_by = None if lead is None else stage.start - timedelta(days=lead + tooling)
    earliest = None if lead is None else as_of + timedelta(days=lead + tooling)
    in_time = None if earliest is None else earliest <= stage.start
    verdicts.append(in_time)
    if in_time is False:
        reasons.append(say(lang, "reasons", "late", start=stage.start, as_of=as_of, earliest=earliest))
    papers = [certificate(profile, item, span, vocabulary, lang) for item in required]
    for paper in papers:
        verdicts.append(paper.holds)
        if not paper.holds:
            reasons.append(say(lang, "reasons", "certificate", standard=paper.standard, why=paper.why))
    price = stage.unit_price or request.unit_price
    cost = None if price is None else price + (tooling_share or Decimal(0))
    lot = math.ceil(per_order)
    spare = (
        second(others, profile.country, line, stage, shortfall, request.volume_unit, vocabulary) if shortfall else []
    )
    sampled = sampling.sampling_plan(lot, stage.aql or USUAL_AQL) if lot >= 2 else None
    return StagePlan(
        name=stage.name,
        volume=stage.volume,
        per="lot" if span.lot else "month",
        start=stage.start,
        end=span.end,
        months=len(span.months),
        pieces=span.pieces,
        feasible=False if False in verdicts else None if None in verdicts else True,
        reasons=reasons,
        capacity=[use(month, stage.volume, free, whole) for month in span.months],
        minimum_order=minimum,
        minimum_met=met,
        lead_time_days=lead,
        tooling_days=request.tooling_lead_time_days if first else None,
        order_by=order_by,
        earliest=earliest,
        unit_price=price,
        cost_per_unit=None if cost is None else money(cost),
        cost_calculation=None
        if cost is None or price is None
        else f"{price:f} + {money(tooling_share):f}"
        if tooling_share
        else f"{price:f}",
        entry=entry(profile, price, per_order, lang),
        certificates=papers,
        inspection=sampled,
        inspection_note=inspection(sampled, span.lot, lang),
        second_sources=spare,
        shortfall=math.ceil(shortfall),
        risks=[],
    )

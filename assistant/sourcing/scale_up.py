"""From pilot to scale at one plant: by stage, what is feasible, when to order, what it takes of capacity and papers.

Pure: profile, stages and the day the plan is made are arguments. Capacity and times are what the profile states.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from assistant.errors import InvalidInput
from assistant.sourcing import sampling
from assistant.sourcing.facts import edition_suffices, pilot_minimum, process_id, same_standard, unit_factor
from assistant.sourcing.phrases import fold
from assistant.sourcing.scale_risks import advice, risks
from assistant.sourcing.scale_types import (
    Ask,
    CertificateCheck,
    Entry,
    MonthUse,
    ScaleRequest,
    ScaleResponse,
    SecondSource,
    Stage,
    StagePlan,
)
from assistant.sourcing.terms import load_yaml
from assistant.sourcing.types import Capability, Certification, Profile
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.wording import number, unit_name

INFORMAL_LIMIT = Decimal(2500)  # 19 CFR 143.21(a)
USUAL_AQL = "2.5"
_PILOT_WORDS = ("pilot", "proto", "sample", "muestra", "first article", "primera pieza", "prueba", "trial")


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, dict[str, str]]]:
    return load_yaml("scale.yaml")


def say(language: str, group: str, key: str, **values: Any) -> str:
    """The sentence `group.key`, numbers grouped by thousands."""
    shown = {k: number(v) if isinstance(v, (int, float)) else str(v) for k, v in values.items()}
    return _sentences()[group][key][language].format(**shown)


@dataclass(frozen=True)
class Window:
    """A stage with its last day and whether it is one lot."""

    stage: Stage
    end: date
    lot: bool
    months: tuple[str, ...]

    @property
    def pieces(self) -> float:
        return self.stage.volume * (1 if self.lot else len(self.months))


def windows(stages: Sequence[Stage], last_months: int) -> list[Window]:
    """Stages in order of time, each until the day before the next. Raises InvalidInput for two on the same day."""
    ordered = sorted(stages, key=lambda s: s.start)
    found = []
    for place, stage in enumerate(ordered):
        following = ordered[place + 1].start if place + 1 < len(ordered) else _months_on(stage.start, last_months)
        if following <= stage.start:
            raise InvalidInput(
                f"{stage.name} and {ordered[place + 1].name} begin on the same day",
                field="stages",
                hint="give each stage its own first day",
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


def choose_line(profile: Profile, wanted: Sequence[str], vocabulary: Vocabulary) -> tuple[Capability | None, bool]:
    """The capability line to plan on, and whether it was chosen for want of a better word.

    Raises InvalidInput when a process is wanted that the plant does not list."""
    if wanted:
        ids = [process_id(vocabulary, w) for w in wanted]
        for line in profile.capabilities:
            if any(vocabulary.is_a("process", process_id(vocabulary, line.process), i) for i in ids):
                return line, False
        have = ", ".join(line.process for line in profile.capabilities) or "none"
        raise InvalidInput(
            f"{profile.name} states no capacity for {', '.join(wanted)}",
            field="process",
            hint=f"its processes are: {have}",
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
    line, guessed = choose_line(profile, wanted, vocabulary)
    factor = unit_factor(vocabulary, line.unit, request.volume_unit) if line else None
    spans = windows(request.stages, request.last_stage_months)
    total = sum(w.pieces for w in spans)
    share = None if request.tooling_cost is None else request.tooling_cost / Decimal(str(total))
    tooling_days = request.tooling_lead_time_days
    plans: list[StagePlan] = []
    for place, span in enumerate(spans):
        worked = _stage(request, profile, line, factor, span, place == 0, share, as_of, vocabulary, required, others)
        before = plans[-1] if plans else None
        plans.append(worked.model_copy(update={"risks": risks(worked, before, as_of, request.volume_unit, lang, say)}))
    questions = _questions(request, line, factor, lang, tooling_days)
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
        tooling_per_unit=None if share is None else _money(share),
        negotiate=advice(plans, request, lang, say),
        needs_facts=questions,
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
    free = _free(line, factor)
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
        reasons.append(say(lang, "reasons", "capacity_fits", percent=round(100 * stage.volume / free, 1)))
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
    papers = [_certificate(profile, item, span, vocabulary, lang) for item in required]
    for paper in papers:
        verdicts.append(paper.holds)
        if not paper.holds:
            reasons.append(say(lang, "reasons", "certificate", standard=paper.standard, why=paper.why))
    price = stage.unit_price or request.unit_price
    cost = None if price is None else price + (tooling_share or Decimal(0))
    lot = int(math.ceil(per_order))
    inspection = sampling.sampling_plan(lot, stage.aql or USUAL_AQL) if lot >= 2 else None
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
        capacity=[_use(month, stage.volume, free, whole) for month in span.months],
        minimum_order=minimum,
        minimum_met=met,
        lead_time_days=lead,
        tooling_days=request.tooling_lead_time_days if first else None,
        order_by=order_by,
        earliest=earliest,
        unit_price=price,
        cost_per_unit=None if cost is None else _money(cost),
        cost_calculation=None
        if cost is None or price is None
        else f"{price:f} + {_money(tooling_share):f}"
        if tooling_share
        else f"{price:f}",
        entry=_entry(profile, price, per_order, lang),
        certificates=papers,
        inspection=inspection,
        inspection_note=_inspection(inspection, span.lot, lang),
        second_sources=_second(others, line, stage, shortfall, request.volume_unit, vocabulary) if shortfall else [],
        shortfall=math.ceil(shortfall),
        risks=[],
    )


def _free(line: Capability | None, factor: float | None) -> float | None:
    free = line.free_capacity() if line else None
    return None if free is None or factor is None else free * factor


def _use(month: str, volume: float, free: float | None, whole: float | None) -> MonthUse:
    taken = None if whole is None or free is None or whole == 0 else (whole - free + volume) / whole
    return MonthUse(
        month=month,
        volume=volume,
        free=None if free is None else round(free, 2),
        use_of_free=None if not free else round(volume / free, 4),
        use_of_plant=None if taken is None else round(taken, 4),
    )


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _entry(profile: Profile, price: Decimal | None, pieces: float, lang: str) -> Entry:
    if profile.country == "US":
        return Entry(type="domestic", shipment_value=None, why=say(lang, "entry", "domestic"))
    if price is None:
        return Entry(type="unknown", shipment_value=None, why=say(lang, "entry", "unknown"))
    value = (price * Decimal(str(pieces))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    kind = "informal" if value <= INFORMAL_LIMIT else "formal"
    return Entry(
        type="informal" if kind == "informal" else "formal",
        shipment_value=value,
        why=say(lang, "entry", kind, value=f"{value:,.2f}"),
    )


def _certificate(profile: Profile, item: str, span: Window, vocabulary: Vocabulary, lang: str) -> CertificateCheck:
    """The best certificate of the standard over the stage: one that holds to its end, else the nearest to it."""
    wanted = vocabulary.lookup("certification", item)
    checks: list[tuple[int, CertificateCheck]] = []
    for paper in profile.certifications:
        term = vocabulary.lookup("certification", paper.standard)
        identity = term.id if term else paper.standard
        edition = term.edition if term else None
        if not same_standard(vocabulary, wanted, item, identity) or not edition_suffices(vocabulary, wanted, edition):
            continue
        rank, key, day = _paper_over(paper, span)
        why = say(lang, "certificate", key, **({"date": day} if day else {}))
        checks.append(
            (
                rank,
                CertificateCheck(
                    standard=paper.standard,
                    state=paper.state_on(span.stage.start),
                    expires=paper.expires,
                    holds=rank == 0,
                    why=why,
                ),
            )
        )
    if checks:
        return min(checks, key=lambda c: (c[0], c[1].standard))[1]
    return CertificateCheck(
        standard=item, state="none", expires=None, holds=False, why=say(lang, "certificate", "none")
    )


def _paper_over(paper: Certification, span: Window) -> tuple[int, str, date | None]:
    """How far a paper carries over the stage: rank (0 holds), what to say, and the date it turns on."""
    if paper.state == "revoked":
        return 5, "revoked", None
    if paper.state == "claimed":
        return 4, "claimed", None
    if paper.issued is not None and paper.issued > span.stage.start:
        return 2, "future", paper.issued
    if paper.expires is None or paper.expires >= span.end:
        return (0, "holds", None) if paper.state != "expired" else (3, "revoked", None)
    if paper.expires < span.stage.start:
        return 3, "before", paper.expires
    return 1, "expires", paper.expires


def _second(
    others: Sequence[Profile],
    line: Capability | None,
    stage: Stage,
    shortfall: float,
    unit: str,
    vocabulary: Vocabulary,
) -> list[SecondSource]:
    """Plants of the same process with room: those that cover the whole shortfall first, then the roomiest."""
    if line is None:
        return []
    found: list[SecondSource] = []
    process = process_id(vocabulary, line.process)
    for other in others:
        for own in other.capabilities:
            factor = unit_factor(vocabulary, own.unit, unit)
            free = _free(own, factor)
            same = vocabulary.is_a("process", process_id(vocabulary, own.process), process)
            if not same or not free or factor is None or (own.min_order or 0) * factor > shortfall:
                continue
            found.append(
                SecondSource(
                    id=other.id,
                    name=other.name,
                    sample=other.sample,
                    country=other.country,
                    share=round(min(free, shortfall) / stage.volume, 4),
                    free=round(free, 2),
                    lead_time_days=own.lead_time_days,
                    covers=free >= shortfall,
                )
            )
            break
    return sorted(found, key=lambda s: (not s.covers, -s.free if not s.covers else 0, s.lead_time_days or 9999, s.id))[
        :3
    ]


def _inspection(plan_: sampling.SamplingPlan | None, pilot: bool, lang: str) -> str:
    if plan_ is None:
        text = say(lang, "inspection", "one")
    else:
        values = {
            "sample": plan_.sample,
            "lot": plan_.lot,
            "aql": plan_.aql,
            "accept": plan_.accept,
            "reject": plan_.reject,
        }
        if plan_.whole_lot:
            values.pop("sample")
        text = say(lang, "inspection", "whole" if plan_.whole_lot else "sample", **values)
    return f"{say(lang, 'inspection', 'pilot')} {text}" if pilot else text


def _questions(
    request: ScaleRequest, line: Capability | None, factor: float | None, lang: str, tooling_days: int | None
) -> list[Ask]:
    names = []
    if request.unit_price is None and any(s.unit_price is None for s in request.stages):
        names.append("unit_price")
    if request.tooling_cost is None:
        names.append("tooling_cost")
    if tooling_days is None:
        names.append("tooling_lead_time_days")
    if _free(line, factor) is None:
        names.append("free_capacity")
    if line is None or line.min_order is None:
        names.append("minimum_order")
    if line is None or line.lead_time_days is None:
        names.append("lead_time")
    return [Ask(name=name, question=say(lang, "questions", name)) for name in names]

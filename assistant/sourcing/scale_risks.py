"""What a pilot-to-scale plan risks, and what to negotiate: rules over the figures of its stages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date

from assistant.sourcing.scale_types import Risk, ScaleRequest, StagePlan
from assistant.sourcing.wording import unit_name

FULL = 0.9  # above this share of its whole capacity a plant has little room
STEEP = 5.0  # a monthly volume so many times the stage before needs a ramp
SOON_DAYS = 30
Say = Callable[..., str]


def risks(stage: StagePlan, before: StagePlan | None, as_of: date, unit: str, lang: str, say: Say) -> list[Risk]:
    """Risks of one stage, gravest first."""
    found: list[Risk] = []
    fullest = max(stage.capacity, key=lambda m: m.use_of_plant or 0, default=None)
    if stage.shortfall and not any(s.covers for s in stage.second_sources):
        text = say(lang, "risks", "single", short=stage.shortfall, unit=unit_name(lang, unit))
        found.append(Risk(level="high", name="no_second_source", text=text))
    for paper in stage.certificates:
        if not paper.holds:
            text = say(lang, "risks", "certificate", standard=paper.standard, why=paper.why)
            found.append(Risk(level="high", name="certificate", text=text))
    if stage.order_by is not None and stage.order_by < as_of:
        found.append(Risk(level="high", name="late", text=say(lang, "risks", "late", order_by=stage.order_by)))
    elif stage.order_by is not None and (stage.order_by - as_of).days <= SOON_DAYS:
        days = (stage.order_by - as_of).days
        text = say(lang, "risks", "soon", order_by=stage.order_by, days=days)
        found.append(Risk(level="medium", name="order_soon", text=text))
    if fullest is not None and (fullest.use_of_plant or 0) > FULL and not stage.shortfall:
        percent = round(100 * (fullest.use_of_plant or 0), 2)
        text = say(lang, "risks", "capacity", percent=percent, month=fullest.month)
        found.append(Risk(level="medium", name="capacity", text=text))
    if before is not None and stage.per == "month" and stage.volume >= STEEP * before.volume:
        times = math.floor(stage.volume / before.volume)
        found.append(Risk(level="medium", name="jump", text=say(lang, "risks", "jump", times=times)))
    return found


def stage_name(name: str, lang: str, say: Say) -> str:
    """A stage's name, the usual ones in the asker's language."""
    usual, _, rest = name.partition(" ")
    known = usual.lower() in ("pilot", "ramp", "scale")
    return " ".join(filter(None, (say(lang, "stages", usual.lower()), rest))) if known else name


def advice(plans: Sequence[StagePlan], request: ScaleRequest, lang: str, say: Say) -> list[str]:
    """What to negotiate, from what the stages lack, then what any plan settles."""
    unit = unit_name(lang, request.volume_unit)
    rows: list[str] = []
    for stage in plans:
        per_order = stage.volume if stage.per == "lot" else stage.volume / request.shipments_per_month
        if stage.minimum_met is False:
            values = {"volume": math.floor(per_order), "minimum": stage.minimum_order, "unit": unit}
            rows.append(say(lang, "negotiate", "minimum", stage=stage_name(stage.name, lang, say), **values))
        if stage.shortfall:
            rows.append(say(lang, "negotiate", "expand", short=stage.shortfall, unit=unit, start=stage.start))
        if stage.lead_time_days is not None and stage.earliest is not None and stage.earliest > stage.start:
            days = max(0, stage.lead_time_days - (stage.earliest - stage.start).days)
            rows.append(say(lang, "negotiate", "lead", days=days, stage=stage_name(stage.name, lang, say)))
        for paper in stage.certificates:
            if not paper.holds and paper.state in ("document_seen", "issuer_verified", "expired") and paper.expires:
                rows.append(say(lang, "negotiate", "renew", standard=paper.standard, date=paper.expires))
            elif not paper.holds:
                rows.append(say(lang, "negotiate", "prove", standard=paper.standard))
    monthly = [p for p in plans if p.per == "month"]
    if monthly:
        top = max(monthly, key=lambda p: p.volume)
        rows.append(say(lang, "negotiate", "reserve", volume=top.volume, unit=unit, start=top.start))
        if top.volume > plans[0].volume:
            first = monthly[0].volume if monthly[0].volume < top.volume else plans[0].volume
            rows.append(say(lang, "negotiate", "price", first=first, last=top.volume, unit=unit))
    if request.tooling_cost != 0:
        rows.append(say(lang, "negotiate", "tooling"))
    aql = next((p.inspection.aql for p in reversed(plans) if p.inspection), None)
    if aql:
        rows.append(say(lang, "negotiate", "quality", aql=aql))
    return list(dict.fromkeys(rows))

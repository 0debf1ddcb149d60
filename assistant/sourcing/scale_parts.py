"""Parts of a pilot-to-scale plan: capacity, customs entry, certificates, second sources, inspection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from assistant.sourcing import sampling
from assistant.sourcing.facts import edition_suffices, process_id, same_standard, unit_factor
from assistant.sourcing.scale_types import (
    Ask,
    CertificateCheck,
    Entry,
    MonthUse,
    ScaleRequest,
    SecondSource,
    Stage,
)
from assistant.sourcing.terms import load_yaml
from assistant.sourcing.types import Capability, Certification, Profile
from assistant.sourcing.vocabulary import Vocabulary
from assistant.sourcing.wording import number

INFORMAL_LIMIT = Decimal(2500)  # 19 CFR 143.21(a)


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


def free_of_line(line: Capability | None, factor: float | None) -> float | None:
    free = line.free_capacity() if line else None
    return None if free is None or factor is None else round(free * factor, 6)


def use(month: str, volume: float, free: float | None, whole: float | None) -> MonthUse:
    taken = None if whole is None or free is None or whole == 0 else (whole - free + volume) / whole
    return MonthUse(
        month=month,
        volume=volume,
        free=None if free is None else round(free, 2),
        use_of_free=None if not free else round(volume / free, 4),
        use_of_plant=None if taken is None else round(taken, 4),
    )


def money(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def entry(profile: Profile, price: Decimal | None, pieces: float, lang: str) -> Entry:
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


def certificate(profile: Profile, item: str, span: Window, vocabulary: Vocabulary, lang: str) -> CertificateCheck:
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
        return (0, "holds", None) if paper.state != "expired" else (3, "expired", None)
    if paper.expires < span.stage.start:
        return 3, "before", paper.expires
    return 1, "expires", paper.expires


def second(
    others: Sequence[Profile],
    home: str,
    line: Capability | None,
    stage: Stage,
    shortfall: float,
    unit: str,
    vocabulary: Vocabulary,
) -> list[SecondSource]:
    """Plants of the same process with room: those that cover the whole shortfall first, then those in the same
    country, then the quickest."""
    if line is None:
        return []
    found: list[SecondSource] = []
    process = process_id(vocabulary, line.process)
    for other in others:
        for own in other.capabilities:
            factor = unit_factor(vocabulary, own.unit, unit)
            free = free_of_line(own, factor)
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

    def key(s: SecondSource) -> tuple[bool, bool, float, int, str]:
        return not s.covers, s.country != home, 0 if s.covers else -s.free, s.lead_time_days or 9999, s.id

    return sorted(found, key=key)[:3]


def inspection(plan_: sampling.SamplingPlan | None, pilot: bool, lang: str) -> str:
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


def questions(
    request: ScaleRequest, line: Capability | None, factor: float | None, lang: str, tooling_days: int | None
) -> list[Ask]:
    names = []
    if request.unit_price is None and any(s.unit_price is None for s in request.stages):
        names.append("unit_price")
    if request.tooling_cost is None:
        names.append("tooling_cost")
    if tooling_days is None:
        names.append("tooling_lead_time_days")
    if free_of_line(line, factor) is None:
        names.append("free_capacity")
    if line is None or line.min_order is None:
        names.append("minimum_order")
    if line is None or line.lead_time_days is None:
        names.append("lead_time")
    return [Ask(name=name, question=say(lang, "questions", name)) for name in names]

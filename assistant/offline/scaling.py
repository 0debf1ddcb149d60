"""What a message (or several of one topic) says of a pilot-to-scale plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from assistant.offline.amounts import by_piece
from assistant.offline.comparison import Asked, plain_numbers
from assistant.offline.dates import DateFound, find_dates, first_day
from assistant.offline.language import Lang
from assistant.offline.names import titled_run
from assistant.offline.needs import read_need
from assistant.offline.text import blank, fold

_SLUG = re.compile(r"(?<![\w-])[a-z][a-z0-9]+(?:-[a-z0-9]+)+(?![\w-])")
_MONTH = r"months?|mes\b|monthly|mensual(?:es)?|mo\b"
_NO_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_NO_SLUG = frozenset({"pilot-to-scale", "t-mec", "scale-up", "ramp-up", "c-tpat", "e-commerce", "die-cast", "so-so"})


def _ahead(found: DateFound, as_of: date) -> date:
    """The day on which a stage begins: a month without a year lies ahead."""
    day = first_day(found) if found.day > as_of else found.day
    if found.assumed and day <= as_of:
        day = found.day.replace(day=1) if _NO_DAY.search(found.text) is None else found.day
        day = day if day > as_of else day.replace(year=day.year + 1)
    return day


def _changed(stages: Sequence[dict[str, Any]], lot: bool) -> dict[str, Any] | None:
    """The last stage of the kind named again."""
    same = [stage for stage in stages if (stage["per"] == "lot") == lot]
    return same[-1] if same else None


def staged(text: str, as_of: date, language: Lang) -> bool:
    """True when `text` has the shape of a plan, whatever its words: a pilot lot, then volumes by the month, dated."""
    asked = read_scale(text, as_of, language, None)
    stages = asked.arguments["stages"]
    lots = [s for s in stages if s["per"] == "lot"]
    return len(stages) >= 2 and bool(lots) and len(lots) < len(stages) and "stage_dates" not in asked.missing


@lru_cache(maxsize=256)
def read_scale(text: str, as_of: date, language: Lang, manufacturer: str | None) -> Asked:
    """Arguments of `plan_scale_up`. `manufacturer`: the one that the thread is about."""
    dates = find_dates(text, as_of, language)
    starts = [(d.span.start, _ahead(d, as_of)) for d in dates]
    rest = blank(text, [d.span for d in dates])
    numbers = plain_numbers(rest, language)
    counts = [
        n
        for n in numbers
        if not n.currency and not n.percent and n.unit in ("No.", None) and n.value >= 1 and not by_piece(rest, n)
    ]
    folded = fold(text)
    stages: list[dict[str, Any]] = []
    undated = False
    for place, number in enumerate(counts):
        following = counts[place + 1].span.start if place + 1 < len(counts) else len(text)
        day = next((start for at, start in starts if number.span.start <= at < following), None)
        if day is None and len(starts) == len(counts):
            day = starts[place][1]  # "in August 500, in October 5,000"
        lead = folded[max(0, number.span.start - 30) : number.span.end + 24]
        lot = bool(re.search(r"pilot|piloto|prototyp|prototip|muestra|sample", lead)) and not re.search(
            r"month|mes\b|mensual|/\s?mo\b|/\s?mes", folded[number.span.end : number.span.end + 12]
        )
        by_month = rf"^\s*(?:\w+\s+)?(?:a|per|al|por|/|each|cada)?\s*/?\s*(?:{_MONTH})"
        after = [bool(re.match(by_month, folded[n.span.end : n.span.end + 30])) for n in counts]
        # "from 400 pieces in January to 12k a month": the first amount, alone without a month, is the pilot's.
        lot = lot or (place == 0 and len(counts) > 1 and not after[0] and all(after[1:]))
        changed = _changed(stages, lot) if day is None and "\n" in text[: number.span.start] else None
        if changed is not None:  # "what if the pilot is 100": the stage named before, with another volume
            changed["volume"] = float(number.value)
            continue
        undated = undated or day is None
        row = {"volume": float(number.value), "per": "lot" if lot else "month"}
        if day:
            row["from"] = day.isoformat()
        stages.append(row)
    names = ("pilot", "ramp", "scale")  # the same call in either language; the prose translates
    monthly = [s for s in stages if s["per"] == "month"]
    for row in stages:
        row["name"] = names[0] if row["per"] == "lot" else names[2] if row is monthly[-1] else names[1]
    for name in names:  # several of one name are numbered
        same = [s for s in stages if s["name"] == name]
        for position, row in enumerate(same if len(same) > 1 else [], 1):
            row["name"] = f"{name} {position}"
    arguments: dict[str, Any] = {"stages": stages, "as_of": as_of.isoformat(), "language": language}
    slug = next((m for m in _SLUG.findall(text.lower()) if m not in _NO_SLUG), None) or titled_run(text)
    need = {
        k: v
        for k, v in read_need(text).items()
        if k in ("processes", "materials", "certifications", "regions", "countries")
    }
    if slug or manufacturer:
        arguments["id"] = slug or manufacturer
        need = {k: v for k, v in need.items() if k == "certifications"}
    if need:
        arguments["requirements"] = need
    prices = [n for n in numbers if n.currency]
    if prices:
        arguments["unit_price"] = format(prices[0].value, "f")
    missing = []
    if not stages:
        missing.append("stages")
    elif undated:
        missing.append("stage_dates")
    if "id" not in arguments and not set(need) & {"processes", "materials"}:
        missing.append("manufacturer")
    return Asked(arguments, tuple(missing))

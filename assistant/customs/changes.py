"""Every dated change of a line's stack for one origin: what `tariff_changes` answers. Pure.

The days on which anything may change come from the law itself (windows of measures, lists, programs, fees and
schedule revisions); on each of them the stack of the day before is compared with the stack of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from assistant.customs.base_rate import Entry
from assistant.customs.law import fees, on_day, programs, say, unmodelled
from assistant.customs.measures import prohibitions
from assistant.customs.missing import missing_layer, not_modelled
from assistant.customs.schedule import Line
from assistant.customs.types import FEE_KINDS, Language, Layer, LayerKind, Source
from assistant.customs.ways import Law, build
from assistant.errors import InvalidInput, NotInForce

_DAY = timedelta(days=1)
_VALUE = Decimal(10_000)  # notional; only rates and statuses are compared


@dataclass(frozen=True, slots=True)
class Change:
    """One layer that reads differently from `day` on. `before` and `after` are rates, None when it is not charged."""

    day: date
    kind: LayerKind
    heading: str | None
    title: str
    before: str | None
    after: str | None
    source: Source | None


def changes(
    lines: Sequence[Line], origin: str, start: date, end: date, *, law: Law | None = None, language: Language = "en"
) -> tuple[Change, ...]:
    """Changes from `start` to `end`, both included, in order of date. `lines`: the row of the number in each loaded
    revision; the one in force on a day is the latest that began by then.

    Raises InvalidInput for a window that ends before it starts, NotInForce when no row is in force in it."""
    if end < start:
        raise InvalidInput(say("error.window", language), field="to", hint=say("hint.window", language))
    law = law or Law.shipped()
    found: list[Change] = []
    first = min((line.revision.effective_from for line in lines), default=date.max)
    if end < first:
        raise NotInForce(
            say("error.window_schedule", language, day=end, start=first),
            field="to",
            hint=say("hint.schedule_day", language, start=first),
        )
    for day in sorted(change_days(lines, origin, law)):
        if max(start, first + _DAY) <= day <= end:
            before, after = (_card(lines, origin, d, law, language) for d in (day - _DAY, day))
            found += _differences(day, before, after, language)
    return tuple(found)


def change_days(lines: Sequence[Line], origin: str, law: Law) -> frozenset[date]:
    """Days on which the stack of the line may change for the origin; a superset of those on which it does."""
    days: set[date] = {line.revision.effective_from for line in lines}
    for value in (v for fee in fees().values() for v in fee.values):
        days |= _edges(value.start, value.end)
    for window in (c for c in programs().column_2 if c.country == origin):
        days |= _edges(window.start, window.end)
    for swap in (c for c in programs().column_2_replacements if c.country == origin):
        days |= _edges(swap.start, swap.end)
    for program in programs().programs:
        for validity in program.windows if program.covers(origin) else ():
            days |= _edges(validity.start, validity.end)
    for ban in prohibitions():
        days |= _edges(ban.start, ban.end) if origin in ban.origins else set()
    for family in unmodelled():
        if any(family.may_concern(line.hts) for line in lines):
            days |= _edges(family.start, family.end)
    for measure in law.measures:
        for row in (*measure.exceptions, *measure.values):
            if not row.covers(origin):
                continue
            days |= _edges(row.start, row.end)
            for goods in (row.goods, row.except_goods):
                for name in goods.lists if goods else ():
                    for line in lines:
                        days |= law.lists.changes(name, line.hts)
    return frozenset(days - {date.min})


def _edges(start: date, end: date | None) -> set[date]:
    return {start} | ({end + _DAY} if end is not None and end != date.max else set())


def _card(lines: Sequence[Line], origin: str, day: date, law: Law, language: Language) -> dict[str, Layer]:
    """Layers of the day by title, without claims and facts."""
    in_force = [line for line in lines if line.revision.effective_from <= day]
    if not in_force:
        return {}
    line = max(in_force, key=lambda one: (one.revision.effective_from, not one.revision.partial))
    entry = Entry(
        line=line,
        origin=origin,
        day=day,
        value=_VALUE,
        quantities={},
        parts={},
        mode="ocean",
        preference=None,
        language=language,
    )
    known = all(on_day(fee.values, day) for fee in fees().values())
    missing = (missing_layer(entry, family) for family in not_modelled(entry))
    return {layer.title: layer for layer in (*build(entry, {}, law, fees=known).layers, *missing)}


def _differences(day: date, before: dict[str, Layer], after: dict[str, Layer], language: Language) -> list[Change]:
    found = []
    for title in dict.fromkeys([*before, *after]):
        old, new = before.get(title), after.get(title)
        if not any(layer and layer.status != "not_applied" for layer in (old, new)):
            continue  # a heading that charges nothing in place of another is no change of duty
        was, now = _shown(old, day - _DAY, language), _shown(new, day, language)
        if was == now and (old and old.heading) == (new and new.heading):
            continue
        layer = new or old
        assert layer is not None
        if layer.kind in FEE_KINDS and not (old and new):
            continue  # the fees of one of the days are not known
        source = layer.sources[0] if layer.sources else None
        found.append(Change(day, layer.kind, layer.heading, title, was, now, source))
    return found


def _shown(layer: Layer | None, day: date, language: Language) -> str | None:
    """The rate as charged ("25%"), with its state when that is not plain, or None when nothing is charged."""
    if layer is None:
        return None
    if layer.kind == "mpf" and layer.status == "applied":
        value = fees()["mpf"].on(day)
        return say("change.bounds", language, rate=value.rate, least=value.least, most=value.most)
    if layer.status == "applied":
        return layer.rate
    if layer.status == "needs_fact" and layer.rate:
        return layer.rate + say("change.needs_fact", language)
    return say(f"change.{layer.status}", language)


__all__ = ["Change", "change_days", "changes"]

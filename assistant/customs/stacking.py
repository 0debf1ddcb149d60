"""How the measures of one entry stack: what displaces what, on which value, and at which rate.

The rules, in the order in which they are applied:

1. Measures are evaluated by stage: section 232 first (semiconductors, vehicles, parts, wood, copper, drugs, drones,
   metals), then safeguards and section 301 on China, then the measures laid on origins (IEEPA, section 122, the 2026
   section 301 actions, section 338). A measure sees what earlier ones charged.
2. Within a measure the exceptions are tried in order, then the values; the first that fits decides.
3. "Subject to" a group means that one of its headings covers the article, even at an additional rate of nothing
   (a floor that the base duty already reaches): U.S. notes 2(v), 2(aa)(v), 50(a)(vi), 51(c) and 52(f) name headings.
4. Where section 232 was laid on the metal content, the measures of 2025 fall on the remainder of the value.
5. A floor charges max(0, floor x value - base duty); specific rates count by amount (U.S. notes 2(v)(xix), 52(k)).
6. Of one generation of section 301 only the highest rate is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from assistant.customs.base_rate import Entry
from assistant.customs.given import PART_98, Given, Unanswered
from assistant.customs.law import Program, programs, say
from assistant.customs.measures import Basis, Exception_, Measure, Row, Value
from assistant.customs.rate_model import cents, money, show_number
from assistant.customs.scope import Applicable
from assistant.customs.types import Layer, LayerStatus, Source

_METALS: dict[str, str] = {
    "steel_content": "steel_content_value",
    "aluminum_content": "aluminum_content_value",
    "copper_content": "copper_content_value",
}


@dataclass
class _State:
    """What earlier measures did to the entry."""

    covered: set[str] = field(default_factory=set)  # groups whose headings cover the article
    metal_value: Decimal = Decimal(0)  # value of the content that section 232 was laid on
    whole: bool = False  # section 232 was laid on the whole value


def evaluate(
    entry: Entry, given: Given, base_duty: Decimal | None, program: Program | None, found: Sequence[Applicable]
) -> tuple[Layer, ...]:
    """Layers of every measure that can concern the entry. `base_duty`: column 1 or 2 duty as charged, None when a
    quantity is missing. Raises `Unanswered` for a fact that a condition needs."""
    state, layers = _State(), []
    column = 2 if programs().column_two(entry.origin, entry.day) else 1
    postal = entry.entry_type == "postal"
    for one in found:
        if (one.measure.entry_type == "postal") != postal:
            continue
        layer = _measure(entry, given, base_duty, program, one, state, column)
        if layer:
            layers.append((one.measure, layer))
    return _generations(entry, layers)


def _measure(
    entry: Entry,
    given: Given,
    base_duty: Decimal | None,
    program: Program | None,
    one: Applicable,
    state: _State,
    column: int,
) -> Layer | None:
    measure = one.measure
    if not any(isinstance(m.row, Value) and m.row.covers(entry.origin) for m in one.rows):
        return None
    if _outside(entry, given):
        mine = (m.row for m in one.rows if isinstance(m.row, Value) and not m.row.when.claimed_heading)
        shown = next((row for row in mine if row.covers(entry.origin)), None)
        return _idle(entry, measure, shown, say("reason.chapter_98", entry.language)) if shown else None
    other_column = None
    for match in one.rows:
        row = match.row
        if not row.covers(entry.origin):
            continue
        if column not in row.columns:
            other_column = row
            continue
        if match.partial and not given.holds("statistical_number_listed", "true"):
            continue
        if not _met(row, given, program, state):
            continue
        if isinstance(row, Exception_):
            return _idle(entry, measure, row, row.reason[entry.language])
        assert isinstance(row, Value)
        return _charge(entry, given, base_duty, measure, row, state)
    if other_column is not None:
        return _idle(entry, measure, other_column, say("reason.other_column", entry.language))
    return None


def _outside(entry: Entry, given: Given) -> bool:
    """Whether the entry is under a provision of chapter 98 that leaves the additional duties out."""
    if entry.line.hts.startswith("98"):
        return not entry.line.hts.startswith(PART_98)
    return "chapter_98_provision" in given and given.text("chapter_98_provision") == "outside"


def _met(row: Row, given: Given, program: Program | None, state: _State) -> bool:
    """Whether every condition of the row holds. Facts come last, so that nothing is asked in vain."""
    when = row.when
    claimed = program.name("en") if program else None
    if when.claim and claimed != when.claim:
        return False
    if when.no_claim and claimed == when.no_claim:
        return False
    if when.subject_to and not state.covered.intersection(when.subject_to):
        return False
    if when.claimed_heading and given.claimed_heading() != row.heading:
        if row.goods.footnote and given.claimed_heading() is None:
            given.assumed["exclusion_heading"] = None
        return False
    if when.loaded_before:
        loaded = given.day("loaded_before")
        if loaded is None:
            given.assumed["loaded_before"] = None
            return False
        if loaded >= when.loaded_before:
            return False
    return all(given.holds(name, wanted) for name, wanted in when.facts.items())


def _charge(
    entry: Entry, given: Given, base_duty: Decimal | None, measure: Measure, row: Value, state: _State
) -> Layer:
    basis = row.basis or measure.basis
    if measure.kind == "section_232" and entry.provision == "98020060" and entry.full:
        entry = replace(entry, value=entry.full)  # U.S. notes 16(b), 33, 36-40: assessed on the full value
    value, shown = _basis(entry, given, basis, state)
    if measure.kind == "section_232":
        _note(measure, basis, value, state, entry.value)
    if value <= 0:
        return _idle(entry, measure, row, say("reason.nothing_left", entry.language))
    lang = entry.language
    if row.rate is not None:
        rate = f"{show_number(row.rate * 100)}%"
        amount = cents(row.rate * value)
        return _layer(
            entry,
            measure,
            row,
            "applied",
            None,
            rate,
            shown,
            value,
            amount,
            f"{rate} × {money(value)} = {money(amount)}",
        )
    assert row.floor is not None
    rate = f"{show_number(row.floor * 100)}%"
    printed = say("rate.floor", lang, floor=rate)
    if base_duty is None:
        return _layer(
            entry, measure, row, "needs_fact", say("reason.floor_needs_base", lang), printed, shown, None, None, None
        )
    total = cents(row.floor * value)
    amount = max(Decimal("0.00"), total - base_duty)
    text = f"{rate} × {money(value)} = {money(total)} - {money(base_duty)} = {money(amount)}"
    if not amount:
        idle = _idle(entry, measure, row, say("reason.floor_reached", lang, floor=rate), printed)
        return idle.model_copy(update={"heading": row.reached}) if row.reached else idle
    return _layer(entry, measure, row, "applied", None, printed, shown, value, amount, text)


def _note(measure: Measure, basis: Basis, value: Decimal, state: _State, whole: Decimal) -> None:
    state.covered.update(measure.group)
    if basis in _METALS:
        state.metal_value += value
        state.whole = state.whole or state.metal_value >= whole
    else:
        state.whole = True


def _basis(entry: Entry, given: Given, basis: Basis, state: _State) -> tuple[Decimal, str]:
    """The value that a rate is laid on, in dollars, and its name."""
    lang = entry.language
    if basis in _METALS:
        name = _METALS[basis]
        if name in given:
            value = given.number(name)
        else:  # what is given for all metals together is laid once, where a line is on the lists of two
            value = max(given.number("metal_content_value") - state.metal_value, Decimal(0))
        return min(value, entry.value), say(f"basis.{basis}", lang)
    if basis in ("remainder", "foreign_remainder"):
        left = Decimal(0) if state.whole else entry.value - state.metal_value
        home = given.number("us_content_value") if basis == "foreign_remainder" and left > 0 else Decimal(0)
        if home * 5 >= entry.value:  # U.S. note 2(v)(xvii): at least 20 percent
            left = min(left, entry.value - home)
        return max(left, Decimal(0)), say("basis.customs_value" if left == entry.value else "basis.remainder", lang)
    if basis == "non_us_content":
        return entry.value - given.number("us_content_value"), say("basis.non_us_content", lang)
    if basis == "over_us_40":  # U.S. note 16(j): U.S. content up to 40 percent of the value is free
        return entry.value - min(given.number("us_content_value"), entry.value * 2 / 5), say("basis.over_us_40", lang)
    return entry.value, say("basis.customs_value", lang)


def _generations(entry: Entry, layers: Sequence[tuple[Measure, Layer]]) -> tuple[Layer, ...]:
    """Of one generation only the highest amount stays charged."""
    best: dict[str, Layer] = {}
    for measure, layer in layers:
        if measure.generation and layer.status == "applied" and layer.amount is not None:
            held = best.get(measure.generation)
            if held is None or (held.amount or 0) < layer.amount:
                best[measure.generation] = layer
    done = []
    for measure, layer in layers:
        held = best.get(measure.generation or "")
        if held is not None and held is not layer and layer.status == "applied":
            why = say("reason.generation", entry.language, heading=held.heading or held.title)
            layer = layer.model_copy(update={"status": "not_applied", "reason": why, "amount": None})
        done.append(layer)
    return tuple(done)


def _idle(entry: Entry, measure: Measure, row: Row | None, reason: str, rate: str | None = None) -> Layer:
    return _layer(entry, measure, row, "not_applied", reason, rate, None, None, None, None)


def _layer(
    entry: Entry,
    measure: Measure,
    row: Row | None,
    status: LayerStatus,
    reason: str | None,
    rate: str | None,
    basis: str | None,
    basis_amount: Decimal | None,
    amount: Decimal | None,
    calculation: str | None,
) -> Layer:
    shown = row if row is not None else measure.values[0]
    start = None if shown.start == date.min else shown.start
    source = shown.source or measure.values[0].source
    if source is not None and source.effective_from is None:
        source = _dated(source, start, shown.end)
    return Layer.model_construct(
        kind=measure.kind,
        heading=shown.heading,
        title=measure.title[entry.language],
        rate=rate,
        basis=basis,
        basis_amount=basis_amount,
        amount=amount,
        calculation=calculation,
        status=status,
        reason=reason,
        effective_from=start,
        effective_to=shown.end,
        sources=(source,) if source is not None else (),
    )


@lru_cache(maxsize=4096)
def _dated(source: Source, start: date | None, end: date | None) -> Source:
    return source.model_copy(update={"effective_from": start, "effective_to": end})


__all__ = ["Unanswered", "evaluate"]

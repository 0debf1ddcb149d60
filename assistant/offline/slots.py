"""The slots of a duty question: what a message says, folded over what the thread has said before."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from assistant.offline.amounts import Count, UnitPrice, may_be_value, total
from assistant.offline.dates import stepped
from assistant.offline.given import facts_said, loaded_before, yes_or_no
from assistant.offline.programs import usual_program
from assistant.offline.reading import Reading
from assistant.offline.text import fold

if TYPE_CHECKING:
    from assistant.offline.state import State

ORIGINS_OF = {"USMCA": {"MX", "CA", "US"}, "KR": {"KR"}, "AU": {"AU"}, "CL": {"CL"}, "SG": {"SG"}, "IL": {"IL"},
              "CO": {"CO"}, "PE": {"PE"}, "PA": {"PA"}, "JO": {"JO"}}  # fmt: skip


@dataclass(frozen=True)
class Tariff:
    """Slots of a duty or rate question."""

    codes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    destination: str | None = None
    value: Decimal | None = None
    currency: str = "USD"
    price: UnitPrice | None = None
    day: date | None = None
    mode: str | None = None
    quantities: dict[str, Decimal] = field(default_factory=dict)
    program: str | None = None
    both: bool = False
    without: bool = False
    originating: bool | None = None
    certificate: bool | None = None
    wants_line: bool = False
    entry_type: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Decimal] = field(default_factory=dict)  # of each origin or line, where the amounts differ


def tariff_slots(state: State, reading: Reading, fresh: bool) -> Tariff:
    """The slots of the thread's duty question with what `reading` says; `fresh`: a question of its own."""
    old = Tariff() if fresh else state.tariff
    if fresh and not reading.codes and state.topic in ("tariff", "changes", "origin"):
        old = replace(Tariff(), codes=state.tariff.codes)
    codes = tuple(c.digits for c in reading.codes) or old.codes
    origins = reading.origins or _there(state, reading)
    added = re.search(r"\b(?:compare|compara\w*|versus|vs|against|contra|tambien|also|as well)\b", fold(reading.text))
    if origins and added and old.origins and not set(origins) & set(old.origins):
        origins = (*old.origins, *origins)
    new = replace(
        _money(old, reading, asked=state.asked),
        codes=codes,
        origins=origins or old.origins,
        values=_values(reading) or ({} if reading.value or reading.plain_numbers else old.values),
        destination=reading.destination or old.destination,
        day=_entry_day(reading) or stepped(reading.text, old.day or reading.as_of) or old.day,
        mode=reading.mode or old.mode,
        quantities={**old.quantities, **reading.quantities},
        wants_line=_wants_line(reading, old),
        entry_type=reading.entry_type or old.entry_type,
        facts={**(old.facts if codes == old.codes else {}), **_facts(reading, state)},
    )
    return _claimed(state, new, reading, origins)


def _money(old: Tariff, reading: Reading, asked: tuple[str, ...]) -> Tariff:
    """The value: as stated, as price times quantity, changed by a percentage, or a bare number where one is awaited."""
    amount = reading.amount
    stated = _facts_in(reading, asked)
    if amount.value is not None and format(amount.value.value.normalize(), "f") in stated:
        return old  # the value of the steel in it, not of the goods
    if amount.value is not None:
        return replace(old, value=amount.value.value, currency=amount.value.currency or "USD", price=amount.price)
    price = amount.price or (old.price if amount.counts else None)
    if price is not None:
        computed = total(price, amount.counts) or total(price, _counts(old))
        return replace(old, value=computed[0] if computed else None, currency=price.currency, price=price)
    if amount.change is not None and old.value is not None:
        return replace(old, value=(old.value * amount.change).quantize(Decimal("0.01")).normalize() + 0, price=None)
    bare = [n for n in reading.plain_numbers if may_be_value(n)]
    alone = len(reading.text.split()) <= 3
    awaited = bool(reading.codes) or "customs_value" in asked or old.value is None or reading.continues or alone
    if awaited and bare and "date" not in asked:
        return replace(old, value=bare[0].value, currency="USD", price=None)
    return old


def _entry_day(reading: Reading) -> date | None:
    """The first day named that is not the day of lading."""
    loaded = loaded_before(reading.text, reading.dates)
    return next((found.day for found in reading.dates if found.day != loaded), None)


def _facts(reading: Reading, state: State) -> dict[str, Any]:
    return facts_said(reading.text, reading.numbers, reading.dates, state.asked)


def _facts_in(reading: Reading, asked: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(facts_said(reading.text, reading.numbers, reading.dates, asked).values())


def _values(reading: Reading) -> dict[str, Decimal]:
    """Each origin's or each line's amount, when as many amounts as origins or lines are named, in turns: "Mexico
    $25,000 vs China $20,000", "6403.91 boots $40,000 and 6109.10 tees $25,000"."""
    amounts = [n for n in reading.numbers if n.currency == "USD" and not n.percent]
    places = [(c.code, c.span) for c in reading.countries if c.code in reading.origins]
    lines = [(code.digits, code.span) for code in reading.codes]
    for named in (places, lines):
        if reading.amount.price is not None or not 2 <= len(named) == len(amounts):
            continue
        marks = sorted([*((span.start, "c") for _, span in named), *((n.span.start, "n") for n in amounts)])
        if "".join(mark for _, mark in marks) in ("cn" * len(named), "nc" * len(named)):
            return {name: n.value for (name, _), n in zip(named, amounts, strict=True)}
    return {}


def _counts(old: Tariff) -> tuple[Count, ...]:
    return tuple(Count(value, unit, f"{value} {unit}") for unit, value in old.quantities.items())


def _there(state: State, reading: Reading) -> tuple[str, ...]:
    """The country of the plants looked for, when the message says "from there"."""
    if not re.search(r"\b(?:there|alla|ahi|alli|their country|ese pais|that country)\b", fold(reading.text)):
        return ()
    near = (state.need.get("near") or {}).get("place", "")
    places = [*state.need.get("countries", ()), *state.need.get("regions", ()), *([near] if near else ())]
    return tuple(dict.fromkeys(place[:2].upper() for place in places if re.match(r"[A-Za-z]{2}(?:-|$)", place)))


def _claimed(state: State, new: Tariff, reading: Reading, origins: tuple[str, ...]) -> Tariff:
    """The claim to a special program: as stated now, else as before with what the message adds to it."""
    claim = reading.claim
    if claim is not None:
        keeps = new.program == claim.program
        return replace(
            new,
            program=claim.program,
            both=claim.both,
            without=claim.without,
            originating=claim.originating if claim.originating is not None or not keeps else new.originating,
            certificate=claim.certificate_on_file
            if claim.certificate_on_file is not None or not keeps
            else new.certificate,
        )
    if new.program and "preference.originating" in state.asked and reading.originating is None:
        told = yes_or_no(reading.text)  # "yes", to whether the goods originate
        if told is not None:
            return replace(new, originating=told, both=False, without=False)
    if reading.originating is not None or (reading.certificate is not None and new.program):
        stated = reading.originating if reading.originating is not None else new.originating
        certificate = reading.certificate if reading.certificate is not None else new.certificate
        program = new.program or usual_program(new.origins)
        return replace(new, program=program, originating=stated, certificate=certificate, both=False, without=False)
    if new.program and origins and not set(origins) & ORIGINS_OF.get(new.program, set(origins)):
        return replace(new, program=None, both=False, without=False, originating=None, certificate=None)
    return new


def _wants_line(reading: Reading, old: Tariff) -> bool:
    line, duty = reading.scores.get("line", 0), reading.scores.get("duty", 0)
    if reading.value or reading.amount.price or (reading.claim and reading.claim.both):
        return False
    if old.wants_line and not line and any(may_be_value(n) for n in reading.plain_numbers):
        return False  # "from Vietnam, 30k by sea" asks for the amount
    return line > duty if (line or duty) else old.wants_line

"""What a thread means now: each message folded over the state before it. Pure; nothing is kept outside the messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.offline.acts import LIMITS, SOCIAL, act_of, short
from assistant.offline.language import Lang
from assistant.offline.production import ACTS, order_ids, supplier
from assistant.offline.reading import Reading
from assistant.offline.text import fold

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
    day: date | None = None
    mode: str | None = None
    quantities: dict[str, Decimal] = field(default_factory=dict)
    program: str | None = None
    both: bool = False
    without: bool = False
    originating: bool | None = None
    certificate: bool | None = None
    wants_line: bool = False


@dataclass(frozen=True)
class State:
    """The folded thread. `shown` are the manufacturers last listed, (id, name) in order."""

    topic: str | None = None
    language: Lang = "en"
    tariff: Tariff = Tariff()
    need: dict[str, Any] = field(default_factory=dict)
    need_text: str = ""
    need_day: date | None = None
    query: str = ""
    subject: str = ""
    query_day: date | None = None
    manufacturer: str | None = None
    manufacturer_text: str = ""
    order: tuple[str, ...] = ()
    order_day: date | None = None
    order_from: date | None = None
    asked: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """One thing the person wants now: the act, the state it is asked in, and notes of how words were read."""

    act: str
    state: State
    reading: Reading
    notes: tuple[tuple[str, dict[str, str]], ...] = ()


def fold_message(state: State, reading: Reading) -> Request:
    """What `reading` asks, given the thread so far; the request carries the new state."""
    act = act_of(state, reading, _chosen(state, reading) is not None)
    state = replace(state, language=reading.language or state.language)
    notes = tuple(_notes(reading))
    if act in (*LIMITS, *SOCIAL, "offtopic", "unclear"):
        return Request(act, state, reading, notes)
    if act == "tariff":
        fresh = not (reading.continues or (state.topic == "tariff" and not _complete(reading))) and not _fills(
            state, reading
        )
        before = state.tariff
        state = replace(state, topic="tariff", tariff=_tariff(state, reading, fresh))
        if not fresh and before.program and not state.tariff.program and state.tariff.origins:
            notes = (*notes, ("note_no_program", {"program": before.program, "code": state.tariff.origins[0]}))
    elif act == "find":
        state = _find(state, reading)
    elif act == "profile":
        chosen = _chosen(state, reading)
        state = replace(state, topic="profile", manufacturer=chosen, manufacturer_text=reading.text)
    elif act in ACTS:
        state = _production(state, reading, act)
    elif act == "rules":
        same = reading.continues and state.topic == "rules" and bool(state.query) and short(reading)
        # The subject stays that of the question that opened the topic; each follow-up brings its own words.
        subject = state.subject if same else reading.text
        query = f"{reading.text} {subject}" if same else reading.text
        day = reading.dates[0].day if reading.dates else (state.query_day if same else None)
        state = replace(state, topic="rules", subject=subject, query=query, query_day=day)
    elif act == "classify":
        state = replace(state, topic="tariff", tariff=_tariff(state, reading, True))
    return Request(act, replace(state, asked=()), reading, notes)


def _production(state: State, reading: Reading, act: str) -> State:
    """Orders named now, else (for a follow-up about orders) those named before; the supplier named or pointed at."""
    orders = tuple(order_ids(reading.text)) or (state.order if act == "order" or reading.continues else ())
    days = [found.day for found in reading.dates]
    since = re.search(r"\b(?:since|from|desde)\b", fold(reading.text)) is not None
    chosen = _chosen(state, reading) or supplier(reading.text)
    return replace(
        state,
        topic=act,
        order=orders if act != "performance" else (),
        order_day=max(days) if days and not (since and len(set(days)) == 1) else None,
        order_from=min(days) if days and (since or len(set(days)) > 1) else None,
        manufacturer=chosen or (state.manufacturer if act == "performance" else None),
        manufacturer_text=reading.text,
    )


def _complete(reading: Reading) -> bool:
    """A tariff question that stands alone: it names its own code and says what it wants."""
    return bool(reading.codes) and bool(reading.scores.get("duty") or reading.scores.get("line"))


def _fills(state: State, reading: Reading) -> bool:
    """True when the message gives what was asked for last time."""
    given = {
        "hts": bool(reading.codes),
        "origin": bool(reading.origins),
        "customs_value": bool(reading.value or reading.numbers),
    }
    return any(given.get(name, False) for name in state.asked)


def _tariff(state: State, reading: Reading, fresh: bool) -> Tariff:
    old = Tariff() if fresh else state.tariff
    if fresh and not reading.codes and state.topic == "tariff":
        old = replace(Tariff(), codes=state.tariff.codes)
    codes = tuple(c.digits for c in reading.codes) or old.codes
    origins = reading.origins
    added = re.search(r"\b(?:compare|compara\w*|versus|vs|against|contra|tambien|also|as well)\b", fold(reading.text))
    if origins and added and old.origins and not set(origins) & set(old.origins):
        origins = (*old.origins, *origins)
    value, currency = old.value, old.currency
    if reading.value:
        value, currency = reading.value.value, reading.value.currency or "USD"
    elif not fresh and (state.asked == ("customs_value",) or reading.continues):
        bare = [n for n in reading.numbers if not n.unit and not n.percent]
        value = bare[0].value if bare else value
    claim = reading.claim
    new = replace(
        old,
        codes=codes,
        origins=origins or old.origins,
        destination=reading.destination or old.destination,
        value=value,
        currency=currency,
        day=reading.dates[0].day if reading.dates else old.day,
        mode=reading.mode or old.mode,
        quantities={**old.quantities, **reading.quantities},
        wants_line=_wants_line(reading, old),
    )
    if claim is not None:
        return replace(
            new,
            program=claim.program,
            both=claim.both,
            without=claim.without,
            originating=claim.originating,
            certificate=claim.certificate_on_file,
        )
    if new.program and (reading.originating is not None or reading.certificate is not None):
        stated = reading.originating if reading.originating is not None else new.originating
        new = replace(new, originating=stated, certificate=reading.certificate or new.certificate, both=False)
    if new.program and origins and not set(origins) & ORIGINS_OF.get(new.program, set(origins)):
        return replace(new, program=None, both=False, without=False, originating=None, certificate=None)
    return new


def _wants_line(reading: Reading, old: Tariff) -> bool:
    line, duty = reading.scores.get("line", 0), reading.scores.get("duty", 0)
    if reading.value or (reading.claim and reading.claim.both):
        return False
    return line > duty if (line or duty) else old.wants_line


def _find(state: State, reading: Reading) -> State:
    """The need: its fields replaced one by one by what the message says. The text is the latest message's alone: the
    earlier words are in the fields, and would contradict what has changed since."""
    follow = state.need_text and state.topic in ("find", "profile") and (reading.continues or short(reading))
    need = dict(state.need) if follow else {}
    new = dict(reading.need)
    countries = [c.code for c in reading.countries if c.role != "to"]
    if countries and "countries" not in new and "regions" not in new and "near" not in new:
        new["countries"] = list(dict.fromkeys(countries))
    if {"countries", "regions", "near"} & set(new):
        for name in ("countries", "regions", "near"):
            need.pop(name, None)
    if follow and not {"monthly_volume", "pilot_volume"} & set(new):
        bare = [n for n in reading.numbers if not n.currency and not n.percent]
        if len(bare) == 1 and not new:
            new["monthly_volume"] = float(bare[0].value)
    need.update(new)
    day = reading.dates[0].day if reading.dates else (state.need_day if follow else None)
    return replace(state, topic="find", need=need, need_text=reading.text, need_day=day, manufacturer=None)


def _chosen(state: State, reading: Reading) -> str | None:
    """The id of a manufacturer shown before that the message points at, by place in the list or by name."""
    if not state.shown:
        return None
    if reading.ordinal is not None and not reading.codes:
        place = reading.ordinal - 1 if reading.ordinal > 0 else len(state.shown) - 1
        if 0 <= place < len(state.shown):
            return state.shown[place][0]
    folded = fold(reading.text)
    for manufacturer_id, name in state.shown:
        if fold(name) in folded or manufacturer_id in folded:
            return manufacturer_id
    from rapidfuzz import fuzz

    scored = [(fuzz.partial_ratio(fold(name), folded), manufacturer_id) for manufacturer_id, name in state.shown]
    best = max(scored)
    return best[1] if best[0] >= 88 else None


def _notes(reading: Reading) -> list[tuple[str, dict[str, str]]]:
    """How words were read where there was room: said in the answer."""
    notes: list[tuple[str, dict[str, str]]] = []
    for country in reading.countries:
        if country.how == "typo":
            notes.append(("note_country", {"text": country.text, "code": country.code}))
    for found in reading.dates[:1]:
        if found.assumed:
            notes.append(("note_date", {"text": found.text, "date": found.day.isoformat()}))
    if reading.claim and reading.claim.ended_name:
        notes.append(("note_nafta", {}))
    return notes

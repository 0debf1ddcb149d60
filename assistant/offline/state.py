"""What a thread means now: each message folded over the state before it. Pure; nothing is kept outside the messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assistant.offline.acts import LIMITS, PLANS, SOCIAL, act_of, short
from assistant.offline.dates import first_day
from assistant.offline.language import Lang
from assistant.offline.names import asks_attribute, points_at_one, points_at_some
from assistant.offline.needs import HARD, calm
from assistant.offline.production import ACTS, order_ids, supplier
from assistant.offline.reading import Reading
from assistant.offline.slots import Tariff, tariff_slots
from assistant.offline.text import fold, worded

__all__ = ["Request", "State", "Tariff", "fold_message"]


@dataclass(frozen=True)
class State:
    """The folded thread. `shown` are the manufacturers last listed, (id, name) in order; `manufacturers` those asked
    about last, by id or by an id made from a name; `unread` words of the need that no field takes."""

    topic: str | None = None
    language: Lang = "en"
    tariff: Tariff = field(default_factory=Tariff)
    need: dict[str, Any] = field(default_factory=dict)
    need_text: str = ""
    need_day: date | None = None
    query: str = ""
    subject: str = ""
    query_day: date | None = None
    manufacturers: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    order_day: date | None = None
    order_from: date | None = None
    asked: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    plan_text: str = ""  # all messages about the comparison or plan at hand


@dataclass(frozen=True)
class Request:
    """One thing the person wants now: the act, the state it is asked in, and notes of how words were read."""

    act: str
    state: State
    reading: Reading
    notes: tuple[tuple[str, dict[str, str]], ...] = ()


def fold_message(state: State, reading: Reading) -> Request:
    """What `reading` asks, given the thread so far; the request carries the new state."""
    plants = _plants(state, reading)
    act = act_of(state, reading, plants)
    state = replace(state, language=reading.language or state.language)
    notes = tuple(_notes(reading, act))
    if act in (*LIMITS, *SOCIAL, "offtopic", "unclear"):
        return Request(act, state, reading, notes)
    if act == "tariff":
        fresh = not (reading.continues or (state.topic == "tariff" and not _complete(reading))) and not _fills(
            state, reading
        )
        before = state.tariff
        state = replace(state, topic="tariff", tariff=tariff_slots(state, reading, fresh))
        if not fresh and before.program and not state.tariff.program and state.tariff.origins:
            notes = (*notes, ("note_no_program", {"program": before.program, "code": state.tariff.origins[0]}))
    elif act == "find":
        state = _find(state, reading)
    elif act == "profile":
        named = plants or ((reading.bare,) if reading.bare else ())
        state = replace(state, topic="profile", manufacturers=tuple(named))
    elif act in ACTS:
        state = _production(state, reading, act, plants)
    elif act == "rules":
        subject = _subject(state, reading)
        # The subject stays that of the question that opened the topic; each follow-up brings its own words.
        query = f"{reading.text} {subject}" if subject else reading.text
        carried = state.query_day if subject and state.topic == "rules" else None
        day = reading.dates[0].day if reading.dates else carried
        state = replace(state, topic="rules", subject=subject or reading.text, query=query, query_day=day)
    elif act in PLANS:
        same = state.topic == act and bool(state.plan_text) and not reading.scores.get(act)
        text = f"{state.plan_text}\n{reading.text}" if same else reading.text
        state = replace(state, topic=act, plan_text=text, manufacturers=_for_plan(state, act, plants))
    elif act == "classify":
        state = replace(state, topic="tariff", tariff=tariff_slots(state, reading, True))
    return Request(act, replace(state, asked=()), reading, notes)


def _for_plan(state: State, act: str, plants: tuple[str, ...]) -> tuple[str, ...]:
    """The one manufacturer a plan is for: pointed at among those shown, or the one the thread was about."""
    known = {identity for identity, _ in state.shown} | set(state.manufacturers)
    chosen = tuple(plant for plant in plants if plant in known)
    return (chosen or (state.manufacturers if state.topic in ("profile", act) else ()))[:1]


def _production(state: State, reading: Reading, act: str, plants: tuple[str, ...]) -> State:
    """Orders named now, else (for a follow-up about orders) those named before; the supplier named or pointed at."""
    orders = tuple(order_ids(reading.text)) or (state.order if act == "order" or reading.continues else ())
    since = re.search(r"\b(?:since|from|desde)\b", fold(reading.text)) is not None
    days = [found.day for found in reading.dates]
    begins = min((first_day(found) for found in reading.dates), default=None)
    known = {identity for identity, _ in state.shown} | set(state.manufacturers)
    # A plant of the thread, else the name where these questions have it, else where other questions have it.
    chosen = next((plant for plant in plants if plant in known), None) or supplier(reading.text)
    chosen = (
        chosen or next(iter(plants), None) or (next(iter(state.manufacturers), None) if act == "performance" else None)
    )
    return replace(
        state,
        topic=act,
        order=orders if act != "performance" else (),
        order_day=max(days) if days and not (since and len(set(days)) == 1) else None,
        order_from=begins if since or len(set(days)) > 1 else None,
        manufacturers=(chosen,) if chosen else (),
    )


def _complete(reading: Reading) -> bool:
    """A tariff question that stands alone: it names its own code and says what it wants."""
    return bool(reading.codes) and bool(reading.scores.get("duty") or reading.scores.get("line"))


def _subject(state: State, reading: Reading) -> str:
    """What a follow-up is about when it does not say so itself ("who can sign it?"); empty for a new question."""
    folded = fold(reading.text)
    points = re.search(r"\b(?:it|that|this|they|them|those|eso|esto|lo|la|ese|esa)\b|\w+(?:ar|er|ir)l[oa]s?\b", folded)
    if not short(reading) or not (reading.continues or points):
        return ""
    if state.topic == "rules" and state.query:
        return state.subject
    if state.topic == "tariff" and state.tariff.program == "USMCA":
        return "USMCA T-MEC"
    return ""


def _fills(state: State, reading: Reading) -> bool:
    """True when the message gives what was asked for last time."""
    given = {
        "hts": bool(reading.codes),
        "origin": bool(reading.origins),
        "customs_value": bool(reading.value or reading.numbers),
        "quantity": bool(reading.amount.counts or reading.value),
        "date": bool(reading.dates),
    }
    return any(given.get(name, False) for name in state.asked)


def _find(state: State, reading: Reading) -> State:
    """The need: its fields replaced one by one by what the message says. The text is the latest message's alone: the
    earlier words are in the fields, and would contradict what has changed since."""
    follow = bool(state.need) and state.topic in ("find", "profile") and (
        reading.continues or points_at_some(reading.text) or (short(reading) and not _new_need(reading))
    )  # fmt: skip
    need = dict(state.need) if follow else {}
    new = dict(reading.need)
    excluded = {c.code for c in reading.countries if c.role == "not"} | set(new.get("exclude_countries", ()))
    countries = [c.code for c in reading.countries if c.role not in ("to", "not", "via") and c.code not in excluded]
    named = {c.code for c in reading.countries if c.role == "not"}
    if named:  # "no china please": a country that is refused is not where to look
        new["countries"] = [c for c in new.get("countries", ()) if c not in named]
        new["exclude_countries"] = sorted({*new.get("exclude_countries", ()), *named})
    if countries and not {"countries", "regions", "near", "exclude_countries"} & set(new):
        new["countries"] = list(dict.fromkeys(countries))
    if any(new.get(name) for name in ("countries", "regions", "near")):
        for name in ("countries", "regions", "near"):
            need.pop(name, None)
        need["exclude_countries"] = [c for c in need.get("exclude_countries", ()) if c not in new.get("countries", ())]
    if excluded and not {"countries", "regions", "near"} & set(new):
        need["countries"] = [c for c in need.get("countries", ()) if c not in excluded]
    if follow and not {"monthly_volume", "pilot_volume"} & set(new):
        bare = [n for n in reading.numbers if not n.currency and not n.percent]
        if len(bare) == 1 and not new:
            new["monthly_volume"] = float(bare[0].value)
    if follow:  # "only ones with ISO 13485" adds a certificate to those asked for before
        for name in ("certifications", "programs"):
            if name in new and name in need:
                new[name] = list(dict.fromkeys([*need[name], *new[name]]))
    need.update(new)
    need = {name: value for name, value in need.items() if value not in (None, [], {})}
    day = reading.dates[0].day if reading.dates else (state.need_day if follow else None)
    left = reading.unread if not follow else ()
    return replace(
        state, topic="find", need=need, need_text=calm(reading.text), need_day=day, manufacturers=(), unread=left
    )


def _new_need(reading: Reading) -> bool:
    """True when a message names work and so is a need of its own."""
    return bool(reading.need.get("processes")) or bool(reading.scores.get("find", 0) >= 4 and set(reading.need) & HARD)


def _plants(state: State, reading: Reading) -> tuple[str, ...]:
    """Ids of the manufacturers that the message points at: shown before, by place in the list or name, or named."""
    shown = {place: identity for place, (identity, _) in enumerate(state.shown, 1)}
    if shown and reading.ordinals and not reading.codes:
        chosen = [shown.get(place if place > 0 else len(shown)) for place in reading.ordinals]
        if all(chosen):
            return tuple(identity for identity in chosen if identity)
    folded = fold(reading.text)
    known = [identity for identity, name in state.shown if fold(name) in folded or identity in folded]
    if known:
        return tuple(known)
    if state.shown and not reading.plants:
        from rapidfuzz import fuzz

        best = max((fuzz.partial_ratio(fold(name), folded), identity) for identity, name in state.shown)
        if best[0] >= 88 and len(folded) >= 6:
            return (best[1],)
    if reading.plants:
        return reading.plants
    focus = state.manufacturers or tuple(identity for identity, _ in state.shown[:1])
    asked = points_at_one(reading.text) or (state.topic == "profile" and asks_attribute(reading.text))
    if focus and asked and state.topic in ("find", "profile") and reading.scores.get("rules", 0) < 4:
        return focus
    return ()


def _notes(reading: Reading, act: str) -> list[tuple[str, dict[str, str]]]:
    """How words were read where there was room: said in the answer."""
    notes: list[tuple[str, dict[str, str]]] = []
    for country in reading.countries:
        if country.how == "typo":
            notes.append(("note_country", {"text": country.text, "code": country.code}))
    if act == "tariff" and any(n.metric for n in reading.numbers):
        notes.append(("note_tons", {}))
    priced = reading.amount
    if act == "tariff" and priced.price is not None and priced.value is not None:
        notes.append(("note_price", {"text": priced.value.text}))
    if act == "tariff" and reading.countries and all(c.role in ("via", "to") for c in reading.countries):
        for code in reading.origins[:1]:
            notes.append(("note_shipped", {"code": code}))
    for found in reading.dates[:1]:
        if found.assumed:
            notes.append(("note_date", {"text": found.text, "date": found.day.isoformat()}))
    if reading.claim and reading.claim.ended_name:
        notes.append(("note_nafta", {}))
    return [(key, values) for key, values in notes if worded(key)]

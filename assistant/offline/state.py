"""What a thread means now: each message folded over the state before it. Pure; nothing is kept outside the messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assistant.offline.acts import LIMITS, PLANS, SOCIAL, TARIFFS, act_of, picks_first, short
from assistant.offline.changes import Window, read_window
from assistant.offline.dates import first_day
from assistant.offline.given import facts_said, yes_or_no
from assistant.offline.language import Lang
from assistant.offline.makers import find_need, plants_meant
from assistant.offline.names import titled_run
from assistant.offline.origin import Origin, read_origin, relocated
from assistant.offline.production import ACTS, another_order, order_ids, order_number, supplier
from assistant.offline.reading import Reading
from assistant.offline.slots import ORIGINS_OF, Tariff, tariff_slots
from assistant.offline.text import data, fold, worded

__all__ = ["Past", "Request", "State", "Tariff", "fold_message"]


@dataclass(frozen=True)
class Past:
    """An answer of the thread: the question, its day, and the calls it rested on (tool, arguments, response)."""

    question: str
    day: date
    calls: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...]


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
    order_known: bool = False  # as known on `order_day`, not as known now of that day
    asked: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    origin: Origin = field(default_factory=Origin)
    product: str = ""  # what the goods are, where no number was given
    offered: tuple[str, ...] = ()  # numbers of the lines last offered for it
    verdict: str | None = None  # of the last check of origin, for the line in `origin.hts`
    window: Window | None = None
    answered: tuple[Past, ...] = ()
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
    plants = plants_meant(state, reading)
    act = act_of(state, reading, plants)
    state = replace(state, language=reading.language or state.language)
    notes = tuple(_notes(reading, act))
    unnamed = not reading.plants and not reading.ordinals
    if act == "profile" and unnamed and len(plants) > 1 and set(plants) == {identity for identity, _ in state.shown}:
        notes = (*notes, ("profiles_all", {"count": str(len(plants))}))
    if act in (*LIMITS, *SOCIAL, "offtopic", "unclear", "check"):
        return Request(act, state, reading, notes)
    if act == "tariff":
        fresh = not (reading.continues or (state.topic in TARIFFS and not _complete(reading))) and not _fills(
            state, reading
        )
        before = state.tariff
        state = replace(state, topic="tariff", tariff=tariff_slots(state, reading, fresh))
        state = _picked(state, reading)
        if state.verdict and not reading.claim and state.tariff.codes == (state.origin.hts,):
            state, said = _with_verdict(state)
            notes = (*notes, *said)
        elif not fresh and before.program and not state.tariff.program and state.tariff.origins:
            notes = (*notes, ("note_no_program", {"program": before.program, "code": state.tariff.origins[0]}))
    elif act == "origin":
        state = _origin(state, reading)
    elif act == "changes":
        state = _changes(state, reading)
        if state.window is None or state.window.assumed:
            notes = (*notes, ("changes_usual" if state.window is None else "changes_ahead", {}))
    elif act == "find":
        state = find_need(state, reading)
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
        state = replace(state, topic=act, plan_text=text, manufacturers=_for_plan(state, reading, act, plants))
    elif act == "classify":
        state = replace(state, topic="tariff", tariff=tariff_slots(state, reading, True), product=reading.product)
    return Request(act, replace(state, asked=()), reading, notes)


def _origin(state: State, reading: Reading) -> State:
    """The good and its parts, and the same good for a question of duty that may follow."""
    known = state.origin if state.topic == "origin" else Origin()
    if known.hts is None and not reading.codes and state.topic in TARIFFS:
        known = replace(known, hts=next(iter(state.tariff.codes), None))
    moved = relocated(known, reading.text)
    said = moved if moved != known else read_origin(reading.text, reading.as_of, reading.language, known)
    made = said.made_in or next((o for o in (*reading.origins, *state.tariff.origins) if o in ("MX", "CA", "US")), None)
    if not said.parts:
        said = replace(said, made_in=made)
    tariff = Tariff() if said.hts and said.hts not in state.tariff.codes else state.tariff
    codes = (said.hts,) if said.hts else ()
    tariff = replace(tariff, codes=codes, origins=(said.made_in,) if said.made_in else tariff.origins)
    return replace(state, topic="origin", origin=said, tariff=tariff, verdict=None)


def _with_verdict(state: State) -> tuple[State, list[tuple[str, dict[str, str]]]]:
    """The claim to USMCA as the check of origin found it, for goods of its countries."""
    if not state.tariff.origins or not set(state.tariff.origins) <= ORIGINS_OF["USMCA"]:
        return state, []
    stands = {"qualifies": True, "does_not_qualify": False}.get(state.verdict or "")
    tariff = replace(state.tariff, program="USMCA", originating=stands, both=False, without=False)
    notes = [(f"note_verdict_{state.verdict}", dict[str, str]())] if stands is not None else []
    return replace(state, tariff=tariff), notes


def _changes(state: State, reading: Reading) -> State:
    """The line and country of the thread's question with what is said now, and the window."""
    old = state.tariff if state.topic in TARIFFS else Tariff()
    codes = tuple(c.digits for c in reading.codes) or old.codes
    tariff = replace(old if codes == old.codes else Tariff(), codes=codes, origins=reading.origins or old.origins)
    kept = state.window if state.topic == "changes" else None
    window = read_window(reading.text, reading.dates, reading.as_of) or kept
    return replace(state, topic="changes", tariff=tariff, window=window)


def _picked(state: State, reading: Reading) -> State:
    """The line picked among those offered; a product named anew is classified anew."""
    if picks_first(state, reading):
        return replace(state, tariff=replace(state.tariff, codes=state.offered[:1]))
    places = [offset - 1 if offset > 0 else len(state.offered) - 1 for offset in reading.ordinals]
    if state.offered and places and not reading.codes and all(0 <= at < len(state.offered) for at in places):
        codes = tuple(state.offered[at] for at in places)
        return replace(state, tariff=replace(state.tariff, codes=codes))
    if reading.codes:
        return replace(state, product="", offered=())
    names = reading.product and not state.tariff.codes
    return replace(state, product=reading.product if names else state.product)


def _for_plan(state: State, reading: Reading, act: str, plants: tuple[str, ...]) -> tuple[str, ...]:
    """The one manufacturer a plan is for: pointed at among those shown, or the one the thread was about."""
    known = {identity for identity, _ in state.shown} | set(state.manufacturers)
    chosen = tuple(plant for plant in plants if plant in known or reading.known)
    return (chosen or (state.manufacturers if state.topic in ("profile", act) else ()))[:1]


def _production(state: State, reading: Reading, act: str, plants: tuple[str, ...]) -> State:
    """Orders named now, else (for a follow-up about orders) those named before; the supplier named or pointed at."""
    replied = order_number(reading.text) if "order" in state.asked or another_order(state, reading) else None
    orders = (
        tuple(order_ids(reading.text))
        or ((replied,) if replied else ())
        or (state.order if act in ("order", "risks") and _same_order(state, reading) else ())
    )
    since = re.search(r"\b(?:since|from|desde)\b", fold(reading.text)) is not None
    days = [found.day for found in reading.dates]
    begins = min((first_day(found) for found in reading.dates), default=None)
    spanned = reading.dates if len(reading.dates) > 1 else ()
    window = read_window(reading.text, spanned, reading.as_of) if act == "performance" and len(days) != 1 else None
    known = {identity for identity, _ in state.shown} | set(state.manufacturers)
    # A plant of the thread, else the name where these questions have it, else where other questions have it.
    chosen = (
        (plants if reading.known or set(plants) & known else ())
        or _one(titled_run(reading.text))
        or _one(supplier(reading.text))
        or plants
        or ((state.manufacturers or (tuple(known) and _listed(state, reading))) if act != "order" else ())
        if not orders or reading.known
        else ()
    )
    return replace(
        state,
        topic=act,
        order=orders if act != "performance" else state.order,
        order_day=window.end
        if window and days
        else max(days)
        if days and not (since and len(set(days)) == 1)
        else None,
        order_known=re.search(rf"(?<!\w)(?:{data('production')['as_known']})(?!\w)", fold(reading.text)) is not None,
        order_from=window.start if window else begins if since or len(set(days)) > 1 else None,
        manufacturers=tuple(chosen),
    )


def _one(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()


def _listed(state: State, reading: Reading) -> tuple[str, ...]:
    """All plants of the list before, for a question that points at it ("how do they perform?")."""
    pointed = re.search(rf"(?<!\w)(?:{data('names')['pointers']})(?!\w)", fold(reading.text))
    return tuple(identity for identity, _ in state.shown) if pointed else ()


def _same_order(state: State, reading: Reading) -> bool:
    """True when a question about production goes on about the order before it, not about orders in general."""
    return state.topic in ACTS and not re.search(rf"\b(?:{data('production')['several']})\b", fold(reading.text))


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
    if "preference.originating" in state.asked and yes_or_no(reading.text) is not None:
        return True
    if set(facts_said(reading.text, reading.numbers, reading.dates, state.asked)) & set(state.asked):
        return True
    return any(given.get(name, False) for name in state.asked)


def _notes(reading: Reading, act: str) -> list[tuple[str, dict[str, str]]]:
    """How words were read where there was room: said in the answer."""
    notes: list[tuple[str, dict[str, str]]] = []
    for country in reading.countries:
        if country.how == "typo":
            notes.append(("note_country", {"text": country.text, "code": country.code}))
        if country.how == "place" and act == "tariff":
            notes.append(("note_place", {"text": country.text, "code": country.code}))
    if act == "tariff" and any(n.metric for n in reading.numbers):
        notes.append(("note_tons", {}))
    priced = reading.amount
    if act == "tariff" and priced.price is not None and priced.value is not None:
        notes.append(("note_price", {"text": priced.value.text}))
    if act == "tariff" and reading.countries and all(c.role in ("via", "to") for c in reading.countries):
        for code in reading.origins[:1]:
            notes.append(("note_shipped", {"code": code}))
    for found in reading.dates[:1] if act != "changes" else ():
        plain = re.search(r"\d", found.text) and found.day.year == reading.as_of.year  # "September 1" says which day
        if found.assumed and not plain:
            notes.append(("note_date", {"text": found.text, "date": found.day.isoformat()}))
    if reading.claim and reading.claim.ended_name:
        notes.append(("note_nafta", {}))
    return [(key, values) for key, values in notes if worded(key)]

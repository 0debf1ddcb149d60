"""Makers in a thread: the need folded over what was asked before, and which plants a message points at."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.offline.acts import short
from assistant.offline.names import asks_attribute, points_at_one, points_at_some
from assistant.offline.needs import HARD, calm, read_need
from assistant.offline.reading import Reading
from assistant.offline.text import data, fold

if TYPE_CHECKING:
    from assistant.offline.state import State


def find_need(state: State, reading: Reading) -> State:
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
        state, topic="find", need=need, need_text=need_words(reading.text), need_day=day, manufacturers=(), unread=left
    )


def need_words(text: str) -> str:
    """The need as the search reads it: what is excluded in one form of words, and no words of asking that say nothing
    of what is made ("who makes …")."""
    table = data("names")
    text = calm(text)
    for pattern, plain in ((table["refused_es"], "no en "), (table["refused_en"], "not in ")):
        text = re.sub(rf"(?<!\w)(?:{pattern})\s+", plain, text, flags=re.IGNORECASE)
    for pattern in (table["makes"], table["wishes"]):
        asked = re.search(rf"(?<!\w)(?:{pattern})(?!\w)\s*", fold(text))
        if asked:
            shorter = f"{text[: asked.start()]} {text[asked.end() :]}".strip(" ¿?,.")
            text = shorter if shorter and read_need(shorter) == read_need(text) else text
    return text


def _new_need(reading: Reading) -> bool:
    """True when a message names work and so is a need of its own."""
    return bool(reading.need.get("processes")) or bool(reading.scores.get("find", 0) >= 4 and set(reading.need) & HARD)


def plants_meant(state: State, reading: Reading) -> tuple[str, ...]:
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
    if reading.known:
        return reading.plants
    if state.shown and not reading.plants:
        from rapidfuzz import fuzz

        best = max((fuzz.partial_ratio(fold(name), folded), identity) for identity, name in state.shown)
        if best[0] >= 88 and len(folded) >= 6:
            return (best[1],)
    if reading.plants:
        return reading.plants
    focus = state.manufacturers or tuple(identity for identity, _ in state.shown)  # nobody named: all of the list
    asked = points_at_one(reading.text) or (state.topic == "profile" and asks_attribute(reading.text))
    if focus and asked and state.topic in ("find", "profile") and reading.scores.get("rules", 0) < 4:
        return focus
    return ()

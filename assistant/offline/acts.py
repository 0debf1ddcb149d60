"""Which act a message is: a limit, a courtesy, or one of the things the tools can do, in the light of the thread."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.offline.intents import in_domain
from assistant.offline.production import production_act
from assistant.offline.reading import Reading
from assistant.offline.text import fold

if TYPE_CHECKING:
    from assistant.offline.state import State

LIMITS = ("abuse", "evasion", "filing")
SOCIAL = ("greet", "thanks", "help")


def act_of(state: State, reading: Reading, pointed: bool) -> str:
    """What the message wants done. `pointed`: it points at a manufacturer listed before."""
    scores = dict(reading.scores)
    for limit in LIMITS:
        if scores.get(limit, 0) >= 6 and not (limit == "filing" and _asks_about_filing(reading)):
            return limit
    if (
        scores.get("offtopic", 0) >= 5
        and not reading.codes
        and max(scores.get(i, 0) for i in ("duty", "find", "rules")) < 5
    ):
        return "offtopic"
    asked = production_act(state, reading)
    if asked is not None:
        return asked
    if pointed and (reading.ordinal or scores.get("profile") or short(reading)):
        return "profile"
    tariff = max(scores.get("duty", 0), scores.get("line", 0))
    if reading.codes:
        tariff += 3
        scores.pop("classify", None)
    if reading.value and (tariff or state.topic == "tariff"):
        tariff += 2
    if not reading.codes and not _continues_tariff(state, reading) and scores.get("rules", 0) >= 4:
        tariff = 0  # "do packages under $800 come in duty free?" asks for a rule, not for a computation
    if reading.codes and all(c.digits.startswith("98") for c in reading.codes) and not reading.value:
        scores["rules"], tariff = scores.get("rules", 0) + 6, 0  # chapter 98 is provisions, explained by the guides
    find = scores.get("find", 0) + _named_needs(reading, bool(scores.get("find")))
    ranked = {"tariff": tariff, "find": find, "rules": scores.get("rules", 0), "classify": scores.get("classify", 0),
              "profile": scores.get("profile", 0) if not reading.codes else 0}  # fmt: skip
    if ranked["classify"] and not reading.codes and ranked["classify"] >= tariff:
        return "classify"
    best = max(ranked, key=lambda name: ranked[name])
    if ranked["rules"] and ranked["rules"] >= 3 and tariff <= 3 and not reading.codes and not reading.value:
        best = "rules" if ranked["rules"] >= max(tariff, find) else best
    follows = state.topic is not None and (reading.continues or short(reading) or bool(state.asked))
    says_something = bool(
        reading.codes or reading.countries or reading.dates or reading.numbers or reading.mode or reading.claim
    ) or bool(reading.need or reading.originating is not None or reading.certificate)
    if follows and says_something and (ranked[best] < 3 or (reading.continues and best == "rules" and short(reading))):
        topic = state.topic or ""
        return "find" if topic == "profile" and reading.need else topic if topic != "profile" else "rules"
    if scores.get("help") and ranked[best] <= 4 and not reading.codes:
        return "help"
    if ranked[best] >= 2:
        return best
    for social in SOCIAL:
        if scores.get(social):
            return social
    if reading.codes:
        return "tariff"
    if follows and state.topic == "rules":
        return "rules"
    return "rules" if in_domain(reading.text) else "unclear"


def _asks_about_filing(reading: Reading) -> bool:
    """True for "¿Cuándo se presenta el ISF?": a question about the rule, not a wish that we file."""
    ours = r"\b(?:my|our|me|us|you|mi|mis|me|nos|nuestr[oa]s?|puedes|podrias|haz(?:me)?|please|por favor)\b"
    return bool(reading.scores.get("rules")) and not re.search(ours, fold(reading.text))


def _continues_tariff(state: State, reading: Reading) -> bool:
    return state.topic == "tariff" and reading.continues and short(reading)


def _named_needs(reading: Reading, asked: bool) -> int:
    """How much a message speaks of making things: what it names of a need, doubled by "who"."""
    fields = ("processes", "materials", "certifications", "industries", "monthly_volume", "pilot_volume")
    named = sum(bool(reading.need.get(name)) for name in fields)
    if asked:
        return min(3, named)
    who = re.search(r"\b(?:who|quien|quienes|which (?:plants?|shops?|suppliers?))\b", fold(reading.text))
    hard = reading.need.get("processes") or reading.need.get("materials") or reading.need.get("certifications")
    if not hard or reading.codes:
        return 0
    if who:
        return 4 + named
    volume = bool(reading.need.get("monthly_volume") or reading.need.get("pilot_volume"))
    if named >= 2 and (not reading.scores.get("rules") or (volume and reading.need.get("processes"))):
        return 3 + named
    return 0


def short(reading: Reading) -> bool:
    return len(reading.text.split()) <= 8

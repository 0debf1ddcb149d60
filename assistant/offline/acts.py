"""Which act a message is: a limit, a courtesy, or one of the things the tools can do, in the light of the thread."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.offline.amounts import may_be_value
from assistant.offline.comparison import compared, read_comparison
from assistant.offline.dates import stepped
from assistant.offline.given import facts_said, yes_or_no
from assistant.offline.intents import in_domain, shaped
from assistant.offline.names import asks_attribute, points_at_some
from assistant.offline.needs import HARD
from assistant.offline.origin import read_origin, relocated
from assistant.offline.production import ACTS, order_ids, production_act
from assistant.offline.reading import Reading
from assistant.offline.scaling import staged
from assistant.offline.text import data, fold

if TYPE_CHECKING:
    from assistant.offline.state import State

LIMITS = ("abuse", "evasion", "filing")
SOCIAL = ("greet", "thanks", "help")
_TOPIC = 4  # weight of a phrase that names a subject of the rules


def act_of(state: State, reading: Reading, plants: tuple[str, ...]) -> str:
    """What the message wants done. `plants`: manufacturers that it points at or names."""
    scores = reading.scores
    for limit in LIMITS:
        if scores.get(limit, 0) >= 6 and not (limit == "filing" and _asks_about_filing(reading)):
            return limit
    if scores.get("offtopic", 0) >= 5 and not reading.codes and max(scores.get(i, 0) for i in _WORK) < 5:
        return "offtopic"
    if scores.get("check", 0) >= 6 and not reading.codes and not reading.plants:
        return "check"
    planned = None if reading.ordinals and state.offered else _planned(state, reading)
    planned = planned or _origin(state, reading) or _changes(state, reading)
    if planned:
        return planned
    asked = production_act(state, reading)
    if asked is not None:
        return asked
    if _is_profile(state, reading, plants) or _lists_nothing(state, reading):
        return "profile"
    tariff, rules, find = _tariff(state, reading), _rules(state, reading), _find(state, reading)
    if scores.get("classify", 0) >= max(tariff, 1) and not reading.codes:
        return "classify"
    # "¿Cuenta como ayuda (assist)?" asks for a rule; "ayuda" alone asks for help.
    if scores.get("help") and not reading.codes and (len(reading.text.split()) <= 4 or max(tariff, rules, find) < 3):
        return "help"
    ranked = {"tariff": tariff, "find": find, "rules": rules}
    best = max(ranked, key=lambda name: ranked[name])
    if ranked[best] >= 2:
        return best
    for social in SOCIAL:
        if scores.get(social):
            return social
    if _continues(state, reading):
        return {"profile": "find" if reading.need else "rules"}.get(state.topic or "", state.topic or "rules")
    if reading.bare and not reading.continues:
        return "profile"
    return "rules" if in_domain(reading.text) else "unclear"


_WORK = ("duty", "find", "rules")
PLANS = ("landed", "scale")
TARIFFS = ("tariff", "changes", "origin")  # topics that share the HTS number and the country


def _planned(state: State, reading: Reading) -> str | None:
    """A landed-cost comparison or a pilot-to-scale plan: asked for, or continued."""
    for name in PLANS:
        if reading.scores.get(name, 0) >= 6:
            return name
    if len(reading.numbers) >= 2 and len(reading.dates) >= 2 and staged(reading.text, reading.as_of, state.language):
        return "scale"
    if (
        reading.scores.get("scale", 0) < 3
        and len(reading.numbers) >= 3
        and compared(reading.text, reading.as_of, state.language)
    ):
        return "landed"
    others = max(reading.scores.get(i, 0) for i in ("find", "rules", "profile", "classify", "duty", "line", *ACTS))
    says = bool(reading.numbers or reading.dates or reading.codes or reading.countries or reading.mode or reading.need)
    if state.topic == "landed" and not says:  # "better to Dallas"
        says = (
            read_comparison(reading.text, reading.as_of, state.language, ()).arguments["destination_place"] is not None
        )
    follows = (bool(state.asked) or reading.continues or short(reading)) and not order_ids(reading.text)
    return state.topic if state.topic in PLANS and follows and says and others < 4 else None


def _origin(state: State, reading: Reading) -> str | None:
    """Whether goods qualify: asked for a line or with what they are made of; or more about parts named before."""
    if reading.scores.get("scale", 0) >= 6:
        return None
    known = state.origin if state.topic == "origin" else replace(state.origin, parts=(), hts=None)
    said = read_origin(reading.text, reading.as_of, reading.language, known)
    asked = reading.scores.get("origin", 0)
    more = said.parts != known.parts or relocated(known, reading.text) != known
    other = max(reading.scores.get(name, 0) for name in ("duty", "line", "find"))
    if state.topic == "origin":
        told = more or (said.price, said.net_cost, said.made_in) != (known.price, known.net_cost, known.made_in)
        if told and not (reading.scores.get("duty", 0) >= 3 and not more):
            return "origin"
    listed = len(said.parts) >= 2 and more and reading.claim is not None
    if (asked < 6 and not listed) or (state.topic == "tariff" and not reading.codes and not more and short(reading)):
        return None  # "and if it qualifies?" changes the estimate before it
    parts = len(said.parts) >= 1 and more
    if not (reading.codes or parts or (state.topic in TARIFFS and state.tariff.codes)):
        return None
    if parts and len(said.parts) + bool(said.price) >= 2:
        return "origin"
    return "origin" if other < _TOPIC + 2 and reading.value is None and not reading.scores.get("duty") else None


def _changes(state: State, reading: Reading) -> str | None:
    """What changed in the duty of a line, or will; and what changes that question."""
    if reading.scores.get("changes", 0) >= 6 and not re.search(r"\b(?:if|si)\b", fold(reading.text)):
        known = bool(reading.codes) or (state.topic in TARIFFS and bool(state.tariff.codes))
        return "changes" if known or reading.scores.get("rules", 0) < _TOPIC else None
    if state.topic != "changes" or reading.value or reading.amount.price or reading.scores.get("duty", 0) >= 3:
        return None
    others = max(reading.scores.get(i, 0) for i in ("find", "rules", "profile", "classify", "line", *ACTS))
    says = bool(reading.dates or reading.origins or reading.codes)
    return "changes" if says and others < 4 and (reading.continues or short(reading) or state.asked) else None


def picks_first(state: State, reading: Reading) -> bool:
    """True for a plain yes to the lines offered, while no line is settled."""
    return bool(state.offered and not state.tariff.codes and yes_or_no(reading.text) and len(reading.text.split()) <= 4)


def short(reading: Reading) -> bool:
    return len(reading.text.split()) <= 8


def _is_profile(state: State, reading: Reading, plants: tuple[str, ...]) -> bool:
    if reading.codes or reading.beside or points_at_some(reading.text):
        return False
    named = bool(reading.plants) and set(reading.plants) >= set(plants)
    if named and reading.scores.get("rules", 0) < _TOPIC:
        return True
    return bool(plants and not named and (reading.ordinals or reading.scores.get("profile") or short(reading)))


def _lists_nothing(state: State, reading: Reading) -> bool:
    """True when the message points into a list of plants and none was shown, or at a place that the list lacks."""
    reached = all((place if place > 0 else 1) <= len(state.shown) for place in reading.ordinals)
    return bool(
        reading.ordinals and not (state.shown and reached) and state.topic in ("find", "profile") and not reading.codes
        and short(reading) and not reading.need.get("processes") and not state.offered
    )  # fmt: skip


def _gives_slots(reading: Reading) -> bool:
    """True when the message says something that a duty question takes."""
    return bool(
        reading.origins or reading.value or reading.dates or reading.impossible or reading.mode or reading.claim
        or reading.quantities or reading.entry_type or reading.plain_numbers
        or reading.amount.price or reading.amount.change or stepped(reading.text, reading.as_of)
        or reading.originating is not None or reading.certificate is not None
    )  # fmt: skip


def _tariff(state: State, reading: Reading) -> int:
    """How much a message asks for a rate or an amount of duty that the tools can work out."""
    duty, line = reading.scores.get("duty", 0), reading.scores.get("line", 0)
    if reading.codes:
        if all(code.digits.startswith(("98", "99")) for code in reading.codes) and not reading.value:
            return line or 1  # chapter 98 is provisions, explained by the guides
        sized = bool(reading.origins) and any(may_be_value(n) for n in reading.plain_numbers)
        return max(duty, line) + 3 + (2 if reading.value else 0) + (4 if sized and not reading.value else 0)
    if (
        state.offered
        and state.topic == "tariff"
        and short(reading)
        and (reading.ordinals or picks_first(state, reading))
    ):
        return 9  # one of the lines offered
    asks_rule = shaped("rule", reading.text) and not reading.continues
    if state.topic in TARIFFS and state.tariff.codes and (reading.continues or short(reading) or state.asked):
        answered = bool(state.asked) and (
            yes_or_no(reading.text) is not None
            or bool(set(facts_said(reading.text, reading.numbers, reading.dates, state.asked)) & set(state.asked))
        )
        changes = (_gives_slots(reading) or answered) and not (asks_rule and reading.scores.get("rules", 0) >= 3)
        if changes and not (reading.scores.get("find", 0) >= 4 and reading.need.get("processes")):
            return 6
        if shaped("fee", reading.text) and not asks_rule and state.tariff.value is not None and state.tariff.origins:
            return 8
    if state.topic in TARIFFS and state.tariff.codes and duty >= 2 and (reading.value or reading.plain_numbers):
        return 6
    if state.topic in ("find", "profile") and not duty and not line:
        return 0
    if not shaped("amount", reading.text) or shaped("rule", reading.text) or reading.scores.get("rules", 0) >= _TOPIC:
        return 0  # "do packages under $800 come in duty free?" asks for a rule, not for a computation
    return max(duty, line) + (2 if reading.value and (duty or line) else 0)


def _rules(state: State, reading: Reading) -> int:
    """How much a message asks what the rules say."""
    rules = reading.scores.get("rules", 0)
    if reading.codes:
        heading = all(code.digits.startswith(("98", "99")) for code in reading.codes)
        return rules + 6 if heading and not reading.value else rules
    duty = max(reading.scores.get("duty", 0), reading.scores.get("line", 0))
    if duty and (shaped("rule", reading.text) or not shaped("amount", reading.text)):
        rules = max(rules, 3) + (1 if shaped("rule", reading.text) else 0)
    elif rules and shaped("rule", reading.text):
        rules += 1
    return rules


def _find(state: State, reading: Reading) -> int:
    """How much a message asks for makers: by its words, or by work (material, certificate) named with a place."""
    if reading.codes:
        return 0
    text, need = reading.text, reading.need
    if points_at_some(text) and state.topic in ("find", "profile") and (need or asks_attribute(text)):
        return 9
    asked = reading.scores.get("find", 0)
    rules = reading.scores.get("rules", 0)
    hard = {name for name in HARD if need.get(name)} - ({"programs"} if need.get("programs") == ["USMCA"] else set())
    made = hard & {"processes", "materials", "certifications"}
    where = bool({"countries", "regions", "near", "exclude_countries"} & set(need))
    volume = bool({"monthly_volume", "pilot_volume", "order_volume"} & set(need))
    who = re.search(r"\b(?:who|quien|quienes|anyone|anybody|alguien)\b", fold(text))
    if made and re.search(rf"(?<!\w)(?:{data('names')['makes']})(?!\w)", fold(text)):
        return max(asked, 4) + len(made) + where + volume  # who makes it, whatever else the words may mean
    if rules >= _TOPIC and not (asked >= 4 and made and not shaped("rule", text)) and not (made and volume and asked):
        return min(asked, 2) if not who else 0
    if asked:
        paper = who and not (made or where or volume or need.get("industries"))  # "who can sign it?" is about anything
        return 1 if paper else asked + min(3, len(hard) + where + volume)
    if reading.scores.get("duty") or reading.scores.get("line"):
        return 0
    question = shaped("rule", text) and not who
    if not asked and "?" in text and re.search(rf"(?<!\w)(?:{data('names')['obliged']})(?!\w)", fold(text)) and not who:
        return 0  # "do screws have to be marked?" asks what must be done, not who does it
    if made and (where or volume or who or len(made) >= 2):
        return 0 if question and rules >= 3 else 4 + len(made)
    if hard and where and not question and not rules:
        return 4
    if need.get("processes") and short(reading) and not question and not rules:
        return 3
    return 0


def _continues(state: State, reading: Reading) -> bool:
    """True when a message that asks nothing by itself changes the question before it."""
    follows = state.topic is not None and (reading.continues or short(reading) or bool(state.asked))
    says = _gives_slots(reading) or bool(reading.countries or reading.numbers or reading.need)
    return follows and (says or (state.topic == "rules" and reading.continues))


def _asks_about_filing(reading: Reading) -> bool:
    """True for "¿Cuándo se presenta el ISF?": a question about the rule, not a wish that we file."""
    ours = (
        r"\b(?:my|our|me|us|you|u|mi|mis|me|nos|nuestr[oa]s?|puedes|podrias|eres|es usted|haz(?:me)?|please|por favor"
        r"|abogad[oa]|lawyer|attorney|legal)\b"
    )
    whose = r"^(?:\W|and |y )*(?:who|whose|quien|quienes|a quien)\b"  # "¿quién puede llenar el certificado?"
    if re.search(whose, fold(reading.text)):
        return True
    return bool(reading.scores.get("rules")) and not re.search(ours, fold(reading.text))

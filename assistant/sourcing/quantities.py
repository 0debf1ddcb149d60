"""Numbers in a buyer's words: pilot and monthly volumes, lead times, distances; the rest is left over by name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from assistant.sourcing.phrases import fold
from assistant.sourcing.vocabulary import Vocabulary, load_yaml, word_lists

Role = Literal["pilot", "monthly", "order", "lead_time", "pilot_lead_time", "distance", "other", "noise"]

_SCALES = {"hundred": 100.0, "thousand": 1_000.0, "mil": 1_000.0, "million": 1e6, "millon": 1e6, "millones": 1e6}
_TIMES = {"k": 1_000.0, "m": 1e6, **_SCALES}
_DAYS = {"d": 1, "w": 7, "m": 30, "s": 7}
_COUNTED = 10  # from here on a number before a thing that plants make counts it
_KM_PER_MILE = 1.609344
_VOLUME_ROLES = ("monthly", "pilot", "order")


@dataclass(frozen=True)
class Quantity:
    """A number with its role. `value`: pieces (or `unit`) a month for monthly, days for lead times, km for distance."""

    role: Role
    value: float
    unit: str
    matched: str
    span: tuple[int, int]


@dataclass(frozen=True)
class _Number:
    value: float
    start: int
    end: int
    spelled: bool
    code: bool = False  # begins with a nought: 0402
    large: bool = False  # written as one writes volumes: 20k, 20,000


class _Grammar:
    """The patterns of data/quantities.yaml, compiled. All of them read folded text (no case, no accents)."""

    def __init__(self) -> None:
        data = load_yaml("quantities.yaml")
        self.words = {word: float(value) for word, value in (pair.split("=") for pair in data["number_words"].split())}
        spelled = "|".join(sorted(self.words, key=len, reverse=True))
        scales = "|".join(_SCALES)
        self.spelled = re.compile(rf"(?<!\w)(?:(?:{spelled})[ -])*(?:{spelled}|{scales})(?:[ -](?:{scales}))*(?!\w)")
        self.number = re.compile(
            r"(?<![\w.,/])(?P<digits>\d{1,3}(?:[ ,.']\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
            r"(?:[ -]?(?P<times>k|mil|thousand|millones|million|millon|m)(?![\w²³]))?(?!\d)"
        )
        self.periods = [(re.compile(row["after"]), re.compile(row["before"]), row["months"]) for row in data["periods"]]
        compiled = {name: re.compile(pattern) for name, pattern in data["patterns"].items()}
        self.time, self.distance = compiled["time"], compiled["distance"]
        self.pilot, self.scale, self.order, self.minimum = (compiled[n] for n in ("pilot", "scale", "order", "minimum"))
        self.no_lead_time, self.unlike, self.noise = (compiled[n] for n in ("no_lead_time", "unlike", "noise"))
        self.money, self.label, self.year = (compiled[n] for n in ("money_before", "label_before", "year_before"))
        self.range_after, self.range_before = compiled["range_after"], compiled["range_before"]
        self.clause_end = compiled["clause_end"]


@lru_cache(maxsize=1)
def _loaded() -> _Grammar:
    return _Grammar()


def find_quantities(text: str, vocabulary: Vocabulary, protected: Iterable[tuple[int, int]] = ()) -> list[Quantity]:
    """Quantities of `text` outside `protected` spans (names that contain digits), in order."""
    grammar, folded = _loaded(), fold(text)
    numbers = _numbers(grammar, folded, list(protected))
    found: list[Quantity] = []
    for position, number in enumerate(numbers):
        before_start = numbers[position - 1].end if position else 0
        after_end = numbers[position + 1].start if position + 1 < len(numbers) else len(folded)
        before, after = folded[before_start : number.start], folded[number.end : after_end]
        ranged = position + 1 < len(numbers) and grammar.range_after.fullmatch(after)
        if ranged and (after.strip() in ("-", "–", "to") or grammar.range_before.search(before)):
            span = (number.start, number.end)
            found.append(Quantity("noise", number.value, "range", text[span[0] : span[1]], span))
            continue
        quantity = _read(grammar, number, before, after, vocabulary)
        if quantity is not None:
            start, end = quantity.span
            found.append(replace(quantity, matched=text[start:end].strip()))
    return _settle(found)


def _numbers(grammar: _Grammar, folded: str, protected: list[tuple[int, int]]) -> list[_Number]:
    found: list[_Number] = []
    for match in grammar.number.finditer(folded):
        if any(a < match.end() and match.start() < b for a, b in protected):
            continue
        digits, times, end = match["digits"], match["times"], match.end()
        counted = re.match(r"\s*(?:pieces|pcs|units|parts|piezas|pzas|unidades|/|a |per |al )", folded[end:])
        if times == "m" and not counted:  # 20 m of cable is a length, 20M pieces are millions
            times, end = None, match.end("digits")
        value = _value(digits, times is not None) * _TIMES.get(times or "", 1)
        large = value >= 100 and (times is not None or re.search(r"\d[,. ']\d{3}", digits) is not None)
        found.append(_Number(value, match.start(), end, False, re.match(r"0\d", digits) is not None, large))
    for match in grammar.spelled.finditer(folded):
        span = match.span()
        if any(a < span[1] and span[0] < b for a, b in protected + [(n.start, n.end) for n in found]):
            continue
        parts = re.split(r"[ -]", match.group())
        if len(parts) == 1 and parts[0] in ("a", "un", "una", "uno", "one", "half", "medio"):
            continue
        total = current = 0.0
        for word in parts:
            if word in _SCALES:
                current = (current or 1) * _SCALES[word]
                if _SCALES[word] >= 1_000:
                    total, current = total + current, 0.0
            else:
                current += grammar.words[word]
        found.append(_Number(total + current, span[0], span[1], True))
    return sorted(found, key=lambda number: number.start)


def _value(digits: str, scaled: bool) -> float:
    """1,000 / 1.000 / 1 000 are thousands; 1.5, 0.005 and, before a multiplier, 1,5 are decimals."""
    grouped = re.fullmatch(r"\d{1,3}(?:[ ,.']\d{3})+", digits)
    if grouped and not digits.startswith("0") and not (scaled and len(digits) < 7):
        return float(re.sub(r"[ ,.']", "", digits))
    return float(digits.replace(",", "."))


def _read(grammar: _Grammar, number: _Number, before: str, after: str, vocabulary: Vocabulary) -> Quantity | None:
    lead_in, clause = grammar.clause_end.split(before)[-1][-60:], grammar.clause_end.split(after)[0]

    def made(role: Role, value: float, unit: str = "", length: int = 0) -> Quantity:
        return Quantity(role, value, unit, "", (number.start, number.end + length))

    time = grammar.time.match(after)
    if time is not None and not (time["unit"] in ("month", "mes") and number.value >= 25):
        return _duration(grammar, number, time, lead_in, clause, made)
    distance = grammar.distance.match(after)
    if distance is not None:
        factor = _KM_PER_MILE if distance["unit"].startswith("mi") else 1.0
        return made("distance", round(number.value * factor, 3), "km", distance.end())
    if grammar.money.search(before):
        return made("noise", number.value, "money")
    if grammar.label.search(before):
        word = re.match(r"[ -]?[\w\"%°]*", after)
        return made("other", number.value, "", word.end() if word else 0)
    unlike = grammar.unlike.match(after)
    if unlike is not None:
        return made("noise" if grammar.noise.match(after) else "other", number.value, "", unlike.end())
    if number.code:
        return made("other", number.value)
    unit, unit_end = _unit(clause, vocabulary, number.value >= _COUNTED)
    plain = number.end - number.start == 4 and 1990 <= number.value < 2100
    if plain and unit is None and grammar.year.search(before):
        return made("noise", number.value, "year")
    period = _period(grammar, lead_in, clause)
    if period is not None:
        months, length = period
        return made("monthly", round(number.value / months, 6), unit or "pieces", max(length, unit_end))
    around = f"{lead_in} | {clause[:60]}"
    if number.spelled and unit is None and number.value < 100 and not grammar.pilot.search(lead_in):
        return None
    if grammar.pilot.search(around):
        return made("pilot", number.value, unit or "pieces", unit_end)
    if grammar.minimum.search(around):
        return made("order", number.value, unit or "pieces", unit_end)
    if grammar.scale.search(before[-40:]):
        return made("monthly", number.value, unit or "pieces", unit_end)
    if unit is not None or number.large or (number.value >= 10 and grammar.order.search(around)):
        return made("order", number.value, unit or "pieces", unit_end)
    return made("other", number.value)


def _duration(
    grammar: _Grammar, number: _Number, time: re.Match[str], lead_in: str, clause: str, made: Callable[..., Quantity]
) -> Quantity:
    days = number.value * _DAYS[time["unit"][0]]
    if (time["business"] or time["after"] or "").strip() in ("business", "working", "habiles", "laborables"):
        days = days * 7 / 5
    around = f"{lead_in} {clause[:30]}"
    role: Role = "lead_time"
    if grammar.no_lead_time.search(around):
        role = "other"
    elif grammar.pilot.search(around):
        role = "pilot_lead_time"
    return made(role, math.ceil(days), "days", time.end())


def _unit(clause: str, vocabulary: Vocabulary, counted: bool) -> tuple[str | None, int]:
    """The unit named right after the number or as the counted noun within the next words, and where it ends."""
    words = list(re.finditer(r"[a-z0-9²³]+(?:-[a-z]+)*", clause))[:6]
    for position, word in enumerate(words):
        if position and clause[words[position - 1].end() : word.start()].strip(" -."):
            break
        for size in (3, 2, 1):
            if position + size <= len(words):
                end = words[position + size - 1].end()
                phrase = clause[word.start() : end]
                entry = vocabulary.exact("unit", phrase) if position == 0 or len(phrase) > 3 else None
                if entry is not None:
                    return entry.id, end
        if counted and word.group() in word_lists()["product"]:
            return "pieces", word.end()  # 2000 bolts
    return None, 0


def _period(grammar: _Grammar, lead_in: str, clause: str) -> tuple[float, int] | None:
    """Months of the period named after the number, or just before it ("monthly volume of"), and where it ends."""
    for after, _, months in grammar.periods:
        match = after.search(clause[:70])
        if match is not None:
            return months, match.end()
    for _, before, months in grammar.periods:
        match = before.search(lead_in)
        if match is not None and not grammar.pilot.search(lead_in[match.end() :]):
            return months, 0
    return None


def _settle(found: list[Quantity]) -> list[Quantity]:
    """Of several volumes of one role the largest counts; beside a pilot, a later plain volume is the monthly one."""
    roles = [quantity.role for quantity in found]
    if roles.count("order") == 1:
        at = roles.index("order")
        if "pilot" in roles and "monthly" not in roles and at > roles.index("pilot"):
            found[at] = replace(found[at], role="monthly")
        elif "pilot" not in roles and "pilot_lead_time" in roles:
            found[at] = replace(found[at], role="pilot")
    largest = {role: max((q.value for q in found if q.role == role), default=0.0) for role in _VOLUME_ROLES}
    return [
        replace(q, role="noise", unit="range") if q.role in _VOLUME_ROLES and q.value < largest[q.role] else q
        for q in found
    ]

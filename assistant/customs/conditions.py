"""Conditions that a line's description puts on the goods and that the entry itself can disprove.

Two sorts are read from the schedule's English text: a season ("If entered during the period from March 1 to July
14, inclusive, in any year") and a bracket of unit value ("Valued over $6.50 but not over $12/pair"). A condition
that the entry does not meet means that another line applies; anything not understood is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistant.customs.law import say
from assistant.customs.rate_model import show_number
from assistant.customs.types import Language
from assistant.customs.units import canonical, convert

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS.split("|"), start=1)}
_PERIOD = re.compile(
    rf"period from ({_MONTHS}) (\d{{1,2}})(?:,? in any year,?)?"
    rf" to (?:the (?:last day of the )?following )?({_MONTHS})(?: (\d{{1,2}}))?",
    re.IGNORECASE,
)
_MONEY = r"(\$ ?\d[\d,]*(?:\.\d+)?|\d[\d,]*(?:\.\d+)? ?(?:¢|cents))"
_UNIT = r"(?:(?:/| per | )(each|(?:proof |pf\. ?)?(?!or\b|but\b|and\b)[a-z]{1,8}[23]?\.?))?"
_BRACKET = re.compile(
    rf"valued (?:at )?(?:(over|not over|under|less than|not less than) )?{_MONEY}{_UNIT}( or more| or over)?{_UNIT}"
    rf"(?:,? (?:but|and) (not over|less than|under) {_MONEY}{_UNIT})?",
    re.IGNORECASE,
)
_EACH = {"each": "No.", "piece": "No.", "pair": "prs.", "dozen": "doz."}


@dataclass(frozen=True)
class Season:
    """Days of a year, both included; it runs over new year when `start` comes after `end`. Pairs of (month, day)."""

    start: tuple[int, int]
    end: tuple[int, int]

    def holds(self, day: date) -> bool:
        at = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= at <= self.end
        return at >= self.start or at <= self.end


@dataclass(frozen=True)
class Bracket:
    """Unit value in US dollars a `unit`; None is open. `*_in`: whether the bound itself belongs to the bracket."""

    low: Decimal | None
    low_in: bool
    high: Decimal | None
    high_in: bool
    unit: str

    def holds(self, value: Decimal) -> bool:
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below


def seasons(text: str) -> list[Season]:
    """The periods that `text` limits entry to; any of them will do."""
    if not re.search(r"\bentered\b", text, re.IGNORECASE) or re.search(r"outside the above", text, re.IGNORECASE):
        return []
    found = []
    for month, first, last_month, last in _PERIOD.findall(text):
        end = int(last) if last else 31  # "the last day of the following February": any day of that month belongs
        found.append(Season((_MONTH_NUMBER[month.lower()], int(first)), (_MONTH_NUMBER[last_month.lower()], end)))
    return found


def bracket(text: str) -> Bracket | None:
    """The bracket of unit value that `text` sets, or None."""
    found = _BRACKET.search(text)
    if not found:
        return None
    word, money, *units, more, unit_after, upper_word, upper, unit_last = found.groups()
    printed = next((u for u in (unit_last, unit_after, *units) if u), "").lower()
    unit = _EACH.get(printed.rstrip(".")) or canonical(printed) or canonical(printed.rstrip("."))
    word = (word or "").lower()
    if not unit or not (word or more):
        return None
    first = _dollars(money)
    if word in ("under", "less than"):
        return Bracket(None, False, first, False, unit)
    if word == "not over":
        return Bracket(None, False, first, True, unit)
    high = _dollars(upper) if upper else None
    return Bracket(first, word != "over", high, (upper_word or "").lower() == "not over", unit)


def _dollars(text: str) -> Decimal:
    number = Decimal(re.sub(r"[^\d.]", "", text.replace(",", "")))
    return number if text.strip().startswith("$") else number / 100


def unmet(
    path: Sequence[str], day: date, customs_value: Decimal, quantities: Mapping[str, Decimal], language: Language
) -> tuple[str, ...]:
    """A sentence for each condition of the description path that this entry does not meet."""
    rows = []
    for text in path:
        periods = seasons(text)
        if periods and not any(period.holds(day) for period in periods):
            rows.append(say("warning.season", language, text=text, day=day))
        limits = bracket(text)
        if limits is None:
            continue
        for unit, quantity in quantities.items():
            count = convert(quantity, unit, limits.unit)
            if count:
                each = customs_value / count
                if not limits.holds(each):
                    shown = show_number(each.quantize(Decimal("0.01")))
                    rows.append(say("warning.value", language, text=text, value=shown, unit=limits.unit))
                break
    return tuple(rows)

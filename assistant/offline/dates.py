"""Dates as people write them, resolved against a given day (never the clock).

2026-07-01 · July 1, 2026 · 1st of July · 15 de agosto · mid August / mediados de agosto · next month · in two weeks
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from assistant.offline.language import Lang
from assistant.offline.text import Span, data, fold

_TO = re.compile(r"\s*(?:to|a|al|hasta|through|thru|until|till|and|y|-|–)\s*(?:el )?")
_GOES_ON = re.compile(r"(?:from|since|desde|a partir de)\b")


@dataclass(frozen=True)
class DateFound:
    """A day. `assumed` is True when the words left room (no year, a part of a month) and the choice must be stated."""

    day: date
    span: Span
    text: str
    assumed: bool


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {word: int(number) for number, names in data("dates")["months"].items() for word in names.split()}


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    table = data("dates")
    month = "|".join(sorted(_months(), key=len, reverse=True))
    part = "|".join(
        sorted((w.replace("-", r"[\s-]*") for ws in table["parts"].values() for w in ws.split()), key=len, reverse=True)
    )
    year = r"(?:,?\s*(?:de|del|of)?\s*(?:ano\s+)?(?P<y>(?:19|20)\d\d))?"
    day = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th|o|º|°)?"
    long = "|".join(word for word in _months() if word not in ("may", "mar", "ago", "set"))
    any_day = r"(?P<d>\d\d)(?:st|nd|rd|th|o|º|°)?"
    counted = "mil|k|pcs|pieces|piezas|usd|dollars|dolares|units|unidades|kg|pairs|pares|parts|harness\\w*|a\\b|per"
    unit = "|".join(w for ws in table["units"].values() for w in ws.split())
    return {
        "iso": re.compile(r"(?<![\d.])(?P<y>(?:19|20)\d\d)[-/](?P<m>[01]?\d)[-/](?P<d>[0-3]?\d)(?![\d.]\d|\d)"),
        "slash": re.compile(r"(?<![\d./-])(?P<a>[0-3]?\d)[/.-](?P<b>[0-3]?\d)[/.-](?P<y>(?:19|20)\d\d)(?!\d)"),
        "day_month": re.compile(rf"(?<![\d.,]){day}\s*(?:de|of|-)?\s*(?P<mon>{month})\b\.?{year}"),
        "month_day": re.compile(rf"\b(?P<mon>{month})\b\.?\s*{day}(?![\d.,]*\d|\s*(?:mil|k|pcs|usd|%)\b){year}"),
        "part": re.compile(rf"\b(?P<part>{part})\s*(?P<mon>{month})\b{year}"),
        "short": re.compile(rf"(?:{table['short_lead']})\s*(?P<a>[0-3]?\d)/(?P<b>[0-3]?\d)(?![\d/.,]\d|\d|/)"),
        "since": re.compile(
            rf"\b(?:{table['since']})\s+(?:last\s+|el\s+mes\s+de\s+)?(?P<mon>{month})\b(?!\s*\d{{1,3}}\b){year}"
            rf"(?:\s+(?:of last year|last year|del? (?:ano )?pasado|del ano pasado|del ano anterior))?"
        ),
        "month": re.compile(
            rf"(?:\b(?:in|en|during|durante|for|by|para|este|this|until|from|last|next|de|el|between|entre)\s+(?:el\s+)?"
            rf"|\b(?=(?:{month})\s+(?:de\s+)?(?:19|20)\d\d\b))(?P<mon>{month})\b(?!\s*\d{{3}}\b){year}"
            rf"(?P<back>\s+(?:of last year|last year|del? (?:ano )?pasado|del ano pasado|del ano anterior))?"
        ),
        "year": re.compile(
            rf"\b(?:{table['year_lead']})\s+(?:el ano\s+|the year\s+)?(?P<y>(?:19|20)\d\d)\b"
            r"(?!\s*(?:[.,-]\d|/|%|usd|dollars?|dolares|pesos|pcs|pieces|piezas|units|unidades|kg|kilos|pairs|pares|parts))"
        ),
        "any_iso": re.compile(r"(?<![\d.])(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?![\d.-])"),
        "any_slash": re.compile(r"(?<![\d./-])(?P<a>\d\d?)/(?P<b>\d\d?)/(?P<y>(?:19|20)\d\d)(?!\d)"),
        "any_day_month": re.compile(rf"(?<![\d.,]){any_day}(?:\s+(?:de|of)\s+|\s+)(?P<mon>{long})\b{year}"),
        "any_month_day": re.compile(rf"\b(?P<mon>{long})\s+{any_day}(?![\d.,]*\d|\s*(?:{counted})\b|\s*%){year}"),
        "ahead": re.compile(
            rf"\b(?:in|en|dentro de|within)\s+(?P<n>\d+|one|two|three|dos|tres|un|una|a)\s+(?P<u>{unit})\b"
        ),
    }


def find_dates(text: str, as_of: date, language: Lang | None = None) -> list[DateFound]:
    """The days that `text` names, in order. A day without a year is the one nearest to `as_of`.

    `07/08/2026` is month first in English and day first in Spanish; such a reading counts as assumed.
    """
    folded = fold(text)
    found: list[DateFound] = []
    for name, pattern in _patterns().items():
        for match in () if name.startswith("any_") else pattern.finditer(folded):
            span = Span(*match.span())
            if any(span.overlaps(other.span) for other in found):
                continue
            resolved = _resolve(name, match, folded, as_of, language)
            if resolved is not None:
                found.append(DateFound(resolved[0], span, text[span.start : span.end].strip(), resolved[1]))
    found += _relative(text, folded, as_of, [f.span for f in found])
    return _ranged(sorted(found, key=lambda f: f.span.start), folded)


def _ranged(found: list[DateFound], folded: str) -> list[DateFound]:
    """ "From March to September 2026": the year that the last day names is the first one's too."""
    year = re.compile(r"(?:19|20)\d\d")
    for place, (first, last) in enumerate(pairwise(found)):
        between = folded[first.span.end : last.span.start]
        spoken = f"{between} {fold(last.text)}"
        joined = not between.strip() or _TO.fullmatch(between)
        if joined and names_month(first.text) and year.search(spoken) and not year.search(first.text):
            day = _in_year(first.day, last.day.year)
            day = day if day <= last.day else _in_year(first.day, last.day.year - 1)
            found[place] = replace(first, day=day.replace(day=1) if _GOES_ON.match(fold(first.text)) else day)
    return found


def _in_year(day: date, year: int) -> date:
    """The same day of another year; February 29 is its last day in a common year."""
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def names_month(text: str) -> bool:
    """True when a month is named: "since August 2025" is no whole year."""
    return any(word in _months() for word in re.findall(r"[a-z]+", fold(text)))


def first_day(found: DateFound) -> date:
    """The day on which something begins: "from June" is its first day here, while "in force since June" is its last."""
    return found.day.replace(day=1) if found.assumed and _GOES_ON.match(fold(found.text)) else found.day


def _resolve(
    name: str, match: re.Match[str], folded: str, as_of: date, language: Lang | None
) -> tuple[date, bool] | None:
    group = match.groupdict()
    if name == "short":
        first, second = int(group["a"]), int(group["b"])
        month, day = (second, first) if first > 12 or (language == "es" and second <= 12) else (first, second)
        return _nearest(month, day, as_of, False) if 1 <= month <= 12 else None
    if name == "iso":
        return _day(int(group["y"]), int(group["m"]), int(group["d"]), False)
    if name == "slash":
        first, second, year = int(group["a"]), int(group["b"]), int(group["y"])
        day_first = first > 12 or (language == "es" and second <= 12)
        month, day = (second, first) if day_first else (first, second)
        return _day(year, month, day, first <= 12 and second <= 12 and first != second)
    if name == "year":
        year = int(group["y"])
        return (as_of if year == as_of.year else date(year, 1, 1)), True
    if name == "ahead":
        return _ahead(group, as_of)
    month = _months()[group["mon"]]
    if name == "month" and group["mon"] in ("may", "mar", "ago", "sep") and not group["y"]:
        return None  # also everyday words; a month only with a day, a part or a year
    if name == "part":
        last = calendar.monthrange(int(group["y"] or as_of.year), month)[1]
        day = {"start": 1, "middle": 15, "end": last}[_part(group["part"])]
    else:
        day = int(group["d"]) if "d" in group else 1
    if name in ("month", "since") and re.search(
        r"\b(?:last|past|previous)\s+\w+$|(?:last year|pasado|anterior)$", match[0]
    ):
        last_one = as_of.year - 1 if (month >= as_of.month or "year" in match[0] or "ano" in match[0]) else as_of.year
        return date(last_one, month, 1), True
    if name == "since":
        return _since(month, group["y"], as_of, past=match[0].startswith(("since", "desde")))
    if name == "month" and month == as_of.month and int(group["y"] or as_of.year) == as_of.year:
        return as_of, True
    if group["y"]:
        return _day(int(group["y"]), month, day, name in ("part", "month"))
    past = bool(re.search(rf"\b(?:{'|'.join(data('dates')['past'].split())})\b", folded[: match.end()]))
    return _nearest(month, day, as_of, past)


def _since(month: int, year: str | None, as_of: date, past: bool) -> tuple[date, bool] | None:
    """What is in force since a month: its last day, or the day of asking when that month is not over."""
    near = _nearest(month, 1, as_of, past)
    chosen = int(year) if year else (near[0].year if near else as_of.year)
    last = date(chosen, month, calendar.monthrange(chosen, month)[1])
    return (as_of if last > as_of >= last.replace(day=1) else last), True


def find_impossible(text: str, language: Lang | None = None) -> list[str]:
    """What is written as a date and is none: February 30, 31/04/2026, 2026-13-01."""
    found: list[str] = []
    folded, table = fold(text), _patterns()
    for name in ("iso", "slash", "day_month", "month_day"):
        for match in table["any_" + name].finditer(folded):
            group = match.groupdict()
            if name == "slash":
                first, second = int(group["a"]), int(group["b"])
                months = [(second, first), (first, second)]
            else:
                month = _months()[group["mon"]] if group.get("mon") else int(group["m"])
                months = [(month, int(group["d"]))]
            if not group["y"] and months[0][1] > 39:
                continue  # "in August 45 bins"
            year = int(group["y"] or 2024)  # without a year February 29 stands
            if all(_day(year, month, day, False) is None for month, day in months):
                found.append(text[match.start() : match.end()].strip())
    return found


def _part(word: str) -> str:
    key = re.sub(r"[\s-]+", "", word)
    for name, text in data("dates")["parts"].items():
        if key in {w.replace("-", "") for w in text.split()}:
            return str(name)
    return "middle"


def _nearest(month: int, day: int, as_of: date, past: bool) -> tuple[date, bool] | None:
    near: list[date] = []
    for year in (as_of.year - 1, as_of.year, as_of.year + 1):
        resolved = _day(year, month, day, True)
        if resolved is not None and not (past and resolved[0] > as_of):
            near.append(resolved[0])
    return (min(near, key=lambda d: abs((d - as_of).days)), True) if near else None


def _ahead(group: dict[str, str], as_of: date) -> tuple[date, bool] | None:
    number = {"one": 1, "un": 1, "una": 1, "a": 1, "two": 2, "dos": 2, "three": 3, "tres": 3}.get(group["n"])
    count = number if number is not None else int(group["n"])
    units = data("dates")["units"]
    if count > 3660:
        return None
    if group["u"] in units["days"].split():
        return as_of + timedelta(days=count), False
    if group["u"] in units["weeks"].split():
        return as_of + timedelta(weeks=count), False
    return _shift(as_of, count), False


def stepped(text: str, day: date) -> date | None:
    """`day` moved as `text` says relative to it: "a year earlier", "dos meses después"; None when it says no step."""
    table = data("dates")
    if re.search(rf"\b(?:{table['year_back']})\b", fold(text)):
        return _shift(day, -12)
    unit = "|".join(w for ws in table["units"].values() for w in ws.split())
    match = re.search(
        rf"\b(?P<n>\d+|one|two|three|a|un|una|dos|tres)\s+(?P<u>{unit}|years?|anos?)\s+"
        rf"(?:(?P<e>{table['earlier']})|(?P<l>{table['later']}))\b",
        fold(text),
    )
    if match is None:
        return None
    number = {"one": 1, "un": 1, "una": 1, "a": 1, "two": 2, "dos": 2, "three": 3, "tres": 3}.get(match["n"])
    count = (number if number is not None else int(match["n"])) * (-1 if match["e"] else 1)
    if abs(count) > 3660:
        return None
    units = table["units"]
    if match["u"] in units["days"].split() or match["u"] in units["weeks"].split():
        return day + timedelta(days=count * (7 if match["u"] in units["weeks"].split() else 1))
    return _shift(day, count * (12 if match["u"][0] in "ya" else 1))


def _shift(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _relative(text: str, folded: str, as_of: date, taken: list[Span]) -> list[DateFound]:
    table = data("dates")
    found: list[DateFound] = []
    rows = [(w, "months", int(n)) for w, n in table["relative_months"].items()]
    rows += [(w, "days", int(n)) for w, n in table["relative"].items()]
    for words, kind, count in rows:
        for match in re.finditer(rf"\b{words}\b", folded):
            span = Span(*match.span())
            if any(span.overlaps(other) for other in [*taken, *(f.span for f in found)]):
                continue
            day = as_of + timedelta(days=count) if kind == "days" else _shift(as_of.replace(day=1), count)
            found.append(DateFound(day, span, text[span.start : span.end], kind == "months"))
    return found + _weekdays(text, folded, as_of, [*taken, *(f.span for f in found)])


def _weekdays(text: str, folded: str, as_of: date, taken: list[Span]) -> list[DateFound]:
    """ "next Monday", "el viernes": the first such day after `as_of`, or the last one before it."""
    table = data("dates")
    found: list[DateFound] = []
    for place, names in enumerate(table["weekdays"]):
        pattern = rf"\b(?P<lead>{table['weekday_lead']})\s+(?:{'|'.join(names.split())})\b(?P<tail>\s+pasado)?"
        for match in re.finditer(pattern, folded):
            span = Span(*match.span())
            if any(span.overlaps(other) for other in taken):
                continue
            ahead = (place - as_of.weekday() - 1) % 7 + 1
            back = match["tail"] or re.search(rf"\b(?:{table['weekday_back']})\b", match["lead"])
            day = as_of + timedelta(days=ahead - 7 if back and ahead < 7 else -7 if back else ahead)
            found.append(DateFound(day, span, text[span.start : span.end], True))
    return found


def _day(year: int, month: int, day: int, assumed: bool) -> tuple[date, bool] | None:
    try:
        return date(year, month, day), assumed
    except ValueError:
        return None

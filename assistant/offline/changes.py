"""The window that a question of changes speaks of: "since June", "between May and August", "los últimos seis meses"."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.offline.dates import DateFound, first_day, names_month
from assistant.offline.text import data, fold


@dataclass(frozen=True)
class Window:
    """Both days are included. `assumed`: nobody named it, so that it is to be said."""

    start: date
    end: date
    assumed: bool = False


def read_window(text: str, dates: tuple[DateFound, ...], as_of: date) -> Window | None:
    """The window in `text`, whose dates are `dates`; None when it names none."""
    folded, table = fold(text), data("changes")
    if len(dates) >= 2:
        first, last = dates[0], dates[-1]  # as said: "between March and August 2025"
        if first.day > last.day:
            named = re.search(r"(?:19|20)\d\d", first.text) is not None
            first, last = (last, first) if named else (_in_year(first, last), last)
        start, end = _opening(first), _closing(last, as_of)
        return Window(start, end)
    if dates:
        found = dates[0]
        whole_year = re.fullmatch(r"\D*((?:19|20)\d\d)", fold(found.text))
        if whole_year and found.assumed and not names_month(found.text):
            year = int(whole_year[1])
            ends = re.match(r"(?:since|desde|before|antes)", fold(found.text)) is not None
            return Window(date(year, 1, 1), as_of if ends or year >= as_of.year else date(year, 12, 31))
        if found.day > as_of:
            return Window(as_of, found.day)
        return Window(_opening(found), as_of)
    for pattern in table["ago"]:
        match = re.search(rf"\b(?:{pattern})\b", folded)
        if match:
            return Window(_back(as_of, match["n"], match["u"]), as_of)
    if re.search(rf"\b(?:{table['this_year']})\b", folded):
        return Window(date(as_of.year, 1, 1), as_of)
    if re.search(rf"\b(?:{table['ahead']})\b", folded):
        return Window(as_of, as_of + timedelta(days=365), assumed=True)
    return None


def usual_window(as_of: date) -> Window:
    """The year up to the day of asking."""
    return Window(as_of - timedelta(days=365), as_of, assumed=True)


def _in_year(found: DateFound, other: DateFound) -> DateFound:
    """A month without a year, in the year of the other end or the one before it."""
    day = found.day.replace(year=other.day.year, day=1)
    return replace(found, day=day if day <= other.day else day.replace(year=day.year - 1))


def _opening(found: DateFound) -> date:
    """A month that is named without a day begins on its first."""
    return first_day(found) if not _has_day(found) else found.day


def _closing(found: DateFound, as_of: date) -> date:
    if _has_day(found):
        return found.day
    last = calendar.monthrange(found.day.year, found.day.month)[1]
    end = found.day.replace(day=last)
    return as_of if found.day <= as_of < end else end


def _has_day(found: DateFound) -> bool:
    return bool(re.search(r"(?<!\d)\d{1,2}(?!\d)", found.text)) or not found.assumed


def _back(as_of: date, number: str | None, unit: str) -> date:
    table = data("changes")
    count = int(table["words"].get(number, number) if number else 1)
    letter = unit[0]
    if letter in table["days"]:
        return as_of - timedelta(days=count * int(table["days"][letter]))
    month = as_of.year * 12 + as_of.month - 1 - count * int(table["months"][letter])
    year, place = divmod(month, 12)
    return date(year, place + 1, min(as_of.day, calendar.monthrange(year, place + 1)[1]))

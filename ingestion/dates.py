"""Dates as people write them in English and Spanish."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from ingestion.readers.files import fold

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene", "february feb febrero", "march mar marzo", "april apr abril abr", "may mayo",
            "june jun junio", "july jul julio", "august aug agosto ago", "september sep sept septiembre setiembre",
            "october oct octubre", "november nov noviembre", "december dec diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]\d{2}:.*)?")
_NUMBERS: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_DAY_FIRST: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|º|°)?[-\s.]*(?:de |of )?([a-z]+)\.?[-\s,]*(?:de |del )?(\d{4})"
)
_MONTH_FIRST: Final = re.compile(r"([a-z]+)\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")


def parse_date(text: str) -> date:
    """2027-03-15, 15 March 2027, March 15, 2027, 15 de marzo de 2027, 15/03/2027 (only where day and month can't be
    confused). Raises ValueError that says why it is none of these."""
    try:
        return _parse(text, fold(text).strip(" ."))
    except ValueError as error:
        if repr(text) in str(error):
            raise
        raise ValueError(f"{text!r} is not a date of the calendar") from error


def _parse(text: str, plain: str) -> date:
    if found := _ISO.fullmatch(plain):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if (found := _DAY_FIRST.fullmatch(plain)) and found[2] in _MONTHS:
        return date(int(found[3]), _MONTHS[found[2]], int(found[1]))
    if (found := _MONTH_FIRST.fullmatch(plain)) and found[1] in _MONTHS:
        return date(int(found[3]), _MONTHS[found[1]], int(found[2]))
    if found := _NUMBERS.fullmatch(plain):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(f"{text!r} can be two dates, day first or month first; write it as YYYY-MM-DD")
        return date(year, *((second, first) if first > 12 else (first, second)))
    raise ValueError(f"{text!r} is not a date; write it as YYYY-MM-DD")

"""Numbers of the Harmonized Tariff Schedule: reading what people type, printing as the schedule does, near misses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import takewhile

from assistant.customs.law import say
from assistant.customs.types import Language
from assistant.errors import InvalidInput

_LENGTHS = (4, 6, 8, 10)


def normalise(text: str, accepted: Collection[int] = (8, 10), language: Language = "en") -> str:
    """Digits of an HTS number ("8544.30.00.00", "8544 30 0000" -> "8544300000").

    Raises InvalidInput when there is something other than digits, dots, blanks or hyphens, or when the number of
    digits is not one of `accepted` (out of 4, 6, 8, 10)."""
    shown = text if len(text) <= 40 else text[:37] + "..."
    if not re.fullmatch(r"[0-9.\s-]*[0-9][0-9.\s-]*", text):
        raise InvalidInput(
            say("error.hts_form", language, shown=repr(shown)), field="hts", hint=say("hint.hts_form", language)
        )
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) in accepted:
        return digits
    *others, last = [str(n) for n in sorted(accepted)]
    wanted = say("word.or", language).join((", ".join(others), last)) if others else last
    if len(digits) in (3, 5, 7, 9):
        missing = len(digits) + 1 in accepted
        key = "hint.hts_digit_missing" if missing else "hint.hts_digits"
        hint = say(key, language, wanted=wanted, lead=f"0{digits}", tail=f"{digits}0")
    elif len(digits) > 10:
        hint = say("hint.hts_too_long", language, wanted=wanted)
    elif len(digits) > max(accepted):
        hint = say("hint.hts_leave_off", language, wanted=wanted, count=len(digits) - max(accepted))
    else:
        general = format_hts(digits) if len(digits) in _LENGTHS else shown
        hint = say("hint.hts_too_general", language, wanted=wanted, shown=general)
    raise InvalidInput(say("error.hts_digits", language, shown=shown, count=len(digits)), field="hts", hint=hint)


def format_hts(digits: str) -> str:
    """ "8544300000" -> "8544.30.00.00"; any length, pieces of 4, 2, 2, 2 as the schedule prints them."""
    return ".".join(part for part in (digits[:4], digits[4:6], digits[6:8], digits[8:10], digits[10:]) if part)


def nearest(code: str, known: Iterable[str], limit: int = 5) -> list[str]:
    """Up to `limit` numbers of `known` (digits) most like `code`: longest common prefix, then numeric closeness."""
    digits = re.sub(r"[^0-9]", "", code)
    target = int(digits.ljust(10, "0")[:10] or "0")

    def rank(other: str) -> tuple[int, int, str]:
        pairs = zip(digits, other, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return -shared, abs(int(other.ljust(10, "0")) - target), other

    return sorted((other for other in set(known) if other.isdigit()), key=rank)[: max(limit, 0)]

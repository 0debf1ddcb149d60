"""Numbers of the Harmonized Tariff Schedule: reading what people type, printing as the schedule does, near misses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import takewhile

from assistant.errors import InvalidInput

_LENGTHS = (4, 6, 8, 10)


def normalise(text: str, accepted: Collection[int] = (8, 10)) -> str:
    """Digits of an HTS number ("8544.30.00.00", "8544 30 0000" -> "8544300000").

    Raises InvalidInput when there is something other than digits, dots, blanks or hyphens, or when the number of
    digits is not one of `accepted` (out of 4, 6, 8, 10)."""
    shown = text if len(text) <= 40 else text[:37] + "..."
    if not re.fullmatch(r"[0-9.\s-]*[0-9][0-9.\s-]*", text):
        raise InvalidInput(
            f"{shown!r} is not a tariff number",
            field="hts",
            hint="Give digits, dots optional (8544.30.00.00); classify_product finds a number for described goods.",
        )
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) in accepted:
        return digits
    wanted = " or ".join(str(n) for n in sorted(accepted))
    if len(digits) in (3, 5, 7, 9):
        lead = f"0{digits}" if len(digits) + 1 in accepted else None
        tail = f"{digits}0" if len(digits) + 1 in accepted else None
        lost = f" A digit is missing; a spreadsheet may have dropped a leading zero ({lead}?) or a last one ({tail}?)."
        hint = f"Give {wanted} digits.{lost if lead else ''}"
    elif len(digits) > 10:
        hint = f"Give {wanted} digits; the US schedule has no number longer than 10."
    else:
        hint = f"Give {wanted} digits; {format_hts(digits) if len(digits) in _LENGTHS else shown} alone is too general."
        if len(digits) > max(accepted):
            hint = f"Give {wanted} digits; leave off the last {len(digits) - max(accepted)}."
    raise InvalidInput(f"{shown} has {len(digits)} digits", field="hts", hint=hint)


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

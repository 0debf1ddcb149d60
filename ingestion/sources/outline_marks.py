"""The marks of legal subdivisions: 16. (a) (ii) (A) (1) (aa) (ij), and how each can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Style = Literal["compiler", "chapter", "number", "alpha", "roman", "ALPHA", "ROMAN", "(number)", "a.", "items"]
MARK: Final = re.compile(
    r"\s*(?:\*\*|\[)?(?:(?P<number>\d{1,3})(?:\.(?=\s|$)|(?P<bare>\s+(?=[A-Z][a-z])))"
    r"|\((?P<paren>[a-zA-Z]{1,4}|[ivxlIVXL]{1,7}|\d{1,3})\)|(?P<dotted>[a-z])\.(?=\s))(?:\*\*|\])?\s*"
)
_ROMAN: Final = re.compile(r"(?=[ivxl])x{0,3}l?x{0,3}(?:ix|iv|v?i{0,3})")
_VALUES: Final = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(frozen=True)
class Mark:
    """A mark in one reading: its style, its place in that style's order from 1, and how it is printed."""

    style: Style
    value: int
    shown: str
    bare: bool = False  # a number without its dot, which counts only where exactly that number is due


def read_mark(match: re.Match[str]) -> Mark | None:
    """The mark that `MARK` matched, None when it is none ("(see)", "(Ab)")."""
    if match["number"]:
        return Mark("number", int(match["number"]), match["number"], match["bare"] is not None)
    if match["dotted"]:
        return Mark("a.", _alpha(match["dotted"]), f"({match['dotted']})")
    text = match["paren"]
    if text == "ij":
        return Mark("alpha", 10, "(ij)")  # the Harmonized System has no (i) and no (j)
    if text.isdigit():
        return Mark("(number)", int(text), f"({text})")
    if text != text.lower() and text != text.upper():
        return None
    low = text.lower()
    if len(low) > 1 and len(set(low)) > 1 and not _ROMAN.fullmatch(low):
        return None
    upper = text.isupper()
    if _ROMAN.fullmatch(low) and len(low) > 1 and len(set(low)) > 1:
        return Mark("ROMAN" if upper else "roman", _roman(low), f"({text})")
    if len(low) == 1 or len(set(low)) == 1:
        return Mark("ALPHA" if upper else "alpha", _alpha(low), f"({text})")
    return None


def _alpha(text: str) -> int:
    """a = 1, z = 26, aa = 27, bb = 28, aaa = 53."""
    return (len(text) - 1) * 26 + ord(text[0]) - ord("a") + 1


def _roman(text: str) -> int:
    values = [_VALUES[c] for c in text]
    return sum(-v if any(v < later for later in values[n + 1 : n + 2]) else v for n, v in enumerate(values))


def readings_of(mark: Mark) -> list[Mark]:
    """A mark of letters as both: alphabetical, and roman where it can be."""
    low = mark.shown.strip("()").lower()
    if mark.style not in ("alpha", "ALPHA") or not _ROMAN.fullmatch(low):
        return [mark]
    return [Mark("roman" if mark.style == "alpha" else "ROMAN", _roman(low), mark.shown), mark]


def next_is_alpha(mark: Mark, later: list[Mark]) -> bool:
    """Whether the letter after this one comes before the roman number after it: `(j)` before `(ii)`."""
    low = mark.shown.strip("()")
    upper = low.isupper()
    low = low.lower()
    nexts = {chr(ord(low[0]) + 1) * len(low): True, _to_roman(_roman(low) + 1): False}
    for other in later[:60]:
        text = other.shown.strip("()")
        if text.isupper() == upper and text.lower() in nexts:
            return nexts[text.lower()]
    return not later


def _to_roman(value: int) -> str:
    out = ""
    for number, text in ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        while value >= number:
            out, value = out + text, value - number
    return out


def address(prefix: str, path: Sequence[str]) -> str:
    """`99/III/note `, ("16", "(c)", "(xi)") → `99/III/note 16(c)(xi)`."""
    return prefix + "".join(path)

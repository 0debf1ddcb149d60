"""Cells of a bill of materials: column names, amounts, tariff numbers and yes or no, as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from assistant.customs.law import load_yaml
from assistant.customs.origin.rules import DATA

_AMOUNT = re.compile(r"-?\(?\d[\d.,' ]*\)?")


@cache
def words() -> dict[str, Any]:
    """The vocabulary of `bill_columns.yaml`."""
    loaded: dict[str, Any] = load_yaml(DATA / "bill_columns.yaml")
    return loaded


def plain(text: str) -> str:
    """Lower case, no accents, underscores and line breaks as one blank."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[\s_]+", " ", bare).strip(" :*")


@cache
def _meanings() -> dict[str, str]:
    found: dict[str, str] = {}
    for meaning, names in words()["columns"].items():
        for name in names:
            found.setdefault(plain(name), meaning)
    return found


def meaning_of(header: str) -> tuple[str | None, str | None]:
    """(what a column holds, the currency its name states): `Unit Cost (MXN)` is unit_price, MXN."""
    name = plain(header)
    stated = next(
        (c for w, c in words()["currencies"].items() if re.search(rf"(?<!\w){re.escape(w)}(?!\w)", name)), None
    )
    for candidate in (name, re.sub(r"\s*[(\[].*?[)\]]\s*", " ", name).strip(), _without_currency(name)):
        if candidate in _meanings():
            return _meanings()[candidate], stated
    return None, stated


def _without_currency(name: str) -> str:
    for w in words()["currencies"]:
        name = re.sub(rf"(?<!\w){re.escape(w)}(?!\w)", " ", name)
    return " ".join(re.sub(r"[(\[\])/]", " ", name).split()).strip(" -,.")


def header_score(cells: Sequence[str]) -> int:
    """How many different meanings a row names: the header is the row that names most."""
    return len({m for m in (meaning_of(c)[0] for c in cells if c.strip()) if m})


def amount(text: str, decimal_comma: bool = False) -> tuple[Decimal | None, str | None]:
    """(the number, the currency written beside it). None when there is no number in the cell. `decimal_comma` settles
    what `1,234` means; a cell with both signs settles itself by the last one."""
    lowered = text.strip().lower()
    currency = next((c for w, c in words()["currencies"].items() if w in lowered), None)
    m = _AMOUNT.search(lowered)
    if m is None:
        return None, currency
    digits = m[0].replace(" ", "").replace("'", "")
    negative = digits.startswith(("-", "("))
    digits = digits.strip("-()")
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        thousands, point = (",", ".") if dot > comma else (".", ",")
    elif comma >= 0:
        alone = digits.count(",") == 1 and (decimal_comma or len(digits) - comma - 1 != 3)
        thousands, point = (".", ",") if alone else (",", ".")
    else:
        thousands, point = (".", ",") if digits.count(".") > 1 else (",", ".")
    try:
        value = Decimal(digits.replace(thousands, "").replace(point, "."))
    except InvalidOperation:
        return None, currency
    return (-value if negative else value), currency


def comma_is_point(cells: Sequence[str]) -> bool:
    """Do these amounts write decimals with a comma? One cell such as `12,50` or `1.234,5` tells for the column."""
    texts = [re.sub(r"[^\d.,]", "", c) for c in cells]
    comma = sum(bool(re.fullmatch(r"\d+,\d{1,2}|\d+,\d{4,}|\d{1,3}(\.\d{3})+,\d+", t)) for t in texts)
    point = sum(bool(re.fullmatch(r"\d+\.\d{1,2}|\d+\.\d{4,}|\d{1,3}(,\d{3})+\.\d+", t)) for t in texts)
    return comma > point


def tariff(text: str, mexican: bool) -> tuple[str | None, str | None]:
    """(tariff number, remark). A Mexican fracción keeps its first six digits: beyond them it is not the US schedule.
    A number that lost its leading zero in a spreadsheet gets it back."""
    digits = re.sub(r"\D", "", re.sub(r"\.0$", "", text.strip()))
    if len(digits) in (3, 5, 7, 9):
        digits = "0" + digits
    if len(digits) < 4:
        return None, None
    if mexican and len(digits) > 6:
        return digits[:6], "six_digits"
    return digits[:10] if len(digits) >= 10 else digits, None


def yes_or_no(text: str) -> bool | None:
    """True, False, or None when the cell says neither."""
    word = plain(text)
    if word in {plain(w) for w in words()["yes"]}:
        return True
    return False if word in {plain(w) for w in words()["no"]} else None


def role(text: str) -> str:
    word = plain(text)
    return next((name for name, names in words()["roles"].items() if word in names), "material")


def is_total(cells: Sequence[str]) -> bool:
    """A line that sums others up: its first words say so and it names no tariff number."""
    said = [plain(c) for c in cells if c.strip()]
    return any(w in words()["totals"] or w.rstrip(" :") in words()["totals"] for w in said if not w[:1].isdigit())

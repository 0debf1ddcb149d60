"""The facts that a request brings, read once and strictly: places, shares, yes/no, lists, end use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.customs.origin.outcome import NO, YES, Outcome, unknown
from assistant.customs.origin.types import USMCA
from assistant.errors import InvalidInput

_COUNTRIES = {
    "USA": "US", "UNITED STATES": "US", "ESTADOS UNIDOS": "US", "EE.UU.": "US", "EUA": "US",
    "MEX": "MX", "MEXICO": "MX", "MÉXICO": "MX", "CAN": "CA", "CANADA": "CA", "CANADÁ": "CA",
}  # fmt: skip
_UNKNOWN = {"", "UNKNOWN", "DESCONOCIDO", "N/A", "?", "-", "XX", "ZZ"}
_YES = {"true", "yes", "y", "si", "sí", "1"}
_NO = {"false", "no", "n", "0"}
_USES = {
    "passenger vehicle": ("passenger vehicle", "passenger car", "automobile", "car", "vehículo de pasajeros", "auto"),
    "light truck": ("light truck", "pickup", "camión ligero", "camioneta"),
    "heavy truck": ("heavy truck", "camión pesado", "tractocamión"),
}  # fmt: skip


def country(text: Any, field: str) -> str | None:
    """ISO alpha-2 in upper case, None when unknown. Raises InvalidInput for anything else."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise InvalidInput(f"{field} must be a country code, not {text!r}", field=field, hint="give MX, US, CN …")
    code = text.strip().upper()
    code = _COUNTRIES.get(code, code)
    if code in _UNKNOWN:
        return None
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise InvalidInput(
            f"{text!r} is not a country code", field=field, hint="use ISO 3166-1 alpha-2: MX, US, CA, CN, VN …"
        )
    return code


class Facts:
    """Read-only view of `facts`. Every reader answers None (or an unknown Outcome) when the fact was not given."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {k: v for k, v in given.items() if v is not None}

    def __contains__(self, key: str) -> bool:
        return key in self._given

    def raw(self, key: str) -> Any:
        return self._given.get(key)

    def places(self, key: str) -> tuple[str, ...] | None:
        value = self._given.get(key)
        if value is None or isinstance(value, bool):
            return None
        found = value if isinstance(value, (list, tuple)) else [value]
        codes = tuple(country(v, f"facts.{key}") for v in found)
        return None if not codes or None in codes else tuple(c for c in codes if c)

    def in_region(self, key: str) -> Outcome:
        """Done in a USMCA country (every place given is one); `true` and `false` are taken at their word."""
        value = self._given.get(key)
        if isinstance(value, bool):
            return YES if value else NO
        places = self.places(key)
        if places is None:
            return unknown(key)
        return YES if set(places) <= USMCA else NO

    def yes(self, key: str) -> Outcome:
        value = self._given.get(key)
        if value is None:
            return unknown(key)
        if isinstance(value, bool):
            return YES if value else NO
        text = str(value).strip().lower()
        if text in _YES:
            return YES
        if text in _NO:
            return NO
        raise InvalidInput(f"facts.{key} must be true or false, not {value!r}", field=f"facts.{key}", hint="use true")

    def number(self, key: str) -> Decimal | None:
        value = self._given.get(key)
        if value is None:
            return None
        try:
            number = Decimal(str(value).replace("%", "").replace(",", "").strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite() or number < 0:
            raise InvalidInput(
                f"facts.{key} must be a number of zero or more, not {value!r}",
                field=f"facts.{key}",
                hint='such as "40"',
            )
        return number

    def at_least(self, key: str, minimum: Decimal) -> Outcome:
        number = self.number(key)
        return unknown(key) if number is None else (YES if number >= minimum else NO)

    def at_most(self, key: str, maximum: Decimal) -> Outcome:
        number = self.number(key)
        return unknown(key) if number is None else (YES if number <= maximum else NO)

    def processes(self) -> frozenset[str] | None:
        """Names of production processes done in the region (snake case); None when nothing was said."""
        value = self._given.get("processes")
        if value is None:
            return None
        found = value if isinstance(value, (list, tuple)) else [value]
        names = set()
        for item in found:
            name, place = (item.get("process"), item.get("country")) if isinstance(item, dict) else (item, None)
            if place is None or country(place, "facts.processes") in USMCA:
                names.add(re.sub(r"[^a-z0-9]+", "_", str(name).lower()).strip("_"))
        return frozenset(names)

    def end_use(self) -> str | None:
        """passenger vehicle, light truck, heavy truck, or other; None when not said. `vehicle_type` also counts."""
        for key in ("end_use", "vehicle_type"):
            value = self._given.get(key)
            if value is None:
                continue
            text = str(value).strip().lower().replace("_", " ")
            for use, names in _USES.items():
                if text in names or text.rstrip("s") in names:
                    return use
            return "other"
        return None

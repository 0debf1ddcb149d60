"""A request made ready: numbers checked and put into the rules' nomenclature, materials with a status, facts read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from assistant.customs.hts_number import format_hts, normalise
from assistant.customs.law import load_yaml
from assistant.customs.origin import textiles
from assistant.customs.origin.codes import moved, older
from assistant.customs.origin.facts import Facts, country
from assistant.customs.origin.goods import Good
from assistant.customs.origin.rules import DATA
from assistant.customs.origin.shift import Item
from assistant.customs.origin.types import USMCA, OriginMaterial, OriginRequest
from assistant.customs.types import Language
from assistant.errors import InvalidInput, NotInForce, UnknownHts, UnsupportedCurrency

Status = Literal["originating", "non_originating", "unknown", "disregarded"]
START = date(2020, 7, 1)  # entry into force of the USMCA
_NAMES = ("USMCA", "T-MEC", "TMEC", "CUSMA", "ACEUM", "S", "S+")
ZERO = Decimal(0)
_TEXTS: dict[str, dict[str, str]] = {}


def say(key: str, language: Language, **values: object) -> str:
    """The sentence `key` in `language`; a missing key or value is an error, never a blank."""
    if not _TEXTS:
        _TEXTS.update(load_yaml(DATA / "texts.yaml"))
    return _TEXTS[key][language].format_map(values)


def has_text(key: str) -> bool:
    if not _TEXTS:
        _TEXTS.update(load_yaml(DATA / "texts.yaml"))
    return key in _TEXTS


@dataclass(frozen=True, slots=True)
class Line:
    """One material. `value` is its value in the good; `foreign_value` what of it counts as non-originating."""

    item: Item
    label: str
    hts: str | None
    origin: str | None
    status: Status
    role: str
    value: Decimal | None
    foreign_value: Decimal | None
    weight: Decimal | None
    supplier: str | None

    @property
    def index(self) -> int:
        return self.item.index


@dataclass(frozen=True)
class Case:
    """Everything a route looks at. `codes` are the good's numbers in the rules' nomenclature."""

    request: OriginRequest
    day: date
    digits: str
    codes: tuple[str, ...]
    facts: Facts
    lines: tuple[Line, ...]
    language: Language
    destination: str
    good: Good
    total_cost: Decimal | None
    notes: list[str] = field(default_factory=list)

    def text(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)


def day_of(request: OriginRequest) -> date:
    """Raises InvalidInput when no day is given (the tool layer fills in today), NotInForce before July 1, 2020."""
    day = request.as_of or request.entry_date
    if day is None:
        raise InvalidInput("no day was given", field="as_of", hint="give as_of, the day of importation (ISO 8601)")
    if request.as_of and request.entry_date and request.as_of != request.entry_date:
        raise InvalidInput("as_of and entry_date differ", field="as_of", hint="give one of them")
    if day < START:
        raise NotInForce(
            f"the USMCA was not in force on {day}", field="as_of", hint=f"choose a day from {START} on (before: NAFTA)"
        )
    return day


def check_numbers(request: OriginRequest) -> None:
    """Raises InvalidInput for what no rule can be applied to."""
    if request.agreement.strip().upper() not in _NAMES:
        raise InvalidInput(
            f"agreement {request.agreement!r} is not known", field="agreement", hint="only USMCA is; leave it out"
        )
    for name in ("transaction_value", "net_cost"):
        value: Decimal | None = getattr(request, name)
        if value is not None and (not value.is_finite() or value <= 0):
            raise InvalidInput(f"{name} must be greater than zero", field=name, hint='such as "1000.00", in USD')


def in_dollars(request: OriginRequest) -> OriginRequest:
    """The request with all amounts in US dollars at the rate it gives.

    Raises UnsupportedCurrency without a rate, InvalidInput for a rate that is not above zero."""
    code = request.currency.strip().upper()
    for name, rate in request.currency_rates.items():
        if not rate.is_finite() or rate <= 0:
            raise InvalidInput(
                f"the rate of {name} must be above zero", field="currency_rates", hint='such as "0.0545"'
            )
    if code == "USD":
        return request
    rates = {name.strip().upper(): rate for name, rate in request.currency_rates.items()}
    if code not in rates:
        raise UnsupportedCurrency(
            f"values are in {request.currency} and no rate was given for it",
            field="currency",
            hint=f'give US dollars for one: "currency_rates": {{"{code}": "…"}}',
        )

    def dollars(row: dict[str, Any]) -> dict[str, Any]:
        for key in ("value", "deductible_costs", "regional_value", "transaction_value", "net_cost"):
            if row.get(key) is not None:
                row[key] = row[key] * rates[code]
        for key in ("materials", "components"):
            if row.get(key):
                row[key] = [dollars(part) for part in row[key]]
        return row

    body = dollars(request.model_dump())
    cost = Facts(request.facts).number("total_cost")
    if cost is not None:
        body["facts"] = {**request.facts, "total_cost": str(cost * rates[code])}
    return OriginRequest.model_validate({**body, "currency": "USD"})


def prepare(request: OriginRequest) -> Case:
    """The request checked and read. Raises InvalidInput, UnknownHts, NotInForce, UnsupportedCurrency."""
    check_numbers(request)
    day = day_of(request)
    digits = normalise(request.hts, (6, 8, 10))[:8]
    if not 1 <= int(digits[:2]) <= 97 or digits[:2] == "77" or digits[2:4] == "00":
        raise UnknownHts(
            f"{format_hts(digits)} is not in chapters 1 to 97", field="hts", hint="origin rules cover chapters 1 to 97"
        )
    destination = country(request.destination, "destination")
    if destination not in USMCA:
        raise InvalidInput(
            f"{request.destination!r} is not a USMCA country", field="destination", hint="give US, MX or CA"
        )
    facts = Facts(request.facts)
    codes = older(digits)
    notes: list[str] = []
    if moved(digits) and codes:
        notes.append(
            say("assume.moved", request.language, hts=format_hts(digits), old=", ".join(map(format_hts, codes)))
        )
    lines = tuple(line_of(m, n, digits, request.language, facts, notes) for n, m in enumerate(request.materials))
    return Case(
        request=request,
        day=day,
        digits=digits,
        codes=codes,
        facts=facts,
        lines=lines,
        language=request.language,
        destination=destination,
        good=Good(digits, request.description, facts),
        total_cost=facts.number("total_cost"),
        notes=notes,
    )


def line_of(m: OriginMaterial, n: int, good: str, language: Language, facts: Facts, notes: list[str]) -> Line:
    """One material read and checked, for a good of number `good`."""
    where = f"materials[{n}]"
    for name in ("value", "weight", "deductible_costs", "regional_value"):
        amount: Decimal | None = getattr(m, name)
        if amount is not None and (not amount.is_finite() or amount < 0):
            raise InvalidInput(f"{where}.{name} must be zero or more", field=f"{where}.{name}", hint="correct it")
    hts = None
    if m.hts and m.hts.strip():
        try:
            hts = normalise(m.hts, (4, 6, 8, 10))[:8]
        except InvalidInput as error:
            raise InvalidInput(error.message, field=f"{where}.hts", hint=error.hint) from error
        if not 1 <= int(hts[:2]) <= 97:
            raise UnknownHts(f"{format_hts(hts)} is not a tariff number", field=f"{where}.hts", hint="chapters 1 to 97")
    origin = country(m.origin, f"{where}.origin")
    label = m.description.strip() or say("material", language, n=n + 1)
    if m.originating and origin is not None and origin not in USMCA:
        notes.append(say("assume.mixed", language, name=label, origin=origin))
    codes = older(hts) if hts else ()
    status = _status(m, origin, facts)
    if status == "unknown" and textiles.textile_good(good) and textiles.made_abroad(codes, facts):
        status = "non_originating"
    foreign = None
    if m.value is not None:
        foreign = max(m.value - (m.deductible_costs or ZERO) - (m.regional_value or ZERO), ZERO)
    return Line(
        item=Item(n, m.description, codes),
        label=label,
        hts=hts,
        origin=origin,
        status=status,
        role=m.role,
        value=m.value,
        foreign_value=foreign,
        weight=m.weight,
        supplier=m.supplier,
    )


def _status(m: OriginMaterial, origin: str | None, facts: Facts) -> Status:
    if m.role == "packing":
        return "disregarded"
    if m.role == "indirect" or m.originating:
        return "originating"
    if m.role == "recovered" and origin in USMCA:
        return "originating"
    if m.originating is None:
        designated = facts.raw("intermediate_materials")
        rows = designated if isinstance(designated, (list, tuple)) else [designated] if designated else []
        for row in rows:
            if isinstance(row, dict) and row.get("originating") and _names(row.get("description"), m):
                return "originating"
    if m.originating is False or (origin is not None and origin not in USMCA):
        return "non_originating"
    return "unknown"


def _names(name: object, m: OriginMaterial) -> bool:
    return isinstance(name, str) and name.strip().lower() == m.description.strip().lower()


def shares_by_weight(lines: Sequence[Line]) -> dict[int, Decimal] | None:
    """Percent of the total weight by line, None unless every line has a weight."""
    if not lines or any(line.weight is None for line in lines):
        return None
    total = sum((line.weight or ZERO for line in lines), ZERO)
    return {line.index: (line.weight or ZERO) * 100 / total for line in lines} if total else None

"""What a printed rate of duty is, and how much it comes to: types and arithmetic, no text (see `rates` for reading).

Values are exact `Decimal`s; money is rounded once, on the total, to the cent, half up. A missing quantity or value
gives no amount and says what is missing: nothing unknown is ever read as zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from assistant.customs.law import say
from assistant.customs.rate_words import basis_text, part_text, printed_rate
from assistant.customs.types import Language
from assistant.customs.units import canonical, convert
from assistant.errors import InvalidInput

Kind = Literal["free", "ad_valorem", "specific", "compound", "reference", "other", "none"]
_CENT: Final = Decimal("0.01")
_ONE: Final = Decimal(1)
_LIMIT: Final = Decimal(10) ** 15  # keeps every cent exact within 28 digits
_ELEMENTS: Final = {
    "aluminum": "Al", "antimony": "Sb", "chromium": "Cr", "cobalt": "Co", "copper": "Cu", "gold": "Au", "iron": "Fe",
    "lead": "Pb", "magnesium": "Mg", "manganese": "Mn", "molybdenum": "Mo", "nickel": "Ni", "platinum": "Pt",
    "silicon": "Si", "silver": "Ag", "tin": "Sn", "titanium": "Ti", "tungsten": "W", "vanadium": "V", "zinc": "Zn",
}  # fmt: skip
# How the reported quantity is weighed or counted; the schedule's own unit for such lines stays plain kg, m2, gross.
_MEASURING: Final = re.compile(
    r"(drained we|contents and container|entire contents|including weight|recording surface"
    r"|immediate containers|ethyl alcohol content|^pins$)"
)
_WHOLE_VALUE: Final = re.compile(r"(entire set|full value of the imported article|^ad val)")


@dataclass(frozen=True, slots=True)
class Component:
    """One term of a rate. `value` is a fraction (0.05 for 5 %) or dollars per `per` `unit`s (0.01 for 1¢/kg).

    `basis` is the limitation as printed ("on the case", "on lead content"); None means the customs value or the
    whole quantity. `text` is the term as printed and takes no part in comparisons."""

    kind: Literal["ad_valorem", "specific"]
    value: Decimal
    unit: str | None = None
    per: Decimal = _ONE
    basis: str | None = None
    text: str = field(default="", compare=False)

    @property
    def quantity_unit(self) -> str | None:
        """Unit of the quantity that the term multiplies: "1.7¢/kg on lead content" needs "Pb kg". None when the
        term is ad valorem or counts something the schedule has no unit for."""
        if self.unit is None or self.basis is None or _MEASURING.search(self.basis):
            return self.unit
        if found := re.match(r"on (\w+) content$", self.basis):
            return f"{_ELEMENTS[found[1]]} {self.unit}" if found[1] in _ELEMENTS else None
        special = {"of total sugars": "kg ttl sug", "of anhydrous morphine content": "kg amc"}
        return special.get(self.basis)

    @property
    def value_basis(self) -> str | None:
        """Name of the part whose value an ad valorem term is charged on ("case", "strap, band or bracelet"), None
        when it is the whole customs value or the term is specific."""
        if self.kind == "specific" or self.basis is None or _WHOLE_VALUE.search(self.basis):
            return None
        return re.sub(r"^(?:on|upon|of) ?(?:the )?(?:value of )?(?:the )?", "", self.basis).strip()

    def __str__(self) -> str:
        return self.text or print_component(self)


@dataclass(frozen=True, slots=True)
class Scale:
    """Reduction for each degree (and fraction of a degree) under `top` degrees, in dollars per `unit`."""

    step: Decimal
    unit: str
    top: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """One printed rate. `base` "applicable_subheading" means the components are added to that subheading's duty;
    `reference` names the provision whose rate applies instead; `condition` limits a "Free"."""

    printed: str
    kind: Kind
    components: tuple[Component, ...] = ()
    minimum: tuple[Component, ...] = ()
    maximum: tuple[Component, ...] = ()
    scale: Scale | None = None
    base: str | None = None
    reference: str | None = None
    condition: str | None = None
    why: str | None = None
    detail: str = ""
    unparsed: bool = False

    @property
    def reason(self) -> str | None:
        """Why the rate cannot be computed from value and quantities alone, in English; None when it can."""
        return self.explain("en")

    def explain(self, language: Language) -> str | None:
        """`reason` in either language; `why` is the key of the sentence, `detail` what is quoted in it."""
        return say(self.why, language, detail=self.detail) if self.why else None

    @property
    def computable(self) -> bool:
        """True when customs value and quantities (in `units`) are enough to compute the duty. A rate on the value of
        parts is not: `compute` then needs those `values` too."""
        return self.kind == "free" or (self.why is None and bool(self.components) and not self.values)

    @property
    def values(self) -> tuple[str, ...]:
        """Names of the parts whose values the rate is charged on, apart from the customs value."""
        terms = (*self.components, *self.minimum, *self.maximum)
        return tuple(dict.fromkeys(name for term in terms if (name := term.value_basis)))

    @property
    def units(self) -> tuple[str, ...]:
        """Canonical units of the quantities that the rate needs, in printed order, each once."""
        terms = (*self.components, *self.minimum, *self.maximum)
        names = [unit for term in terms if (unit := term.quantity_unit)] + (["degrees"] if self.scale else [])
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class SpecialRate:
    """A segment of the special column: the rate and the program symbols printed behind it, exactly as printed
    ("A", "A*" and "A+" are different programs). No symbols: the segment is not limited to named programs."""

    programs: tuple[str, ...]
    rate: Rate


@dataclass(frozen=True, slots=True)
class Computation:
    """Result of `compute`: `amount` in dollars rounded to the cent, or None with `reason` (never a silent zero)."""

    amount: Decimal | None
    calculation: str
    missing_units: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    reason: str | None = None
    assumptions: tuple[str, ...] = ()


def show_number(value: Decimal) -> str:
    """ "21000.50" -> "21,000.5": thousands separated, no trailing zeros, never an exponent, at most nine decimals."""
    return format(round(value, 9).normalize(), ",f") if value else "0"


def money(value: Decimal) -> str:
    """ "1250" -> "1,250.00 USD", rounded half up."""
    return f"{cents(value):,f} USD"


def cents(value: Decimal) -> Decimal:
    """`value` rounded to the cent, half up."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def print_component(term: Component) -> str:
    """A term in the schedule's own notation; reading it back gives an equal term."""
    tail = f" {term.basis}" if term.basis else ""
    if term.kind == "ad_valorem":
        return f"{show_number(term.value * 100)}%{tail}"
    amount = f"{show_number(term.value * 100)}¢" if abs(term.value) < 1 else f"${show_number(term.value)}"
    if term.per != 1:
        return f"{amount}/{show_number(term.per)}{tail}"
    unit = {"No.": " each", "prs.": "/pr.", "liters": "/liter", "pf.liters": "/pf.liter", "Jwls.": "/jewel"}
    return f"{amount}{unit.get(term.unit, f'/{term.unit}') if term.unit else ''}{tail}"


class _Ledger:
    """Facts at hand for one computation, and what turned out to be missing."""

    def __init__(
        self, value: Decimal, quantities: Mapping[str, Decimal], parts: Mapping[str, Decimal], language: Language
    ) -> None:
        self.language: Language = language
        for name, number in (("customs_value", value), *quantities.items(), *parts.items()):
            if not number.is_finite() or not 0 <= number < _LIMIT:
                shown = "customs_value" if name == "customs_value" else f"quantities.{name}"
                raise InvalidInput(
                    say("error.number", language, name=name, number=number),
                    field=shown,
                    hint=say("hint.number", language),
                )
        self.value, self.parts = value, {" ".join(k.lower().split()): v for k, v in parts.items()}
        self.quantities: dict[str, Decimal] = {}
        for name, number in quantities.items():
            unit = canonical(name) or name
            if self.quantities.setdefault(unit, number) != number:
                raise InvalidInput(
                    say("error.two_quantities", language, unit=unit),
                    field="quantities",
                    hint=say("hint.two_quantities", language, unit=unit),
                )
        self.missing_units: list[str] = []
        self.missing_values: list[str] = []
        self.assumptions: list[str] = []

    def quantity(self, unit: str) -> Decimal | None:
        if unit in self.quantities:
            return self.quantities[unit]
        for other, number in self.quantities.items():
            if (converted := convert(number, other, unit, exact=False)) is not None:
                return converted
        if unit not in self.missing_units:
            self.missing_units.append(unit)
        return None

    def term(self, term: Component) -> tuple[Decimal, str]:
        """Exact amount of one term with its calculation; (0, "") with the gap noted when a fact is missing."""
        if term.kind == "ad_valorem":
            base = self.parts.get(term.value_basis.lower()) if term.value_basis else self.value
            if base is None:
                self.missing_values.append(str(term.value_basis))
                return Decimal(0), ""
            return term.value * base, f"{term} × {money(base)} = {money(term.value * base)}"
        unit = term.quantity_unit or ""
        if (quantity := self.quantity(unit)) is None:
            return Decimal(0), ""
        if term.basis and unit == term.unit:
            shown = f"{show_number(quantity)} {unit}"
            basis = basis_text(term.basis, self.language)
            self.assumptions.append(say("calc.measured", self.language, quantity=shown, basis=basis))
        amount = term.value * quantity / term.per
        return amount, f"{term} × {show_number(quantity)} {unit} = {money(amount)}"

    def sum(self, terms: tuple[Component, ...]) -> tuple[Decimal, str]:
        lines = [self.term(term) for term in terms]
        return sum((amount for amount, _ in lines), Decimal(0)), " + ".join(text for _, text in lines)

    def scaled(self, scale: Scale) -> tuple[Decimal, str]:
        degrees, quantity = self.quantity("degrees"), self.quantity(scale.unit)
        if degrees is None or quantity is None:
            return Decimal(0), ""
        if degrees > scale.top:
            raise InvalidInput(
                say("error.degrees", self.language, degrees=degrees),
                field="quantities.degrees",
                hint=say("hint.degrees", self.language, top=scale.top),
            )
        amount = scale.step * (scale.top - degrees) * quantity
        step = f"{show_number(scale.step * 100)}¢/{scale.unit}"
        word = say("calc.degrees", self.language)
        text = f"{step} × {show_number(scale.top - degrees)} {word} × {show_number(quantity)} {scale.unit}"
        return amount, f" - {text} = {money(amount)}"


def compute(
    rate: Rate,
    customs_value: Decimal,
    quantities: Mapping[str, Decimal],
    *,
    base_duty: Decimal | None = None,
    component_values: Mapping[str, Decimal] | None = None,
    language: Language = "en",
) -> Computation:
    """Duty at `rate` in dollars. `quantities` are keyed by unit, any known spelling; `component_values` by the names in
    `rate.values`; `base_duty` is the duty of the applicable subheading for a rate that builds on it.

    Raises InvalidInput for a negative or non-finite number, or two different quantities in one unit."""
    facts = _Ledger(customs_value, quantities, component_values or {}, language)
    if rate.kind == "free":
        return Computation(cents(Decimal(0)), f"{printed_rate(rate.printed, language)}: {money(Decimal(0))}")
    builds = rate.base == "applicable_subheading" and base_duty is not None
    if rate.why is not None and not builds:
        return Computation(None, "", reason=rate.explain(language))
    amount, text = facts.sum(rate.components)
    if rate.scale:
        less, shown = facts.scaled(rate.scale)
        amount, text = amount - less, text + shown
    if rate.minimum:
        floor, shown = facts.sum(rate.minimum)
        amount, text = max(amount, floor), text + say("calc.minimum", language, limit=shown)
    if rate.maximum:
        ceiling, shown = facts.sum(rate.maximum)
        amount, text = min(amount, ceiling), text + say("calc.maximum", language, limit=shown)
    if builds and base_duty is not None:
        text = say("calc.subheading", language, amount=money(base_duty)) + (f" + {text}" if text else "")
        amount = max(amount + base_duty, Decimal(0))
    if facts.missing_units or facts.missing_values:
        gaps = [say("calc.gap_quantity", language, unit=unit) for unit in facts.missing_units]
        gaps += [say("calc.gap_value", language, part=part_text(name, language)) for name in facts.missing_values]
        return Computation(
            None,
            "",
            tuple(facts.missing_units),
            tuple(facts.missing_values),
            say("calc.needs", language, rate=rate.printed, gaps=", ".join(gaps)),
        )
    total = cents(amount)
    if len(rate.components) > 1 or rate.minimum or rate.maximum or rate.scale or builds:
        text = say("calc.total", language, sum=text, total=money(total))
    return Computation(total, text, assumptions=tuple(dict.fromkeys(facts.assumptions)))

"""What a KPI is, and the arithmetic that all share. No data gives `no_data`, never 0 or 100 %."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from pydantic import BaseModel

from assistant.production.words import data, fold_word, milestone_key

Language = Literal["en", "es"]
_PLACES = {
    "%": "0.01",
    "ppm": "0.1",
    "days": "0.1",
    "count": "1",
    "units": "1",
    "USD": "0.01",
    "days_per_month": "0.01",
}


class KpiWindow(BaseModel):
    """First and last day, both included; null is open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date | None) -> bool:
        return day is not None and (self.start is None or day >= self.start) and (self.end is None or day <= self.end)


class Kpi(BaseModel):
    """A figure with its working. `value` is in `unit` (percent as 97.5, not 0.975), rounded half up; numerator and
    denominator are exact to four places. `observations` is how many orders, events or points it rests on."""

    name: str
    title: str
    value: Decimal | None
    unit: str
    text: str
    status: Literal["ok", "no_data"]
    formula: str
    numerator: Decimal | None
    denominator: Decimal | None
    window: dict[str, date | None]
    observations: int
    better: Literal["higher", "lower", "neither"]
    reference: str
    parts: list[dict[str, Any]] = []
    notes: list[str] = []


class Measure(BaseModel):
    """What a KPI's function finds. `value` overrides numerator ÷ denominator (times the unit's factor)."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    observations: int = 0
    parts: list[dict[str, Any]] = []
    notes: list[str] = []
    unit: str | None = None


def round_to(value: Decimal, unit: str) -> Decimal:
    """`value` at the places that its unit is printed with, half up."""
    return value.quantize(Decimal(_PLACES.get(unit, "0.01")), ROUND_HALF_UP)


def kpi(name: str, measure: Measure, window: KpiWindow, language: Language) -> Kpi:
    """A measure with its title, formula and reference from `data/kpis.yaml`."""
    told = data("kpis")[name]
    unit = measure.unit or told["unit"]
    value = measure.value
    if value is None and measure.numerator is not None and measure.denominator:
        value = measure.numerator / measure.denominator * _factor(unit)
    rounded = None if value is None else round_to(value, unit)
    return Kpi(
        name=name,
        title=told["title"][language],
        value=rounded,
        unit=unit,
        text=say("no_data", language) if rounded is None else printed(rounded, unit, language),
        status="no_data" if rounded is None else "ok",
        formula=told["formula"][language],
        numerator=_cut(measure.numerator),
        denominator=_cut(measure.denominator),
        window={"from": window.start, "to": window.end},
        observations=measure.observations,
        better=told["better"],
        reference=told["reference"],
        parts=measure.parts,
        notes=[say(f"note_{note}", language) for note in measure.notes],
    )


def _cut(value: Decimal | None) -> Decimal | None:
    """Counts as they are; computed minutes at four places."""
    if value is None or value == value.to_integral_value():
        return None if value is None else value.quantize(Decimal(1))
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def percent(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Percent at two places, half up; None without a denominator."""
    return round_to(numerator / denominator * 100, "%") if denominator else None


def counted(some: int, all_: int) -> Measure:
    """`some` of `all_`; no data of none."""
    return Measure(numerator=Decimal(some), denominator=Decimal(all_), observations=all_) if all_ else Measure()


def _factor(unit: str) -> Decimal:
    return {"%": Decimal(100), "ppm": Decimal(1_000_000)}.get(unit, Decimal(1))


def printed(value: Decimal, unit: str, language: Language) -> str:
    """96.67 % · 1,250 ppm · 3.5 days."""
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if unit in ("%", "ppm"):
        return f"{text} {unit}"
    if unit == "USD" or (len(unit) == 3 and unit.isupper()):
        return f"{unit} {value:,.2f}"
    return f"{text} {data('kpis')['units'][unit][language]}"


def say(key: str, language: Language, **values: object) -> str:
    """A text of `data/texts.yaml`. KeyError for an unknown key or value."""
    return str(data("texts")[key][language]).format(**values)


def named(word: str, language: Language) -> str:
    """What people call a paper, milestone, incident or defect; other words as they are, without underscores."""
    found = data("names").get(milestone_key(word)) or data("names").get(fold_word(word))
    return str(found[language]) if found else word.replace("_", " ")

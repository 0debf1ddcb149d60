"""Dated law from data files: programs, fees and which measures are not modelled yet.

Files are read with a loader that keeps every scalar a string (`NO` stays Norway, `0101` a heading) and refuses
duplicate keys; pydantic turns strings into dates and `Decimal`s. Nothing here knows today's date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from assistant.customs.types import Language, Source
from assistant.errors import NotInForce

DATA = Path(__file__).parent / "data"
ANY_COUNTRY = "*"
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Strings(_Loader):  # type: ignore[misc]
    """YAML loader: scalars stay strings, duplicate keys are refused."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [key.value for key, _ in node.value]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"duplicate key {sorted(twice)[0]!r} at {node.start_mark}")
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


_Strings.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_yaml(path: Path) -> Any:
    """The file's content with strings as scalars; a duplicate key raises ValueError."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Strings)


class _Law(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Window(_Law):
    """Days in force, both ends included; no `to` means still in force."""

    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


W = TypeVar("W", bound=Window)


def on_day(windows: Iterable[W], day: date) -> W | None:
    """The window that holds on `day`, or None."""
    return next((w for w in windows if w.holds(day)), None)


class Program(_Law):
    """A special tariff program of General Note 3(c)."""

    symbols: tuple[str, ...]
    names: tuple[str, ...]
    short: dict[Language, str] = {}
    title: dict[Language, str]
    countries: frozenset[str]
    least_developed: frozenset[str] = frozenset()
    general_note: int
    windows: tuple[Window, ...]
    source: Source
    mpf_exempt: Source | None = None
    proof: dict[Language, str]

    def covers(self, country: str) -> bool:
        return ANY_COUNTRY in self.countries or country in self.countries

    def name(self, language: Language) -> str:
        """Short name for people: USMCA or T-MEC rather than S."""
        return self.short.get(language) or (self.names[0] if self.names else self.symbols[0])


class ColumnTwo(Window):
    country: str
    source: Source


class ColumnTwoReplacement(Window):
    heading: str
    country: str
    rate: str
    source: Source


class Programs(_Law):
    column_2: tuple[ColumnTwo, ...]
    column_2_replacements: tuple[ColumnTwoReplacement, ...]
    programs: tuple[Program, ...]

    def column_two(self, country: str, day: date) -> ColumnTwo | None:
        return on_day((c for c in self.column_2 if c.country == country), day)

    def named(self, claimed: str) -> Program | None:
        """The program of an SPI symbol or of a usual name ("USMCA", "T-MEC"), in any case."""
        wanted = claimed.strip().upper()
        return next((p for p in self.programs if wanted in p.symbols or wanted in p.names), None)

    def least_developed(self, country: str) -> bool:
        return any(country in p.least_developed for p in self.programs)

    def caribbean(self, country: str) -> bool:
        return any("E" in p.symbols and country in p.countries for p in self.programs)


class FeeValue(Window):
    """A fee's rate in a window; `least` and `most` bound the amount, US dollars."""

    rate: str
    least: Decimal | None = Field(default=None, alias="min")
    most: Decimal | None = Field(default=None, alias="max")
    source: Source


class Fee(_Law):
    id: str
    title: dict[Language, str]
    authority: str
    kind: str
    basis: str
    per: str
    modes: frozenset[str] = frozenset()
    values: tuple[FeeValue, ...]
    exempt_origins: dict[str, Source] = {}
    last_checked: date

    def on(self, day: date, language: Language = "en") -> FeeValue:
        """The values in force on `day`; NotInForce before the first and after the last known one."""
        if value := on_day(self.values, day):
            return value
        first, last = self.values[0].start, self.values[-1].end
        known = say("window.to" if last else "window.from", language, start=first, end=last)
        raise NotInForce(
            say("error.fee_day", language, fee=self.title[language], day=day),
            field="entry_date",
            hint=say("hint.fee_day", language, known=known),
        )


class Unmodelled(Window):
    """A family of measures that exists in a window but is not computed yet."""

    id: str
    kind: str
    title: dict[Language, str]
    origins: frozenset[str]
    footnote: str | None = None
    prefixes: tuple[str, ...] = ()
    source: Source

    def may_concern(self, hts: str) -> bool:
        """Whether the number is among those the family may be about; all are when it names none."""
        return not self.prefixes or hts.startswith(self.prefixes)


@cache
def programs(destination: str = "US") -> Programs:
    return Programs.model_validate(load_yaml(DATA / "programs" / f"{destination.lower()}.yaml"))


@cache
def fees(destination: str = "US") -> Mapping[str, Fee]:
    files = sorted((DATA / "fees").glob(f"{destination.lower()}_*.yaml"))
    loaded = [Fee.model_validate(load_yaml(f)) for f in files]
    return {fee.kind: fee for fee in loaded}


@cache
def unmodelled(destination: str = "US") -> tuple[Unmodelled, ...]:
    rows = load_yaml(DATA / f"unmodelled_{destination.lower()}.yaml")
    return tuple(Unmodelled.model_validate(row) for row in rows)


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = load_yaml(DATA / "texts.yaml")
    return loaded


def say(key: str, language: Language, **values: object) -> str:
    """The engine's own sentence `key` in `language`; a missing key or value is an error, never a blank."""
    return _texts()[key][language].format_map(values)

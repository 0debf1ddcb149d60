"""Measures of chapter 99 as data: one file a measure, each a list of exceptions and of dated values.

A measure is read as the schedule is: its exceptions in order, then its values in order; the first that fits the goods,
the origin, the day and the facts decides. Nothing here computes an amount; `stacking` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from assistant.customs.law import DATA, Window, _Law, load_yaml
from assistant.customs.types import Language, LayerKind, Source


def _percent(text: object) -> object:
    """ "12.5%" -> Decimal("0.125"); anything else is refused, so that a rate never loses its sign."""
    if isinstance(text, str):
        if not text.endswith("%"):
            raise ValueError(f"a rate must be written in percent, not {text!r}")
        return Decimal(text[:-1]) / 100
    return text


Percent = Annotated[Decimal, BeforeValidator(_percent)]
Basis = Literal[
    "customs_value",
    "remainder",
    "foreign_remainder",
    "steel_content",
    "aluminum_content",
    "copper_content",
    "non_us_content",
    "over_us_40",
]


class Goods(_Law):
    """Which goods: numbers on a list, lines whose footnotes name a heading, or prefixes; `all` when nothing is set."""

    lists: tuple[str, ...] = ()
    footnote: str | None = None
    prefixes: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and "list" in data:
            data = dict(data)
            data["lists"] = [data.pop("list")]
        return data

    @cached_property
    def key(self) -> str:
        """The same for goods that are named alike."""
        return "|".join((*self.lists, self.footnote or "", *self.prefixes))

    @cached_property
    def everything(self) -> bool:
        return not (self.lists or self.footnote or self.prefixes)


class When(_Law):
    """Conditions on the entry, all of which must hold. `facts` maps a fact to what it must be: "true", "<0.15", "US";
    "?" before it asks even where an assumption would do."""

    claim: str | None = None
    no_claim: str | None = None
    claimed_heading: bool = False
    loaded_before: date | None = None
    subject_to: tuple[str, ...] = ()
    facts: Mapping[str, str] = {}


class Row(Window):
    """One provision: where and when it holds. `columns`: the rate columns it adds to (2 for column 2 countries)."""

    start: date = Field(default=date.min, alias="from")
    heading: str | None = None
    origins: tuple[str, ...] = ("*",)
    except_origins: tuple[str, ...] = ()
    goods: Goods = Goods()
    except_goods: Goods | None = None
    when: When = When()
    columns: frozenset[int] = frozenset({1})
    source: Source | None = None
    chapters: tuple[str, ...] = ()

    countries: frozenset[str] | None = None

    @cached_property
    def sign(self) -> str:
        """What the row does, apart from the heading it is printed under, its dates and the countries it names."""
        left_out = {"heading", "reached", "source", "origins", "except_origins", "countries", "start", "end", "reason"}
        return type(self).__name__ + self.model_dump_json(exclude=left_out)

    def covers(self, origin: str) -> bool:
        """Whether the origin is named (groups such as EU are spelled out when the file is loaded)."""
        if origin in self.except_origins:
            return False
        return self.countries is None or origin in self.countries


class Exception_(Row):
    """Goods or entries that the measure leaves out, with the reason shown."""

    reason: dict[Language, str]
    columns: frozenset[int] = frozenset({1, 2})


class Value(Row):
    """A rate in a window: `rate` is added, `floor` tops the base duty up to a total; `reached` is the heading under
    which goods are entered whose base duty is that total or more."""

    rate: Percent | None = None
    floor: Percent | None = None
    reached: str | None = None
    basis: Basis | None = None
    source: Source

    @model_validator(mode="after")
    def _one_rate(self) -> Value:
        if (self.rate is None) == (self.floor is None):
            raise ValueError("a value has either a rate or a floor")
        return self


class Measure(_Law):
    """A measure file. `stage` orders evaluation (a measure sees those of earlier stages); `group` names it to others;
    of one `generation` only the highest rate is charged."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str
    kind: LayerKind
    title: dict[Language, str]
    authority: str
    stage: int
    group: tuple[str, ...] = ()
    generation: str | None = None
    basis: Basis = "customs_value"
    common: bool = False
    entry_type: str | None = None
    exceptions: tuple[Exception_, ...] = ()
    values: tuple[Value, ...]
    last_checked: date


class Prohibition(Window):
    """Goods that may not be imported at all."""

    id: str
    origins: tuple[str, ...]
    goods: Goods
    when: When = When()
    reason: dict[Language, str]
    source: Source


class Fact(_Law):
    """A fact that a condition may ask for: what to ask, what to try for the range, or what is assumed unasked."""

    kind: Literal["flag", "number", "money", "text", "choice", "country", "chapter_98"]
    question: dict[Language, str] | None = None
    answers: tuple[str, ...] = ()
    assume: str | None = None
    assumption: dict[Language, str] | None = None

    @model_validator(mode="after")
    def _asked_or_assumed(self) -> Fact:
        if self.assume is None and self.question is None:
            raise ValueError("a fact is asked (question, answers) or assumed (assume, assumption), or both")
        if self.assume is not None and self.assumption is None:
            raise ValueError("an assumption must be written out")
        if self.question and len(self.answers) < 2:
            raise ValueError("a question needs at least two answers to try")
        return self


@cache
def country_groups(destination: str = "US") -> Mapping[str, frozenset[str]]:
    """Named groups of countries ("EU")."""
    loaded = load_yaml(DATA / f"countries_{destination.lower()}.yaml")
    return {name: frozenset(codes) for name, codes in loaded.items()}


@cache
def facts(destination: str = "US") -> Mapping[str, Fact]:
    loaded = load_yaml(DATA / f"facts_{destination.lower()}.yaml")
    return {name: Fact.model_validate(body) for name, body in loaded.items()}


@cache
def prohibitions(destination: str = "US") -> tuple[Prohibition, ...]:
    rows = load_yaml(DATA / f"prohibitions_{destination.lower()}.yaml")
    return tuple(Prohibition.model_validate(row) for row in rows)


@cache
def measures(destination: str = "US") -> tuple[Measure, ...]:
    """Every measure file of the destination, in order of evaluation."""
    common = load_yaml(DATA / f"common_exceptions_{destination.lower()}.yaml")
    folder = DATA / "measures" / destination.lower()
    loaded = [read_measure(load_yaml(path), common, destination) for path in sorted(folder.glob("*.yaml"))]
    return tuple(sorted(loaded, key=lambda m: (m.stage, m.id)))


def read_measure(body: dict[str, Any], common: list[dict[str, Any]], destination: str = "US") -> Measure:
    """A measure from the content of its file, groups of countries spelled out and shared exceptions put first.

    Raises ValueError (pydantic) for a file that does not follow the form."""
    body = dict(body)
    shared = common if body.get("common") == "true" else []
    body["exceptions"] = [_spelled_out(row, destination) for row in (*shared, *body.get("exceptions", ()))]
    body["values"] = [_spelled_out(row, destination) for row in body["values"]]
    return Measure.model_validate(body)


def _spelled_out(row: dict[str, Any], destination: str) -> dict[str, Any]:
    row = dict(row)
    for key in ("origins", "except_origins"):
        if key in row:
            row[key] = sorted({code for name in row[key] for code in country_groups(destination).get(name, {name})})
    origins = row.get("origins", ["*"])
    row["countries"] = None if "*" in origins else origins
    return row

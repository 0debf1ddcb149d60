"""Orders and events as the contract's `production` format gives them.

A `Moment` is a calendar day (`2026-05-04`) or an instant with its offset (`2026-05-04T18:20:00-06:00`); an instant
without an offset is refused, because nobody could tell which day it was at the plant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from assistant.production.words import data

EventType = Literal["milestone", "production", "inspection", "shipment", "document", "incident"]
EVENT_TYPES: tuple[str, ...] = ("milestone", "production", "inspection", "shipment", "document", "incident")
_MOST = Decimal("1e12")


OURS = "production_"


def refused(kind: str, **values: object) -> PydanticCustomError:
    """A finding of ours; its words are in `data/refusals.yaml`, its type is OURS and the kind."""
    return PydanticCustomError(OURS + kind, data("refusals")[kind]["en"], {n: str(v) for n, v in values.items()})


def moment(value: Any) -> Any:
    """A day or an aware instant; ValueError for anything else."""
    if isinstance(value, datetime):
        return _aware(value)
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise refused("not_a_moment")
    text = value.strip()
    try:
        return date.fromisoformat(text) if len(text) == 10 else _aware(datetime.fromisoformat(text))
    except ValueError as error:
        if isinstance(error, PydanticCustomError):
            raise
        raise refused("not_a_moment") from error


def instant(value: Any) -> Any:
    """An aware instant; ValueError for a bare day or a time without its offset."""
    found = moment(value)
    if found is not None and not isinstance(found, datetime):
        raise refused("no_time")
    return found


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        raise refused("no_zone")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise refused("not_a_number")
    return str(value) if isinstance(value, float) else value


def _zone_name(value: Any) -> Any:
    if value is None:
        return None
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refused("unknown_zone") from error
    return str(value)


Moment = Annotated[date | datetime, BeforeValidator(moment)]
Instant = Annotated[datetime, BeforeValidator(instant)]
Amount = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=_MOST)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
ZoneName = Annotated[str, BeforeValidator(_zone_name)]


class PlannedMilestone(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Name
    planned: Moment | None = None
    actual: Moment | None = None


class Order(BaseModel):
    """An order as agreed. What the contract doesn't name is optional: the plant's zone (days are counted there), the
    preference that will be claimed, the papers and certificates that the order calls for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    order_id: Name
    tenant: str | None = None
    manufacturer_id: Name
    product: str = Field(min_length=1, max_length=500)
    hts: str | None = None
    quantity: Annotated[Decimal, BeforeValidator(_number), Field(gt=0, le=_MOST)]
    unit_price: Amount | None = None
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    stage: Literal["pilot", "scale"] | None = None
    placed: date
    promised: date
    milestones: tuple[PlannedMilestone, ...] = ()
    timezone: ZoneName | None = None
    preference: str | None = None
    documents: tuple[Name, ...] = ()
    certifications: tuple[Name, ...] = ()
    transport_mode: Literal["ocean", "air", "truck", "rail"] | None = None
    sample: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Order:
        if self.promised < self.placed:
            raise refused("promised_before_placed", promised=self.promised, placed=self.placed)
        names = [m.name for m in self.milestones]
        if len(set(names)) != len(names):
            raise refused("same_milestone")
        return self

    @property
    def zone(self) -> tzinfo:
        """The zone in which days of this order are counted; UTC when none is known."""
        return ZoneInfo(self.timezone) if self.timezone else UTC


class Event(BaseModel):
    """One thing that happened to an order at `at`. `corrects` names an earlier event that this one replaces;
    `retracted` takes it back without a replacement."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event_id: Name
    order_id: Name
    at: Instant
    type: EventType
    tenant: str | None = None
    recorded_at: Instant | None = None
    corrects: Name | None = None
    retracted: StrictBool = False
    # milestone
    name: Name | None = None
    planned: Moment | None = None
    actual: Moment | None = None
    # production
    step: str | None = Field(default=None, max_length=200)
    started: Amount | None = None
    good: Amount | None = None
    scrap: Amount | None = None
    rework: Amount | None = None
    planned_quantity: Amount | None = None
    planned_minutes: Amount | None = None
    run_minutes: Amount | None = None
    ideal_cycle_seconds: Amount | None = None
    # inspection
    lot: str | None = Field(default=None, max_length=200)
    inspected: Amount | None = None
    defects: Amount | None = None
    passed: StrictBool | Amount | None = None
    defect_types: dict[str, Amount] = Field(default={}, max_length=50)
    # shipment
    shipment_id: str | None = Field(default=None, max_length=200)
    shipped_quantity: Amount | None = None
    mode: str | None = Field(default=None, max_length=60)
    departed: Moment | None = None
    arrived: Moment | None = None
    # document, incident
    kind: str | None = Field(default=None, max_length=200)
    state: str | None = Field(default=None, max_length=60)
    number: str | None = Field(default=None, max_length=200)
    expires: date | None = None
    incident_id: str | None = Field(default=None, max_length=200)
    severity: Literal["low", "medium", "high", "critical"] | None = None
    description: str | None = Field(default=None, max_length=4_000)
    cost: Amount | None = None

    @model_validator(mode="before")
    @classmethod
    def _names(cls, data: Any) -> Any:
        """`milestone` is another word for a milestone's `name`, `status` for `state`."""
        if isinstance(data, dict):
            for other, name in (("milestone", "name"), ("status", "state")):
                if data.get(name) is None and isinstance(data.get(other), str):
                    data = {**data, name: data[other]}
        return data

    @model_validator(mode="after")
    def _whole(self) -> Event:
        problem = self._problem()
        if problem:
            raise problem
        return self

    def _problem(self) -> PydanticCustomError | None:
        """What is wrong with the event as a whole; None when nothing is."""
        if self.corrects == self.event_id:
            return refused("corrects_itself")
        if self.retracted:
            return None if self.corrects else refused("retracts_nothing")
        given = {name for name, needed in _NEEDED.items() if name == self.type for group in needed if self._any(group)}
        if not given:
            return refused("incomplete", type=self.type, needed=_words(self.type))
        if self.type == "production":
            return self._production_problem()
        if self.type == "inspection":
            return self._inspection_problem()
        if self.type == "shipment" and self.departed and self.arrived and _before(self.arrived, self.departed):
            return refused("arrived_before_departed")
        return None

    def _any(self, group: tuple[str, ...]) -> bool:
        return all(getattr(self, name) is not None for name in group)

    def _production_problem(self) -> PydanticCustomError | None:
        done = (self.good or Decimal(0)) + (self.scrap or Decimal(0))
        if self.started is not None and done > self.started:
            return refused("above_started", done=done, started=self.started)
        if self.rework is not None and self.good is not None and self.rework > self.good:
            return refused("rework_above_good", rework=self.rework, good=self.good)
        return None

    def _inspection_problem(self) -> PydanticCustomError | None:
        if self.inspected is None or isinstance(self.passed, bool) or self.passed is None:
            return None
        if self.passed <= self.inspected:
            return None
        return refused("passed_above_inspected", passed=self.passed, inspected=self.inspected)


# At least one of the groups must be there whole.
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "milestone": (("name",),),
    "production": (("good",), ("scrap",), ("run_minutes",)),
    "inspection": (("inspected", "defects"), ("inspected", "passed")),
    "shipment": (("shipped_quantity",), ("departed",), ("arrived",)),
    "document": (("kind", "state"),),
    "incident": (("kind",), ("state",), ("description",), ("severity",)),
}


def _words(kind: str) -> str:
    return " or ".join(" and ".join(group) for group in _NEEDED[kind])


def _before(one: date | datetime, other: date | datetime) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    first, second = (v.date() if isinstance(v, datetime) else v for v in (one, other))
    return first < second


def day_of(value: date | datetime, zone: tzinfo) -> date:
    """The calendar day of a moment at the plant."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value

"""Requests and answers of the pilot-to-scale planner. Money is `Decimal` in US dollars, decimal strings in JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

from assistant.sourcing.sampling import SamplingPlan
from assistant.sourcing.types import Need

Money = Annotated[Decimal, PlainSerializer(lambda d: format(d, "f"), return_type=str, when_used="json")]


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Stage(Plain):
    """A stage: one lot (a pilot) or so many pieces every month, from a day until the next stage."""

    name: str = Field(min_length=1, max_length=80)
    volume: float = Field(gt=0, description="Pieces: of the one lot of a pilot, otherwise a month")
    start: date = Field(alias="from", description="First day on which the goods are needed, ISO 8601")
    per: Literal["lot", "month"] | None = Field(
        default=None, description="lot or month; left out, a pilot, prototype or sample is one lot"
    )
    unit_price: Decimal | None = Field(default=None, gt=0, description="US dollars")
    aql: str | None = Field(default=None, description="0.65, 1.0, 1.5, 2.5 or 4.0; 2.5 when left out")


class ScaleRequest(Plain):
    """What `plan_scale_up` takes: a manufacturer, or what it must meet."""

    id: str | None = Field(default=None, description="Manufacturer id; left out, the best match of requirements")
    requirements: Need | None = Field(default=None, description="As find_manufacturers takes them")
    process: str | None = Field(default=None, description="The process to plan on, where the plant has several")
    stages: list[Stage] = Field(min_length=1, max_length=12)
    volume_unit: str = "pieces"
    unit_price: Decimal | None = Field(default=None, gt=0, description="US dollars, for stages that give none")
    tooling_cost: Decimal | None = Field(default=None, ge=0, description="US dollars, spread over all pieces")
    tooling_lead_time_days: int | None = Field(default=None, ge=0, le=1000)
    shipments_per_month: int = Field(default=1, ge=1, le=60)
    last_stage_months: int = Field(default=12, ge=1, le=60, description="How long the last stage is planned for")
    as_of: date | None = Field(default=None, description="Day the plan is made; today when left out")
    language: Literal["en", "es"] = "en"

    @model_validator(mode="after")
    def _someone(self) -> ScaleRequest:
        if self.id is None and self.requirements is None:
            raise PydanticCustomError("nobody", "give a manufacturer id or requirements")
        return self


class MonthUse(Plain):
    """Capacity in one month: what the stage takes of the free capacity, and of the whole with what is sold already."""

    month: str
    volume: float
    free: float | None
    use_of_free: float | None
    use_of_plant: float | None


class SecondSource(Plain):
    id: str
    name: str
    sample: bool
    country: str
    share: float
    free: float
    lead_time_days: int | None
    covers: bool


class Entry(Plain):
    """How a shipment enters the United States."""

    type: Literal["informal", "formal", "unknown", "domestic"]
    shipment_value: Money | None
    why: str


class CertificateCheck(Plain):
    standard: str
    state: str
    expires: date | None
    holds: bool
    why: str


class Risk(Plain):
    level: Literal["high", "medium", "low"]
    name: str
    text: str


class StagePlan(Plain):
    """One stage worked out. `feasible` is null when a fact is missing that decides it."""

    name: str
    volume: float
    per: Literal["lot", "month"]
    start: date
    end: date
    months: int
    pieces: float
    feasible: bool | None
    reasons: list[str]
    capacity: list[MonthUse]
    minimum_order: float | None
    minimum_met: bool | None
    lead_time_days: int | None
    tooling_days: int | None
    order_by: date | None
    earliest: date | None
    unit_price: Money | None
    cost_per_unit: Money | None
    cost_calculation: str | None
    entry: Entry
    certificates: list[CertificateCheck]
    inspection: SamplingPlan | None
    inspection_note: str
    second_sources: list[SecondSource]
    shortfall: float
    risks: list[Risk]


class Ask(Plain):
    name: str
    question: str


class ScaleResponse(Plain):
    manufacturer: dict[str, Any]
    process: str
    unit: str
    as_of: date
    stages: list[StagePlan]
    feasible: bool | None
    total_pieces: float
    tooling_per_unit: Money | None
    negotiate: list[str]
    needs_facts: list[Ask]
    assumptions: list[str]
    sources: list[dict[str, Any]]
    not_covered: list[str]

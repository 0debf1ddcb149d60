"""Requests and responses of `order_status`, `supplier_performance` and `production_risks`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.customs.types import Language, Source
from assistant.production.control import Control
from assistant.production.forecast import Forecast
from assistant.production.measures import Kpi
from assistant.production.risk_types import Risk


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    language: Language = "en"


class OrderStatusRequest(_Request):
    order_id: str = Field(min_length=1, max_length=200, description="The order's number, e.g. PO-1042")
    as_of: date | None = Field(
        default=None, description="Day at the plant on which the order is shown; today if absent"
    )
    known_on: date | None = Field(
        default=None, description="Only what was known by the end of this day; everything known now if absent"
    )


class SupplierPerformanceRequest(_Request):
    manufacturer_id: str = Field(min_length=1, max_length=200, description="Id as find_manufacturers gives it")
    from_: date | None = Field(default=None, alias="from", description="First day; a year before `to` if absent")
    to: date | None = Field(default=None, description="Last day; today if absent")
    known_on: date | None = Field(default=None, description="Only what was known by the end of this day")


class ProductionRisksRequest(_Request):
    order_id: str | None = Field(default=None, max_length=200, description="One order; all open ones if absent")
    manufacturer_id: str | None = Field(default=None, max_length=200, description="Orders of one manufacturer")
    as_of: date | None = Field(default=None, description="Day on which risks are judged; today if absent")
    known_on: date | None = Field(default=None, description="Only what was known by the end of this day")
    limit: int = Field(default=20, ge=1, le=200)


class Maker(BaseModel):
    id: str
    name: str
    sample: bool
    country: str | None = None


class MilestoneRow(BaseModel):
    """`planned` is the first plan, `replanned` a later one; `variance_days` actual − planned, positive is late."""

    name: str
    planned: date | None
    replanned: date | None
    actual: date | None
    state: str
    variance_days: int | None


class Progress(BaseModel):
    good: Decimal | None
    quantity: Decimal
    percent: Decimal | None
    percent_text: str
    shipped: Decimal | None
    arrived: Decimal | None
    phase: str


class OrderStatusResponse(BaseModel):
    order_id: str
    as_of: date
    known_on: date | None
    manufacturer: Maker
    product: str
    hts: str | None
    stage: str | None
    quantity: Decimal
    unit_price: Decimal | None
    currency: str
    placed: date
    promised: date
    timezone: str | None
    phase: str
    delivered_on: date | None
    progress: Progress
    forecast: Forecast
    milestones: list[MilestoneRow]
    shipments: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    kpis: list[Kpi]
    risks: list[Risk]
    events: int
    corrected: int
    last_event_at: datetime | None
    sources: list[Source]
    not_covered: list[str]


class SupplierPerformanceResponse(BaseModel):
    """`control`: weekly charts by KPI; `orders` in the figures; `certificates` with their state on `to`."""

    model_config = ConfigDict(populate_by_name=True)

    manufacturer_id: str
    manufacturer: Maker
    from_: date = Field(serialization_alias="from")
    to: date
    known_on: date | None
    orders: list[dict[str, Any]]
    kpis: list[Kpi]
    control: dict[str, Control]
    defects: list[dict[str, Any]]
    risks: list[Risk]
    certificates: list[dict[str, Any]]
    sources: list[Source]
    not_covered: list[str]


class ProductionRisksResponse(BaseModel):
    as_of: date
    known_on: date | None
    orders: int
    risks: list[Risk]
    total: int
    sources: list[Source]
    not_covered: list[str]

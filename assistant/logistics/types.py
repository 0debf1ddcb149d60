"""Plain types that the landed-cost engine takes and gives. Money is `Decimal`, in JSON a string."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, field_validator
from pydantic_core import PydanticCustomError

Money = Annotated[Decimal, PlainSerializer(lambda d: format(d, "f"), return_type=str, when_used="json")]
Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]
TransportMode = Literal["ocean", "air", "truck", "rail"]
Place = Literal["door", "terminal", "port_of_entry", "destination"]
CostName = Literal[
    "export_clearance",
    "origin_inland",
    "origin_terminal",
    "main_freight",
    "insurance",
    "destination_inland",
    "unloading",
    "import_clearance",
]


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Claim(Plain):
    """A claim to a special program: qualifies (true), does not (false), unknown (null)."""

    program: str = Field(description="SPI symbol as the schedule prints it (S, KR, AU, …) or USMCA")
    originating: bool | None = None
    certificate_on_file: bool | None = None


class Scenario(Plain):
    """One way of sourcing the goods."""

    name: str | None = Field(default=None, max_length=80, description="How to call it; made up when left out")
    manufacturer_id: str | None = Field(default=None, description="Gives origin, place and lead time from its profile")
    origin: str | None = Field(default=None, description="Country of origin; needed without manufacturer_id")
    origin_place: str | None = Field(default=None, description="City that the goods leave from")
    unit_price: Decimal | None = Field(default=None, gt=0, description="Price per unit under the Incoterm; US dollars")
    incoterm: Incoterm = Field(default="FCA", description="Incoterms 2020 rule of the price")
    named_place: Place | None = Field(
        default=None,
        description="Where the rule's named place is, when not the usual one: FCA at the terminal, "
        "CPT, CIP, DAP, DPU or DDP at the port of entry",
    )
    transport_mode: TransportMode | None = None
    preference: Claim | None = None
    facts: dict[str, Any] = Field(default_factory=dict, description="As estimate_duty takes them")
    costs: dict[CostName, Decimal] = Field(
        default_factory=dict, description="Known costs of the whole lot, US dollars; others are estimated"
    )
    additions: Decimal = Field(
        default=Decimal(0), ge=0, description="Assists, packing, royalties … beside the price (19 CFR 152.103(b))"
    )
    identified: bool = Field(
        default=True, description="Freight, insurance and duty in the price are shown separately, so that they deduct"
    )
    through_shipment: bool = Field(
        default=False, description="Foreign inland freight is shown separately and moves on a through bill of lading"
    )
    lead_time_days: int | None = Field(default=None, ge=0, description="Production time before shipping")
    transit_days: int | None = Field(default=None, ge=0, description="Door to door; estimated when left out")

    @field_validator("incoterm", mode="before")
    @classmethod
    def _capitals(cls, value: Any) -> Any:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("costs")
    @classmethod
    def _amounts(cls, value: dict[CostName, Decimal]) -> dict[CostName, Decimal]:
        for name, amount in value.items():
            if not amount.is_finite() or amount < 0:
                raise PydanticCustomError("cost", "{name} must be an amount of zero or more", {"name": name})
        return value


class CompareRequest(Plain):
    """What `compare_landed_cost` takes."""

    hts: str = Field(description="HTS number, 8 or 10 digits; dots optional")
    unit_price: Decimal | None = Field(default=None, gt=0, description="Price of scenarios that give none")
    customs_value: Decimal | None = Field(default=None, gt=0, description="Price of the whole lot, instead")
    quantity: Decimal = Field(gt=0, description="Units in the lot")
    currency: str = Field(default="USD", description="ISO 4217; only USD is accepted")
    destination_place: str = Field(min_length=1, description="City that the goods go to, e.g. Laredo, TX")
    scenarios: list[Scenario] = Field(min_length=2, max_length=10)
    entry_date: date | None = Field(default=None, description="Date of entry, ISO 8601; today when left out")
    unit_weight_kg: Decimal | None = Field(default=None, gt=0, description="Gross; decides freight and CO2e")
    unit_volume_m3: Decimal | None = Field(default=None, gt=0, description="Packed")
    quantities: dict[str, Decimal] = Field(
        default_factory=dict, description="Further quantities of the lot by the unit the schedule prints"
    )
    rate_card: dict[str, Any] | None = Field(
        default=None, description='Own prices, e.g. {"truck": {"full_per_km": "1.80"}, "carrying_percent": "12"}'
    )
    language: Literal["en", "es"] = "en"


class SourceRef(Plain):
    """Where a figure stands; the same keys as the contract's sources."""

    title: str
    url: str | None = None
    document_id: str | None = None
    page: int | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class Bounds(Plain):
    """Least and most; `max` null when nothing bounds it."""

    min: Money
    max: Money | None


class Days(Plain):
    min: int
    max: int


class Part(Plain):
    """One part of the landed cost. Only what the buyer pays is in `amount`; `in_price` says what the price holds."""

    name: str
    title: str
    paid_by: Literal["buyer", "seller"]
    amount: Money | None
    range: Bounds | None
    in_customs_value: bool
    deducted_from_price: Money | None
    estimated: bool
    calculation: str | None


class Emissions(Plain):
    kg: Money | None
    direct_kg: Money | None
    per_tonne_kg: Money
    calculation: str


class LegOut(Plain):
    part: str
    mode: str
    start: str
    end: str
    km: int
    days: list[int]


class LaneOut(Plain):
    mode: str
    km: int
    legs: list[LegOut]
    through: list[dict[str, Any]]


class Question(Plain):
    name: str
    question: str
    choices: list[str] | None = None


class ScenarioOut(Plain):
    """One scenario worked out. Totals are null with a range when an unanswered fact moves them."""

    name: str
    origin: str
    origin_place: str | None
    manufacturer_id: str | None
    unit_price: Money
    price: Money
    incoterm: str
    read_as: str
    transport_mode: str | None
    customs_value: Money | None
    customs_value_range: Bounds | None
    customs_value_calculation: str
    duty: Money | None
    fees: Money | None
    freight: Money | None
    insurance: Money | None
    carrying_cost: Money | None
    parts: list[Part]
    landed_cost: Money | None
    landed_cost_per_unit: Money | None
    range: Bounds | None
    range_per_unit: Bounds | None
    transit_days: Days | None
    lead_time_days: Days | None
    co2e: Emissions | None
    lane: LaneOut | None
    duty_response: dict[str, Any]
    needs_facts: list[Question]
    assumptions: list[str]
    not_covered: list[str]
    sources: list[SourceRef]


class Flip(Plain):
    """What would change the order. `threshold` is the last value at which the order still stands."""

    kind: Literal["unit_price", "freight", "preference", "fact"]
    scenario: str
    against: str | None
    threshold: Money | None
    now: Money | None
    landed_cost: Money | None
    changes_order: bool
    text: str


class RankRow(Plain):
    """A place in the order. `best` and `worst` are the places still open while facts are unknown."""

    rank: int | None
    scenario: str
    index: int
    landed_cost: Money | None
    landed_cost_per_unit: Money | None
    range: Bounds | None
    best: int | None
    worst: int | None
    certain: bool
    behind: Money | None
    flips: list[Flip]


class CompareResponse(Plain):
    hts: str
    quantity: Money
    entry_date: date
    destination: dict[str, Any]
    currency: str
    scenarios: list[ScenarioOut]
    ranking: list[RankRow]
    summary: str
    rate_card: dict[str, Any]
    needs_facts: list[Question]
    sources: list[SourceRef]
    not_covered: list[str]
    disclaimer: str

"""Plain types that the customs engine takes and gives.

Money and rates are `Decimal` (US dollars unless a field says otherwise) and become decimal strings in JSON.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Language = Literal["en", "es"]
Money = Annotated[Decimal, PlainSerializer(lambda d: format(d, "f"), return_type=str, when_used="json")]

LayerKind = Literal[
    "mfn",
    "preference",
    "column_2",
    "section_301",
    "section_232",
    "ieepa",
    "section_122",
    "section_201",
    "section_338",
    "adcvd",
    "other",
    "mpf",
    "hmf",
    "igi",
    "iva",
    "dta",
    "gst",
    "surtax",
]
FEE_KINDS: frozenset[str] = frozenset({"mpf", "hmf"})
BASE_KINDS: frozenset[str] = frozenset({"mfn", "column_2", "preference"})
LayerStatus = Literal["applied", "not_applied", "needs_fact", "not_modelled"]


class Frozen(BaseModel):
    """Base of values that never change once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Frozen):
    """Where a fact stands: a legal citation, and the stored page when the catalog holds it."""

    title: str
    url: str | None = None
    document_id: str | None = None
    page: int | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class Layer(Frozen):
    """One charge (or the reason why it is not charged), with its arithmetic written out."""

    kind: LayerKind
    heading: str | None
    title: str
    rate: str | None
    basis: str | None
    basis_amount: Money | None
    amount: Money | None
    calculation: str | None
    status: LayerStatus
    reason: str | None
    effective_from: date | None
    effective_to: date | None
    sources: tuple[Source, ...]


class FactQuestion(Frozen):
    """A fact that moves the result and that nobody gave."""

    name: str
    question: str
    choices: tuple[str, ...] | None = None


class Range(Frozen):
    min: Money
    max: Money


class Option(Frozen):
    """The totals under one named way of entering the goods."""

    name: str
    duty: Money | None
    fees: Money | None
    total_import_charges: Money | None
    requires: tuple[str, ...]


class OriginEvidence(Frozen):
    """What a claim under USMCA rests on: the response of `check_origin`, of which only these fields are read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdict: Literal["qualifies", "does_not_qualify", "cannot_tell"]
    hts: str
    agreement: str = "USMCA"
    destination: str = "US"
    as_of: date
    explanation: str = ""
    edition: str = ""
    language: Language | None = None


class Preference(Frozen):
    """A claim to a special program. `originating` unknown (null) is never taken as true."""

    program: str = Field(description="SPI symbol as the schedule prints it (S, KR, AU, …) or USMCA")
    originating: bool | None = None
    certificate_on_file: bool | None = None
    evidence: OriginEvidence | None = Field(
        default=None, description="The response of check_origin for this good; it settles `originating`"
    )


class DutyRequest(BaseModel):
    """What `estimate_duty` takes. `origin` is the country of origin, not of shipment."""

    model_config = ConfigDict(extra="forbid")

    hts: str = Field(description="HTS number, 8 or 10 digits (6 for a heading-level answer); dots optional")
    origin: str = Field(description="Country of origin, ISO 3166-1 alpha-2 (MX, CN, VN …)")
    destination: str = Field(default="US", description="Country of importation, ISO 3166-1 alpha-2")
    entry_date: date | None = Field(default=None, description="Date of entry, ISO 8601; today when left out")
    customs_value: Decimal = Field(description="Customs value in `currency`, a decimal string greater than zero")
    currency: str = Field(default="USD", description="ISO 4217; only USD is accepted")
    quantities: dict[str, Decimal] = Field(
        default_factory=dict, description='Quantities by the unit the schedule prints, e.g. {"kg": 120, "No.": 500}'
    )
    transport_mode: Literal["ocean", "air", "truck", "rail"] | None = Field(
        default=None, description="Decides the harbor maintenance fee (ocean only)"
    )
    preference: Preference | None = None
    facts: dict[str, Any] = Field(default_factory=dict, description="Facts that decide a layer; see needs_facts")
    language: Language = Field(default="en", description="Language of the explanations; figures are the same in both")


class DutyResponse(Frozen):
    """The duty stack of one entry line. See CONTRACT `estimate_duty`."""

    hts: str
    description: tuple[str, ...]
    origin: str
    entry_date: date
    revision: str
    customs_value: Money
    currency: str
    layers: tuple[Layer, ...]
    duty: Money | None
    fees: Money | None
    total_import_charges: Money | None
    range: Range | None
    needs_facts: tuple[FactQuestion, ...]
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    options: tuple[Option, ...]
    sources: tuple[Source, ...]
    not_covered: tuple[str, ...]
    prohibited: dict[str, Any] | None
    disclaimer: str

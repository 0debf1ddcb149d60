"""What `check_origin` takes and gives. Money is US dollars; shares are percent; tariff numbers may carry dots."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.customs.types import FactQuestion, Frozen, Language, Money, Source

Verdict = Literal["qualifies", "does_not_qualify", "cannot_tell"]
USMCA = frozenset({"US", "MX", "CA"})


def _number(value: Any) -> Any:
    """Numbers as people type them ("1,000.50"); floats by their shortest decimal, never by their binary value."""
    if isinstance(value, bool):
        raise ValueError("a number, not true or false")
    if isinstance(value, float):
        return repr(value)
    return value.strip().replace(",", "").replace("$", "") if isinstance(value, str) else value


Amount = Annotated[Decimal, BeforeValidator(_number)]


class OriginMaterial(BaseModel):
    """One line of the bill of materials. `originating` wins over `origin`; both unknown is a material of unknown
    origin. `components` are the inputs of a self-produced material or sub-assembly, one more level deep."""

    model_config = ConfigDict(extra="forbid")

    description: str = ""
    hts: str | None = Field(default=None, description="4 to 10 digits, dots optional; the more digits the better")
    origin: str | None = Field(default=None, description="Country of origin, ISO 3166-1 alpha-2")
    value: Amount | None = Field(default=None, description="Value in the good, US dollars, as valued under (c)(viii)")
    originating: bool | None = Field(default=None, description="Qualifies under USMCA itself; null when not known")
    role: Literal["material", "indirect", "packing", "packaging", "accessory", "recovered"] = "material"
    weight: Amount | None = Field(default=None, description="Weight in the good, any one unit for all lines")
    deductible_costs: Amount | None = Field(
        default=None, description="Freight, insurance, duties and waste inside `value` that (c)(x) lets one deduct"
    )
    regional_value: Amount | None = Field(
        default=None, description="Processing and originating inputs inside a non-originating material, (c)(iv)(B)"
    )
    supplier: str | None = None
    components: list[OriginMaterial] | None = None


class Party(BaseModel):
    """A party of the certification as far as it is known."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    address: str | None = None
    country: str | None = None
    telephone: str | None = None
    email: str | None = None


class BlanketPeriod(BaseModel):
    """First and last day that a certification for several shipments covers; at most twelve months."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: date = Field(alias="from")
    end: date = Field(alias="to")


class CertificationDetails(BaseModel):
    """What the draft of the certification is filled with; what is missing is marked as a gap."""

    model_config = ConfigDict(extra="forbid")

    certifier_role: Literal["importer", "exporter", "producer"] | None = None
    certifier: Party | None = None
    exporter: Party | None = None
    producer: Party | None = None
    importer: Party | None = None
    invoice: str | None = Field(default=None, description="Number of the invoice, for a single shipment")
    blanket_period: BlanketPeriod | None = None


class BillRow(Frozen):
    """A line of the bill of materials that wants a look: its number, why, and its cells where nothing was read."""

    line: int
    why: str
    cells: str | None = None


class BillReport(Frozen):
    """How a bill of materials was read: its columns and their meaning, lines not understood, lines with a remark."""

    header_line: int
    columns: dict[str, str]
    ignored_columns: tuple[str, ...]
    lines: int
    materials: int
    unmatched: tuple[BillRow, ...]
    remarks: tuple[BillRow, ...]
    notes: tuple[str, ...]


class OriginRequest(BaseModel):
    """A good, what it is made of, and the facts that origin hangs on."""

    model_config = ConfigDict(extra="forbid")

    hts: str = Field(description="HTS number of the good, 6 to 10 digits, dots optional (8 digits decide most)")
    agreement: str = Field(default="USMCA", description="Only USMCA (also T-MEC, CUSMA) is known")
    destination: str = Field(default="US", description="Country of importation: US, MX or CA")
    description: str | None = Field(default=None, description="What the good is; decides rules that name goods")
    materials: list[OriginMaterial] = Field(default_factory=list, max_length=5000)
    transaction_value: Amount | None = Field(default=None, description="Price of the good less international freight")
    net_cost: Amount | None = Field(
        default=None, description="Total cost less sales, royalty, shipping, excess interest"
    )
    currency: str = Field(default="USD", description="Of all amounts here; another than USD needs its currency_rates")
    currency_rates: dict[str, Amount] = Field(
        default_factory=dict, description='US dollars for one unit of a currency: {"MXN": "0.0545"}'
    )
    bill: list[list[Any]] | None = Field(
        default=None,
        max_length=20_000,
        description="Lines of a bill of materials as in its sheet, the header among them; added to materials",
    )
    certification: CertificationDetails | None = Field(
        default=None, description="Parties, invoice and period for the draft of the certification of origin"
    )
    facts: dict[str, Any] = Field(default_factory=dict, description="Facts that decide; see missing_facts")
    as_of: date | None = Field(default=None, description="Day of importation, ISO 8601; today when left out")
    entry_date: date | None = Field(default=None, description="The same as as_of")
    language: Language = "en"


class MaterialLine(Frozen):
    """Whether one material changes classification under the rule that was applied, and why."""

    index: int
    description: str
    hts: str | None
    origin: str | None
    value: Money | None
    status: Literal["originating", "non_originating", "unknown", "disregarded"]
    shifts: Literal["yes", "no", "unknown", "not_needed"]
    why: str


class OriginRoute(Frozen):
    """One way the good could qualify. `kind` is stable; `name` is for people."""

    name: str
    kind: str
    verdict: Verdict
    calculation: str | None
    shortfall: str | None
    materials: tuple[MaterialLine, ...] = ()
    rule: str | None = None
    page: int | None = None
    missing: tuple[str, ...] = ()


class RuleQuote(Frozen):
    """The rule that was applied, in the words printed from its structure."""

    text: str
    source: Source
    id: str | None = None
    structured: bool = True
    in_force_from: date | None = None
    in_force_until: date | None = None


class DeMinimis(Frozen):
    """The 10 percent tolerance on the best route that needs it."""

    basis: Literal["transaction_value", "total_cost", "weight"] | None
    limit_percent: Money
    failing_value: Money | None
    percent: Money | None
    applies: bool | None
    calculation: str
    exclusions: tuple[str, ...] = ()


class CheapestChange(Frozen):
    """The single material of least value whose becoming originating would make the good qualify."""

    index: int
    description: str
    value: Money
    route: str
    text: str


class DocumentRequest(Frozen):
    supplier: str
    materials: tuple[str, ...]
    documents: tuple[str, ...]


class OriginResponse(Frozen):
    """See CONTRACT `check_origin`. `question` says which of the origin questions this answers."""

    hts: str
    agreement: str
    destination: str
    as_of: date
    verdict: Verdict
    explanation: str
    rule: RuleQuote | None
    other_rules: tuple[RuleQuote, ...] = ()
    routes: tuple[OriginRoute, ...]
    materials: tuple[MaterialLine, ...]
    de_minimis: DeMinimis | None
    cheapest_change: CheapestChange | None
    missing_facts: tuple[str, ...]
    questions: tuple[FactQuestion, ...]
    documents_to_request: tuple[DocumentRequest, ...]
    certification: dict[str, Any]
    bill: BillReport | None = None
    question: str
    assumptions: tuple[str, ...]
    sources: tuple[Source, ...]
    not_covered: tuple[str, ...]
    edition: str
    language: Language = "en"

"""Plain types of the matching engine: a manufacturer's profile, a buyer's need, a match."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CertificateState = Literal["claimed", "document_seen", "issuer_verified", "expired", "revoked"]
CERTIFYING_STATES: frozenset[str] = frozenset({"document_seen", "issuer_verified"})


class Certification(BaseModel):
    """A certificate as far as anyone has seen it. `state` says how far that is."""

    model_config = ConfigDict(extra="ignore")

    standard: str
    state: CertificateState = "claimed"
    issuer: str | None = None
    number: str | None = None
    scope: str | None = None
    issued: date | None = None
    expires: date | None = None
    evidence: str | None = None

    def state_on(self, day: date) -> CertificateState:
        """State on `day`: expiry moves it by date alone; the day of expiry is still in force."""
        if self.state != "revoked" and self.expires is not None and self.expires < day:
            return "expired"
        return self.state

    def satisfies_on(self, day: date) -> bool:
        """True when a document or the issuer confirms it and it is in force on `day`."""
        begun = self.issued is None or self.issued <= day
        return begun and self.state_on(day) in CERTIFYING_STATES


class Capability(BaseModel):
    """What one process line of a plant can do. Quantities in `unit` (a month where that applies)."""

    model_config = ConfigDict(extra="ignore")

    process: str
    monthly_capacity: float | None = Field(default=None, ge=0)
    unit: str = "pieces"
    utilization: float | None = Field(default=None, ge=0, le=1)
    min_order: float | None = Field(default=None, ge=0)
    pilot_min_order: float | None = Field(default=None, ge=0)
    lead_time_days: int | None = Field(default=None, ge=0)
    pilot_lead_time_days: int | None = Field(default=None, ge=0)
    tolerance_mm: float | None = Field(default=None, gt=0)
    max_size_mm: Any = None

    def free_capacity(self) -> float | None:
        """Units a month not yet taken, or None when capacity or utilization is not stated."""
        if self.monthly_capacity is None or self.utilization is None:
            return None
        return self.monthly_capacity * (1 - self.utilization)


class Profile(BaseModel):
    """A manufacturer as the contract's `manufacturer` format gives it."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    sample: bool = False
    country: str
    region: str | None = None
    city: str | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    processes: list[str] = []
    materials: list[str] = []
    industries: list[str] = []
    capabilities: list[Capability] = []
    certifications: list[Certification] = []
    programs: list[str] = []
    innovation: list[str] = []
    languages: list[str] = []
    ownership: list[str] = []
    founded: int | None = None
    employees: int | None = None
    exports_to: list[str] = []
    summary: dict[str, str] = {}
    contact: dict[str, Any] = {}
    register_name: str | None = Field(default=None, description="Public register that lists the site and nothing more")
    activity: str | None = Field(default=None, description="Activity as the register prints it, with its code")
    address: str | None = None
    tenant: str | None = None


class Near(BaseModel):
    model_config = ConfigDict(extra="forbid")

    place: str
    km: float = Field(gt=0)


class Need(BaseModel):
    """What a buyer needs. See CONTRACT `find_manufacturers`."""

    model_config = ConfigDict(extra="forbid")

    need: str | None = Field(default=None, description="The need in the buyer's own words, English or Spanish")
    processes: list[str] = Field(default=[], description="All of them are required, e.g. injection_molding")
    materials: list[str] = Field(default=[], description="All of them are required, e.g. abs")
    industries: list[str] = Field(default=[], description="Wishes, unless `need` says must")
    certifications: list[str] = Field(default=[], description="All required in force on as_of, e.g. ISO 13485")
    countries: list[str] = Field(default=[], description="Any of these, ISO 3166-1 alpha-2")
    regions: list[str] = Field(default=[], description="Any of these states, provinces or cities")
    near: Near | None = Field(default=None, description="Distance in km from a place")
    programs: list[str] = Field(default=[], description="All of them are required, e.g. IMMEX")
    pilot_volume: float | None = Field(default=None, gt=0)
    monthly_volume: float | None = Field(default=None, gt=0)
    volume_unit: str = "pieces"
    order_volume: float | None = Field(
        default=None, gt=0, description="One order, no period; held to the minimum order"
    )
    max_lead_time_days: int | None = Field(default=None, gt=0)
    max_pilot_lead_time_days: int | None = Field(default=None, gt=0)
    innovation: list[str] = Field(default=[], description="Wishes")
    languages: list[str] = Field(default=[], description="Wishes")
    exclude_countries: list[str] = Field(default=[], description="None of these, ISO 3166-1 alpha-2")
    must: list[Literal["industries", "innovation", "languages"]] = Field(
        default=[], description="Wishes that are required all the same"
    )
    wishes: dict[str, list[str]] = Field(
        default={}, description="Preferred, not required: materials, certifications, programs, regions …"
    )
    as_of: date | None = Field(default=None, description="Day on which certificates must be in force; today if absent")
    limit: int = Field(default=5, ge=1, le=50)
    language: Literal["en", "es"] = Field(default="en", description="Language of the reasons")


class Criterion(BaseModel):
    """One component of a match's score: 0 to 1, its weight, and why."""

    score: float
    weight: float
    why: str


class Match(BaseModel):
    id: str
    name: str
    sample: bool
    score: float
    fit: dict[str, Criterion]
    gaps: list[str]
    certifications: list[Certification]
    location: dict[str, Any]
    capacity: dict[str, Any]
    lead_time_days: int | None
    document_id: str | None = None
    same_plant: list[dict[str, Any]] = Field(default=[], description="Other profiles taken to be this plant, and why")


class Excluded(BaseModel):
    id: str
    name: str
    why: str
    sample: bool = False


class Relaxation(BaseModel):
    """The smallest change of the need that would give matches, and how many."""

    change: str
    matches: int


class MatchResult(BaseModel):
    """What the engine gives; the tool adds sources and not_covered."""

    matches: list[Match]
    excluded: list[Excluded]
    relaxations: list[Relaxation]
    considered: int
    understood: dict[str, Any]
    unmapped: list[str]

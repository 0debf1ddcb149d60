"""Requests, responses and events of the public contract, as pydantic models.

The engines own the types of their own answers (`customs.types`, `sourcing.types`); this page adds what the tools,
the agent and the HTTP faces put around them. The chat page imports nothing of ours but this module.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.customs.types import DutyRequest, DutyResponse, Language, Layer, Source
from assistant.sourcing.types import Certification, Excluded, Match, Need, Profile, Relaxation

__all__ = [
    "Answer",
    "AskRequest",
    "Certification",
    "Citation",
    "DutyRequest",
    "DutyResponse",
    "Event",
    "Feedback",
    "Figure",
    "Language",
    "Layer",
    "Match",
    "Need",
    "Profile",
    "Source",
    "ToolCall",
]


class Request(BaseModel):
    """Base of tool requests: an unknown field is an error, not silently dropped."""

    model_config = ConfigDict(extra="forbid")


class TariffLineRequest(Request):
    hts: str = Field(description="HTS number, 4 to 10 digits, dots optional")
    destination: str = Field(default="US", description="Country of importation; US is what is loaded")
    as_of: date | None = Field(default=None, description="Day in force, ISO 8601; today when left out")
    language: Language = "en"


class PrintedRate(BaseModel):
    """One rate column: as printed, what was understood of it, and which line prints it."""

    printed: str
    kind: str
    components: list[dict[str, Any]]
    programs: list[str] = []
    inherited_from: str | None = None
    computable: bool
    reason: str | None = None


class TariffLineResponse(BaseModel):
    hts: str
    description: list[str]
    as_of: date
    revision: str
    units: list[str]
    general: PrintedRate | None
    special: list[PrintedRate]
    column_2: PrintedRate | None
    measures: list[dict[str, Any]]
    chapter_notes: list[dict[str, Any]]
    children: list[dict[str, Any]]
    sources: list[Source]
    not_covered: list[str]


class TariffChangesRequest(Request):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    hts: str = Field(description="HTS number, 8 or 10 digits, dots optional")
    origin: str = Field(description="Country of origin, ISO 3166-1 alpha-2")
    destination: str = Field(default="US", description="Country of importation; US is what is loaded")
    start: date = Field(alias="from", description="First day of the window, ISO 8601")
    end: date = Field(alias="to", description="Last day of the window, included; a future day shows known future steps")
    language: Language = "en"


class TariffChange(BaseModel):
    """One layer that reads differently from `date` on; before and after are rates, null when it is not charged."""

    date: date
    kind: str
    heading: str | None
    title: str
    before: str | None
    after: str | None
    source: Source | None


class TariffChangesResponse(BaseModel):
    hts: str
    description: list[str]
    origin: str
    start: date = Field(serialization_alias="from", description="First day of the window, as asked")
    end: date = Field(serialization_alias="to", description="Last day of the window, as asked")
    changes: list[TariffChange]
    sources: list[Source]
    not_covered: list[str]


class SearchRequest(Request):
    query: str = Field(min_length=1, description="What to look for, English or Spanish")
    kinds: list[str] | None = Field(default=None, description="Only these kinds of document (guide, notes, ruling …)")
    as_of: date | None = Field(default=None, description="Only what is in force on this day; today when left out")
    language: Language | None = Field(default=None, description="Preferred language; that of the query when left out")
    limit: int = Field(default=5, ge=1, le=50)


class Passage(BaseModel):
    """A cited hit. `file` is the name of the file it was ingested from, `id` the passage's own."""

    id: str
    document_id: str
    title: str
    file: str
    page: int | None
    paragraph: str | None = None
    text: str
    score: float
    kind: str
    language: str | None
    effective_from: date | None
    effective_to: date | None
    url: str | None
    legal_status: str | None = None
    sample: bool = False
    citations: list[dict[str, Any]] = []


class SearchResponse(BaseModel):
    query: str
    as_of: date
    passages: list[Passage]
    weak: bool
    sources: list[Source]
    not_covered: list[str]


class FindManufacturersResponse(BaseModel):
    as_of: date
    matches: list[Match]
    excluded: list[Excluded]
    relaxations: list[Relaxation]
    considered: int
    understood: dict[str, Any]
    unmapped: list[str]
    sources: list[Source]
    not_covered: list[str]


class ManufacturerProfileRequest(Request):
    id: str = Field(min_length=1, description="Manufacturer id as find_manufacturers gives it")
    as_of: date | None = Field(default=None, description="Day on which certificate states are shown")
    language: Language = "en"


class ManufacturerProfileResponse(BaseModel):
    """`performance`: what its orders on file say (score, parts with why, warnings); null when they tell nothing."""

    as_of: date
    profile: Profile
    certifications: list[Certification]
    conflicts: list[str]
    trail: list[dict[str, Any]] = Field(
        default=[], description="Changes in the standing of its certificates, oldest first"
    )
    expiring_soon: list[Certification] = Field(
        default=[], description="Confirmed ones that end within 90 days of as_of"
    )
    same_plant: list[dict[str, Any]] = Field(
        default=[], description="Other profiles taken to be the same plant, and why"
    )
    passages: list[Passage]
    performance: dict[str, Any] | None = None
    sources: list[Source]
    not_covered: list[str]


class AskRequest(Request):
    question: str = Field(min_length=1, max_length=20_000)
    thread_id: str | None = Field(default=None, max_length=200)
    as_of: date | None = None
    language: Language | None = None
    model: str | None = None


class Citation(BaseModel):
    id: str
    title: str
    document_id: str | None
    page: int | None
    quote: str | None
    url: str | None
    effective_from: date | None
    effective_to: date | None


class Figure(BaseModel):
    """A number in the prose and the place in a tool response it came from."""

    text: str
    value: str
    unit: str | None
    tool_call: int
    path: str


class ToolCall(BaseModel):
    name: str
    arguments: dict[str, Any]
    response: dict[str, Any] | None
    ms: float
    error: dict[str, Any] | None = None


class Usage(BaseModel):
    """What the chat model counted for one answer. `cost_usd` is null where the settings name no prices."""

    input_tokens: int
    output_tokens: int
    model_calls: int
    cost_usd: Decimal | None = None


class Answer(BaseModel):
    """What every face returns for a question."""

    answer: str
    language: Language
    status: Literal["answered", "clarify", "refused", "partial"]
    citations: list[Citation]
    figures: list[Figure]
    tool_calls: list[ToolCall]
    missing: list[str]
    not_covered: list[str]
    as_of: date
    data_vintage: dict[str, Any]
    model: str
    prompt_sha: str
    thread_id: str
    ms: float
    usage: Usage | None = Field(default=None, description="Tokens and cost, where a chat model counted them")


class Event(BaseModel):
    """One event of a streamed answer; exactly one `answer` or `error` ends a stream."""

    type: Literal["token", "tool_started", "tool_finished", "answer", "error"]
    data: dict[str, Any]


class Feedback(Request):
    thread_id: str
    rating: Literal["up", "down"]
    comment: str | None = Field(default=None, max_length=4_000)


class Rename(Request):
    title: str = Field(min_length=1, max_length=1_000)

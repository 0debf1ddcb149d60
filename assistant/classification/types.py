"""Request and response of classify_product."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.customs.types import Language, Source

Level = Literal["high", "medium", "low"]


class ClassifyRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    description: str = Field(
        min_length=1,
        max_length=5_000,
        description="What the goods are, what they are made of and used for; English or Spanish",
    )
    destination: str = Field(default="US", description="Country of importation; US is what is loaded")
    limit: int = Field(default=10, ge=1, le=100, description="How many candidates, 1 to 100")
    as_of: date | None = Field(default=None, description="Day whose schedule counts, ISO 8601; today when left out")
    language: Language | None = Field(default=None, description="Of the texts; the description's when left out")


class Line(BaseModel):
    """A line of the candidate's subheading: its description below that, and how likely it is, 0 to 1, when the
    subheading is right."""

    hts: str
    description: list[str]
    share: float


class Note(BaseModel):
    """A legal note that bears on a candidate: where it stands and how it begins."""

    title: str
    quote: str
    document_id: str
    page: int | None


class SimilarRuling(BaseModel):
    """A loaded CBP ruling on like goods under the same subheading. `revoked` and `modified` are null when nothing
    loaded says so."""

    number: str
    title: str
    date: date | None
    hts: list[str]
    revoked: bool | None
    modified: bool | None
    document_id: str
    url: str | None


class TariffCandidate(BaseModel):
    """One six-digit subheading; `hts` and `description` are its likeliest line. `confidence` (0 to 1) is that the first
    six digits are right, `level` the band it falls in; `rule` says which interpretation rule leads there."""

    hts: str
    subheading: str
    description: list[str]
    confidence: float
    level: Level
    why: str
    rule: str
    rulings: list[SimilarRuling]
    notes: list[Note]
    lines: list[Line]


class DecidingChoice(BaseModel):
    answer: str
    hts: list[str]


class DecidingQuestion(BaseModel):
    """A question that parts the leading candidates; each choice names the subheadings that it leaves."""

    name: str
    question: str
    choices: list[DecidingChoice]


class ClassifyResponse(BaseModel):
    description: str
    language: Language
    as_of: date
    revision: str
    candidates: list[TariffCandidate]
    confidence_meaning: str
    questions: list[DecidingQuestion]
    understood: dict[str, Any]
    ranked_by: str
    sources: list[Source]
    not_covered: list[str]

"""What a search gives back: passages with what a citation needs, a section that was cut in parts whole again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retrieval.models import Passage
from retrieval.sections import joined


@dataclass(frozen=True)
class Hit:
    """A cited passage, or the few passages that one section was cut into, under the id of the first.

    `score` 0 to 1 orders the hits of one search only; `similarity` and `coverage` are those of retrieval.ranking.
    """

    id: str
    document_id: str
    title: str
    file: str
    page: int | None
    paragraph: str | None
    text: str
    score: float
    kind: str
    language: str | None
    effective_from: dt.date | None
    effective_to: dt.date | None
    url: str | None
    legal_status: str | None
    sample: bool
    citations: tuple[dict[str, Any], ...]
    meta: dict[str, Any]
    similarity: float | None
    coverage: float


def hit(passages: Sequence[Passage], score: float, coverage: float, similarity: float | None) -> Hit:
    """The hit of one section's `passages`, in text order."""
    passage, document = passages[0], passages[0].document
    citations = {str(c): c for p in passages for c in p.meta.get("citations") or ()}
    return Hit(
        id=passage.id,
        document_id=document.id,
        title=document.title,
        file=document.file,
        page=passage.page,
        paragraph=passage.paragraph,
        text=joined([p.text for p in passages]),
        score=round(min(score, 1.0), 4),
        kind=document.kind,
        language=passage.language,
        effective_from=document.effective_from,
        effective_to=document.effective_to,
        url=document.url,
        legal_status=document.legal_status,
        sample=document.sample,
        citations=tuple(citations.values()),
        meta=passage.meta,
        similarity=similarity,
        coverage=round(coverage, 4),
    )

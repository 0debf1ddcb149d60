"""What goes into the catalog and what comes out of it, as plain frozen records."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

StoredStatus = Literal["added", "updated", "unchanged"]
PUBLIC = "public"
_ID_MAX = 200


@dataclass(frozen=True)
class NewDocument:
    """A document to store. (tenant, kind, key) is its identity, `sha256` the hash of the file's bytes.

    `effective_to` is the last day in force; both dates null: always. `meta` is JSON-able; search reads its
    `guide_id` (shared by the language versions of one guide). A schedule's `meta.destination` is its country.
    """

    kind: str
    key: str
    title: str
    file: str
    sha256: str
    tenant: str = PUBLIC
    media_type: str | None = None
    language: str | None = None
    legal_status: str | None = None
    url: str | None = None
    revision: str | None = None
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    sample: bool = False
    partial: bool = False
    pages: int | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Readable and unique: `kind:key`, with `@tenant` unless public. Odd or long keys get a hash for a tail."""
        slug = re.sub(r"[^\w.:\-]+", "-", self.key).strip("-")
        tail = "" if self.tenant == PUBLIC else f"@{self.tenant}"
        plain = f"{self.kind}:{slug}{tail}"
        if slug == self.key and len(plain) <= _ID_MAX:
            return plain
        digest = hashlib.sha256(self.key.encode()).hexdigest()[:12]
        room = _ID_MAX - len(self.kind) - len(tail) - len(digest) - 2
        return f"{self.kind}:{slug[:room]}-{digest}{tail}"


@dataclass(frozen=True)
class NewPassage:
    """A citable piece, in document order. `language` null: the document's. `embed` false: full text only."""

    text: str
    page: int | None = None
    paragraph: str | None = None
    language: str | None = None
    embed: bool = True
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    status: StoredStatus
    document_id: str


@dataclass(frozen=True)
class ScheduleInfo:
    """One published revision of a tariff schedule. `partial`: an extract, in which an absent line is unknown."""

    document_id: str
    revision: str | None
    effective_from: dt.date | None
    effective_to: dt.date | None
    partial: bool
    sample: bool
    url: str | None
    title: str
    destination: str


@dataclass(frozen=True)
class TariffRow:
    """One row of a schedule as stored. Rate texts as printed; `*_from` the code of the line that prints them."""

    schedule: ScheduleInfo
    row_no: int
    hts: str
    indent: int
    description: str
    path: tuple[str, ...]
    path_es: tuple[str, ...] | None
    units: tuple[str, ...]
    general: str | None
    special: str | None
    other: str | None
    general_from: str | None
    special_from: str | None
    other_from: str | None
    footnotes: tuple[dict[str, Any], ...]
    quota: str | None
    additional_duties: str | None


@dataclass(frozen=True, slots=True)
class TariffPath:
    """A coded row of a schedule, as far as classification reads it. `path_es` is empty where nobody gave Spanish."""

    hts: str
    path: tuple[str, ...]
    path_es: tuple[str, ...] = ()


def passage_ids(document_id: str, passages: Iterable[NewPassage]) -> list[str]:
    """Stable ids, 32 hex digits each: a hash of the document, page, heading, text, and which repeat of these it is."""
    seen: dict[tuple[int | None, str | None, str], int] = {}
    ids = []
    for p in passages:
        place = (p.page, p.paragraph, p.text)
        repeat = seen[place] = seen.get(place, -1) + 1
        raw = json.dumps([document_id, *place, repeat], ensure_ascii=False).encode("utf-8", "surrogatepass")
        ids.append(hashlib.sha256(raw).hexdigest()[:32])
    return ids

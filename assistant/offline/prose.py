"""What every kind of answer shares: formats, citation marks, notes, and the closing lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import prompts
from assistant.citations import Register
from assistant.offline.codes import dotted
from assistant.offline.countries import country_name
from assistant.offline.language import Lang
from assistant.offline.plan import Call
from assistant.offline.prose_programs import named as program_named

_BAN = re.compile(r"embarg|sanction|sancion|prohib|import ban", re.IGNORECASE)
Status = Literal["answered", "clarify", "refused", "partial"]


@dataclass(frozen=True)
class Result:
    """A call and what came of it; `index` is its place among the turn's calls."""

    index: int
    call: Call
    response: dict[str, Any] | None
    error: dict[str, Any] | None


@dataclass
class Writer:
    """Collects the paragraphs of an answer and numbers its citations in order of first use."""

    language: Lang
    register: Register
    order: list[int] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    status: Status = "answered"
    missing: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def say(self, key: str, **values: str) -> str:
        return prompts.say(key, self.language, **values)

    def add(self, key: str, **values: str) -> None:
        """A paragraph of its own."""
        self.parts.append(self.say(key, **values))

    def text(self, paragraph: str) -> None:
        if paragraph.strip():
            self.parts.append(paragraph)

    def cite(self, index: int, path: str) -> str:
        """The mark of a source, "[1]", or nothing when the response has none there."""
        number = self.register.number(index, path)
        if number is None:
            return ""
        if number not in self.order:
            self.order.append(number)
        return f"[{self.order.index(number) + 1}]"

    def lacks(self, name: str, text: str) -> None:
        """A fact that would change the answer: its name for the next turn, what it is for the reader."""
        self.missing.append(name)
        self.lacking.append(text)

    def worse(self, status: Status) -> None:
        """Keep the status that asks most of the reader."""
        rank = {"answered": 0, "partial": 1, "refused": 2, "clarify": 3}
        if rank[status] > rank[self.status]:
            self.status = status

    def markdown(self) -> str:
        return "\n\n".join(part.strip() for part in self.parts if part.strip())


def money(amount: str | None, writer: Writer) -> str:
    """US$1,250.00, or the word for open."""
    if amount is None:
        return writer.say("open")
    try:
        return f"US${Decimal(amount):,.2f}"
    except InvalidOperation:
        return amount


def number(value: Any) -> str:
    """A quantity with thousands commas and no idle decimals: 20000.0 -> 20,000."""
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def long_date(day: str | date, language: Lang) -> str:
    """July 1, 2026 · 1 de julio de 2026."""
    from babel.dates import format_date

    value = date.fromisoformat(day) if isinstance(day, str) else day
    return str(format_date(value, format="long", locale="en_US" if language == "en" else "es_MX"))


def join(items: Sequence[str], language: Lang) -> str:
    """a, b and c · a, b y c."""
    rows = [item for item in items if item]
    if len(rows) < 2:
        return "".join(rows)
    word = "and" if language == "en" else ("e" if rows[-1][:1].lower() == "i" else "y")
    return f"{', '.join(rows[:-1])} {word} {rows[-1]}"


def cell(text: str) -> str:
    """Text that is safe inside a table cell: outside text never ends the cell or the row."""
    return " ".join(text.replace("|", "/").split())


def not_checked(writer: Writer, items: Sequence[str], limit: int = 3) -> None:
    """What was not checked, as the tools say it; the whole list goes with the answer."""
    unique = list(dict.fromkeys(item.strip().rstrip(".") for item in items if item.strip()))
    unique.sort(key=lambda item: not _BAN.search(item))  # what may forbid the import outright comes first
    sentences = [f"{item}." for item in unique[:limit]]
    if len(unique) > limit:
        sentences.append(writer.say("and_more"))
    writer.text(" ".join(sentences))


def printed(rate: Any, writer: Writer) -> str:
    """A rate as the schedule prints it; in Spanish, what its "Free" means stands before it."""
    text = str((rate.get("printed") if isinstance(rate, dict) else rate) or "").strip()
    return writer.say("rate_free") if text.lower() == "free" else text


def dots(hts: str) -> str:
    """8544300000 -> 8544.30.00.00."""
    return dotted(hts) if hts.isdigit() else hts


def notes(writer: Writer, rows: Sequence[tuple[str, dict[str, str]]], place: int) -> None:
    """How doubtful words were read: after the first paragraph from `place` on, the result."""
    lines = []
    for key, values in rows:
        filled = dict(values)
        if "date" in filled:
            filled["date"] = long_date(filled["date"], writer.language)
        if "code" in filled:
            filled["country"] = country_name(filled.pop("code"), writer.language)
        if "program" in filled:
            filled["program"] = program_named(filled["program"], writer.language)
        lines.append(writer.say(key, **filled))
    if lines:
        writer.parts.insert(min(place + 1, len(writer.parts)), " ".join(dict.fromkeys(lines)))

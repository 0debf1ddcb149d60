"""What an exported file holds, whatever its format: a title, a few lines, tables of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

Cell = str | int | float | Decimal | date | None
Language = Literal["en", "es"]


@dataclass(frozen=True)
class Sheet:
    """A table. `columns` are keys of texts.yaml; every row has a value for each."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Brief:
    """`lines` stand under the title; the first sheet is the answer, the others are its grounds."""

    tool: str
    language: Language
    day: date
    lines: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    samples: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return text("titles", self.tool, self.language)


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    loaded: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
        Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8")
    )
    return loaded


def text(group: str, key: str, language: Language, **values: Any) -> str:
    """The words of texts.yaml, names in braces filled in; the key itself where there are none."""
    row = _texts()[group].get(key)
    return (row[language] if row else key).format(**values) if values else (row[language] if row else key)


def amount(value: Any) -> Decimal | None:
    """A decimal string as a number; None stays None."""
    return None if value is None or value == "" else Decimal(str(value))


def day_of(value: Any) -> date | None:
    """An ISO date as a date."""
    return None if not value else date.fromisoformat(str(value)[:10])

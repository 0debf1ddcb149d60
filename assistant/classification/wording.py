"""The sentences of classify_product in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

Language = Literal["en", "es"]


@cache
def texts() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((resources.files(__package__) / "texts.yaml").read_text(encoding="utf-8"))
    return found


def say(key: str, language: Language, **values: object) -> str:
    """Sentence `key` in `language`; a missing key or value is an error, never a blank."""
    return str(texts()[key][language]).format_map(values)


def label(value: str, language: Language) -> str:
    """How a facet's value is called."""
    return str(texts()["values"][language][value])


def labels(values: Iterable[str], language: Language) -> str:
    return ", ".join(label(v, language) for v in values)


def axis(name: str, language: Language) -> str:
    return str(texts()["axis"][language][name])

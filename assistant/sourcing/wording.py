"""Reasons in the asker's language. The sentences are data; figures and names come from the engine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from assistant.sourcing.vocabulary import load_yaml


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, dict[str, str]]]:
    return load_yaml("phrases.yaml")


def say(language: str, group: str, key: str, **values: Any) -> str:
    """The sentence `group.key` with its names filled in; numbers are grouped by thousands."""
    shown = {name: number(value) if isinstance(value, (int, float)) else value for name, value in values.items()}
    return _sentences()[group][key][language].format(**shown)


def has(group: str, key: str) -> bool:
    return key in _sentences()[group]


def number(value: float) -> str:
    """20000 -> 20,000; up to two decimals when it is no whole number."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def unit_name(language: str, unit: str) -> str:
    """A unit's plural in the language, as written when nobody knows it."""
    row = _sentences()["units"].get(unit)
    return row[language] if row else unit


def listed(language: str, names: Iterable[str], word: str = "and") -> str:
    """ "a, b and c"."""
    items = list(names)
    joiner = f" {say(language, 'words', word)} "
    return joiner.join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)

"""Today's tariff numbers in the nomenclature that the rules use."""

from __future__ import annotations

from functools import cache
from typing import Any

from assistant.customs.law import load_yaml
from assistant.customs.origin.rules import DATA


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = load_yaml(DATA / "concordance.yaml")
    return loaded


@cache
def older(code: str) -> tuple[str, ...]:
    """Numbers under which the rules know goods of `code`; (code,) when nothing changed, () when it cannot be said."""
    six = code[:6]
    old = _table()["subheadings"].get(six)
    if old is None:
        return (code,)
    if six in _table()["keep_item"]:
        return tuple(o + code[6:8] for o in old)
    return tuple(old)


def moved(code: str) -> bool:
    """The number is of a later nomenclature than the rules'."""
    return code[:6] in _table()["subheadings"]

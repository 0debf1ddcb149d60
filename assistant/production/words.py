"""The words that senders use for milestones and the states of papers, from `data/words.yaml`."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def data(name: str) -> dict[str, Any]:
    """A YAML file of `data/`; plain scalars stay text."""
    found: dict[str, Any] = yaml.load((_DATA / f"{name}.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    return found


def fold_word(text: str) -> str:
    """Lower case, without accents, words joined by underscores."""
    plain = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


@lru_cache(maxsize=1)
def _milestones() -> dict[str, str]:
    return {word: key for key, words in data("words")["milestones"].items() for word in (key, *words.split())}


@lru_cache(maxsize=2048)
def milestone_key(name: str) -> str:
    """One key for the names of one milestone: `Production start`, `inicio_produccion` -> production_start."""
    folded = fold_word(name)
    return _milestones().get(folded, folded or name)


def is_delivery(name: str) -> bool:
    return milestone_key(name) == "delivered"


def replans(state: str | None) -> bool:
    """Whether a milestone event only moves the plan."""
    return fold_word(state or "") in data("words")["replans"].split()


@lru_cache(maxsize=1)
def _papers() -> dict[str, str]:
    return {word: key for key, words in data("words")["papers"].items() for word in words.split()}


def paper_state(word: str | None, expires: date | None, day: date) -> str:
    """ok, missing, expired, mismatched or unknown. A paper past its date is expired whatever it is called; its last
    day still counts."""
    state = _papers().get(fold_word(word or ""), "unknown")
    return "expired" if state in ("ok", "unknown") and expires is not None and expires < day else state

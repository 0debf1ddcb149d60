"""Data files of this package, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent / "data"


@cache
def load(name: str) -> Any:
    """A YAML file of retrieval/data, parsed."""
    return yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))

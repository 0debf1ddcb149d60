"""What a confidence means: bands measured on held-out products (data: bands.yaml, written by evals.classification)."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from assistant.classification.types import Level
from assistant.classification.wording import Language, say


@cache
def bands() -> dict[str, Any]:
    """Lower bounds of `high` and `medium`, and the share of first candidates that were right in each band."""
    found: dict[str, Any] = yaml.safe_load((resources.files(__package__) / "bands.yaml").read_text(encoding="utf-8"))
    return found


def level(confidence: float) -> Level:
    least = bands()["from"]
    return "high" if confidence >= least["high"] else "medium" if confidence >= least["medium"] else "low"


def meaning(language: Language, *, reordered: bool = False) -> str:
    """The sentence that says how to read the confidence."""
    b = bands()
    text = say(
        "confidence.meaning",
        language,
        high=f"{b['from']['high']:.2f}",
        medium=f"{b['from']['medium']:.2f}",
        **{f"share_{name}": f"{share:.0%}" for name, share in b["right"].items()},
    )
    return text + (say("confidence.model", language) if reordered else "")

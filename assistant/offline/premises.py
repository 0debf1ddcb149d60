"""Measures that a question takes to be in force: "so with the 122 surcharge I pay 10%, right?"."""

from __future__ import annotations

import re

from assistant.offline.text import data, fold


def supposed(text: str) -> set[str]:
    """Kinds of layer that `text` names, without those that it sets aside itself."""
    folded, table = fold(text), data("premises")
    found: set[str] = set()
    for kind, pattern in table["measures"].items():
        for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", folded):
            if not re.search(rf"\b(?:{table['except']})\s+(?:\w+\s+){{0,2}}$", folded[: match.start()]):
                found.add(kind)
    return found

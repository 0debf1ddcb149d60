"""What the goods of a question are, in its own words: "duty on wire harnesses from Mexico" → "wire harnesses"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.offline.text import Span, blank, data, fold

_WORD = re.compile(r"[^\W\d_][\w'’-]*|\d+(?:\.\d+)?\s?(?:mm|cm|in|inch(?:es)?|v|w|kw|hp|volts?)\b|[.,;:?!¿¡()]")


def product_words(text: str, taken: Sequence[Span]) -> str:
    """The longest run of words that names something, `taken` (dates, amounts, countries, codes) left out."""
    rest = blank(text, list(taken))
    empty = frozenset(data("product")["empty"].split())
    runs: list[list[str]] = [[]]
    held: list[str] = []
    for match in _WORD.finditer(rest):
        word = match[0]
        if re.fullmatch(r"[.,;:?!¿¡()]", word):
            runs.append([])
            held = []
        elif fold(word).replace("’", "'") in empty:
            held.append(word)
            # "tubos de acero sin costura", "parts of pumps": a small word inside a name stays.
            if fold(word) not in ("de", "of", "para", "for", "sin", "con", "without", "y", "and", "in", "en"):
                runs.append([])
                held = []
        else:
            if runs[-1] and held:
                runs[-1] += held
            runs[-1].append(word)
            held = []
    best = max(runs, key=lambda run: sum(len(word) > 2 for word in run))
    return " ".join(best) if any(len(word) > 2 for word in best) else ""

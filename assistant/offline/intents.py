"""What a message wants, by a lexicon of phrases (`data/intents.yaml`) in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.offline.text import data, fold, phrase


@dataclass(frozen=True)
class Hit:
    """One phrase that matched: the trace of how the message was understood."""

    intent: str
    weight: int
    matched: str


@lru_cache(maxsize=1)
def _lexicon() -> list[tuple[str, int, re.Pattern[str]]]:
    rows = []
    for intent, groups in data("intents")["intents"].items():
        for weight, text in groups.items():
            rows += [(intent, int(weight), phrase(p)) for p in text.split(";") if p.strip()]
    return rows


@lru_cache(maxsize=8)
def _phrases(*path: str) -> tuple[re.Pattern[str], ...]:
    node = data("intents")
    for key in path:
        node = node[key]
    return tuple(phrase(p) for p in node.split(";") if p.strip())


def hits(text: str) -> list[Hit]:
    """Every lexicon phrase that `text` contains, strongest first."""
    folded = fold(text)
    found = [Hit(i, w, m[0].strip()) for i, w, pattern in _lexicon() if (m := pattern.search(folded))]
    return sorted(found, key=lambda hit: -hit.weight)


def scores(found: list[Hit]) -> dict[str, int]:
    """Per intent: its strongest phrase, plus one for each further phrase (at most three)."""
    totals: dict[str, int] = {}
    for intent in {hit.intent for hit in found}:
        weights = sorted((hit.weight for hit in found if hit.intent == intent), reverse=True)
        totals[intent] = weights[0] + min(3, len(weights) - 1)
    return totals


def continues(text: str) -> bool:
    """True when the message begins or speaks like a change of the question before it."""
    folded = fold(text).strip(" ¿¡,.-")
    if any(pattern.match(folded) for pattern in _phrases("continuation", "begins")):
        return True
    return any(pattern.search(folded) for pattern in _phrases("continuation", "says"))


def ordinal(text: str) -> int | None:
    """The place in a list that `text` points at ("the second one"): 1, 2 … or -1 for the last; None without one."""
    folded = fold(text)
    for number, names in data("intents")["ordinals"].items():
        if re.search(rf"(?<!\w)(?:{'|'.join(re.escape(n) for n in names.split())})(?!\w)", folded):
            return int(number)
    match = re.search(r"\b(?:number|numero|option|opcion|no\.)\s*(\d)\b", folded)
    return int(match[1]) if match else None


def transport_mode(text: str) -> str | None:
    """ocean, air, truck or rail when `text` names one."""
    folded = fold(text)
    for mode in ("ocean", "air", "truck", "rail"):
        if any(pattern.search(folded) for pattern in _phrases("modes", mode)):
            return mode
    for mode, words in data("intents")["bare_modes"].items():
        if re.search(rf"(?<![\w-])(?:{'|'.join(words.split())})(?=\s*(?:[,.;?!]|$))", folded):
            return str(mode)
    return None


def value_cues() -> tuple[re.Pattern[str], ...]:
    """Phrases that stand before a customs value."""
    return _phrases("value_cues")


def in_domain(text: str) -> bool:
    """True when a word of the field (customs, sourcing) occurs."""
    folded = fold(text)
    return any(phrase(word).search(folded) for word in data("intents")["domain"].split())

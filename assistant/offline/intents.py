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


def ordinals(text: str) -> tuple[int, ...]:
    """The places in a list that `text` points at ("the first and the second"), in order: 1, 2 … or -1 for the last."""
    folded = fold(text)
    found: list[tuple[int, int]] = []
    for number, names in data("intents")["ordinals"].items():
        for match in re.finditer(rf"(?<!\w)(?:{'|'.join(re.escape(n) for n in names.split())})(?!\w)", folded):
            found.append((match.start(), int(number)))
    for match in re.finditer(r"\b(?:number|numero|option|opcion|no\.)\s*(\d)\b", folded):
        found.append((match.start(), int(match[1])))
    return tuple(dict.fromkeys(number for _, number in sorted(found)))


def transport_mode(text: str) -> str | None:
    """ocean, air, truck or rail when `text` names one."""
    folded = fold(text)
    for mode in ("ocean", "air", "truck", "rail"):
        if any(pattern.search(folded) for pattern in _phrases("modes", mode)):
            return mode
    after, before = data("intents")["after_modes"], data("intents")["before_modes"]
    for mode, words in data("intents")["bare_modes"].items():
        bare = rf"(?<![\w-])(?:{'|'.join(words.split())})(?=\s*(?:[,.;:?!\d$]|$)|\s+(?:{after})\b)"
        match = re.search(bare, folded)
        if match and not re.search(rf"\b(?:{before})\s+$", folded[: match.start()]):
            return str(mode)
    return None


def value_cues() -> tuple[re.Pattern[str], ...]:
    """Phrases that stand before a customs value."""
    return _phrases("value_cues")


def in_domain(text: str) -> bool:
    """True when a word of the field (customs, sourcing) occurs."""
    folded = fold(text)
    return any(phrase(word).search(folded) for word in data("intents")["domain"].split())


def shaped(kind: str, text: str) -> bool:
    """True when `text` has the shape `kind` (`data/intents.yaml`, shapes): asks a rule, asks an amount, names a fee."""
    folded = fold(text).replace("’", "'").strip(" ¿¡,.-")
    patterns = data("intents")["shapes"][kind]
    # "parts assembled abroad - is there an exemption?" asks in its last clause
    tail = re.search(r"(?:[,;:]\s*¿?| [-–—] ?¿?|¿)([^,;:¿]+)$", folded) if kind == "rule" else None
    clauses = [folded, *([tail[1].strip()] if tail else [])]
    return any(re.search(pattern, clause) for pattern in patterns for clause in clauses)


@lru_cache(maxsize=1)
def field_words() -> frozenset[str]:
    """Words of the field's terms in both languages, folded: what nobody takes for a name."""
    from retrieval.glossary import pairs

    forms = (form for english, spanish in pairs() for form in (*english, *spanish))
    return frozenset(word for form in forms for word in re.findall(r"[^\W_]+", fold(form)))

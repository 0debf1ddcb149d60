"""Which language a message is in: English or Spanish, judged by function words and letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assistant.offline.text import data, fold, words

Lang = Literal["en", "es"]


@dataclass(frozen=True)
class Detected:
    """`language` is None when the message carries no sign of either ("HTS 8544.30.00.00 MX")."""

    language: Lang | None
    en: float
    es: float


@lru_cache(maxsize=1)
def _signs() -> tuple[frozenset[str], frozenset[str], str, str]:
    table = data("language")
    return (
        frozenset(table["en"].split()),
        frozenset(table["es"].split()),
        table["marks"]["es"],
        table["marks"]["es_weak"],
    )


def detect(text: str) -> Detected:
    """Count the signs of each language; the greater count wins, none or equal counts give None.

    An accent counts little and in a name nothing: "Querétaro" stands in English questions too.
    """
    en_words, es_words, strong, weak = _signs()
    endings = data("language")["endings"]
    tokens = words(fold(text))
    en = float(sum(token in en_words for token in tokens))
    es = float(sum(token in es_words for token in tokens))
    neutral = frozenset(data("language")["neutral"].split())
    unknown = [token for token in tokens if token not in en_words | es_words | neutral]
    en += 0.5 * sum(bool(re.search(endings["en"], token)) for token in unknown)
    es += 0.5 * sum(bool(re.search(endings["es"], token)) for token in unknown)
    es += sum(2.0 for mark in strong if mark in text.lower())
    es += 0.25 * min(2, sum(char in weak for word in re.findall(r"(?<!\w)[^\W\dA-ZÁÉÍÓÚÑ]\w*", text) for char in word))
    if en == es:
        return Detected(None, en, es)
    return Detected("en" if en > es else "es", en, es)

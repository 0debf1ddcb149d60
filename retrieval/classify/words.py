"""Words of descriptions, ours and the schedule's: folded, stemmed, without the clauses that say what is not meant."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

from retrieval.analysis import fold, stem

_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)?%?")
_LETTER = re.compile(r"\b([a-z])-(?=[a-z]{3})")  # t-shirt, v-belt, o-ring
_POSSESSIVE = re.compile(r"['’]s?\b")
_EXCLUDED = re.compile(
    r"\b(?:other than|excluding|except(?:ing)?(?: for)?|but not|not including|nesoi|not elsewhere specified)\b[^,;:()]*"
)
_OPTIONAL = re.compile(r"\b(?:whether or not|including)\b[^,;:()]*")
_MARKUP = re.compile(r"<[^>]+>|\(\d{3}\)")


@cache
def load(name: str) -> Any:
    """A data file of this package, parsed."""
    return yaml.safe_load((resources.files(__package__) / "data" / name).read_text(encoding="utf-8"))


@cache
def stop_words() -> frozenset[str]:
    return frozenset(word for text in load("words.yaml")["stop"].values() for word in text.split())


def raw_tokens(text: str) -> list[str]:
    """Folded words and numbers of `text` in order, stop words kept."""
    return _TOKEN.findall(_LETTER.sub(r"\1", _POSSESSIVE.sub("", fold(text))))


@lru_cache(maxsize=200_000)
def stemmed(word: str, language: str = "en") -> str:
    return stem(word, language)


def terms(text: str, language: str = "en") -> tuple[str, ...]:
    """Stems of `text` without stop words and bare numbers."""
    stops = stop_words()
    return tuple(
        stemmed(word, language)
        for word in raw_tokens(text)
        if word not in stops and not word[0].isdigit() and len(word) > 1
    )


def affirmed(description: str) -> tuple[str, str]:
    """(what a schedule's description says goods are, what it says they may be), exclusions left out of both."""
    text = _EXCLUDED.sub(" ", _MARKUP.sub(" ", fold(description)))
    return _OPTIONAL.sub(" ", text), " ".join(_OPTIONAL.findall(text))

"""Text as the other modules read it: folded (lower case, no accents), position by position like the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
_WORD = re.compile(r"[^\W_]+(?:['’.&/-][^\W_]+)*")


@dataclass(frozen=True, order=True)
class Span:
    """Half-open range of characters of the message."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


def fold(text: str) -> str:
    """Lower case without accents. Same length as `text`, so that spans found in one hold in the other."""
    return "".join(_fold_char(char) for char in text)


@lru_cache(maxsize=2048)
def _fold_char(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def words(folded: str) -> list[str]:
    """Words in order; hyphenated, dotted and slashed ones stay whole (t-mec, c-tpat, 8544.30)."""
    return _WORD.findall(folded)


def blank(text: str, spans: list[Span]) -> str:
    """`text` with the given spans replaced by spaces (length kept), so that nothing is read twice."""
    chars = list(text)
    for span in spans:
        chars[span.start : span.end] = " " * (span.end - span.start)
    return "".join(chars)


@lru_cache(maxsize=4096)
def phrase(pattern: str) -> re.Pattern[str]:
    """A lexicon phrase as a pattern over folded text.

    `*` in a word stands for any letters, `|` between words for either, `...` for up to six words of the same sentence.
    """
    body, gap = "", False
    for word in fold(pattern).split():
        if word == "...":
            gap = True
            continue
        if body:
            body += r"(?:[\s,¿¡]+[^\s?!]*[^\s.?!]){0,6}?[\s,¿¡]+" if gap else r"[\s,¿¡]+"
        body += "(?:" + "|".join(re.escape(w).replace(r"\*", r"\w*") for w in word.split("|")) + ")"
        gap = False
    return re.compile(rf"(?<!\w){body}(?!\w)")


@lru_cache(maxsize=64)
def worded(key: str) -> bool:
    """True when `prompts/` has the phrase `key` in both languages: nothing is noted or asked without words for it."""
    import prompts

    return all(key in prompts.phrases(language) for language in ("en", "es"))


@lru_cache(maxsize=16)
def data(name: str) -> Any:
    """A YAML file of `data/`, read once. Values stay as written (no dates, no booleans made of words)."""
    return yaml.load((DATA / f"{name}.yaml").read_text("utf-8"), Loader=_Loader)


class _Loader(yaml.SafeLoader):
    """Keeps every plain scalar a string (`no` is a word, `NO` is Norway) and refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"keys written twice: {sorted(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}

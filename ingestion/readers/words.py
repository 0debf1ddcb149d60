"""Words that the end of a line parts, whole again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_PARTED: Final = re.compile(r"([^\W\d_]{2,})-[ \t]*\n[ \t]*([a-zà-öø-ÿ]{2,})([^\s]*)[ \t]*\n?")
_PREFIXES: Final = frozenset(
    ["non", "self", "semi", "anti", "co", "pre", "post", "multi", "cross", "ex", "half", "quasi", "well", "high", "low",
     "short", "long", "hot", "cold", "two", "three", "four", "one", "air", "duty", "tax", "third", "up", "down"]
)  # fmt: skip


def joined_words(texts: Sequence[str]) -> list[str]:
    """Texts whose words are not parted at the ends of lines: "mix-" and "tures" become "mixtures". A hyphen stays
    where the document writes the word with it elsewhere, or where it belongs to the word ("hot-" and "rolled")."""
    whole = "\n".join(texts).lower()
    if not _PARTED.search(whole):
        return list(texts)
    words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", whole))

    def join(found: re.Match[str]) -> str:
        first, second = found[1], found[2]
        kept = f"{first}-{second}".lower() in words and f"{first}{second}".lower() not in words
        kept = kept or (first.lower() in _PREFIXES and f"{first}{second}".lower() not in words)
        return f"{first}{'-' if kept else ''}{second}{found[3]}\n"

    return [_PARTED.sub(join, text) for text in texts]

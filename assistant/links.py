"""Links, images and markup in prose: what may reach a page that renders Markdown.

An image is fetched when it is shown, and a link may carry what was said in its address: both can take data out. Only
addresses of cited sources and plain addresses of government sites stay.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from urllib.parse import urlsplit

import prompts

_LINK = re.compile(r"!?\[([^\[\]]*)\]\(\s*<?([^()<>\s]*)>?[^()]*\)")
_DEFINITION = re.compile(r"(?m)^\s{0,3}\[[^\]]+\]:\s*\S+.*$")
_ADDRESS = re.compile(
    r"(?:\b(?:https?|ftps?|file|wss?|ssh)://|\b(?:data|javascript|vbscript|blob|mailto|tel):(?=\S))[^\s)\]>\"'|]*", re.I
)
_TAG = re.compile(r"<(?=[A-Za-z/!?])[^<>]*>?")
_OFFICIAL = re.compile(r"(?:[\w-]+\.)*(?:gov|gob\.mx|gc\.ca|canada\.ca)", re.I)
_BLOB = re.compile(r"(?<![\w+/=-])(?=[\w+/=-]*\d)[A-Za-z0-9+/=_-]{48,}")  # text put into code: nobody can read it here
_GONE = "…"
_SHINGLE = 8  # words in a row that nobody writes by chance


def defused(text: str, cited: Set[str]) -> str:
    """`text` without HTML tags, images, link definitions, and addresses that are neither `cited` nor official."""
    text = _DEFINITION.sub("", _TAG.sub("", text)) if "<" in text or "]:" in text else text
    if "](" in text:
        text = _LINK.sub(lambda m: m[0].lstrip("!") if _known(m[2], cited) else m[1], text)
        text = re.sub(r"\]\((?!https?://)", "] (", text)
    text = _BLOB.sub(_GONE, text.replace("![", "["))
    return _ADDRESS.sub(lambda m: m[0] if _known(m[0].rstrip(".,;:"), cited) else _GONE, text)


def _known(address: str, cited: Set[str]) -> bool:
    if address in cited:
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = parts.scheme in ("http", "https") and not (parts.query or parts.fragment)
    return plain and bool(_OFFICIAL.fullmatch(parts.netloc)) and len(address) <= 200


def recites_prompt(sentence: str) -> bool:
    """True when a run of words stands in the system prompt too: it is nobody's answer."""
    words = _words(sentence)
    return any(tuple(words[i : i + _SHINGLE]) in _shingles() for i in range(len(words) - _SHINGLE + 1))


@lru_cache(maxsize=1)
def _shingles() -> frozenset[tuple[str, ...]]:
    words = _words(prompts.source("system.md"))
    return frozenset(tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())

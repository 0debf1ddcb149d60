"""The bridge to the sourcing vocabulary: words of a need to the ids that find_manufacturers takes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from assistant.errors import SourcingError
from assistant.sourcing.types import Need
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary

_KEEP = frozenset(Need.model_fields) - {"need", "as_of", "limit", "language"}


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@lru_cache(maxsize=512)
def _understood(text: str) -> str:
    try:
        need, _, _ = understand(Need(need=text), vocabulary())
    except SourcingError:
        return "{}"  # the tool reads the same words and says what is wrong with them
    return need.model_dump_json(exclude_defaults=True)


def read_need(text: str) -> dict[str, Any]:
    """The structured fields of a need that `text` states, JSON-able, only those that are set."""
    import json

    fields: dict[str, Any] = json.loads(_understood(text[:4000]))
    return {name: value for name, value in fields.items() if name in _KEEP and value not in (None, [], {})}


def label(kind: str, identity: str, language: str) -> str:
    """Readable name of a vocabulary id; a word that the vocabulary does not know stays as it is."""
    return vocabulary().label(kind, identity, language) if kind != "countries" else identity

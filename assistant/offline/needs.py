"""The bridge to the sourcing vocabulary: words of a need to the ids that find_manufacturers takes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from assistant.errors import SourcingError
from assistant.sourcing.types import Need
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary

# Fields that say what is to be made, beside where, how much and when.
HARD = frozenset({"processes", "materials", "certifications", "programs", "industries", "innovation"})
# A distance from a place is a circle around it, not the place itself: "a menos de 100 km de la CDMX".
_AROUND = re.compile(
    r"\b(\d+(?:\.\d+)?)\s*(km|kms|kil[oó]metros?|kilometers?|millas?|miles?)\s+(?:de|del|of|from|around|a la redonda)\b"
)
_SPOKEN = re.compile(
    r"(?<![\w-])(?<!from )(?<!de )(?<!in )(?<!en )(?<!to )(?<!a )"
    r"(?:CAN|PER|AND|ARE|IN|IT|DO|NO|SO|ES|DE|LA|MY|ME|TO|AM|BE|AT|OR|AS|IS|SI|AL)(?![\w-])"
)
_KEEP = frozenset(Need.model_fields) - {"need", "as_of", "limit", "language"}


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@lru_cache(maxsize=512)
def _understood(text: str) -> str:
    import json

    try:
        need, understood, unmapped = understand(Need(need=text), vocabulary())
    except SourcingError:
        return "[{}, []]"  # the tool reads the same words and says what is wrong with them
    fields = json.loads(need.model_dump_json(exclude_defaults=True))
    return json.dumps([fields, [*understood.get("product", ()), *unmapped]])


def _read(text: str) -> tuple[dict[str, Any], list[str]]:
    import json

    fields, left = json.loads(_understood(calm(text[:4000])))
    return fields, [word if isinstance(word, str) else str(word.get("matched", "")) for word in left]


def calm(text: str) -> str:
    """A shouted message in small letters: "WHO CAN … PER MONTH" names neither Canada nor Peru."""
    words = [word for word in text.split() if word.isalpha() and len(word) > 1]
    if len(words) > 2 and all(word.isupper() for word in words):
        return text.lower()
    # Letters that are a country's code and an everyday word are the word, unless a word of place stands before them.
    return _SPOKEN.sub(lambda match: match[0].lower(), text)


def read_need(text: str) -> dict[str, Any]:
    """The structured fields of a need that `text` states, JSON-able, only those that are set."""
    fields, _ = _read(text)
    around = _AROUND.search(calm(text).lower())
    if around and "near" not in fields and len(fields.get("regions", ())) == 1:
        km = float(around[1]) * (1.609344 if around[2].startswith("mi") else 1)
        fields = {**fields, "near": {"place": fields.pop("regions")[0], "km": round(km, 1)}}
    if "near" in fields and fields["near"]["place"] in fields.get("regions", ()):
        fields = {**fields, "regions": [r for r in fields["regions"] if r != fields["near"]["place"]]}
    return {name: value for name, value in fields.items() if name in _KEEP and value not in (None, [], {})}


def unread(text: str) -> list[str]:
    """Words of `text` that no field of a need takes: a product that the vocabulary does not know, a name."""
    return _read(text)[1]


def label(kind: str, identity: str, language: str) -> str:
    """Readable name of a vocabulary id; a word that the vocabulary does not know stays as it is."""
    return vocabulary().label(kind, identity, language) if kind != "countries" else identity

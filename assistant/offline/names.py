"""Manufacturers that a message names or points at: "ficha de Tezontle Polímeros", a bare name, "does it have …?".

The model holds no list of plants, so a name is what stands where a name stands, or words that nothing else explains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.offline.countries import find_countries
from assistant.offline.intents import field_words
from assistant.offline.needs import unread, vocabulary
from assistant.offline.text import Span, data, fold, words
from assistant.sourcing.places import Places
from assistant.sourcing.vocabulary import common_words

_CAPITALS = r"[A-ZÁÉÍÓÚÑ][\w&'’.-]*(?:\s+(?:(?:de|del|la|las|los|y|e|a|and|of|&)\s+)*[A-ZÁÉÍÓÚÑ][\w&'’.-]*)*"
_NAME = r"(?P<name>[\w&'’.\- ]{3,60}?)"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    table = data("names")
    made: dict[str, tuple[re.Pattern[str], ...]] = {}
    for kind in ("asks", "has", "who"):
        rows = []
        for pattern in table[kind]:
            # A pattern that ends with the name takes all of it; one that goes on stops where it goes on.
            tail = r"\s*(?=[?.!,;:]|$)" if pattern.endswith("NAME") else ""
            rows.append(re.compile(rf"(?<!\w){pattern.replace('NAME', _NAME)}{tail}(?!\w)"))
        made[kind] = tuple(rows)
    return made


def named_plants(text: str) -> list[str]:
    """Ids made from the names in `text` where its words ask for a plant, or for two compared; empty when none does."""
    folded = fold(text)
    compared = re.search(rf"\b{data('names')['compare']}(?P<rest>[^?.!;]+)", folded)
    if compared:
        start = compared.start("rest")
        joiners = r"\s+(?:and|y|e|vs\.?|versus|with|con|against|contra)\s+|\s*,\s*"
        parts = re.split(joiners, folded[start : compared.end()])
        names, at = [], start
        for part in parts:
            at = folded.index(part, at)
            names.append(text[at : at + len(part)])
        found = [slug(name, 1) for name in names]
        if len(found) >= 2 and any(found):  # beside one plant, words written as a name are another
            found = [made or _capitalised(name) for name, made in zip(names, found, strict=True)]
            if all(found):
                return [name for name in dict.fromkeys(found) if name]
    for kind, least in (("asks", 1), ("has", 1), ("who", 2)):
        for pattern in _patterns()[kind]:
            for match in pattern.finditer(folded):
                said = text[match.start("name") : match.end("name")]
                name = slug(said, least) or (_titled(said) if kind == "asks" else None)
                if name:
                    return [name]
    if re.search(data("names")["company"], folded):
        runs = re.findall(_CAPITALS, text)
        return [name] if runs and (name := slug(max(runs, key=len), 1)) else []
    return []


def plants_on_file(text: str, plants: Sequence[tuple[str, str]]) -> list[tuple[str, Span]]:
    """The ids of `plants` (id, name) that `text` names by name or id, in order, with where; the longest name stands."""
    folded = fold(text)
    found: list[tuple[str, Span]] = []
    for identity, name in sorted(plants, key=lambda plant: -len(plant[1])):
        for form in {fold(name), fold(identity)}:
            for match in re.finditer(rf"(?<![\w-]){re.escape(form)}(?![\w-])", folded):
                span = Span(*match.span())
                if not any(span.overlaps(other) for _, other in found):
                    found.append((identity, span))
    return sorted(found, key=lambda row: row[1])


def _titled(name: str) -> str | None:
    """The id of a name of two words or more with capitals, whatever its words: "Bravo Mold"; not one made only
    of terms of the trade."""
    made = _capitalised(name)
    if made is None or "-" not in made or name.isupper() or Places.load().find_all(name, typos=False):
        return None
    return made if any(p not in _never() and not vocabulary().knows(p) for p in made.split("-")) else None


def titled_run(text: str) -> str | None:
    """The id of the longest name in capitals after a word of place: "… at Huizache Precision Plastics"."""
    led = re.finditer(rf"(?<!\w)(?:at|with|of|for|from|by|en|con|de|para)\s+(?P<run>{_CAPITALS})", text)
    runs = sorted((match["run"] for match in led), key=len, reverse=True)
    return next((made for run in runs if len(run.split()) > 1 and (made := _titled(run))), None)


def _capitalised(name: str) -> str | None:
    match = re.fullmatch(_CAPITALS, name.strip(" ?.,"))
    return re.sub(r"[^a-z0-9]+", "-", fold(match[0])).strip("-") if match and not find_countries(name) else None


def bare_name(text: str) -> str | None:
    """The id for a message that is nothing but a name ("Tezontle Polimeros", "silver crane plastics?")."""
    plain = text.strip(" ?¿!¡.,;:\"'()")
    if not 2 <= len(plain.split()) <= 5 or re.search(r"[?¿!,;:\d]", plain):
        return plain if re.fullmatch(r"[a-z]+(?:-[a-z]+)+", plain) and strange(plain.split("-")) else None
    name = slug(plain, 2)
    whole = re.fullmatch(_CAPITALS, plain) is not None and not plain.isupper()
    spoken = all(word in _never() or word in field_words() for word in words(fold(plain)))
    return name if name and (strange(fold(plain).split()) or (whole and not spoken and unread(plain))) else None


def slug(name: str, least: int) -> str | None:
    """`name` as an id, or None when it cannot be a plant's name: words of the trade, of talk, places. A name in small
    letters needs `least` words; one with capitals is taken as far as they go."""
    name = re.sub(r"(?i)^(?:the|el|la|los|las|a)\s+(?=[A-ZÁÉÍÓÚÑ])", "", name.strip())
    exact = re.match(_CAPITALS, name) if not name.isupper() else None
    capitals = exact is not None and (len(exact[0].split()) > 1 or exact[0] == name)
    name = exact[0] if exact is not None and capitals else name
    name = re.split(rf"\s+(?:{data('names')['ends']})\b", name, flags=re.IGNORECASE)[0]
    folded = re.sub(rf"\b(?:{data('names')['legal']})\b\.?", " ", fold(name))
    tokens = words(folded)
    if not tokens or len(tokens) > 6 or (not capitals and len(tokens) < least):
        return None
    if not capitals and any(token in _never() for token in tokens):
        return None
    parts = [part for token in tokens for part in token.split("-")]
    if (find_countries(folded) and len(tokens) < 3) or not (strange(parts) or (capitals and len(tokens) >= 3)):
        return None
    made = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    return made if len(made) >= 3 else None


@lru_cache(maxsize=1)
def _never() -> frozenset[str]:
    talk, names = data("language"), data("names")
    spoken = frozenset(f"{talk['en']} {talk['es']}".split()) - frozenset(names["inside"].split())
    return spoken | frozenset(names["never"].split())


def strange(tokens: list[str]) -> bool:
    """True when some word is neither of the trade nor a place nor a word of talk."""
    domain = re.compile(
        "(?:" + "|".join(re.escape(w).replace(r"\*", r"\w*") for w in data("intents")["domain"].split()) + ")$"
    )
    return any(
        len(token) > 2
        and token not in _never()
        and not domain.match(token)
        and not vocabulary().knows(token)
        and not Places.load().knows(token)
        and token not in common_words()
        and token not in field_words()
        for token in tokens
    )


def points_at_one(text: str) -> bool:
    """True when `text` asks something of the plant in focus: "does it have ISO 13485?", "¿su pedido mínimo?"."""
    folded, table = fold(text), data("names")
    if len(folded.split()) > 12 or points_at_some(text):
        return False
    asked = re.search(rf"(?<!\w)(?:{table['attributes']})(?!\w)", folded)
    pointed = re.search(rf"(?<!\w)(?:{table['pointers']})(?!\w)", folded)
    verb = re.match(rf"\W*(?:(?:y|and|pero|but|entonces)\s+)?(?:todavia |aun )?(?:{table['verbs']})(?!\w)", folded)
    return bool(asked and (pointed or verb))


def asks_attribute(text: str) -> bool:
    """True for a short message that names only an attribute: "lead time?", "¿capacidad?"."""
    folded = fold(text)
    return len(folded.split()) <= 5 and bool(re.search(rf"(?<!\w)(?:{data('names')['attributes']})(?!\w)", folded))


def points_at_some(text: str) -> bool:
    """True when `text` picks among those listed: "which of them is IMMEX?"."""
    return bool(re.search(rf"(?<!\w)(?:{data('names')['some']})(?!\w)", fold(text)))

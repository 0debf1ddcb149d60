"""Forms of words: the ending cut off, and the forms of a verb in English and Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

_ENDINGS = (
    "ados adas idos idas ado ada ido ida adoras adores adora ador aciones iciones ando iendo "
    "ings ing ers er ed es os as ar an en ir s o a e"
)
_SUFFIXES = sorted(_ENDINGS.split(), key=len, reverse=True)
_BRITISH = (("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"))
_SHORTEST_WITH_GENDER = 7  # plástico, plástica; but not plato, plata
_VOWELS = "aeiou"


def _american(word: str) -> str:
    for old, new in _BRITISH:
        if word.endswith(old) and len(word) > len(old) + 3:
            return word[: -len(old)] + new
    return word


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Word without its English or Spanish ending, for words inside a phrase; short words and numbers stay."""
    if len(word) < 4 or word[0].isdigit():
        return word
    word = _american(word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= (3 if suffix == "s" else 4):
            return word[: -len(suffix)]
    return word


@lru_cache(maxsize=50_000)
def singular(word: str) -> str:
    """A word that stands alone without number and, where it is long, gender: more would make cinco of cincado."""
    if len(word) < 4 or word[0].isdigit():
        return word
    word = _american(word)
    if word.endswith("ies") and len(word) > 5:
        word = word[:-3] + "y"
    elif word.endswith(("ches", "shes", "xes", "sses", "ores", "ales", "ones", "eles", "ares", "enes", "ades", "eses")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:-1] if len(word) >= _SHORTEST_WITH_GENDER and word[-1] in "ao" else word


def english(verb: str) -> Iterator[tuple[str, str]]:
    """Forms of "mold" or, with an odd participle, "sew/sewn": each with base, finite or other."""
    base, _, odd = verb.partition("/")
    lead, _, last = base.rpartition(" ")
    head = f"{lead} " if lead else ""
    root = last[:-1] if last.endswith("e") else last
    short = sum(letter in _VOWELS for letter in last) == 1
    if short and len(last) > 2 and last[-1] not in "wxy" + _VOWELS and last[-2] in _VOWELS:
        root = last + last[-1]
    yield head + last, "base"
    yield head + last + ("es" if last.endswith(("s", "sh", "ch", "x", "z")) else "s"), "finite"
    for ending in ("ing", "ed"):  # not -er: sewers and printers are other things
        yield head + root + ending, "other"
    if odd:
        yield head + odd, "other"


def spanish(verb: str) -> Iterator[tuple[str, str]]:
    """Forms of "coser" or, with a stem of its own in the present, "soldar/sueld", "imprimir/imprim/impreso"."""
    infinitive, _, rest = verb.partition("/")
    strong, _, participle = rest.partition("/")
    root, kind = infinitive[:-2], infinitive[-2:]
    strong = strong or root
    own, other = ("a", "e") if kind == "ar" else ("e", "a")
    soft = strong
    if other == "e":
        soft = strong[:-1] + "c" if strong.endswith("z") else strong[:-1] + "qu" if strong.endswith("c") else strong
        soft = soft + "u" if soft.endswith("g") else soft
    for ending in (own, f"{own}n"):
        yield strong + ending, "finite"
    for ending in (other, f"{other}n"):
        yield soft + ending, "finite"
    yield root + {"ar": "amos", "er": "emos", "ir": "imos"}[kind], "finite"
    yield infinitive, "other"
    yield root + ("ando" if kind == "ar" else "endo" if root.endswith("y") else "iendo"), "other"
    done = participle or root + ("ado" if kind == "ar" else "ido")
    for ending in ("o", "a", "os", "as"):
        yield done[:-1] + ending, "other"

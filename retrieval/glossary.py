"""The field's terms in English and Spanish (data/terms): what means the same, and how the other language says it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from retrieval.analysis import LANGUAGES, analyse
from retrieval.data_files import load

FILES = ("customs", "mexico_canada", "logistics", "factory", "plain")
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Concept:
    """One meaning. `forms`: its index tokens in every language; `english`: how English says it first."""

    forms: tuple[Phrase, ...]
    english: str


@cache
def concepts() -> dict[Phrase, tuple[Concept, ...]]:
    """Concepts by each of their forms; a word of several meanings has several."""
    found: dict[Phrase, list[Concept]] = defaultdict(list)
    for english, spanish in pairs():
        texts = [*english, *spanish]
        forms = tuple(dict.fromkeys(analyse(text, lang).words for text in texts for lang in LANGUAGES))
        concept = Concept(tuple(form for form in forms if form), english[0])
        for form in concept.forms:
            found[form].append(concept)
    return {form: tuple(meanings) for form, meanings in found.items()}


@cache
def pairs() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Every line of the term files: (English forms, Spanish forms)."""
    lines = [line for name in FILES for line in load(f"terms/{name}.yaml").items()]
    return tuple((_forms(str(english)), _forms(str(spanish))) for english, spanish in lines)


@cache
def longest_form() -> int:
    """Tokens of the longest form."""
    return max(len(form) for form in concepts())


def _forms(text: str) -> tuple[str, ...]:
    return tuple(form.strip(' "') for form in text.split(",") if form.strip(' "'))

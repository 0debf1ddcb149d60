"""Products as trade and people call them, in English and Spanish, and the numbers they are usually classified under.

Data: data/products/*.yaml (`number: "english, synonym = español, sinónimo; next = …"`), data/garments.yaml (headings
by how the fabric is made and for whom). An entry leads from everyday words to the wording of headings; it decides
nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml
from rapidfuzz.fuzz import ratio

from retrieval.classify.words import load, terms

Stems = tuple[str, ...]
SPANISH = "es_"
"""Marks a Spanish stem among English ones."""
_COGNATE = 75.0


@dataclass(frozen=True)
class Entry:
    """Names of one product or several of a kind, and the numbers they point to. `when`: holds only for a description
    that does not contradict these values by axis; `must`: only for one that says so."""

    codes: tuple[str, ...]
    english: tuple[str, ...]
    spanish: tuple[str, ...]
    when: Mapping[str, str] = field(default_factory=dict)
    must: bool = False


@dataclass
class Lexicon:
    entries: tuple[Entry, ...]
    forms: dict[str, dict[Stems, list[int]]] = field(default_factory=lambda: {"en": {}, "es": {}})
    words: dict[str, set[str]] = field(default_factory=lambda: {"en": set(), "es": set()})
    english: dict[Stems, str] = field(default_factory=dict)
    longest: int = 1

    def find(self, stems: Sequence[str], language: str) -> Iterator[tuple[int, int, list[int], str]]:
        """Phrases found: (start, end, entries, English name of a Spanish one), longest first at each place; shorter
        ones that a found longer one holds are left out."""
        table = self.forms[language]
        taken: list[tuple[int, int]] = []
        for size in range(min(self.longest, len(stems)), 0, -1):
            for start in range(len(stems) - size + 1):
                key = tuple(stems[start : start + size])
                if key not in table or any(s <= start and start + size <= e for s, e in taken):
                    continue
                taken.append((start, start + size))
                yield start, start + size, table[key], self.english.get(key, "") if language == "es" else ""

    def knows(self, stem: str, language: str) -> bool:
        return stem in self.words[language]

    def in_english(self, stem: str, word: str) -> str:
        """A Spanish word that no phrase covers, in English: itself when nothing better is known."""
        return self.english.get((stem,), word)


def _forms(text: str) -> tuple[str, ...]:
    return tuple(f.strip() for f in text.split(",") if f.strip())


@cache
def load_lexicon() -> Lexicon:
    """The packaged lexicon."""
    merged: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    folder = resources.files(__package__) / "data" / "products"
    for file in sorted(p.name for p in folder.iterdir() if p.name.endswith(".yaml")):
        for code, products in yaml.safe_load((folder / file).read_text(encoding="utf-8")).items():
            for product in str(products).split(";"):
                english, _, spanish = product.partition("=")
                merged.setdefault((_forms(english), _forms(spanish)), []).append(str(code).replace(".", ""))
    entries = [Entry(tuple(c for c in codes if c != "0"), *forms) for forms, codes in merged.items()]
    return build([*entries, *_garments()])


def _garments() -> Iterator[Entry]:
    ways = (("knit", "men_boys"), ("knit", "women_girls"), ("woven", "men_boys"), ("woven", "women_girls"))
    for row in load("garments.yaml"):
        forms = _forms(row["en"]), _forms(row["es"])
        for code, (build_, who) in zip(row["codes"], ways, strict=True):
            yield Entry((str(code),), *forms, {"build": build_, "who": who})
        yield Entry(("6111",), *forms, {"build": "knit", "who": "babies"}, must=True)
        yield Entry(("6209",), *forms, {"build": "woven", "who": "babies"}, must=True)


def build(entries: Sequence[Entry]) -> Lexicon:
    lexicon = Lexicon(tuple(entries))
    # Entries without a number are a dictionary; with its help the names of the others are matched.
    for number, entry in sorted(enumerate(entries), key=lambda e: bool(e[1].codes)):
        for language, forms in (("en", entry.english), ("es", entry.spanish)):
            for place, form in enumerate(forms):
                key = terms(form, language)
                if not key:
                    continue
                lexicon.forms[language].setdefault(key, []).append(number)
                lexicon.words[language].update(key)
                lexicon.longest = max(lexicon.longest, len(key))
                if language == "es" and entry.english:
                    lexicon.english.setdefault(key, _said(lexicon, form, place, entry.english))
    return lexicon


def _said(lexicon: Lexicon, spanish: str, place: int, english: tuple[str, ...]) -> str:
    """Which English name of an entry a Spanish one stands for: the one that shares most translated words, else the
    one most alike in letters, else the one at the same place."""
    if len(english) == 1:
        return english[0]
    known = {w for stem in terms(spanish, "es") for w in terms(lexicon.english.get((stem,), ""))}
    shared = [len(known & set(terms(name))) / (1 + len(terms(name))) for name in english] if known else [0.0]
    if max(shared):
        return english[shared.index(max(shared))]
    likeness = [ratio(spanish, name) for name in english]
    best = likeness.index(max(likeness))
    return english[best] if likeness[best] >= _COGNATE else english[min(place, len(english) - 1)]

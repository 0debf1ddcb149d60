"""A description read as a question to the schedule: weighted terms, phrases, facets such as material and sex.

"A men's knit pullover made of 100% cotton with rib cuffs" is a pullover (what it is, its last noun most of all), of
cotton (material), with cuffs (a detail that hardly matters). Spanish is read by its own order and then said with the
schedule's English terms, by the phrases of the product lexicon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from retrieval.analysis import fold, guess_language
from retrieval.classify.chemistry import groups
from retrieval.classify.facets import Facets, compare, read_facets
from retrieval.classify.lexicon import SPANISH, Entry, Lexicon
from retrieval.classify.words import load, raw_tokens, stemmed, stop_words
from retrieval.classify.words import terms as words_of

WEIGHTS: Mapping[str, float] = {"head": 1.0, "material": 0.7, "use": 0.45, "detail": 0.3}
_LONGER = 0.25
"""How much more a name of several words counts, for each word after the first."""
_LONG = 600
"""Letters of a description that the encoder sees; more would not fit its window."""
NOUN = 1.5
"""How much more the noun that names the goods counts than its modifiers."""
_COUNTRY = re.compile(
    r"\bfrom [A-Z][a-z]+(?: [A-Z][a-z]+)?|\bde (?:China|Taiw[aá]n|M[eé]xico|Jap[oó]n|Corea|Vietnam|India)\b"
)
_CODE = re.compile(r"\((?:cas|CAS)[^)]*\)|\bCAS (?:[Nn]o\.?|#)?\s*[\d-]+")


@dataclass(frozen=True)
class Query:
    """`terms`: English stems with their weight. `hits`: lexicon entries found, (entry, weight).
    `nouns`: the terms that name the goods. `groups`: numbers that a compound's name points to. `facets`: see
    facets.py. `words`: the meaningful words as written, folded. `english`: a Spanish text word for word."""

    text: str
    language: str
    terms: Mapping[str, float]
    hits: tuple[tuple[int, float], ...]
    named: tuple[tuple[int, float], ...]
    nouns: Mapping[str, float]
    groups: tuple[tuple[str, float], ...]
    facets: Facets
    words: tuple[str, ...] = ()
    english: str = ""


@dataclass(frozen=True)
class Token:
    word: str
    role: str
    noun: bool


def read(text: str, lexicon: Lexicon, language: str | None = None) -> Query:
    """Read `text`; `language` en or es when it is known."""
    lang = language or _language(text, lexicon)
    tokens = roles(text, lang)
    stems = [stemmed(t.word, lang) for t in tokens]
    weights = [WEIGHTS[t.role] * (NOUN if t.noun else 1.0) for t in tokens]
    facets = read_facets(text, lang)
    terms: dict[str, float] = {}
    nouns: dict[str, float] = {}
    hits: dict[int, float] = {}
    named: dict[int, float] = {}
    gloss: dict[int, str] = {}

    def say(words: Iterable[str], weight: float, noun: bool) -> None:
        for word in words:
            terms[word] = max(terms.get(word, 0.0), weight)
            if noun:
                nouns[word] = 1.0

    covered: set[int] = set()
    for start, end, entries, english in lexicon.find(stems, lang):
        weight = max(weights[start:end])
        noun = any(t.noun for t in tokens[start:end]) and (lang != "en" or tokens[end - 1].noun)
        fitting = [n for n in entries if _fits(lexicon.entries[n], facets)]
        for entry in fitting:
            worth = weight * (1 + _LONGER * (end - start - 1)) / len(fitting) ** 0.5
            hits[entry] = max(hits.get(entry, 0.0), worth)
            if noun:
                named[entry] = max(named.get(entry, 0.0), worth)
        covered.update(range(start, end))
        if lang != "en":
            gloss[start] = english
            say(words_of(english), weight, noun)
    for place, (token, stem) in enumerate(zip(tokens, stems, strict=True)):
        if lang == "en":
            say((stem,), weights[place], token.noun)
            continue
        say((SPANISH + stem,), weights[place], token.noun)
        if place not in covered:
            gloss[place] = lexicon.in_english(stem, token.word)
            say(words_of(gloss[place]), weights[place], token.noun)
    for word, weight in facets.implied():
        say((word,), weight, False)
    return Query(
        text=text,
        language=lang,
        terms=terms,
        hits=tuple(hits.items()),
        named=tuple(named.items()),
        nouns=nouns,
        groups=tuple(groups(text)),
        facets=facets,
        words=tuple(dict.fromkeys(t.word for t in tokens)),
        english=" ".join(words for _, words in sorted(gloss.items())),
    )


def _fits(entry: Entry, facets: Facets) -> bool:
    """Whether what an entry holds for agrees with what the description says."""
    for axis, value in entry.when.items():
        asked = facets.values.get(axis, {})
        agree, clash = compare(asked, {value: 1.0}, axis)
        if (entry.must and axis == "who" and not agree) or clash > agree:
            return False
    return True


def said(query: Query) -> list[str]:
    """The description for the sentence encoder: as written, and word for word in English when it is Spanish."""
    return [query.text[:_LONG], query.english[:_LONG]] if query.english else [query.text[:_LONG]]


def roles(text: str, language: str) -> list[Token]:
    """The meaningful words of `text` in order, each with the part of the description it stands in."""
    clean = _COUNTRY.sub(" ", _CODE.sub(" ", text))
    found: list[Token] = []
    for sentence in re.split(r"(?<=[.;:!?])\s+", clean):
        found += _clause(sentence, language, first=not any(t.role == "head" for t in found))
    return found


def _clause(sentence: str, language: str, first: bool) -> list[Token]:
    role = "head" if first else "detail"
    stops = stop_words()
    openers = _openers()
    parts: list[list[Token]] = [[]]
    pending = sentence
    rule = _marker(language)
    while pending:
        match = rule.search(pending)
        chunk, pending = (pending[: match.start()], pending[match.end() :]) if match else (pending, "")
        for piece in re.split(r"[,()]| and | or | y | o ", chunk):
            words = [w for w in raw_tokens(piece) if w not in stops and len(w) > 1 and not w[0].isdigit()]
            noun = _noun(words, language)
            parts.append([Token(w, role, role == "head" and n == noun) for n, w in enumerate(words)])
        if match:
            last = [t.word for p in parts for t in p]
            new = _role_of(match.group(1).lower(), language)
            if last and not (
                new == "material" and match.group(1).lower() in ("of", "de", "del") and last[-1] in openers
            ):
                role = new
            elif new == "material" and last:
                role = "head" if role == "head" else role
    return [t for p in parts for t in p]


def _noun(words: list[str], language: str) -> int:
    return (len(words) - 1 if language == "en" else 0) if words else -1


@cache
def _openers() -> frozenset[str]:
    return frozenset(fold(w) for text in load("words.yaml")["openers"].values() for w in text.split())


@cache
def _marker(language: str) -> re.Pattern[str]:
    phrases = [p.strip() for text in load("words.yaml")["markers"][language].values() for p in text.split(",")]
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<![\w-])(" + "|".join(re.escape(p) for p in ordered) + r")(?![\w-])", re.I)


@cache
def _role_of(marker: str, language: str) -> str:
    for role, text in load("words.yaml")["markers"][language].items():
        if marker in (p.strip() for p in text.split(",")):
            return str(role)
    return "detail"


def _language(text: str, lexicon: Lexicon) -> str:
    guess = guess_language(text)
    if guess:
        return guess
    words = [w for w in raw_tokens(text) if w not in stop_words()]
    spanish = sum(lexicon.knows(stemmed(w, "es"), "es") for w in words)
    english = sum(lexicon.knows(stemmed(w, "en"), "en") for w in words)
    return "es" if spanish > english else "en"

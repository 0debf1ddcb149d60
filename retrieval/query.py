"""A question as search terms: stems of both languages, terms of the field across them, identifiers kept whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from retrieval.addresses import addresses
from retrieval.analysis import LANGUAGES, Tokens, analyse, fold, guess_language, stop_words
from retrieval.data_files import load
from retrieval.glossary import Concept, Phrase, concepts, longest_form
from retrieval.identifiers import Named, named, quantities
from retrieval.lexicon import translations

MAX_WORDS = 120
"""Words of a query that are looked up; a pasted page is cut here."""


@dataclass(frozen=True)
class Term:
    """One thing asked for. Any of `phrases` (runs of index tokens) matches; `exact`: an identifier's own token;
    `known`: a term of the field rather than any word; `above`: what an identifier is part of."""

    phrases: tuple[Phrase, ...]
    exact: bool = False
    known: bool = False
    above: bool = False


@dataclass(frozen=True)
class Query:
    """`text` without links; `english`: what it asks in English as far as the glossary knows it, for the encoder;
    `addresses` of paragraphs that it names; `bare`: it names something and asks nothing else."""

    text: str
    language: str | None
    terms: tuple[Term, ...]
    asks: frozenset[str] = frozenset()
    english: str = ""
    addresses: tuple[str, ...] = ()
    bare: bool = False

    @property
    def phrases(self) -> list[Phrase]:
        return [phrase for term in self.terms for phrase in term.phrases]


def understand(text: str, language: str | None = None) -> Query:
    """Take a question apart. `language`: that of the asker; guessed when None."""
    text = _addresses().sub(" ", text[: MAX_WORDS * 40]).strip()
    spoken = guess_language(text) or language
    folded = quantities(fold(text))
    found = named(folded)
    codes = list(dict.fromkeys(n.token for n in found))
    places = addresses(folded)
    terms = [Term(((code,),), exact=True) for code in codes]
    for code in codes:
        if code.isdigit() and len(code) > 4:
            terms.append(Term(tuple((code[:n],) for n in range(len(code) - 2, 2, -2)), above=True))
    streams = [analyse(text, lang) for lang in LANGUAGES]
    said: list[str] = []
    at, length = 0, min(len(streams[0].words), MAX_WORDS)
    while at < length:
        taken, meanings = _longest(streams, at, length)
        plain = streams[0].plain[at]
        if meanings:
            forms = tuple(dict.fromkeys(form for meaning in meanings for form in meaning.forms))
            terms.append(Term(forms, known=True))
            said.append(meanings[0].english)
        elif plain not in _fillers():
            part_of_code = streams[0].words[at] in codes or (codes and plain.isdigit() and len(plain) < 3)
            if not part_of_code:
                words = [stream.words[at] for stream in streams]
                words += translations(words[1], "es") if spoken == "es" else ()
                terms.append(Term(tuple((word,) for word in dict.fromkeys(words))))
            said.append(plain)
        at += taken
    asked = asks(text)
    english = f"{_asked_in_english(asked)} {' '.join(dict.fromkeys(said))}" if spoken == "es" else text
    bare = bool(found or places) and _is_bare(folded, found)
    return Query(text, language or spoken, tuple(dict.fromkeys(terms)), asked, english, tuple(places), bare)


def _is_bare(folded: str, found: Sequence[Named]) -> bool:
    """Whether a text says nothing beside what it names and what kind of thing that is."""
    for n in reversed(found):
        folded = f"{folded[: n.start]} {folded[n.end :]}"
    said = set(re.findall(r"[^\W\d_]{3,}", folded))
    return said <= _fillers() | stop_words() | frozenset(load("fillers.yaml")["naming"].split())


def asks(text: str) -> frozenset[str]:
    """What a question or heading asks for: `who`, `when`, `where`, `how_long`, else `other`; empty for no question.

    "When must it be filed?" is answered under "When to file", not under "Who must file".
    """
    folded = fold(text)
    found = {kind for kind, pattern in _question_words().items() if pattern.search(folded)}
    return frozenset(found - {"other"} or found)


def is_dated(heading: str) -> bool:
    """Whether a heading names a date or a duration, and so answers when or how long."""
    return bool(_duration().search(fold(heading)))


@cache
def _duration() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(load('durations.yaml'))})\b")


def _asked_in_english(asked: frozenset[str]) -> str:
    kinds: dict[str, list[str]] = load("questions.yaml")
    return " ".join(kinds[kind][0] for kind in sorted(asked))


@cache
def _question_words() -> dict[str, re.Pattern[str]]:
    kinds: dict[str, list[str]] = load("questions.yaml")
    return {kind: re.compile(rf"\b(?:{'|'.join(words)})\b") for kind, words in kinds.items()}


@cache
def _fillers() -> frozenset[str]:
    lists = load("fillers.yaml")
    return frozenset(word for language in LANGUAGES for word in lists[language].split())


@cache
def _addresses() -> re.Pattern[str]:
    return re.compile("|".join(load("fillers.yaml")["phrases"]))


def _longest(streams: list[Tokens], at: int, length: int) -> tuple[int, tuple[Concept, ...]]:
    """The longest term that begins at a word: (words taken, its meanings); (1, ()) when none does."""
    for size in range(min(longest_form(), length - at), 0, -1):
        meanings = [m for stream in streams for m in concepts().get(stream.words[at : at + size], ())]
        if meanings:
            return size, tuple(dict.fromkeys(meanings))
    return 1, ()

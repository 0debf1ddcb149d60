"""A question as search terms: stems of both languages, synonyms across them, identifiers kept whole."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from retrieval.analysis import LANGUAGES, analyse, fold, guess_language, identifiers, load

MAX_WORDS = 120
"""Words of a query that are looked up; a pasted page is cut here."""

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """One thing asked for. Any of `phrases` (runs of index tokens) matches; `exact`: an identifier's own token."""

    phrases: tuple[Phrase, ...]
    exact: bool = False


@dataclass(frozen=True)
class Query:
    text: str
    language: str | None
    terms: tuple[Term, ...]
    asks: frozenset[str] = frozenset()

    @property
    def phrases(self) -> list[Phrase]:
        return [phrase for term in self.terms for phrase in term.phrases]


def understand(text: str, language: str | None = None) -> Query:
    """Take a question apart. `language`: that of the asker; guessed when None."""
    text = text[: MAX_WORDS * 40]
    codes = identifiers(text)
    terms = [Term(((code,),), exact=True) for code in codes]
    for code in codes:
        if code.isdigit() and len(code) > 4:
            terms.append(Term(tuple((code[:n],) for n in range(len(code) - 2, 2, -2))))
    streams = [analyse(text, lang).words[:MAX_WORDS] for lang in LANGUAGES]
    at, length = 0, len(streams[0])
    while at < length:
        taken, forms = _longest(streams, at)
        if not forms and (streams[0][at] in codes or (codes and streams[0][at].isdigit() and len(streams[0][at]) < 3)):
            taken, forms = 1, ()
        elif not forms:
            forms = tuple(dict.fromkeys((stream[at],) for stream in streams))
        if forms:
            terms.append(Term(forms))
        at += taken
    return Query(text, language or guess_language(text), tuple(dict.fromkeys(terms)), asks(text))


def asks(text: str) -> frozenset[str]:
    """What a question or heading asks for: `who`, `when`, `where`, `how_long`, else `other`; empty for no question.

    "When must it be filed?" is answered under "When to file", not under "Who must file".
    """
    folded = fold(text)
    found = {kind for kind, pattern in _question_words().items() if pattern.search(folded)}
    return frozenset(found - {"other"} or found)


@cache
def _question_words() -> dict[str, re.Pattern[str]]:
    kinds: dict[str, list[str]] = load("questions.yaml")
    return {kind: re.compile(rf"\b(?:{'|'.join(words)})\b") for kind, words in kinds.items()}


def _longest(streams: list[Phrase], at: int) -> tuple[int, tuple[Phrase, ...]]:
    """The longest synonym that begins at a word: (words taken, every form of the concept); (1, ()) when none does."""
    for size in range(min(_longest_form(), len(streams[0]) - at), 0, -1):
        for stream in streams:
            forms = _concepts().get(stream[at : at + size])
            if forms:
                return size, forms
    return 1, ()


@cache
def _concepts() -> dict[Phrase, tuple[Phrase, ...]]:
    groups: dict[Phrase, list[Phrase]] = defaultdict(list)
    for group in load("synonyms.yaml"):
        forms = dict.fromkeys(analyse(str(form), lang).words for form in group for lang in LANGUAGES)
        for form in forms:
            groups[form] += [f for f in forms if f]
    return {form: tuple(dict.fromkeys(forms)) for form, forms in groups.items() if form}


@cache
def _longest_form() -> int:
    return max(len(form) for form in _concepts())

"""Text to index tokens, the same for what is stored and what is asked.

Words are lower-cased, stripped of accents and stemmed (Snowball, English or Spanish by the text's language, both when
unknown); stop words of both languages go. Codes and identifiers stay whole whatever their punctuation:
8544.30.00.00, 8544-30-0000 and 8544300000 are one token with its prefixes (4, 6, 8 digits); "19 CFR 182.12" is
`19cfr182_12` and `19cfr182` (all in retrieval.identifiers); a certificate number "MX/QMS-0815" is `mxqms0815` and its
parts; "ISO 13485" also gives `iso13485`; a ruling's "NY N301627" or "n 301627" is `n301627`; "headings 8541 through
8548" is also each heading between. A number that counts something is kept apart from codes: 8,544 pieces is `8544q`.
Tokens hold letters, digits and `_` only.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

from retrieval.data_files import load
from retrieval.identifiers import is_code, named, quantities
from retrieval.identifiers import tokens as identifying

ANALYSER_VERSION = "3"
"""Raise it when the tokens of a text change: full text is then rebuilt from the catalog."""

LANGUAGES = ("en", "es")
_SNOWBALL = {"en": "english", "es": "spanish"}
_WORD = re.compile(r"\w+(?:[.\-/'’·]\w+)*")
_CONTRACTIONS = ("s", "t", "re", "ll", "ve")


@dataclass(frozen=True)
class Tokens:
    """`words` in text order, stemmed; `extras` (identifiers and their parts, second stems) in no order that matters;
    `plain` the words before stemming."""

    words: tuple[str, ...]
    extras: tuple[str, ...]
    plain: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((*self.words, *self.extras))


@cache
def stop_words() -> frozenset[str]:
    """Stop words of both languages, folded."""
    return frozenset(word for text in load("stopwords.yaml").values() for word in text.split())


class _Stemmers(threading.local):
    """Stemmers of one thread: a stemmer keeps the word it works on, so two threads must not share one."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def of(self, language: str) -> Any:
        if language not in self._made:
            self._made[language] = snowballstemmer.stemmer(_SNOWBALL[language])
        return self._made[language]


_stemmers = _Stemmers()


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """Stem of a folded word; itself when it holds a digit or the language is not one of LANGUAGES."""
    if language not in _SNOWBALL or not word.isalpha():
        return word
    return str(_stemmers.of(language).stemWord(word))


def fold(text: str) -> str:
    """Lower case, accents stripped, compatibility forms made plain."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def identifiers(text: str) -> list[str]:
    """The identifiers that `text` names, as whole tokens in text order: tariff codes, citations of law, numbers of
    certificates, rulings, orders and standards. Quantities, years and percentages are none."""
    return list(dict.fromkeys(n.token for n in named(quantities(fold(text)))))


def analyse(text: str, language: str | None) -> Tokens:
    """Tokens of `text`, stemmed in its language; in both languages when that is unknown."""
    folded = quantities(fold(text))
    languages = (language,) if language in LANGUAGES else LANGUAGES
    words: list[str] = []
    plain: list[str] = []
    extras = identifying(folded)
    for m in _WORD.finditer(folded):
        parts = re.split(r"[^\w]+", m.group())
        if all(part.isdigit() for part in parts):  # 182.12 is one token, 8544.30.00.00 its digits
            words.append("".join(parts) if is_code(m.group()) else "_".join(parts))
            plain.append(m.group())
            continue
        if all(len(part) == 1 for part in parts) and len(parts) > 1:  # U.S. is us
            words.append("".join(parts))
            plain.append(words[-1])
            continue
        if len(parts) > 1 and not (re.search("['’]", m.group()) and parts[-1] in _CONTRACTIONS):
            extras.append("".join(parts))  # T-MEC is tmec too
        for part in parts:
            if part in stop_words() or (len(part) == 1 and len(parts) > 1 and part.isalpha()):
                continue
            words.append(stem(part, languages[0]))
            plain.append(part)
            extras += [stem(part, other) for other in languages[1:]]
    known = set(words)
    return Tokens(tuple(words), tuple(dict.fromkeys(t for t in extras if t not in known)), tuple(plain))


def guess_language(text: str) -> str | None:
    """`en`, `es` or None, from stop words and Spanish letters; meant for questions and short passages."""
    lists = {lang: set(load("stopwords.yaml")[lang].split()) for lang in LANGUAGES}
    words = [w for w in re.findall(r"[^\W\d_]+", fold(text)) if len(w) > 1]
    score = {lang: sum(w in lists[lang] for w in words) for lang in LANGUAGES}
    score["es"] += 2 * len(re.findall(r"[ñ¿¡áéíóú]", text.casefold()))
    score["es"] += sum(
        w.endswith(("cion", "ciones", "dad", "aje", "ario", "ado", "ada", "ados", "adas", "mente")) for w in words
    )
    score["en"] += sum(w.endswith(("tion", "tions", "ing", "ment", "ments", "ity", "ness", "ed")) for w in words)
    if score["en"] == score["es"]:
        return None
    return max(LANGUAGES, key=lambda lang: score[lang])

"""Text to index tokens, the same for what is stored and what is asked.

Words are lower-cased, stripped of accents and stemmed (Snowball, English or Spanish by the text's language, both when
unknown); stop words of both languages go. Codes and identifiers stay whole whatever their punctuation:
8544.30.00.00, 8544-30-0000 and 8544300000 are one token with its prefixes (4, 6, 8 digits); "19 CFR 182.12" is
`19cfr182_12` and `19cfr182`; a certificate number "MX/QMS-0815" is `mxqms0815` and its parts; "ISO 13485" also gives
`iso13485`; a ruling's "NY N301627" or "n 301627" is `n301627`; "headings 8541 through 8548" is also each heading
between. Tokens hold letters, digits and `_` only.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import snowballstemmer
import yaml

ANALYSER_VERSION = "2"
"""Raise it when the tokens of a text change: full text is then rebuilt from the catalog."""

LANGUAGES = ("en", "es")
_SNOWBALL = {"en": "english", "es": "spanish"}
_DATA = Path(__file__).parent / "data"
_WORD = re.compile(r"\w+(?:[.\-/'’·]\w+)*")
_CITATION = re.compile(
    r"\b(\d{1,2})\s*(?:(c)\.?\s?f\.?\s?r(?![a-z])|(u)\.?\s?s\.?\s?c(?![a-z]))\.?\s*(?:§+|sections?|sec\.?|parts?|secciones|seccion|partes?)?"
    r"\s*(\d+[a-z]?)(?:\.(\d+))?"
)
_HTS = re.compile(
    r"(?<![\w.\-/$€])(?!(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d))"  # neither money nor a date
    r"(\d{4})[.\- ]?(\d{2})(?:[.\- ]?(\d{2})(?:[.\- ]?(\d{2}))?)?(?![\w]|[.\-/]\d)"
)
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?")
_CONTRACTIONS = ("s", "t", "re", "ll", "ve")
_DATE = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")
_STANDARD = re.compile(
    r"\b(iso|iatf|iec|as|nom|nmx|astm|ansi|ul|sae|asme|aws|ipc|cbp|csa|fmvss|nadcap|csms|eo)[ \-]{1,2}(\d{2,6})\b"
)
_RULING = re.compile(r"\b(?:(?:ny|hq)[ \-]?)?([nh])[ \-]?(\d{6})\b")
_RANGE = re.compile(
    r"(?<![\w.\-/$])(\d{2})\.?(\d{2})(?:\.(\d{2}))?\s*(?:through|thru|to|a|al|hasta|[-\u2013\u2014])\s*"
    r"(\d{2})\.?(\d{2})(?:\.(\d{2}))?(?![\w]|[.\-/]\d)"
)
_HEADINGS = re.compile(r"heading|subheading|tariff item|partida|fraccion|hts")
_YEAR = re.compile("19(?:0[6-9]|[1-9]\\d)|20[1-9]\\d")  # chapters 19 and 20 end at 1905 and 2009
_NEAR = 60
_WIDEST = 100
"""Codes of a range at most: a wider one says nothing about any of them."""


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
def load(name: str) -> Any:
    """A data file of this package, parsed."""
    return yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))


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
    """The identifiers that `text` names, as whole tokens in text order: tariff codes, CFR/USC citations, numbers of
    certificates, rulings and standards. Quantities, years and percentages are none."""
    folded = _plain_numbers(fold(text))
    found: list[tuple[int, str]] = [(m.start(), _citation(m)) for m in _CITATION.finditer(folded)]
    cited = [(m.start(), m.end()) for m in _CITATION.finditer(folded)]
    for m in _HTS.finditer(folded):
        if _is_code(m) and not _inside(m.start(), cited):
            found.append((m.start(), _digits(m.group())))
    found += [(m.start(), m.group(1) + m.group(2)) for m in _STANDARD.finditer(folded)]
    found += [(m.start(), m.group(1) + m.group(2)) for m in _RULING.finditer(folded)]
    for m in _WORD.finditer(folded):
        whole = re.sub(r"\W", "", m.group())
        mixed = len(whole) >= 5 and re.search(r"\d", whole) and re.search(r"[a-z]", whole)
        if mixed and not _DATE.match(m.group()) and not _inside(m.start(), cited):
            found.append((m.start(), whole))
    return list(dict.fromkeys(token for _, token in sorted(found)))


def analyse(text: str, language: str | None) -> Tokens:
    """Tokens of `text`, stemmed in its language; in both languages when that is unknown."""
    folded = _plain_numbers(fold(text))
    languages = (language,) if language in LANGUAGES else LANGUAGES
    words: list[str] = []
    plain: list[str] = []
    extras: list[str] = []
    for m in _CITATION.finditer(folded):
        extras += [_citation(m), f"{m.group(1)}{_code(m)}{m.group(4)}"]
    for m in _HTS.finditer(folded):
        digits = _digits(m.group())
        if _is_code(m) or len(digits) == 6:
            extras += [digits[:n] for n in (4, 6, 8, 10) if n <= len(digits)]
    extras += [m.group(1) + m.group(2) for m in _STANDARD.finditer(folded)]
    extras += [m.group(1) + m.group(2) for m in _RULING.finditer(folded)]
    extras += _between(folded)
    for m in _WORD.finditer(folded):
        parts = re.split(r"[^\w]+", m.group())
        if all(part.isdigit() for part in parts):  # 182.12 is one token, 8544.30.00.00 its digits
            words.append("".join(parts) if _HTS.fullmatch(m.group()) else "_".join(parts))
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


def _plain_numbers(text: str) -> str:
    """1,250.50 as 1250_50, so that no comma parts it and no dot makes a tariff code of it."""
    return _AMOUNT.sub(lambda m: m.group().replace(",", "").replace(".", "_"), text)


def _code(match: re.Match[str]) -> str:
    return "cfr" if match.group(2) else "usc"


def _citation(match: re.Match[str]) -> str:
    tail = f"_{match.group(5)}" if match.group(5) else ""
    return f"{match.group(1)}{_code(match)}{match.group(4)}{tail}"


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_code(match: re.Match[str]) -> bool:
    """Six bare digits may be a quantity, eight a date or an amount: only ten, or dots, make a code of them.

    A chapter is 01 to 99.
    """
    text = match.group()
    return not text.startswith("00") and ("." in text or len(_digits(text)) in (8, 10))


def _between(folded: str) -> list[str]:
    """The headings, or the subheadings of one heading, that ranges in a text cover."""
    covered: list[str] = []
    for m in _RANGE.finditer(folded):
        low, high = ("".join(part or "" for part in m.groups()[at : at + 3]) for at in (0, 3))
        subheadings = len(low) == len(high) == 6 and low[:4] == high[:4]
        headings = len(low) == len(high) == 4 and _HEADINGS.search(folded, max(0, m.start() - _NEAR), m.start())
        if (subheadings or (headings and not _YEAR.fullmatch(low))) and int(low) < int(high) <= int(low) + _WIDEST:
            covered += [f"{code:0{len(low)}}" for code in range(int(low), int(high) + 1)]
    return covered


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)

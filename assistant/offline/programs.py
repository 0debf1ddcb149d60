"""Special tariff programs (USMCA/T-MEC, KORUS, CAFTA-DR, GSP …) and what is said about claiming them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.offline.text import Span, data, fold


@dataclass(frozen=True)
class Claim:
    """A program as named. `without` alone: the claim is excluded; with `both`: compare with and without it."""

    program: str
    span: Span
    ended_name: bool
    both: bool
    without: bool
    originating: bool | None
    certificate_on_file: bool | None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    table = data("programs")
    names = {word: symbol for symbol, words in table["programs"].items() for word in words.split()}
    names |= dict.fromkeys(table["ended"].split(), "USMCA")
    return names | {word.replace("-", " "): symbol for word, symbol in names.items()}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(n) for n in sorted(_names(), key=len, reverse=True)) + r")(?!\w)"
    )


def find_claim(text: str) -> Claim | None:
    """The first program that `text` names, or None."""
    folded = fold(text)
    match = _pattern().search(folded)
    if match is None:
        return None
    table = data("programs")
    before = folded[: match.start()]
    both = _any(table["both"], folded)
    without = (
        bool(re.search(rf"(?:{table['without']})\s+(?:the|el|a|claiming|using|usar|reclamar)?\s*$", before))
        and not both
    )
    originating, certificate = claim_facts(text)
    return Claim(
        program=_names()[match[0]],
        span=Span(*match.span()),
        ended_name=match[0] in table["ended"].split(),
        both=both,
        without=without,
        originating=originating,
        certificate_on_file=certificate,
    )


def claim_facts(text: str) -> tuple[bool | None, bool | None]:
    """What `text` says of the claim: do the goods originate, is the certification at hand; None where it is silent.

    "If it qualifies" says nothing; "does not qualify" is a no."""
    folded, table = fold(text), data("programs")
    word = r"\s+(?:\w+\s+){0,2}(?:qualif|origina|califica|cumple)"
    if re.search(rf"\b(?:if it|if they|whether|si){word}", folded):
        originating = None
    elif re.search(rf"\b(?:not|no|doesn't|don't|sin){word}", folded):
        originating = False
    else:
        originating = True if re.search(rf"\b(?:{table['originating']})\b", folded) else None
    return originating, True if re.search(rf"\b(?:{table['certificate']})", folded) else None


def _any(alternatives: str, folded: str) -> bool:
    options = "|".join(re.escape(a).replace(r"\ \.\.\.\ ", ".*") for a in alternatives.split("|"))
    return bool(re.search(rf"(?<!\w)(?:{options})(?!\w)", folded))

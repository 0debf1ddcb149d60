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
    without = bool(re.search(rf"\b(?:{table['without']})\s+(?:{table['between']})?\s*$", before)) and not both
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

    "Does it qualify?" and, inside a longer question, "if it qualifies" say nothing; "does not qualify" is a no;
    "what if it qualifies?" supposes a yes."""
    return _originating(fold(text).replace("’", "'"), text), _certificate(fold(text).replace("’", "'"))


def _originating(folded: str, text: str) -> bool | None:
    table = data("programs")
    verb = rf"(?:{table['originating']})"
    if re.search(rf"\b(?:{table['negations']})\s+(?:\w+\s+){{0,2}}?{verb}", folded) or re.search(
        table["failing"], folded
    ):
        return None if re.search(rf"\b(?:{table['wondering']})\b", folded) else False
    if not re.search(rf"\b{verb}\b", folded):
        return None
    opening = r"(?:^|[.;!,]\s*|\b(?:and|but|ok|so)\s+)"
    asked = re.search(rf"{opening}(?:{table['asking']})\s+(?:\w+\s+){{0,4}}?{verb}", folded)
    spanish = re.search(rf"¿\s*(?:\w+\s+){{0,2}}?{verb}", folded)
    doubted = re.search(rf"\b(?:{table['wondering']})\b(?:\s+\S+){{0,4}}?\s+{verb}", folded)
    if asked or doubted or (spanish and not _supposed(folded)):
        return None
    if re.search(rf"\b(?:if|si)\s+(?:\w+\s+){{0,3}}?{verb}", folded) and "sí" not in text.lower():
        return True if _supposed(folded) else None
    return True


def _supposed(folded: str) -> bool:
    """True for a supposition to work out ("what if it qualifies?", "y si califica?"), not a condition in passing."""
    begins = data("programs")["supposing"]
    return bool(re.match(rf"\W*(?:{begins})\b", folded)) and len(folded.split()) <= 12


def _certificate(folded: str) -> bool | None:
    table = data("programs")
    if re.search(rf"\b(?:{table['no_certificate']})", folded):
        return False
    return True if re.search(rf"\b(?:{table['certificate']})", folded) else None


def entry_type(text: str) -> str | None:
    """ "informal" or "formal" when `text` says how the goods are entered."""
    folded, table = fold(text), data("programs")
    if re.search(rf"\b(?:{table['formal']})\b", folded):
        return "formal"
    return "informal" if re.search(rf"\b(?:{table['informal']})\b", folded) else None


def usual_program(origins: tuple[str, ...]) -> str | None:
    """The one program that goods of all `origins` claim when they are said to qualify and none is named."""
    programs = {data("programs")["usual"].get(origin) for origin in origins}
    return programs.pop() if len(programs) == 1 else None


def _any(alternatives: str, folded: str) -> bool:
    options = "|".join(re.escape(a).replace(r"\ \.\.\.\ ", ".*") for a in alternatives.split("|"))
    return bool(re.search(rf"(?<!\w)(?:{options})(?!\w)", folded))

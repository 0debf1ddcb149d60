"""Rates of duty as the US tariff schedule prints them: text -> components -> amount.

Covers the columns general, special and other (column 2) of chapters 1-99: ad valorem, specific, compound, rates on
a component's value or content, the sugar scale by degree, minimum and maximum, "Free" with its conditions,
references to another provision, and chapter 98-99 forms that build on the duty of the subheading of the article.
Values are exact `Decimal`s (33 1/3% is carried to 28 digits). Nothing unknown is ever read as zero: text that is
understood but cannot be computed says why (`reason`), and text that is not understood is `unparsed`.
"""

from __future__ import annotations

import html
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from assistant.customs.rate_model import (
    Component,
    Computation,
    Kind,
    Rate,
    Scale,
    SpecialRate,
    compute,
    print_component,
)
from assistant.customs.units import canonical

__all__ = [
    "Component",
    "Computation",
    "Rate",
    "Scale",
    "SpecialRate",
    "clean",
    "compute",
    "parse_rate",
    "parse_special",
    "print_component",
]
_ONE: Final = Decimal(1)

_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_PERCENT: Final = re.compile(
    rf"(?:a duty of )?((?:\d+ )?\d+/\d+|{_NUMBER}) ?(?:%|per ?cent\b)(?: ?(ad val\w*\.?))?(?: (.+))?", re.I | re.A
)
_MONEY: Final = re.compile(rf"(?:\$ ?({_NUMBER})|({_NUMBER}) ?(?:¢|cents?\b)) ?(.+)", re.I | re.A)
_PER: Final = re.compile(rf"(?:/|per ) ?({_NUMBER})?( ?\S.*)?$", re.I | re.A)
_BASIS: Final = re.compile(r",? ?\b((?:on|upon|of|over|including)\b.+)$")
_SCALE: Final = re.compile(
    rf"^(.+?) less ({_NUMBER}) ?¢ ?/(\w+) for each degree under ({_NUMBER}) degrees \(and fractions of a degree in "
    r"proportion\)(.*)$"
)
_LIMIT: Final = re.compile(r"(.*?),? but (not less|not more|in no case less|in no case more)(?: than)? (.+)$")
_PROGRAM: Final = re.compile(r"[A-Z]{1,2}[+*]?")
_APPLICABLE: Final = re.compile(
    r"^the ?(?:duty|rate)s? ?(?:of ?duty ?)?(?:rate ?)?provided ?(?:for ?)?in ?"
    r"(the ?applicable ?(?:sub)?heading|such ?(?:sub)?heading|(?:sub)?headings? [\d.,\- andor]+?)s?"
    r" ?(?:(\+|plus|minus|less) ?(.+))?$",
    re.I,
)
# A condition never holds a figure of its own: "Free (A) 2.8% (JP)" is two segments, not a free rate.
_FREE: Final = re.compile(r"^free\b[ .:]*(?:,? ?\(?((?:under|for|see|subject)\b[^%¢$]*))?$", re.I)
_REFERENCE: Final = re.compile(
    r"^(?:see\b|the ?(?:duty|rate)\b.*\b(?:applicable|provided|high-? ?est)\b|no change\b)", re.I
)
_REASONED: Final = (
    (re.compile(r"^a duty (?:\(in lieu of .+?\) )?equal to", re.I), "rate.equal"),
    (re.compile(r"^a duty upon the (?:full )?value of", re.I), "rate.part"),
    (re.compile(r"^a duty upon the value of such processing", re.I), "rate.part"),
)  # fmt: skip


def clean(text: str | None) -> str:
    """`text` without HTML tags, entities, footnote marks ("1/"), odd blanks or words broken over two lines."""
    plain = html.unescape(re.sub(r"<sup>[^<]*</sup>\s*/?", " ", text or "", flags=re.I))
    plain = re.sub(r"<[^>]+>", " ", plain)
    plain = plain.replace("²", "2").replace("³", "3").replace("½", " 1/2").replace("¼", " 1/4").replace("\u00ad", "")
    plain = re.sub(r"[–—−]", "-", plain)
    plain = re.sub(r"(?<=[a-z])- (?=[a-z])", "", " ".join(plain.split()))
    plain = re.sub(r"(?<=[a-z%)])(?: \d{1,2}/)+$", "", plain)
    return re.sub(r"(?<=%) /$", "", plain).strip()


def _number(text: str) -> Decimal:
    whole = text.replace(",", "")
    if "/" not in whole:
        return Decimal(whole)
    *units, fraction = whole.split()
    top, bottom = fraction.split("/")
    return Decimal(units[0] if units else 0) + Decimal(top) / Decimal(bottom)


def _component(text: str) -> Component | None:
    """One term, or None when the text is not a term."""
    term = text.strip(" ,;")
    if found := _PERCENT.fullmatch(term.rstrip(".")):
        amount, _, basis = found.groups()
        if (basis and not re.match(r"(on|upon|of)\b.", basis)) or re.search(r"/0+$", amount):
            return None
        return Component("ad_valorem", _number(amount) / 100, basis=basis, text=term.rstrip("."))
    if not (money := _MONEY.fullmatch(term)):
        return None
    value = _number(money[1]) if money[1] else _number(money[2]) / 100
    rest = money[3]
    if each := re.fullmatch(r"each\b(?: (.+))?", rest):
        return Component("specific", value, "No.", basis=each[1], text=term)
    if rest.startswith("for each "):
        return Component("specific", value, basis=rest, text=term)
    if not (found := _PER.fullmatch(rest)):
        return None
    per = _number(found[1]) if found[1] else _ONE
    name = re.sub(r"\b(m[23])(?=of\b)", r"\1 ", (found[2] or "").strip())
    basis = None
    if limited := _BASIS.search(name):
        basis, name = limited[1], name[: limited.start()].strip()
    if per != 1:
        return Component("specific", value, canonical(name) or "No.", per, basis or name or None, term)
    if re.fullmatch(r"thou-?sand", name):
        return Component("specific", value, "No.", Decimal(1000), basis, term)
    unit = canonical(name)
    return Component("specific", value, unit, basis=basis, text=term) if unit else None


def _terms(text: str) -> tuple[Component, ...] | None:
    parts = [_component(part) for part in re.split(r"\+| plus ", text)]
    return None if None in parts else tuple(part for part in parts if part)


def _kind(terms: tuple[Component, ...]) -> Kind:
    return "compound" if len(terms) > 1 else terms[0].kind


def _duty(printed: str, text: str) -> Rate | None:
    """A rate that charges terms of its own, or None."""
    capped = re.match(r"(.+?), but if .* shall not exceed (.+)$", text)
    if capped and (terms := _terms(capped[1])):
        return Rate(printed, _kind(terms), terms, condition=text[capped.end(1) + 2 :], why="rate.capped")
    limits: dict[str, tuple[Component, ...]] = {"less": (), "more": ()}
    while found := _LIMIT.match(text):
        limit = _terms(found[3])
        if limit is None:
            return None
        limits[found[2].split()[-1]] = limit
        text = found[1]
    scale = None
    if found := _SCALE.match(text):
        unit = canonical(found[3])
        if unit is None or found[5].strip():
            return None
        text, scale = found[1], Scale(_number(found[2]) / 100, unit, _number(found[4]))
    if not (terms := _terms(text)):
        return None
    odd = [str(term) for term in terms if term.kind == "specific" and term.quantity_unit is None]
    why, detail = ("rate.no_unit", odd[0]) if odd else (None, "")
    return Rate(printed, _kind(terms), terms, limits["less"], limits["more"], scale, why=why, detail=detail)


@lru_cache(maxsize=32768)
def parse_rate(text: str) -> Rate:
    """The rate printed in one cell. Never raises: text outside the grammar gives kind "other", `unparsed` True."""
    printed = clean(text)
    if not re.search(r"\w", printed):
        return Rate(printed, "none", why="rate.none")
    if found := _FREE.match(printed):
        return Rate(printed, "free", condition=(found[1] or "").strip("() ") or None)
    if rate := _duty(printed, printed):
        return rate
    if found := _APPLICABLE.match(printed.rstrip(" .:")):
        named, sign, addition = found.groups()
        where = "applicable_subheading" if "applicable" in named.lower() or "such" in named.lower() else named
        terms = _terms(addition) if addition else ()
        if terms is not None:
            if sign and sign.lower() in ("minus", "less"):
                terms = tuple(Component(t.kind, -t.value, t.unit, t.per, t.basis, f"-{t}") for t in terms)
            return Rate(printed, "reference", terms, base=where, reference=named, why="rate.applicable")
    if _REFERENCE.match(printed):
        named = re.sub(r"^see ", "", printed.rstrip(" .:"), flags=re.I)
        base = "no_change" if named.lower() == "no change" else None
        return Rate(printed, "reference", base=base, reference=named, why="rate.elsewhere", detail=printed)
    for pattern, why in _REASONED:
        if pattern.match(printed):
            return Rate(printed, "other", why=why, detail=printed)
    return Rate(printed, "other", why="rate.unknown", detail=printed, unparsed=True)


def parse_special(text: str) -> tuple[SpecialRate, ...]:
    """The segments of a special-column cell: "Free (A,AU) 2.8% (JP)" -> two rates with their programs; () if blank.

    A cell without symbols ("No change", "15%") is one segment with no programs."""
    printed = clean(text)
    segments: list[SpecialRate] = []
    start = 0
    for group in re.finditer(r"\(([^()]*)\)", printed):
        programs = _programs(group[1])
        if programs:
            rate = re.sub(r"(?<=.) ?\([A-Z]{1,2}[+*]?$", "", printed[start : group.start()].strip(" ,;."))
            same = not rate and bool(segments)
            segments.append(SpecialRate(programs, segments[-1].rate if same else parse_rate(rate)))
            start = group.end()
    rest = printed[start:].strip(" ,;.")
    if rest:
        segments.append(SpecialRate((), parse_rate(rest)))
    return tuple(segments)


def _programs(text: str) -> tuple[str, ...]:
    """Symbols of a list such as "A*,AU, BH,.OM,E IL", or () when the text is not a list of symbols."""
    symbols = re.sub(r"\s+([+*])", r"\1", text).replace(",", " ").replace(".", " ").replace(";", " ").split()
    return tuple(dict.fromkeys(symbols)) if all(map(_PROGRAM.fullmatch, symbols)) else ()

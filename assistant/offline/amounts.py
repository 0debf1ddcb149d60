"""The customs value in a message: an amount, a price per unit times a quantity, or a change of the amount before it.

A price per unit is never the value: without a quantity that fits there is no value, and the quantity is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from assistant.customs.units import canonical, convert
from assistant.offline import intents
from assistant.offline.numbers import Number
from assistant.offline.text import data, fold

_CENT = Decimal("0.01")
_EACH = "each"
_COUNTED = ("No.", "prs.", "doz.", "doz. prs.", "gross", "hundreds", "thousands", "pack")


@dataclass(frozen=True)
class UnitPrice:
    """Price of one of something. `per`: "each", a unit as the schedule spells it, or a word such as "container"."""

    amount: Decimal
    per: str
    currency: str
    text: str


@dataclass(frozen=True)
class Count:
    """How many: `unit` as the schedule spells it or a word; None for a bare number. `sure`: said to be a quantity."""

    value: Decimal
    unit: str | None
    text: str
    sure: bool = False


@dataclass(frozen=True)
class Amount:
    """What a message says of money. `change` multiplies the value that the thread has (1.2 for 20 % more)."""

    value: Number | None = None
    price: UnitPrice | None = None
    counts: tuple[Count, ...] = ()
    change: Decimal | None = None


def read_amount(text: str, numbers: Sequence[Number]) -> Amount:
    """The amount in `text`, whose dates and codes are blanked out; `numbers` are those of the same text."""
    folded = fold(text)
    things = tuple(n.noun for n in numbers if n.noun)
    priced = [(n, price) for n in numbers if (price := _price(folded, n, things)) is not None]
    price = priced[0][1] if priced else None
    taken = [n for n, _ in priced]
    counts = tuple(c for n in numbers if n not in taken and (c := _count(folded, n)) is not None)
    plain = [n for n in numbers if n.currency and n not in taken and not n.percent]
    if price is None:
        return Amount(plain[0] if plain else _after_word(folded, numbers), None, counts, _change(folded, numbers))
    stated = next((n for n in plain if re.search(r"\btotal\b[^.;]{0,20}$", folded[: n.span.start])), None)
    if stated is not None:
        return Amount(stated, None, counts)
    computed = total(price, counts)
    if computed is None:
        return Amount(None, price, counts)
    value, count = computed
    return Amount(Number(value, taken[0].span, f"{count.text} × {price.text}", price.currency), price, counts)


def by_piece(text: str, number: Number) -> bool:
    """True when `number` of `text` is said to be the price of one piece ("4.10 each", "a 4.10 la pieza")."""
    price = _price(fold(text), number, ())
    return price is not None and price.per == _EACH


def total(price: UnitPrice, counts: Sequence[Count]) -> tuple[Decimal, Count] | None:
    """Price times the quantity that fits it, rounded to the cent, with that quantity; None when none fits."""
    for fits in (_fits_unit, _fits_bare):
        rows = [(factor, c) for c in counts if (factor := fits(price.per, c)) is not None]
        if rows:
            factor, count = max(rows, key=lambda row: (row[1].sure, row[0]))
            return (price.amount * factor).quantize(_CENT).normalize() + 0, count
    return None


def _fits_unit(per: str, count: Count) -> Decimal | None:
    """How many times the price is paid for a quantity with a unit, or None when the two do not measure the same."""
    if count.unit is None:
        return None
    unit = canonical(count.unit)
    if per == _EACH:
        if unit in ("doz.", "gross", "hundreds", "thousands"):
            return convert(count.value, unit, "No.")
        if unit == "doz. prs.":
            return convert(count.value, unit, "prs.")
        return count.value if unit in _COUNTED or unit is None else None
    if unit and canonical(per):
        return convert(count.value, unit, per, exact=False)
    return count.value if _same(per, count.unit) else None


def _fits_bare(per: str, count: Count) -> Decimal | None:
    """A bare number counts what the price is for; so do pieces of a thing priced by its own name."""
    if count.unit is None:
        return count.value
    named = canonical(per) is None and per != _EACH and per not in _packages().values()
    return count.value if named and canonical(count.unit) == "No." else None


@lru_cache(maxsize=1)
def _packages() -> dict[str, str]:
    return {word: name for name, words in data("numbers")["packages"].items() for word in words.split()}


def _thing(word: str) -> str:
    """One name for a word in the singular or the plural, in either language."""
    for ending in ("", "es", "s"):
        stem = word[: len(word) - len(ending)] if ending and word.endswith(ending) else word
        if stem in _packages():
            return _packages()[stem]
    return word


def _same(one: str, other: str) -> bool:
    """True for a word and its plural: harness and harnesses, arnés and arneses."""
    short, long = sorted((one, other), key=len)
    return long in (short, f"{short}s", f"{short}es")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    table = data("numbers")
    words = table["price_words"]
    money = r"\s*(?:us\s+)?(?:dollars?|dolar(?:es)?|dls|usd|pesos?|euros?|[$€£])?\.?\s*"
    link = r"[\s:=,]*(?:of|is|at|de|es|a|son|en)?[\s:=]*(?:us)?\s*$"
    one = r"(?P<u>[a-z][a-z0-9²³]*(?:\s(?:cuadrad[oa]s?|cubic[oa]s?|meters?|feet|foot|ton))?)"
    costs = "costs?|is|at|worth|is worth|valued at|cuesta|vale|sale|con valor de"
    return {
        "each": re.compile(rf"{money}(?:{table['each']})(?!\w)"),
        "per": re.compile(rf"{money}(?:/\s?|per\s+|por cada\s+|for each\s+|for every\s+|cada\s+)(?:the\s+)?{one}"),
        "article": re.compile(rf"{money}(?:an?|the|el|la|por|x|for an?)\s+{one}"),
        "unit_word": re.compile(rf"(?:unit\s+(?:{words})|(?:{words})\s+(?:unitario|c/u|cada un[oa]|each)){link}"),
        "price_per": re.compile(rf"(?:{words})\s+(?:per|por|an?|each|de cada|por cada|del|de la)\s+{one}{link}"),
        "each_costs": re.compile(rf"(?:each|cada)\s+(?:\w+\s+)?(?:{costs}){link}"),
        "one_costs": re.compile(rf"(?:a|per|the|el|la|cada|each)\s+{one}\s+(?:{costs}){link}"),
        "each_at": re.compile(r"\b(?:cada un[oa]|c/u|each)\s*(?:at|a|en|@)?\s*$"),
        "at_each": re.compile(r"@\s*$"),
    }


def _price(folded: str, number: Number, things: Sequence[str]) -> UnitPrice | None:
    """The price per unit that `number` is, by the words after and before it."""
    if number.percent or number.unit:
        return None
    before, after = folded[: number.span.start], folded[number.span.end :]
    per = None
    if number.currency:
        per = _per_after(after, things)
    if per is None:
        per = _per_before(before)
    if per is None:
        return None
    return UnitPrice(number.value, per, number.currency or "USD", number.text)


def _per_after(after: str, things: Sequence[str]) -> str | None:
    patterns = _patterns()
    if patterns["each"].match(after):
        return _EACH
    per = patterns["per"].match(after)
    if per and per["u"] not in _wholes():
        return _unit_of(per["u"]) or _thing(per["u"])
    article = patterns["article"].match(after)
    if article and article["u"] not in _wholes():
        thing = _thing(article["u"])
        counted = thing in _packages() or any(_same(thing, other) for other in things)
        return _unit_of(article["u"]) or (thing if counted else None)
    return None


@lru_cache(maxsize=1)
def _wholes() -> frozenset[str]:
    return frozenset(data("numbers")["wholes"].split())


def _per_before(before: str) -> str | None:
    patterns = _patterns()
    if any(patterns[name].search(before) for name in ("unit_word", "each_costs", "each_at", "at_each")):
        return _EACH
    for name in ("price_per", "one_costs"):
        match = patterns[name].search(before)
        if match and match["u"] not in _wholes():
            unit = _unit_of(match["u"])
            if unit or name == "price_per" or _thing(match["u"]) in _packages():
                return unit or _thing(match["u"])
    return None


def _unit_of(word: str) -> str | None:
    """A unit's spelling; a piece is "each"."""
    metric = {"ton": "t", "tons": "t"}.get(word)
    unit = metric or canonical(word) or canonical(word.split()[0])
    return _EACH if unit == "No." else unit


def _count(folded: str, number: Number) -> Count | None:
    """The quantity that `number` is, or None for money and percentages."""
    if number.currency or number.percent or number.value <= 0:
        return None
    before, after = folded[: number.span.start], folded[number.span.end :]
    words = data("numbers")["count_words"]
    cue = re.search(rf"(?:\b(?:{words})[\s:=]*(?:of|is|de|es)?[\s:=]*|[×*@]\s*|(?<!\w)x\s*|\btimes\s+)$", before)
    cue = cue or re.match(r"\s*(?:[×*]|x(?!\w))\s*", after)
    unit = number.unit or (_thing(number.noun) if number.noun and not _is_filler(number.noun) else None)
    if re.search(rf"\b(?:{data('numbers')['price_words']}|valued at|worth)\W*(?:of|de|is|es)?\W*$", before):
        return None
    return Count(number.value, None if cue and number.unit is None else unit, number.text, bool(cue))


def may_be_value(number: Number) -> bool:
    """True for a bare number that counts nothing: "25000 truck", not "40,000 bags"."""
    return number.noun is None or number.noun in data("numbers")["not_things"].split()


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    table = data("language")
    return frozenset(f"{table['en']} {table['es']} at a en por x".split())


def _is_filler(word: str) -> bool:
    return word in _fillers() and canonical(word) is None


def _after_word(folded: str, numbers: Sequence[Number]) -> Number | None:
    """A bare number after a word such as "valor" or "FOB"."""
    for pattern in intents.value_cues():
        for match in pattern.finditer(folded):
            for n in numbers:
                if 0 <= n.span.start - match.end() <= 12 and not n.unit and not n.percent and not n.currency:
                    return Number(n.value, n.span, n.text, "USD")
    return None


def _change(folded: str, numbers: Sequence[Number]) -> Decimal | None:
    """What a message multiplies the value by: "20 % more", "baja 10 %", "twice the value"."""
    table = data("numbers")
    if re.search(rf"\b(?:{table['rates']})\b", folded) and not re.search(r"\b(?:value|valor|price|precio)\b", folded):
        return None
    for n in numbers:
        if not n.percent:
            continue
        around = folded[max(0, n.span.start - 40) : n.span.end + 25]
        more = re.search(rf"\b(?:{table['more']})\b", around)
        less = re.search(rf"\b(?:{table['less']})\b", around)
        if bool(more) != bool(less):
            return 1 + (n.value if more else -n.value) / 100
    if re.search(rf"\b(?:{table['worth']})\b", folded):
        for word, factor in (("double", Decimal(2)), ("half", Decimal("0.5"))):
            if re.search(rf"\b(?:{table[word]})\b", folded):
                return factor
    return None

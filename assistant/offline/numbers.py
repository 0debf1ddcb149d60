"""Numbers, amounts of money and quantities as people write them in English and Spanish.

25,000 · 25.000 · 25 mil · 25k · 1.5 million · 1,5 millones · twenty thousand · US$25,000.00 · 25 mil dólares · 120 kg
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from assistant.customs.units import canonical
from assistant.offline.language import Lang
from assistant.offline.text import Span, data, fold

_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.])[-−–](?=\s?[$€£¥\d]))?\s?"
    r"(?P<before>us\s?\$|mx\s?\$|ca\$|c\$|[$€£¥]|\b(?:usd|mxn|eur|cad)\b)?\s*"
    r"(?P<num>\d{1,3}(?:[ '’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?:\s*(?P<mult>k|mm|mil(?:l[oó]n(?:es)?)?|thousand|grand|millions?|m)(?![\w²³]|/(?!mo|mes|year|yr|day|dia|w)))?"
    r"(?:\s+de(?=\s))?\s*(?P<after>[$€£¥%]|us\s?\$|us dollars|[^\W\d_][\w²³/.]*)?",
    re.IGNORECASE,
)
# Weights that people name in more than one word or that the schedule does not print, in kilograms.
_TONS = {"short": Decimal("907.18474"), "corta": Decimal("907.18474"), "long": Decimal("1016.0469088"),
         "larga": Decimal("1016.0469088")}  # fmt: skip


@dataclass(frozen=True)
class Number:
    """A number found. `currency` is ISO 4217 when it is money, `unit` the schedule's spelling when it is a quantity,
    `noun` the word after a number that is neither. `metric`: a bare "tons" read as tonnes of 1,000 kg."""

    value: Decimal
    span: Span
    text: str
    currency: str | None = None
    unit: str | None = None
    percent: bool = False
    noun: str | None = None
    metric: bool = False


@lru_cache(maxsize=1)
def _currencies() -> dict[str, str]:
    table: dict[str, str] = data("numbers")["currencies"]
    return {word: code for code, text in table.items() for word in text.split()}


@lru_cache(maxsize=1)
def _multipliers() -> dict[str, Decimal]:
    return {word: Decimal(value) for word, value in data("numbers")["multipliers"].items()}


def parse_number(token: str, language: Lang | None = None, *, money: bool = False) -> Decimal | None:
    """The value of a digit group in either convention, or None when its separators make no sense.

    The last of two different separators is the decimal one. One separator before exactly three digits groups
    thousands: always for a comma, for a dot in Spanish or in an amount of money (nobody writes tenths of a cent);
    otherwise a dot is decimal.
    """
    text = re.sub(r"[\s'’]", "", token)
    if not re.fullmatch(r"\d+(?:[.,]\d+)*", text):
        return None
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        point = max(text.rfind("."), text.rfind(","))
        whole, tail = text[:point], text[point + 1 :]
        groups = re.split(r"[.,]", whole)
        if text.count(text[point]) > 1 or any(len(g) != 3 for g in groups[1:]):
            return None
        return Decimal("".join(groups) + "." + tail)
    if dots + commas == 0:
        return Decimal(text)
    mark = "." if dots else ","
    groups = text.split(mark)
    grouped = all(len(g) == 3 for g in groups[1:]) and len(groups[0]) <= 3 and groups[0] != "0"
    if len(groups) > 2:
        return Decimal("".join(groups)) if grouped else None
    if grouped and (mark == "," or language == "es" or money):
        return Decimal("".join(groups))
    return Decimal(groups[0] + "." + groups[1])


def find_numbers(text: str, language: Lang | None = None) -> list[Number]:
    """Every number of `text`, in order, with its money or unit when one stands beside it."""
    found = [n for m in _NUMBER.finditer(text) if (n := _read(m, text, language)) is not None]
    return sorted(found + _spelled(text, [n.span for n in found]), key=lambda n: n.span.start)


def _read(match: re.Match[str], text: str, language: Lang | None) -> Number | None:
    start, end = match.span("num")
    times = re.search(r"(?<![^\W_])x$", fold(text[:start]))  # "x2", two of them
    if start and (text[start - 1].isalpha() or text[start - 1] == "_") and not times:
        return None  # part of a name such as N301234 or ISO9001
    before = re.sub(r"\s", "", fold(match["before"] or ""))
    after = fold((match["after"] or "").strip(" ."))
    slashed = after.split("/")[0] in _currencies()  # "1.10 dollars/kg"
    after = after.split("/")[0] if slashed else after
    currency = _currencies().get(before) or _currencies().get(after)
    value = parse_number(match["num"], language, money=bool(currency))
    if value is None:
        return None
    if after in data("numbers")["cents"].split() and not before:
        value, currency = value / 100, "USD"
    mult = fold(match["mult"] or "")
    if mult in ("m", "mm") and not (currency or match["mult"] == "M"):
        after, mult = mult, ""  # metres, millimetres
    if mult:
        value *= _multipliers()[mult]
        end = match.end("mult")
    unit = noun = None
    metric = False
    if not currency and after not in ("", "%"):
        unit, reach, factor, metric = _unit(fold(text[end:]))
        value, end = value * factor, end + reach
        of = mult and unit is None and re.match(r"\s*(?:worth\s+)?(?:of|de|in|en)\s", fold(text[end:]))
        # "64k of pipe", "64 mil de tubo" are money; "20k housings" are pieces.
        noun = after if unit is None and after.isalpha() and not of else None
    elif after and (currency or after == "%") and match["after"] and _ends_amount(after):
        end = match.start("after") + (len(after) if slashed else len(match["after"].rstrip(".")))
    begin = match.start("before") if before else start
    if match["sign"]:
        value, begin = -value, match.start("sign")
    return Number(value, Span(begin, end), text[begin:end].strip(), currency, unit, after == "%", noun, metric)


def _ends_amount(word: str) -> bool:
    """True for a word that belongs to the amount before it: dollars, cents, %."""
    return word == "%" or word in _currencies() or word in data("numbers")["cents"].split()


def _unit(tail: str) -> tuple[str | None, int, Decimal, bool]:
    """The unit that `tail` begins with, in up to three words: its spelling, where it ends, what to multiply by, and
    whether "tons" was read as metric."""
    ton = re.match(r"\s*(?:de\s+)?(?:(short|long)\s+tons?|ton(?:elada)?s?\s+(corta|larga)s?)\b", tail)
    if ton:
        return "kg", ton.end(), _TONS[ton[1] or ton[2]], False
    plain = re.match(r"\s*(?:de\s+)?(?:tons?|toneladas?)\b(?!\s+(?:m[ee]tric))", tail)
    if plain:
        return "t", plain.end(), Decimal(1), True
    words = list(re.finditer(r"[^\W\d_][\w²³/.]*", tail[:60]))
    gap = re.match(r"\s*(?:de\s+)?", tail)
    if not words or gap is None or words[0].start() > gap.end():
        return None, 0, Decimal(1), False
    for size in (3, 2, 1):
        end = words[min(size, len(words)) - 1].end()
        spelled = tail[words[0].start() : end].rstrip(".")
        unit = canonical(re.sub(r"\s+", " ", spelled)) if size <= len(words) else None
        if unit:
            return unit, words[0].start() + len(spelled), Decimal(1), False
    return None, 0, Decimal(1), False


def _spelled(text: str, taken: list[Span]) -> list[Number]:
    """Numbers in words: twenty thousand, veinte mil, trescientas. "One/uno" alone is an article, not a number."""
    table = data("numbers")
    units = {k: Decimal(v) for k, v in table["words"].items()}
    small = {k: Decimal(v) for k, v in table["after_tens"].items()}
    scales = {k: Decimal(v) for k, v in table["scales"].items()}
    found: list[Number] = []
    total = part = Decimal(0)
    begin = end = -1

    def close(following: str) -> None:
        nonlocal total, part, begin, end
        value = total + part
        if begin >= 0 and value > 1 and not any(Span(begin, end).overlaps(s) for s in taken):
            after = re.match(r"\s*(?:de\s+)?([a-z0-9/²³]+)", following)
            word = after[1] if after else ""
            currency = _currencies().get(word)
            unit, _, factor, metric = (None, 0, Decimal(1), False) if currency else _unit(following)
            noun = word if word and not currency and unit is None and word.isalpha() else None
            span = Span(begin, end)
            found.append(Number(value * factor, span, text[begin:end], currency, unit, False, noun, metric))
        total, part, begin, end = Decimal(0), Decimal(0), -1, -1

    folded = fold(text)
    for match in re.finditer(r"[a-z]+(?:-(?=[a-z]))?|\S", folded):
        word = match[0].rstrip("-")
        if word in units:
            part += units[word]
        elif word in small and begin >= 0 and part >= 20 and part % 10 == 0:
            part += small[word]
        elif word in scales and (begin >= 0 or word == "mil"):
            if scales[word] == 100:
                part = (part or Decimal(1)) * 100
            else:
                total, part = total + (part or Decimal(1)) * scales[word], Decimal(0)
        elif word in ("and", "y") and begin >= 0:
            continue
        else:
            close(folded[end:] if end >= 0 else "")
            continue
        begin = match.start() if begin < 0 else begin
        end = match.start() + len(word)
    close(folded[end:] if end >= 0 else "")
    return found

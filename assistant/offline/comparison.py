"""What a message (or several of one topic) says of a landed-cost comparison.

Prices, Incoterms and modes belong to the place they stand beside: the one named last before them, or the next one when
the message begins with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from assistant.logistics.tables import hubs_in
from assistant.offline import intents
from assistant.offline.amounts import by_piece
from assistant.offline.codes import find_codes
from assistant.offline.countries import find_countries
from assistant.offline.dates import find_dates
from assistant.offline.language import Lang
from assistant.offline.numbers import Number, find_numbers, parse_number
from assistant.offline.programs import find_claim
from assistant.offline.reading import part_of_name
from assistant.offline.text import Span, blank, fold
from assistant.sourcing.places import FoundPlace, Places

_RULE = re.compile(r"(?<!\w)(exw|fca|fas|fob|cfr|cif|cpt|cip|dap|dpu|ddp|ex works)(?!\w)")
_WEIGHT = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(kg|kilos?|kilogram\w*|g|gr|grams?|gramos|lbs?|pounds?|libras?|oz|ounces?|onzas?)\b(.{0,24})"
)
_EACH = re.compile(r"\b(?:each|apiece|per|cada|por (?:pieza|unidad)|una?|c/u)\b")
_INTO = re.compile(
    r"(?:\b(?:to|into|in|at|a|en|hasta|hacia|para|delivered|landed|puest\w*|entregad\w*)\s+(?:la |el |the )?)$"
)
_AT = re.compile(
    r"(?:@|\b(?:at|a|por|for|for only|cuesta|vale|costs?|is|es|goes? to|drops? to|baja(?:ra)? a|sube a))\s*$"
)
_UNIT_KG = {"k": Decimal(1), "g": Decimal("0.001"), "l": Decimal("0.45359237"), "p": Decimal("0.45359237"),
            "o": Decimal("0.028349523125")}  # fmt: skip
T = TypeVar("T")


@dataclass(frozen=True)
class Spot:
    """A place or country named as a way of sourcing."""

    span: Span
    country: str
    place: str | None
    label: str


@dataclass(frozen=True)
class Asked:
    """Arguments read so far, and what is still to be asked."""

    arguments: dict[str, Any]
    missing: tuple[str, ...]


def plain_numbers(text: str, language: Lang) -> list[Number]:
    """Numbers that are not part of a name such as ISO 13485."""
    return [n for n in find_numbers(text, language) if not part_of_name(text, n.span)]


@lru_cache(maxsize=256)
def read_comparison(text: str, as_of: date, language: Lang, codes: tuple[str, ...]) -> Asked:
    """Arguments of `compare_landed_cost`. `codes`: HTS numbers of the thread, for a text that names none."""
    dates = find_dates(text, as_of, language)
    found_codes = find_codes(blank(text, [d.span for d in dates]))
    rest = blank(text, [*(d.span for d in dates), *(c.span for c in found_codes)])
    numbers = plain_numbers(rest, language)
    spots, destination = _spots(rest)
    own = tuple(c.digits for c in found_codes) or codes
    scenarios = _scenarios(rest, spots, numbers)
    count = _count(rest, numbers)
    arguments: dict[str, Any] = {
        "hts": own[-1] if own else None,
        "quantity": format(count.value, "f") if count else None,
        "destination_place": destination,
        "entry_date": (dates[0].day if dates else as_of).isoformat(),
        "scenarios": scenarios,
        "language": language,
    }
    weight = _weight(rest, count)
    if weight is not None:
        arguments["unit_weight_kg"] = format(weight.normalize(), "f")
    needed = {"hts": "hts", "quantity": "lot_quantity", "destination_place": "destination_place"}
    missing = [asked for name, asked in needed.items() if arguments[name] is None]
    if len(scenarios) < 2:
        missing.append("scenarios")
    elif any("unit_price" not in s for s in scenarios):
        missing.append("unit_price")
    return Asked(arguments, tuple(missing))


def _spots(text: str) -> tuple[list[Spot], str | None]:
    """Ways of sourcing in order, and where the goods go: the US place named (last, or after a word such as "to")."""
    found: list[tuple[Span, FoundPlace]] = [
        (Span(*f.span), f)
        for f in Places.load().find_all(text, typos=False)
        if f.place.kind in ("city", "region", "country")
    ]
    american = [(s, f) for s, f in found if f.place.country == "US" and f.place.kind != "country"]
    led = [(s, f) for s, f in american if _INTO.search(fold(text[: s.start]))]
    named = led or american
    chosen = named[-1][1] if named else None
    spots = [
        Spot(s, f.place.country or "", f.place.label() if _is_place(f) else None, f.place.label())
        for s, f in found
        if f is not chosen and not (f.place.country == "US" and f.place.kind == "country") and f.place.country
    ]
    # A US city that the goods were to go to before the last one named is no origin.
    spots = [s for s in spots if not any(s.span == other for other, _ in led)]
    taken = [s for s, _ in found]
    for start, end, hub in hubs_in(fold(text)):
        span = Span(start, end)
        if not any(span.overlaps(t) for t in taken) and hub.countries[0] != "US":
            spots.append(Spot(span, hub.countries[0], hub.name, hub.name))
            taken.append(span)
    for country in find_countries(text):
        if not any(country.span.overlaps(span) for span in taken) and country.code != "US":
            spots.append(Spot(country.span, country.code, None, country.text))
    latest: dict[tuple[str, str | None], Spot] = {}
    for spot in sorted(spots, key=lambda s: s.span):
        # "Shenzhen, China" is one; a later message may name a place again
        near = next((k for k, v in latest.items() if k[0] == spot.country and spot.place is None), None)
        key = near or (spot.country, spot.place)
        latest.setdefault(key, spot)
    place = chosen.place.label() if chosen else None
    region = chosen.place.region if chosen else None
    return list(
        latest.values()
    ), f"{place}, {region[3:]}" if place and region and chosen and chosen.place.kind == "city" else place


def _is_place(found: FoundPlace) -> bool:
    """True for what a lane can begin at: a city, or a state or province of the three countries."""
    return found.place.kind == "city" or (found.place.kind == "region" and found.place.country in ("MX", "CA", "US"))


def _mentions(text: str, spots: Sequence[Spot]) -> list[tuple[int, int]]:
    """Every mention of the spots: (position, which spot)."""
    folded = fold(text)
    rows = []
    for index, spot in enumerate(spots):
        name = re.escape(fold(text[spot.span.start : spot.span.end]))
        rows += [(m.start(), index) for m in re.finditer(rf"(?<!\w){name}(?!\w)", folded)]
    return sorted(rows)


def _assign(items: Sequence[tuple[int, T]], mentions: Sequence[tuple[int, int]]) -> dict[int, T]:
    """Each item to the mention it stands beside; a later one (a correction) replaces an earlier."""
    found: dict[int, T] = {}
    if not mentions or not items:
        return found
    before = items[0][0] < mentions[0][0]
    for at, value in items:
        if before:
            owner = next((spot for place, spot in mentions if place > at), None)
        else:
            owner = next((spot for place, spot in reversed(mentions) if place < at), None)
        if owner is not None:
            found[owner] = value
    return found


def _scenarios(text: str, spots: Sequence[Spot], numbers: Sequence[Number]) -> list[dict[str, Any]]:
    folded = fold(text)
    mentions = _mentions(text, spots)
    money = [(n.span.start, n.value) for n in numbers if n.currency or by_piece(text, n)]
    bare = [(n.span.start, n.value) for n in numbers if _bare_price(text, folded, n)]
    prices = _assign(sorted([*money, *bare], key=lambda p: p[0]), mentions)
    rules = _assign(
        [(m.start(), "EXW" if m[1] == "ex works" else m[1].upper()) for m in _RULE.finditer(folded)], mentions
    )
    modes = _assign(_modes(text), mentions)
    claim = find_claim(text)
    rows = []
    for index, spot in enumerate(spots[:10]):
        row: dict[str, Any] = {"name": spot.label, "origin": spot.country}
        if spot.place:
            row["origin_place"] = spot.place
        if index in prices:
            row["unit_price"] = format(prices[index], "f")
        if index in rules:
            row["incoterm"] = rules[index]
        if index in modes:
            row["transport_mode"] = modes[index]
        if claim and claim.program == "USMCA" and spot.country in ("MX", "CA") and not claim.without:
            row["preference"] = {
                "program": claim.program,
                "originating": claim.originating,
                "certificate_on_file": bool(claim.certificate_on_file),
            }
        rows.append(row)
    return rows


def _bare_price(text: str, folded: str, number: Number) -> bool:
    """True for a price without a sign of money: "3.20", "78 FOB", "baja a 70"."""
    if number.currency or number.unit or number.percent or by_piece(text, number):
        return False
    if "." in number.text and number.value < 1000:
        return True
    ruled = _RULE.match(folded[number.span.end :].lstrip())
    led = _AT.search(folded[: number.span.start]) and number.noun is None
    return bool(ruled) or (bool(led) and number.value < 10000)  # an Incoterm makes a price of any number


def compared(text: str, as_of: date, language: Lang) -> bool:
    """True when `text` has the shape of a comparison, whatever its words: two places priced by the piece, a lot, and
    where it goes or under which Incoterm."""
    asked = read_comparison(text, as_of, language, ())
    priced = [s for s in asked.arguments["scenarios"] if "unit_price" in s]
    if len(priced) < 2 or asked.arguments["quantity"] is None:
        return False
    lot = Decimal(asked.arguments["quantity"])
    dear = any(Decimal(s["unit_price"]) >= max(lot, Decimal(5000)) for s in priced)  # whole shipments' values
    return not dear and bool(asked.arguments["destination_place"] or _RULE.search(fold(text)))


def _modes(text: str) -> list[tuple[int, str]]:
    """Modes of transport with where they stand."""
    rows = []
    for match in re.finditer(r"[^\s,;]+(?:\s+[^\s,;]+)?", text):
        mode = intents.transport_mode(match[0])
        if mode:
            rows.append((match.start(), mode))
    for match in re.finditer(
        r"(?<!\w)(?:truck|camion|ocean|sea|barco|maritimo|air|avion|aereo|rail|tren)(?!\w)", fold(text)
    ):
        word = (
            intents.transport_mode(f"by {match[0]}")
            or intents.transport_mode(f"por {match[0]}")
            or intents.transport_mode(match[0])
        )
        if word:
            rows.append((match.start(), word))
    return sorted(set(rows))


def _count(text: str, numbers: Sequence[Number]) -> Number | None:
    """The quantity of the lot: pieces before bare numbers, the last one said."""
    bare = [n for n in numbers if not n.currency and not n.percent and n.unit in ("No.", None)]
    folded = fold(text)
    plain = [n for n in bare if not by_piece(text, n) and not _bare_price(text, folded, n)]
    pieces = [n for n in plain if n.unit == "No."] or [
        n for n in plain if n.value >= 10 and n.value == n.value.to_integral()
    ]
    return pieces[-1] if pieces else None


def _weight(text: str, count: Number | None) -> Decimal | None:
    """Kilograms of one unit; a weight not said to be of one is that of the lot."""
    for match in _WEIGHT.finditer(fold(text)):
        value = parse_number(match[1])
        if value is None or value <= 0:
            continue
        kg = value * _UNIT_KG[match[2][0]]
        around = fold(text)[max(0, match.start() - 24) : match.start()] + match[3]
        if _EACH.search(around) or re.search(r"\b(?:unit|pieza|unidad)\w* (?:weighs?|pesa)", around):
            return kg
        return kg / count.value if count else None
    return None

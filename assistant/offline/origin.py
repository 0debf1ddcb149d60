"""What a thread says of a good's origin: the good, where it is made, its parts with their values, its price.

"… if the copper wire 7408.11 comes from Chile at $3, the connectors 8536.69 from China at $2, and we sell it at $10".
A part is what stands around one amount of money; later messages replace what they name again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.offline.codes import dotted, find_codes
from assistant.offline.countries import find_countries
from assistant.offline.dates import find_dates
from assistant.offline.language import Lang
from assistant.offline.numbers import Number, find_numbers
from assistant.offline.text import Span, blank, data, fold, words

_HEADING = re.compile(r"(?<![\w.,$])(?:0[1-9]|[1-8]\d|9[0-7])\d\d(?![\w%]|[.,]\d)")
_SAME = 85  # least likeness of two descriptions of one part


@dataclass(frozen=True)
class Part:
    """One material: `hts` in digits, `value` in US dollars, `originating` None where it was not said."""

    description: str
    hts: str | None = None
    origin: str | None = None
    value: Decimal | None = None
    originating: bool | None = None


@dataclass(frozen=True)
class Origin:
    """The slots of an origin question. `made_in` is where the good is produced."""

    hts: str | None = None
    parts: tuple[Part, ...] = ()
    price: Decimal | None = None
    net_cost: Decimal | None = None
    made_in: str | None = None
    day: date | None = None


def read_origin(text: str, as_of: date, language: Lang | None, known: Origin) -> Origin:
    """`known` with what `text` adds or changes."""
    dates = find_dates(text, as_of, language)
    codes = find_codes(blank(text, [d.span for d in dates]))
    rest = blank(text, [*(d.span for d in dates), *(c.span for c in codes)])
    money = [n for n in find_numbers(rest, language) if n.currency and not n.percent]
    folded = fold(rest)
    table = data("origin")
    sold = [n for n in money if _said(table["sold"], folded, n, money)]
    net = [n for n in money if _said(table["net"], folded, n, money)]
    work = [n for n in money if _said(table["work"], folded, n, money)]
    priced = [n for n in money if n not in (*sold, *net, *work)]
    good = next((c for c in codes if known.hts is None or not _beside(c.span, priced)), None)
    if good is not None and known.hts is not None and priced and _beside(good.span, priced):
        good = None
    own = [c for c in codes if c is not good]
    parts = _parts(text, folded, priced, [*sold, *net, *work], good.span if good else None, own)
    where = re.search(rf"\b(?:{table['made']})\s+(?:the\s+|el\s+)?", folded)
    made = next((c.code for c in find_countries(rest) if where and 0 <= c.span.start - where.start() < 40), None)
    made = made or _plant_country(rest, where.end() if where else None)
    return Origin(
        hts=good.digits if good else known.hts,
        parts=merged(known.parts if good is None or good.digits == known.hts or known.hts is None else (), parts),
        price=sold[-1].value if sold else known.price,
        net_cost=net[-1].value if net else known.net_cost,
        made_in=made or known.made_in,
        day=dates[0].day if dates else known.day,
    )


def _plant_country(text: str, at: int | None) -> str | None:
    """The country of a city that the good is made in: "assembled in Juárez"."""
    if at is None:
        return None
    from assistant.sourcing.places import Places

    for found in Places.load().find_all(text[at : at + 40], typos=False):
        if found.place.country and found.span[0] < 12:
            return found.place.country
    return None


def _said(pattern: str, folded: str, number: Number, money: Sequence[Number]) -> bool:
    """True when the words around an amount, up to the amounts beside it, say what it is."""
    before = max((m.span.end for m in money if m.span.end <= number.span.start), default=0)
    lead = re.split(r"[;,.\n]\s", folded[before : number.span.start])[-1]
    tail = re.match(r"[^,;.\n]{0,24}", folded[number.span.end :])
    after = tail[0] if tail else ""
    following = min((m.span.start for m in money if m.span.start > number.span.start), default=len(folded))
    after = after[: max(0, following - number.span.end)]
    return bool(
        re.search(rf"\b(?:{pattern})\b", lead)
        or re.match(rf"\s*(?:is|es|of|de)?\s*(?:the|el|la)?\s*(?:{pattern})\b", after)
    )


def _beside(span: Span, money: Sequence[Number]) -> bool:
    return any(0 <= n.span.start - span.end <= 45 or 0 <= span.start - n.span.end <= 30 for n in money)


def _parts(
    text: str, folded: str, priced: Sequence[Number], other: Sequence[Number], good: Span | None, codes: Sequence[Any]
) -> list[Part]:
    """A part for each amount that is no price of the good: the words between the cuts on both sides of it."""
    if not priced:
        return []
    table = data("origin")
    start = good.end if good and good.end <= priced[0].span.start else 0
    lead = list(re.finditer(rf"(?<!\w)(?:{table['begins']})(?!\w)\s*", folded[: priced[0].span.start]))
    if lead and lead[-1].end() > start:
        named = folded[lead[-1].end() : priced[0].span.start]
        start = lead[-1].end() if re.search(r"[a-z]{3}", named) else start
    cuts = [m.span() for m in re.finditer(table["joins"], folded)]
    every = sorted([*priced, *other], key=lambda n: n.span.start)
    first = next(n.span.start for n in every if n.span.start >= start)
    leads = bool(re.search(r"[a-z]{3}", _stripped(folded[start:first])))  # "wire … at $3", not "$3 of wire"
    out: list[Part] = []
    for number in priced:
        place = every.index(number)
        if leads:
            begin = every[place - 1].span.end if place else start
            inside = [c for c in cuts if begin <= c[0] < number.span.start]
            begin = max(inside[0][1] if place and inside else begin, start)
            stop = every[place + 1].span.start if place + 1 < len(every) else len(folded)
            after = [c[0] for c in cuts if number.span.end <= c[0] < stop]
            stop = after[0] if after else stop
        else:
            begin = number.span.start
            stop = every[place + 1].span.start if place + 1 < len(every) else len(folded)
            after = [c[0] for c in cuts if number.span.end <= c[0] <= stop]
            stop = after[-1] if after and place + 1 < len(every) else stop
        part = _part(text, begin, stop, number, codes)
        if part is not None:
            out.append(part)
    return out if len(out) > 1 or any(p.hts or p.origin or p.originating is not None for p in out) else []


def _part(text: str, begin: int, stop: int, number: Number, codes: Sequence[Any]) -> Part | None:
    piece = text[begin:stop]
    code = next((c for c in codes if begin <= c.span.start < stop), None)
    spans = [Span(max(0, number.span.start - begin), number.span.end - begin)]
    spans += [Span(c.span.start - begin, c.span.end - begin) for c in codes if begin <= c.span.start < stop]
    rest = blank(piece, spans)
    places = find_countries(rest)
    folded, table = fold(rest), data("origin")
    heading = _HEADING.search(folded) if code is None else None  # in a parts list four digits are a heading
    originating = None
    if re.search(rf"\b(?:{table['not_originating']})\b", folded):
        originating = False
    elif re.search(rf"\b(?:{table['originating']})\b", folded):
        originating = True
    rest = blank(rest, [c.span for c in places])
    name = _stripped(re.sub(rf"\b(?:{table['not_originating']}|{table['originating']})\b", " ", fold(rest)))
    if not name and code is None:
        return None
    return Part(
        description=name or dotted(code.digits if code else ""),
        hts=code.digits if code else heading[0] if heading else None,
        origin=places[0].code if places else None,
        value=number.value,
        originating=originating,
    )


def _stripped(folded: str) -> str:
    """The words that name something, in order."""
    empty = frozenset(data("origin")["empty"].split())
    return " ".join(word for word in words(folded) if word not in empty and not word.isdigit())


def merged(old: Sequence[Part], new: Sequence[Part]) -> tuple[Part, ...]:
    """Parts named again take what is said now; the others are added."""
    from rapidfuzz import fuzz

    rows = list(old)
    for part in new:
        for place, known in enumerate(rows):
            same = fuzz.token_set_ratio(known.description, part.description) >= _SAME
            if same or (part.hts and known.hts and part.hts == known.hts):
                rows[place] = replace(
                    known,
                    hts=part.hts or known.hts,
                    origin=part.origin or known.origin,
                    value=part.value if part.value is not None else known.value,
                    originating=part.originating if part.originating is not None else known.originating,
                )
                break
        else:
            rows.append(part)
    return tuple(rows)


def relocated(known: Origin, text: str) -> Origin:
    """A part whose origin or standing alone changes: "what if the connectors come from Mexico?"."""
    from rapidfuzz import fuzz

    places = [c for c in find_countries(text) if c.role != "not"]
    folded, table = fold(text), data("origin")
    no = bool(re.search(rf"\b(?:{table['not_originating']})\b", folded))
    yes = not no and bool(re.search(rf"\b(?:{table['originating']})\b", folded))
    named = [p for p in known.parts if fuzz.partial_token_set_ratio(p.description, folded) >= _SAME]
    if not named or not (places or yes or no):
        return known
    changed = {
        p.description: replace(
            p,
            origin=places[0].code if places else p.origin,
            originating=yes if yes or no else (None if places else p.originating),
        )
        for p in named
    }
    return replace(known, parts=tuple(changed.get(p.description, p) for p in known.parts))


def arguments(origin: Origin, day: str, language: str) -> dict[str, Any]:
    """Arguments of `check_origin`. Needs `origin.hts`."""
    given: dict[str, Any] = {"hts": dotted(origin.hts or ""), "as_of": day, "language": language}
    if origin.parts:
        given["materials"] = [
            {
                name: value
                for name, value in (
                    ("description", part.description),
                    ("hts", dotted(part.hts) if part.hts else None),
                    ("origin", part.origin),
                    ("value", format(part.value.normalize(), "f") if part.value is not None else None),
                    ("originating", part.originating),
                )
                if value is not None
            }
            for part in origin.parts
        ]
    if origin.price is not None:
        given["transaction_value"] = format(origin.price.normalize(), "f")
    if origin.net_cost is not None:
        given["net_cost"] = format(origin.net_cost.normalize(), "f")
    if origin.made_in:
        given["facts"] = {"production_country": origin.made_in}
    return given

"""One message read: everything it says, each piece found by its own module, nothing read twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.offline import intents
from assistant.offline.codes import Code, find_codes
from assistant.offline.countries import CountryFound, find_countries
from assistant.offline.dates import DateFound, find_dates
from assistant.offline.language import Lang, detect
from assistant.offline.needs import read_need
from assistant.offline.numbers import Number, find_numbers
from assistant.offline.programs import Claim, claim_facts, find_claim
from assistant.offline.text import Span, blank, fold

_STRONG = 4
_NAMED = re.compile(
    r"\b(?:iso|iatf|as|iec|ul|astm|nom|nmx|section|sec|seccion|article|articulo|art|part|parte|annex|anexo|form|chapter|capitulo"
    r"|column|columna|class|clase|ip|type|tipo|list|lista|rev|revision)\b[\s.:-]*$"
)
_FAMILY = {
    "order": "production",
    "performance": "production",
    "risks": "production",
    "duty": "tariff",
    "line": "tariff",
    "find": "find",
    "rules": "rules",
    "profile": "profile",
}


@dataclass(frozen=True)
class Reading:
    """What one message (or one request of it) says. `scores` are lexicon scores, `trace` the phrases behind them."""

    text: str
    language: Lang | None
    as_of: date
    scores: dict[str, int]
    trace: tuple[intents.Hit, ...]
    continues: bool
    codes: tuple[Code, ...]
    dates: tuple[DateFound, ...]
    countries: tuple[CountryFound, ...]
    numbers: tuple[Number, ...]
    claim: Claim | None
    mode: str | None
    ordinal: int | None
    value: Number | None
    quantities: dict[str, Decimal] = field(default_factory=dict)
    need: dict[str, Any] = field(default_factory=dict)
    originating: bool | None = None
    certificate: bool | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """Countries that may be origins, in order: those after "from", or else any that is not a destination."""
        named = [c.code for c in self.countries if c.role == "from"]
        other = [c.code for c in self.countries if c.role in ("plain", "in") and not (named and c.code == "US")]
        chosen = named or [c for c in other if c != "US" or len(other) == 1]
        return tuple(dict.fromkeys(chosen))

    @property
    def destination(self) -> str | None:
        """The country of importation when one is named as such and goods come from elsewhere."""
        named = [c.code for c in self.countries if c.role == "to"]
        return named[0] if named else None


def read(text: str, as_of: date, language: Lang | None = None) -> Reading:
    """Read `text`, dates relative to `as_of`. `language` is the thread's, for a message that shows none."""
    detected = detect(text).language
    speech = detected or language
    dates = find_dates(text, as_of, speech)
    codes = find_codes(blank(text, [d.span for d in dates]))
    # A row of digits that reads as a code and as a date ("2009.11.00") is a code: dates were masked first only
    # where they are written as dates are.
    rest = blank(text, [d.span for d in dates] + [c.span for c in codes])
    numbers = [n for n in find_numbers(rest, speech) if not _part_of_name(rest, n.span)]
    found = intents.hits(text)
    originating, certificate = claim_facts(text)
    return Reading(
        text=text,
        language=detected,
        as_of=as_of,
        scores=intents.scores(found),
        trace=tuple(found),
        continues=intents.continues(text),
        codes=tuple(codes),
        dates=tuple(dates),
        countries=tuple(find_countries(rest, eager=bool(codes))),
        numbers=tuple(numbers),
        claim=find_claim(text),
        mode=intents.transport_mode(text),
        ordinal=intents.ordinal(text),
        value=_value(rest, numbers),
        quantities={n.unit: n.value for n in numbers if n.unit and n.currency is None and not n.percent},
        need=read_need(text),
        originating=originating,
        certificate=certificate,
    )


def requests(text: str) -> list[str]:
    """The separate requests of a message: sentences are kept together unless they clearly want different things."""
    sentences = [
        s for s in re.split(r"(?<=[?!;\n])\s+|(?<=[a-zA-Z)\]áéíóúñ0-9]\.)\s+(?=[A-ZÁÉÍÓÚ¿¡])", text) if s.strip()
    ]
    groups: list[tuple[str | None, list[str]]] = []
    for sentence in sentences:
        scores = intents.scores(intents.hits(sentence))
        strong = {_FAMILY[i]: s for i, s in scores.items() if i in _FAMILY and s >= _STRONG}
        family = max(strong, key=lambda f: strong[f]) if strong else None
        if not groups or (family and groups[-1][0] and family != groups[-1][0]):
            groups.append((family, [sentence]))
        else:
            groups[-1] = (groups[-1][0] or family, [*groups[-1][1], sentence])
    return [" ".join(group) for _, group in groups] if len(groups) > 1 else [text]


def _part_of_name(text: str, span: Span) -> bool:
    """True for the number of a standard, an article or a form: "ISO 13485", "19 CFR 182", "section 301"."""
    before, after = fold(text[: span.start]), fold(text[span.end :])
    return bool(
        _NAMED.search(before)
        or re.match(r"\s*(?:cfr|c\.f\.r|usc|u\.s\.c)\b", after)
        or re.match(r"\s*[:/-]\s?\d", after)
    )


def _value(text: str, numbers: list[Number]) -> Number | None:
    """The customs value: unit price times quantity, an amount of money, or the number after a word such as "valor"."""
    money = [n for n in numbers if n.currency]
    price = next((n for n in numbers if n.each), None)
    counts = [n for n in numbers if not n.each and not n.currency and not n.percent and n.unit in ("No.", None)]
    count = max(counts, key=lambda n: (n.unit == "No.", n.value), default=None)
    if price is not None and count is not None:
        return Number(price.value * count.value, price.span, f"{price.text} × {count.text}", price.currency or "USD")
    plain = [n for n in money if not n.each]
    if plain:
        return plain[0]
    folded = fold(text)
    for pattern in intents.value_cues():
        for match in pattern.finditer(folded):
            after = [n for n in numbers if 0 <= n.span.start - match.end() <= 12 and not n.unit and not n.percent]
            if after:
                return Number(after[0].value, after[0].span, after[0].text, "USD")
    return None

"""One message read: everything it says, each piece found by its own module, nothing read twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.offline import intents
from assistant.offline.amounts import Amount, read_amount
from assistant.offline.codes import Code, find_codes
from assistant.offline.countries import CountryFound, find_countries, find_places
from assistant.offline.dates import DateFound, find_dates, find_impossible
from assistant.offline.language import Lang, detect
from assistant.offline.names import bare_name, named_plants, plants_on_file
from assistant.offline.needs import calm, read_need, unread
from assistant.offline.numbers import Number, find_numbers
from assistant.offline.products import product_words
from assistant.offline.programs import Claim, claim_facts, entry_type, find_claim
from assistant.offline.text import Span, blank, data, fold

_STRONG = 4
_NAMED = re.compile(
    r"\b(?:iso|iatf|as|iec|ul|astm|nom|nmx|section|sec|seccion|article|articulo|art|part|parte|annex|anexo|form|chapter|capitulo"
    r"|column|columna|class|clase|ip|type|tipo|list|lista|rev|revision)\b[\s.:-]*$"
)
_FAMILY = {"duty": "tariff", "line": "tariff", "find": "find", "rules": "rules", "profile": "profile",
           "landed": "landed", "scale": "scale", "order": "production", "performance": "production",
           "risks": "production"}  # fmt: skip


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
    ordinals: tuple[int, ...]
    amount: Amount
    quantities: dict[str, Decimal] = field(default_factory=dict)
    need: dict[str, Any] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    originating: bool | None = None
    certificate: bool | None = None
    entry_type: str | None = None
    plants: tuple[str, ...] = ()
    beside: bool = False  # they are named after a need that stands by itself ("molders in Querétaro. Rank X first")
    known: bool = False  # `plants` are on file, not only words that look like a name
    bare: str | None = None
    impossible: tuple[str, ...] = ()
    product: str = ""

    @property
    def value(self) -> Number | None:
        """The customs value that the message states, by itself or as price times quantity."""
        return self.amount.value

    @property
    def plain_numbers(self) -> tuple[Number, ...]:
        """Numbers with neither money nor unit nor percent sign."""
        return tuple(n for n in self.numbers if not n.unit and not n.percent and not n.currency)

    @property
    def origins(self) -> tuple[str, ...]:
        """Countries that may be origins, in order: those after "from" or "made in", or else any that is not a
        destination; a country that goods are only shipped from when no other is named."""
        named = [c.code for c in self.countries if c.role == "from"]
        other = [c.code for c in self.countries if c.role in ("plain", "in") and not (named and c.code == "US")]
        shipped = [c.code for c in self.countries if c.role == "via"]
        if re.search(
            rf"\b(?:{data('requests')['saving']})\b", fold(self.text)
        ):  # "what do I save from Peru rather than Pakistan?" compares the two
            named = [c.code for c in self.countries if c.role in ("from", "not", "plain", "in") and c.code != "US"]
        chosen = named or [c for c in other if c != "US" or len(other) == 1] or shipped
        return tuple(dict.fromkeys(chosen))

    @property
    def destination(self) -> str | None:
        """The country of importation when one is named as such and goods come from elsewhere."""
        named = [c.code for c in self.countries if c.role == "to"]
        return named[0] if named else None


def read(text: str, as_of: date, language: Lang | None = None, plants: Sequence[tuple[str, str]] = ()) -> Reading:
    """Read `text`, dates relative to `as_of`. `language` is the thread's, for a message that shows none. `plants`: id
    and name of manufacturers on file that it may name; what stands in a name is read as nothing else."""
    detected = detect(text).language
    speech = detected or language
    dates = find_dates(text, as_of, speech)
    codes = find_codes(blank(text, [d.span for d in dates]))
    # A row of digits that reads as a code and as a date ("2009.11.00") is a code: dates were masked first only
    # where they are written as dates are.
    on_file = plants_on_file(text, plants)
    unnamed = blank(text, [span for _, span in on_file])
    rest = blank(unnamed, [d.span for d in dates] + [c.span for c in codes])
    numbers = [n for n in find_numbers(rest, speech) if not part_of_name(rest, n.span)]
    found = intents.hits(text)
    countries = find_countries(rest if calm(unnamed) == unnamed else _named(rest), eager=bool(codes))
    if codes and not any(c.role in ("from", "plain", "in") and c.code != "US" for c in countries):
        countries += find_places(rest)
    spans = [*(d.span for d in dates), *(c.span for c in codes), *(n.span for n in numbers)]
    spans += [*(c.span for c in countries), *(span for _, span in on_file)]
    quantities = {n.unit: n.value for n in numbers if n.unit and n.currency is None and not n.percent}
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
        countries=tuple(countries),
        numbers=tuple(numbers),
        claim=find_claim(text),
        mode=intents.transport_mode(text),
        ordinals=intents.ordinals(text),
        amount=read_amount(rest, numbers),
        quantities=quantities,
        need=read_need(unnamed),
        unread=tuple(unread(unnamed)),
        originating=originating,
        certificate=certificate,
        entry_type=entry_type(text),
        plants=tuple(dict.fromkeys(identity for identity, _ in on_file)) or tuple(named_plants(text)),
        known=bool(on_file),
        beside=bool(on_file) and _stands(read_need(text[: on_file[0][1].start])),
        bare=bare_name(text),
        impossible=tuple(find_impossible(text, speech)),
        product=product_words(text, spans),
    )


def requests(text: str) -> list[str]:
    """The separate requests of a message: sentences are kept together unless they clearly want different things."""
    text = re.sub(
        r"(?i)^\s*((?:ok,? )?(?:thanks|thank you|thx|gracias|muchas gracias|perfecto|perfect|great|hi|hello|hola)),\s+",
        r"\1. ",
        text,
    )
    table = data("requests")
    listed = re.match(rf"(?i)[^:]{{0,60}}\b(?:{table['enumerated']})\s*[:,-]\s*", fold(text))
    if listed:  # "three things: how long …, how late …, and what's …?"
        parts = re.split(
            rf"(?:[,;?]\s*(?:and |y |e |¿)*|\s+(?:and|y)\s+)(?=(?:{table['asking']})\b)", text[listed.end() :]
        )
        if len(parts) > 1:
            return [part.strip() for part in parts if part.strip()]
    sentences = [
        s
        for s in re.split(
            r"(?<=[?!;\n])\s+|(?<=[a-zA-Z)\]áéíóúñ0-9]\.)\s+(?=[A-ZÁÉÍÓÚ¿¡])"
            rf"|,?\s+(?=(?:and|y|also|tambi[eé]n|adem[aá]s|plus)\s+(?:also\s+)?(?:{table['ordering']})\b)"
            r"|(?<=\bthanks\.)\s+|(?<=\bgracias\.)\s+|(?<=\bperfecto\.)\s+|(?<=\bhola\.)\s+",
            text,
        )
        if s.strip()
    ]
    social = [s for s in sentences if _only_social(s)]
    if social and len(social) < len(sentences):
        sentences = [s for s in sentences if s not in social]  # "Thanks. And HMF?" asks for HMF
    groups: list[tuple[str | None, list[str]]] = []
    for sentence in sentences:
        scores = intents.scores(intents.hits(sentence))
        strong = {_FAMILY[i]: s for i, s in scores.items() if i in _FAMILY and s >= _STRONG}
        family = max(strong, key=lambda f: strong[f]) if strong else None
        if family is None and scores.get("duty") and find_codes(sentence):
            family = "tariff"  # "dime el arancel de 8544.30" needs no stronger words
        if not groups or (family and groups[-1][0] and family != groups[-1][0]):
            groups.append((family, [sentence]))
        else:
            groups[-1] = (groups[-1][0] or family, [*groups[-1][1], sentence])
    return [" ".join(group) for _, group in groups] if len(groups) > 1 or social else [text]


def _stands(need: dict[str, Any]) -> bool:
    """True for a need that one could search by: work, or two things that narrow it down."""
    return "processes" in need or len(need) >= 2


def _only_social(sentence: str) -> bool:
    """True for "Thanks." or "Hola," beside which a message says something else."""
    kinds = set(intents.scores(intents.hits(sentence)))
    return bool(kinds) and kinds <= {"thanks", "greet"} and len(sentence.split()) <= 4


def _named(text: str) -> str:
    """A shouted message for reading countries: letters that are also words ("CAN", "PER", "US") stay words."""
    return re.sub(r"\b(?:CAN|PER|US|IN|IT|DO|NO|SO|ES|DE|LA|MY|ME|TO|AM|BE|AT)\b", lambda m: m[0].lower(), text)


def part_of_name(text: str, span: Span) -> bool:
    """True for the number of a standard, an article or a form: "ISO 13485", "19 CFR 182", "section 301"."""
    before, after = fold(text[: span.start]), fold(text[span.end :])
    return bool(
        _NAMED.search(before)
        or re.match(r"\s*(?:cfr|c\.f\.r|usc|u\.s\.c)\b", after)
        or re.match(r"\s*[:/-]\s?\d", after)
    )

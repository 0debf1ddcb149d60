"""Facts of an entry that a message states, and short answers to what was asked: "no, for lamps", "12% is steel"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.offline.dates import DateFound
from assistant.offline.numbers import Number
from assistant.offline.text import data, fold


def facts_said(
    text: str, numbers: Sequence[Number], dates: Sequence[DateFound], asked: Sequence[str]
) -> dict[str, Any]:
    """Facts by the names of `estimate_duty`. `asked` are the names of what the answer before this one asked."""
    folded, table = fold(text).replace("’", "'"), data("facts")
    found: dict[str, Any] = {}
    for name, patterns in table["flags"].items():
        other = patterns.get("no_asked") if name in asked else None  # what else they are for says it only when asked
        if re.search(rf"(?<!\w)(?:{patterns['no']})(?!\w)", folded) or (
            other and re.search(rf"(?<!\w)(?:{other})(?!\w)", folded)
        ):
            found[name] = False
        elif re.search(rf"(?<!\w)(?:{patterns['yes']})(?!\w)", folded):
            found[name] = True
    found |= _amounts(folded, numbers, asked)
    loaded = loaded_before(text, dates)
    if loaded is not None:
        found["loaded_before"] = loaded.isoformat()
    term = re.search(r"(?<!\w)(cfr|cif|cpt|cip|dap|dpu|ddp)(?!\w)(?!\s*part\b)", re.sub(r"\d+\s+cfr\b", "", folded))
    if term and any(n.currency or n.value >= 100 for n in numbers):
        found["incoterm"] = term[1].upper()  # a price that holds freight is no customs value: the tool says so
    open_flags = [name for name in asked if _is_flag(name)]
    short = yes_or_no(text)
    if short is not None and len(open_flags) == 1 and open_flags[0] not in found:
        found[open_flags[0]] = short
    return found


def yes_or_no(text: str) -> bool | None:
    """What a message that begins with an answer says; None for any other message."""
    folded, table = fold(text).strip(" .!,¡¿?").replace("’", "'"), data("facts")
    if len(folded.split()) > 14:
        return None
    for value, name in ((False, "no"), (True, "yes")):
        match = re.match(rf"(?:{table[name]})(?=$|[\s,.;:!])", folded)
        if match and not (value and re.match(r"si\s+(?:el|la|los|las|entra|viene|fuera|son|es|llega)\b", folded)):
            return value
    return None


def loaded_before(text: str, dates: Sequence[DateFound]) -> date | None:
    """The day on which the goods were put on the ship, when the message says so."""
    folded = fold(text)
    match = re.search(rf"\b(?:{data('facts')['loaded']})\b", folded)
    entry = rf"\b(?:{data('facts')['enters']})\b"
    later = [
        d
        for d in dates
        if match and d.span.start >= match.start() and not re.search(entry, folded[match.end() : d.span.start])
    ]
    return later[0].day if later else None


def _amounts(folded: str, numbers: Sequence[Number], asked: Sequence[str]) -> dict[str, Any]:
    table, found = data("facts"), dict[str, Any]()
    for n in numbers:
        around = folded[max(0, n.span.start - 45) : n.span.end + 45]
        if n.percent and 0 <= n.value <= 100:
            metal = re.search(rf"\b(?:{table['metal_weight_share']})\b", around)
            weight = re.search(rf"\b(?:{table['weight']})\b", around)
            if (metal and weight) or ("metal_weight_share" in asked and (metal or weight or len(folded.split()) <= 6)):
                found["metal_weight_share"] = _plain(n.value / 100)
        if n.currency == "USD":
            for name, pattern in table["money"].items():
                if re.search(rf"(?<!\w)(?:{pattern})(?!\w)", around):
                    found[name] = _plain(n.value)
    return found


def _is_flag(name: str) -> bool:
    from assistant.customs.measures import facts

    fact = facts().get(name)
    return fact is not None and fact.kind == "flag"


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")

"""Families of additional duties that exist and are not computed: said as layers, never left out in silence."""

from __future__ import annotations

import re

from assistant.customs.base_rate import Entry
from assistant.customs.law import Unmodelled, say, unmodelled
from assistant.customs.types import Layer


def not_modelled(entry: Entry) -> list[Unmodelled]:
    """Families of measures that may concern this line, origin and day and are not computed."""
    named = " ".join(entry.line.footnote_headings("general"))
    return [
        family
        for family in unmodelled()
        if family.holds(entry.day)
        and family.may_concern(entry.line.hts)
        and ("*" in family.origins or entry.origin in family.origins)
        and (family.footnote is None or re.search(family.footnote, named))
    ]


def missing_layer(entry: Entry, family: Unmodelled) -> Layer:
    """The layer that says so, without rate or amount."""
    headings = [h for h in entry.line.footnote_headings("general") if family.footnote and re.match(family.footnote, h)]
    return Layer(
        kind=family.kind,  # type: ignore[arg-type]  # pydantic checks it against the contract's kinds
        heading=headings[0] if headings else None,
        title=family.title[entry.language],
        rate=None,
        basis=None,
        basis_amount=None,
        amount=None,
        calculation=None,
        status="not_modelled",
        reason=say("reason.adcvd" if family.kind == "adcvd" else "reason.unmodelled", entry.language),
        effective_from=family.start,
        effective_to=family.end,
        sources=(family.source,),
    )

"""Goods returned after repair, processing or assembly abroad: duty on part of the value (9802.00.40, .50, .60, .80).

The rate is the goods' own; a specific or compound duty counts in the same proportion (U.S. notes 3(c) and 4(b) to
subchapter II of chapter 98). The additional duties fall on that part too, except that section 232 duties under
9802.00.60 fall on the full value. The goods' own number is given, the provision in `facts.chapter_98_provision`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assistant.customs.base_rate import Entry
from assistant.customs.given import Given, part_provision
from assistant.customs.law import say
from assistant.customs.measures import facts
from assistant.customs.rate_model import money
from assistant.customs.types import FactQuestion, Language, Layer
from assistant.customs.units import canonical
from assistant.customs.ways import Stack

PART = "dutiable_value"


def reduced(entry: Entry, given: Mapping[str, Any]) -> tuple[Entry, Mapping[str, Any], bool]:
    """The entry on its dutiable part, the facts for it, and whether that part is still to be asked for.

    For 9802.00.80 the value of products of the United States (`us_content_value`) gives it as well."""
    provision = part_provision(str(given.get("chapter_98_provision") or ""))
    if provision is None or entry.line.hts.startswith("98"):
        return entry, given, False
    entry = replace(entry, provision=provision, full=entry.value)
    known = Given(given, entry.value, entry.language)
    if PART in known:
        return at(entry, known.number(PART)), given, False
    if provision == "98020080" and "us_content_value" in known:
        rest = {name: value for name, value in given.items() if name != "us_content_value"}  # taken off once
        return at(entry, entry.value - known.number("us_content_value")), rest, False
    return entry, given, True


def at(entry: Entry, part: Decimal) -> Entry:
    """The entry with `part` (US dollars) as its dutiable value, quantities and values of parts in proportion.

    Degrees of sugar say of what sort it is, not how much, and stay."""
    whole = entry.value  # multiplied first: a third of 3 kg is 1 kg and not 0.999…
    counts = entry.quantities.items()
    return replace(
        entry,
        value=part,
        quantities={u: count if canonical(u) == "degrees" else count * part / whole for u, count in counts},
        parts={name: value * part / whole for name, value in entry.parts.items()},
    )


def opened(stack: Stack, entry: Entry) -> Stack:
    """The stack with what depends on the dutiable part waiting for it."""
    question = (facts()[PART].question or {})[entry.language]
    asked = FactQuestion(name=f"facts.{PART}", question=question)
    layers = tuple(_waiting(layer, question, entry.language) for layer in stack.layers)
    return replace(stack, layers=layers, questions=(*stack.questions, asked))


def _waiting(layer: Layer, question: str, language: Language) -> Layer:
    if layer.status != "applied" or not layer.amount or layer.kind == "hmf":
        return layer
    blank = {"basis_amount": None, "amount": None, "calculation": None}
    why = say("reason.fact", language, names=question)
    return layer.model_copy(update={**blank, "status": "needs_fact", "reason": why})


def told(entry: Entry) -> tuple[str, ...]:
    """What the answer took for granted about the provision."""
    if entry.provision is None or entry.full is None or entry.full == entry.value:
        return ()
    shown = ".".join((entry.provision[:4], entry.provision[4:6], entry.provision[6:]))
    values = {"provision": shown, "part": money(entry.value), "full": money(entry.full)}
    return (say("assume.chapter_98_part", entry.language, **values),)


__all__ = ["at", "opened", "reduced", "told"]

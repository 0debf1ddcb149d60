"""Merchandise processing fee and harbor maintenance fee, by entry date and mode of transport."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from assistant.customs.base_rate import Entry
from assistant.customs.law import Fee, FeeValue, Program, fees, programs, say
from assistant.customs.rate_model import cents, money
from assistant.customs.rates import parse_rate
from assistant.customs.types import FactQuestion, Language, Layer, LayerStatus, Source


def mpf(entry: Entry, program: Program | None, undecided: Program | None, entry_type: str) -> Layer:
    """The processing fee of this line as one entry. `program` is the claim that is proven, `undecided` one whose
    origin is not known: it leaves the fee open when the program would lift it."""
    fee, lang, law = fees()["mpf"], entry.language, programs()
    value = fee.on(entry.day, lang)
    if program and program.mpf_exempt:
        why = say("reason.mpf_exempt", lang, program=program.name(lang), source=program.mpf_exempt.title)
        return _layer(entry, fee, value, "not_applied", why, extra=(program.mpf_exempt,))
    exempt = None
    if law.least_developed(entry.origin):
        exempt = fee.exempt_origins.get("least_developed")
    elif law.caribbean(entry.origin):
        exempt = fee.exempt_origins.get("caribbean")
    if exempt:
        why = say("reason.mpf_origin", lang, source=exempt.title)
        return _layer(entry, fee, value, "not_applied", why, extra=(exempt,))
    number = entry.provision or entry.line.hts
    if number.startswith("98") and not number.startswith(("98020060", "98020080")):
        return _layer(entry, fee, value, "not_applied", say("reason.mpf_chapter_98", lang))
    if entry_type == "informal":
        return _layer(entry, fee, value, "not_modelled", say("reason.mpf_informal", lang))
    if undecided and undecided.mpf_exempt:
        why = say("reason.originating_unknown", lang, program=undecided.name(lang))
        would = charge_of(entry.value, value, lang)[1]
        return _layer(entry, fee, value, "needs_fact", why).model_copy(update={"calculation": would})
    return _layer(entry, fee, value, "applied", None)


def hmf(entry: Entry) -> tuple[Layer, tuple[FactQuestion, ...]]:
    """The harbor fee: charged on ocean cargo only; a question when the mode is not known."""
    fee, lang = fees()["hmf"], entry.language
    value = fee.on(entry.day, lang)
    entry = replace(entry, value=entry.full or entry.value)  # on the cargo, whatever part of it is dutiable
    if entry.mode is None:
        question = FactQuestion(
            name="transport_mode",
            question=say("fact.transport_mode", lang),
            choices=("ocean", "air", "truck", "rail"),
        )
        return _layer(entry, fee, value, "needs_fact", say("reason.hmf_unknown", lang)), (question,)
    if entry.mode not in fee.modes:
        why = say("reason.hmf_mode", lang, mode=say(f"mode.{entry.mode}", lang))
        return _layer(entry, fee, value, "not_applied", why), ()
    return _layer(entry, fee, value, "applied", None), ()


def _layer(
    entry: Entry,
    fee: Fee,
    value: FeeValue,
    status: LayerStatus,
    reason: str | None,
    extra: tuple[Source, ...] = (),
) -> Layer:
    source = value.source.model_copy(update={"effective_from": value.start, "effective_to": value.end})
    due = status == "applied"
    amount, calculation = charge_of(entry.value, value, entry.language) if due else (None, None)
    return Layer(
        kind="mpf" if fee.kind == "mpf" else "hmf",
        heading=None,
        title=fee.title[entry.language],
        rate=value.rate,
        basis=say("basis.customs_value", entry.language),
        status=status,
        reason=reason,
        sources=(source, *extra),
        basis_amount=entry.value if due else None,
        amount=amount,
        calculation=calculation,
        effective_from=value.start,
        effective_to=value.end,
    )


def charge_of(customs_value: Decimal, value: FeeValue, language: Language = "en") -> tuple[Decimal, str]:
    """Amount of an ad valorem fee with its bounds, in dollars, and the calculation."""
    exact = parse_rate(value.rate).components[0].value * customs_value
    amount = cents(exact)
    text = f"{value.rate} × {money(customs_value)} = {money(exact)}"
    if value.least is not None and amount < value.least:
        return value.least, text + say("calc.raised", language, limit=money(value.least))
    if value.most is not None and amount > value.most:
        return value.most, text + say("calc.lowered", language, limit=money(value.most))
    return amount, text

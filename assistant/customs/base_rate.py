"""The base duty of a line: column 1 general, column 2, or a special program that is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from assistant.customs.law import ColumnTwoReplacement, Program, on_day, programs, say
from assistant.customs.rate_model import Computation, Rate
from assistant.customs.rate_words import basis_text, part_text
from assistant.customs.rates import compute, parse_rate, parse_special
from assistant.customs.schedule import Line
from assistant.customs.types import FactQuestion, Language, Layer, LayerKind, LayerStatus, Preference, Source
from assistant.errors import InvalidInput, NotInForce


@dataclass(frozen=True)
class Entry:
    """What one estimate is about; everything an engine step may ask for."""

    line: Line
    origin: str
    day: date
    value: Decimal
    quantities: Mapping[str, Decimal]
    parts: Mapping[str, Decimal]
    mode: str | None
    preference: Preference | None
    language: Language
    entry_type: str = "formal"
    provision: str | None = None  # of chapter 98, eight digits, when duty is due on part of the value only
    full: Decimal | None = None  # the whole customs value then; `value` is the dutiable part

    def claiming(self, program: Program | None) -> Entry:
        """The same entry under `program`, originating and proven; without any claim for None."""
        claim = Preference(program=program.symbols[0], originating=True) if program else None
        return replace(self, preference=claim)


@dataclass(frozen=True)
class Base:
    """Layers of the base duty, the questions they leave open, and the program that is claimed and proven."""

    layers: tuple[Layer, ...]
    questions: tuple[FactQuestion, ...]
    program: Program | None
    undecided: Program | None


def claimed_program(entry: Entry) -> Program | None:
    """The program that the entry claims, checked for origin and date.

    Raises InvalidInput for an unknown program or one that does not cover the origin, NotInForce for one that has
    lapsed on the day."""
    if entry.preference is None:
        return None
    name = entry.preference.program
    program = programs().named(name)
    offered = ", ".join(p.name(entry.language) for p in available(entry)) or say("program.none", entry.language)
    lang, origin = entry.language, entry.origin
    hint = say("hint.programs", lang, origin=origin, offered=offered)
    if program is None:
        raise InvalidInput(say("error.no_program", lang, name=name), field="preference.program", hint=hint)
    if not program.covers(origin):
        text = say("error.program_origin", lang, program=program.name(lang), origin=origin)
        raise InvalidInput(text, field="preference.program", hint=hint)
    if on_day(program.windows, entry.day) is None:
        windows = ", ".join(
            say("window.to" if w.end else "window.from", lang, start=w.start, end=w.end) for w in program.windows
        )
        raise NotInForce(
            say("error.program_day", lang, program=program.name(lang), day=entry.day, windows=windows),
            field="preference.program",
            hint=say("hint.program_day", lang),
        )
    return program


def special_segments(line: Line, program: Program, origin: str) -> list[tuple[tuple[str, ...], Rate]]:
    """Segments of the special column that `program` can use for `origin`, as (symbols, rate).

    `A*` excludes some beneficiaries and `A+` is for least-developed ones only; symbols are never mixed up."""
    found = []
    for segment in parse_special(line.special):
        symbols = tuple(s for s in program.symbols if s in segment.programs)
        if "A+" in symbols and origin not in program.least_developed:
            symbols = tuple(s for s in symbols if s != "A+")
        if symbols:
            found.append((symbols, segment.rate))
    return found


def available(entry: Entry) -> list[Program]:
    """Programs that the line offers for the origin and that are in force on the day, in the order of the data.

    Programs open to every country (civil aircraft, pharmaceuticals) depend on the article and are not offered
    unasked; on a line that is free in column 1 only those that also lift the processing fee are."""
    free = parse_rate(entry.line.general).kind == "free"
    law = programs()
    if law.column_two(entry.origin, entry.day):
        return []
    found = []
    for program in law.programs:
        if entry.origin not in program.countries or on_day(program.windows, entry.day) is None:
            continue
        if special_segments(entry.line, program, entry.origin) or (free and program.mpf_exempt):
            found.append(program)
    return found


def base_layers(entry: Entry) -> Base:
    """Column 1 or 2 and the claimed preference, as layers."""
    lang, line = entry.language, entry.line
    column_two = programs().column_two(entry.origin, entry.day)
    program = claimed_program(entry)
    if entry.entry_type == "postal":
        general = _layer(
            "mfn", None, say("layer.general", lang), line.general or None, "not_applied",
            say("reason.postal", lang), (line.revision.source,),
        )  # fmt: skip
        return Base((general,), (), None, None)
    if column_two:
        replacement = _replacement(entry)
        text = replacement.rate if replacement else line.other
        source = replacement.source if replacement else column_two.source
        layer, questions = _charge(
            entry,
            "column_2",
            replacement.heading if replacement else None,
            say("layer.column_2", lang),
            parse_rate(text),
            (line.revision.source, source),
            reason=say("reason.column_2_instead", lang, country=entry.origin),
        )
        return Base((layer,), questions, None, None)
    general, questions = _charge(
        entry, "mfn", None, say("layer.general", lang), parse_rate(line.general), (line.revision.source,)
    )
    if program is None or entry.preference is None:
        return Base((general,), questions, None, None)
    return _with_preference(entry, program, entry.preference, general, questions)


def _with_preference(
    entry: Entry, program: Program, claim: Preference, general: Layer, questions: tuple[FactQuestion, ...]
) -> Base:
    lang = entry.language
    proof = program.proof[lang]
    segments = special_segments(entry.line, program, entry.origin)
    symbols = segments[0][0] if segments else program.symbols[:1]
    title = say("layer.preference", lang, program=program.title[lang], symbols=", ".join(symbols))
    heading = None
    sources = (entry.line.revision.source, program.source)

    def idle(reason: str, status: LayerStatus = "not_applied") -> Layer:
        return _layer("preference", heading, title, None, status, reason, sources)

    if claim.originating is None:
        question = FactQuestion(
            name="preference.originating",
            question=say("fact.originating", lang, program=program.name(lang), proof=proof),
            choices=("true", "false"),
        )
        layer = idle(say("reason.originating_unknown", lang, program=program.name(lang)), "needs_fact")
        return Base((general, layer), (*questions, question), None, program)
    if not claim.originating:
        return Base((general, idle(say("reason.not_originating", lang))), questions, None, None)
    if claim.certificate_on_file is False:
        return Base((general, idle(say("reason.no_proof", lang, proof=proof))), questions, None, None)
    if parse_rate(entry.line.general).kind == "free":
        layer = idle(say("reason.no_benefit", lang, rate=entry.line.general))
        return Base((general, layer), questions, program, None)
    if not segments:
        layer = idle(say("reason.not_offered", lang, program=program.name(lang)))
        return Base((general, layer), questions, None, None)
    charged, asked = _charge(
        entry, "preference", heading, title, segments[0][1], sources, reason=say("reason.proof", lang, proof=proof)
    )
    if general.amount is not None and charged.amount is not None and charged.amount > general.amount:
        # General note 3(c)(iv): a special rate above the general one has no effect.
        layer = idle(say("reason.no_benefit", lang, rate=entry.line.general))
        return Base((general, layer), questions, program, None)
    replaced = general.model_copy(
        update={
            "status": "not_applied",
            "amount": None,
            "reason": say("reason.replaced", lang, program=program.name(lang)),
        }
    )
    return Base((replaced, charged), asked, program, None)


def _replacement(entry: Entry) -> ColumnTwoReplacement | None:
    named = entry.line.footnote_headings("other")
    rows = [r for r in programs().column_2_replacements if r.country == entry.origin and r.heading in named]
    return on_day(rows, entry.day)


def _layer(
    kind: LayerKind,
    heading: str | None,
    title: str,
    rate: str | None,
    status: LayerStatus,
    reason: str | None,
    sources: tuple[Source, ...],
) -> Layer:
    return Layer(
        kind=kind,
        heading=heading,
        title=title,
        rate=rate,
        basis=None,
        basis_amount=None,
        amount=None,
        calculation=None,
        status=status,
        reason=reason,
        effective_from=sources[0].effective_from,
        effective_to=sources[0].effective_to,
        sources=sources,
    )


def _charge(
    entry: Entry,
    kind: LayerKind,
    heading: str | None,
    title: str,
    rate: Rate,
    sources: tuple[Source, ...],
    reason: str | None = None,
) -> tuple[Layer, tuple[FactQuestion, ...]]:
    """The layer that charges `rate`, and the questions that stand in the way."""
    lang = entry.language
    blank = _layer(kind, heading, title, rate.printed or None, "applied", reason, sources)
    if rate.kind == "none":
        return blank.model_copy(update={"status": "not_modelled", "reason": say("reason.no_rate", lang)}), ()
    result = compute(rate, entry.value, entry.quantities, component_values=entry.parts, language=lang)
    if result.amount is not None:
        basis = "basis.both" if rate.units and any(c.kind == "ad_valorem" for c in rate.components) else None
        basis = basis or ("basis.quantity" if rate.units else "basis.customs_value")
        done: dict[str, object] = {"basis": say(basis, lang), "basis_amount": entry.value, "amount": result.amount}
        if result.assumptions:
            measured = ", ".join(dict.fromkeys(basis_text(c.basis, lang) for c in rate.components if c.basis))
            note = say("reason.measured", lang, basis=measured)
            done["reason"] = f"{reason}; {note}" if reason else note
        return blank.model_copy(update={**done, "calculation": result.calculation}), ()
    questions = _questions(result, lang)
    if questions:
        units, parts = (
            ", ".join(result.missing_units),
            ", ".join(part_text(name, lang) for name in result.missing_values),
        )
        key, values = ("reason.needs_quantity", {"units": units}) if units else ("reason.needs_value", {"parts": parts})
        why = say(key, lang, rate=rate.printed, **values)
        return blank.model_copy(update={"status": "needs_fact", "reason": why}), questions
    why = say("reason.not_computable", lang, rate=rate.printed, reason=result.reason or rate.explain(lang) or "")
    return blank.model_copy(update={"status": "not_modelled", "reason": why}), ()


def _questions(result: Computation, lang: Language) -> tuple[FactQuestion, ...]:
    units = [
        FactQuestion(name=f"quantities.{unit}", question=say("fact.quantity", lang, unit=unit))
        for unit in result.missing_units
    ]
    parts = [
        FactQuestion(name=f"facts.value_of.{part}", question=say("fact.part_value", lang, part=part_text(part, lang)))
        for part in result.missing_values
    ]
    return (*units, *parts)

"""The duty stack of one entry line: base duty, fees, options side by side, and what is not computed.

Pure: the line comes from the catalog, the law from data files, the day from the request. Every total is the sum of
the layers shown as applied; a layer whose amount hangs on a missing fact leaves the totals open with a range.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from assistant.customs import chapter_98
from assistant.customs.base_rate import Entry, available
from assistant.customs.conditions import unmet
from assistant.customs.given import PART_98, Given
from assistant.customs.hts_number import format_hts
from assistant.customs.law import Unmodelled, say
from assistant.customs.measures import facts, prohibitions
from assistant.customs.missing import missing_layer, not_modelled
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import DutyRequest, DutyResponse, Language, Layer, Option, Range, Source
from assistant.customs.units import canonical
from assistant.customs.ways import Law, Stack, bounds, build
from assistant.errors import InvalidInput, UnsupportedCurrency

INFORMAL_LIMIT = Decimal(2500)  # 19 CFR 143.21(a)


def _add(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first + second


def check_request(request: DutyRequest) -> None:
    """Raises InvalidInput or UnsupportedCurrency for values no estimate can be made of."""
    lang = request.language
    if request.currency.upper() != "USD":
        raise UnsupportedCurrency(
            say("error.currency", lang, currency=request.currency), field="currency", hint=say("hint.currency", lang)
        )
    if not request.customs_value.is_finite() or request.customs_value <= 0:
        raise InvalidInput(
            say("error.value", lang, value=request.customs_value), field="customs_value", hint=say("hint.value", lang)
        )
    for unit, quantity in request.quantities.items():
        field = f"quantities.{unit}"
        if not quantity.is_finite() or quantity < 0:
            raise InvalidInput(say("error.quantity", lang, unit=unit), field=field, hint=say("hint.quantity", lang))
        if canonical(unit) is None:
            raise InvalidInput(say("error.unit", lang, unit=unit), field=field, hint=say("hint.unit", lang))


def estimate(
    request: DutyRequest,
    line: Line,
    day: date,
    revisions: Sequence[Revision],
    *,
    shorter: bool = False,
    law: Law | None = None,
) -> DutyResponse:
    """The whole response for `request` on `day`. `line` is the row in force, `shorter` that the number given was
    shorter than the line's; `revisions` are the editions loaded, to say when the newest is not the day's. `law`: other
    measures or goods lists than those that ship."""
    check_request(request)
    law = law or Law.shipped()
    lang = request.language
    entry_type = _entry_type(request)
    entry = Entry(
        line=line,
        origin=request.origin,
        day=day,
        value=request.customs_value,
        quantities=request.quantities,
        parts=_part_values(request.facts, lang),
        mode=request.transport_mode,
        preference=request.preference,
        language=lang,
        entry_type=entry_type,
    )
    Given(request.facts, entry.value, lang).check()
    entry, given, part_open = chapter_98.reduced(entry, request.facts)

    def way(one: Entry) -> Stack:
        stack = build(one, given, law)
        return chapter_98.opened(stack, one) if part_open else stack

    stack = way(entry)
    missing = [] if any(layer.kind == "adcvd" for layer in stack.layers) else not_modelled(entry)
    options = [_option(say("option.none", lang), way(entry.claiming(None)), ())]
    for program in available(entry):
        name = say("option.program", lang, program=program.name(lang))
        options.append(_option(name, way(entry.claiming(program)), (program.proof[lang],)))
    layers = (*stack.layers, *(missing_layer(entry, family) for family in missing))
    duty, fees = stack.total(fees=False), stack.total(fees=True)
    sources: dict[str, Source] = {s.title: s for layer in layers for s in layer.sources}
    return DutyResponse(
        hts=format_hts(line.hts),
        description=line.description(lang),
        origin=entry.origin,
        entry_date=day,
        revision=line.revision.name,
        customs_value=request.customs_value,
        currency="USD",
        layers=layers,
        duty=duty,
        fees=fees,
        total_import_charges=_add(duty, fees),
        range=_range(entry, given, law, stack, part_open),
        needs_facts=stack.questions,
        assumptions=(
            *_assumptions(entry, revisions, shorter, request.hts),
            *chapter_98.told(entry),
            *_assumed(entry, stack),
        ),
        warnings=(
            *unmet(line.path, day, entry.value, entry.quantities, lang),
            *_value_basis(given, lang),
            *_idle_facts(entry, given, layers),
        ),
        options=tuple(options),
        sources=tuple(sources.values()),
        not_covered=(*_transshipped(entry, layers), *_not_covered(entry, missing)),
        prohibited=prohibited(entry, Given(given, entry.full or entry.value, lang), law),
        disclaimer=say("disclaimer", lang),
    )


def _option(name: str, stack: Stack, requires: tuple[str, ...]) -> Option:
    duty, fees = stack.total(fees=False), stack.total(fees=True)
    return Option(name=name, duty=duty, fees=fees, total_import_charges=_add(duty, fees), requires=requires)


def _range(entry: Entry, given: Mapping[str, Any], law: Law, stack: Stack, part_open: bool) -> Range | None:
    """Least and most of the total while something is open; None when nothing is, or when it has no bounds."""
    if not stack.questions:
        return None
    ends = [bounds(one, given, law, stack) for one in (entry, chapter_98.at(entry, Decimal(0)))[: 1 + part_open]]
    known = [end for end in ends if end is not None]
    return Range(min=min(low for low, _ in known), max=max(high for _, high in known)) if known == ends else None


def _assumed(entry: Entry, stack: Stack) -> tuple[str, ...]:
    """The assumptions that the measures relied on, each once."""
    lang, known = entry.language, facts()
    texts = [(known[name].assumption or {})[lang] for name in stack.assumed]
    if entry.line.hts.startswith(PART_98):
        texts.append(say("assume.chapter_98_value", lang))
    return tuple(dict.fromkeys(texts))


def prohibited(entry: Entry, given: Given, law: Law) -> dict[str, Any] | None:
    """Why the goods may not be imported on the day, with its source; None when no prohibition is known."""
    for ban in prohibitions():
        listed = any(law.lists.match(name, entry.line.hts, entry.day) for name in ban.goods.lists)
        due = entry.origin in ban.origins and ban.holds(entry.day) and listed
        if due and all(given.holds(name, wanted) for name, wanted in ban.when.facts.items()):
            return {"reason": ban.reason[entry.language], "source": ban.source.model_dump(mode="json")}
    return None


_FREIGHT_INCLUDED = ("CIF", "CIP", "CFR", "CPT", "DAP", "DPU", "DAT", "LANDED", "C&F")


def _value_basis(given: Mapping[str, Any], language: Language) -> tuple[str, ...]:
    """A warning where the value is on terms that are no customs value (`facts.incoterm`, `facts.value_basis`)."""
    stated = str(given.get("incoterm") or given.get("value_basis") or "").strip().upper()
    term = stated.split(" ")[0]
    if term == "DDP":
        return (say("warning.value_duty_paid", language, basis=term),)
    return (say("warning.value_basis", language, basis=term),) if term in _FREIGHT_INCLUDED else ()


# Facts read here or by the base duty; those of the measures are in the data.
_OTHER_FACTS = ("adcvd_case", "adcvd_rate", "entry_type", "incoterm", "value_basis", "value_of")


def _idle_facts(entry: Entry, given: Mapping[str, Any], layers: Sequence[Layer]) -> tuple[str, ...]:
    """A warning for each fact that no measure knows, and for a claimed heading that no layer stands under."""
    lang, known = entry.language, (*facts(), *_OTHER_FACTS)
    rows = []
    for name in (n for n in given if n not in known):
        near = get_close_matches(name, known, 1)
        rows.append(
            say(
                "warning.fact_unknown",
                lang,
                name=name,
                near=say("warning.fact_near", lang, near=near[0]) if near else "",
            )
        )
    claimed = Given(given, entry.full or entry.value, lang)
    if "chapter_98_provision" in claimed and claimed.text("chapter_98_provision") == "outside":
        rows.append(say("warning.chapter_98", lang))
    heading = claimed.claimed_heading()
    if heading and not any(layer.heading == heading for layer in layers):
        rows.append(say("warning.heading_unused", lang, heading=heading, day=entry.day))
    return tuple(rows)


def _entry_type(request: DutyRequest) -> str:
    """formal unless `facts.entry_type` says informal or postal; InvalidInput otherwise, or above the informal limit."""
    lang = request.language
    given = str(request.facts.get("entry_type", "formal")).strip().lower()
    if given not in ("formal", "informal", "postal"):
        raise InvalidInput(
            say("error.entry_type", lang, given=repr(given)),
            field="facts.entry_type",
            hint=say("hint.entry_type", lang),
        )
    if given == "informal" and request.customs_value > INFORMAL_LIMIT:
        raise InvalidInput(
            say("error.informal", lang, limit=f"{INFORMAL_LIMIT:,}"),
            field="facts.entry_type",
            hint=say("hint.informal", lang),
        )
    return given


def _part_values(facts: Mapping[str, Any], lang: Language) -> dict[str, Decimal]:
    """Values of parts (`facts.value_of`), in US dollars, for rates charged on a component."""
    given = facts.get("value_of", {})
    if not isinstance(given, Mapping):
        raise InvalidInput(say("error.value_of", lang), field="facts.value_of", hint=say("hint.value_of", lang))
    try:
        return {str(part): Decimal(str(value)) for part, value in given.items()}
    except InvalidOperation as error:
        raise InvalidInput(
            say("error.part_number", lang), field="facts.value_of", hint=say("hint.part_number", lang)
        ) from error


# Headings for goods transshipped to evade a duty under IEEPA: whose duty, first and last day. Executive Orders 14325,
# 14326; collected until 2026-02-23. CBP finds the evasion, an importer never declares it.
_TRANSSHIPPED = (
    ("9903.01.16", ("9903.01.1",), date(2025, 8, 1)),
    ("9903.02.01", ("9903.02.",), date(2025, 8, 7)),
)
_IEEPA_LAST = date(2026, 2, 23)


def _transshipped(entry: Entry, layers: Sequence[Layer]) -> tuple[str, ...]:
    """What a finding of transshipment would charge in place of an IEEPA duty shown."""
    due = [x.heading for x in layers if x.kind == "ieepa" and x.heading and x.status in ("applied", "needs_fact")]
    return tuple(
        say(f"not_covered.transshipped.{heading}", entry.language)
        for heading, places, start in _TRANSSHIPPED
        if start <= entry.day <= _IEEPA_LAST and any(h.startswith(places) for h in due)
    )


_EMBARGOED = ("CU", "IR", "KP")


def _not_covered(entry: Entry, missing: Sequence[Unmodelled]) -> tuple[str, ...]:
    lang = entry.language
    rows = [say("not_covered.measure", lang, title=family.title[lang]) for family in missing]
    if rows:
        rows.append(say("not_covered.total", lang))
    if entry.origin in _EMBARGOED:
        rows.append(say(f"not_covered.embargo.{entry.origin}", lang))
    return (*rows, say("not_covered.pga", lang), say("not_covered.taxes", lang))


def _assumptions(entry: Entry, revisions: Sequence[Revision], shorter: bool, given: str) -> tuple[str, ...]:
    lang, revision = entry.language, entry.line.revision
    rows = [say("assume.classification", lang)]
    if entry.entry_type == "formal":
        rows.append(say("assume.single_entry", lang))
        if entry.value <= INFORMAL_LIMIT:
            rows.append(say("assume.small_value", lang))
    digits = re.sub(r"\D", "", given)
    if shorter and len(digits) < 8:
        rows.append(say("assume.heading_level", lang))
    elif shorter and len(digits) == 8:
        rows.append(say("assume.statistical", lang))
    elif shorter and len(digits) == 10:
        rows.append(say("assume.suffix", lang, line=format_hts(entry.line.hts)))
    if revision.partial:
        rows.append(say("assume.extract", lang))
    if entry.day > revision.effective_from:
        rows += _editions(revision, revisions, lang)
    return tuple(rows)


def _editions(revision: Revision, revisions: Sequence[Revision], language: Language) -> tuple[str, ...]:
    """What is not known of editions after `revision`: none is loaded, or the next that is loaded may not be the next
    that was published."""
    known = {"revision": revision.name, "start": revision.effective_from}
    later = [r for r in revisions if r.effective_from > revision.effective_from]
    if not later:
        return (say("assume.latest_revision", language, **known),)
    after = min(later, key=lambda r: r.effective_from)
    numbers = [re.fullmatch(r"(\d{4}) rev (\d+)", r.name) for r in (revision, after)]
    years, counts = [n and n[1] for n in numbers], [int(n[2]) if n else 0 for n in numbers]
    if years[0] and years[0] == years[1] and counts[1] == counts[0] + 1:
        return ()
    return (say("assume.between", language, **known, next=after.name, next_start=after.effective_from),)

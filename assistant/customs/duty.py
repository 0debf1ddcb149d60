"""The duty stack of one entry line: base duty, fees, options side by side, and what is not computed.

Pure: the line comes from the catalog, the law from data files, the day from the request. Every total is the sum of
the layers shown as applied; a layer whose amount hangs on a missing fact leaves the totals open with a range.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.customs.base_rate import Entry, available
from assistant.customs.conditions import unmet
from assistant.customs.given import Given
from assistant.customs.hts_number import format_hts
from assistant.customs.law import Unmodelled, say, unmodelled
from assistant.customs.measures import facts, prohibitions
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import DutyRequest, DutyResponse, Layer, Option, Range, Source
from assistant.customs.units import canonical
from assistant.customs.ways import Law, Stack, bounds, build
from assistant.errors import InvalidInput, UnsupportedCurrency

INFORMAL_LIMIT = Decimal(2500)  # 19 CFR 143.21(a)


def _add(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first + second


def check_request(request: DutyRequest) -> None:
    """Raises InvalidInput or UnsupportedCurrency for values no estimate can be made of."""
    if request.currency.upper() != "USD":
        raise UnsupportedCurrency(
            f"customs value is in {request.currency}; only USD is accepted",
            field="currency",
            hint="convert at the rate CBP publishes for the day of export (19 CFR 159.31) and give the value in USD",
        )
    if not request.customs_value.is_finite() or request.customs_value <= 0:
        raise InvalidInput(
            f"customs_value must be greater than zero, not {request.customs_value}",
            field="customs_value",
            hint='give the customs value of the line in US dollars, for example "25000"',
        )
    for unit, quantity in request.quantities.items():
        if not quantity.is_finite() or quantity < 0:
            raise InvalidInput(
                f"quantity in {unit} must not be negative", field=f"quantities.{unit}", hint="correct it"
            )
        if canonical(unit) is None:
            raise InvalidInput(
                f"the schedule has no unit {unit!r}",
                field=f"quantities.{unit}",
                hint="use a unit that the line prints, such as kg, No., m2, liters or doz.",
            )


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
        parts=_part_values(request.facts),
        mode=request.transport_mode,
        preference=request.preference,
        language=lang,
        entry_type=entry_type,
    )
    given = request.facts
    stack = build(entry, given, law)
    missing = [] if any(layer.kind == "adcvd" for layer in stack.layers) else _unmodelled(entry)
    options = [_option(say("option.none", lang), build(entry.claiming(None), given, law), ())]
    for program in available(entry):
        name = say("option.program", lang, program=program.name(lang))
        options.append(_option(name, build(entry.claiming(program), given, law), (program.proof[lang],)))
    layers = (*stack.layers, *(_unmodelled_layer(entry, family) for family in missing))
    duty, fees = stack.total(fees=False), stack.total(fees=True)
    sources: dict[str, Source] = {s.title: s for layer in layers for s in layer.sources}
    return DutyResponse(
        hts=format_hts(line.hts),
        description=line.description(lang),
        origin=entry.origin,
        entry_date=day,
        revision=line.revision.name,
        customs_value=entry.value,
        currency="USD",
        layers=layers,
        duty=duty,
        fees=fees,
        total_import_charges=_add(duty, fees),
        range=_range(entry, given, law, stack),
        needs_facts=stack.questions,
        assumptions=(*_assumptions(entry, revisions, shorter, request.hts), *_assumed(entry, stack)),
        warnings=unmet(line.path, day, entry.value, entry.quantities, lang),
        options=tuple(options),
        sources=tuple(sources.values()),
        not_covered=_not_covered(entry, missing),
        prohibited=prohibited(entry, Given(given, entry.value), law),
        disclaimer=say("disclaimer", lang),
    )


def _option(name: str, stack: Stack, requires: tuple[str, ...]) -> Option:
    duty, fees = stack.total(fees=False), stack.total(fees=True)
    return Option(name=name, duty=duty, fees=fees, total_import_charges=_add(duty, fees), requires=requires)


def _range(entry: Entry, given: Mapping[str, Any], law: Law, stack: Stack) -> Range | None:
    """Least and most of the total while something is open; None when nothing is, or when it has no bounds."""
    if not stack.questions:
        return None
    ends = bounds(entry, given, law, stack)
    return Range(min=ends[0], max=ends[1]) if ends else None


def _assumed(entry: Entry, stack: Stack) -> tuple[str, ...]:
    """The assumptions that the measures relied on, each once."""
    lang, known = entry.language, facts()
    texts = [(known[name].assumption or {})[lang] for name in stack.assumed]
    if entry.line.hts.startswith(("98020040", "98020050", "98020060", "98020080")):
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


def _entry_type(request: DutyRequest) -> str:
    """formal unless `facts.entry_type` says informal or postal; InvalidInput otherwise, or above the informal limit."""
    given = str(request.facts.get("entry_type", "formal")).strip().lower()
    if given not in ("formal", "informal", "postal"):
        raise InvalidInput(
            f"facts.entry_type is {given!r}", field="facts.entry_type", hint="give formal, informal or postal"
        )
    if given == "informal" and request.customs_value > INFORMAL_LIMIT:
        raise InvalidInput(
            f"an informal entry is for goods of USD {INFORMAL_LIMIT:,} or less (19 CFR 143.21)",
            field="facts.entry_type",
            hint="leave the fact out: goods above that value need a formal entry",
        )
    return given


def _part_values(facts: Mapping[str, Any]) -> dict[str, Decimal]:
    """Values of parts (`facts.value_of`), in US dollars, for rates charged on a component."""
    given = facts.get("value_of", {})
    if not isinstance(given, Mapping):
        raise InvalidInput(
            "facts.value_of must map a part to its value", field="facts.value_of", hint='{"case": "12.50"}'
        )
    try:
        return {str(part): Decimal(str(value)) for part, value in given.items()}
    except InvalidOperation as error:
        raise InvalidInput(
            "a value in facts.value_of is not a number", field="facts.value_of", hint='write it as "12.50"'
        ) from error


def _unmodelled(entry: Entry) -> list[Unmodelled]:
    """Families of measures that may concern this line, origin and day and are not computed."""
    named = " ".join(entry.line.footnote_headings("general"))
    return [
        family
        for family in unmodelled()
        if family.holds(entry.day)
        and ("*" in family.origins or entry.origin in family.origins)
        and (family.footnote is None or re.search(family.footnote, named))
    ]


def _unmodelled_layer(entry: Entry, family: Unmodelled) -> Layer:
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


def _not_covered(entry: Entry, missing: Sequence[Unmodelled]) -> tuple[str, ...]:
    lang = entry.language
    rows = [say("not_covered.measure", lang, title=family.title[lang]) for family in missing]
    if rows:
        rows.append(say("not_covered.total", lang))
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
    if revision.partial:
        rows.append(say("assume.extract", lang))
    newest = max(revisions, key=lambda r: r.effective_from)
    if newest.effective_from <= revision.effective_from and entry.day > revision.effective_from:
        rows.append(say("assume.latest_revision", lang, revision=revision.name, start=revision.effective_from))
    return tuple(rows)

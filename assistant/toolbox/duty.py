"""`estimate_duty` and `tariff_line`: the catalog's rows into the customs engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from assistant.bootstrap import Services, store_errors
from assistant.customs.changes import changes
from assistant.customs.duty import check_request, estimate
from assistant.customs.hts_number import format_hts, nearest, normalise
from assistant.customs.law import fees, say, unmodelled
from assistant.customs.measures import facts
from assistant.customs.rates import Rate, parse_rate, parse_special
from assistant.customs.schedule import Line, Revision, next_level, outline, pick, resolve, rows_in_force
from assistant.customs.types import DutyRequest, DutyResponse, Language
from assistant.errors import InvalidInput, NotInForce
from assistant.schema import (
    PrintedRate,
    TariffChange,
    TariffChangesRequest,
    TariffChangesResponse,
    TariffLineRequest,
    TariffLineResponse,
)
from assistant.sourcing.places import country_code
from assistant.toolbox.evidence import with_evidence
from retrieval.records import ScheduleInfo

CHILDREN = 100  # lines listed under a number; how many there are is said when there are more


_KEPT: ContextVar[list[ScheduleInfo] | None] = ContextVar("schedules", default=None)


@contextmanager
def same_schedules(services: Services) -> Iterator[None]:
    """Within it all calls answer from the schedules that are loaded now, read once: for a batch of many lines."""
    token = _KEPT.set(services.catalog.schedules("US"))
    try:
        yield
    finally:
        _KEPT.reset(token)


def estimate_duty(services: Services, request: DutyRequest) -> DutyResponse:
    """The duty stack of one line on its entry date."""
    _only_us(request.destination, request.language)
    lang = request.language
    request = request.model_copy(update={"origin": country_code(request.origin, field="origin", language=lang)})
    request = request.model_copy(update={"facts": _countries_named(request.facts, lang)})
    check_request(request)
    digits = _goods_number(request.hts, (6, 8, 10), lang)
    day = request.entry_date or services.today()
    request, told = with_evidence(request, day)
    revisions, rows = _schedule(services, digits[:8])
    line, shorter = resolve(digits, day, rows, revisions, lambda code: _nearest(services, code), lang)
    answer = estimate(request, line, day, revisions, shorter=shorter, law=services.law)
    return answer.model_copy(update={"assumptions": (*told, *answer.assumptions)}) if told else answer


def tariff_line(services: Services, request: TariffLineRequest) -> TariffLineResponse:
    """What the schedule in force prints for a number, down to the next coded level."""
    _only_us(request.destination, request.language)
    lang = request.language
    digits = normalise(request.hts, (4, 6, 8, 10), lang)
    day = request.as_of or services.today()
    revisions, rows = _schedule(services, digits[:8])
    with _day_given_as("as_of"):
        here = rows_in_force(digits, day, rows, revisions, lambda code: _nearest(services, code), lang)
    line = outline(digits, here) if len(digits) <= 6 else pick(digits, here, lang)[0]
    children = next_level(digits, here)
    limits = [say("not_covered.additional", lang), say("not_covered.notes", lang)]
    if len(children) > CHILDREN:
        limits.append(say("not_covered.children", lang, shown=CHILDREN, all=len(children)))
    return TariffLineResponse(
        hts=format_hts(line.hts if len(digits) >= 8 else digits),
        description=list(line.description(lang)),
        as_of=day,
        revision=line.revision.name,
        units=list(line.units),
        general=_printed(parse_rate(line.general), line.general_from, language=lang) if line.general else None,
        special=[_printed(part.rate, line.special_from, part.programs, lang) for part in parse_special(line.special)],
        column_2=_printed(parse_rate(line.other), line.other_from, language=lang) if line.other else None,
        measures=[
            {"heading": heading, "column": column, "named_by": "footnote"}
            for column in ("general", "other", "special")
            for heading in line.footnote_headings(column)
        ],
        chapter_notes=[],
        children=[_child(row, lang) for row in children[:CHILDREN]],
        sources=[line.revision.source],
        not_covered=limits,
    )


def tariff_changes(services: Services, request: TariffChangesRequest) -> TariffChangesResponse:
    """Every dated change of the stack of a line and origin in a window, known future steps included."""
    _only_us(request.destination, request.language)
    lang = request.language
    origin = country_code(request.origin, field="origin", language=lang)
    digits = _goods_number(request.hts, (8, 10), lang)
    revisions, rows = _schedule(services, digits[:8])
    last = max(request.end, request.start)
    with _day_given_as("to"):
        line, _ = resolve(digits, last, rows, revisions, lambda code: _nearest(services, code), lang)
    ours = [row for row in rows if row.hts == line.hts]
    found = changes(ours, origin, request.start, request.end, law=services.law, language=lang)
    sources = {c.source.title: c.source for c in found if c.source}
    newest = max(revisions, key=lambda r: r.effective_from)
    return TariffChangesResponse(
        hts=format_hts(line.hts),
        description=list(line.description(lang)),
        origin=origin,
        start=request.start,
        end=request.end,
        changes=[
            TariffChange(
                date=c.day,
                kind=c.kind,
                heading=c.heading,
                title=c.title,
                before=c.before,
                after=c.after,
                source=c.source,
            )
            for c in found
        ],
        sources=[line.revision.source, *sources.values()],
        not_covered=[
            say("assume.latest_revision", lang, revision=newest.name, start=newest.effective_from),
            *(say("not_covered.measure", lang, title=f.title[lang]) for f in unmodelled() if f.kind == "adcvd"),
            *_fees_unknown(request.end, lang),
        ],
    )


def _schedule(services: Services, prefix: str) -> tuple[list[Revision], list[Line]]:
    """Loaded revisions, and all rows whose number begins with `prefix`."""
    with store_errors():
        infos = _KEPT.get() or services.catalog.schedules("US")
        stored = services.catalog.tariff_under(prefix, infos)
    revisions = {
        info.document_id: Revision(
            document_id=info.document_id,
            name=info.revision or info.document_id,
            effective_from=info.effective_from,
            partial=info.partial,
            title=info.title,
            url=info.url,
        )
        for info in infos
        if info.effective_from is not None
    }
    rows = [
        Line(
            hts=row.hts,
            path=row.path,
            units=row.units,
            general=row.general or "",
            special=row.special or "",
            other=row.other or "",
            revision=revisions[row.schedule.document_id],
            path_es=row.path_es or (),
            general_from=row.general_from,
            special_from=row.special_from,
            other_from=row.other_from,
            footnotes=row.footnotes,
        )
        for row in stored
        if row.schedule.document_id in revisions
    ]
    return list(revisions.values()), rows


def _nearest(services: Services, code: str) -> list[str]:
    """Existing numbers most like `code`, of the same length where there are any. While only extracts are loaded,
    numbers of another heading would mislead: the right one may just not be in the extract."""
    whole = any(not schedule.partial for schedule in services.catalog.schedules("US"))
    for length in (6, 4, 2, 0) if whole else (6, 4):
        known = [c for c in services.catalog.tariff_codes(prefix=code[:length]) if len(c) == len(code)]
        if known:
            return nearest(code, known, limit=5)
    return []


def _printed(rate: Rate, inherited: str | None, programs: Sequence[str] = (), language: Language = "en") -> PrintedRate:
    components: list[dict[str, Any]] = [
        {"kind": c.kind, "value": format(c.value, "f"), "unit": c.unit, "per": format(c.per, "f"), "basis": c.basis}
        for c in rate.components
    ]
    return PrintedRate(
        printed=rate.printed,
        kind=rate.kind,
        components=components,
        programs=list(programs),
        inherited_from=inherited,
        computable=rate.computable,
        reason=rate.explain(language),
    )


def _child(row: Line, language: Language) -> dict[str, Any]:
    return {
        "hts": format_hts(row.hts),
        "description": row.description(language)[-1],
        "general": row.general,
        "units": row.units,
    }


def _goods_number(text: str, accepted: Sequence[int], language: Language) -> str:
    """Digits of a number that goods are entered under; InvalidInput for a heading of chapter 99 alone."""
    digits = normalise(text, accepted, language)
    if digits.startswith("99"):
        raise InvalidInput(
            say("error.chapter_99", language, hts=format_hts(digits)),
            field="hts",
            hint=say("hint.chapter_99", language),
        )
    return digits


def _fees_unknown(end: date, language: Language) -> list[str]:
    last = max((value.end or date.max for value in fees()["mpf"].values), default=date.max)
    return [say("not_covered.fees_later", language, day=last)] if end > last else []


@contextmanager
def _day_given_as(name: str) -> Iterator[None]:
    """A day that no schedule is in force on is an error of this field of the request."""
    try:
        yield
    except NotInForce as error:
        error.field = name
        raise


def _countries_named(given: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The facts with countries by their codes, however they were named."""
    known = facts()
    return {
        name: country_code(str(value), field=f"facts.{name}", language=language)
        if value is not None and name in known and known[name].kind == "country"
        else value
        for name, value in given.items()
    }


def _only_us(destination: str, language: Language) -> None:
    code = country_code(destination, field="destination", language=language)
    if code != "US":
        raise InvalidInput(
            say("error.destination", language, country=code),
            field="destination",
            hint=say("hint.destination", language),
        )

"""`order_status`, `supplier_performance` and `production_risks`: the order book into the production engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assistant.bootstrap import Services, store_errors
from assistant.customs.types import DutyRequest, Language, Preference, Source
from assistant.errors import InvalidInput, NotFound, SourcingError
from assistant.production.control import control
from assistant.production.fold import OrderState
from assistant.production.forecast import forecast
from assistant.production.kpis import kpis
from assistant.production.measures import KpiWindow, percent, printed
from assistant.production.risks import CertificateOnFile, Context, DutyChange, Risk, risks
from assistant.production.series import pareto, weekly
from assistant.schema import ManufacturerProfileRequest
from assistant.toolbox.duty import estimate_duty
from assistant.toolbox.manufacturers import manufacturer_profile
from assistant.tracking.book import book_of
from assistant.tracking.types import (
    Maker,
    MilestoneRow,
    OrderStatusRequest,
    OrderStatusResponse,
    ProductionRisksRequest,
    ProductionRisksResponse,
    Progress,
    SupplierPerformanceRequest,
    SupplierPerformanceResponse,
)

_CHARTED = ("first_pass_yield", "defects_ppm", "oee")
_ORDER_KPIS = (
    "on_time_delivery", "on_time_in_full", "schedule_variance", "lead_time_promised", "lead_time_actual",
    "first_pass_yield", "rolled_throughput_yield", "defects_ppm", "scrap_rate", "oee", "availability", "performance",
    "quality", "output_against_plan", "open_incidents", "document_compliance", "cost_of_poor_quality",
)  # fmt: skip
_TEXTS = {
    "en": {
        "source": "Events of {order} as reported by the plant: {count}, the last on {last}",
        "source_none": "Order {order}; the plant has reported nothing yet",
        "reports": "What the plant reports was not checked on site",
        "zone": "The plant's time zone is not known; days are counted in UTC",
        "sample": "The order is a sample and fictional",
        "duty": "A change of duty before arrival was not checked: {why}",
        "no_orders": "No orders of this manufacturer are on file",
    },
    "es": {
        "source": "Eventos de {order} informados por la planta: {count}, el último el {last}",
        "source_none": "Orden {order}; la planta aún no ha informado nada",
        "reports": "Lo que informa la planta no se verificó en sitio",
        "zone": "No se conoce la zona horaria de la planta; los días se cuentan en UTC",
        "sample": "La orden es una muestra ficticia",
        "duty": "No se revisó si el arancel cambia antes de la llegada: {why}",
        "no_orders": "No hay órdenes de este fabricante registradas",
    },
}


def order_status(services: Services, request: OrderStatusRequest) -> OrderStatusResponse:
    """One order: where it stands, what is expected, its figures, papers and risks."""
    book, day = book_of(services), request.as_of or services.today()
    stored = book.one(services, request.order_id, request.known_on)
    state = book.state(services, stored, day, request.known_on)
    order = state.order
    if order.placed > day:
        raise InvalidInput(
            f"{order.order_id} was placed on {order.placed}, after {day}", field="as_of", hint="ask for a later day"
        )
    everything = book.states(services, day, request.known_on)
    context, unchecked = _context(services, state, everything, request.language, with_duty=True)
    good = state.good
    share = percent(good, order.quantity) if good is not None else None
    texts = _TEXTS[request.language]
    not_covered = [texts["reports"], *([] if order.timezone else [texts["zone"]]), *unchecked]
    return OrderStatusResponse(
        order_id=order.order_id,
        as_of=day,
        known_on=request.known_on,
        manufacturer=maker(services, order.manufacturer_id),
        product=order.product,
        hts=order.hts,
        stage=order.stage,
        quantity=order.quantity,
        unit_price=order.unit_price,
        currency=order.currency,
        placed=order.placed,
        promised=order.promised,
        timezone=order.timezone,
        phase=state.phase,
        delivered_on=state.delivered_on,
        progress=Progress(
            good=good,
            quantity=order.quantity,
            percent=share,
            percent_text=printed(share, "%", request.language) if share is not None else "",
            shipped=_shipped(state),
            arrived=state.arrived,
            phase=state.phase,
        ),
        forecast=forecast(state, context.history, request.language),
        milestones=milestone_rows(state),
        shipments=[vars(s) for s in state.shipments],
        documents=[vars(p) for p in state.papers],
        incidents=[vars(i) for i in state.incidents],
        kpis=kpis([state], KpiWindow(end=day), request.language, _ORDER_KPIS),
        risks=risks(state, context),
        events=len(state.events),
        corrected=state.corrected,
        last_event_at=max((e.at for e in state.events), default=None),
        sources=[_source(state, request.language), *_certificate_sources(context)],
        not_covered=[*not_covered, *([texts["sample"]] if order.sample else [])],
    )


def supplier_performance(services: Services, request: SupplierPerformanceRequest) -> SupplierPerformanceResponse:
    """A manufacturer's key figures over a window, with control charts and open risks."""
    end = request.to or services.today()
    start = request.from_ or end - timedelta(days=365)
    if start > end:
        raise InvalidInput(f"from ({start}) is after to ({end})", field="from", hint="give the earlier day in from")
    book = book_of(services)
    everything = book.states(services, end, request.known_on)
    states = [s for s in everything if s.order.manufacturer_id == request.manufacturer_id]
    who = maker(services, request.manufacturer_id)
    if who.country is None and not states:
        raise _unknown(services, request.manufacturer_id, everything)
    window, lang = KpiWindow(start=start, end=end), request.language
    found: list[Risk] = []
    certificates: list[dict[str, Any]] = []
    unchecked: list[str] = []
    sources = [_source(s, lang) for s in states]
    for state in states:
        context, _ = _context(services, state, everything, lang)
        found += risks(state, context)
    held = _certificates(services, request.manufacturer_id, end)
    certificates = [vars(c) for c in held]
    texts = _TEXTS[lang]
    unchecked += [texts["reports"]] if states else [texts["no_orders"]]
    if any(s.order.sample for s in states):
        unchecked.append(texts["sample"])
    return SupplierPerformanceResponse(
        manufacturer_id=request.manufacturer_id,
        manufacturer=who,
        from_=start,
        to=end,
        known_on=request.known_on,
        orders=[
            {"order_id": s.order.order_id, "product": s.order.product, "phase": s.phase, "promised": s.order.promised,
             "delivered_on": s.delivered_on, "quantity": s.order.quantity, "good": s.good} for s in states
        ],
        kpis=kpis(states, window, lang),
        control={name: control(weekly(states, name, window)) for name in _CHARTED},
        defects=pareto(states, window),
        risks=sorted(found, key=lambda r: ({"high": 0, "medium": 1, "low": 2}[r.severity], r.key)),
        certificates=certificates,
        sources=sources,
        not_covered=unchecked,
    )  # fmt: skip


def production_risks(services: Services, request: ProductionRisksRequest) -> ProductionRisksResponse:
    """The risk register of one order, of a manufacturer's, or of all open orders."""
    book, day = book_of(services), request.as_of or services.today()
    everything = book.states(services, day, request.known_on)
    states: Sequence[OrderState] = everything
    if request.order_id is not None:
        wanted = book.one(services, request.order_id, request.known_on).order_id
        states = [s for s in everything if s.order.order_id == wanted]
    if request.manufacturer_id is not None:
        if maker(services, request.manufacturer_id).country is None and not any(
            s.order.manufacturer_id == request.manufacturer_id for s in everything
        ):
            raise _unknown(services, request.manufacturer_id, everything)
        states = [s for s in states if s.order.manufacturer_id == request.manufacturer_id]
    found, unchecked = register(services, states, everything, request.language)
    texts = _TEXTS[request.language]
    concerned = {r.order_id for r in found[: request.limit]}
    limits = [texts["reports"], *dict.fromkeys(unchecked)]
    return ProductionRisksResponse(
        as_of=day,
        known_on=request.known_on,
        orders=len(states),
        risks=found[: request.limit],
        total=len(found),
        sources=[_source(s, request.language) for s in states if s.order.order_id in concerned],
        not_covered=[*limits, *([texts["sample"]] if any(s.order.sample for s in states) else [])],
    )


def register(
    services: Services, states: Sequence[OrderState], everything: Sequence[OrderState], language: Language,
    *, with_duty: bool = True,
) -> tuple[list[Risk], list[str]]:  # fmt: skip
    """Risks of several orders, the gravest first, and what could not be checked."""
    found: list[Risk] = []
    unchecked: list[str] = []
    for state in states:
        context, missing = _context(services, state, everything, language, with_duty=with_duty)
        found += risks(state, context)
        unchecked += missing
    rank = {"high": 0, "medium": 1, "low": 2}
    return sorted(found, key=lambda r: (rank[r.severity], r.order_id, r.kind, r.key)), unchecked


def maker(services: Services, manufacturer_id: str) -> Maker:
    """The manufacturer's name from its profile; its id alone when no profile is loaded."""
    with store_errors():
        found = services.catalog.profile(manufacturer_id, services.tenants)
    if found is None:
        return Maker(id=manufacturer_id, name=manufacturer_id, sample=False)
    profile = found[0]
    return Maker(id=manufacturer_id, name=str(profile["name"]), sample=bool(profile.get("sample")),
                 country=str(profile["country"]))  # fmt: skip


def milestone_rows(state: OrderState) -> list[MilestoneRow]:
    return [
        MilestoneRow(
            name=m.name,
            planned=m.baseline,
            replanned=m.planned if m.planned != m.baseline else None,
            actual=m.actual,
            state=m.state(state.as_of),
            variance_days=m.variance_days(state.as_of),
        )
        for m in state.milestones
    ]


def _context(
    services: Services,
    state: OrderState,
    everything: Sequence[OrderState],
    language: Language,
    *,
    with_duty: bool = False,
) -> tuple[Context, list[str]]:
    """What is known beside one order, and what could not be looked up."""
    order = state.order
    history = [s for s in everything if s.order.manufacturer_id == order.manufacturer_id]
    makers = {s.order.manufacturer_id for s in everything if s.order.product == order.product}
    unchecked: list[str] = []
    change = None
    if with_duty and state.delivered_on is None:
        change, why = _duty_change(services, state, history, language)
        unchecked += [_TEXTS[language]["duty"].format(why=why)] if why else []
    return (
        Context(
            history=history,
            certificates=_certificates(services, order.manufacturer_id, state.as_of) if order.certifications else (),
            monthly_capacity=_capacity(services, order.manufacturer_id),
            other_makers=len(makers - {order.manufacturer_id}),
            duty_change=change,
            language=language,
        ),
        unchecked,
    )


def _certificates(services: Services, manufacturer_id: str, day: date) -> list[CertificateOnFile]:
    try:
        found = manufacturer_profile(services, ManufacturerProfileRequest(id=manufacturer_id, as_of=day))
    except NotFound:
        return []
    return [CertificateOnFile(c.standard, c.state, c.expires) for c in found.certifications]


def _certificate_sources(context: Context) -> list[Source]:
    return [
        Source(title=c.standard, document_id=c.document_id) for c in context.certificates if c.document_id is not None
    ]


def _capacity(services: Services, manufacturer_id: str) -> Decimal | None:
    """The largest monthly capacity that the profile states free for one process; None when it states none."""
    with store_errors():
        found = services.catalog.profile(manufacturer_id, services.tenants)
    rows = (found[0].get("capabilities") or []) if found else []
    free = [
        Decimal(str(r["monthly_capacity"])) * (1 - Decimal(str(r["utilization"])))
        for r in rows
        if r.get("monthly_capacity") is not None and r.get("utilization") is not None
    ]
    return max(free, default=None)


def _duty_change(
    services: Services, state: OrderState, history: Sequence[OrderState], language: Language
) -> tuple[DutyChange | None, str | None]:
    """The import charges on the day and on the day of arrival, where both are known and differ; or why not known."""
    order, country = state.order, maker(services, state.order.manufacturer_id).country
    expected = forecast(state, history, language)
    arrival = expected.expected or order.promised
    if not order.hts or order.unit_price is None or country in (None, "US") or arrival <= state.as_of:
        return None, None
    preference = (
        Preference(program=order.preference, originating=True, certificate_on_file=True) if order.preference else None
    )
    totals = []
    for day in (state.as_of, arrival):
        try:
            request = DutyRequest.model_validate(
                {"hts": order.hts, "origin": country, "entry_date": day,
                 "customs_value": order.quantity * order.unit_price,
                 "currency": order.currency, "quantities": {"No.": order.quantity}, "language": language,
                 "transport_mode": order.transport_mode, "preference": preference}
            )  # fmt: skip
            totals.append(estimate_duty(services, request))
        except (SourcingError, ValueError) as error:
            return None, str(getattr(error, "message", error))
    now, then = totals
    if now.total_import_charges is None or then.total_import_charges is None:
        return None, None
    if now.total_import_charges == then.total_import_charges:
        return None, None
    changed = {layer.heading or layer.title for layer in then.layers} ^ {la.heading or la.title for la in now.layers}
    reason = ", ".join(sorted(filter(None, changed))) or f"{now.revision} / {then.revision}"
    return DutyChange(
        f"USD {now.total_import_charges:,.2f}", f"USD {then.total_import_charges:,.2f}", arrival, reason
    ), None


def _shipped(state: OrderState) -> Decimal | None:
    told = [s.quantity for s in state.shipments if s.quantity is not None and s.departed is not None]
    return sum(told, Decimal(0)) if told else None


def _source(state: OrderState, language: Language) -> Source:
    texts, order = _TEXTS[language], state.order
    if not state.events:
        return Source(title=texts["source_none"].format(order=order.order_id), effective_from=order.placed)
    last = max(state.days.values())
    title = texts["source"].format(order=order.order_id, count=len(state.events), last=last.isoformat())
    return Source(title=title, effective_from=order.placed)


def _unknown(services: Services, wanted: str, states: Sequence[OrderState]) -> NotFound:
    from rapidfuzz import process

    with store_errors():
        known = {p["id"] for p, _, _ in services.catalog.profiles(services.tenants)}
    known |= {s.order.manufacturer_id for s in states}
    close = [name for name, _, _ in process.extract(wanted, sorted(known), limit=3, score_cutoff=60)]
    hint = f"did you mean {', '.join(close)}?" if close else "find_manufacturers lists the ids that exist"
    return NotFound(f"no manufacturer has the id {wanted!r}", field="manufacturer_id", hint=hint)

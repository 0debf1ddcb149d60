"""`order_status`, `supplier_performance` and `production_risks`: the order book into the production engine."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from assistant.bootstrap import Services
from assistant.errors import InvalidInput
from assistant.production.control import control
from assistant.production.forecast import forecast
from assistant.production.kpis import kpis
from assistant.production.measures import Kpi, KpiWindow, Language, percent, printed, say
from assistant.production.merged import Merged
from assistant.production.risks import risks
from assistant.production.series import pareto, weekly
from assistant.production.state import OrderState
from assistant.toolbox.production_context import (
    TEXTS,
    certificate_sources,
    certificates,
    context_of,
    maker,
    milestone_rows,
    none_known,
    register,
    shipped,
    source,
    unknown,
)
from assistant.tracking.book import book_of
from assistant.tracking.types import (
    OrderStatusRequest,
    OrderStatusResponse,
    ProductionRisksRequest,
    ProductionRisksResponse,
    Progress,
    SupplierPerformanceRequest,
    SupplierPerformanceResponse,
)

OVERRUN = Decimal("1.1")
_CHARTED = ("first_pass_yield", "defects_ppm", "oee")
_ORDER_KPIS = (
    "on_time_delivery", "on_time_in_full", "schedule_variance", "lead_time_promised", "lead_time_actual",
    "first_pass_yield", "rolled_throughput_yield", "defects_ppm", "scrap_rate", "oee", "availability", "performance",
    "quality", "output_against_plan", "open_incidents", "document_compliance", "cost_of_poor_quality",
)  # fmt: skip


def order_status(services: Services, request: OrderStatusRequest) -> OrderStatusResponse:
    """One order: where it stands, what is expected, its figures, papers and risks."""
    book, day = book_of(services), request.as_of or services.today()
    stored = book.one(services, request.order_id, request.known_on, request.language)
    state = book.state(services, stored, day, request.known_on)
    order = state.order
    if order.placed > day:
        raise InvalidInput(
            say("refusal_placed_later", request.language, order=order.order_id, placed=order.placed, day=day),
            field="as_of",
            hint=say("refusal_later_day", request.language),
        )
    peers = book.states(services, day, request.known_on, manufacturer_id=order.manufacturer_id)
    context, unchecked = context_of(services, state, peers, request.language, with_duty=True)
    good = state.good
    share = percent(good, order.quantity) if good is not None else None
    texts = TEXTS[request.language]
    overrun = good is not None and good > order.quantity * OVERRUN
    told = [texts["overrun"].format(good=f"{good:,f}", quantity=f"{order.quantity:,f}")] if overrun else []
    not_covered = [texts["reports"], *told, *([] if order.timezone else [texts["zone"]]), *unchecked]
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
            shipped=shipped(state),
            arrived=state.arrived,
            phase=state.phase,
        ),
        forecast=forecast(state, context.history, request.language),
        milestones=milestone_rows(state),
        shipments=[vars(s) for s in state.shipments],
        documents=[vars(p) for p in state.papers],
        incidents=[vars(i) for i in state.incidents],
        kpis=_order_kpis(state, request.language),
        risks=risks(state, context),
        events=state.reported,
        corrected=state.corrected,
        last_event_at=max((e.at for e in state.events), default=None),
        sources=[source(state, request.language), *certificate_sources(context)],
        not_covered=[*not_covered, *([texts["sample"]] if order.sample else [])],
    )


def _order_kpis(state: OrderState, language: Language) -> list[Kpi]:
    """Figures until the day; of an order that came before its promised day, delivery is judged until that one."""
    found = kpis([state], KpiWindow(end=state.as_of), language, _ORDER_KPIS)
    if state.delivered_on is None or state.order.promised <= state.as_of:
        return found
    due = KpiWindow(end=state.order.promised)
    judged = {k.name: k for k in kpis([state], due, language, ("on_time_delivery", "on_time_in_full"))}
    return [judged.get(k.name, k) for k in found]


def supplier_performance(services: Services, request: SupplierPerformanceRequest) -> SupplierPerformanceResponse:
    """A manufacturer's key figures over a window, with control charts and open risks."""
    end = request.to or services.today()
    start = request.from_ or end - timedelta(days=365)
    if start > end:
        raise InvalidInput(
            say("refusal_from_after_to", request.language, start=start, end=end),
            field="from",
            hint=say("refusal_from_after_to_hint", request.language),
        )
    book = book_of(services)
    states = Merged(book.states(services, end, request.known_on, manufacturer_id=request.manufacturer_id))
    who = maker(services, request.manufacturer_id)
    if who.country is None and not states and book.since(services, manufacturer_id=who.id) is None:
        raise unknown(services, request.manufacturer_id, request.language)
    window, lang = KpiWindow(start=start, end=end), request.language
    found, unchecked = register(services, states, states, lang)
    texts = TEXTS[lang]
    by = min(end, request.known_on or end)
    none = "" if states else none_known(services, by, lang, request.manufacturer_id)
    limits = [none or texts["reports"], *dict.fromkeys(unchecked)]
    if any(s.order.sample for s in states):
        limits.append(texts["sample"])
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
        risks=found,
        certificates=[vars(c) for c in certificates(services, request.manufacturer_id, end)],
        sources=[source(s, lang) for s in states],
        not_covered=limits,
    )  # fmt: skip


def production_risks(services: Services, request: ProductionRisksRequest) -> ProductionRisksResponse:
    """The risk register of one order, of a manufacturer's, or of all open orders."""
    book, day = book_of(services), request.as_of or services.today()
    whose, wanted = request.manufacturer_id, None
    if request.order_id is not None:
        stored = book.one(services, request.order_id, request.known_on, request.language)
        wanted, whose = stored.order_id, whose or stored.manufacturer_id
    everything = book.states(services, day, request.known_on, manufacturer_id=whose)
    if (
        whose is not None
        and not everything
        and maker(services, whose).country is None
        and book.since(services, manufacturer_id=whose) is None
    ):
        raise unknown(services, whose, request.language)
    states = everything if wanted is None else [s for s in everything if s.order.order_id == wanted]
    found, unchecked = register(services, states, everything, request.language)
    texts = TEXTS[request.language]
    concerned = {r.order_id for r in found[: request.limit]}
    by = min(day, request.known_on or day)
    none = "" if states else none_known(services, by, request.language, whose)
    limits = [none or texts["reports"], *dict.fromkeys(unchecked)]
    return ProductionRisksResponse(
        as_of=day,
        known_on=request.known_on,
        orders=len(states),
        risks=found[: request.limit],
        total=len(found),
        sources=[source(s, request.language) for s in states if s.order.order_id in concerned],
        not_covered=[*limits, *([texts["sample"]] if any(s.order.sample for s in states) else [])],
    )

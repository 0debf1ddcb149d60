"""What the production engine is told beside an order's events: its maker, certificates, capacity, other makers and its
duty on arrival; and the sources and limits of what the tools answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast

from assistant.bootstrap import Services, store_errors
from assistant.customs.types import DutyRequest, DutyResponse, Language, Preference, Source
from assistant.errors import NotFound, SourcingError
from assistant.production.forecast import forecast
from assistant.production.measures import say
from assistant.production.risk_types import RANK, CertificateOnFile, Context, DutyChange, Risk
from assistant.production.risks import risks
from assistant.production.state import OrderState
from assistant.schema import ManufacturerProfileRequest
from assistant.toolbox.duty import estimate_duty
from assistant.toolbox.manufacturers import manufacturer_profile
from assistant.tracking.book import book_of
from assistant.tracking.types import Maker, MilestoneRow

T = TypeVar("T")
TEXTS = {
    "en": {
        "source": "Events of {order} as reported by the plant: {count}, the last on {last}",
        "source_none": "Order {order}; the plant has reported nothing yet",
        "reports": "What the plant reports was not checked on site",
        "zone": "The plant's time zone is not known; days are counted in UTC",
        "sample": "The order is a sample and fictional",
        "overrun": "The plant reports {good} good units of {quantity} ordered: a mistake, or what becomes of the rest?",
        "duty": "A change of duty before arrival was not checked: {why}",
        "no_orders": "No orders of this manufacturer are on file",
        "no_orders_then": "By {day} no order placed with this manufacturer was known; the first one is of {since}",
        "none_then": "By {day} no order was known; the first one is of {since}",
        "none": "No orders are on file",
        "no_hts": "the order names no tariff number",
        "no_price": "the order names no unit price",
        "no_total": "the import charges could not be worked out",
    },
    "es": {
        "source": "Eventos de {order} informados por la planta: {count}, el último el {last}",
        "source_none": "Orden {order}; la planta aún no ha informado nada",
        "reports": "Lo que informa la planta no se verificó en sitio",
        "zone": "No se conoce la zona horaria de la planta; los días se cuentan en UTC",
        "sample": "La orden es una muestra ficticia",
        "overrun": "La planta informa {good} piezas buenas de {quantity} pedidas: ¿error, o qué se hará del resto?",
        "duty": "No se revisó si el arancel cambia antes de la llegada: {why}",
        "no_orders": "No hay órdenes de este fabricante registradas",
        "no_orders_then": "Al {day} no se conocía ninguna orden con este fabricante; la primera es del {since}",
        "none_then": "Al {day} no se conocía ninguna orden colocada; la primera es del {since}",
        "none": "No hay órdenes registradas",
        "no_hts": "la orden no indica fracción arancelaria",
        "no_price": "la orden no indica precio unitario",
        "no_total": "no se pudieron calcular los cargos de importación",
    },
}


def register(
    services: Services, states: Sequence[OrderState], everything: Sequence[OrderState], language: Language,
    *, with_duty: bool = True,
) -> tuple[list[Risk], list[str]]:  # fmt: skip
    """Risks of several orders, the gravest first, and what could not be checked. `everything`: at least all orders of
    their manufacturers."""
    found: list[Risk] = []
    unchecked: list[str] = []
    plants = Plants(services)
    by_maker: dict[str, list[OrderState]] = {}
    for state in everything:
        by_maker.setdefault(state.order.manufacturer_id, []).append(state)
    for state in states:
        peers = by_maker.get(state.order.manufacturer_id, [])
        context, missing = context_of(services, state, peers, language, with_duty=with_duty, plants=plants)
        found += risks(state, context)
        unchecked += missing
    return sorted(found, key=lambda r: (RANK[r.severity], r.order_id, r.kind, r.key)), unchecked


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
            state=standing,
            variance_days=None if standing == "unreported" else m.variance_days(state.as_of),
        )
        for m in state.milestones
        for standing in (state.standing(m),)
    ]


class Plants:
    """What is on file of plants, looked up once for all their orders."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._found: dict[tuple[str, str, date | None], Any] = {}
        self._makers: dict[str, frozenset[str]] | None = None

    def country(self, manufacturer_id: str) -> str | None:
        return self._once("country", manufacturer_id, None, lambda: maker(self._services, manufacturer_id).country)

    def capacity(self, manufacturer_id: str) -> Decimal | None:
        return self._once("capacity", manufacturer_id, None, lambda: _capacity(self._services, manufacturer_id))

    def certificates(self, manufacturer_id: str, day: date) -> list[CertificateOnFile]:
        look = lambda: certificates(self._services, manufacturer_id, day)  # noqa: E731
        return self._once("certificates", manufacturer_id, day, look)

    def makers(self, product: str) -> frozenset[str]:
        """The manufacturers that have an order for a product."""
        if self._makers is None:
            self._makers = book_of(self._services).makers(self._services)
        return self._makers.get(product, frozenset())

    def _once(self, what: str, manufacturer_id: str, day: date | None, look: Callable[[], T]) -> T:
        key = (what, manufacturer_id, day)
        if key not in self._found:
            self._found[key] = look()
        return cast(T, self._found[key])


def context_of(
    services: Services, state: OrderState, history: Sequence[OrderState], language: Language,
    *, with_duty: bool = False, plants: Plants | None = None,
) -> tuple[Context, list[str]]:  # fmt: skip
    """What is known beside one order, and what could not be looked up. `history`: its manufacturer's orders."""
    order, plants = state.order, plants or Plants(services)
    makers = plants.makers(order.product)
    unchecked: list[str] = []
    change = None
    if with_duty and state.delivered_on is None:
        change, why = _duty_change(services, state, history, language, plants.country(order.manufacturer_id))
        unchecked += [TEXTS[language]["duty"].format(why=why)] if why else []
    return (
        Context(
            history=history,
            certificates=plants.certificates(order.manufacturer_id, state.as_of) if order.certifications else (),
            monthly_capacity=plants.capacity(order.manufacturer_id),
            other_makers=len(makers - {order.manufacturer_id}),
            duty_change=change,
            language=language,
        ),
        unchecked,
    )


def certificates(services: Services, manufacturer_id: str, day: date) -> list[CertificateOnFile]:
    try:
        found = manufacturer_profile(services, ManufacturerProfileRequest(id=manufacturer_id, as_of=day))
    except NotFound:
        return []
    return [CertificateOnFile(c.standard, c.state, c.expires) for c in found.certifications]


def certificate_sources(context: Context) -> list[Source]:
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
    services: Services, state: OrderState, history: Sequence[OrderState], language: Language, country: str | None
) -> tuple[DutyChange | None, str | None]:
    """The import charges on the day and on the day of arrival, where both are known and differ; or why not known."""
    order = state.order
    if country in (None, "US"):
        return None, None
    arrival = forecast(state, history, language).expected or order.promised
    if arrival <= state.as_of:
        return None, None
    if not order.hts or order.unit_price is None:
        return None, TEXTS[language]["no_hts" if not order.hts else "no_price"]
    preference = (
        Preference(program=order.preference, originating=True, certificate_on_file=True) if order.preference else None
    )
    found: list[DutyResponse] = []
    for day in (state.as_of, arrival):
        try:
            request = DutyRequest.model_validate(
                {"hts": order.hts, "origin": country, "entry_date": day,
                 "customs_value": order.quantity * order.unit_price,
                 "currency": order.currency, "quantities": {"No.": order.quantity}, "language": language,
                 "transport_mode": order.transport_mode, "preference": preference}
            )  # fmt: skip
            found.append(estimate_duty(services, request))
        except (SourcingError, ValueError) as error:
            return None, str(getattr(error, "message", error))
    now, then = found
    if now.total_import_charges is None or then.total_import_charges is None:
        asked = dict.fromkeys(fact.question for response in found for fact in response.needs_facts)
        return None, "; ".join(asked) or TEXTS[language]["no_total"]
    if now.total_import_charges == then.total_import_charges:
        return None, None
    changed = {layer.heading or layer.title for layer in then.layers} ^ {la.heading or la.title for la in now.layers}
    reason = ", ".join(sorted(filter(None, changed))) or f"{now.revision} / {then.revision}"
    return DutyChange(
        f"USD {now.total_import_charges:,.2f}", f"USD {then.total_import_charges:,.2f}", arrival, reason
    ), None


def shipped(state: OrderState) -> Decimal | None:
    told = [s.quantity for s in state.shipments if s.quantity is not None and s.departed is not None]
    return sum(told, Decimal(0)) if told else None


def source(state: OrderState, language: Language) -> Source:
    texts, order = TEXTS[language], state.order
    last = state.last_day
    if last is None:
        return Source(title=texts["source_none"].format(order=order.order_id), effective_from=order.placed)
    title = texts["source"].format(order=order.order_id, count=state.reported, last=last.isoformat())
    return Source(title=title, effective_from=order.placed)


def none_known(services: Services, day: date, language: Language, manufacturer_id: str | None = None) -> str:
    """Why there is no order to tell of: none is on file, or none was by that day."""
    since = book_of(services).since(services, manufacturer_id=manufacturer_id)
    if since is None:
        return TEXTS[language]["no_orders" if manufacturer_id else "none"]
    return TEXTS[language]["no_orders_then" if manufacturer_id else "none_then"].format(day=day, since=since)


def unknown(services: Services, wanted: str, language: Language) -> NotFound:
    """The error for a manufacturer that is neither on file nor has an order, with the nearest ids."""
    from rapidfuzz import process

    with store_errors():
        known = {p["id"] for p, _, _ in services.catalog.profiles(services.tenants)}
    known |= {m for makers in book_of(services).makers(services).values() for m in makers}
    close = [name for name, _, _ in process.extract(wanted, sorted(known), limit=3, score_cutoff=60)]
    hint = say("refusal_close", language, names=", ".join(close)) if close else say("refusal_find_maker", language)
    message = say("refusal_no_maker", language, id=repr(wanted))
    return NotFound(message, field="manufacturer_id", hint=hint)

"""`compare_landed_cost`: places, profiles and the duty engine into the logistics engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from assistant.bootstrap import Services
from assistant.customs.types import DutyRequest, DutyResponse, Language, Preference
from assistant.errors import InvalidInput, UnsupportedCurrency
from assistant.logistics.compare import compare
from assistant.logistics.freight import Load, Span, embedded, with_prices
from assistant.logistics.landed import Case, Charges, Duty, Entry
from assistant.logistics.lanes import LAND, Mode, Site
from assistant.logistics.tables import fold, hub_named, hub_of, say
from assistant.logistics.types import CompareRequest, CompareResponse, Scenario
from assistant.schema import ManufacturerProfileRequest
from assistant.sourcing.places import Places, country_code
from assistant.sourcing.types import Profile
from assistant.toolbox.duty import estimate_duty
from assistant.toolbox.manufacturers import manufacturer_profile

ZERO = Decimal(0)


def compare_landed_cost(services: Services, request: CompareRequest) -> CompareResponse:
    """Two to ten ways of sourcing one lot, landed at one place, ranked with what would flip the order."""
    if request.currency.upper() != "USD":
        raise UnsupportedCurrency(
            f"prices are in {request.currency}; only USD is accepted",
            field="currency",
            hint="convert them at one rate and say which, then compare in US dollars",
        )
    day = request.entry_date or services.today()
    destination = _destination(request.destination_place)
    card = with_prices(embedded(), request.rate_card)
    lot = Load(
        None if request.unit_weight_kg is None else request.unit_weight_kg * request.quantity,
        None if request.unit_volume_m3 is None else request.unit_volume_m3 * request.quantity,
    )
    cases: list[Case] = []
    notes: dict[str, str] = {}
    taken: set[str] = set()
    for place, scenario in enumerate(request.scenarios):
        profile = _profile(services, scenario, day)
        case = _case(request, scenario, place, profile, destination, lot)
        name = _unique(case.name, taken)
        cases.append(replace(case, name=name))
        if scenario.transport_mode is None:
            mode = say(f"mode.{case.mode}", request.language)
            notes[name] = say("assume.mode", request.language, mode=mode)
    duty = duty_of(
        lambda asked: estimate_duty(services, asked),
        hts=request.hts,
        destination=destination.country,
        day=day,
        quantities=_quantities(request, lot),
        language=request.language,
    )
    response = compare(
        cases,
        duty,
        card,
        hts=request.hts,
        day=day,
        language=request.language,
        manufacturers=[s.manufacturer_id for s in request.scenarios],
    )
    for out in response.scenarios:
        if out.name in notes:
            out.assumptions.insert(0, notes[out.name])
    return response


def duty_of(
    estimate: Callable[[DutyRequest], DutyResponse],
    *,
    hts: str,
    destination: str,
    day: date,
    quantities: Mapping[str, Decimal],
    language: Language,
) -> Duty:
    """The duty engine as the logistics engine asks it; the same entry is estimated once."""

    @lru_cache(maxsize=4096)
    def cached(origin: str, value: Decimal, mode: Mode | None, claim: str, facts: str) -> DutyResponse:
        return estimate(
            DutyRequest.model_validate(
                {
                    "hts": hts,
                    "origin": origin,
                    "destination": destination,
                    "entry_date": day,
                    "customs_value": value,
                    "quantities": dict(quantities),
                    "transport_mode": mode,
                    "preference": Preference.model_validate_json(claim) if claim else None,
                    "facts": facts_of[facts],
                    "language": language,
                }
            )
        )

    facts_of: dict[str, dict[str, Any]] = {}

    def ask(entry: Entry) -> Charges:
        claim = entry.preference.model_dump_json() if entry.preference else ""
        key = repr(sorted(entry.facts.items(), key=str))
        facts_of.setdefault(key, dict(entry.facts))
        return charges(cached(entry.origin, entry.value, entry.mode, claim, key))

    return ask


def charges(answer: DutyResponse) -> Charges:
    """A duty response as bounds: exact where both totals are, its range where it has one, else from what is known."""
    if answer.total_import_charges is not None:
        total = Span.of(answer.total_import_charges)
    elif answer.range is not None:
        total = Span(answer.range.min, answer.range.max)
    else:
        total = Span((answer.duty or ZERO) + (answer.fees or ZERO), None)
    return Charges(
        duty=answer.duty,
        fees=answer.fees,
        total=total,
        raw=answer.model_dump(mode="json"),
        options=tuple((o.name, o.total_import_charges) for o in answer.options[1:]),
        prohibited=answer.prohibited is not None,
    )


def _case(
    request: CompareRequest,
    scenario: Scenario,
    place: int,
    profile: Profile | None,
    destination: Site,
    lot: Load,
) -> Case:
    field = f"scenarios.{place}"
    if scenario.origin:
        origin = country_code(scenario.origin, field=f"{field}.origin")
    elif profile is not None:
        origin = profile.country
    else:
        raise InvalidInput(
            "a scenario needs an origin or a manufacturer_id",
            field=f"{field}.origin",
            hint="give the country of origin, e.g. MX, or a manufacturer id as find_manufacturers gives it",
        )
    price = scenario.unit_price or request.unit_price
    if price is None and request.customs_value is not None:
        price = request.customs_value / request.quantity
    if price is None:
        raise InvalidInput(
            "a scenario has no price", field=f"{field}.unit_price", hint="give its unit_price, or one for all"
        )
    site = _origin_site(origin, scenario.origin_place, profile, f"{field}.origin_place")
    mode = scenario.transport_mode or _usual_mode(origin, destination.country)
    lead = scenario.lead_time_days
    if lead is None and profile is not None:
        known = [c.lead_time_days for c in profile.capabilities if c.lead_time_days is not None]
        lead = max(known, default=None)
    where = profile.name if profile else (site.name if site else origin)
    return Case(
        name=scenario.name or f"{where}, {scenario.incoterm}",
        site=site,
        origin=origin,
        destination=destination,
        unit_price=price,
        quantity=request.quantity,
        incoterm=scenario.incoterm,
        mode=mode,
        named_place=scenario.named_place,
        preference=scenario.preference,
        facts=scenario.facts,
        costs={str(name): amount for name, amount in scenario.costs.items()},
        additions=scenario.additions,
        identified=scenario.identified,
        through_shipment=scenario.through_shipment,
        transit_days=scenario.transit_days,
        lead_time_days=lead,
        lot=lot,
    )


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name} ({number})", number + 1
    taken.add(candidate)
    return candidate


def _profile(services: Services, scenario: Scenario, day: date) -> Profile | None:
    if scenario.manufacturer_id is None:
        return None
    asked = ManufacturerProfileRequest(id=scenario.manufacturer_id, as_of=day)
    return manufacturer_profile(services, asked).profile


def _destination(text: str) -> Site:
    place, at = Places.load().point(text, field="destination_place")
    assert place.country is not None  # cities and regions lie in a country
    return Site(place.label(), place.country, at)


def _origin_site(origin: str, text: str | None, profile: Profile | None, field: str) -> Site | None:
    """Where the goods leave from: the place named, the plant, or the country's hub (assumed)."""
    if text:
        if origin in LAND:
            place, at = Places.load().point(text, field=field)
            if place.country != origin:
                raise InvalidInput(
                    f"{text!r} lies in {place.country}, not in {origin}",
                    field=field,
                    hint="origin is the country where the goods were made; leave origin_place out if they differ",
                )
            return Site(place.label(), origin, at)
        hub = hub_named(text)
        if hub is None or hub.countries[0] != origin:
            abroad = next((f.place for f in Places.load().find_all(text) if f.place.country == origin), None)
            if abroad is not None and abroad.at is not None:
                return Site(abroad.label(), origin, abroad.at)
            raise InvalidInput(
                f"no place called {text[:80]!r} is known in {origin}",
                field=field,
                hint="give a large city or port, or leave it out for the country's main one",
            )
        return Site(hub.name, origin, hub.at)
    if profile is not None and profile.country == origin:
        if profile.latitude is not None and profile.longitude is not None:
            return Site(profile.city or profile.name, origin, (profile.latitude, profile.longitude))
        located = Places.load().locate(profile.country, profile.region, profile.city, None)
        if located.at is not None:
            return Site(profile.city or profile.name, origin, located.at)
        named = hub_named(profile.city) if profile.city else None
        if named is not None and named.countries[0] == origin:
            return Site(named.name, origin, named.at)
    hub = hub_of(origin)
    return Site(hub.name, origin, hub.at, assumed=True) if hub else None


def _usual_mode(origin: str, destination: str) -> Literal["truck", "ocean"]:
    return "truck" if {origin, destination} <= LAND else "ocean"


def _quantities(request: CompareRequest, lot: Load) -> dict[str, Decimal]:
    """Quantities for specific rates: units and kilograms of the lot, unless the request states them."""
    known = {fold(unit) for unit in request.quantities}
    rows = dict(request.quantities)
    if not known & {"no.", "no", "pcs", "units", "pieces"}:
        rows["No."] = request.quantity
    if lot.kg is not None and "kg" not in known:
        rows["kg"] = lot.kg
    return rows

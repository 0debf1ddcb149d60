"""`check_origin`: a bill of materials into the origin engine, under the rules that are loaded."""

from __future__ import annotations

from assistant.bootstrap import Services
from assistant.customs.origin import OriginMaterial, OriginRequest, OriginResponse, check
from assistant.customs.origin.bill import read_bill
from assistant.customs.origin.case import in_dollars
from assistant.customs.origin.types import BillReport
from assistant.sourcing.places import country_code


def check_origin(services: Services, request: OriginRequest) -> OriginResponse:
    """Whether the good originates on the day, by which route, and what is missing or short."""
    if request.as_of is None and request.entry_date is None:
        request = request.model_copy(update={"as_of": services.today()})
    request, report = _with_bill(request)
    request = request.model_copy(
        update={
            "destination": _country(request.destination, "destination"),
            "materials": [_named(m, f"materials[{n}]") for n, m in enumerate(request.materials)],
        }
    )
    answer = check(request, services.origin_rules)
    return answer if report is None else answer.model_copy(update={"bill": report})


def _with_bill(request: OriginRequest) -> tuple[OriginRequest, BillReport | None]:
    """The lines of `bill` as materials behind those given, everything in US dollars."""
    if request.bill is None:
        return request, None
    lines = [(n, ["" if c is None else str(c) for c in cells]) for n, cells in enumerate(request.bill, start=1)]
    request = in_dollars(request.model_copy(update={"bill": None}))
    materials, report = read_bill(lines, rates=request.currency_rates, country=country_code, language=request.language)
    return request.model_copy(update={"materials": [*request.materials, *materials]}), report


def _named(material: OriginMaterial, field: str) -> OriginMaterial:
    """Countries by their names too, in English or Spanish; what is no country is left for the engine to refuse."""
    parts = [_named(p, f"{field}.components[{n}]") for n, p in enumerate(material.components or ())]
    return material.model_copy(
        update={"origin": _country(material.origin, f"{field}.origin"), "components": parts or None}
    )


def _country(text: str | None, field: str) -> str | None:
    return country_code(text, field=field) if text and len(text.strip()) > 3 and text.strip().isalpha() else text

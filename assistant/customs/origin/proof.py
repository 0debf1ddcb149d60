"""A certification of origin, drafted: the nine data elements of USMCA Annex 5-A filled from the request, gaps marked.

Sources: 19 CFR 182.11-182.16 and appendix; retention 19 CFR 182.15 and 163.4; late claims 19 U.S.C. 1520(d).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from assistant.customs.hts_number import format_hts
from assistant.customs.origin.case import Case
from assistant.customs.origin.routes import Route
from assistant.customs.origin.types import OriginRequest, Verdict

_PARTY = ("name", "address", "country", "telephone", "email")
# Origin criteria as CBP lists them for USMCA certifications; (b)(iv) goods go under B of the product rules too.
_CRITERIA = {"wholly_obtained": "A", "exclusively_originating": "C", "parts_or_unassembled_tv": "D", "parts_or_unassembled_nc": "D"}
_TEXT = {
    "status": {"en": "draft, unsigned", "es": "borrador, sin firma"},
    "who": {
        "en": "The importer, exporter or producer may certify, on knowledge or documents in hand (19 CFR 182.12).",
        "es": "Puede certificar el importador, el exportador o el productor, con conocimiento o documentos en su poder (19 CFR 182.12).",
    },
    "keep": {
        "en": "The importer keeps the certification and the records for at least 5 years from importation (19 CFR 182.15).",
        "es": "El importador conserva la certificación y los registros al menos 5 años desde la importación (19 CFR 182.15).",
    },
    "late": {
        "en": "Without a claim at entry, a refund may be asked within one year of importation (19 U.S.C. 1520(d)), until {day} for goods imported on {entry}.",
        "es": "Sin reclamo al importar, se puede pedir devolución dentro de un año de la importación (19 U.S.C. 1520(d)), hasta el {day} para bienes importados el {entry}.",
    },
    "blanket": {
        "en": "One certification may cover one shipment or identical goods over up to 12 months.",
        "es": "Una certificación puede amparar un embarque o bienes idénticos hasta por 12 meses.",
    },
    "valid": {
        "en": "It is accepted for four years from the day it was completed.",
        "es": "Se acepta durante cuatro años desde el día en que se completó.",
    },
    "not_signed": {
        "en": "Do not sign: the verdict is not that the good qualifies.",
        "es": "No firme: el veredicto no es que el bien califica.",
    },
}  # fmt: skip


def certification(request: OriginRequest, case: Case, verdict: Verdict, best: Route | None) -> dict[str, Any]:
    """The draft as JSON: `elements` numbered 1 to 9 with `value` (null where unknown), and `gaps` by path."""
    lang, facts = request.language, request.facts
    parties = {role: _party(facts.get(role)) for role in ("certifier", "exporter", "producer", "importer")}
    criterion = None
    if verdict == "qualifies" and best is not None:
        criterion = _CRITERIA.get(best.kind, "B")
    blanket = facts.get("blanket_period") if isinstance(facts.get("blanket_period"), dict) else None
    elements: list[dict[str, Any]] = [
        {"number": 1, "name": "certifier_role", "value": facts.get("certifier_role")},
        {"number": 2, "name": "certifier", "value": parties["certifier"]},
        {"number": 3, "name": "exporter", "value": parties["exporter"]},
        {"number": 4, "name": "producer", "value": parties["producer"]},
        {"number": 5, "name": "importer", "value": parties["importer"]},
        {
            "number": 6,
            "name": "good",
            "value": {"description": request.description, "hs": format_hts(case.digits[:6]), "invoice": facts.get("invoice")},
        },
        {"number": 7, "name": "origin_criterion", "value": criterion},
        {"number": 8, "name": "blanket_period", "value": blanket},
        {"number": 9, "name": "signature_and_date", "value": None},
    ]
    gaps = [path for element in elements for path in _gaps(element)]
    year_later = _year_after(case.day)
    return {
        "status": _TEXT["status"][lang],
        "elements": elements,
        "gaps": gaps,
        "may_certify": ["importer", "exporter", "producer"],
        "who_may_certify": _TEXT["who"][lang],
        "retention": _TEXT["keep"][lang],
        "late_claim": _TEXT["late"][lang].format(day=year_later, entry=case.day),
        "blanket": _TEXT["blanket"][lang],
        "validity": _TEXT["valid"][lang],
        "warning": None if verdict == "qualifies" else _TEXT["not_signed"][lang],
    }


def _party(given: Any) -> dict[str, Any]:
    row = given if isinstance(given, dict) else {"name": given}
    return {key: row.get(key) for key in _PARTY}


def _gaps(element: dict[str, Any]) -> list[str]:
    value, name = element["value"], element["name"]
    if name == "blanket_period":
        return []  # only for certifications over a period
    if isinstance(value, dict):
        optional = {"invoice", "email", "telephone"} - ({"email"} if name == "certifier" else set())
        return [f"{name}.{key}" for key, v in value.items() if v in (None, "") and key not in optional]
    return [name] if value in (None, "") else []


def _year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # February 29
        return day.replace(year=day.year + 1, day=28) + timedelta(days=0)

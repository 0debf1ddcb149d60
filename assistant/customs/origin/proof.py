"""A certification of origin, drafted: the nine data elements of USMCA Annex 5-A filled from the request, gaps marked.

Sources: 19 CFR 182.11-182.16 and appendix; retention 19 CFR 182.15 and 163.4; late claims 19 U.S.C. 1520(d).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.customs.hts_number import format_hts
from assistant.customs.origin.case import Case
from assistant.customs.origin.routes import Route
from assistant.customs.origin.types import OriginRequest, Verdict

_PARTY = ("name", "address", "country", "telephone", "email")
# Origin criteria as CBP lists them for USMCA certifications; (b)(iv) goods go under B of the product rules too.
_CRITERIA = {
    "wholly_obtained": "A",
    "exclusively_originating": "C",
    "parts_or_unassembled_tv": "D",
    "parts_or_unassembled_nc": "D",
}


def certification(request: OriginRequest, case: Case, verdict: Verdict, best: Route | None) -> dict[str, Any]:
    """The draft as JSON: `elements` numbered 1 to 9 with `value` (null where unknown), and `gaps` by path."""
    facts = {**request.facts, **_details(request)}
    parties = {role: _party(facts.get(role)) for role in ("certifier", "exporter", "producer", "importer")}
    role_said = facts.get("certifier_role")
    if role_said in parties and not any(parties["certifier"].values()):
        parties["certifier"] = parties[role_said]
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
            "value": {
                "description": request.description,
                "hs": format_hts(case.digits[:6]),
                "invoice": facts.get("invoice"),
            },
        },
        {"number": 7, "name": "origin_criterion", "value": criterion},
        {"number": 8, "name": "blanket_period", "value": blanket},
        {"number": 9, "name": "signature_and_date", "value": None},
    ]
    for element in elements:
        element["label"] = case.text(f"proof.element.{element['number']}")
    gaps = [path for element in elements for path in _gaps(element)]
    year_later = _year_after(case.day)
    return {
        "status": case.text("proof.status"),
        "elements": elements,
        "gaps": gaps,
        "may_certify": ["importer", "exporter", "producer"],
        "who_may_certify": case.text("proof.who"),
        "retention": case.text("proof.keep"),
        "late_claim": case.text("proof.late", day=year_later, entry=case.day),
        "blanket": case.text("proof.blanket"),
        "validity": case.text("proof.valid"),
        "statement": case.text("proof.statement"),
        "criterion_meaning": None if criterion is None else case.text(f"proof.criterion.{criterion}"),
        "long_period": _too_long(case, blanket),
        "warning": None if verdict == "qualifies" else case.text("proof.not_signed"),
    }


def _details(request: OriginRequest) -> dict[str, Any]:
    """The request's own field wins over facts of the same name."""
    if request.certification is None:
        return {}
    return request.certification.model_dump(mode="json", exclude_none=True, by_alias=True)


def _too_long(case: Case, blanket: dict[str, Any] | None) -> str | None:
    """A period over twelve months is refused by customs (19 CFR 182.12(d))."""
    try:
        start, end = (date.fromisoformat(str((blanket or {}).get(k))) for k in ("from", "to"))
    except ValueError:
        return None
    return None if start <= end <= _year_after(start) else case.text("proof.too_long")


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
        return day.replace(year=day.year + 1, day=28)

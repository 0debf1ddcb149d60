"""The certification draft, and the result of check_origin as evidence of a claim in estimate_duty."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pypdf
import pytest

from assistant.customs.origin import OriginRequest, check
from assistant.customs.types import DutyRequest
from assistant.errors import InvalidInput
from assistant.toolbox.certification_pdf import certification_pdf
from assistant.toolbox.evidence import with_evidence

DAY = date(2026, 6, 15)


def origin(**more: Any) -> dict[str, Any]:
    body = {
        "hts": "7326.90.86",
        "materials": [{"description": "rod", "hts": "7213.91", "origin": "BR", "value": "40", "supplier": "Aço"}],
        "transaction_value": "100",
        "facts": {"production_country": "MX"},
        "as_of": "2026-06-15",
    }
    return check(OriginRequest.model_validate({**body, **more})).model_dump(mode="json")


def duty(evidence: dict[str, Any], **more: Any) -> DutyRequest:
    claim = {"program": "USMCA", "evidence": evidence, **more.pop("claim", {})}
    body = {"hts": "7326.90.86.88", "origin": "MX", "customs_value": "100", "preference": claim}
    return DutyRequest.model_validate({**body, **more})


def test_the_verdict_settles_the_claim() -> None:
    request, told = with_evidence(duty(origin()), DAY)
    assert request.preference and request.preference.originating is True
    assert len(told) == 1 and "7326.90.86" in told[0] and "2026-06-15" in told[0]
    failing = origin(facts={"production_country": "CN"})
    request, _ = with_evidence(duty(failing), DAY)
    assert request.preference and request.preference.originating is False
    request, _ = with_evidence(duty(origin(facts={})), DAY)
    assert request.preference and request.preference.originating is None


def test_the_answer_speaks_one_language() -> None:
    _, told = with_evidence(duty(origin(), language="es"), date(2026, 7, 1))
    assert "califica" in told[0] and "qualifies" not in told[0]
    assert len(told) == 2 and "día de entrada" in told[1]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"hts": "7326.19.00"}, "preference.evidence.hts"),
        ({"claim": {"program": "KR"}}, "preference.evidence"),
        ({"claim": {"originating": False}}, "preference.originating"),
        ({"destination": "CA"}, "preference.evidence.destination"),
    ],
)
def test_evidence_of_something_else_is_refused(more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        with_evidence(duty(origin(), **more), DAY)
    assert caught.value.field == field and caught.value.hint


def pages(response: dict[str, Any], language: Any) -> str:
    reader = pypdf.PdfReader(io.BytesIO(certification_pdf(response, language)))
    return "\n".join(page.extract_text() for page in reader.pages)


def test_the_draft_is_filled_from_the_request_and_marks_its_gaps() -> None:
    details = {
        "certifier_role": "exporter",
        "exporter": {"name": "Forjas del Bajío", "address": "León, Gto.", "country": "MX", "email": "a@b.mx"},
        "blanket_period": {"from": "2026-01-01", "to": "2027-03-01"},
    }
    answer = origin(certification=details, description="forged bracket")
    draft = answer["certification"]
    values = {e["number"]: e["value"] for e in draft["elements"]}
    assert sorted(values) == list(range(1, 10))
    assert values[1] == "exporter" and values[2]["name"] == values[3]["name"] == "Forjas del Bajío"
    assert values[6]["hs"] == "7326.90" and values[7] == "B" and values[9] is None
    assert "producer.name" in draft["gaps"] and "exporter.name" not in draft["gaps"]
    assert draft["long_period"] and "5" in draft["retention"] and "2027-06-15" in draft["late_claim"]
    text = pages(answer, "en")
    assert "DRAFT, UNSIGNED" in text and "GAP: to be filled in" in text and "Forjas del Bajío" in text
    assert all(f"{n}. " in text for n in range(1, 10)) and "forged bracket" in text


def test_the_draft_in_spanish_and_for_a_good_that_fails() -> None:
    answer = origin(facts={"production_country": "CN"}, language="es")
    text = pages(answer, "es")
    assert "BORRADOR, SIN FIRMA" in text and "FALTA: por llenar" in text and "No firme" in text
    assert "GAP" not in text and answer["certification"]["elements"][6]["value"] is None

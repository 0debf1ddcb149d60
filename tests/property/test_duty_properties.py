"""Laws of the duty engine that hold for every line, origin, day and claim."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assistant.customs.duty import estimate
from assistant.customs.law import programs
from assistant.customs.measures import facts
from assistant.customs.schedule import Line, Revision
from assistant.customs.types import FEE_KINDS, DutyRequest

FACTS = facts()
REVISION = Revision("hts:test", "test revision", date(2025, 1, 1), False, "Test schedule", None)
GENERAL = st.sampled_from(["Free", "5%", "2.5%", "1¢/kg", "1.4¢/kg + 6%", "$1.50/m3", "68¢/head", "See 9802.00.80"])
SPECIAL = st.sampled_from(["", "Free (A,AU,CL,KR,S)", "Free (A*,S)2.8% (JP)", "Free (P,S+)", "1% (KR,S)"])
ORIGINS = st.sampled_from(["MX", "CA", "CN", "VN", "KR", "JP", "RU", "HT", "DE", "BR", "CL", "CR"])
DAYS = st.dates(date(2025, 1, 1), date(2027, 9, 30))
VALUES = st.decimals(Decimal("0.01"), Decimal("9999999.99"), places=2)


@st.composite
def requests(draw: st.DrawFn) -> tuple[DutyRequest, Line, date]:
    origin, day = draw(ORIGINS), draw(DAYS)
    body: dict[str, Any] = {
        "hts": "8544300000",
        "origin": origin,
        "customs_value": draw(VALUES),
        "transport_mode": draw(st.sampled_from([None, "ocean", "air", "truck", "rail"])),
        "quantities": draw(
            st.sampled_from([{}, {"kg": Decimal(7)}, {"kg": Decimal(7), "m3": Decimal(2), "No.": Decimal(3)}])
        ),
    }
    offered = [p for p in programs().programs if origin in p.countries and any(w.holds(day) for w in p.windows)]
    if offered and draw(st.booleans()):
        program = draw(st.sampled_from(offered))
        body["preference"] = {"program": program.symbols[0], "originating": draw(st.sampled_from([True, False, None]))}
    hts = draw(st.sampled_from(["8544300000", "9506624040", "7601103000", "7326908688", "2203000030", "8703230120"]))
    line = Line(hts, ("Sets",), ("No.",), draw(GENERAL), draw(SPECIAL), "35%", REVISION)
    return DutyRequest.model_validate(body), line, day


@given(requests())
def test_totals_are_the_sum_of_their_applied_layers(case: tuple[DutyRequest, Line, date]) -> None:
    request, line, day = case
    answer = estimate(request, line, day, [REVISION])
    applied = [x for x in answer.layers if x.status == "applied"]
    assert all(x.amount is not None and x.amount == x.amount.quantize(Decimal("0.01")) for x in applied)
    for total, fees in ((answer.duty, False), (answer.fees, True)):
        if total is not None:
            assert total == sum((x.amount for x in applied if (x.kind in FEE_KINDS) == fees and x.amount), Decimal(0))
    if answer.duty is not None and answer.fees is not None:
        assert answer.total_import_charges == answer.duty + answer.fees
    else:
        assert answer.total_import_charges is None and (answer.needs_facts or answer.not_covered)


@given(requests())
def test_a_claim_never_raises_the_total(case: tuple[DutyRequest, Line, date]) -> None:
    request, line, day = case
    claimed = estimate(request, line, day, [REVISION]).total_import_charges
    plain = estimate(request.model_copy(update={"preference": None}), line, day, [REVISION]).total_import_charges
    if claimed is not None and plain is not None:
        assert claimed <= plain


def totals(request: DutyRequest, line: Line, day: date) -> list[Decimal]:
    """Totals of the request under every answer to the facts it leaves open."""
    answer = estimate(request, line, day, [REVISION])
    if answer.total_import_charges is not None:
        return [answer.total_import_charges]
    name = next(q.name.removeprefix("facts.") for q in answer.needs_facts if q.name.startswith("facts."))
    answers = FACTS[name].answers
    return [
        total
        for one in answers
        for total in totals(request.model_copy(update={"facts": {**request.facts, name: one}}), line, day)
    ]


@given(requests())
def test_a_range_holds_every_answer(case: tuple[DutyRequest, Line, date]) -> None:
    request, line, day = case
    answer = estimate(request, line, day, [REVISION])
    if answer.range is None:
        return
    claim = request.preference
    ways = [claim.model_copy(update={"originating": o}) for o in (True, False)] if claim else [None]
    for way in ways:
        for mode in ("ocean", "air", "truck", "rail"):
            settled = request.model_copy(update={"preference": way, "transport_mode": request.transport_mode or mode})
            if claim is None or claim.originating is None or way == claim:
                for total in totals(settled, line, day):
                    assert answer.range.min <= total <= answer.range.max


@given(requests())
def test_missing_is_never_zero(case: tuple[DutyRequest, Line, date]) -> None:
    request, line, day = case
    for layer in estimate(request, line, day, [REVISION]).layers:
        assert (layer.amount is None) == (layer.status != "applied")
        assert layer.status == "applied" or layer.reason

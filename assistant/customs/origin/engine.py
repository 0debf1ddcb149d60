"""`check_origin`: does the good originate under USMCA, by which route, and what is missing or short?

Pure: the request, the rules and the day go in, the answer comes out. A material of unknown origin is tried both ways;
it stands in the way only when the two answers differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from assistant.customs.origin import textiles
from assistant.customs.origin.answer import answer, verdict_word
from assistant.customs.origin.case import Case, Line, in_dollars, line_of, prepare
from assistant.customs.origin.judge import Judgement, judge
from assistant.customs.origin.outcome import Outcome
from assistant.customs.origin.rules import Rules
from assistant.customs.origin.types import (
    USMCA,
    OriginMaterial,
    OriginRequest,
    OriginResponse,
    Verdict,
)
from assistant.customs.types import Preference
from assistant.errors import InvalidInput

_MATTERS_UP_TO = 8  # materials of unknown origin that are tried one by one
_DEPTH = 2


def check(request: OriginRequest, rules: Rules | None = None) -> OriginResponse:
    """The whole answer for `request`, which names its day (`as_of`). `rules` default to the embedded ones.

    Raises InvalidInput, UnknownHts, UnsupportedCurrency or NotInForce for a request no rule can be applied to."""
    rules = rules or Rules.load()
    converted = request.currency.strip().upper()
    request = in_dollars(request)
    prepared, notes = _opened(request, rules, _DEPTH)
    case = prepare(prepared)
    case.notes.extend(notes)
    if converted != "USD":
        rate = next(r for c, r in request.currency_rates.items() if c.strip().upper() == converted)
        case.notes.append(case.text("bill.converted", currency=converted, rate=rate))
    _add_fabric(case)
    low, high, outcome = _decide(case, rules)
    return answer(request, case, rules, low, high, outcome)


def verdict_of(request: OriginRequest, rules: Rules) -> Verdict:
    """Only the verdict: what `check` would answer, without the words."""
    prepared, _ = _opened(in_dollars(request), rules, _DEPTH)
    case = prepare(prepared)
    _add_fabric(case)
    return verdict_word(_decide(case, rules)[2])


def to_preference(response: OriginResponse) -> Preference:
    """What `estimate_duty` takes as preference: originating true, false, or null while it cannot be told."""
    known = {"qualifies": True, "does_not_qualify": False, "cannot_tell": None}[response.verdict]
    return Preference(program="USMCA", originating=known)


def _designated(request: OriginRequest, rules: Rules, depth: int) -> OriginRequest:
    """`facts.intermediate_materials` rows with materials of their own become components of the line they name."""
    rows = request.facts.get("intermediate_materials")
    found = {
        str(r.get("description", "")).strip().lower(): r
        for r in (rows if isinstance(rows, list) else [])
        if isinstance(r, dict) and r.get("materials")
    }
    if not found or depth < _DEPTH:
        return request
    materials = []
    for m in request.materials:
        row = found.get(m.description.strip().lower())
        if row is not None and not m.components and m.originating is None:
            try:
                parts = [OriginMaterial.model_validate(p) for p in row["materials"]]
            except ValidationError as error:
                raise InvalidInput(
                    "materials of an intermediate material are not as materials are",
                    field="facts.intermediate_materials",
                    hint=str(error.errors()[0]["msg"]),
                ) from error
            m = m.model_copy(update={"components": parts})
        materials.append(m)
    return request.model_copy(update={"materials": materials})


def _opened(request: OriginRequest, rules: Rules, depth: int) -> tuple[OriginRequest, list[str]]:
    """Sub-assemblies made in the region: originating by their own rule, or replaced by what they are made of."""
    request = _designated(request, rules, depth)
    if not any(m.components for m in request.materials):
        return request, []
    materials: list[OriginMaterial] = []
    notes: list[str] = []
    for m in request.materials:
        outside = m.origin is not None and m.origin.strip().upper() not in USMCA
        if not m.components or m.originating is not None or outside or depth == 0:
            materials.append(m)
            continue
        inner = request.model_copy(
            update={
                "hts": m.hts or "",
                "description": m.description,
                "materials": m.components,
                "transaction_value": m.value,
                "net_cost": None,
                "facts": {k: v for k, v in request.facts.items() if k in ("production_country", "exported_from")},
            }
        )
        inner, _ = _opened(inner, rules, depth - 1)
        if m.hts and m.value and verdict_word(_decide(prepare(inner), rules)[2]) == "qualifies":
            materials.append(m.model_copy(update={"originating": True, "components": None}))
            continue
        for part in inner.materials:
            name = " > ".join(n for n in (m.description, part.description) if n)
            materials.append(part.model_copy(update={"description": name, "supplier": part.supplier or m.supplier}))
    return request.model_copy(update={"materials": materials}), notes


def _add_fabric(case: Case) -> None:
    """A garment described only by where its yarn and fabric were made is judged as made of one fabric."""
    keys = [k for k in ("fabric_knit_in", "fabric_woven_in", "yarn_spun_in") if k in case.facts]
    if case.lines or not keys or not textiles.apparel(case.digits):
        return
    knit = "fabric_woven_in" not in case.facts and (case.digits[:2] == "61" or "fabric_knit_in" in case.facts)
    fabric = OriginMaterial(description="fabric", hts="6006" if knit else "5208")
    object.__setattr__(case, "lines", (line_of(fabric, 0, case.digits, case.language, case.facts, case.notes),))
    case.notes.append(case.text("assume.fabric"))


def _decide(case: Case, rules: Rules) -> tuple[Judgement, Judgement, Outcome]:
    low = judge(case, rules, True)
    unknown = [x for x in case.lines if x.status == "unknown"]
    if not unknown or low.outcome.value is True:
        return low, low, low.outcome
    high = judge(case, rules, False)
    if low.outcome.value is False and high.outcome.value is False:
        return low, high, low.outcome
    if low.outcome == high.outcome:
        return low, high, low.outcome
    missing = low.outcome.missing | (high.outcome.missing if high.outcome.value is None else frozenset())
    missing |= {f"{x.item.field}.originating" for x in _that_matter(case, rules, unknown, low)}
    return low, high, Outcome(None, missing)


def _that_matter(case: Case, rules: Rules, unknown: Sequence[Line], low: Judgement) -> Sequence[Line]:
    """Materials of unknown origin whose answer could move the verdict, as far as trying one by one shows."""
    if not 1 < len(unknown) <= _MATTERS_UP_TO:
        return unknown
    found = []
    for line in unknown:
        for others in ("originating", "non_originating"):
            answers = set()
            for status in ("originating", "non_originating"):
                changed = tuple(_with_status(x, line, others, status) for x in case.lines)
                answers.add(judge(_with_lines(case, changed), rules, True).outcome.value)
            if len(answers) > 1:
                found.append(line)
                break
    return found or unknown


def _with_status(line: Line, chosen: Line, others: str, status: str) -> Line:
    if line.status != "unknown":
        return line
    return replace(line, status=status if line.index == chosen.index else others)  # type: ignore[arg-type]


def _with_lines(case: Case, lines: tuple[Line, ...]) -> Case:
    return replace(case, lines=lines, notes=[])

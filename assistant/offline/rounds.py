"""What is called after the first round, from what came of it: the same again in another form, the duty on a line that
a classification gave, the dates of a measure that somebody takes to be in force. One further round, never more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from assistant.offline.classified import leading
from assistant.offline.plan import Call, Plan, plan_tariff
from assistant.offline.premises import supposed
from assistant.offline.prose import Result
from assistant.offline.state import Request

# Tools asked about a manufacturer by a name that may only nearly be its id, and the argument that holds it.
_BY_ID = {
    "manufacturer_profile": "id",
    "supplier_performance": "manufacturer_id",
    "production_risks": "manufacturer_id",
    "plan_scale_up": "id",
}


def follow_ups(request: Request, results: Sequence[Result], tools: Sequence[str]) -> list[Call]:
    """Calls to make once more for one request, in the order of the results that they follow from."""
    calls: list[Call] = []
    for result in results:
        again = repeated(result)
        calls += [again] if again else []
    calls += _classified(request, results)
    calls += _ended(request, results)
    return [call for call in calls if call.name in tools]


def repeated(failed: Result) -> Call | None:
    """A manufacturer asked for by a name that is nearly an id: the tool's one suggestion. An estimate whose claim
    cannot be made: the same without it."""
    if failed.error is None:
        return None
    error = failed.error.get("error") or {}
    arguments = failed.call.arguments
    if failed.call.name == "estimate_duty" and error.get("field") == "preference.program":
        return Call("estimate_duty", {name: value for name, value in arguments.items() if name != "preference"})
    if failed.call.name in ("order_status", "production_risks") and error.get("field") == "order_id":
        wanted = str(arguments.get("order_id"))
        near = re.search(
            rf"(?:did you mean|quiso decir) ((?:[A-Z]+-)?{re.escape(wanted)})\b", str(error.get("hint") or "")
        )
        return Call(failed.call.name, {**arguments, "order_id": near[1]}) if near and near[1] != wanted else None
    field = _BY_ID.get(failed.call.name)
    if field is None or error.get("code") != "not_found":
        return None
    match = re.fullmatch(r"(?:did you mean|¿quiso decir) ([a-z0-9-]+)(?:, [a-z0-9-]+)*\?", str(error.get("hint") or ""))
    if match is None or not _near(str(arguments.get(field)), match[1]):
        return None
    return Call(failed.call.name, {**arguments, field: match[1]})


def _near(wanted: str, found: str) -> bool:
    from rapidfuzz import fuzz

    return bool(fuzz.token_set_ratio(wanted.replace("-", " "), found.replace("-", " ")) >= 85)


def _classified(request: Request, results: Sequence[Result]) -> list[Call]:
    """The duty (or the rate) on the line that leads a classification, when the question asks for it."""
    if request.act != "tariff" or request.state.tariff.codes:
        return []
    found = next((r.response for r in results if r.call.name == "classify_product" and r.response), None)
    chosen = leading(found or {})
    if chosen is None:
        return []
    return list(plan_tariff(request, (chosen,)).calls)


def _ended(request: Request, results: Sequence[Result]) -> list[Call]:
    """What changed in the two years before the entry, for a measure that is taken to be in force and is not charged."""
    first = next((r for r in results if r.call.name == "estimate_duty" and r.response), None)
    if first is None or first.response is None:
        return []
    charged = {layer["kind"] for layer in first.response["layers"] if layer["status"] in ("applied", "needs_fact")}
    if not supposed(request.reading.text) - charged:
        return []
    day = date.fromisoformat(str(first.response["entry_date"]))
    window = {"from": (day - timedelta(days=730)).isoformat(), "to": day.isoformat()}
    origin = {"hts": first.call.arguments["hts"], "origin": first.call.arguments["origin"]}
    return [Call("tariff_changes", {**origin, **window, "language": request.state.language})]


def shared(
    asked: Sequence[Request], plans: Sequence[Plan], done: Sequence[Result], tools: Sequence[str]
) -> list[tuple[Plan, tuple[Result, ...]]]:
    """Each plan with its results, in the order in which the calls were made. A second look stands in the place of the
    manufacturer that was not found, and behind everything else."""
    sizes = [sum(call.name in tools for call in p.calls) for p in plans]
    rows: list[list[Result]] = []
    at = 0
    for size in sizes:
        rows.append(list(done[at : at + size]))
        at += size
    later = list(done[at:])
    pairs: list[tuple[Plan, tuple[Result, ...]]] = []
    for request, p, row in zip(asked, plans, rows, strict=True):
        wanted = follow_ups(request, row, tools)
        found, later = later[: len(wanted)], later[len(wanted) :]
        replaced = {f.call.name for f in found if f.call.name in (*_BY_ID, "order_status")}
        kept = [r for r in row if not (r.error is not None and r.call.name in replaced and repeated(r))]
        pairs.append((p, (*kept, *found)))
    return pairs

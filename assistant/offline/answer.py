"""One turn to one answer: each request's part in order, with notes, questions and the status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from assistant.citations import Register
from assistant.offline.acts import PLANS
from assistant.offline.intents import shaped
from assistant.offline.plan import Plan
from assistant.offline.premises import supposed
from assistant.offline.prose import Result, Writer, join, long_date, notes
from assistant.offline.prose_changes import change_cite, write_changes
from assistant.offline.prose_check import write_check
from assistant.offline.prose_classify import write_choice, write_classification
from assistant.offline.prose_errors import write_error
from assistant.offline.prose_find import write_matches
from assistant.offline.prose_landed import write_comparison
from assistant.offline.prose_line import offer_amount, write_line
from assistant.offline.prose_origin import write_origin
from assistant.offline.prose_production import write_order, write_performances, write_risks
from assistant.offline.prose_profiles import write_profiles
from assistant.offline.prose_rules import write_rules
from assistant.offline.prose_scale import write_scale
from assistant.offline.prose_tariff import write_duty
from assistant.offline.state import Request

_PLAIN = {"greet": "answered", "thanks": "answered", "help": "answered", "offtopic": "refused", "abuse": "refused",
          "filing": "refused", "evasion": "refused"}  # fmt: skip

_WRITERS: dict[str, Callable[[Writer, Result], None]] = {
    "compare_landed_cost": write_comparison,
    "find_manufacturers": write_matches,
    "order_status": write_order,
    "plan_scale_up": write_scale,
    "tariff_changes": write_changes,
}


@dataclass(frozen=True)
class Turn:
    """What was asked, what was planned with its results, and all results of the turn (for citation numbers)."""

    asked: tuple[Request, ...]
    planned: tuple[tuple[Plan, tuple[Result, ...]], ...]
    results: tuple[Result, ...]


def compose(turn: Turn) -> tuple[str, dict[str, Any]]:
    """Markdown, and what the agent needs beside it: status, missing facts, citation order, trace of understanding."""
    register = Register([result.response for result in turn.results])
    writer = Writer(turn.asked[-1].state.language, register)
    for request, (plan, results) in zip(turn.asked, turn.planned, strict=True):
        _part(writer, request, plan, results)
    if not writer.parts:
        writer.add("nothing_supported")
        writer.worse("refused")
    trace = [f"{hit.intent}:{hit.matched}" for request in turn.asked for hit in request.reading.trace[:4]]
    meta = {
        "status": writer.status,
        "missing": list(dict.fromkeys(writer.missing)),
        "lacking": list(dict.fromkeys(writer.lacking)),
        "cite": writer.order,
        "language": writer.language,
        "acts": [request.act for request in turn.asked],
        "trace": trace,
    }
    return writer.markdown(), meta


def _part(writer: Writer, request: Request, plan: Plan, results: tuple[Result, ...]) -> None:
    if request.act in _PLAIN:
        writer.add(request.act)
        writer.worse(_PLAIN[request.act])  # type: ignore[arg-type]
        return
    if request.act == "check":
        write_check(writer, request, results)
        return
    first = len(writer.parts)
    good = [r for r in results if r.response is not None]
    lines = [r for r in good if r.call.name == "tariff_line"]
    duties = [r for r in good if r.call.name == "estimate_duty"]
    again = [r for r in results if r.error is not None and retry(r, results)]
    for result in again:
        write_error(writer, result, retried=True)
    for result in good:
        if result.call.name == "classify_product":
            if request.act == "tariff" and (duties or lines):
                write_choice(writer, result)
            else:
                write_classification(writer, result, wanted=request.act == "tariff")
    if duties:
        _premise(writer, request, duties, [r for r in good if r.call.name == "tariff_changes"])
        slots = replace(request.state.tariff, program=None) if again else request.state.tariff  # said already
        write_duty(writer, duties, slots)
    for result in lines:
        write_line(writer, result, request.state.tariff)
    profiles = [r for r in good if r.call.name == "manufacturer_profile"]
    if profiles:
        for key, values in (note for note in request.notes if note[0] == "profiles_all"):
            writer.add(key, **values)
        asked = request.reading.need.get("certifications") or ()
        write_profiles(writer, profiles, asked, request.state.need.get("processes") or ())
    performances = [r for r in good if r.call.name == "supplier_performance"]
    if performances:
        write_performances(writer, performances, request.reading.text)
    for result in good:
        if result.call.name == "tariff_changes" and duties:
            continue  # told as a premise
        if result.call.name == "production_risks":
            write_risks(writer, result, request.reading.text)
        elif result.call.name in _WRITERS:
            _WRITERS[result.call.name](writer, result)
        elif result.call.name == "search_rules":
            _rules(writer, request, result)
    for result in good:
        if result.call.name == "check_origin":
            write_origin(writer, result, rule_asked=shaped("origin_rule", request.reading.text))
    for result in results:
        if result.error is not None and result not in again:
            write_error(writer, result)
    for name in plan.ask:
        if name == "manufacturer" and request.state.shown:
            shown = [label for _, label in request.state.shown]
            writer.add("ask_which", names=join(shown, writer.language))
        else:
            writer.add(f"ask_{name}")
        writer.lacks(name, writer.say(f"missing_{name}"))
        writer.worse("clarify")
    if lines and not plan.ask:
        offer_amount(writer, request.state.tariff)
    # Before anything is computed, a date read with some freedom settles nothing yet.
    said = [n for n in request.notes if good or request.act not in PLANS or n[0] != "note_date"]
    said = [n for n in said if n[0] != "profiles_all"]
    notes(writer, said, first)


def _premise(writer: Writer, request: Request, duties: list[Result], changes: list[Result]) -> None:
    """What is wrong in a measure that the question takes to be in force: it ended, or it does not reach these goods."""
    response = duties[0].response or {}
    charged = {layer["kind"] for layer in response["layers"] if layer["status"] in ("applied", "needs_fact")}
    for kind in sorted(supposed(request.reading.text) - charged):
        name = writer.say(f"measure_{kind}")
        day = long_date(response["entry_date"], writer.language)
        over = [
            (result, change)
            for result in changes
            for change in (result.response or {}).get("changes") or []
            if change["kind"] == kind and change["after"] is None
        ]
        if over:
            result, change = over[-1]
            writer.add("premise_ended", name=name, ended=long_date(change["date"], writer.language), date=day,
                       cite=change_cite(writer, result, change))  # fmt: skip
        else:
            writer.add("premise_not_charged", name=name, date=day)


def retry(failed: Result, results: tuple[Result, ...]) -> bool:
    """True when the same estimate without its claim is among the results."""
    wanted = {name: value for name, value in failed.call.arguments.items() if name != "preference"}
    return "preference" in failed.call.arguments and any(
        other.response is not None and other.call.name == failed.call.name and other.call.arguments == wanted
        for other in results
    )


def _rules(writer: Writer, request: Request, result: Result) -> None:
    if request.act == "unclear" and (result.response or {}).get("weak"):
        writer.add("offtopic")
        writer.worse("refused")
        return
    question = request.state.query if request.act == "rules" else request.reading.text
    subjects = [hit.matched for hit in request.reading.trace if hit.intent == "rules" and hit.weight >= 4]
    write_rules(writer, result, question, subjects)

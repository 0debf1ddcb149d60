"""A request to tool calls. No call means that the answer is a question back, a limit or a courtesy."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from assistant.differences import moved
from assistant.offline.changes import usual_window
from assistant.offline.codes import dotted
from assistant.offline.comparison import read_comparison
from assistant.offline.needs import HARD
from assistant.offline.origin import arguments as origin_arguments
from assistant.offline.production import ACTS, plan_calls, risk_kinds
from assistant.offline.scaling import read_scale
from assistant.offline.state import Past, Request, State, Tariff
from assistant.offline.text import data, fold, worded

MAX_CALLS = 6


@dataclass(frozen=True)
class Call:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Calls to make; `ask` names facts to ask for (with or without calls)."""

    calls: tuple[Call, ...] = ()
    ask: tuple[str, ...] = ()


def plan(request: Request) -> Plan:
    """What to call for `request`."""
    state = request.state
    language = state.language
    default_day = request.reading.as_of.isoformat()
    if request.reading.impossible and request.act in ("tariff", "rules", "find"):
        return Plan(ask=("date",) if worded("ask_date") else ())  # never another day in silence
    if request.act == "tariff":
        return plan_tariff(request, state.tariff.codes)
    if request.act == "changes":
        return _changes(request)
    if request.act == "origin":
        day = state.origin.day.isoformat() if state.origin.day else default_day
        if state.origin.hts is None:
            return Plan(ask=("hts",))
        return Plan((Call("check_origin", origin_arguments(state.origin, day, language)),))
    if request.act == "find":
        return _find(request, default_day)
    if request.act in ACTS:
        kinds = risk_kinds(request.reading.text)
        found, ask = plan_calls(request.act, state, default_day, state.manufacturers, kinds)
        return Plan(tuple(Call(name, arguments) for name, arguments in found[:MAX_CALLS]), tuple(ask))
    if request.act == "profile":
        calls = [Call("manufacturer_profile", {"id": plant, "as_of": default_day, "language": language})
                 for plant in state.manufacturers]  # fmt: skip
        return Plan(tuple(calls[:MAX_CALLS])) if calls else Plan(ask=("manufacturer",))
    if request.act in ("rules", "unclear"):
        day = state.query_day.isoformat() if state.query_day else default_day
        query = (state.query if request.act == "rules" else request.reading.text)[:900]
        query = " ".join([query, *hints(query)])
        return Plan((Call("search_rules", {"query": query, "as_of": day, "language": language, "limit": 10}),))
    if request.act in ("landed", "scale"):
        return _sourcing_plan(request)
    if request.act == "classify":
        return _classify(request)
    if request.act == "check":
        return Plan(tuple(call for pair in checked_calls(request) for call in pair))
    return Plan()


def checked(request: Request) -> Past | None:
    """The answer to check: the last one of the day or month that the message names, else the last of the thread."""
    past = request.state.answered
    for found in request.reading.dates:
        named = [p for p in past if (p.day.year, p.day.month) == (found.day.year, found.day.month)]
        past = tuple(p for p in named if p.day == found.day) or tuple(named) or past
    return past[-1] if past else None


def checked_calls(request: Request) -> list[tuple[Call, ...]]:
    """For each call of the answer to check: the same again, and for the day of asking where that is another."""
    past = checked(request)
    rows = []
    for name, arguments, _ in past.calls if past else ():
        later = moved(arguments, past.day, request.reading.as_of) if past else arguments
        rows.append((Call(name, arguments), *((Call(name, later),) if later != arguments else ())))
    return rows


def hints(text: str) -> list[str]:
    """Terms of law for what `text` says in everyday words ("under $800" → de minimis)."""
    folded = fold(text)
    return [term for pattern, term in data("extract")["hints"].items() if re.search(pattern, folded)]


def _find(request: Request, default_day: str) -> Plan:
    """One search; a question back when nothing says what is to be made, or only words that the vocabulary lacks."""
    state: State = request.state
    if not state.need:
        return Plan(ask=("need",))
    if state.unread and not HARD & set(state.need):
        return Plan(ask=("need",))  # a list of whatever plants are there would answer another question
    day = state.need_day.isoformat() if state.need_day else default_day
    arguments = {"need": state.need_text, **state.need, "as_of": day, "language": state.language}
    return Plan((Call("find_manufacturers", arguments),))


def plan_tariff(request: Request, codes: tuple[str, ...]) -> Plan:
    """Rate or duty on the lines `codes`; without any, the classification of the product, or the question for one."""
    slots = replace(request.state.tariff, codes=codes)
    if not codes and request.state.product:
        return _classify(request)
    return _tariff(slots, request.state.language, request.reading.as_of.isoformat())


def _classify(request: Request) -> Plan:
    if not request.state.product:
        return Plan(ask=("product",))
    arguments = {"description": request.state.product, "language": request.state.language}
    return Plan((Call("classify_product", arguments),))


def _changes(request: Request) -> Plan:
    """One window for each line and country."""
    slots, window = request.state.tariff, request.state.window or usual_window(request.reading.as_of)
    ask = [name for name, known in (("hts", slots.codes), ("origin", slots.origins)) if not known]
    if ask:
        return Plan(ask=tuple(ask[:1]))
    common = {"from": window.start.isoformat(), "to": window.end.isoformat(), "language": request.state.language}
    calls = [
        Call("tariff_changes", {"hts": dotted(code), "origin": origin, **common})
        for code in slots.codes
        for origin in slots.origins
    ]
    return Plan(tuple(calls[:MAX_CALLS]))


def _sourcing_plan(request: Request) -> Plan:
    state, day = request.state, request.reading.as_of
    if request.act == "landed":
        asked = read_comparison(state.plan_text, day, state.language, state.tariff.codes)
        name = "compare_landed_cost"
        if asked.arguments["hts"]:
            asked.arguments["hts"] = dotted(re.sub(r"\D", "", asked.arguments["hts"]))
    else:
        asked = read_scale(state.plan_text, day, state.language, next(iter(state.manufacturers), None))
        name = "plan_scale_up"
    if asked.missing:
        return Plan(ask=asked.missing)
    return Plan((Call(name, asked.arguments),))


def _tariff(slots: Tariff, language: str, default_day: str) -> Plan:
    if not slots.codes:
        return Plan(ask=("hts",))
    day = slots.day.isoformat() if slots.day else default_day
    line = {"as_of": day, "language": language}
    if slots.destination and slots.destination != "US":
        line["destination"] = slots.destination
    calls: list[Call] = []
    ask: list[str] = []
    for code in slots.codes:
        if slots.wants_line or slots.value is None or not slots.origins:
            calls.append(Call("tariff_line", {"hts": dotted(code), **line}))
            continue
        for origin in slots.origins:
            own = replace(slots, value=slots.values.get(origin, slots.values.get(code, slots.value)))
            calls.append(Call("estimate_duty", _duty(own, code, origin, language, day)))
    if not slots.wants_line and slots.value is not None and not slots.origins:
        ask.append("origin")
    if slots.price is not None and slots.value is None and worded("ask_quantity"):
        ask.append("quantity")  # a price per unit alone is no customs value
    return Plan(tuple(calls[:MAX_CALLS]), tuple(ask))


def _plain(value: Decimal) -> str:
    """A decimal string without idle zeros: 1500000.0 -> 1500000."""
    return format(value.normalize(), "f")


def _duty(slots: Tariff, code: str, origin: str, language: str, day: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "hts": dotted(code),
        "origin": origin,
        "destination": slots.destination or "US",
        "entry_date": day,
        "customs_value": _plain(slots.value) if slots.value is not None else None,
        "currency": slots.currency,
        "language": language,
    }
    if slots.mode:
        arguments["transport_mode"] = slots.mode
    if slots.quantities:
        arguments["quantities"] = {unit: _plain(value) for unit, value in slots.quantities.items()}
    facts = {**slots.facts, **({"entry_type": "informal"} if slots.entry_type == "informal" else {})}
    if facts:
        arguments["facts"] = facts
    if slots.program and not slots.both and not slots.without:
        # With "with and without" the response's options carry both sides; a claim would hide the general total.
        arguments["preference"] = {
            "program": slots.program,
            "originating": slots.originating,
            "certificate_on_file": slots.certificate,
        }
    return arguments

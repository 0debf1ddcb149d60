"""A request to tool calls. No call means that the answer is a question back, a limit or a courtesy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from assistant.offline.codes import dotted
from assistant.offline.production import ACTS, plan_calls
from assistant.offline.state import Request, Tariff
from assistant.offline.text import fold

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
    if request.act == "tariff":
        return _tariff(state.tariff, language, default_day)
    if request.act == "find":
        if not state.need and not request.reading.scores.get("find"):
            return Plan(ask=("need",))
        day = state.need_day.isoformat() if state.need_day else default_day
        return Plan(
            (
                Call(
                    "find_manufacturers",
                    {"need": state.need_text, **state.need, "as_of": day, "language": language},
                ),
            )
        )
    if request.act in ACTS:
        calls, ask = plan_calls(request.act, state, default_day, state.manufacturer)
        return Plan(tuple(Call(name, arguments) for name, arguments in calls[:MAX_CALLS]), tuple(ask))
    if request.act == "profile":
        wanted = state.manufacturer or named(state.manufacturer_text)
        if wanted is None:
            return Plan(ask=("manufacturer",))
        return Plan((Call("manufacturer_profile", {"id": wanted, "as_of": default_day, "language": language}),))
    if request.act in ("rules", "unclear"):
        day = state.query_day.isoformat() if state.query_day else default_day
        query = (state.query if request.act == "rules" else request.reading.text)[:1000]
        return Plan((Call("search_rules", {"query": query, "as_of": day, "language": language, "limit": 10}),))
    if request.act == "classify":
        return Plan(ask=("hts",))
    return Plan()


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
        calls += [Call("estimate_duty", _duty(slots, code, origin, language, day)) for origin in slots.origins]
    if not slots.wants_line and slots.value is not None and not slots.origins:
        ask.append("origin")
    return Plan(tuple(calls[:MAX_CALLS]), tuple(ask))


def _duty(slots: Tariff, code: str, origin: str, language: str, day: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "hts": dotted(code),
        "origin": origin,
        "destination": slots.destination or "US",
        "entry_date": day,
        "customs_value": format(slots.value, "f") if slots.value is not None else None,
        "currency": slots.currency,
        "language": language,
    }
    if slots.mode:
        arguments["transport_mode"] = slots.mode
    if slots.quantities:
        arguments["quantities"] = {unit: format(value, "f") for unit, value in slots.quantities.items()}
    if slots.program and not slots.both and not slots.without:
        # With "with and without" the response's options carry both sides; a claim would hide the general total.
        arguments["preference"] = {
            "program": slots.program,
            "originating": slots.originating,
            "certificate_on_file": slots.certificate,
        }
    return arguments


_GOES_ON = "please|por favor|is|are|has|have|does|in|with|and|est[aá]|tienen?|es|son|en|con|y|que|their|sus?|for|para"


def named(text: str) -> str | None:
    """An id made from the name in `text`: what follows "profile of/perfil de", or else the capitalised words."""
    match = re.search(
        r"(?:profile (?:of|for)|perfil de|about|sobre|details (?:of|on)|detalles de"
        r"|h[aá]blame (?:de|sobre)|cu[eé]ntame (?:de|sobre)|dime (?:de|sobre)"
        r"|who (?:is|are)|qui[eé]n(?:es)? (?:es|son)|capacity of|capacidad de|certifica\w+ (?:of|de)|acerca de)\s+"
        r"(?:the |el |la |los )?(?P<name>[^?.!,;]+)",
        text,
        re.IGNORECASE,
    )
    capitals = r"[A-ZÁÉÍÓÚÑ][\w&'’.-]*(?:\s+(?:(?:de|del|la|los|y|e|and|of)\s+)?[A-ZÁÉÍÓÚÑ][\w&'’.-]*)*"
    if match:
        # A name written with capitals ends with them; one written small ends where the sentence goes on.
        exact = re.match(capitals, match["name"])
        name = exact[0] if exact else re.split(rf"\s+(?:{_GOES_ON})\b", match["name"], flags=re.IGNORECASE)[0]
    else:
        runs = [run for run in re.findall(capitals, text) if len(run.split()) > 1 or text.find(run) > 0]
        name = max(runs, key=len, default="")
    name = re.sub(
        r"(?i)\b(?:s\.?a\.? de c\.?v\.?|s\.? de r\.?l\.?|inc|llc|ltd|corp|plant|planta|supplier|proveedor)\b\.?",
        " ",
        name,
    )
    slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
    return slug if len(slug) >= 3 else None

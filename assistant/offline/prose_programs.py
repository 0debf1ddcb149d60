"""Special programs by the names that people know, and what the special column offers an origin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from assistant.customs.law import Program, on_day, programs
from assistant.customs.law import say as engine_says
from assistant.offline.language import Lang


def label(program: Program, language: Lang) -> str:
    """USMCA (T-MEC in Spanish); a program known by no short name goes by its title and symbol."""
    if name := program.short.get(language) or (program.names[0] if program.names else ""):
        return name
    return f"{program.title[language]} ({program.symbols[0]})"


def named(name: str, language: Lang) -> str:
    """The label of a symbol or usual name; the name itself when no program is called that."""
    program = programs().named(name)
    return label(program, language) if program else name


def program_of(option: str, language: Lang) -> Program | None:
    """The program behind an option's name; None for the way without a preference."""
    every = programs().programs
    return next((p for p in every if option == engine_says("option.program", language, program=p.name(language))), None)


def option_name(option: str, language: Lang) -> str:
    """An option as the table names it, its program by label."""
    program = program_of(option, language)
    return engine_says("option.program", language, program=label(program, language)) if program else option


def question(fact: Mapping[str, Any], claimed: str | None, language: Lang) -> str:
    """A tool's question, its program by label."""
    program = programs().named(claimed) if claimed else None
    if fact["name"] != "preference.originating" or program is None:
        return str(fact["question"])
    proof = program.proof[language]
    asked = engine_says("fact.originating", language, program=program.name(language), proof=proof)
    named_so = engine_says("fact.originating", language, program=label(program, language), proof=proof)
    return str(fact["question"]).replace(asked, named_so)


def spelt_out(text: str, claimed: str | None, language: Lang) -> str:
    """An engine's reason with the program that it calls by a bare symbol ("under PE") by its label."""
    program = programs().named(claimed) if claimed else None
    if program is None or program.name(language) != program.symbols[0]:
        return text
    before = "under|the claimed|offers no|conforme a|tasa de|bajo"
    return re.sub(rf"\b({before}) {re.escape(program.symbols[0])}\b", rf"\1 {label(program, language)}", text)


def offers(response: Mapping[str, Any], origin: str, language: Lang) -> list[tuple[str, str, str]]:
    """What a line's special column offers goods of `origin` on its day: (program, symbols, rate as printed).

    Programs open to every country depend on the article and are left out."""
    day = date.fromisoformat(str(response["as_of"]))
    if programs().column_two(origin, day):
        return []
    found = []
    for program in programs().programs:
        if origin not in program.countries or on_day(program.windows, day) is None:
            continue
        for segment in response.get("special") or []:
            symbols = [s for s in program.symbols if s in segment["programs"]]
            if "A+" in symbols and origin not in program.least_developed:
                symbols.remove("A+")
            if symbols:
                found.append((label(program, language), ", ".join(symbols), str(segment["printed"]).strip()))
    return found

"""Whether an earlier answer of the thread still holds, from its calls made again: the result, then what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assistant.differences import Change, changes
from assistant.offline.plan import checked, checked_calls
from assistant.offline.prose import Result, Writer, cell, long_date, money
from assistant.offline.prose_errors import write_error
from assistant.offline.state import Request

_SHOWN = 12
_LISTS = frozenset({"layers", "kpis", "scenarios", "matches"})
_MONEY = frozenset({"duty", "fees", "total_import_charges", "amount", "min", "max"})


def write_check(writer: Writer, request: Request, results: tuple[Result, ...]) -> None:
    """The answer checked, by its question and day; then that it holds, or a table of what does not."""
    past = checked(request)
    if past is None:
        writer.add("check_nothing")
        writer.worse("clarify")
        return
    days = {
        "asked": long_date(past.day, writer.language),
        "day": long_date(request.reading.as_of, writer.language),
        "question": cell(past.question),
    }
    found: list[tuple[Change, Result]] = []
    rows = list(results)
    for (name, _, before), made in zip(past.calls, checked_calls(request), strict=False):
        given, rows = rows[: len(made)], rows[len(made) :]
        was: Mapping[str, Any] = before
        for result, because in zip(given, ("data", "date"), strict=False):
            if result.response is not None:
                found += [(change, result) for change in changes(name, was, result.response, because)]  # type: ignore[arg-type]
                was = result.response
    failed = [result for result in results if result.error is not None]
    if found:
        writer.add("check_changed", **days)
        found.sort(key=lambda row: row[0].where.count(" / "))
        lines = [_row(writer, change, result) for change, result in found[:_SHOWN]]
        writer.text("\n".join([writer.say("check_head"), *lines]))
        if len(found) > _SHOWN:
            writer.add("check_more", count=str(len(found) - _SHOWN))
        writer.add("next", step=writer.say("check_next"))
    elif not failed:
        if past.day == request.reading.as_of:
            del days["day"]
        writer.add("check_same_days" if "day" in days else "check_same", **days)
    for result in failed:
        write_error(writer, result)


def _row(writer: Writer, change: Change, result: Result) -> str:
    nothing = writer.say("check_nothing_there")
    return writer.say(
        "check_row",
        what=cell(_what(writer, change.where)),
        before=cell(_value(writer, change.before, change.where) or nothing),
        after=cell(_value(writer, change.after, change.where) or nothing),
        why=writer.say(f"check_{change.because}"),
        cite=writer.cite(result.index, "/sources/0"),
    )


def _value(writer: Writer, value: str | None, where: str) -> str:
    """Money as money, a layer's state in words."""
    if value is None:
        return ""
    if where.rsplit(" / ", 1)[-1] in _MONEY and re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        return money(value, writer)
    parts = [part for part in value.split(", ") if part != "applied"]
    return ", ".join(writer.say("open") if part == "needs_fact" else part for part in parts)


def _what(writer: Writer, where: str) -> str:
    """The path of names in words: the figures that people know by name, the others as the tool names them."""
    parts = [part for part in where.split(" / ") if part not in _LISTS]
    return ", ".join(_named(writer, part) for part in parts)


def _named(writer: Writer, part: str) -> str:
    try:
        return writer.say(f"check_name_{part}")
    except LookupError:
        plain = part.replace("_", " ")
        return plain[:1].upper() + plain[1:] if plain.startswith("section") else plain

"""A tool's error to a helpful sentence in the asker's language."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.customs.law import on_day, programs
from assistant.offline.codes import dotted, find_codes
from assistant.offline.countries import country_name
from assistant.offline.dates import find_dates
from assistant.offline.language import detect
from assistant.offline.plan import Call
from assistant.offline.prose import Result, Writer, join, long_date
from assistant.offline.prose_programs import label

_FEE = re.compile(r"\b(?:no amount is known|no se conoce el monto)\b")  # the engine's words, in either language
_STATUS = {"not_in_force": "refused", "prohibited": "refused", "unavailable": "partial", "internal": "partial"}


def write_error(writer: Writer, result: Result, *, retried: bool = False) -> None:
    """What went wrong, what to do, and the status that fits. `retried`: the call was made again without the claim that
    failed, so that an answer follows."""
    error: dict[str, Any] = (result.error or {}).get("error") or {}
    code, field = str(error.get("code") or "internal"), str(error.get("field") or "")
    message, hint = str(error.get("message") or ""), str(error.get("hint") or "")
    if field == "preference.program" and _program(writer, result, retried):
        if not retried:
            writer.worse("refused" if code == "not_in_force" else "clarify")
            writer.lacks(field, writer.say("field_preference"))
        return
    status = _STATUS.get(code, "clarify")
    writer.worse(status)  # type: ignore[arg-type]
    if status == "clarify" and field:
        writer.lacks(field, _field(writer, error))
    hts = str(result.call.arguments.get("hts", ""))
    if code in ("unknown_hts", "ambiguous"):
        asked = "".join(filter(str.isdigit, hts))
        named = {c.digits: dotted(c.digits) for c in find_codes(f"{message} {hint}") if c.digits != asked}
        writer.add(f"error_{code}", hts=hts, date=_day(result.call, writer))
        if named:
            writer.add("error_nearest", codes=join(list(named.values())[:5], writer.language))
        else:
            writer.add("error_load_schedule")
        return
    if code == "invalid_input" and field == "hts":
        writer.add("error_hts_form", hts=hts)
        return
    if code == "not_in_force":
        _not_in_force(writer, result, f"{message} {hint}")
        return
    if code == "not_found" and error.get("field") == "order_id":
        close = hint[:1].upper() + hint[1:] if "?" in hint and writer.language == "en" else ""
        writer.add("error_no_order", id=str(result.call.arguments.get("order_id", "")), hint=close)
        return
    if code == "not_found" and error.get("field") == "manufacturer_id":
        writer.add("error_no_manufacturer", id=str(result.call.arguments.get("manufacturer_id", "")))
        return
    if code == "not_found" and result.call.name == "manufacturer_profile":
        writer.add("error_no_manufacturer", id=str(result.call.arguments.get("id", "")))
        return
    if code == "invalid_input" and field == "customs_value" and _below_zero(_given(result.call, error)):
        writer.add("error_value", value=_given(result.call, error))
        return
    if code == "unavailable" and detect(message).language not in (writer.language, None):
        commands = re.findall(r"`[^`]+`|\bSOURCING_[A-Z_]+\b", hint)
        see = writer.say("error_see", commands=join(commands, writer.language)) if commands else ""
        writer.parts.append(writer.say("error_unavailable_plain", hint=f" {see.strip()}" if see else ""))
        return
    known = f"error_{code}"
    if code in ("unsupported_currency", "prohibited", "unavailable"):
        writer.add(known, **_values(code, message, hint, result))
    elif writer.language == "en" or not _given(result.call, error):
        writer.add("error_other", **_values(code, message, hint, result))
    else:
        writer.add("error_field", field=_field(writer, error), value=_given(result.call, error))


def _program(writer: Writer, result: Result, retried: bool) -> bool:
    """Why a claim fails: nobody calls a program that, it does not cover the origin, or it is over."""
    arguments, lang = result.call.arguments, writer.language
    claimed = str((arguments.get("preference") or {}).get("program") or "")
    program = programs().named(claimed)
    day = date.fromisoformat(str(arguments.get("entry_date") or arguments.get("as_of") or date.min.isoformat()))
    country = country_name(str(arguments.get("origin", "")), lang)
    if program is None:
        writer.add("error_program_unknown", program=claimed)
    elif not program.covers(str(arguments.get("origin", "")).upper()) and on_day(program.windows, day):
        writer.add("error_program_origin", program=label(program, lang), country=country)
    else:
        values = {"program": label(program, lang), "date": long_date(day, lang)}
        ended = [window.end for window in program.windows if window.end is not None and window.end < day]
        later = [window.start for window in program.windows if window.start > day]
        if ended:
            writer.add("error_program_ended", end=long_date(max(ended), lang), **values)
        elif later:
            writer.add("error_program_later", start=long_date(min(later), lang), **values)
        else:
            return False
    if retried:
        writer.add("error_program_general")
    return True


def _not_in_force(writer: Writer, result: Result, text: str) -> None:
    """A day without a schedule, or without known fees, with the days that can be answered for."""
    asked = _asked_day(result.call)
    days = sorted({f.day for f in find_dates(text, asked or date.min)} - {asked})
    if _FEE.search(text) and len(days) > 1:
        first, last = (long_date(day, writer.language) for day in (days[0], days[-1]))
        writer.add("error_fees_unknown", date=_day(result.call, writer), first=first, last=last)
        return
    writer.add("error_not_in_force", date=_day(result.call, writer))
    if days:
        writer.add("error_first_day", date=long_date(days[0], writer.language))


def _below_zero(value: str) -> bool:
    try:
        return Decimal(value) <= 0
    except InvalidOperation:
        return False


def _values(code: str, message: str, hint: str, result: Result) -> dict[str, str]:
    if code == "unsupported_currency":
        return {"currency": str(result.call.arguments.get("currency", ""))}
    if code in ("prohibited", "unavailable"):
        return {"message": message.rstrip("."), "hint": hint.rstrip(".")}
    return {"message": message[:1].upper() + message[1:], "hint": hint[:1].upper() + hint[1:].rstrip(".")}


def _field(writer: Writer, error: dict[str, Any]) -> str:
    name = str(error.get("field") or "").split(".")[0]
    try:
        return writer.say(f"field_{name}")
    except LookupError:
        return name


def _given(call: Call, error: dict[str, Any]) -> str:
    return str(call.arguments.get(str(error.get("field") or "").split(".")[0], ""))


def _day(call: Call, writer: Writer) -> str:
    day = _asked_day(call)
    return long_date(day, writer.language) if day else ""


def _asked_day(call: Call) -> date | None:
    day = call.arguments.get("entry_date") or call.arguments.get("as_of")
    return date.fromisoformat(str(day)) if day else None

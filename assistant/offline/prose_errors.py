"""A tool's error to a helpful sentence in the asker's language."""

from __future__ import annotations

from typing import Any

from assistant.offline.codes import dotted, find_codes
from assistant.offline.dates import find_dates
from assistant.offline.plan import Call
from assistant.offline.prose import Result, Writer, join, long_date

_STATUS = {"not_in_force": "refused", "prohibited": "refused", "unavailable": "partial", "internal": "partial"}


def write_error(writer: Writer, result: Result) -> None:
    """What went wrong, what to do, and the status that fits."""
    error: dict[str, Any] = (result.error or {}).get("error") or {}
    code = str(error.get("code") or "internal")
    message, hint = str(error.get("message") or ""), str(error.get("hint") or "")
    status = _STATUS.get(code, "clarify")
    writer.worse(status)  # type: ignore[arg-type]
    if status == "clarify" and error.get("field"):
        writer.missing.append(str(error["field"]))
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
    if code == "invalid_input" and error.get("field") == "hts":
        writer.add("error_hts_form", hts=hts)
        return
    if code == "not_in_force":
        writer.add("error_not_in_force", date=_day(result.call, writer))
        first = _first_day(f"{message} {hint}", result.call)
        if first:
            writer.add("error_first_day", date=long_date(first, writer.language))
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
    known = f"error_{code}"
    if code in ("unsupported_currency", "prohibited", "unavailable") or writer.language == "en":
        writer.add(known if code in ("unsupported_currency", "prohibited", "unavailable") else "error_other",
                   **_values(code, message, hint, result))  # fmt: skip
        return
    writer.add("error_field", field=_field(writer, error), value=_given(result.call, error))


def _values(code: str, message: str, hint: str, result: Result) -> dict[str, str]:
    if code == "unsupported_currency":
        return {"currency": str(result.call.arguments.get("currency", ""))}
    if code in ("prohibited", "unavailable"):
        return {"message": message, "hint": hint}
    return {"message": message[:1].upper() + message[1:], "hint": hint[:1].upper() + hint[1:]}


def _field(writer: Writer, error: dict[str, Any]) -> str:
    name = str(error.get("field") or "").split(".")[0]
    try:
        return writer.say(f"field_{name}")
    except LookupError:
        return name


def _given(call: Call, error: dict[str, Any]) -> str:
    return str(call.arguments.get(str(error.get("field") or "").split(".")[0], ""))


def _day(call: Call, writer: Writer) -> str:
    day = call.arguments.get("entry_date") or call.arguments.get("as_of")
    return long_date(str(day), writer.language) if day else ""


def _first_day(text: str, call: Call) -> str | None:
    """The first day that the tool names beside the one asked for."""
    from datetime import date

    asked = call.arguments.get("entry_date") or call.arguments.get("as_of")
    days = [f.day.isoformat() for f in find_dates(text, date.fromisoformat(str(asked)) if asked else date(2026, 1, 1))]
    return next((day for day in days if day != asked), None)

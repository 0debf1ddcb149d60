"""Tool calls against what was expected of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.schema import ToolCall
from evals.prose import fold
from evals.questions import ExpectedCall


def call_faults(expected: ExpectedCall, call: ToolCall) -> list[str]:
    """What of `expected` the call does not meet; empty when it meets all."""
    if call.name != expected.name:
        return ["was not called"] + ["with its arguments"] * len(expected.arguments)
    code = error_code(call)
    faults = []
    if expected.error and code != expected.error:
        faults.append(f"error {expected.error} expected, got {code or 'a result'}")
    if not expected.error and code:
        faults.append(f"failed with {code}")
    understood = (call.response or {}).get("understood") or {}
    for name, wanted in expected.arguments.items():
        # A need in words is as good as one in fields, once the tool has understood it so.
        said = [v for v in (call.arguments.get(name), _plain(understood.get(name))) if v not in (None, "", [], {})]
        if not any(agrees(wanted, given, name) for given in said or [None]):
            faults.append(f"{name} is {said[0] if said else None!r}, expected {wanted!r}")
    return faults


def agrees(wanted: Any, given: Any, name: str = "") -> bool:
    """True when `given` has all of `wanted`: numbers by value, codes by digits, words without case and accents,
    lists and objects as a part. `null` wants nothing given, `{any: [...]}` one of several, `{has: x}` a part."""
    if wanted in ("null", "", None):
        return given in (None, "", [], {})
    if given is None:
        return False
    if isinstance(wanted, Mapping):
        if set(wanted) == {"any"}:
            return any(agrees(one, given, name) for one in wanted["any"])
        if set(wanted) == {"has"}:
            return fold(str(wanted["has"])) in fold(str(given))
        return isinstance(given, Mapping) and all(agrees(v, given.get(k), k) for k, v in wanted.items())
    if isinstance(wanted, list | tuple):
        rows = given if isinstance(given, list | tuple) else [given]
        return all(any(agrees(one, row, name) for row in rows) for one in wanted)
    if isinstance(given, list | tuple):
        return len(given) == 1 and agrees(wanted, given[0], name)
    if name == "hts":
        return re.sub(r"\D", "", str(wanted)) == re.sub(r"\D", "", str(given))
    if isinstance(given, bool):
        return str(wanted).casefold() == str(given).casefold()
    try:
        return Decimal(str(wanted)) == Decimal(str(given))
    except InvalidOperation:
        pass
    a, b = _word(str(wanted)), _word(str(given))
    return a == b or (name in ("certifications", "programs", "regions") and (b.startswith(a) or a in b.split(" ")))


def _word(text: str) -> str:
    return re.sub(r"[\s_:-]+", " ", fold(text)).strip()


def _plain(understood: Any) -> Any:
    """What a tool understood of one field, as the argument would be written: ids of a list, the value, the place."""
    if isinstance(understood, list):
        return [row.get("id") if isinstance(row, Mapping) else row for row in understood]
    if isinstance(understood, Mapping):
        return understood.get("value", {"place": understood.get("label"), "km": understood.get("km")})
    return understood


def error_code(call: ToolCall) -> str | None:
    if call.error is None:
        return None
    inner = call.error.get("error", call.error)
    return str(inner.get("code", "error")) if isinstance(inner, Mapping) else "error"


def call_text(call: ToolCall) -> str:
    shown = {k: v for k, v in call.arguments.items() if v not in (None, [], {}, "") and k != "language"}
    code = error_code(call)
    return f"{call.name}({', '.join(f'{k}={v}' for k, v in shown.items())})" + (f" → {code}" if code else "")

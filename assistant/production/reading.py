"""Outside data to orders and events, or to the reason why not. Nothing here raises for bad data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assistant.production.types import EVENT_TYPES, OURS, Event, Order
from assistant.production.words import data

CLOCK_SKEW = timedelta(minutes=5)
MOST_BYTES = 64_000
Code = Literal["invalid_input", "not_found", "unauthorized"]
Language = Literal["en", "es"]
Explain = Callable[[ErrorDetails], str]


@dataclass(frozen=True)
class Refusal:
    """Why one object was not taken: the contract's code, message, field and hint."""

    code: Code
    message: str
    field: str | None = None
    hint: str | None = None


def _english(finding: ErrorDetails) -> str:
    return str(finding["msg"])


def kind_of(given: Any) -> Literal["order", "event"] | None:
    """An object with `event_id` is an event, one with `order_id` alone an order."""
    if not isinstance(given, Mapping):
        return None
    if "event_id" in given or given.get("type") in EVENT_TYPES:
        return "event"
    return "order" if "order_id" in given else None


def read_event(
    given: Any, *, tenant: str, now: datetime, language: Language = "en", explain: Explain = _english
) -> Event | Refusal:
    """An event that may be stored for `tenant`. `now` is when it was received: later events are refused beyond skew.
    `explain` words pydantic's findings in the language."""
    found: Event | Refusal = _read(Event, given, tenant, language, explain)
    if isinstance(found, Refusal):
        return found
    for field in ("at", "recorded_at"):
        moment = getattr(found, field)
        if moment is not None and moment > now + CLOCK_SKEW:
            return refuse("future", language, field, field=field, at=moment.isoformat())
    return found


def read_order(given: Any, *, tenant: str, language: Language = "en", explain: Explain = _english) -> Order | Refusal:
    """An order that may be stored for `tenant`."""
    found: Order | Refusal = _read(Order, given, tenant, language, explain)
    return found


def refuse(
    kind: str, language: Language, name: str | None = None, /, code: Code = "invalid_input", **values: object
) -> Refusal:
    """A refusal in the words of `data/refusals.yaml`: KIND and KIND_hint."""
    return Refusal(code, told(kind, language, **values), name, told(f"{kind}_hint", language, **values))


def told(kind: str, language: Language, **values: object) -> str:
    return str(data("refusals")[kind][language]).format(**values)


def canonical(given: Mapping[str, Any]) -> str:
    """The object as JSON that does not depend on the order of its keys."""
    return json.dumps(given, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def digest(given: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(given).encode("utf-8", "surrogatepass")).hexdigest()


def _read(model: Any, given: Any, tenant: str, language: Language, explain: Explain) -> Any:
    if not isinstance(given, Mapping):
        return refuse("no_object", language)
    if len(canonical(given)) > MOST_BYTES:
        return refuse("too_large", language, kb=MOST_BYTES // 1000)
    try:
        found = model.model_validate(dict(given))
    except ValidationError as error:
        return _refusal(error, model, language, explain)
    except RecursionError:
        return refuse("too_deep", language)
    if found.tenant is not None and found.tenant != tenant:
        return refuse("other_tenant", language, "tenant", code="unauthorized", tenant=repr(found.tenant))
    return found


def _refusal(error: ValidationError, model: Any, language: Language, explain: Explain) -> Refusal:
    first = error.errors(include_url=False)[0]
    loc = [str(part) for part in first["loc"] if str(part) in model.model_fields or not isinstance(part, str)]
    field = ".".join(loc) or None
    what = told("order" if model is Order else "event", language)
    if first["type"] == "missing":
        name = str(first["loc"][-1])
        return refuse("missing", language, name, field=name, what=what)
    ours = first["type"].startswith(OURS)
    values = first.get("ctx", {})
    found = told(first["type"].removeprefix(OURS), language, **values) if ours else explain(first)
    correct = told("correct_hint", language, what=what)
    if field is None:
        return Refusal("invalid_input", found, None, correct)
    shown = repr(first.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if ours:
        return Refusal("invalid_input", f"{field} {found}", field, told("it_was", language, shown=shown))
    return Refusal("invalid_input", told("other", language, field=field, found=found, shown=shown), field, correct)

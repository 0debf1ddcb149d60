"""Outside data to orders and events, or to the reason why not. Nothing here raises for bad data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from assistant.production.types import EVENT_TYPES, Event, Order

CLOCK_SKEW = timedelta(minutes=5)
MOST_BYTES = 64_000
Code = Literal["invalid_input", "not_found", "unauthorized"]


@dataclass(frozen=True)
class Refusal:
    """Why one object was not taken: the contract's code, message, field and hint."""

    code: Code
    message: str
    field: str | None = None
    hint: str | None = None


def kind_of(given: Any) -> Literal["order", "event"] | None:
    """An object with `event_id` is an event, one with `order_id` alone an order."""
    if not isinstance(given, Mapping):
        return None
    if "event_id" in given or given.get("type") in EVENT_TYPES:
        return "event"
    return "order" if "order_id" in given else None


def read_event(given: Any, *, tenant: str, now: datetime) -> Event | Refusal:
    """An event that may be stored for `tenant`. `now` is when it was received: later events are refused beyond skew."""
    found: Event | Refusal = _read(Event, given, tenant)
    if isinstance(found, Refusal):
        return found
    if found.at > now + CLOCK_SKEW:
        message = f"at ({found.at.isoformat()}) is in the future"
        return Refusal("invalid_input", message, "at", "check the sender's clock; five minutes of skew are accepted")
    if found.recorded_at is not None and found.recorded_at > now + CLOCK_SKEW:
        message = f"recorded_at ({found.recorded_at.isoformat()}) is in the future"
        return Refusal("invalid_input", message, "recorded_at", "check the sender's clock")
    return found


def read_order(given: Any, *, tenant: str) -> Order | Refusal:
    """An order that may be stored for `tenant`."""
    found: Order | Refusal = _read(Order, given, tenant)
    return found


def canonical(given: Mapping[str, Any]) -> str:
    """The object as JSON that does not depend on the order of its keys."""
    return json.dumps(given, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def digest(given: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(given).encode("utf-8", "surrogatepass")).hexdigest()


def _read(model: Any, given: Any, tenant: str) -> Any:
    if not isinstance(given, Mapping):
        return Refusal("invalid_input", "an order or event is a JSON object", None, "send objects with named fields")
    if len(canonical(given)) > MOST_BYTES:
        message = f"the object is larger than {MOST_BYTES // 1000} kB"
        return Refusal("invalid_input", message, None, "send figures; load documents by /v1/documents")
    try:
        found = model.model_validate(dict(given))
    except ValidationError as error:
        return _refusal(error, model)
    except RecursionError:
        return Refusal("invalid_input", "the object is nested too deeply", None, "send flat fields")
    if found.tenant is not None and found.tenant != tenant:
        message = f"the object belongs to tenant {found.tenant!r}, not to the caller's"
        return Refusal("unauthorized", message, "tenant", "use a key of that tenant, or leave tenant out")
    return found


def _refusal(error: ValidationError, model: Any) -> Refusal:
    first = error.errors(include_url=False, include_context=False)[0]
    loc = [str(part) for part in first["loc"] if str(part) in model.model_fields or not isinstance(part, str)]
    field = ".".join(loc) or None
    what = "order" if model is Order else "event"
    if first["type"] == "missing":
        name = str(first["loc"][-1])
        return Refusal("invalid_input", f"{name} is missing", name, f"give {name}; every {what} has one")
    message = str(first["msg"]).removeprefix("Value error, ")
    if field is None:
        return Refusal("invalid_input", message, None, f"correct the {what} and send it again")
    shown = repr(first.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if message.startswith(("is ", "has ")):
        return Refusal("invalid_input", f"{field} {message}", field, f"it was {shown}")
    return Refusal("invalid_input", f"{field}: {message} (got {shown})", field, f"correct the {what} and send it again")

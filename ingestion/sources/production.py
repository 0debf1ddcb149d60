"""Orders and production events of a file: JSON Lines, JSON (one object, an array, or `orders` and `events` beside each
other), YAML, or a table of either (CSV, TSV, XLSX). A bad row is left out alone.

A file may be an archive: when whoever loads it answers for it (`given.keep_states`), an event's `recorded_at` is when
it became known, so that a past day can be shown as it was known then. Otherwise everything is known since it was
loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from assistant.errors import InvalidInput
from assistant.production.reading import Refusal, digest, kind_of, read_event, read_order
from assistant.production.types import Event
from ingestion.readers.files import clean
from ingestion.readers.text import Record, json_records, load_jsonl, yaml_records
from ingestion.report import Given, Outcome, RowProblem
from ingestion.sources.production_table import table_records
from retrieval.production import NewRow


def looks_like_production(fields: Mapping[str, Any]) -> bool:
    """Whether an object is an order, an event, or a bundle of them."""
    if {"event_id", "order_id"} & fields.keys():
        return True
    return any(isinstance(fields.get(name), list) for name in ("orders", "events"))


def read_production(given: Given, now: datetime | None = None) -> Outcome:
    """Orders and events with the line each stands on. Raises InvalidInput for a format that is not read."""
    content = given.content
    if content.format not in ("json", "jsonl", "yaml", "table", "xlsx"):
        raise InvalidInput(
            f"orders and events are not read from {content.format}",
            hint="give them as JSON Lines, JSON, YAML, CSV, TSV or XLSX",
        )
    moment = now or datetime.now(UTC)
    outcome = Outcome("production", [])
    for record in _records(given):
        if record.problem is not None:
            outcome.problems.append(RowProblem(record.line, record.problem))
            continue
        taken = _row(record.value, given, moment)
        if isinstance(taken, Refusal):
            hint = f"; {taken.hint}" if taken.hint else ""
            outcome.problems.append(RowProblem(record.line, f"{taken.message}{hint}"))
        elif taken[0] == "order":
            outcome.orders.append((record.line, taken[1]))
        else:
            outcome.events.append((record.line, taken[1]))
    return outcome


def _records(given: Given) -> Iterator[Record]:
    if given.content.format in ("table", "xlsx"):
        yield from table_records(given.content)
        return
    text = clean(given.content.text)
    if given.content.format == "jsonl":
        yield from load_jsonl(text)
        return
    for record in json_records(text) if given.content.format == "json" else yaml_records(text):
        value = record.value
        if isinstance(value, Mapping) and any(isinstance(value.get(n), list) for n in ("orders", "events")):
            for name in ("orders", "events"):
                rows = value.get(name)
                yield from (Record(None, row) for row in (rows if isinstance(rows, list) else []))
        else:
            yield record


def _row(value: Any, given: Given, now: datetime) -> tuple[str, NewRow] | Refusal:
    if kind_of(value) == "order":
        order = read_order(value, tenant=given.tenant)
        if isinstance(order, Refusal):
            return order
        start = datetime.combine(order.placed, datetime.min.time(), UTC) if given.keep_states else None
        known = min(start, now) if start else None
        return "order", NewRow(order.order_id, order.order_id, value, digest(value), order.manufacturer_id, known)
    event = read_event(value, tenant=given.tenant, now=now)
    if isinstance(event, Refusal):
        return event
    return "event", NewRow(event.event_id, event.order_id, value, digest(value), known_at=_known(event, given, now))


def _known(event: Event, given: Given, now: datetime) -> datetime | None:
    if not given.keep_states or event.recorded_at is None:
        return None
    return min(max(event.recorded_at, event.at), now)

"""Orders and events of a table (CSV, TSV, XLSX): a row to the object that JSON would have given.

Columns have the contract's names or usual ones in English or Spanish. Lists are parted by `;`, planned milestones and
counts by type are `name=value` parted by `;`. A time without its offset is taken in the zone of the row's `timezone`
column; without one it is refused, as anywhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from ingestion.dates import parse_date
from ingestion.readers.files import Content, fold
from ingestion.readers.table import read_table
from ingestion.readers.text import Record

_NUMBERS = frozenset(
    ("quantity", "unit_price", "started", "good", "scrap", "rework", "planned_quantity", "planned_minutes",
     "run_minutes", "ideal_cycle_seconds", "inspected", "defects", "shipped_quantity", "cost")
)  # fmt: skip
_DAYS = frozenset(("placed", "promised", "expires"))
_MOMENTS = frozenset(("at", "recorded_at", "planned", "actual", "departed", "arrived"))
_FLAGS = frozenset(("retracted", "sample"))
_YES, _NO = frozenset(("true", "yes", "si", "y", "x", "1")), frozenset(("false", "no", "n", "0"))
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


class _Unclear(ValueError):
    """A cell that cannot be understood; its text says which and why."""


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    path = Path(__file__).parent / "data" / "production_columns.yaml"
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    names = {word: name for name, words in found["columns"].items() for word in (name, *words.split())}
    return names, found["values"]


def is_production_table(columns: Iterable[str]) -> bool:
    """Whether these column names are those of orders or events."""
    names, _ = _words()
    found = {names[c] for c in columns if c in names}
    event = {"order_id", "at"} <= found and bool({"event_id", "type"} & found)
    return event or {"order_id", "manufacturer_id", "placed", "promised"} <= found


def table_records(content: Content) -> Iterator[Record]:
    """A record a row; a row that cannot be understood as one with its problem. Raises InvalidInput for no table."""
    for row in read_table(content).rows:
        if row.problem is not None:
            yield Record(row.line, None, row.problem)
            continue
        try:
            yield Record(row.line, _object(row.values))
        except _Unclear as problem:
            yield Record(row.line, None, str(problem))


def _object(cells: Mapping[str, str]) -> dict[str, Any]:
    names, values = _words()
    given: dict[str, Any] = {}
    for column, text in cells.items():
        name = names.get(column)
        if name is None:
            continue
        if name in given:
            raise _Unclear(f"two columns say {name}; keep one of them")
        given[name] = values.get(name, {}).get(fold(text).strip(), text)
    zone = given.get("timezone") if "event_id" in given or "type" in given else None
    if zone is not None:
        given.pop("timezone")
    return {name: _value(name, text, zone) for name, text in given.items()}


def _value(name: str, text: str, zone: str | None) -> Any:
    if name in _NUMBERS or (name == "passed" and text[:1].isdigit()):
        return _number(text)
    if name in _FLAGS or name == "passed":
        return _flag(name, text)
    if name in _DAYS:
        return _day(name, text)
    if name in _MOMENTS:
        return _moment(name, text, zone)
    if name in ("documents", "certifications"):
        return [part.strip() for part in text.split(";") if part.strip()]
    if name == "milestones":
        return _milestones(text)
    if name == "defect_types":
        return {kind: _number(count) for kind, count in _pairs(name, text)}
    return text


def _number(text: str) -> Any:
    """A whole number or a float where that is exact, as JSON has them; what is no number stays text, and is refused
    with its name later on."""
    plain = text.replace(" ", "").replace("\u00a0", "")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        return text
    if "." not in plain:
        return int(plain)
    return float(plain) if str(float(plain)) == plain else plain


def _flag(name: str, text: str) -> bool:
    word = fold(text).strip()
    if word in _YES | _NO:
        return word in _YES
    raise _Unclear(f"{name} is {text!r}; write true or false")


def _day(name: str, text: str) -> str:
    try:
        return parse_date(text).isoformat()
    except ValueError as error:
        raise _Unclear(f"{name}: {error}") from error


def _moment(name: str, text: str, zone: str | None) -> str:
    """Times keep their offset; those without one get the zone's, where the row names a zone; days stay days."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text if name in ("at", "recorded_at") else _day(name, text)
    if len(text) == 10 or found.tzinfo is not None or zone is None:
        return text
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _Unclear(f"timezone {zone!r} is no IANA time zone such as America/Monterrey") from error
    there = found.replace(tzinfo=local)
    if there.astimezone(UTC).astimezone(local).replace(tzinfo=None) != found:
        raise _Unclear(f"{name} ({text}) does not exist in {zone}: clocks went forward; write it with its offset")
    if there.utcoffset() != there.replace(fold=1).utcoffset():
        raise _Unclear(f"{name} ({text}) happened twice in {zone}: clocks went back; write it with its offset")
    return there.isoformat()


def _milestones(text: str) -> Any:
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError as error:
            raise _Unclear(f"milestones: not JSON ({error})") from error
    return [{"name": name, "planned": _day("milestones", day)} for name, day in _pairs("milestones", text)]


def _pairs(name: str, text: str) -> list[tuple[str, str]]:
    found = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        key, sign, value = part.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise _Unclear(f"{name}: {part!r} is not name=value; part several by semicolons")
        found.append((key.strip(), value.strip()))
    return found

"""`sourcing tool NAME --batch FILE.csv`: what the columns of a customer's table mean, and what is appended to its rows.

Every column and row of the customer stays as it is; what was computed, or why it could not be, stands behind it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from assistant.customs.law import load_yaml, programs, say
from assistant.customs.measures import facts
from assistant.customs.types import Language
from assistant.customs.units import canonical
from assistant.errors import InvalidInput

DUTY_COLUMNS: Final = (
    "duty", "fees", "total_import_charges", "range_min", "range_max", "layers", "needs_facts", "options", "assumptions",
    "warnings", "not_covered", "prohibited", "revision", "entry_date_used",
)  # fmt: skip
ERROR_COLUMNS: Final = ("error_code", "error_message", "error_field", "error_hint")


@cache
def _names() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = load_yaml(Path(__file__).parent / "batch_columns.yaml")
    return loaded


def _plain(text: str) -> str:
    """Lower case, without accents; anything but letters, digits and a slash is a blank."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9/]+", " ", bare).split())


@dataclass
class Columns:
    """Which column holds what: dotted fields, units of quantity and facts, each with the place of its column."""

    fields: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    fact: dict[str, int] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)  # columns headed by a program: yes where it is claimed
    spanish: bool = False

    @property
    def read(self) -> set[int]:
        return {*self.fields.values(), *self.units.values(), *self.fact.values(), *self.claims.values()}


def columns(header: Sequence[str], properties: Mapping[str, Any]) -> Columns:
    """The columns that the tool can use; `properties` are the fields of its request. The first column of a sort counts.

    Raises InvalidInput when none is of use."""
    names, found = _names(), Columns()
    meant = {alias: name for name, aliases in names["fields"].items() for alias in aliases}
    units = {alias: unit for unit, aliases in names["units"].items() for alias in aliases}
    known = facts()
    spanish = 0
    for place, heading in enumerate(header):
        text, key = _plain(heading), heading.strip().lower().removeprefix("facts.")
        exact = heading.strip().lower()
        own = exact in properties and exact not in ("facts", "quantities", "preference")
        if own or (exact.startswith("preference.") and "preference" in properties):
            found.fields.setdefault(exact, place)
        elif key in known or key in _MORE_FACTS:
            found.fact.setdefault(key, place)
        elif (name := meant.get(text) or meant.get(text.removesuffix(" usd"))) and _usable(name, properties):
            found.fields.setdefault(name, place)
        elif "preference" in properties and len(text) > 2 and programs().named(heading):
            found.claims.setdefault(heading.strip(), place)
        elif "quantities" in properties and (unit := units.get(text) or canonical(_unit(heading))):
            found.units.setdefault(unit, place)
        spanish += text in names["spanish"]
    found.spanish = spanish * 2 > len(found.read)
    if not found.fields:
        raise InvalidInput(
            f"no column of {', '.join(header[:8])} is one that the tool takes",
            field="--batch",
            hint=f"name the columns after the request's fields: {', '.join(properties)}",
        )
    return found


_MORE_FACTS: Final = ("adcvd_case", "adcvd_rate", "entry_type")


def _usable(name: str, properties: Mapping[str, Any]) -> bool:
    if name in ("quantity", "unit"):
        return "quantities" in properties
    return name.split(".")[0] in properties


def _unit(heading: str) -> str:
    """ "Quantity (kg)", "quantities.kg", "qty_kg" -> "kg"."""
    inside = re.search(r"\(([^)]+)\)", heading)
    return (
        inside[1]
        if inside
        else re.sub(r"^(quantities\.|quantity[ _]|qty[ _]|cantidad[ _])", "", heading.strip(), flags=re.I)
    )


def request(row: Sequence[str], found: Columns, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The tool's request that a row stands for. Raises InvalidInput for a cell that cannot be read."""

    def cell(place: int | None) -> str:
        return row[place].strip() if place is not None and place < len(row) else ""

    body: dict[str, Any] = {}
    claim: dict[str, Any] = {}
    for name, place in found.fields.items():
        text = cell(place)
        if not text or name in ("quantity", "unit"):
            continue
        if name.startswith("preference."):
            claim[name.removeprefix("preference.")] = text
        else:
            body[name] = _value(name, text, found.spanish)
    if _plain(str(claim.get("program", ""))) in ("", *_names()["words"]["none"]):
        claim = {}
    for key in ("originating", "certificate_on_file"):
        if key in claim:
            claim[key] = _flag(f"preference.{key}", claim[key], found.spanish)
    for program, place in found.claims.items():
        if not claim and cell(place) and _flag(program, cell(place), found.spanish):
            claim = {"program": program, "originating": True}
    if claim:
        body["preference"] = claim
    spanish = found.spanish
    counts = {u: number(f"quantities.{u}", cell(p), spanish) for u, p in found.units.items() if cell(p)}
    if amount := cell(found.fields.get("quantity")):
        counts.setdefault(_given_unit(cell(found.fields.get("unit"))), number("quantity", amount, spanish))
    if counts:
        body["quantities"] = counts
    given = {name: cell(place) for name, place in found.fact.items() if cell(place)}
    if given:
        body["facts"] = given
    if found.spanish and "language" in properties:
        body.setdefault("language", "es")
    return body


def _given_unit(text: str) -> str:
    """A quantity without a unit is a count, as a parts list means it."""
    plain = _plain(text)
    return next((unit for unit, names in _names()["units"].items() if plain in names), text or "No.")


def _value(name: str, text: str, spanish: bool) -> Any:
    if name in ("customs_value", "unit_price", "quantity"):
        return number(name, text, spanish)
    if name in ("entry_date", "as_of", "from", "to"):
        return day(name, text, spanish).isoformat()
    if name == "transport_mode":
        plain = _plain(text)
        return next((mode for mode, names in _names()["modes"].items() if plain in names), text)
    if name == "hts":  # spreadsheets turn a number into 8544300000.0
        return re.sub(r"^(\d{6,10})\.0$", r"\1", text)
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _unread(key: str, name: str, text: str, spanish: bool) -> InvalidInput:
    """The error for a cell that cannot be read, in the language of the table's headings."""
    lang: Language = "es" if spanish else "en"
    return InvalidInput(
        say(f"error.{key}", lang, name=name, text=repr(text)), field=name, hint=say(f"hint.{key}", lang)
    )


def _flag(name: str, text: str, spanish: bool) -> bool:
    plain = _plain(text)
    for word in ("true", "false"):
        if plain in _names()["words"][word]:
            return word == "true"
    raise _unread("cell_flag", name, text, spanish)


def number(name: str, text: str, spanish: bool = False) -> str:
    """ "$1,234.50", "1.234,50", "1 234,5" -> "1234.50" ... as a decimal string; InvalidInput for anything else."""
    bare = re.sub(r"(?i)\b(usd|us\$)|[$\s\u00a0']", "", text)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}", bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d+,\d{1,2}", bare):
        bare = bare.replace(",", ".")
    if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", bare):
        raise _unread("cell_number", name, text, spanish)
    return bare


def day(name: str, text: str, spanish: bool = False) -> date:
    """A date as ISO 8601, or day and month with a year where only one order is possible, or the header's language
    says which: a Spanish header puts the day first. InvalidInput otherwise."""
    bare = text.split("T")[0].split(" ")[0]
    try:
        if found := re.fullmatch(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})", bare):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", bare):
            first, second, year = (int(part) for part in found.groups())
            if spanish or first > 12:
                return date(year, second, first)
            if second > 12 or first == second:
                return date(year, first, second)
            raise _unread("cell_order", name, text, spanish)
    except ValueError as error:
        raise _unread("cell_date", name, text, spanish) from error
    raise _unread("cell_date", name, text, spanish)


def result_columns(tool: str, header: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns appended; one that the customer has already gets a prefix."""
    names = (*(DUTY_COLUMNS if tool == "estimate_duty" else ("response",)), *ERROR_COLUMNS)
    taken = {heading.strip().lower() for heading in header}
    return tuple(f"sourcing_{name}" if name in taken else name for name in names)


def result(tool: str, answer: Mapping[str, Any]) -> list[str]:
    """The cells appended to a row: the answer, or its error."""
    blank = len(DUTY_COLUMNS) if tool == "estimate_duty" else 1
    if "error" in answer:
        error = answer["error"]
        return [""] * blank + [str(error.get(key) or "") for key in ("code", "message", "field", "hint")]
    cells = _duty(answer) if tool == "estimate_duty" else [json.dumps(answer, ensure_ascii=False)]
    return cells + [""] * len(ERROR_COLUMNS)


def _duty(answer: Mapping[str, Any]) -> list[str]:
    spread = answer["range"] or {}
    shown = [
        " ".join(str(part) for part in (x["heading"] or x["kind"], x["rate"], x["amount"] or x["status"]) if part)
        for x in answer["layers"]
        if x["status"] in ("applied", "needs_fact")
    ]
    options = [f"{o['name']}: {o['total_import_charges'] or '?'}" for o in answer["options"]]
    return [
        answer["duty"] or "",
        answer["fees"] or "",
        answer["total_import_charges"] or "",
        spread.get("min", ""),
        spread.get("max", ""),
        "; ".join(shown),
        "; ".join(q["question"] for q in answer["needs_facts"]),
        "; ".join(options),
        " ".join(answer["assumptions"]),
        " ".join(answer["warnings"]),
        "; ".join(answer["not_covered"]),
        (answer["prohibited"] or {}).get("reason", ""),
        answer["revision"],
        answer["entry_date"],
    ]

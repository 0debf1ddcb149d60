"""A bill of materials as people have it into materials: columns by their names, currencies, sub-assemblies.

Pure: lines of cells go in (a reader in `ingestion` takes them from CSV or XLSX), materials in US dollars and a report
come out. Nothing is dropped: a line that cannot be understood stays in the list as a material of which nothing is
known, so that the verdict waits for it where it matters, and is reported with its number and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from assistant.customs.origin.bill_cells import (
    amount,
    comma_is_point,
    header_score,
    is_total,
    meaning_of,
    role,
    tariff,
    yes_or_no,
)
from assistant.customs.origin.case import say
from assistant.customs.origin.types import BillReport, BillRow, OriginMaterial
from assistant.customs.types import Language
from assistant.errors import InvalidInput, SourcingError, UnsupportedCurrency

HEADER_WITHIN = 25  # lines looked at for the header
DEPTH = 2  # levels of sub-assemblies below a material
MONEY = ("total", "unit_price")


@dataclass
class _Row:
    line: int
    material: dict[str, Any]
    level: int | None
    names: tuple[str, ...]
    parent: str
    quantity: Decimal
    priced_each: bool
    children: list[_Row] = field(default_factory=list)


class _Reader:
    """One table being read; collects the report as it goes."""

    def __init__(self, rates: Mapping[str, Decimal], currency: str, country: Callable[[str], str], lang: Language):
        self.rates = {"USD": Decimal(1), **{k.upper(): v for k, v in rates.items()}}
        self.currency, self.country, self.lang = currency.upper(), country, lang
        self.unmatched: list[BillRow] = []
        self.remarks: list[BillRow] = []
        self.notes: list[str] = []

    def say(self, key: str, **values: object) -> str:
        return say(f"bill.{key}", self.lang, **values)

    def remark(self, line: int, key: str, **values: object) -> None:
        self.remarks.append(BillRow(line=line, why=self.say(key, **values)))

    def dollars(self, value: Decimal, currency: str | None, line: int) -> Decimal:
        code = (currency or self.currency).upper()
        if code not in self.rates:
            raise UnsupportedCurrency(
                f"line {line} of the bill is in {code} and no rate for {code} was given",
                field="currency_rates",
                hint=f'give US dollars for one {code}: "currency_rates": {{"{code}": "…"}} (--rate {code}=…)',
            )
        return value if code == "USD" else (value * self.rates[code]).quantize(Decimal("0.0001")).normalize()


def read_bill(
    lines: Sequence[tuple[int, Sequence[str]]],
    *,
    rates: Mapping[str, Decimal],
    currency: str = "USD",
    country: Callable[[str], str],
    language: Language = "en",
) -> tuple[list[OriginMaterial], BillReport]:
    """Materials and report from (line number, cells). `rates`: US dollars for one unit of a currency; `country` turns
    a name into ISO alpha-2 or raises a SourcingError.

    Raises InvalidInput when no line looks like a header, UnsupportedCurrency when a rate is missing."""
    reader = _Reader(rates, currency, country, language)
    head = max(range(min(len(lines), HEADER_WITHIN)), key=lambda i: (header_score(lines[i][1]), -i), default=None)
    if head is None or header_score(lines[head][1]) < 2:
        raise InvalidInput(
            "no line of the bill of materials names its columns",
            field="bill",
            hint="name the columns, such as description, hts, origin, value (or descripción, fracción, origen, valor)",
        )
    columns = [meaning_of(cell) for cell in lines[head][1]]
    body = [(n, list(cells)) for n, cells in lines[head + 1 :] if any(c.strip() for c in cells)]
    named = {i: m for i, (m, _) in enumerate(columns) if m}
    commas = {m: comma_is_point([c[i] for _, c in body if i < len(c)]) for i, m in named.items() if m in MONEY}
    stated = {m: cur for m, cur in columns if m and cur}
    rows: list[_Row] = []
    for line, cells in body:
        values: dict[str, str] = {}
        for i, meaning in named.items():
            if i < len(cells) and cells[i].strip():
                values.setdefault(meaning, cells[i].strip())
        if is_total(cells) and "hts" not in values and "fraccion" not in values:
            reader.remark(line, "total")
            continue
        rows.append(_row(reader, line, values, cells, commas, stated))
    materials = [_material(r) for r in _tree(reader, rows)]
    shown = {lines[head][1][i].strip(): m for i, m in named.items()}
    unread = [c.strip() for i, c in enumerate(lines[head][1]) if c.strip() and i not in named]
    report = BillReport(
        header_line=lines[head][0], columns=shown, ignored_columns=tuple(unread), lines=len(body), materials=len(rows),
        unmatched=tuple(reader.unmatched), remarks=tuple(reader.remarks), notes=tuple(dict.fromkeys(reader.notes)),
    )  # fmt: skip
    return materials, report


def _row(
    reader: _Reader, line: int, values: Mapping[str, str], cells: Sequence[str], commas: Mapping[str, bool], stated: Any
) -> _Row:
    material: dict[str, Any] = {"description": values.get("description") or values.get("part_number", "")}
    code = values.get("hts") or values.get("fraccion")
    if code:
        digits, note = tariff(code, mexican="hts" not in values)
        if digits is None:
            reader.remark(line, "hts", cell=code)
        material["hts"] = digits
        if note:
            reader.notes.append(reader.say(note))
    if text := values.get("origin"):
        try:
            material["origin"] = reader.country(text)
        except SourcingError:
            reader.remark(line, "origin", cell=text)
    if text := values.get("originating"):
        material["originating"] = yes_or_no(text)
        if material["originating"] is None:
            reader.remark(line, "originating", cell=text)
    if text := values.get("weight"):
        material["weight"] = amount(text, commas.get("total", False))[0]
    if text := values.get("role"):
        material["role"] = role(text)
    material["supplier"] = values.get("supplier")
    quantity = amount(values["quantity"])[0] if "quantity" in values else Decimal(1)
    each = "total" not in values and "unit_price" in values
    for meaning in MONEY:
        if meaning not in values:
            continue
        number, beside = amount(values[meaning], commas.get(meaning, False))
        if number is None or number < 0 or (each and quantity is None):
            reader.remark(line, "value", cell=values[meaning])
            break
        currency = (values.get("currency") or "").upper() or beside or stated.get(meaning)
        worth = number * (quantity or Decimal(1)) if each else number
        material["value"] = reader.dollars(worth, _code(currency), line)
        break
    if not material["description"] and not material.get("hts"):
        text = " | ".join(c.strip() for c in cells if c.strip())
        material["description"] = text[:120]
        reader.unmatched.append(BillRow(line=line, why=reader.say("unmatched"), cells=text[:300]))
    level = amount(values["level"])[0] if "level" in values else None
    item = values.get("item", "")
    depth = item.count(".") + 1 if item and all(p.isdigit() for p in item.split(".")) else None
    return _Row(
        line=line,
        material=material,
        level=int(level) if level is not None else depth,
        names=tuple(n for n in (item, values.get("part_number", "")) if n),
        parent=values.get("parent", ""),
        quantity=quantity or Decimal(1),
        priced_each=each,
    )


def _code(text: str | None) -> str | None:
    return amount(f"0 {text}")[1] or text if text else None


def _tree(reader: _Reader, rows: Sequence[_Row]) -> list[_Row]:
    """Rows under their parents, by level or by the parent's name; what lies deeper stays inside its parent."""
    by_name = {name: row for row in rows for name in row.names}
    levels = [r.level for r in rows if r.level is not None]
    lowest = min(levels, default=0)
    if levels and len([r for r in rows if r.level == lowest]) == 1 and rows[0].level == lowest and len(rows) > 1:
        reader.remark(rows[0].line, "good")  # the first line is the good itself
        rows, lowest = rows[1:], min((r.level for r in rows[1:] if r.level is not None), default=lowest)
    top: list[_Row] = []
    open_rows: list[_Row] = []
    for row in rows:
        above = by_name.get(row.parent) if row.parent else None
        if above is not None and above is not row and above in rows:
            depth = _depth(above, by_name)
        elif row.level is not None and row.level > lowest and open_rows:
            open_rows = [r for r in open_rows if r.level is not None and r.level < row.level]
            above, depth = (open_rows[-1], len(open_rows)) if open_rows else (None, 0)
            open_rows.append(row)
        else:
            above, depth, open_rows = None, 0, [row]
        if above is None:
            top.append(row)
        elif depth > DEPTH:
            reader.remark(row.line, "deep")
        else:
            above.children.append(row)
            if row.priced_each and row.material.get("value") is not None and above.quantity != 1:
                row.material["value"] *= above.quantity
                row.quantity *= above.quantity
                reader.notes.append(reader.say("per_parent"))
    return top


def _depth(row: _Row, by_name: Mapping[str, _Row]) -> int:
    depth, seen = 1, {id(row)}
    while row.parent in by_name and id(by_name[row.parent]) not in seen:
        row = by_name[row.parent]
        seen.add(id(row))
        depth += 1
    return depth


def _material(row: _Row) -> OriginMaterial:
    parts = [_material(c) for c in row.children]
    return OriginMaterial.model_validate({**row.material, "components": parts or None})

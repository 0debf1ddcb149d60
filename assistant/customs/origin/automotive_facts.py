"""What a vehicle producer supplies under General Note 11(k): labor value content by its parts, core parts one by one or
as a super-core, averaging, new plants and refits, alternative staging."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.customs.origin.facts import Facts
from assistant.customs.origin.outcome import NO, YES, Outcome, every, unknown
from assistant.customs.origin.values import money, percent
from assistant.errors import InvalidInput

CREDIT_UNTIL = date(2027, 7, 1)  # (vi)(F), p. 14
CREDIT_FLOOR, CREDIT_LABOR, CREDIT_WAGES = Decimal(60), Decimal(45), Decimal(30)
TECHNOLOGY_MOST, ASSEMBLY_MOST = Decimal(10), Decimal(5)
NEW_PLANT = Decimal(50)  # (ix)(F), p. 16
# (iv)(A) and (ix)(D) for vehicles, (iv)(B) and (ix)(E) for their parts, p. 11, 12 and 16
AVERAGES = (
    "model_line_class_plant",
    "class_plant",
    "model_line_or_class_territory",
    "purchaser_fiscal_year",
    "quarter",
    "month",
    "producer_fiscal_year",
)


def labor(facts: Facts, needs: Decimal, wages: Decimal) -> Outcome:
    """The labor value content against `needs`, of which at least `wages` points high-wage material and manufacturing;
    technology counts up to 10 points, assembly up to 5."""
    total = facts.number("labor_value_content_pct")
    parts = composed(facts)
    found = []
    if total is not None:
        found.append(YES if total >= needs else NO)
    if parts is not None:
        found.append(YES if parts[0] >= wages and parts[1] >= needs else NO)
    return every(found) if found else unknown("labor_value_content_pct")


def composed(facts: Facts) -> tuple[Decimal, Decimal] | None:
    """(points of high-wage material and manufacturing, labor value content made of the three sorts)."""
    wages = facts.number("high_wage_material_manufacturing_pct")
    if wages is None:
        return None
    technology = facts.number("high_wage_technology_pct") or Decimal(0)
    assembly = facts.number("high_wage_assembly_pct") or Decimal(0)
    return wages, wages + min(technology, TECHNOLOGY_MOST) + min(assembly, ASSEMBLY_MOST)


def credit(facts: Facts, day: date) -> Decimal:
    """Points that a heavy truck's labor value content lends to its regional value content."""
    parts = composed(facts)
    if parts is None or day >= CREDIT_UNTIL or parts[1] <= CREDIT_LABOR:
        return Decimal(0)
    return max(parts[0] - CREDIT_WAGES, Decimal(0))


def core_parts(facts: Facts, needs: Decimal) -> tuple[Outcome, str | None]:
    """Core parts of table A.2: as said, or from `core_parts` rows ({name, net_cost, nonoriginating_value}), each for
    itself or all as one super-core ((iii)(G)-(I)). With the sums written out."""
    rows = facts.raw("core_parts")
    if "core_parts_table_a2_originating" in facts or not rows:
        return facts.yes("core_parts_table_a2_originating"), None
    costs, texts, alone = [], [], []
    for n, row in enumerate(rows if isinstance(rows, list) else [rows]):
        cost, foreign = _figures(row, n)
        costs.append((cost, foreign))
        alone.append((cost - foreign) * 100 >= needs * cost)
        texts.append(f"{row.get('name') or n + 1}: {_sum(cost, foreign)}")
    cost, foreign = (sum(c[i] for c in costs) or Decimal(0) for i in (0, 1))
    met = all(alone) or (cost - foreign) * 100 >= needs * cost
    return (YES if met else NO), f"{'; '.join(texts)}; Σ {_sum(cost, foreign)}"


def _sum(cost: Decimal, foreign: Decimal) -> str:
    return f"({money(cost)} − {money(foreign)}) / {money(cost)} = {percent((cost - foreign) * 100 / cost)} %"


def _figures(row: Any, n: int) -> tuple[Decimal, Decimal]:
    held = Facts(row) if isinstance(row, Mapping) else Facts({})
    cost, foreign = held.number("net_cost"), held.number("nonoriginating_value")
    if cost is None or foreign is None or cost == 0:
        raise InvalidInput(
            f"core part {n + 1} needs net_cost and nonoriginating_value",
            field=f"facts.core_parts[{n}]",
            hint='{"name": "engine", "net_cost": "2000", "nonoriginating_value": "400"}',
        )
    return cost, foreign


def new_plant(facts: Facts, day: date) -> bool:
    """Within five years of the first prototype of a new plant, or two of that after a refit, (ix)(F)."""
    for key, years in (("new_plant_first_prototype", 5), ("refit_first_prototype", 2)):
        if key not in facts:
            continue
        try:
            first = date.fromisoformat(str(facts.raw(key)))
        except ValueError as error:
            raise InvalidInput(f"facts.{key} is not a day", field=f"facts.{key}", hint="write YYYY-MM-DD") from error
        last = first.replace(year=first.year + years, day=min(first.day, 28) if first.month == 2 else first.day)
        if first <= day < last:
            return True
    return False


def averaging(facts: Facts) -> str | None:
    """The average that the figures are of. Raises InvalidInput for one that the note does not allow."""
    said = facts.raw("averaging")
    if said is None:
        return None
    if str(said) not in AVERAGES:
        raise InvalidInput(
            f"averaging over {said!r} is not among what the note allows",
            field="facts.averaging",
            hint="one of " + ", ".join(AVERAGES),
        )
    return str(said)

"""Automotive thresholds of General Note 11(k): by day, by use, by table of the automotive appendix.

The note's product rules print the figures of the last stage; subdivision (k) sets them by date and prevails. The
appendix's tables B to G are not in the note, so a part's table is a fact (`automotive_table`); without it every
table that can apply is tried, and the answer stands only when they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from assistant.customs.law import load_yaml
from assistant.customs.origin.automotive_facts import CREDIT_FLOOR, NEW_PLANT, core_parts, credit, new_plant
from assistant.customs.origin.automotive_facts import labor as labor_content
from assistant.customs.origin.facts import Facts
from assistant.customs.origin.outcome import Outcome
from assistant.customs.origin.rules import DATA, Alternative, Rule

LIGHT = ("passenger vehicle", "light truck")


@dataclass(frozen=True, slots=True)
class Threshold:
    """Percent needed by each method (None: the method is not open) and where that figure comes from."""

    tv: Decimal | None
    nc: Decimal | None
    table: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something a covered vehicle needs besides its rule: `key` is the text, `outcome` the answer."""

    key: str
    outcome: Outcome
    needs: Decimal | None
    page: int
    calculation: str | None = None


@cache
def _data() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = load_yaml(DATA / "automotive.yaml")
    return loaded


def _stage(row: Mapping[str, Any], day: date) -> Mapping[str, str]:
    found = [s for s in row["stages"] if date.fromisoformat(s["from"]) <= day]
    stage: Mapping[str, str] = found[-1] if found else row["stages"][0]
    return stage


def staged(table: str, day: date, with_tv: bool) -> Threshold:
    """The figures of one table on `day`; transaction value only where the rule has that method."""
    row = _data()["tables"][table]
    stage = _stage(row, day)
    tv = Decimal(stage["tv"]) if with_tv and "tv" in stage else None
    return Threshold(tv, Decimal(stage["nc"]), table, int(row["page"]))


def thresholds(
    rule: Rule, alternative: Alternative, tv: Decimal | None, nc: Decimal | None, code: str, day: date, facts: Facts
) -> tuple[tuple[Threshold, ...], str]:
    """Figures that can apply and the fact that would choose between them ("" when there is one)."""
    printed = Threshold(tv, nc)
    heading, with_tv, use = code[:4], tv is not None, facts.end_use()
    if heading in ("8701", "8703", "8704"):
        return (_vehicle(printed, day, facts),), ""
    if code[:4] in ("8702", "8705", "8706") and new_plant(facts, day):
        return (Threshold(None, NEW_PLANT, "(k)(ix)(F)", 16),), ""
    if use == "other" and (other := _other_vehicle(code, facts)):
        return (other,), ""
    if "propulsion of an electric" in alternative.scope_but:
        return (staged("A.1", day, with_tv),), ""
    if rule.use is not None:
        return _by_use(rule, printed, day, use)
    if not rule.automotive or _elsewhere(code):
        return (printed,), ""
    if use == "other":
        return (printed,), ""
    tables = ("B", "C") if use in LIGHT else ("D", "E") if use else ("B", "C", "D", "E")
    chosen = str(facts.raw("automotive_table") or "").strip().upper().removeprefix("TABLE ")
    if use and chosen in ("A.1", "A1"):
        return (staged("A.1", day, with_tv),), ""
    if use and chosen in tables:
        return (staged(chosen, day, with_tv),), ""
    if use and chosen in ("NONE", "F", "G"):
        return (printed,), ""
    figures = dict.fromkeys([printed, *(staged(t, day, with_tv) for t in tables)])
    return tuple(figures), "automotive_table" if use else "end_use"


def _vehicle(printed: Threshold, day: date, facts: Facts) -> Threshold:
    """The figure for a vehicle: covered ones by stage, with the credit of (vi)(F); others as printed or (ix)(F)."""
    if printed.nc == 75:
        own = facts.number("alternative_staging_regional_value_content_pct")
        return staged("vehicle", day, False) if own is None else Threshold(None, own, "(k)(viii)", 15)
    if printed.nc == 70:
        plain, lent = staged("heavy", day, False), credit(facts, day)
        if not lent or plain.nc is None:
            return plain
        return Threshold(None, max(CREDIT_FLOOR, plain.nc - lent), "heavy", 14)
    return Threshold(None, NEW_PLANT, "(k)(ix)(F)", 16) if new_plant(facts, day) else printed


def _other_vehicle(code: str, facts: Facts) -> Threshold | None:
    """(ix)(A)(2), (B)(2): engines and gear boxes for vehicles that are neither covered nor outside chapter 87."""
    rows = _data()["other"]
    if not any(code.startswith(g) for g in rows["goods"]):
        return None
    said = str(facts.raw("end_use") or facts.raw("vehicle_type")).strip().lower().replace("_", " ")
    row = next((rows[k] for k in ("light", "heavy") if said in rows[k]["names"]), None)
    return Threshold(None, Decimal(row["nc"]), "(k)(ix)", int(row["page"])) if row else None


def _elsewhere(code: str) -> bool:
    """The schedule's own words give vehicles another subheading of this heading (9401.20, not 9401.61)."""
    only = _data()["only"].get(code[:4])
    return only is not None and len(code) >= 6 and code[:6] not in only


def _by_use(rule: Rule, printed: Threshold, day: date, use: str | None) -> tuple[tuple[Threshold, ...], str]:
    uses = rule.use.uses if rule.use else ()
    with_tv = printed.tv is not None
    if not uses:
        return (printed,), ""
    if printed.nc == 75:
        return (staged("A.1", day, with_tv),), ""
    heavy, light = staged("D", day, with_tv), staged("B", day, with_tv)
    if uses == ("heavy truck",):
        figures = (heavy,) if printed.nc == 70 else (printed, heavy)
        return figures, "automotive_table" if len(figures) > 1 else ""
    if use is None:
        return (light, heavy), "end_use"
    return (heavy if use == "heavy truck" else light,), ""


def vehicle_requirements(kind: str, day: date, facts: Facts) -> tuple[Requirement, ...]:
    """Core parts, steel, aluminum and labor value content of a covered vehicle ((k)(iii)(G), (v), (vi))."""
    labor = _data()["labor"][kind]
    minimum = Decimal(_data()["metals"]["minimum"])
    metals_page = int(_data()["metals"]["page"])
    stage = _stage(labor, day)
    lvc, wages = Decimal(stage["nc"]), Decimal(stage["wages"])
    found = [
        Requirement("steel", facts.at_least("originating_steel_purchases_pct", minimum), minimum, metals_page),
        Requirement("aluminum", facts.at_least("originating_aluminum_purchases_pct", minimum), minimum, metals_page),
        Requirement("labor", labor_content(facts, lvc, wages), lvc, int(labor["page"])),
    ]
    if kind in LIGHT:
        needs = staged("A.1", day, False).nc or Decimal(0)
        core, text = core_parts(facts, needs)
        found.insert(0, Requirement("core", core, None, 10, text))
    return tuple(found)


def vehicle_kind(alternative: Alternative, table: str, code: str) -> str | None:
    """Which class of covered vehicle an alternative is about, None for other vehicles and parts."""
    if code[:4] not in ("8701", "8703", "8704"):
        return None
    if table == "heavy":
        return "heavy truck"
    if table == "vehicle":
        return "passenger vehicle" if code[:4] == "8703" else "light truck"
    return None

"""Hard requirements as SQL over the tables of plants, best bound first.

Every test is a condition on one plant's number, written so that a sorted posting list can lead and the others be looked
up in it. Only whole numbers, dates and floats that this module formats itself go into the text of a statement; words go
in as their numbers, so nothing that a buyer or a supplier wrote does.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from retrieval.plant_models import PlantWord
from retrieval.plants import ANY_PROCESS, Word, sphere
from retrieval.records import PUBLIC

_EARTH_KM = 6371.0088
_SLACK = 1e-9  # of rounding: the filter may let through what the engine then refuses, never the other way round


@dataclass(frozen=True)
class Test:
    """`sql`: true for plants `{n}` that may pass. `posting`: a query of their numbers, about `size` of them, of which
    all pass when `whole`. `tight`: true only for plants that do pass, where `sql` alone does not tell."""

    sql: str
    posting: str | None = None
    size: float = math.inf
    whole: bool = True
    tight: str | None = None


@dataclass(frozen=True)
class LineLimits:
    """What a capability line must leave room for. `factors`: how many of the need's unit one of each unit is."""

    factors: tuple[tuple[str, float], ...]
    free: float | None = None
    minimum: float | None = None  # greatest minimum order that will do
    pilot: float | None = None  # greatest minimum of a pilot that will do
    lead: int | None = None
    pilot_lead: int | None = None


@dataclass(frozen=True)
class Found:
    tenant: str
    manufacturer_id: str
    bound: float


UNSURE = "1 = 0"
NEVER = Test("1 = 0", "SELECT n FROM plants WHERE 1 = 0", 0)


class Screen:
    """Tests over one connection, for what `tenants` see (the first stands before the others)."""

    def __init__(self, connection: Connection, tenants: Sequence[str] = (PUBLIC,), *, sites: bool = False) -> None:
        """`sites`: look among the entries of registers, which are no candidates, instead of the plants."""
        self._connection = connection
        self._kind = "p.site" if sites else "NOT p.site"
        self._tenants = tuple(tenants)
        self._numbers: dict[Word, tuple[int, int] | None] = {}

    def numbers(self, words: Iterable[Word]) -> list[tuple[int, int]]:
        """(number, how many plants) of those of `words` that any plant has."""
        wanted = list(dict.fromkeys(words))
        by_kind: dict[str, list[str]] = {}
        for kind, name in wanted:
            if (kind, name) not in self._numbers:
                self._numbers[(kind, name)] = None
                by_kind.setdefault(kind, []).append(name)
        for kind, names in by_kind.items():
            known = select(PlantWord.name, PlantWord.id, PlantWord.plants).where(
                PlantWord.kind == kind, PlantWord.name.in_(names)
            )
            for name, number, plants in self._connection.execute(known):
                self._numbers[(kind, name)] = (number, plants)
        return [found for word in wanted if (found := self._numbers[word]) is not None]

    def has(self, words: Iterable[Word]) -> Test:
        """Has one of `words`."""
        found = self.numbers(words)
        if not found:
            return NEVER
        among = _among("term", [number for number, _ in found])
        posting = f"SELECT {'DISTINCT ' if len(found) > 1 else ''}n FROM plant_terms WHERE {among}"
        return Test(f"EXISTS (SELECT 1 FROM plant_terms t WHERE t.{among} AND t.n = {{n}})", posting,
                    sum(plants for _, plants in found))  # fmt: skip

    def quality(self, words: Iterable[Word]) -> str:
        """How well `words` are met, 0 to 1, as SQL."""
        found = self.numbers(words)
        if not found:
            return "0"
        among = _among("term", [number for number, _ in found])
        return f"(SELECT MAX(t.quality) / 10.0 FROM plant_terms t WHERE t.{among} AND t.n = {{n}})"

    def paper(self, words: Iterable[Word], day: dt.date) -> Test:
        """Holds a confirmed certificate under one of `words`, in force on `day`."""
        condition = self.paper_condition(words, day)
        return NEVER if condition is None else Test(f"EXISTS (SELECT 1 FROM plant_papers c WHERE {condition})")

    def paper_condition(self, words: Iterable[Word], day: dt.date) -> str | None:
        found = self.numbers(words)
        if not found:
            return None
        among, on = _among("standard", [number for number, _ in found]), day.toordinal()
        return (
            f"c.{among} AND c.n = {{n}} AND (c.issued IS NULL OR c.issued <= {on}) "
            f"AND (c.expires IS NULL OR c.expires >= {on})"
        )

    def line_condition(self, processes: Sequence[str], limits: LineLimits) -> str | None:
        """A line of one of `processes` (any line when there are none) within `limits`; None when nobody has one."""
        numbers = [number for number, _ in self.numbers(("process", process) for process in processes)]
        if processes and not numbers:
            return None
        factor = self._factor(limits.factors)
        tests = [f"l.{_among('process', numbers or [ANY_PROCESS])}", "l.n = {n}"]
        if limits.free is not None:
            tests.append(f"l.free * {factor} >= {_less(limits.free)}")
        if limits.minimum is not None:
            tests.append(f"(l.minimum IS NULL OR {factor} IS NULL OR l.minimum * {factor} <= {_more(limits.minimum)})")
        if limits.pilot is not None:
            tests.append(f"l.pilot * {factor} <= {_more(limits.pilot)}")
        if limits.lead is not None:
            tests.append(f"l.lead <= {int(limits.lead)}")
        if limits.pilot_lead is not None:
            tests.append(f"l.pilot_lead <= {int(limits.pilot_lead)}")
        return " AND ".join(tests)

    def line(self, processes: Sequence[str], limits: LineLimits) -> Test:
        condition = self.line_condition(processes, limits)
        return NEVER if condition is None else Test(f"EXISTS (SELECT 1 FROM plant_lines l WHERE {condition})")

    def best_line(self, processes: Sequence[str], limits: LineLimits, value: str, nothing: str = "0") -> str:
        """The greatest `value` (SQL over l; {factor}: its unit in the need's) of lines within `limits`."""
        condition = self.line_condition(processes, limits)
        if condition is None:
            return nothing
        value = value.replace("{factor}", self._factor(limits.factors))
        return f"COALESCE((SELECT MAX({value}) FROM plant_lines l WHERE {condition}), {nothing})"

    def best_paper(self, words: Iterable[Word], day: dt.date, value: str) -> str:
        """The greatest `value` (SQL over c) of the certificates in force; 0 where there is none."""
        condition = self.paper_condition(words, day)
        return "0" if condition is None else f"COALESCE((SELECT MAX({value}) FROM plant_papers c WHERE {condition}), 0)"

    def near(self, point: tuple[float, float], km: float) -> Test:
        """Lies within `km`."""
        tiles = self.has(("tile", name) for name in tiles_around(point, km))
        if tiles is NEVER:
            return NEVER
        inside = f"{self.nearness(point, 's')} >= {math.cos(min(math.pi, km / _EARTH_KM)) - _SLACK!r}"
        within = f"{tiles.sql} AND EXISTS (SELECT 1 FROM plants s WHERE s.n = {{n}} AND {inside})"
        return Test(within, tiles.posting, tiles.size, whole=False)

    @staticmethod
    def nearness(point: tuple[float, float], alias: str) -> str:
        """The cosine of the angle between a plant and `point`, as SQL."""
        x, y, z = sphere(point)
        return f"({alias}.x * {x!r} + {alias}.y * {y!r} + {alias}.z * {z!r})"

    def search(self, tests: Sequence[Test], *, bound: str = "0", unlike: Sequence[Test] = (), limit: int,
               ordered: bool = True) -> list[Found]:  # fmt: skip
        """Plants that pass `tests` and not all of `unlike`: highest `bound` first, ties by id; else in any order."""
        chosen = f"SELECT p.tenant, p.manufacturer_id, {bound.replace('{n}', 'p.n')} AS bound"
        order = "ORDER BY bound DESC, p.manufacturer_id " if ordered else ""
        rows = self._connection.exec_driver_sql(f"{chosen} {self._from(tests, unlike)} {order}LIMIT {int(limit)}")
        return [Found(row[0], row[1], float(row[2] or 0)) for row in rows]

    def count(self, tests: Sequence[Test], unlike: Sequence[Test] = ()) -> int:
        return int(self._connection.exec_driver_sql(f"SELECT COUNT(*) {self._from(tests, unlike)}").scalar() or 0)

    def _from(self, tests: Sequence[Test], unlike: Sequence[Test]) -> str:
        """The shortest posting list leads; plants are looked up only for what passed the tests."""
        led = min((t for t in tests if t.posting is not None), key=lambda t: t.size, default=None)
        lead = led.posting if led is not None else "SELECT n FROM plants"
        others = [t.sql for t in sorted(tests, key=lambda t: t.size) if t is not led or not t.whole]
        where = [sql.replace("{n}", "d.n") for sql in others]
        if unlike:
            every = " AND ".join((t.tight or t.sql).replace("{n}", "d.n") for t in unlike)
            where.append(f"NOT ({every})")
        where.append(self._visible())
        return f"FROM ({lead}) d CROSS JOIN plants p WHERE p.n = d.n AND {' AND '.join(where)}"

    def _visible(self) -> str:
        """`tenants` are slugs that the settings have checked."""
        first, *rest = (_quoted(tenant) for tenant in self._tenants)
        if not rest:
            return f"{self._kind} AND p.tenant = {first}"
        own = f"SELECT 1 FROM plants o WHERE o.manufacturer_id = p.manufacturer_id AND o.tenant = {first}"
        return f"{self._kind} AND (p.tenant = {first} OR (p.tenant IN ({', '.join(rest)}) AND NOT EXISTS ({own})))"

    def _factor(self, factors: Sequence[tuple[str, float]]) -> str:
        cases = [
            f"WHEN {found[0][0]} THEN {factor!r}"
            for unit, factor in factors
            if (found := self.numbers([("unit", unit)]))
        ]
        return f"(CASE l.unit {' '.join(cases)} END)" if cases else "NULL"


def tiles_around(point: tuple[float, float], km: float) -> list[str]:
    """Names of the one-degree tiles that a circle touches."""
    latitude, longitude = point
    up = math.degrees(km / _EARTH_KM) + 1e-6
    south, north = max(-90.0, latitude - up), min(90.0, latitude + up)
    widest = min(math.cos(math.radians(south)), math.cos(math.radians(north)))
    across = 180.0 if widest < 0.05 or up >= 80 else min(180.0, up / widest)
    columns = range(math.floor(longitude - across), math.floor(longitude + across) + 1)
    names = {
        f"{row},{(column + 180) % 360 - 180}"
        for row in range(math.floor(south), math.floor(north) + 1)
        for column in columns
    }
    return sorted(names)


def tile(point: tuple[float, float]) -> str:
    """The tile of a plant."""
    return f"{math.floor(point[0])},{(math.floor(point[1]) + 180) % 360 - 180}"


def _among(column: str, numbers: Sequence[int]) -> str:
    listed = [str(int(number)) for number in numbers]
    return f"{column} = {listed[0]}" if len(listed) == 1 else f"{column} IN ({', '.join(listed)})"


def _less(value: float) -> str:
    return repr(value - 2 * _SLACK * max(1.0, abs(value)))


def _more(value: float) -> str:
    return repr(value + 2 * _SLACK * max(1.0, abs(value)))


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"

"""Cells of many orders added up once, whatever figures are then asked for: first by day, and of days by window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from assistant.production.cells import Cell, Key
from assistant.production.measures import KpiWindow
from assistant.production.state import OrderState


class Merged(list[OrderState]):
    """These orders, for functions that take a sequence of states. A figure over a week then adds up the week's days,
    and not every order's cells again."""

    def __init__(self, states: Iterable[OrderState]) -> None:
        super().__init__(states)
        self._days: dict[str, tuple[Sequence[Cell], list[date]]] = {}
        self._cells: dict[tuple[str, date | None, date | None], list[Cell]] = {}

    @classmethod
    def of(cls, states: Sequence[OrderState]) -> Merged:
        """`states` itself where it is one already."""
        return states if isinstance(states, Merged) else cls(states)

    def cells(self, kind: str, window: KpiWindow) -> list[Cell]:
        """One cell a step and shape over the window; its day is the first one's."""
        found = self._cells.get((kind, window.start, window.end))
        if found is None:
            groups: dict[tuple[str, int], list[Cell]] = defaultdict(list)
            for cell in self.daily(kind, window):
                groups[cell.step, cell.told].append(cell)
            found = self._cells[kind, window.start, window.end] = [_added(cells) for cells in groups.values()]
        return found

    def daily(self, kind: str, window: KpiWindow) -> Sequence[Cell]:
        """One cell a day, step and shape, in order of days."""
        made = self._days.get(kind)
        if made is None:
            cells = self[0].of(kind) if len(self) == 1 else self._together(kind)
            made = self._days[kind] = (cells, [c.day for c in cells])
        cells, days = made
        first = 0 if window.start is None else bisect_left(days, window.start)
        return cells[first : len(days) if window.end is None else bisect_right(days, window.end)]

    def _together(self, kind: str) -> list[Cell]:
        groups: dict[Key, list[Cell]] = defaultdict(list)
        for state in self:
            for cell in state.of(kind):
                groups[cell.key].append(cell)
        return [_added(groups[key]) for key in sorted(groups)]


def _added(cells: Sequence[Cell]) -> Cell:
    if len(cells) == 1:
        return cells[0]
    sums: dict[str, Decimal] = {}
    for cell in cells:
        for name, value in cell.sums.items():
            sums[name] = sums[name] + value if name in sums else value
    first = cells[0]
    return Cell(first.type, first.day, first.step, first.told, sum(c.count for c in cells), sums)

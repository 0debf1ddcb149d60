"""The schedule as a tree: headings, subheadings and lines with their paths, from rows in file order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol


class Row(Protocol):
    """What is read of a stored row; `hts` is digits only, empty for a header row; `path` from heading to row."""

    @property
    def hts(self) -> str: ...

    @property
    def path(self) -> tuple[str, ...]: ...


@dataclass
class Node:
    """One number of 4, 6, 8 or 10 digits. `path` from heading to it; `parent` the next shorter number that exists."""

    code: str
    path: tuple[str, ...]
    parent: str | None = None
    children: list[str] = field(default_factory=list)

    @property
    def own(self) -> tuple[str, ...]:
        """The path below the heading."""
        return self.path[1:]

    @property
    def residual(self) -> bool:
        """Whether its last level says no more than "Other"."""
        return self.path[-1].strip().rstrip(":").lower() in ("other", "los demas", "los demás")


@dataclass(frozen=True)
class Tree:
    """`nodes` by code; `headings`, `subheadings`, `lines` (the last level) in schedule order."""

    nodes: dict[str, Node]
    headings: tuple[str, ...]
    subheadings: tuple[str, ...]
    lines: tuple[str, ...]


def tree(rows: Iterable[Row]) -> Tree:
    """Nodes of chapters 1 to 97. A subheading that no row prints has the path that its lines share."""
    paths: dict[str, list[tuple[str, ...]]] = {}
    printed: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if len(row.hts) < 4 or row.hts[:2] > "97" or not row.path:
            continue
        printed.setdefault(row.hts, row.path)
        for size in (4, 6, 8, 10):
            if len(row.hts) >= size:
                paths.setdefault(row.hts[:size], []).append(row.path)
    nodes = {code: Node(code, printed.get(code) or _shared(all_)) for code, all_ in sorted(paths.items())}
    for code, node in nodes.items():
        if not node.path:
            node.path = paths[code][0][:1]
        if len(code) > 4:
            node.parent = code[:-2]
            nodes[code[:-2]].children.append(code)
    return Tree(
        nodes,
        tuple(c for c in nodes if len(c) == 4),
        tuple(c for c in nodes if len(c) == 6),
        tuple(c for c, n in nodes.items() if len(c) == 10 or (len(c) == 8 and not n.children)),
    )


def _shared(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The levels that all paths begin with."""
    first, last = min(paths), max(paths)
    count = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:count]

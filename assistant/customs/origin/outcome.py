"""Answers of three kinds: yes, no, and unknown with the facts that would settle it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Outcome(NamedTuple):
    """`value` None means unknown; `missing` names the facts that decide it."""

    value: bool | None
    missing: frozenset[str] = frozenset()


YES = Outcome(True)
NO = Outcome(False)


def unknown(*facts: str) -> Outcome:
    return Outcome(None, frozenset(facts))


def every(parts: Iterable[Outcome]) -> Outcome:
    """No as soon as one is no; yes when all are yes; else unknown with what the unknown ones miss."""
    missing: frozenset[str] = frozenset()
    open_ = False
    for part in parts:
        if part.value is False:
            return NO
        if part.value is None:
            open_ = True
            missing |= part.missing
    return Outcome(None, missing) if open_ else YES


def some(parts: Iterable[Outcome]) -> Outcome:
    """Yes as soon as one is yes; no when all are no; else unknown with what the unknown ones miss."""
    missing: frozenset[str] = frozenset()
    open_ = False
    for part in parts:
        if part.value is True:
            return YES
        if part.value is None:
            open_ = True
            missing |= part.missing
    return Outcome(None, missing) if open_ else NO


def agree(parts: Iterable[Outcome], *facts: str) -> Outcome:
    """The common answer of several possible worlds; unknown (for want of `facts`) when they differ."""
    found = list(parts)
    values = {p.value for p in found}
    if len(values) == 1 and None not in values:
        return found[0]
    missing = frozenset(facts) if len(values - {None}) > 1 else frozenset[str]()
    for part in found:
        missing |= part.missing if part.value is None else frozenset()
    return Outcome(None, missing or frozenset(facts))


def negate(part: Outcome) -> Outcome:
    return part if part.value is None else Outcome(not part.value)

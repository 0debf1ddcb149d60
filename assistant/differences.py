"""Where two responses of one tool differ: what an answer rested on then and what the same call gives now. Pure.

Texts that only explain are not compared, and an item of a list that only moved is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

_DATES = ("entry_date", "as_of")
# What names an item of a list, so that an item that moved is not a change; the first that it has.
_NAMES = (("kind", "heading"), ("id",), ("event_id",), ("name",), ("standard",), ("hts",), ("date",), ("title",))
# What explains, names a window or orders a list: a change there is no change of the answer.
# fmt: off
_EXPLAINING = frozenset({
    "calculation", "reason", "why", "question", "text", "quote", "explanation", "disclaimer",
    "assumptions", "not_covered", "warnings", "sources", "url", "description", "title", "basis",
    "requires", "understood", "query", "score", "weight", "rank", "considered", "hint", "meaning",
    "formula", "steps", "next_step", "evidence", "sample", "entry_date", "as_of", "known_on",
    "generated_at", "effective_from", "effective_to", "latitude", "longitude",
})
# fmt: on
_LISTED = frozenset({"matches", "excluded", "passages"})  # whose items have sources of their own
_BRIEF = ("rate", "amount", "status", "state", "expires", "value", "duty", "total_import_charges", "name")
_MAX = 200  # changes shown of one call


class Change(BaseModel):
    """One thing that differs. `where` is a path of names in the response; null stands for: not there."""

    tool: str
    where: str
    before: str | None
    after: str | None
    because: Literal["data", "date"]
    source: dict[str, Any] | None = None


def moved(arguments: Mapping[str, Any], asked: date, day: date) -> dict[str, Any]:
    """The arguments with the day of the question put to `day`; a day that the question itself named stays."""
    same = {name: day.isoformat() for name in _DATES if str(arguments.get(name)) == asked.isoformat()}
    return {**arguments, **same}


def changes(
    tool: str, before: Mapping[str, Any], after: Mapping[str, Any], because: Literal["data", "date"]
) -> list[Change]:
    """What differs between two responses of `tool`, with the source of each."""
    found = []
    for path, was, now in _differences(before, after, ()):
        source = _source(before if now is None else after, path)
        change = Change(tool=tool, where=" / ".join(path), before=was, after=now, because=because, source=source)
        found.append(change)
    return found[:_MAX]


def _differences(was: Any, now: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str | None, str | None]]:
    """Where two responses differ, by the names that lead there; an item that came or went is one difference."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in [*was, *(k for k in now if k not in was)]:
            if key not in _EXPLAINING:
                yield from _differences(was.get(key), now.get(key), (*path, str(key)))
    elif isinstance(was, list) and isinstance(now, list):
        old, new = dict(zip(_item_names(was), was, strict=True)), dict(zip(_item_names(now), now, strict=True))
        for name in [*old, *(n for n in new if n not in old)]:
            yield from _differences(old.get(name), new.get(name), (*path, name))
    elif was != now and (_brief(was), _brief(now)) != (None, None):
        yield path, _brief(was), _brief(now)


def _brief(value: Any) -> str | None:
    """What a value says, in a few words; None for what says nothing (a layer that does not apply is not there)."""
    if isinstance(value, Mapping):
        if value.get("status") == "not_applied":
            return None
        said = [str(value[key]) for key in _BRIEF if value.get(key) not in (None, "")]
        return ", ".join(said) or "✓"
    if isinstance(value, list):
        return ", ".join(_item_names(value)) or None
    return None if value in (None, "") else str(value)


def _item_names(items: Sequence[Any]) -> list[str]:
    """A name for each item: by what it is, and by its place among those of the same name."""
    names: list[str] = []
    for item in items:
        name = item if isinstance(item, str) else _name(item) if isinstance(item, Mapping) else ""
        name = name[:80] or "item"
        taken = sum(n == name or n.startswith(f"{name} #") for n in names)
        names.append(f"{name} #{taken + 1}" if taken else name)
    return names


def _name(item: Mapping[str, Any]) -> str:
    for keys in _NAMES:
        parts = [str(item[key]) for key in keys if item.get(key) not in (None, "")]
        if parts:
            return " ".join(parts)
    return ""


def _source(response: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    """The first source of the innermost part of `response` on `path` that has one."""
    part: Any = response
    found = None if path[0] in _LISTED else _first(part)
    for name in path:
        if isinstance(part, Mapping):
            part = part.get(name)
        elif isinstance(part, list):
            names = _item_names(part)
            part = part[names.index(name)] if name in names else None
        found = _first(part) or found
    return found


def _first(part: Any) -> dict[str, Any] | None:
    if not isinstance(part, Mapping):
        return None
    if part.get("document_id") and part.get("name"):
        return {"title": part["name"], "document_id": part["document_id"]}
    sources = part.get("sources")
    return dict(sources[0]) if isinstance(sources, list) and sources and isinstance(sources[0], Mapping) else None

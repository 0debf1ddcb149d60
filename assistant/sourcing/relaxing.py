"""The smallest changes of a need that would give matches: one requirement less, or two where one is not enough."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from assistant.sourcing.places import Places
from assistant.sourcing.requirements import Assessment, Judge
from assistant.sourcing.types import Need, Relaxation
from assistant.sourcing.volumes import Key
from assistant.sourcing.wording import listed, say, unit_name

_LIST_OF = {"process": "processes", "material": "materials", "certification": "certifications", "program": "programs"}
_FIELD_OF = {
    "capacity": "monthly_volume",
    "min_order": "monthly_volume",
    "order": "order_volume",
    "pilot": "pilot_volume",
    "lead_time": "max_lead_time_days",
    "pilot_lead_time": "max_pilot_lead_time_days",
}
_MOST = 6
Change = tuple[str, dict[str, Any]]


Group = tuple[frozenset[Key], list[Assessment], bool]
"""Plants that fail exactly these requirements, and whether these are all of them."""
Groups = Callable[[int], list[Group]]
Gained = Callable[[Judge, frozenset[Key], int], int]


def keys_of(need: Need) -> list[Key]:
    """Every requirement of a need, named as failures name it."""
    keys: list[Key] = [(kind, item) for kind, name in _LIST_OF.items() for item in getattr(need, name)]
    keys += [("country_excluded", code) for code in need.exclude_countries]
    keys += [("must", f"{name}:{item}") for name in need.must for item in getattr(need, name)]
    keys += [(name, "") for name, given in (("country", need.countries), ("region", need.regions), ("near", need.near))
             if given]  # fmt: skip
    return keys + [(kind, "") for kind, name in _FIELD_OF.items() if getattr(need, name) is not None]


def without(judge: Judge, keys: Iterable[Key]) -> Judge:
    """The judge of the same need without some of its requirements."""
    need, update = judge.need, dict[str, Any]()
    for kind, value in keys:
        if kind in _LIST_OF or kind == "country_excluded":
            name = _LIST_OF.get(kind, "exclude_countries")
            update[name] = [item for item in update.get(name, getattr(need, name)) if item != value]
        elif kind == "must":
            name, _, item = value.partition(":")
            update[name] = [word for word in update.get(name, getattr(need, name)) if word != item]
        else:
            name = {"country": "countries", "region": "regions", "near": "near"}.get(kind) or _FIELD_OF[kind]
            update[name] = [] if name in ("countries", "regions") else None
    return Judge(need.model_copy(update=update), judge.day, judge.vocabulary, judge.places)


def grouped(failed: Iterable[Assessment]) -> tuple[Groups, Gained]:
    """Groups of plants that were all read, and how many of them pass a changed need."""
    groups: dict[frozenset[Key], list[Assessment]] = {}
    for found in failed:
        groups.setdefault(frozenset(failure.key for failure in found.failures), []).append(found)

    def of_size(size: int) -> list[Group]:
        return [(keys, members, True) for keys, members in groups.items() if len(keys) == size]

    def gained(changed: Judge, _keys: frozenset[Key], _already: int) -> int:
        every = (member for members in groups.values() for member in members)
        return sum(not changed.assess(member.facts).failures for member in every)

    return of_size, gained


def relaxations(judge: Judge, groups: Groups, already: int, gained: Gained) -> list[Relaxation]:
    """Changes with how many matches each would give in all (those there are already included), most useful first.

    Every count is checked by assessing the profiles against the changed need.
    """
    singles = _counted(judge, groups(1), already, gained)
    cheap = [relaxation for costly, relaxation in singles if not costly]
    if cheap or already:
        return (cheap or [relaxation for _, relaxation in singles])[:_MOST]
    pairs = [relaxation for costly, relaxation in _counted(judge, groups(2), already, gained) if not costly]
    return (pairs or [relaxation for _, relaxation in singles])[:_MOST]


def _counted(judge: Judge, groups: list[Group], already: int, gained: Gained) -> list[tuple[bool, Relaxation]]:
    """Changes that gain matches; True marks those that give up the work itself."""
    found: list[tuple[bool, Relaxation]] = []
    for keys, members, complete in groups:
        changes = [_change(judge, key, members, complete) for key in sorted(keys)]
        update: dict[str, Any] = {}
        for _, part in changes:
            update |= part
        relaxed = Judge(judge.need.model_copy(update=update), judge.day, judge.vocabulary, judge.places)
        more = gained(relaxed, keys, already)
        if more:
            texts = [text for text, _ in changes]
            joined = {"first": texts[0], "second": _lower(texts[-1])}
            text = texts[0] if len(keys) == 1 else say(judge.language, "relax", "both", **joined)
            costly = any(kind == "process" for kind, _ in keys)
            found.append((costly, Relaxation(change=text, matches=more + already)))
        if more and len(keys) == 1:
            found += _kindred(judge, next(iter(keys)), already, gained)
    return sorted(found, key=lambda row: (row[0], -row[1].matches, row[1].change))


def _kindred(judge: Judge, key: Key, already: int, gained: Gained) -> list[tuple[bool, Relaxation]]:
    """Work of a more general kind in place of one that nobody does: assembly for assembly of solar modules."""
    kind, value = key
    entry = judge.vocabulary.entry("process", value) if kind == "process" else None
    found: list[tuple[bool, Relaxation]] = []
    for broader in entry.broader if entry is not None else ():
        processes = [broader if item == value else item for item in judge.need.processes]
        relaxed = Judge(
            judge.need.model_copy(update={"processes": list(dict.fromkeys(processes))}),
            judge.day,
            judge.vocabulary,
            judge.places,
        )
        more = gained(relaxed, frozenset([key]), already)
        if more:
            names = {"name": judge.label("process", value), "to": judge.label("process", broader)}
            change = say(judge.language, "relax", "process_broader", **names)
            found.append((False, Relaxation(change=change, matches=more + already)))
    return found


def _change(judge: Judge, key: Key, members: list[Assessment], complete: bool) -> Change:
    """The change that lets the nearest of `members` past requirement `key`."""
    kind, value = key
    need, language = judge.need, judge.language

    def text(sentence: str, **values: Any) -> str:
        return say(language, "relax", sentence, **values)

    if kind in _LIST_OF:
        left = [item for item in getattr(need, _LIST_OF[kind]) if item != value]
        claimed = (
            sum(_claims(judge, member, value) for member in members) if kind == "certification" and complete else 0
        )
        name = "certification_claimed" if claimed else kind
        return text(name, name=judge.label(kind, value), claimed=claimed), {_LIST_OF[kind]: left}
    if kind == "must":
        field, _, item = value.partition(":")
        label = item if field == "languages" else judge.label({"industries": "industry"}.get(field, field), item)
        left = [name for name in getattr(need, field) if name != item]
        return text("must", name=label), {field: left}
    if kind in ("country", "region", "country_excluded", "near"):
        return _elsewhere(judge, kind, value, members, text)
    needs = [f.needs for member in members for f in member.failures if f.key == key and f.needs is not None]
    field = _FIELD_OF[kind]
    current = getattr(need, field)
    if not needs:
        return text(f"{kind}_any"), {field: None}
    unit = unit_name(language, need.volume_unit)
    if kind == "capacity":
        target: float = math.floor(max(needs) + 1e-6)
        if target < 1:
            return text("capacity_any"), {field: None}
        return text(kind, volume=current, to=target, unit=unit), {field: float(target)}
    target = math.ceil(min(needs))
    values = {"limit": current} if kind.endswith("lead_time") else {"volume": current, "unit": unit}
    return text(kind, to=target, **values), {field: target}


def _claims(judge: Judge, member: Assessment, item: str) -> bool:
    wanted = [judge.vocabulary.lookup("certification", part) for part in item.split("|")]
    return any(
        certificate.state_on(judge.day) == "claimed"
        and any(term is not None and judge.vocabulary.is_a("certification", standard, term.id) for term in wanted)
        for standard, _, certificate in member.facts.certificates
    )


def _elsewhere(judge: Judge, kind: str, value: str, members: list[Assessment], text: Callable[..., str]) -> Change:
    need, language = judge.need, judge.language
    if kind == "country":
        names = listed(language, [judge.place_name(code) for code in need.countries], "or")
        return text("country", name=names), {"countries": []}
    if kind == "country_excluded":
        left = [code for code in need.exclude_countries if code != value]
        return text(kind, name=judge.place_name(value)), {"exclude_countries": left}
    if kind == "near" and need.near is not None and judge.near is not None:
        name = judge.near[0].label(language)
        distances = [member.km for member in members if member.km is not None]
        if not distances:
            return text("near_any", name=name), {"near": None}
        to = math.ceil(min(distances) / 10) * 10
        return text("near", name=name, limit=need.near.km, to=to), {
            "near": need.near.model_copy(update={"km": float(to)})
        }
    names = listed(language, [judge.place_name(area) for area in need.regions], "or")
    wider = _countries_of(need, judge.places)
    here = {member.facts.location.country for member in members}
    if wider and here & set(wider):
        to_names = listed(language, [judge.place_name(code) for code in wider])
        return text("region", name=names, to=to_names), {"regions": wider}
    return text("region_any", name=names), {"regions": []}


def _countries_of(need: Need, places: Places) -> list[str]:
    """The countries that the need's regions lie in."""
    codes: list[str] = []
    for area in need.regions:
        place = places.places.get(area)
        if place is not None:
            codes += [member[:2] for member in place.members] or [place.country or place.id]
    return list(dict.fromkeys(codes))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

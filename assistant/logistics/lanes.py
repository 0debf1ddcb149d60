"""Lanes: the way goods take from a plant to a destination by one mode, in three legs, with kilometres and days.

Distances: great-circle times a stated detour factor on land and in the air, a table computed with searoute at sea.
The ports, airports or crossing are those that make the lane shortest (a road kilometre counts as several at sea).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.logistics.tables import Node, Point, load, nodes, sea_km

Mode = Literal["ocean", "air", "truck", "rail"]
NEARBY_KM = 30  # within a city and its surroundings: the same day or the next
LAND = frozenset({"US", "MX", "CA"})  # countries that roads and rails connect here


@dataclass(frozen=True)
class Site:
    """Where a lane begins or ends. `assumed` when a country was given and a city stands for it."""

    name: str
    country: str
    at: Point
    assumed: bool = False


@dataclass(frozen=True)
class Leg:
    """One stretch. `part`: origin_inland, main or destination_inland. Days are a range."""

    part: Literal["origin_inland", "main", "destination_inland"]
    mode: Mode
    start: str
    end: str
    km: int
    days: tuple[int, int]


@dataclass(frozen=True)
class Lane:
    """A way of going. `through`: crossings, or port of loading and port of discharge, in order."""

    mode: Mode
    legs: tuple[Leg, ...]
    through: tuple[Node, ...]

    @property
    def km(self) -> int:
        return sum(leg.km for leg in self.legs)

    @property
    def days(self) -> tuple[int, int]:
        return sum(leg.days[0] for leg in self.legs), sum(leg.days[1] for leg in self.legs)

    def leg(self, part: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.part == part), None)

    @property
    def entry(self) -> Node | None:
        """The port of entry into the last country."""
        return self.through[-1] if self.through else None


def great_circle_km(a: Point, b: Point) -> float:
    """Haversine, mean earth radius 6371.0088 km; points are latitude and longitude in degrees."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(x) for x in p] for p in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(h)))


def land_km(a: Point, b: Point, mode: Mode = "truck") -> int:
    """Road or rail kilometres: great circle times the detour factor, rounded."""
    return round(great_circle_km(a, b) * float(load("travel.yaml")["detour"][mode]))


def find_lane(origin: Site, destination: Site, mode: Mode) -> Lane | None:
    """The lane by `mode`, or None when the two are not connected by it here."""
    if mode in ("truck", "rail"):
        return _by_land(origin, destination, mode)
    return _by_sea(origin, destination) if mode == "ocean" else _by_air(origin, destination)


def _by_land(origin: Site, destination: Site, mode: Mode) -> Lane | None:
    if not {origin.country, destination.country} <= LAND:
        return None
    best = min(
        _border_chains(origin.country, destination.country, mode),
        key=lambda chain: (_chain_km(origin, destination, chain, mode), [node.id for node in chain]),
    )
    points = [(origin.name, origin.at), *((n.name, n.at) for n in best), (destination.name, destination.at)]
    if not best:
        km = land_km(origin.at, destination.at, mode)
        leg = Leg("main", mode, origin.name, destination.name, km, _days(mode, km, dwell=True))
        return Lane(mode, (leg,), ())
    parts: list[Leg] = []
    for place, ((start, a), (end, b)) in enumerate(itertools.pairwise(points)):
        km = land_km(a, b, mode)
        first, last = place == 0, place == len(points) - 2
        part: Literal["origin_inland", "main", "destination_inland"] = (
            "origin_inland" if first else "destination_inland" if last else "main"
        )
        parts.append(Leg(part, mode, start, end, km, _days(mode, km, dwell=first)))
    border = _pair(load("travel.yaml")["border"][mode])
    names = " → ".join(n.name for n in best)
    middle = [leg for leg in parts if leg.part == "main"]
    crossing = Leg(
        "main",
        mode,
        names,
        names,
        sum(leg.km for leg in middle),
        (
            border[0] * len(best) + sum(leg.days[0] for leg in middle),
            border[1] * len(best) + sum(leg.days[1] for leg in middle),
        ),
    )
    return Lane(mode, (parts[0], crossing, parts[-1]), tuple(best))


def _border_chains(start: str, end: str, mode: Mode) -> Iterator[tuple[Node, ...]]:
    """Crossings to pass from one country to the other, in order; none inside one country."""
    if start == end:
        yield ()
        return
    usable = [n for n in nodes("crossings").values() if mode == "truck" or n.rail]
    if "US" in (start, end):
        yield from ((n,) for n in usable if set(n.countries) == {start, end})
        return
    first = [n for n in usable if set(n.countries) == {start, "US"}]
    second = [n for n in usable if set(n.countries) == {"US", end}]
    yield from itertools.product(first, second)


def _chain_km(origin: Site, destination: Site, chain: tuple[Node, ...], mode: Mode) -> int:
    points = [origin.at, *(n.at for n in chain), destination.at]
    return sum(land_km(a, b, mode) for a, b in itertools.pairwise(points))


def _by_sea(origin: Site, destination: Site) -> Lane | None:
    weight = int(load("travel.yaml")["sea_per_road_km"])
    table = sea_km()
    best: tuple[int, str, str] | None = None
    for out, into in itertools.product(_ports_of("sea", origin.country), _ports_of("sea", destination.country)):
        km = table.get((out.id, into.id))
        if km is None:
            continue
        road = land_km(origin.at, out.at) + land_km(into.at, destination.at)
        best = min(filter(None, (best, (road * weight + km, out.id, into.id))))
    if best is None:
        return None
    ports = nodes("sea")
    out, into = ports[best[1]], ports[best[2]]
    return _three("ocean", origin, destination, out, into, table[out.id, into.id])


def _by_air(origin: Site, destination: Site) -> Lane | None:
    outs, intos = _ports_of("air", origin.country), _ports_of("air", destination.country)
    pairs = [(a, b) for a in outs for b in intos if a.id != b.id]
    if not pairs:
        return None
    out, into = min(
        pairs, key=lambda p: (land_km(origin.at, p[0].at) + land_km(p[1].at, destination.at), p[0].id, p[1].id)
    )
    km = round(great_circle_km(out.at, into.at) * float(load("travel.yaml")["detour"]["air"]))
    return _three("air", origin, destination, out, into, km)


def _three(mode: Mode, origin: Site, destination: Site, out: Node, into: Node, km: int) -> Lane:
    before, after = land_km(origin.at, out.at), land_km(into.at, destination.at)
    return Lane(
        mode,
        (
            Leg("origin_inland", "truck", origin.name, out.name, before, _days("truck", before)),
            Leg("main", mode, out.name, into.name, km, _days(mode, km, dwell=True)),
            Leg("destination_inland", "truck", into.name, destination.name, after, _days("truck", after)),
        ),
        (out, into),
    )


# Cargo of these countries also leaves through a neighbour's ports.
_NEIGHBOURS = {"CN": ("HK",), "HK": ("CN",)}


def _ports_of(kind: str, country: str) -> list[Node]:
    near = (country, *_NEIGHBOURS.get(country, ()))
    return [n for n in nodes(kind).values() if n.countries[0] in near]


def _pair(text: str) -> tuple[int, int]:
    low, high = text.split()
    return int(low), int(high)


def _days(mode: Mode, km: int, *, dwell: bool = False) -> tuple[int, int]:
    """Days for `km`, whole and rounded up; with `dwell`, waiting at the terminals too."""
    travel = load("travel.yaml")
    wait = _pair(travel["dwell"][mode]) if dwell else (0, 0)
    fast, slow = int(travel["fast_km_a_day"][mode]), int(travel["slow_km_a_day"][mode])
    moving = (0, 1) if km <= NEARBY_KM else (math.ceil(km / fast), math.ceil(km / slow))
    return wait[0] + moving[0], wait[1] + moving[1]

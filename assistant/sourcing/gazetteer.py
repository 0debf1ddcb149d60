"""The shipped places: countries, states, provinces, cities and groups of them, read from the data files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from assistant.sourcing.phrases import words
from assistant.sourcing.terms import load_yaml

PlaceKind = Literal["group", "country", "region", "city"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """A place. `members`: the regions or countries of a group. `at`: latitude, longitude. `learned`: known from a plant
    there, so that `at` is that plant and says nothing of where another one stands."""

    id: str
    kind: PlaceKind
    labels: dict[str, str]
    country: str | None = None
    region: str | None = None
    at: Point | None = None
    members: tuple[str, ...] = ()
    learned: bool = False

    def label(self, language: str = "en") -> str:
        return self.labels.get(language) or self.labels["en"]


def shipped() -> list[tuple[Place, list[str]]]:
    """Every shipped place with the names it goes by."""
    listed: list[tuple[Place, list[str]]] = []
    data = load_yaml("places.yaml")
    for code, names in load_yaml("countries.yaml").items():
        english, _, spanish = names.partition("|")
        en = [name.strip() for name in english.split(";") if name.strip()]
        es = [name.strip() for name in spanish.split(";") if name.strip()]
        place = Place(code, "country", {"en": en[1], "es": es[0]}, code)
        listed.append((place, [*en, *es]))
    for code, row in data["regions"].items():
        names = [name.strip() for name in row["names"].split(";")]
        labels = {"en": names[0], "es": row.get("es", names[0])}
        listed.append((Place(code, "region", labels, code[:2], None), names))
        for called, at in row["cities"].items():
            aliases = [name.strip() for name in called.split(";")]
            latitude, longitude = at.split()
            identity = f"{code}/{'-'.join(words(aliases[0]))}"
            point = (float(latitude), float(longitude))
            listed.append((Place(identity, "city", {"en": aliases[0]}, code[:2], code, point), aliases))
    for identity, row in data["groups"].items():
        names = [name.strip() for name in row["names"].split(";")]
        labels = {"en": names[0], "es": names[1]}
        listed.append((Place(identity, "group", labels, members=tuple(row["in"].split())), [*names, identity]))
    return listed


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance of two points given as latitude and longitude in degrees (haversine, R = 6371.0088)."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(x) for x in p] for p in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))

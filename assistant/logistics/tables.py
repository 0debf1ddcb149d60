"""The data files of this engine: nodes, sea distances, Incoterms, emission factors, travel times, texts.

Scalars stay strings until they are given a type here; a duplicate key is an error.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
Point = tuple[float, float]
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Strings(_Loader):  # type: ignore[misc]
    """YAML loader: scalars stay strings, duplicate keys are refused."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [key.value for key, _ in node.value]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"duplicate key {sorted(twice)[0]!r} at {node.start_mark}")
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


_Strings.add_constructor("tag:yaml.org,2002:map", _mapping)


@cache
def load(name: str) -> Any:
    """Content of a data file, all scalars as strings."""
    return yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=_Strings)


@dataclass(frozen=True)
class Node:
    """A crossing, sea port, airport or city. `port` is CBP's Schedule D code where it is a US port of entry."""

    id: str
    name: str
    countries: tuple[str, ...]
    at: Point
    port: str | None = None
    rail: bool = False


def _point(text: str) -> Point:
    latitude, longitude = text.split()
    return float(latitude), float(longitude)


@cache
def nodes(kind: str) -> Mapping[str, Node]:
    """`crossings`, `sea` or `air`, by id."""
    return {
        key: Node(
            key,
            row["name"],
            tuple((row.get("between") or row["country"]).split()),
            _point(row["at"]),
            row.get("port"),
            row.get("rail") == "yes",
        )
        for key, row in load("nodes.yaml")[kind].items()
    }


@cache
def sea_km() -> Mapping[tuple[str, str], int]:
    """Kilometres by sea between two ports, in either order."""
    table: dict[tuple[str, str], int] = {}
    with (DATA / "sea_km.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    for row in rows:
        for port, km in zip(head[1:], row[1:], strict=True):
            if km:
                table[row[0], port] = table[port, row[0]] = int(km)
    return table


def fold(text: str) -> str:
    """Lower case without accents, single blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).replace(",", " ").split())


@cache
def _hubs() -> tuple[dict[str, Node], dict[str, Node]]:
    first: dict[str, Node] = {}
    named: dict[str, Node] = {}
    for country, cities in load("nodes.yaml")["hubs"].items():
        for names, at in cities.items():
            aliases = [name.strip() for name in names.split(";")]
            node = Node(fold(aliases[0]).replace(" ", "-"), aliases[0], (country,), _point(at))
            first.setdefault(country, node)
            for alias in aliases:
                named[fold(alias)] = node
    return first, named


def hub_of(country: str) -> Node | None:
    """The city that stands for a country when no place is given, or None."""
    return _hubs()[0].get(country)


def hub_named(text: str) -> Node | None:
    """A hub called `text` ("Shenzhen", "Shenzhen, China"), or None."""
    named = _hubs()[1]
    return named.get(fold(text)) or named.get(fold(text.split(",")[0]))


@cache
def _hub_names() -> re.Pattern[str]:
    names = sorted((re.escape(name) for name in _hubs()[1]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)")


def hubs_in(folded: str) -> list[tuple[int, int, Node]]:
    """Hubs named in a text without case and accents: start, end and which."""
    return [(m.start(), m.end(), _hubs()[1][m[0]]) for m in _hub_names().finditer(folded)]


def say(key: str, language: str, **values: object) -> str:
    """The text `key` of texts.yaml in `language` with its placeholders filled."""
    text: str = load("texts.yaml")[key][language]
    return text.format(**values)


def decimal(text: Any) -> Decimal:
    return Decimal(str(text))

"""Countries, states, provinces and industrial cities: what a place name means, where it is, what lies inside it.

Ids: ISO 3166-1 alpha-2 (MX), ISO 3166-2 (MX-QUE), region/city (MX-QUE/queretaro), or a group's name (bajio).
Distances are great-circle kilometres.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz import process as fuzzy

from assistant.errors import InvalidInput
from assistant.sourcing.gazetteer import Place, PlaceKind, Point, distance_km, shipped
from assistant.sourcing.phrases import PhraseIndex, tokens, words
from assistant.sourcing.terms import load_yaml, word_lists

__all__ = ["FoundPlace", "Location", "Place", "Places", "Point", "country_code", "distance_km"]

_CODES_IN_TEXT = {"MX": "MX", "US": "US", "USA": "US", "CN": "CN", "VN": "VN", "UK": "GB", "EUA": "US", "EEUU": "US"}
# Codes of countries that are words as well: CAN YOU FIND asks nothing of Canada.
_WORDS_TOO = frozenset(words("and are arm ben can cod cub dom est fin gin jam lie mar nor pan per pol pri sur tun ven"))
_MOST_LOCATED = 50_000
_NO_COUNTRY = {
    "en": ("No country is called {text}.", "Give an ISO 3166-1 alpha-2 code such as MX, US, CA or CN."),
    "es": ("Ningún país se llama {text}.", "Dé un código ISO 3166-1 alfa-2 como MX, US, CA o CN."),
}
_MEANT = {"en": ("Did you mean ", " or ", "?"), "es": ("¿Quiso decir ", " o ", "?")}
_BEFORE = frozenset({"in", "from", "near", "around", "of", "en", "desde", "cerca", "to", "within", "state", "estado"})


@dataclass(frozen=True)
class FoundPlace:
    """A place named at characters `span` of a text."""

    place: Place
    matched: str
    span: tuple[int, int]
    how: str


@dataclass(frozen=True)
class Location:
    """Where a plant is, as far as its profile says."""

    country: str
    region: str | None
    city: str | None
    at: Point | None


class Places:
    """The gazetteer. `Places.load()` is cached; `with_places` adds towns that only the profiles know."""

    def __init__(self, places: Iterable[tuple[Place, list[str]]], ambiguous: Iterable[str]) -> None:
        self.places: dict[str, Place] = {}
        self._listed = list(places)
        self._names: dict[tuple[str, ...], list[str]] = {}
        self._index = PhraseIndex(commas_part=False)  # Nogales, AZ
        self._ambiguous = frozenset(ambiguous)
        self._located: dict[tuple[str, str | None, str | None, Point | None], Location] = {}
        for place, names in self._listed:
            self._add(place, names)
        self._index.ignore(word for group in word_lists().values() for word in group)

    def _add(self, place: Place, names: Iterable[str]) -> None:
        self.places[place.id] = place
        for name in names:
            key = words(name)
            if key:
                self._names.setdefault(key, []).append(place.id)
                code = len(name) <= 3 and name.isupper()
                self._index.add_key(key, place.id, "=", capitals=code)

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> Places:
        """The gazetteer shipped with the package."""
        return Places(shipped(), words(load_yaml("places.yaml")["ambiguous"].replace("-", "")))

    def with_places(self, towns: Iterable[tuple[str, str | None, str, Point | None]]) -> Places:
        """A gazetteer that knows these (country, region, city, point) as well; itself when it knows them all."""
        unknown: dict[tuple[str, str | None, str], Point | None] = {}
        for country, region, city, at in towns:
            if city and words(city) not in self._names:
                known = [point for point in (unknown.get((country, region, city)), at) if point is not None]
                unknown[(country, region, city)] = min(known, default=None)
        if not unknown:
            return self
        listed = list(self._listed)
        for (country, region, city), at in sorted(unknown.items(), key=str):
            inside = self.region_of(country, region)
            identity = f"{inside or country}/{'-'.join(words(city))}"
            listed.append((Place(identity, "city", {"en": city}, country, inside, at, learned=True), [city]))
        return Places(listed, self._ambiguous)

    def knows(self, word: str) -> bool:
        """True for a folded word of any place's name."""
        return self._index.knows(word)

    def has_town(self, name: str) -> bool:
        """True when some place of any kind bears this name."""
        return words(name) in self._names

    def country_code(self, text: str, *, field: str | None = None, language: str = "en") -> str:
        """ISO 3166-1 alpha-2 of a code, an English or Spanish name or a demonym; InvalidInput with a suggestion."""
        found = self._named(text, ("country",))
        if found is None:
            message, hint = _NO_COUNTRY[language]
            raise InvalidInput(
                message.format(text=repr(text[:80])),
                field=field,
                hint=self._hint(text, ("country",), language) or hint,
            )
        return found.id

    def area(self, text: str, *, field: str | None = None) -> Place:
        """A region, city, group or country to search in; a state before the city of its name."""
        found = self._named(text, ("region", "group", "city", "country"))
        if found is None:
            hint = self._hint(text, ("region", "city", "group", "country"))
            raise InvalidInput(
                f"No state, province or city called {text[:80]!r} is known.",
                field=field,
                hint=hint
                or "Give a state, province or city of Mexico, the United States or Canada, such as Querétaro.",
            )
        return found

    def point(self, text: str, *, field: str | None = None) -> tuple[Place, Point]:
        """A place to measure from: a city before the state of its name; a state counts from its cities' middle."""
        found = self._named(text, ("city", "region"))
        if found is None or (at := self._middle(found)) is None:
            raise InvalidInput(
                f"No city or state called {text[:80]!r} is known to measure a distance from.",
                field=field,
                hint=self._hint(text, ("city", "region")) or "Give a city, such as Monterrey or Laredo.",
            )
        return found, at

    def find_all(self, text: str, *, taken: Iterable[tuple[int, int]] = (), typos: bool = True) -> list[FoundPlace]:
        """Every place that free text names, longest first; "Dallas, TX" is one place."""
        found: list[FoundPlace] = []
        written = tokens(text)
        for hit in self._index.scan(text, taken, typos=typos):
            inside = [t for t in written if hit.span[0] <= t.start < hit.span[1]]
            joined = "".join(t.text for t in inside)
            first = written.index(inside[0])
            led = any(t.text in _BEFORE for t in written[max(0, first - 1) : first])
            if joined in _WORDS_TOO and not led:
                continue
            if joined in self._ambiguous and not led and not (inside[0].initial and first > 0):
                continue
            places = [self.places[target] for target in hit.targets]
            span, state = self._postal(text, hit.span)
            chosen = next((p for p in places if state and p.region == state), None) or min(places, key=_rank)
            if chosen.region != state:
                span = hit.span
            found.append(FoundPlace(chosen, text[span[0] : span[1]], span, hit.how))
        covered = [*taken, *(f.span for f in found)]
        for word in written:
            code = _CODES_IN_TEXT.get(text[word.start : word.end])
            if code and not any(a < word.end and word.start < b for a, b in covered):
                found.append(
                    FoundPlace(self.places[code], text[word.start : word.end], (word.start, word.end), "exact")
                )
        return sorted(found, key=lambda item: item.span)

    def as_point(self, place: Place) -> Point | None:
        """Where to measure from for `place`; the city of a state's name stands for the state."""
        if place.kind == "region":
            same = [p for p in self.places.values() if p.region == place.id and p.label() == place.label()]
            place = same[0] if same else place
        return self._middle(place)

    def locate(self, country: str, region: str | None, city: str | None, at: Point | None) -> Location:
        """Ids of a profile's country, region and city; its own coordinates before the city's."""
        key = (country, region, city, at)
        known = self._located.get(key)
        if known is None:
            inside = self.region_of(country, region)
            town = None
            for identity in self._names.get(words(city), ()) if city else ():
                place = self.places[identity]
                if place.kind == "city" and place.country == country and inside in (None, place.region):
                    town = place
                    break
            inside = inside or (town.region if town else None)
            point = at or (town.at if town is not None and not town.learned else None)
            known = Location(country, inside, town.id if town else None, point)
            if len(self._located) > _MOST_LOCATED:
                self._located.clear()
            self._located[key] = known
        return known

    def region_of(self, country: str, region: str | None) -> str | None:
        """ISO 3166-2 id of a state or province named in a profile."""
        for identity in self._names.get(words(region), ()) if region else ():
            place = self.places[identity]
            if place.kind == "region" and place.country == country:
                return identity
        code = f"{country}-{region}".upper() if region else ""
        return code if code in self.places else None

    def inside(self, location: Location, area: str) -> bool:
        """True when `location` lies in the place with id `area`."""
        if area in (location.country, location.region, location.city):
            return True
        place = self.places.get(area)
        return place is not None and any(self.inside(location, member) for member in place.members)

    def contains(self, outer: Place, inner: Place) -> bool:
        """True when `inner` is part of `outer`."""
        ids = {inner.id, inner.country, inner.region}
        return outer.id in ids or any(m in ids for m in outer.members)

    def _named(self, text: str, kinds: tuple[PlaceKind, ...]) -> Place | None:
        text = text.strip()
        if not text or len(text) > 200:
            return None
        if text in self.places and self.places[text].kind in kinds:
            return self.places[text]
        upper = text.upper()
        if len(text) <= 3 and "region" in kinds:
            for country in ("US", "CA", "MX"):
                if f"{country}-{upper}" in self.places:
                    return self.places[f"{country}-{upper}"]
        if upper in self.places and "country" in kinds:
            return self.places[upper]
        key = words(text)
        ids = self._names.get(key, [])
        for kind in kinds:
            for identity in ids:
                if self.places[identity].kind == kind:
                    return self.places[identity]
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if len(parts) > 1:
            # "CA" after a comma is California or Canada: whichever holds a place of the first name.
            outers = [o for o in (self._named(parts[1], ("region",)), self._named(parts[1], ("country",))) if o]
            for outer in outers:
                for kind in kinds:
                    for place in self._all_named(parts[0]):
                        if place.kind == kind and self.contains(outer, place):
                            return place
        return None

    def _all_named(self, text: str) -> list[Place]:
        return [self.places[identity] for identity in self._names.get(words(text), ())]

    def _middle(self, place: Place) -> Point | None:
        if place.at is not None or place.kind != "region":
            return place.at
        points = [p.at for p in self.places.values() if p.region == place.id and p.at is not None]
        if not points:
            return None
        return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)

    def _postal(self, text: str, span: tuple[int, int]) -> tuple[tuple[int, int], str | None]:
        rest = text[span[1] : span[1] + 8]
        code = rest.lstrip(" ,.").split(" ")[0].strip(".,;:?!)") if rest[:1] in ", " else ""
        if len(code) == 2 and code.isupper():
            for country in ("US", "CA"):
                if f"{country}-{code}" in self.places:
                    return (span[0], span[1] + rest.index(code) + 2), f"{country}-{code}"
        return span, None

    def _hint(self, text: str, kinds: tuple[PlaceKind, ...], language: str = "en") -> str | None:
        wanted = {" ".join(k): [i for i in ids if self.places[i].kind in kinds] for k, ids in self._names.items()}
        choices = [name for name, ids in wanted.items() if ids and len(name) > 3]
        best = fuzzy.extract(" ".join(words(text)), choices, scorer=fuzz.ratio, score_cutoff=70, limit=3)
        named: list[str] = []
        for name, score, _ in best:
            if score < best[0][1] - 8:
                break
            place = self.places[wanted[name][0]]
            inside = place.id if place.kind == "country" else (place.region or place.country or "")
            label = place.label(language)
            shown = f"{label} ({inside})" if inside else label
            if shown not in named:
                named.append(shown)
        before, between, after = _MEANT[language]
        return f"{before}{between.join(named)}{after}" if named else None


def _rank(place: Place) -> int:
    """In free text a state goes before the city of its name, and a US state before a country (Georgia)."""
    return ("group", "region", "country", "city").index(place.kind)


def country_code(text: str, *, field: str | None = None, language: str = "en") -> str:
    """ISO 3166-1 alpha-2 of a country given as code, name (English, Spanish) or demonym; InvalidInput otherwise."""
    return Places.load().country_code(text, field=field, language=language)

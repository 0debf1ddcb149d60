"""What a buyer means: free text and loosely written fields become ids, places, volumes; what is left over is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.sourcing.phrases import fold
from assistant.sourcing.places import Place, Places
from assistant.sourcing.preferences import (
    FIELD_OF,
    FIELDS,
    HARD,
    alternatives,
    distinct,
    is_must,
    is_soft,
    leftovers,
    signals,
    sort_terms,
)
from assistant.sourcing.quantities import Quantity, find_quantities
from assistant.sourcing.readings import implied, in_context, named_suppliers
from assistant.sourcing.types import Near, Need
from assistant.sourcing.vocabulary import Found, Vocabulary
from assistant.sourcing.whereabouts import Whereabouts, read_places

_VOLUMES = {"pilot": "pilot_volume", "monthly": "monthly_volume", "order": "order_volume"}
_TIMES = {"lead_time": "max_lead_time_days", "pilot_lead_time": "max_pilot_lead_time_days"}
_LANGUAGES = {"english": "en", "ingles": "en", "spanish": "es", "espanol": "es", "french": "fr", "frances": "fr",
              "chinese": "zh", "chino": "zh", "mandarin": "zh", "german": "de", "aleman": "de"}  # fmt: skip


def understand(
    need: Need,
    vocabulary: Vocabulary,
    places: Places | None = None,
    suppliers: Sequence[tuple[str, str]] = (),
) -> tuple[Need, dict[str, Any], list[str]]:
    """The need in ids, what was understood (by field: id, label, the buyer's words, how) and what was not.

    `suppliers`: id and name of each known one, so that a name in the text is not read as a process.
    Fields given explicitly win over the free text; words of `need.need` that no field takes are returned as unmapped.
    Raises InvalidInput for a country or a region that nobody knows.
    """
    places = places or Places.load()
    reader = _Reader(need, vocabulary, places, suppliers)
    reader.read_fields()
    if need.need and need.need.strip():
        reader.read_text(need.need)
    return need.model_copy(update=reader.update), reader.understood, list(dict.fromkeys(reader.unmapped))


class _Reader:
    def __init__(
        self, need: Need, vocabulary: Vocabulary, places: Places, suppliers: Sequence[tuple[str, str]]
    ) -> None:
        self.need, self.vocabulary, self.places, self.suppliers = need, vocabulary, places, suppliers
        self.update: dict[str, Any] = {}
        self.understood: dict[str, Any] = {}
        self.unmapped: list[str] = []

    def read_fields(self) -> None:
        """Names of ids, countries and units for whatever words the fields were given in."""
        for field, kind in FIELDS.items():
            given = getattr(self.need, field)
            if given:
                self.update[field] = self.update.get(field, []) + [
                    w for v in given if (w := self._word(field, kind, v))
                ]
        wishes = {
            field: [name for value in values if (name := self._word(f"wishes.{field}", FIELDS[field], value))]
            if field in FIELDS
            else ([self.places.area(value, field="wishes").id for value in values] if field == "regions" else values)
            for field, values in self.need.wishes.items()
        }
        self.update["wishes"] = wishes
        if self.need.countries:
            self.update["countries"] = self._countries(self.need.countries, "countries")
        if self.need.exclude_countries:
            self.update["exclude_countries"] = self._countries(self.need.exclude_countries, "exclude_countries")
        if self.need.regions:
            areas = [self.places.area(value, field="regions") for value in self.need.regions]
            self.update["regions"] = [area.id for area in areas]
            for area, value in zip(areas, self.need.regions, strict=True):
                self._place("regions", area, value)
        if self.need.near:
            self._near(
                self.places.point(self.need.near.place, field="near")[0], self.need.near.km, self.need.near.place
            )
        self.update["languages"] = [_LANGUAGES.get(fold(value), value) for value in self.need.languages]
        unit = self.vocabulary.exact("unit", self.need.volume_unit)
        if unit is None:
            self.unmapped.append(self.need.volume_unit)
        else:
            self.update["volume_unit"] = unit.id

    def _word(self, field: str, kind: str, value: str) -> str | None:
        names: list[str] = []
        for part in re.split(r"\s*\|\s*|\s+(?:or|o|u)\s+", value.strip()):
            term = self.vocabulary.lookup(kind, part)
            other = self.vocabulary.lookup("program", part) if term is None and kind == "certification" else None
            if other is not None and field == "certifications":  # IMMEX is a program, whichever field it came in
                self.update.setdefault("programs", []).append(other.id)
                self._note("programs", other.kind, other.id, part, other.how)
            elif term is None:
                if part:
                    names.append(part)
                    self.unmapped.append(part)
            else:
                names.append(term.name)
                self._note(field, kind, term.name, part, term.how)
        return "|".join(names) or None

    def _countries(self, values: Iterable[str], field: str) -> list[str]:
        codes: list[str] = []
        for value in values:
            group = next(
                (f.place for f in self.places.find_all(value, typos=False) if f.matched == value.strip()), None
            )
            if group is not None and group.kind == "group" and all(len(member) == 2 for member in group.members):
                codes += group.members
                self._place(field, group, value)
            else:
                code = self.places.country_code(value, field=field)
                codes.append(code)
                self._place(field, self.places.places[code], value)
        return list(dict.fromkeys(codes))

    def read_text(self, text: str) -> None:
        """Takes from the text what the fields leave open."""
        folded = fold(text)
        own = self._suppliers(text)
        named = self.vocabulary.find_all(text, taken=own, typos=False)
        where = read_places(text, folded, [f.span for f in named] + own, self.places)
        named = self.vocabulary.find_all(text, taken=where.spans + own)
        protected = [f.span for f in named if re.search(r"[a-zA-Z]", f.matched)] + where.spans + own
        quantities = find_quantities(text, self.vocabulary, protected)
        counted = [q.span for q in quantities if q.role != "other"]
        named = [f for f in named if not (f.matched.isdigit() and any(a <= f.span[0] < b for a, b in counted))]
        codes = [f.span for f in named if f.matched.isdigit()]
        quantities = [q for q in quantities if not any(a <= q.span[0] < b for a, b in codes)]
        self._terms(folded, in_context(named, text, self.vocabulary), where)
        self._quantities(quantities, where)
        self._where(where, folded)
        self._languages(folded)
        self._leftovers(text, [f.span for f in named] + where.spans + own, quantities)

    def _suppliers(self, text: str) -> list[tuple[int, int]]:
        """Where the text names a supplier: whatever its name says, it asks for no process."""
        found = named_suppliers(text, self.suppliers, self.vocabulary, self.places)
        for supplier, span in found:
            label = next(name for identity, name in self.suppliers if identity == supplier)
            self._append("suppliers", {"id": supplier, "label": label, "matched": text[span[0] : span[1]]})
        return [span for _, span in found]

    def _terms(self, folded: str, found: list[Found], where: Whereabouts) -> None:
        meant = sort_terms(found, folded, frozenset(where.spans))
        self.unmapped += meant.negated
        if meant.application:
            self.understood["application"] = meant.application
        wishes: dict[str, list[str]] = {field: list(names) for field, names in self.update["wishes"].items()}
        for term in meant.wishes:
            field = FIELD_OF[term.kind]
            if not getattr(self.need, field):
                wishes.setdefault(field, []).append(term.name)
                self._note(f"wishes.{field}", term.kind, term.name, term.matched, term.how)
        for field, terms in sorted(meant.required.items(), key=lambda row: row[0] == "materials"):
            names = alternatives(terms, folded, self.vocabulary) if field in HARD else distinct(terms)
            if getattr(self.need, field):
                extra = [name for name in names if name not in self.update[field]]
                if extra:
                    self.understood.setdefault("overridden", {})[field] = extra
                continue
            given = implied(names, self._processes(), self.vocabulary) if field == "materials" else []
            self.update[field] = [name for name in names if name not in given]
            for term in self.vocabulary.narrowest(terms):
                self._note("implied" if term.name in given else field, term.kind, term.name, term.matched, term.how)
        self.update["wishes"] = {field: list(dict.fromkeys(names)) for field, names in wishes.items()}
        self.update["must"] = sorted({*self.need.must, *meant.must})

    def _processes(self) -> list[str]:
        return [name for name in self.update.get("processes", ()) if "|" not in name]

    def _quantities(self, quantities: list[Quantity], where: Whereabouts) -> None:
        for quantity in quantities:
            if quantity.role == "noise":
                continue
            field = _VOLUMES.get(quantity.role) or _TIMES.get(quantity.role)
            if field is None:
                if quantity.role != "distance" or where.near is None:
                    self.unmapped.append(quantity.matched)
                elif self.need.near is None:
                    self._near(where.near[0], quantity.value, f"{quantity.matched} {where.near[1]}")
                continue
            value: float = quantity.value
            if getattr(self.need, field) is not None:
                if getattr(self.need, field) != value:
                    self.understood.setdefault("overridden", {})[field] = value
                continue
            if field in _VOLUMES.values():
                value = self._in_unit(value, quantity.unit)
            self.update[field] = int(value) if field in _TIMES.values() else value
            unit = self.update.get("volume_unit", self.need.volume_unit) if field in _VOLUMES.values() else "days"
            self.understood[field] = {"value": value, "unit": unit, "matched": quantity.matched}

    def _in_unit(self, value: float, unit: str) -> float:
        """`value` in the need's one unit of volume: the first unit named; dozens count as pieces."""
        given = "volume_unit" in self.need.model_fields_set
        entry = self.vocabulary.entry("unit", unit)
        current = self.vocabulary.entry("unit", self.update.get("volume_unit", self.need.volume_unit))
        if entry is None or current is None:
            return value
        if entry.measure == current.measure:
            return round(value * entry.factor / current.factor, 6)
        if not given and not any(field in self.understood for field in _VOLUMES.values()):
            self.update["volume_unit"] = unit
        return value

    def _where(self, where: Whereabouts, folded: str) -> None:
        if where.near is not None and self.need.near is None and "near" not in self.update:
            self._near(where.near[0], 100, where.near[1])
            self.understood["near"]["assumed"] = True
        explicit = bool(self.need.countries or self.need.regions)
        areas = [
            (place, matched)
            for place, matched, span in where.areas
            if not is_soft(folded[: span[0]], folded[span[1] :])
        ]
        soft = [(place, matched) for place, matched, span in where.areas if (place, matched) not in areas]
        if soft and not explicit:
            self.update["wishes"]["regions"] = [place.id for place, _ in soft]
            for place, matched in soft:
                self._place("wishes.regions", place, matched)
        inner = [
            (place, matched)
            for place, matched in areas
            if not any(o.id != place.id and self.places.contains(place, o) for o, _ in areas)
        ]
        if explicit:
            fixed = [*self.update.get("countries", ()), *self.update.get("regions", ())]
            extra = [place.id for place, _ in inner if place.id not in fixed]
            if extra:
                self.understood.setdefault("overridden", {})["places"] = extra
        elif inner:
            nations = all(p.kind == "country" or all(len(m) == 2 for m in p.members or ("",)) for p, _ in inner)
            field = "countries" if nations else "regions"
            ids = [code for p, _ in inner for code in (p.members if nations and p.members else (p.id,))]
            self.update[field] = list(dict.fromkeys(ids))
            for place, matched in inner:
                self._place(field, place, matched)
        if where.excluded and not self.need.exclude_countries:
            codes = [code for place, _ in where.excluded for code in (place.members or (place.country or "",))]
            whole = [place for place, _ in where.excluded if place.kind in ("country", "group")]
            self.update["exclude_countries"] = [c for c in dict.fromkeys(codes) if len(c) == 2] if whole else []
            for place, matched in where.excluded:
                if place in whole:
                    self._place("exclude_countries", place, matched)
                else:
                    self.unmapped.append(f"not {matched}")
        for name, listed in (("destination", where.destinations), ("compared_with", where.compared)):
            for place, matched in listed:
                self._place(name, place, matched)

    def _languages(self, folded: str) -> None:
        wanted = [code for code, pattern in signals()["languages"].items() if pattern.search(folded)]
        if wanted and not self.need.languages:
            self.update["languages"] = wanted
            self.understood["languages"] = [{"id": code} for code in wanted]
            first = next(p.search(folded) for p in (signals()["languages"][wanted[0]],))
            if first and is_must(folded[: first.start()], folded[first.end() :]):
                self.update["must"] = sorted({*self.update["must"], "languages"})

    def _leftovers(self, text: str, covered: list[tuple[int, int]], quantities: list[Quantity]) -> None:
        phrases, products = leftovers(text, covered, [q.span for q in quantities], self.vocabulary)
        self.unmapped += phrases
        if products:
            self.understood["product"] = products

    def _note(self, field: str, kind: str, name: str, matched: str, how: str) -> None:
        label = name if kind in ("certification", "program") else self.vocabulary.label(kind, name, self.need.language)
        self._append(field, {"id": name, "label": label, "matched": matched, "how": how})

    def _place(self, field: str, place: Place, matched: str) -> None:
        self._append(field, {"id": place.id, "label": place.label(self.need.language), "matched": matched})

    def _append(self, field: str, row: dict[str, Any]) -> None:
        listed = self.understood.setdefault(field, [])
        if all(other["id"] != row["id"] for other in listed):
            listed.append(row)

    def _near(self, place: Place, km: float, matched: str) -> None:
        self.update["near"] = Near(place=place.id, km=km)
        self.understood["near"] = {
            "id": place.id,
            "label": place.label(self.need.language),
            "km": km,
            "matched": matched,
        }

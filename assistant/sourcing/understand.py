"""What a buyer means: free text and loosely written fields become ids, places, volumes; what is left over is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.sourcing.designations import counts_only, find_designations, is_grade, of_alloy, overlapping
from assistant.sourcing.fields import FieldReader
from assistant.sourcing.meaning import Meaning
from assistant.sourcing.phrases import fold
from assistant.sourcing.places import Places
from assistant.sourcing.preferences import (
    FIELD_OF,
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
from assistant.sourcing.types import Need
from assistant.sourcing.vocabulary import Found, Vocabulary
from assistant.sourcing.whereabouts import Whereabouts, read_places

_VOLUMES = {"pilot": "pilot_volume", "monthly": "monthly_volume", "order": "order_volume"}
_TIMES = {"lead_time": "max_lead_time_days", "pilot_lead_time": "max_pilot_lead_time_days"}


def understand(
    need: Need,
    vocabulary: Vocabulary,
    places: Places | None = None,
    suppliers: Sequence[tuple[str, str]] = (),
    meaning: Meaning | None = None,
) -> tuple[Need, dict[str, Any], list[str]]:
    """The need in ids, what was understood (by field: id, label, the buyer's words, how) and what was not.

    `suppliers`: id and name of each known one, so that a name in the text is not read as a process.
    `meaning`: reads what neither words nor slips of the pen tell; without it such phrases are left unmapped.
    Fields given explicitly win over the free text; words of `need.need` that no field takes are returned as unmapped.
    Raises InvalidInput for a country or a region that nobody knows.
    """
    places = places or Places.load()
    reader = _Reader(need, vocabulary, places, suppliers, meaning)
    reader.read_fields()
    if need.need and need.need.strip():
        reader.read_text(need.need)
    return need.model_copy(update=reader.update), reader.understood, list(dict.fromkeys(reader.unmapped))


class _Reader(FieldReader):
    """Free text on top of the fields."""

    def read_text(self, text: str) -> None:
        """Takes from the text what the fields leave open."""
        folded = fold(text)
        own = self._suppliers(text)
        designations = [d for d in find_designations(text) if not overlapping(d.span, own)]
        masks = [d.span for d in designations if d.masks]
        named = self.vocabulary.find_all(text, taken=own + masks, typos=False)
        where = read_places(text, folded, [f.span for f in named] + own + masks, self.places)
        named = self.vocabulary.find_all(text, taken=where.spans + own + masks)
        names = [f.span for f in named if not f.matched.isdigit()] + where.spans + own
        protected = names + [d.span for d in designations]
        numbers = [f for f in named if f.matched.isdigit()]
        alloys = [f for f in numbers if of_alloy(f, designations, text)]
        counted = find_quantities(text, self.vocabulary, protected)
        grades = alloys + [f for f in numbers if is_grade(f, counted, named, text, self.vocabulary)]
        named = [f for f in named if f not in numbers or f in grades]
        quantities = find_quantities(text, self.vocabulary, protected + [f.span for f in grades])
        counted_by = [q.span for q in quantities if q.role not in ("other", "noise")]
        named = [
            f for f in named if not (f.kind == "industry" and counts_only(f, text) and overlapping(f.span, counted_by))
        ]
        read = in_context(named, text, self.vocabulary)
        self._terms(folded, read, where)
        self._quantities(quantities, where)
        self._where(where, folded)
        self._languages(folded)
        known = names + [f.span for f in grades]
        self.unmapped += [text[slice(*d.span)] for d in designations if d.masks or not overlapping(d.span, known)]
        spans = {f.span for f in named}
        covered = [f.span for f in (*named, *read)] + where.spans + own + [d.span for d in designations]
        self._leftovers(text, covered, quantities, [f for f in read if f.product and f.span not in spans])

    def _suppliers(self, text: str) -> list[tuple[int, int]]:
        """Where the text names a supplier: whatever its name says, it asks for no process."""
        found = named_suppliers(text, self.suppliers, self.vocabulary, self.places)
        for supplier, span in found:
            label = next(name for identity, name in self.suppliers if identity == supplier)
            self.append("suppliers", {"id": supplier, "label": label, "matched": text[span[0] : span[1]]})
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
                self.note(f"wishes.{field}", term.kind, term.name, term.matched, term.how)
        for field, terms in sorted(meant.required.items(), key=lambda row: row[0] == "materials"):
            names = alternatives(terms, folded, self.vocabulary) if field in HARD else distinct(terms)
            if getattr(self.need, field):
                extra = [name for name in names if name not in self.update[field]]
                if extra:
                    self.understood.setdefault("overridden", {})[field] = extra
                continue
            work = [name for name in self.update.get("processes", ()) if "|" not in name]
            given = implied(names, work, self.vocabulary) if field == "materials" else []
            self.update[field] = [name for name in names if name not in given]
            for term in self.vocabulary.narrowest(terms):
                self.note("implied" if term.name in given else field, term.kind, term.name, term.matched, term.how)
        self.update["wishes"] = {field: list(dict.fromkeys(names)) for field, names in wishes.items()}
        self.update["must"] = sorted({*self.need.must, *meant.must})

    def _quantities(self, quantities: list[Quantity], where: Whereabouts) -> None:
        for quantity in quantities:
            if quantity.role == "noise":
                continue
            field = _VOLUMES.get(quantity.role) or _TIMES.get(quantity.role)
            if field is None:
                if quantity.role != "distance" or where.near is None:
                    self.unmapped.append(quantity.matched)
                elif self.need.near is None:
                    self.measure_from(where.near[0], quantity.value, f"{quantity.matched} {where.near[1]}")
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
            self.measure_from(where.near[0], 100, where.near[1])
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
                self.note_place("wishes.regions", place, matched)
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
                self.note_place(field, place, matched)
        if where.excluded and not self.need.exclude_countries:
            codes = [code for place, _ in where.excluded for code in (place.members or (place.country or "",))]
            whole = [place for place, _ in where.excluded if place.kind in ("country", "group")]
            self.update["exclude_countries"] = [c for c in dict.fromkeys(codes) if len(c) == 2] if whole else []
            for place, matched in where.excluded:
                if place in whole:
                    self.note_place("exclude_countries", place, matched)
                else:
                    self.unmapped.append(f"not {matched}")
        for name, listed in (("destination", where.destinations), ("compared_with", where.compared)):
            for place, matched in listed:
                self.note_place(name, place, matched)

    def _languages(self, folded: str) -> None:
        wanted = [code for code, pattern in signals()["languages"].items() if pattern.search(folded)]
        if wanted and not self.need.languages:
            self.update["languages"] = wanted
            self.understood["languages"] = [{"id": code} for code in wanted]
            first = next(p.search(folded) for p in (signals()["languages"][wanted[0]],))
            if first and is_must(folded[: first.start()], folded[first.end() :]):
                self.update["must"] = sorted({*self.update["must"], "languages"})

    def _leftovers(
        self, text: str, covered: list[tuple[int, int]], quantities: list[Quantity], made: Sequence[Found]
    ) -> None:
        phrases, products = leftovers(text, covered, [q.span for q in quantities], self.vocabulary)
        self.unmapped += [phrase for phrase in phrases if not self._read_by_meaning(phrase, text)]
        products += [text[slice(*term.span)] for term in made]
        if products:
            self.understood["product"] = list(dict.fromkeys(products))

    def _read_by_meaning(self, phrase: str, text: str) -> bool:
        """Take a phrase that no word told for the entry it means; False when it means none."""
        if " " not in phrase:
            return False  # a word left over ("eléctricos") is nearest to whatever bears it
        meant = self.meant(phrase, text, ("process", "material", "industry"))
        if meant is None:
            return False
        kind, identity = meant
        field, at = FIELD_OF[kind], text.find(phrase)
        if getattr(self.need, field):
            self.understood.setdefault("overridden", {}).setdefault(field, []).append(identity)
            return True
        if field in HARD and is_soft(fold(text[:at]), fold(text[at + len(phrase) :])):
            self.update["wishes"].setdefault(field, []).append(identity)
            field = f"wishes.{field}"
        elif identity not in self.update.setdefault(field, []):
            self.update[field].append(identity)
        self.note(field, kind, identity, phrase, "embedding")
        return True

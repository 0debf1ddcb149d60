"""The fields of a need in whatever words: names become ids, countries codes, and each reading is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.sourcing.meaning import Meaning, may_be_read
from assistant.sourcing.phrases import fold
from assistant.sourcing.places import Place, Places
from assistant.sourcing.preferences import FIELDS
from assistant.sourcing.terms import Kind
from assistant.sourcing.types import Near, Need
from assistant.sourcing.vocabulary import Vocabulary

_LANGUAGES = {"english": "en", "ingles": "en", "spanish": "es", "espanol": "es", "french": "fr", "frances": "fr",
              "chinese": "zh", "chino": "zh", "mandarin": "zh", "german": "de", "aleman": "de"}  # fmt: skip


class FieldReader:
    """A need as read so far: `update` by field, `understood` with how, `unmapped` what nothing took."""

    def __init__(
        self,
        need: Need,
        vocabulary: Vocabulary,
        places: Places,
        suppliers: Sequence[tuple[str, str]],
        meaning: Meaning | None,
    ) -> None:
        self.meaning = meaning
        self.need, self.vocabulary, self.places, self.suppliers = need, vocabulary, places, suppliers
        self.update: dict[str, Any] = {}
        self.understood: dict[str, Any] = {}
        self.unmapped: list[str] = []

    def read_fields(self) -> None:
        """Names of ids, countries and units for whatever words the fields were given in."""
        for field, kind in FIELDS.items():
            given = getattr(self.need, field)
            if given:
                self.update[field] = self.update.get(field, []) + [w for v in given if (w := self.word(field, kind, v))]
        wishes = {
            field: [name for value in values if (name := self.word(f"wishes.{field}", FIELDS[field], value))]
            if field in FIELDS
            else ([self.places.area(value, field="wishes").id for value in values] if field == "regions" else values)
            for field, values in self.need.wishes.items()
        }
        self.update["wishes"] = wishes
        if self.need.countries:
            self.update["countries"] = self.countries(self.need.countries, "countries")
        if self.need.exclude_countries:
            self.update["exclude_countries"] = self.countries(self.need.exclude_countries, "exclude_countries")
        if self.need.regions:
            areas = [self.places.area(value, field="regions") for value in self.need.regions]
            self.update["regions"] = [area.id for area in areas]
            for area, value in zip(areas, self.need.regions, strict=True):
                self.note_place("regions", area, value)
        if self.need.near:
            self.measure_from(
                self.places.point(self.need.near.place, field="near")[0], self.need.near.km, self.need.near.place
            )
        self.update["languages"] = [_LANGUAGES.get(fold(value), value) for value in self.need.languages]
        unit = self.vocabulary.exact("unit", self.need.volume_unit)
        if unit is None:
            self.unmapped.append(self.need.volume_unit)
        else:
            self.update["volume_unit"] = unit.id

    def word(self, field: str, kind: str, value: str) -> str | None:
        """The names of a value of `field`, alternatives joined by |; None when it names another field's term."""
        names: list[str] = []
        for part in re.split(r"\s*\|\s*|\s+(?:or|o|u)\s+", value.strip()):
            term = self.vocabulary.lookup(kind, part)
            other = self.vocabulary.lookup("program", part) if term is None and kind == "certification" else None
            if other is not None and field == "certifications":  # IMMEX is a program, whichever field it came in
                self.update.setdefault("programs", []).append(other.id)
                self.note("programs", other.kind, other.id, part, other.how)
            elif term is None:
                meant = self.meant(part, self.need.need or part, (self.vocabulary.kind(kind),))
                if meant is not None:
                    names.append(meant[1])
                    self.note(field, kind, meant[1], part, "embedding")
                elif part:
                    names.append(part)
                    self.unmapped.append(part)
            else:
                names.append(term.name)
                self.note(field, kind, term.name, part, term.how)
        return "|".join(names) or None

    def countries(self, values: Iterable[str], field: str) -> list[str]:
        """Codes of countries and groups of them."""
        codes: list[str] = []
        for value in values:
            group = next(
                (f.place for f in self.places.find_all(value, typos=False) if f.matched == value.strip()), None
            )
            if group is not None and group.kind == "group" and all(len(member) == 2 for member in group.members):
                codes += group.members
                self.note_place(field, group, value)
            else:
                code = self.places.country_code(value, field=field)
                codes.append(code)
                self.note_place(field, self.places.places[code], value)
        return list(dict.fromkeys(codes))

    def meant(self, phrase: str, around: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
        """The entry that a phrase means, where it can be told by meaning alone."""
        if self.meaning is None or not may_be_read(phrase):
            return None
        return self.meaning(phrase, around, kinds)

    def note(self, field: str, kind: str, name: str, matched: str, how: str) -> None:
        """Write down what a word was read as."""
        label = name if kind in ("certification", "program") else self.vocabulary.label(kind, name, self.need.language)
        self.append(field, {"id": name, "label": label, "matched": matched, "how": how})

    def note_place(self, field: str, place: Place, matched: str) -> None:
        """Write down where a place was read."""
        self.append(field, {"id": place.id, "label": place.label(self.need.language), "matched": matched})

    def append(self, field: str, row: dict[str, Any]) -> None:
        """A row of `understood`, each id once."""
        listed = self.understood.setdefault(field, [])
        if all(other["id"] != row["id"] for other in listed):
            listed.append(row)

    def measure_from(self, place: Place, km: float, matched: str) -> None:
        """Distance is measured from `place`."""
        self.update["near"] = Near(place=place.id, km=km)
        self.understood["near"] = {
            "id": place.id,
            "label": place.label(self.need.language),
            "km": km,
            "matched": matched,
        }

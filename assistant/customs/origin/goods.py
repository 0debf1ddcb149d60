"""Does a description answer to the words of a rule ("housings", "printed circuit assemblies (PCAs)")?

A match on all the telling words of one reading is a yes. Silence is unknown, never a no: a broker words goods in many
ways. `facts.good_is` settles it for the good by naming one of the rule's phrases, or "other".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from assistant.customs.origin.facts import Facts
from assistant.customs.origin.outcome import NO, YES, Outcome, every, negate, unknown

_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "or",
        "and",
        "other",
        "than",
        "any",
        "with",
        "for",
        "in",
        "to",
        "from",
        "kind",
        "whether",
        "not",
        "but",
        "which",
        "is",
        "are",
        "as",
        "by",
        "on",
        "its",
        "such",
        "good",
        "goods",
        "one",
        "more",
        "following",
        "incorporating",
        "within",
        "state",
        "including",
        "put",
        "up",
        "parts",
        "part",
        "thereof",
    ]
)
_ALL = re.compile(r"^(?:a|any) good$|^$")
_VEHICLES = {
    "a passenger vehicle": "passenger vehicle",
    "a light truck": "light truck",
    "a heavy truck": "heavy truck",
}


@cache
def telling(text: str) -> frozenset[str]:
    """Words that tell goods apart, singular and lower case."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("(pcas)", ""))
    return frozenset(_singular(w) for w in words if w not in _SMALL and len(w) > 1)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


@cache
def _readings(phrase: str) -> tuple[frozenset[str], ...]:
    """ "yarn or thread" has two readings, either of which is enough."""
    text = re.sub(r"\([^)]*\)|whether or not [a-z]+", " ", phrase.lower())
    parts = [telling(p) for p in re.split(r"\bor\b|;", text)]
    whole = telling(text)
    return tuple(p for p in (*parts, whole) if p)


@cache
def says(description: str, phrase: str) -> bool:
    """The description has every telling word of one reading of the phrase."""
    words = telling(description)
    if re.search(r"\bparts?\b", phrase.lower()) and not re.search(r"\bparts?\b", description.lower()):
        return False
    return any(reading <= words for reading in _readings(phrase))


def material_is(description: str, phrase: str, field: str) -> Outcome:
    if not _readings(phrase):
        return YES  # "parts thereof" and the like say nothing that a description could confirm
    return YES if description and says(description, phrase) else unknown(f"{field}.description")


class Good:
    """The good as described and by the facts given."""

    def __init__(self, code: str, description: str | None, facts: Facts) -> None:
        self._code = code
        self._description = description or str(facts.raw("good_description") or "")
        self._facts = facts
        self._is = facts.raw("good_is")
        self._memo: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def matches(self, phrase: str | None, siblings: Iterable[str] = ()) -> Outcome:
        """Is the good what `phrase` names? `siblings` are the other phrases of the rule ("any other good …")."""
        key = (phrase or "", tuple(siblings))
        if key not in self._memo:
            self._memo[key] = self._match(*key)
        return self._memo[key]

    def _match(self, phrase: str, siblings: tuple[str, ...]) -> Outcome:
        if _ALL.match(phrase):
            return YES
        if "propulsion of an electric" in phrase:
            return self._facts.yes("primary_propulsion_battery")
        if "of a kind for use in a motor vehicle" in phrase:
            used = self._motor_vehicle_use()
            return negate(used) if "other than those" in phrase else used
        if phrase.startswith(("any other", "a vehicle")) or phrase == "other":
            others = [s for s in siblings if not s.startswith(("any other", "a vehicle")) and not _ALL.match(s)]
            if phrase.startswith("a vehicle"):
                return self._off_road()
            off = [s for s in siblings if s.startswith("a vehicle")]
            return every(negate(self.matches(s)) for s in [*others, *off]) if others or off else YES
        if phrase in _VEHICLES:
            return self._vehicle(_VEHICLES[phrase])
        if "persons" in phrase:
            return self._persons(phrase)
        return self._described(phrase)

    def _described(self, phrase: str) -> Outcome:
        if self._is is not None:
            named = self._is if isinstance(self._is, (list, tuple)) else [self._is]
            return YES if any(str(n).lower() == phrase.lower() or says(str(n), phrase) for n in named) else NO
        if self._description and says(self._description, phrase):
            return YES
        return unknown("good_is")

    def _motor_vehicle_use(self) -> Outcome:
        use = self._facts.end_use()
        if use is None:
            return unknown("end_use")
        return YES if use in ("passenger vehicle", "light truck") else NO

    def _vehicle(self, use: str) -> Outcome:
        if use == "passenger vehicle" and self._code[:6] in ("870331", "870332", "870333"):
            return NO  # (k)(ii)(N)(1)(I): compression-ignition vehicles are not passenger vehicles
        known = self._facts.end_use()
        if known is None:
            return unknown("vehicle_type")
        return YES if known == use else NO

    def _off_road(self) -> Outcome:
        known = self._facts.end_use()
        if known is None:
            return unknown("vehicle_type")
        text = str(self._facts.raw("vehicle_type") or self._facts.raw("end_use")).lower()
        return YES if "off" in text and "road" in text else (NO if known != "other" else YES)

    def _persons(self, phrase: str) -> Outcome:
        seats = self._facts.number("persons_carried")
        if seats is None:
            return unknown("persons_carried")
        return YES if (seats >= 16) == ("16 or more" in phrase) else NO

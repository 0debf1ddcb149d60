"""Does a description answer to the words of a rule ("housings", "printed circuit assemblies (PCAs)")?

A match on all the telling words of one reading is a yes, no telling word in common a no, anything between unknown: a
broker words goods in many ways. Silence is unknown. `facts.good_is` settles it for the good by naming one of the
rule's phrases, or "other".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from assistant.customs.law import load_yaml
from assistant.customs.origin.facts import Facts
from assistant.customs.origin.outcome import NO, YES, Outcome, every, negate, unknown
from assistant.customs.origin.rules import DATA

_ALL = re.compile(r"^(?:a|any) good$|^$")
_TAIL = re.compile(r"\b(?:which|based|wholly|of|for|containing)\b.*$")
_VEHICLES = {
    "a passenger vehicle": "passenger vehicle",
    "a light truck": "light truck",
    "a heavy truck": "heavy truck",
}


@cache
def _words(kind: str) -> frozenset[str]:
    rows: list[str] = load_yaml(DATA / "words.yaml")[kind]
    return frozenset(rows)


@cache
def _terms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Everyday terms, longest first, and the rules' words that they stand for."""
    rows: dict[str, str] = load_yaml(DATA / "words.yaml")["terms"]
    longest = sorted(rows.items(), key=lambda r: -len(r[0]))
    return tuple((re.compile(rf"\b{re.escape(term)}(?:e?s)?\b"), words) for term, words in longest)


def _plain(text: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


@cache
def telling(text: str) -> frozenset[str]:
    """Words that tell goods apart, singular and lower case, everyday terms put into the rules' words."""
    text = _plain(text).replace("(pcas)", "")
    for pattern, words in _terms():
        if pattern.search(text):
            text = f"{pattern.sub(' ', text)} {words}"
    return frozenset(_singular(w) for w in re.findall(r"[a-z0-9]+", text) if w not in _words("small") and len(w) > 1)


def foreign_to(description: str, phrase: str) -> bool:
    """The description shares no telling word with the phrase. Never said of a Spanish description: the rules are in
    English, and what no everyday term translates may still be the same thing."""
    mine = telling(description)
    words = re.findall(r"\w+", description.lower())
    if "moulded" in phrase or "stamping" in phrase:  # how it was made, which a name seldom says
        return False
    if not mine or _words("spanish") & set(words) or _plain(description) != description.lower():
        return False
    return not mine & telling(phrase)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


@cache
def _readings(phrase: str) -> tuple[frozenset[str], ...]:
    """ "yarn or thread" has two readings, either of which is enough."""
    text = re.sub(r"\([^)]*\)|whether or not [a-z]+", " ", phrase.lower())
    pieces = re.split(r"\bor\b|;", text)
    if tail := _TAIL.search(pieces[-1]):  # "hides or skins which have …": the clause is about both
        pieces = [*(p + " " + tail[0] for p in pieces[:-1]), pieces[-1]]
    parts = [telling(p) for p in pieces]
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
    if description and says(description, phrase):
        return YES
    return NO if foreign_to(description, phrase) else unknown(f"{field}.description")


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
        if foreign_to(self._description, phrase):
            return NO
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

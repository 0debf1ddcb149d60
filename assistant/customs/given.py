"""The facts of one entry: what was given, what is assumed when nobody said, what has to be asked.

A condition that needs a fact nobody gave, and that is not one of the documented assumptions, raises `Unanswered`;
whoever evaluates then tries each possible answer, so that a question is put only when the answer moves the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.customs.hts_number import format_hts
from assistant.customs.law import say
from assistant.customs.measures import Fact, facts
from assistant.customs.types import Language
from assistant.errors import InvalidInput

CUSTOMS_VALUE = "customs_value"  # an answer to try: the whole value of the line
# Chapter 98 provisions that stay subject to the additional duties, on the value added abroad.
PART_98 = ("98020040", "98020050", "98020060", "98020080")


def part_provision(text: str) -> str | None:
    """The eight digits of a provision of `PART_98`, None for any other."""
    digits = re.sub(r"[\s.-]", "", text)
    return digits[:8] if digits.startswith(PART_98) else None


class Unanswered(Exception):
    """A fact is needed. `answers` are what to try for the range."""

    def __init__(self, name: str, answers: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name, self.answers = name, answers


class Given:
    """Typed access to `facts` of a request. `assumed` collects the assumptions that were relied on."""

    def __init__(self, values: Mapping[str, Any], customs_value: Decimal, language: Language = "en") -> None:
        self._values, self._customs_value, self._language = values, customs_value, language
        self.assumed: dict[str, None] = {}

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def check(self) -> None:
        """InvalidInput for a fact in a form that no measure could read, whether or not one asks for it here."""
        for name in (n for n in self._values if n in self and n in facts()):
            self.text(name)
        self.day("loaded_before")

    def text(self, name: str) -> str:
        """The fact as a lower-case text: "true", "0.2", "us"."""
        fact = facts()[name]
        value = self._values.get(name)
        if value is None:
            if fact.assume is None:
                raise Unanswered(name, fact.answers)
            self.assumed[name] = None
            return fact.assume
        return _checked(name, fact, value, self._customs_value, self._language)

    def number(self, name: str) -> Decimal:
        """The fact as a number; "customs_value" stands for the whole value."""
        text = self.text(name)
        return self._customs_value if text == CUSTOMS_VALUE else Decimal(text)

    def holds(self, name: str, wanted: str) -> bool:
        """Whether the fact is as `wanted` says: "<0.15", ">=0.2", "true", "US", "!US"; "?" first: never assumed."""
        if wanted.startswith("?"):
            if name not in self:
                raise Unanswered(name, facts()[name].answers)
            wanted = wanted[1:]
        for sign, test in _TESTS.items():
            if wanted.startswith(sign):
                return test(self.number(name), Decimal(wanted.removeprefix(sign)))
        if wanted.startswith("!"):
            return self.text(name) != wanted[1:].lower()
        return self.text(name) == wanted.lower()

    def day(self, name: str) -> date | None:
        """A fact that is a date; None when it was not given (nothing is assumed to be in transit)."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError as error:
            raise _wrong(name, "fact_date", self._language, value=repr(value)) from error

    def claimed_heading(self) -> str | None:
        """The chapter 99 heading that the importer claims (`exclusion_heading`), with its dots."""
        value = self._values.get("exclusion_heading")
        return None if value is None else format_heading(str(value))


def format_heading(text: str) -> str:
    """ "99038869", "9903 88.69" -> "9903.88.69"; anything else as it is."""
    digits = re.sub(r"[\s.-]", "", text)
    return format_hts(digits) if re.fullmatch(r"99\d{6}", digits) else text.strip()


_TESTS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def _checked(name: str, fact: Fact, value: Any, customs_value: Decimal, language: Language) -> str:
    """`value` in the fact's form; InvalidInput says what is wrong and how to write it."""
    text = str(value).strip().lower()
    if fact.kind == "flag":
        if text in ("true", "yes", "1", "sí", "si", "verdadero"):
            return "true"
        if text in ("false", "no", "0", "falso"):
            return "false"
        raise _wrong(name, "fact_flag", language)
    if fact.kind in ("number", "money"):
        if text == CUSTOMS_VALUE:
            return text
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        most = Decimal(1) if fact.kind == "number" else customs_value
        if not number.is_finite() or not 0 <= number <= most:
            what = say("word.share" if fact.kind == "number" else "word.amount", language)
            raise _wrong(name, "fact_number", language, what=what)
        return format(number, "f")
    if fact.kind == "choice" and text not in fact.answers:
        raise _wrong(name, "fact_choice", language, what=", ".join(fact.answers))
    if fact.kind == "country" and not re.fullmatch(r"[a-z]{2}", text):
        raise _wrong(name, "fact_country", language)
    if fact.kind == "chapter_98":
        digits = re.sub(r"[\s.-]", "", text)
        if not re.fullmatch(r"98\d{2,8}|outside|none", digits):
            raise _wrong(name, "fact_chapter_98", language)
        if any(part.startswith(digits) and part != digits for part in PART_98):
            raise _wrong(name, "fact_chapter_98_short", language, given=text)  # 9802.00 holds provisions of both sorts
        if digits.startswith("98"):
            return "inside" if digits.startswith(PART_98) else "outside"
    return text


def _wrong(name: str, key: str, language: Language, **values: str) -> InvalidInput:
    return InvalidInput(
        say(f"error.{key}", language, name=name, **values),
        field=f"facts.{name}",
        hint=say(f"hint.{key}", language, **values),
    )

"""Words of printed rates in the language of an answer: "Free", parts of an article, how a quantity is measured."""

from __future__ import annotations

import re

from assistant.customs.law import say
from assistant.customs.types import Language


def printed_rate(text: str, language: Language) -> str:
    """A rate as printed, but "Free" in the language of the answer."""
    return re.sub(r"^Free\b", say("calc.free", language), text)


def part_text(name: str, language: Language) -> str:
    """The name of a part in the language, as printed where no translation is known ("strap, band or bracelet")."""
    return _known(f"part.{name}", name, language)


def basis_text(basis: str, language: Language) -> str:
    """How a quantity is measured ("on drained weight") in the language, as printed where no translation is known."""
    return _known(f"measured.{basis}", basis, language)


def _known(key: str, printed: str, language: Language) -> str:
    try:
        return say(key, language)
    except KeyError:
        return printed

"""The page's own words in English and Spanish, and how each language writes dates, numbers and countries."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

LANGUAGES = ("en", "es")
_LOCALES = {"en": "en_US", "es": "es_MX"}


@cache
def _all() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = {language: {} for language in LANGUAGES}
    for name in ("texts.yaml", "texts_production.yaml"):
        for language, words in yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8")).items():
            data[language] |= words
    return data


class Texts:
    """Words of one language. `t("page", page=3)`; a name that is not there raises KeyError."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._words = _all()[self.language]
        self._locale = Locale.parse(_LOCALES[self.language])

    def __call__(self, name: str, /, **values: Any) -> str:
        return str(self._words[name]).format(**values)

    def list(self, name: str) -> list[str]:
        return [str(item) for item in self._words[name]]

    def one_of(self, name: str, key: str) -> str:
        """The word for a code such as a certificate's state; the code itself when there is no word for it."""
        return str(self._words[name].get(key, key))

    def day(self, value: str | date | None) -> str:
        if not value:
            return "—"
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
        except ValueError:
            return str(value)
        return str(format_date(day, "d MMM y", locale=self._locale)).replace(".", "")

    def number(self, value: Any, places: int | None = None) -> str:
        """A number with separators; what is not one as it is."""
        try:
            pattern = None if places is None else "#,##0." + "0" * places
            return str(format_decimal(value, format=pattern, locale=self._locale))
        except (ValueError, ArithmeticError, TypeError):
            return str(value)

    def money(self, value: Any) -> str:
        """An amount in US dollars."""
        sign = "US$" if self.language == "es" else "$"  # a peso amount would read the same
        return "—" if value is None else f"{sign}{self.number(value, 2)}"

    def country(self, code: str | None) -> str:
        return self._locale.territories.get(str(code), str(code)) if code else ""

"""What a passage mentions: tariff numbers, countries, and which of its document's citations."""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from ingestion.readers.files import fold

_HTS: Final = re.compile(r"(?<![\d.])(\d{4}\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?)(?![\d]|\.\d)")
_MORE_NAMES: Final = {
    "US": ("USA", "U.S.", "EE. UU.", "EE.UU.", "United States of America", "Estados Unidos de América"),
    "MX": ("Mexico", "México", "Méjico", "Estados Unidos Mexicanos"),
    "CA": ("Canada", "Canadá"),
    "CN": ("Mainland China", "China continental"),
    "VN": ("Vietnam", "Viet Nam"),
    "KR": ("South Korea", "Korea", "Corea del Sur", "Corea"),
    "TW": ("Taiwan", "Taiwán"),
    "GB": ("United Kingdom", "UK", "Great Britain", "Reino Unido"),
    "RU": ("Russia", "Rusia"),
    "TR": ("Turkey", "Turquía", "Türkiye"),
    "CZ": ("Czech Republic", "República Checa"),
    "IR": ("Iran", "Irán"),
    "VE": ("Venezuela",),
    "BO": ("Bolivia",),
    "TZ": ("Tanzania",),
    "LA": ("Laos",),
    "SY": ("Syria", "Siria"),
    "MD": ("Moldova", "Moldavia"),
    "NL": ("Netherlands", "Holland", "Países Bajos", "Holanda"),
}


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, str]:
    """Folded English or Spanish name (or alpha-3 code) of a country → ISO 3166-1 alpha-2."""
    import pycountry

    spanish = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["es"], fallback=True)
    names: dict[str, str] = {}
    for country in pycountry.countries:
        given = [
            country.name,
            country.alpha_3,
            getattr(country, "common_name", ""),
            getattr(country, "official_name", ""),
        ]
        for name in [*given, *(spanish.gettext(n) for n in given if n)]:
            if name:
                names.setdefault(fold(name), country.alpha_2)
    for code, more in _MORE_NAMES.items():
        names.update({fold(name): code for name in more})
    return names


def country_code(text: str) -> str | None:
    """Alpha-2 code of a code or an exact English or Spanish name in any case; None when there is no such country."""
    import pycountry

    found = pycountry.countries.get(alpha_2=text.strip().upper()) if len(text.strip()) == 2 else None
    return str(found.alpha_2) if found else country_names().get(fold(text))


@lru_cache(maxsize=1)
def _countries() -> re.Pattern[str]:
    names = sorted((n for n in country_names() if len(n) > 3), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(re.escape(n) for n in names)})(?!\w)|\bu\.s\.|\bee\. ?uu\.")


def mentions(text: str) -> dict[str, list[str]]:
    """{"hts": digits only, "countries": alpha-2}, each once, in the order met; empty ones left out."""
    hts = list(dict.fromkeys(m.replace(".", "") for m in _HTS.findall(text)))
    names = country_names()
    found = list(dict.fromkeys(names[m] for m in _countries().findall(fold(text)) if m in names))
    return {key: value for key, value in (("hts", hts), ("countries", found)) if value}


def inline_citations(text: str, citations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those of a document's citations that the passage names: "19 CFR 182.12" in "[19 CFR 182.12(a)(4)]"."""
    flat = fold(text)
    return [
        dict(c) for c in citations if re.search(rf"(?<![\w.]){re.escape(fold(str(c['cite'])))}(?![\w]|[.\-]\d)", flat)
    ]


def mostly_numbers(text: str) -> bool:
    """Whether a passage is a list of tariff numbers with next to no words."""
    words = text.split()
    numbers = sum(1 for word in words if re.fullmatch(r"[\d.,;()/\-–]+", word))
    return len(words) > 8 and numbers > len(words) * 0.6

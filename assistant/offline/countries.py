"""Countries as people name them in English and Spanish: names, demonyms, ISO codes, small typing errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from assistant.offline.text import Span, data, fold

# What stands before the city that goods come from.
_FROM_PLACE = re.compile(
    r"\b(?:from|out of|(?:made|produced|manufactured|assembled|built|sewn|mou?lded|cast|forged|packed|grown|plant) in"
    r"|de|desde|(?:hech|[a-z]{2,}[aid]d|cosid|fundid)[oa]s? en|planta en)\s+(?:the |el |la )?$"
)
Role = Literal["from", "via", "to", "in", "plain", "not"]


@dataclass(frozen=True)
class CountryFound:
    """ISO 3166-1 alpha-2 code. `role` is what the words before it say ("via": goods are shipped from there, "not": it
    is excluded); `how` is "name", "code" or "typo"."""

    code: str
    span: Span
    text: str
    role: Role
    how: Literal["name", "code", "typo", "place"]


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Folded name -> code. Aliases win over babel, babel over pycountry."""
    import pycountry
    from babel import Locale

    names: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("name", "common_name", "official_name"):
            value = getattr(country, attribute, None)
            if value:
                names[fold(value.split(",")[0] if attribute == "name" else value)] = country.alpha_2
    known = {country.alpha_2 for country in pycountry.countries}
    for language in ("en", "es"):
        for code, value in Locale(language).territories.items():
            if code in known:
                names[fold(value)] = code
    for code, words in data("countries")["aliases"].items():
        for word in words.split():
            names[word.replace("-", " ")] = code
            names[word] = code
            for plural in (f"{word}s", f"{word}es"):
                names.setdefault(plural, code)
    return {name: code for name, code in names.items() if len(name) > 2 or name in data("countries")["short"].split()}


@lru_cache(maxsize=1)
def _proper() -> frozenset[str]:
    """Countries' own names in both languages, folded, without demonyms."""
    from babel import Locale

    return frozenset(fold(name) for language in ("en", "es") for name in Locale(language).territories.values())


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    ordered = sorted(_names(), key=len, reverse=True)
    return re.compile(r"(?<![\w.])(?:" + "|".join(re.escape(name) for name in ordered) + r")(?!\w)")


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    import pycountry

    return {c.alpha_2: c.alpha_2 for c in pycountry.countries} | {c.alpha_3: c.alpha_2 for c in pycountry.countries}


@lru_cache(maxsize=1)
def _roles() -> list[tuple[Role, re.Pattern[str]]]:
    table = data("countries")
    rows: list[tuple[Role, re.Pattern[str]]] = []
    articles = r"(?:the|los|las|la|el)?\s*$"
    patterned: tuple[Role, ...] = ("not", "via")
    listed: tuple[Role, ...] = ("from", "to")
    for role in patterned:
        rows.append((role, re.compile(rf"(?<!\w)(?:{table[role]})[\s-]+{articles}")))
    for role in listed:
        words = "|".join(w.replace("-", r"\s+").replace("*", r"\w*") for w in table[role].split())
        rows.append((role, re.compile(rf"(?<!\w)(?:{words})[\s:]+{articles}")))
    rows.append(("in", re.compile(r"(?<!\w)(?:in|en|within|dentro de)\s+(?:the|los|la|el)?\s*$")))
    return rows


def country_name(code: str, language: str) -> str:
    """Name of an ISO 3166-1 alpha-2 code in English or Spanish; the code itself when unknown."""
    from babel import Locale

    name = Locale(language).territories.get(code.upper())
    return str(name) if name else code


def find_countries(text: str, *, eager: bool = False) -> list[CountryFound]:
    """Countries of `text` in order, each place once, with the role that the words before them give.

    `eager`: where no country is named, a word that is nearly a trading country's name counts ("chna 12k usd")."""
    folded = fold(text)
    found: list[CountryFound] = []
    doubtful = set(data("countries")["not_countries"].split())
    for match in _pattern().finditer(folded):
        role = _role(folded, match.start(), match.end())
        if match[0] in doubtful and role != "from" and not _meant(text, match, eager):
            continue
        if match[0] == "america" and (
            re.search(r"(?:north|south|latin|central)\s+$", folded[: match.start()])
            or re.match(r"\s+(?:del? )?(?:norte|sur|central|latina)", folded[match.end() :])
        ):
            continue
        if match[0] in ("mexico",) and re.match(r"\s+city", folded[match.end() :]):
            continue
        if re.search(r"\b(?:new|nuevo|ciudad de|estado de|golfo de)\s+$", folded[: match.start()]):
            continue  # New Mexico, Ciudad de México, Estado de México: states and cities
        span = Span(*match.span())
        found.append(CountryFound(_names()[match[0]], span, text[span.start : span.end], role, "name"))
    found += _letters(text, folded, found)
    found += _typos(text, folded, found)
    if eager and not any(c.role != "to" and c.code != "US" for c in found):
        found += _near_names(text, folded, found)
    return _sides(sorted(found, key=lambda c: c.span.start), folded)


def _meant(text: str, match: re.Match[str], eager: bool) -> bool:
    """True for a name that is also an everyday word where it stands for the country: written with a capital beside a
    tariff number, or the whole message ("Turkey", in reply to where the goods come from)."""
    capital = text[match.start()].isupper() and not text.isupper()
    return (capital and eager) or len(re.findall(r"\w+", text)) <= 2


def _sides(found: list[CountryFound], folded: str) -> list[CountryFound]:
    """Both sides of a comparison are origins: in "Mexico $25,000 against China $20,000" Mexico too."""
    pair = r"\b(?:vs\.?|versus|against|contra|frente a)\s+$"
    against = [c for c in found if c.role == "from" and re.search(pair, folded[: c.span.start])]
    if not against:
        return found
    return [replace(c, role="from") if c.role == "plain" and c.span < against[0].span else c for c in found]


def find_places(text: str) -> list[CountryFound]:
    """Countries of the cities and states abroad that goods are said to come from: "out of Monterrey"."""
    from assistant.sourcing.places import Places

    folded, found = fold(text), list[CountryFound]()
    for hit in Places.load().find_all(text, typos=False):
        country = hit.place.country
        abroad = hit.place.kind in ("city", "region") and country != "US"
        if abroad and country and _FROM_PLACE.search(folded[: hit.span[0]]):
            found.append(CountryFound(country, Span(*hit.span), text[hit.span[0] : hit.span[1]], "from", "place"))
    return found


def _role(folded: str, start: int, end: int) -> Role:
    before = folded[:start]
    if re.search(r"\b(?:vs\.?|versus|against|compared (?:to|with)|contra|frente a|comparad[oa] con)\s+$", before):
        return "from"
    if re.match(r"\s*-?\s*(?:origin|origen|made)\b", folded[end:]):
        return "from"
    for role, pattern in _roles():
        if (match := pattern.search(before)) and not (
            role == "to" and match[0].strip() == "a" and folded[start:end] not in _proper()
        ):  # "a México" is a destination, "a mexican factory" is not
            return role
    # A list shares the role of its first member: "from Mexico or China", "de México y de China".
    listed = re.search(r"(?:,|\b(?:or|and|vs\.?|versus|against|y|o|e|u|contra)\b)\s*$", before)
    if listed:
        earlier = list(_pattern().finditer(before[: listed.start()]))
        if earlier and not before[earlier[-1].end() : listed.start()].strip(" ,"):
            shared = _role(folded, earlier[-1].start(), earlier[-1].end())
            more = re.match(r"\s*(?:,|\b(?:or|and|nor|y|o|e|u|ni)\b)", folded[end:])
            if shared == "not" and listed[0].startswith(",") and not more and len(earlier) == 1:
                return "plain"  # "not China, Thailand" corrects; "not China, Vietnam or India" lists
            return shared
    return "plain"


def _letters(text: str, folded: str, found: list[CountryFound]) -> list[CountryFound]:
    table = data("countries")
    always, lower = set(table["letters_always"].split()), set(table["letters_lower"].split())
    shouting = sum(c.islower() for c in text) < sum(c.isupper() for c in text) and len(text) > 40
    out: list[CountryFound] = []
    for match in re.finditer(r"(?<![\w.-])(?:[A-Z]{2,3}|mx|cn|vn)(?![\w.-]\w|\w)", text):
        word = match[0]
        code = _codes().get(word.upper())
        if code is None or any(Span(*match.span()).overlaps(f.span) for f in found):
            continue
        role = _role(folded, *match.span())
        if word not in always and word not in lower and word != "US" and (role not in ("from", "to") or shouting):
            continue
        if word == "US" and (shouting or re.match(r"\s?[$]", text[match.end() :])):
            continue
        out.append(CountryFound(code, Span(*match.span()), word, role, "code"))
    return out


def _typos(text: str, folded: str, found: list[CountryFound]) -> list[CountryFound]:
    """A word after an origin word that is nearly one country's name: "from Chinna", "desde Vietnan"."""
    from rapidfuzz import fuzz, process
    from rapidfuzz.distance import OSA

    single = [name for name in _names() if " " not in name and len(name) >= 5]
    out: list[CountryFound] = []
    for match in re.finditer(r"\b(from|desde|origin|origen|made in|hecho en|de)\s+([a-z]{5,14})\b", folded):
        span = Span(*match.span(2))
        if match[1] == "de" and not text[span.start].isupper():
            continue  # "de" stands before everything; a country's name begins with a capital
        if any(span.overlaps(f.span) for f in found) or match[2] in _names():
            continue
        best = process.extractOne(match[2], single, scorer=fuzz.ratio, score_cutoff=80)
        swapped = best is not None and len(match[2]) >= 6 and OSA.distance(match[2], best[0]) <= 1
        if best is not None and best[0][0] == match[2][0] and (best[1] >= 85 or swapped):
            out.append(CountryFound(_names()[best[0]], span, text[span.start : span.end], "from", "typo"))
    return out


def _near_names(text: str, folded: str, found: list[CountryFound]) -> list[CountryFound]:
    from rapidfuzz import fuzz, process

    names = {w: code for code, words in data("countries")["aliases"].items() for w in words.split() if len(w) >= 5}
    for match in re.finditer(r"(?<![\w.-])[a-z]{4,14}(?![\w-])", folded):
        span = Span(*match.span())
        if any(span.overlaps(f.span) for f in found):
            continue
        best = process.extractOne(match[0], list(names), scorer=fuzz.ratio, score_cutoff=88)
        if best is not None and best[0][0] == match[0][0] and names[best[0]] != "US":
            return [CountryFound(names[best[0]], span, text[span.start : span.end], "from", "typo")]
    return []

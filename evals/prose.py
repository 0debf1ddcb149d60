"""Reading answers without the assistant's own code: numbers, dates and language of prose, by independent means."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

_SPACES = "\u0020\u00a0\u202f"
_TOKEN = re.compile(rf"\d(?:[\d.,:/'{_SPACES}-]*\d)?")
_DIGITS = re.compile(r"\b\d+(?:(?:,| or| o| a| to| y| and|-)* ?\d+)*[ -](?:digits?|d[ií]gitos?)\b", re.IGNORECASE)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{3,}")
_URL = re.compile(r"https?://[^\s)>\]]+")
_CODE = re.compile(r"\b\d{4}\.\d{2}(?:\.\d{2,4}){0,2}\b")
_MONTHS = {
    name: month
    for month, names in enumerate(
        ("january enero", "february febrero", "march marzo", "april abril", "may mayo", "june junio", "july julio",
         "august agosto", "september septiembre setiembre", "october octubre", "november noviembre",
         "december diciembre"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(_MONTHS)
_LONG = re.compile(
    rf"\b(?:(?P<m1>{_MONTH})\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}})(?:º|°|o)?\s+(?:de\s+|of\s+)?(?P<m2>{_MONTH})(?:\s+(?:de[l]?\s+)?|,?\s+)(?P<y2>\d{{4}}))\b",
    re.IGNORECASE,
)
_WORDS = {
    "en": "the of and to is are for with on in it not this that by or from be your you was which at an no as if has",
    "es": "el la los las de del y que es son para con en no por un una se su al lo como más sin o esta este fue si",
}


def fold(text: str) -> str:
    """Lower case without accents, for comparing words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def readings(token: str) -> set[Decimal]:
    """What a written number may mean: 1,250.00 · 1.250,00 · 25.000 · 25 000 · 5.6. Empty when it is no number."""
    text = re.sub(r"[\s']", "", token)
    if not re.fullmatch(r"\d[\d.,]*", text):
        return set()
    found: set[Decimal] = set()
    for thousands, point in ((",", "."), (".", ",")):
        whole, _, fraction = text.partition(point)
        groups = whole.split(thousands)
        if point in fraction or thousands in fraction or not all(g.isdigit() for g in groups):
            continue
        if len(groups) > 1 and (len(groups[0]) > 3 or any(len(g) != 3 for g in groups[1:])):
            continue
        try:
            found.add(Decimal("".join(groups) + (f".{fraction}" if fraction else "")))
        except InvalidOperation:
            continue
    return found


def long_dates(text: str) -> str:
    """`text` with dates in words ("June 8, 2026", "8 de junio de 2026") written as ISO 8601."""

    def iso(match: re.Match[str]) -> str:
        month = _MONTHS[(match["m1"] or match["m2"]).lower()]
        return f"{int(match['y1'] or match['y2']):04d}-{month:02d}-{int(match['d1'] or match['d2']):02d}"

    return _LONG.sub(iso, text)


def tokens(text: str) -> list[tuple[str, bool]]:
    """Numbers as written in `text`, each with whether a percent sign follows. List marks and links are left out."""
    text = _URL.sub(" ", text)
    text = re.sub(r"(?m)^\s*(?:[-*>|]\s*)?\d{1,2}[.)]\s", " ", text)  # ordered lists
    text = re.sub(r"(?m)^\|\s*\d{1,2}\s*\|", "|", text)  # places in a table
    text = re.sub(r"\[\^?\d{1,3}\]", " ", text)  # citation marks
    text = _DIGITS.sub(" ", text)  # "8 or 10 digits" speaks of how numbers are written
    text = long_dates(text)
    found: list[tuple[str, bool]] = []
    for match in _TOKEN.finditer(text):
        token = re.sub(r"\s+$", "", match[0])
        percent = bool(re.match(r"\s?%", text[match.end() :]))
        found += [(part, percent) for part in _split(token)]
    return found


def _split(token: str) -> list[str]:
    """Dates and codes stay whole; "9-12" or "1, 2" are two numbers."""
    if _ISO.fullmatch(token) or _CODE.fullmatch(token):
        return [token]
    dates = _ISO.findall(token)
    if dates:
        whole = ["-".join(d) for d in dates]
        rest = _ISO.sub(" ", token)
        return whole + [p for p in re.split(r"[^\d.,]+", rest) if p.strip(".,")]
    parts: list[str] = []
    for piece in re.split(r"[:/-]|[,.]\s|\s", token):
        if piece.strip(".,"):
            parts.append(piece.strip(".,"))
    joined = re.sub(r"\s", "", token)
    if len(parts) > 1 and re.fullmatch(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?", token):
        return [joined]
    return parts


def leaves(value: Any) -> Iterator[Any]:
    """Every value, and the length of every list, inside a JSON document; keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list):
        yield len(value)
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield value


class Evidence:
    """Everything that tools answered and people said in a thread: what a figure may rest on."""

    def __init__(self) -> None:
        self.written: set[str] = set()
        self.exact: set[Decimal] = set()
        self.floats: set[Decimal] = set()

    def add(self, value: Any) -> None:
        for leaf in leaves(value):
            if isinstance(leaf, float | int):
                self.floats.add(Decimal(str(leaf)))
                self.exact.add(Decimal(str(leaf)))
                continue
            if _LONG_DECIMAL.fullmatch(str(leaf)):  # a computed figure, printed with fewer decimals
                self.floats.add(Decimal(str(leaf)))
            for token, _ in tokens(str(leaf)):
                self.written.add(token)
                if not _ISO.fullmatch(token):
                    self.exact |= readings(token)
            self.written |= set(_CODE.findall(str(leaf))) | {re.sub(r"\D", "", c) for c in _CODE.findall(str(leaf))}
            self.written |= {m for m in re.findall(r"\d+", str(leaf)) if len(m) >= 6}
            self.written |= {"-".join(d) for d in _ISO.findall(str(leaf))}

    def holds(self, token: str, percent: bool) -> bool:
        """True when the number as printed is in the evidence, as written or by value (a JSON number may be rounded)."""
        if token in self.written:
            return True
        if _CODE.fullmatch(token):
            digits = re.sub(r"\D", "", token)
            if any(re.sub(r"\D", "", w).startswith(digits) for w in self.written if len(w) >= len(digits)):
                return True
        if _ISO.fullmatch(token):
            return False
        for value in readings(token):
            if value in self.exact or (percent and value / 100 in self.exact):
                return True
            step = Decimal(1).scaleb(value.as_tuple().exponent if isinstance(value.as_tuple().exponent, int) else 0)  # type: ignore[arg-type]
            for number in self.floats:
                if abs(number - value) <= step / 2 or (percent and abs(number * 100 - value) <= step / 2):
                    return True
        return False


def ungrounded(text: str, evidence: Evidence) -> list[str]:
    """Numbers, codes and dates printed in `text` that the evidence does not hold."""
    return [token + ("%" if percent else "") for token, percent in tokens(text) if not evidence.holds(token, percent)]


def prints(text: str, figure: str) -> bool:
    """True when `text` prints the figure ("1250.00" matches 1,250 and 1.250,00; "5.6%" needs its percent sign)."""
    wanted, percent = Decimal(figure.rstrip("%")), figure.endswith("%")
    return any(wanted in readings(token) and (after or not percent) for token, after in tokens(text))


def language_of(text: str) -> str | None:
    """en or es by function words, None when neither leads clearly (a table, a name)."""
    text = re.sub(r"(?m)^\s*>.*$|`[^`]*`|“[^”]*”|\"[^\"]*\"|«[^»]*»", " ", _URL.sub(" ", text))
    words = re.findall(r"[a-záéíóúñü]+", text.casefold())
    counts = {name: sum(w in set(listed.split()) for w in words) for name, listed in _WORDS.items()}
    best, other = ("en", "es") if counts["en"] >= counts["es"] else ("es", "en")
    if counts[best] < 3 or counts[best] < 1.3 * counts[other]:
        return None
    return best


def canonical(value: Any) -> str:
    """JSON with sorted keys, for comparing arguments."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)

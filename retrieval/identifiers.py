"""The identifiers that a text names, in whatever punctuation: tariff numbers, citations, rulings, notes, certificates.

All functions take folded text (retrieval.analysis.fold). An identifier becomes one token, the same for what is stored
and what is asked: 8544.30.00.00, 8544-30-0000, 8544 30 0000 and 8544300000 are `8544300000`; "19 CFR 134.11" is
`19cfr134_11`, a bare "§ 134.11" `sec134_11`; "NY N301627" is `n301627`, "HQ 735009" `ruling735009`; "90 FR 9705" is
`90fr9705`. Numbers that count or measure are no identifiers: in full text they are kept apart by a mark (`quantities`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from retrieval.data_files import load

QUANTITY = "q"
"""Put after a number that counts something, so that no code is found in it: `8544q` pieces."""
_AMOUNT = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?")
_CURRENCY = r"(?:us|mx|ca)?[$€£¥]|\b(?:usd|mxn|cad|eur)\s?"
_PAID = re.compile(rf"(?:{_CURRENCY})\s?(\d+(?:\.\d+)?)")
_DATE = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)")
_HTS = re.compile(
    r"(?<![\w.\-/$€])(?!(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d))"  # neither money nor a date
    r"(\d{4})(?:([.\- ]?)(\d{2})(?:[.\- ]?(\d{2})(?:(?:[.\- ]|\s*(?:nico|-)\s*)?(\d{2}))?)?)?(?!\w|[.\-/]\d)"
)
_SAID = (
    r"(?:no\b\.?|num\b\.?|number|numero|nr\b\.?|code|codigo|item|line|n[.°º]|#|arancelaria|tarifaria|classification)"
)
_CODED = re.compile(
    r"\b(?:(?:sub)?headings?|tariff|hts(?:us)?|hs|(?:sub)?partidas?|fraccion(?:es)?|nico|tigie|arancel|schedule b)"
    rf"\W{{0,3}}(?:{_SAID}\W{{0,3}}){{0,3}}(?:(?:of|de|del|la|las|los|the)\s)?"
    r"(?:[\d.]+\s?(?:,|y|e|and|or|o|to|a|al|hasta|through|thru|-)\s?(?:or |and |y |o )?){0,12}$"
)
_DOTTED = re.compile(r"(?<![\w.\-/])(\d\d)\.(\d\d)(?![\w]|[.\-/]\d)")
_CITATION = re.compile(
    r"\b(\d{1,2})\s*(?:(c)\.?\s?f\.?\s?r(?![a-z])|(u)\.?\s?s\.?\s?c(?![a-z])(?:\.?\s?a\b)?)\.?,?\s*"
    r"(?:§+|sections?|secs?\.?|parts?|secciones|seccion|partes?|articulos?|art\.)?\s*(\d+[a-z]?(?:[-\u2013]\d+)?)(?:\.(\d+))?"
)
_NUMBER_FIRST = re.compile(
    r"(?:§+|\b(?:sections?|secs?\.?|parts?|secciones|seccion|partes?|articulos?|art\.))\s*"
    r"(\d+[a-z]?)(?:\.(\d+))?(?:\([a-z\d]+\))*"
    r"[\s,]*(?:(?:of|de|del|en|the|el|la)\s)*(?:title|titulo)?\s*(\d{1,2})[\s,]*(?:(?:of|de|del|the|el)\s)*"
    r"(?:(c)\.?\s?f\.?\s?r\b|(c)ode of federal|(c)odigo de reg\w*|u\.?\s?s\.?\s?c\b|u\w*\s?s\w*\scode|"
    r"codigo de (?:los )?e)"
)
_SECTION = re.compile(
    r"(?:§+\s*|\b(?:sections?|secs?\.|seccion|secciones)\s)(\d+(?:\.(\d+)|[a-z])|(?<=§ )\d{3,4}|(?<=§)\d{3,4})(?![\d.])"
)
_PART = re.compile(r"\b(?:parts?|partes?)\s(\d{3,4})(?![\w.,]*\d)\b")
_RULING = re.compile(r"\b(?:(?:ny|hq|nyrl|hrl)[ #.\-]{0,2})?([nhw])[ \-]?(\d{6})\b")
_OLD_RULING = re.compile(
    r"\b(?:ny|hq|nyrl|hrl|rulings?|ruling letter|resolucion(?:es)?|letter \(hrl\))[ #.,:\-]{0,2}"
    r"(?:(?:no\.?|number|numero) )?"
    r"([a-z])?[ \-]?(\d{5,6})\b"
)
_REGISTER = re.compile(r"\b(\d{2,3})\s*(?:f\.?\s?r\.?|fed\.?\s?reg\.?|federal register)\s*(\d{1,3},\d{3}|\d{3,6})q?\b")
_STANDARD = re.compile(
    r"\b(iso|iatf|iec|as|nom|nmx|astm|ansi|ul|sae|asme|aws|ipc|cbp|csa|fmvss|nadcap|eo)[ \-]{1,2}(\d{2,6})\b"
)
_NUMBERED = (
    ("eo", re.compile(r"\b(?:executive orders?|ordene?s? ejecutivas?|e\.\s?o\.)\s*(?:no\.?\s*)?(\d{5})\b")),
    (
        "proc",
        re.compile(r"\b(?:proclamation|proclamacion|proclama|presidential proclamation)\s*(?:no\.?\s*)?(\d{4,5})\b"),
    ),
    ("csms", re.compile(r"\bcsms\W{0,3}(?:(?:no|message)\W{0,2})?(\d{6,8})\b")),
    ("publ", re.compile(r"\b(?:pub\.?|public)\s?l(?:aw)?\.?\s*(?:no\.?\s*)?(\d{2,3}[-\u2013]\d{1,4})\b")),
)
_PAPER = re.compile(
    r"\b(?:certificates?|certificados?|certificacion|cert|orders?|orden|pedidos?|po|oc|p\.o\.|orden de compra|invoice|"
    r"factura|lote?|serial|serie|folio|registro|registration)\s*"
    rf"(?:{_SAID}\s*)?[:#]?\s*"
    r"((?:(?!(?:de|del|of|for|from|en|in|para|por|con|with|y|and|is|es)\b)[a-z]{1,6}[ \-/.#]{1,2}){0,3}"
    r"[a-z]{0,4}\d\w*(?:[\-/. ]\d\w*)*)"
)
_PHONE = re.compile(r"(?:tel|telefono|phone|fax|cel|celular|whatsapp|ext|llame al?|call)\W*$|\+\d{0,3}\W?$")
_ORDER = re.compile(r"\b(po|oc|so)[ \-#]{1,3}(\d{3,10})\b")
_WORD = re.compile(r"\w+(?:[.\-/'’·]\w+)*")
_RANGE = re.compile(
    r"(?<![\w.\-/$])(\d{2})\.?(\d{2})(?:\.(\d{2}))?\s*(?:through|thru|to|a|al|hasta|[-\u2013\u2014])\s*"
    r"(\d{2})\.?(\d{2})(?:\.(\d{2}))?(?![\w]|[.\-/]\d)"
)
_HEADINGS = re.compile(r"heading|subheading|tariff item|partida|fraccion|hts")
_YEAR = re.compile("19(?:0[6-9]|[1-9]\\d)|20[1-9]\\d")  # chapters 19 and 20 end at 1905 and 2009
_NEAR = 60
_BEFORE = 90
_WIDEST = 100
"""Codes of a range at most: a wider one says nothing about any of them."""


class Named(NamedTuple):
    """An identifier: where it begins and ends, its token, and tokens of what it is part of."""

    start: int
    end: int
    token: str
    whole: tuple[str, ...] = ()


def quantities(folded: str) -> str:
    """The text with amounts as one token: 1,250.50 as 1250_50, and a mark after a number that counts something."""
    text = _AMOUNT.sub(_amount, folded)
    text = _PAID.sub(lambda m: m.group().replace(m[1], _counted(m[1])), text)
    return _measured().sub(
        lambda m: m.group() if _coded(text, m.start()) else _counted(m[1]) + m.group()[len(m[1]) :], text
    )


def _amount(match: re.Match[str]) -> str:
    plain = match.group().replace(",", "")
    return plain.replace(".", "_") if "." in plain else _counted(plain)


def _counted(number: str) -> str:
    """Only a number that could be taken for a code needs the mark."""
    if "." in number:
        return number.replace(".", "_")
    return number + QUANTITY if len(number) in (4, 6, 8, 10) else number


@cache
def _units() -> str:
    listed = load("quantities.yaml")["units"].split()
    return "|".join(sorted((re.escape(unit).replace(r"\-", r"\s") for unit in listed), key=len, reverse=True))


@cache
def _measured() -> re.Pattern[str]:
    numbers = r"\d{4}|\d{6}|\d{8}|\d{10}|\d{4}\.\d\d"
    return re.compile(rf"(?<![\w.\-/])({numbers})(?=(?:\s|-)?(?:{_units()})(?:e?s)?(?![\w]))")


@cache
def _size() -> re.Pattern[str]:
    return re.compile(rf"[\d.]+{QUANTITY}?-?(?:{_units()})(?:e?s)?")


def named(text: str) -> list[Named]:
    """What a question names, in text order; `text` as `quantities` gives it. Quantities, years and percentages are
    no identifiers; four or six bare digits are a code only after a word like heading, or alone."""
    alone = text.strip(" ¿?.,:;#\"'()")
    found = [*_cited(text), *_registered(text)]
    taken = [(n.start, n.end) for n in found]
    for m in _HTS.finditer(text):
        if (
            not _inside(m.start(), taken)
            and not _PHONE.search(text[: m.start()])
            and _is_code(m, bool(_coded(text, m.start())) or m.group() == alone)
        ):
            found.append(Named(m.start(), m.end(), _digits(m.group())))
    found += [Named(m.start(), m.end(), m[1] + m[2]) for m in _DOTTED.finditer(text) if _coded(text, m.start())]
    taken = [(n.start, n.end) for n in found]
    for m in _PAPER.finditer(text):
        whole = re.sub(r"\W", "", m[1])
        if (
            not _inside(m.start(1), taken)
            and re.search("[a-z]", whole)
            and not whole.endswith(QUANTITY)
            and _telling(_digits(whole))
        ):
            found.append(Named(m.start(1), m.end(), whole))
    found += [Named(m.start(), m.end(), m[1] + m[2]) for m in _ORDER.finditer(text)]
    taken = [(n.start, n.end) for n in found]
    for m in _WORD.finditer(text):
        whole = re.sub(r"\W", "", m.group())
        mixed = len(whole) >= 5 and re.search(r"\d", whole) and re.search(r"[a-z]", whole)
        if mixed and not _DATE.match(m.group()) and not _inside(m.start(), taken) and not _is_size(m.group()):
            found.append(Named(m.start(), m.end(), whole))
    return sorted(found)


def tokens(text: str) -> list[str]:
    """Index tokens of what a stored text names, with the parts of codes and citations; a bare number of six digits
    counts as a code here."""
    made: list[str] = []
    for n in [*_cited(text), *_registered(text)]:
        made += [n.token, *n.whole]
    for m in _HTS.finditer(text):
        digits = _digits(m.group())
        if _is_code(m, len(digits) == 6):
            made += [digits[:n] for n in (4, 6, 8, 10) if n <= len(digits)]
    made += [m[1] + m[2] for m in _DOTTED.finditer(text) if _coded(text, m.start())]
    made += [m[1] + m[2] for m in _ORDER.finditer(text)]
    return made + _between(text)


def is_code(text: str) -> bool:
    """Whether the whole text is a tariff number."""
    return bool((m := _HTS.fullmatch(text)) and m[3])


def _cited(text: str) -> Iterator[Named]:
    """Citations of the Code of Federal Regulations and the United States Code."""
    taken: list[tuple[int, int]] = []
    for pattern in (_CITATION, _NUMBER_FIRST):
        for m in pattern.finditer(text):
            if _inside(m.start(), taken):
                continue
            if pattern is _CITATION:
                title, number, tail, federal = m[1], m[4], m[5], bool(m[2])
            else:
                title, number, tail, federal = m[3], m[1], m[2], bool(m[4] or m[5] or m[6])
            yield _citation(m, title, "cfr" if federal else "usc", re.sub(r"\W", "_", number), tail)
            taken.append((m.start(), m.end()))
    for m in _SECTION.finditer(text):
        if not _inside(m.start(), taken):
            bare = m[1].replace(".", "_")
            yield Named(m.start(), m.end(), f"sec{bare}", (f"part{bare.split('_')[0]}",) if m[2] else ())
    for m in _PART.finditer(text):
        if not _inside(m.start(), taken):
            yield Named(m.start(), m.end(), f"part{m[1]}")


def _citation(match: re.Match[str], title: str, code: str, number: str, tail: str | None) -> Named:
    whole = f"{title}{code}{number}"
    bare = (f"part{number}", f"sec{number}_{tail}") if tail else (f"part{number}" if code == "cfr" else f"sec{number}",)
    return Named(match.start(), match.end(), f"{whole}_{tail}" if tail else whole, (whole, *bare) if tail else bare)


def _registered(text: str) -> Iterator[Named]:
    """Rulings, standards, and what the government numbers."""
    for m in _REGISTER.finditer(text):
        yield Named(m.start(), m.end(), f"{m[1]}fr{m[2].replace(',', '')}")
    for m in _STANDARD.finditer(text):
        yield Named(m.start(), m.end(), m[1] + m[2])
    for m in _RULING.finditer(text):
        yield Named(m.start(), m.end(), m[1] + m[2])
    for m in _OLD_RULING.finditer(text):
        if m[1] not in ("n", "h", "w") or len(m[2]) == 5:
            yield Named(m.start(), m.end(), (m[1] or "ruling") + m[2])
    for name, pattern in _NUMBERED:
        for m in pattern.finditer(text):
            yield Named(m.start(), m.end(), name + re.sub(r"\W", "_", m[1]))


def _coded(text: str, at: int) -> bool:
    """Whether the words before say that a tariff number follows."""
    return bool(_CODED.search(text[max(0, at - _BEFORE) : at]))


def _is_code(match: re.Match[str], said: bool) -> bool:
    """Six bare digits may be a quantity, eight a date or an amount, four a year: only ten, dots, or words that say so
    (`said`), make a code of them. A chapter is 01 to 99."""
    text, digits = match.group(), _digits(match.group())
    if text.startswith("00"):
        return False
    if len(digits) == 4:
        return said and not _YEAR.fullmatch(digits)
    if len(digits) == 8 and text == digits and _YEAR.fullmatch(digits[:4]):
        return False  # 20260701
    return said or "." in text or len(digits) in (8, 10)


def _is_size(word: str) -> bool:
    """1500-piece, 1000kg, 8544q."""
    return bool(_size().fullmatch(word) or re.fullmatch(rf"\d+{QUANTITY}", word))


def _telling(digits: str) -> bool:
    return len(digits) >= 3 and not _YEAR.fullmatch(digits)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _between(text: str) -> list[str]:
    """The headings, or the subheadings of one heading, that ranges in a text cover."""
    covered: list[str] = []
    for m in _RANGE.finditer(text):
        low, high = ("".join(part or "" for part in m.groups()[at : at + 3]) for at in (0, 3))
        subheadings = len(low) == len(high) == 6 and low[:4] == high[:4]
        headings = len(low) == len(high) == 4 and _HEADINGS.search(text, max(0, m.start() - _NEAR), m.start())
        if (subheadings or (headings and not _YEAR.fullmatch(low))) and int(low) < int(high) <= int(low) + _WIDEST:
            covered += [f"{code:0{len(low)}}" for code in range(int(low), int(high) + 1)]
    return covered


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)

"""Addresses of paragraphs of law as a question says them: "note 16(c) to subchapter III of chapter 99", "nota 5 del
capítulo 85", "99/III/note 16(c)", "General Note 11(c)", "GRI 3(b)", "19 U.S.C. § 1592(c)(2)" → as refs keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from retrieval.models import PassageRef, table_of

_SUBS = r"((?:[\s.]?\(?\b?[a-z\d]{1,5}\))*)"
_KIND = (
    r"(?:(?P<kind>additional|adicional(?:es)?|statistical|estadisticas?|subheading|de (?:la )?subpartida)\s*)?"
    r"(?:u\.?\s?s\.?\s*|legal(?:es)?\s*)?"
)
_KIND_AFTER = (
    r"(?:\s(?P<kind2>adicional|estadistica|de (?:la )?subpartida|legal)\b"
    r"(?:\s(?:de (?:los )?ee\.?\s?uu\.?|u\.?s\.?))?)?"
)
_NOTE = rf"{_KIND}\bnot(?:e|a)s?{_KIND_AFTER}\s*(?:no\.?\s*)?(?P<number>\d+[a-z]?)(?P<subs>(?:\s?\([a-z\d]{{1,5}}\))*)"
_TO = r"[\s,]*(?:(?:to|of|in|de|del|de la|al|a la|en|the|el|la)\s)*"
_ROMAN = r"(?P<sub>[ivx]+)\b"
_CHAPTER = r"(?:ch(?:apter|\.)|cap(?:itulo|\.))\s*(?P<chapter>\d{1,2})\b"
_SECTION = r"sec(?:tion|cion)\s*(?P<section>[ivx]+)\b"
_SUBCHAPTER = rf"sub(?:chapter|cap(?:itulo)?)\s*{_ROMAN}"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"(?:\b(?P<chapter>\d{{1,2}})(?:\s*/\s*{_ROMAN})?|{_SECTION})\s*/\s*{_NOTE}",
        rf"{_NOTE}{_TO}{_SUBCHAPTER}{_TO}{_CHAPTER}",
        rf"{_NOTE}{_TO}{_CHAPTER}(?:{_TO}{_SUBCHAPTER})?",
        rf"{_NOTE}{_TO}{_SECTION}",
        rf"{_CHAPTER}(?:{_TO}{_SUBCHAPTER})?{_TO}{_NOTE}",
        rf"{_SUBCHAPTER}{_TO}{_CHAPTER}{_TO}{_NOTE}",
        rf"{_SECTION}{_TO}{_NOTE}",
    )
)
_GENERAL = re.compile(
    r"\b(?:gn|general notes?|notas? general(?:es)?)\s*(?:no\.?\s*)?(\d{1,2})((?:\s?\([a-z\d]{1,5}\))*)"
)
_RULE = re.compile(
    r"\b(?:gri|rgi|general rules?(?: of interpretation)?|reglas? general(?:es)?(?: (?:de|para la) interpretacion)?)\s*"
    r"(?:no\.?\s*)?([1-6])\s?((?:\s?\(?[a-c]\))*)"
)
_CODE = re.compile(
    r"\b(\d{1,2})\s*u\.?\s?s\.?\s?c\.?(?:\s?a\.)?\s*(?:§+|sections?|secs?\.?|seccion(?:es)?)?\s*(\d+[a-z]?(?:[-\u2013]\d+)?)((?:\s?\([a-z\d]{1,5}\))+)"
)
_KINDS = {"ad": "additionalus", "st": "statistical", "es": "statistical", "su": "subheading", "de": "subheading"}


def addresses(folded: str) -> list[str]:
    """The addresses that a folded text names, in the form of retrieval.refs.normal."""
    return list(dict.fromkeys(_addresses(folded)))


def _addresses(text: str) -> Iterator[str]:
    for shape in _SHAPES:
        for m in shape.finditer(text):
            found = m.groupdict()
            kind = _KINDS.get((found.get("kind") or found.get("kind2") or "")[:2], "")
            chapter, section, sub = (found.get(name) for name in ("chapter", "section", "sub"))
            place = f"section{section}" if section else f"{int(chapter or 0)}" + (f"/{sub}" if sub else "")
            yield f"{place}/{kind}note{m['number']}{_subs(m['subs'])}"
    for m in _GENERAL.finditer(text):
        yield f"gn{m[1]}{_subs(m[2])}"
    for m in _RULE.finditer(text):
        yield f"gri{m[1]}" + "".join(f"({c})" for c in re.findall("[a-c]", m[2]))
    for m in _CODE.finditer(text):
        yield f"{m[1]}usc{m[2]}{_subs(m[3])}"


def _subs(text: str | None) -> str:
    return re.sub(r"\s", "", text or "")


def rowids_at(connection: Connection, asked: Sequence[str]) -> set[int]:
    """Passages at these addresses; where none stands at one, those at the nearest address above it, or
    else below it."""
    table = table_of(PassageRef)
    found: set[int] = set()
    for address in asked:
        while address:
            statement = select(table.c.passage).where(table.c.kind == "address", table.c.value == address)
            rows = connection.execute(statement).scalars().all()
            found.update(rows)
            if rows or not address.endswith(")"):
                break
            address = address[: address.rindex("(")]
        if not found:
            below = (table.c.value > f"{address}(") & (table.c.value < f"{address})")
            found.update(connection.execute(select(table.c.passage).where(table.c.kind == "address", below)).scalars())
    return found

"""`search_rules` to prose: the sections that answer, quoted with their own legal citations, and the mark.

Extractive on purpose: the words are the document's. Text of a document is data; nothing in it is obeyed, links and
images in it are shown as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from assistant.offline.dates import find_dates
from assistant.offline.prose import Result, Writer, long_date
from assistant.offline.prose_pick import Wanted, about, chosen, covered, wanted
from assistant.offline.prose_text import Block, blocks, excerpt, quoted
from assistant.offline.text import fold

_LIST_ASKED = re.compile(
    r"\b(?:contain|include|which|what (?:are|must|documents|records|data|elements)|list|elements|requirements|steps"
    r"|how (?:do|to|can|should)|contener|incluir|cuales|que (?:debe|documentos|datos|registros|elementos)"
    r"|lista|elementos|requisitos|pasos|como)\b"
)
_NOT_LAW = ("proposed", "revoked", "modified")  # what a document may be beside law in force
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_START = re.compile(r"(?:\bfrom|\bsince|\beffective|\bas of|\bbeginning|\bdesde|\ba partir de|\bdel)\s+(?:el\s+)?$")


def write_rules(writer: Writer, result: Result, question: str, subjects: Sequence[str] = ()) -> None:
    """The best section, or the best for each thing asked, cited; or that nothing was found and where to look.

    `subjects` are the legal subjects that the question names ("isf", "assist"): a passage whose title or heading names
    one is about it, even where the search as a whole was weak."""
    response = result.response or {}
    passages: list[dict[str, Any]] = response.get("passages") or []
    named = about(passages, subjects)
    if response.get("weak"):
        kept = [p if i in named else {**p, "score": -1.0} for i, p in enumerate(passages)] if named else []
    else:
        kept = passages
    wants = wanted(question, writer.language)
    places = [place for place in chosen(kept, wants, named) if not response.get("weak") or place in named]
    if not places:
        writer.add("not_found")
        writer.add("where_to_look")
        writer.worse("refused")
        return
    if len(wants) == 1 and wants[0].quantity:  # an entry of a dated series answers how much and when
        day = date.fromisoformat(str(response["as_of"]))
        places.sort(key=lambda place: not in_force(blocks(str(passages[place]["text"])), day, fold(question))[0])
    for number, place in enumerate(places):
        want = wants[min(number, len(wants) - 1)]
        _section(writer, result, passages, place, want, question)
    key = "rules_date_sample" if any(passages[place].get("sample") for place in places) else "rules_date"
    writer.add(key, date=long_date(response["as_of"], writer.language))


def _section(
    writer: Writer, result: Result, passages: Sequence[Mapping[str, Any]], place: int, want: Wanted, question: str
) -> None:
    """One section: which it is, the entry of a timeline that holds on the day, and its text."""
    passage = passages[place]
    group = [place, *(i for i, p in enumerate(passages) if i != place and _key(p) == _key(passage))]
    rows = _together([blocks(str(passages[i]["text"])) for i in group])
    cite = " ".join(writer.cite(result.index, f"/passages/{i}") for i in group)
    writer.add("rules_lead", title=_title(passage), cite=cite)
    if str(passage.get("legal_status") or "") in _NOT_LAW:
        writer.add(f"rules_{passage['legal_status']}")
    asked = fold(question)
    if want.quantity:
        day = date.fromisoformat(str((result.response or {})["as_of"]))
        key, row = in_force(rows, day, asked)
        if key == "rules_named":
            writer.add(key, text=row)
        elif key:
            writer.add(key, date=long_date(day, writer.language), text=row)
    terms, language = (*want.own, *want.shared), passage.get("language")

    def worth(text: str) -> float:
        number = want.quantity and re.search(r"\d", re.sub(r"\[[^\]]*\]", " ", text))
        return covered(text, want.own, language) + 0.25 * covered(text, terms, language) + (1.5 if number else 0)

    writer.text(quoted(excerpt(rows, worth, wants_list=bool(_LIST_ASKED.search(asked)))))


def in_force(rows: Sequence[Block], day: date, question: str) -> tuple[str, str]:
    """Of a dated series ("Fiscal year 2026, from 2025-10-01: …") the item that the question names by its year, or else
    the one that holds on `day`: phrase key and text; two empty texts when the list is no series."""
    series: dict[str, list[tuple[date, str]]] = {}
    for row in rows:
        text = re.sub(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+", "", row.text)
        starts = [f.day for f in find_dates(text, day) if _START.search(fold(text[: f.span.start]))]
        name = re.split(r"\d", fold(text))[0].strip()
        if row.kind == "item" and starts and name:
            series.setdefault(name, []).append((starts[0], text))
    entries = next((found for found in series.values() if len(found) > 1), [])
    years = set(_YEAR.findall(question))
    named = [text for _, text in entries if years & set(_YEAR.findall(re.split(r"[,:]", text)[0]))]
    if years and entries:
        return ("rules_named", named[0]) if len(named) == 1 else ("", "")
    begun = [entry for entry in entries if entry[0] <= day]
    return ("rules_in_force", max(begun)[1]) if begun else ("", "")


def _key(passage: Mapping[str, Any]) -> tuple[str, str]:
    return passage["document_id"], str(passage.get("paragraph") or passage["id"])


def _title(passage: Mapping[str, Any]) -> str:
    """Document title and, when the passage has one, its section."""
    section = str(passage.get("paragraph") or "").strip()
    title = str(passage["title"])
    return f"{title} — {section}" if section and not section.isdigit() and section not in title else title


def _together(texts: Sequence[Sequence[Block]]) -> list[Block]:
    """A section that was stored in several passages, whole again: each block once, numbered items by their number."""
    rows = list(dict.fromkeys(row for text in texts for row in text))
    items = [row for row in rows if row.kind == "item"]
    if len(texts) < 2 or not items:
        return rows
    if all(re.match(r"\s*\d", row.text) for row in items):
        items.sort(key=lambda row: int(re.findall(r"\d+", row.text)[0]))
    first = next(i for i, row in enumerate(rows) if row.kind == "item")
    rest = [row for row in rows[first:] if row.kind != "item"]
    return [*rows[:first], *items, *(row for row in rest if row not in rows[:first])]

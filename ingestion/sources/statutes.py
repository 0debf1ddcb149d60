"""Sections of the United States Code as addressed paragraphs: `19 USC 1304(a)(3)(K)`.

Read from Markdown with the Code's own headings ("# Title 19", "#### § 1304. …", "##### (a) …"), as public transcripts
of https://uscode.house.gov have them; a section may be cut over several files. Where a file begins in the middle of a
subsection, the level that it doesn't show stands as (…) in the address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from ingestion.chunk import LIMIT, chunk_paragraphs, lead_in
from ingestion.mentions import mentions
from ingestion.readers.files import clean
from ingestion.report import Given, Outcome, Parsed
from ingestion.sources.outline import Line, outline, paragraphs_of, pieces
from retrieval.records import NewDocument, NewPassage

RUN: Final = 700
_TITLE: Final = re.compile(r"^\W*Title (\d{1,2})\s*[—–-]+\s*(.+)$", re.M)
_SECTION: Final = re.compile(r"^#*\s*§+\s*(\d+[a-z]?(?:[-–]\d+)?[a-z]?)\.\s*(.*)$", re.M)
_LEVELS: Final = ("alpha", "(number)", "ALPHA", "roman", "ROMAN", "items")
_STYLES: Final = (r"\([a-z]{1,2}\)", r"\(\d+\)", r"\([A-Z]{1,2}\)", r"\([ivxl]+\)", r"\([IVXL]+\)", r"\([a-z]{2}\)")


def looks_like_statute(text: str) -> bool:
    """Whether a text is a section of the United States Code."""
    head = text[:3000]
    return bool(_TITLE.search(head) and _SECTION.search(head))


def read_statute(given: Given, text: str) -> Outcome:
    """One section (or the part of it that the file holds) as a document of kind `guide`, legal status `law`."""
    text = clean(text)
    title, section = _TITLE.search(text), _SECTION.search(text)
    assert title is not None and section is not None, "looks_like_statute was asked first"
    code, number, name = title[1], section[1], section[2].strip()
    body = text[section.end() :]
    lines = [Line(re.sub(r"^#+\s*", "", line)) for line in body.split("\n")]
    root = outline(lines, ranks=_LEVELS)
    cite = f"{code} USC {number}"

    def address(path: Sequence[str]) -> str:
        return cite + _honest(path)

    passages: list[NewPassage] = []
    if root.text.strip():
        passages += _passages(cite, root.text, [cite], "", name)
    for piece in pieces(root, LIMIT, RUN, address):
        passages += _passages(piece.address, paragraphs_of(piece.lines), piece.addresses, piece.above, name)
    first = passages[0].paragraph if passages else cite
    meta: dict[str, Any] = {"jurisdiction": ["US"], "cite": cite, "section": number, "title": code, "begins": first}
    document = NewDocument(
        kind="guide",
        key=given.key,
        title=f"{code} U.S.C. § {number}. {name}"[:300],
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type="text/markdown" if given.content.format == "markdown" else "text/plain",
        language="en",
        legal_status="law",
        url=f"https://uscode.house.gov/view.xhtml?req=granuleid:USC-prelim-title{code}-section{number}",
        effective_from=given.effective_from,
        meta=meta,
    )
    return Outcome("guide", [Parsed(document, passages)])


def _passages(where: str, text: str, addresses: list[str], above: str, name: str) -> list[NewPassage]:
    lead = lead_in(above.replace("\n", " "))
    made = []
    for chunk in chunk_paragraphs([(where, p) for p in text.split("\n") if p.strip()]):
        body = f"{lead}\n{chunk.text}" if lead and len(chunk.text) + len(lead) < LIMIT else chunk.text
        meta = {"addresses": addresses, **mentions(chunk.text)}
        made.append(NewPassage(body, None, chunk.paragraph, "en", True, meta))
    return made


def _honest(path: Sequence[str]) -> str:
    """`(b)`, `(E)` → `(b)(…)(E)`: a level between the two is not in this file."""
    out, before = "", -1
    for mark in path:
        levels = [n for n, style in enumerate(_STYLES) if re.fullmatch(style, mark)]
        level = next((n for n in levels if n > before), before + 1)
        if level > before + 1:
            out += "(…)"
        out, before = out + mark, level
    return out

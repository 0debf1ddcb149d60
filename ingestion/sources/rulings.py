"""CBP rulings (https://rulings.cbp.gov) as documents: text, HTML or PDF, one document a ruling whatever its format.

`document.meta` of a ruling: `ruling` (number), `name` (NY N270709), `issued`, `category`, `subject`, `file_code`, `hts`
(digits, as its TARIFF NO. line gives them), `chapter_99`, `holdings` ({goods, hts, provides_for, rate}), `countries` of
its subject, `cites`, `revokes`, `modifies`, and what others did to it: `revoked_by` and `modified_by` ({ruling, on,
document_id}). `legal_status` is `ruling`, or `modified` or `revoked` once such a mark is known: from CBP's own mark in
the HTML file, or from the ruling that says so, whichever of the two is loaded first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from typing import Any, Final

from sqlalchemy import Connection, select, update

from assistant.errors import InvalidInput
from ingestion.chunk import chunk_paragraphs
from ingestion.mentions import mentions
from ingestion.report import Given, Outcome, Parsed
from ingestion.sources.ruling_letters import Letter, read_letter, ruling_numbers
from retrieval.catalog import Catalog
from retrieval.models import Document, table_of
from retrieval.records import NewDocument, NewPassage

KIND: Final = "ruling"
_DOCUMENTS: Final = table_of(Document)
Effects = dict[str, list[tuple[str, dict[str, Any]]]]
_MARKS: Final = {"revokes": "revoked_by", "modifies": "modified_by"}
_PROPERTIES: Final = re.compile(
    r"<o:(relatedRulings|Modified_x0020_by|Modifies|Revoked_x0020_by|Revokes)\b[^>]*>([^<]*)<"
)
_NAMES: Final = {
    "relatedRulings": "cites",
    "Modified_x0020_by": "modified_by",
    "Modifies": "modifies",
    "Revoked_x0020_by": "revoked_by",
    "Revokes": "revokes",
}


def read_ruling(given: Given, text: str, media_type: str, pages: int | None = None) -> Outcome:
    """One ruling from its plain text; an HTML file's own marks are read beside it. Raises InvalidInput without text."""
    letter = read_letter(text, given.content.stem)
    if not letter.body:
        raise InvalidInput("there is no text in the ruling", hint="check that it was saved completely")
    marks = html_marks(given.content.text) if given.content.format == "html" else {}
    meta: dict[str, Any] = {
        "ruling": letter.number,
        "name": letter.name,
        "issued": letter.issued.isoformat() if letter.issued else None,
        "category": list(letter.category),
        "subject": letter.subject,
        "file_code": letter.file_code,
        "hts": list(letter.hts),
        "chapter_99": list(letter.chapter_99),
        "holdings": [
            {"goods": h.goods, "hts": h.hts, "provides_for": h.provides_for, "rate": h.rate} for h in letter.holdings
        ],
        "countries": mentions(letter.subject).get("countries", []),
        "cites": _merged(letter.cites, marks.get("cites", [])),
        "revokes": _merged(letter.revokes, marks.get("revokes", [])),
        "modifies": _merged(letter.modifies, marks.get("modifies", [])),
    }
    own = {
        name: [{"ruling": n, "on": None, "document_id": None} for n in _merged(said, marks.get(name, []))]
        for name, said in (("revoked_by", letter.revoked_by), ("modified_by", letter.modified_by))
    }
    if own["revoked_by"] or own["modified_by"]:
        meta["own_marks"] = own  # what this very file says; what other rulings say is added by `marked`
    document = NewDocument(
        kind=KIND,
        key=letter.number,
        title=(f"CBP ruling {letter.number}" + (f": {letter.subject}" if letter.subject else ""))[:300],
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type=media_type,
        language="en",
        legal_status=KIND,
        url=f"https://rulings.cbp.gov/ruling/{letter.number}",
        effective_from=given.effective_from or letter.issued,
        pages=pages,
        meta={k: v for k, v in meta.items() if v not in (None, [], "")} | {"hts": meta["hts"]},
    )
    return Outcome(KIND, [Parsed(document, list(_passages(letter)))])


def html_marks(html: str) -> dict[str, list[str]]:
    """CBP's own marks in the properties of a ruling's HTML file: numbers by `cites`, `revoked_by`, `modifies` …"""
    found: dict[str, list[str]] = {}
    for name, value in _PROPERTIES.findall(html):
        numbers = re.findall(r"[A-Z]?\d{6}", unescape(value))
        if numbers:
            found[_NAMES[name]] = list(dict.fromkeys(numbers))
    return found


def _passages(letter: Letter) -> Iterator[NewPassage]:
    """The head as one passage, the body by paragraph, address and closing formulas as text that is not embedded."""
    about = {"ruling": letter.number}

    def passage(text: str, paragraph: str | None, embed: bool = True) -> NewPassage:
        named = [n for n in ruling_numbers(text) if n != letter.number]
        meta = {**about, **mentions(text), **({"rulings": named} if named else {})}
        return NewPassage(text, None, paragraph, "en", embed, meta)

    if letter.head:
        yield passage("\n".join(letter.head), "Subject and tariff number")
    if letter.address:
        yield passage("\n".join(letter.address), "Addressee", embed=False)
    for chunk in chunk_paragraphs(letter.body):
        yield passage(chunk.text, chunk.paragraph)
    if letter.closing:
        yield passage("\n\n".join(letter.closing), "Closing", embed=False)


def _merged(first: Any, second: Any) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def known_effects(catalog: Catalog, tenant: str) -> Effects:
    """What the rulings in the catalog that a tenant sees do to others, for `marked`."""
    with catalog.connect() as connection:
        return _said(connection, tenant)


def marked(document: NewDocument, said: Effects) -> NewDocument:
    """`document` with the marks that rulings already in the catalog put on it."""
    meta, status = _with_marks(document.meta, said.get(document.meta["ruling"], []), document.meta["ruling"])
    return replace(document, meta=meta, legal_status=status)


def link_rulings(catalog: Catalog) -> int:
    """Bring the marks of every ruling in step with what the others say, in one transaction; how many changed."""
    with catalog.writing() as connection:
        return _link(connection)


def _link(connection: Connection) -> int:
    changed = 0
    rows = connection.execute(select(_DOCUMENTS).where(_DOCUMENTS.c.kind == KIND)).all()
    said = {tenant: _said(connection, tenant) for tenant in {row.tenant for row in rows}}
    for row in rows:
        number = str(row.meta.get("ruling") or "")
        meta, status = _with_marks(row.meta, said[row.tenant].get(number, []), number)
        if (meta, status) != (row.meta, row.legal_status):
            connection.execute(
                update(_DOCUMENTS).where(_DOCUMENTS.c.id == row.id).values(meta=meta, legal_status=status)
            )
            changed += 1
    return changed


def _said(connection: Connection, tenant: str) -> Effects:
    """By ruling: (mark, who says so) of all rulings that a tenant sees and that revoke or modify others."""
    columns = (_DOCUMENTS.c.id, _DOCUMENTS.c.meta, _DOCUMENTS.c.effective_from)
    seen = select(*columns).where(_DOCUMENTS.c.kind == KIND, _DOCUMENTS.c.tenant.in_((tenant, "public")))
    found: Effects = {}
    for row in connection.execute(seen.order_by(_DOCUMENTS.c.id)):
        for does, mark in _MARKS.items():
            for number in row.meta.get(does) or ():
                by = {
                    "ruling": row.meta.get("ruling"),
                    "on": row.effective_from.isoformat() if row.effective_from else None,
                    "document_id": row.id,
                }
                found.setdefault(number, []).append((mark, by))
    return found


def _with_marks(
    meta: Mapping[str, Any], said: list[tuple[str, dict[str, Any]]], number: str
) -> tuple[dict[str, Any], str]:
    marked: dict[str, Any] = {k: v for k, v in meta.items() if k not in _MARKS.values()}
    own: Mapping[str, list[dict[str, Any]]] = meta.get("own_marks") or {}
    for name in _MARKS.values():
        others = [by for mark, by in said if mark == name and by["ruling"] != number]
        known = {by["ruling"] for by in others}
        if marks := [*others, *(by for by in own.get(name, []) if by["ruling"] not in known)]:
            marked[name] = json.loads(json.dumps(marks))
    status = "revoked" if marked.get("revoked_by") else "modified" if marked.get("modified_by") else KIND
    return marked, status

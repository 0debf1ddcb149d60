"""Guides, statutes and other running text: Markdown, PDF, HTML, DOCX and plain text to citable passages.

Front matter is optional. With it: id, title, language, legal_status, jurisdiction, topics, effective_from/to,
last_checked, url, citations [{cite, title, url}]. Without it: title from the first heading or the file's name, language
from the words, and no date of effect, which means that it is searched for every day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.chunk import Chunk, chunk_markdown, chunk_pages, chunk_text, headings
from ingestion.language import detect_language
from ingestion.mentions import inline_citations, mentions, mostly_numbers
from ingestion.readers.files import clean
from ingestion.readers.isolation import isolated
from ingestion.readers.pdf import Page, Pdf, plain_pages, read_pdf
from ingestion.readers.text import front_matter
from ingestion.report import Given, Outcome, Parsed
from ingestion.sources.official import LEGAL_STATUS
from retrieval.records import NewDocument, NewPassage

MEDIA: Final = {
    "pdf": "application/pdf",
    "markdown": "text/markdown",
    "html": "text/html",
    "text": "text/plain",
    "xml": "application/xml",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_NO_TITLE: Final = re.compile(r"untitled|unknown|microsoft word|document\d*|.*\.(docx?|pdf|indd|tmp)", re.I)
_SLUG: Final = re.compile(r"[A-Za-z0-9][\w.\-]{0,119}")


@dataclass
class Text:
    """A document's fields (front matter), its whole text, and its passages before they know their language."""

    fields: dict[str, Any]
    text: str
    chunks: list[Chunk]
    title: str
    paged: list[Page] = field(default_factory=list)
    pages: int | None = None
    warnings: list[str] = field(default_factory=list)


def read_text(given: Given, pdf: Pdf | None = None) -> Text:
    """Read any format of running text. `pdf` spares a second reading. Raises InvalidInput when it holds no text."""
    content = given.content
    stem = re.sub(r"[_\-\s]+", " ", content.stem).strip()
    if content.format == "pdf":
        return _from_pdf(pdf or read_pdf(content), stem)
    if content.format == "html":
        title, body = isolated("ingestion.readers.markup:html_text", content.text)
        found = Text({}, body, chunk_markdown(body), title or _heading(body) or stem)
    elif content.format == "docx":
        body = isolated("ingestion.readers.markup:docx_text", content.data)
        found = Text({}, body, chunk_markdown(body), _heading(body) or _first_line(body) or stem)
    else:
        fields, body = front_matter(clean(content.text))
        marked = content.format == "markdown" or fields
        paged = [] if marked else plain_pages(content.text)
        if len(paged) > 1:
            return Text({}, body, chunk_pages(paged), _first_line(body) or stem, paged, len(paged))
        chunks = chunk_markdown(body) if marked else chunk_text(body)
        named = str(fields.get("title") or "").strip() or (_heading(body) if marked else _first_line(body))
        found = Text(fields, body, chunks, named or stem)
    if not found.chunks:
        raise InvalidInput("there is no text in the file", hint="check that it was saved completely")
    found.paged = [Page(0, found.text)]
    return found


def read_guide(given: Given, found: Text, kind: str = "guide") -> Outcome:
    """A guide or any other running text. Raises InvalidInput for wrong front matter."""
    f = found.fields
    language = _language(f, found.text)
    citations = _citations(f)
    guide_id = _slug(f)
    start, end = _date(f, "effective_from"), _date(f, "effective_to")
    if start and end and end < start:
        raise InvalidInput(f"effective_to {end} is before effective_from {start}", hint="correct the front matter")
    meta = {k: f[k] for k in ("jurisdiction", "topics", "last_checked") if f.get(k)}
    if citations:
        meta["citations"] = citations
    if guide_id:
        meta["guide_id"] = guide_id
    document = NewDocument(
        kind=kind,
        key=f"{guide_id}.{language}" if guide_id and language else guide_id or given.key,
        title=found.title[:300],
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type=MEDIA.get(given.content.format, "text/plain"),
        language=language,
        legal_status=_text(f, "legal_status") or LEGAL_STATUS.get(kind),
        url=_text(f, "url"),
        effective_from=given.effective_from or start,
        effective_to=end,
        pages=found.pages,
        meta=meta,
    )
    extra = {"guide_id": guide_id} if guide_id else {}
    labels = {page.number: page.label for page in found.paged if page.label}
    parsed = Parsed(document, passages(found.chunks, language, citations, extra, labels))
    return Outcome(kind, [parsed], warnings=found.warnings)


def passages(
    chunks: list[Chunk],
    language: str | None,
    citations: list[dict[str, Any]] | None = None,
    extra: Mapping[str, Any] | None = None,
    labels: Mapping[int, str] | None = None,
) -> list[NewPassage]:
    """Chunks as passages; meta: `extra`, the citations named inline, tariff numbers and countries mentioned, the page's
    printed label."""
    made = []
    for chunk in chunks:
        meta: dict[str, Any] = {**(extra or {}), **mentions(chunk.text)}
        if labels and chunk.page and chunk.page in labels:
            meta["page_label"] = labels[chunk.page]
        if inline := inline_citations(f"{chunk.paragraph or ''} {chunk.text}", citations or []):
            meta["citations"] = inline
        own = language or detect_language(chunk.text)
        made.append(NewPassage(chunk.text, chunk.page, chunk.paragraph, own, not mostly_numbers(chunk.text), meta))
    return made


def _from_pdf(pdf: Pdf, stem: str) -> Text:
    title = pdf.title if pdf.title and not _NO_TITLE.fullmatch(pdf.title) and len(pdf.title) > 3 else None
    first = next((page.text for page in pdf.pages if page.text.strip()), "")
    named = title or _first_line(first) or stem
    found = Text({}, pdf.text, chunk_pages(pdf.pages), named, list(pdf.pages), len(pdf.pages))
    if pdf.recognised_pages:
        found.warnings.append(
            f"{pdf.recognised_pages} of {len(pdf.pages)} pages are pictures that were read by text recognition; check "
            "their figures against the page"
        )
    if pdf.empty_pages:
        found.warnings.append(f"{pdf.empty_pages} of {len(pdf.pages)} pages hold no text (pictures or scans)")
    return found


def _heading(text: str) -> str | None:
    """The first heading; where a chain of them opens the text (title, subtitle, § 1304), its ends."""
    chain = [title for _, title in headings(text)]
    if not chain:
        return None
    own = [title for title in chain[1:] if not title.startswith("(")]
    return f"{chain[0]}: {own[-1]}" if own and len(chain) > 2 else chain[0]


def _first_line(text: str) -> str | None:
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "").strip("#*_ ")
    return line if 3 <= len(line) <= 140 and re.search(r"[^\W\d]", line) else None


def _language(fields: Mapping[str, Any], text: str) -> str | None:
    given = _text(fields, "language")
    if given is None:
        return detect_language(text)
    if given.lower() not in ("en", "es"):
        raise InvalidInput(f"the language {given!r} is not one of en, es", hint="correct it in the front matter")
    return given.lower()


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | float):
        raise InvalidInput(f"{name} must be one value, not {type(value).__name__}", hint="correct the front matter")
    return str(value).strip()


def _slug(fields: Mapping[str, Any]) -> str | None:
    given = _text(fields, "id")
    if given is not None and not _SLUG.fullmatch(given):
        raise InvalidInput(
            f"the id {given!r} is not a slug", hint="use letters, digits, dots and hyphens, such as us-isf-filing"
        )
    return given


def _date(fields: Mapping[str, Any], name: str) -> date | None:
    given = _text(fields, name)
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise InvalidInput(f"{name} {given!r} is not a date", hint="write it as YYYY-MM-DD") from error


def _citations(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = fields.get("citations") or []
    if not isinstance(given, list) or not all(isinstance(c, dict) and c.get("cite") for c in given):
        raise InvalidInput("citations must be a list of {cite, title, url}", hint="give each one at least `cite`")
    return [{str(k): v for k, v in c.items()} for c in given]

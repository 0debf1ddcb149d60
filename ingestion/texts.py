"""Running text to the source that knows it: rulings, legal notes, Federal Register, statutes, and guides."""

from __future__ import annotations

from typing import Final

from assistant.errors import InvalidInput
from ingestion.chunk import chunk_markdown
from ingestion.readers.pdf import Pdf
from ingestion.readers.xml import plain_blocks, read_xml
from ingestion.report import Given, Outcome
from ingestion.sources.federal_register import from_pdf, read_notice
from ingestion.sources.federal_register_xml import from_xml, is_register_xml
from ingestion.sources.guides import MEDIA, Text, read_guide, read_text
from ingestion.sources.legal_notes import read_legal_notes
from ingestion.sources.official import kind_of_text
from ingestion.sources.rulings import read_ruling
from ingestion.sources.statutes import looks_like_statute, read_statute

KINDS: Final = ("guide", "notes", "chapter_99", "ruling", "notice")
"""Kinds of running text."""


def read_running_text(given: Given, kind: str | None, pdf: Pdf | None = None) -> Outcome:
    """Read a document of running text as `kind` (None: as what its words say it is). Raises InvalidInput when it holds
    no text or its front matter is wrong."""
    if given.content.format == "xml":
        return _read_xml(given, kind)
    found = read_text(given, pdf)
    return _as(given, found, kind)


def _as(given: Given, found: Text, kind: str | None) -> Outcome:
    content = given.content
    media = MEDIA.get(content.format, "text/plain")
    if found.fields:  # front matter: the writer has said what it is
        return read_guide(given, found, kind or kind_of_text(content.name, found.text))
    kind = kind or kind_of_text(content.name, found.text)
    outcome: Outcome
    if kind == "ruling":
        raw = content.text if content.format in ("text", "markdown") else found.text
        outcome = read_ruling(given, raw, media, found.pages)
    elif kind in ("notes", "chapter_99"):
        outcome = read_legal_notes(given, kind, found.paged, media, found.pages)
    elif kind == "notice":
        outcome = read_notice(given, from_pdf(Pdf(tuple(found.paged), None), content.stem), media, found.pages)
    elif looks_like_statute(found.text):
        outcome = read_statute(given, found.text)
    else:
        outcome = read_guide(given, found)
    outcome.warnings[:0] = [w for w in found.warnings if w not in outcome.warnings]
    return outcome


def _read_xml(given: Given, kind: str | None) -> Outcome:
    root = read_xml(given.content.data)
    if kind in (None, "notice") and is_register_xml(root):
        return read_notice(given, from_xml(root), MEDIA["xml"], None)
    blocks = list(plain_blocks(root))
    body = "\n\n".join(f"{'#' * block.level} {block.text}".strip() for block in blocks)
    chunks = chunk_markdown(body)
    if not chunks:
        raise InvalidInput("there is no text in the XML", hint="check that it was downloaded completely")
    title = next((block.text for block in blocks if block.level), given.content.stem)
    return _as(given, Text({}, body, chunks, title), kind)

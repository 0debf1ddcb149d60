"""HTML and DOCX to Markdown-like text."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser
from typing import Final
from xml.etree import ElementTree

from assistant.errors import InvalidInput
from ingestion.readers.files import DAMAGED_ZIP, clean


class _Text(HTMLParser):
    """HTML to Markdown-like text: headings as `#`, list items as `-`, scripts and styles left out."""

    BLOCKS: Final = frozenset(
        ("p", "div", "br", "tr", "table", "ul", "ol", "section", "article", "header", "footer", "pre", "hr", "dt", "dd")
    )
    SILENT: Final = frozenset(("script", "style", "head", "template", "noscript"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title = ""
        self._silent = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = self._in_title or tag == "title"
        if tag in self.SILENT:
            self._silent += 1
        elif re.fullmatch(r"h[1-6]", tag):
            self.parts.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag in self.BLOCKS:
            self.parts.append("\n" if tag == "br" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in self.SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in self.BLOCKS or re.fullmatch(r"h[1-6]", tag):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_text(html: str) -> tuple[str, str]:
    """(title or "", text) of an HTML page; its markup is dropped, never run."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", clean("".join(parser.parts)))
    return " ".join(parser.title.split()), re.sub(r"\n{3,}", "\n\n", text).strip()


def docx_text(data: bytes) -> str:
    """Text of a DOCX, headings as `#`, list paragraphs as `-`. Raises InvalidInput when it is damaged."""
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read("word/document.xml")
        if b"<!DOCTYPE" in xml[:2048] or b"<!ENTITY" in xml:
            raise InvalidInput(
                "the DOCX holds entity definitions, which no word processor writes", hint="save it again"
            )
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, KeyError, *DAMAGED_ZIP) as error:
        raise InvalidInput(f"the DOCX is damaged ({error})", hint="save it again, or as PDF") from error
    lines = []
    for p in root.iter(f"{w}p"):
        text = "".join(
            "\t" if node.tag == f"{w}tab" else "\n" if node.tag == f"{w}br" else node.text or ""
            for node in p.iter()
            if node.tag in (f"{w}t", f"{w}tab", f"{w}br")
        )
        style = p.find(f"{w}pPr/{w}pStyle")
        name = (style.get(f"{w}val") or "").lower() if style is not None else ""
        level = re.match(r"(?:heading|ttulo|título)\s*(\d)", name)
        if text.strip():
            mark = "#" * int(level[1]) + " " if level else "# " if name == "title" else ""
            item = "- " if not mark and p.find(f"{w}pPr/{w}numPr") is not None else ""
            lines.append(f"{mark}{item}{text.strip()}")
    return clean("\n\n".join(lines))

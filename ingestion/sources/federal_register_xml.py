"""The XML of the Federal Register (https://www.federalregister.gov): its sections, tables and printed page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from assistant.errors import InvalidInput
from ingestion.chunk import chunk_paragraphs
from ingestion.readers.xml import inline, local
from ingestion.sources.federal_register import FR_DOC, Notice

_ROOTS: Final = frozenset(
    ("notice", "prorule", "rule", "presdocu", "presdoc", "fedreg", "notdoc", "determ", "execord", "proclama")
)


def is_register_xml(root: Element) -> bool:
    names = {local(root), *(local(child) for child in root)}
    return bool(names & _ROOTS) or root.find(".//FRDOC") is not None


def from_xml(root: Element) -> Notice:
    """The notice in an XML file of the Federal Register. Raises InvalidInput when it holds no text."""
    notice = Notice(rule=local(root) in ("rule", "presdocu", "presdoc", "execord", "proclama"))
    notice.proposed_rule = local(root) == "prorule" or root.find(".//PRORULE") is not None
    notice.title = _first(root, "SUBJECT") or _first(root, "TITLE")
    notice.agency = _first(root, "AGENCY")
    notice.action, notice.summary = _section(root, "ACT"), _section(root, "SUM")
    notice.dates = _section(root, "DATES") or _section(root, "EFFDATE")
    notice.pictures = len(root.findall(".//GPH"))
    printed = [int(p.get("P", "0")) for p in root.iter("PRTPAGE") if (p.get("P") or "").isdigit()]
    if printed:
        notice.pages = (min(printed) - 1, max(printed))
    page = notice.pages[0] if notice.pages else None
    groups: list[tuple[int | None, list[tuple[str | None, str]]]] = []
    for number, heading, paragraph in _paragraphs(root, page):
        if not groups or groups[-1][0] != number:
            groups.append((number, []))
        groups[-1][1].append((heading, paragraph))
    for number, paragraphs in groups:
        notice.chunks += chunk_paragraphs(paragraphs, number)
    notice.text = "\n".join(text for _, paragraphs in groups for _, text in paragraphs)
    if not notice.chunks:
        raise InvalidInput("there is no text in the XML", hint="check that it was downloaded completely")
    if found := FR_DOC.search(notice.text):
        notice.fr_doc = f"{found[1]}-{found[2]}"
    if filed := re.search(r"Filed (\d{1,2})[-–](\d{1,2})[-–](\d{2})", notice.text):
        notice.dates += f" (filed 20{filed[3]}-{int(filed[1]):02}-{int(filed[2]):02})"
    return notice


def _paragraphs(root: Element, page: int | None) -> Iterator[tuple[int | None, str | None, str]]:
    """(printed page, heading, text) in the order of the document."""
    heading: str | None = None
    place = [page]

    def walk(element: Element) -> Iterator[tuple[int | None, str | None, str]]:
        nonlocal heading
        name = local(element)
        if name == "prtpage":
            if (element.get("P") or "").isdigit():
                place[0] = int(element.get("P", "0"))
        elif name == "hd":
            heading = inline(element) or heading
        elif name == "gpotable":
            yield from _table(element, place, heading)
        elif name in (
            "p",
            "fp",
            "li",
            "agency",
            "subject",
            "depdoc",
            "frdoc",
            "bilcod",
            "name",
            "title",
            "ftnt",
            "note",
        ):
            for inner in element.iter("PRTPAGE"):
                if (inner.get("P") or "").isdigit():
                    place[0] = int(inner.get("P", "0"))
            if text := inline(element):
                yield place[0], heading, text
        elif name not in ("gph", "gid"):
            if text := " ".join((element.text or "").split()):
                yield place[0], heading, text
            for child in element:
                yield from walk(child)

    yield from walk(root)


def _table(
    table: Element, place: list[int | None], heading: str | None
) -> Iterator[tuple[int | None, str | None, str]]:
    titles = [inline(head) for head in table.iter("CHED")]
    caption = inline(title) if (title := table.find("TTITLE")) is not None else ""
    if caption or any(titles):
        yield place[0], heading, " | ".join(t for t in (caption, *titles) if t)
    for row in table.iter():
        if local(row) == "prtpage" and (row.get("P") or "").isdigit():
            place[0] = int(row.get("P", "0"))
        elif local(row) == "row":
            cells = [inline(cell) for cell in row.iter("ENT")]
            if any(cells):
                yield place[0], heading, "| " + " | ".join(cells) + " |"


def _first(root: Element, name: str) -> str:
    found = root.find(f".//{name}")
    return inline(found) if found is not None else ""


def _section(root: Element, name: str) -> str:
    found = root.find(f".//{name}")
    return " ".join(inline(p) for p in found.iter("P")).strip() if found is not None else ""

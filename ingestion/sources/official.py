"""Official texts that are read page by page like guides: legal notes of the schedule, chapter 99, CBP rulings.

Sources: https://hts.usitc.gov (notes), https://rulings.cbp.gov (rulings).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ingestion.dates import parse_date
from retrieval.records import NewDocument

LEGAL_STATUS: Final = {"notes": "law", "chapter_99": "law", "ruling": "ruling"}
_USITC: Final = "https://hts.usitc.gov"
_NUMBER: Final = re.compile(r"\b((?:NY |HQ )?[A-Z]{0,2}\d{5,6})\b")
_DATE: Final = re.compile(r"\b[A-Z][a-z]{2,8}\.? +\d{1,2}, +\d{4}\b")
_NOTES_NAME: Final = re.compile(
    r"(?:general|chapter|section)[\s_-]*(?:and[\s_-]*\w+[\s_-]*)?(?:notes?|rules|\d+)|(?<![a-z])gri(?![a-z])|us[\s_-]notes"
)
_NOTES_HEAD: Final = re.compile(
    r"^\W*(?:CHAPTER|SECTION|General Notes?|GENERAL NOTES?|GENERAL RULES?|General Rules)\b", re.M
)


def kind_of_text(name: str, text: str) -> str:
    """guide, notes, chapter_99 or ruling: by the file's name, confirmed by the words official documents begin with."""
    head, low = text[:6000], name.lower()
    if re.match(r"(?:ny|hq)?[\s_-]*[a-z]{0,2}\d{5,6}\b", low) and re.search(r"TARIFF NO|CLA-\d|OT:RR", head):
        return "ruling"
    if re.search(r"ch(?:apter|ap)?[\s_-]*99", low) and re.search(r"\b99\d\d\.\d\d|chapter 99|subchapter", head, re.I):
        return "chapter_99"
    official = re.search(r"Harmonized Tariff Schedule of the United States|HTSUS", text[:20_000])
    if _NOTES_NAME.search(low) and (official or _NOTES_HEAD.search(head)):
        return "notes"
    return "guide"


def describe(document: NewDocument, text: str) -> NewDocument:
    """The document with the title, address, key and date that its kind has in official use."""
    if document.kind == "ruling":
        return _ruling(document, text)
    if document.kind in ("notes", "chapter_99"):
        name = re.sub(r"[_\-]+", " ", document.file.rsplit(".", 1)[0])
        note = re.search(r"general note (\d+)", name, re.I)
        chapter = re.search(r"chapter (\d+)", name, re.I) or re.search(r"^CHAPTER (\d+)\b", text[:400], re.M)
        title = (
            f"HTSUS General Note {note[1]}" if note else f"HTSUS Chapter {chapter[1]}" if chapter else f"HTSUS: {name}"
        )
        return replace(document, title=title, url=document.url or _USITC)
    return document


def _ruling(document: NewDocument, text: str) -> NewDocument:
    number = _NUMBER.search(f"{document.file.split('.')[0].upper()} {text[:200]}")
    subject = re.search(r"^RE:\s*(.+?)(?:\n\s*\n|\nDear)", text, re.S | re.M)
    tariff = re.search(r"TARIFF NOS?\.?:?\s*((?:[\d.]{7,13}[;,\s]*(?:and\s)?)+)", text)
    name = number[1] if number else document.key
    issued = document.effective_from
    if issued is None and (found := _DATE.search(text[:1500])):
        try:
            issued = parse_date(found[0])
        except ValueError:
            issued = None  # "Suite 100, 2015" and the like: no date rather than a wrong one
    return replace(
        document,
        key=name if document.media_type == "text/plain" else f"{name}.{document.file.rsplit('.', 1)[-1].lower()}",
        title=(f"CBP ruling {name}" + (f": {' '.join(subject[1].split())}" if subject else ""))[:300],
        url=f"https://rulings.cbp.gov/ruling/{name.split()[-1]}" if number else document.url,
        effective_from=issued,
        meta={
            **document.meta,
            "ruling": name,
            "hts": [re.sub(r"\D", "", c) for c in re.findall(r"\d{4}\.[\d.]+", tariff[1])] if tariff else [],
        },
    )

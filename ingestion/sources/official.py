"""Which kind of official text a document is: told by what such texts print, the file's name only confirming."""

from __future__ import annotations

import re
from typing import Final

from ingestion.sources.federal_register import looks_like_notice
from ingestion.sources.ruling_letters import looks_like_ruling

LEGAL_STATUS: Final = {"notes": "law", "chapter_99": "law", "ruling": "ruling"}
_NOTES_NAME: Final = re.compile(
    r"(?:general|chapter|section)[\s_-]*(?:and[\s_-]*\w+[\s_-]*)?(?:notes?|rules|\d+)|(?<![a-z])gri(?![a-z])|us[\s_-]notes"
)
_NOTES_HEAD: Final = re.compile(
    r"^\W*(?:CHAPTER|SECTION|General Notes?|GENERAL NOTES?|GENERAL RULES?|General Rules)\b", re.M
)
_NOTE_TITLES: Final = re.compile(
    r"^\W*(?:Additional U\.S\. |Subheading |Statistical |U\.S\. )?Notes?\s*:?\s*(?:\(con\.\))?$", re.M
)
_GRI: Final = "titles of sections, chapters and sub-chapters are provided for ease of reference"


def kind_of_text(name: str, text: str) -> str:
    """guide, notes, chapter_99, ruling or notice."""
    head, low = text[:6000], name.lower()
    if looks_like_ruling(text):
        return "ruling"
    if looks_like_notice(text):
        return "notice"
    chapters = set(re.findall(r"^\W*CHAPTER (\d{1,2})\b(?!.*[a-z])", text, re.M))
    schedule = re.search(
        r"Harmonized Tariff Schedule of the United States\b.{0,40}\n\s*Annotated for Statistical", text
    )
    named_99 = re.search(r"ch(?:apter|ap)?[\s_-]*99", low) and re.search(
        r"\b99\d\d\.\d\d|chapter 99|subchapter", head, re.I
    )
    if named_99 or (chapters == {"99"} and re.search(r"^\W*SUBCHAPTER [IVX]+", text, re.M)):
        return "chapter_99"
    if schedule or _GRI in head or (len(chapters) >= 2 and len(_NOTE_TITLES.findall(text)) >= 2):
        return "notes"
    official = re.search(r"Harmonized Tariff Schedule of the United States|HTSUS", text[:20_000])
    if _NOTES_NAME.search(low) and (official or _NOTES_HEAD.search(head)):
        return "notes"
    return "guide"

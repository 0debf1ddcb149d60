"""Federal Register documents (https://www.federalregister.gov) as XML or as the printed PDF, and proclamations.

A document that only proposes is marked so wherever it is shown: `legal_status` is `proposed`, its title begins with
"PROPOSED", and it has no day of effect. What amends the tariff schedule or is a rule, order or proclamation is `law`
from the day that it names; any other is a `notice`. Pages are those printed: 91 FR 34317 is page 34317.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from ingestion.chunk import Chunk, chunk_pages
from ingestion.dates import parse_date
from ingestion.mentions import mentions, mostly_numbers
from ingestion.readers.pdf import Page, Pdf
from ingestion.report import Given, Outcome, Parsed
from retrieval.records import NewDocument, NewPassage

KIND: Final = "notice"
_RUNNING: Final = re.compile(r"Federal Register\s*/\s*Vol\.\s*(\d+),\s*No\.\s*\d+\s*/\s*\w+,\s*(\w+ \d{1,2}, \d{4})")
_PRINTED: Final = re.compile(
    r"(?:^|\n)\s*(\d{4,6})\s+Federal Register\s*/|Federal Register\s*/[^\n]*?(\d{4,6})\s*(?:\n|$)"
)
FR_DOC: Final = re.compile(r"\[?FR Doc\.? (?:No\. )?(\d{4})[-–](\d{4,6})")
_PROPOSED: Final = re.compile(
    r"\bpropos(?:es|ing|ed|al|als)\b(?! \w+ was withdrawn)|\brequests? for comments?\b|\binvites? comments?\b", re.I
)
_FINAL: Final = re.compile(
    r"\b(?:amends?|modif(?:y|ies)|is (?:hereby )?(?:amended|modified))\b.{0,120}Harmonized Tariff Schedule"
    r"|HTSUS is (?:hereby )?(?:amended|modified)"
    r"|Harmonized Tariff Schedule.{0,120}(?:is|are) (?:hereby )?(?:amended|modified)",
    re.I | re.S,
)
_ORDER: Final = re.compile(r"\bA Proclamation\b|By the President of the United States|\bExecutive Order \d{5} of\b")
_EFFECTIVE: Final = re.compile(
    r"(?:on or after|effective(?: with respect to[^.]{0,160}?on or after)?|take effect (?:on|at))[^.;]{0,60}?"
    r"(?:12:01 [ap]\.m\.[^.;]{0,40}?,? on )?((?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December) \d{1,2}, \d{4})",
    re.I | re.S,
)


@dataclass
class Notice:
    """What a Federal Register document is, before it becomes one of the catalog."""

    title: str = ""
    agency: str = ""
    action: str = ""
    summary: str = ""
    dates: str = ""
    fr_doc: str | None = None
    published: date | None = None
    volume: str | None = None
    pages: tuple[int, int] | None = None
    pictures: int = 0
    rule: bool = False
    proposed_rule: bool = False
    chunks: list[Chunk] = field(default_factory=list)
    text: str = ""

    @property
    def status(self) -> str:
        about = f"{self.title} {self.action} {self.summary}"
        if self.proposed_rule or (not self.rule and _PROPOSED.search(about)):
            return "proposed"
        if self.rule or _ORDER.search(self.text[:20_000]) or _FINAL.search(self.text):
            return "law"
        return KIND


def looks_like_notice(text: str) -> bool:
    """Whether a text is a Federal Register document or a proclamation's annex that changes the tariff schedule."""
    head = text[:8000]
    if _RUNNING.search(head) or (FR_DOC.search(text) and re.search(r"^\s*(?:AGENCY|ACTION):", text, re.M)):
        return True
    annex = re.match(r"\W*(?:\d+\W+)?Annex [IVX\d]+", head)
    return bool(_ORDER.search(head)) or bool(
        annex and re.search(r"HTSUS|Harmonized Tariff Schedule|Section \d{3} Tariff", text)
    )


def from_pdf(pdf: Pdf, stem: str) -> Notice:
    """The notice in a printed PDF: the last of the documents on its pages, which begin in the middle of another."""
    notice = Notice(text=pdf.text)
    running = _RUNNING.search(pdf.text)
    if running:
        notice.volume = running[1]
        notice.published = _day(running[2])
    pages = []
    for page in pdf.pages:
        label = _PRINTED.search(page.text[:400])
        number = int(label[1] or label[2]) if label and running else page.number
        pages.append(Page(number, _RUNNING_LINE.sub("", page.tabled or page.text)))
    numbers = [page.number for page in pages]
    notice.pages = (min(numbers), max(numbers)) if running else None
    last = list(FR_DOC.finditer(pdf.text))
    if last and running:
        notice.fr_doc = f"{last[-1][1]}-{last[-1][2]}"
    notice.chunks = chunk_pages(pages)
    block = _BLOCK.search(pdf.text)
    if block:
        notice.title = _title_before(block["before"])
        notice.agency, notice.action, notice.summary, notice.dates = (
            " ".join(block[name].split()) for name in ("agency", "action", "summary", "dates")
        )
    notice.title = notice.title or _named(stem)
    return notice


_BLOCK: Final = re.compile(
    r"(?P<before>(?:[^\n]*\n){1,14})AGENCY:\s*(?P<agency>.*?)\n\s*ACTION:\s*(?P<action>.*?)\n\s*SUMMARY:(?P<summary>.*?)"
    r"\n\s*DATES:(?P<dates>.*?)\n\s*[A-Z ]{6,}:",
    re.S,
)
_RUNNING_LINE: Final = re.compile(r"^\s*(?:\d{4,6}\s+)?Federal Register\s*/\s*Vol\.[^\n]*\n", re.M)


def read_notice(given: Given, notice: Notice, media_type: str, pages: int | None) -> Outcome:
    """One document of kind `notice`."""
    status = notice.status
    title = notice.title or _named(given.content.stem)
    published = notice.published
    if published is None and (filed := re.search(r"filed (\d{4}-\d{2}-\d{2})", notice.dates)):
        published = date.fromisoformat(filed[1])
    start = given.effective_from
    if start is None and status == "law":
        days = [d for m in _EFFECTIVE.finditer(notice.dates or notice.text) if (d := _day(m[1]))]
        start = min(days, default=published)
    cite = f"{notice.volume} FR {notice.pages[0]}" if notice.volume and notice.pages else None
    meta: dict[str, Any] = {
        "fr_doc": notice.fr_doc,
        "cite": cite,
        "agency": notice.agency,
        "action": notice.action,
        "published": published.isoformat() if published else None,
        "countries": mentions(f"{title} {notice.summary}").get("countries"),
    }
    document = NewDocument(
        kind=KIND,
        key=f"fr-{notice.fr_doc}" if notice.fr_doc else given.key,
        title=(f"PROPOSED, not in force: {title}" if status == "proposed" else title)[:300],
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type=media_type,
        language="en",
        legal_status=status,
        url=f"https://www.federalregister.gov/d/{notice.fr_doc}" if notice.fr_doc else None,
        effective_from=start,
        pages=pages,
        meta={k: v for k, v in meta.items() if v},
    )
    warnings = []
    if notice.pictures:
        what = f"{notice.pictures} page(s) of it are pictures, whose text is not in the XML"
        warnings.append(f"{what}; the printed PDF from {document.url or 'https://www.federalregister.gov'} has them")
    passages = [
        NewPassage(c.text, c.page, c.paragraph, "en", not mostly_numbers(c.text), mentions(c.text))
        for c in notice.chunks
    ]
    return Outcome(KIND, [Parsed(document, passages)], warnings=warnings)


def _title_before(text: str) -> str:
    """The title out of the lines above AGENCY: those that are not all capitals, without the office's name."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    start = max(
        (n + 1 for n, line in enumerate(lines) if line.upper() == line or line.startswith(("[", "BILLING"))), default=0
    )
    words = lines[start:]
    while len(words) > 1 and re.search(
        r"(?:Administration|Service|Bureau|Office|Commission|Department|Agency)$", words[0]
    ):
        words = words[1:]
    return " ".join(words)


def _named(stem: str) -> str:
    return re.sub(r"[_\-\s]+", " ", stem).strip().capitalize()


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None

"""PDF to pages of text. Page numbers are those of the file, from 1; what pages print on themselves is their label.

Read in a process of its own (`isolation`). Columns that a writer laid down line by line across the page are put one
after the other (`columns`), words parted at the end of a line are joined, and pages that are pictures are read by text
recognition where it is installed (`ocr`).
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.readers.columns import page_text
from ingestion.readers.files import Content, clean
from ingestion.readers.isolation import isolated
from ingestion.readers.tables import Head
from ingestion.readers.words import joined_words

MAX_PAGES: Final = 5_000
MAX_TEXT: Final = 64_000_000


@dataclass(frozen=True)
class Page:
    """A page: its number (0: the text has no pages), text, printed label where it differs, whether it was recognised
    from a picture, and the text with its tables as rows of cells where it has some (`tables`)."""

    number: int
    text: str
    label: str | None = None
    recognised: bool = False
    tabled: str | None = None


_PAGE_MARK: Final = re.compile(r"^=+ ?PAGE (\d+) ?=+$", re.M)


def plain_pages(text: str) -> list[Page]:
    """Pages of a plain text: parted by form feeds or lines `=== PAGE n ===`; without either, one page without number
    (0). The text is cleaned."""
    marks = list(_PAGE_MARK.finditer(text))
    if marks:
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        return [Page(int(m[1]), clean(text[m.end() : end])) for m, end in zip(marks, ends, strict=True)]
    parts = text.removesuffix("\f").split("\f")
    if len(parts) == 1:
        return [Page(0, clean(text))]
    return [Page(number, clean(part)) for number, part in enumerate(parts, start=1)]


@dataclass(frozen=True)
class Pdf:
    """Pages with their text ("" where a page has none), and the title in the file's properties if it has one."""

    pages: tuple[Page, ...]
    title: str | None

    @property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages)

    @property
    def empty_pages(self) -> int:
        return sum(1 for page in self.pages if not page.text.strip())

    @property
    def recognised_pages(self) -> int:
        return sum(1 for page in self.pages if page.recognised)


def read_pdf(content: Content) -> Pdf:
    """Text of every page. Raises InvalidInput when encrypted with a password, truncated, damaged, without text, or
    when reading takes too long or too much memory."""
    if b"%%EOF" not in content.data[-4096:]:
        raise InvalidInput("the PDF is truncated: its end is missing", hint="download or save it again")
    pdf: Pdf = isolated("ingestion.readers.pdf:parse_pdf", content.data, MAX_PAGES)
    empty = [page.number for page in pdf.pages if not page.text.strip()]
    if empty:
        pdf = _recognised(content.data, pdf, empty)
    if not any(page.text.strip() for page in pdf.pages):
        raise InvalidInput(
            f"there is no text on any of the PDF's {len(pdf.pages)} page(s): it is probably a scan",
            hint="run text recognition (OCR) on it, for instance with ocrmypdf, and ingest the result; where Tesseract "
            "is installed, scans are read with it",
        )
    return pdf


def _recognised(data: bytes, pdf: Pdf, numbers: Sequence[int]) -> Pdf:
    from ingestion.readers.ocr import available, recognise_pages

    if not available():
        return pdf
    found = recognise_pages(data, numbers)
    pages = (
        replace(page, text=clean(found[page.number]), recognised=True) if found.get(page.number, "").strip() else page
        for page in pdf.pages
    )
    return replace(pdf, pages=tuple(pages))


def parse_pdf(data: bytes, max_pages: int) -> Pdf:
    """The file's pages, read here and now; what `read_pdf` runs in the helper process. Raises InvalidInput."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every repair; what matters is raised below
    try:
        reader = PdfReader(io.BytesIO(data))
        # The empty password opens what is only protected against changes; 0 says that it did not.
        if reader.is_encrypted and reader.decrypt("") == 0:
            raise InvalidInput(
                "the PDF is encrypted and needs a password", hint="save a copy without a password and ingest that"
            )
        count = len(reader.pages)
        if count > max_pages:
            raise InvalidInput(
                f"the PDF has {count:,} pages, more than {max_pages:,}", hint="split it and ingest the parts"
            )
        labels = _labels(reader, count)
        texts, tabled = [], []
        size = 0
        head = Head()
        for page in reader.pages:
            text, rows = page_text(page, head)
            texts.append(clean(text))
            tabled.append(rows and clean(rows))
            size += len(texts[-1])
            if size > MAX_TEXT:
                raise InvalidInput(f"the PDF holds more than {MAX_TEXT / 1e6:,.0f} million characters", hint="split it")
        title = str(reader.metadata.title or "").strip() if reader.metadata else ""
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        NotImplementedError,
        OSError,
        RecursionError,
        AssertionError,
        ArithmeticError,
    ) as error:
        # pypdf meets damage with all of these; none of them says anything about this code's own state.
        raise InvalidInput(
            f"the PDF is damaged and can't be read ({type(error).__name__}: {str(error)[:120]})",
            hint="open it in a viewer, save or print it as a new PDF and ingest that",
        ) from error
    if not texts:
        raise InvalidInput("the PDF has no pages", hint="export it again")
    return Pdf(tuple(_pages(texts, tabled, labels)), clean(title) or None)


def _pages(texts: Sequence[str], tabled: Sequence[str | None], labels: Mapping[int, str]) -> Iterator[Page]:
    rows = joined_words([one or "" for one in tabled]) if any(tabled) else [""] * len(texts)
    for n, (text, own) in enumerate(zip(joined_words(texts), rows, strict=True), start=1):
        yield Page(n, text, labels.get(n), tabled=own or None)


def _labels(reader: Any, count: int) -> dict[int, str]:
    """Labels of pages that differ from their number: roman numbers of a preface, A-1 of an annex."""
    try:
        if "/PageLabels" not in reader.trailer["/Root"]:
            return {}
        named = reader.page_labels
    except Exception:  # labels are an extra; damage in them must not cost the text
        return {}
    return {n: str(label)[:40] for n, label in enumerate(named[:count], start=1) if str(label) != str(n)}

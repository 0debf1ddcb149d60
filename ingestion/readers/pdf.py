"""PDF to pages of text. Page numbers are those of the file, from 1, whatever the pages print on themselves."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import Final

from assistant.errors import InvalidInput
from ingestion.readers.files import Content, clean

MAX_PAGES: Final = 5_000


@dataclass(frozen=True)
class Page:
    number: int
    text: str


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


def read_pdf(content: Content) -> Pdf:
    """Text of every page. Raises InvalidInput when encrypted with a password, truncated, damaged, or without text."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every repair; what matters is raised below
    if b"%%EOF" not in content.data[-4096:]:
        raise InvalidInput("the PDF is truncated: its end is missing", hint="download or save it again")
    try:
        reader = PdfReader(io.BytesIO(content.data))
        # The empty password opens what is only protected against changes; 0 says that it did not.
        if reader.is_encrypted and reader.decrypt("") == 0:
            raise InvalidInput(
                "the PDF is encrypted and needs a password", hint="save a copy without a password and ingest that"
            )
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise InvalidInput(
                f"the PDF has {count:,} pages, more than {MAX_PAGES:,}", hint="split it and ingest the parts"
            )
        pages = tuple(Page(n, clean(page.extract_text() or "")) for n, page in enumerate(reader.pages, start=1))
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
    ) as error:
        # pypdf meets damage with all of these; none of them says anything about this code's own state.
        raise InvalidInput(
            f"the PDF is damaged and can't be read ({type(error).__name__}: {str(error)[:120]})",
            hint="open it in a viewer, save or print it as a new PDF and ingest that",
        ) from error
    if not pages:
        raise InvalidInput("the PDF has no pages", hint="export it again")
    if not any(page.text.strip() for page in pages):
        raise InvalidInput(
            f"there is no text on any of the PDF's {count} page(s): it is probably a scan",
            hint="run text recognition (OCR) on it, for instance with ocrmypdf, and ingest the result",
        )
    return Pdf(pages, title or None)

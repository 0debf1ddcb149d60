"""General Note 11 as paragraphs: pages in, numbered rules and unnumbered paragraphs out, each knowing its page.

The official text breaks lines and loses blanks at will ("thegood", "notless"), so everything after this step works
on squeezed text (all white space removed) with a map back to the printed characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_FURNITURE = re.compile(
    r"^(Harmonized Tariff Schedule of the United States.*|Annotated for Statistical Reporting Purposes"
    r"|GN p\.\s*\d+|USMCA)\s*$"
)
_PAGE = re.compile(r"^=== PAGE (\d+) ===\s*$")
_CHAPTER = re.compile(r"^Chapter (\d{1,2})\s*$")
_NUMBER = re.compile(
    r"^(?P<mark>\.?(?P<number>\d{1,3})[.,]?)\s*"
    r"(?P<rest>$|(?:\(A\)|A ?change|No change|No required|For a|For any|Production).*)"
)
_NOTE = re.compile(r"^(?P<title>(?:Chapter|Subheading|Heading) [Rr]ule ?\d*)\s*:\s*(?P<rest>.*)$")
_OTHER_TRADE = re.compile(r"^For the purposes of all other trade of ")
_SUBDIVISION = re.compile(r"^\(([op])\)\s*(Change in tariff classification rules|Goods that shall be deemed|$)")


@dataclass
class Paragraph:
    """`title` is the printed number ("12.") of a rule or the words before the colon of an unnumbered paragraph."""

    chapter: int
    title: str
    number: int | None
    page: int
    pieces: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(piece for _, piece in self.pieces if piece)


class Squeezed:
    """A paragraph's text without white space; `words(a, b)` gives a span back as printed, `page(a)` its page."""

    def __init__(self, pieces: Iterable[tuple[int, str]]) -> None:
        chars: list[str] = []
        self._at: list[int] = []
        self._starts: list[int] = []
        self._pages: list[int] = []
        source: list[str] = []
        offset = 0
        for page, piece in pieces:
            self._starts.append(len(chars))
            self._pages.append(page)
            for index, char in enumerate(piece):
                if not char.isspace():
                    chars.append(char)
                    self._at.append(offset + index)
            source.append(piece)
            offset += len(piece) + 1
        self.text = "".join(chars)
        self._source = " ".join(source)

    def words(self, start: int, end: int) -> str:
        if start >= end:
            return ""
        return " ".join(self._source[self._at[start] : self._at[end - 1] + 1].split())

    def page(self, start: int) -> int:
        index = bisect_right(self._starts, start) - 1
        return self._pages[max(index, 0)]


def pages_of(text: str) -> list[tuple[int, str]]:
    """(page number, text) from a text with `=== PAGE n ===` marks; one page when there are none."""
    pages: list[tuple[int, list[str]]] = [(1, [])]
    for line in text.splitlines():
        if found := _PAGE.match(line):
            if pages[-1][1] and any(row.strip() for row in pages[-1][1]):
                pages.append((int(found[1]), []))
            else:
                pages[-1] = (int(found[1]), [])
        else:
            pages[-1][1].append(line)
    return [(number, "\n".join(lines)) for number, lines in pages]


def lines_of(pages: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """(page, line) without page furniture and empty lines."""
    for number, text in pages:
        for line in text.splitlines():
            if line.strip() and not _FURNITURE.match(line.strip()):
                yield number, line.strip()


def paragraphs(lines: Iterable[tuple[int, str]]) -> tuple[list[Paragraph], list[tuple[int, str]]]:
    """Paragraphs of subdivision (o), and the lines from subdivision (p) on."""
    found: list[Paragraph] = []
    rest: list[tuple[int, str]] = []
    inside = after = False
    chapter = expected = 0
    for page, line in lines:
        subdivision = _SUBDIVISION.match(line)
        if not inside:
            inside = bool(subdivision and subdivision[1] == "o")
            continue
        if after or (subdivision and subdivision[1] == "p" and chapter >= 97):
            after = True
            rest.append((page, line))
        elif heading := _CHAPTER.match(line):
            chapter, expected = int(heading[1]), 1
        elif note := _NOTE.match(line):
            found.append(Paragraph(chapter, note["title"], None, page, [(page, note["rest"])]))
        elif (number := _NUMBER.match(line)) and int(number["number"]) == expected:
            found.append(Paragraph(chapter, number["mark"], expected, page, [(page, number["rest"])]))
            expected += 1
        elif _OTHER_TRADE.match(line):
            found.append(Paragraph(chapter, "", None, page, [(page, line)]))
        elif found and chapter:
            found[-1].pieces.append((page, line))
    return found, rest

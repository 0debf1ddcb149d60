"""Goods lists of the U.S. notes to chapter 99, read from the official text (layout text of the published PDF).

A list is found by the sentence that opens its subdivision and ends where the next subdivision opens. Where a page
prints the first column of a list lower than the others, the columns are paired again by their order, so that a row
never lands in the list below it. Only numbers are kept: prefix, note, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_CODE: Final = re.compile(r"(?<![\d.])\d{4}(?:\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?)?(?![\d.]*\d)")
_SUBHEADING: Final = re.compile(r"(?<![\d.])\d{4}\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?(?!\d)")
_FURNITURE: Final = re.compile(
    r"Harmonized Tariff Schedule of the|Annotated for Statistical|^\s*X+I*\s*$|^\s*99 - III|Compiler's note"
)
_HEADING_ONLY: Final = re.compile(r"^[\s\d.]+$")


@dataclass(frozen=True, slots=True)
class GoodsEntry:
    """One number of a list: 4 to 10 digits, and the note that prints it."""

    prefix: str
    note: str


@dataclass(frozen=True, slots=True)
class _Spec:
    """Where a list stands: `start` opens it, `end` opens what follows. `headings`: four-digit numbers count too."""

    id: str
    note: str
    start: str
    end: str
    headings: bool = False


# Opening sentences of subdivisions, shortened; the text is searched in order, each from the place of the last one.
SPECS: Final = (
    _Spec("us.note_2.v.iii.a", "U.S. note 2(v)(iii)(a)", r"As provided for in heading 9903\.01\.32", r"\(b\) As provided in heading 9903\.02\.78"),
    _Spec("us.note_2.v.xx", "U.S. note 2(v)(xx)", r"\(xx\) As provided in heading 9903\.02\.74", r"\(xxi\) As provided"),
    _Spec("us.note_2.v.xxii", "U.S. note 2(v)(xxii)", r"\(xxii\)\s+As provided in heading 9903\.02\.76", r"\(xxiii\) As provided"),
    _Spec("us.note_2.v.xxiii", "U.S. note 2(v)(xxiii)", r"\(xxiii\) As provided in heading 9903\.02\.77", r"^\s*\(xxiv\)"),
    _Spec("us.note_2.v.xxiv.b", "U.S. note 2(v)(xxiv)(b)", r"\(b\) As provided in heading 9903\.02\.81", r"^\s*\(xxv\)"),
    _Spec("us.note_2.v.xxv.b", "U.S. note 2(v)(xxv)(b)", r"\(b\) As provided in headings 9903\.02\.84", r"\(c\) As provided in headings 9903\.02\.85"),
    _Spec("us.note_2.v.xxv.c", "U.S. note 2(v)(xxv)(c)", r"\(c\) As provided in headings 9903\.02\.85", r"\(d\) As provided in headings 9903\.02\.86"),
    _Spec("us.note_2.v.xxv.d", "U.S. note 2(v)(xxv)(d)", r"\(d\) As provided in headings 9903\.02\.86", r"^\s*\((?:w|x)\)"),
    _Spec("us.note_2.x.iii.a", "U.S. note 2(x)(iii)(a)", r"\(a\) As provided in heading 9903\.01\.81", r"\(b\) As provided|\(iv\) As provided in heading 9903\.01\.82"),
    _Spec("us.note_2.x.iv", "U.S. note 2(x)(iv)", r"\(iv\) As provided in heading 9903\.01\.82", r"\(v\) The additional duties imposed by heading 9903\.01\.77"),
    _Spec("us.note_2.aa.ii", "U.S. note 2(aa)(ii)", r"\(ii\) As provided in heading 9903\.03\.03", r"\(iii\) As provided in heading 9903\.03\.04"),
    _Spec("us.note_2.aa.iii", "U.S. note 2(aa)(iii)", r"\(iii\) As provided in heading 9903\.03\.04", r"\(iv\) As provided in heading 9903\.03\.05"),
    _Spec("us.note_2.aa.iv", "U.S. note 2(aa)(iv)", r"\(iv\) As provided in heading 9903\.03\.05", r"\(v\) As provided in heading 9903\.03\.06"),
    _Spec("us.note_16.c.i", "U.S. note 16(c)(i)", r"^\s*\(i\) Articles of aluminum:", r"\(ii\) Derivative aluminum", True),
    _Spec("us.note_16.c.ii", "U.S. note 16(c)(ii)", r"^\s*\(ii\) Derivative aluminum articles:", r"\(iii\) Articles of steel"),
    _Spec("us.note_16.c.iii", "U.S. note 16(c)(iii)", r"^\s*\(iii\) Articles of steel:", r"\(iv\) Derivative steel", True),
    _Spec("us.note_16.c.iv", "U.S. note 16(c)(iv)", r"^\s*\(iv\) Derivative steel articles:", r"\(v\) Articles of copper"),
    _Spec("us.note_16.c.v", "U.S. note 16(c)(v)", r"^\s*\(v\) Articles of copper:", r"\(vi\) Derivative aluminum"),
    _Spec("us.note_16.c.vi", "U.S. note 16(c)(vi)", r"^\s*\(vi\) Derivative aluminum articles:", r"\(vii\) Derivative steel"),
    _Spec("us.note_16.c.vii", "U.S. note 16(c)(vii)", r"^\s*\(vii\) Derivative steel articles:", r"\(viii\) Articles of copper"),
    _Spec("us.note_16.c.viii", "U.S. note 16(c)(viii)", r"^\s*\(viii\) Articles of copper:", r"\(ix\) Derivative aluminum"),
    _Spec("us.note_16.c.ix", "U.S. note 16(c)(ix)", r"^\s*\(ix\) Derivative aluminum articles:", r"\(x\) Derivative steel"),
    _Spec("us.note_16.c.x", "U.S. note 16(c)(x)", r"^\s*\(x\) Derivative steel articles:", r"\(d\) Headings 9903\.82\.04"),
    _Spec("us.note_31.b", "U.S. note 31(b)", r"\(b\) Heading 9903\.91\.01 applies", r"\(c\) Heading 9903\.91\.02"),
    _Spec("us.note_31.c", "U.S. note 31(c)", r"\(c\) Heading 9903\.91\.02 applies", r"\(d\) Heading 9903\.91\.03"),
    _Spec("us.note_31.d", "U.S. note 31(d)", r"\(d\) Heading 9903\.91\.03 applies", r"\(e\) Heading 9903\.91\.04"),
    _Spec("us.note_31.e", "U.S. note 31(e)", r"\(e\) Heading 9903\.91\.04 applies", r"^\(f\)"),
    _Spec("us.note_31.f", "U.S. note 31(f)", r"\(i\) Heading 9903\.91\.05 applies", r"\(ii\) The additional rate of duty"),
    _Spec("us.note_31.g", "U.S. note 31(g)", r"\(g\) Heading 9903\.91\.06 applies", r"\(h\) Heading 9903\.91\.07"),
    _Spec("us.note_31.h", "U.S. note 31(h)", r"\(h\) Heading 9903\.91\.07 applies", r"\(i\) Heading 9903\.91\.08"),
    _Spec("us.note_31.i", "U.S. note 31(i)", r"\(i\) Heading 9903\.91\.08 applies", r"\(j\) Heading 9903\.91\.11"),
    _Spec("us.note_31.j", "U.S. note 31(j)", r"\(j\) Heading 9903\.91\.11 applies", r"^\s*\(k\)"),
    _Spec("us.note_31.k", "U.S. note 31(k)", r"\(i\) Heading 9903\.91\.12 applies", r"are described as follows"),
    _Spec("us.note_33.b", "U.S. note 33(b)", r"classifiable in the provisions of the HTSUS enumerated in this subdivision:", r"\(c\) Heading 9903\.94\.02"),
    _Spec("us.note_33.g", "U.S. note 33(g)", r"\(g\) Subject to a manufacturer", r"\(h\) Heading 9903\.94\.06", True),
    _Spec("us.note_33.i", "U.S. note 33(i)", r"\(i\) Heading 9903\.94\.31", r"The aggregate annual import volume"),
    _Spec("us.note_33.j", "U.S. note 33(j)", r"\(j\) Heading 9903\.94\.32", r"Any automotive part, except"),
    _Spec("us.note_35.a", "U.S. note 35(a)", r"^\s*35\. ", r"^\s*\(b\) "),
    _Spec("us.note_37.b", "U.S. note 37(b)", r"\(b\) The rates of duty set forth in heading 9903\.76\.01", r"\(c\) Heading 9903\.76\.02"),
    _Spec("us.note_37.d", "U.S. note 37(d)", r"\(i\), \(j\), and \(l\) to this note, that are classified", r"\(e\) Except for as provided"),
    _Spec("us.note_37.f", "U.S. note 37(f)", r"the HTSUS listed in this subdivision:", r"\(g\) Heading 9903\.76\.04"),
    _Spec("us.note_38.b", "U.S. note 38(b)", r"\(b\) The rate of duty set forth in heading 9903\.74\.01", r"\(c\) Heading 9903\.74\.02"),
    _Spec("us.note_38.c", "U.S. note 38(c)", r"\(c\) Heading 9903\.74\.02 applies", r"\(d\) Heading 9903\.74\.03"),
    _Spec("us.note_38.i", "U.S. note 38(i)", r"\(i\) The rates of duty set forth in heading 9903\.74\.08", r"\(j\) Heading 9903\.74\.09", True),
    _Spec("us.note_39.b", "U.S. note 39(b)", r"and that are classifiable in the provisions of the HTSUS enumerated in this subdivision", r"To be included within"),
)  # fmt: skip


def read_goods_lists(text: str) -> Mapping[str, tuple[GoodsEntry, ...]]:
    """Every list of `SPECS` that the text holds, in the text's order; a list whose opening is absent is left out."""
    lines = text.splitlines()
    found: dict[str, tuple[GoodsEntry, ...]] = {}
    place = next((n for n, line in enumerate(lines) if line.strip() == "SUBCHAPTER III"), 0)
    order = sorted(SPECS, key=lambda s: _note_order(s.id))
    for spec in order:
        start = _find(lines, spec.start, place)
        if start is None:
            continue
        end = _find(lines, spec.end, start + 1) or len(lines)
        aligned = spec.id.startswith("us.note_16.c.")
        codes = _realigned(lines, start, end, spec) if aligned else _plain(lines, start, end, spec)
        found[spec.id] = tuple(GoodsEntry(code, spec.note) for code in dict.fromkeys(codes))
        place = start
    return found


def _note_order(list_id: str) -> int:
    """Notes in the order of the text (2, 16, 31, …); lists of one note keep the order of `SPECS`."""
    return int(list_id.split(".")[1].removeprefix("note_"))


def _find(lines: list[str], pattern: str, place: int) -> int | None:
    wanted = re.compile(pattern)
    return next((n for n in range(place, len(lines)) if wanted.search(lines[n])), None)


def _codes(line: str, headings: bool) -> Iterator[str]:
    for match in (_CODE if headings and _HEADING_ONLY.match(line) else _SUBHEADING).finditer(line):
        code = match[0].replace(".", "")
        if not code.startswith("99"):
            yield code


def _plain(lines: list[str], start: int, end: int, spec: _Spec) -> Iterator[str]:
    for line in lines[start:end]:
        if not _FURNITURE.search(line):
            yield from _codes(line, spec.headings)


def _realigned(lines: list[str], start: int, end: int, spec: _Spec) -> Iterator[str]:
    """Codes between two subdivision titles, page by page; see the module's head for pages printed out of step."""
    page = start
    while page > 0 and not _FURNITURE.search(lines[page - 1]):
        page -= 1
    breaks = [n for n in range(page, end) if _FURNITURE.search(lines[n])]
    for low, high in zip([page - 1, *breaks], [*breaks, _page_end(lines, end)], strict=True):
        yield from _page(lines, range(low + 1, high), start, end)


def _page_end(lines: list[str], place: int) -> int:
    return next((n for n in range(place, len(lines)) if _FURNITURE.search(lines[n])), len(lines))


def _page(lines: list[str], span: range, start: int, end: int) -> Iterator[str]:
    """Codes of one page that belong to the list between lines `start` and `end`.

    Where the columns are in step, a line's codes belong together. Where they are not, a row of the right-hand columns
    belongs to the last list whose first left-hand number is not above the row's own first number."""
    left: list[tuple[int, str]] = []
    rows: list[tuple[int, list[str]]] = []
    for n in span:
        found = [(m.start(), m[0].replace(".", "")) for m in _CODE.finditer(lines[n])]
        found = [(at, c) for at, c in found if not c.startswith("99") and (len(c) > 4 or _HEADING_ONLY.match(lines[n]))]
        left += [(n, c) for at, c in found if at <= _LEFT]
        if right := [c for at, c in found if at > _LEFT]:
            rows.append((n, right))
    out_of_step = bool(left and rows) and rows[0][0] < left[0][0]
    mine = [c for n, c in left if start <= n < end]
    yield from mine
    if not out_of_step:
        # Columns may begin right of `_LEFT` throughout; a line is then a row of its own.
        yield from (c for n, row in rows if start <= n < end for c in row)
        return
    later = [c for n, c in left if n >= end]
    for _, row in rows:
        if mine and mine[0] <= row[0] and not (later and later[0] <= row[0]):
            yield from row


_LEFT: Final = 40  # columns; the first column of a list starts before it

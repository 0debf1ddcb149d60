"""Numbered legal text to addressed paragraphs: `16. (a) … (c) … (xi) …` → note 16, 16(a), 16(c), 16(c)(xi).

A mark opens a subdivision when it follows one that is open ("(d)" after "(c)") or begins a numbering ("(i)", "(A)").
Where a mark can be read twice ("(i)" after "(h)": the ninth letter, or the first roman number), what comes next
decides: "(j)" or "(ii)". A reference at the start of a line ("(b) of this note") is no mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ingestion.sources.outline_marks import MARK, Mark, Style, next_is_alpha, read_mark, readings_of

_REFERENCE: Final = re.compile(
    r"(?:of|to|and|or|through|above|below|inclusive|thereof|hereof|herein|,)\b\s*(?:of|this|the|\(|above|through|note|\w*section"
    r"|subdivision|subparagraph|paragraph|chapter)|[,.;)]|and\s*$|or\s*$|of\s*$|through\s*$",
)
_ENDED: Final = re.compile(
    r"(?:[.,:;—–\-\]”\"')*]|\b(?:and|or|if|that|shall|are|is|means|provided|plus|[1-9]/))\s*$", re.I
)


@dataclass(frozen=True)
class Line:
    """A line of the document: its text, page of the file from 1 (None: has none), and the page's printed label."""

    text: str
    page: int | None = None
    label: str | None = None


@dataclass
class Node:
    """A subdivision: its marks from the top, its own lines, and what stands under it. `page`: where it begins."""

    path: tuple[str, ...]
    page: int | None = None
    label: str | None = None
    lines: list[Line] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        return paragraphs_of(self.lines)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def paragraphs_of(lines: Sequence[Line]) -> str:
    """The lines' text: wrapped lines joined, blank lines and lines of a table kept apart."""
    out: list[str] = []
    fresh = True
    for line in lines:
        text = " ".join(line.text.split())
        if not text:
            fresh = True
            continue
        table = is_codes(text) or "|" in text
        if fresh or table or not out:
            out.append(text)
        elif re.search(r"\w-$", out[-1]) and text[:1].islower():
            out[-1] += text
        else:
            out[-1] += f" {text}"
        fresh = table
    return "\n".join(out)


def is_codes(text: str) -> bool:
    """Whether a line is a row of tariff numbers rather than a sentence."""
    words = text.split()
    codes = sum(1 for word in words if re.fullmatch(r"\d{4}(?:\.\d{2}){0,2}(?:\.?\d{2}(?:\d{2})?)?[,;]?", word))
    return codes > 0 and codes >= len(words) * 0.6


def outline(lines: Iterable[Line], *, ranks: Sequence[Style] = ()) -> Node:
    """The tree of a numbered text. `ranks`: styles from the top where the text always uses them in that order (the
    United States Code); without it, the order is read from the text itself."""
    root = Node(())
    held = list(lines)
    marks = [_leading(held, n) for n in range(len(held))]
    queue = [mark for found, _ in marks for mark in found]
    stack: list[tuple[Mark, Node]] = []
    at = 0
    for line, (found, _) in zip(held, marks, strict=True):
        if line.text.lstrip().startswith("[COMPILER"):
            node = Node(("compiler's note",), line.page, line.label)
            root.children.append(node)
            stack[:] = [(Mark("compiler", 0, ""), node)]
        for mark in found:
            at += 1
            chosen = _place(mark, stack, queue[at:], ranks)
            if chosen is None:
                break
            depth, mark = chosen
            del stack[depth:]
            above = stack[-1][1] if stack else root
            node = Node((*above.path, mark.shown), line.page, line.label)
            above.children.append(node)
            stack.append((mark, node))
        owner = stack[-1][1] if stack else root
        if owner.page is None:
            owner.page, owner.label = line.page, line.label
        owner.lines.append(line)
    return root


def _leading(lines: list[Line], number: int) -> tuple[list[Mark], str]:
    """The marks that open a line ("16. (a) Except …" has two) and the text after them."""
    text = lines[number].text
    if chapter := re.fullmatch(r"\s*Chapter\s+(\d{1,2})\s*\.?\s*", text):
        return [Mark("chapter", int(chapter[1]), f"/chapter {chapter[1]}/")], ""
    if is_codes(text):
        return [], text
    found: list[Mark] = []
    at = 0
    while (match := MARK.match(text, at)) and len(found) < 4:
        mark = read_mark(match)
        if mark is None or (found and mark.style == "number"):
            break
        found.append(mark)
        at = match.end()
    rest = text[at:]
    if not found:
        return [], text
    if _REFERENCE.match(rest):
        return [], text
    before = next((lines[n].text.strip() for n in range(number - 1, -1, -1) if lines[n].text.strip()), "")
    wrapped = number > 0 and lines[number - 1].text.strip() and not _ENDED.search(before)
    if wrapped and rest[:1].islower():
        return [], text  # "… provided for in subdivision / (b) the first …": a line that only begins like one
    return found, rest


def _place(
    mark: Mark, stack: list[tuple[Mark, Node]], later: list[Mark], ranks: Sequence[Style]
) -> tuple[int, Mark] | None:
    """(how deep the mark stands, its reading), or None when it doesn't belong to the numbering."""
    if mark.style == "chapter":
        return next((n for n, (entry, _) in enumerate(stack) if entry.style in ("chapter",)), min(2, len(stack))), mark
    if mark.bare:
        due = bool(stack) and stack[0][0].style == "number" and mark.value == stack[0][0].value + 1
        return (0, mark) if due else None
    if ranks:
        return _ranked(mark, stack, later, ranks)
    readings = readings_of(mark)
    follows = [
        (depth, reading)
        for depth in range(len(stack) - 1, -1, -1)
        for reading in readings
        if reading.style == stack[depth][0].style and reading.value == stack[depth][0].value + 1
    ]
    opens = [r for r in readings if r.value == 1 and not (stack and stack[-1][0].style == r.style)]
    if mark.style == "number":
        opens = [r for r in opens if not stack or stack[-1][0].style in ("chapter", "alpha", "roman")]
    if follows and not opens:
        return follows[0]
    if follows and opens:  # "(i)" after "(h)": which of "(j)" and "(ii)" comes first?
        return follows[0] if next_is_alpha(mark, later) else (len(stack), opens[0])
    if opens:
        return len(stack), opens[0]
    for depth in range(len(stack) - 1, -1, -1):  # a gap: subdivisions were deleted, or their marks can't be read
        for reading in readings:
            if reading.style == stack[depth][0].style and 0 < reading.value - stack[depth][0].value <= 12:
                return depth, reading
    if mark.style == "number" and stack and any(entry.style == "chapter" for entry, _ in stack):
        depth = next(n for n, (entry, _) in enumerate(stack) if entry.style == "chapter")
        return depth + 1, mark
    if mark.style == "number":
        return (0, mark) if not stack or stack[0][0].style != "number" or mark.value > stack[0][0].value else None
    return (len(stack), readings[-1]) if not stack or stack[-1][0].style == "number" else None


def _ranked(mark: Mark, stack: list[tuple[Mark, Node]], later: list[Mark], ranks: Sequence[Style]) -> tuple[int, Mark]:
    readings = readings_of(mark)
    reading = readings[-1]
    if len(readings) > 1:
        open_ = {entry.style: entry.value for entry, _ in stack}
        roman, alpha = readings
        due = alpha.style in open_ and alpha.value == open_[alpha.style] + 1
        goes_on = roman.style in open_ and roman.value == open_[roman.style] + 1
        if goes_on or not due or (roman.value == 1 and not next_is_alpha(mark, later)):
            reading = roman
    if reading.style == "alpha" and reading.value > 26 and "items" in ranks:
        # "(bb)" is an item below a subclause, unless it goes on behind "(z)"
        above = next((entry for entry, _ in stack if entry.style == "alpha"), None)
        if above is None or reading.value != above.value + 1:
            reading = replace(reading, style="items", value=reading.value - 26)
    rank = ranks.index(reading.style) if reading.style in ranks else len(ranks)
    depth = next((n for n, (entry, _) in enumerate(stack) if _rank(entry, ranks) >= rank), len(stack))
    return depth, reading


def _rank(mark: Mark, ranks: Sequence[Style]) -> int:
    return ranks.index(mark.style) if mark.style in ranks else len(ranks)


@dataclass(frozen=True)
class Piece:
    """What goes into one passage (or, when longer, into several): a subdivision with all under it, a run of short ones,
    or the own lines of a long one. `addresses`: of all that it holds; `above`: the text that introduces it."""

    address: str
    lines: list[Line]
    addresses: list[str]
    above: str


def pieces(
    node: Node, fits: int, run: int, name: Callable[[Sequence[str]], str], own_until: int = 0
) -> Iterator[Piece]:
    """The subdivisions of `node`: each whole where that fits into `fits` characters, else its own text and then its
    subdivisions by the same rule. Short ones that follow one another are put together up to `run` characters, but for
    those of the first `own_until` levels, which stand by themselves."""
    held: list[Node] = []
    above = node.text if node.path else ""  # at the top it is a title

    def close() -> Iterator[Piece]:
        if held:
            first, last = name(held[0].path), held[-1].path[-1]
            nodes = [n for top in held for n in top.walk()]
            lines = [line for n in nodes for line in (*n.lines, Line("", n.page, n.label))]
            where = first if len(held) == 1 else f"{first}–{last}"
            yield Piece(where, lines, [name(n.path) for n in nodes], above)
            held.clear()

    for child in node.children:
        size = _length(child)
        if held and (len(child.path) <= own_until or sum(_length(n) for n in held) + size > run):
            yield from close()
        if size <= fits and node.path:
            held.append(child)
            continue
        yield from close()
        if size <= fits:
            held.append(child)
            yield from close()
            continue
        if child.lines:
            yield Piece(name(child.path), child.lines, [name(child.path)], above)
        own = [] if child.lines else [name(child.path)]  # "(c)(i) …" on one line: (c) is found where (c)(i) is
        for number, piece in enumerate(pieces(child, fits, run, name, own_until)):
            yield replace(piece, addresses=[*own, *piece.addresses]) if own and number == 0 else piece
    yield from close()


def _length(node: Node) -> int:
    return sum(len(n.text) + 1 for n in node.walk())

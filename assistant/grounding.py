"""Checks prose against what the tools returned: a figure, code, date or supplier that no response holds is not shown.

Pure. Works sentence by sentence (table rows whole), on the prose of any model, while it streams or afterwards. What
counts as support: tool responses of the thread, the person's own words, and the day of the question.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assistant.deeds import claimed_deed
from assistant.facts import Facts, Kind, Leaf, verbatim
from assistant.leads import Leads, is_lead
from assistant.links import defused, recites_prompt
from assistant.offline.codes import find_codes
from assistant.offline.dates import find_dates
from assistant.offline.numbers import Number, find_numbers
from assistant.offline.text import Span, blank, fold
from assistant.schema import Figure

_MARK = re.compile(r"\[(\d{1,3})\]")
_PREFIX = re.compile(r"\s*(?:(?:[-*•>]|\d{1,3}[.)])\s+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”»*_)\]]*\s+(?=[\"“«*_(¿¡\[]*[A-ZÁÉÍÓÚÑ])")
_LABEL = re.compile(r"\b(?:column|columna|col\.|phase|fase|option|opci[oó]n|step|paso)\s+[1-4]\b", re.IGNORECASE)
_COMPANY = re.compile(
    r"\b((?:[A-ZÁÉÍÓÚÑ][\w&'’.-]*\s+(?:(?:de|del|la|los|las|y|and|of)\s+)?){1,5})"
    r"(?:S\.?\s?A\.?(?:P\.?I\.?)?\s+de\s+C\.?\s?V|S\.?\s+de\s+R\.?\s?L|Inc\b|LLC\b|L\.L\.C|Ltd\b|Corp\b|Co\.,|GmbH|PLC\b)"
)
_SUPPLIER_COLUMNS = frozenset(
    {"manufacturer", "fabricante", "supplier", "proveedor", "company", "empresa", "plant", "planta", "name", "nombre"}
)


@dataclass(frozen=True)
class Problem:
    """Something in a sentence that nothing supports."""

    kind: Literal["figure", "code", "date", "supplier", "deed", "prompt"]
    text: str


class Grounder:
    """Takes prose as it comes and gives back what may be shown. `close` gives the rest; then see the attributes."""

    def __init__(
        self, facts: Facts, citations: int, *, names_expected: bool = False, links: Set[str] = frozenset()
    ) -> None:
        self._facts, self._citations, self._names, self._links = facts, citations, names_expected, links
        self._buffer = ""
        self._header: list[str] = []
        self._line_open = False
        self._prefix = ""
        self._leads = Leads()
        self.figures: list[Figure] = []
        self.dropped: list[tuple[str, tuple[Problem, ...]]] = []

    def feed(self, text: str) -> str:
        """More prose; returns the part of it that is checked."""
        self._buffer += text
        out = ""
        while True:
            newline = self._buffer.find("\n")
            line = self._buffer if newline < 0 else self._buffer[:newline]
            if newline < 0:
                if line.lstrip().startswith("|"):
                    return out
                ends = list(_SENTENCE_END.finditer(line))
                if not ends:
                    return out
                out += self._sentences(line[: ends[-1].end()])
                self._buffer = line[ends[-1].end() :]
                return out
            self._buffer = self._buffer[newline + 1 :]
            out += self._end_of_line(line)

    def close(self) -> str:
        """The rest of the prose."""
        rest, self._buffer = self._buffer, ""
        out = self._end_of_line(rest)[:-1] if rest else ""
        return out + self._leads.close()

    def _end_of_line(self, rest: str) -> str:
        if rest.lstrip().startswith("|"):
            return self._table_line(rest)
        if not rest.strip() and not self._line_open and not self._prefix:
            return self._leads.blank("\n")
        if rest.strip() == ">":
            return self._leads.blank(rest + "\n")
        ends = list(_SENTENCE_END.finditer(rest))
        cut = ends[-1].end() if ends else 0
        out = self._sentences(rest[:cut])
        opened = self._line_open
        last = self._pieces(rest[cut:])
        self._line_open, self._prefix = False, ""
        if last and is_lead(last):
            return out + self._leads.hold(last + "\n", "\n" if opened else "")
        out += self._leads.show(last, item=_is_item(last)) if last or rest[cut:] else ""
        return out + "\n" if last or opened else out

    def _table_line(self, line: str) -> str:
        head = not self._header or set(line.strip()) <= set("|-: ")
        shown = self._row(line)
        if head and shown:
            return self._leads.hold(shown + "\n")
        return self._leads.show(shown + "\n" if shown else "", item=True)

    def _sentences(self, text: str) -> str:
        """Whole sentences of a line, checked."""
        shown = self._pieces(text) if text else ""
        return self._leads.show(shown, item=_is_item(shown)) if text else ""

    def _pieces(self, text: str) -> str:
        """Checked sentences of (a part of) one line; the list mark stays with the first one that is kept."""
        if not self._line_open and not self._prefix:
            mark = _PREFIX.match(text)
            self._prefix = mark[0] if mark else ""
            text = text[len(self._prefix) :]
        out = ""
        start = 0
        for end in [*(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]:
            sentence = text[start:end]
            start = end
            if sentence and self._allowed(sentence, names=self._names and sentence.lstrip().startswith("**")):
                out += self._prefix + self._marks(sentence)
                self._prefix = ""
                self._line_open = True
        return out

    def _row(self, line: str) -> str:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if all(re.fullmatch(r":?-{2,}:?", cell) for cell in cells):
            return line
        supplier = None
        if not self._header:
            self._header = [fold(cell) for cell in cells]
            return self._marks(line)
        for name, cell in zip(self._header, cells, strict=False):
            if name in _SUPPLIER_COLUMNS:
                supplier = cell
        body = line
        if re.fullmatch(r"\d{1,3}", cells[0]) and self._header[0] in ("#", "no", "no.", "n"):
            body = line.replace(cells[0], " " * len(cells[0]), 1)  # the row's own number
        return self._marks(line) if self._allowed(body, supplier=supplier, shown=line) else ""

    def _marks(self, text: str) -> str:
        """Without marks of sources that do not exist, images, and links to elsewhere."""
        text = defused(text, self._links)
        return _MARK.sub(lambda m: m[0] if 1 <= int(m[1]) <= self._citations else "", text)

    def _allowed(self, sentence: str, *, names: bool = False, supplier: str | None = None, shown: str = "") -> bool:
        if not sentence.lstrip().startswith("|"):
            self._header = []
        problems, figures = check(sentence, self._facts, names=names, supplier=supplier)
        if problems:
            self.dropped.append(((shown or sentence).strip(), tuple(problems)))
            return False
        self.figures += figures
        return True


def _is_item(shown: str) -> bool:
    """True for what begins as an item of a list or a line of a quotation."""
    mark = _PREFIX.match(shown)
    return bool(mark and mark[0].strip())


def check(
    sentence: str, facts: Facts, *, names: bool = False, supplier: str | None = None
) -> tuple[list[Problem], list[Figure]]:
    """What nothing supports in `sentence`, and the figures that a response of this turn holds.

    `names`: a bold start of the sentence is a supplier's name; `supplier`: the cell of a table that names one."""
    text = _LABEL.sub(lambda m: " " * len(m[0]), _MARK.sub(lambda m: " " * len(m[0]), sentence))
    quoted = verbatim(text, facts)

    def own(span: Span) -> bool:
        """False inside a quotation, which supports itself."""
        return not any(span.start >= quote.start and span.end <= quote.end for quote in quoted)

    problems = [Problem("supplier", name) for name in _strangers(blank(text, quoted), names, supplier, facts)]
    deed = claimed_deed(blank(text, quoted))
    problems += [Problem("deed", deed)] if deed else []
    problems += [Problem("prompt", sentence.strip())] if recites_prompt(sentence) else []
    day = min(facts.dates)
    # Whole dates only: of "in 2025", "October 2026" or "in 12 months" the numbers are checked below.
    dates = [f for f in find_dates(text, day) if re.search(r"\d{4}", f.text) and re.search(r"\d\D+\d", f.text)]
    problems += [Problem("date", f.text) for f in dates if f.day not in facts.dates and own(f.span)]
    text = blank(text, [f.span for f in dates])
    codes = find_codes(text)
    problems += [Problem("code", c.text) for c in codes if not _has_code(c.digits, facts) and own(c.span)]
    text = blank(text, [c.span for c in codes])
    figures: list[Figure] = []
    for number in find_numbers(text):
        if number.text[:1].isalpha() and not number.currency and number.value <= 12:
            continue  # "two ways", "uno de ellos"
        if _inside_word(text, number.span):
            continue
        kind: Kind = "percent" if number.percent or _percent_word(text, number.span) else "number"
        kind = "money" if number.currency else kind
        near = figures[-1].path if figures else ""
        support = facts.support(number, kind, near) or _other_reading(number, text, facts, kind)
        if support is False and own(number.span):
            problems.append(Problem("figure", number.text))
        elif isinstance(support, Leaf) and support.call is not None:
            unit = number.currency or ("%" if kind == "percent" else number.unit)
            figures.append(
                Figure(text=number.text, value=support.value, unit=unit, tool_call=support.call, path=support.path)
            )
    return problems, figures


def _other_reading(number: Number, text: str, facts: Facts, kind: Kind) -> Leaf | bool:
    """Spanish convention: 1.250,50 and 25.000."""
    for other in find_numbers(text, "es"):
        if other.span.start == number.span.start and other.value != number.value:
            return facts.support(other, kind)
    return False


def _inside_word(text: str, span: Span) -> bool:
    """Digits of a name: ISO9001, T-6061, PC-ABS2."""
    before = text[span.start - 1 : span.start]
    return bool(before and (before.isalpha() or (before in "-_/" and text[span.start - 2 : span.start - 1].isalpha())))


def _percent_word(text: str, span: Span) -> bool:
    return bool(re.match(r"\s*(?:%|percent\b|por ciento\b|per cent\b)", text[span.end :], re.IGNORECASE))


def _has_code(digits: str, facts: Facts) -> bool:
    """The number itself, or a longer one of the responses that begins with it."""
    return digits in facts.codes or any(len(c) in (6, 8, 10) and c.startswith(digits) for c in facts.codes)


def _strangers(text: str, names: bool, cell: str | None, facts: Facts) -> list[str]:
    """Suppliers that `text` names and no response does."""
    strangers = [m[1].strip() for m in _COMPANY.finditer(text) if not _known_company(m, facts)]
    if names:
        strangers += [n for n in re.findall(r"^\s*\*\*([^*]+)\*\*", text) if not _known(n.strip(" .:*"), facts)]
    if cell:
        name = re.sub(r"\s*\((?:sample|muestra)\)\s*$", "", re.sub(r"[*_`]|\[\d+\]", "", cell).strip())
        strangers += [] if _known(name.strip(" .:*—-"), facts) else [name]
    return [name.strip(" .:*—-") for name in strangers if name.strip(" .:*—-")]


def _known(name: str, facts: Facts) -> bool:
    wanted = re.sub(r"\s+", " ", fold(re.sub(r"\((?:sample|muestra)\)", "", name))).strip()
    return any(wanted in text for text in facts.texts) or not re.search(r"[a-z]{3}", wanted)


def _known_company(found: re.Match[str], facts: Facts) -> bool:
    """The name, or what is left of it with its legal form when words of the sentence stand before ("Why Acme Inc.")."""
    if _known(found[1].strip(), facts):
        return True
    parts = _bare(found[0]).split()
    tails = [" ".join(parts[start:]) for start in range(1, len(parts) - 1)]
    return any(f"{_bare(text)} ".startswith(f"{tail} ") for tail in tails for text in facts.texts)


@lru_cache(maxsize=4096)
def _bare(text: str) -> str:
    """Folded, without punctuation: "Acme, Inc." and "Acme Inc" are the same."""
    return " ".join(re.sub(r"[^\w\s]", "", fold(text)).split())


@dataclass(frozen=True)
class Grounded:
    """Prose that may be shown, its figures, and what was left out with the reason."""

    text: str
    figures: list[Figure]
    dropped: list[tuple[str, tuple[Problem, ...]]]


def ground(
    prose: str, facts: Facts, citations: int, *, names_expected: bool = False, links: Set[str] = frozenset()
) -> Grounded:
    """Check a whole answer. `citations` is how many sources may be cited, `links` the addresses that may be linked;
    `names_expected`: it lists suppliers."""
    grounder = Grounder(facts, citations, names_expected=names_expected, links=links)
    text = grounder.feed(prose) + grounder.close()
    figures = list({(f.text, f.tool_call, f.path): f for f in grounder.figures}.values())
    return Grounded(text.strip(), figures, grounder.dropped)

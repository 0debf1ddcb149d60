"""A CBP ruling letter taken apart: head, holdings, rulings that it cites, and what it does to other rulings.

Layout of the letters as https://rulings.cbp.gov gives them: number, date, file code, CATEGORY, TARIFF NO., address, RE,
salutation, body (headquarters letters with FACTS, ISSUE, LAW AND ANALYSIS, HOLDING), closing. The site's text files
come in three ways: a paragraph a line, lines wrapped with a blank line after each, and lines wrapped without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ingestion.dates import parse_date
from ingestion.readers.files import clean

_SECTIONS: Final = re.compile(
    r"(FACTS|ISSUES?|LAW AND ANALYSIS|ANALYSIS|LAW|HOLDINGS?|EFFECT ON OTHER RULINGS?|BACKGROUND|DECISION)\s*:?", re.I
)
_DATE: Final = re.compile(r"[A-Z][a-z]{2,8}\.?\s+\d{1,2},?\s+\d{4}")
_FILE_CODE: Final = re.compile(r"\b(?:[A-Z]{3}-\d-\d{0,2}:?\S*|OT:RR:\S+|RR:\S+:\S+)")
_HEAD_LINE: Final = re.compile(r"CATEGORY|TARIFF NO|RE\s*:", re.I)
_DEAR: Final = re.compile(r"(?:Dear\b|Gentlem[ae]n|To Whom)", re.I)
_CODE: Final = re.compile(r"(?<![\d.])\d{4}\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?(?!\d)")
_PREFIX: Final = r"(?:HQ|NY|HRL|NYRL|Headquarters\s+Rulings?(?:\s+Letters?)?|New\s+York\s+Rulings?(?:\s+Letters?)?)"
_REFERENCE: Final = re.compile(
    rf"\b{_PREFIX}\s*(?:\([^)]{{1,10}}\)\s*)?(?:Nos?\.?\s*)?([A-Z]?\d{{6}})\b(?!\.\d)|(?<![\w.-])([A-Z]\d{{6}})(?![\w.])"
)
_DOING: Final = re.compile(r"\b(revo(?:cation|king|kes?|ked)|modif(?:ication|ying|ies|y|ied))\b", re.I)
_DONE: Final = re.compile(r"\b(?:is|are)\s+(?:hereby\s+)?(revoked|modified)\b", re.I)
_MARK: Final = re.compile(
    r"^\W*(?:this ruling (?:has been|was|is)\s+)?(revoked|modified)\s+by:?\s+(.{6,200})$", re.I | re.M
)
_CLOSING: Final = re.compile(
    r"Duty rates are provided for your convenience|This ruling is being issued under|A copy of (?:the|this) ruling"
    r"|The holding set forth above applies only|The HTSUS is subject to periodic amendment|Sincerely|Yours truly"
)
_HOLDING: Final = re.compile(
    r"(?:(?:sub)?headings?|classification)\s+(?:for|under which)\s+(?P<goods>.{3,400}?)\s+"
    r"(?:will be|is|are|would be)\s+(?:classified in\s+|in\s+)?"
    r"(?:subheading\s+)?(?P<code>\d{4}\.\d{2}\.\d{2}\.?\d{2})(?P<rest>.{0,700})",
    re.S,
)
_PROVIDES: Final = re.compile(
    r"which provides? for,?\s+(.+?)(?=\s*[.;]?\s*(?:The|the) (?:\w+ ){0,5}rates? of duty|$)", re.S
)
_RATE: Final = re.compile(r"rates? of duty\s+(?:\w+ ){0,6}?(?:will be|is|are)\s+(.+?)(?:\.\s|\.$|$)", re.S)


@dataclass(frozen=True)
class Holding:
    """What the letter classifies where: `hts` ten digits, the words of the provision and the rate as printed."""

    goods: str
    hts: str
    provides_for: str | None
    rate: str | None


@dataclass(frozen=True)
class Letter:
    """A ruling letter. `hts` and `chapter_99`: digits of the codes its TARIFF NO. line names (or its holdings).
    `head`, `address`, `closing`: its lines as printed; `body`: (section, paragraph). Rulings by number: `cites`,
    `revokes` and `modifies` others, `revoked_by` and `modified_by` where the file itself carries such a mark."""

    number: str
    issued: date | None
    file_code: str | None
    category: tuple[str, ...]
    subject: str
    hts: tuple[str, ...]
    chapter_99: tuple[str, ...]
    holdings: tuple[Holding, ...]
    cites: tuple[str, ...]
    revokes: tuple[str, ...]
    modifies: tuple[str, ...]
    head: tuple[str, ...]
    address: tuple[str, ...]
    body: tuple[tuple[str | None, str], ...]
    closing: tuple[str, ...]
    revoked_by: tuple[str, ...] = field(default=())
    modified_by: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """As CBP cites it: NY N270709, HQ H301619."""
        return f"{'NY' if re.match(r'[NABCDEFGIJKLMPR]', self.number) else 'HQ'} {self.number}"


def looks_like_ruling(text: str) -> bool:
    """Whether a text is a ruling letter: its number alone on an early line, and a file code or TARIFF NO. line."""
    head = clean(text[:4000])
    number = re.search(r"^\s*(?:(?:NY|HQ)\s+)?[A-Z]?\d{6}\s*$", head, re.M)
    marks = (
        _FILE_CODE.search(head),
        re.search(r"^\s*TARIFF NO", head, re.M),
        re.search(r"^\s*CATEGORY\s*:", head, re.M),
    )
    return bool(number) and sum(1 for m in marks if m) >= 2


def read_letter(text: str, name: str = "") -> Letter:
    """Take the text apart. `name`: the file's stem, for the number where the text doesn't print it alone on a line."""
    lines = _paragraphs(text)
    dear = next((n for n, line in enumerate(lines[:60]) if _DEAR.match(line)), None)
    start = next((n + 1 for n, line in enumerate(lines[:60]) if line.upper().startswith("RE:")), 0)
    opening = lines[: start if dear is None else dear]
    rest = lines[len(opening) :]
    head, address = _opening(opening)
    close = next((n for n in range(len(rest) - 1, -1, -1) if not _is_closing(rest, n)), -1) + 1
    body = tuple(_sections(rest[:close]))
    flat = "\n".join(head)
    whole = "\n".join(paragraph for _, paragraph in body)
    subject = _field(head, "RE")
    number = _number(lines, name)
    holdings = tuple(_holdings(whole))
    codes = [re.sub(r"\D", "", c) for c in _CODE.findall(_field(head, "TARIFF NO"))] or [h.hts for h in holdings]
    revokes, modifies = _effects(subject, body)
    marks = {verb.lower(): list(_numbers(found)) for verb, found in _MARK.findall("\n".join(lines))}
    cites = [n for n in _numbers(f"{subject}\n{whole}") if n != number]
    return Letter(
        number=number,
        issued=_issued(opening, name),
        file_code=found[0] if (found := _FILE_CODE.search(flat)) else None,
        category=tuple(part.strip() for part in re.split(r"[;,]", _field(head, "CATEGORY")) if part.strip()),
        subject=subject,
        hts=tuple(dict.fromkeys(c for c in codes if not c.startswith("99"))),
        chapter_99=tuple(dict.fromkeys(c for c in codes if c.startswith("99"))),
        holdings=holdings,
        cites=tuple(dict.fromkeys(cites)),
        revokes=tuple(n for n in revokes if n != number),
        modifies=tuple(n for n in modifies if n != number),
        head=tuple(head),
        address=tuple(address),
        body=body,
        closing=tuple(rest[close:]),
        revoked_by=tuple(marks.get("revoked", ())),
        modified_by=tuple(marks.get("modified", ())),
    )


def ruling_numbers(text: str) -> list[str]:
    """Ruling numbers that a text refers to, each once: `HQ 963436 (1/12/00) and NY N211518` → both numbers."""
    return list(dict.fromkeys(_numbers(text)))


def _paragraphs(text: str) -> list[str]:
    """Paragraphs of the letter, in whichever of the three ways its lines were broken."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\ufeff", "")
    lines = text.split("\n")
    spaced = sum(1 for line in lines if line and not line.strip() and "\xa0" in line) >= 3
    if spaced:  # each wrapped line is followed by an empty one, and a paragraph by a line of a no-break space
        blocks, current = [], [""]
        for line in lines:
            if line and not line.strip():
                blocks.append(" ".join(current))
                current = []
            elif line.strip():
                current.append(line.strip())
        blocks.append(" ".join(current))
        return [p for b in blocks if (p := " ".join(clean(b).split()))]
    plain = [clean(line).rstrip() for line in lines]
    longest = max((len(line) for line in plain), default=0)
    if longest > 130:
        return [" ".join(line.split()) for line in plain if line.strip()]
    return list(_rewrapped(plain))


def _rewrapped(lines: list[str]) -> Iterator[str]:
    """Lines of up to 130 characters joined: a paragraph ends at a blank line, or at a short line before a capital.
    What stands before the salutation is kept line by line but for a subject that runs on."""
    current, before_dear = "", True
    widest = max((len(line) for line in lines), default=0)
    for line in (" ".join(line.split()) for line in lines):
        dear = bool(_DEAR.match(line))
        runs_on = current[:3].upper() == "RE:" or bool(current.upper().startswith("TARIFF NO") and line[:1].isdigit())
        short = len(current.rsplit("\n", 1)[-1]) < widest * 0.75
        ends = not line or (short and not line[:1].islower() and not (before_dear and runs_on)) or dear
        if before_dear and not runs_on:
            ends = True
        if ends and current:
            yield current.replace("\n", " ")
            current = ""
        before_dear = before_dear and not dear
        if dear:
            yield line
        elif line:
            current = f"{current}\n{line}" if current else line
    if current:
        yield current.replace("\n", " ")


def _opening(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines before the salutation: the official ones, and the letterhead and address."""
    head: list[str] = []
    address: list[str] = []
    for line in lines:
        known = _HEAD_LINE.match(line) or re.fullmatch(r"(?:(?:NY|HQ)\s+)?[A-Z]?\d{6}", line) or _DATE.fullmatch(line)
        (head if known or _FILE_CODE.match(line) else address).append(line)
    return head, address


def _is_closing(lines: list[str], number: int) -> bool:
    """Whether this and all lines after it close the letter: formulas, signature, title, office."""
    if _CLOSING.match(lines[number]):
        return True
    return len(lines[number]) < 80 and any(_CLOSING.match(line) for line in lines[:number][-6:])


def _sections(paragraphs: list[str]) -> Iterator[tuple[str | None, str]]:
    section: str | None = None
    for paragraph in paragraphs:
        if (found := _SECTIONS.fullmatch(paragraph)) and paragraph.strip(": ").isupper():
            section = found[1]
        else:
            yield section, paragraph


def _field(head: list[str], label: str) -> str:
    line = next((line for line in head if line.upper().startswith(label)), "")
    return " ".join(re.sub(rf"^{label}[A-Z]*\.?\s*:?\s*", "", line, flags=re.I).split()).rstrip(" .")


def _number(lines: list[str], name: str) -> str:
    for line in lines[:20]:
        if found := re.fullmatch(r"(?:(?:NY|HQ)\s+)?([A-Z]?\d{6})", line):
            return found[1]
    named = re.search(r"([A-Z]?\d{5,6})(?!\d)", name.upper())
    return named[1] if named else name


def _issued(opening: list[str], name: str) -> date | None:
    for line in opening:
        if found := _DATE.match(line):
            try:
                return parse_date(found[0])
            except ValueError:
                continue  # "Suite 100, 2015" and the like
    return None


def _numbers(text: str) -> Iterator[str]:
    for found in _REFERENCE.finditer(text):
        yield found[1] or found[2]


def _effects(subject: str, body: tuple[tuple[str | None, str], ...]) -> tuple[list[str], list[str]]:
    """(revoked, modified): what the subject announces, and what the body declares done."""
    done: dict[str, list[str]] = {"revo": [], "modi": []}
    pieces = _DOING.split(subject)
    for verb, after in zip(pieces[1::2], pieces[2::2], strict=True):
        done[verb[:4].lower()] += _numbers(after.split(";")[0])
    for _, paragraph in body:
        for sentence in re.split(r"(?<=[.;])\s+(?=[A-Z])", paragraph):
            if found := _DONE.search(sentence):
                done[found[1][:4].lower()] += _numbers(sentence[: found.start()])
    return list(dict.fromkeys(done["revo"])), list(dict.fromkeys(done["modi"]))


def _holdings(text: str) -> Iterator[Holding]:
    seen = set()
    for paragraph in text.split("\n"):
        for found in _HOLDING.finditer(paragraph):
            hts = re.sub(r"\D", "", found["code"])
            if hts in seen:
                continue
            seen.add(hts)
            rest = " ".join(found["rest"].split())
            provides, rate = _PROVIDES.search(rest), _RATE.search(rest)
            goods = re.sub(r"^(?:the|an?)\s+", "", " ".join(found["goods"].split()).rstrip(", "))
            yield Holding(
                goods[:300], hts, provides[1].strip(' “”".,')[:400] if provides else None, rate[1] if rate else None
            )

"""General Note 11 of the Harmonized Tariff Schedule (USMCA): the official text or PDF to structured origin rules.

`read_rules(path)` takes the PDF or a text with `=== PAGE n ===` marks; `read_pages` takes pages already extracted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.customs.origin.rules import Alternative, Deemed, Note, Rule, Rules
from assistant.errors import InvalidInput
from ingestion.readers.files import read_content
from ingestion.readers.pdf import read_pdf
from ingestion.sources.general_note_11_grammar import rule_of
from ingestion.sources.general_note_11_text import Paragraph, lines_of, pages_of, paragraphs

URL = "https://hts.usitc.gov/reststop/file?release=currentRelease&filename=General%20Note%2011"
_EDITION = re.compile(r"Harmonized Tariff Schedule of the United States,?\s*(.*)")
_UNDERSCORED = re.compile(r"underscoring of the designations? in subdivisions? (\d+)(?: (?:through|and) (\d+))?")
_DEEMED = re.compile(r"^(?P<goods>.*?)\.{3,}(?P<codes>[\d., ]+)$")


@dataclass(frozen=True)
class Coverage:
    """How much of the note became structure. `rest` lists what is only quoted: (rule, page, text)."""

    rules: int
    structured: int
    alternatives: int
    structured_alternatives: int
    rest: tuple[tuple[str, int, str], ...]

    @property
    def share(self) -> float:
        return self.structured / self.rules if self.rules else 0.0


def read_rules(path: Path, *, document_id: str | None = None) -> Rules:
    """Rules of the note at `path` (.pdf or text). Raises InvalidInput when it is not General Note 11."""
    if path.suffix.lower() == ".pdf":
        pages = [(page.number, page.text) for page in read_pdf(read_content(path)).pages]
    else:
        pages = pages_of(path.read_text(encoding="utf-8"))
    return read_pages(pages, document_id=document_id)


def read_pages(pages: Sequence[tuple[int, str]], *, document_id: str | None = None) -> Rules:
    """Rules from (page number, text). Raises InvalidInput when the pages are not General Note 11."""
    found, rest = paragraphs(lines_of(pages))
    if not found:
        raise InvalidInput(
            "these pages hold no product-specific rules of General Note 11",
            hint="give the official PDF of General Note 11, or its text with '=== PAGE n ===' marks",
        )
    rules, notes = _rules(found)
    edition = next((m[1].strip() for _, text in pages if (m := _EDITION.search(text))), "")
    return Rules(rules, notes, _deemed(rest), edition=edition, document_id=document_id, url=URL)


def coverage(rules: Rules) -> Coverage:
    """Share of rules and alternatives that are structure in full."""
    alternatives = [(r, a) for r in rules.rules for a in r.alternatives]
    rest = tuple(
        (r.id, a.page, a.unread or next(c.values["text"] for c in a.conditions if c.kind == "unread"))
        for r, a in alternatives
        if not a.structured
    )
    return Coverage(
        rules=len(rules.rules),
        structured=sum(r.structured for r in rules.rules),
        alternatives=len(alternatives),
        structured_alternatives=len(alternatives) - len(rest),
        rest=rest,
    )


def _rules(found: Iterable[Paragraph]) -> tuple[list[Rule], list[Note]]:
    rules: list[Rule] = []
    notes: list[Note] = []
    underscored: set[tuple[int, int]] = set()
    for serial, paragraph in enumerate(found):
        made = rule_of(paragraph)
        if not made:
            if m := _UNDERSCORED.search(paragraph.text):
                last = int(m[2] or m[1])
                underscored |= {(paragraph.chapter, n) for n in range(int(m[1]), last + 1)}
            notes.append(_note(paragraph, serial))
            continue
        if paragraph.number is not None and (paragraph.chapter, paragraph.number) in underscored:
            made = [rule.model_copy(update={"automotive": True}) for rule in made]
        if made[0].use is None and rules and rules[-1].use and made[0].ranges and _same_goods(made[0], rules[-1]):
            made[0] = made[0].model_copy(update={"use": rules[-1].use, "inherited_use": True})
        rules += made
    return rules, notes


def _same_goods(rule: Rule, before: Rule) -> bool:
    """8708.99: a rule for tariff items is followed, without a new heading, by the one for the subheading."""
    lo = rule.ranges[0][0]
    return rule.chapter == before.chapter and all(len(a) == 8 and a.startswith(lo) for a, _ in before.ranges)


def _note(paragraph: Paragraph, serial: int) -> Note:
    text = " ".join(paragraph.text.split())
    effect = "text"
    if "nderscor" in text:
        effect = "underscoring"
    elif "(e)(ii)" in text:
        effect = "de_minimis"
    elif text.startswith(
        ("For the purposes of this", "For purposes of this", "Tariff items", "The following are parts")
    ):
        effect = "definition"
    return Note(
        id=f"{paragraph.chapter:02d}.n{serial}",
        chapter=paragraph.chapter,
        title=paragraph.title,
        text=text,
        page=paragraph.page,
        effect=effect,
    )


def _deemed(lines: Iterable[tuple[int, str]]) -> list[Deemed]:
    """The table of subdivision (p); names may run over two lines before the dots."""
    found, name = [], ""
    for page, line in lines:
        if line.startswith("(q)"):
            break
        if m := _DEEMED.match(line):
            goods = f"{name} {m['goods']}".strip()
            codes = tuple(c.replace(".", "") for c in re.findall(r"\d{4}\.[\d.]*\d", m["codes"]))
            found.append(Deemed(goods=goods, codes=codes, narrowed=goods.startswith("Parts of"), page=page))
            name = ""
        elif line.startswith(("Parts", "excluding", "units", "subheading", "8528")):
            name = f"{name} {line}".strip()
    return found


def embedded(rules: Rules) -> Rules:
    """Every rule as the assistant carries it: codes, figures, conditions and pages. The sentences of the note's
    paragraphs and of the few clauses without structure stay in the official file."""
    notes = [n.model_copy(update={"text": ""}) for n in rules.notes]
    kept = [r.model_copy(update={"alternatives": tuple(_unquoted(a) for a in r.alternatives)}) for r in rules.rules]
    return Rules(kept, notes, rules.deemed, edition=rules.edition, url=rules.url)


def _unquoted(a: Alternative) -> Alternative:
    return a if a.unread is None else a.model_copy(update={"unread": f"(not structured here; read page {a.page})"})


def main(arguments: Sequence[str]) -> None:
    """`python -m ingestion.sources.general_note_11 NOTE OUT.json` writes the embedded rules."""
    note, out = (Path(a) for a in arguments)
    out.write_text(embedded(read_rules(note)).to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

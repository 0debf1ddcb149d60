"""The lines of a page as a reader sees them: running heads dropped, lines joined to paragraphs, headings told apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal

from ingestion.readers.pdf import Page

ITEM: Final = re.compile(r"^(\s*)(?:[-*+•–]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,6})[.)])\s+(?=\S)")
FINISHED: Final = re.compile(r"[.:;!?…][\"'”’)\]]*$")
LABEL: Final = re.compile(r"^[^\W\d_][\w ./()&'’°º-]{1,45}:(\s|$)")
ROW: Final = re.compile(r"\| .*\|$")
_TAIL: Final = 40  # a paragraph may be as long as a file; its end alone tells whether it is finished
Kind = Literal["heading", "paragraph", "list", "table"]


def without_running_heads(pages: list[Page]) -> list[Page]:
    """Pages less the unfinished lines at their top and bottom that most pages repeat but for a number."""

    def edges(lines: list[str]) -> list[int]:
        full = [n for n, line in enumerate(lines) if line.strip()]
        return [n for n in sorted({*full[:3], *full[-3:]}) if not lines[n].rstrip().endswith((".", ";", ":", "|"))]

    def key(line: str) -> str:
        return re.sub(r"[\dIVXLC]+", "#", line.strip())

    split = [page.text.split("\n") for page in pages]
    seen = Counter(k for lines in split for k in {key(lines[n]) for n in edges(lines)})
    running = {k for k, times in seen.items() if times >= max(4, len(pages) * 0.6)}
    if not running:
        return pages
    kept = []
    for page, lines in zip(pages, split, strict=True):
        drop = {n for n in edges(lines) if key(lines[n]) in running}
        kept.append(Page(page.number, "\n".join(line for n, line in enumerate(lines) if n not in drop)))
    return kept


def reflow(text: str) -> Iterator[tuple[Kind, str]]:
    """Lines of a page joined to paragraphs: a new one begins at a blank line, an item, a label or a short last line.

    A short unfinished line between a finished one and a longer one is a heading; rows of a table stay as they are."""
    lines = [line.strip() for line in text.split("\n")]
    width = max((len(line) for line in lines if not ROW.match(line)), default=0)
    form = sum(1 for line in lines if LABEL.match(line)) >= 3
    current = ""
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        ended = not current or bool(FINISHED.search(current[-_TAIL:]))
        short = bool(current) and len(current) - current.rfind("\n") - 1 < width * 0.6
        if ROW.match(line):
            if current:
                yield "paragraph", current.replace("\n", " ")
                current = ""
            yield "table", line
            continue
        label, capital = bool(LABEL.match(line)), line[:1].isupper()
        fresh = not line or bool(ITEM.match(line)) or (short and (ended or capital)) or (label and (form or ended))
        heading = (
            2 < len(line) < min(60, width * 0.5)
            and capital
            and (ended or (short and "," not in line and len(line.split()) <= 4))
            and not (FINISHED.search(line) or label or ITEM.match(line))
            and len(after) > len(line)
            and not after[0].islower()
        )
        if (fresh or heading) and current:
            yield "paragraph", current.replace("\n", " ")
            current = ""
        if heading:
            yield "heading", line
        elif line:
            glue = "" if re.search(r"\w-$", current[-_TAIL:]) else "\n"
            current = f"{current}{glue}{line}" if current else line
    if current:
        yield "paragraph", current.replace("\n", " ")

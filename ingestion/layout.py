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
Kind = Literal["heading", "paragraph", "list", "table"]


def without_running_heads(pages: list[Page]) -> list[Page]:
    """Pages less the lines at their top and bottom that most pages repeat but for a number."""

    def edges(lines: list[str]) -> list[int]:
        full = [n for n, line in enumerate(lines) if line.strip()]
        return sorted({*full[:3], *full[-3:]})

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

    A short unfinished line between a finished one and a longer one is a heading."""
    lines = [line.strip() for line in text.split("\n")]
    width = max((len(line) for line in lines), default=0)
    form = sum(1 for line in lines if LABEL.match(line)) >= 3
    current = ""
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        ended = not current or bool(FINISHED.search(current))
        short = bool(current) and len(current.rsplit("\n", 1)[-1]) < width * 0.6
        label = bool(LABEL.match(line))
        fresh = not line or ITEM.match(line) or (label and (form or ended or short)) or (ended and short)
        if fresh or (form and short and line[:1].isupper() and LABEL.match(current)):
            if current:
                yield "paragraph", current.replace("\n", " ")
            current = ""
        small = 2 < len(line) < min(60, width * 0.5) and line[0].isupper() and not FINISHED.search(line)
        if ended and small and not label and not ITEM.match(line) and len(after) > len(line) and not after[0].islower():
            if current:
                yield "paragraph", current.replace("\n", " ")
            current = ""
            yield "heading", line
        elif line:
            glue = "" if re.search(r"\w-$", current) else "\n"
            current = f"{current}{glue}{line}" if current else line
    if current:
        yield "paragraph", current.replace("\n", " ")

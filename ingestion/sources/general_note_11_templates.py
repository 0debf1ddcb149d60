"""Sentences that the rules of General Note 11 repeat, as two-way templates: one reads the note and writes it back.

A template is words with `{slot:pattern}` for what varies and `[...]` for what the print sometimes leaves out; options
stand as `<one|other>`. `read` matches squeezed text and answers slots and a style (one character an option);
`assistant.customs.origin.printing.fill` writes the same words from slots and style.
"""

from __future__ import annotations

import re
from functools import cache

from assistant.customs.origin.printing import CONDITIONS, pieces
from assistant.customs.origin.rules import Condition
from ingestion.sources.general_note_11_text import Squeezed

_SLOT = {"n": r"\d+(?:\.\d+)?", "refs": r"[^;]+?", "words": r".+?"}


@cache
def _compiled(template: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    pattern, slots, option = "", [], 0
    for kind, value in pieces(template):
        if kind == "text":
            pattern += re.escape("".join(value[0].split()))
        elif kind == "slot":
            name, sort = value
            pattern += f"(?P<{name}>{_SLOT[sort]})"
            slots.append(name)
        else:
            choices = sorted(enumerate(value), key=lambda c: -len(c[1]))
            pattern += "(?:" + "|".join(f"(?P<o{option}_{i}>{re.escape(''.join(c.split()))})" for i, c in choices) + ")"
            option += 1
    return re.compile(pattern), tuple(slots)


def read(squeezed: Squeezed, start: int, end: int) -> tuple[Condition, ...] | None:
    """Conditions that make up `text[start:end]` in full, or None."""
    for kind, templates in CONDITIONS.items():
        for index, template in enumerate(templates):
            pattern, slots = _compiled(template)
            m = pattern.fullmatch(squeezed.text, start, end)
            if m:
                values = {s: squeezed.words(m.start(s), m.end(s)) for s in slots}
                return (Condition(kind=kind, values=values, style=_style(m), template=index),)
    return None


def _style(m: re.Match[str]) -> str:
    chosen: dict[int, str] = {}
    for name, value in m.groupdict().items():
        if value is not None and re.fullmatch(r"o\d+_\d+", name):
            option, choice = name[1:].split("_")
            chosen[int(option)] = choice
    return "".join(chosen[i] for i in sorted(chosen))

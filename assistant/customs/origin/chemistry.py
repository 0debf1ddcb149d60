"""Chapters 27 to 40: processes that confer origin by themselves (General Note 11(n)(iv), (v) and chapter 27 rule 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.customs.origin.facts import Facts
from assistant.customs.origin.outcome import NO, YES, Outcome, every, some, unknown
from assistant.customs.origin.rules import covers


class Process(NamedTuple):
    """A process, the goods it serves (chapters), the goods left out, and its page."""

    name: str
    chapters: tuple[int, int]
    without: tuple[str, ...]
    page: int
    aliases: tuple[str, ...] = ()


_ESSENTIAL = ("3301", "350211-350219")
_MIX = ("blending", "mixing_or_blending", "mixture")
_SIZE = ("change_in_particle_size", "micronizing", "particle_size_change")
_BIO = ("biochemical_process", "biotechnological_process", "fermentation", "biochemical")
PROCESSES = (
    Process("chemical_reaction", (28, 38), ("3301", "3823", "291632", "350211-350219"), 21),
    Process("purification", (28, 38), _ESSENTIAL, 22),
    Process("mixing", (28, 38), (*_ESSENTIAL, "28", "29", "32", "3808"), 22, _MIX),
    Process("particle_size", (28, 38), (*_ESSENTIAL, "28", "29", "32", "38"), 22, _SIZE),
    Process("standards_material", (28, 38), _ESSENTIAL, 22, ("standard_materials", "standards")),
    Process("isomer_separation", (28, 38), _ESSENTIAL, 22, ("separation_of_isomers",)),
    Process("biotechnology", (28, 38), _ESSENTIAL, 22, _BIO),
    Process("chemical_reaction", (39, 40), (), 23),
    Process("purification", (39, 40), (), 23),
    Process("mixing", (39, 39), (), 23, _MIX),
    Process("standards_material", (39, 39), (), 24, ("standard_materials", "standards")),
    Process("isomer_separation", (39, 39), (), 24, ("separation_of_isomers",)),
    Process("biotechnology", (39, 39), (), 24, _BIO),
    Process("chemical_reaction", (27, 27), (), 31),
)  # fmt: skip


def _left_out(ranges: Sequence[str], code: str) -> bool | None:
    answers = []
    for text in ranges:
        lo, _, hi = text.partition("-")
        answers.append(covers(lo, hi or lo, code))
    return True if True in answers else (None if None in answers else False)


def routes(code: str, facts: Facts) -> list[tuple[Process, Outcome]]:
    """Each process open to the good, with its outcome; a process nobody spoke of is unknown."""
    chapter, said = int(code[:2]), facts.processes()
    found = []
    for process in PROCESSES:
        if not process.chapters[0] <= chapter <= process.chapters[1]:
            continue
        out = _left_out(process.without, code)
        if out is True:
            found.append((process, NO))
            continue
        open_ = unknown("hts") if out is None else YES
        found.append((process, every((open_, _done(process, said, facts)))))
    return found


def _done(process: Process, said: frozenset[str] | None, facts: Facts) -> Outcome:
    names = {process.name, *process.aliases}
    fact = "chemical_reaction" if process.name == "chemical_reaction" else "processes"
    named = unknown(fact) if said is None else (YES if names & said else NO)
    if process.name == "chemical_reaction" and "chemical_reaction" in facts:
        named = some((facts.yes("chemical_reaction"), NO if named.value is None else named))
    if process.name == "purification" and named.value is not False and "purification_country" in facts:
        place = facts.in_region("purification_country")
        return place if named.value is True or "processes" not in facts else NO
    return named


def separated(code: str, facts: Facts) -> Outcome:
    """(n)(iv)(H): parted from a man-made mixture, a good of chapters 28 to 38 needs a chemical reaction besides."""
    said = facts.processes() or frozenset()
    if not 28 <= int(code[:2]) <= 38 or not said & {"separation", "separation_from_mixture", "separation_prohibition"}:
        return YES
    if covers("3301", "3301", code) or covers("350211", "350219", code):
        return YES
    reaction = facts.yes("chemical_reaction") if "chemical_reaction" in facts else NO
    return YES if "chemical_reaction" in said else reaction

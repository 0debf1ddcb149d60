"""Which line of which schedule revision is in force: pure choice among the rows that the catalog holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.customs.hts_number import format_hts
from assistant.customs.law import say
from assistant.customs.rate_words import printed_rate
from assistant.customs.types import Language, Source
from assistant.errors import Ambiguous, NotInForce, Unavailable, UnknownHts


@dataclass(frozen=True, slots=True)
class Revision:
    """A loaded edition of the schedule. `partial`: an extract, in which an absent line is unknown, not deleted."""

    document_id: str
    name: str
    effective_from: date
    partial: bool
    title: str
    url: str | None

    @property
    def source(self) -> Source:
        return Source(title=self.title, url=self.url, document_id=self.document_id, effective_from=self.effective_from)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a revision. Rates are as printed; `*_from` is the line a rate is inherited from."""

    hts: str
    path: tuple[str, ...]
    units: tuple[str, ...]
    general: str
    special: str
    other: str
    revision: Revision
    path_es: tuple[str, ...] = ()
    general_from: str | None = None
    special_from: str | None = None
    other_from: str | None = None
    footnotes: tuple[dict[str, object], ...] = field(default=())

    def description(self, language: Language) -> tuple[str, ...]:
        """Description path from heading to line, in Spanish where the catalog has one."""
        return self.path_es if language == "es" and self.path_es else self.path

    @property
    def rates(self) -> tuple[str, str, str]:
        return self.general, self.special, self.other

    def footnote_headings(self, column: str) -> tuple[str, ...]:
        """Chapter 99 headings that the footnotes of `column` name."""
        found: list[str] = []
        for note in self.footnotes:
            columns, headings = note.get("columns"), note.get("headings")
            if isinstance(columns, list) and column in columns and isinstance(headings, list):
                found += [str(h) for h in headings if h not in found]
        return tuple(found)


Nearest = Callable[[str], Sequence[str]]


def revision_on(revisions: Sequence[Revision], day: date, language: Language = "en") -> Revision:
    """The latest revision in force on `day`, an official one before an extract of the same day.

    Raises Unavailable when none is loaded, NotInForce before the first."""
    if not revisions:
        raise Unavailable(say("error.no_schedule", language), hint=say("hint.no_schedule", language))
    in_force = [r for r in revisions if r.effective_from <= day]
    if not in_force:
        first = min(revisions, key=lambda r: r.effective_from)
        raise NotInForce(
            say("error.schedule_day", language, day=day, revision=first.name, start=first.effective_from),
            field="entry_date",
            hint=say("hint.schedule_day", language, start=first.effective_from),
        )
    return max(in_force, key=lambda r: (r.effective_from, not r.partial))


def resolve(
    digits: str,
    day: date,
    rows: Sequence[Line],
    revisions: Sequence[Revision],
    nearest: Nearest,
    language: Language = "en",
) -> tuple[Line, bool]:
    """The line in force for `digits` (6, 8 or 10) on `day`, and whether it stands for a shorter number.

    `rows` are all loaded rows whose number begins with the first 8 digits (or with the 6 given). A line absent from
    an official revision is not in force under it; one absent from an extract is looked up in earlier revisions.
    Raises UnknownHts (with the nearest numbers), Ambiguous (a 6-digit number whose lines differ), NotInForce."""
    return pick(digits, rows_in_force(digits, day, rows, revisions, nearest, language), language)


def rows_in_force(
    digits: str,
    day: date,
    rows: Sequence[Line],
    revisions: Sequence[Revision],
    nearest: Nearest,
    language: Language = "en",
) -> list[Line]:
    """The rows under `digits` of the revision that decides on `day`, in file order. Raises as `resolve`, but is never
    ambiguous."""
    revision_on(revisions, day, language)
    in_force = sorted(
        (r for r in revisions if r.effective_from <= day), key=lambda r: (r.effective_from, not r.partial), reverse=True
    )
    for revision in in_force:
        here = [r for r in rows if r.revision.document_id == revision.document_id and r.hts.startswith(digits)]
        if here := here or _whole_line(digits, revision, rows):
            return here
        if not revision.partial:
            break
    raise _unknown(digits, day, rows, in_force, nearest, language)


def _whole_line(digits: str, revision: Revision, rows: Sequence[Line]) -> list[Line]:
    """The eight-digit line of a ten-digit number where the edition prints no suffixes under it: those of watches and
    clocks are made by a statistical note."""
    under = [r for r in rows if r.revision.document_id == revision.document_id and r.hts.startswith(digits[:8])]
    return under if len(digits) == 10 and {r.hts for r in under} == {digits[:8]} else []


def outline(digits: str, here: Sequence[Line]) -> Line:
    """The row of a heading or subheading; where an extract has none, one made of what its lines share."""
    exact = next((row for row in here if row.hts == digits), None)
    if exact:
        return exact
    first, same = here[0], len({row.rates for row in here}) == 1
    return replace(
        first,
        hts=digits,
        units=first.units if same else (),
        path=_shared([row.path for row in here]),
        path_es=_shared([row.path_es for row in here]),
        general=first.general if same else "",
        special=first.special if same else "",
        other=first.other if same else "",
        footnotes=first.footnotes if same else (),
    )


def next_level(digits: str, here: Sequence[Line]) -> list[Line]:
    """The rows one coded level under `digits`: those with no coded row between."""
    codes = {row.hts for row in here}
    return [
        row
        for row in here
        if row.hts.startswith(digits)
        and row.hts != digits
        and not any(row.hts[:n] in codes for n in range(len(digits) + 1, len(row.hts)))
    ]


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The beginning that all paths have in common."""
    common = 0
    while all(len(path) > common and path[common] == paths[0][common] for path in paths):
        common += 1
    return paths[0][:common]


def pick(digits: str, here: Sequence[Line], language: Language = "en") -> tuple[Line, bool]:
    """The row of `here` that `digits` stand for, and whether it stands for a shorter number; see `resolve`."""
    exact = next((r for r in here if r.hts == digits), None)
    declarable = [r for r in here if len(r.hts) == 10] or [r for r in here if len(r.hts) == 8] or list(here)
    if len(digits) == 10 and exact:
        return exact, False
    if len(digits) == 8:
        return exact or declarable[0], True
    if len({r.rates for r in declarable}) == 1:
        return declarable[0], True
    lines: dict[tuple[str, str, str], Line] = {}
    for row in declarable:
        lines.setdefault(row.rates, row)
    blank = say("word.no_rate", language)
    shown = "; ".join(
        f"{format_hts(r.hts)} {printed_rate(r.general, language) or blank}: {r.description(language)[-1]}"
        for r in list(lines.values())[:8]
    )
    raise Ambiguous(
        say("error.hts_ambiguous", language, hts=format_hts(digits), lines=shown),
        field="hts",
        hint=say("hint.hts_ambiguous", language),
    )


def _unknown(
    digits: str,
    day: date,
    rows: Sequence[Line],
    in_force: Sequence[Revision],
    nearest: Nearest,
    language: Language,
) -> UnknownHts:
    shown = format_hts(digits)
    elsewhere = sorted({(r.revision.effective_from, r.revision.name) for r in rows if r.hts.startswith(digits)})
    if elsewhere:
        names = ", ".join(say("revision.from", language, revision=name, start=start) for start, name in elsewhere)
        return UnknownHts(
            say("error.hts_elsewhere", language, hts=shown, day=day, revisions=names),
            field="hts",
            hint=say("hint.hts_elsewhere", language),
        )
    close = [format_hts(code) for code in nearest(digits)]
    hints = [say("hint.hts_nearest", language, numbers=", ".join(close))] if close else []
    if all(revision.partial for revision in in_force):
        hints.append(say("hint.hts_extract", language))
    return UnknownHts(
        say("error.hts_unknown", language, hts=shown, day=day),
        field="hts",
        hint="; ".join(hints) or say("hint.hts_check", language),
    )

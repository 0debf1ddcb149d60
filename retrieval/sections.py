"""Sections: what is ranked as one. A section of a guide is its text in every language and all its parts.

Every guide exists in several languages with the same sections in the same order, so what one version says is evidence
for the others: a question and its translation find the same section. Other documents are ranked passage by passage.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, column, or_, select
from sqlalchemy import text as sql

from retrieval.models import Document, Passage

WHOLE = 3
"""Parts of one section that are given back as one text; more are found one by one."""
_COLUMNS = (
    Passage.id,
    Passage.rowid,
    Passage.document_id,
    Passage.paragraph,
    Passage.language,
    Passage.ordinal,
    Passage.embed,
)
_GUIDE = Document.meta["guide_id"].as_string()


class Member(NamedTuple):
    """A passage of a section, without its text."""

    id: str
    rowid: int
    document_id: str
    paragraph: str | None
    language: str | None
    ordinal: int
    embed: bool


class Row(NamedTuple):
    """A passage with the guide it is of, if it is of one: (kind, tenant, guide)."""

    member: Member
    guide: tuple[str, str, str] | None


@dataclass(frozen=True)
class Section:
    """`members` by document, in text order."""

    members: tuple[Member, ...]

    @property
    def key(self) -> str:
        return self.members[0].id

    def parts(self, language: str) -> tuple[Member, ...]:
        """The parts of one version: in `language`, else in English, else of the first document."""
        for wanted in (language, "en", self.members[0].language):
            first = next((m for m in self.members if m.language == wanted), None)
            if first is not None:
                return tuple(m for m in self.members if m.document_id == first.document_id)
        return self.members


Sections = tuple[tuple[Member, ...], ...]
Guide = tuple[str, str, str]
_REMEMBERED: dict[tuple[str, str], tuple[str, Sections]] = {}
_MOST_REMEMBERED = 5_000


def rows_of(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    *,
    ids: Iterable[str] | None = None,
    rowids: Iterable[int] | None = None,
) -> list[Row]:
    """The passages of these ids, or of these rowids, whose documents meet the conditions; in no order."""
    key, listed = (Passage.id, ids) if ids is not None else (Passage.rowid, rowids)
    first = select(*_COLUMNS).where(key.in_(_LISTED)).limit(-1).subquery()  # a limit: SQLite may not begin elsewhere
    statement = select(*first.c, Document.kind, Document.tenant, _GUIDE).join(
        Document, Document.id == first.c.document_id
    )
    found = connection.execute(statement.where(*conditions), {"listed": json.dumps(list(listed or ()))}).all()
    return [Row(Member(*row[:-3]), None if row[-1] is None else (row[-3], row[-2], row[-1])) for row in found]


_LISTED = sql("SELECT value FROM json_each(:listed)").columns(column("value")).scalar_subquery()


def sections_of(
    connection: Connection, rows: Iterable[Row], conditions: Sequence[ColumnElement[bool]]
) -> list[Section]:
    """The sections that these passages stand in, of documents that meet the conditions."""
    found: list[Section] = []
    wanted: set[str] = set()
    guides: set[Guide] = set()
    for row in {row.member.id: row for row in rows}.values():
        if row.guide is None:
            found.append(Section((row.member,)))
        else:
            guides.add(row.guide)
            wanted.add(row.member.id)
    for versions in _versions(connection, guides, conditions):
        found += [s for s in _aligned(versions) if any(member.id in wanted for member in s.members)]
    return found


def _versions(
    connection: Connection, guides: set[Guide], conditions: Sequence[ColumnElement[bool]]
) -> Iterable[list[Sections]]:
    """For each of these guides its language versions, each as its sections, these as their parts."""
    if not guides:
        return
    documents = select(Document.id, Document.sha256, Document.added_at, Document.kind, Document.tenant, _GUIDE).where(
        Document.kind.in_({kind for kind, _, _ in guides}), _GUIDE.in_({guide for _, _, guide in guides}), *conditions
    )
    by_guide: dict[Guide, list[Sections]] = defaultdict(list)
    for document, sha256, added_at, *guide in connection.execute(documents.order_by(Document.id)):
        kind, tenant, name = guide
        if (kind, tenant, name) in guides:
            by_guide[kind, tenant, name].append(_sections(connection, document, f"{sha256} {added_at}"))
    yield from by_guide.values()


def _sections(connection: Connection, document: str, edition: str) -> Sections:
    """A document's sections, remembered as long as the document is the same."""
    key = str(connection.engine.url), document
    known = _REMEMBERED.get(key)
    if known is None or known[0] != edition:
        statement = select(*_COLUMNS).where(Passage.document_id == document).order_by(Passage.ordinal)
        members = [Member(*row) for row in connection.execute(statement)]
        runs = itertools.groupby(members, lambda member: member.paragraph)
        known = _REMEMBERED[key] = edition, tuple(tuple(run) for _, run in runs)
        if len(_REMEMBERED) > _MOST_REMEMBERED:
            _REMEMBERED.pop(next(iter(_REMEMBERED)), None)
    return known[1]


def _aligned(versions: Sequence[Sections]) -> Iterable[Section]:
    if len({len(sections) for sections in versions}) > 1:  # not translations of each other
        for sections in versions:
            yield from _aligned([sections])
        return
    for twins in zip(*versions, strict=True):
        if max(len(parts) for parts in twins) <= WHOLE:
            yield Section(tuple(member for parts in twins for member in parts))
        elif len({len(parts) for parts in twins}) == 1:
            yield from (Section(same) for same in zip(*twins, strict=True))
        else:
            yield from (Section((member,)) for parts in twins for member in parts)


def wholes(connection: Connection, members: Iterable[Member]) -> dict[str, list[str]]:
    """For each passage the ids of the parts of the section that it was cut from, in order; itself alone when there are
    many or none. Parts follow each other under one heading, on one page, about one manufacturer."""
    cut = [m for m in members if m.paragraph and m.embed]
    if not cut:
        return {}
    near = or_(
        *(
            and_(Passage.document_id == m.document_id, Passage.ordinal.between(m.ordinal - WHOLE, m.ordinal + WHOLE))
            for m in cut
        )
    )
    maker = Passage.meta["manufacturer_id"].as_string()
    statement = select(Passage.id, Passage.document_id, Passage.ordinal, Passage.paragraph, Passage.page, maker)
    rows = connection.execute(statement.where(near).order_by(Passage.document_id, Passage.ordinal)).all()
    whole: dict[str, list[str]] = {}
    wanted = {m.id for m in cut}
    runs = itertools.groupby(enumerate(rows), lambda at: (*at[1][3:], at[1].document_id, at[1].ordinal - at[0]))
    for _, run in runs:
        ids = [row.id for _, row in run]
        whole.update({i: ids if len(ids) <= WHOLE else [i] for i in ids if i in wanted})
    return whole


def joined(texts: Sequence[str]) -> str:
    """Parts of a section as one text. What a part repeats at its head (a list's introduction, a table's head) is said
    once."""
    whole = texts[0]
    for text in texts[1:]:
        lines = text.split("\n")
        said = set(whole.split("\n"))
        while len(lines) > 1 and (lines[0] in said or whole.split("\n\n")[-1].startswith(lines[0])):
            lines.pop(0)
        listed = lines[0].lstrip().startswith(("-", "*", "•", "|", "(")) or lines[0].lstrip()[:1].isdigit()
        whole += ("\n" if listed else "\n\n") + "\n".join(lines)
    return whole

"""Product-specific rules of origin as structure: what General Note 11(o) says, in a form an engine can apply.

A `Rule` covers goods (`scope`), may hold between dates, for one direction of trade or for one use, and lists
`Alternative`s, any one of which suffices. Tariff numbers are digits without dots. What could not be read into this
form stays as quoted text in `Alternative.unread`; the engine answers `cannot_tell` for it. The printer
(`printing.py`) writes a rule back as the note prints it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from assistant.customs.types import Frozen

DATA = Path(__file__).parent / "data"

TermKind = Literal["codes", "any_other", "outside_group", "any", "same", "goods", "several", "both"]
Trade = Literal["CA-US", "MX-US", "other"]


class Term(Frozen):
    """One member of a list of goods: tariff numbers, a relation to the good itself, or described goods.

    codes: `goods` (a narrowing description, if any) of `lo` through `hi`; any_other: any other `unit`, perhaps only
    `within` some provision; outside_group: any `unit` outside the rule's range; any: any `unit` at all (a `within`
    narrows it); same: `goods` of the good's own `unit`; goods: a description without a number; several, both: the
    list counts only when more than one (or all) of `members` are used.
    """

    kind: TermKind
    sep: str = ""
    word: str = ""
    lo: str = ""
    hi: str | None = None
    hi_word: str = ""
    printed: str | None = None
    goods: str | None = None
    join: str = ""
    unit: str = ""
    within: str = ""
    including: str = ""
    members: tuple[tuple[str, tuple[Term, ...]], ...] = ()


class Condition(Frozen):
    """Something beyond the tariff change: its `kind`, its numbers and goods (`values`), how it is printed (`style`)."""

    kind: str
    values: dict[str, str] = Field(default_factory=dict)
    style: str = ""
    template: int = 0

    def percent(self, name: str) -> Decimal | None:
        value = self.values.get(name)
        return Decimal(value) if value else None


class Alternative(Frozen):
    """One way to satisfy the rule: a change in classification (or none) and the conditions that go with it."""

    label: str = ""
    form: Literal["change", "no_change", "process", "unread"] = "change"
    head: str = ""
    scope: tuple[Term, ...] = ()
    scope_but: str = ""
    froms: tuple[Term, ...] = ()
    excepts: tuple[Term, ...] = ()
    except_word: str = ""
    also: tuple[Term, ...] = ()
    also_word: str = ""
    also_excepts: tuple[Term, ...] = ()
    also_except_word: str = ""
    conditions: tuple[Condition, ...] = ()
    processes: tuple[str, ...] = ()
    end: str = ""
    unread: str | None = None
    page: int = 0

    @cached_property
    def structured(self) -> bool:
        return self.unread is None and all(c.kind != "unread" for c in self.conditions)


class Use(Frozen):
    """`For a good of … for use in …:` before the alternatives."""

    head: str
    goods: str = ""
    uses: tuple[str, ...] = ()
    text: str = ""


class Rule(Frozen):
    """One numbered rule, or one dated or bilateral rule that stands in an unnumbered paragraph."""

    id: str
    chapter: int
    mark: str = ""
    scope: tuple[Term, ...] = ()
    alternatives: tuple[Alternative, ...]
    use: Use | None = None
    inherited_use: bool = False
    trade: Trade | None = None
    intro: str = ""
    start: date | None = None
    end: date | None = None
    automotive: bool = False
    incorporating: str | None = None
    page: int
    page_end: int

    @cached_property
    def structured(self) -> bool:
        return all(a.structured for a in self.alternatives)

    @cached_property
    def ranges(self) -> tuple[tuple[str, str], ...]:
        """Scope as (first, last) digits of equal length, over every alternative."""
        return tuple(dict.fromkeys(span for a in self.alternatives for span in self.spans(a)))

    def spans(self, alternative: Alternative) -> tuple[tuple[str, str], ...]:
        """Goods of one alternative. Where its print contradicts the rule's own opening words ("For a good of
        subheading 8409.99 …: to a good of subheading 8409.91", p. 73), the opening words hold."""
        own = tuple((t.lo, t.hi or t.lo) for t in alternative.scope if t.kind == "codes")
        whole = tuple((t.lo, t.hi or t.lo) for t in self.scope if t.kind == "codes")
        if not own:
            return whole or tuple((t.lo, t.hi or t.lo) for a in self.alternatives for t in a.scope if t.kind == "codes")
        if whole and not any(covers(lo, hi, mine) is not False for lo, hi in whole for mine, _ in own):
            return whole
        return own

    def in_force(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


class Note(Frozen):
    """A chapter, heading or subheading rule in words: quoted, with the provisions it names."""

    id: str
    chapter: int
    title: str
    text: str
    page: int
    effect: str = "text"


class Deemed(Frozen):
    """Goods of subdivision (p): originating whatever their inputs, when they come from Mexico or Canada."""

    goods: str
    codes: tuple[str, ...]
    narrowed: bool
    page: int


def covers(lo: str, hi: str, code: str) -> bool | None:
    """Does `lo` through `hi` cover `code`? None when `code` has too few digits to say."""
    n = len(lo)
    if len(code) >= n:
        return lo <= code[:n] <= hi
    if not lo[: len(code)] <= code <= hi[: len(code)]:
        return False
    inside = lo[: len(code)] < code < hi[: len(code)]
    return True if inside else None


class Rules:
    """All rules of one edition of the note, found by tariff number. Build with `load` or from a reader's rows."""

    def __init__(
        self,
        rules: Iterable[Rule],
        notes: Iterable[Note] = (),
        deemed: Iterable[Deemed] = (),
        *,
        edition: str = "",
        document_id: str | None = None,
        url: str | None = None,
        partial: bool = False,
    ) -> None:
        self.rules = tuple(rules)
        self.notes = tuple(notes)
        self.deemed = tuple(deemed)
        self.edition, self.document_id, self.url, self.partial = edition, document_id, url, partial
        self._by_chapter: dict[str, list[Rule]] = {}
        for rule in self.rules:
            for chapter in {lo[:2] for lo, _ in rule.ranges}:
                self._by_chapter.setdefault(chapter, []).append(rule)
        self._cache: dict[str, tuple[Rule, ...]] = {}

    def candidates(self, code: str) -> tuple[Rule, ...]:
        """Rules whose scope covers `code` (digits), or may cover it when the number is short. Tariff-item rules
        displace heading and subheading rules (subdivisions (m)(v), (n)(viii)) when they surely cover the good."""
        found = self._cache.get(code)
        if found is None:
            hits = [(r, self._fit(r, code)) for r in self._by_chapter.get(code[:2], ())]
            exact = [r for r, fit in hits if fit is True and self._items(r, code)]
            found = tuple(exact) if exact else tuple(r for r, fit in hits if fit is not False)
            if len(self._cache) < 50_000:
                self._cache[code] = found
        return found

    @staticmethod
    def _fit(rule: Rule, code: str) -> bool | None:
        answers = [covers(lo, hi, code) for lo, hi in rule.ranges]
        return True if True in answers else (None if None in answers else False)

    @staticmethod
    def _items(rule: Rule, code: str) -> bool:
        return any(len(lo) == 8 and covers(lo, hi, code) for lo, hi in rule.ranges)

    def notes_for(self, code: str) -> tuple[Note, ...]:
        return tuple(n for n in self.notes if n.chapter == int(code[:2]))

    def to_json(self) -> str:
        """The whole set as JSON, defaults left out; `from_json` reads it back."""
        body: dict[str, Any] = {
            "edition": self.edition,
            "document_id": self.document_id,
            "url": self.url,
            "partial": self.partial,
            "rules": [r.model_dump(mode="json", exclude_defaults=True) for r in self.rules],
            "notes": [n.model_dump(mode="json", exclude_defaults=True) for n in self.notes],
            "deemed": [d.model_dump(mode="json", exclude_defaults=True) for d in self.deemed],
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Rules:
        """Raises ValueError (pydantic's included) when the text is not what `to_json` writes."""
        body = json.loads(text)
        return cls(
            [Rule.model_validate(r) for r in body["rules"]],
            [Note.model_validate(n) for n in body["notes"]],
            [Deemed.model_validate(d) for d in body["deemed"]],
            edition=body["edition"],
            document_id=body["document_id"],
            url=body["url"],
            partial=body["partial"],
        )

    @classmethod
    @cache
    def load(cls) -> Rules:
        """The embedded rules: every rule of the edition that `edition` names."""
        return cls.from_json((DATA / "rules.json").read_text(encoding="utf-8"))

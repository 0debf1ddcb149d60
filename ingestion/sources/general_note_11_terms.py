"""Lists of goods in the rules of General Note 11: `headings 5106 through 5113, chapter 54 or headings 5508 through
5516`, `any other subheading, including another subheading within that group`, `housings of subheading 8508.70`.

Works on squeezed text between two positions and answers a tuple of terms, or None when the words are not a list it
knows (the caller then keeps the text as quoted, unread).
"""

from __future__ import annotations

import re

from assistant.customs.origin.rules import Term
from ingestion.sources.general_note_11_text import Squeezed

# Misprints of the 2025 edition, squeezed as printed -> digits meant. The print is kept beside the meaning.
MISPRINTS = {
    "84.31": "8431",
    "72.26": "7226",
    "8702.10.6": "87021060",
    "8483,.50.60": "84835060",
}
_CODE = (
    r"(?:\d{4}\.\d\d\.\d\d|8702\.10\.6(?!\d)|8483,\.50\.60|84\.31|72\.26|\d{4}\.\d\d|\d{4}|\d\d|(?<=chapter)\d)"
    r"(?:(?!\d)|(?=5310through))"
)
_WORD = r"(?:[Cc]hapters?|(?:[Ss]ub)?[Hh]eadings?|[Tt]ariffitems?)"
_CODES = re.compile(rf"(?P<word>{_WORD})?(?P<lo>{_CODE})(?:through(?P<hi_word>{_WORD})?(?P<hi>{_CODE}))?")
_ANY_OTHER = re.compile(
    r"(?P<head>anyother|another)(?P<unit>chapter|heading|subheading|tariffitem)"
    r"(?P<within>within(?:chapter\d\d|heading\d{4}|subheading\d{4}\.\d\d|thatgroup))?"
    r"(?P<including>,includinganother(?:heading|subheading)within(?:that|the)group)?"
)
_OUTSIDE = re.compile(r"any(?P<unit>heading|subheading)outsidethatgroup")
_ANY = re.compile(r"any(?P<unit>heading|chapter|subheading)(?P<within>withinthatgroup)?(?!o)")
_SAME = re.compile(
    r"(?P<goods>.*?)(?P<join>within|of)(?P<within>that|those|these|thesame)(?P<unit>subheadings?|headings?)"
)
_STOP = re.compile(
    r"whetherornotthere|exceptfrom|provided(?!with)|anyother(?!good|thanthose|tariffitem)|anysubheading|anyheading"
    r"|otherthanstrips"
)
_NOT_GOODS = re.compile(r"(?:or|and|from|any(?:other)?(?:heading|subheading|chapter|tariffitem(?!within)))")
_MARK = re.compile(r"\((?P<mark>[A-Ei1-5v]+)\)|(?P<bare>4)\)")


def digits(printed: str) -> str:
    """Digits of a printed number, misprints put right."""
    return MISPRINTS.get(printed, printed.replace(".", "").zfill(2))


class Lists:
    """Reads lists out of one paragraph."""

    def __init__(self, squeezed: Squeezed) -> None:
        self._squeezed = squeezed
        self._text = squeezed.text

    def read(self, start: int, end: int, *, scope: bool = False) -> tuple[Term, ...] | None:
        """Terms of `text[start:end]`, or None. `scope` is for the goods a rule covers, where a description may
        come first and nothing relative ("any other heading") can stand."""
        if start >= end:
            return None
        return self._list(start, end, "", "", scope)

    def _list(self, at: int, end: int, sep: str, word: str, scope: bool) -> tuple[Term, ...] | None:
        for term, stop in self._terms(at, end, sep, word, scope):
            if stop == end:
                return (term,)
            for following in _separators(self._text, stop, end):
                rest = self._list(stop + len(following), end, following, term.word or word, scope)
                if rest is not None:
                    return (term, *rest)
        return None

    def _terms(self, at: int, end: int, sep: str, word: str, scope: bool) -> list[tuple[Term, int]]:
        found: list[tuple[Term, int]] = []
        text = self._text
        if text.startswith("morethanoneofthefollowing:", at) or text.startswith("acombinationofboth:", at):
            several = self._several(at, end, sep)
            return [several] if several else []
        if not scope:
            if m := _ANY_OTHER.match(text, at, end):
                found.append((self._relative("any_other", m, sep), m.end()))
                if m["including"]:
                    cut = m.end() - len(m["including"])
                    found.append((self._relative("any_other", m, sep, including=""), cut))
                return found
            if m := _OUTSIDE.match(text, at, end):
                return [(Term(kind="outside_group", sep=sep, unit=m["unit"]), m.end())]
            if m := _ANY.match(text, at, end):
                within = "within that group" if m["within"] else ""
                return [(Term(kind="any", sep=sep, unit=m["unit"], within=within), m.end())]
        if m := _CODES.match(text, at, end):
            term = self._codes(m, sep, None, "", word)
            if term:
                found.append((term, m.end()))
        if m := _SAME.match(text, at, end):
            goods = self._squeezed.words(at, m.start("join"))
            if not _STOP.search(m["goods"]) and not re.search(r"\d{4}", m["goods"]):
                term = Term(
                    kind="same",
                    sep=sep,
                    goods=goods or None,
                    join=m["join"],
                    within=_spaced(m["within"]),
                    unit=m["unit"],
                )
                found.append((term, m.end()))
        found += self._described(at, end, sep, word, scope)
        return found

    def _described(self, at: int, end: int, sep: str, word: str, scope: bool) -> list[tuple[Term, int]]:
        text, found = self._text, []
        if _NOT_GOODS.match(text, at, end):
            return []
        for m in re.finditer(
            rf"ofanyof(?={_WORD}\d)|(?:of|within)(?={_WORD}\d|8507\.90|9031\.90)|(?<=good)(?=subheading8708\.80)",
            text[at:end],
        ):
            goods_end, codes_at = at + m.start(), at + m.end()
            if scope and "from" in text[at:goods_end]:
                break
            if goods_end == at or _STOP.search(text[at:goods_end]):
                break
            codes = _CODES.match(text, codes_at, end)
            if codes:
                term = self._codes(codes, sep, self._squeezed.words(at, goods_end), _spaced(m[0]), word)
                if term:
                    found.append((term, codes.end()))
        loose = not re.search(r"\d{4}", text[at:end]) or text.startswith("changesresulting", at)
        if not scope and loose and not _STOP.search(text[at:end]) and re.match(r"[a-z“]", text[at : at + 1]):
            found.append((Term(kind="goods", sep=sep, goods=self._squeezed.words(at, end)), end))
        return found

    def _codes(self, m: re.Match[str], sep: str, goods: str | None, join: str, word: str) -> Term | None:
        lo, hi = digits(m["lo"]), digits(m["hi"]) if m["hi"] else None
        unit = (m["word"] or word).lower()
        if len(lo) == 2 and "chapter" not in unit:
            return None
        if not m["word"] and not word and goods is None and len(lo) == 2:
            return None
        if hi and len(hi) != len(lo):
            return None
        printed = m["lo"] if m["lo"] in MISPRINTS or len(m["lo"]) == 1 else None
        return Term(
            kind="codes",
            sep=sep,
            word=_spaced(m["word"] or ""),
            lo=lo,
            hi=hi,
            hi_word=_spaced(m["hi_word"] or ""),
            printed=printed,
            goods=goods,
            join=join,
        )

    def _relative(self, kind: str, m: re.Match[str], sep: str, including: str | None = None) -> Term:
        text = m["including"] if including is None else including
        return Term.model_validate(
            {
                "kind": kind,
                "sep": sep,
                "goods": _spaced(m["head"]),
                "unit": _spaced(m["unit"]),
                "within": _spaced(m["within"] or ""),
                "including": _spaced(text or ""),
            }
        )

    def _several(self, at: int, end: int, sep: str) -> tuple[Term, int] | None:
        text = self._text
        start = text.index(":", at) + 1
        note = re.compile(r"\[Compiler'snote:[^\]]*\]").match(text, start, end)
        remark = self._squeezed.words(note.start(), note.end()) if note else ""
        start = note.end() if note else start
        marks = list(_MARK.finditer(text, start, end))
        if not marks or marks[0].start() != start:
            return None
        members = []
        for mark, following in zip(marks, [*marks[1:], None], strict=True):
            stop = following.start() if following else end
            tail = re.compile(r"(?:;and|,or|,|;)?$").search(text, mark.end(), stop)
            cut = tail.start() if tail else stop
            terms = self._list(mark.end(), cut, "", "", False)
            if terms is None:
                return None
            members.append((f"{mark[0]} {{}}{text[cut:stop]}", terms))
        kind = "both" if text.startswith("acomb", at) else "several"
        return Term.model_validate({"kind": kind, "sep": sep, "members": members, "including": remark}), end


def _separators(text: str, at: int, end: int) -> list[str]:
    options = (",fromor", ",orfrom", "orfrom", ",or", ",and", ",", "or", "and")
    found = [o for o in options if text.startswith(o, at, end)]
    return found or ([""] if text[at : at + 1].isdigit() else [])  # p. 54 lost a comma: 5212 5310 through 5311


def _spaced(text: str) -> str:
    """Printed words of a squeezed phrase out of the small vocabulary used between goods."""
    for glued, words in (
        ("tariffitem", "tariff item"),
        ("Tariffitem", "Tariff item"),
        ("anyother", "any other"),
        ("ofanyof", "of any of"),
        ("thesame", "the same"),
        ("withinthatgroup", "within that group"),
        (",includinganother", ", including another "),
        ("within(?=chapter|heading|subheading)", "within "),
        ("(chapter|heading)(?=[0-9])", r"\1 "),
        ("(?<=g)within", " within"),
        ("thegroup", "the group"),
        ("within the", " within the"),
    ):
        text = re.sub(glued, words, text)
    return " ".join(text.split())

"""The tariff change: does one non-originating material arrive from where the alternative allows?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.customs.origin.goods import material_is
from assistant.customs.origin.outcome import NO, YES, Outcome, agree, every, negate, some, unknown
from assistant.customs.origin.rules import Alternative, Term, covers

_LENGTH = {"chapter": 2, "heading": 4, "subheading": 6, "tariff item": 8}
# Where goods that a rule names without a number are classified, so that a material elsewhere is surely not them.
_NAMED_GOODS = {
    "assemblies incorporating": ("841590", "841899"),
    "washer assemblies": ("845090",),
    "water circulation": ("842290", "841370", "841382"),
    "pre-forms": ("7002",),
    "changes resulting": ("7216",),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A material as the engine sees it: `codes` in the rules' nomenclature (empty: unknown)."""

    index: int
    name: str
    codes: tuple[str, ...]

    @property
    def field(self) -> str:
        return f"materials[{self.index}]"


def arrives(item: Item, alternative: Alternative, good: str, used: Sequence[Item]) -> Outcome:
    """Outcome of the change for one material. `good` is the good's number, `used` all non-originating materials."""
    if alternative.form == "no_change":
        return YES
    if not item.codes:
        return unknown(f"{item.field}.hts")
    return agree(
        (_arrives(item, code, alternative, good, used) for code in item.codes),
        f"{item.field}.hts",
    )


def _arrives(item: Item, code: str, a: Alternative, good: str, used: Sequence[Item]) -> Outcome:
    first = every(
        (
            some(_is_from(t, item, code, a, good) for t in a.froms),
            *(negate(_is_excepted(t, item, code, a, good, used)) for t in a.excepts),
        )
    )
    if first.value is False and not a.also and _inward(a, good) and _elsewhere(code, good):
        return unknown("rule_text")  # p. 104 rule 66: only "from any other good within the same subheading"
    if not a.also or first.value is True:
        return first
    also = every(
        (
            some(_is_from(t, item, code, a, good) for t in a.also),
            *(negate(_is_excepted(t, item, code, a, good, used)) for t in a.also_excepts),
        )
    )
    return some((first, also))


def _inward(a: Alternative, good: str) -> bool:
    """Every origin allowed lies inside the good's own heading and is put as "any other good"."""
    return all((t.goods or "").startswith("any other good") and (not t.lo or t.lo[:4] == good[:4]) for t in a.froms)


def _elsewhere(code: str, good: str) -> bool:
    return code[: min(len(code), 6)] != good[: min(len(code), 6)]


def _is_from(term: Term, item: Item, code: str, a: Alternative, good: str) -> Outcome:
    if term.kind == "any_other" or (term.kind == "any" and not term.within):
        return every((_differs(code, good, term.unit, item), _within(term.within, item, code, a)))
    if term.kind == "outside_group":
        return negate(_in_scope(a, code, item))
    if term.kind == "any":
        return _in_scope(a, code, item)
    if term.kind == "same":
        return every((_same(term, item, code, a, good), _good_words(term, item, a)))
    if term.kind == "codes":
        return every((_covered(term, code, item), _good_words(term, item, a)))
    if term.kind == "goods":
        return _named(term, item, code)
    return YES


def _is_excepted(term: Term, item: Item, code: str, a: Alternative, good: str, used: Sequence[Item]) -> Outcome:
    """Exceptions of `more than one of the following` and `a combination of both` bite only when enough are used."""
    if term.kind not in ("several", "both"):
        return _is_from(term, item, code, a, good)
    mine = [some(_is_from(t, item, code, a, good) for t in terms) for _, terms in term.members]
    hit = some(mine)
    if hit.value is False:
        return NO
    present = [
        some(_is_from(t, u, c, a, good) for u in used for c in u.codes or ("",) for t in terms)
        for _, terms in term.members
    ]
    needed = len(term.members) if term.kind == "both" else 2
    sure = sum(p.value is True for p in present)
    possible = sum(p.value is not False for p in present)
    enough = YES if sure >= needed else NO if possible < needed else unknown(f"{item.field}.hts")
    return every((hit, enough))


def _differs(code: str, good: str, unit: str, item: Item) -> Outcome:
    n = _LENGTH[unit.replace("tariffitem", "tariff item").rstrip("s")]
    if len(code) >= n and len(good) >= n:
        return YES if code[:n] != good[:n] else NO
    shared = min(len(code), len(good), n)
    if code[:shared] != good[:shared]:
        return YES
    return unknown("hts" if len(good) < n else f"{item.field}.hts")


def _within(within: str, item: Item, code: str, a: Alternative) -> Outcome:
    if not within:
        return YES
    if "that group" in within:
        return _in_scope(a, code, item)
    digits = "".join(ch for ch in within if ch.isdigit())
    return _fit(covers(digits, digits, code), item)


def _covered(term: Term, code: str, item: Item) -> Outcome:
    return _fit(covers(term.lo, term.hi or term.lo, code), item)


def _in_scope(a: Alternative, code: str, item: Item) -> Outcome:
    return some(_covered(t, code, item) for t in a.scope if t.kind == "codes")


def _fit(answer: bool | None, item: Item) -> Outcome:
    return unknown(f"{item.field}.hts") if answer is None else (YES if answer else NO)


def _same(term: Term, item: Item, code: str, a: Alternative, good: str) -> Outcome:
    if term.within in ("those", "these") or term.unit.endswith("s"):
        return _in_scope(a, code, item)
    unit = term.unit.rstrip("s")
    return negate(_differs(code, good, unit, item))


def _good_words(term: Term, item: Item, a: Alternative) -> Outcome:
    """The narrowing words of a term, held against the material's description."""
    words = term.goods
    if not words:
        return YES
    if words.startswith("any other"):
        named = [t for t in (*a.froms, *a.also) if t.goods and not t.goods.startswith("any other") and t.lo]
        if beside := [t.goods or "" for t in named if term.lo and t.lo.startswith(term.lo) and t is not term]:
            return every(negate(material_is(item.name, goods, item.field)) for goods in beside)
        mine = next((t.goods for t in a.scope if t.goods), None)
        if not mine or mine in ("a good", "any good") or mine.startswith("any other"):
            return YES
        return negate(material_is(item.name, f"{mine}{a.scope_but}", item.field))
    return material_is(item.name, words, item.field)


def _named(term: Term, item: Item, code: str) -> Outcome:
    words = term.goods or ""
    places = next((codes for start, codes in _NAMED_GOODS.items() if words.startswith(start)), None)
    if places is not None and not any(covers(p, p, code) is not False for p in places):
        return NO
    return material_is(item.name, words, item.field)

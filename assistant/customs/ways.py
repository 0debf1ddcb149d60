"""One way of entering the goods: base duty, measures and fees, for every answer that the open facts may have.

A fact that nobody gave is tried with each of its answers. Where the answers agree on the total the fact is not asked;
where they differ, the layers that differ wait for it and the total has a range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from assistant.customs.base_rate import Base, Entry, base_layers
from assistant.customs.fees import hmf, mpf
from assistant.customs.given import Given, Unanswered
from assistant.customs.goods import GoodsLists, list_files
from assistant.customs.law import say
from assistant.customs.measures import Measure, Row, facts, measures
from assistant.customs.rate_model import cents, money, show_number
from assistant.customs.schedule import Line
from assistant.customs.scope import Applicable, applicable, in_force
from assistant.customs.stacking import evaluate
from assistant.customs.types import BASE_KINDS, FEE_KINDS, FactQuestion, Layer, Source
from assistant.errors import InvalidInput

_MOST_RATE = 1_000  # 100,000 %: cases stay far below
_MOST = 256  # combinations of answers tried for one way
_KEPT = 1024  # lines and days whose measures are remembered, some 3 KB each: a batch stays in constant memory


@dataclass(frozen=True)
class Law:
    """The measures and goods lists that an estimate is made under. `shipped()` is what comes with the engine."""

    measures: tuple[Measure, ...]
    lists: GoodsLists
    _kept: dict[tuple[str, date, int], tuple[Applicable, ...]] = field(default_factory=dict, compare=False, repr=False)
    _days: dict[date, tuple[tuple[Measure, tuple[Row, ...]], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @staticmethod
    @cache
    def shipped(destination: str = "US") -> Law:
        return Law(measures(destination), list_files(destination))

    def on(self, line: Line, day: date) -> tuple[Applicable, ...]:
        """Measures that can concern the line on the day, kept for the next origin."""
        key = (line.hts, day, hash((line.revision.document_id, *(str(n.get("headings")) for n in line.footnotes))))
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            if day not in self._days:
                self._days[day] = in_force(self.measures, day)
            self._kept[key] = applicable(line, day, self._days[day], self.lists)
        return self._kept[key]


@dataclass(frozen=True)
class Stack:
    """Layers of one way of entering the goods, what they leave open, and the least and most they can come to.

    `least` and `most` are totals with fees; None when something unbounded (a quantity) is missing."""

    layers: tuple[Layer, ...]
    questions: tuple[FactQuestion, ...]
    base: Base
    assumed: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None

    def total(self, fees: bool) -> Decimal | None:
        """Sum of the applied duties (or fees), None when a layer of that sort still needs a fact."""
        return _total(self.layers, fees)


@dataclass(frozen=True)
class _Leaf:
    """The measures under one full set of answers."""

    layers: tuple[Layer, ...]
    assumed: tuple[str, ...]
    total: Decimal | None


def _total(layers: Sequence[Layer], fees: bool) -> Decimal | None:
    rows = [layer for layer in layers if (layer.kind in FEE_KINDS) == fees]
    if any(layer.status == "needs_fact" for layer in rows):
        return None
    # A rate that is due but cannot be computed is not zero: without it there is no total.
    if any(layer.status == "not_modelled" and layer.kind in BASE_KINDS | FEE_KINDS for layer in rows):
        return None
    return sum((x.amount for x in rows if x.status == "applied" and x.amount is not None), Decimal("0.00"))


def build(entry: Entry, given: Mapping[str, Any], law: Law, *, fees: bool = True) -> Stack:
    """All layers of one way of entering the goods; `fees` False leaves the fees out (for days they are not known for).

    Raises NotInForce for a day on which the fees are not known, InvalidInput for a fact in the wrong form."""
    base = base_layers(entry)
    rest: tuple[Layer, ...] = tuple(_adcvd(entry, given))
    asked: tuple[FactQuestion, ...] = ()
    if fees and entry.entry_type != "postal":
        harbor, asked = hmf(entry)
        rest = (*rest, mpf(entry, base.program, base.undecided, entry.entry_type), harbor)
    charged = _total(base.layers, fees=False) if entry.entry_type != "postal" else Decimal("0.00")
    known = charged if not any(x.status == "not_modelled" for x in base.layers) else None
    found = law.on(entry.line, entry.day)
    tree = _explore(entry, given, known, base, found, [0])
    leaves, names = _settled(tree)
    lang = entry.language
    merged = leaves[0].layers if not names else _merge(leaves, names, lang)
    questions = [
        FactQuestion(name=f"facts.{n}", question=(facts()[n].question or {})[lang], choices=_choices(n)) for n in names
    ]
    layers = (*base.layers, *merged, *rest)
    ends = [_total((*base.layers, *leaf.layers, *rest), fees=False) for leaf in leaves]
    due = _total(rest, fees=True)
    bounds = [end + due for end in ends if end is not None] if due is not None else []
    whole = len(bounds) == len(ends)
    assumed = tuple(dict.fromkeys(name for leaf in leaves for name in leaf.assumed))
    return Stack(
        layers,
        (*base.questions, *questions, *asked),
        base,
        assumed,
        min(bounds) if whole and bounds else None,
        max(bounds) if whole and bounds else None,
    )


_Tree = _Leaf | tuple[str, tuple["_Tree", ...]]


def _explore(
    entry: Entry,
    given: Mapping[str, Any],
    base_duty: Decimal | None,
    base: Base,
    found: tuple[Applicable, ...],
    count: list[int],
) -> Any:
    """The tree of answers: a leaf, or a fact with a subtree for each of its answers."""
    known = Given(given, entry.full or entry.value, entry.language)
    try:
        layers = evaluate(entry, known, base_duty, base.program, found)
    except Unanswered as gap:
        count[0] += len(gap.answers)
        answers = gap.answers if count[0] <= _MOST else gap.answers[:1]
        branches = [_explore(entry, {**given, gap.name: a}, base_duty, base, found, count) for a in answers]
        return gap.name, tuple(branches)
    return _Leaf(layers, tuple(known.assumed), _total(layers, fees=False))


def _settled(tree: Any) -> tuple[list[_Leaf], tuple[str, ...]]:
    """Leaves that matter and the facts that move the total; a fact whose answers agree is not asked."""
    if isinstance(tree, _Leaf):
        return [tree], ()
    name, branches = tree
    done = [_settled(branch) for branch in branches]
    totals = [{leaf.total for leaf in leaves} for leaves, _ in done]
    if all(t == totals[0] for t in totals) and len(totals[0]) == 1:
        return done[0]
    names = dict.fromkeys([name, *(n for _, inner in done for n in inner)])
    return [leaf for leaves, _ in done for leaf in leaves], tuple(names)


def _merge(leaves: Sequence[_Leaf], names: Sequence[str], lang: Any) -> tuple[Layer, ...]:
    """Layers on which all answers agree, and the others waiting for the facts."""
    titles: dict[str, list[Layer | None]] = {}
    for place, leaf in enumerate(leaves):
        for layer in leaf.layers:
            titles.setdefault(layer.title, [None] * len(leaves))[place] = layer
    merged = []
    why = say("reason.fact", lang, names=" ".join((facts()[n].question or {})[lang] for n in names))
    for rows in titles.values():
        first = next(layer for layer in rows if layer is not None)
        if all(x is not None and (x.status, x.amount) == (first.status, first.amount) for x in rows):
            merged.append(first)
            continue
        shown = next((x for x in rows if x is not None and x.status == "applied"), first)
        blank = {"status": "needs_fact", "reason": why, "amount": None, "basis_amount": None, "calculation": None}
        merged.append(shown.model_copy(update=blank))
    return tuple(merged)


def _choices(name: str) -> tuple[str, ...] | None:
    fact = facts()[name]
    return ("true", "false") if fact.kind == "flag" else fact.answers if fact.kind == "choice" else None


def _adcvd(entry: Entry, given: Mapping[str, Any]) -> Iterator[Layer]:
    """The antidumping or countervailing duty of a case that the importer names with its rate; none otherwise."""
    case, rate, lang = given.get("adcvd_case"), given.get("adcvd_rate"), entry.language
    if case is None or rate is None:
        return
    try:
        share = Decimal(str(rate).strip().removesuffix("%")) / (100 if str(rate).strip().endswith("%") else 1)
    except ArithmeticError as error:
        raise InvalidInput(
            say("error.adcvd_rate", lang, rate=repr(rate)), field="facts.adcvd_rate", hint=say("hint.adcvd_rate", lang)
        ) from error
    if share.is_finite() and share > _MOST_RATE:
        raise InvalidInput(
            say("error.adcvd_rate", lang, rate=repr(rate)), field="facts.adcvd_rate", hint=say("hint.adcvd_rate", lang)
        )
    if not share.is_finite() or share < 0:
        raise InvalidInput(say("error.adcvd_sign", lang), field="facts.adcvd_rate", hint=say("hint.quantity", lang))
    amount = cents(share * entry.value)
    shown = f"{show_number(share * 100)}%"
    yield Layer(
        kind="adcvd",
        heading=None,
        title=say("layer.adcvd", lang, case=case),
        rate=shown,
        basis=say("basis.customs_value", lang),
        basis_amount=entry.value,
        amount=amount,
        calculation=f"{shown} × {money(entry.value)} = {money(amount)}",
        status="applied",
        reason=None,
        effective_from=None,
        effective_to=None,
        sources=(Source(title="19 U.S.C. 1671, 1673"),),
    )


def bounds(entry: Entry, given: Mapping[str, Any], law: Law, stack: Stack) -> tuple[Decimal, Decimal] | None:
    """Least and most that the open facts can make of the total, or None when something unbounded is missing."""
    claims = [None, stack.base.undecided] if stack.base.undecided else [stack.base.program]
    low, high = [], []
    for claim in claims:
        for mode in (entry.mode,) if entry.mode else ("ocean", "air"):
            one = build(replace(entry.claiming(claim), mode=mode), given, law)
            if one.least is None or one.most is None:
                return None
            low.append(one.least)
            high.append(one.most)
    return min(low), max(high)


__all__ = ["Law", "Stack", "bounds", "build"]

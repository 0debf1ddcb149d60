"""What prose may state: every number, date, code and name of the tool responses, of the thread and of the question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from assistant.offline.codes import find_codes
from assistant.offline.dates import find_dates
from assistant.offline.numbers import Number, find_numbers
from assistant.offline.text import Span, fold

Kind = Literal["money", "percent", "number"]
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")
_SKIPPED_KEYS = frozenset({"id", "url", "document_id", "sha256", "prompt_sha"})
_LONGEST_FIGURE = 80
_SHORTEST_QUOTE = 12


@dataclass(frozen=True)
class Leaf:
    """One scalar of a response, or a number inside a text of it; `amount` when it may be one of money, `whole` when it
    is a value of its own or in a short text. `value`: as the response holds it, of a text the number alone.

    `call` is None for support that is no response of this turn (the thread's earlier ones, the question)."""

    call: int | None
    path: str
    value: str
    amount: bool
    whole: bool
    in_text: bool = False


@dataclass
class Facts:
    """Everything that prose may state, indexed by what it looks like."""

    numbers: dict[Decimal, list[Leaf]] = field(default_factory=dict)
    percents: dict[Decimal, list[Leaf]] = field(default_factory=dict)
    lengths: set[Decimal] = field(default_factory=set)
    dates: set[date] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        responses: Sequence[Mapping[str, Any] | None],
        *,
        earlier: Sequence[Mapping[str, Any]] = (),
        said: Sequence[str] = (),
        day: date,
    ) -> Facts:
        """Facts of this turn's `responses`, the thread's `earlier` ones, what the person `said`, and `day`."""
        facts = cls()
        facts.dates.add(day)
        for index, response in enumerate(responses):
            for path, value in _walk(response or {}):
                facts._leaf(index, path, value)
        for response in earlier:
            for path, value in _walk(response):
                facts._leaf(None, path, value)
        for text in said:
            facts._text(None, "", text, day)
        return facts

    def _leaf(self, call: int | None, path: str, value: Any) -> None:
        if path == "/query" or (path.startswith("/passages/") and path.endswith("/score")):
            return  # the question's own echo, and a rank that is no fact
        if isinstance(value, list):
            self.lengths.add(Decimal(len(value)))
        elif isinstance(value, int | float):
            exact = Decimal(str(value))
            leaf = Leaf(call, path, str(value), False, True)
            self.numbers.setdefault(exact, []).append(leaf)
            if 0 <= exact <= 1:
                self.percents.setdefault((exact * 100).normalize(), []).append(leaf)
        elif path.rsplit("/", 1)[-1] in _SKIPPED_KEYS:
            self.texts.append(fold(value))
        elif _DECIMAL.fullmatch(value) and "." in value + ("." if len(value) < 15 else ""):
            leaf = Leaf(call, path, value, True, True)
            self.numbers.setdefault(Decimal(value), []).append(leaf)
            if "/components/" in path:
                self.percents.setdefault(Decimal(value).normalize(), []).append(leaf)
                self.percents.setdefault((Decimal(value) * 100).normalize(), []).append(leaf)
            self.codes.add(value)
        else:
            self._text(call, path, value, date(2000, 1, 1))

    def _text(self, call: int | None, path: str, text: str, day: date) -> None:
        read = _read(text, day)
        self.texts.append(read.folded)
        if call is not None and len(text) >= _SHORTEST_QUOTE and " " in text.strip():
            self.quotes.append(" ".join(read.folded.split()))
        self.codes.update(read.codes)
        self.dates.update(found for found, assumed in read.dates if not assumed or call is None)
        # A passage is cited, not computed: what it says needs no figure of its own.
        whole = call is not None and len(text) <= _LONGEST_FIGURE and not path.startswith("/passages/")
        for number in read.numbers:
            amount = bool(number.currency) or bool(re.search(r"[.,]\d\d\b", number.text))
            leaf = Leaf(call, path, format(abs(number.value), "f"), amount, whole, True)
            self.numbers.setdefault(abs(number.value), []).append(leaf)
            if number.percent:
                self.percents.setdefault(number.value.normalize(), []).append(leaf)

    def support(self, number: Number, kind: Kind, near: str = "") -> Leaf | bool:
        """The leaf that holds `number`, of several the one beside the path `near`; True when something else supports
        it, False when nothing does."""
        value = abs(number.value)
        if kind == "percent":
            leaves = self.percents.get(value.normalize()) or _rounded(self.percents, value)
            return _preferred(leaves, number.text, near)
        leaves = self.numbers.get(value) or _rounded(self.numbers, value)
        if kind == "money":
            leaves = [leaf for leaf in leaves if leaf.amount]
        chosen = _preferred(leaves, number.text, near)
        if kind == "number" and isinstance(chosen, Leaf) and chosen.in_text:
            return True  # a number inside a name or a citation is supported, but is no figure
        return chosen or (kind == "number" and value in self.lengths)


def verbatim(sentence: str, facts: Facts) -> list[Span]:
    """Where `sentence` repeats a text of this turn's responses word for word, or a part of a longer one: a quotation
    supports itself. A few characters are no quotation."""
    folded = fold(sentence)
    spans = []
    core = re.sub(r"^[\s>*_\"“«#-]+|[\s*_\"”»]+$", "", folded)
    for part in (core, core.partition(": ")[2]):
        if len(part) >= 2 * _SHORTEST_QUOTE and any(part in quote for quote in facts.quotes):
            start = folded.index(part)
            return [Span(start, start + len(part))]
    for quote in facts.quotes:
        if len(quote) <= len(folded) and (start := folded.find(quote)) >= 0:
            spans.append(Span(start, start + len(quote)))
    return spans


@dataclass(frozen=True)
class _Read:
    """What one text states. Numbers in both conventions: what a document prints is not known to be in either."""

    folded: str
    codes: frozenset[str]
    dates: tuple[tuple[date, bool], ...]
    numbers: tuple[Number, ...]


@lru_cache(maxsize=4096)
def _read(text: str, day: date) -> _Read:
    """Read once: the same titles and passages come again with every answer of a thread."""
    if not re.search(r"\d", text) and len(text) < 40:
        return _Read(fold(text), frozenset(), (), tuple(find_numbers(text)))
    codes = {digits.replace(".", "") for digits in re.findall(r"\d[\d.]*\d", text)}
    codes |= {code.digits for code in find_codes(text)}
    dates: list[tuple[date, bool]] = []
    numbers: list[Number] = []
    for language in ("en", "es"):
        dates += [(f.day, f.assumed) for f in find_dates(text, day, language)]
        numbers += find_numbers(text, language)
    return _Read(fold(text), frozenset(codes), tuple(dates), tuple(dict.fromkeys(numbers)))


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Scalars (and lists, for their length) with their JSON pointers (RFC 6901)."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _walk(child, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        yield path, value
        for place, child in enumerate(value):
            yield from _walk(child, f"{path}/{place}")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value


def _rounded(index: Mapping[Decimal, list[Leaf]], value: Decimal) -> list[Leaf]:
    """Leaves that print as `value` at its own precision; only where three digits, or two decimals, are printed."""
    places = -int(value.as_tuple().exponent) if isinstance(value.as_tuple().exponent, int) else 0
    if places < 0 or (len(value.as_tuple().digits) < 3 and places < 2):
        return []
    step = Decimal(1).scaleb(-places)
    out: list[Leaf] = []
    for key, leaves in index.items():
        # Half a step either way: 0.805 prints as 0.80 or as 0.81, after the writer's rounding.
        if key != value and abs(key - value) <= step / 2:
            out += leaves
    return out


def _preferred(leaves: Sequence[Leaf], printed: str, near: str) -> Leaf | bool:
    """A whole value of this turn first: as printed, or else the shallowest path. Any other support counts as well."""
    if not leaves:
        return False
    whole = [leaf for leaf in leaves if leaf.call is not None and leaf.whole]
    if not whole:
        return True
    exact = [leaf for leaf in whole if not leaf.in_text] or whole
    return min(
        exact,
        key=lambda leaf: (-_shared(leaf.path, near), leaf.value != printed, leaf.path.count("/"), leaf.call or 0),
    )


def _shared(path: str, near: str) -> int:
    """How deep two pointers run together, from the second step on: /matches/1/score and /matches/1/lead_time_days."""
    steps = 0
    for one, other in zip(path.split("/"), near.split("/"), strict=False):
        if one != other:
            break
        steps += 1
    return steps if steps > 2 else 0

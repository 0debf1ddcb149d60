"""Finding known phrases in free text: case and accents folded, light inflection, joined words, careful typos."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

from assistant.sourcing.inflect import singular, stem
from assistant.sourcing.typos import meant_by

How = Literal["exact", "inflected", "typo", "embedding"]

_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)*|[&+]")
_VARIANTS = (("mould", "mold"), ("aluminium", "aluminum"), ("fibre", "fiber"), ("colour", "color"), ("grey", "gray"))
_BREAK = re.compile(r"[,;!?]\s|\.\s|\n")
_JOINERS = frozenset({"and", "or", "y", "e", "o", "u"})
_PARTICLES = frozenset({"around", "out", "over", "up", "down", "off", "away", "key"})
_NOTHING = re.compile(r"(?!)")
_LANGUAGE_NEUTRAL = str.maketrans({"²": "2", "³": "3", "’": "'", "‑": "-", "–": "-"})


@dataclass(frozen=True)
class Token:
    """A folded word with its place in the original text and whether it was written in capitals."""

    text: str
    start: int
    end: int
    capitals: bool
    initial: bool  # begins with a capital letter


@dataclass(frozen=True)
class Hit:
    """`targets` found at original characters `span`; `product` when the phrase names a product, not the work."""

    targets: tuple[str, ...]
    span: tuple[int, int]
    tokens: tuple[int, int]
    how: How
    product: bool = False


@dataclass(frozen=True)
class _Entry:
    target: str
    literal: bool
    capitals: bool
    product: bool
    verb: bool = False  # the word is a noun as well: only the words around it tell


def fold(text: str) -> str:
    """Lower case without accents, one character out for each in (so that offsets stay)."""
    out = []
    for char in text.translate(_LANGUAGE_NEUTRAL):
        base = unicodedata.normalize("NFKD", char)[0] if ord(char) > 127 else char
        low = base.lower()
        out.append(low if len(low) == 1 else base)
    return "".join(out)


def words(text: str) -> tuple[str, ...]:
    """The folded words of `text`, spelling variants made one (mould, mold)."""
    folded = text.lower() if text.isascii() else fold(text)
    for old, new in _VARIANTS:
        if old in folded:
            folded = folded.replace(old, new)
    return tuple("and" if piece in ("&", "+") else piece for piece in _TOKEN.findall(folded))


def tokens(text: str) -> list[Token]:
    """Words and numbers of `text`; letters and digits part ("ISO13485" is iso + 13485)."""
    folded = text.lower() if text.isascii() else fold(text)
    found = []
    for piece in _TOKEN.finditer(folded):
        start, end = piece.span()
        word, original = piece.group(), text[start:end]
        if word in "&+":
            word = "and"
        elif word[0].isalpha():
            for old, new in _VARIANTS:
                if old in word:
                    word = word.replace(old, new)
        found.append(Token(word, start, end, original.isupper(), original[:1].isupper()))
    return found


def _stems(key: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a phrase without endings: a word alone keeps what tells a verb from a noun."""
    return (singular(key[0]),) if len(key) == 1 else tuple(map(stem, key))


class PhraseIndex:
    """Phrases to targets. Longest match wins; an exact one before an inflected, that before a typo.

    `commas_part`: no phrase goes on behind a comma or full stop, unless it was registered with one.
    """

    def __init__(self, *, commas_part: bool = True) -> None:
        self._break = _BREAK if commas_part else _NOTHING
        self._exact: dict[tuple[str, ...], list[_Entry]] = {}
        self._stems: dict[tuple[str, ...], list[_Entry]] | None = None
        self._joined: dict[str, tuple[str, ...]] | None = None
        self._words: list[str] | None = None
        self._longest = 1
        self._finite: set[tuple[str, ...]] = set()
        self._forms: set[tuple[str, ...]] = set()
        self._across: set[tuple[str, ...]] = set()
        self.known: set[str] = set()
        self.ordinary: frozenset[str] = frozenset()
        self.before_verbs: frozenset[str] = frozenset()
        self.objects: set[str] = set()

    def add(self, phrase: str, target: str, *, capitals: bool = False) -> None:
        """Register `phrase`. A leading = keeps it literal, a leading ~ marks a product name."""
        self.add_key(words(phrase.lstrip("=~")), target, phrase[:1], capitals=capitals, comma="," in phrase)

    def add_key(
        self, key: tuple[str, ...], target: str, mark: str = "", *, capitals: bool = False, comma: bool = False
    ) -> None:
        """Register folded words. A loose phrase takes the place of the same one kept literal."""
        if not key:
            return
        if comma:
            self._across.add(key)
        entries = self._exact.setdefault(key, [])
        for position, entry in enumerate(entries):
            if entry.target == target:
                if entry.literal and mark != "=":
                    entries[position] = _Entry(target, False, capitals, mark == "~")
                return
        entries.append(_Entry(target, mark == "=", capitals, mark == "~"))
        self._longest = max(self._longest, len(key))

    def add_verb(self, key: tuple[str, ...], target: str, *, finite: bool, noun: bool) -> None:
        """Register a form of a verb; with `noun` it counts only where the words around it make it a verb."""
        if finite:
            self._finite.add(key)
        self._forms.add(key)
        entries = self._exact.setdefault(key, [])
        if any(entry.target == target for entry in entries) or (entries and not noun):
            return
        entries.append(_Entry(target, True, False, False, noun))
        self._longest = max(self._longest, len(key))

    def ignore(self, words: Iterable[str]) -> None:
        """Words that are no misspelling of anything."""
        self.known.update(words)

    def scan(self, text: str, taken: Iterable[tuple[int, int]] = (), *, typos: bool = True) -> list[Hit]:
        """Every longest non-overlapping phrase of `text` outside the character spans `taken`."""
        spans = list(taken)
        found = [t for t in tokens(text) if not any(a < t.end and t.start < b for a, b in spans)]
        gaps = [(i, found[i - 1].end, found[i].start) for i in range(1, len(found))]
        breaks = {i for i, end, start in gaps if self._break.search(text, end, start)}
        breaks |= {i for i, end, start in gaps if any(end <= a < start for a, _ in spans)}
        forms = [word.text for word in found]
        hits = self._pass(found, forms, breaks, "exact")
        if typos:
            free = [i for i in range(len(found)) if not any(h.tokens[0] <= i < h.tokens[1] for h in hits)]
            corrected = list(forms)
            for i in free:
                corrected[i] = self._correct(forms[i])
            if corrected != forms:
                for hit in self._pass(found, corrected, breaks, "typo"):
                    if any(corrected[i] != forms[i] for i in range(*hit.tokens)):
                        inside = [h for h in hits if h.tokens[0] < hit.tokens[1] and hit.tokens[0] < h.tokens[1]]
                        if all(hit.tokens[0] <= h.tokens[0] and h.tokens[1] <= hit.tokens[1] for h in inside):
                            hits = [h for h in hits if h not in inside] + [hit]
        return sorted(hits, key=lambda hit: hit.span)

    def lookup(self, text: str, *, typos: bool = True) -> Hit | None:
        """The phrase that `text` is as a whole, capitals aside, or None."""
        found = tokens(text)
        forms = [word.text for word in found]
        if not forms:
            return None
        for how, key in (("exact", forms), ("typo", [self._correct(form) for form in forms] if typos else forms)):
            match = self._at(found, key, 0, len(key), anywhere=True)
            if match is not None:
                entries, level = match
                span = (found[0].start, found[-1].end)
                targets = tuple(dict.fromkeys(entry.target for entry in entries))
                return Hit(targets, span, (0, len(key)), "typo" if how == "typo" else level)
        return None

    def knows(self, word: str) -> bool:
        """True for a word of any phrase, or one that misspells none."""
        if self._words is None:
            self._build()
        return word in self.known

    def _pass(self, words: list[Token], forms: list[str], breaks: set[int], level: How) -> list[Hit]:
        hits: list[Hit] = []
        i = 0
        while i < len(forms):
            stop = min([b for b in breaks if b > i], default=len(forms))
            for size in range(min(self._longest + 1, len(forms) - i), 0, -1):
                if i + size > stop and tuple(forms[i : i + size]) not in self._across:
                    continue
                found = self._at(words, forms, i, size, breaks=breaks)
                if found is None:
                    continue
                entries, how = found
                targets = tuple(dict.fromkeys(entry.target for entry in entries))
                span = (words[i].start, words[i + size - 1].end)
                product = all(entry.product for entry in entries)
                hits.append(Hit(targets, span, (i, i + size), level if level == "typo" else how, product))
                i += size - 1
                break
            i += 1
        return hits

    def _at(
        self,
        words: list[Token],
        forms: list[str],
        i: int,
        size: int,
        *,
        anywhere: bool = False,
        breaks: Container[int] = (),
    ) -> tuple[list[_Entry], How] | None:
        key = tuple(forms[i : i + size])
        shout = all(word.capitals or word.text.isdigit() for word in words[i : i + size])
        entries = [e for e in self._exact.get(key, ()) if anywhere or shout or not e.capitals]
        if any(entry.verb for entry in entries):
            if anywhere:
                entries.sort(key=lambda entry: entry.verb)
            else:
                acts = self._acts(forms, i, size, breaks)
                entries = [entry for entry in entries if entry.verb == acts]
        if entries:
            return entries, "exact"
        if size == 1 and not anywhere and key[0] in self.ordinary:
            return None
        if self._stems is None or self._joined is None:
            self._build()
        assert self._stems is not None and self._joined is not None
        entries = [e for e in self._stems.get(_stems(key), ()) if anywhere or not e.capitals]
        if entries:
            return entries, "inflected"
        if size <= 3:
            together = self._joined.get("".join(key))
            if together is not None and len(together) != size:
                return self._exact[together], "inflected"
        return None

    def _acts(self, forms: list[str], i: int, size: int, breaks: Container[int]) -> bool:
        """True when the words around a form that may be a noun make it a verb: who molds, molds ABS housings."""
        after = i + size
        if forms[after : after + 1] and forms[after] in _PARTICLES:
            return False  # turn around, cast out
        if i > 0 and i not in breaks and forms[i - 1] in self.before_verbs:
            return True
        joined = i - 1 if i > 1 and forms[i - 1] in _JOINERS else i if i in breaks else 0
        if joined and tuple(forms[joined - 1 : joined]) in self._finite:
            return True  # weld, paint and assemble
        while (
            after + 1 < len(forms) and forms[after] in _JOINERS and tuple(forms[after + 1 : after + 2]) in self._forms
        ):
            after += 2  # turn and mill aluminum
        return after < len(forms) and after not in breaks and forms[after] in self.objects

    def _build(self) -> None:
        stems: dict[tuple[str, ...], list[_Entry]] = {}
        joined: dict[str, tuple[str, ...]] = {}
        for key, entries in self._exact.items():
            loose = [entry for entry in entries if not entry.literal]
            if loose:
                bucket = stems.setdefault(_stems(key), [])
                bucket.extend(e for e in loose if all(e.target != other.target for other in bucket))
                together = "".join(key)
                if len(together) >= 7 and not any(e.capitals for e in loose):
                    joined.setdefault(together, key)
        self._stems, self._joined = stems, joined
        alphabetic = {word for key in self._exact for word in key if word.isalpha()}
        self.known |= alphabetic
        self._words = sorted(word for word in alphabetic if len(word) >= 5)

    def _correct(self, word: str) -> str:
        """The vocabulary's word that `word` misspells, or `word`."""
        if self._words is None:
            self._build()
        assert self._words is not None
        if word in self.known or (word[-1] == "s" and word[:-1] in self.known):
            return word
        return meant_by(word, self._words)

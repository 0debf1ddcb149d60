"""Which sections answer a question: the search's own order, moved by how much of the question a section speaks of.

The words of a question are matched as the search matches them: stems, and the field's terms across both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from assistant.offline.text import data, fold
from retrieval.analysis import analyse, stop_words
from retrieval.query import Term, asks, is_dated, understand

_SPLIT = re.compile(
    r"\?\s*(?=\S)|[,;]?\s+(?:and|or|y|e|o|u)\s+(?=(?:also\s+|adem[aá]s\s+|tambi[eé]n\s+)?(?:(?:for|by|until|since|from|in|to|a|de|por|para|hasta|desde|en|con)\s+)?"
    r"(?:who|whom|when|where|which|what|how|why|do|does|did|is|are|can|could|must|should|may|will|has|have"
    r"|qui[eé]n(?:es)?|cu[aá]ndo|d[oó]nde|cu[aá]l(?:es)?|qu[eé]|c[oó]mo|cu[aá]nt[oa]s?|por\s+qu[eé]|hay|se\s|debo|debe|puede|puedo|tengo|es|son)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_QUANTITY = re.compile(
    r"\b(?:how (?:much|many|long|big|large|soon|late)|what (?:rate|amount|limit|deadline|percentage|value)|when|maximum"
    r"|minimum|limit|deadline|cuant[oa]s?|que (?:tasa|monto|limite|plazo|porcentaje|valor)|cuando|maximo|minimo"
    r"|limite|plazo|fees?|rate|tasa|derechos?|monto|amount)\b"
)
_GENERAL = re.compile(r"\b(?:what (?:is|are|does .{1,40} mean)|que (?:es|son|significa)|in short|en breve)\b")
# What moves the search's score (0 to 1), in its units: the question's words in a section and in its heading, a number
# after the word that asks for it, a heading that says what a thing is, or who, or when; a heading that answers another
# of these, and a title narrower than the question. Set on evals/retrieval/tuning.yaml.
_COVERED, _HEADED, _NUMBERED, _DEFINES, _ANSWERS, _DATED, _ELSE, _NARROWER = 0.45, 0.2, 0.5, 0.3, 0.4, 0.25, 0.2, 0.3
# How near to the best a second section must come: to be quoted at all, and for what it says that the first does not;
# how far behind stands a section that lists what its guide leaves out, and how far ahead, for the second half of a
# question, one of the document that answers the first.
_TIE, _NEAR, _CLOSING, _STAYS = 0.97, 0.85, 0.3, 0.3
_MIN_SECOND = 0.5  # share of a half question's own words that a section must speak of to be quoted for it


@dataclass(frozen=True)
class Wanted:
    """A question or half of one: its own terms, and those of the whole question, which weigh less."""

    text: str
    own: tuple[Term, ...]
    shared: tuple[Term, ...]
    asks: frozenset[str]
    half: bool = False

    @property
    def quantity(self) -> bool:
        """True for how much, how long, when."""
        return bool(_QUANTITY.search(fold(self.text)))


def wanted(question: str, language: str) -> list[Wanted]:
    """The question; when it asks two or three things, each of them."""
    question = _plainly(question)
    whole = _terms(question, language)
    parts = [part.strip(" ¿?,;.") for part in _SPLIT.split(question)]
    parts = [part for part in parts if _terms(part, language)]
    if not 2 <= len(parts) <= 3:
        parts = [question]
    found = []
    for part in parts:
        own = _terms(part, language)
        found.append(Wanted(part, own, tuple(t for t in whole if t not in own), asks(part), len(parts) > 1))
    return found


def _terms(text: str, language: str) -> tuple[Term, ...]:
    """The terms of a text, without forms that mean something else far more often ("good" of "goods" for "valid")."""
    vague = {(word,) for word in data("extract")["vague_forms"].split()}
    found = []
    for term in understand(text, language).terms:
        phrases = tuple(phrase for phrase in term.phrases if phrase not in vague) or term.phrases
        found.append(replace(term, phrases=phrases))
    return tuple(found)


def _plainly(question: str) -> str:
    """The question with idioms said in the words that documents use ("good for" is "valid")."""
    rewritten = question
    for idiom, word in data("extract")["idioms"].items():
        found = re.search(idiom, fold(rewritten))
        if found:
            rewritten = rewritten[: found.start()] + word + rewritten[found.end() :]
    return rewritten


@dataclass(frozen=True)
class _Words:
    """Index tokens of a text: in order, and with every identifier and second stem."""

    order: str
    all: frozenset[str]

    def has(self, term: Term) -> bool:
        return any(
            phrase[0] in self.all if len(phrase) == 1 else f" {' '.join(phrase)} " in self.order
            for phrase in term.phrases
        )

    def with_number(self, term: Term) -> bool:
        """True when a number follows the term: "minimum US$32.71" rather than "a minimum for each entry"."""
        return any(re.search(rf" {re.escape(' '.join(p))} (?:\S+ )?\d", self.order) for p in term.phrases)


@lru_cache(maxsize=2048)
def _words(text: str, language: str | None) -> _Words:
    tokens = analyse(text, language)
    return _Words(f" {' '.join(tokens.words)} ", frozenset((*tokens.words, *tokens.extras)))


def covered(text: str, terms: Sequence[Term], language: str | None) -> float:
    """Weight of the terms that `text` speaks of."""
    return sum(_weight(term) for term in terms if _words(text, language).has(term))


def _weight(term: Term) -> float:
    number = any(len(phrase) == 1 and _NUMBER.search(phrase[0]) for phrase in term.phrases)
    return 2.0 if term.exact or number else 1.2 if term.known else 1.0


def ranked(
    passages: Sequence[Mapping[str, Any]], want: Wanted, about: Sequence[int], whole: str = ""
) -> list[tuple[float, int]]:
    """(score, place) best first. A passage that shares no word with the question is left out, unless it is `about` its
    subject. `whole`: the question of which `want` is a half."""
    whole = whole or want.text
    rows = []
    total = sum(_weight(t) for t in want.own) + 0.25 * sum(_weight(t) for t in want.shared) or 1.0
    general = len(want.own) <= 2 and not want.quantity and bool(_GENERAL.search(fold(want.text)))
    heads = [head.strip() for head in data("extract")["general_sections"].split(";")]
    closing = [head.strip() for head in data("extract")["closing_sections"].split(";")]
    for place, passage in enumerate(passages):
        language = passage.get("language")
        heading, body, title = str(passage.get("paragraph") or ""), str(passage["text"]), str(passage["title"])
        own = _coverage(want.own, heading, body, title, language)
        if not own and place not in about:
            continue
        # The search ranked for all that is asked at once; of half a question its order says less.
        score = float(passage["score"]) * (1.0 if not want.half else 0.6)
        score += _COVERED * (own + 0.25 * _coverage(want.shared, heading, body, title, language)) / total
        score += _HEADED * covered(heading, want.own, language) / total
        if any(head in fold(heading) for head in closing):
            score -= _CLOSING
        score -= _NARROWER * _narrower(f"{title} {heading}", whole)
        score += _fits(want, heading) + (0.2 if place in about else 0.0)
        if general and any(head in fold(heading) for head in heads):
            score += _DEFINES
        if want.quantity:
            bare = _words(re.sub(r"\[[^\]]*\]", " ", body), language)
            score += _NUMBERED * sum(_weight(t) for t in want.own if bare.with_number(t)) / total
        rows.append((score, place))
    return sorted(rows, key=lambda row: (-row[0], row[1]))


def _narrower(title: str, question: str) -> bool:
    """True when a title names a program or country that the question does not."""
    said, asked = (set(re.findall(r"[\w+-]+", fold(text))) for text in (title, question))
    return any(said & names and not asked & names for names in map(set, map(str.split, data("extract")["narrow"])))


def _fits(want: Wanted, heading: str) -> float:
    """Whether a heading answers what is asked for: who, when, where, how long."""
    named = asks(heading) - {"other"}
    if want.asks & named:
        return _ANSWERS
    if want.asks & {"when", "how_long"} and (is_dated(heading) or named & {"when", "how_long"}):
        return _DATED
    return -_ELSE if named and want.asks else 0.0


def _coverage(terms: Sequence[Term], heading: str, body: str, title: str, language: str | None) -> float:
    """Weight of the terms spoken of; what only the document's title says counts nearly as much."""
    text = f"{heading}\n{body}"
    here = [t for t in terms if _words(text, language).has(t)]
    above = [t for t in terms if t not in here and _words(title, language).has(t)]
    return sum(map(_weight, here)) + 0.85 * sum(map(_weight, above))


def chosen(passages: Sequence[Mapping[str, Any]], wants: Sequence[Wanted], about: Sequence[int]) -> list[int]:
    """Places of the sections to quote, first the one for the first thing asked. Empty when none speaks of it."""
    picked: list[int] = []
    for want in wants:
        rows = ranked(passages, want, about, " ".join(w.text for w in wants))
        # "When … and who …?": a section on who is kept for the half that asks who.
        elsewhere = frozenset(kind for w in wants if w is not want for kind in w.asks) - want.asks - {"other"}
        if elsewhere:
            heads = [asks(str(passage.get("paragraph") or "")) for passage in passages]
            rows = [(score - _ELSE * bool(heads[at] & elsewhere), at) for score, at in rows]
            rows.sort(key=lambda row: (-row[0], row[1]))
        if not rows:
            continue
        if picked and len(want.own) < 3:  # "and what is the deadline?" is about what was asked before
            if _fits(want, str(passages[picked[0]].get("paragraph") or "")) > 0:
                continue  # "Claiming late: one year from importation" has answered it
            rows.sort(key=lambda row: (-(row[0] + _STAYS * _same(passages, row[1], picked[0])), row[1]))
        best, place = rows[0]
        passage = passages[place]
        text = f"{passage.get('paragraph') or ''}\n{passage['text']}"
        share = covered(text, want.own, passage.get("language")) / (sum(map(_weight, want.own)) or 1.0)
        if place not in picked and (not picked or share >= _MIN_SECOND):
            picked.append(place)
        if len(wants) > 1:
            continue
        if len(rows) > 1 and _adds(passages, want, place, rows[1], best):
            picked.append(rows[1][1])
        elif place and any(other == 0 for _, other in rows) and _same(passages, place, 0):
            picked.append(0)  # what the search itself holds for the answer
    return picked[:3]


def _adds(
    passages: Sequence[Mapping[str, Any]], want: Wanted, first: int, second: tuple[float, int], best: float
) -> bool:
    """True when the second section is nearly as good, or speaks of something asked that the first does not."""
    score, place = second
    if not _same(passages, place, first):
        return False  # another document's word on it confuses more than it adds
    if score >= _TIE * best:
        return True
    one, other = (f"{passages[p].get('paragraph') or ''}\n{passages[p]['text']}" for p in (first, place))
    missing = [t for t in want.own if not _words(one, passages[first].get("language")).has(t)]
    return score >= _NEAR * best and bool(covered(other, missing, passages[place].get("language")))


def _same(passages: Sequence[Mapping[str, Any]], one: int, other: int) -> bool:
    return bool(passages[one]["document_id"] == passages[other]["document_id"])


def about(passages: Sequence[Mapping[str, Any]], subjects: Sequence[str]) -> list[int]:
    """Places of passages whose title or heading names one of the legal subjects ("isf", "la 301")."""
    bare = [set(re.findall(r"\w+", fold(subject))) - stop_words() for subject in subjects]
    found = []
    for place, passage in enumerate(passages):
        own = set(re.findall(r"\w+", fold(f"{passage['title']} {passage.get('paragraph') or ''}")))
        if any(subject and subject <= own for subject in bare):
            found.append(place)
    return found

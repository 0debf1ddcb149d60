"""Scorers: an answer and what was expected → scores with value, what was said and why.

A score's `value` is 1.0 or 0.0; None means *not scored*, which is not *wrong* and counts in no rate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.schema import Answer
from evals.calls import call_faults, call_text
from evals.prose import Evidence, fold, language_of, prints, ungrounded
from evals.questions import Expect, ExpectedCitation

_LANGUAGE_VERSION = re.compile(r"\.(en|es)$")


@dataclass(frozen=True)
class Score:
    """`value` 1.0, 0.0 or None (not scored); `answer` what was said; `explanation` why."""

    value: float | None
    answer: str = ""
    explanation: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Context:
    """What a turn is scored against: its answer, its expectation, and the thread's evidence so far."""

    answer: Answer
    expect: Expect
    language: str
    evidence: Evidence = field(default_factory=Evidence)
    sources: set[str] = field(default_factory=set)

    def hear(self, question: str) -> None:
        """Adds the person's own words and this answer's tool results to the evidence."""
        self.evidence.add(question)
        self.evidence.add(self.answer.as_of.isoformat())
        for call in self.answer.tool_calls:
            self.evidence.add([call.arguments, call.response, call.error])
            self.sources |= _sources(call.response)


def _right(said: str = "", why: str = "") -> Score:
    return Score(1.0, said, why)


def _wrong(said: str, why: str) -> Score:
    return Score(0.0, said, why)


UNSCORED = Score(None)


# -- tools and arguments ---------------------------------------------------------------------------------------------


def tools(context: Context) -> Score:
    """The calls expected, each with at least the arguments expected, and no call of another tool."""
    wanted = context.expect.tools
    if wanted is None:
        return UNSCORED
    left = list(context.answer.tool_calls)
    said = "; ".join(call_text(c) for c in left) or "no tool"
    for expected in wanted:
        best: tuple[int, str] | None = None
        for call in left:
            faults = call_faults(expected, call)
            if not faults:
                left.remove(call)
                best = None
                break
            if best is None or len(faults) < best[0]:
                best = (len(faults), "; ".join(faults))
        else:
            return _wrong(said, f"{expected.name}: {best[1] if best else 'was not called'}")
    allowed = {*context.expect.may_call}
    names = {e.name for e in wanted}
    extra = [c.name for c in left if c.name not in allowed and not (c.name in names and c.error)]
    if extra:
        return _wrong(said, f"called besides what was asked: {', '.join(extra)}")
    return _right(said)


# -- what the answer says --------------------------------------------------------------------------------------------


def figures(context: Context) -> Score:
    """Every expected figure is said and rests on a tool result; no figure that must not appear does."""
    wanted, unwanted = context.expect.figures, context.expect.figures_absent
    if not wanted and not unwanted:
        return UNSCORED
    said = ", ".join(f.text for f in context.answer.figures) or "no figures"
    text = context.answer.answer
    for figure in wanted:
        number = Decimal(figure.rstrip("%"))
        if any(_number(f.value) == number and (f.unit == "%" or "%" not in figure or "%" in f.text)
               for f in context.answer.figures):  # fmt: skip
            continue
        held = context.evidence.holds(f"{number:f}", figure.endswith("%"))
        if prints(text, figure) and held:
            continue
        if prints(text, figure):
            return _wrong(said, f"{figure} is said, but no tool gave it")
        return _wrong(said, f"{figure} is {'in a tool result, but not said' if held else 'neither computed nor said'}")
    for figure in unwanted:
        if prints(text, figure):
            return _wrong(said, f"{figure} is said and must not be")
    return _right(said)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(str(text).replace(",", "").rstrip("%"))
    except InvalidOperation:
        return None


def citations(context: Context) -> Score:
    """The expected documents are cited, and every citation is one that a tool of this thread returned."""
    cited = context.answer.citations
    said = "; ".join(f"{c.document_id or c.url or c.title}" for c in cited) or "no citations"
    for wanted in context.expect.citations:
        if not any(_cites(wanted, c.document_id, c.url, f"{c.title} {c.quote or ''} {c.id}") for c in cited):
            return _wrong(said, f"{wanted.document or wanted.cite or wanted.url} is not cited")
    for citation in cited:
        known = {x for x in (citation.document_id, citation.url, citation.title) if x}
        if not known & context.sources:
            return _wrong(said, f"{citation.document_id or citation.title} comes from no tool result")
    return _right(said) if context.expect.citations or cited else UNSCORED


def _cites(wanted: ExpectedCitation, document: str | None, url: str | None, text: str) -> bool:
    return (
        (wanted.document is None or plain_document(document) == plain_document(wanted.document))
        and (wanted.url is None or wanted.url in (url or ""))
        and (wanted.cite is None or fold(wanted.cite) in fold(text))
    )


def plain_document(document: str | None) -> str:
    """A document's key without kind and language version: guide:us-usmca-claims.es → us-usmca-claims."""
    return _LANGUAGE_VERSION.sub("", (document or "").split(":", 1)[-1])


def _sources(response: Mapping[str, Any] | None) -> set[str]:
    """Document ids, addresses and titles anywhere in a tool response."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            found.update(str(value[k]) for k in ("document_id", "url", "title") if value.get(k))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                walk(inner)

    walk(response)
    return found


def refusal(context: Context) -> Score:
    """Refuses what must be refused and nothing else."""
    wanted, status = context.expect.refusal, context.answer.status
    if wanted is None:
        return UNSCORED
    if wanted == (status == "refused"):
        return _right(status)
    return _wrong(status, "must be refused" if wanted else "must not be refused")


def status(context: Context) -> Score:
    """The answer's status is one of those expected (asks when a fact is missing, says partial when it is)."""
    wanted, said = context.expect.status, context.answer.status
    if not wanted:
        return UNSCORED
    return _right(said) if said in wanted else _wrong(said, f"expected {' or '.join(wanted)}")


def text(context: Context) -> Score:
    """Words that must, may or must not appear; used sparingly."""
    expect, prose = context.expect, fold(context.answer.answer)
    if not (expect.contains or expect.any_of or expect.absent):
        return UNSCORED
    for words in expect.contains:
        if fold(words) not in prose:
            return _wrong(context.answer.answer, f"does not say {words!r}")
    if expect.any_of and not any(fold(words) in prose for words in expect.any_of):
        return _wrong(context.answer.answer, f"says none of {', '.join(map(repr, expect.any_of))}")
    for words in expect.absent:
        if fold(words) in prose:
            return _wrong(context.answer.answer, f"says {words!r}")
    return _right()


def matches(context: Context) -> Score:
    """Manufacturers found: who leads, who is among them, who is not."""
    wanted = context.expect.matches
    if wanted is None:
        return UNSCORED
    found = [m["id"] for c in context.answer.tool_calls if c.name == "find_manufacturers" and c.response
             for m in c.response.get("matches", [])]  # fmt: skip
    said = ", ".join(found) or "nobody"
    if wanted.first and found[:1] != [wanted.first]:
        return _wrong(said, f"{wanted.first} must come first")
    for missing in (i for i in wanted.includes if i not in found):
        return _wrong(said, f"{missing} is missing")
    for unfit in (i for i in wanted.excludes if i in found):
        return _wrong(said, f"{unfit} must not be offered")
    return _right(said)


def language(context: Context) -> Score:
    """Labelled and written in the language expected (by function words, where the prose is long enough to tell)."""
    wanted = context.expect.language or context.language
    heard = language_of(context.answer.answer)
    said = f"labelled {context.answer.language}, reads as {heard or 'unclear'}"
    if context.answer.language != wanted or heard not in (wanted, None):
        return _wrong(said, f"expected {wanted}")
    return _right(said)


def grounding(context: Context) -> Score:
    """Every number, code and date in the prose was given by a tool of this thread or by the person."""
    loose = ungrounded(context.answer.answer, context.evidence)
    return _wrong(", ".join(loose), "no tool gave these") if loose else _right()


SCORERS: dict[str, Callable[[Context], Score]] = {
    "tools": tools,
    "figures": figures,
    "citations": citations,
    "matches": matches,
    "status": status,
    "refusal": refusal,
    "language": language,
    "grounding": grounding,
    "text": text,
}


def score(context: Context) -> dict[str, Score]:
    """All scorers over one turn. Call after `context.hear`."""
    return {name: scorer(context) for name, scorer in SCORERS.items()}


def worst(scores: Sequence[Score]) -> Score:
    """The score of several turns together: the first wrong one, else right if any was scored."""
    for one in scores:
        if one.value == 0.0:
            return one
    return next((one for one in scores if one.value is not None), UNSCORED)

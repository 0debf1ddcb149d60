"""One rule of General Note 11 from its paragraph: introduction, use, alternatives, tariff change, conditions.

Everything is matched on squeezed text. A clause that no form fits is kept as quoted text (`unread`), never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assistant.customs.origin.printing import dotted
from assistant.customs.origin.rules import Alternative, Condition, Rule, Term, Trade, Use
from ingestion.sources.general_note_11_templates import read as read_conditions
from ingestion.sources.general_note_11_terms import Lists
from ingestion.sources.general_note_11_text import Paragraph, Squeezed

_DATE = r"[A-Z][a-z]+\d{1,2},\d{4}"
_LABEL = re.compile(r"\(?[A-Ja-j]\)(?=Achange|Nochange|Norequired|Productionof|Foranyother)")
_HEAD = re.compile(
    r"(?P<change>Achange(?:to|of)?)|(?P<none>No(?:requiredchangeintariffclassification|changeintariffclassification"
    r"|requiredtariffchange)(?:to)?)|(?P<process>Productionof)"
)
_END = re.compile(r"(;or|,or|;and|[.;,])?$")
_ALSO = re.compile(r"(?:;\(C\)|,\(C\))?(?:or,|,)?[Ww]hetherornotthereisalsoachangefrom")
_EXCEPT = re.compile(r",?(?:exceptfrom|exceptfor|except|excluding)")
_PROVIDED = re.compile(r",?provided(?!forin|with)")
_BUT = re.compile(
    r",(?:ofakind|otherthan|used|except)|which(?:contain|have)|madeof|classifiedas|\(if|isrequired|,exceptforagood"
)
_USE = re.compile(r"(?P<head>For(?P<body>.+?):)(?=\(A\)|\(E\)Achange)")
_DATED = re.compile(
    rf"Beginningon(?P<start>{_DATE}),?(?:until(?P<end>{_DATE})|andthereafter),"
    r"thefollowingrules?oforiginshallapplyto(?P<scope>.+?):"
)
_BILATERAL = re.compile(
    r"Forthepurposesof(?:tradebetweentheterritoryof(?P<one>Canada|Mexico)andtheterritoryoftheUnitedStatesofgoodsof"
    r"|allothertradeof)(?P<scope>.+?),?thefollowingrules?oforiginappl(?:y|ies):"
)
_INCORPORATING = re.compile(r"Thefollowingruleappliestoagoodof(?P<scope>.+?)incorporating(?P<what>.+?):(?=\(a\))")
_USES = re.compile(r"passengervehicle|lighttruck|heavytruck")
_USE_WORDS = {"passengervehicle": "passenger vehicle", "lighttruck": "light truck", "heavytruck": "heavy truck"}


@dataclass(frozen=True)
class _Clause:
    label: str
    start: int
    end: int


def rule_of(paragraph: Paragraph) -> list[Rule]:
    """Rules that the paragraph states: one, or two where a second `For any other good …:` stands among its
    alternatives. Empty when it states none (a definition, an underscoring remark)."""
    squeezed = Squeezed(paragraph.pieces)
    intro = _intro(squeezed)
    if paragraph.number is None and intro is None:
        return []
    at, extra = intro or (0, {})
    mark = paragraph.title + (":" if paragraph.number is None and paragraph.title else "")
    rules: list[Rule] = []
    for part, (start, use, label) in enumerate(_parts(squeezed, at)):
        stop = part_end(squeezed, start)
        alternatives = tuple(_alternatives(squeezed, start, stop))
        name = str(paragraph.number) if paragraph.number is not None else _name(extra)
        rules.append(
            Rule.model_validate(
                {
                    "id": f"{paragraph.chapter:02d}.{name}" + (f".{part + 1}" if part else ""),
                    "chapter": paragraph.chapter,
                    "mark": mark if not part else label,
                    "intro": squeezed.words(0, at),
                    "alternatives": alternatives,
                    "use": use,
                    "page": squeezed.page(0 if not part else start),
                    "page_end": squeezed.page(max(stop - 1, 0)),
                    "scope": _use_scope(use),
                    **(extra if not part else {**extra, "intro": ""}),
                }
            )
        )
    return rules


def _name(extra: dict[str, Any]) -> str:
    """Name of an unnumbered rule: its goods, and its first day, direction of trade or further goods."""
    first = extra["scope"][0] if extra.get("scope") else None
    goods = dotted(first.lo) + (f"-{dotted(first.hi)}" if first.hi else "") if first else "?"
    panel = "cone" if "cone" in extra.get("incorporating", "") else "envelope"
    return f"{goods}@{extra.get('start') or extra.get('trade') or panel}"


def _intro(squeezed: Squeezed) -> tuple[int, dict[str, Any]] | None:
    text, lists = squeezed.text, Lists(squeezed)
    for pattern in (_DATED, _BILATERAL, _INCORPORATING):
        m = pattern.match(text)
        if not m:
            continue
        scope = lists.read(m.start("scope"), m.end("scope"), scope=True) or ()
        extra: dict[str, Any] = {"scope": scope}
        if pattern is _DATED:
            extra |= {"start": _day(m["start"]), "end": _day(m["end"]) if m["end"] else None}
            if m["end"] == "June30,2023":  # the next rule starts the day after; elsewhere `until` names that day
                extra["end"] = date(2023, 7, 1)
        elif pattern is _BILATERAL:
            trade: Trade = "other" if not m["one"] else "CA-US" if m["one"] == "Canada" else "MX-US"
            extra["trade"] = trade
        else:
            extra["incorporating"] = squeezed.words(m.start("what"), m.end("what"))
        return m.end(), extra
    return None


def _day(text: str) -> date:
    return datetime.strptime(text, "%B%d,%Y").date()  # noqa: DTZ007  a legal date has no time zone


def _parts(squeezed: Squeezed, at: int) -> Iterator[tuple[int, Use | None, str]]:
    """(start of the alternatives, use, label) of each rule in the paragraph."""
    text = squeezed.text
    m = _USE.match(text, at)
    yield (m.end(), _use(squeezed, m), "") if m else (at, None, "")
    for again in re.finditer(r"\(D\)(?=Foranyothergoodof[^:]+:\(E\))", text):
        m = _USE.match(text, again.end())
        if m:
            yield m.end(), _use(squeezed, m), again[0]


def part_end(squeezed: Squeezed, start: int) -> int:
    again = re.search(r"\(D\)(?=Foranyothergoodof[^:]+:\(E\))", squeezed.text)
    return again.start() if again and again.start() > start else len(squeezed.text)


def _use(squeezed: Squeezed, m: re.Match[str]) -> Use:
    uses = tuple(dict.fromkeys(_USE_WORDS[w] for w in _USES.findall(m["body"])))
    goods = re.match(r"a(?P<goods>bodystamping|chassisframe|chassis|compression.*?engine)(?=of|for)", m["body"])
    head = squeezed.words(m.start("head"), m.end("head"))
    start = m.start("body")
    return Use(
        head=head,
        uses=uses,
        goods=squeezed.words(start + goods.start("goods"), start + goods.end("goods")) if goods else "",
        text="any other" if m["body"].startswith("anyother") else "",
    )


def _use_scope(use: Use | None) -> tuple[Term, ...]:
    """Goods that the opening words name: `For a good of subheading 8409.99 for use in …`."""
    if use is None:
        return ()
    squeezed = Squeezed([(0, use.head)])
    m = re.search(r"of(?=(?:sub)?headings?\d)(?P<codes>.+?)(?:foruse|usedfor|:|or(?=for))", squeezed.text)
    return (Lists(squeezed).read(m.start("codes"), m.end("codes"), scope=True) or ()) if m else ()


def _alternatives(squeezed: Squeezed, start: int, stop: int) -> Iterator[Alternative]:
    text = squeezed.text
    marks = list(_LABEL.finditer(text, start, stop))
    if not marks or marks[0].start() > start:
        first = marks[0].start() if marks else stop
        yield _alternative(squeezed, _Clause("", start, first))
    for mark, end in zip(marks, [*(m.start() for m in marks[1:]), stop], strict=False):
        clause = _Clause(mark[0], mark.end(), end)
        yield _alternative(squeezed, clause)


def _alternative(squeezed: Squeezed, clause: _Clause) -> Alternative:
    text, end = squeezed.text, clause.end
    tail = _END.search(text, clause.start, end)
    cut = tail.start() if tail else end
    base: dict[str, Any] = {
        "label": clause.label,
        "end": squeezed.words(cut, end),
        "page": squeezed.page(clause.start),
    }
    head = _HEAD.match(text, clause.start, cut)
    read = _body(squeezed, head, cut, _PROVIDED.search(text, clause.start, cut)) if head else None
    if head and (read is None or any(c.kind == "unread" for c in read.get("conditions", ()))):
        read = _body(squeezed, head, cut, None) or read  # "provided" may stand inside an exception
    if head is None or read is None:
        return Alternative.model_validate({**base, "form": "unread", "unread": squeezed.words(clause.start, cut)})
    base["head"] = squeezed.words(head.start(), head.end())
    base["form"] = "change" if head["change"] else "no_change" if head["none"] else "process"
    return Alternative.model_validate({**base, **read})


def _body(squeezed: Squeezed, head: re.Match[str], cut: int, provided: re.Match[str] | None) -> dict[str, Any] | None:
    text, at = squeezed.text, head.end()
    stop = provided.start() if provided else cut
    found: dict[str, Any] = {}
    if provided:
        conditions = read_conditions(squeezed, provided.end(), cut)
        lead = squeezed.words(provided.start(), provided.end())
        if conditions is None:
            words = squeezed.words(provided.end(), cut)
            conditions = (Condition(kind="unread", values={"text": words}),)
        first = conditions[0]
        found["conditions"] = (first.model_copy(update={"values": {**first.values, "lead": lead}}), *conditions[1:])
    if head["process"]:
        return _process(squeezed, at, stop, found)
    if head["none"]:
        also = _ALSO.search(text, at, stop)
        scope = _scope(squeezed, at, also.start() if also else stop)
        if scope is None:
            return None
        found |= {"scope": scope[0], "scope_but": scope[1]}
        if also:
            return _also(squeezed, also, stop, found)
        return found
    for m in re.finditer("from", text[at:stop]):
        k = at + m.start()
        scope = _scope(squeezed, at, k) if k > at else ((), "")
        if scope is None:
            continue
        change = _change(squeezed, k + len("from"), stop)
        if change is not None:
            return {**found, "scope": scope[0], "scope_but": scope[1], **change}
    return None


def _process(squeezed: Squeezed, at: int, stop: int, found: dict[str, Any]) -> dict[str, Any] | None:
    m = re.compile(r"(?P<scope>.+?)astheresultof(?P<list>.+)").fullmatch(squeezed.text, at, stop)
    scope = _scope(squeezed, at, m.end("scope")) if m else None
    if not m or scope is None:
        return None
    words = squeezed.words(m.start("list"), m.end("list"))
    return {**found, "scope": scope[0], "processes": tuple(re.split(r", | or ", words))}


def _scope(squeezed: Squeezed, at: int, end: int) -> tuple[tuple[Term, ...], str] | None:
    lists = Lists(squeezed)
    whole = lists.read(at, end, scope=True)
    if whole is not None:
        return whole, ""
    for m in _BUT.finditer(squeezed.text, at, end):
        terms = lists.read(at, m.start(), scope=True)
        if terms is not None and "from" not in squeezed.text[m.start() : end]:
            space = "" if squeezed.text[m.start()] == "," else " "
            return terms, space + squeezed.words(m.start(), end)
    return None


def _change(squeezed: Squeezed, at: int, stop: int) -> dict[str, Any] | None:
    text, lists = squeezed.text, Lists(squeezed)
    also = _ALSO.search(text, at, stop)
    end = also.start() if also else stop
    found: dict[str, Any] | None = None
    for m in [*_EXCEPT.finditer(text, at, end), None]:
        froms = lists.read(at, m.start() if m else end)
        if froms is None:
            continue
        found = {"froms": froms}
        if m:
            excepts = lists.read(m.end(), end)
            if excepts is None:
                found = None
                continue
            found |= {"excepts": excepts, "except_word": squeezed.words(m.start(), m.end())}
            if not found["except_word"].startswith(","):
                found["except_word"] = f" {found['except_word']}"
        break
    if found is None or not also:
        return found
    return _also(squeezed, also, stop, found)


def _also(squeezed: Squeezed, also: re.Match[str], stop: int, found: dict[str, Any]) -> dict[str, Any] | None:
    text, lists = squeezed.text, Lists(squeezed)
    m = _EXCEPT.search(text, also.end(), stop)
    terms = lists.read(also.end(), m.start() if m else stop)
    if terms is None:
        return None
    word = squeezed.words(also.start(), also.end())
    found |= {"also": terms, "also_word": word if word[0] in ",;" else f" {word}"}
    if m:
        excepts = lists.read(m.end(), stop)
        if excepts is None:
            return None
        found |= {"also_excepts": excepts, "also_except_word": squeezed.words(m.start(), m.end())}
    return found

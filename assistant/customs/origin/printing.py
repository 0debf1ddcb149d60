"""Rules written out as the note prints them, and tariff numbers with their dots."""

from __future__ import annotations

import re
from functools import cache

from assistant.customs.law import load_yaml
from assistant.customs.origin.rules import DATA, Alternative, Condition, Rule, Term

# Two-way templates by kind; ingestion's general_note_11_templates reads the note with the same words.
CONDITIONS: dict[str, list[str]] = load_yaml(DATA / "conditions.yaml")


@cache
def pieces(template: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A template in parts: ("text", (words,)), ("slot", (name, sort)), ("option", choices)."""
    parts: list[tuple[str, tuple[str, ...]]] = []
    for token in re.findall(r"\{\w+:\w+\}|<[^>]*>|[^{<]+", template):
        if token[0] == "{":
            name, sort = token[1:-1].split(":")
            parts.append(("slot", (name, sort)))
        elif token[0] == "<":
            parts.append(("option", tuple(dict.fromkeys(token[1:-1].split("|")))))
        else:
            parts.append(("text", (token,)))
    return tuple(parts)


def print_condition(condition: Condition) -> str:
    """The condition's words, from its template, values and style."""
    if condition.kind == "unread":
        return condition.values["text"]
    out, option = "", 0
    for kind, value in pieces(CONDITIONS[condition.kind][condition.template]):
        if kind == "text":
            out += value[0]
        elif kind == "slot":
            out += condition.values[value[0]]
        else:
            out += value[int(condition.style[option])]
            option += 1
    return out


def dotted(digits: str) -> str:
    """Digits as the schedule prints them: 8708.99.55, 8708.99, 8708, 87."""
    return ".".join(p for p in (digits[:4], digits[4:6], digits[6:8], digits[8:10]) if p)


def print_term(term: Term) -> str:
    lead = f"{_SEPARATORS.get(term.sep, term.sep)} " if term.sep else ""
    if term.kind in ("any_other", "any"):
        head = term.goods if term.kind == "any_other" else "any"
        return f"{lead}{head} {term.unit} {term.within}".rstrip() + term.including
    if term.kind == "outside_group":
        return f"{lead}any {term.unit} outside that group"
    if term.kind == "same":
        return f"{lead}{term.goods or ''} {term.join} {term.within} {term.unit}".strip()
    if term.kind == "goods":
        return f"{lead}{term.goods}"
    if term.kind in ("several", "both"):
        head = "more than one of the following:" if term.kind == "several" else "a combination of both:"
        body = " ".join(form.format(print_terms(terms)) for form, terms in term.members)
        return f"{lead}{head} {term.including} {body}".replace("  ", " ")
    goods = f"{term.goods} {term.join} " if term.goods else ""
    last = f" through {term.hi_word} {dotted(term.hi)}" if term.hi else ""
    return (
        f"{lead}{goods}{term.word} {term.printed or dotted(term.lo)}{last}".replace("  ", " ")
        .replace("  ", " ")
        .strip()
    )


_SEPARATORS = {",fromor": ", from or", ",orfrom": ", or from", "orfrom": "or from", ",or": ", or", ",and": ", and"}


def print_terms(terms: tuple[Term, ...]) -> str:
    out = ""
    for term in terms:
        text = print_term(term)
        out += text if not out or text.startswith(",") else f" {text}"
    return out


def print_alternative(alternative: Alternative) -> str:
    """One alternative with its label and closing punctuation."""
    a = alternative
    label = f"{a.label} " if a.label else ""
    if a.unread is not None:
        return f"{label}{a.unread}{a.end}"
    out = f"{label}{a.head} {print_terms(a.scope)}{a.scope_but}"
    if a.froms:
        out += f" from {print_terms(a.froms)}"
    if a.excepts:
        out += f"{a.except_word} {print_terms(a.excepts)}"
    if a.also:
        out += f"{a.also_word} {print_terms(a.also)}"
    if a.also_excepts:
        out += f"{a.also_except_word} {print_terms(a.also_excepts)}"
    if a.processes:
        out += f" as the result of {_joined(a.processes)}"
    for condition in a.conditions:
        out += f"{condition.values.get('lead', ', provided')} {print_condition(condition)}"
    return " ".join((out + a.end).split())


def _joined(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" or {words[-1]}"


def print_rule(rule: Rule) -> str:
    """The rule's text, from its structure."""
    parts = [rule.mark, rule.intro]
    if rule.use and not rule.inherited_use:
        parts.append(rule.use.head)
    parts += [print_alternative(a) for a in rule.alternatives]
    return " ".join(p for p in parts if p)

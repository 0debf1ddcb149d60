"""Rules written out as the note prints them, and tariff numbers with their dots."""

from __future__ import annotations

import re
from functools import cache

from assistant.customs.origin.rules import Alternative, Condition, Rule, Term

# Two-way templates of conditions; see ingestion's general_note_11_templates, which reads with the same words.
_THERE = "there is <also |><a |>regional value content of <not less than|at least>"
_TV = "{tv:n} percent where the transaction value <method is used|is used|method>"
_NC = "{nc:n} percent where the net cost <method is used|is used>"
_SEWN = "the good is <both |>cut <(or knit to shape) |>and <sewn or otherwise |>assembled in the territory of one or more of the USMCA countries"
CONDITIONS: dict[str, tuple[str, ...]] = {
    "rvc": (
        f"{_THERE}<: (1) |: (A) |: (i) >{_TV}<; or|, or| or|;> <(2)|2)|(B)|(ii)> {_NC}",
        f"{_THERE}: (2) {_NC}. (1) {_TV}",
        f"{_THERE} {{nc:n}} percent <under the net cost method|where the net cost method is used>",
        f"<that |>the regional value content is: (1) {_TV}; or (2) {_NC}",
        f"{_THERE}: (i) {_TV}; or (i) {{again:n}} percent where the transaction value method is used",
    ),
    "cut_and_sewn": (
        f"<that |>{_SEWN}",
        f"that {_SEWN}, and such goods will not be subject to chapter {{waived:words}} of this chapter",
        f"that {_SEWN}. Such goods shall not be subject to {{waived:words}} of this chapter",
        "the good is cut or knit to shape, or both, and sewn or otherwise assembled in the territory of one or more of the USMCA countries",
        f"that the good, exclusive of {{trim:words}}, is wholly of such fabric and {_SEWN}, and such goods will not be subject to chapter {{waived:words}} of this chapter",
    ),
    "originating_weight": (
        "that at least {min:n} percent by weight of the materials of {refs:words} is originating",
        "that the originating polymer content of {refs:words} is not less than {min:n} percent by weight of the total polymer content",
        "that not less than {min:n} percent by weight of the total active ingredient or ingredients is originating",
    ),
    "nonoriginating_share": (
        "<that |>the nonoriginating {what:words} <do not exceed|constitutes no more than|constitute no more than> {max:n} percent <by weight of the good|by volume of the good|of the alcoholic content of the good by volume>",
        "that the nonoriginating {what:words} constitutes no more than {max:n} percent by weight of the sugar and the nonoriginating {what2:words} constitutes no more than {max2:n} percent by weight of the cocoa powder",
    ),
    "single_juice": (
        "that a single juice ingredient, or juice ingredients from a single non-USMCA country, constitute in single strength form no more than {max:n} percent by volume of the good",
    ),
    "chemical_reaction": ("that the good resulting from such change is the product of a chemical reaction",),
    "separation_or_alloying": (
        "that the nonoriginating materials undergo electrolytic, thermal or chemical separation or alloying",
    ),
    "bar_reduced": (
        "that, if bar or rod is used, the cross-sectional area of the bar or rod is reduced by at least {min:n} percent",
    ),
    "direct_blending": (
        "that: (1) The nonoriginating material is classified in chapter {chapter:n}, (2) No component of that nonoriginating material is classified under heading {heading:n}, and (3) The nonoriginating material constitutes no more than {max:n} percent by volume of the good",
    ),
    "printed_circuit_assemblies": (
        "that, with respect to printed circuit assemblies (PCAs) of subheading 8529.90: (A) Except as provided in subparagraph (B), for each multiple of nine PCAs, or any portion thereof, that is contained in the good, only one PCA may be a nonoriginating PCA; and (B) If the good contains less than three PCAs, all of the PCAs must be originating PCAs",
    ),
}


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
    return f"{lead}{goods}{term.word} {term.printed or dotted(term.lo)}{last}".replace("  ", " ").replace("  ", " ").strip()


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

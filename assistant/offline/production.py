"""Questions about orders and suppliers' performance: which of the three tools is meant, and for whom."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from assistant.offline.intents import shaped
from assistant.offline.text import data, fold

if TYPE_CHECKING:
    from assistant.offline.reading import Reading
    from assistant.offline.state import State

ACTS = ("order", "performance", "risks")
_STRONG = 5
_ALL_RISKS = 200  # as many as the tool gives at most
# PO-1042, OC 1042, purchase order #1042, pedido PO1042: a cue or a usual prefix, then something with a digit.
_PREFIX = re.compile(r"\b(?:po|oc|so|wo|sim)\s?[-#]?\s?(?=[a-z0-9-]*\d)[a-z0-9][a-z0-9-]*\b")
_CUE = re.compile(
    r"\b(?:purchase order|orden de compra|order|orden|pedido)\s+(?:no\.?|number|numero|num\.?|#)?\s*"
    r"(?P<id>#?(?=[a-z0-9-]*\d)[a-z0-9][a-z0-9-]*)\b"
    # "minimum order 500 pieces" names no order.
    r"(?![.,]\d|\s*(?:%|k\b|mil\b|pieces?|pcs|units?|piezas?|unidades|kg|a month|al mes|days?|dias))"
)


def order_ids(text: str) -> list[str]:
    """Order numbers as written, upper case, each once: "po 1042" is PO-1042."""
    folded = fold(text)
    found: list[tuple[int, str]] = []
    for match in _PREFIX.finditer(folded):
        letters = re.match(r"[a-z]+", match[0])
        assert letters is not None  # the pattern begins with letters
        rest = match[0][letters.end() :].strip(" -#")
        found.append((match.start(), f"{letters[0]}-{rest}".upper()))
    taken = [start for start, _ in found]
    for match in _CUE.finditer(folded):
        if not any(match.start() <= start <= match.end() for start in taken):
            found.append((match.start(), match["id"].lstrip("#").upper()))
    return list(dict.fromkeys(name for _, name in sorted(found)))


def order_number(text: str) -> str | None:
    """The number that a short reply to "which order?" gives: "1042", "the one ending in 7 is SIM-1007"."""
    if len(text.split()) > 8:
        return None
    match = re.search(r"(?<![\w.,])#?((?=[a-z0-9-]*\d)[a-z0-9][a-z0-9-]{2,})(?![\w.,]\w)", fold(text))
    return match[1].upper() if match else None


def another_order(state: State, reading: Reading) -> bool:
    """True for a bare number after an order ("how about 1036?"): the next order, not a tariff heading."""
    bare = all(code.digits == code.text and len(code.digits) <= 6 for code in reading.codes)
    small = [n for n in reading.plain_numbers if n.value == n.value.to_integral() and n.noun is None]
    return bool(
        state.order and state.topic in ACTS and len(reading.text.split()) <= 6 and bare
        and (reading.codes or small) and order_number(reading.text)
    )  # fmt: skip


def production_act(state: State, reading: Reading) -> str | None:
    """order, performance or risks; None when the message is about something else."""
    scores = {act: reading.scores.get(act, 0) for act in ACTS}
    others = max((reading.scores.get(name, 0) for name in ("duty", "line", "find", "rules", "classify")), default=0)
    if order_ids(reading.text) and not reading.codes and (others < 4 or max(scores.values()) >= _STRONG):
        named = re.search(r"\b(?:risks?|riesgos?)\b", fold(reading.text))
        return "risks" if named or scores["risks"] >= _STRONG else "order"
    if another_order(state, reading):
        return "order"
    best = max(ACTS, key=lambda act: scores[act])
    if scores[best] >= _STRONG and scores[best] > others and not reading.codes and not reading.value:
        nobody = supplier(reading.text) is None and state.topic not in (*ACTS, "profile")
        if best == "performance" and nobody and others >= 3:
            return None  # "what is first pass yield?", "find molders with on-time delivery"
        if best == "performance" and shaped("meaning", reading.text) and supplier(reading.text) is None:
            return None  # "what is first pass yield?" asks what it is, whoever is being talked about
        asks_all = re.search(rf"(?<!\w)(?:{data('production')['which_supplier']})(?!\w)", fold(reading.text))
        if best == "performance" and asks_all and not reading.known and supplier(reading.text) is None:
            return "risks"  # "whose yield is falling?": over all suppliers, what goes wrong
        several = re.search(rf"\b(?:{data('production')['several']})\b", fold(reading.text))
        return "risks" if best == "order" and several and not state.order else best
    if "order" in state.asked and order_number(reading.text):
        return "order"
    if state.topic in ACTS and scores["risks"] + scores["order"] >= 2 and others < _STRONG:
        return "risks" if scores["risks"] >= scores["order"] else "order"
    return None


def risk_kinds(text: str) -> frozenset[str]:
    """The kinds of risk that `text` names; none for risks in general."""
    named = data("production")["risks"].items()
    return frozenset(kind for kind, pattern in named if re.search(rf"\b(?:{pattern})\b", fold(text)))


def plan_calls(
    act: str, state: State, day: str, names: Sequence[str], kinds: Collection[str] = ()
) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """(tool, arguments) to call, and what to ask for instead. `names` are manufacturers' ids, as far as read;
    `kinds` those of the risks asked about (all where empty)."""
    common: dict[str, Any] = {"language": state.language}
    if state.order_known and state.order_day:
        common["known_on"] = state.order_day.isoformat()
    when = state.order_day.isoformat() if state.order_day else day
    if act == "order":
        if not state.order:
            return [], ["order"]
        return [("order_status", {"order_id": order, "as_of": when, **common}) for order in state.order], []
    if act == "performance":
        if not names:
            return [], ["manufacturer"]
        window = {"from": state.order_from.isoformat()} if state.order_from is not None else {}
        rows = [{"manufacturer_id": name, "to": when, **common, **window} for name in names]
        return [("supplier_performance", row) for row in rows], []
    arguments = {"as_of": when, **common}
    if kinds:
        arguments["limit"] = _ALL_RISKS  # what is told of a kind is told of the whole register
    if state.order:
        return [("production_risks", {**arguments, "order_id": order}) for order in state.order], []
    if names:
        return [("production_risks", {**arguments, "manufacturer_id": name}) for name in names], []
    return [("production_risks", arguments)], []


_SUPPLIER = re.compile(
    r"(?:performance (?:of|for)"
    r"|on[- ]time(?: delivery| deliveries)? (?:of|for|at|from|by)|a tiempo (?:de|en)(?: la| el)?"
    r"|delivery (?:of|for|at)|yield (?:of|at)|quality (?:of|at)"
    r"|(?:otif|oee|otd|kpis?|ppm) (?:of|for|at)"
    r"|how (?:is|are|has|have|does|do)|desempe[ñn]o de(?: la| el)?"
    r"|(?:otif|oee|kpis?|indicadores|calidad|rendimiento) de(?: la| el)?"
    r"|c[oó]mo (?:va|van|anda|le va a|entrega|cumple)(?: la| el)?|cumplimiento de(?: la| el)?"
    r"|riesgos (?:de|en)(?: la| el)?|risks (?:of|at|with))\s+"
    r"(?:the |la |el )?(?P<name>[^?.!,;]+)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\s+(?:performing|performed|doing|deliver\w*|perform\w*|this|last|since|from|between|over|in the|on time|lately"
    r"|este|esta|desde|entre|en|[uú]ltim\w+|a tiempo|entregando)\b.*$|[’']s\b.*$",
    re.IGNORECASE,
)


def supplier(text: str) -> str | None:
    """An id made from the supplier's name in the message; None when none is named."""
    match = _SUPPLIER.search(text)
    name = match["name"] if match else ""
    if not match:
        own = re.search(r"(?P<name>[A-ZÁÉÍÓÚÑ][\w-]*(?:\s+[A-ZÁÉÍÓÚÑ][\w-]*)*|\w+(?:-\w+)+)[’']s\s", text)
        name = own["name"] if own else ""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(_STOP.sub("", name))).strip("-")
    nobody = re.match(
        r"(?:its?|their|they|this|that|sus?|what|who|where|how|when|let|here|there)(?:-|$)", slug
    ) or re.fullmatch(r"(?:my|our|the|all|mis|nuestr\w+|las?|los?)-?\w*", slug)
    measure = re.match(rf"(?:{data('production')['measures']})(?:-|$)", slug)
    return slug if len(slug) >= 3 and not nobody and not measure else None

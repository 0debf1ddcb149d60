"""Agreement of twins: the same question in English and Spanish gets the same calls, figures and documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from evals.prose import canonical
from evals.scorers import Score, plain_document

# What may differ between languages: words of the question, and the language itself.
WORDING = frozenset({"language", "query", "need", "description"})


def signature(turn: Mapping[str, Any]) -> dict[str, list[str]]:
    """What must be equal in both languages, from a turn's record."""
    calls = sorted(f"{c['name']} {canonical(_plain(c['arguments']))}" for c in turn["tool_calls"])
    return {
        "status": [turn["status"]],
        "calls": calls,
        "figures": sorted({_value(f["value"]) for f in turn["figures"]}),
        "documents": sorted({plain_document(c["document_id"]) for c in turn["citations"] if c["document_id"]}),
    }


def agreement(english: Sequence[Mapping[str, Any]], spanish: Sequence[Mapping[str, Any]]) -> Score:
    """Twins' turns compared; wrong at the first difference. A turn without an answer leaves the pair unscored."""
    if any(turn.get("error") for turn in (*english, *spanish)) or len(english) != len(spanish):
        return Score(None, "", "a turn has no answer")
    for number, (a, b) in enumerate(zip(english, spanish, strict=True), 1):
        left, right = signature(a), signature(b)
        for what in left:
            if left[what] != right[what]:
                only_en = [x for x in left[what] if x not in right[what]]
                only_es = [x for x in right[what] if x not in left[what]]
                return Score(0.0, f"en {only_en}, es {only_es}", f"turn {number}: {what} differ")
    return Score(1.0)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _norm(v) for k, v in arguments.items() if k not in WORDING and v not in (None, [], {}, "")}


def _norm(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _norm(v) for k, v in value.items() if k not in WORDING}
    if isinstance(value, list | tuple):
        return sorted((_norm(v) for v in value), key=canonical)
    return value if isinstance(value, bool) else _value(str(value))


def _value(text: str) -> str:
    try:
        return format(Decimal(text.replace(",", "")).normalize(), "f")
    except InvalidOperation:
        return text.strip().casefold()

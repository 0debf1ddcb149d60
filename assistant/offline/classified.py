"""What a classification offers: the line to go on with and the lines to choose from, for state, plan and prose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SURE = 0.6  # from here the tool calls its confidence high
FAIR = 0.3
_CLEAR = 0.6  # share of the likeliest line within its subheading
_LIKELY = 0.1
_ROWS = 6


@dataclass(frozen=True)
class Choice:
    """One line on offer: digits, its description, how likely (0 to 1), and the candidate's place in the response."""

    digits: str
    description: str
    confidence: float
    candidate: int


def choices(response: Mapping[str, Any]) -> list[Choice]:
    """Lines in the order in which they are shown: those of a sure first candidate, then the other likely ones."""
    candidates: list[Mapping[str, Any]] = list(response.get("candidates") or [])
    if not candidates:
        return []
    sure = float(candidates[0].get("confidence") or 0) >= SURE
    rows: list[Choice] = []
    for place, candidate in enumerate(candidates):
        confidence = float(candidate.get("confidence") or 0)
        if sure and place and confidence < _LIKELY:
            continue
        lines = list(candidate.get("lines") or []) if place == 0 and sure else []
        for line in lines or [{"hts": candidate["hts"]}]:
            own = line.get("description") or candidate.get("description") or [""]
            own = [own] if isinstance(own, str) else own
            share = float(line.get("share") or 1) if lines else 1.0
            rows.append(Choice(_digits(line["hts"]), str(own[-1]) if own else "", confidence * share, place))
    unique: dict[str, Choice] = {}
    for row in rows:
        unique.setdefault(row.digits, row)
    return list(unique.values())[:_ROWS]


def leading(response: Mapping[str, Any]) -> str | None:
    """Digits of the one line to go on with: a sure subheading in which one eight-digit line stands out."""
    candidates: list[Mapping[str, Any]] = list(response.get("candidates") or [])
    if not candidates or float(candidates[0].get("confidence") or 0) < SURE:
        return None
    first = candidates[0]
    digits = _digits(first["hts"])
    shares: dict[str, float] = {}
    for line in first.get("lines") or []:
        eight = _digits(line["hts"])[:8]
        shares[eight] = shares.get(eight, 0.0) + float(line.get("share") or 0)
    return digits if len(digits) >= 8 and shares.get(digits[:8], 1.0) >= _CLEAR else None


def _digits(hts: object) -> str:
    return re.sub(r"\D", "", str(hts))

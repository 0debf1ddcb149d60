"""HTS numbers in any punctuation: 8544.30.00.00, 8544300000, 8544 30 00 00, 8544-30, heading 8544."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.offline.text import Span, fold

_DOTTED = re.compile(
    r"(?<![\w.,$€£-])\d{4}(?P<sep>[.\s-])\d{1,2}(?:(?P=sep)?\d{2})?(?:(?P=sep)?\d{1,2})?(?![\d]|[.,]\d)"
)
_PLAIN = re.compile(r"(?<![\w.,$€£-])\d{4,11}(?![\w]|[.,]\d)")
_CUE = re.compile(
    r"(?:\b(?:hts(?:us)?|hs|heading|headings|subheading|tariff (?:code|number|line|item)|code|codigo"
    r"|rate (?:for|of|on)|duty (?:for|on)|tasa (?:de|para)|arancel (?:de|para)|partida|subpartida"
    r"|fraccion(?: arancelaria)?|arancelaria|tigie|ligie|linea|numero)\b[\s:#.nº°o]*)"
    r"(?:number|numero|code|es|is|de la|la)?\s*$"
)
_AFTER = re.compile(
    r"\s*(?:us\$|[$€£¥%]|usd|mxn|eur|cad|dollars?|dolares|dolar|dls|pesos|euros?|pcs|pieces?|piezas|pzas|units?"
    r"|unidades|kg|kilos?|lbs?|libras|tons?|toneladas|liters?|litros|mil\b|k\b"
    r"|a month|per month|al mes|por mes|mensuales|/)"
)
# Chapters 98 and 99 by heading anywhere, any heading that a question turns to: "what about 9801?", "¿y la 8544?".
_HEADING = re.compile(
    r"(?<![\w.,$€£-])"
    r"((?:(?<=what about )|(?<=how about )|(?<=y la )|(?<=y el )|(?<=que tal la )|(?<=que hay de la ))\d{4}"
    r"|98(?:0[1-9]|1\d)|99\d\d)(?!\w|[.,]\d|\s+[a-z])"
)
# What stands before a number that is not an HTS number: standards, laws, certificates, rulings, money, years.
_NAME = re.compile(
    r"(?:\b(?:iso|iatf|as|en|iec|ul|astm|nom|nmx|ansi|cfr|usc|u\.s\.c|c\.f\.r|fr|section|sec|seccion|article|articulo|art"
    r"|annex|anexo|rule|regla|page|pagina|certificate|certificado|cert|ruling|number|folio|rfc|tel|phone|zip|cp|year|ano"
    r"|in|en|po|order|pedido|valor|value|worth|usd|us|eur|mxn|form|formulario)\b[\s:#.-]*|§\s*|[$€£¥]\s*)$"
)


@dataclass(frozen=True)
class Code:
    """An HTS number as written and as digits; `sure` is False for a bare run of digits without a cue."""

    digits: str
    text: str
    span: Span
    sure: bool


def dotted(digits: str) -> str:
    """8544300000 -> 8544.30.00.00 (the schedule's way of printing 4, 6, 8 and 10 digits)."""
    return ".".join(part for part in (digits[:4], digits[4:6], digits[6:8], digits[8:]) if part)


def find_codes(text: str) -> list[Code]:
    """HTS numbers of `text` in order, each once. Years, amounts, standards and certificate numbers are left alone.

    A wrong count of digits (7, 9, 11) is kept where the words say that a code is meant: the tool says what is wrong.
    """
    folded = fold(text)
    found: list[Code] = []
    for match in _DOTTED.finditer(folded):
        digits = re.sub(r"\D", "", match[0])
        cue = bool(_CUE.search(folded[: match.start()]))
        full = match["sep"] == "." and match[0].count(".") >= 2  # only HTS numbers are written so
        if re.fullmatch(r"(?:19|20)\d\d-[01]\d-[0-3]\d", match[0]):
            continue
        if not (cue or full) and (_is_amount(folded, match) or _NAME.search(folded[: match.start()])):
            continue
        if not cue and match["sep"] != "." and (len(digits) < 8 or len(digits) % 2):
            continue  # "2026-12", "2000 30": too short to be sure without a cue
        if not cue and len(digits) < 6:
            continue
        found.append(Code(digits, match[0].strip(), Span(*match.span()), True))
    for match in _PLAIN.finditer(folded):
        span = Span(*match.span())
        if any(span.overlaps(code.span) for code in found):
            continue
        cue = bool(_CUE.search(folded[: match.start()]))
        length = len(match[0])
        if cue and not _AFTER.match(folded[match.end() :]):
            found.append(Code(match[0], match[0], span, True))
        elif length in (8, 10) and not _is_amount(folded, match) and not _NAME.search(folded[: match.start()]):
            if length == 8 and re.fullmatch(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])", match[0]):
                continue  # 20260701 is a day
            found.append(Code(match[0], match[0], span, False))
    for match in _HEADING.finditer(folded):
        span = Span(*match.span(1))
        amount = _AFTER.match(folded[span.end :]) or int(match[1]) % 50 == 0
        if not amount and not any(span.overlaps(code.span) for code in found):
            found.append(Code(match[1], match[1], span, False))
    found.sort(key=lambda code: code.span.start)
    seen: dict[str, Code] = {}
    for code in found:
        seen.setdefault(code.digits, code)
    return list(seen.values())


def _is_amount(folded: str, match: re.Match[str]) -> bool:
    money_before = re.search(r"(?:us\$|[$€£¥]|\busd|\bmxn|\beur)\s*$", folded[: match.start()])
    return bool(money_before or _AFTER.match(folded[match.end() :]))

"""The certification of origin draft as a printable PDF: gaps marked, each page says `draft, unsigned`."""

from __future__ import annotations

from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from assistant.customs.types import Language

_WORDS: dict[str, dict[Language, str]] = {
    "title": {"en": "USMCA certification of origin", "es": "Certificación de origen T-MEC"},
    "draft": {"en": "DRAFT, UNSIGNED", "es": "BORRADOR, SIN FIRMA"},
    "gap": {"en": "GAP: to be filled in", "es": "FALTA: por llenar"},
    "optional": {"en": "not given (optional)", "es": "sin dato (opcional)"},
    "single": {"en": "single shipment", "es": "un solo envío"},
    "basis": {"en": "What the draft rests on", "es": "En qué se apoya el borrador"},
    "verdict": {"en": "Verdict", "es": "Veredicto"},
    "rule": {"en": "Rule", "es": "Regla"},
    "statement": {"en": "Statement to be signed", "es": "Declaración por firmar"},
    "signature": {"en": "Signature and date", "es": "Firma y fecha"},
    "rules": {"en": "Who may certify, records, late claims", "es": "Quién certifica, registros, reclamos tardíos"},
    "page": {"en": "page", "es": "página"},
    "gaps": {"en": "Gaps", "es": "Faltan"},
    "name": {"en": "name", "es": "nombre"},
    "address": {"en": "address", "es": "domicilio"},
    "country": {"en": "country", "es": "país"},
    "telephone": {"en": "telephone", "es": "teléfono"},
    "email": {"en": "e-mail", "es": "correo"},
    "description": {"en": "description", "es": "descripción"},
    "hs": {"en": "HS classification", "es": "clasificación del SA"},
    "invoice": {"en": "invoice", "es": "factura"},
    "from": {"en": "from", "es": "desde"},
    "to": {"en": "to", "es": "hasta"},
}  # fmt: skip
_ROLES: dict[str, dict[Language, str]] = {
    "importer": {"en": "importer", "es": "importador"},
    "exporter": {"en": "exporter", "es": "exportador"},
    "producer": {"en": "producer", "es": "productor"},
}
_RED, _BLACK, _GREY = (176, 0, 32), (0, 0, 0), (120, 120, 120)


class _Draft(FPDF):  # type: ignore[misc]
    """Letter pages with the mark of a draft above and below."""

    def __init__(self, language: Language) -> None:
        super().__init__(format="letter")
        self.language: Language = language
        self.set_margins(18, 16)
        self.set_auto_page_break(True, margin=18)
        self.set_lang(language)
        self.set_title(_plain(f"{_WORDS['title'][language]} - {_WORDS['draft'][language]}"))

    def word(self, key: str) -> str:
        return _WORDS[key][self.language]

    def header(self) -> None:
        self.set_font("helvetica", "B", 11)
        self.set_text_color(*_RED)
        self.line_of(self.word("draft"), align="R")
        self.set_text_color(*_BLACK)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("helvetica", "", 8)
        self.set_text_color(*_GREY)
        self.line_of(f"{self.word('draft')} - {self.word('page')} {self.page_no()}", align="C")
        self.set_text_color(*_BLACK)

    def line_of(self, text: str, align: str = "L", height: float = 5) -> None:
        self.multi_cell(0, height, _plain(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str) -> None:
        self.ln(2)
        self.set_font("helvetica", "B", 10)
        self.line_of(text)
        self.set_font("helvetica", "", 9.5)

    def row(self, label: str, value: str | None, missing: bool) -> None:
        self.set_text_color(*(_RED if value is None and missing else _BLACK))
        shown = value if value is not None else self.word("gap" if missing else "optional")
        self.line_of(f"    {label}: {shown}" if label else f"    {shown}")
        self.set_text_color(*_BLACK)


def certification_pdf(response: dict[str, Any], language: Language) -> bytes:
    """PDF of the draft in a `check_origin` response (its JSON form)."""
    draft = response["certification"]
    pdf = _Draft(language)
    pdf.add_page()
    pdf.set_font("helvetica", "B", 15)
    pdf.line_of(pdf.word("title"), height=8)
    if draft["warning"]:
        pdf.set_font("helvetica", "B", 10)
        pdf.set_text_color(*_RED)
        pdf.line_of(draft["warning"])
        pdf.set_text_color(*_BLACK)
    gaps = set(draft["gaps"])
    for element in draft["elements"]:
        _element(pdf, element, gaps, draft)
    pdf.heading(pdf.word("statement"))
    pdf.line_of(draft["statement"])
    pdf.ln(6)
    pdf.line_of(f"{pdf.word('signature')}: {'_' * 44}")
    pdf.heading(pdf.word("basis"))
    pdf.line_of(f"{pdf.word('verdict')}: {response['explanation']}")
    if response["rule"]:
        page = response["rule"]["source"]["page"]
        pdf.line_of(f"{pdf.word('rule')} (General Note 11, p. {page}): {response['rule']['text']}")
    pdf.heading(pdf.word("rules"))
    for key in ("who_may_certify", "blanket", "long_period", "validity", "retention", "late_claim"):
        if draft.get(key):
            pdf.line_of(draft[key])
    return bytes(pdf.output())


def _element(pdf: _Draft, element: dict[str, Any], gaps: set[str], draft: dict[str, Any]) -> None:
    pdf.heading(f"{element['number']}. {element['label']}")
    name, value = element["name"], element["value"]
    if name == "signature_and_date":
        pdf.row("", None, True)
    elif name == "blanket_period" and not value:
        pdf.row("", pdf.word("single"), False)
    elif isinstance(value, dict):
        for key, held in value.items():
            label = _WORDS[key][pdf.language] if key in _WORDS else key
            pdf.row(label, None if held in (None, "") else str(held), f"{name}.{key}" in gaps)
    else:
        shown = None if value in (None, "") else str(value)
        if shown and name == "certifier_role":
            shown = _ROLES.get(shown, {}).get(pdf.language, shown)
        if shown and name == "origin_criterion":
            shown = f"{shown} ({draft['criterion_meaning']})"
        pdf.row("", shown, name in gaps)


def _plain(text: str) -> str:
    """Characters of the built-in fonts (Latin 1); a few signs by their plain forms, others as a question mark."""
    for sign, plain in (
        ("−", "-"),
        ("–", "-"),
        ("—", "-"),
        ("“", '"'),
        ("”", '"'),
        ("’", "'"),
        ("…", "..."),
        ("€", "EUR"),
    ):
        text = text.replace(sign, plain)
    return text.encode("latin-1", "replace").decode("latin-1")

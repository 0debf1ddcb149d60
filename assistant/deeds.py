"""Finds claims to have done something. No tool of ours files, sends, books or pays, so such a claim is never true."""

from __future__ import annotations

import re

_DONE_EN = (
    r"sent|e-?mailed|mailed|filed|submitted|booked|ordered|placed|contacted|signed|transmitted|registered|paid|"
    r"called (?:them|him|her|(?:the|your) (?:supplier|plant|broker|carrier|bank))|"
    r"reserved|notified|deleted|uploaded|scheduled|reached out|arranged"
)
_DONE_ES = (
    r"enviad[oa]s?|mandad[oa]s?|presentad[oa]s?|reservad[oa]s?|pedid[oa]s?|contactad[oa]s?|llamad[oa]s?|firmad[oa]s?|"
    r"transmitid[oa]s?|registrad[oa]s?|pagad[oa]s?|notificad[oa]s?|borrad[oa]s?|agendad[oa]s?|tramitad[oa]s?"
)
_THINGS = (
    r"(?:your|the|su|tu|el|la) (?:customs )?(?:entry|order|request|quote|quotation|certification|payment|shipment|"
    r"booking|pedimento|pedido|solicitud|cotizaci[oó]n|certificaci[oó]n|pago|env[ií]o|reserva)"
)
_CLAIMS = re.compile(
    rf"\b(?:I|we)(?:['’]ve| have)?(?: (?:just|already|now|also|successfully))* (?:{_DONE_EN})\b"
    rf"|\b(?:(?:lo|la|le|les|se lo) )?(?:he|hemos) (?:ya )?(?:{_DONE_ES})\b"
    rf"|{_THINGS} (?:has been|was|is now|ha sido|fue|qued[oó]|ya est[aá])(?: \w+ly)? (?:{_DONE_EN}|{_DONE_ES})\b",
    re.IGNORECASE,
)
_IF = re.compile(r"\b(?:if|when|once|after|until|unless|si|cuando|una vez|hasta|despu[eé]s)\b[^.,;]*$", re.IGNORECASE)


def claimed_deed(sentence: str) -> str | None:
    """The words that claim a deed, or None. A condition ("once the entry was filed") claims nothing."""
    for found in _CLAIMS.finditer(sentence):
        if not _IF.search(sentence[: found.start()]):
            return found[0]
    return None

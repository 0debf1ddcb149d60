"""What a certificate says in sentences rather than beside labels: "This is to certify that … complies with …"."""

from __future__ import annotations

import re
from typing import Final

_DAY: Final = (
    r"(\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)?(?: de)? [^\W\d_]+\.?(?: de| del|,)? \d{4}|[^\W\d_]+ \d{1,2}, \d{4}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})"
)
_HOLDER: Final = re.compile(
    r"(?:this is to certify that|(?:hereby )?certif(?:y|ies) that|(?:se )?certifica que|hace constar que)\s+"
    r"(?:(?:the|el|la) [^\n,.]{0,60}?(?:system|sistema)[^\n,.]{0,40}? (?:of|de)\s+)?"
    r"([^\n,]+(?:, ?(?:S\. ?A|S\. ?de|Inc|LLC|L\.L\.C|Ltd|Corp)[^\n,]*)?)",
    re.I,
)
_HOLDER_ENDS: Final = re.compile(
    r"\s+(?:has been|have been|has |is |complies|conforms|operates|maintains|cumple|opera|mantiene|ha sido|ha ).*", re.S
)
_STANDARD: Final = re.compile(
    r"\b(?:ISO(?:/IEC)? ?\d{4,5}(?:-\d)?(?: ?: ?\d{4})?|IATF ?16949(?: ?: ?\d{4})?|[AE][SN] ?91[0-2]0[A-D]?(?::\d{4})?"
    r"|NMX-[\w-]+\d)"
)
_NUMBER: Final = re.compile(
    r"(?:certificate|registration|certificado|registro) (?:no|number|n[uú]m(?:ero)?|n[º°])\.?:?"
    r" *([A-Z]*[\w/.-]*\d[\w/-]*)",
    re.I,
)
_EXPIRES: Final = re.compile(
    rf"(?:valid (?:until|through|to)|expires?(?: on)?|expiry date|v[aá]lid[oa] hasta(?: el)?|vigente hasta(?: el)?"
    rf"|vence(?: el)?):? +{_DAY}",
    re.I,
)
_ISSUED: Final = re.compile(
    rf"(?:date of issue|issued?(?: on)?|issue date|valid from|emitido(?: el)?|fecha de emisi[oó]n|expedido(?: el)?)"
    rf":? +{_DAY}",
    re.I,
)
_RANGE: Final = re.compile(rf"(?:del?|from|desde(?: el)?)? *{_DAY} *(?:-|–|al?|to|until|hasta(?: el)?) *{_DAY}", re.I)
_LEADS: Final = re.compile(r"^(?:hasta|until|to|through|al|desde|from|del?|since|on|el)\b(?: el\b)?[: ]*", re.I)


def prose_fields(text: str) -> dict[str, str]:
    """Fields that sentences tell; empty unless the text certifies somebody to a standard."""
    holder = _HOLDER.search(text)
    flat = " ".join(text.split())
    standards = list(dict.fromkeys(re.sub(r" ?: ?", ":", found) for found in _STANDARD.findall(flat)))
    if not holder or not standards:
        return {}
    found = {"holder": _HOLDER_ENDS.sub("", holder[1]).strip(" :"), "standard": "; ".join(standards)}
    for name, pattern in (("number", _NUMBER), ("issued", _ISSUED), ("expires", _EXPIRES)):
        if match := pattern.search(flat):
            found[name] = match[1].strip(" .")
    return found


def standards_of(text: str) -> list[str]:
    """The standards of one certificate: "ISO 9001:2015 and ISO 14001:2015" are two; two names of one stay one."""
    parts = [part for part in re.split(r"\s*(?:,|;|\band\b|\by\b|&)\s*", text) if part]
    return parts if len(parts) > 1 and all(_STANDARD.match(part) for part in parts) else [text]


def plain_day(text: str) -> str:
    """The day alone: "hasta el 2 de marzo de 2027" → "2 de marzo de 2027", "1 June 2024. Valid until …" → its first."""
    plain = _LEADS.sub("", text.strip())
    found = re.match(rf"{_DAY}[.;] +[^\W\d_]", plain)
    return found[1] if found else plain


def days_of_range(text: str) -> tuple[str, str] | None:
    """Both days of "del 3 de marzo de 2024 al 2 de marzo de 2027"; None when the text is no range."""
    found = _RANGE.fullmatch(text.strip(" ."))
    return (found[1], found[2]) if found else None

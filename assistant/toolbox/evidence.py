"""The result of `check_origin` as the evidence of a USMCA claim in `estimate_duty`: parts list, origin, duty."""

from __future__ import annotations

from datetime import date

from assistant.customs.hts_number import format_hts, normalise
from assistant.customs.types import DutyRequest, Language
from assistant.errors import InvalidInput

_PROGRAMS = ("USMCA", "S", "S+", "T-MEC", "TMEC", "CUSMA")
_KNOWN = {"qualifies": True, "does_not_qualify": False, "cannot_tell": None}
_TEXTS: dict[str, dict[Language, str]] = {
    "basis": {
        "en": "Origin under USMCA as check_origin found it for {hts} on {day} ({edition}): {explanation}",
        "es": "Origen T-MEC según check_origin para {hts} al {day} ({edition}): {explanation}",
    },
    "qualifies": {"en": "it qualifies", "es": "califica"},
    "does_not_qualify": {"en": "it does not qualify", "es": "no califica"},
    "cannot_tell": {"en": "it cannot be told yet", "es": "aún no se puede decir"},
    "other_day": {
        "en": "Origin was checked for {day}, not for the day of entry; rules with dates may differ.",
        "es": "El origen se revisó al {day}, no al día de entrada; las reglas con fechas pueden diferir.",
    },
}


def with_evidence(request: DutyRequest, entry: date) -> tuple[DutyRequest, tuple[str, ...]]:
    """The request with `originating` as the evidence has it, and what to tell about it.

    Raises InvalidInput when the evidence is about another good, program or country, or contradicts `originating`."""
    claim = request.preference
    if claim is None or claim.evidence is None:
        return request, ()
    found = claim.evidence
    if claim.program.strip().upper() not in _PROGRAMS or found.agreement.upper() != "USMCA":
        raise InvalidInput(
            "the evidence is of origin under USMCA, not under another program",
            field="preference.evidence",
            hint="claim the program USMCA, or leave the evidence out",
        )
    if found.destination.upper() != request.destination.strip().upper()[:2]:
        raise InvalidInput(
            f"origin was checked for {found.destination}, the goods enter {request.destination}",
            field="preference.evidence.destination",
            hint="run check_origin with the same destination",
        )
    mine, theirs = normalise(request.hts, (6, 8, 10)), normalise(found.hts, (6, 8, 10))
    shared = min(len(mine), len(theirs), 8)
    if mine[:shared] != theirs[:shared]:
        raise InvalidInput(
            f"origin was checked for {found.hts}, the goods are {format_hts(mine)}",
            field="preference.evidence.hts",
            hint="run check_origin for the number that is entered",
        )
    known = _KNOWN[found.verdict]
    if claim.originating is not None and claim.originating is not known:
        raise InvalidInput(
            f"originating is {str(claim.originating).lower()}, but check_origin said {found.verdict}",
            field="preference.originating",
            hint="leave originating out: the evidence settles it",
        )
    lang = request.language
    why = found.explanation if found.explanation and found.language == lang else _TEXTS[found.verdict][lang]
    edition = f"General Note 11, {found.edition}".removesuffix(", ")
    told = [_TEXTS["basis"][lang].format(hts=found.hts, day=found.as_of, edition=edition, explanation=why)]
    if found.as_of != entry:
        told.append(_TEXTS["other_day"][lang].format(day=found.as_of))
    return request.model_copy(update={"preference": claim.model_copy(update={"originating": known})}), tuple(told)

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
    "program": {
        "en": "the evidence is of origin under USMCA, not under another program",
        "es": "la evidencia es de origen según el T-MEC, no según otro programa",
    },
    "program.hint": {
        "en": "claim the program USMCA, or leave the evidence out",
        "es": "reclame el programa T-MEC, o quite la evidencia",
    },
    "country": {
        "en": "origin was checked for {theirs}, the goods enter {mine}",
        "es": "el origen se revisó para {theirs}, los bienes entran a {mine}",
    },
    "country.hint": {
        "en": "run check_origin with the same destination",
        "es": "corra check_origin con el mismo destino",
    },
    "number": {
        "en": "origin was checked for {theirs}, the goods are {mine}",
        "es": "el origen se revisó para {theirs}, los bienes son {mine}",
    },
    "number.hint": {
        "en": "run check_origin for the number that is entered",
        "es": "corra check_origin con el número que se declara",
    },
    "said": {
        "en": "originating is {mine}, but check_origin said {theirs}",
        "es": "originating es {mine}, pero check_origin dijo {theirs}",
    },
    "said.hint": {
        "en": "leave originating out: the evidence settles it",
        "es": "quite originating: la evidencia lo decide",
    },
}


def _unfit(what: str, field: str, language: Language, **values: object) -> InvalidInput:
    hint = _TEXTS[f"{what}.hint"][language]
    return InvalidInput(_TEXTS[what][language].format(**values), field=field, hint=hint)


def with_evidence(request: DutyRequest, entry: date) -> tuple[DutyRequest, tuple[str, ...]]:
    """The request with `originating` as the evidence has it, and what to tell about it.

    Raises InvalidInput when the evidence is about another good, program or country, or contradicts `originating`."""
    claim = request.preference
    if claim is None or claim.evidence is None:
        return request, ()
    found, lang = claim.evidence, request.language
    if claim.program.strip().upper() not in _PROGRAMS or found.agreement.upper() != "USMCA":
        raise _unfit("program", "preference.evidence", lang)
    if found.destination.upper() != request.destination.strip().upper()[:2]:
        where = {"theirs": found.destination, "mine": request.destination}
        raise _unfit("country", "preference.evidence.destination", lang, **where)
    mine, theirs = normalise(request.hts, (6, 8, 10), lang), normalise(found.hts, (6, 8, 10), lang)
    shared = min(len(mine), len(theirs), 8)
    if mine[:shared] != theirs[:shared]:
        raise _unfit("number", "preference.evidence.hts", lang, theirs=found.hts, mine=format_hts(mine))
    known = _KNOWN[found.verdict]
    if claim.originating is not None and claim.originating is not known:
        said = str(claim.originating).lower()
        raise _unfit("said", "preference.originating", lang, mine=said, theirs=found.verdict)
    why = found.explanation if found.explanation and found.language == lang else _TEXTS[found.verdict][lang]
    edition = f"General Note 11, {found.edition}".removesuffix(", ")
    told = [_TEXTS["basis"][lang].format(hts=found.hts, day=found.as_of, edition=edition, explanation=why)]
    if found.as_of != entry:
        told.append(_TEXTS["other_day"][lang].format(day=found.as_of))
    return request.model_copy(update={"preference": claim.model_copy(update={"originating": known})}), tuple(told)

"""What documents show against what a profile claims: merging certificates, and naming where they disagree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from assistant.sourcing.types import CertificateState, Certification, Profile

_RANK: dict[CertificateState, int] = {
    "claimed": 0,
    "document_seen": 1,
    "issuer_verified": 2,
    "expired": 3,
    "revoked": 4,
}


@dataclass(frozen=True)
class Evidence:
    """A certificate as a document shows it."""

    document_id: str
    title: str
    file: str
    holder: str | None
    standard: str
    number: str | None
    issuer: str | None
    scope: str | None
    issued: date | None
    expires: date | None
    state: CertificateState


def _folded(text: str | None) -> str:
    plain = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", plain.lower()))


def _same(claim: Certification, paper: Evidence) -> bool:
    if claim.number and paper.number:
        return _folded(claim.number) == _folded(paper.number)
    return _folded(claim.standard) == _folded(paper.standard)


def merge(profile: Profile, papers: Sequence[Evidence]) -> Profile:
    """The profile with every certificate that a document shows: the document's dates and scope stand, a claim that it
    confirms becomes at least `document_seen`, a revoked one stays revoked."""
    certifications = list(profile.certifications)
    for paper in papers:
        index = next((i for i, claim in enumerate(certifications) if _same(claim, paper)), None)
        claim = certifications[index] if index is not None else None
        state = _state(claim, paper)
        shown = Certification(
            standard=claim.standard if claim else paper.standard,
            state=state,
            issuer=paper.issuer or (claim.issuer if claim else None),
            number=paper.number or (claim.number if claim else None),
            scope=paper.scope or (claim.scope if claim else None),
            issued=paper.issued or (claim.issued if claim else None),
            expires=paper.expires or (claim.expires if claim else None),
            evidence=paper.file,
        )
        if index is None:
            certifications.append(shown)
        else:
            certifications[index] = shown
    return profile.model_copy(update={"certifications": certifications})


def _state(claim: Certification | None, paper: Evidence) -> CertificateState:
    """The better confirmed state of the two; a paper that names another holder confirms nothing."""
    if claim is None:
        return paper.state
    if paper.state == "claimed" and claim.state == "document_seen":
        return "claimed"
    return max((claim.state, paper.state), key=lambda s: _RANK[s])


def conflicts(profile: Profile, papers: Sequence[Evidence], language: Literal["en", "es"] = "en") -> list[str]:
    """Where a certificate's document and the profile disagree: holder, scope, dates, number."""
    found = []
    for paper in papers:
        if paper.holder and _folded(paper.holder) != _folded(profile.name):
            found.append(_say(language, "holder", paper, profile.name, paper.holder))
        claim = next((c for c in profile.certifications if _same(c, paper)), None)
        if claim is None:
            continue
        pairs = (
            ("scope", claim.scope, paper.scope),
            ("issued", claim.issued, paper.issued),
            ("expires", claim.expires, paper.expires),
        )
        for what, said, shown in pairs:
            if said and shown and _folded(str(said)) != _folded(str(shown)):
                found.append(_say(language, what, paper, str(said), str(shown)))
    return found


_WORDS = {
    "en": {"holder": "holder", "scope": "scope", "issued": "date of issue", "expires": "date of expiry"},
    "es": {"holder": "titular", "scope": "alcance", "issued": "fecha de emisión", "expires": "fecha de vencimiento"},
}


def _say(language: Literal["en", "es"], what: str, paper: Evidence, said: str, shown: str) -> str:
    word = _WORDS[language][what]
    if language == "es":
        return f"{paper.standard}: el perfil dice {word} «{said}», el documento {paper.file} dice «{shown}»"
    return f'{paper.standard}: the profile gives {word} "{said}", the document {paper.file} gives "{shown}"'

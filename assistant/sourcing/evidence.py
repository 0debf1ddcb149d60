"""What documents show against what a profile claims: merging certificates, and naming where they disagree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from assistant.sourcing.types import CERTIFYING_STATES, CertificateState, Certification, Profile

_RANK: dict[CertificateState, int] = {"claimed": 0, "document_seen": 1, "issuer_verified": 2, "revoked": 3}


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
    conflicts: tuple[Mapping[str, str], ...] = ()

    @property
    def foreign(self) -> bool:
        """The document names another holder than the profile it is filed under."""
        return any(row["field"] == "holder" for row in self.conflicts)


def _folded(text: str | None) -> str:
    plain = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", plain.lower()))


def _same(claim: Certification, paper: Evidence) -> bool:
    if claim.number and paper.number:
        return _folded(claim.number) == _folded(paper.number)
    return _folded(claim.standard) == _folded(paper.standard)


def merge(profile: Profile, papers: Sequence[Evidence]) -> Profile:
    """The profile with every certificate that a document shows: the document's dates and scope stand, a claim that it
    confirms becomes at least `document_seen`, a revoked one stays revoked. Of several papers on one certificate the
    one that runs longest counts; a paper of another holder confirms nothing, and takes back what rested on it."""
    certifications = list(profile.certifications)
    for paper in sorted(papers, key=lambda p: p.expires or date.min):
        index = next((i for i, claim in enumerate(certifications) if _same(claim, paper)), None)
        claim = certifications[index] if index is not None else None
        if paper.foreign:
            if index is not None and claim is not None and claim.state == "document_seen":
                certifications[index] = claim.model_copy(update={"state": "claimed"})
            continue
        if claim is not None and paper.state == "claimed" and claim.state in CERTIFYING_STATES:
            continue  # a paper that nobody answers for changes nothing that is confirmed
        shown = Certification(
            standard=claim.standard if claim else paper.standard,
            state=_state(claim, paper),
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


def paper_for(certificate: Certification, papers: Sequence[Evidence]) -> Evidence | None:
    """The paper that a merged certificate rests on."""
    same = [p for p in papers if not p.foreign and _same(certificate, p) and p.file == certificate.evidence]
    return same[-1] if same else None


def _state(claim: Certification | None, paper: Evidence) -> CertificateState:
    """The better confirmed state of the two. "expired" is no rank: dates decide it, and a renewal has new ones."""
    if claim is None or claim.state == "expired":
        return paper.state
    return max((claim.state, paper.state), key=lambda s: _RANK.get(s, 0))


_WORDS = {
    "en": {
        "holder": "holder", "number": "number", "scope": "scope", "issued": "date of issue",
        "expires": "date of expiry",
    },
    "es": {
        "holder": "titular", "number": "número", "scope": "alcance", "issued": "fecha de emisión",
        "expires": "fecha de vencimiento",
    },
}  # fmt: skip


def conflicts(papers: Sequence[Evidence], language: Literal["en", "es"] = "en") -> list[str]:
    """Where a certificate's document and the profile disagree, as ingestion found it: holder, number, scope, dates."""
    return [_say(language, paper, row) for paper in papers for row in paper.conflicts]


def _say(language: Literal["en", "es"], paper: Evidence, row: Mapping[str, str]) -> str:
    word, said, shown = _WORDS[language][row["field"]], row["profile"], row["document"]
    if language == "es":
        return f"{paper.standard}: el perfil dice {word} «{said}», el documento {paper.file} dice «{shown}»"
    return f'{paper.standard}: the profile gives {word} "{said}", the document {paper.file} gives "{shown}"'

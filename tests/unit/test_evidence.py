"""Certificates shown by documents, merged into what a profile claims."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.sourcing.evidence import Evidence, conflicts, merge
from assistant.sourcing.types import Certification, Profile

DAY = date(2026, 11, 22)


def paper(**more: Any) -> Evidence:
    base: dict[str, Any] = {
        "document_id": "certificate:x",
        "title": "Certificate",
        "file": "x.pdf",
        "holder": "Moldes Ámbar",
        "standard": "ISO 9001:2015",
        "number": None,
        "issuer": None,
        "scope": None,
        "issued": date(2025, 1, 1),
        "expires": date(2028, 1, 1),
        "state": "document_seen",
    }
    return Evidence(**{**base, **more})


def profile(*certifications: Certification) -> Profile:
    return Profile(id="ambar", name="Moldes Ámbar", country="MX", certifications=list(certifications))


def only(merged: Profile) -> Certification:
    assert len(merged.certifications) == 1
    return merged.certifications[0]


def test_a_document_confirms_a_claim() -> None:
    found = only(merge(profile(Certification(standard="ISO 9001:2015")), [paper()]))
    assert (found.state, found.expires, found.evidence) == ("document_seen", date(2028, 1, 1), "x.pdf")
    assert found.satisfies_on(DAY)


def test_a_renewal_ends_an_expired_state() -> None:
    old = Certification(standard="ISO 9001:2015", number="A-1", state="expired", expires=date(2024, 1, 1))
    assert only(merge(profile(old), [paper(number="A-1")])).satisfies_on(DAY)


def test_revoked_stays_revoked_and_verified_stays_verified() -> None:
    for state in ("revoked", "issuer_verified"):
        claim = Certification.model_validate({"standard": "ISO 9001:2015", "state": state})
        assert only(merge(profile(claim), [paper()])).state == state


def test_a_paper_of_another_holder_confirms_nothing_and_changes_no_date() -> None:
    row = {"field": "holder", "profile": "Moldes Ámbar", "document": "Otra Empresa"}
    foreign = paper(holder="Otra Empresa", state="claimed", expires=date(2029, 1, 1), conflicts=(row,))
    ended = Certification(standard="ISO 9001:2015", state="issuer_verified", expires=date(2026, 1, 1))
    found = only(merge(profile(ended), [foreign]))
    assert found.expires == date(2026, 1, 1) and not found.satisfies_on(DAY)
    seen = Certification(standard="ISO 9001:2015", state="document_seen")
    assert only(merge(profile(seen), [foreign])).state == "claimed"
    assert merge(profile(), [foreign]).certifications == []


def test_of_several_papers_the_longest_counts_in_any_order() -> None:
    old, new = paper(expires=date(2024, 1, 1)), paper(expires=date(2028, 1, 1))
    for papers in ([old, new], [new, old]):
        assert only(merge(profile(Certification(standard="ISO 9001:2015")), papers)).expires == date(2028, 1, 1)


def test_conflicts_are_told_in_both_languages() -> None:
    row = {"field": "scope", "profile": "Molding", "document": "Assembly"}
    assert "Assembly" in conflicts([paper(conflicts=(row,))])[0]
    assert "alcance" in conflicts([paper(conflicts=(row,))], "es")[0]


def test_a_paper_that_nobody_answers_for_stretches_no_confirmed_date() -> None:
    ended = Certification(standard="ISO 9001:2015", state="issuer_verified", expires=date(2026, 1, 1))
    found = only(merge(profile(ended), [paper(state="claimed", expires=date(2029, 1, 1))]))
    assert found.expires == date(2026, 1, 1)

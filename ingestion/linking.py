"""Which manufacturer a certificate belongs to, and where the two disagree: settled after every load, in any order.

The printed id decides; without one, the only manufacturer of that name. A certificate whose holder is somebody else
certifies nothing about the manufacturer it is filed under: its state falls to `claimed` until the names agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ingestion.readers.files import fold
from retrieval.catalog import Catalog
from retrieval.models import Certificate
from retrieval.records import PUBLIC

_LEGAL_FORMS: Final = re.compile(
    r"\b(?:s a p i de c v|s de r l de c v|s a de c v|s a b de c v|s a s|s de r l|s a|srl|incorporated|inc|llc|l l c|ltd"
    r"|limited|corporation|corp|company|co|gmbh|ltee)$"
)


def plain_name(name: str) -> str:
    """Folded, without punctuation and legal form: `Moldes Ámbar, S.A. de C.V.` → `moldes ambar`."""
    words = " ".join(re.findall(r"\w+", fold(name)))
    before = ""
    while before != words:
        before, words = words, _LEGAL_FORMS.sub("", words).strip() or words
    return words


def link_certificates(catalog: Catalog) -> int:
    """Bring every certificate's manufacturer, state and `meta.conflicts` up to date; returns how many changed."""
    changed = 0
    for tenant in sorted({d.tenant for d in catalog.documents("certificate")}):
        profiles: dict[str, dict[str, Any]] = {}
        for seen_by in dict.fromkeys((PUBLIC, tenant)):  # a tenant's own profile stands before a public one
            profiles.update({str(p["id"]): p for p, _, _ in catalog.profiles((seen_by,))})
        names: dict[str, list[str]] = {}
        for identity, profile in profiles.items():
            names.setdefault(plain_name(str(profile["name"])), []).append(identity)
        for record in catalog.certificates(tenants=(tenant,)):
            changed += _link(catalog, record, profiles, names)
    return changed


def _link(
    catalog: Catalog, record: Certificate, profiles: Mapping[str, dict[str, Any]], names: Mapping[str, list[str]]
) -> bool:
    meta = {k: v for k, v in record.meta.items() if k != "conflicts"}
    same_name = names.get(plain_name(record.holder or ""), [])
    owner: str | None = meta.get("printed_id") or (same_name[0] if len(same_name) == 1 else None)
    found = conflicts(record, profiles[owner]) if owner and owner in profiles else []
    if found:
        meta["conflicts"] = found
    read = str(meta.get("state_read", record.state))
    foreign = any(c["field"] == "holder" for c in found)
    state = "claimed" if foreign and read == "document_seen" else read
    if (owner, state, meta) == (record.manufacturer_id, record.state, record.meta):
        return False
    catalog.update_certificate(record.id, manufacturer_id=owner, state=state, meta=meta)
    return True


def conflicts(record: Certificate, profile: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the certificate and the profile say differently: {"field", "profile", "document"}."""
    found = []
    if record.holder and plain_name(record.holder) != plain_name(str(profile["name"])):
        found.append({"field": "holder", "profile": str(profile["name"]), "document": record.holder})
    claim = next((c for c in profile.get("certifications", []) if _same(c, record)), None)
    for name in ("number", "scope", "issued", "expires"):
        said, shown = (claim or {}).get(name), getattr(record, name)
        if said and shown and fold(str(said)) != fold(str(shown)):
            found.append({"field": name, "profile": str(said), "document": str(shown)})
    return found


def _same(claim: Mapping[str, Any], record: Certificate) -> bool:
    if claim.get("number") and record.number and fold(str(claim["number"])) == fold(record.number):
        return True
    return plain_name(str(claim.get("standard", ""))) == plain_name(record.standard)

"""Which manufacturer a certificate belongs to, and where the two disagree: settled after every load, in any order.

The printed id decides; without one, the only manufacturer of that name. A certificate whose holder is somebody else
certifies nothing about the manufacturer it is filed under. So every record is stored as a claim (`meta.state_read`
keeps what it may become) and raised here alone, once its manufacturer is there and bears the holder's name; all that is
read and written stands in one transaction, and a manufacturer stored anew puts its certificates back to claims first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from ingestion.readers.files import fold
from retrieval.catalog import Catalog
from retrieval.models import Certificate, Manufacturer, table_of
from retrieval.records import PUBLIC

_CERTIFICATES: Final = table_of(Certificate)
_MANUFACTURERS: Final = table_of(Manufacturer)
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
    with catalog.writing() as connection:
        records: dict[str, list[Row[Any]]] = {}
        for record in connection.execute(select(_CERTIFICATES).order_by(_CERTIFICATES.c.id)):
            records.setdefault(record.tenant, []).append(record)
        for tenant, mine in records.items():
            profiles = _profiles(connection, tenant)
            names: dict[str, list[str]] = {}
            for identity, profile in profiles.items():
                names.setdefault(plain_name(str(profile["name"])), []).append(identity)
            changed += sum(_link(connection, record, profiles, names) for record in mine)
    return changed


def doubt_certificates(connection: Connection, manufacturers: Iterable[str]) -> None:
    """Within the transaction that stores these manufacturers anew: what their certificates confirmed is a claim again
    until the holders were compared with the names that now stand."""
    seen = (_CERTIFICATES.c.manufacturer_id.in_(list(manufacturers)), _CERTIFICATES.c.state == "document_seen")
    connection.execute(update(_CERTIFICATES).where(*seen).values(state="claimed"))


def _profiles(connection: Connection, tenant: str) -> dict[str, dict[str, Any]]:
    """Profiles that a tenant sees, by id; its own stands before a public one."""
    columns = (_MANUFACTURERS.c.id, _MANUFACTURERS.c.tenant, _MANUFACTURERS.c.profile)
    found = connection.execute(select(*columns).where(_MANUFACTURERS.c.tenant.in_((PUBLIC, tenant)))).all()
    return {row.id: row.profile for row in sorted(found, key=lambda row: (row.tenant == tenant, row.id))}


def _link(
    connection: Connection, record: Row[Any], profiles: Mapping[str, dict[str, Any]], names: Mapping[str, list[str]]
) -> bool:
    meta = {k: v for k, v in record.meta.items() if k != "conflicts"}
    same_name = names.get(plain_name(record.holder or ""), [])
    owner: str | None = meta.get("printed_id") or (same_name[0] if len(same_name) == 1 else None)
    found = conflicts(record, profiles[owner]) if owner and owner in profiles else []
    if found:
        meta["conflicts"] = found
    read = str(meta.get("state_read", record.state))
    own = owner in profiles and not any(c["field"] == "holder" for c in found)
    state = "claimed" if read == "document_seen" and not own else read
    if (owner, state, meta) == (record.manufacturer_id, record.state, record.meta):
        return False
    values = {"manufacturer_id": owner, "state": state, "meta": meta}
    connection.execute(update(_CERTIFICATES).where(_CERTIFICATES.c.id == record.id).values(values))
    return True


def conflicts(record: Row[Any], profile: Mapping[str, Any]) -> list[dict[str, str]]:
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


def _same(claim: Mapping[str, Any], record: Row[Any]) -> bool:
    if claim.get("number") and record.number and fold(str(claim["number"])) == fold(record.number):
        return True
    return plain_name(str(claim.get("standard", ""))) == plain_name(record.standard)

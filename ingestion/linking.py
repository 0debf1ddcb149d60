"""Which manufacturer a certificate belongs to, and where the two disagree: settled after every load, in any order.

The printed id decides; without one, the only manufacturer of that name. A certificate whose holder is somebody else
certifies nothing about the manufacturer it is filed under. So every record is stored as a claim (`meta.state_read`
keeps what it may become) and raised here alone, once its manufacturer is there and bears the holder's name; all that is
read and written stands in one transaction, and a manufacturer stored anew puts its certificates back to claims first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz
from sqlalchemy import Connection, Row, select, update

from ingestion.readers.files import fold
from retrieval.catalog import Catalog
from retrieval.models import Certificate, Manufacturer, table_of
from retrieval.plants import note_changes
from retrieval.records import PUBLIC

_CERTIFICATES: Final = table_of(Certificate)
_MANUFACTURERS: Final = table_of(Manufacturer)
_SIMILAR: Final = 90.0
_LEGAL_FORMS: Final = re.compile(
    r"\b(?:s ?a(?: ?p ?i)?(?: ?b)? de c ?v|s de r ?l(?: de c ?v)?|s a s|sas|s ?a|s ?r ?l|incorporated|inc|llc|l l c|ltd"
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
    raised = _CERTIFICATES.c.state.in_(("document_seen", "issuer_verified"))
    seen = (_CERTIFICATES.c.manufacturer_id.in_(list(manufacturers)), raised)
    connection.execute(update(_CERTIFICATES).where(*seen).values(state="claimed"))


def _profiles(connection: Connection, tenant: str) -> dict[str, dict[str, Any]]:
    """Profiles that a tenant sees, by id; its own stands before a public one."""
    columns = (_MANUFACTURERS.c.id, _MANUFACTURERS.c.tenant, _MANUFACTURERS.c.profile)
    found = connection.execute(select(*columns).where(_MANUFACTURERS.c.tenant.in_((PUBLIC, tenant)))).all()
    return {row.id: row.profile for row in sorted(found, key=lambda row: (row.tenant == tenant, row.id))}


def _link(
    connection: Connection, record: Row[Any], profiles: Mapping[str, dict[str, Any]], names: Mapping[str, list[str]]
) -> bool:
    meta = {k: v for k, v in record.meta.items() if k not in ("conflicts", "match")}
    match = owner_of(record.holder, meta.get("site"), meta.get("printed_id"), profiles, names)
    owner = match.id if match else None
    found = conflicts(record, profiles[owner]) if owner and owner in profiles else []
    if match and match.id in profiles:
        meta["match"] = {"by": match.by, "confidence": match.confidence}
    if match and match.elsewhere and match.id in profiles:
        place = ", ".join(
            str(profiles[match.id][k]) for k in ("city", "region", "country") if profiles[match.id].get(k)
        )
        found.append({"field": "site", "profile": place, "document": str(meta["site"])})
    if found:
        meta["conflicts"] = found
    read = str(meta.get("state_read", record.state))
    own = owner in profiles and not any(c["field"] == "holder" for c in found)
    sure = own and (bool(meta.get("printed_id")) or not (match and match.elsewhere))
    state = "claimed" if read in ("document_seen", "issuer_verified") and not sure else read
    if (owner, state, meta) == (record.manufacturer_id, record.state, record.meta):
        return False
    values = {"manufacturer_id": owner, "state": state, "meta": meta}
    connection.execute(update(_CERTIFICATES).where(_CERTIFICATES.c.id == record.id).values(values))
    note_changes(connection, record.tenant, (owner, record.manufacturer_id))
    return True


@dataclass(frozen=True)
class Match:
    """The manufacturer that a certificate is filed under: by what, how sure (0 to 1), and whether the place that the
    certificate prints is none of the manufacturer's."""

    id: str
    by: str
    confidence: float
    elsewhere: bool


def owner_of(
    holder: str | None,
    site: str | None,
    printed: str | None,
    profiles: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, list[str]],
) -> Match | None:
    """Whose certificate it is: the printed id; else the only manufacturer of the holder's name, or of several the only
    one in the place printed; else the only one there of a very similar name, which is told but confirms nothing."""
    name = plain_name(holder or "")
    if printed:
        same = printed in profiles and plain_name(str(profiles[printed]["name"])) == name
        here = _stands_in(site, profiles[printed]) if printed in profiles else None
        sure = (0.9 if same or not name else 0.4) + (0.1 if here else 0.0)
        return Match(printed, "printed id", round(sure, 2), here is False)
    if not name:
        return None
    same_name = names.get(name, [])
    placed = [i for i in same_name if _stands_in(site, profiles[i])]
    if len(same_name) == 1 or len(placed) == 1:
        [one] = placed if len(placed) == 1 else same_name
        here = _stands_in(site, profiles[one])
        return Match(
            one, "name and place" if here else "name", 0.98 if here else 0.6 if here is False else 0.85, here is False
        )
    if same_name or not site:
        return None
    near = [
        (ratio, i)
        for known, ids in names.items()
        if (ratio := fuzz.ratio(name, known)) >= _SIMILAR
        for i in ids
        if _stands_in(site, profiles[i])
    ]
    return (
        Match(near[0][1], "similar name and place", round(near[0][0] / 100 * 0.7, 2), False) if len(near) == 1 else None
    )


def _stands_in(site: str | None, profile: Mapping[str, Any]) -> bool | None:
    """Whether an address names the manufacturer's city or region; None where either side says nothing."""
    places = [fold(str(profile[k])) for k in ("city", "region") if profile.get(k)]
    if not site or not places:
        return None
    return any(re.search(rf"\b{re.escape(place)}\b", fold(site)) for place in places)


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

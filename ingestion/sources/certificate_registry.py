"""A registry of certificates as their issuer publishes it (CSV, TSV or XLSX): what alone makes one `issuer_verified`.

Columns: standard, number, holder, status, issuer, issued, expires, and where the holder is: site or city and country.
Each row becomes a certificate record; `ingestion.linking` gives it to the manufacturer of that name,
and only then it counts. A certificate that the registry calls withdrawn or suspended is `revoked`. Read by `--kind
certificate_registry` alone, from somebody who answers for it: nobody verifies himself by upload.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.dates import parse_date
from ingestion.readers.files import fold
from ingestion.readers.table import Row, read_table
from ingestion.report import Given, Outcome, Parsed, RowProblem
from retrieval.records import NewDocument

KIND: Final = "certificate_registry"
_COLUMNS: Final = {
    "standard": ("standard", "norma", "norm", "scheme", "program", "programa"),
    "number": ("number", "certificate_number", "certificate", "numero", "numero_de_certificado", "registration_number"),
    "holder": ("holder", "company", "organization", "titular", "empresa", "name", "razon_social"),
    "status": ("status", "state", "estado", "estatus"),
    "issuer": ("issuer", "certification_body", "emisor", "organismo_certificador"),
    "issued": ("issued", "valid_from", "emitido", "fecha_de_emision", "issue_date"),
    "expires": ("expires", "valid_to", "valid_until", "vigencia", "vence", "expiry_date", "expiration_date"),
    "site": ("site", "address", "domicilio", "direccion"),
    "city": ("city", "ciudad", "municipio"),
    "country": ("country", "pais"),
    "scope": ("scope", "alcance"),
}
_GOOD: Final = frozenset(
    ("", "valid", "active", "certified", "vigente", "activo", "activa", "valido", "issued", "current")
)
_BAD: Final = frozenset(
    ("withdrawn", "suspended", "cancelled", "canceled", "revoked", "retirado", "suspendido", "cancelado", "revocado")
)


def read_registry(given: Given) -> Outcome:
    """Every good row of a registry. Raises InvalidInput for a load by somebody who doesn't answer for it, and for a
    table without the columns standard, number and holder."""
    if not given.keep_states:
        raise InvalidInput(
            "an issuer's registry confirms certificates, so a writer can't load one",
            hint="use a key with the role admin, or ask whoever runs the service to run `sourcing ingest`",
        )
    table = read_table(given.content)
    names = {field: next((c for c in table.columns if c in said), None) for field, said in _COLUMNS.items()}
    missing = [field for field in ("standard", "number", "holder") if names[field] is None]
    if missing:
        raise InvalidInput(
            f"the registry has no column for {', '.join(missing)}; its columns are {', '.join(table.columns[:12])}",
            hint="name them standard, number, holder, status, issuer, issued, expires, city, country",
        )
    outcome = Outcome(KIND, [])
    records = []
    for row in table.rows:
        try:
            records.append(_record(row, names, given))
        except (InvalidInput, ValueError) as error:
            outcome.problems.append(RowProblem(row.line, str(error)))
    document = NewDocument(
        kind=KIND,
        key=given.key,
        title=f"Certificate registry: {given.content.stem}",
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type="text/csv",
        effective_from=given.effective_from,
        meta={"entries": len(records)},
    )
    if records:
        outcome.parsed.append(Parsed(document, [], certificates=records))
    return outcome


def _record(row: Row, names: Mapping[str, str | None], given: Given) -> dict[str, Any]:
    if row.problem:
        raise ValueError(row.problem)
    said = {field: row.values.get(name, "") if name else "" for field, name in names.items()}
    for field in ("standard", "number", "holder"):
        if not said[field]:
            raise ValueError(f"the {field} is missing")
    status = fold(said["status"])
    if status not in _GOOD | _BAD | {"expired", "vencido", "caducado"}:
        raise ValueError(f"the status {said['status']!r} is not known; write valid, expired, suspended or withdrawn")
    issued, expires = _day(said["issued"]), _day(said["expires"])
    if issued and expires and expires < issued:
        raise ValueError(f"it expires {expires}, before it was issued {issued}")
    if status in ("expired", "vencido", "caducado") and (expires is None or expires >= date.max):
        raise ValueError("it is called expired but names no day")
    read = "revoked" if status in _BAD else "issuer_verified"
    place = ", ".join(part for part in (said["site"], said["city"], said["country"]) if part)
    edition = re.search(r":(\d{4})\b", said["standard"])
    meta = {"registry": given.content.path.name, "state_read": read, "site": place, "edition": edition and edition[1]}
    return {
        "manufacturer_id": None,
        "holder": said["holder"],
        "standard": said["standard"],
        "number": said["number"],
        "issuer": said["issuer"] or None,
        "scope": said["scope"] or None,
        "issued": issued,
        "expires": expires,
        "state": "revoked" if read == "revoked" else "claimed",
        "evidence": given.content.path.name,
        "meta": {k: v for k, v in meta.items() if v},
    }


def _day(text: str) -> date | None:
    return parse_date(text) if text.strip() else None

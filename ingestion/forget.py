"""Removing a document: with it go its passages, rows and vectors, and the marks that it left on others."""

from __future__ import annotations

from difflib import get_close_matches

from assistant.errors import NotFound
from ingestion.editions import KINDS as EDITED
from ingestion.editions import link_editions
from ingestion.linking import link_certificates
from ingestion.sources.rulings import KIND as RULING
from ingestion.sources.rulings import link_rulings
from retrieval.catalog import Catalog


def forget(catalog: Catalog, document_id: str, tenant: str) -> None:
    """Remove a document of `tenant`; the vectors go with the next indexing. A certificate whose manufacturer went is a
    claim again, a ruling that another had revoked stands again. Raises NotFound, naming near ids."""
    document = catalog.document(document_id)
    if document is None or document.tenant != tenant:
        ids = [d.id for d in catalog.documents(tenants=(tenant,))]
        near = get_close_matches(document_id, ids, 3, 0.5) or [i for i in ids if document_id.lower() in i.lower()][:3]
        hint = f"did you mean {', '.join(near)}?" if near else "`sourcing search --json` and the ingest report give ids"
        raise NotFound(f"there is no document {document_id!r}", field="DOCUMENT", hint=hint)
    catalog.delete(document_id)
    if document.kind in ("manufacturer", "certificate"):
        link_certificates(catalog)
    if document.kind == RULING:
        link_rulings(catalog)
    if document.kind in EDITED:
        with catalog.writing() as connection:
            link_editions(connection)

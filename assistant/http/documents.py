"""Documents over HTTP: upload in, metadata and passages out."""

from __future__ import annotations

import logging
import re
import tempfile
import threading
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from assistant.bootstrap import Services, store_errors
from assistant.errors import InvalidInput, NotFound
from assistant.http.replies import Refused

log = logging.getLogger(__name__)
PAGE_OF_PASSAGES = 200
_CHUNK = 1 << 20
_NAME_MAX = 150
_WAITING = (
    "loaded; it is found by its words at once, and by its meaning as soon as its vectors are made, which goes on in "
    "the background (/readyz says when)"
)
_ingesting = threading.Lock()  # one load at a time: the catalog has one writer
_guard = threading.Lock()
_left: list[Services] = []  # whose vectors are still to be made; guarded
_completing = False  # whether a thread sees to them; guarded


class Upload(Protocol):
    """A received file, spooled by the form parser."""

    filename: str | None
    file: Any


def ingest_uploads(
    services: Services, uploads: Sequence[Upload], kind: str | None, effective_from: date | None, *, vouched: bool
) -> dict[str, Any]:
    """Load received files as `sourcing ingest --json` does, and give the same report.

    Each file is written whole to a folder of its own before anything reads it, so that a broken connection loads
    nothing. Where vectors are being made already (of the embedded corpus, of another upload), nobody is kept waiting:
    the report comes once the catalog has the files, with a warning for each whose vectors follow. `vouched`: the sender
    answers for certificate states in profiles (an admin). Raises InvalidInput for a nameless file, Refused (413) for
    one over SOURCING_MAX_UPLOAD_MB."""
    limit = services.settings.max_upload_mb * 1_000_000
    with tempfile.TemporaryDirectory(prefix="sourcing-upload-") as folder:
        paths = []
        for number, upload in enumerate(uploads):
            place = Path(folder) / str(number)
            place.mkdir()
            path = place / safe_name(upload.filename)
            _copy(upload.file, path, limit)
            paths.append(path)
        with _ingesting:
            report = services.ingest(paths, kind=kind, effective_from=effective_from, vouched=vouched, vectors=False)
        if not _indexed(services):
            for file in report.files:
                if file.status in ("added", "updated") and file.counts.get("passages"):
                    file.warnings.append(_WAITING)
        result: dict[str, Any] = report.as_dict()
        for row in result["files"]:
            row["file"] = Path(str(row["file"])).name
        return result


def _indexed(services: Services) -> bool:
    """Make the vectors; False when somebody makes some now: then a thread waits for them and makes what is left."""
    try:
        services.index_pending(check=True, wait=False)
    except BlockingIOError:
        _leave(services)
        return False
    return True


def _leave(services: Services) -> None:
    """See to it that the missing vectors are made by and by: one thread waits for all who come meanwhile."""
    global _completing
    with _guard:
        _left.append(services)
        if _completing:
            return
        _completing = True
    threading.Thread(target=_complete, name="sourcing-vectors", daemon=True).start()


def _complete() -> None:
    global _completing
    while True:
        with _guard:
            if not _left:
                _completing = False
                return
            services = _left[-1]
            _left[:] = [other for other in _left if other.catalog is not services.catalog]
        try:
            services.index_pending()
        except Exception as error:  # they stay marked as missing: the next load or start makes them
            log.warning("vectors of uploads: %s", error)


def safe_name(given: str | None) -> str:
    """The last part of a file's name, without control characters and not too long; the ending, which tells the kind,
    stays. Raises InvalidInput when nothing is left."""
    name = re.split(r"[\\/]", given or "")[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C").strip(". ")
    if not name:
        raise InvalidInput("a file has no name", field="files", hint="send each file with its file name")
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= _NAME_MAX else stem[: _NAME_MAX - len(ending) - 1] + dot + ending[-20:]


def _copy(source: Any, path: Path, limit: int) -> None:
    written = 0
    with path.open("wb") as out:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                hint = "send it in parts, or load it with `sourcing ingest` on the server"
                message = f"{path.name} is larger than {limit // 1_000_000} MB"
                raise Refused(413, InvalidInput(message, field="files", hint=hint))
            out.write(chunk)


def show(services: Services, document_id: str, page: int | None, offset: int) -> dict[str, Any]:
    """A document's metadata and the passages of one page, or of all pages from `offset`, PAGE_OF_PASSAGES at a time.

    Raises NotFound for a document that is not there or that belongs to another tenant, and for a page without text."""
    with store_errors():
        document = services.catalog.document(document_id)
        if document is None or document.tenant not in services.tenants:
            raise NotFound(
                f"there is no document {document_id!r}", field="id", hint="/v1/search and citations give the ids"
            )
        passages = services.catalog.document_passages(document_id, page)
    if page is not None and not passages:
        pages = f"its pages are 1 to {document.pages}" if document.pages else "it has no pages; leave page out"
        raise NotFound(f"{document.title} has no text on page {page}", field="page", hint=pages)
    shown = passages[offset : offset + PAGE_OF_PASSAGES]
    more = offset + len(shown)
    return {
        "id": document.id,
        "kind": document.kind,
        "title": document.title,
        "file": document.file,
        "media_type": document.media_type,
        "language": document.language,
        "legal_status": document.legal_status,
        "url": document.url,
        "revision": document.revision,
        "effective_from": document.effective_from,
        "effective_to": document.effective_to,
        "sample": document.sample,
        "partial": document.partial,
        "pages": document.pages,
        "page": page,
        "passages": [
            {"id": p.id, "page": p.page, "paragraph": p.paragraph, "text": p.text, "language": p.language or None}
            for p in shown
        ],
        "passages_total": len(passages),
        "next_offset": more if more < len(passages) else None,
    }

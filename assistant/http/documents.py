"""Documents over HTTP: upload in, metadata and passages out."""

from __future__ import annotations

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

PAGE_OF_PASSAGES = 200
_CHUNK = 1 << 20
_NAME_MAX = 150
_ingesting = threading.Lock()  # one load at a time: the catalog has one writer, and the encoder two threads


class Upload(Protocol):
    """A received file, spooled by the form parser."""

    filename: str | None
    file: Any


def ingest_uploads(
    services: Services, uploads: Sequence[Upload], kind: str | None, effective_from: date | None, *, vouched: bool
) -> dict[str, Any]:
    """Load received files as `sourcing ingest --json` does, and give the same report.

    Each file is written whole to a folder of its own before anything reads it, so that a broken connection loads
    nothing. `vouched`: the sender answers for certificate states in profiles (an admin). Raises InvalidInput for a
    nameless file, Refused (413) for one over SOURCING_MAX_UPLOAD_MB."""
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
            report = services.ingest(paths, kind=kind, effective_from=effective_from, vouched=vouched)
        result: dict[str, Any] = report.as_dict()
        for row in result["files"]:
            row["file"] = Path(str(row["file"])).name
        return result


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

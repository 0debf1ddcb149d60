"""Making vectors of what the catalog holds, so that a crash anywhere is completed by the next run.

The catalog commits first and marks passages as not indexed; vectors go to Chroma; then the mark is set. Writing a
vector twice changes nothing, so whatever a crash leaves between two steps is simply done again. What the catalog has
dropped stays on its list of dead vectors until Chroma has forgotten it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from retrieval.catalog import Catalog
from retrieval.embed import Encoder, encode_spoken
from retrieval.locks import file_lock
from retrieval.models import Passage
from retrieval.vectors import Vectors

BATCH = 128
Progress = Callable[[str, int, int], None]
"""Called with ("vectors", passages done, passages in all)."""


@dataclass(frozen=True)
class IndexReport:
    """What a run did. `repaired`: vectors that Chroma had lost, made again."""

    embedded: int
    deleted: int
    repaired: int
    seconds: float


def embedding_text(passage: Passage) -> str:
    """What is embedded of a passage: title and heading say what a few lines out of a document are about."""
    heading = passage.paragraph or ""
    title = passage.document.title
    head = title if not heading or heading == title else f"{title} > {heading}"
    return f"{head}\n{passage.text}"


def index_pending(
    catalog: Catalog, vectors: Vectors, encoder: Encoder, progress: Progress | None = None, *, wait: bool = True
) -> IndexReport:
    """Bring Chroma and full text in step with the catalog; cheap when they are. One run at a time, others wait, or
    without `wait` raise BlockingIOError.

    Errors: those of retrieval.vectors and retrieval.catalog.
    """
    started = time.monotonic()
    with _alone(catalog, wait=wait):
        vectors.refresh(catalog.vectors_version())
        repaired = _repair(catalog, vectors)
        if not catalog.fulltext_current():
            catalog.rebuild_fulltext()
        deleted = _bury(catalog, vectors)
        embedded = _embed(catalog, vectors, encoder, progress)
        deleted += _bury(catalog, vectors)  # what was dropped while we embedded
        vectors.refresh(catalog.vectors_version())
    return IndexReport(embedded, deleted, repaired, time.monotonic() - started)


def reindex(catalog: Catalog, vectors: Vectors, encoder: Encoder, progress: Progress | None = None) -> IndexReport:
    """Make full text and every vector anew from the catalog, whichever model made the old ones."""
    with _alone(catalog):
        catalog.mark_all_pending()  # first: a crash after this line is completed by any next run
        vectors.reset()
        catalog.rebuild_fulltext()
    return index_pending(catalog, vectors, encoder, progress)


def agreement(catalog: Catalog, vectors: Vectors) -> dict[str, Any]:
    """Whether the stores agree: counts of passages without vector (`missing`), vectors without passage (`orphaned`),
    passages still waiting, vectors still to be forgotten; `fulltext` whether full text is complete and current."""
    vectors.refresh(catalog.vectors_version())
    wanted, held = set(catalog.indexed_ids()), set(vectors.ids())
    counts = catalog.counts()
    pending = {p.id for p in catalog.pending(counts["pending"])} if counts["pending"] else set()
    report: dict[str, Any] = {
        "missing": len(wanted - held),
        "orphaned": len(held - wanted - pending),
        "pending": counts["pending"],
        "to_forget": counts["deleted_vectors"],
        "fulltext": catalog.fulltext_current(),
    }
    return {"ok": report["fulltext"] and not any(v for k, v in report.items() if k != "fulltext"), **report}


@contextmanager
def _alone(catalog: Catalog, *, wait: bool = True) -> Iterator[None]:
    path = catalog.path
    with file_lock(path.with_name(f"{path.name}.index-lock"), wait=wait) if path else nullcontext():
        yield


def _repair(catalog: Catalog, vectors: Vectors) -> int:
    """After Chroma's folder was lost, restored or emptied, or lost its last writes with the power: compare ids, but
    only when the counts differ or the newest passages have no vector."""
    newest = catalog.newest_indexed(BATCH * 4)
    if catalog.indexed_count() == vectors.count() and vectors.having(newest) == set(newest):
        return 0
    wanted, held = set(catalog.indexed_ids()), set(vectors.ids())
    lost = sorted(wanted - held)
    catalog.mark_pending(lost)
    pending = {p.id for p in catalog.pending(catalog.counts()["pending"])}
    vectors.delete(sorted(held - wanted - pending))
    return len(lost)


def _bury(catalog: Catalog, vectors: Vectors) -> int:
    dead = catalog.deleted_vectors()
    vectors.delete(dead)
    catalog.forget_deleted(dead)
    return len(dead)


def _embed(catalog: Catalog, vectors: Vectors, encoder: Encoder, progress: Progress | None) -> int:
    done, total = 0, catalog.counts()["pending"]
    while batch := catalog.pending(BATCH):
        made = encode_spoken(encoder, [embedding_text(p) for p in batch], [p.language for p in batch])
        vectors.upsert([p.id for p in batch], made, [_metadata(p) for p in batch])
        catalog.mark_indexed([p.id for p in batch])
        done += len(batch)
        if progress is not None:
            progress("vectors", done, max(total, done))
    return done


def _metadata(passage: Passage) -> dict[str, Any]:
    document = passage.document
    return {
        "document_id": document.id,
        "kind": document.kind,
        "tenant": document.tenant,
        "language": passage.language or "",
    }

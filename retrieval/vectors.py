"""The vector store: one Chroma collection, embedded in a folder or on a server, that knows which model filled it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from retrieval.errors import IndexMismatch, StoreError, VectorStoreError

COLLECTION = "passages"
_BATCH = 1_000
_PAGE = 10_000


class Vectors:
    """Vectors of one embedding model at `place`, a folder or the http(s) URL of a Chroma server.

    Nothing is opened (nor Chroma imported) before the first use. Distances are cosine, 0 (same) to 2.
    Errors of every method: IndexMismatch when another model or dimension filled the collection,
    VectorStoreError when Chroma can't be opened or reached. Safe to share by threads.
    """

    def __init__(self, place: Path | str, model_id: str, dimension: int) -> None:
        self.place = str(place)
        self.model_id = model_id
        self.dimension = dimension
        self._client: Any = None
        self._collection: Any = None
        self._seen: str | None = None
        self._lock = threading.RLock()

    def upsert(self, ids: Sequence[str], vectors: npt.NDArray[np.float32], metadatas: Sequence[dict[str, Any]]) -> None:
        """Store vectors, shape (len(ids), dimension), replacing those of ids already there."""
        if vectors.shape != (len(ids), self.dimension):
            raise VectorStoreError(f"vectors of shape {vectors.shape} for {len(ids)} ids of {self.dimension}")
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            self._do("upsert", ids=list(ids[part]), embeddings=vectors[part], metadatas=list(metadatas[part]))

    def delete(self, ids: Sequence[str]) -> None:
        """Forget ids; unknown ones are ignored."""
        for start in range(0, len(ids), _BATCH):
            self._do("delete", ids=list(ids[start : start + _BATCH]))

    def query(
        self, vector: npt.NDArray[np.float32], n: int, where: dict[str, Any] | None = None
    ) -> list[tuple[str, float]]:
        """The `n` nearest to `vector` (shape (dimension,)), nearest first, as (id, cosine distance)."""
        if n < 1:
            return []
        found = self._do("query", query_embeddings=[vector], n_results=n, where=where, include=["distances"])
        return [(str(i), float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def ids(self) -> list[str]:
        """Every id, sorted."""
        found: list[str] = []
        while page := self._do("get", limit=_PAGE, offset=len(found), include=[])["ids"]:
            found += page
        return sorted(found)

    def count(self) -> int:
        return int(self._do("count"))

    def reset(self) -> None:
        """Empty the collection and give it to this model, whichever filled it before."""
        with self._lock:
            client = self._connect()
            if any(c.name == COLLECTION for c in client.list_collections()):
                client.delete_collection(COLLECTION)
            self._collection = None
            self._do("count")

    def refresh(self, version: str | None) -> None:
        """See what other processes wrote. `version` is a mark that changes with every write (the catalog keeps it).

        Chroma's embedded client goes on answering from what it first read, so it is opened anew.
        """
        with self._lock:
            if version != self._seen:
                self.close()
                self._seen = version

    def close(self) -> None:
        """Let go of Chroma; the next use opens it again."""
        with self._lock:
            if self._client is not None and hasattr(self._client, "close"):
                self._client.close()
            self._client = self._collection = None

    def having(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are held."""
        return set(self._do("get", ids=list(ids), include=[])["ids"]) if ids else set()

    def _do(self, method: str, **arguments: Any) -> Any:
        with self._lock:
            try:
                if self._collection is None:
                    self._collection = self._open()
                return getattr(self._collection, method)(**arguments)
            except StoreError:
                raise
            except Exception as error:  # Chroma raises what its parts raise: SQLite, HTTP, Rust
                raise self._unusable(error) from error

    def _connect(self) -> Any:
        if self._client is None:
            try:
                self._client = _client(self.place)
            except Exception as error:
                raise self._unusable(error) from error
        return self._client

    def _open(self) -> Any:
        collection = self._connect().get_or_create_collection(
            COLLECTION,
            embedding_function=None,
            metadata={"model": self.model_id, "dimension": self.dimension},
            configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
        )
        filled = collection.metadata or {}
        model, dimension = filled.get("model"), filled.get("dimension")
        if (model, dimension) != (self.model_id, self.dimension):
            raise IndexMismatch(
                f"the vectors were made by {model} ({dimension} dimensions), "
                f"and the embedding model is {self.model_id} ({self.dimension})",
                "run `sourcing reindex` to make them anew, or set SOURCING_EMBEDDING_MODEL back",
            )
        return collection

    def _unusable(self, error: Exception) -> VectorStoreError:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        hint = (
            "check that the Chroma server of SOURCING_CHROMA_URL runs"
            if _is_url(self.place)
            else "check that the folder is writable; `sourcing reindex` makes the vectors anew from the catalog"
        )
        return VectorStoreError(f"the vector store at {self.place} can't be used: {reason[0][:300]}", hint)


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _client(place: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if _is_url(place):
        url = urlsplit(place)
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 8000)
        return chromadb.HttpClient(host=url.hostname or "localhost", port=port, ssl=secure, settings=settings)
    Path(place).mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(place, settings=settings)

"""What can go wrong in the stores. This package imports nothing of ours, so the bootstrap maps these to user errors.

CatalogError             the catalog can't be opened, read or written
├── NewerCatalog         it was made by a newer version of this software
└── CatalogBusy          another process kept it locked for too long
IndexMismatch            the vectors were made by another embedding model
EncoderError             the embedding model is missing, altered, or gives wrong vectors
VectorStoreError         Chroma can't be opened or reached

Every one has `message` (what is wrong) and `hint` (what to do next).
"""

from __future__ import annotations


class StoreError(Exception):
    """Base: `message` says what is wrong, `hint` what to do next."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CatalogError(StoreError):
    """The catalog can't be opened, read or written."""


class NewerCatalog(CatalogError):
    """The catalog was made by a newer version of this software."""


class CatalogBusy(CatalogError):
    """Another process kept the catalog locked for too long."""


class IndexMismatch(StoreError):
    """The vectors were made by another embedding model."""


class EncoderError(StoreError):
    """The embedding model is missing, altered, or gives wrong vectors."""


class VectorStoreError(StoreError):
    """Chroma can't be opened or reached."""

"""Classifiers by schedule revision: made from the catalog when first asked for, kept while the revision is the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.classify.classifier import Classifier
from retrieval.classify.meaning import Encoder

if TYPE_CHECKING:
    from retrieval.catalog import Catalog

KEPT = 2
"""Revisions kept in memory: the one in force, and one that a question about another day needs."""


class Classifiers:
    """`of(document_id)`; safe to share by threads. `folder`: where vectors are kept; `encoder` opens the encoder, None
    for word scores alone."""

    def __init__(
        self, catalog: Catalog, folder: Path | None = None, encoder: Callable[[], Encoder] | None = None
    ) -> None:
        self._catalog = catalog
        self._folder = folder
        self._encoder = encoder
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Classifier] = {}

    def of(self, document_id: str) -> Classifier:
        """The classifier of a revision as it is now loaded."""
        document = self._catalog.document(document_id)
        key = (document_id, document.sha256 if document else "")
        with self._lock:
            if key not in self._made:
                rows = self._catalog.tariff_paths(document_id)
                encoder = self._encoder() if self._encoder else None
                self._made[key] = Classifier(rows, encoder=encoder, folder=self._folder)
                while len(self._made) > KEPT:
                    self._made.pop(next(iter(self._made)))
            return self._made[key]

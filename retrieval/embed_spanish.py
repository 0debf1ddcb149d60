"""The default encoder's Spanish half: a small model that puts Spanish text where the English one puts its translation.

It was taught from sentence pairs (retrieval/training/README.md) and lies in data/spanish: an ONNX graph with 8-bit
weights and its tokenizer, both with their checksums here. English text never meets it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.analysis import guess_language
from retrieval.embed import Encoder, Vectors, encode_tokens, session, tokenizer
from retrieval.errors import EncoderError

FOLDER = Path(__file__).parent / "data" / "spanish"
SHA256 = {
    "encoder.onnx": "59149b1f21515dfbec1bb0f52c5036fbb34bdc920efd5d38e4c430e08db2f1f1",
    "tokenizer.json": "a2a3ef9b2d78e4d2b1b153fff685c22a5f5cac97889e10201e59cafcf7f2bfb8",
}
MOST_TOKENS = 256
_HINT = (
    "restore retrieval/data/spanish from the repository, or search in English only: SOURCING_EMBEDDING_MODEL=english, "
    "then `sourcing reindex`"
)


class SpanishEncoder:
    """The Spanish half on onnxruntime. Errors: EncoderError when a file is missing or not the one taught."""

    def __init__(self, threads: int = 2, folder: Path = FOLDER) -> None:
        graph, words = (_verified(folder / name, digest) for name, digest in SHA256.items())
        self.model_id = f"es-{SHA256['encoder.onnx'][:12]}"
        self._session = session(graph, threads)
        self._tokenizer = tokenizer(words, MOST_TOKENS)
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return encode_tokens(self._session, self._tokenizer, texts, self.dimension)


class BilingualEncoder:
    """English text by one encoder, Spanish text by another, both in one space."""

    speaks_spanish = True

    def __init__(self, english: Encoder, spanish: Encoder) -> None:
        self.model_id = f"{english.model_id}+{spanish.model_id}"
        self.dimension = english.dimension
        self._english, self._spanish = english, spanish

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Encoder. Each text's language is guessed; what can't be told is taken for English."""
        return self.encode_spoken(texts, [None] * len(texts))

    def encode_spoken(self, texts: Sequence[str], languages: Sequence[str | None]) -> Vectors:
        """Vectors of texts whose languages are known (`en`, `es`; None: guessed)."""
        spoken = [language or guess_language(text) for text, language in zip(texts, languages, strict=True)]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for encoder, rows in (
            (self._spanish, [i for i, language in enumerate(spoken) if language == "es"]),
            (self._english, [i for i, language in enumerate(spoken) if language != "es"]),
        ):
            if rows:
                vectors[rows] = encoder.encode([texts[i] for i in rows])
        return vectors


def _verified(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"the Spanish encoder's {path.name} can't be read: {error.strerror}", _HINT) from error
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise EncoderError(f"{path} is not the Spanish encoder of this version (SHA-256 {found[:12]}…)", _HINT)
    return content

"""Reading by meaning with the encoder that search uses: the vocabulary's vectors are made once and kept beside it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.bootstrap import Services
from assistant.errors import Unavailable
from assistant.sourcing.meaning import Meaning, Phrase, Senses, Vectors, phrases
from assistant.sourcing.terms import Kind
from retrieval.analysis import guess_language
from retrieval.embed import Encoder, cache_folders, encode_spoken, load_encoder, speaks_spanish

_MOST_KEPT = 2_000
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)  # a file cut short is made anew
_MOST_TIMES = 2  # vectors kept for each phrase of today, so that vocabularies side by side don't undo each other


def meaning_of(services: Services) -> Meaning:
    """Reads phrases by meaning; nothing is loaded before the first one."""
    kept: _Reader | None = services.__dict__.get("meaning")
    if kept is None:
        kept = services.__dict__["meaning"] = _Reader(services)
    return kept


class _Reader:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._senses: Senses | None = None
        self._known: dict[tuple[str, str, tuple[Kind, ...]], tuple[Kind, str] | None] = {}

    def __call__(self, phrase: str, around: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
        """See Meaning. Without an encoder nothing is read so, and the phrase stays unmapped."""
        language = guess_language(around) or guess_language(phrase) or "en"
        key = (phrase.lower(), language, tuple(kinds))
        if key not in self._known:
            if len(self._known) > _MOST_KEPT:
                self._known.clear()
            self._known[key] = self._read(phrase.lower(), language, kinds)
        return self._known[key]

    def _read(self, phrase: str, language: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
        try:
            encoder = self._services.encoder
            if language == "es" and not speaks_spanish(encoder):
                return None
            if self._senses is None:
                settings = self._services.settings
                self._senses = load(encoder, settings.cache if settings.cache != Path() else None)
        except Unavailable:
            return None
        vector = encode_spoken(encoder, [phrase], [language])[0]
        return self._senses.nearest(vector, language, kinds)


def load(encoder: Encoder, cache: Path | None = None) -> Senses:
    """The vocabulary's vectors: those that are kept, and what is new, which is kept in turn."""
    listed = phrases()
    name = f"vocabulary-{hashlib.sha256(encoder.model_id.encode()).hexdigest()[:12]}.npz"
    known: dict[str, Vectors] = {}
    for folder in cache_folders(cache):
        with contextlib.suppress(*_UNREADABLE), (folder / name).open("rb") as file, np.load(file) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
            break
    keys = [_key(phrase) for phrase in listed]
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        made = encode_spoken(encoder, [listed[i].text for i in missing], [listed[i].language for i in missing])
        known.update((keys[i], vector) for i, vector in zip(missing, made, strict=True))
    vectors = np.array([known[key] for key in keys], dtype=np.float32)
    if missing:
        kept_keys = list(known) if len(known) <= _MOST_TIMES * len(keys) else keys
        _keep(cache_folders(cache), name, kept_keys, np.array([known[key] for key in kept_keys], dtype=np.float32))
    return Senses(listed, vectors)


def _key(phrase: Phrase) -> str:
    return f"{phrase.language}:{phrase.text}"


def _keep(folders: Sequence[Path], name: str, keys: Sequence[str], vectors: Vectors) -> None:
    """Write through a rename into the first folder that takes it; nowhere to keep them costs time, no answer."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            with os.fdopen(handle, "wb") as file:
                np.savez(file, keys=np.array(keys), vectors=vectors)
            Path(made).chmod(0o644)
            Path(made).replace(folder / name)
            return


def main() -> int:
    """Make the vectors ahead of their first use."""
    load(load_encoder())
    return 0


if __name__ == "__main__":
    sys.exit(main())

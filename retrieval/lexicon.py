"""Which words mean which between Spanish and English, as stems: learnt from sentence pairs (retrieval/training)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "lexicon.tsv"


def translations(stem: str, language: str) -> tuple[str, ...]:
    """Stems of the other language for a stem of `language` (`en`, `es`), likeliest first; empty when none is known."""
    return _words().get((language, stem), ())


@cache
def _words() -> dict[tuple[str, str], tuple[str, ...]]:
    lines = (line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines())
    return {(language, stem): tuple(meanings.split()) for language, stem, meanings in lines}

"""Words are stemmed alike however many threads ask at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from retrieval.analysis import stem

WORDS = [
    (w, lang) for lang in ("en", "es")
    for w in ("classification", "originating", "certificaciones", "importaciones", "manufacturing", "regionally")
]  # fmt: skip


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns after a few instructions, so that what they share shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_do_not_mix_their_words(restless: None) -> None:
    bare = stem.__wrapped__  # the cache would answer in its place
    alone = [bare(word, language) for word, language in WORDS]

    def all_words(_: int) -> list[str]:
        return [bare(word, language) for word, language in WORDS]

    with ThreadPoolExecutor(8) as pool:
        assert all(stems == alone for stems in pool.map(all_words, range(200)))

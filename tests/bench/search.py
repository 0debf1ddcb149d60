"""Search over many synthetic passages, against the sum of a bare encoder, a bare FTS5 and a bare Chroma query.

Words of the passages follow Zipf's law over a vocabulary of 30,000 made words, a tenth of it the field's own terms;
vectors are random. Sizes are a setting: BENCH_PASSAGES=50000,200000 make bench BENCH=search.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import numpy as np

DAY = date(2026, 11, 22)
SIZES = "10000,50000"
_QUERIES = 60
_A_DOCUMENT = 500


def bench_search() -> None:
    """A warm query at several sizes against the sum of its bare parts: encoder, FTS5, Chroma."""
    for size in (int(n) for n in os.environ.get("BENCH_PASSAGES", SIZES).split(",")):
        with tempfile.TemporaryDirectory() as home:
            _measure(home, size)


def _measure(home: str, size: int) -> None:
    from assistant.bootstrap import open_services
    from assistant.config import load_settings

    services = open_services(load_settings({"SOURCING_HOME": home}))
    started = time.perf_counter()
    draw = random.Random(size)
    words = _vocabulary(draw)
    _fill(services, size, draw, words)
    print(f"  {size:,} passages (filled in {time.perf_counter() - started:.0f} s)", flush=True)
    asked = [
        (_question(draw, words, spanish), "es" if spanish else "en") for _ in range(_QUERIES) for spanish in (0, 1)
    ]
    for question, language in asked[:6]:
        services.searcher.search(question, as_of=DAY, language=language)
    whole: list[float] = []
    parts: list[tuple[float, float, float]] = []
    for question, language in asked[6:]:
        whole.append(_seconds(partial(services.searcher.search, question, as_of=DAY, language=language)))
        parts.append(_bare(services, question))
    print(f"    {'search, whole':28} {_ms(whole)}")
    print(f"    {'encoder + FTS5 + Chroma':28} {_ms([sum(p) for p in parts])}")
    for at, name in enumerate(("encoder", "FTS5", "Chroma")):
        print(f"      {name:26} {_ms([p[at] for p in parts])}")
    print(f"    ratio of the medians {statistics.median(whole) / statistics.median(map(sum, parts)):.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(f"    peak memory of the process {peak:.0f} MiB")
    services.catalog.close()


def _vocabulary(draw: random.Random) -> list[str]:
    from retrieval.glossary import pairs

    own = [word for english, spanish in pairs() for form in (*english, *spanish) for word in form.split()]
    made = ["".join(draw.choices("abcdefghilmnoprstuv", k=draw.randint(4, 10))) for _ in range(27_000)]
    words = [*dict.fromkeys(own), *made]
    draw.shuffle(words)
    return words


def _drawn(draw: random.Random, words: list[str], count: int) -> list[str]:
    """Words by Zipf's law: the place of a word falls off as one over its rank."""
    return [words[int(len(words) ** draw.random()) - 1] for _ in range(count)]


def _question(draw: random.Random, words: list[str], spanish: int) -> str:
    said = " ".join(_drawn(draw, words, draw.randint(4, 9)))
    return f"¿Cuándo se debe {said}?" if spanish else f"When must the {said}?"


def _fill(services: Any, size: int, draw: random.Random, words: list[str]) -> None:
    from retrieval.records import NewDocument, NewPassage

    random_vectors = np.random.default_rng(size)
    for start in range(0, size, _A_DOCUMENT):
        number = start // _A_DOCUMENT
        passages = [
            NewPassage(text=" ".join(_drawn(draw, words, 60)).capitalize(), language="en")
            for _ in range(min(_A_DOCUMENT, size - start))
        ]
        services.catalog.store(
            NewDocument("guide", str(number), f"Part {number}", f"{number}.txt", f"{number:064x}"), passages
        )
        pending = services.catalog.pending(_A_DOCUMENT)
        vectors = random_vectors.normal(size=(len(pending), services.vectors.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        services.vectors.upsert([p.id for p in pending], vectors, [{"kind": "guide"} for _ in pending])
        services.catalog.mark_indexed([p.id for p in pending])


def _bare(services: Any, question: str) -> tuple[float, float, float]:
    """Seconds of each part by itself, with as many results as the search asks for."""
    from sqlalchemy import text

    from retrieval.fulltext import expression
    from retrieval.lexical import CANDIDATES
    from retrieval.query import understand

    vector = services.encoder.encode([question])[0]
    match = expression(understand(question).phrases)
    statement = text(
        "SELECT rowid FROM passages_fts WHERE passages_fts MATCH :match ORDER BY bm25(passages_fts) LIMIT :limit"
    )

    def words() -> None:
        with services.catalog.connect() as connection:
            connection.execute(statement, {"match": match, "limit": CANDIDATES}).all()

    return (
        _seconds(lambda: services.encoder.encode([question])),
        _seconds(words),
        _seconds(lambda: services.vectors.query(vector, 180)),
    )


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ms(times: list[float]) -> str:
    late = sorted(times)[int(len(times) * 0.95)]
    return f"median {statistics.median(times) * 1000:.1f} ms, 95th percentile {late * 1000:.1f} ms"

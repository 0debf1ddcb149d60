"""Kill the process anywhere between storing and indexing: the next run completes, nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retrieval.catalog import Catalog
from retrieval.index import agreement, index_pending
from retrieval.vectors import Vectors

ROOT = Path(__file__).parents[2]
HELPERS = ROOT / "tests" / "unit"
ROUNDS = 10
DOCUMENTS, PASSAGES = 6, 40

WORKER = """
import sys, time
sys.path[:0] = [{helpers!r}]
from pathlib import Path
from test_index import Hashed, Home

class Slow(Hashed):
    def encode(self, texts):
        time.sleep(0.02)
        return super().encode(texts)

home = Home(Path({home!r}), Slow())
print("open", flush=True)
for key in range({documents}):
    for version in ({first}, {first} + 1):  # the second drops, keeps and adds passages
        texts = [f"document {{key}} passage {{n}}" for n in range(version * 7, version * 7 + {passages})]
        home.store(str(key), *texts, sha=str(version))
        home.index()
print("done", flush=True)
"""


def start(home: Path, first: int) -> subprocess.Popen[str]:
    code = WORKER.format(helpers=str(HELPERS), home=str(home), documents=DOCUMENTS, passages=PASSAGES, first=first)
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is needed")
def test_killed_anywhere_the_next_run_completes(tmp_path: Path) -> None:
    sys.path.insert(0, str(HELPERS))
    try:
        from test_index import Hashed
    finally:
        sys.path.remove(str(HELPERS))
    chance = random.Random(20260701)
    killed = 0
    for round_ in range(ROUNDS):
        process = start(tmp_path, first=round_)
        assert process.stdout is not None
        with process.stdout as output:
            assert output.readline() == "open\n"
            time.sleep(chance.uniform(0.0, 0.9))
            process.send_signal(signal.SIGKILL)
            killed += "done" not in output.read()
        process.wait(timeout=30)
    assert killed >= ROUNDS // 2, "the worker was too quick to be killed"

    process = start(tmp_path, first=ROUNDS)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and said.endswith("done\n")

    encoder = Hashed()
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    vectors = Vectors(tmp_path / "chroma", encoder.model_id, encoder.dimension)
    again = index_pending(catalog, vectors, encoder)
    assert (again.embedded, again.deleted, again.repaired) == (0, 0, 0), "the run before had finished the work"
    assert agreement(catalog, vectors)["ok"], agreement(catalog, vectors)
    last = (ROUNDS + 1) * 7
    for key in range(DOCUMENTS):
        texts = [p.text for p in catalog.document_passages(f"guide:{key}")]
        assert texts == [f"document {key} passage {n}" for n in range(last, last + PASSAGES)]
    held = vectors.ids()
    assert len(held) == len(set(held)) == DOCUMENTS * PASSAGES
    assert held == catalog.indexed_ids()
    vectors.close()
    catalog.close()

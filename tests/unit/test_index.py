"""Vectors and full text kept in step with the catalog."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.catalog import Catalog
from retrieval.embed import Vectors as Array
from retrieval.errors import IndexMismatch, VectorStoreError
from retrieval.index import agreement, embedding_text, index_pending, reindex
from retrieval.records import NewDocument, NewPassage
from retrieval.vectors import Vectors

ROOT = Path(__file__).parents[2]


class Hashed:
    """A cheap encoder: a vector drawn from the text's hash."""

    def __init__(self, model_id: str = "hashed", dimension: int = 8) -> None:
        self.model_id, self.dimension, self.calls = model_id, dimension, 0

    def encode(self, texts: Sequence[str]) -> Array:
        self.calls += len(texts)
        seeds = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big") for t in texts]
        rows = np.array([np.random.default_rng(s).normal(size=self.dimension) for s in seeds], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Home:
    def __init__(self, folder: Path, encoder: Hashed | None = None) -> None:
        self.folder = folder
        self.encoder = encoder or Hashed()
        self.catalog = Catalog(f"sqlite:///{folder / 'catalog.sqlite'}")
        self.vectors = Vectors(folder / "chroma", self.encoder.model_id, self.encoder.dimension)

    def store(self, key: str, *texts: str, sha: str = "1", title: str = "T", embed: bool = True) -> None:
        document = NewDocument(kind="guide", key=key, title=title, file=f"{key}.md", sha256=sha, language="en")
        self.catalog.store(document, [NewPassage(t, paragraph="H", embed=embed) for t in texts])

    def index(self) -> tuple[int, int, int]:
        report = index_pending(self.catalog, self.vectors, self.encoder)
        return report.embedded, report.deleted, report.repaired

    def close(self) -> None:
        self.vectors.close()
        self.catalog.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def test_new_passages_get_vectors_once(home: Home) -> None:
    home.store("a", *(f"text {n}" for n in range(300)))
    steps: list[tuple[str, int, int]] = []
    report = index_pending(home.catalog, home.vectors, home.encoder, lambda *step: steps.append(step))
    assert (report.embedded, report.deleted, report.repaired) == (300, 0, 0)
    assert steps[-1] == ("vectors", 300, 300) and len(steps) > 1
    assert home.index() == (0, 0, 0)
    assert home.vectors.ids() == home.catalog.indexed_ids()
    assert agreement(home.catalog, home.vectors)["ok"]


def test_vector_finds_its_passage(home: Home) -> None:
    home.store("a", "one", "two", "three")
    home.index()
    passage = home.catalog.document_passages("guide:a")[1]
    assert embedding_text(passage) == "T > H\ntwo"
    (found, distance), *rest = home.vectors.query(home.encoder.encode([embedding_text(passage)])[0], 3)
    assert found == passage.id and distance == pytest.approx(0, abs=1e-5)
    assert len(rest) == 2
    where = {"kind": "none"}
    assert home.vectors.query(home.encoder.encode(["x"])[0], 3, where) == []


def test_update_moves_only_what_changed(home: Home) -> None:
    home.store("a", "one", "two")
    home.index()
    home.store("a", "two", "three", sha="2")
    assert not agreement(home.catalog, home.vectors)["ok"]
    before = home.encoder.calls
    assert home.index() == (1, 1, 0)
    assert home.encoder.calls - before == 1
    assert agreement(home.catalog, home.vectors)["ok"]


def test_full_text_only_passages_get_no_vector(home: Home) -> None:
    home.store("a", "one", "two", embed=False)
    assert home.index() == (0, 0, 0)
    assert agreement(home.catalog, home.vectors)["ok"]
    assert home.vectors.count() == 0


def test_other_model_is_refused_and_reindex_serves_it(home: Home) -> None:
    home.store("a", "one", "two")
    home.index()
    home.vectors.close()
    other = Hashed("another", 16)
    vectors = Vectors(home.folder / "chroma", other.model_id, other.dimension)
    with pytest.raises(IndexMismatch, match="hashed") as error:
        index_pending(home.catalog, vectors, other)
    assert "sourcing reindex" in (error.value.hint or "")
    assert reindex(home.catalog, vectors, other).embedded == 2
    assert agreement(home.catalog, vectors)["ok"]
    vectors.close()


def test_lost_vectors_are_made_again(home: Home) -> None:
    home.store("a", "one", "two", "three")
    home.index()
    lost = home.catalog.indexed_ids()[:2]
    home.vectors.delete(lost)
    assert agreement(home.catalog, home.vectors)["missing"] == 2
    assert home.index() == (2, 0, 2)
    assert agreement(home.catalog, home.vectors)["ok"]


def test_vectors_that_nobody_knows_are_reported_and_removed(home: Home) -> None:
    home.store("a", "one")
    home.index()
    home.vectors.upsert(["stray"], home.encoder.encode(["stray"]), [{"kind": "guide"}])
    assert agreement(home.catalog, home.vectors)["orphaned"] == 1
    home.index()
    assert home.vectors.ids() == home.catalog.indexed_ids()


def test_stale_full_text_is_made_again(home: Home) -> None:
    home.store("a", "one")
    home.catalog.set_setting("analyser", "0")
    assert not agreement(home.catalog, home.vectors)["fulltext"]
    home.index()
    assert agreement(home.catalog, home.vectors)["ok"]


def test_vectors_written_by_another_process_are_seen(home: Home) -> None:
    home.store("a", "one")
    home.index()
    assert len(home.vectors.query(home.encoder.encode(["x"])[0], 9)) == 1
    code = (
        "import sys; sys.path.insert(0, 'tests/unit')\n"
        "from pathlib import Path\nfrom test_index import Home\n"
        f"h = Home(Path({str(home.folder)!r})); h.store('b', 'two', 'three'); h.index()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    home.vectors.refresh(home.catalog.vectors_version())
    assert len(home.vectors.query(home.encoder.encode(["x"])[0], 9)) == 3


def test_unreachable_server_says_what_to_do() -> None:
    vectors = Vectors("http://127.0.0.1:9", "m", 3)
    with pytest.raises(VectorStoreError, match=r"127\.0\.0\.1:9") as error:
        vectors.count()
    assert "SOURCING_CHROMA_URL" in (error.value.hint or "")


def test_wrong_shape_is_refused(home: Home) -> None:
    with pytest.raises(VectorStoreError, match="shape"):
        home.vectors.upsert(["a"], np.zeros((1, 3), dtype=np.float32), [{}])

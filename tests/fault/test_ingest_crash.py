"""Kill processes that ingest, one or two at once, at random points: the next run completes, nothing lost or doubled.

A nursery process imports everything once and forks the loaders, so that a hundred of them start in no time; each is a
process of its own that reads files, stores them and makes vectors until it is killed.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion.pipeline import Pipeline
from retrieval.catalog import Catalog
from retrieval.index import agreement

ROOT = Path(__file__).parents[2]
SHARED_WITH = ROOT / "tests" / "unit" / "test_index.py"
LOADERS, KILLED, MOST_ROUNDS = 2, 100, 250
DOCUMENTS, PARAGRAPHS = 6, 12
Ask = Callable[..., list[str]]

NURSERY = f"""
import importlib.util, json, os, resource, signal, sys, time
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})
spec = importlib.util.spec_from_file_location("index_stores", {str(SHARED_WITH)!r})
stores = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stores)
import chromadb
from ingestion.pipeline import Pipeline
import ingestion.texts, retrieval.vectors

class Slow(stores.Hashed):
    def encode(self, texts):
        time.sleep(0.01)
        return super().encode(texts)

def load(home, folder, limit):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    home = stores.Home(Path(home), Slow())
    Pipeline(home.catalog).ingest([Path(folder)])
    home.index()
    home.close()

print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    children = []
    for delay in order["delays"]:
        pid = os.fork()
        if pid == 0:
            try:
                load(order["home"], order["folder"], order.get("limit"))
            except BaseException as error:
                os._exit(7)
            os._exit(0)
        children.append((delay, pid))
    started, ends = time.monotonic(), []
    for delay, pid in sorted(children, key=lambda child: (child[0] is None, child[0])):
        if delay is not None:
            time.sleep(max(0.0, started + delay - time.monotonic()))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        ends.append("killed" if os.WIFSIGNALED(status) else str(os.WEXITSTATUS(status)))
    print(json.dumps(ends), flush=True)
"""


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Give the nursery an order: a loader for each delay, killed after so many seconds (None: let it finish)."""
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    stdin, stdout = process.stdin, process.stdout
    assert stdout.readline() == "ready\n"

    def order(**values: Any) -> list[str]:
        stdin.write(json.dumps(values, default=str) + "\n")
        stdin.flush()
        ends: list[str] = json.loads(stdout.readline())
        return ends

    yield order
    stdin.close()
    process.wait(timeout=30)
    stdout.close()


def text_of(key: int, version: int) -> list[str]:
    """Paragraphs of a document in a version: each version drops some, keeps most, and adds some."""
    return [
        f"Document {key} keeps rule {n} for the records of the entry." for n in range(version, version + PARAGRAPHS)
    ]


def write(folder: Path, version: int) -> None:
    """The files of a version; a document comes and goes with every third one."""
    folder.mkdir(exist_ok=True)
    for key in range(DOCUMENTS):
        body = "\n\n".join(f"## Rule {n}\n\n{text}" for n, text in enumerate(text_of(key, version), start=version))
        (folder / f"{key}.md").write_text(f"# Document {key}\n\n{body}\n", encoding="utf-8")


def version_of(catalog: Catalog, document_id: str, key: int) -> int:
    """The version that a document is in; fails when it is a mixture, or not whole."""
    texts = [p.text for p in catalog.document_passages(document_id)]
    first = int(texts[0].split(" rule ")[1].split()[0])
    assert texts == text_of(key, first)
    return first


def check_whole(catalog: Catalog, newest: int) -> None:
    """Every stored document is whole and of a version that was written; full text covers every passage once."""
    for document in catalog.documents():
        assert 0 <= version_of(catalog, document.id, int(document.key[0])) <= newest
    assert catalog.fulltext_current()


def check_complete(home: Path, version: int, stores: Any) -> None:
    """After a run to the end, all documents are in the version and both stores hold exactly their passages."""
    opened = stores.Home(home)
    assert [version_of(opened.catalog, d.id, int(d.key[0])) for d in opened.catalog.documents()] == [
        version
    ] * DOCUMENTS
    found = agreement(opened.catalog, opened.vectors)
    assert found["ok"], found
    ids = sorted(p.id for d in opened.catalog.documents() for p in opened.catalog.document_passages(d.id))
    assert opened.vectors.ids() == ids and len(ids) == len(set(ids)) == DOCUMENTS * PARAGRAPHS
    opened.close()


@pytest.fixture(scope="module")
def stores() -> Any:
    import importlib.util

    spec = importlib.util.spec_from_file_location("index_stores", SHARED_WITH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["index_stores"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL are needed")
def test_a_hundred_loaders_killed_anywhere(tmp_path: Path, ask: Ask, stores: Any) -> None:
    chance = random.Random(20261122)
    home, folder = tmp_path / "home", tmp_path / "files"
    home.mkdir()
    write(folder, 0)
    started = time.monotonic()
    assert ask(home=tmp_path / "first", folder=folder, delays=[None]) == ["0"]
    whole = time.monotonic() - started  # what a loader takes here: kills are to fall anywhere inside it
    killed = unfinished = round_ = 0
    while killed < KILLED and round_ < MOST_ROUNDS:
        round_ += 1
        write(folder, round_)
        ends = ask(home=home, folder=folder, delays=[chance.uniform(0.0, 0.9 * whole) for _ in range(LOADERS)])
        killed += ends.count("killed")
        if not (home / "catalog.sqlite").exists():
            continue
        catalog = Catalog(f"sqlite:///{home / 'catalog.sqlite'}")
        check_whole(catalog, round_)
        unfinished += catalog.counts()["pending"] > 0 or len(catalog.documents()) < DOCUMENTS
        catalog.close()
        if round_ % 11 == 10:
            assert ask(home=home, folder=folder, delays=[None]) == ["0"]
            check_complete(home, round_, stores)
    assert ask(home=home, folder=folder, delays=[None, None]) == ["0", "0"], "two at once finish together"
    check_complete(home, round_, stores)
    assert killed >= KILLED, f"only {killed} were killed; the others were done before"
    assert unfinished, "no kill left anything undone"


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file size are needed")
def test_a_full_disk_loses_nothing(tmp_path: Path, ask: Ask, stores: Any) -> None:
    home, folder = tmp_path / "home", tmp_path / "files"
    home.mkdir()
    write(folder, 0)
    assert ask(home=home, folder=folder, delays=[None]) == ["0"]
    write(folder, 1)
    size = (home / "catalog.sqlite").stat().st_size
    for limit in (size // 2, size + 20_000, size + 60_000):
        assert ask(home=home, folder=folder, delays=[None], limit=limit) in (["7"], ["0"])
        catalog = Catalog(f"sqlite:///{home / 'catalog.sqlite'}")
        check_whole(catalog, 1)
        assert len(catalog.documents()) == DOCUMENTS
        catalog.close()
    assert ask(home=home, folder=folder, delays=[None]) == ["0"]
    check_complete(home, 1, stores)


def test_power_lost_between_the_stores(tmp_path: Path, stores: Any) -> None:
    """The vectors' folder is as it was before the last load: same count, other passages."""
    folder = tmp_path / "files"
    write(folder, 0)

    def load() -> tuple[int, int, int]:
        home = stores.Home(tmp_path)
        Pipeline(home.catalog).ingest([folder])
        done: tuple[int, int, int] = home.index()
        home.close()
        return done

    load()
    shutil.copytree(tmp_path / "chroma", tmp_path / "before")
    write(folder, 3)
    embedded, deleted, _ = load()
    assert embedded == deleted == DOCUMENTS * 3, "of an edited file only the changed passages are made anew"
    shutil.rmtree(tmp_path / "chroma")
    (tmp_path / "before").rename(tmp_path / "chroma")
    import chromadb

    chromadb.api.client.SharedSystemClient.clear_system_cache()
    assert load() == (DOCUMENTS * 3, 0, DOCUMENTS * 3)
    check_complete(tmp_path, 3, stores)

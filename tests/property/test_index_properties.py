"""In whatever order documents are stored, updated and indexed, the stores end with the same contents."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import fulltext
from retrieval.analysis import analyse, fold, identifiers
from retrieval.catalog import Catalog
from retrieval.embed import Vectors as Array
from retrieval.index import agreement, index_pending
from retrieval.query import understand
from retrieval.records import NewDocument, NewPassage, passage_ids
from retrieval.vectors import Vectors

TEXTS = ["origin", "bond", "bond", "fee", "arnés eléctrico", "8544.30.00.00", ""]
KEYS = ["a", "b", "c"]
versions = st.lists(st.sampled_from(TEXTS), max_size=5).map(tuple)
finals = st.fixed_dictionaries(dict.fromkeys(KEYS, versions))
steps = st.lists(
    st.one_of(st.just("index"), st.tuples(st.sampled_from(KEYS), versions), st.sampled_from(KEYS)), max_size=8
)


class Hashed:
    model_id, dimension = "hashed", 4

    def encode(self, texts: Sequence[str]) -> Array:
        rows = [np.frombuffer(hashlib.sha256(t.encode()).digest()[:16], dtype=np.uint32) for t in texts]
        found = np.array(rows, dtype=np.float64).reshape(len(texts), 4) + 1.0
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


class Stores:
    def __init__(self, folder: str) -> None:
        self.catalog = Catalog(f"sqlite:///{folder}/c.sqlite")
        self.vectors = Vectors(Path(folder) / "chroma", Hashed.model_id, Hashed.dimension)

    def store(self, key: str, texts: Sequence[str]) -> None:
        document = NewDocument("guide", key, f"Guide {key}", f"{key}.md", repr(texts), language="es")
        self.catalog.store(document, [NewPassage(t, page=n // 2) for n, t in enumerate(texts)])

    def index(self) -> None:
        index_pending(self.catalog, self.vectors, Hashed())

    def contents(self) -> dict[str, Any]:
        assert agreement(self.catalog, self.vectors)["ok"]
        passages = [p for d in self.catalog.documents() for p in self.catalog.document_passages(d.id)]
        with self.catalog.connect() as connection:
            words = fulltext.tokens_of(connection, [p.rowid for p in passages])
        return {
            "passages": [(p.document_id, p.ordinal, p.id, p.page, p.text, words[p.rowid]) for p in passages],
            "vectors": self.vectors.ids(),
        }

    def close(self) -> None:
        self.vectors.close()
        self.catalog.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(finals, steps, st.permutations(KEYS))
def test_any_road_to_the_same_documents_gives_the_same_stores(
    final: dict[str, Sequence[str]], road: list[Any], order: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as straight, tempfile.TemporaryDirectory() as winding:
        plain, other = Stores(straight), Stores(winding)
        for key in KEYS:
            plain.store(key, final[key])
        plain.index()
        for step in road:
            if step == "index":
                other.index()
            elif isinstance(step, tuple):
                other.store(*step)
            else:
                other.catalog.delete(f"guide:{step}")
        for key in order:
            other.store(key, final[key])
        other.index()
        assert other.contents() == plain.contents()
        assert len(plain.contents()["vectors"]) == sum(len(texts) for texts in final.values())
        plain.close()
        other.close()


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(0, 2)), max_size=20))
def test_passage_ids_are_distinct_and_repeatable(pieces: list[tuple[str, int]]) -> None:
    passages = [NewPassage(text, page=page) for text, page in pieces]
    ids = passage_ids("d", passages)
    assert len(set(ids)) == len(passages)
    assert ids == passage_ids("d", passages)
    assert not set(ids) & set(passage_ids("e", passages))


@settings(max_examples=300)
@given(st.text(max_size=200), st.sampled_from(["en", "es", None]))
def test_tokens_are_plain_whatever_the_text(text: str, language: str | None) -> None:
    tokens = analyse(text, language)
    assert all(token and not set(token) & set("\"'*:()^-+{}. ,") for token in (*tokens.words, *tokens.extras))
    assert analyse(text.swapcase(), language).words == analyse(fold(text), language).words or not text.isascii()


@given(st.from_regex(r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}\.[0-9]{2}", fullmatch=True).filter(lambda c: c[:2] != "00"))
def test_a_code_is_one_identifier_in_any_punctuation(code: str) -> None:
    digits = code.replace(".", "")
    spellings = [code, digits, f"{code[:10]}{code[11:]}", f"({code})", f"HTS {code}, from Mexico"]
    for spelling in spellings:
        assert digits in identifiers(spelling)
        assert {digits, digits[:8], digits[:6], digits[:4]} <= set(str(analyse(spelling, "en")).split())
        assert ((digits,),) in [term.phrases for term in understand(spelling).terms if term.exact]

"""Whatever the order of loading, the catalog ends the same; whatever the text, no word of it is lost."""

from __future__ import annotations

import json
import re
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.chunk import HARD, LIMIT, chunk_markdown, chunk_text, sentences
from ingestion.pipeline import Pipeline, expand, sample_corpus
from retrieval.catalog import Catalog

PICK = ("jarana-plasticos", "driftlake-molding", "tezontle-polimeros", "lantern-fir-additive", "us-importer-security")


@lru_cache(maxsize=1)
def some_files() -> tuple[Path, ...]:
    """Profiles, their certificates and line cards, and a guide in both languages: all kinds, kept few for speed."""
    files = [path for path, _ in expand([sample_corpus()])]
    chosen = [p for p in files if p.name.startswith(PICK)]
    return (*chosen, *(p for p in files if p.parent.name == "manufacturers" and p.suffix in (".yaml", ".csv")))


def state(catalog: Catalog) -> str:
    found: dict[str, Any] = {
        "documents": sorted((d.id, d.sha256, d.title, d.file, d.sample) for d in catalog.documents()),
        "passages": sorted((p.id, p.text) for d in catalog.documents() for p in catalog.document_passages(d.id)),
        "profiles": catalog.profiles(),
        "certificates": sorted(
            (r.document_id, r.manufacturer_id, r.state, json.dumps(r.meta, sort_keys=True))
            for r in catalog.certificates()
        ),
    }
    return json.dumps(found, sort_keys=True)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_order_of_files_does_not_matter(data: st.DataObject) -> None:
    order = data.draw(st.permutations(some_files()))
    cut = data.draw(st.integers(0, len(order)))
    with tempfile.TemporaryDirectory() as folder:
        one, two = (Catalog(f"sqlite:///{folder}/{name}.sqlite") for name in ("one", "two"))
        Pipeline(one, keep_states=True).ingest(some_files())
        for part in (order[:cut], order[cut:]):
            if part:
                Pipeline(two, keep_states=True).ingest(part)
        assert state(one) == state(two)
        one.close()
        two.close()


words = st.text(alphabet="abcdeñáéABC0123456789.,;:()§$%-", min_size=1, max_size=14)
lines = st.lists(words, min_size=1, max_size=40).map(" ".join)


@given(st.lists(st.tuples(st.sampled_from(["", "- ", "1. ", "(a) ", "  - "]), lines), min_size=1, max_size=25))
def test_markdown_chunks_keep_every_word_and_the_limit(parts: list[tuple[str, str]]) -> None:
    text = "\n\n".join(mark + line for mark, line in parts)
    chunks = chunk_markdown(text)
    have = " ".join(c.text for c in chunks).split()
    assert set(text.split()) <= set(have)
    assert len(have) >= len(text.split())
    assert all(len(c.text) <= LIMIT + HARD for c in chunks)
    short = [c for c in chunks if all(len(s) < 200 for s in sentences(c.text))]
    assert all(len(c.text) <= LIMIT + 400 for c in short)


@given(st.lists(lines, min_size=1, max_size=25))
def test_plain_text_chunks_keep_every_word(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    squeezed = re.sub(r"\s+", "", text)
    kept = re.sub(r"\s+", "", "".join(f"{c.paragraph or ''}{c.text}" for c in chunk_text(text)))
    assert all(word in kept for word in set(text.split()))
    assert len(kept) >= len(squeezed)


@given(st.text(max_size=400))
def test_sentences_together_are_the_text(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())

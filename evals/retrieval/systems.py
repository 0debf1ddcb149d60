"""What is compared: the search as shipped, each of its parts alone, and a plain LangChain ensemble, over one store.

LangChain's EnsembleRetriever and BM25Retriever live in packages that the assistant doesn't need; what they do is stated
here over langchain-core's own BaseRetriever: BM25 over words parted at blanks, the vector store's nearest, and the sum
of reciprocal ranks (c = 60, equal weights).
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from assistant.bootstrap import Services

DAY = dt.date(2026, 11, 22)
_SUPPLIERS = {"manufacturer", "certificate"}
_DEPTH = 30


@dataclass(frozen=True)
class Found:
    """A passage found: the name of its file, its text, and where it stands: title and heading."""

    file: str
    text: str
    place: str = ""


System = Callable[[str, str], list[Found]]
"""(question, language) -> the ten best, best first."""


def systems(services: Services) -> dict[str, System]:
    """Every system by its name."""
    words_alone = type(services.searcher)(services.catalog, None, None)
    dense = Nearest.model_validate({"services": services})
    ensemble = Ensemble(parts=[_words(services), dense])
    return {
        "search as shipped": lambda q, lang: _searched(services, services.searcher, q, lang),
        "full text alone": lambda q, lang: _searched(services, words_alone, q, lang),
        "vectors alone": lambda q, lang: _retrieved(dense, q),
        "LangChain ensemble": lambda q, lang: _retrieved(ensemble, q),
    }


def weak(services: Services, question: str, language: str) -> bool:
    """Whether the search as shipped says that it found nothing likely to answer."""
    return bool(services.searcher.search(question, as_of=DAY, kinds=_kinds(services), language=language).weak)


def _kinds(services: Services) -> list[str]:
    return sorted(set(services.catalog.status()["documents"]) - _SUPPLIERS)


def _searched(services: Services, searcher: Any, question: str, language: str) -> list[Found]:
    result = searcher.search(question, as_of=DAY, kinds=_kinds(services), language=language, limit=10)
    return [Found(hit.file, hit.text, f"{hit.title} {hit.paragraph or ''}") for hit in result.hits]


def _retrieved(retriever: BaseRetriever, question: str) -> list[Found]:
    return [Found(d.metadata["file"], d.page_content, d.metadata["place"]) for d in retriever.invoke(question)[:10]]


class Nearest(BaseRetriever):
    """The store's nearest vectors."""

    services: Any

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        vector = self.services.encoder.encode([query])[0]
        ids = [found for found, _ in self.services.vectors.query(vector, _DEPTH)]
        return _documents(self.services.catalog.passages_by_id(ids))


class Words(BaseRetriever):
    """BM25 (k1 1.5, b 0.75) over words parted at blanks, as BM25Retriever has it unless told otherwise."""

    services: Any
    ids: list[str]
    lengths: Any
    postings: Any

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        scores = np.zeros(len(self.ids))
        usual = self.lengths.mean()
        for word in query.split():
            held = self.postings.get(word, [])
            if not held:
                continue
            rarity = math.log(1 + (len(self.ids) - len(held) + 0.5) / (len(held) + 0.5))
            at, times = (np.array(side) for side in zip(*held, strict=True))
            scores[at] += rarity * times * 2.5 / (times + 1.5 * (0.25 + 0.75 * self.lengths[at] / usual))
        best = [int(i) for i in np.argsort(-scores, kind="stable")[:_DEPTH] if scores[i] > 0]
        return _documents(self.services.catalog.passages_by_id([self.ids[i] for i in best]))


def _words(services: Services) -> Words:
    postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    ids: list[str] = []
    lengths: list[int] = []
    for document in services.catalog.documents():
        for passage in services.catalog.document_passages(document.id):
            if passage.embed:
                words = passage.text.split()
                for word, times in Counter(words).items():
                    postings[word].append((len(ids), times))
                ids.append(passage.id)
                lengths.append(len(words))
    return Words.model_validate({"services": services, "ids": ids, "lengths": np.array(lengths), "postings": postings})


class Ensemble(BaseRetriever):
    """Sum of reciprocal ranks of its parts."""

    parts: list[BaseRetriever]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        score: dict[str, float] = defaultdict(float)
        held: dict[str, Document] = {}
        for part in self.parts:
            for place, document in enumerate(part.invoke(query), 1):
                held[document.metadata["id"]] = document
                score[document.metadata["id"]] += 1 / (60 + place)
        return [held[key] for key in sorted(score, key=lambda key: -score[key])]


def _documents(passages: Sequence[Any]) -> list[Document]:
    return [
        Document(
            p.text, metadata={"id": p.id, "file": p.document.file, "place": f"{p.document.title} {p.paragraph or ''}"}
        )
        for p in passages
    ]

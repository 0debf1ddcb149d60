"""The sources of a turn, numbered once for the model that writes [1] and for the answer that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.schema import Citation

_QUOTE = 1200


class Register:
    """Every passage and source of the turn's tool responses in order, each once. Numbers start at 1."""

    def __init__(self, responses: Sequence[Mapping[str, Any] | None]) -> None:
        self._entries: list[Citation] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._paths: dict[tuple[int, str], int] = {}
        for index, response in enumerate(responses):
            if response is not None:
                self._add(index, response)

    def _add(self, index: int, response: Mapping[str, Any]) -> None:
        for place, passage in enumerate(response.get("passages") or []):
            key = ("passage", passage.get("id") or passage.get("text"))
            self._enter(index, f"/passages/{place}", key, passage, passage.get("text"))
        for place, source in enumerate(response.get("sources") or []):
            self._enter(index, f"/sources/{place}", _key(source), source, None)
        for where, layer in enumerate(response.get("layers") or []):
            for place, source in enumerate(layer.get("sources") or []):
                self._enter(index, f"/layers/{where}/sources/{place}", _key(source), source, None)

    def _enter(self, index: int, path: str, key: tuple[Any, ...], source: Mapping[str, Any], quote: str | None) -> None:
        if key not in self._numbers:
            self._numbers[key] = len(self._entries) + 1
            self._entries.append(
                Citation(
                    id=str(len(self._entries) + 1),
                    title=source["title"],
                    document_id=source.get("document_id"),
                    page=source.get("page"),
                    quote=quote[:_QUOTE] if quote else None,
                    url=source.get("url"),
                    effective_from=source.get("effective_from"),
                    effective_to=source.get("effective_to"),
                )
            )
        self._paths[index, path] = self._numbers[key]

    def number(self, index: int, path: str) -> int | None:
        """Number of the source at `path` of the turn's response `index`, None when there is none."""
        return self._paths.get((index, path))

    @property
    def entries(self) -> list[Citation]:
        return list(self._entries)

    def listing(self) -> str:
        """One line a source, as the system prompt shows them to a real model."""
        rows = []
        for entry in self._entries:
            page = f", p. {entry.page}" if entry.page else ""
            rows.append(f"[{entry.id}] {entry.title}{page}")
        return "\n".join(rows)


def _key(source: Mapping[str, Any]) -> tuple[Any, ...]:
    return ("source", source.get("document_id"), source.get("page"), source.get("title"))

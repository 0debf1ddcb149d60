"""Writes what is shipped: `python -m retrieval.training.export --student DIR --vocabulary DIR --out DIR`.

The student's weights become 8-bit integers with one scale a row of the word table and a column of each matrix; the
graph multiplies them out, once when it is loaded for the matrices and row by row for the words. `reference.json` keeps
the unquantised student's vectors of a few texts, which a test compares. Prints the checksums that
retrieval/embed_spanish.py is to name.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from retrieval.embed import encode_tokens, packaged_model, session, tokenizer
from retrieval.embed_spanish import MOST_TOKENS
from retrieval.onnx_export import Graph

TEXTS = [
    "¿Cuánto arancel paga un arnés eléctrico de Vietnam?",
    "regla de origen",
    "El importador conserva los registros de cada despacho durante cinco años contados desde la fecha de entrada.",
    "¿Quién certifica una planta de moldeo por inyección para dispositivos médicos en Jalisco?",
    "ANEXO 22, fracción 8544.30.02: juegos de cables para vehículos",
    "ñandú",
]
_KEPT = 16


class Quantised(Graph):
    """The graph with 8-bit weights."""

    def words(self) -> str:
        table = self.weights["embeddings.word_embeddings.weight"]
        rounded, scale = _rounded(table, axis=1)
        rows = self.op("Gather", self.constant(rounded, "words"), "input_ids")
        scales = self.op("Gather", self.constant(scale, "words.scale"), "input_ids")
        return self.op("Mul", self.op("Cast", rows, to=1), scales)

    def kernel(self, name: str) -> str:
        rounded, scale = _rounded(self.weights[f"{name}.weight"].T, axis=0)
        whole = self.op("Cast", self.constant(rounded, f"{name}.kernel"), to=1)
        return self.op("Mul", whole, self.constant(scale, f"{name}.scale"))


def _rounded(values: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-12) / 127
    return np.round(values / scale).astype(np.int8), scale.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("student", "vocabulary", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    state = torch.load(given.student / "student.pt")
    weights = {name: tensor.float().numpy() for name, tensor in state.items() if tensor.is_floating_point()}
    weights["embeddings.position_embeddings.weight"] = weights["embeddings.position_embeddings.weight"][:MOST_TOKENS]
    config = json.loads((packaged_model() / "config.json").read_text(encoding="utf-8"))
    graph = Quantised(config, weights).encoder()
    words = (given.vocabulary / "tokenizer.json").read_bytes()
    cut = tokenizer(words, MOST_TOKENS)
    whole = encode_tokens(session(Graph(config, weights).encoder(), 1), cut, TEXTS, 384)
    small = encode_tokens(session(graph, 1), cut, TEXTS, 384)
    given.out.mkdir(parents=True, exist_ok=True)
    reference = {"texts": TEXTS, "dimension": 384, "vectors": whole[:, :_KEPT].round(6).tolist()}
    (given.out / "reference.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, content in (("encoder.onnx", graph), ("tokenizer.json", words)):
        (given.out / name).write_bytes(content)
        print(name, hashlib.sha256(content).hexdigest(), f"{len(content) / 1e6:.1f} MB")
    print("least cosine to the unquantised:", float((whole * small).sum(axis=1).min()))


if __name__ == "__main__":
    main()

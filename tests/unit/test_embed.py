"""The encoder: published weights only, the same vectors as the reference, exported once, no torch."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval import embed
from retrieval.embed import OnnxEncoder, load_encoder
from retrieval.errors import EncoderError

ROOT = Path(__file__).parents[2]
TEXTS = [
    "What must a USMCA certification of origin contain?",
    "¿Qué debe contener una certificación de origen del T-MEC?",
    "8544.30.00.00 5% + 2¢/kg",
    "",
    "ñandú 😀 中文",
    "one long text " * 200,
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


def test_vectors_have_length_one_and_the_promised_shape(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 384) == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_has_one_vector_in_whatever_company(encoder: OnnxEncoder) -> None:
    together = encoder.encode(TEXTS)
    for text, row in zip(TEXTS, together, strict=True):
        assert np.abs(encoder.encode([text])[0] - row).max() < 1e-5


def test_nearness_follows_meaning(encoder: OnnxEncoder) -> None:
    query, near, far = encoder.encode(
        ["How long must records be kept?", "Importers retain documents for five years.", "The moulder has ten presses."]
    )
    assert query @ near > query @ far + 0.2


def test_half_a_character_is_no_failure(encoder: OnnxEncoder) -> None:
    assert np.isfinite(encoder.encode(["broken \ud800 text"])).all()


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    spec = importlib.util.find_spec(embed.PACKAGE)
    assert spec is not None and spec.origin is not None
    weights = (Path(spec.origin).parent / "model" / "model.safetensors").read_bytes()
    altered = tmp_path / "model.safetensors"
    altered.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    with pytest.raises(EncoderError, match="not the published model") as error:
        embed.verify_weights(altered)
    assert "reinstall" in (error.value.hint or "")
    with pytest.raises(EncoderError, match="can't be read"):
        embed.verify_weights(tmp_path / "absent")


def test_absent_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "PACKAGE", "no_such_model_package")
    with pytest.raises(EncoderError, match="not installed") as error:
        load_encoder()
    assert "SOURCING_EMBEDDING_MODEL" in (error.value.hint or "")


def test_graph_is_kept_and_made_again_when_damaged(tmp_path: Path) -> None:
    path = embed.export(tmp_path)
    assert path.is_relative_to(tmp_path)
    made = path.read_bytes()
    path.write_bytes(made[: len(made) // 2])
    vectors = OnnxEncoder(tmp_path).encode(TEXTS[:1])
    assert vectors.shape == (1, 384)
    assert path.read_bytes() == made
    assert {p.name for p in path.parent.iterdir()} == {path.name, f"{path.name}.sha256"}, "no temporary file is left"


def test_wrong_graph_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval import onnx_export

    read = onnx_export.read_safetensors

    def shuffled(path: Path) -> dict[str, np.ndarray]:
        weights = read(path)
        weights["encoder.layer.3.output.dense.bias"] = weights["encoder.layer.3.output.dense.bias"][::-1]
        return weights

    monkeypatch.setattr(onnx_export, "read_safetensors", shuffled)
    with pytest.raises(EncoderError, match="differ from the reference"):
        embed.export(tmp_path)
    assert not list(tmp_path.rglob("*.onnx"))


def test_no_writable_cache_says_what_to_do(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(EncoderError, match="no folder") as error:
        embed.export(blocked)
    assert "SOURCING_CACHE" in (error.value.hint or "")


def test_a_query_needs_neither_torch_nor_onnx() -> None:
    OnnxEncoder()  # exported by now
    code = (
        "import sys\nfrom retrieval.embed import load_encoder\nload_encoder().encode(['x'])\n"
        "print([m for m in ('torch', 'onnx', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_sentence_transformers_gives_the_same_vectors_and_refuses_what_is_no_model(
    encoder: OnnxEncoder, tmp_path: Path
) -> None:
    code = (
        "import sys, json, warnings\nwarnings.simplefilter('ignore')\n"
        "from retrieval.embed import load_encoder\nfrom retrieval.errors import EncoderError\n"
        "e = load_encoder('english', runtime='torch')\n"
        "try: load_encoder(sys.argv[2])\nexcept EncoderError as error: refused = [error.message, error.hint]\n"
        "print(json.dumps([e.model_id, e.dimension, e.encode(json.loads(sys.argv[1])).tolist(), refused]))"
    )  # in a process of its own: importing torch takes seconds, and it warns as it likes
    command = [sys.executable, "-c", code, json.dumps(TEXTS), str(tmp_path / "nothing")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    model_id, dimension, vectors, (message, hint) = json.loads(done.stdout)
    assert (model_id, dimension) == (encoder.model_id, encoder.dimension)
    assert np.abs(np.array(vectors, dtype=np.float32) - encoder.encode(TEXTS)).max() < 1e-5
    assert "can't be loaded" in message and "SOURCING_EMBEDDING_MODEL" in hint

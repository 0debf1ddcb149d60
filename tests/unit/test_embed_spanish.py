"""The Spanish half of the default encoder: its own vectors, its place beside the English model, its failures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval import embed_spanish
from retrieval.embed import OnnxEncoder, encode_spoken, load_encoder, speaks_spanish
from retrieval.embed_spanish import FOLDER, SHA256, BilingualEncoder, SpanishEncoder
from retrieval.errors import EncoderError

PAIRS = [
    ("Who signs the certificate of origin?", "¿Quién firma el certificado de origen?"),
    ("The river floods the valley every spring.", "El río inunda el valle cada primavera."),
    ("How long must the importer keep records?", "¿Cuánto tiempo debe conservar los registros el importador?"),
    ("steel screws and bolts", "tornillos y pernos de acero"),
    ("The king died in the battle.", "El rey murió en la batalla."),
    ("Which goods are exempt from marking?", "¿Qué mercancías están exentas de marcado?"),
    ("frozen shrimp from Ecuador", "camarones congelados de Ecuador"),
    ("The teacher explains the lesson to the children.", "La maestra explica la lección a los niños."),
]


@pytest.fixture(scope="module")
def spanish() -> SpanishEncoder:
    return SpanishEncoder()


@pytest.fixture(scope="module")
def both() -> BilingualEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, BilingualEncoder)
    return encoder


def test_vectors_are_those_of_the_unquantised_student(spanish: SpanishEncoder) -> None:
    """8-bit weights cost less than two hundredths in any kept component, and keep the direction."""
    reference = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))
    wanted = np.array(reference["vectors"], dtype=np.float32)
    made = spanish.encode(reference["texts"])
    assert made.shape == (len(reference["texts"]), reference["dimension"])
    assert np.abs(np.linalg.norm(made, axis=1) - 1).max() < 1e-5
    assert np.abs(made[:, : wanted.shape[1]] - wanted).max() < 0.02


def test_a_text_has_one_vector_in_whatever_company(both: BilingualEncoder) -> None:
    texts = [text for pair in PAIRS for text in pair]
    together = both.encode(texts)
    for text, row in zip(texts, together, strict=True):
        assert np.abs(both.encode([text])[0] - row).max() < 1e-4


def test_english_is_what_it_was(both: BilingualEncoder) -> None:
    english = [pair[0] for pair in PAIRS]
    assert np.abs(both.encode(english) - OnnxEncoder().encode(english)).max() < 1e-6


def test_a_sentence_lies_nearest_to_its_translation(both: BilingualEncoder) -> None:
    english, spanish = (both.encode([pair[side] for pair in PAIRS]) for side in (0, 1))
    near = english @ spanish.T
    assert list(near.argmax(axis=1)) == list(near.argmax(axis=0)) == list(range(len(PAIRS)))
    assert near.diagonal().mean() > 0.7


def test_the_language_given_decides(both: BilingualEncoder, spanish: SpanishEncoder) -> None:
    """ "actual" is a word of both languages and says something else in each."""
    as_english, as_spanish = encode_spoken(both, ["actual", "actual"], ["en", "es"])
    assert np.abs(as_spanish - spanish.encode(["actual"])[0]).max() < 1e-6
    assert float(as_english @ as_spanish) < 0.9


def test_accents_and_capitals_change_nothing(spanish: SpanishEncoder) -> None:
    first, second = spanish.encode(["¿Cuándo venció la fianza?", "¿CUANDO VENCIO LA FIANZA?"])
    assert float(first @ second) > 0.999


def test_who_speaks_spanish(both: BilingualEncoder) -> None:
    assert speaks_spanish(both)
    assert not speaks_spanish(load_encoder("english"))
    assert load_encoder("english").model_id in both.model_id != load_encoder("english").model_id


def test_empty_and_broken_text(both: BilingualEncoder) -> None:
    assert both.encode([]).shape == (0, 384)
    assert np.isfinite(both.encode(["", "¿\ud800?", "ñ" * 5_000])).all()


@pytest.mark.parametrize("name", SHA256)
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    for file in SHA256:
        shutil.copy(FOLDER / file, tmp_path / file)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EncoderError, match=name) as refused:
        SpanishEncoder(folder=tmp_path)
    assert "SOURCING_EMBEDDING_MODEL=english" in str(refused.value.hint)


def test_a_missing_file_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed_spanish.SpanishEncoder.__init__, "__defaults__", (2, tmp_path))
    with pytest.raises(EncoderError, match="can't be read") as refused:
        load_encoder()
    assert "sourcing reindex" in str(refused.value.hint)
    assert load_encoder("english").encode(["still there"]).shape == (1, 384)


def test_a_spanish_query_imports_no_torch() -> None:
    program = (
        "import sys\nfrom retrieval.embed import load_encoder\nload_encoder().encode(['¿dónde está?', 'where'])\n"
        "print([m for m in ('torch', 'onnx', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_what_is_shipped_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 30_000_000

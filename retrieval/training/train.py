"""Teaches the student: `python -m retrieval.training.train --pairs F --vocabulary DIR --minutes N --out DIR`.

`--resume retrieval/data/spanish` instead of a vocabulary goes on from the encoder that is shipped.

The student is the English model with the Spanish vocabulary. It sees the Spanish side of a pair, the frozen teacher
the English side; what is lowered is the angle between both vectors, and the difference between how either ranks a
bank of other sentences. The learning rate falls to nothing as the minutes run out, so that any machine ends well.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from retrieval.embed import packaged_model
from retrieval.training.vocabulary import read_pairs

SEED = 20261122
MOST_TOKENS = 48
MOST_LETTERS = 150
"""Longer Spanish sides are left out: a sentence teaches as much as a paragraph, in a fraction of the time."""
TOKENS_A_BATCH = 2_560
BANK = 8_192
TEMPERATURE = 0.05
RATES = {"words": 1.5e-3, "layers": 2.5e-4}
TIMES = {"wikipedia": 3, "question": 2, "nomenclature": 2, "catalogs": 1, "skies": 2, "news": 3, "sayings": 1}
"""How often a source is seen in one pass, where not once."""
QUESTIONS = 0.3
"""Share of statements asked as questions by putting a question word before them."""
FRAMES = [tuple(line.split("|")) for line in """
¿Qué |what
¿Qué es |what is
¿Cuál es |what is
¿Cuál era |what was
¿Cuáles son |what are
¿Quién |who
¿Quién fue |who was
¿Quiénes |who
¿Cuándo |when
¿Cuándo fue |when was
¿En qué año |in what year
¿Dónde |where
¿Dónde está |where is
¿Cómo |how
¿Cómo se llama |what is the name of
¿Por qué |why
¿Para qué |what for
¿Cuánto |how much
¿Cuántos |how many
¿Cuántas |how many
¿Qué tipo de |what kind of
¿De qué |of what
¿A qué |to what
¿Con qué |with what
¿En qué |in what
¿Según quién |according to whom
¿Qué significa |what does it mean
¿Desde cuándo |since when
¿Hasta cuándo |until when
¿Cada cuánto |how often
¿Es cierto que |is it true that
¿Necesito |do I need
¿Puedo |can I
¿Tengo que |do I have to
""".strip().splitlines()]  # fmt: skip


class Encoder(nn.Module):  # type: ignore[misc]
    """A BERT encoder, mean pooling, unit length."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).float()
        return nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)


def student(vocabulary: Path) -> tuple[Encoder, Tokenizer]:
    model = packaged_model()
    bert = BertModel.from_pretrained(str(model), add_pooling_layer=False, attn_implementation="eager")
    table = torch.from_numpy(np.load(vocabulary / "embeddings.npy"))
    bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(table, freeze=False)
    bert.config.vocab_size = len(table)
    return Encoder(bert), Tokenizer.from_file(str(vocabulary / "tokenizer.json"))


def teacher() -> tuple[Encoder, Tokenizer]:
    model = packaged_model()
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Encoder(
        BertModel.from_pretrained(str(model), add_pooling_layer=False, attn_implementation="eager")
    ).eval(), tokenizer


def batches(
    pairs: list[tuple[str, str, str]], tokenizer: Tokenizer, draw: random.Random
) -> Iterator[list[tuple[str, str]]]:
    """Without end: pairs of like length together, one pass after the other."""
    short = [pair for pair in pairs if len(pair[1]) <= MOST_LETTERS]
    while True:
        shown = [(es, en) for name, es, en in short for _ in range(TIMES.get(name, 1))]
        draw.shuffle(shown)
        for start in range(0, len(shown), 8_192):
            part = [_asked(pair, draw) for pair in shown[start : start + 8_192]]
            length = {
                es: len(e.ids) for (es, _), e in zip(part, tokenizer.encode_batch([es for es, _ in part]), strict=True)
            }
            cut: list[list[tuple[str, str]]] = [[]]
            for pair in sorted(part, key=lambda pair: length[pair[0]]):
                if (len(cut[-1]) + 1) * length[pair[0]] > TOKENS_A_BATCH:
                    cut.append([])
                cut[-1].append(pair)
            draw.shuffle(cut)
            yield from cut


def _asked(pair: tuple[str, str], draw: random.Random) -> tuple[str, str]:
    es, en = pair
    if es.endswith("?") or draw.random() > QUESTIONS or len(en) > 160:
        return (f"¿{es}" if es.endswith("?") and not es.startswith("¿") and draw.random() < 0.7 else es), en
    ours, theirs = draw.choice(FRAMES)
    return f"{ours}{es[0].lower()}{es[1:].rstrip('.')}?", f"{theirs} {en[0].lower()}{en[1:].rstrip('.')}?"


def encode(model: Encoder, tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    tokens = [_cut(e.ids) for e in tokenizer.encode_batch(texts)]
    width = max(len(t) for t in tokens)
    ids = torch.tensor([t + [0] * (width - len(t)) for t in tokens])
    mask = torch.tensor([[1] * len(t) + [0] * (width - len(t)) for t in tokens])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found: Tensor = model(ids, mask)
    return found


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MOST_TOKENS else [*ids[: MOST_TOKENS - 1], ids[-1]]


def loss_of(said: Tensor, meant: Tensor, bank: Tensor) -> tuple[Tensor, Tensor]:
    """(angle, ranking): 1 - cosine, and how far the student's ranking of the bank is from the teacher's."""
    angle = (1 - (said * meant).sum(1)).mean()
    others = torch.cat([meant, bank])
    wanted = (meant @ others.T / TEMPERATURE).log_softmax(1)
    got = (said @ others.T / TEMPERATURE).log_softmax(1)
    return angle, nn.functional.kl_div(got, wanted, log_target=True, reduction="batchmean")


def shipped(folder: Path) -> tuple[Encoder, Tokenizer]:
    """The student as it was exported to `folder` (retrieval.training.export), its 8-bit weights multiplied out."""
    import onnx

    held = {i.name: onnx.numpy_helper.to_array(i) for i in onnx.load(folder / "encoder.onnx").graph.initializer}
    bert = BertModel.from_pretrained(str(packaged_model()), add_pooling_layer=False, attn_implementation="eager")
    whole = held["words"] * held["words.scale"]
    bert.embeddings.word_embeddings = nn.Embedding(*whole.shape)
    bert.config.vocab_size = len(whole)
    weights = {"embeddings.word_embeddings.weight": whole}
    for name, values in held.items():
        if name.endswith(".kernel"):
            layer = name.removesuffix(".kernel")
            weights[f"{layer}.weight"] = (values * held[f"{layer}.scale"]).T
        else:
            weights[name] = values
    state = bert.state_dict()
    for name, tensor in state.items():
        if name in weights:
            tensor[: len(weights[name])] = torch.from_numpy(weights[name].copy())  # positions are cut when exported
    state["embeddings.token_type_embeddings.weight"][0] = torch.from_numpy(held["segment"].copy())
    bert.load_state_dict(state)
    return Encoder(bert), Tokenizer.from_file(str(folder / "tokenizer.json"))


def train(
    pairs: Path, vocabulary: Path | None, minutes: float, out: Path, resume: Path | None = None, rate: float = 1.0
) -> None:
    """Either from a vocabulary's first vectors or from the encoder in `resume`; `rate` times the peaks of RATES."""
    torch.manual_seed(SEED)
    draw = random.Random(SEED)
    if (vocabulary is None) == (resume is None):
        raise ValueError("give a vocabulary to begin with, or an encoder to resume, not both")
    model, tokenizer = student(vocabulary) if vocabulary else shipped(resume)  # type: ignore[arg-type]
    frozen, english = teacher()
    tables = [p for n, p in model.named_parameters() if "word_embeddings" in n]
    layers = [p for n, p in model.named_parameters() if "word_embeddings" not in n]
    optimizer = torch.optim.AdamW(
        [{"params": tables, "peak": RATES["words"]}, {"params": layers, "peak": RATES["layers"]}],
        lr=0.0, weight_decay=0.0, betas=(0.9, 0.98), fused=True,
    )  # fmt: skip
    model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    bank = torch.zeros(0, 384)
    started = saved = time.monotonic()
    steps, seen, sums = 0, 0, [0.0, 0.0]
    for batch in batches(read_pairs(pairs), tokenizer, draw):
        done = (time.monotonic() - started) / (60 * minutes)
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate * group["peak"] * min(1.0, (steps + 1) / 100) * (1 - done)
        with torch.no_grad():
            meant = encode(frozen, english, [en for _, en in batch])
        said = encode(model, tokenizer, [es for es, _ in batch])
        angle, ranking = loss_of(said, meant, bank)
        optimizer.zero_grad()
        (angle * 5 + ranking * 0.5).backward()
        nn.utils.clip_grad_norm_(layers, 1.0)
        optimizer.step()
        bank = torch.cat([meant, bank])[:BANK]
        steps, seen = steps + 1, seen + len(batch)
        sums = [sums[0] + angle.item(), sums[1] + ranking.item()]
        if steps % 50 == 0:
            passed = time.monotonic() - started
            told = {"steps": steps, "pairs": seen, "minutes": round(passed / 60, 1), "a_second": round(seen / passed)}
            told["cpu"] = round(time.process_time() / 60, 1)
            print(json.dumps({**told, "angle": round(sums[0] / 50, 4), "ranking": round(sums[1] / 50, 4)}), flush=True)
            sums = [0.0, 0.0]
        if time.monotonic() - saved > 180:
            save(model, out)
            saved = time.monotonic()
    save(model, out)


def save(model: Encoder, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.save(model.bert.state_dict(), out / "student.pt.new")
    (out / "student.pt.new").replace(out / "student.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pairs", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--vocabulary", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="folder of an exported encoder")
    parser.add_argument("--rate", type=float, default=1.0, help="times the usual learning rates")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    train(given.pairs, given.vocabulary, given.minutes, given.out, given.resume, given.rate)


if __name__ == "__main__":
    main()

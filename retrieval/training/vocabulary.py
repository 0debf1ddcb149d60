"""The student's words and their first vectors.

`python -m retrieval.training.vocabulary --pairs FILE --frequencies FILE --english FILE --out DIR`

The English model's word pieces are kept, since names are the same in Spanish; Spanish words are added whole, each
starting as the mean of the pieces of its English translation. A word that both languages spell alike starts as the
Spanish one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.embed import packaged_model
from retrieval.onnx_export import read_safetensors
from retrieval.training.pairs import translate, words

SPANISH_WORDS = 18_000
_PRONOUNS = {"it", "he", "she", "they", "i", "we", "you", "to", "the", "a", "an", "of", "that"}
_TABLE = "embeddings.word_embeddings.weight"


def frequent(frequencies: Path, pairs: Path) -> list[tuple[str, str]]:
    """The commonest Spanish words, of general Spanish (wordfreq) and of the training pairs: (accents stripped, as
    they are mostly spelt)."""
    count: Counter[str] = Counter()
    for name, es, _ in read_pairs(pairs):
        if name not in ("wordnet", "gcide", "foldoc"):
            count.update(re.findall(r"[^\W\d_]+", es.lower()))
    total = sum(count.values())
    spelt = {w: n / total for w, n in count.items()}
    for word, share in _shares(frequencies).items():
        spelt[word] = spelt.get(word, 0.0) + 2 * share
    score: dict[str, float] = {}
    usual: dict[str, str] = {}
    for word, share in sorted(spelt.items(), key=lambda found: -found[1]):
        plain = "".join(words(word))
        if re.fullmatch("[a-z]{2,}", plain):
            usual.setdefault(plain, word)
            score[plain] = score.get(plain, 0.0) + share
    return [(word, usual[word]) for word in sorted(score, key=lambda word: -score[word])]


def _shares(path: Path) -> dict[str, float]:
    import ormsgpack

    _, *bins = ormsgpack.unpackb(gzip.decompress(path.read_bytes()))
    return {word: 10 ** (-step / 100) for step, held in enumerate(bins) for word in held}


def read_pairs(path: Path) -> list[tuple[str, str, str]]:
    """(source, Spanish, English) of each line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(f[0], f[1], f[2]) for f in (line.split("\t") for line in lines) if len(f) == 3]


def build(frequencies: Path, english: Path, pairs: Path) -> tuple[dict[str, object], npt.NDArray[np.float32]]:
    """The tokenizer, as the content of tokenizer.json, and the embedding table in its order."""
    from tokenizers import Tokenizer

    model = packaged_model()
    teacher = Tokenizer.from_file(str(model / "tokenizer.json"))
    teacher.no_padding()
    tokenizer = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))
    table = read_safetensors(model / "model.safetensors")[_TABLE]
    pieces: dict[str, int] = tokenizer["model"]["vocab"]
    kept = [
        p
        for p in pieces
        if re.fullmatch(r"\[(?:PAD|UNK|CLS|SEP|MASK)\]|(?:##)?[\x21-\x7e°±²³µ½¼¾×€£§–—‘’“”…ªº¿¡«»]+", p)
    ]
    kept.sort(key=lambda p: pieces[p])
    spanish = frequent(frequencies, pairs)[:SPANISH_WORDS]
    theirs = _shares(english)
    ours = _shares(frequencies)
    rows = {p: table[pieces[p]] for p in kept if not p.startswith("[") or p in _SPECIAL}
    for (word, usual), said in zip(spanish, translate([s for _, s in spanish], "spa-eng"), strict=True):
        same = said.lower() == usual
        if word in pieces and (same or theirs.get(word, 0) > 20 * ours.get(usual, 0)):
            continue  # a name, a number, a word of both
        ids = [i for w in words(said) if w not in _PRONOUNS or " " not in said for i in _ids(teacher, w)]
        rows[word] = table[ids or _ids(teacher, word)].mean(axis=0)
    tokenizer["model"]["vocab"] = {piece: at for at, piece in enumerate(rows)}
    for token in tokenizer["added_tokens"]:
        token["id"] = tokenizer["model"]["vocab"][token["content"]]
    for name, token in tokenizer["post_processor"]["special_tokens"].items():
        token["ids"] = [tokenizer["model"]["vocab"][name]]
    tokenizer["padding"] = tokenizer["truncation"] = None
    tokenizer["normalizer"]["strip_accents"] = True
    return tokenizer, np.stack(list(rows.values()))


_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[", "]")


def _ids(tokenizer: object, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pairs", "frequencies", "english", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    tokenizer, table = build(given.frequencies, given.english, given.pairs)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    np.save(given.out / "embeddings.npy", table)
    print(table.shape)


if __name__ == "__main__":
    main()

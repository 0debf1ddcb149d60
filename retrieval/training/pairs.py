"""Makes the training pairs: `python -m retrieval.training.pairs --packages DIR --official DIR --out FILE.tsv`.

English text is put into Spanish, and Spanish text into English, by apertium; human translations are taken as they
are. Whatever shares eight words in a row with the evaluation questions or paragraphs is dropped: they stay unseen.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from retrieval.training import sources
from retrieval.training.sources import Pair

SEED = 20261122
MOST = {"handbook": 40_000, "gcide": 70_000, "foldoc": 20_000}
"""Sources whose language is narrow or old are sampled."""
_SHARED = 8
Item = TypeVar("Item")
_ASKED = ("what", "who", "when", "where", "how", "why", "which", "in what year", "how many", "what kind of", "how much")
_AUXILIARY = re.compile(r"^(.{3,60}?) (is|are|was|were|has been|had|can|could|will|would|must|may) (.{8,120}?)[.;]?$")


def build(packages: Path, official: Path) -> Iterator[tuple[str, Pair]]:
    """Every pair kept, as (source, (Spanish, English)), shuffled."""
    draw = random.Random(SEED)
    seen = _evaluated(official)
    human = _sampled(sources.pairs(packages, official), draw)
    english = _sampled(sources.english(packages, official), draw)
    english += [("question", q) for q in questions([t for name, t in english if name != "law"], draw)]
    spanish = _sampled(sources.spanish(packages, official), draw)
    made = [(n, (es, en)) for (n, en), es in zip(english, translate([t for _, t in english], "eng-spa"), strict=True)]
    back = [(n, (es, en)) for (n, es), en in zip(spanish, translate([t for _, t in spanish], "spa-eng"), strict=True)]
    kept = {pair: name for name, pair in [*human, *made, *back] if _fits(*pair) and not _overlaps(pair, seen)}
    shuffled = [(name, pair) for pair, name in kept.items()]
    draw.shuffle(shuffled)
    yield from shuffled


def questions(statements: Iterable[str], draw: random.Random) -> Iterator[str]:
    """Statements turned to questions: their verb moved before its subject, after a question word."""
    for text in statements:
        found = _AUXILIARY.match(text)
        if found and draw.random() < 0.5:
            subject, verb, rest = found.groups()
            first, *more = verb.split()
            verb_after = " ".join([*more, rest])
            if draw.random() < 0.4:
                yield f"{draw.choice(('What', 'Who', 'Which'))} {verb} {rest}?"
            else:
                yield f"{draw.choice(_ASKED).capitalize()} {first} {subject[0].lower()}{subject[1:]} {verb_after}?"


def translate(texts: Sequence[str], direction: str, workers: int = 2) -> list[str]:
    """Each text through apertium, which keeps lines apart; unknown words stay as they are."""
    size = 2_000
    lines = [re.sub(r"[\[\]\\^$@/<>{}]", " ", t).strip() for t in texts]
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(lambda at: _apertium(lines[at : at + size], direction), range(0, len(lines), size))
        return [line for part in parts for line in part]


def _apertium(lines: Sequence[str], direction: str) -> list[str]:
    fed = "".join(f"{line}\n.\n" for line in lines)  # a stop between lines keeps sentences from running together
    told = subprocess.run(["apertium", "-u", direction], input=fed.encode(), capture_output=True, check=True)
    got = told.stdout.decode("utf-8", "replace").split("\n")
    if len(got) < 2 * len(lines):
        raise ValueError(f"apertium gave {len(got)} lines for {len(lines)}")
    return [re.sub(r"\s+", " ", got[2 * i]).strip() for i in range(len(lines))]


def words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.lower())
    return re.findall(r"\w+", "".join(c for c in folded if not unicodedata.combining(c)))


def _evaluated(official: Path) -> set[tuple[str, ...]]:
    """Runs of eight words of what the encoder is evaluated on."""
    runs: set[tuple[str, ...]] = set()
    for language in ("en", "es"):
        for article in json.loads((official / f"questions/xquad.{language}.json").read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                for text in (paragraph["context"], *(q["question"] for q in paragraph["qas"])):
                    runs.update(_runs(words(text)))
    return runs


def _runs(found: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(found[i : i + _SHARED]) for i in range(max(len(found) - _SHARED + 1, 0))}


def _overlaps(pair: Pair, seen: set[tuple[str, ...]]) -> bool:
    return any(not seen.isdisjoint(_runs(words(text))) for text in pair)


def _fits(es: str, en: str) -> bool:
    """Leaves out empty, untranslated, overlong and misaligned pairs."""
    ours, theirs = words(es), words(en)
    if not ours or not theirs or len(ours) > 60 or (ours == theirs and len(ours) > 3):
        return False
    numbers = [sorted(w for w in side if w.isdigit()) for side in (ours, theirs)]
    return 0.5 <= (len(ours) + 3) / (len(theirs) + 3) <= 2.2 and numbers[0] == numbers[1]


def _sampled(found: Iterable[tuple[str, Item]], draw: random.Random) -> list[tuple[str, Item]]:
    by_source: dict[str, list[Item]] = {}
    for name, item in found:
        by_source.setdefault(name, []).append(item)
    drawn = []
    for name, items in by_source.items():
        unique = list(dict.fromkeys(items))
        draw.shuffle(unique)
        drawn += [(name, item) for item in unique[: MOST.get(name)]]
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("packages", "official", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    counts: dict[str, int] = {}
    with given.out.open("w", encoding="utf-8") as file:
        for name, (es, en) in build(given.packages, given.official):
            counts[name] = counts.get(name, 0) + 1
            file.write("\t".join(re.sub(r"\s+", " ", v) for v in (name, es, en)) + "\n")
    print(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()

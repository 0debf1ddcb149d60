"""Reading by meaning, measured on the vocabulary itself: each phrase left out and looked up among the others."""

from __future__ import annotations

import numpy as np

KINDS = ("process", "material", "industry")


def run() -> None:
    """Coverage and precision by language and threshold, and how often a missing entry is read as another."""
    from assistant.sourcing.meaning import phrases, settings
    from assistant.sourcing.vocabulary import Vocabulary
    from assistant.toolbox.meaning import load
    from retrieval.embed import load_encoder

    vocabulary, senses = Vocabulary.load(), load(load_encoder())
    listed = phrases()
    texts = np.array([phrase.text.lower() for phrase in listed])
    language = np.array([phrase.language for phrase in listed])
    family = [_family(vocabulary, kind, identity) for kind, identity in senses.entries]
    right = np.zeros(len(listed), dtype=bool)
    top, margin = np.zeros(len(listed)), np.zeros(len(listed))
    top_without, margin_without = np.zeros(len(listed)), np.zeros(len(listed))
    for i in range(len(listed)):
        alike = senses.vectors @ senses.vectors[i]
        alike[texts == texts[i]] = -1
        best = senses.scores(alike)
        own = int(senses.owner[i])
        first = int(best.argmax())
        right[i] = senses.entries[first] in family[own]
        top[i], margin[i] = best[first], best[first] - np.delete(best, first).max()
        others = np.array([name not in family[own] for name in senses.entries])
        rest = np.sort(best[others])[::-1]
        top_without[i], margin_without[i] = rest[0], rest[0] - rest[1]
    for spoken in ("en", "es"):
        mine = language == spoken
        for near in (0.80, 0.85, 0.90):
            for apart in (0.0, 0.06):
                read = mine & (top >= near) & (margin >= apart)
                wrong = mine & (top_without >= near) & (margin_without >= apart)
                limits = settings()[spoken]
                chosen = (float(limits["nearest"]), float(limits["margin"])) == (near, apart)
                print(f"  {spoken} nearest {near:.2f} margin {apart:.2f}: reads {read.sum() / mine.sum():5.1%}, "
                      f"right {right[read].mean():5.1%}; entry missing, read as another {wrong.sum() / mine.sum():5.1%}"
                      f"{'   (in use)' if chosen else ''}")  # fmt: skip


def _family(vocabulary, kind: str, identity: str) -> set[tuple[str, str]]:  # type: ignore[no-untyped-def]
    """The entry, what it is a case of, and its cases."""
    same = {identity, *vocabulary.above(kind, identity)}
    same |= {other for other in vocabulary.ids(kind) if vocabulary.is_a(kind, other, identity)}
    return {(kind, name) for name in same}

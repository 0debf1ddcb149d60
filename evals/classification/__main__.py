"""`python -m evals.classification FILE [--schedule FILE] [--home DIR]`: the ranking on products whose number CBP gave.

Says how often the right number is first, among ten and among a hundred at 4, 6, 8 and 10 digits, with 95 % intervals;
the same without parts of the method; how often a confidence is right; Spanish against English on our own products.
`--fit DIR` fits the weights anew on the rulings of DIR and our own products, and writes them: never on FILE, except
for one number, the temperature of the confidence.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from evals.classification.cases import Case, products, rulings, validation
from evals.classification.fit import fit, temperature

DEPTHS = (1, 10, 100)
BANDS = ((0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 1.01))
RULING, PRODUCT = 2.0, 0.6
"""How much a ruling counts in the fit, which is what people ask about, and one of our products, which is easier."""
LEFT_OUT = frozenset({"noun_whole", "noun_own", "part_match", "part_clash", "clash_who", "under"})
WITHOUT = {
    "product lexicon": ("known", "lex_", "named", "noun_known", "noun_heading_known", "heading_known"),
    "nearness in meaning": ("dense_",),
    "material, build, who": ("agree_", "clash_"),
    "functional groups": ("group_",),
    "numbers of lines": ("size",),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.classification", description=__doc__)
    parser.add_argument("file", type=Path, help="ATLAS questions (JSON Lines)")
    parser.add_argument("--schedule", type=Path, help="official export, loaded into a temporary home")
    parser.add_argument("--home", type=Path, help="a home with the schedule (instead of --schedule)")
    parser.add_argument("--fit", type=Path, metavar="DIR", help="rulings to fit on; writes weights and temperature")
    parser.add_argument("--misses", action="store_true", help="print what was not first")
    chosen = parser.parse_args(arguments)
    with _services(chosen.home, chosen.schedule, chosen.fit) as services:
        document = max(services.catalog.schedules("US"), key=lambda s: (not s.partial, str(s.effective_from)))
        begun = time.process_time()
        classifier: Any = services.classifiers.of(document.document_id)
        built = time.process_time() - begun
        cases = validation(chosen.file)
        if chosen.fit:
            _fit(services, classifier, cases)
            return 0
        report = _measure(classifier, cases, misses=chosen.misses)
    report |= {"schedule": document.title, "build_cpu_seconds": round(built, 1)}
    json.dump(report, sys.stdout, indent=1, ensure_ascii=False)
    print()
    return 0


@contextlib.contextmanager
def _services(home: Path | None, schedule: Path | None, extra: Path | None) -> Iterator[Services]:
    with tempfile.TemporaryDirectory(prefix="classification-") as temporary:
        services = open_services(load_settings({"SOURCING_HOME": str(home or temporary)}))
        for path in (schedule, extra):
            if path is not None:
                services.catalog  # noqa: B018  opened before the files are read
                services.ingest([path])
        yield services


def _measure(classifier: Any, cases: Sequence[Case], *, misses: bool) -> dict[str, Any]:
    present = [c for c in cases if c.code[:6] in set(classifier.index.subheadings)]
    whole = {code for code in classifier.index.lines if len(code) == 10}
    current = [c for c in cases if c.code in whole]
    begun = time.process_time()
    ranked = [classifier.rank(c.text, 100) for c in cases]
    spent = (time.process_time() - begun) / max(len(cases), 1) * 1000
    if misses:
        for case, found in zip(cases, ranked, strict=True):
            if found.candidates[0].code != case.code[:6]:
                print(case.code, [c.code for c in found.candidates[:3]], case.text[:90], file=sys.stderr)
    report: dict[str, Any] = {"all": _rates(cases, ranked), "cpu_ms_a_question": round(spent, 1)}
    by_case = dict(zip(cases, ranked, strict=True))
    report["in_today_s_schedule"] = _rates(current, [by_case[c] for c in current])
    report["confidence"] = _reliability(present, [by_case[c] for c in present])
    report["levels"] = _levels(cases, ranked)
    tables = [classifier.features(classifier.read(c.text)).astype(np.float32) for c in present]
    for name, prefixes in WITHOUT.items():
        kept = [0.0 if n.startswith(prefixes) else w for n, w in zip(classifier.names, classifier.weights, strict=True)]
        report[f"without {name}"] = _first(classifier, present, tables, np.array(kept))
    both = [c for c in products() if c.spanish]
    report["our_products"] = {
        "english": _rates(both, [classifier.rank(c.text, 100) for c in both])["6"],
        "spanish": _rates(both, [classifier.rank(str(c.spanish), 100) for c in both])["6"],
        "same_first": _share(
            [
                classifier.rank(c.text, 1).candidates[0].code == classifier.rank(str(c.spanish), 1).candidates[0].code
                for c in both
            ]
        ),
    }
    return report


def _rates(cases: Sequence[Case], ranked: Sequence[Any]) -> dict[str, dict[str, str]]:
    """By digits and depth. A candidate is a subheading with its likeliest line; cases of fewer digits don't count."""
    report: dict[str, dict[str, str]] = {}
    for digits in (4, 6, 8, 10):
        known = [(c, r) for c, r in zip(cases, ranked, strict=True) if len(c.code) >= digits]
        report[str(digits)] = {
            f"@{depth}": _share([_among(c.code[:digits], r, depth) for c, r in known]) for depth in DEPTHS
        }
    return report


def _first(classifier: Any, cases: Sequence[Case], tables: Sequence[Any], weights: Any) -> dict[str, str]:
    """Rates at six digits with other weights."""
    place = {code: n for n, code in enumerate(classifier.index.subheadings)}
    ranks = []
    for case, table in zip(cases, tables, strict=True):
        scores = table @ weights
        ranks.append(int((scores > scores[place[case.code[:6]]]).sum()))
    return {f"@{depth}": _share([r < depth for r in ranks]) for depth in DEPTHS}


def _among(code: str, ranking: Any, depth: int) -> bool:
    found: list[str] = []
    for candidate in ranking.candidates:
        number = candidate.code[: len(code)] if len(code) <= 6 else candidate.lines[0].code[: len(code)]
        if number not in found:
            found.append(number)
    return code in found[:depth]


def _reliability(cases: Sequence[Case], ranked: Sequence[Any]) -> list[dict[str, Any]]:
    """Of first candidates by their confidence: how many, mean confidence, share that was right."""
    pairs = [
        (r.candidates[0].probability, r.candidates[0].code == c.code[:6]) for c, r in zip(cases, ranked, strict=True)
    ]
    table = []
    for low, high in BANDS:
        inside = [(p, right) for p, right in pairs if low <= p < high]
        if inside:
            mean = round(float(np.mean([p for p, _ in inside])), 2)
            table.append({"from": low, "count": len(inside), "mean": mean, "right": _share([r for _, r in inside])})
    return table


def _levels(cases: Sequence[Case], ranked: Sequence[Any]) -> dict[str, str]:
    """Share of first candidates that were right, by the bands that answers name."""
    bands = yaml.safe_load((Path(__file__).parents[2] / "assistant/classification/bands.yaml").read_text("utf-8"))[
        "from"
    ]
    found: dict[str, list[bool]] = {"high": [], "medium": [], "low": []}
    for case, ranking in zip(cases, ranked, strict=True):
        first = ranking.candidates[0]
        level = next((n for n in ("high", "medium") if first.probability >= bands[n]), "low")
        found[level].append(first.code == case.code[:6])
    return {name: _share(values) for name, values in found.items()}


def _share(values: Sequence[bool]) -> str:
    """Share with Wilson's 95 % interval and counts."""
    n = len(values)
    if not n:
        return "none"
    p, z = sum(values) / n, 1.96
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
    return f"{p:.3f} [{low:.3f}, {high:.3f}] {sum(values)}/{n}"


def _fit(services: Services, classifier: Any, cases: Sequence[Case]) -> None:
    names = list(classifier.names)
    training = [(c, RULING) for c in rulings(services)] + [(c, PRODUCT) for c in products()]
    print(f"fitting on {len(training)} descriptions", file=sys.stderr)
    path = Path(__file__).parents[2] / "retrieval/classify/data/weights.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, without in (("subheading", ()), ("words_only", ("dense_",))):
        columns = [
            n for n, name in enumerate(names) if name not in LEFT_OUT and not (without and name.startswith(without))
        ]
        found = fit(classifier, training, columns)
        weights = np.zeros(len(names))
        weights[columns] = found
        place = {code: n for n, code in enumerate(classifier.index.subheadings)}
        scored = [
            (classifier.features(classifier.read(c.text)) @ weights, place[c.code[:6]])
            for c in cases
            if c.code[:6] in place
        ]
        right = [int(s.argmax()) == n for s, n in scored]
        heat = temperature(scored)
        print(key, f"first {sum(right)}/{len(right)}, temperature {heat:.2f}", file=sys.stderr)
        scaled = zip(names, (weights / heat).tolist(), strict=True)
        data[key] = {name: round(w, 3) for name, w in scaled if abs(w) > 5e-4}
    head = (
        "# Fitted by `python -m evals.classification FILE --fit DIR`; see docs/classification.md. Scores are\n"
        "# divided by the temperature already, so that their softmax is the confidence.\n"
    )
    text = yaml.safe_dump(data, sort_keys=False, width=110, default_flow_style=None)
    path.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())

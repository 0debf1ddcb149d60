"""`python -m evals.retrieval [--home DIR] [--misses]`: the search on labelled questions about the embedded guides.

Says for each question set and language how often the expected section came first and among three, whether `weak` was
said rightly, how often a question and its twin in the other language find the same section first, and the time taken.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings

SETS = Path(__file__).parent
DAY = dt.date(2026, 11, 22)
LANGUAGES = ("en", "es")
_SUPPLIERS = {"manufacturer", "certificate"}


@dataclass(frozen=True)
class Found:
    """What one question found: places (guide, number of the section), best first."""

    ask: str
    language: str
    wanted: tuple[str, int] | None
    places: tuple[tuple[str, int], ...]
    weak: bool
    milliseconds: float


class Guides:
    """Sections of the loaded guides, by number, which both language versions share."""

    def __init__(self, services: Services) -> None:
        self._catalog = services.catalog

    @cache  # noqa: B019  one object a run
    def sections(self, document_id: str) -> tuple[str, ...]:
        passages = self._catalog.document_passages(document_id)
        return tuple(str(heading) for heading, _ in itertools.groupby(p.paragraph for p in passages))

    def place(self, hit: Any) -> tuple[str, int]:
        """(guide, section) of a hit; of another document its id and -1."""
        if "guide_id" not in self.meta(hit.document_id):
            return hit.document_id, -1
        return self.meta(hit.document_id)["guide_id"], self.sections(hit.document_id).index(str(hit.paragraph))

    @cache  # noqa: B019
    def meta(self, document_id: str) -> dict[str, Any]:
        document = self._catalog.document(document_id)
        return document.meta if document else {}


def ask(services: Services, guides: Guides, text: str, language: str, wanted: tuple[str, int] | None) -> Found:
    kinds = sorted(set(services.catalog.status()["documents"]) - _SUPPLIERS)
    started = time.perf_counter()
    result = services.searcher.search(text, as_of=DAY, kinds=kinds, language=language)
    spent = (time.perf_counter() - started) * 1000
    return Found(text, language, wanted, tuple(guides.place(h) for h in result.hits), result.weak, spent)


def run(services: Services, path: Path) -> list[Found]:
    """Every question of one file, twins side by side."""
    guides = Guides(services)
    questions = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = []
    for row in questions["answered"]:
        wanted = row["guide"], guides.sections(f"guide:{row['guide']}.en").index(row["section"])
        found += [ask(services, guides, row[language], language, wanted) for language in LANGUAGES]
    found += [ask(services, guides, row["ask"], row["language"], None) for row in questions["unanswered"]]
    return found


def measures(found: list[Found]) -> dict[str, Any]:
    """Shares 0 to 1 with their counts, by language and for both."""
    report: dict[str, Any] = {}
    for name, languages in (("en", {"en"}), ("es", {"es"}), ("both", set(LANGUAGES))):
        mine = [f for f in found if f.language in languages]
        known = [f for f in mine if f.wanted]
        stray = [f for f in mine if not f.wanted]
        called = [f for f in mine if f.weak]
        report[name] = {
            "first": _share([f.wanted in f.places[:1] for f in known]),
            "among_3": _share([f.wanted in f.places[:3] for f in known]),
            "guide_first": _share([bool(f.wanted and f.places and f.places[0][0] == f.wanted[0]) for f in known]),
            "weak_precision": _share([not f.wanted for f in called]),
            "weak_recall": _share([f.weak for f in stray]),
            "found_not_weak": _share([not f.weak for f in known]),
        }
    known = [f for f in found if f.wanted]
    report["twins_same_first"] = _share(
        [a.places[:1] == b.places[:1] for a, b in zip(known[::2], known[1::2], strict=True)]
    )
    times = sorted(f.milliseconds for f in found)
    report["ms"] = {"median": round(statistics.median(times), 1), "p95": round(times[int(len(times) * 0.95)], 1)}
    return report


def _share(values: list[bool]) -> str:
    return f"{sum(values)}/{len(values)} = {sum(values) / len(values):.3f}" if values else "none"


def misses(found: list[Found]) -> Iterator[str]:
    for f in found:
        if f.wanted and (f.wanted not in f.places[:1] or f.weak):
            yield f"{'weak ' if f.weak else ''}{f.ask} | {f.wanted} | {f.places[:3]}"
        if not f.wanted and not f.weak:
            yield f"not weak: {f.ask} | {f.places[:1]}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.retrieval", description=__doc__)
    parser.add_argument("--home", type=Path, help="data folder with the embedded corpus (default: a temporary one)")
    parser.add_argument("--set", action="append", choices=("tuning", "held_out"), help="default: both")
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(load_settings({"SOURCING_HOME": str(options.home or folder)}))
        services.load_sample_if_empty()
        services.searcher.search("warm", as_of=DAY)
        for name in options.set or ("tuning", "held_out"):
            found = run(services, SETS / f"{name}.yaml")
            print(name, json.dumps(measures(found), indent=1))
            if options.misses:
                print("\n".join(misses(found)))
        services.catalog.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

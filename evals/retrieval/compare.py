"""`python -m evals.retrieval.compare SUITE… --official DIR`: the search beside its parts and a LangChain ensemble.

Suites: `xquad` (questions in either language against the paragraphs of the other and of their own), `official` (our own
questions over the official documents, identifiers, and questions that nothing answers). DIR is the folder of official
files; a home that is given with --home is filled once and used again. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from evals.retrieval.measures import MEASURES, Ranking, table
from evals.retrieval.systems import Found, System, systems, weak

DOCUMENTS = (
    "usc_title_19",
    "notes/all_section_and_chapter_notes_2026-01-14.md",
    "notes/gri-and-us-notes.md",
    "rulings",
    "general_notes/general_note_3.pdf",
    "general_notes/general_note_4.pdf",
    "general_notes/general_note_12.pdf",
    "general_notes/general_rules_of_interpretation.pdf",
)
QUESTIONS = Path(__file__).parent / "official.yaml"
STRAYS = Path(__file__).parent / "unanswerable.yaml"
LANGUAGES = ("en", "es")


def xquad(official: Path, home: Path, every: int) -> Iterator[str]:
    """Each direction: questions of one language, paragraphs of the other or the same. The paragraphs of one language
    alone are loaded."""
    for paragraphs in LANGUAGES:
        services, wanted = _paragraphs(official, home / f"xquad-{paragraphs}", paragraphs)
        compared = systems(services)
        for language in LANGUAGES:
            asked = [(q, place) for q, place in _questions(official, language)][::every]
            yield f"\n### XQuAD: {len(asked)} questions in {language}, {wanted} paragraphs in {paragraphs}\n"
            found = {
                name: [Ranking(tuple(_number(f) == place for f in _once(system(q, language)))) for q, place in asked]
                for name, system in compared.items()
            }
            yield from table(found)
        services.catalog.close()


def _paragraphs(official: Path, home: Path, language: str) -> tuple[Services, int]:
    services = open_services(load_settings({"SOURCING_HOME": str(home)}))
    texts = [p["context"] for a in _articles(official, language) for p in a["paragraphs"]]
    if not services.catalog.counts()["documents"]:
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(texts):
                (Path(folder) / f"paragraph-{number:03}.txt").write_text(text, encoding="utf-8")
            services.ingest([Path(folder)], kind="guide")
    return services, len(texts)


def _articles(official: Path, language: str) -> Any:
    return json.loads((official / f"questions/xquad.{language}.json").read_text(encoding="utf-8"))["data"]


def _questions(official: Path, language: str) -> Iterator[tuple[str, int]]:
    paragraphs = (p for a in _articles(official, language) for p in a["paragraphs"])
    for number, paragraph in enumerate(paragraphs):
        yield from ((q["question"], number) for q in paragraph["qas"])


def _number(found: Found) -> int:
    return int(re.findall(r"paragraph-(\d+)", found.file)[0])


def _once(found: list[Found]) -> list[Found]:
    """Each file once, where it stands best: a paragraph may have been cut in two."""
    return list({f.file: f for f in found}.values())


def official_documents(official: Path, home: Path, every: int) -> Iterator[str]:
    """Our own questions, by language; identifiers; and how `weak` is said."""
    services = open_services(load_settings({"SOURCING_HOME": str(home / "official")}))
    if not services.catalog.counts()["documents"]:
        services.ingest([official / "us" / name for name in DOCUMENTS])
    asked = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    strays = asked["unanswered"] + yaml.safe_load(STRAYS.read_text(encoding="utf-8"))["unanswered"]
    compared = systems(services)
    compared["search as shipped"]("warm", "en")

    @cache
    def passages(file: str) -> tuple[str, ...]:
        held = [d for d in services.catalog.documents() if not file or Path(d.file).stem == Path(file).stem]
        return tuple(_plain(p.text) for d in held for p in services.catalog.document_passages(d.id) if p.embed)

    def rank(row: dict[str, str], question: str, system: System, language: str) -> Ranking:
        right = tuple(_answers(row, f.file, f.text) for f in system(question, language))
        says = _plain(row.get("says", ""))
        held = sum(says in text for text in passages(row.get("file", "")))
        return Ranking(right, max(1, held, sum(right)))  # what is shown whole may hold more than one passage

    for language in LANGUAGES:
        rows = asked["answered"][::every]
        yield f"\n### Official documents: {len(rows)} questions in {language}\n"
        found = {name: [rank(r, r[language], s, language) for r in rows] for name, s in compared.items()}
        yield from table(found)
        said = [weak(services, r[language], language) for r in rows]
        stray = [weak(services, r[language], language) for r in strays]
        counted = f"{sum(said)} of {len(said)} that have an answer and of {sum(stray)} of {len(stray)} that have none"
        yield f"\n`weak` said of {counted}.\n"
        missed = [
            r[language] for r, ranking in zip(rows, found["search as shipped"], strict=True) if not any(ranking.right)
        ]
        yield f"Not among ten: {'; '.join(missed) or 'none'}\n"
        wrongly = [r[language] for r, called in zip(rows, said, strict=True) if called]
        wrongly_not = [r[language] for r, called in zip(strays, stray, strict=True) if not called]
        yield f"Weak though answered: {'; '.join(wrongly) or 'none'}\n\nNot weak: {'; '.join(wrongly_not) or 'none'}\n"
    yield f"\n### Identifiers: {len(asked['identified'])}\n"
    yield from table({n: [_names(r, s(r["ask"], "en")) for r in asked["identified"]] for n, s in compared.items()})
    services.catalog.close()


def _names(row: dict[str, str], found: list[Found]) -> Ranking:
    """Right is what has the identifier in its title, heading or text."""
    right = tuple(_answers(row, f.file, f"{f.place} {f.text}") for f in found)
    return Ranking(right, max(1, sum(right)))


def _answers(row: dict[str, str], file: str, text: str) -> bool:
    """A ruling may have been loaded from its text or its page: the names without their endings are compared."""
    named = Path(row["file"]).stem == Path(file).stem if "file" in row else True
    return named and _plain(row.get("says", "")) in _plain(text)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


SUITES = {"xquad": xquad, "official": official_documents}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.retrieval.compare", description=__doc__)
    parser.add_argument("suite", nargs="*", metavar="SUITE", help=f"{' or '.join(SUITES)}; both when none is named")
    parser.add_argument("--official", type=Path, default=Path("../shared/data"), help="folder of the official files")
    parser.add_argument("--home", type=Path, help="folder to keep what is loaded in (default: a temporary one)")
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question only")
    given = parser.parse_args()
    if unknown := set(given.suite) - set(SUITES):
        parser.error(f"no suite {min(unknown)}; there are {', '.join(SUITES)}")
    if not (given.official / "questions").is_dir():
        print(f"{given.official} has no official files; name their folder with --official", file=sys.stderr)
        return 2
    print(f"Mean with 95 % interval over questions: {', '.join(MEASURES)}.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in given.suite or SUITES:
            for line in SUITES[name](given.official, given.home or Path(folder), given.every):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

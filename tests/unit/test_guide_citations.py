"""What the embedded guides cite, looked up in the official texts where those are loaded."""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache
from pathlib import Path

import pytest

from ingestion.pipeline import Pipeline, sample_corpus
from retrieval.catalog import Catalog

GUIDES = sample_corpus() / "guides"
_STATUTE = re.compile(r"\b19 U\.S\.C\. (\d+[a-z]*(?:-\d+)?)((?:\([0-9a-zA-Z]+\))*)")
_HEADING = re.compile(r"(?<![\d.])(9[89]\d\d\.\d\d(?:\.\d\d)?(?:\.\d\d)?)(?!\.?\d)")


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    return {p.name: p.read_text("utf-8") for p in sorted(GUIDES.glob("*.en.md"))}


def sections(folder: Path) -> dict[str, list[Path]]:
    """Files of Title 19 by the number of their section, as their heading prints it."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.md")):
        for number in re.findall(r"^#+ .*?§+\s?(\d+[a-z]*(?:[-–]\d+)?)\.", path.read_text("utf-8"), re.M):
            found.setdefault(number.replace("–", "-"), []).append(path)
    return found


def test_sections_and_subsections_of_title_19_are_there(shared_data: Path, tmp_path: Path) -> None:
    held = sections(shared_data / "us/usc_title_19")
    assert len(held) > 100
    cited = {(m[1], m[2]): name for name, text in texts().items() for m in _STATUTE.finditer(text)}
    known = {cite: name for cite, name in cited.items() if cite[0] in held}
    assert len(known) >= 40, "most of the sections that guides cite are in the folder"
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    Pipeline(catalog).ingest(sorted({p for number, _ in known for p in held[number]}))
    addresses = {a for d in catalog.documents() for p in catalog.document_passages(d.id) for a in p.meta["addresses"]}
    wanted = {f"19 USC {number}{below}": name for (number, below), name in known.items() if below}
    missing = {cite: name for cite, name in wanted.items() if cite not in addresses and not shown(cite, addresses)}
    assert set(missing) <= set(NOT_HELD), missing


NOT_HELD = {"19 USC 58c(b)(8)(D)": "the file of § 58c begins with (E)"}


def shown(cite: str, addresses: set[str]) -> bool:
    """Whether a part of a section that begins below the cited level holds it: (b)(2)(B) as (b)(…)(B)."""
    levels = re.findall(r"\([^)]+\)", cite)
    section = cite.partition("(")[0]
    return any(f"{section}{levels[0]}(…){''.join(levels[n:])}" in addresses for n in range(2, len(levels)))


@lru_cache(maxsize=1)
def headings(folder: Path) -> frozenset[str]:
    rows = [
        row["htsno"].strip()
        for path in sorted(folder.glob("*.json.gz"))
        for row in json.loads(gzip.decompress(path.read_bytes()))
        if row["htsno"].startswith(("98", "99"))
    ]
    return frozenset(row[:length] for row in rows for length in (7, 10, 13) if len(row) >= length)


@pytest.mark.parametrize("name", sorted(p.name for p in GUIDES.glob("*.md")))
def test_headings_of_chapters_98_and_99_exist(shared_data: Path, name: str) -> None:
    """In one of the editions of the schedule at hand, or in the notes of chapter 99."""
    notes = gzip.decompress((shared_data / "us/measures/chapter_99_notes_2026_rev_6.txt.gz").read_bytes()).decode(
        "cp1252", "replace"
    )
    known = headings(shared_data / "us/hts")
    cited = set(_HEADING.findall((GUIDES / name).read_text("utf-8")))
    assert {c for c in cited if c not in known and c not in notes} == set()

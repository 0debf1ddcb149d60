"""The same text in two files is shown once, with its page where one has it; what differs in a word is two."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from fpdf import FPDF

from ingestion.pipeline import Pipeline
from retrieval.catalog import Catalog
from retrieval.search import Searcher

RULE = (
    "The carrier shall return empty racks to the plant within 14 days of delivery. Racks that are not returned are "
    "charged at cost, and the shipper may withhold the next booking until they are. Damage is noted on the receipt."
)


def pdf(path: Path, text: str) -> Path:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=11)
    made.multi_cell(0, text=text)
    path.write_bytes(bytes(made.output()))
    return path


def found(catalog: Catalog, limit: int = 5) -> list[tuple[str, int | None]]:
    result = Searcher(catalog, None, None).search(
        "empty racks returned to the plant", as_of=dt.date(2026, 6, 1), limit=limit
    )
    return [(h.file, h.page) for h in result.hits]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


@pytest.mark.parametrize("order", [("terms.md", "terms.pdf"), ("terms.pdf", "terms.md")])
def test_one_text_in_two_formats_is_one_hit_with_its_page(
    tmp_path: Path, catalog: Catalog, order: tuple[str, ...]
) -> None:
    (tmp_path / "terms.md").write_text(f"# Terms\n\n{RULE}\n", encoding="utf-8")
    pdf(tmp_path / "terms.pdf", RULE)
    for name in order:
        Pipeline(catalog).ingest([tmp_path / name])
    assert catalog.counts()["documents"] == 2
    assert found(catalog) == [("terms.pdf", 1)]


def test_a_figure_apart_is_another_rule_and_the_places_are_filled(tmp_path: Path, catalog: Catalog) -> None:
    for n, text in enumerate((RULE, RULE, RULE.replace("14 days", "30 days"), RULE.replace(". ", ".\n"))):
        (tmp_path / f"{n}.md").write_text(f"# Terms {n}\n\n{text}\n", encoding="utf-8")
    (tmp_path / "other.md").write_text("# Other\n\nEmpty racks stand behind the plant on Fridays.\n", encoding="utf-8")
    Pipeline(catalog).ingest(sorted(tmp_path.glob("*.md")))
    assert len(found(catalog)) == 3
    assert len(found(catalog, limit=2)) == 2


def test_an_extract_is_another_quotation(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "whole.md").write_text(f"# Terms\n\n{RULE}\n", encoding="utf-8")
    (tmp_path / "part.md").write_text(f"# Note\n\n{RULE.partition('. ')[0]}.\n", encoding="utf-8")
    Pipeline(catalog).ingest([tmp_path / "whole.md", tmp_path / "part.md"])
    assert len(found(catalog)) == 2


LONG = (
    f"{RULE} Each importer keeps the count of racks by plant and by month, and shows it when asked. Goods of Mexico "
    "are reported apart from all others, with the number of the booking, the carrier and the day on which they left."
)


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("Mexico", "Canada"),
        LONG.replace("are reported", "are not reported"),
        LONG.removesuffix(".") + ", except racks of wood.",
        LONG.replace("14 days", "30 days"),
    ],
)
def test_long_texts_that_differ_in_one_word_are_two(tmp_path: Path, catalog: Catalog, other: str) -> None:
    for name, text in (("one.md", LONG), ("two.md", other), ("same.md", LONG.replace(", ", ",\n"))):
        (tmp_path / name).write_text(f"# {name}\n\n{text}\n", encoding="utf-8")
    Pipeline(catalog).ingest(sorted(tmp_path.glob("*.md")))
    assert len(found(catalog)) == 2

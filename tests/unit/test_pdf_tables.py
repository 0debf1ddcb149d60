"""Tables of PDFs: rows whole, cells apart, the head repeated in every passage; what is no table stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunk import chunk_pages
from ingestion.pipeline import Pipeline
from ingestion.readers.files import read_content
from ingestion.readers.pdf import Pdf, parse_pdf, read_pdf
from ingestion.readers.tables import Head, Run, with_tables
from retrieval.catalog import Catalog

RATES = [
    ("Line", "Port and service", "Days", "USD per box"),
    ("A1", "Veracruz to Houston, twice a week, with a stop at Altamira when there is cargo for it", "3", "1,150"),
    ("A2", "Manzanillo to Los Angeles", "6", "1,480"),
    ("B1", "Ensenada to San Diego, daily", "1", "620"),
    ("B2", "Progreso to Miami", "4", "990"),
    ("C1", "Altamira to Mobile, in season", "5", "1,075"),
]


def drawn(rows: list[tuple[str, ...]], borders: str = "ALL", pages: int = 1) -> Pdf:
    made = FPDF()
    made.set_font("helvetica", size=10)
    for _ in range(pages):
        made.add_page()
        made.multi_cell(
            0, text="The rates below hold for boxes of forty feet and are renewed every year.", new_x="LMARGIN"
        )
        made.ln(4)
        with made.table(rows, col_widths=(15, 60, 10, 20), borders_layout=borders) as _:
            pass
        made.ln(4)
        made.multi_cell(
            0, text="Fuel is charged apart. Ask for the list of the month before you book.", new_x="LMARGIN"
        )
    return parse_pdf(bytes(made.output()), 100)


def rows_of(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.strip("| ").split(" | ")] for line in text.split("\n") if line.startswith("| ")]


@pytest.mark.parametrize("borders", ["ALL", "NONE", "HORIZONTAL_LINES"])
def test_rows_and_cells_of_a_table(borders: str) -> None:
    [page] = drawn(RATES, borders).pages
    assert page.tabled is not None
    rows = rows_of(page.tabled)
    assert rows == [list(RATES[0]), ["---"] * 4, *(list(row) for row in RATES[1:])]
    assert page.tabled.index("The rates below") < page.tabled.index("| Line") < page.tabled.index("Fuel is charged")


def test_every_passage_of_a_long_table_has_its_head() -> None:
    long = [
        RATES[0],
        *((f"L{n}", f"Port {n} to port {n + 1} by the coast road", str(n), f"{n},000") for n in range(24)),
    ]
    chunks = [c for c in chunk_pages(drawn(long).pages) if "| L" in c.text]
    assert len(chunks) > 1
    for chunk in chunks:
        assert "| Line | Port and service | Days | USD per box |" in chunk.text
    found = [row for c in chunks for row in rows_of(c.text) if row[0].startswith("L") and row[0] != "Line"]
    assert found == [list(row) for row in long[1:]], "each row once and whole"


def test_lists_paragraphs_and_columns_are_no_tables() -> None:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=10)
    for n in range(1, 9):
        made.cell(12, 6, f"{n}.")
        made.multi_cell(0, 6, f"The importer keeps the paper number {n} of the entry for five years.", new_x="LMARGIN")
    for n in range(6):
        made.multi_cell(
            0, 6, f"Paragraph {n} says that records are kept where the importer does business. " * 3, new_x="LMARGIN"
        )
    [page] = parse_pdf(bytes(made.output()), 100).pages
    assert page.tabled is None


runs = st.builds(
    Run,
    st.sampled_from([0.0, 72.0, 77.5, 120.0, 163.0, 300.0, 301.5, 420.0]),
    st.sampled_from([0.0, *(700.0 - 12 * n for n in range(12))]),
    st.sampled_from([1.0, 8.0, 12.0]),
    st.sampled_from(
        ["\n", " ", "7206", "1.", "Steel", "a-", "b " * 30, "| x |", "1234.56.78 ...... Nuts ..... 4%", "7206 .... \n"]
    ),
)  # fmt: skip


@given(st.lists(runs, max_size=60))
def test_any_page_is_read_and_keeps_its_letters(page: list[Run]) -> None:
    plain = "".join(run.text for run in page)
    tabled = with_tables(page, Head(["Line", "Rate"], [77.5, 163.0]))
    assert tabled is None or not words(plain) - words(tabled)


def words(text: str) -> Counter[str]:
    return Counter(re.sub(r"[\s|.\-/]", "", text))


@pytest.mark.parametrize(
    ("file", "least"), [("proclamation_232_metals_annexes_2026-04.pdf", 35), ("fr_2025-23316.pdf", 28)]
)
def test_no_letter_of_an_official_page_is_lost_in_its_tables(shared_data: Path, file: str, least: int) -> None:
    pdf = read_pdf(read_content(shared_data / "us/measures" / file))
    tabled = [page for page in pdf.pages if page.tabled]
    assert len(tabled) >= least
    for page in tabled:
        assert not words(page.text) - words(page.tabled or ""), page.number


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("proclamation_232_metals_annexes_2026-04.pdf", "8417.90.00 | Parts of industrial or laboratory furnaces and "
         "ovens, including incinerators, nonelectric"),
        ("proclamation_232_metals_annexes_2026-04.pdf", "7206 | Iron and nonalloy steel in ingots or other primary "
         "forms (excluding iron of heading 7203)"),
        ("proclamation_232_metals_annexes_2026-04.pdf", "7222 | Bars and rods of stainless steel nesoi; angles, shapes "
         "and sections of stainless steel"),
        ("fr_2025-23316.pdf", "2910.90.20 | Aromatic epoxides, epoxyalcohols, epoxyphenols and epoxyethers, with a "
         "three-membered ring, and their derivatives, nesoi. | Pharma."),
        ("fr_2025-23316.pdf", "2914.29.30 | Natural camphor | Pharma."),
        ("fr_2025-23316.pdf", "2504.90.00 | Natural graphite, other than in powder or in flakes."),
    ],
)  # fmt: skip
def test_rows_of_official_tables_are_found_whole(shared_data: Path, tmp_path: Path, file: str, row: str) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    [report] = Pipeline(catalog).ingest([shared_data / "us/measures" / file]).files
    passages = catalog.document_passages(str(report.document_id))
    [found] = [p for p in passages if row in [" | ".join(c for c in r if c) for r in rows_of(p.text)]]
    code = row.split(" ")[0]
    assert found.page and code.replace(".", "") in found.meta.get("hts", [code])
    if file.startswith("proc"):
        assert re.search(r"\| .*Description \|", found.text), "under its head"
    else:
        assert "HTSUS Description" in found.text, "under its head"

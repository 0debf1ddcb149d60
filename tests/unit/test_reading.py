"""PDF in reading order, words joined, scans told or read, archives member by member, and readers that are stopped."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from fpdf import FPDF

from assistant.errors import InvalidInput
from ingestion.pipeline import Pipeline
from ingestion.readers import ocr
from ingestion.readers.files import read_content
from ingestion.readers.isolation import isolated
from ingestion.readers.pdf import plain_pages, read_pdf
from ingestion.readers.words import joined_words
from retrieval.catalog import Catalog

LEFT = [f"Left column sentence number {n} tells about records" for n in range(12)]
RIGHT = [f"Right column sentence {n} speaks of the bond itself" for n in range(12)]


def pdf_file(folder: Path, rows: list[tuple[str, str]], right: float = 110) -> Path:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=8)
    for number, (a, b) in enumerate(rows):
        made.text(15, 30 + number * 5, a)
        if b:
            made.text(right, 30 + number * 5, b)
    path = folder / "made.pdf"
    made.output(str(path))
    return path


def test_columns_laid_down_line_by_line_are_read_one_after_the_other(tmp_path: Path) -> None:
    text = read_pdf(read_content(pdf_file(tmp_path, list(zip(LEFT, RIGHT, strict=True))))).pages[0].text
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    assert lines == LEFT + RIGHT


def test_a_table_is_not_taken_for_columns(tmp_path: Path) -> None:
    rows = [(f"8544.30.{n:02}", f"Wiring sets for vehicles, aircraft or ships, lot {n}") for n in range(12)]
    text = read_pdf(read_content(pdf_file(tmp_path, rows))).pages[0].text
    at = [text.index(part) for row in rows for part in row]
    assert at == sorted(at), "each number stays beside its text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("glass mix-\ntures of mixtures", "glass mixtures\nof mixtures"),
        ("it is hot-\nrolled steel; hot-rolled", "it is hot-rolled\nsteel; hot-rolled"),
        ("the self-\npropelled unit", "the self-propelled\nunit"),
        ("compo-\nnents, and", "components,\nand"),
        ("1-\n2 and A-\nB", "1-\n2 and A-\nB"),
        ("a dash -\nhere", "a dash -\nhere"),
    ],
)
def test_words_parted_at_the_end_of_a_line(text: str, expected: str) -> None:
    assert joined_words([text]) == [expected]


def test_printed_page_labels_are_kept(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.constants import PageLabelStyle

    made = FPDF()
    for n in range(3):
        made.add_page()
        made.set_font("helvetica", size=11)
        made.multi_cell(0, text=f"The importer keeps the records of entry number {n}.")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(made.output()))))
    writer.set_page_label(0, 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.write(tmp_path / "a.pdf")
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    Pipeline(catalog).ingest([tmp_path / "a.pdf"])
    found = [(p.page, p.meta.get("page_label")) for p in catalog.document_passages("guide:a.pdf")]
    assert found == [(1, "i"), (2, "ii"), (3, "1")]


def scan(folder: Path) -> Path:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (1000, 300), 255)
    ImageDraw.Draw(picture).text((40, 80), "RECORDS OF ENTRY 2026", fill=0, font_size=64)
    made = FPDF()
    made.add_page()
    made.image(picture, x=10, y=10, w=180)
    made.add_page()
    made.set_font("helvetica", size=11)
    made.multi_cell(0, text="This page has text.")
    path = folder / "scan.pdf"
    made.output(str(path))
    return path


def test_a_scan_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "available", lambda: False)
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    [report] = Pipeline(catalog).ingest([scan(tmp_path)]).files
    assert report.status == "added"
    assert report.warnings == ["1 of 2 pages hold no text (pictures or scans)"]


@pytest.mark.skipif(not ocr.available(), reason="Tesseract is not installed: apt-get install tesseract-ocr")
def test_a_scan_is_read_where_tesseract_is_installed(tmp_path: Path) -> None:
    pdf = read_pdf(read_content(scan(tmp_path)))
    assert "RECORDS OF ENTRY 2026" in pdf.pages[0].text
    assert (pdf.pages[0].recognised, pdf.pages[1].recognised) == (True, False)
    [report] = Pipeline(Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")).ingest([scan(tmp_path)]).files
    assert "1 of 2 pages are pictures that were read by text recognition" in report.warnings[0]


def test_pages_of_plain_text() -> None:
    assert [(p.number, p.text) for p in plain_pages("one\ftwo\f")] == [(1, "one"), (2, "two")]
    marked = plain_pages("=== PAGE 3 ===\nthree\n=== PAGE 5 ===\nfive")
    assert [(p.number, p.text.strip()) for p in marked] == [(3, "three"), (5, "five")]
    assert [p.number for p in plain_pages("no pages")] == [0]


def test_a_reader_that_hangs_is_stopped_and_the_next_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"took longer than 0\.3 s and was stopped"):
        isolated("time:sleep", 30, seconds=0.3)
    assert "Left column" in read_pdf(read_content(pdf_file(tmp_path, list(zip(LEFT, RIGHT, strict=True))))).text


def test_a_reader_that_eats_memory_or_dies_is_told() -> None:
    with pytest.raises(InvalidInput, match="too much memory"):
        isolated("operator:mul", b"x" * 1024, 16 << 20)
    with pytest.raises(InvalidInput, match="was stopped"):
        isolated("os:_exit", 1)
    assert isolated("operator:add", 2, 3) == 5


def test_errors_of_a_reader_come_back_whole() -> None:
    with pytest.raises(InvalidInput) as caught:
        isolated("ingestion.readers.markup:docx_text", b"no zip")
    assert caught.value.hint


def archive(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return path


TEXT = b"The importer keeps the records of the entry for five years."


def test_a_zip_archive_is_read_member_by_member(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", ("c.txt", TEXT + b" Inner."))
    path = archive(
        tmp_path / "papers.zip",
        ("a.txt", TEXT), ("sub/b.md", b"# B\n\n" + TEXT), ("d.txt.gz", gzip.compress(TEXT + b" Packed.")),
        ("inner.zip", inner.read_bytes()), ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(40)), ("README.md", b"# no"),
    )  # fmt: skip
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    report = Pipeline(catalog).ingest([path])
    assert {f.file.removeprefix(f"{path}/"): f.status for f in report.files} == {
        "a.txt": "added", "sub/b.md": "added", "d.txt.gz": "added", "inner.zip/c.txt": "added", "photo.png": "rejected",
    }  # fmt: skip
    assert {f.status for f in Pipeline(catalog).ingest([path]).files} == {"unchanged", "rejected"}
    assert catalog.counts()["documents"] == 4


def test_a_bomb_in_an_archive_stops_early_and_its_neighbours_load(tmp_path: Path) -> None:
    path = archive(tmp_path / "bomb.zip", ("bomb.txt", b"0" * (64 << 20)), ("good.txt", TEXT))
    bomb, good = Pipeline(Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")).ingest([path]).files
    assert (bomb.status, good.status) == ("rejected", "added")
    assert "far beyond its packed size" in str(bomb.reason)


def test_names_in_an_archive_never_leave_its_folder(tmp_path: Path) -> None:
    path = archive(tmp_path / "slip.zip", ("../../escaped.txt", TEXT), ("/etc/escaped.txt", TEXT + b" Two."))
    report = Pipeline(Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")).ingest([path])
    assert {f.status for f in report.files} == {"added"}
    assert not list(tmp_path.parent.glob("escaped.txt")) and not Path("/etc/escaped.txt").exists()

"""Readers and chunking: what is read, from which page, and that nothing is lost or cut."""

from __future__ import annotations

import gzip
import re
from datetime import date
from pathlib import Path

import pytest
from fpdf import FPDF
from openpyxl import Workbook

from assistant.errors import InvalidInput
from ingestion.chunk import LIMIT, chunk_markdown, chunk_pages, chunk_text, sentences
from ingestion.dates import parse_date
from ingestion.language import detect_language
from ingestion.mentions import country_code, inline_citations, mentions
from ingestion.readers.files import clean, read_content
from ingestion.readers.markup import html_text
from ingestion.readers.pdf import Page, read_pdf
from ingestion.readers.table import read_table
from ingestion.readers.text import front_matter, json_records, load_json, load_yaml, yaml_records

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_pdf_keeps_page_numbers_and_title(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.set_title("Two pages")
    for text in ("First page speaks of wire.", "Second page speaks of resin."):
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        pdf.cell(text=text)
    pdf.output(str(tmp_path / "a.pdf"))
    found = read_pdf(read_content(tmp_path / "a.pdf"))
    assert found.title == "Two pages"
    assert [(c.page, c.text) for c in chunk_pages(found.pages)] == [
        (1, "First page speaks of wire."),
        (2, "Second page speaks of resin."),
    ]


def test_gzip_and_content_decide_the_format(tmp_path: Path) -> None:
    packed = tmp_path / "note.md.gz"
    packed.write_bytes(gzip.compress("# Título\n\nHola.".encode()))
    content = read_content(packed)
    assert (content.format, content.name, content.stem) == ("markdown", "note.md", "note")
    (tmp_path / "list.csv").write_text('[{"id": "a"}]')
    assert read_content(tmp_path / "list.csv").format == "json"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_separators_and_line_numbers(tmp_path: Path, separator: str) -> None:
    rows = [
        ["id", "Monthly Capacity", "note"],
        ["a", "5", '"two\nlines"'],
        ["b", "", "x"],
        ["", "", ""],
        ["c", "7", "é"],
    ]
    path = tmp_path / "t.csv"
    path.write_text("\ufeff" + "\n".join(separator.join(row) for row in rows), encoding="utf-8")
    table = read_table(read_content(path))
    assert table.columns == ("id", "monthly_capacity", "note")
    assert [(r.line, r.values) for r in table.rows] == [
        (2, {"id": "a", "monthly_capacity": "5", "note": "two\nlines"}),
        (4, {"id": "b", "note": "x"}),
        (6, {"id": "c", "monthly_capacity": "7", "note": "é"}),
    ]


def test_xlsx_cells_become_the_text_a_csv_would_hold(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["id", "employees", "sample", "issued"],
        ["a", 120.0, True, date(2026, 5, 1)],
        [None, None, None, None],
        ["b"],
    ):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    table = read_table(read_content(tmp_path / "t.xlsx"))
    assert [(r.line, r.values) for r in table.rows] == [
        (2, {"id": "a", "employees": "120", "sample": "true", "issued": "2026-05-01"}),
        (4, {"id": "b"}),
    ]


def test_yaml_keeps_strings_that_yaml_1_1_would_turn() -> None:
    loaded = load_yaml("country: NO\nheading: 0101\nday: 2026-01-02\nyes_word: yes\nn: 12\nf: 0.5\nb: true\nempty:\n")
    assert loaded == {
        "country": "NO", "heading": "0101", "day": "2026-01-02", "yes_word": "yes", "n": 12, "f": 0.5, "b": True,
        "empty": None,
    }  # fmt: skip


def test_yaml_aliases_are_allowed_until_they_explode() -> None:
    assert load_yaml("a: &x [1, 2]\nb: *x")["b"] == [1, 2]
    bomb = 'a0: &a0 ["x","x","x","x","x","x","x","x","x"]\n'
    for n in range(1, 10):
        bomb += f"a{n}: &a{n} [{','.join(f'*a{n - 1}' for _ in range(9))}]\n"
    with pytest.raises(InvalidInput, match="aliases unfold"):
        load_yaml(bomb)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "'a' stands twice"),
        ("a: [1, 2", "YAML is wrong, line"),
        ("a: !!python/object/apply:os.system [ls]", "YAML is wrong"),
    ],
)
def test_wrong_yaml_names_its_line(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        load_yaml(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('[{"a": 1},\n {"b": ', "truncated: it ends at line 2"),
        ('{"a": "unfinished', "truncated"),
        ('{"a": 1 "b": 2}', "line 1, column 9"),
        ('{"a": NaN}', "not a number"),
        ("[" * 100_000, "nested too deeply|truncated"),
    ],
)
def test_wrong_json_says_where(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        load_json(text)


def test_records_know_their_lines() -> None:
    assert [(r.line, r.value) for r in json_records('[\n {"a": 1},\n\n {"a":\n  2}, 3]')] == [
        (2, {"a": 1}),
        (4, {"a": 2}),
        (5, 3),
    ]
    lined = json_records('{"a": 1}\n{bad}\n{"a": 3}')
    assert [(r.line, r.value, bool(r.problem)) for r in lined] == [
        (1, {"a": 1}, False),
        (2, None, True),
        (3, {"a": 3}, False),
    ]
    assert [r.line for r in yaml_records("# note\n- a: 1\n  b: 2\n- a: 3\n")] == [2, 4]


def test_front_matter() -> None:
    assert front_matter("---\ntitle: A\n---\nBody\n---\nmore") == ({"title": "A"}, "Body\n---\nmore")
    assert front_matter("No front matter --- here") == ({}, "No front matter --- here")
    with pytest.raises(InvalidInput, match="never ends"):
        front_matter("---\ntitle: A\n\nBody")


def test_html_drops_scripts_and_keeps_structure() -> None:
    title, text = html_text(
        "<html><head><title>T</title><script>x()</script></head><h2>Who</h2><p>One<br>two<ul><li>a<li>b</ul>"
    )
    assert title == "T"
    assert "x()" not in text
    assert text.splitlines()[0] == "## Who"
    assert [(c.paragraph, c.text) for c in chunk_markdown(text)] == [("Who", "One two\n- a\n- b")]


def test_sentences_are_not_cut_at_citations_and_legal_forms() -> None:
    text = (
        "See 19 CFR 182.12(a). Acme, S.A. de C.V. is in Sec. 5 of the U.S. Code. "
        "Véase el art. 36-A, p. ej. su fracción I. ¿Qué más? Costs US$2.50 per No. 4 box. End."
    )
    assert sentences(text) == [
        "See 19 CFR 182.12(a).",
        "Acme, S.A. de C.V. is in Sec. 5 of the U.S. Code.",
        "Véase el art. 36-A, p. ej. su fracción I.",
        "¿Qué más?",
        "Costs US$2.50 per No. 4 box.",
        "End.",
    ]


def test_long_sections_part_between_sentences() -> None:
    said = [f"Sentence number {n} says that the importer keeps record {n} for five years." for n in range(60)]
    chunks = chunk_markdown("# Title\n\n## Keeping\n\n" + " ".join(said))
    assert len(chunks) > 3
    assert all(len(c.text) <= LIMIT and c.paragraph == "Keeping" and c.text.endswith("years.") for c in chunks)
    assert " ".join(c.text for c in chunks) == " ".join(said)


def test_list_items_keep_their_lead_in() -> None:
    items = [f"- element {n}: " + "detail " * 12 + "end;" for n in range(30)]
    chunks = chunk_markdown("## Elements\n\nA valid one shows each of these:\n\n" + "\n".join(items))
    assert len(chunks) > 2
    assert all(c.text.startswith("A valid one shows each of these:\n- element") for c in chunks)
    assert [line for c in chunks for line in c.text.split("\n") if line.startswith("-")] == [i.rstrip() for i in items]


def test_tables_repeat_their_head() -> None:
    rows = [f"| {n} | {'text ' * 20} |" for n in range(30)]
    chunks = chunk_markdown("\n".join(["| No | What |", "|---|---|", *rows]))
    assert len(chunks) > 2
    assert all(c.text.startswith("| No | What |\n|---|---|\n|") for c in chunks)


def test_nested_headings_name_the_passage() -> None:
    chunks = chunk_markdown("# Guide\n\nIntro.\n\n## A\n\n### B\n\nText b.\n\n## C\n\nText c.")
    assert [(c.paragraph, c.text) for c in chunks] == [(None, "Intro."), ("A > B", "Text b."), ("C", "Text c.")]


def test_running_heads_are_dropped_but_only_they() -> None:
    pages = [Page(n, f"HTSUS (2026)\nPage {n}\nUnique text {n} about goods.\nAnnotated") for n in range(1, 9)]
    chunks = chunk_pages(pages)
    assert [c.text for c in chunks] == [f"Unique text {n} about goods." for n in range(1, 9)]


def test_wrapped_lines_join_and_labels_stay_apart() -> None:
    text = "Standard: ISO 9001:2015\nHolder: Moldes Ámbar\nScope: Molding of housings for\nhospital beds\nExpires: 2027"
    assert [c.text for c in chunk_text(text)] == [
        "Standard: ISO 9001:2015\nHolder: Moldes Ámbar\nScope: Molding of housings for hospital beds\nExpires: 2027"
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-03-15", date(2027, 3, 15)),
        ("15 March 2027", date(2027, 3, 15)),
        ("March 15th, 2027", date(2027, 3, 15)),
        ("15 de marzo de 2027", date(2027, 3, 15)),
        ("15/mar/2027", None),
        ("15/03/2027", date(2027, 3, 15)),
        ("03/04/2027", None),
        ("2027-02-30", None),
        ("soon", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    if day is None:
        with pytest.raises(ValueError, match=r"is not a date|two dates"):
            parse_date(text)
    else:
        assert parse_date(text) == day


def test_language_countries_codes_and_citations() -> None:
    assert detect_language("The importer must keep the records for five years") == "en"
    assert detect_language("El importador debe conservar los registros por cinco años") == "es"
    assert detect_language("ABS 300") is None
    assert [country_code(c) for c in ("mx", "México", "Estados Unidos", "Chinna", "XX", "deu")] == [
        "MX",
        "MX",
        "US",
        None,
        None,
        "DE",
    ]
    found = mentions("Goods of 8544.30.00 from Vietnam and Corea del Sur; 8481.80.30.90. See 19 CFR 182.12.")
    assert found == {"hts": ["85443000", "8481803090"], "countries": ["VN", "KR"]}
    cites = [{"cite": "19 CFR 182.1"}, {"cite": "19 CFR 182.12"}]
    assert inline_citations("as said [19 CFR 182.12(a)(4)].", cites) == [{"cite": "19 CFR 182.12"}]


def test_clean_composes_and_removes_what_no_reader_sees() -> None:
    assert clean("e\u0301\u00ad \ufb01x\u0000\r\nb") == "é fix \nb"


def test_official_note_keeps_every_word_and_page() -> None:
    path = SHARED / "us" / "general_notes" / "general_rules_of_interpretation.pdf"
    if not path.exists():
        pytest.skip("../shared/data is absent")
    found = read_pdf(read_content(path))
    chunks = chunk_pages(found.pages)
    for page in found.pages:
        have = set(words(" ".join(f"{c.paragraph} {c.text}" for c in chunks if c.page == page.number)))
        assert set(words(page.text)) <= have
    assert any("essential character" in c.text for c in chunks)

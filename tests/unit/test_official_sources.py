"""Official files as published: what kind each is, under which address its words stand, and what is law."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion.pipeline import Pipeline
from ingestion.readers.files import read_content
from ingestion.readers.pdf import read_pdf
from ingestion.report import FileReport
from retrieval.catalog import Catalog
from retrieval.models import Document, Passage


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path_factory.mktemp('official') / 'catalog.sqlite'}")


def load(catalog: Catalog, path: Path) -> tuple[FileReport, Document, list[Passage]]:
    [report] = Pipeline(catalog, keep_states=True).ingest([path]).files
    document = catalog.document(str(report.document_id))
    assert document is not None, report.reason
    return report, document, catalog.document_passages(document.id)


def at(passages: list[Passage], address: str) -> list[Passage]:
    return [p for p in passages if address in p.meta.get("addresses", [])]


@pytest.mark.parametrize(
    ("file", "kind", "key", "title"),
    [
        ("general_notes/general_note_3.pdf", "notes", "general-note-3.2025-rev-7", "HTSUS General Note 3, 2025"),
        ("general_notes/general_note_12.pdf", "notes", "general-note-12.2025-rev-7", "HTSUS General Note 12, 2025"),
        ("general_notes/general_rules_of_interpretation.pdf", "notes", "gri.2025-rev-7", "HTSUS General Rules of"),
        ("notes/chapter_76.pdf", "notes", "chapter-76.2025-rev-7", "HTSUS Chapter 76, 2025 revision 7"),
        ("notes/gri-and-us-notes.md", "notes", "gri-and-us-notes.md", "HTSUS General Rules of Interpretation"),
        ("usc_title_19/part-141.md", "guide", "part-141.md", "19 U.S.C. § 1304. Marking of imported articles and"),
        ("measures/fr_2025-23316.pdf", "notice", "fr-2025-23316", "Implementing Certain Tariff-Related Elements"),
        ("measures/FR-2026-11296.xml", "notice", "fr-2026-11296", "PROPOSED, not in force: Notice of Determinations"),
        ("measures/csms_trade_entries.json", "notice", "csms_trade_entries.json", "CBP trade messages (CSMS), index"),
        ("../mx/cce_20_incoterms.sql", "tigie", "mx-cce_20_incoterms", "Incoterms del catálogo del SAT"),
    ],
)  # fmt: skip
def test_recognised_by_content(
    shared_data: Path, catalog: Catalog, tmp_path: Path, file: str, kind: str, key: str, title: str
) -> None:
    original = shared_data / "us" / file
    report, document, passages = load(catalog, original)
    assert (report.kind, document.kind, document.key) == (kind, kind, key)
    assert document.title.startswith(title)
    assert passages
    renamed = tmp_path / f"download{original.suffix}"  # the words decide, not the name
    renamed.write_bytes(original.read_bytes())
    [again] = Pipeline(Catalog(f"sqlite:///{tmp_path / 'other.sqlite'}")).ingest([renamed]).files
    assert again.kind == kind


RUNNING = re.compile(
    r"Harmonized Tariff Schedule of the United States .*|Annotated for Statistical Reporting Purposes|GN p\.\s*\d+.*"
    r"|X*(?:IX|IV|V?I{0,3})-?\d*|\d+-\d+|Endnotes--page.*|.*\(con\.\)"
)


@pytest.mark.parametrize(
    "file", ["general_notes/general_note_4.pdf", "general_notes/general_note_33.pdf", "notes/chapter_87.pdf"]
)
def test_no_word_of_a_note_is_lost_but_running_heads(shared_data: Path, catalog: Catalog, file: str) -> None:
    _, document, passages = load(catalog, shared_data / "us" / file)
    pages = read_pdf(read_content(shared_data / "us" / file)).pages
    lines = [line for page in pages for line in page.text.split("\n") if not RUNNING.fullmatch(line.strip())]
    stored = Counter(re.findall(r"\w+", " ".join(f"{p.paragraph} {p.text}" for p in passages)))
    lost = Counter(re.findall(r"\w+", " ".join(lines))) - stored
    assert sum(lost.values()) <= len(pages), lost  # the page's number alone on its line
    assert document.pages == len(pages) == len({p.page for p in passages if p.page})


@pytest.mark.parametrize(
    ("file", "address", "page", "words"),
    [
        ("notes/chapter_85.pdf", "85/note 5", 1, "“smartphones” means telephones"),
        ("notes/chapter_85.pdf", "85/note 12(b)(ii)", 3, "Hybrid integrated circuits"),
        ("notes/chapter_85.pdf", "85/additional U.S. note 9(b)", 5, "Video processing and amplification"),
        ("notes/chapter_85.pdf", "85/statistical note 2", 6, "sealed beam lamp"),
        ("notes/chapter_84.pdf", "section XVI/note 6(A)(a)", 2, "rendered unusable"),
        ("notes/chapter_84.pdf", "section XVI/note 1(ij)", 1, "Endless belts of metal wire"),
        ("general_notes/general_note_3.pdf", "GN 3(a)(v)(B)(3)(II)", 2, "do not enter into the commerce"),
        ("general_notes/general_note_11.pdf", "GN 11(c)(iv)(A)", 2, "value of non-originating materials"),
        ("general_notes/general_note_11.pdf", "GN 11(l)(xxiv)", 20, "Territory"),
        ("general_notes/general_rules_of_interpretation.pdf", "GRI 3(b)", 1, "essential character"),
    ],
)  # fmt: skip
def test_notes_stand_under_their_address(
    shared_data: Path, catalog: Catalog, file: str, address: str, page: int, words: str
) -> None:
    _, _, passages = load(catalog, shared_data / "us" / file)
    found = at(passages, address)
    assert any(words in p.text and abs((p.page or 0) - page) <= 1 for p in found), [
        (p.page, p.text[:80]) for p in found
    ]


def test_chapter_99_keeps_its_subdivisions_lists_and_date(shared_data: Path, catalog: Catalog) -> None:
    report, document, passages = load(catalog, shared_data / "us/measures/chapter_99_notes_2026_rev_6.txt.gz")
    assert (report.kind, document.revision, document.effective_from) == ("chapter_99", "2026 rev 6", date(2026, 4, 23))
    assert document.pages == 727
    addresses = {a for p in passages for a in p.meta.get("addresses", [])}
    numbers = {int(n) for a in addresses if (n := a.removeprefix("99/III/note ").partition("(")[0]).isdigit()}
    assert {1, 2, 16, 19, 20, 31, 33, 35, 36, 37, 38, 39} <= numbers
    assert {f"99/III/note 16(c)({n})" for n in ("i", "iii", "iv", "v", "vi", "ix", "x")} <= addresses
    assert {f"99/III/note 20({a})" for a in ("a", "f", "z", "aa", "vvv")} <= addresses
    [first, *_] = at(passages, "99/III/note 16(c)(i)")
    assert "Articles of aluminum" in first.text
    assert first.meta["page_label"] == "99-III-64"
    assert not first.embed, "a list of numbers has no meaning to embed"
    derivative = " ".join(p.text for p in at(passages, "99/III/note 16(c)(iv)"))
    assert "7216.91.0010" in derivative
    assert "7301.20.10" in derivative, "printed above its title, in a column out of step"
    assert "7301.20.10" not in " ".join(p.text for p in at(passages, "99/III/note 16(c)(iii)"))
    assert "9903.82.02–9903.82.19" in at(passages, "99/III/note 16(c)")[0].text, "a soft hyphen stood for the dash"


def test_statutes_by_section_and_subsection(shared_data: Path, catalog: Catalog) -> None:
    _, document, passages = load(catalog, shared_data / "us/usc_title_19/part-141.md")
    assert (document.legal_status, document.meta["cite"]) == ("law", "19 USC 1304")
    [found] = at(passages, "19 USC 1304(a)(3)(K)")
    assert "economically prohibitive" in found.text
    _, _, cut = load(catalog, shared_data / "us/usc_title_19/part-22.md")
    assert at(cut, "19 USC 58c(b)(…)(E)"), "the level that the file doesn't show is not invented"
    assert at(cut, "19 USC 58c(b)(9)(A)(ii)(I)")
    assert at(cut, "19 USC 58c(b)(9)(D)(iii)(I)(bb)"), "an item below a subclause is no subsection"
    assert "section 4531" in at(cut, "19 USC 58c(b)(10)(B)")[0].text


@pytest.mark.parametrize("file", ["FR-2026-11158.xml", "FR-2026-11296.xml"])
def test_a_proposal_is_never_law(shared_data: Path, catalog: Catalog, file: str) -> None:
    _, document, passages = load(catalog, shared_data / "us/measures" / file)
    assert document.legal_status == "proposed"
    assert document.title.startswith("PROPOSED, not in force: ")
    assert document.effective_from is None
    assert document.url == f"https://www.federalregister.gov/d/{document.meta['fr_doc']}"
    assert document.meta["published"].startswith("2026-06-0")
    assert {p.page for p in passages if p.page}, "printed pages"


def test_a_notice_that_amends_the_schedule_is_law_from_its_day(shared_data: Path, catalog: Catalog) -> None:
    _, document, passages = load(catalog, shared_data / "us/measures/fr_2025-23316.pdf")
    assert (document.legal_status, document.effective_from) == ("law", date(2025, 11, 14))
    assert (document.meta["cite"], document.meta["published"]) == ("90 FR 59281", "2025-12-18")
    assert not any("Federal Register / Vol." in p.text for p in passages), "the running head"
    _, annex, _ = load(catalog, shared_data / "us/measures/proclamation_232_metals_annexes_2026-04.pdf")
    assert (annex.kind, annex.legal_status, annex.effective_from) == ("notice", "law", date(2026, 4, 6))


XML = """<{root}><PREAMB><AGENCY>Office</AGENCY><SUBJECT>Steel</SUBJECT>
<ACT><HD SOURCE="HED">ACTION:</HD><P>{action}</P></ACT><SUM><P>{summary}</P></SUM><DATES><P>{dates}</P></DATES></PREAMB>
<SUPLINF><PRTPAGE P="100"/><P>Body of 7208.10.15.</P></SUPLINF>
<FRDOC>[FR Doc. 2026-12345 Filed 6-3-26; 8:45 am]</FRDOC></{root}>"""


@pytest.mark.parametrize(
    ("root", "action", "summary", "dates", "status", "start"),
    [
        ("PRORULE", "Notice.", "Steel.", "Comments by July 1, 2026.", "proposed", None),
        ("NOTICE", "Request for comments.", "USTR is proposing action.", "", "proposed", None),
        ("RULE", "Final rule.", "Steel.", "This rule is effective July 1, 2026.", "law", date(2026, 7, 1)),
        ("RULE", "Final rule.", "Adopts the proposed rule.", "Effective on July 2, 2026.", "law", date(2026, 7, 2)),
        ("NOTICE", "Notice.", "A meeting was held.", "", "notice", None),
        (
            "NOTICE",
            "Notice.",
            "This notice amends the Harmonized Tariff Schedule of the United States.",
            "Effective for goods entered on or after 12:01 a.m. eastern time on July 4, 2026.",
            "law",
            date(2026, 7, 4),
        ),
    ],
)
def test_status_of_federal_register_documents(
    tmp_path: Path, root: str, action: str, summary: str, dates: str, status: str, start: date | None
) -> None:
    path = tmp_path / "notice.xml"
    path.write_text(XML.format(root=root, action=action, summary=summary, dates=dates))
    _, document, passages = load(Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}"), path)
    assert (document.legal_status, document.effective_from) == (status, start)
    assert document.title.startswith("PROPOSED") == (status == "proposed")
    [body] = [p for p in passages if "Body of" in p.text]
    assert (body.page, body.meta["hts"]) == (100, ["72081015"])


def test_messages_of_cbp_have_their_number_and_address(shared_data: Path, catalog: Catalog) -> None:
    report, document, passages = load(catalog, shared_data / "us/measures/csms_trade_entries.json")
    assert document.legal_status == "index"
    assert report.counts["entries"] == len(passages) == 41
    [found] = at(passages, "CSMS 64297292")
    assert "Additional Duties on Imports from Mexico" in found.text
    assert found.meta["countries"] == ["MX"]


def test_the_mexican_nomenclature_in_spanish(shared_data: Path, catalog: Catalog) -> None:
    path = shared_data / "mx/cce_20_fracciones_arancelarias.sql"
    report, document, passages = load(catalog, path)
    assert (report.kind, document.language) == ("tigie", "es")
    assert report.counts["fracciones"] == path.read_text(encoding="utf-8").count("INSERT INTO")
    [found] = at(passages, "fracción 0102290100")
    assert found.paragraph == "partida 01.02"
    assert "Fracción 0102.29.01, NICO 00: Vacas lecheras (pieza)" in found.text


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.sql", "CREATE TABLE x (a text);", "a table without rows"),
        ("a.sql", "DROP TABLE documents;", "no INSERT statement"),
        ("a.sql", "INSERT INTO users VALUES('root','x');", "the table 'users', which is none of SAT's"),
    ],
)
def test_other_sql_is_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    [report] = Pipeline(Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")).ingest([tmp_path / name]).files
    assert report.status == "rejected"
    assert says in str(report.reason)


def test_fracciones_with_a_bad_row_and_as_a_table(tmp_path: Path) -> None:
    rows: list[tuple[str, dict[str, Any]]] = []
    for name, text in (
        (
            "a.sql",
            "INSERT INTO cce_20_fracciones_arancelarias VALUES('8544300100','Arneses d''oro','2024-01-18','','06');\n"
            "INSERT INTO cce_20_fracciones_arancelarias VALUES('85','x','2024-01-18','','06');\n"
            "INSERT INTO cce_20_fracciones_arancelarias VALUES('8544300200','cortada",
        ),
        ("b.csv", "fraccion,nico,texto\n8544.30.01,00,Arneses d'oro\n85,,x\n"),
    ):
        (tmp_path / name).write_text(text)
        catalog = Catalog(f"sqlite:///{tmp_path / name}.sqlite")
        report, _, [passage] = load(catalog, tmp_path / name)
        assert report.rejected_rows[0].line == (2 if name == "a.sql" else 3)
        rows.append((passage.text.partition(" (")[0], {k: v for k, v in passage.meta.items() if k == "hts"}))
    assert rows[0] == rows[1] == ("Fracción 8544.30.01, NICO 00: Arneses d'oro", {"hts": ["8544", "8544300100"]})

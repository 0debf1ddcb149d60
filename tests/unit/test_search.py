"""Search over small texts: words, identifiers, languages, dates, tenants, and when to say that nothing fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.analysis import analyse, guess_language, identifiers
from retrieval.catalog import Catalog
from retrieval.embed import Encoder, load_encoder
from retrieval.glossary import pairs
from retrieval.index import index_pending
from retrieval.query import asks, understand
from retrieval.records import NewDocument, NewPassage
from retrieval.search import Searcher
from retrieval.sections import WHOLE
from retrieval.vectors import Vectors

DAY = dt.date(2026, 7, 1)
GUIDES = {
    "origin": {
        "en": (
            "USMCA certification of origin",
            {
                "Who may certify": "The importer, the exporter or the producer completes it [19 CFR 182.12(a)].",
                "Data elements": "It must contain nine elements: certifier, exporter, producer, importer, description, "
                "origin criterion, blanket period, signature and date.",
                "How long to keep it": "Keep the certification five years from importation [19 CFR 182.15].",
            },
        ),
        "es": (
            "Certificación de origen del T-MEC",
            {
                "Quién certifica": "La llena el importador, el exportador o el productor [19 CFR 182.12(a)].",
                "Elementos": "Debe contener nueve elementos: certificador, exportador, productor, importador, "
                "descripción, criterio de origen, periodo global, firma y fecha.",
                "Cuánto tiempo conservarla": "Se conserva cinco años desde la importación [19 CFR 182.15].",
            },
        ),
    },
    "bonds": {
        "en": (
            "Customs bonds",
            {
                "What a bond is for": "A surety promises CBP that duties will be paid.",
                "Continuous bond": "Its amount is ten percent of the duties and fees of a year, at least 50,000 USD.",
            },
        ),
        "es": (
            "Fianzas aduanales en Estados Unidos",
            {
                "Para qué sirve": "Una afianzadora responde ante CBP por los aranceles.",
                "Fianza continua": "Su monto es el diez por ciento de los aranceles y cuotas de un año.",
            },
        ),
    },
    "harness": {
        "en": ("Wire harness plants", {"Codes": "Wiring sets of heading 8544.30.00.00 are crimped and tested."}),
        "es": ("Plantas de arneses", {"Códigos": "Juegos de cables de la fracción 8544.30.00.00, probados."}),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return load_encoder(cache=None)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Searcher]:
    home = tmp_path_factory.mktemp("home")
    catalog = Catalog(f"sqlite:///{home / 'c.sqlite'}")
    vectors = Vectors(home / "chroma", encoder.model_id, encoder.dimension)
    for guide, versions in GUIDES.items():
        for language, (title, sections) in versions.items():
            catalog.store(
                NewDocument("guide", f"{guide}.{language}", title, f"{guide}.{language}.md", guide + language,
                            language=language, meta={"guide_id": guide}),
                [NewPassage(text, paragraph=heading) for heading, text in sections.items()],
            )  # fmt: skip
    dated = {"old": (dt.date(2025, 1, 1), dt.date(2026, 2, 23)), "new": (dt.date(2026, 2, 24), None)}
    for key, (start, end) in dated.items():
        catalog.store(
            NewDocument("notes", key, f"Surcharge rule {key}", f"{key}.txt", key, language="en",
                        effective_from=start, effective_to=end),
            [NewPassage(f"The temporary import surcharge, {key} text.", page=3)],
        )  # fmt: skip
    for revision, start in (("rev4", dt.date(2026, 2, 24)), ("rev10", dt.date(2026, 6, 8))):
        catalog.store(
            NewDocument("hts", revision, f"HTS {revision}", f"{revision}.json", revision, language="en",
                        revision=revision, effective_from=start),
            [NewPassage("Taps, cocks, valves of copper 8481.80.10", embed=False)],
        )  # fmt: skip
    catalog.store(
        NewDocument("manufacturer", "acme-secret", "Acme's private supplier", "p.json", "p", tenant="acme"),
        [NewPassage("Zirconia crucibles, certificate MX/QMS-2024-0815 under ISO 13485.", language="en")],
    )
    index_pending(catalog, vectors, encoder)
    yield Searcher(catalog, vectors, encoder)
    vectors.close()
    catalog.close()


@pytest.mark.parametrize(
    ("query", "document", "heading"),
    [
        ("What must a USMCA certification of origin contain?", "guide:origin.en", "Data elements"),
        ("¿Qué debe contener una certificación de origen del T-MEC?", "guide:origin.es", "Elementos"),
        ("que debe contener la certificacion de origen del tmec", "guide:origin.es", "Elementos"),
        ("What must a CUSMA certificate of origin contain?", "guide:origin.en", "Data elements"),
        ("¿Cuántos años guardo la certificación del USMCA?", "guide:origin.es", "Cuánto tiempo conservarla"),
        ("How long do I keep the T-MEC certification?", "guide:origin.en", "How long to keep it"),
        ("Who completes the certificate of origin?", "guide:origin.en", "Who may certify"),
        ("amount of a continuous bond", "guide:bonds.en", "Continuous bond"),
        ("¿De cuánto es la fianza continua?", "guide:bonds.es", "Fianza continua"),
    ],
)
def test_right_section_first_in_the_askers_language(
    searcher: Searcher, query: str, document: str, heading: str
) -> None:
    result = searcher.search(query, as_of=DAY)
    assert (result.hits[0].document_id, result.hits[0].paragraph) == (document, heading)
    assert not result.weak
    assert result.language == document[-2:]


def test_versions_of_a_guide_count_once(searcher: Searcher) -> None:
    hits = searcher.search("certification of origin importer exporter producer", as_of=DAY, limit=20).hits
    places = [(h.document_id.removesuffix(".en").removesuffix(".es"), h.text) for h in hits]
    origin = [h for h in hits if h.document_id.startswith("guide:origin")]
    assert len(set(places)) == len(hits)
    assert {h.language for h in origin} == {"en"} and len(origin) == 3


def test_language_can_be_asked_for(searcher: Searcher) -> None:
    result = searcher.search("continuous bond amount", as_of=DAY, language="es")
    assert result.hits[0].document_id == "guide:bonds.es" and result.hits[0].paragraph == "Fianza continua"


@pytest.mark.parametrize("code", ["8544.30.00.00", "8544300000", "8544.30.0000", "8544.30"])
def test_codes_are_found_in_any_punctuation(searcher: Searcher, code: str) -> None:
    for text in (code, f"what is {code}, and what about bonds?"):
        result = searcher.search(text, as_of=DAY)
        assert result.hits[0].document_id == "guide:harness.en" and not result.weak


@pytest.mark.parametrize("citation", ["19 CFR 182.15", "19 C.F.R. § 182.15", "19 CFR 182.15(a)", "19CFR182.15"])
def test_citations_are_found(searcher: Searcher, citation: str) -> None:
    hit = searcher.search(citation, as_of=DAY, language="en").hits[0]
    assert (hit.document_id, hit.paragraph) == ("guide:origin.en", "How long to keep it")


def test_only_what_is_in_force_is_found(searcher: Searcher) -> None:
    def found(day: dt.date) -> list[str]:
        return [h.document_id for h in searcher.search("temporary import surcharge", as_of=day, kinds=["notes"]).hits]

    assert found(dt.date(2026, 2, 23)) == ["notes:old"]
    assert found(dt.date(2026, 2, 24)) == ["notes:new"]
    assert found(dt.date(2024, 12, 31)) == []


def test_of_schedules_only_the_latest_revision_in_force_is_found(searcher: Searcher) -> None:
    def found(day: dt.date) -> list[str]:
        return [h.document_id for h in searcher.search("valves of copper", as_of=day, kinds=["hts"]).hits]

    assert found(dt.date(2026, 6, 8)) == ["hts:rev10"]
    assert found(dt.date(2026, 6, 7)) == ["hts:rev4"]
    assert found(dt.date(2026, 1, 1)) == []


def test_tenants_are_kept_apart(searcher: Searcher) -> None:
    for query in ("zirconia crucibles", "MX/QMS-2024-0815", "mx qms-2024-0815"):
        assert "acme" not in str(searcher.search(query, as_of=DAY, limit=50).hits)
    hits = searcher.search("mx/qms-2024-0815", as_of=DAY, tenants=["public", "acme"]).hits
    assert hits[0].document_id == "manufacturer:acme-secret@acme"


def test_kinds_narrow_the_search(searcher: Searcher) -> None:
    assert {h.kind for h in searcher.search("duties", as_of=DAY, kinds=["guide"], limit=50).hits} == {"guide"}
    assert searcher.search("duties", as_of=DAY, kinds=["ruling"]).hits == []
    assert searcher.search("duties", as_of=DAY, kinds=["ruling"]).weak


@pytest.mark.parametrize(
    "query",
    ["best chocolate cake recipe", "who won the world cup", "receta de pastel de chocolate", "qwzx", "?", "the"],
)
def test_what_is_not_there_is_weak(searcher: Searcher, query: str) -> None:
    assert searcher.search(query, as_of=DAY).weak


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "* OR NEAR(",
        "origin AND NOT",
        "title: bond",
        "-origin ^x {a b}",
        "'; DROP TABLE passages; --",
        "\x00\ud800",
    ],
)
def test_query_syntax_is_only_text(searcher: Searcher, query: str) -> None:
    searcher.search(query, as_of=DAY)


def test_enormous_query_is_cut(searcher: Searcher) -> None:
    assert len(searcher.search("bond continuous amount " * 100_000, as_of=DAY).hits) == 5


def test_hit_carries_what_a_citation_needs(searcher: Searcher) -> None:
    hit = searcher.search("temporary import surcharge", as_of=DAY, kinds=["notes"]).hits[0]
    assert (hit.title, hit.file, hit.page, hit.effective_from) == (
        "Surcharge rule new",
        "new.txt",
        3,
        dt.date(2026, 2, 24),
    )
    assert 0 < hit.score <= 1 and hit.coverage == 1.0


def test_words_alone_serve_without_vectors(searcher: Searcher) -> None:
    plain = Searcher(searcher._catalog, None, None)
    result = plain.search("amount of a continuous bond", as_of=DAY)
    assert result.hits[0].paragraph == "Continuous bond" and not result.weak
    assert plain.search("best chocolate cake recipe", as_of=DAY).weak


def test_tokens_of_codes_and_words() -> None:
    tokens = str(analyse("Fracción 8544.30.00.00, NOM-024, 19 CFR Part 182, U.S. and 1,250.50", "es")).split()
    assert {"8544300000", "85443000", "854430", "8544", "nom024", "19cfr182", "us", "1250_50"} <= set(tokens)
    assert analyse("certificaciones", "es").words == analyse("CERTIFICACIÓN", "es").words
    assert analyse("the de la and", None).words == ()


def test_identifiers_are_neither_dates_nor_amounts() -> None:
    assert identifiers("before 2026-07-01, 20,000 pieces at $1234.56, 1,250.50, or 300 in 2026") == []
    assert identifiers("HTS 9903.88.03 and N301234, iso 13485, 19 U.S.C. § 1508(b)") == [
        "99038803",
        "n301234",
        "iso13485",
        "19usc1508",
    ]


@pytest.mark.parametrize(
    ("text", "covered", "not_covered"),
    [
        ("A change to headings 8541 through 8548", {"8544", "8547"}, {"8540", "8549"}),
        ("las partidas 84.01 a 84.05 inclusive", {"8403"}, {"8406"}),
        ("subheadings 8544.11–8544.20", {"854415"}, {"854421"}),
        ("headings 2019 to 2024", set(), {"2021"}),  # no such headings: years
        ("a change from 8401 to 8405", set(), {"8403"}),  # of nothing said to be a heading
        ("headings 0101 through 9706", set(), {"8544"}),  # the whole schedule says nothing of one heading
    ],
)
def test_ranges_hold_the_headings_between(text: str, covered: set[str], not_covered: set[str]) -> None:
    tokens = set(str(analyse(text, "en")).split())
    assert covered <= tokens
    assert tokens.isdisjoint(not_covered)


@pytest.mark.parametrize("asked", ["NY N301627", "n 301627", "resolución N301627", "ny n-301627"])
def test_rulings_by_number(asked: str) -> None:
    assert "n301627" in identifiers(asked)
    assert identifiers("HQ H301234") == ["h301234"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the rate?", "en"),
        ("¿Cuánto paga?", "es"),
        ("requisitos del etiquetado", "es"),
        ("8544.30", None),
        ("", None),
    ],
)
def test_language_of_a_question(text: str, language: str | None) -> None:
    assert guess_language(text) == language


def test_questions_and_headings_say_what_they_ask() -> None:
    assert asks("When must it be filed, and by whom?") == {"when"}
    assert asks("¿Quién puede certificar?") == {"who"}
    assert asks("What does it contain?") == {"other"}
    assert asks("Continuous bond") == set()
    assert understand("a 'T-MEC' claim").phrases == understand("a USMCA claim").phrases


def test_twin_questions_collapse_to_one_section(searcher: Searcher) -> None:
    for english, spanish, key, headings in [
        ("how big is a continuous bond?", "¿de cuánto es la fianza continua?", "bonds", ("Continuous", "continua")),
        ("who fills in the certificate of origin", "quién llena el certificado de origen", "origin", ("Who", "Quién")),
    ]:
        first = [searcher.search(text, as_of=DAY).hits[0] for text in (english, spanish)]
        assert [h.document_id for h in first] == [f"guide:{key}.en", f"guide:{key}.es"]
        assert all(word in (h.paragraph or "") for word, h in zip(headings, first, strict=True))


def test_one_version_speaks_for_the_other(searcher: Searcher) -> None:
    # "surety" stands in the English version alone, and no glossary term is asked for.
    hit = searcher.search("surety promises", as_of=DAY, language="es").hits[0]
    assert (hit.document_id, hit.paragraph) == ("guide:bonds.es", "Para qué sirve")


@pytest.mark.parametrize(
    "noise",
    [" https://example.com/a/very-long_path?with=words&and=cakes", " me@example.com", " please, thank you very much!"],
)
def test_addresses_and_courtesy_change_nothing(searcher: Searcher, noise: str) -> None:
    question = "amount of a continuous bond"
    clean, noisy = (searcher.search(text, as_of=DAY) for text in (question, question + noise))
    assert [h.id for h in noisy.hits][:2] == [h.id for h in clean.hits][:2]
    assert not noisy.weak


def test_question_in_english_terms() -> None:
    asked = understand("¿Cuándo hay que presentar el ISF 10+2, por favor?")
    assert asked.english == "when file importer security filing"
    assert all(term.known for term in asked.terms)
    assert understand("When is the ISF due?").english == "When is the ISF due?"


def test_glossary_speaks_both_languages() -> None:
    assert len(pairs()) >= 400
    for english, spanish in pairs():
        assert english and spanish
        assert all(analyse(form, None).words for form in (english[0], spanish[0])), (english, spanish)


def test_parts_of_a_section_come_back_together(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    lead = "A certification must contain these elements:"
    parts = [f"{lead}\n1. Certifier\n2. Exporter", f"{lead}\n3. Producer\n4. Importer"]
    other = NewPassage("Certifiers sign the elements.", paragraph="Signature")
    long = [NewPassage(f"Elements of chapter {n}.", paragraph="Chapters") for n in range(WHOLE + 1)]
    for kind, key, meta in (("guide", "guide", {"guide_id": "g"}), ("notice", "law", {})):
        passages = [*(NewPassage(text, paragraph="Elements") for text in parts), other, *long]
        catalog.store(NewDocument(kind, key, key, key, key, language="en", meta=meta), passages)
    hits = Searcher(catalog, None, None).search("elements certifier importer", as_of=DAY, limit=20).hits
    lists = [h for h in hits if h.paragraph == "Elements"]
    assert [h.text for h in lists] == [f"{lead}\n1. Certifier\n2. Exporter\n3. Producer\n4. Importer"] * 2
    assert sum(h.paragraph == "Chapters" for h in hits) == 2 * len(long)  # too many to be one text
    catalog.close()


def test_changed_guide_is_found_in_its_new_sections(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    search = Searcher(catalog, None, None).search
    for edition, headings in (("1", ["Bonds"]), ("2", ["Duties", "Bonds"])):
        document = NewDocument("guide", "g.en", "Guide", "g", edition, language="en", meta={"guide_id": "g"})
        catalog.store(document, [NewPassage(f"About {h}, edition {edition}.", paragraph=h) for h in headings])
        assert search("bonds", as_of=DAY).hits[0].text == f"About Bonds, edition {edition}."
    catalog.close()


def test_embedded_guides_answer_their_questions(filled_home: Path, encoder: Encoder) -> None:
    catalog = Catalog(f"sqlite:///{filled_home / 'catalog.sqlite'}")
    vectors = Vectors(filled_home / "chroma", encoder.model_id, encoder.dimension)
    searcher = Searcher(catalog, vectors, encoder)
    wanted = {
        "What must a USMCA certification of origin contain?": ("us-usmca-certification-of-origin.en", "element"),
        "¿Qué debe contener una certificación de origen del T-MEC?": (
            "us-usmca-certification-of-origin.es",
            "elementos",
        ),
        "Does the ISF apply to trucks from Mexico?": ("us-importer-security-filing.en", "Trucks"),
        "¿Cuánto tiempo pueden quedarse las mercancías bajo IMMEX?": ("mx-immex-program.es", "Cuánto tiempo"),
        "¿Quién expide la Carta Porte?": ("mx-carta-porte-and-vucem.es", "Quién expide"),
        "How is OEE calculated?": ("sourcing-kpis-on-time-first-pass-yield-oee.en", "OEE"),
    }
    for question, (key, heading) in wanted.items():
        result = searcher.search(question, as_of=dt.date(2026, 10, 1))
        assert result.hits[0].document_id == f"guide:{key}", question
        assert heading in (result.hits[0].paragraph or ""), question
        assert not result.weak, question
    for stray in ("best chocolate cake recipe", "who won the world cup", "¿quién ganó el mundial de futbol?"):
        assert searcher.search(stray, as_of=dt.date(2026, 10, 1)).weak, stray
    vectors.close()
    catalog.close()

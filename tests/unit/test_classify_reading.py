"""How a description is read: what the goods are, what of, facets, Spanish; and the lexicon's data."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.classify import lexicon as lexicons
from retrieval.classify.chemistry import groups
from retrieval.classify.classifier import confidences
from retrieval.classify.facets import AXES, compare, lineage, offered, read_facets
from retrieval.classify.lexicon import Entry, load_lexicon
from retrieval.classify.reading import read, roles
from retrieval.classify.words import affirmed, load, terms

PRODUCTS = resources.files("retrieval.classify") / "data" / "products"
FILES = sorted(p.name for p in PRODUCTS.iterdir() if p.name.endswith(".yaml"))


@pytest.mark.parametrize(
    ("text", "language", "noun"),
    [
        ("a men's knit pullover made of 100% cotton", "en", "pullover"),
        ("garden hose nozzle with rubber grip", "en", "nozzle"),
        ("The hydraulic press used in the manufacture of tiles", "en", "press"),
        ("bomba de agua para motor", "es", "bomba"),
        ("parts of vacuum cleaners", "en", "cleaners"),
        ("juego de sábanas de algodón", "es", "sabanas"),
    ],
)
def test_the_noun_that_names_the_goods(text: str, language: str, noun: str) -> None:
    assert noun in {t.word for t in roles(text, language) if t.noun}


def test_what_goods_are_of_and_for_counts_less_than_what_they_are() -> None:
    query = read("steel bracket used for mounting televisions", load_lexicon(), "en")
    assert query.terms["bracket"] > query.terms["televis"]


@pytest.mark.parametrize(
    ("text", "language", "axis", "value"),
    [
        ("knit shirt of 60% cotton and 40% polyester", "en", "material", "cotton"),
        ("blusa de 70% poliéster y 30% algodón", "es", "material", "polyester"),
        ("women's woven blouse", "en", "who", "women"),
        ("camisa de punto para hombre", "es", "build", "knit"),
        ("stainless steel sink", "en", "material", "stainless"),
        ("replacement parts for pumps", "en", "part", "part"),
    ],
)
def test_facets(text: str, language: str, axis: str, value: str) -> None:
    assert read_facets(text, language).main(axis) == value


def test_a_kind_agrees_with_what_it_is_a_kind_of_and_contradicts_its_siblings() -> None:
    assert compare({"polyester": 1.0}, {"manmade": 1.0}, "material") == (1.0, 0.0)
    assert compare({"polyester": 1.0}, {"cotton": 1.0}, "material") == (0.0, 1.0)
    assert compare({}, {"cotton": 1.0}, "material") == (0.0, 0.0)


@settings(deadline=None)
@given(st.sampled_from(AXES), st.data())
def test_agreement_and_contradiction_share_out_what_is_asked(axis: str, data: st.DataObject) -> None:
    values = list(load("facets.yaml")["axes"][axis])
    asked = data.draw(st.dictionaries(st.sampled_from(values), st.floats(0.1, 1), min_size=1, max_size=3))
    offers = dict.fromkeys(data.draw(st.sets(st.sampled_from(values), min_size=1, max_size=3)), 1.0)
    agree, clash = compare(asked, offers, axis)
    assert agree + clash == pytest.approx(1.0)
    assert all(lineage(axis, v)[0] == v for v in asked)


def test_what_a_heading_excludes_is_no_word_of_it() -> None:
    sure, maybe = affirmed("Footwear, other than of leather, whether or not lined")
    assert "leather" not in sure + maybe
    assert "lined" not in sure and "lined" in maybe


def test_the_nearest_level_that_names_a_material_decides() -> None:
    path = ("Table, kitchen or other household articles, of iron or steel", "Other", "Of stainless steel")
    assert set(offered(path, "73")["material"]) == {"stainless"}
    assert set(offered(("Sweaters", "Other"), "61")["build"]) == {"knit"}


def test_compounds_lead_to_the_headings_of_their_groups_the_last_weighing_most() -> None:
    found = dict(groups("2-amino-5-chloropyridine"))
    assert max(found, key=lambda code: found[code]).startswith("2933")
    assert not dict(groups("cotton shirt with sulfur dye"))


def test_a_garment_s_heading_follows_from_fabric_and_wearer() -> None:
    lexicon = load_lexicon()
    for text, heading in (
        ("dress for girls, knitted", "6104"),
        ("jacket, woven, for men", "6201"),
        ("dress of knit cotton for babies", "6111"),
    ):
        hits = [lexicon.entries[n] for n, _ in read(text, lexicon, "en").hits]
        assert {c for entry in hits if entry.when for c in entry.codes} == {heading}, text


def test_a_spanish_phrase_is_said_in_english() -> None:
    query = read("cargador de batería para teléfono", load_lexicon())
    assert query.language == "es"
    assert "charger" in query.english
    assert terms("charger")[0] in query.terms


def test_a_lone_spanish_word_is_known_for_spanish() -> None:
    assert read("cafetera", load_lexicon()).language == "es"
    assert read("toaster", load_lexicon()).language == "en"


def test_the_longest_name_is_found_and_not_its_parts() -> None:
    lexicon = lexicons.build([Entry(("8544",), ("wire harness",), ()), Entry(("7217",), ("wire",), ())])
    assert [lexicon.entries[e[0]].codes for _, _, e, _ in lexicon.find(("wire", terms("harness")[0]), "en")] == [
        ("8544",)
    ]


@pytest.mark.parametrize("name", FILES)
def test_lexicon_rows_are_whole(name: str) -> None:
    text = (PRODUCTS / name).read_text(encoding="utf-8")
    keys = Counter(line.split(":")[0] for line in text.splitlines() if line.startswith('"'))
    assert not [k for k, n in keys.items() if n > 1]
    for code, row in yaml.safe_load(text).items():
        for product in row.split(";"):
            english, _, spanish = product.partition("=")
            assert english.strip() and spanish.strip(), (code, product)


def test_lexicon_numbers_exist(official_codes: frozenset[str]) -> None:
    lost = {c for e in load_lexicon().entries for c in e.codes if c not in official_codes}
    assert not lost


@pytest.fixture(scope="module")
def official_codes(shared_data: Path) -> frozenset[str]:
    import gzip
    import json

    rows = json.loads(gzip.decompress((shared_data / "us/hts/hts_2026_rev_10.json.gz").read_bytes()))
    digits = [row["htsno"].replace(".", "") for row in rows]
    return frozenset(d[:n] for d in digits for n in (4, 6, 8) if len(d) >= n)


@settings(deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=50))
def test_confidences_keep_the_order_and_are_shares(scores: list[float]) -> None:
    given_ = np.array(scores)
    found = confidences(given_)
    assert ((found >= 0) & (found <= 1)).all()
    order = np.argsort(-given_, kind="stable")
    assert (np.diff(found[order]) <= 1e-9).all()

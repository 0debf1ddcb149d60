"""The words of buyers, English and Spanish: phrases to ids, whole needs to fields, places to where they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.errors import InvalidInput
from assistant.sourcing.places import Places, country_code, distance_km
from assistant.sourcing.terms import load_yaml
from assistant.sourcing.types import Need
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import KINDS, Vocabulary

CASES = Path(__file__).parent / "cases"
PHRASES = yaml.safe_load((CASES / "vocabulary_phrases.yaml").read_text(encoding="utf-8"))
SENTENCES = yaml.safe_load((CASES / "vocabulary_sentences.yaml").read_text(encoding="utf-8"))
COUNTRIES = yaml.load((CASES / "vocabulary_countries.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
ORDINARY = yaml.safe_load((CASES / "vocabulary_ordinary.yaml").read_text(encoding="utf-8"))
TWINS = yaml.safe_load((CASES / "vocabulary_twins.yaml").read_text(encoding="utf-8"))
EVERYDAY = yaml.safe_load((CASES / "vocabulary_everyday.yaml").read_text(encoding="utf-8"))
WORDS = [
    (kind, wanted, str(phrase)) for kind, ids in PHRASES.items() for wanted, all_ in ids.items() for phrase in all_
]
ALWAYS = ("processes", "materials", "certifications", "programs")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


def test_the_suite_is_large_and_bilingual() -> None:
    assert len(WORDS) >= 600


@pytest.mark.parametrize(("kind", "wanted", "phrase"), WORDS, ids=[f"{w}: {p}" for _, w, p in WORDS])
def test_phrase_names_exactly_one_thing(vocabulary: Vocabulary, kind: str, wanted: str, phrase: str) -> None:
    found = vocabulary.narrowest(vocabulary.find_all(phrase))
    assert [f.id for f in found if f.kind == kind] == [wanted]
    hard = {"process", "material", "certification", "program"} - {kind}
    others = {f.kind for f in found} & hard
    assert others <= ({"material"} if kind == "process" else set()), found


@pytest.mark.parametrize("case", SENTENCES, ids=[case["text"][:60] for case in SENTENCES])
def test_need_is_understood(vocabulary: Vocabulary, case: dict[str, Any]) -> None:
    need, _, unmapped = understand(Need(need=case["text"]), vocabulary)
    for field in {*ALWAYS, *case} - {"text", "unmapped", "near"}:
        got, wanted = getattr(need, field), case.get(field, [])
        if field in ALWAYS:
            assert sorted(got) == sorted(_one_of(got, w) for w in wanted), field
        else:
            assert (sorted(got) if isinstance(got, list) else got) == (
                sorted(wanted) if isinstance(wanted, list) else wanted
            ), field
    if "near" in case:
        assert need.near is not None
        assert [need.near.place, need.near.km] == case["near"]
    if "unmapped" in case:
        assert unmapped == case["unmapped"]


def _one_of(got: list[str], wanted: str) -> str:
    """`a|b` in a case is alternatives in the need as well, unless the case allows either reading."""
    return wanted if wanted in got else next((part for part in wanted.split("|") if part in got), wanted)


def _structured(text: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Every field of the need as understood, lists in no order."""
    need, _, _ = understand(Need(need=text), vocabulary)
    fields = need.model_dump(mode="json", exclude={"need"})
    return {name: sorted(value) if isinstance(value, list) else value for name, value in fields.items()}


def test_there_are_many_twins() -> None:
    assert len({case["en"] for case in TWINS}) >= 120
    assert len({case["es"] for case in TWINS}) >= 120


@pytest.mark.parametrize("case", TWINS, ids=[case["en"][:60] for case in TWINS])
def test_twins_ask_for_the_same(vocabulary: Vocabulary, case: dict[str, Any]) -> None:
    english, spanish = (_structured(case[language], vocabulary) for language in ("en", "es"))
    assert english == spanish
    for field, wanted in case["is"].items():
        assert english[field] == (sorted(wanted) if isinstance(wanted, list) else wanted), field


@pytest.mark.parametrize("language", ["en", "es"])
def test_everyday_words_name_nothing(vocabulary: Vocabulary, language: str) -> None:
    everyday = EVERYDAY[language].split()
    assert len(everyday) >= 250
    named = {word: [(f.kind, f.id, f.how) for f in vocabulary.find_all(word)] for word in everyday}
    assert {word: found for word, found in named.items() if found} == {}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("galvanizng", "electroplating"), ("anodzing", "anodizing"), ("thermofroming", "thermoforming"),
     ("policarbonatto", "polycarbonate"), ("troqueldo", "metal_stamping"), ("injecton molding", "injection_molding"),
     ("maqinado", "machining"), ("embroidary", "embroidery"), ("soldadrua", "welding")],
)  # fmt: skip
def test_slips_of_the_finger_are_understood(vocabulary: Vocabulary, written: str, wanted: str) -> None:
    assert [f.id for f in vocabulary.find_all(written) if f.kind in ("process", "material")] == [wanted]


PLANTS = [("garambullo-moldes", "Garambullo Moldes S.A. de C.V."), ("precision-machining", "Precision Machining")]


@pytest.mark.parametrize(
    ("text", "named", "processes"),
    [
        ("Does garambullo-moldes hold ISO 9001?", ["garambullo-moldes"], []),
        ("¿Garambullo Moldes tiene ISO 9001?", ["garambullo-moldes"], []),
        ("moldes de inyección de Garambullo Moldes, ISO 9001", ["garambullo-moldes"], ["tool_and_die"]),
        ("precision machining with ISO 9001", [], ["machining"]),
        ("Does precision-machining hold ISO 9001?", ["precision-machining"], []),
        ("moldes con ISO 9001", [], ["tool_and_die"]),
    ],
)
def test_a_supplier_named_is_no_process(
    vocabulary: Vocabulary, text: str, named: list[str], processes: list[str]
) -> None:
    need, understood, unmapped = understand(Need(need=text), vocabulary, suppliers=PLANTS)
    assert [row["id"] for row in understood.get("suppliers", [])] == named
    assert need.processes == processes
    assert need.certifications == ["ISO 9001"]
    assert unmapped == []


def test_a_material_that_the_work_implies_is_said_and_not_required(vocabulary: Vocabulary) -> None:
    need, understood, _ = understand(Need(need="corrugated boxes of kraft paper"), vocabulary)
    assert need.materials == ["kraft_paper"]
    assert [row["id"] for row in understood["implied"]] == ["corrugated_board"]


@pytest.mark.parametrize(
    ("text", "unmapped"),
    [
        ("who makes umbrellas and kites", ["umbrellas", "kites"]),
        ("quién hace paraguas y papalotes", ["paraguas", "papalotes"]),
    ],
)
def test_products_that_nobody_knows_are_named(vocabulary: Vocabulary, text: str, unmapped: list[str]) -> None:
    assert understand(Need(need=text), vocabulary)[2] == unmapped


def test_every_id_is_known_by_its_own_name_and_labels(vocabulary: Vocabulary) -> None:
    for (kind, identity), entry in vocabulary.entries.items():
        for text in (identity, *entry.labels.values()):
            term = vocabulary.lookup(kind, text)
            assert term is not None, (kind, text)
            assert term.id == identity, (kind, text, term.id)


def test_labels_exist_in_both_languages_and_links_resolve(vocabulary: Vocabulary) -> None:
    for (kind, identity), entry in vocabulary.entries.items():
        assert set(entry.labels) == {"en", "es"}, (kind, identity)
        for other in (*entry.broader, *entry.related):
            assert (kind, other) in vocabulary.entries, (kind, identity, other)


_FIELDS = frozenset(
    [
        "en",
        "es",
        "also",
        "broader",
        "related",
        "capitals",
        "verbs",
        "uses",
        "makes_en",
        "makes_es",
        "of",
        "service",
        "editions",
        "about",
        "supersedes",
        "builds_on",
        "program",
        "work",
        "names_work",
        "narrowed_by",
        "measure",
        "factor",
    ]
)


@pytest.mark.parametrize("name", sorted(KINDS.values()))
def test_no_entry_is_cut_at_a_comma(name: str) -> None:
    """A comma inside a list in braces ends the list, and the rest of it would be lost as the name of a field."""
    for identity, row in load_yaml(f"{name}.yaml").items():
        assert set(row) <= _FIELDS, (identity, set(row) - _FIELDS)


def test_the_vocabulary_is_as_large_as_promised(vocabulary: Vocabulary) -> None:
    size = {kind: len(vocabulary.ids(kind)) for kind in KINDS}
    assert size["process"] >= 60
    assert size["material"] >= 100
    assert size["industry"] >= 25
    assert size["certification"] + size["program"] >= 40
    assert sum(place.kind in ("region", "city") for place in Places.load().places.values()) >= 120


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ISO 13485:2016", "ISO 13485:2016"),
        ("iso13485 2016", "ISO 13485:2016"),
        ("AS9100 Rev D", "AS9100D"),
        ("AS9100D", "AS9100D"),
        ("BRCGS Food Safety Issue 9", "BRCGS Food Safety Issue 9"),
        ("GOTS 7.0", "GOTS 7.0"),
        ("IATF 16949:2016", "IATF 16949:2016"),
        ("ISO 9001", "ISO 9001"),
        ("IPC-A-610H", "IPC-A-610H"),
    ],
)
def test_editions_are_kept(vocabulary: Vocabulary, text: str, name: str) -> None:
    term = vocabulary.lookup("certification", text)
    assert term is not None
    assert term.name == name


@pytest.mark.parametrize("text", ["ISO 99999", "platinum club member", "", "flying saucers", "ISO 13485 trainer fan"])
def test_unknown_certificates_stay_unknown(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.lookup("certification", text) is None


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_name_no_requirement(vocabulary: Vocabulary, text: str) -> None:
    hard = [f for f in vocabulary.find_all(text) if f.kind in ("process", "material", "certification", "program")]
    assert hard == []


def test_explicit_fields_win_over_the_text(vocabulary: Vocabulary) -> None:
    need = Need(
        need="ABS housings in Querétaro, 20,000 a month",
        materials=["PC plastic"],
        monthly_volume=60_000,
        countries=["Canadá"],
    )
    read, understood, _ = understand(need, vocabulary)
    assert read.materials == ["polycarbonate"]
    assert read.monthly_volume == 60_000
    assert read.countries == ["CA"]
    assert read.regions == []
    assert understood["overridden"] == {"materials": ["abs"], "monthly_volume": 20_000, "places": ["MX-QUE"]}


def test_fields_are_taken_in_loose_words(vocabulary: Vocabulary) -> None:
    need = Need(
        processes=["Injection molding", "fresado o torneado CNC"],
        materials=["ABS plastic"],
        certifications=["13485", "IMMEX"],
        countries=["México", "usa"],
        regions=["Nuevo Leon", "CDMX"],
    )
    read, _, unmapped = understand(need, vocabulary)
    assert read.processes == ["injection_molding", "cnc_milling|cnc_turning"]
    assert read.materials == ["abs"]
    assert read.certifications == ["ISO 13485"]
    assert read.programs == ["IMMEX"]
    assert read.countries == ["MX", "US"]
    assert read.regions == ["MX-NLE", "MX-CMX"]
    assert unmapped == []


def test_understanding_twice_changes_nothing(vocabulary: Vocabulary) -> None:
    for case in SENTENCES:
        once, _, _ = understand(Need(need=case["text"]), vocabulary)
        fields = json.loads(once.model_dump_json(exclude={"need"}))
        again, _, _ = understand(Need(**fields), vocabulary)
        assert again.model_dump(exclude={"need"}) == once.model_dump(exclude={"need"}), case["text"]


def test_unknown_words_in_fields_are_kept_and_named(vocabulary: Vocabulary) -> None:
    read, _, unmapped = understand(
        Need(processes=["quantum knitting loom therapy"], materials=["unobtainium"]), vocabulary
    )
    assert read.materials == ["unobtainium"]
    assert unmapped == ["quantum knitting loom therapy", "unobtainium"]


@pytest.mark.parametrize(("text", "code"), [(str(t), c) for c, all_ in COUNTRIES.items() for t in all_])
def test_country_names(text: str, code: str) -> None:
    assert country_code(text) == code


def test_every_iso_country_is_known_by_code_and_both_names() -> None:
    pycountry = pytest.importorskip("pycountry")
    for country in pycountry.countries:
        assert country_code(country.alpha_2) == country.alpha_2
        assert country_code(country.alpha_3) == country.alpha_2
        place = Places.load().places[country.alpha_2]
        assert country_code(place.label("en")) == country.alpha_2
        assert country_code(place.label("es")) == country.alpha_2


@pytest.mark.parametrize(
    ("text", "hint"), [("Chinna", "China (CN)"), ("Mexcio", "Mexico (MX)"), ("Vietnan", "Vietnam (VN)")]
)
def test_unknown_country_suggests(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as error:
        country_code(text, field="countries")
    assert error.value.field == "countries"
    assert hint in str(error.value.hint)


def test_unknown_region_suggests(vocabulary: Vocabulary) -> None:
    with pytest.raises(InvalidInput) as error:
        understand(Need(regions=["Queretero"]), vocabulary)
    assert "Querétaro" in str(error.value.hint)
    with pytest.raises(InvalidInput):
        understand(Need(countries=["Chinna"]), vocabulary)
    with pytest.raises(InvalidInput):
        understand(Need(near={"place": "Atlantis", "km": 5}), vocabulary)


def test_all_states_and_provinces_are_there() -> None:
    pycountry = pytest.importorskip("pycountry")
    places = Places.load()
    for country in ("MX", "US", "CA"):
        for region in pycountry.subdivisions.get(country_code=country):
            if country == "US" and region.type not in ("State", "District"):
                continue
            assert region.code in places.places, region.code


def test_distances() -> None:
    places = Places.load()
    monterrey, laredo = (places.point(name)[1] for name in ("Monterrey", "Laredo"))
    assert distance_km(monterrey, laredo) == pytest.approx(220, abs=5)
    assert distance_km(monterrey, monterrey) == 0


def test_city_with_its_state_code_is_that_city() -> None:
    places = Places.load()
    assert places.area("Dallas, TX").id == "US-TX/dallas"
    assert places.find_all("plants in Nogales, AZ and Nogales, Sonora")[0].place.id == "US-AZ/nogales-arizona"

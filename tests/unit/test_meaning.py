"""The third step of reading words: by meaning, above a measured threshold, marked so, and never for names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.errors import Unavailable
from assistant.sourcing.meaning import Phrase, Senses, may_be_read, phrases, settings
from assistant.sourcing.terms import Kind
from assistant.sourcing.types import Need
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary
from assistant.toolbox.meaning import load, meaning_of

VOCABULARY = Vocabulary.load()


class Told:
    """Reads the phrases it was told, and notes which it was asked."""

    def __init__(self, **known: tuple[Kind, str]) -> None:
        self.known, self.asked = known, list[str]()

    def __call__(self, phrase: str, around: str, kinds: Sequence[Kind]) -> tuple[Kind, str] | None:
        self.asked.append(phrase)
        found = self.known.get(phrase)
        return found if found is not None and found[0] in kinds else None


TOLD = Told(**{"frobnicating widgets": ("process", "welding")})


def test_a_word_alone_is_not_read_by_meaning() -> None:
    told = Told(frobnicating=("process", "welding"))
    assert understand(Need(need="frobnicating in Ohio"), VOCABULARY, meaning=told)[2] == ["frobnicating"]
    assert told.asked == []


def test_a_phrase_read_by_meaning_is_required_and_marked() -> None:
    need, understood, unmapped = understand(
        Need(need="frobnicating widgets of gadgety in Ohio"), VOCABULARY, meaning=TOLD
    )
    assert need.processes == ["welding"]
    assert understood["processes"] == [
        {"id": "welding", "label": "Welding", "matched": "frobnicating widgets", "how": "embedding"}
    ]
    assert unmapped == ["gadgety"]


def test_words_come_before_meaning() -> None:
    told = Told()
    understand(Need(need="injecton molding of ABS in Ohio, 500 pieces"), VOCABULARY, meaning=told)
    assert told.asked == []


def test_a_preference_stays_one() -> None:
    need, _, _ = understand(Need(need="CNC machining, preferably frobnicating widgets"), VOCABULARY, meaning=TOLD)
    assert need.processes == ["cnc_machining"]
    assert need.wishes["processes"] == ["welding"]


def test_a_field_is_read_by_its_own_kind_only() -> None:
    told = Told(frobnicating=("process", "welding"))
    need, understood, unmapped = understand(
        Need(processes=["frobnicating"], materials=["frobnicating"], certifications=["frobnicating"]), VOCABULARY,
        meaning=told,
    )  # fmt: skip
    assert (need.processes, need.materials, need.certifications) == (["welding"], ["frobnicating"], ["frobnicating"])
    assert [row["how"] for row in understood["processes"]] == ["embedding"]
    assert unmapped == ["frobnicating", "frobnicating"][:1]


@pytest.mark.parametrize("name", ["ISO 99999", "XG-200", "M8", "4140", "8481.80", "QZX", "ab", "ASTM", "v2"])
def test_names_are_never_read_by_meaning(name: str) -> None:
    assert not may_be_read(name)
    told = Told()
    understand(Need(need=f"machining with {name}"), VOCABULARY, meaning=told)
    assert name not in told.asked


def test_near_enough_and_by_a_margin() -> None:
    listed = [
        Phrase("process", "a", "en", "one"),
        Phrase("process", "b", "en", "two"),
        Phrase("material", "c", "en", "x"),
    ]
    limits = settings()["en"]
    near, margin = float(limits["nearest"]), float(limits["margin"])

    def read(*alike: float, kinds: Sequence[Kind] = ("process", "material")) -> tuple[Kind, str] | None:
        return Senses(listed, np.array([[a] for a in alike], dtype=np.float32)).nearest(
            np.ones(1, dtype=np.float32), "en", kinds
        )

    assert read(near + 0.01, near - margin, 0) == ("process", "a")
    assert read(near - 0.01, 0, 0) is None
    assert read(near + 0.01, near + 0.005, 0) is None
    assert read(0, 0, near + 0.01) == ("material", "c")
    assert read(0, 0, near + 0.01, kinds=("process",)) is None


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> object:
    return open_services(load_settings({"SOURCING_HOME": str(tmp_path_factory.mktemp("meaning"))}))


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("plastic parts by injection", ("process", "injection_molding")),
        ("sewing of garments", ("process", "cut_and_sew")),
        ("engraved by laser", ("process", "laser_marking")),
        ("tinted windows", None),
        ("pestañas postizas", None),
        ("friendly people", None),
    ],
)
def test_the_shipped_encoder_reads_or_leaves(services: object, phrase: str, wanted: tuple[Kind, str] | None) -> None:
    reader = meaning_of(services)  # type: ignore[arg-type]
    assert reader(phrase, phrase, ("process", "material", "industry")) == wanted
    assert reader(phrase, phrase, ("process", "material", "industry")) == wanted


def test_without_an_encoder_words_stay_unmapped(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = open_services(
        load_settings({"SOURCING_HOME": str(tmp_path), "SOURCING_EMBEDDING_MODEL": "/no/such/model"})
    )
    with pytest.raises(Unavailable):
        _ = broken.encoder
    assert meaning_of(broken)("sewing of garments", "sewing of garments", ("process",)) is None


def test_vectors_are_kept_and_only_what_is_new_is_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = tmp_path_factory.mktemp("cache")

    class Counting:
        model_id, dimension = "counting", 3

        def __init__(self) -> None:
            self.made = 0

        def encode(self, texts: Sequence[str]) -> np.ndarray:
            self.made += len(texts)
            return np.array([[len(t), t.count("e"), 1] for t in texts], dtype=np.float32)

    first, second = Counting(), Counting()
    one, two = load(first, cache), load(second, cache)
    assert first.made == len(phrases())
    assert second.made == 0
    assert np.array_equal(one.vectors, two.vectors)
    kept = next(path for path in cache.rglob("vocabulary-*.npz"))
    for cut in (kept.read_bytes()[:500], b""):
        kept.write_bytes(cut)
        third = Counting()
        load(third, cache)
        assert third.made == len(phrases())

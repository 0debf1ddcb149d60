"""Numbers that name something are never read as a volume, in either language; said to be a count, they are one."""

from __future__ import annotations

import pytest

from assistant.sourcing.types import Need
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary, load_yaml

NAMES = [
    "1018", "8620", "6061-T6", "65-45-12", "class 8", "clase 8", "grade 8.8", "grado 10.9", "ISO 9001", "AS9100",
    "10 mm", "ISO 4017", "DIN 933", "ASTM A36", "AMS 2770", "EN 10204 3.1", "JIS G4051", "MIL-STD-810",
    "HTS 8481.80.30",
    "8544.30.00", "fracción 8481.80.30", "7318.15.2065", "M8 x 1.25", "1/4-20", "3/8 inch", "1/2\" NPT", "schedule 40",
    "cédula 40", "18 gauge", "calibre 16", "20 AWG", "150#", "PN16", "DN50", "RAL 9005", "Pantone 186", "60 HRC",
    "HRC 58-62", "70 durometer", "shore 60A", "Ra 0.8", "±0.02 mm", "tolerance of 0.0005 in", "12x12x12", "0402",
    "30% glass filled", "500 ml", "6 mm", "24V", "100Ah", "400 W", "180 gsm", "IP67", "1.4404", "17-4 PH", "UNS S30400",
    "EN AW-6082", "SAE 1045", "AISI 4140", "42CrMo4", "X5CrNi18-10", "model 300", "part no. 10023-B", "drawing 45678",
    "21 CFR 820", "NOM-001-SCFI", "2:1", "2nd", "32 ECT", "18650", "S355J2", "AlSi10Mg",
]  # fmt: skip
VOLUMES = ("pilot_volume", "monthly_volume", "order_volume")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


def _volumes(text: str, vocabulary: Vocabulary) -> dict[str, float]:
    need, _, _ = understand(Need(need=text), vocabulary)
    return {name: value for name in VOLUMES if (value := getattr(need, name)) is not None}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("need", ["forged {} shafts", "flechas forjadas {}", "{} forged shafts in Ohio", "shafts, {}"])
def test_a_name_is_no_volume(name: str, need: str, vocabulary: Vocabulary) -> None:
    assert _volumes(need.format(name), vocabulary) == {}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("need", "volume"),
    [
        ("forged {} shafts, 500 a month", {"monthly_volume": 500}),
        ("flechas forjadas {}, 500 al mes", {"monthly_volume": 500}),
        ("300 pieces of forged shafts, {}", {"order_volume": 300}),
        ("piloto de 50 flechas forjadas {}, luego 2,000 al mes", {"pilot_volume": 50, "monthly_volume": 2000}),
    ],
)
def test_the_volume_beside_a_name_is_read(
    name: str, need: str, volume: dict[str, float], vocabulary: Vocabulary
) -> None:
    assert _volumes(need.format(name), vocabulary) == volume


def test_every_grade_that_is_a_bare_number_is_a_grade_of_forged_parts(vocabulary: Vocabulary) -> None:
    grades = {
        (identity, phrase.strip())
        for identity, row in load_yaml("materials.yaml").items()
        for field in ("en", "es", "also")
        for phrase in row.get(field, "").split(";")
        if phrase.strip().isdigit() and vocabulary.is_a("material", identity, "metal")
    }
    assert len(grades) >= 140
    for identity, number in sorted(grades):
        for need in (f"forged {number} shafts", f"flechas forjadas de {number}"):
            read, understood, _ = understand(Need(need=need), vocabulary)
            assert read.materials == [identity], need
            assert understood["materials"][0]["matched"] == number
            assert read.order_volume is None, need


@pytest.mark.parametrize("number", ["304", "316", "1018", "4140", "4150", "6061", "8620", "1100"])
@pytest.mark.parametrize(
    "count",
    [
        "{} pieces",
        "{} pcs of shafts",
        "{} units",
        "order of {} shafts",
        "{} piezas",
        "{} unidades",
        "lote de {} flechas",
    ],
)
def test_what_is_said_to_be_counted_is_a_volume(number: str, count: str, vocabulary: Vocabulary) -> None:
    assert _volumes(count.format(number), vocabulary) == {"order_volume": float(number)}


@pytest.mark.parametrize("number", ["304", "4140", "6061"])
@pytest.mark.parametrize("count", ["{} shafts a month", "{} flechas al mes", "{} per month", "{} mensuales"])
def test_a_grade_a_month_is_a_volume(number: str, count: str, vocabulary: Vocabulary) -> None:
    assert _volumes(count.format(number), vocabulary) == {"monthly_volume": float(number)}


@pytest.mark.parametrize(
    "text", ["4150 cotton shirts", "3003 shirts", "304 molded ABS caps", "1100 brackets", "2000 bolts"]
)
def test_a_number_that_no_metal_stands_by_is_a_volume(text: str, vocabulary: Vocabulary) -> None:
    assert _volumes(text, vocabulary) == {"order_volume": float(text.split()[0])}


@pytest.mark.parametrize(
    ("text", "unmapped"),
    [
        ("class 8 bolts", ["class 8"]),
        ("bolts M8 x 1.25, grade 10.9", ["M8 x 1.25", "grade 10.9"]),
        ("HTS 8481.80.30 die cast valves", ["HTS 8481.80.30"]),
        ("nylon 6/6 30% glass molded clips", ["30% glass"]),
        ("tubo de acero cédula 40 calibre 14", ["cédula 40", "calibre 14"]),
    ],
)
def test_a_name_that_nobody_knows_is_reported_in_one_piece(
    text: str, unmapped: list[str], vocabulary: Vocabulary
) -> None:
    assert understand(Need(need=text), vocabulary)[2] == unmapped

"""Units of quantity: names people use, exact conversions, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.customs.units import canonical, convert


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("NO", "No."), ("no.", "No."), ("pcs", "No."), ("Piezas", "No."), ("unidades", "No."), ("head", "No."),
        ("cabezas", "No."), ("KG", "kg"), ("kilogramos", "kg"), ("Litros", "liters"), ("L", "liters"),
        ("docena", "doz."), ("Dz Pcs", "doz."), ("doz. prs.", "doz. prs."), ("pares", "prs."), ("m²", "m2"),
        ("metros cúbicos", "m3"), ("pf. liter", "pf.liters"), ("tonelada métrica", "t"), ("cy kg", "cy kg"),
        ("Cu kg", "Cu kg"), ("kg ttl sug", "kg ttl sug"), ("thousand", "thousands"), ("gruesa", "gross"),
        ("quilates", "carat"), ("lin. m", "m"), ("X", "X"), ("V2O5 kg", "V2O5 kg"), ("Jwls.", "Jwls."),
    ],
)  # fmt: skip
def test_synonyms(said: str, unit: str) -> None:
    assert canonical(said) == unit


@pytest.mark.parametrize("said", ["", "ton", "tons", "ounces", "furlong", "kg kg", "!"])
def test_unknown_or_ambiguous_units_are_not_guessed(said: str) -> None:
    assert canonical(said) is None


@pytest.mark.parametrize(
    ("quantity", "source", "target", "result"),
    [
        ("1500", "g", "kg", "1.5"), ("2", "t", "kg", "2000"), ("1", "lb", "kg", "0.45359237"), 
        ("5", "dozen", "pcs", "60"),
        ("60", "pcs", "doz.", "5"), ("3", "gross", "No.", "432"), ("2", "thousands", "No.", "2000"),
        ("3", "doz. prs.", "prs.", "36"), ("1", "bbl", "liters", "158.987294928"), ("2500", "cm2", "m2", "0.25"),
        ("1", "Ci", "GBq", "37"), ("5", "carat", "g", "1"), ("250", "Au g", "Au kg", "0.25"), ("1", "m3", "l", "1000"),
    ],
)  # fmt: skip
def test_exact_conversions(quantity: str, source: str, target: str, result: str) -> None:
    assert convert(Decimal(quantity), source, target) == Decimal(result)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("prs.", "No."),
        ("Pb kg", "kg"),
        ("cy kg", "kg"),
        ("liters", "kg"),
        ("liters", "pf.liters"),
        ("m", "m2"),
        ("?", "kg"),
    ],
)
def test_different_measures_do_not_convert(source: str, target: str) -> None:
    assert convert(Decimal(1), source, target) is None


def test_a_quotient_without_end_is_not_offered() -> None:
    assert convert(Decimal(10), "No.", "doz.") is None
    assert round(convert(Decimal(10), "No.", "doz.", exact=False) or 0, 6) == Decimal("0.833333")
    assert convert(Decimal(1), "kg", "lb") is None

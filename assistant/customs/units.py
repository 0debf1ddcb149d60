"""Units of quantity of the US tariff schedule: one canonical spelling each, everyday synonyms, exact conversions.

The canonical spelling is the one that the schedule's column "Unit of Quantity" prints most often (`No.`, `kg`,
`liters`, `doz.`, `pf.liters` ...). A unit that names a substance ("Pb kg", "kg ttl sug", "cy kg") measures the
content of that substance, so it never converts to plain `kg`. "X" is the schedule's mark for "no quantity required".
Factors are exact by definition (international yard and pound agreement 1959, US gallon of 231 cubic inches,
1 Ci = 37 GBq); a conversion that is not exact is not offered. "Ton" (short, long or metric?) and "ounce" (troy or
avoirdupois?) are left unknown on purpose: guessing would move the duty by a tenth.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Context, Decimal, Inexact
from functools import lru_cache
from typing import Final

# dimension -> canonical unit -> how many of the dimension's base unit it holds
_FACTORS: Final[dict[str, dict[str, str]]] = {
    "count": {"No.": "1", "doz.": "12", "gross": "144", "hundreds": "100", "thousands": "1000"},
    "pairs": {"prs.": "1", "doz. prs.": "12"},
    "mass": {"kg": "1", "g": "0.001", "t": "1000", "carat": "0.0002", "lb": "0.45359237"},
    "length": {"m": "1", "cm": "0.01", "km": "1000", "thousand m": "1000", "yd": "0.9144", "ft": "0.3048"},
    "area": {"m2": "1", "cm2": "0.0001", "square": "9.290304", "ft2": "0.09290304", "yd2": "0.83612736"},
    "volume": {"m3": "1", "thousand m3": "1000", "liters": "0.001", "bbl": "0.158987294928", "gal": "0.003785411784"},
    "proof": {"pf.liters": "1", "pf.gal": "3.785411784"},
    "radioactivity": {"GBq": "1", "Ci": "37"},
    "energy": {"MWh": "1", "kWh": "0.001"},
    "power": {"W": "1", "kW": "1000"},
}
# Units that convert to nothing else: they are counted or measured in their own way.
_ALONE: Final = (
    "X", "Jwls.", "gr.lines", "doses", "pack", "Fiber m", "t adw", "t dwb", "kg cmsc", "kg msc", "kg amc",
    "kg ttl sug", "cy kg", "degrees",
)  # fmt: skip
_SUBSTANCES: Final = (
    "Ag Al Au Bi Cd Co Cr Cr2O3 Cu Fe In Ir Mg Mn Mo NH3 NaOH Nb Ni Os Pb Pd Pt Rh Ru Sb Si Sn Ta Ti V V2O5 W Zn Zr"
)
_MASSES: Final = ("kg", "g", "t", "lb")

_SYNONYMS: Final[dict[str, str]] = {
    "No.": "no num number numbers nos each ea pc pcs piece pieces pza pzas pieza piezas unit units unidad unidades u ud"
    " uds cada_uno c/u head heads cabeza cabezas article articles articulo articulos item items ejemplares numero"
    " no_of_units h87 c62 n",
    "doz.": "doz dozen dozens dz docena docenas dz_pcs doz_pcs dozen_pieces dpc",
    "gross": "gross grosses gro gr gruesa gruesas",
    "hundreds": "hundred hundreds hun ciento cientos centena centenas",
    "thousands": "thousand thousands mil miles millar millares thous ths 1000",
    "prs.": "pr prs pair pairs par pares",
    "doz. prs.": "doz_pr doz_prs dozen_pair dozen_pairs dz_prs dpr docena_de_pares docenas_de_pares",
    "kg": "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramo kilogramos kgm",
    "g": "g gm gms gram grams gramme grammes gramo gramos grm",
    "t": "t mt tonne tonnes metric_ton metric_tons tonelada toneladas tonelada_metrica toneladas_metricas tne",
    "carat": "carat carats ct cts quilate quilates car ctm",
    "lb": "lb lbs pound pounds libra libras lbr",
    "m": "m meter meters metre metres metro metros lin_m linear_m linear_meter linear_meters metro_lineal"
    " metros_lineales mtr",
    "cm": "cm centimeter centimeters centimetre centimetres centimetro centimetros",
    "km": "km kilometer kilometers kilometre kilometres kilometro kilometros",
    "thousand m": "thousand_m thousand_meters thousand_metres mil_metros miles_de_metros",
    "yd": "yd yds yard yards yarda yardas",
    "ft": "ft foot feet pie pies",
    "m2": "m2 sq_m sqm square_meter square_meters square_metre square_metres metro_cuadrado metros_cuadrados mtk m^2",
    "cm2": "cm2 sq_cm square_centimeter square_centimeters centimetro_cuadrado centimetros_cuadrados cm^2",
    "square": "square squares roofing_square roofing_squares",
    "ft2": "ft2 sq_ft sqft square_foot square_feet pie_cuadrado pies_cuadrados ft^2",
    "yd2": "yd2 sq_yd square_yard square_yards yarda_cuadrada yardas_cuadradas yd^2",
    "m3": "m3 cubic_meter cubic_meters cubic_metre cubic_metres metro_cubico metros_cubicos cbm mtq m^3",
    "thousand m3": "thousand_m3 thousand_cubic_meters mil_m3 miles_de_metros_cubicos",
    "liters": "l lt lts ltr liter liters litre litres litro litros",
    "bbl": "bbl bbls barrel barrels barril barriles",
    "gal": "gal gals gallon gallons galon galones",
    "pf.liters": "pf_liter pf_liters pf_l pfl proof_liter proof_liters proof_litre proof_litres litro_de_prueba"
    " litros_de_prueba litro_prueba litros_prueba litro_alcoholico_de_prueba",
    "pf.gal": "pf_gal pf_gals proof_gallon proof_gallons",
    "GBq": "gbq gigabecquerel gigabecquerels",
    "Ci": "ci curie curies",
    "MWh": "mwh megawatt_hour megawatt_hours megawatt_hora megavatio_hora megavatios_hora",
    "kWh": "kwh kilowatt_hour kilowatt_hours kilovatio_hora kilovatios_hora",
    "W": "w watt watts vatio vatios",
    "kW": "kw kilowatt kilowatts kilovatio kilovatios",
    "X": "x none ninguna ninguno",
    "Jwls.": "jwl jwls jewel jewels joya joyas rubi rubies",
    "gr.lines": "gr_line gr_lines gross_line gross_lines line/gross line_/_gross line/_gross lineas_gruesa",
    "doses": "dose doses dosis",
    "pack": "pack packs paquete paquetes",
    "Fiber m": "fiber_m fibre_m fiber_meters metros_de_fibra",
    "t adw": "t_adw air_dry_ton air_dry_tons t_air_dry_weight",
    "t dwb": "t_dwb t_dry_weight_basis",
    "kg cmsc": "kg_cmsc",
    "kg msc": "kg_msc",
    "kg amc": "kg_amc",
    "kg ttl sug": "kg_ttl_sug kg_total_sugar kg_total_sugars kg_of_total_sugars kg_azucares_totales",
    "cy kg": "cy_kg clean_kg kg_clean clean_yield_kg kg_limpio kg_limpios",
    "degrees": "degree degrees deg grado grados polarization polarizacion",
}


def _key(text: str) -> str:
    """Spelling without accents, superscripts, dots, case or runs of blanks: "m²" -> "m2", "Lin. m" -> "lin_m"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[\s._-]+", "_", plain).strip("_")


def _table() -> tuple[dict[str, str], dict[str, tuple[str, Decimal]]]:
    names: dict[str, str] = {}
    scale: dict[str, tuple[str, Decimal]] = {}
    for dimension, units in _FACTORS.items():
        for unit, factor in units.items():
            scale[unit] = (dimension, Decimal(factor))
    for unit in _ALONE:
        scale[unit] = (unit, Decimal(1))
    for substance in _SUBSTANCES.split():
        for mass in _MASSES:
            scale[f"{substance} {mass}"] = (f"mass of {substance}", scale[mass][1])
    for unit in scale:
        names[_key(unit)] = unit
    for unit, words in _SYNONYMS.items():
        for word in words.split():
            names[_key(word)] = unit
    for substance in _SUBSTANCES.split():
        for mass in _MASSES:
            for word in _SYNONYMS[mass].split():
                names[f"{_key(substance)}_{_key(word)}"] = f"{substance} {mass}"
    return names, scale


_NAMES, _SCALE = _table()


@lru_cache(maxsize=4096)
def canonical(unit: str) -> str | None:
    """The schedule's spelling of `unit` ("PCS", "piezas", "No" -> "No."), or None when it is not a known unit."""
    return _NAMES.get(_key(unit))


def convert(quantity: Decimal, from_unit: str, to_unit: str, *, exact: bool = True) -> Decimal | None:
    """`quantity` of `from_unit` in `to_unit`; None when a unit is unknown or the two measure different things (pairs
    are not pieces, lead content is not weight). A quotient without a finite decimal form (10 pieces in dozens) is None
    too, or with `exact=False` is carried to 50 digits, far below any cent."""
    source, target = canonical(from_unit), canonical(to_unit)
    if source is None or target is None:
        return None
    if source == target:
        return quantity
    (dimension, factor), (other, divisor) = _SCALE[source], _SCALE[target]
    if dimension != other:
        return None
    context = Context(prec=50)
    result = context.divide(context.multiply(quantity, factor), divisor)
    return None if exact and context.flags[Inexact] else _trim(result)


def _trim(value: Decimal) -> Decimal:
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize(Context(prec=50))

"""Greenhouse gases of a lane: tonne-kilometres of each leg times published factors, well to wheel."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from assistant.logistics.freight import cents
from assistant.logistics.lanes import Lane
from assistant.logistics.tables import load


@dataclass(frozen=True)
class Carbon:
    """kg CO2e of a lot (None when its weight is unknown) and of one tonne; `direct` is burning the fuel alone."""

    kg: Decimal | None
    direct_kg: Decimal | None
    per_tonne_kg: Decimal
    calculation: str


def emissions(lane: Lane, kg: Decimal | None) -> Carbon:
    """Emissions over all legs. `kg` is the lot's weight."""
    factors = load("emissions.yaml")["factors"]
    direct = total = Decimal(0)
    terms = []
    for leg in lane.legs:
        row = factors[leg.mode]
        both = Decimal(row["direct"]) + Decimal(row["well_to_tank"])
        direct += Decimal(row["direct"]) * leg.km
        total += both * leg.km
        if leg.km:
            terms.append(f"{leg.mode} {leg.km} km × {both}")
    tonnes = None if kg is None else kg / 1000
    shown = "1 t" if tonnes is None else f"{tonnes.normalize():f} t"
    return Carbon(
        kg=None if tonnes is None else cents(total * tonnes),
        direct_kg=None if tonnes is None else cents(direct * tonnes),
        per_tonne_kg=cents(total),
        calculation=f"{shown} × ({' + '.join(terms) or '0'})",
    )

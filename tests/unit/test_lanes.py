"""Lanes, freight and emissions against the official files and figures worked by hand."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.logistics.carbon import emissions
from assistant.logistics.freight import Load, Span, embedded, estimate, insurance, vehicles
from assistant.logistics.lanes import Lane, Leg, Site, find_lane, great_circle_km
from assistant.logistics.tables import hub_named, hub_of, load, nodes, sea_km

PLACES = {
    "Monterrey": Site("Monterrey", "MX", (25.687, -100.316)),
    "Juárez": Site("Ciudad Juárez", "MX", (31.690, -106.424)),
    "Tijuana": Site("Tijuana", "MX", (32.515, -117.038)),
    "Hermosillo": Site("Hermosillo", "MX", (29.073, -110.956)),
    "Toronto": Site("Toronto", "CA", (43.653, -79.383)),
    "Vancouver": Site("Vancouver", "CA", (49.283, -123.120)),
    "Dallas": Site("Dallas", "US", (32.777, -96.797)),
    "El Paso": Site("El Paso", "US", (31.762, -106.485)),
    "Los Angeles": Site("Los Angeles", "US", (34.052, -118.244)),
    "Phoenix": Site("Phoenix", "US", (33.448, -112.074)),
    "Detroit": Site("Detroit", "US", (42.331, -83.046)),
    "Seattle": Site("Seattle", "US", (47.606, -122.332)),
    "Houston": Site("Houston", "US", (29.760, -95.370)),
    "Shenzhen": Site("Shenzhen", "CN", (22.543, 114.058)),
    "Tokyo": Site("Tokyo", "JP", (35.677, 139.650)),
}


@pytest.mark.parametrize(
    ("start", "end", "mode", "entry"),
    [
        ("Monterrey", "Dallas", "truck", "2304"),
        ("Juárez", "El Paso", "truck", "2402"),
        ("Tijuana", "Los Angeles", "truck", "2506"),
        ("Hermosillo", "Phoenix", "truck", "2604"),
        ("Toronto", "Detroit", "truck", "3801"),
        ("Vancouver", "Seattle", "truck", "3004"),
        ("Monterrey", "Dallas", "rail", "2304"),
        ("Shenzhen", "Los Angeles", "ocean", "2709"),
        ("Shenzhen", "Houston", "ocean", "5301"),
        ("Shenzhen", "Dallas", "air", "5501"),
    ],
)
def test_port_of_entry(start: str, end: str, mode: str, entry: str) -> None:
    lane = find_lane(PLACES[start], PLACES[end], mode)  # type: ignore[arg-type]
    assert lane is not None and lane.entry is not None and lane.entry.port == entry


def test_no_road_over_the_sea() -> None:
    assert find_lane(PLACES["Shenzhen"], PLACES["Dallas"], "truck") is None
    assert find_lane(PLACES["Shenzhen"], PLACES["Dallas"], "rail") is None


def test_mexico_to_canada_crosses_two_borders() -> None:
    lane = find_lane(PLACES["Monterrey"], PLACES["Toronto"], "truck")
    assert lane is not None and [set(n.countries) for n in lane.through] == [{"US", "MX"}, {"US", "CA"}]


def test_inside_one_country_is_one_leg() -> None:
    lane = find_lane(PLACES["Dallas"], PLACES["Houston"], "truck")
    assert lane is not None and [leg.part for leg in lane.legs] == ["main"] and not lane.through


def test_distances_are_plausible() -> None:
    # Dallas - Houston: 362 km as the crow flies, 385 km by road; Shanghai - Los Angeles about 10,500 km by sea.
    assert 355 < great_circle_km(PLACES["Dallas"].at, PLACES["Houston"].at) < 365
    lane = find_lane(PLACES["Dallas"], PLACES["Houston"], "truck")
    assert lane is not None and 385 < lane.km < 480
    assert 10_000 < sea_km()["CNSHA", "USLAX"] < 11_000
    assert 17_500 < sea_km()["CNSHA", "USHOU"] < 19_500  # through Panama


def test_sea_table_is_whole_symmetric_and_longer_than_the_crow_flies() -> None:
    ports, table = nodes("sea"), sea_km()
    near = [p for p in ports.values() if p.countries[0] in ("US", "MX", "CA")]
    for a in ports.values():
        for b in near:
            if a.id != b.id:
                assert table[a.id, b.id] == table[b.id, a.id] >= round(great_circle_km(a.at, b.at))


def test_port_codes_are_those_of_schedule_d(shared_data: Path) -> None:
    with (shared_data / "logistics/us_port_codes_scheduleD.csv").open(encoding="utf-8") as file:
        official = {row["code"]: row["name"].casefold() for row in csv.DictReader(file)}
    ours = [n for kind in ("crossings", "sea", "air") for n in nodes(kind).values() if n.port]
    listed = [n for n in ours if n.port in official]
    assert len(listed) >= len(ours) - 2  # the file leaves out New York JFK (4701) and Detroit airport (3807)
    words = {"Hidalgo/Pharr": "hildago", "Seattle-Tacoma": "seattle", "Los Angeles": "l", "San Francisco": "s"}
    for node in listed:
        first = words.get(node.name, node.name.split("-")[0].split(" ")[0].casefold())
        assert first in official[node.port or ""], (node.id, official[node.port or ""])


def test_direct_factors_are_those_published(shared_data: Path) -> None:
    wanted = {
        "truck": ("HGV (all diesel)", "Articulated (>33t)", "Average laden"),
        "rail": ("Rail", "Freight train", ""),
        "ocean": ("Cargo ship", "Container ship", ""),
        "air": ("Freight flights", "International, to/from non-UK", "With RF"),
    }
    found: dict[str, set[str]] = {}
    with (shared_data / "logistics/defra_2025_freighting_goods.csv").open(encoding="cp1252") as file:
        for row in csv.DictReader(file):
            if row["UOM"] != "tonne.km" or row["GHG/Unit"] != "kg CO2e":
                continue
            for mode, (two, three, text) in wanted.items():
                average = mode != "ocean" or row["Level 4"] == "Average"
                if (row["Level 2"], row["Level 3"], row["Column Text"]) == (two, three, text) and average:
                    found.setdefault(mode, set()).add(row["GHG Conversion Factor 2025"])
    assert {mode: {row["direct"]} for mode, row in load("emissions.yaml")["factors"].items()} == found


def lane(mode: str, km: int, before: int = 0, after: int = 0) -> Lane:
    legs = [Leg("main", mode, "b", "c", km, (1, 2))]  # type: ignore[arg-type]
    if before or after:
        legs = [
            Leg("origin_inland", "truck", "a", "b", before, (1, 1)),
            *legs,
            Leg("destination_inland", "truck", "c", "d", after, (1, 1)),
        ]
    return Lane(mode, tuple(legs), ())  # type: ignore[arg-type]


def test_emissions_by_hand() -> None:
    # 2 t x (1,000 km x 0.09502 truck + 10,000 km x 0.01977 ship) = 2 x (95.02 + 197.70) = 585.44
    carbon = emissions(lane("ocean", 10_000, 400, 600), Decimal(2000))
    assert carbon.kg == Decimal("585.44") and carbon.per_tonne_kg == Decimal("292.72")
    assert carbon.direct_kg == Decimal("476.46")  # 2 x (77.03 + 161.20)
    assert emissions(lane("ocean", 10_000), None).kg is None


def test_truck_prices_by_hand() -> None:
    card = embedded()
    # 20 t: one trailer, 1,000 km x 1.45; 2 t share one: 1,000 x 0.32 x 2 = 640; 40 t: two trailers
    for kg, cost in ((20_000, "1450.00"), (2_000, "640.00"), (40_000, "2900.00"), (100, "120.00")):
        assert estimate(lane("truck", 1000), Load(Decimal(kg), None), card)["main_freight"] == Span.of(Decimal(cost))
    # 500 kg in 9 m3 count as 9 x 333 = 2,997 kg: 959.04
    bulky = estimate(lane("truck", 1000), Load(Decimal(500), Decimal(9)), card)["main_freight"]
    assert bulky.exact == Decimal("959.04")


def test_sea_and_air_prices_by_hand() -> None:
    card = embedded()
    # 15 t: container 600 + 10,000 x 0.16 = 2,200 against 15 x (45 + 60) = 1,575; 19.8 t more is a second one
    sea = lane("ocean", 10_000)
    assert estimate(sea, Load(Decimal(15_000), None), card)["main_freight"].exact == Decimal("1575.00")
    assert estimate(sea, Load(Decimal(39_600), None), card)["main_freight"].exact == Decimal("4158.00")
    assert estimate(sea, Load(Decimal(43_000), None), card)["main_freight"].exact == Decimal("4515.00")
    assert vehicles("ocean", Load(Decimal(39_600), Decimal(121)), card) == 3
    # air: 300 kg x (1.10 + 10,000 x 0.0003) = 1,230
    assert estimate(lane("air", 10_000), Load(Decimal(300), None), card)["main_freight"].exact == Decimal("1230.00")
    assert estimate(lane("air", 10_000), Load(None, None), card)["main_freight"].high is None


def test_insurance_covers_ten_percent_more() -> None:
    # 110 % of 12,000 x 0.35 % = 46.20
    assert insurance(Decimal(10_000), Span.of(Decimal(2000)), embedded()).exact == Decimal("46.20")


def test_a_heavier_lot_never_travels_cheaper() -> None:
    for mode in ("truck", "rail", "ocean", "air"):
        last = Decimal(0)
        for kg in (1, 50, 400, 3000, 9000, 19_000, 21_000, 45_000):
            cost = estimate(lane(mode, 3000), Load(Decimal(kg), None), embedded())["main_freight"].low
            assert cost >= last, (mode, kg)
            last = cost


def test_hubs() -> None:
    assert hub_named("Shenzhen, China") == hub_named("shenzhen") == hub_of("CN")
    assert hub_named("Saigón") == hub_named("Ho Chi Minh City")
    assert hub_named("Atlantis") is None and hub_of("AQ") is None

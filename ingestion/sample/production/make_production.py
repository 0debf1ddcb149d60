"""Writes orders.jsonl and events.jsonl beside it: fictional orders at fictional manufacturers. The same seed gives the
same bytes. Run it from the root of the project: python -m ingestion.sample.production.make_production"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.simulation import Plan, events_of, milestones

SEED = 20261120
UNTIL = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
HERE = Path(__file__).parent

IATF, MED = ["IATF 16949"], ["ISO 13485"]


def order(number: int, manufacturer: str, product: str, hts: str, quantity: int, price: str, stage: str, placed: str,
          promised: str, transit: int = 3, **more: Any) -> dict[str, Any]:  # fmt: skip
    days = milestones(date.fromisoformat(placed), date.fromisoformat(promised), transit)
    return {
        "order_id": f"PO-{number}", "manufacturer_id": manufacturer, "product": product, "hts": hts,
        "quantity": quantity, "unit_price": price, "currency": "USD", "stage": stage, "placed": placed,
        "promised": promised, "milestones": days, "sample": True, **more,
    }  # fmt: skip


def papers(
    *kinds: tuple[str, int, str], **expiring: tuple[int, str, str]
) -> tuple[tuple[str, int, dict[str, Any]], ...]:
    """(kind, days after placing, state); with a last day for those in `expiring`."""
    found = [(kind, day, {"state": state}) for kind, day, state in kinds]
    found += [(kind, day, {"state": state, "expires": last}) for kind, (day, state, last) in expiring.items()]
    return tuple(found)


MX: dict[str, Any] = {
    "preference": "USMCA",
    "documents": ["certificate_of_origin", "pedimento", "packing_list"],
    "transport_mode": "truck",
}
CA: dict[str, Any] = {
    "preference": "USMCA",
    "documents": ["certificate_of_origin", "packing_list"],
    "transport_mode": "truck",
}
US: dict[str, Any] = {"documents": ["packing_list", "test_report"], "transport_mode": "truck"}
HARNESS = {"crimp_height": 5, "wrong_terminal": 3, "insulation_damage": 2, "label": 1}
BOARD = {"solder_bridge": 5, "missing_part": 3, "tombstone": 2, "wrong_polarity": 1}
RUBBER = {"flash": 4, "blister": 3, "tear": 2, "hardness": 1}
CLOTH = {"open_seam": 4, "shade": 3, "stain": 2, "size": 2}

PLANS = (
    Plan(order(1031, "huizache-precision-plastics", "ABS sensor housing", "3926909910", 60000, "1.18", "scale",
               "2026-02-23", "2026-05-29", certifications=MED, **MX),
         "America/Mexico_City", steps=("molding", "pad_printing"), cycle_seconds=24, scrap=0.015, ppm=350,
         papers=papers(("certificate_of_origin", 20, "received"), ("packing_list", 85, "received"), ("pedimento", 88, "filed"))),
    Plan(order(1032, "tezontle-polimeros", "Pump end cap", "3926909910", 90000, "0.74", "scale", "2026-03-02", "2026-06-12", **MX),
         "America/Mexico_City", steps=("molding",), cycle_seconds=17, start_slip=9, scrap=0.03, ppm=1100,
         trouble={12: (6, 0.35, 1.6)},
         incidents=(("machine_down", 17, {"incident_id": "INC-1032-1", "severity": "high", "state": "open", "description": "Hydraulic pump of the 450 t press failed"}),
                    ("machine_down", 26, {"incident_id": "INC-1032-1", "state": "closed", "cost": 8400})),
         papers=papers(("certificate_of_origin", 40, "received"), ("packing_list", 99, "received"), ("pedimento", 112, "filed"))),
    Plan(order(1033, "paso-alto-arneses", "Dashboard harness", "8544300000", 24000, "14.60", "scale", "2026-03-09", "2026-06-19",
               certifications=IATF, **MX),
         "America/Ciudad_Juarez", steps=("cutting", "crimping", "assembly"), cycle_seconds=70, scrap=0.012, ppm=800, defects=HARNESS,
         customs_days=11, transit_days=12,
         incidents=(("customs_hold", 62, {"incident_id": "INC-1033-1", "severity": "high", "state": "open", "description": "Held for examination at Santa Teresa; origin of terminals questioned"}),
                    ("customs_hold", 72, {"incident_id": "INC-1033-1", "state": "closed", "cost": 3150})),
         papers=papers(("certificate_of_origin", 30, "mismatched"), ("certificate_of_origin", 108, "received"), ("packing_list", 92, "received"), ("pedimento", 95, "filed"))),
    Plan(order(1034, "duna-blanca-electronica", "Motor control board", "8537109170", 18000, "21.35", "scale", "2026-03-16", "2026-07-03", **MX),
         "America/Ciudad_Juarez", steps=("smt", "test"), cycle_seconds=88, scrap=0.02, rework=0.03, ppm=1500, defects=BOARD,
         trouble={14: (8, 0.8, 5.5), 22: (6, 0.9, 2.5)},
         incidents=(("quality", 19, {"incident_id": "INC-1034-1", "severity": "high", "state": "open", "description": "Solder bridges after a stencil change; 8D opened"}),
                    ("quality", 39, {"incident_id": "INC-1034-1", "state": "closed", "cost": 12650})),
         papers=papers(("certificate_of_origin", 35, "received"), ("packing_list", 100, "received"), ("pedimento", 103, "filed"))),
    Plan(order(1035, "driftlake-molding", "Bed rail cover, pilot", "3926909910", 1500, "6.40", "pilot", "2026-04-06", "2026-05-22", 2,
               certifications=MED, **US),
         "America/Detroit", shifts=1, cycle_seconds=48, scrap=0.05, ppm=2600, transit_days=2,
         papers=papers(("test_report", 30, "received"), ("packing_list", 40, "received"))),
    Plan(order(1036, "laguna-mezclilla", "Denim work trouser", "6203420706", 32000, "8.90", "scale", "2026-04-13", "2026-07-31", **MX),
         "America/Monterrey", steps=("cutting", "sewing", "washing"), cycle_seconds=52, scrap=0.018, ppm=2100, defects=CLOTH,
         papers=papers(("certificate_of_origin", 60, "received"), ("packing_list", 98, "received"), ("pedimento", 102, "filed"))),
    Plan(order(1037, "sotol-hule", "Door seal", "4016935050", 140000, "0.52", "scale", "2026-05-04", "2026-08-14",
               certifications=IATF, **MX),
         "America/Chihuahua", shifts=3, cycle_seconds=11, scrap=0.024, ppm=1300, defects=RUBBER,
         papers=papers(("certificate_of_origin", 41, "received"), ("packing_list", 96, "received"), ("pedimento", 99, "filed"))),
    Plan(order(1038, "huizache-precision-plastics", "ABS sensor housing", "3926909910", 80000, "1.15", "scale",
               "2026-05-25", "2026-08-28", certifications=MED, **MX),
         "America/Mexico_City", steps=("molding", "pad_printing"), cycle_seconds=24, scrap=0.013, ppm=300, split=2,
         papers=papers(("certificate_of_origin", 20, "received"), ("packing_list", 80, "received"), ("pedimento", 83, "filed"))),
    Plan(order(1039, "lakeshore-lantern-ems", "Infusion monitor board", "8534000040", 9000, "33.10", "scale", "2026-06-01", "2026-09-11",
               certifications=MED, **CA),
         "America/Toronto", steps=("smt", "test"), cycle_seconds=140, scrap=0.011, ppm=700, defects=BOARD,
         papers=papers(("packing_list", 90, "received"), certificate_of_origin=(45, "received", "2026-12-31"))),
    Plan(order(1040, "tezontle-polimeros", "Pump end cap", "3926909910", 110000, "0.73", "scale", "2026-06-22", "2026-09-25", **MX),
         "America/Mexico_City", steps=("molding",), cycle_seconds=17, start_slip=6, scrap=0.04, ppm=1700, pace=0.9,
         papers=papers(("certificate_of_origin", 50, "received"), ("packing_list", 104, "received"), ("pedimento", 108, "filed"))),
    Plan(order(1041, "paso-alto-arneses", "Dashboard harness", "8544300000", 30000, "14.35", "scale", "2026-07-20", "2026-11-06",
               certifications=IATF, **MX),
         "America/Ciudad_Juarez", steps=("cutting", "crimping", "assembly"), cycle_seconds=70, scrap=0.011, ppm=650, defects=HARNESS,
         papers=papers(("certificate_of_origin", 30, "received"), ("packing_list", 96, "received"), ("pedimento", 100, "filed"))),
    Plan(order(1042, "tezontle-polimeros", "Pump end cap, reinforced", "3926909910", 120000, "0.81", "scale", "2026-09-07", "2026-12-11", **MX),
         "America/Mexico_City", steps=("molding",), cycle_seconds=19, start_slip=7, scrap=0.035, ppm=1500, pace=0.62,
         trouble={18: (9, 0.75, 3.2)},
         incidents=(("quality", 30, {"incident_id": "INC-1042-1", "severity": "medium", "state": "open", "description": "Short shots on cavity 3; mold sent to the tool room"}),),
         papers=papers(("packing_list", 74, "requested"))),
    Plan(order(1043, "sotol-hule", "Door seal", "4016935050", 160000, "0.51", "scale", "2026-09-14", "2026-12-22",
               certifications=IATF, **MX),
         "America/Chihuahua", shifts=3, cycle_seconds=11, scrap=0.022, ppm=1150, defects=RUBBER,
         papers=papers(("certificate_of_origin", 33, "received"))),
    Plan(order(1044, "huizache-precision-plastics", "Sensor housing, sealed", "3926909910", 50000, "1.42", "scale",
               "2026-09-28", "2026-12-18", certifications=MED, **MX),
         "America/Mexico_City", steps=("molding", "overmolding"), cycle_seconds=26, scrap=0.014, ppm=380,
         papers=papers(("certificate_of_origin", 18, "received"))),
    Plan(order(1045, "garambullo-moldes", "Infusion clip", "3926909910", 45000, "0.66", "scale", "2026-09-21", "2026-12-16",
               certifications=MED, **MX),
         "America/Mexico_City", cycle_seconds=21, scrap=0.028, ppm=1900,
         papers=papers(("certificate_of_origin", 40, "received"))),
    Plan(order(1046, "lakeshore-lantern-ems", "Infusion monitor board", "8534000040", 10000, "32.80", "scale", "2026-10-05", "2027-01-22",
               certifications=MED, **CA),
         "America/Toronto", steps=("smt", "test"), cycle_seconds=140, scrap=0.011, ppm=700, defects=BOARD,
         papers=papers(certificate_of_origin=(20, "received", "2026-12-31"))),
)  # fmt: skip


def build() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Orders, and their events in order of time; `recorded_at` is when the plant reported, minutes to hours later."""
    events = []
    for place, plan in enumerate(PLANS):
        for number, event in enumerate(events_of(plan, SEED + place, UNTIL)):
            late = timedelta(minutes=3 + (number * 37 + place * 11) % 240)
            recorded = min(datetime.fromisoformat(event["at"]) + late, UNTIL)
            events.append({**event, "recorded_at": recorded.isoformat()})
    events.sort(key=lambda e: (datetime.fromisoformat(e["at"]), e["event_id"]))
    return [plan.order for plan in PLANS], events


def main() -> None:
    orders, events = build()
    for name, rows in (("orders", orders), ("events", events)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(orders)} orders, {len(events)} events")


if __name__ == "__main__":
    main()

"""Matching over many generated plants: load time, size, memory, and how long a need takes."""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DAY = date(2026, 11, 1)
_BATCH = 2_000
_TOWNS = [
    ("MX", "Querétaro", "Querétaro"), ("MX", "Nuevo León", "Monterrey"), ("MX", "Chihuahua", "Ciudad Juárez"),
    ("MX", "Baja California", "Tijuana"), ("MX", "Jalisco", "Guadalajara"), ("MX", "Guanajuato", "León"),
    ("MX", "Puebla", "Puebla"), ("MX", "San Luis Potosí", "San Luis Potosí"), ("MX", "Coahuila", "Saltillo"),
    ("US", "Texas", "Dallas"), ("US", "Ohio", "Cleveland"), ("US", "Michigan", "Detroit"),
    ("US", "Illinois", "Chicago"), ("US", "California", "Los Angeles"), ("US", "North Carolina", "Charlotte"),
    ("CA", "Ontario", "Toronto"),
    ("CA", "Quebec", "Montreal"), ("CA", "Ontario", "Windsor"),
]  # fmt: skip
_STANDARDS = ["ISO 9001:2015", "ISO 13485:2016", "IATF 16949:2016", "AS9100D", "ISO 14001:2015", "ISO 45001:2018"]
_STATES = ["claimed", "claimed", "document_seen", "document_seen", "issuer_verified", "revoked"]
_OWN_WORDS = ["bellows", "waveguides", "ferrules", "turbochargers", "manifolds", "hinges", "nozzles", "impellers"]


def plant(number: int, words: dict[str, list[str]]) -> dict[str, Any]:
    """A generated profile; the same number gives the same one."""
    rng = random.Random(number)
    country, region, city = rng.choice(_TOWNS)
    processes = rng.sample(words["process"], rng.randint(1, 4))
    certifications = []
    for standard in rng.sample(_STANDARDS, rng.randint(0, 3)):
        issued = DAY - timedelta(days=rng.randint(0, 1_400))
        certifications.append(
            {"standard": standard, "state": rng.choice(_STATES), "number": f"C-{number}-{standard[-4:]}",
             "issuer": "Issuer", "scope": "All", "issued": str(issued), "expires": str(issued + timedelta(days=1_095))}
        )  # fmt: skip
    return {
        "id": f"plant-{number:07}", "name": f"Plant {number}", "sample": True, "country": country, "region": region,
        "city": city, "processes": [*processes, *rng.sample(_OWN_WORDS, rng.randint(0, 1))],
        "materials": rng.sample(words["material"], rng.randint(1, 5)),
        "industries": rng.sample(words["industry"], rng.randint(0, 3)),
        "capabilities": [
            {"process": process, "monthly_capacity": rng.randint(1, 400) * 1_000, "unit": "pieces",
             "utilization": rng.randint(10, 100) / 100, "min_order": rng.choice([100, 500, 1_000, 5_000]),
             "pilot_min_order": rng.choice([None, 50, 100, 300]), "lead_time_days": rng.randint(7, 80),
             "pilot_lead_time_days": rng.choice([None, 10, 20])}
            for process in processes
        ],
        "certifications": certifications,
        "programs": rng.sample(["IMMEX", "OEA", "C-TPAT"], rng.randint(0, 2)),
        "innovation": rng.sample(words["innovation"], rng.randint(0, 2)),
        "languages": rng.sample(["en", "es"], rng.randint(1, 2)),
    }  # fmt: skip


def needs(words: dict[str, list[str]], count: int) -> Iterator[dict[str, Any]]:
    """Needs of three hard requirements and text, each another."""
    from assistant.sourcing.vocabulary import Vocabulary

    rng, vocabulary = random.Random(7), Vocabulary.load()
    places = ["Mexico", "the United States", "Querétaro", "Texas", "Ontario", "Nuevo León", "Ohio", "the Bajío"]
    for _ in range(count):
        process = vocabulary.label("process", rng.choice(words["process"]), "en")
        material = vocabulary.label("material", rng.choice(words["material"]), "en")
        third = rng.choice([rng.choice(_STANDARDS), f"in {rng.choice(places)}"])
        volume = rng.choice(["", "", f", {rng.choice([5, 20, 60])},000 a month"])
        need = f"{process} of {material} {rng.choice(_OWN_WORDS)} with {third}{volume}".replace("with in", "in")
        yield {"need": need, "as_of": str(DAY), "limit": 5}


def generated(home: Path, count: int) -> tuple[float, float]:
    """Fill a home with `count` plants; seconds to store them and seconds to take them apart."""
    from sqlalchemy import insert

    from assistant.bootstrap import open_services
    from assistant.config import load_settings
    from assistant.toolbox.plants import refresh
    from retrieval.models import Manufacturer, table_of
    from retrieval.plants import note_changes
    from retrieval.records import NewDocument

    words = kinds()
    services = open_services(load_settings({"SOURCING_HOME": str(home)}))
    document = NewDocument("manufacturer", "generated", "Generated plants", "generated.jsonl", "0" * 64, sample=True)
    services.catalog.store(document, [])
    start = time.perf_counter()
    for first in range(0, count, _BATCH):
        rows = [plant(number, words) for number in range(first, min(count, first + _BATCH))]
        with services.catalog.writing() as connection:
            connection.execute(
                insert(table_of(Manufacturer)),
                [{"id": r["id"], "tenant": "public", "document_id": document.id, "name": r["name"],
                  "country": r["country"], "region": r["region"], "city": r["city"], "latitude": None,
                  "longitude": None, "sample": True, "profile": r, "unmapped": []} for r in rows],
            )  # fmt: skip
            note_changes(connection, "public", [r["id"] for r in rows])
    stored = time.perf_counter() - start
    start = time.perf_counter()
    refresh(services)
    return stored, time.perf_counter() - start


def kinds() -> dict[str, list[str]]:
    from assistant.sourcing.vocabulary import Vocabulary

    vocabulary = Vocabulary.load()
    return {kind: vocabulary.ids(kind) for kind in ("process", "material", "industry", "innovation")}


def ask(home: Path, count: int) -> None:
    """Put needs to a loaded home in this process and print how long each took."""
    from assistant.bootstrap import open_services
    from assistant.config import load_settings
    from assistant.sourcing.types import Need
    from assistant.toolbox.manufacturers import matched

    services = open_services(load_settings({"SOURCING_HOME": str(home)}))
    asked = list(needs(kinds(), count + 20))
    wall, cpu, matches = [], [], []
    for number, need in enumerate(asked):
        began, used = time.perf_counter(), time.process_time()
        result, _ = matched(services, Need.model_validate(need), DAY)
        if number >= 20:  # after loading: pages and prepared words are there
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - used)
            matches.append(len(result.matches))
    for name, values in (("wall", wall), ("CPU", cpu)):
        cuts = statistics.quantiles(values, n=100)
        print(f"  {name:4} a need: median {cuts[49] * 1000:7.1f} ms, p95 {cuts[94] * 1000:7.1f} ms, "
              f"slowest {max(values) * 1000:7.1f} ms")  # fmt: skip
    found = sum(1 for n in matches if n)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {count} needs, {found} with matches; peak memory of the process {peak:.0f} MiB")


def run() -> None:
    """PLANTS=1000000 make bench BENCH=match; MATCH_HOME keeps the loaded home for another run."""
    count, kept = int(os.environ.get("PLANTS", "20000")), os.environ.get("MATCH_HOME")
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(kept or scratch)
        if not (home / "catalog.sqlite").exists():
            stored, apart = generated(home, count)
            print(f"  {count:,} plants stored in {stored:.1f} s, taken apart in {apart:.1f} s")
        size = sum(file.stat().st_size for file in home.glob("catalog.sqlite*")) / 2**20
        print(f"  catalog {size:,.0f} MiB")
        subprocess.run([sys.executable, "-m", "tests.bench.match", str(home), "200"], check=True)


if __name__ == "__main__":
    ask(Path(sys.argv[1]), int(sys.argv[2]))

"""Laws of matching through SQL: it finds what reading every plant finds, and no score exceeds its bound."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.sourcing.facts import facts_of
from assistant.sourcing.likeness import asked_words
from assistant.sourcing.matching import match
from assistant.sourcing.places import Places
from assistant.sourcing.pools import match_pool
from assistant.sourcing.requirements import Judge
from assistant.sourcing.scoring import Scorer
from assistant.sourcing.types import Need, Profile
from assistant.sourcing.understand import understand
from assistant.sourcing.vocabulary import Vocabulary
from assistant.toolbox.plants import refresh
from assistant.toolbox.pool import SqlPool
from retrieval.plant_reads import towns_known
from retrieval.records import NewDocument
from tests.property.test_matching_properties import DAY, needs, profiles

_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking with a database behind takes minutes
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home: Path = tmp_path_factory.mktemp("pool")
    found = open_services(load_settings({"SOURCING_HOME": str(home)}))
    yield found
    found.catalog.close()


@st.composite
def varied(draw: st.DrawFn) -> list[Profile]:
    """Plants with what the plainer ones lack: words of their own, wishes to be met, unknown towns, programs' papers."""
    plants = draw(profiles())
    for plant in plants:
        plant.processes += draw(st.lists(st.sampled_from(["bellows forming", "welding"]), max_size=1))
        plant.industries = draw(st.lists(st.sampled_from(["medical_devices", "automotive"]), max_size=2))
        plant.innovation = draw(st.lists(st.sampled_from(["automation", "additive"]), max_size=1))
        plant.languages = draw(st.lists(st.sampled_from(["en", "es"]), max_size=2, unique=True))
        if draw(st.booleans()):
            plant.city = draw(st.sampled_from(["Villa Perdida", "Saltillo"]))
            plant.region = "Coahuila" if plant.country == "MX" else plant.region
        if draw(st.booleans()):
            plant.latitude, plant.longitude = draw(st.sampled_from([(25.6, -100.3), (20.6, -100.4), (27.5, -99.5)]))
        for certificate in plant.certifications:
            if draw(st.booleans()):
                certificate.issued = DAY - timedelta(days=draw(st.sampled_from([-1, 0, 1, 400])))
    return plants


EXTRAS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"industries": ["medical_devices"]},
        {"industries": ["automotive"], "must": ["industries"]},
        {"innovation": ["automation"], "languages": ["en"]},
        {"wishes": {"materials": ["abs"], "certifications": ["ISO 9001"]}},
        {"need": "bellows forming of housings"},
        {"need": "ABS or polycarbonate, preferably ISO 13485, in Coahuila"},
        {"order_volume": 300},
        {"processes": ["injection_molding|cnc_machining"], "monthly_volume": 900, "volume_unit": "kg"},
        {"max_pilot_lead_time_days": 20, "pilot_volume": 40},
        {"programs": ["OEA|IMMEX"], "regions": ["Texas", "bajio"]},
    ]
)


def stored(services: Services, plants: list[Profile]) -> str:
    """The plants under a tenant of their own, taken apart."""
    tenant = f"t{next(_NUMBERS)}"
    for plant in plants:
        data = plant.model_dump(mode="json", exclude={"tenant"})
        digest = hashlib.sha256(json.dumps(data).encode()).hexdigest()
        document = NewDocument("manufacturer", plant.id, plant.name, "test.json", digest, tenant=tenant)
        row = {k: data[k] for k in ("id", "name", "country", "region", "city", "latitude", "longitude", "sample")}
        services.catalog.store(document, [], manufacturers=[{**row, "profile": data, "unmapped": []}])
    refresh(services)
    return tenant


@settings(max_examples=40, deadline=None, phases=_PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(varied(), needs(), EXTRAS, st.integers(1, 4))
def test_sql_finds_what_reading_every_plant_finds(
    services: Services, plants: list[Profile], need: dict[str, Any], extra: dict[str, Any], limit: int
) -> None:
    tenant = stored(services, plants)
    request = Need(limit=limit, **{**need, **extra})
    vocabulary = Vocabulary.load()
    read = match(request, plants, as_of=DAY)
    with services.catalog.connect() as connection:
        places = Places.load().with_places(towns_known(connection, (tenant,)))
        pool = SqlPool(connection, (tenant,))
        found = match_pool(request, pool, as_of=DAY, vocabulary=vocabulary, places=places)
        assert found.matches == read.matches
        assert found.relaxations == read.relaxations
        assert (found.considered, found.unmapped) == (read.considered, read.unmapped)
        whys = {row.id: row.why for row in read.excluded}
        assert found.excluded == [] or found.excluded[0] == read.excluded[0]
        assert all(whys[row.id] == row.why for row in found.excluded if row.id in whys)

        understood, _, unmapped = understand(request, vocabulary, places)
        scorer = Scorer(Judge(understood, DAY, vocabulary, places), None, None, asked_words(unmapped))
        bounds = {profile.id: bound for bound, profile in pool.best(scorer, 100)}
        for plant in plants:
            assessed = scorer.judge.assess(facts_of(plant, vocabulary, places))
            if not assessed.failures:
                assert scorer.score(assessed)[0] <= bounds[plant.id] + 5.1e-5

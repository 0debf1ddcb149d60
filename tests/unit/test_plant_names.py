"""Which plants on file a question names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import assistant.plant_names
from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.plant_names import plants_asked
from assistant.toolbox.plants import refresh
from ingestion.pipeline import Pipeline

NAMES = [*(f"Tezontle Planta {n}" for n in range(1, 6)), "Zapotlan Moldes", "Zapotlan Prensas", "Cuauhtli Forjas Finas"]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    services = open_services(load_settings({"SOURCING_HOME": str(tmp_path / "home")}))
    rows = [{"id": name.lower().replace(" ", "-"), "name": name, "country": "MX", "processes": ["injection_molding"]}
            for name in NAMES]  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(rows), encoding="utf-8")
    Pipeline(services.catalog, keep_states=True).ingest([tmp_path / "p.json"])
    refresh(services)
    return services


@pytest.mark.parametrize("rows", [200, 5, 6, 1])
def test_the_beginning_of_a_name_names_only_the_one_plant_that_has_it(
    services: Services, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """However many plants share another beginning in the same question."""
    monkeypatch.setattr(assistant.plant_names, "_ROWS", rows)
    question = "Is Tezontle better than Zapotlan or Cuauhtli Forjas?"
    assert [identity for identity, _ in plants_asked(services, question)] == ["cuauhtli-forjas-finas"]

"""Removing a document takes all that hangs on it, in both stores, and nothing of others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.errors import NotFound
from ingestion.forget import forget
from ingestion.pipeline import Pipeline, sample_corpus
from retrieval.catalog import Catalog


def test_forgetting_a_manufacturer_makes_its_certificates_claims(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    Pipeline(catalog, keep_states=True).ingest([sample_corpus() / "certificates", sample_corpus() / "manufacturers"])
    [record] = catalog.certificates("sahuaro-aeromaquinados")
    assert record.state == "document_seen"
    forget(catalog, "manufacturer:sahuaro-aeromaquinados", "public")
    assert catalog.profile("sahuaro-aeromaquinados") is None
    [record] = catalog.certificates("sahuaro-aeromaquinados")
    assert record.state == "claimed"


@pytest.mark.parametrize("tenant", ["public", "acme"])
def test_only_the_own_document_is_forgotten(tmp_path: Path, tenant: str) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    (tmp_path / "keep.txt").write_text("The importer keeps the records of the entry.")
    Pipeline(catalog, tenant="globex").ingest([tmp_path / "keep.txt"])
    with pytest.raises(NotFound):
        forget(catalog, "guide:keep.txt@globex", tenant)
    forget(catalog, "guide:keep.txt@globex", "globex")
    assert catalog.counts()["documents"] == catalog.counts()["passages"] == 0


def test_the_command_empties_both_stores_and_names_near_ids(home: Path) -> None:
    env = {**os.environ, "SOURCING_HOME": str(home)}

    def sourcing(*arguments: str) -> tuple[int, dict[str, object]]:
        command = [sys.executable, "-m", "assistant.cli", *arguments, "--json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    document = "guide:us-customs-bonds.en"
    assert sourcing("forget", document) == (0, {"forgotten": [document]})
    code, answer = sourcing("forget", document)
    assert code == 2
    assert "us-customs-bonds.es" in json.dumps(answer)
    services = open_services(load_settings({"SOURCING_HOME": str(home)}))
    assert services.catalog.document(document) is None
    assert services.status()["agreement"]["ok"]

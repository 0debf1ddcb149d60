"""Fixtures shared by all tests: the official files where they are, and a home with the embedded corpus."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is slow, not wrong: hypothesis' limit of 200 ms an example made laws fail by chance.
settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of official files; tests that need it are skipped where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("official files are absent: put them in ../shared/data")
    return folder


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test never sees the SOURCING_ settings of whoever runs it."""
    for name in [n for n in os.environ if n.startswith("SOURCING_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the whole embedded corpus, made once a session; treat it as read-only, or take `home`."""
    from assistant.bootstrap import open_services
    from assistant.config import load_settings

    folder = tmp_path_factory.mktemp("filled") / "home"
    services = open_services(load_settings({"SOURCING_HOME": str(folder)}))
    report = services.load_sample_if_empty()
    assert report is not None
    refused = [(f.file, f.reason) for f in report.files if f.status == "rejected"]
    assert not refused, refused
    services.catalog.close()
    return folder


@pytest.fixture
def home(filled_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the filled home that a test may change."""
    folder = tmp_path / "home"
    shutil.copytree(filled_home, folder)
    yield folder

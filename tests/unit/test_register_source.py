"""The register of industrial sites: a directory of real sites, of which nothing is invented and nothing is matched."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.toolbox.plants import refresh
from assistant.tools import call
from ingestion.pipeline import Pipeline
from ingestion.report import Report

HEAD = "establecimiento\tnra\tdescscian\tscian\testado\tmunicipio\tlatitudnorte\tlongitudoeste\tcalle\tanio"
ROWS = [
    "INYECTORA EJEMPLO SA DE CV,\tINE1900100001\tFabricación de otros productos de plástico sin reforzar\t326199\t"
    'Nuevo León\tApodaca\t25°46\'30""\t100°11\'15""\tAtributo no considerado en este año\t2022',
    '\tINE1900100002\tX\t1\tJalisco\tZapopan\t20°43\'12""\t103°23\'24""\t\t2022',
    'PLANTA MAL UBICADA\tINE1900100003\tX\t1\tJalisco\tZapopan\t0°43\'12""\t103°23\'24""\t\t2022',
]


def load(services: Services, path: Path) -> Report:
    report = Pipeline(services.catalog, keep_states=True).ingest([path])
    refresh(services)
    return report


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(load_settings({"SOURCING_HOME": str(tmp_path / "home")}))


def test_a_site_keeps_what_the_register_says_and_no_more(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "sites.tsv"
    file.write_text("\n".join([HEAD, *ROWS]), encoding="utf-8")
    report = load(services, file)
    assert report.files[0].counts["manufacturers"] == 2 and report.files[0].rejected_rows[0].line == 3
    site = call(services, "manufacturer_profile", {"id": "retc-ine1900100001"})["profile"]
    assert (site["name"], site["region"], site["city"]) == ("INYECTORA EJEMPLO SA DE CV", "Nuevo León", "Apodaca")
    assert (site["latitude"], site["longitude"]) == (25.775, -100.1875)
    assert site["register_name"] == "RETC 2022" and site["activity"].startswith("326199")
    assert site["address"] is None
    assert not any(site[name] for name in ("processes", "materials", "capabilities", "certifications", "industries"))
    lost = call(services, "manufacturer_profile", {"id": "retc-ine1900100003"})["profile"]
    assert lost["latitude"] is None, "a point outside Mexico is a slip"


@pytest.mark.parametrize(
    "need", [{}, {"need": "inyección de plástico en Nuevo León"}, {"countries": ["MX"]}, {"regions": ["Nuevo León"]}]
)
@pytest.mark.parametrize("read_all", [0, 1_000])
def test_a_site_is_never_matched(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need: dict[str, object], read_all: int
) -> None:
    monkeypatch.setattr("assistant.toolbox.manufacturers.READ_ALL", read_all)
    file = tmp_path / "sites.tsv"
    file.write_text("\n".join([HEAD, *ROWS]), encoding="utf-8")
    load(services, file)
    found = call(services, "find_manufacturers", need)
    assert (found["matches"], found["excluded"], found["considered"]) == ([], [], 0)


def test_the_official_register_loads(services: Services, shared_data: Path) -> None:
    file = shared_data / "suppliers" / "mx_retc_2022.tsv"
    if not file.exists():
        pytest.skip("the register is absent: put mx_retc_2022.tsv in ../shared/data/suppliers")
    lines = file.read_text(encoding="utf-8").splitlines()
    part = services.home.parent / "part.tsv"
    part.write_text("\n".join([lines[0], *lines[1:101]]), encoding="utf-8")
    report = load(services, part)
    assert report.files[0].counts["manufacturers"] == 100 and not report.files[0].rejected_rows

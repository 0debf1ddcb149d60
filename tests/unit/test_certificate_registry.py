"""Whose certificate it is, how sure that is, and that only an issuer's registry verifies one."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ingestion.linking import owner_of, plain_name
from ingestion.pipeline import Pipeline
from retrieval.catalog import Catalog

PROFILES: dict[str, dict[str, Any]] = {
    "a": {"id": "a", "name": "Moldes Ámbar, S.A. de C.V.", "city": "Querétaro", "region": "Querétaro", "country": "MX"},
    "b": {"id": "b", "name": "Tornos del Norte", "city": "Monterrey", "region": "Nuevo León", "country": "MX"},
    "c": {"id": "c", "name": "Tornos del Norte", "city": "Tijuana", "region": "Baja California", "country": "MX"},
}
NAMES: dict[str, list[str]] = {}
for _id, _profile in PROFILES.items():
    NAMES.setdefault(plain_name(str(_profile["name"])), []).append(_id)
HEAD = "standard,number,holder,status,issuer,issued,expires,city,country\n"
ROW = "ISO 9001:2015,Q-1,Moldes Ambar SA de CV,{status},TÜV,2025-01-01,2027-12-31,{city},Mexico\n"


@pytest.mark.parametrize(
    ("holder", "site", "printed", "expected"),
    [
        ("Moldes Ambar", "Av. 5, Querétaro", None, ("a", "name and place", 0.98, False)),
        ("Moldes Ambar", None, None, ("a", "name", 0.85, False)),
        ("MOLDES AMBAR SA DE CV", "Av. 5, Puebla", None, ("a", "name", 0.6, True)),
        ("Tornos del Norte", None, None, None),
        ("Tornos del Norte", "Blvd. 2, Tijuana, B.C.", None, ("c", "name and place", 0.98, False)),
        ("Moldes Ambars", "Av. 5, Queretaro", None, ("a", "similar name and place", 0.67, False)),
        ("Moldes Ambars", None, None, None),
        ("Somebody else", None, "a", ("a", "printed id", 0.4, False)),
        ("Moldes Ámbar", "Querétaro", "a", ("a", "printed id", 1.0, False)),
        (None, None, None, None),
    ],
)
def test_whose_certificate_it_is(
    holder: str | None, site: str | None, printed: str | None, expected: tuple[Any, ...] | None
) -> None:
    found = owner_of(holder, site, printed, PROFILES, NAMES)
    assert (None if found is None else (found.id, found.by, found.confidence, found.elsewhere)) == expected


def files(folder: Path, status: str = "valid", city: str = "Queretaro") -> tuple[Path, Path]:
    profile = {**PROFILES["a"], "processes": ["injection_molding"], "certifications": [
        {"standard": "ISO 9001:2015", "number": "Q-1", "state": "claimed"}]}  # fmt: skip
    (folder / "plant.json").write_text(json.dumps(profile), encoding="utf-8")
    (folder / "registry.csv").write_text(HEAD + ROW.format(status=status, city=city), encoding="utf-8")
    return folder / "plant.json", folder / "registry.csv"


@pytest.mark.parametrize(
    ("status", "city", "state"),
    [
        ("valid", "Queretaro", "issuer_verified"),
        ("vigente", "Querétaro", "issuer_verified"),
        ("valid", "Puebla", "claimed"),
        ("withdrawn", "Queretaro", "revoked"),
        ("suspendido", "Queretaro", "revoked"),
    ],
)
def test_a_registry_verifies_in_any_order(tmp_path: Path, status: str, city: str, state: str) -> None:
    for number, order in enumerate(permutations(files(tmp_path, status, city))):
        catalog = Catalog(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        for path in order:
            kind = "certificate_registry" if path.suffix == ".csv" else None
            [report] = Pipeline(catalog, keep_states=True).ingest([path], kind=kind).files
            assert report.status == "added", report.reason
        [record] = catalog.certificates("a")
        assert record.state == state
        assert [c["field"] for c in record.meta.get("conflicts", [])] == (["site"] if city == "Puebla" else [])
        catalog.close()


def test_nobody_verifies_himself(tmp_path: Path) -> None:
    plant, registry = files(tmp_path)
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    Pipeline(catalog).ingest([plant])
    [report] = Pipeline(catalog).ingest([registry], kind="certificate_registry").files
    assert report.status == "rejected"
    assert "a writer can't load one" in str(report.reason)
    [report] = Pipeline(catalog, keep_states=True).ingest([registry]).files
    assert report.kind != "certificate_registry", "never by detection"


def test_bad_rows_are_left_out_alone(tmp_path: Path) -> None:
    rows = [ROW.format(status="valid", city="X"), ROW.format(status="shiny", city="X"), "ISO 9001,,Y,valid,,,,,\n",
            "ISO 9001,Z,Y,valid,,2026-01-01,2025-01-01,,\n"]  # fmt: skip
    (tmp_path / "r.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
    catalog = Catalog(f"sqlite:///{tmp_path / 'c.sqlite'}")
    [report] = Pipeline(catalog, keep_states=True).ingest([tmp_path / "r.csv"], kind="certificate_registry").files
    assert report.counts["certificates"] == 1
    assert [p.line for p in report.rejected_rows] == [3, 4, 5]
    assert "'shiny' is not known" in report.rejected_rows[0].reason

"""The sample manufacturers: many, varied, marked fictional, and in agreement with their documents."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pypdf import PdfReader

SAMPLE = Path(__file__).parents[2] / "ingestion" / "sample"
AS_OF = date(2026, 11, 22)
STATES = {"claimed", "document_seen", "issuer_verified", "expired", "revoked"}
MISMATCHES = {"jarana-plasticos--iso-13485.pdf", "driftlake-molding--iso-13485.pdf"}
# Loose boxes (south, north, west, east): they catch a swapped or sign-flipped coordinate, not a wrong street.
BOXES = {
    "MX": (14, 33, -118, -86),
    "US": (24, 49.5, -125, -66),
    "CA": (42, 60, -140, -52),
    "CN": (18, 54, 73, 135),
    "VN": (8, 24, 102, 110),
}


def _make_pdfs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_make_pdfs", SAMPLE / "make_pdfs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = _make_pdfs()
PROFILES: dict[str, dict[str, Any]] = MAKE.load_profiles()
CERTIFICATES = [(p, c) for p in PROFILES.values() for c in p["certifications"]]


def test_count_and_spread() -> None:
    countries = Counter(p["country"] for p in PROFILES.values())
    assert len(PROFILES) >= 66
    assert countries["MX"] >= 36 and countries["US"] >= 14 and countries["CA"] >= 8
    assert countries["CN"] >= 3 and countries["VN"] >= 3
    assert len({p["region"] for p in PROFILES.values() if p["country"] == "MX"}) >= 12
    assert len({x for p in PROFILES.values() for x in p["processes"]}) >= 40


def test_readme_states_the_counts() -> None:
    countries = Counter(p["country"] for p in PROFILES.values())
    states = len({p["region"] for p in PROFILES.values() if p["country"] == "MX"})
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"{len(PROFILES)} profiles: {countries['MX']} in Mexico ({states} states)" in readme
    assert f"{countries['US']} in the United States, {countries['CA']} in Canada" in readme


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_profile_is_marked_fictional_and_sane(profile: dict[str, Any]) -> None:
    assert profile["sample"] is True
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", profile["id"])
    assert profile["summary"]["en"].startswith("Sample profile, fictional. ")
    assert profile["summary"]["es"].startswith("Perfil de muestra, ficticio. ")
    assert profile["contact"]["email"].endswith("@example.com")
    south, north, west, east = BOXES[profile["country"]]
    assert south < float(profile["latitude"]) < north and west < float(profile["longitude"]) < east
    assert 1900 < int(profile["founded"]) <= AS_OF.year and int(profile["employees"]) > 0
    words = profile["processes"] + profile["materials"] + profile["industries"]
    assert all(re.fullmatch(r"[a-z0-9_]+", word) for word in words)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_capacity_numbers(profile: dict[str, Any]) -> None:
    assert profile["capabilities"]
    for item in profile["capabilities"]:
        assert item["process"] in profile["processes"]
        assert item["unit"] in {"pieces", "pairs", "kg", "meters"}
        assert 0 < item["utilization"] < 1
        assert 0 < item["pilot_min_order"] <= item["min_order"] <= item["monthly_capacity"]
        assert 0 < item["pilot_lead_time_days"] <= item["lead_time_days"] <= 90
        assert 0 < item.get("tolerance_mm", 1) <= 5 and 10 <= item.get("max_size_mm", 10) <= 20000


def test_certificates_are_in_every_state() -> None:
    found = Counter(c["state"] for _, c in CERTIFICATES)
    assert set(found) == STATES
    ends = [(date.fromisoformat(c["expires"]) - AS_OF).days for _, c in CERTIFICATES if "expires" in c]
    assert sum(0 <= days <= 90 for days in ends) >= 5 and sum(days < 0 for days in ends) >= 5
    numbers = [c["number"] for _, c in CERTIFICATES if "number" in c]
    assert len(numbers) == len(set(numbers)) and all(n.startswith("SAMPLE-") for n in numbers)


def test_state_goes_with_its_evidence_and_dates() -> None:
    named = set()
    for profile, item in CERTIFICATES:
        evidence = item.get("evidence", "")
        if item["state"] == "document_seen":
            assert evidence.startswith(f"certificates/{profile['id']}--")
        if item["state"] == "issuer_verified":
            assert evidence == "sample issuer registry"
        if item["state"] == "claimed":
            assert not evidence
        else:
            assert item["issuer"] and item["issued"] < item["expires"] and item["issued"] < AS_OF.isoformat()
        if item["state"] == "expired":
            assert item["expires"] < AS_OF.isoformat()
        if evidence.startswith("certificates/"):
            assert (SAMPLE / evidence).is_file(), evidence
            named.add((SAMPLE / evidence).name)
    assert named == {p.name for p in (SAMPLE / "certificates").iterdir()}


def test_json_certificates_agree_with_profiles() -> None:
    paths = sorted((SAMPLE / "certificates").glob("*.json"))
    assert len(paths) >= 4
    for path in paths:
        document = json.loads(path.read_text(encoding="utf-8"))
        profile = PROFILES[document["manufacturer_id"]]
        item = next(c for c in profile["certifications"] if c.get("evidence") == f"certificates/{path.name}")
        assert document["type"] == "certificate" and document["sample"] is True
        assert document["holder"] == profile["name"]
        for key in ("standard", "number", "issuer", "scope", "issued", "expires"):
            assert document[key] == item[key], (path.name, key)


def test_pdf_certificates_agree_with_profiles_but_for_two() -> None:
    differing = set()
    for profile, item in CERTIFICATES:
        evidence = item.get("evidence", "")
        if not evidence.endswith(".pdf"):
            continue
        text = " ".join(PdfReader(SAMPLE / evidence).pages[0].extract_text().split())
        assert f"Made.in profile: {profile['id']}" in text
        for key in ("standard", "number", "issuer", "issued", "expires"):
            assert item[key] in text, (evidence, key)
        labels = [("Holder", "Titular", profile["name"]), ("Scope", "Alcance", item["scope"])]
        if not all(f"{en}: {value}" in text or f"{es}: {value}" in text for en, es, value in labels):
            differing.add(Path(evidence).name)
    assert differing == MISMATCHES


def test_every_line_card_page_names_its_profile_and_says_fictional() -> None:
    cards = sorted((SAMPLE / "manufacturers" / "linecards").glob("*.pdf"))
    assert len(cards) >= 8
    for path in cards:
        pages = PdfReader(path).pages
        assert path.stem in PROFILES and 1 <= len(pages) <= 2
        for page in pages:
            text = page.extract_text()
            assert f"Made.in profile: {path.stem}" in text and MAKE.NOTICE in text


def test_regenerating_changes_no_byte() -> None:
    built = MAKE.build()
    assert set(built) == set(SAMPLE.glob("*/*.pdf")) | set(SAMPLE.glob("manufacturers/linecards/*.pdf"))
    assert [p.name for p, content in built.items() if p.read_bytes() != content] == []


def _queretaro_molders() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """ABS molders in Querétaro by id, each with its molding capability and its ISO 13485 entry."""
    found = {}
    for key, profile in PROFILES.items():
        molding = [c for c in profile["capabilities"] if c["process"] == "injection_molding"]
        medical = [c for c in profile["certifications"] if c["standard"] == "ISO 13485:2016"]
        if profile["region"] == "Querétaro" and molding and medical and "abs" in profile["materials"]:
            found[key] = (molding[0], medical[0])
    return found


def _free(item: dict[str, Any]) -> int:
    return round(item["monthly_capacity"] * (1 - item["utilization"]))


def test_queretaro_molders_give_matching_something_to_decide() -> None:
    molders = _queretaro_molders()
    certified = {
        key: item
        for key, (item, iso) in molders.items()
        if iso["state"] in {"document_seen", "issuer_verified"} and iso["expires"] > "2027-12-31"
    }
    pilot = {key for key, item in certified.items() if item["pilot_min_order"] <= 300}
    at_20k = {key for key in pilot if _free(certified[key]) >= 20_000}
    at_60k = {key for key in at_20k if _free(certified[key]) >= 60_000}
    assert len(at_60k) >= 2 and len(at_20k - at_60k) == 1
    assert any(300 <= _free(certified[key]) < 20_000 for key in pilot - at_20k)
    assert {"claimed", "expired"} <= {iso["state"] for _, iso in molders.values()}


def test_readme_table_of_queretaro_molders() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for key, (item, _) in _queretaro_molders().items():
        assert re.search(rf"\| `{key}` \| [^|]+ \| {_free(item):,} \| {item['pilot_min_order']} \|", readme), key

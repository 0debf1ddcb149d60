"""Vetting: the trail of certificates, what ends within 90 days, one plant under several names."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Services, open_services
from assistant.cli import main
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.sourcing.duplicates import twins
from assistant.sourcing.places import Places
from assistant.sourcing.types import Certification, Profile
from assistant.toolbox.vetting import duplicates, soon, watch_list
from assistant.tools import call

DAY = date(2026, 11, 1)
PLANT = {"id": "vet-a", "name": "Moldes Ámbar SA de CV", "country": "MX", "region": "Jalisco", "city": "Zapopan",
         "processes": ["injection_molding"], "contact": {"phone": "+52 33 1234 5678"}}  # fmt: skip


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(load_settings({"SOURCING_HOME": str(tmp_path / "home")}))


def load(services: Services, folder: Path, *files: tuple[str, Any]) -> None:
    """Profiles and certificates without their vectors, which nothing here needs."""
    from assistant.toolbox.plants import refresh
    from ingestion.pipeline import Pipeline

    paths = []
    for name, data in files:
        paths.append(folder / name)
        paths[-1].write_text(json.dumps(data), encoding="utf-8")
    Pipeline(services.catalog, keep_states=True).ingest(paths)
    refresh(services)


def steps(services: Services, day: date = DAY) -> list[tuple[str | None, str | None]]:
    shown = call(services, "manufacturer_profile", {"id": "vet-a", "as_of": str(day)})
    return [(row["before"], row["after"]) for row in shown["trail"]]


def test_every_change_of_a_certificate_is_written_down(services: Services, tmp_path: Path) -> None:
    claim = {"standard": "ISO 9001:2015", "number": "Q-1001", "state": "claimed"}
    load(services, tmp_path, ("p.json", {**PLANT, "certifications": [claim]}))
    assert steps(services) == [(None, "claimed")]
    load(services, tmp_path, ("p.json", {**PLANT, "certifications": [claim]}))
    assert steps(services) == [(None, "claimed")], "loading the same again changes nothing"
    paper = {"type": "certificate", "standard": "ISO 9001:2015", "number": "Q-1001", "holder": PLANT["name"],
             "issuer": "Body", "issued": "2025-01-10", "expires": "2027-01-09"}  # fmt: skip
    load(services, tmp_path, ("c.json", paper))
    assert steps(services) == [(None, "claimed"), ("claimed", "document_seen")]
    assert steps(services, date(2027, 1, 9))[-1] == ("claimed", "document_seen")
    assert steps(services, date(2027, 1, 10))[-1] == ("document_seen", "expired")
    load(services, tmp_path, ("c.json", {**paper, "state": "revoked"}))
    assert steps(services)[-1] == ("document_seen", "revoked")
    load(services, tmp_path, ("p.json", {**PLANT, "name": "Somebody Else", "certifications": []}))
    assert steps(services)[-1][1] in (None, "claimed", "revoked")
    with pytest.raises(Exception, match="append-only"), services.catalog.writing() as connection:
        connection.exec_driver_sql("UPDATE certificate_trail SET after = 'issuer_verified'")


@pytest.mark.parametrize(
    ("expires", "listed", "because"),
    [
        (date(2026, 10, 31), False, "ended the day before"),
        (DAY, True, "still in force on the day it ends"),
        (date(2027, 1, 30), True, "the ninetieth day"),
        (date(2027, 1, 31), False, "the day after the ninetieth"),
        (None, False, "no end stated"),
    ],
)
def test_the_watch_list_holds_what_ends_within_ninety_days(expires: date | None, listed: bool, because: str) -> None:
    seen = Certification(standard="ISO 9001:2015", state="document_seen", expires=expires)
    assert bool(soon([seen], DAY)) is listed, because
    assert not soon([seen.model_copy(update={"state": "claimed"})], DAY), "a claim is no certificate that could end"


def test_the_watch_list_covers_all_plants(services: Services, tmp_path: Path) -> None:
    papers = [{"standard": "ISO 9001:2015", "state": "document_seen", "expires": "2026-12-01"},
              {"standard": "ISO 14001:2015", "state": "document_seen", "expires": "2028-12-01"}]  # fmt: skip
    other = {**PLANT, "id": "vet-b", "name": "Otra", "certifications": papers[1:]}
    load(services, tmp_path, ("p.json", [{**PLANT, "certifications": papers}, other]))
    assert [(r["id"], r["standard"], r["days"]) for r in watch_list(services, DAY)] == [("vet-a", "ISO 9001:2015", 30)]


def profile(identity: str, name: str, **more: Any) -> Profile:
    data = {"country": "MX", "region": "Jalisco", "city": "Zapopan", **more}
    return Profile(id=identity, name=name, **data)


@pytest.mark.parametrize(
    ("first", "second", "same", "because"),
    [
        (("Moldes Ámbar, S.A. de C.V.", {}), ("MOLDES AMBAR", {}), True, "legal form and accents say nothing"),
        (("Moldes Ámbar", {}), ("Ambar Moldes SA", {}), True, "the same words in another order, same town"),
        (("Moldes Ámbar", {}), ("Moldes Ámbar", {"city": "Tijuana", "region": "Baja California"}), False, "two towns"),
        (("Ámbar Planta 1", {}), ("Ámbar Planta 2", {}), False, "numbers tell plants of one company apart"),
        (("Moldes Ámbar", {"contact": {"phone": "+52 33 1234 5678"}}),
         ("Plásticos del Norte", {"contact": {"tel": "(33) 1234-5678"}}), True, "one telephone in one town"),
        (("Moldes Ámbar", {"contact": {"email": "a@gmail.com"}}),
         ("Plásticos del Norte", {"contact": {"email": "b@gmail.com"}}), False, "a free mail service is nobody's"),
        (("Inyección Precisa", {"certifications": [{"standard": "ISO 9001", "number": "MX-55123"}]}),
         ("Grupo IPSA", {"certifications": [{"standard": "ISO 9001:2015", "number": "MX 55123"}]}), True,
         "one certificate, two names"),
        (("Fundidora Alfa", {}), ("Fundidora Beta", {}), False, "a trade in common is no identity"),
        (("Moldes Ámbar", {"latitude": 20.72, "longitude": -103.39}),
         ("Moldes Ambar Mexico", {"latitude": 20.721, "longitude": -103.39}), True, "alike and 111 m apart"),
    ],
)  # fmt: skip
def test_twins(first: tuple[str, Any], second: tuple[str, Any], same: bool, because: str) -> None:
    places = Places.load()
    plants = []
    for identity, (name, more) in (("a", first), ("b", second)):
        found = profile(identity, name, **more)
        at = (found.latitude, found.longitude) if found.latitude and found.longitude else None
        plants.append((found, places.locate(found.country, found.region, found.city, at)))
    assert bool(twins(plants)) is same, because
    assert twins(plants) == twins(plants[::-1]), "order says nothing"


def test_duplicates_are_linked_where_a_buyer_looks(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second = {**PLANT, "id": "vet-b", "name": "Ambar Inyección", "contact": {"tel": "33 1234 5678"}}
    load(services, tmp_path, ("p.json", [PLANT, second, {**PLANT, "id": "vet-c", "name": "Otra", "contact": {}}]))
    found = call(services, "find_manufacturers", {"processes": ["injection_molding"], "language": "es"})
    linked = {m["id"]: [row["id"] for row in m["same_plant"]] for m in found["matches"]}
    assert linked == {"vet-a": ["vet-b"], "vet-b": ["vet-a"], "vet-c": []}
    shown = call(services, "manufacturer_profile", {"id": "vet-a", "language": "es"})
    assert "teléfono" in shown["same_plant"][0]["why"]
    assert [[p["id"] for p in group["plants"]] for group in duplicates(services, "en")] == [["vet-a", "vet-b"]]
    monkeypatch.setenv("SOURCING_HOME", str(services.home))
    assert main(["vetting", "duplicates"]) == 0 and "vet-b" in capsys.readouterr().out
    for what in ("watch", "conflicts"):
        assert main(["vetting", what, "--json"]) == 0 and json.loads(capsys.readouterr().out)[what] == []
    assert main(["vetting", "trail"]) == 2


CLAIM = {"standard": "ISO 9001:2015", "number": "Q-1001", "state": "claimed"}
PAPER = {"type": "certificate", "standard": "ISO 9001:2015", "number": "Q-1001", "holder": PLANT["name"],
         "issuer": "Body", "issued": "2025-01-10", "expires": "2027-01-09"}  # fmt: skip


def found(services: Services, **need: Any) -> list[str]:
    wanted = {"processes": ["injection_molding"], "as_of": str(DAY), **need}
    return [match["id"] for match in call(services, "find_manufacturers", wanted)["matches"]]


def document_of(services: Services, kind: str) -> str:
    return next(d.id for d in services.catalog.documents() if d.kind == kind)


@pytest.fixture(params=["read", "sql"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Matching by reading every plant, and through SQL as for many plants."""
    if request.param == "sql":
        monkeypatch.setattr("assistant.toolbox.manufacturers.READ_ALL", 0)
    return str(request.param)


@pytest.mark.usefixtures("both_ways")
def test_a_removed_paper_leaves_a_claim_and_a_removed_profile_nothing(services: Services, tmp_path: Path) -> None:
    other = {
        **PLANT,
        "id": "vet-z",
        "name": "Otra Planta",
        "city": "Tijuana",
        "region": "Baja California",
        "contact": {},
    }
    load(
        services,
        tmp_path,
        ("p.json", {**PLANT, "certifications": [CLAIM]}),
        ("z.json", {**other, "contact": {}}),
        ("c.json", PAPER),
    )
    assert found(services, certifications=["ISO 9001"]) == ["vet-a"]
    services.forget(document_of(services, "certificate"))
    assert found(services, certifications=["ISO 9001"]) == []
    assert found(services) == ["vet-a", "vet-z"]
    assert steps(services)[-1] == ("document_seen", "claimed")
    assert watch_list(services, DAY) == []
    profile = next(d.id for d in services.catalog.documents() if d.kind == "manufacturer" and d.file == "p.json")
    services.forget(profile)
    assert found(services) == ["vet-z"]
    assert duplicates(services, "en") == []


@pytest.mark.usefixtures("both_ways")
def test_making_the_plants_anew_changes_neither_matches_nor_the_trail(services: Services, tmp_path: Path) -> None:
    from assistant.toolbox.plants import refresh
    from retrieval.plants import forget_plants

    load(services, tmp_path, ("p.json", {**PLANT, "certifications": [CLAIM]}), ("c.json", PAPER))
    before = (found(services), found(services, certifications=["ISO 9001"]), steps(services), watch_list(services, DAY))
    for _ in range(2):
        with services.catalog.writing() as connection:
            forget_plants(connection)
        assert refresh(services) == 1
        now = (
            found(services),
            found(services, certifications=["ISO 9001"]),
            steps(services),
            watch_list(services, DAY),
        )
        assert now == before


@pytest.mark.usefixtures("both_ways")
def test_a_profile_replaced_is_matched_by_what_it_says_now(services: Services, tmp_path: Path) -> None:
    load(services, tmp_path, ("p.json", PLANT))
    assert found(services) == ["vet-a"]
    load(services, tmp_path, ("p.json", {**PLANT, "processes": ["die_casting"]}))
    assert found(services) == []
    assert found(services, processes=["die_casting"]) == ["vet-a"]


def test_the_trail_of_a_removed_profile_can_still_be_read(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load(services, tmp_path, ("p.json", {**PLANT, "certifications": [CLAIM]}), ("c.json", PAPER))
    services.forget(document_of(services, "manufacturer"))
    monkeypatch.setenv("SOURCING_HOME", str(services.home))
    assert main(["vetting", "trail", "vet-a", "--as-of", str(DAY), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["trail"]
    assert [(row["before"], row["after"]) for row in rows] == [(None, "document_seen"), ("document_seen", None)]
    assert main(["vetting", "trail", "nobody-here"]) == 2
    assert "nobody-here" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["who makes umbrellas", "quién hace paraguas"])
def test_no_plan_is_made_for_what_nobody_understood(services: Services, tmp_path: Path, words: str) -> None:
    load(services, tmp_path, ("p.json", PLANT))
    stages = [{"name": "pilot", "volume": 100, "from": "2027-01-01"}]
    with pytest.raises(InvalidInput) as refused:
        call(services, "plan_scale_up", {"requirements": {"need": words}, "stages": stages, "as_of": str(DAY)})
    assert refused.value.field == "requirements"
    assert words.split()[-1] in str(refused.value)

"""What passages name is indexed with them, follows them, and is made of catalogs of before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from retrieval.catalog import Catalog
from retrieval.database import alembic_config
from retrieval.records import NewDocument, NewPassage


def store(catalog: Catalog, *passages: NewPassage, sha: str = "a", tenant: str = "public") -> str:
    document = NewDocument(kind="notes", key="n", title="N", file="n.pdf", sha256=sha, tenant=tenant)
    return catalog.store(document, passages).document_id


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")


NOTE = NewPassage(
    "Steel.", 1, meta={"addresses": ["99/III/note 16(c)(iv)"], "hts": ["7208101500"], "countries": ["MX"]}
)
RULING = NewPassage("See NY N270709.", 2, meta={"rulings": ["N270709"], "hts": ["8544300000"]})


@pytest.mark.parametrize(
    ("kind", "value", "below", "found"),
    [
        ("address", "99/III/note 16(c)(iv)", False, ["Steel."]),
        ("address", "99/iii/NOTE 16(c) (iv)", False, ["Steel."]),
        ("address", "99/III/note 16(c)", False, []),
        ("address", "99/III/note 16(c)", True, ["Steel."]),
        ("hts", "7208.10.1500", False, ["Steel."]),
        ("hts", "8544.30", False, []),
        ("hts", "8544.30", True, ["See NY N270709."]),
        ("ruling", "n270709", False, ["See NY N270709."]),
        ("country", "mx", False, ["Steel."]),
        ("country", "US", False, []),
    ],
)
def test_a_reference_leads_to_its_passages(
    catalog: Catalog, kind: str, value: str, below: bool, found: list[str]
) -> None:
    store(catalog, NOTE, RULING)
    assert [p.text for p in catalog.passages_naming(kind, value, below=below)] == found


def test_references_follow_their_passages(catalog: Catalog) -> None:
    store(catalog, NOTE, RULING)
    store(catalog, RULING, NewPassage("Steel.", 1, meta={"hts": ["7208"]}), sha="b")
    assert catalog.passages_naming("address", "99/III/note 16(c)(iv)") == []
    assert [p.text for p in catalog.passages_naming("hts", "7208")] == ["Steel."]
    catalog.delete("notes:n")
    with catalog.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM passage_refs")).scalar() == 0


def test_another_tenant_sees_none_of_it(catalog: Catalog) -> None:
    store(catalog, NOTE, tenant="acme")
    assert catalog.passages_naming("hts", "7208101500") == []
    assert len(catalog.passages_naming("hts", "7208101500", ("acme", "public"))) == 1


def test_a_catalog_of_before_gets_its_references(tmp_path: Path) -> None:
    from alembic import command

    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    catalog = Catalog(url)
    store(catalog, NOTE, RULING)
    with catalog.writing() as connection:
        command.downgrade(alembic_config(connection), "0005")
    catalog.close()
    upgraded = Catalog(url)
    assert [p.text for p in upgraded.passages_naming("address", "99/III/note 16(c)(iv)")] == ["Steel."]

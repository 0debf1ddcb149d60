"""The catalog: storing, updating, reading, opening."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retrieval.catalog import Catalog
from retrieval.database import REVISIONS, alembic_config, open_engine
from retrieval.errors import CatalogError, NewerCatalog
from retrieval.models import Base
from retrieval.records import NewDocument, NewPassage

ROOT = Path(__file__).parents[2]


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalog.sqlite'}"


@pytest.fixture
def catalog(tmp_path: Path) -> Any:
    catalog = Catalog(url(tmp_path))
    yield catalog
    catalog.close()


def doc(key: str = "a", sha: str = "1", **more: Any) -> NewDocument:
    values: dict[str, Any] = {"kind": "guide", "title": "Origin", "file": f"{key}.md", "language": "en"} | more
    return NewDocument(key=key, sha256=sha, **values)


def schedule(key: str, day: dt.date, **more: Any) -> NewDocument:
    values: dict[str, Any] = {"revision": key, "effective_from": day} | more
    return NewDocument(kind="hts", key=key, title=f"HTS {key}", file=f"{key}.json", sha256=key, **values)


def line(row_no: int, hts: str, **more: Any) -> dict[str, Any]:
    base = {"row_no": row_no, "hts": hts, "indent": len(hts) // 2, "description": f"d{hts}", "path": ["x"], "units": []}
    return base | more


def test_document_ids_are_readable_and_distinct() -> None:
    assert doc("us-usmca-claims.en").id == "guide:us-usmca-claims.en"
    assert doc("a", tenant="acme").id == "guide:a@acme"
    ids = {doc(k).id for k in ("a b", "a-b", "a/b", "x" * 299, "x" * 300, "a@acme", "ñ", "…")}
    assert len(ids) == 8
    assert all(len(i) <= 200 for i in ids)


def test_second_store_of_the_same_bytes_writes_nothing(catalog: Catalog) -> None:
    passages = [NewPassage("one", page=1), NewPassage("two", page=2)]
    assert catalog.store(doc(), passages).status == "added"
    before = catalog.document("guide:a")
    assert catalog.store(doc(), passages).status == "unchanged"
    after = catalog.document("guide:a")
    assert before is not None and after is not None and before.added_at == after.added_at
    assert catalog.counts()["passages"] == 2
    assert [p.text for p in catalog.document_passages("guide:a", page=2)] == ["two"]


def test_changed_description_is_an_update_even_with_the_same_bytes(catalog: Catalog) -> None:
    catalog.store(doc(), [NewPassage("one")])
    dated = doc(effective_from=dt.date(2026, 2, 24))
    assert catalog.store(dated, [NewPassage("one")]).status == "updated"
    stored = catalog.document("guide:a")
    assert stored is not None and stored.effective_from == dt.date(2026, 2, 24)


def test_update_keeps_what_stays_and_buries_what_goes(catalog: Catalog) -> None:
    catalog.store(doc(), [NewPassage("stays", page=1), NewPassage("goes", page=1), NewPassage("moves", page=1)])
    first = {p.text: p for p in catalog.document_passages("guide:a")}
    catalog.mark_indexed([p.id for p in first.values()])
    new = [NewPassage("new", page=1), NewPassage("stays", page=1), NewPassage("moves", page=2)]
    assert catalog.store(doc(sha="2"), new).status == "updated"
    second = {p.text: p for p in catalog.document_passages("guide:a")}
    assert list(second) == ["new", "stays", "moves"]
    assert second["stays"].id == first["stays"].id and second["stays"].indexed
    assert second["moves"].id != first["moves"].id  # another page is another citation
    assert {p.text for p in catalog.pending(10)} == {"new", "moves"}
    assert catalog.deleted_vectors() == sorted([first["goes"].id, first["moves"].id])
    catalog.store(doc(sha="3"), [NewPassage("goes", page=1)])
    assert first["goes"].id not in catalog.deleted_vectors(), "a passage that came back must not be deleted later"
    catalog.forget_deleted(catalog.deleted_vectors())
    assert catalog.deleted_vectors() == []


def test_new_title_asks_for_new_vectors(catalog: Catalog) -> None:
    catalog.store(doc(), [NewPassage("one")])
    catalog.mark_indexed([p.id for p in catalog.pending(10)])
    catalog.store(doc(sha="2", title="Valuation"), [NewPassage("one")])
    assert [p.text for p in catalog.pending(10)] == ["one"]
    assert catalog.fulltext_current()


def test_passage_no_longer_embedded_loses_its_vector(catalog: Catalog) -> None:
    catalog.store(doc(), [NewPassage("one")])
    ids = [p.id for p in catalog.pending(10)]
    catalog.mark_indexed(ids)
    catalog.store(doc(sha="2"), [NewPassage("one", embed=False)])
    assert catalog.deleted_vectors() == ids
    assert catalog.pending(10) == [] and catalog.indexed_ids() == []


def test_equal_passages_of_a_document_are_all_kept(catalog: Catalog) -> None:
    catalog.store(doc(), [NewPassage("same"), NewPassage("same"), NewPassage("same")])
    assert len({p.id for p in catalog.document_passages("guide:a")}) == 3


def test_failed_store_leaves_nothing(catalog: Catalog) -> None:
    def lines() -> Any:
        yield line(1, "8544")
        raise ValueError("broken row")

    with pytest.raises(ValueError, match="broken row"):
        catalog.store(schedule("r1", dt.date(2026, 1, 1)), [NewPassage("p")], tariff_lines=lines())
    assert set(catalog.counts().values()) == {0}
    with pytest.raises(CatalogError, match="no column colour"):
        catalog.store(schedule("r1", dt.date(2026, 1, 1)), [], tariff_lines=[line(1, "8544", colour="red")])
    assert set(catalog.counts().values()) == {0}


def test_revisions_stand_side_by_side(catalog: Catalog) -> None:
    new, old = schedule("rev10", dt.date(2026, 6, 8)), schedule("rev4", dt.date(2026, 2, 24))
    catalog.store(new, [], tariff_lines=[line(1, "8544300000", general="4%", footnotes=[{"value": "See 9903"}])])
    catalog.store(old, [], tariff_lines=[line(1, "8544300000", general="5%")])
    catalog.store(
        NewDocument(kind="hts", key="mx", title="TIGIE", file="t", sha256="t", meta={"destination": "MX"}), []
    )
    assert [s.revision for s in catalog.schedules()] == ["rev4", "rev10"]
    assert [s.destination for s in catalog.schedules("MX")] == ["MX"]
    rows = catalog.tariff_rows("8544300000")
    assert [(r.schedule.revision, r.general) for r in rows] == [("rev4", "5%"), ("rev10", "4%")]
    assert rows[1].footnotes == ({"value": "See 9903"},)
    assert rows[0].path_es is None and rows[0].footnotes == ()
    assert catalog.tariff_rows("8544300099") == []


def test_children_are_the_next_coded_level(catalog: Catalog) -> None:
    codes = ["8544", "", "85441100", "8544110020", "8544110050", "854430", "85443000", "8544300000", "8545"]
    rows = [line(n, c) for n, c in enumerate(codes)]
    catalog.store(schedule("r", dt.date(2026, 1, 1)), [], tariff_lines=rows)
    children = [r.hts for r in catalog.tariff_children("8544", "hts:r")]
    assert children == ["85441100", "854430"]
    assert [r.hts for r in catalog.tariff_children("85441100", "hts:r")] == ["8544110020", "8544110050"]
    assert catalog.tariff_children("8544300000", "hts:r") == []
    assert catalog.tariff_codes(prefix="854430") == ["854430", "85443000", "8544300000"]
    assert catalog.tariff_codes("hts:none") == []


def manufacturer(name: str = "Norte") -> dict[str, Any]:
    return {"id": "norte", "name": name, "country": "MX", "profile": {"id": "norte", "name": name}, "unmapped": ["x"]}


def test_profiles_belong_to_tenants(catalog: Catalog) -> None:
    public = doc("norte", kind="manufacturer")
    private = doc("norte", kind="manufacturer", tenant="acme")
    catalog.store(public, [], manufacturers=[manufacturer()])
    catalog.store(private, [], manufacturers=[manufacturer("Norte, as Acme knows it")])
    assert [p["name"] for p, _, _ in catalog.profiles(["public"])] == ["Norte"]
    assert [p["name"] for p, _, _ in catalog.profiles(["acme", "public"])] == ["Norte, as Acme knows it"]
    found = catalog.profile("norte", ["acme", "public"])
    assert found is not None and found[1] == "manufacturer:norte@acme" and found[2] == ["x"]
    assert catalog.profile("norte", ["other"]) is None


def test_manufacturer_moves_to_the_document_that_brings_it_last(catalog: Catalog) -> None:
    about = NewPassage("Norte moulds", meta={"manufacturer_id": "norte"})
    other = NewPassage("Sur stamps", meta={"manufacturer_id": "sur"})
    claim = {"manufacturer_id": "norte", "standard": "ISO 9001", "state": "claimed"}
    catalog.store(
        doc("list", kind="manufacturer"), [about, other], manufacturers=[manufacturer()], certificates=[claim]
    )
    catalog.store(doc("norte", kind="manufacturer", sha="2"), [about], manufacturers=[manufacturer("Norte SA")])
    assert [(p["name"], d) for p, d, _ in catalog.profiles()] == [("Norte SA", "manufacturer:norte")]
    assert catalog.certificates("norte") == []
    assert [p.text for p in catalog.document_passages("manufacturer:list")] == ["Sur stamps"]


def test_certificates_keep_their_dates(catalog: Catalog) -> None:
    record = {
        "manufacturer_id": "norte",
        "standard": "ISO 13485:2016",
        "state": "document_seen",
        "expires": dt.date(2027, 3, 1),
    }
    catalog.store(doc("c", kind="certificate"), [], certificates=[record])
    (stored,) = catalog.certificates("norte")
    assert (stored.expires, stored.state, stored.meta) == (dt.date(2027, 3, 1), "document_seen", {})
    assert catalog.certificates("norte", ["acme"]) == []


def test_delete_takes_everything_along(catalog: Catalog) -> None:
    catalog.store(doc(), [NewPassage("one")], manufacturers=[manufacturer()])
    assert catalog.delete("guide:a") and not catalog.delete("guide:a")
    counts = catalog.counts()
    assert counts["deleted_vectors"] == 1 and sum(counts.values()) == 1
    assert catalog.fulltext_current()


def test_status_and_feedback(catalog: Catalog) -> None:
    catalog.store(schedule("r", dt.date(2026, 1, 1), partial=True), [], tariff_lines=[line(1, "8544")])
    catalog.add_feedback(thread_id="t", rating="up", at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    status = catalog.status()
    assert status["documents"] == {"hts": 1}
    assert status["counts"]["feedback"] == 1
    assert status["schedules"][0]["rows"] == 1 and status["schedules"][0]["effective_from"] == "2026-01-01"


def test_sqlite_is_tuned(catalog: Catalog) -> None:
    with catalog._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragma["journal_mode"] == "wal" and pragma["foreign_keys"] == 1 and pragma["synchronous"] == 1
    assert pragma["busy_timeout"] >= 30_000


def test_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    engine = open_engine(url(tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: not (name or "").startswith("passages_fts")}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_current_head() == REVISIONS[-1]
    assert [r.revision for r in reversed(list(script.walk_revisions()))] == list(REVISIONS)


def test_opening_at_head_does_not_import_alembic(tmp_path: Path) -> None:
    Catalog(url(tmp_path)).close()
    use = f"from retrieval.catalog import Catalog\nCatalog({url(tmp_path)!r})"
    code = f"import sys\n{use}\nprint('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "False"


def test_processes_may_open_a_fresh_home_together(tmp_path: Path) -> None:
    code = f"from retrieval.catalog import Catalog\nprint(Catalog({url(tmp_path / 'new')!r}).counts()['documents'])"
    several = [
        subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True, cwd=ROOT) for _ in range(3)
    ]
    ends = [p.communicate(timeout=120) for p in several]
    assert [(p.returncode, out.strip()) for p, (out, _) in zip(several, ends, strict=True)] == [(0, "0")] * 3, ends


def test_newer_catalog_is_refused(tmp_path: Path) -> None:
    Catalog(url(tmp_path)).close()
    raw = sqlite3.connect(tmp_path / "catalog.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(NewerCatalog, match="9999") as error:
        Catalog(url(tmp_path))
    assert "upgrade" in (error.value.hint or "")


def test_what_is_no_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(CatalogError, match="not a catalog") as error:
        Catalog(url(tmp_path))
    assert error.value.hint
    with pytest.raises(CatalogError, match="postgresql"):
        Catalog("postgresql://nowhere/x")


def test_migrations_are_packaged() -> None:
    assert importlib.util.find_spec("retrieval.migrations.versions") is not None
    folder = ROOT / "retrieval" / "migrations"
    assert (folder / "script.py.mako").is_file() and (folder / "env.py").is_file()

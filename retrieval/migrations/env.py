"""Alembic's environment. `retrieval.database` hands over a connection that already holds the write lock."""

from __future__ import annotations

from alembic import context

from retrieval import production_models  # noqa: F401  its tables belong to the same metadata
from retrieval.models import Base
from retrieval.plant_models import Plant  # noqa: F401  (its tables join the metadata)

FULL_TEXT_PREFIX = "passages_fts"  # FTS5's virtual table and its shadows, which no model describes


def _ours(name: str | None, type_: str, _parents: object) -> bool:
    return not (type_ == "table" and name is not None and name.startswith(FULL_TEXT_PREFIX))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can't ALTER most things in place
    include_name=_ours,
)
with context.begin_transaction():
    context.run_migrations()

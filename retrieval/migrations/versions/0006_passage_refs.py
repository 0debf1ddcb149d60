"""What passages name, indexed: tariff numbers, countries, addresses, rulings.

Revision 0006, after 0005. Filled from the passages that are there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from retrieval.refs import write_refs

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passage_refs",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["passage"], ["passages.rowid"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kind", "value", "passage"),
    )
    op.create_index(op.f("ix_passage_refs_passage"), "passage_refs", ["passage"])
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT rowid, meta FROM passages")).all()
    write_refs(connection, ((row[0], row[1]) for row in rows))


def downgrade() -> None:
    op.drop_table("passage_refs")

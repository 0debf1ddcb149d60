"""Towns known from plants belong to a tenant; plants are taken apart anew.

Revision 0005, after 0004. Both tables are derived: they are made again, and the missing mark has them filled.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("plant_towns")
    op.create_table(
        "plant_towns",
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "country", "region", "city"),
    )
    op.drop_table("plants")
    op.create_table(
        "plants",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.Column("z", sa.Float(), nullable=True),
        sa.Column("site", sa.Boolean(), nullable=False),
        sa.Column("lead_best", sa.Integer(), nullable=True),
        sa.Column("vetting", sa.Float(), nullable=False),
        sa.Column("earliest_expiry", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("manufacturer_id", "tenant", name="uq_plants_identity"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_plants_earliest_expiry"), "plants", ["earliest_expiry"], unique=False)
    op.create_index(op.f("ix_plants_name_key"), "plants", ["name_key"], unique=False)
    op.execute("DELETE FROM store_settings WHERE key = 'plants_vocabulary'")


def downgrade() -> None:
    op.drop_column("plant_towns", "tenant")
    op.add_column("plants", sa.Column("vague", sa.Boolean(), nullable=False, server_default=sa.false()))

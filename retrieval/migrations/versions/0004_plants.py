"""Profiles taken apart for matching in SQL, and the append-only trail of certificates.

Revision 0004, after 0003. Plants are derived: every manufacturer and certificate there already is put on the list of
what is to be taken apart.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = "certificate_trail"
TABLES = (
    "certificate_trail", "plant_changes", "plant_towns", "plant_papers", "plant_lines", "plant_terms", "plant_words",
    "plants",
)  # fmt: skip


def upgrade() -> None:
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
        sa.Column("vague", sa.Boolean(), nullable=False),
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
    op.create_table(
        "plant_words",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plants", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "name", name="uq_plant_words_identity"),
    )
    op.create_table(
        "plant_terms",
        sa.Column("term", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quality", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("term", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plant_lines",
        sa.Column("process", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Integer(), nullable=True),
        sa.Column("free", sa.Float(), nullable=True),
        sa.Column("minimum", sa.Float(), nullable=True),
        sa.Column("pilot", sa.Float(), nullable=True),
        sa.Column("lead", sa.Integer(), nullable=True),
        sa.Column("pilot_lead", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("process", "n", "line"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plant_papers",
        sa.Column("standard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paper", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=True),
        sa.Column("expires", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("standard", "n", "paper"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plant_towns",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("country", "region", "city"),
    )
    op.create_table(
        "plant_changes",
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "manufacturer_id"),
    )
    op.create_table(
        "certificate_trail",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=200), nullable=False),
        sa.Column("certificate", sa.String(length=300), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("before", sa.String(length=20), nullable=True),
        sa.Column("after", sa.String(length=20), nullable=True),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.String(length=200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_certificate_trail_plant", "certificate_trail", ["tenant", "manufacturer_id"], unique=False)
    op.execute(
        "INSERT INTO plant_changes (tenant, manufacturer_id) SELECT tenant, id FROM manufacturers "
        "UNION SELECT tenant, manufacturer_id FROM certificates WHERE manufacturer_id IS NOT NULL"
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {APPEND_ONLY}_no_{action.lower()} BEFORE {action} ON {APPEND_ONLY} "
                f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY} is append-only'); END"
            )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)

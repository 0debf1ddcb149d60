"""The first schema: catalog tables and the full-text index.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "feedback",
    "store_settings",
    "deleted_vectors",
    "certificates",
    "manufacturers",
    "tariff_lines",
    "passages",
    "documents",
)


def upgrade() -> None:
    op.create_table(
        "deleted_vectors", sa.Column("id", sa.String(length=64), nullable=False), sa.PrimaryKeyConstraint("id")
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("legal_status", sa.String(length=40), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("revision", sa.String(length=60), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "kind", "key", name="uq_documents_identity"),
    )
    op.create_index(op.f("ix_documents_kind"), "documents", ["kind"], unique=False)
    op.create_index(op.f("ix_documents_sha256"), "documents", ["sha256"], unique=False)
    op.create_index(op.f("ix_documents_tenant"), "documents", ["tenant"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("thread_id", sa.String(length=200), nullable=False),
        sa.Column("rating", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_feedback_tenant"), "feedback", ["tenant"], unique=False)
    op.create_index(op.f("ix_feedback_thread_id"), "feedback", ["thread_id"], unique=False)
    op.create_table(
        "store_settings",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.String(length=200), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=200), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("issued", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_certificates_document_id"), "certificates", ["document_id"], unique=False)
    op.create_index(op.f("ix_certificates_manufacturer_id"), "certificates", ["manufacturer_id"], unique=False)
    op.create_index(op.f("ix_certificates_number"), "certificates", ["number"], unique=False)
    op.create_index(op.f("ix_certificates_standard"), "certificates", ["standard"], unique=False)
    op.create_index(op.f("ix_certificates_tenant"), "certificates", ["tenant"], unique=False)
    op.create_table(
        "manufacturers",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("document_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("unmapped", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant"),
    )
    op.create_index(op.f("ix_manufacturers_country"), "manufacturers", ["country"], unique=False)
    op.create_index(op.f("ix_manufacturers_document_id"), "manufacturers", ["document_id"], unique=False)
    op.create_table(
        "passages",
        sa.Column("rowid", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=200), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("paragraph", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("embed", sa.Boolean(), nullable=False),
        sa.Column("indexed", sa.Boolean(), nullable=False),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rowid"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_passages_document_id"), "passages", ["document_id"], unique=False)
    op.create_index(op.f("ix_passages_indexed"), "passages", ["indexed"], unique=False)
    op.create_table(
        "tariff_lines",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.String(length=200), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("hts", sa.String(length=10), nullable=False),
        sa.Column("indent", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("path_es", sa.JSON(), nullable=True),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("general", sa.Text(), nullable=True),
        sa.Column("special", sa.Text(), nullable=True),
        sa.Column("other", sa.Text(), nullable=True),
        sa.Column("general_from", sa.String(length=10), nullable=True),
        sa.Column("special_from", sa.String(length=10), nullable=True),
        sa.Column("other_from", sa.String(length=10), nullable=True),
        sa.Column("footnotes", sa.JSON(), nullable=False),
        sa.Column("quota", sa.Text(), nullable=True),
        sa.Column("additional_duties", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_tariff_lines_document_id"), "tariff_lines", ["document_id"], unique=False)
    op.create_index("ix_tariff_lines_hts", "tariff_lines", ["hts", "document_id"], unique=False)
    op.execute(
        "CREATE VIRTUAL TABLE passages_fts USING fts5("
        "title, heading, body, tokenize = \"unicode61 remove_diacritics 0 tokenchars '_'\")"
    )


def downgrade() -> None:
    op.execute("DROP TABLE passages_fts")
    for table in TABLES:
        op.drop_table(table)

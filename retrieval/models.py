"""Tables of the catalog, the system of record. Chroma and the full-text index can be rebuilt from it.

Dates are ISO dates; `effective_to` is the last day in force, null while still in force. A document's identity is
(tenant, kind, key): the same identity with other bytes is an update, the same bytes are unchanged.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Declarative base; Alembic migrations in retrieval/migrations follow it."""


class Document(Base):
    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("tenant", "kind", "key", name="uq_documents_identity"),)

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100), index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    key: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(Text)
    file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str | None] = mapped_column(String(100))
    language: Mapped[str | None] = mapped_column(String(10))
    legal_status: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[str | None] = mapped_column(String(60))
    effective_from: Mapped[dt.date | None] = mapped_column(Date)
    effective_to: Mapped[dt.date | None] = mapped_column(Date)
    sample: Mapped[bool] = mapped_column(Boolean, default=False)
    partial: Mapped[bool] = mapped_column(Boolean, default=False, doc="a schedule extract: an absent line is unknown")
    pages: Mapped[int | None] = mapped_column(Integer)
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    added_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Passage(Base):
    """A citable piece of a document. `rowid` is what FTS5 knows it by, `id` what Chroma and answers know it by."""

    __tablename__ = "passages"

    rowid: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    page: Mapped[int | None] = mapped_column(Integer)
    paragraph: Mapped[str | None] = mapped_column(Text, doc="heading or subdivision that the text stands under")
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(10))
    embed: Mapped[bool] = mapped_column(Boolean, default=True, doc="whether a vector is kept, or full text alone")
    indexed: Mapped[bool] = mapped_column(Boolean, default=False, index=True, doc="its vector is in Chroma")
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, doc="citations, codes, countries mentioned")
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True, viewonly=True)


class PassageRef(Base):
    """Something that a passage names (retrieval.refs): `kind` hts, country, address or ruling."""

    __tablename__ = "passage_refs"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    passage: Mapped[int] = mapped_column(ForeignKey("passages.rowid", ondelete="CASCADE"), primary_key=True, index=True)


class DeletedVector(Base):
    """Vectors whose passage is gone from the catalog and that Chroma has still to forget."""

    __tablename__ = "deleted_vectors"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)


class TariffLine(Base):
    """One row of a published schedule, in file order, header rows without a code included."""

    __tablename__ = "tariff_lines"
    __table_args__ = (Index("ix_tariff_lines_hts", "hts", "document_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    row_no: Mapped[int] = mapped_column(Integer)
    hts: Mapped[str] = mapped_column(String(10), doc="digits only, empty for a header row")
    indent: Mapped[int] = mapped_column(Integer)
    description: Mapped[str] = mapped_column(Text)
    path: Mapped[list[str]] = mapped_column(JSON)
    path_es: Mapped[list[str] | None] = mapped_column(JSON)
    units: Mapped[list[str]] = mapped_column(JSON)
    general: Mapped[str | None] = mapped_column(Text)
    special: Mapped[str | None] = mapped_column(Text)
    other: Mapped[str | None] = mapped_column(Text)
    general_from: Mapped[str | None] = mapped_column(String(10))
    special_from: Mapped[str | None] = mapped_column(String(10))
    other_from: Mapped[str | None] = mapped_column(String(10))
    footnotes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    quota: Mapped[str | None] = mapped_column(Text)
    additional_duties: Mapped[str | None] = mapped_column(Text)


class Manufacturer(Base):
    __tablename__ = "manufacturers"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2), index=True)
    region: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    sample: Mapped[bool] = mapped_column(Boolean, default=False)
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, doc="the whole profile in the contract's format")
    unmapped: Mapped[list[str]] = mapped_column(JSON, default=list, doc="words of it that no vocabulary knows")


class Certificate(Base):
    """A certificate record: from a profile (a claim) or from a document that was seen."""

    __tablename__ = "certificates"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    tenant: Mapped[str] = mapped_column(String(100), index=True)
    manufacturer_id: Mapped[str | None] = mapped_column(String(200), index=True)
    holder: Mapped[str | None] = mapped_column(Text)
    standard: Mapped[str] = mapped_column(Text, index=True)
    number: Mapped[str | None] = mapped_column(Text, index=True)
    issuer: Mapped[str | None] = mapped_column(Text)
    scope: Mapped[str | None] = mapped_column(Text)
    issued: Mapped[dt.date | None] = mapped_column(Date)
    expires: Mapped[dt.date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20))
    evidence: Mapped[str | None] = mapped_column(Text)
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Feedback(Base):
    """A reader's thumb on an answer."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100), index=True)
    thread_id: Mapped[str] = mapped_column(String(200), index=True)
    rating: Mapped[str] = mapped_column(String(10))
    comment: Mapped[str | None] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Setting(Base):
    """Small facts about the stores themselves: embedding model, dimension, analyser version."""

    __tablename__ = "store_settings"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for bulk statements."""
    table = model.__table__
    assert isinstance(table, Table)
    return table

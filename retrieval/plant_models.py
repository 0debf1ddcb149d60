"""Tables that matching filters on: every plant's effective profile taken apart, and the trail of its certificates.

A *plant* is a manufacturer as one tenant sees it: its profile with what the certificates on file show. Everything here
but the trail is derived from `manufacturers` and `certificates` and can be made anew; `plant_changes` names what still
has to be. Words are numbers (`plant_words`), so that a posting list is a run of one narrow B-tree.
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
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from retrieval.models import Base


class Plant(Base):
    """`x`, `y`, `z`: the point on the unit sphere. `lead_best`: the shortest lead time of any line. `vetting`: the most
    that its certificates can be worth."""

    __tablename__ = "plants"
    __table_args__ = (
        UniqueConstraint("manufacturer_id", "tenant", name="uq_plants_identity"),
        {"sqlite_autoincrement": True},
    )

    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100))
    manufacturer_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text, index=True)
    x: Mapped[float | None] = mapped_column(Float)
    y: Mapped[float | None] = mapped_column(Float)
    z: Mapped[float | None] = mapped_column(Float)
    site: Mapped[bool] = mapped_column(Boolean, default=False, doc="an entry of a register, of which nothing is known")
    lead_best: Mapped[int | None] = mapped_column(Integer)
    vetting: Mapped[float] = mapped_column(Float)
    earliest_expiry: Mapped[dt.date | None] = mapped_column(Date, index=True, doc="of certificates that count")


class PlantWord(Base):
    """The number of a word: a vocabulary id, a place, a language, or a word as a profile writes it."""

    __tablename__ = "plant_words"
    __table_args__ = (UniqueConstraint("kind", "name", name="uq_plant_words_identity"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Text)
    plants: Mapped[int] = mapped_column(Integer, default=0, doc="how many have it, roughly: what to look up first")


class PlantTerm(Base):
    """A plant has a word, or a particular case of it (`quality` in tenths: 10 itself, less for a case of it)."""

    __tablename__ = "plant_terms"
    __table_args__ = ({"sqlite_with_rowid": False},)

    term: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    quality: Mapped[int] = mapped_column(SmallInteger)


class PlantLine(Base):
    """A capability line under its process and every broader one, and under 0 (any). `line` 0: the process is done, but
    no line states figures. Quantities in `unit` (a word's number), times in days."""

    __tablename__ = "plant_lines"
    __table_args__ = ({"sqlite_with_rowid": False},)

    process: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    unit: Mapped[int | None] = mapped_column(Integer)
    free: Mapped[float | None] = mapped_column(Float)
    minimum: Mapped[float | None] = mapped_column(Float)
    pilot: Mapped[float | None] = mapped_column(Float, doc="the pilot's minimum, else the regular one")
    lead: Mapped[int | None] = mapped_column(Integer)
    pilot_lead: Mapped[int | None] = mapped_column(Integer)


class PlantPaper(Base):
    """A certificate that a document or the issuer confirms, under its standard, every broader one, and its program.
    Days are proleptic ordinals (1 is 0001-01-01)."""

    __tablename__ = "plant_papers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    standard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    paper: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    verified: Mapped[bool] = mapped_column(Boolean)
    issued: Mapped[int | None] = mapped_column(Integer)
    expires: Mapped[int | None] = mapped_column(Integer)


class PlantTown(Base):
    """Towns that only profiles know, with the point of a plant there."""

    __tablename__ = "plant_towns"

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    region: Mapped[str] = mapped_column(String(200), primary_key=True, doc="empty when none is given")
    city: Mapped[str] = mapped_column(String(200), primary_key=True)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)


class PlantChange(Base):
    """Manufacturers to take apart anew, as a tenant sees them; written with the change, in its transaction."""

    __tablename__ = "plant_changes"

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    manufacturer_id: Mapped[str] = mapped_column(String(200), primary_key=True)


class CertificateTrail(Base):
    """What changed in the standing of a certificate, and on whose word. Rows are only ever added."""

    __tablename__ = "certificate_trail"
    __table_args__ = (
        Index("ix_certificate_trail_plant", "tenant", "manufacturer_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100))
    manufacturer_id: Mapped[str] = mapped_column(String(200))
    certificate: Mapped[str] = mapped_column(String(300), doc="folded standard and number: which certificate it is")
    standard: Mapped[str] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(String(20), doc="null: it was not there")
    after: Mapped[str | None] = mapped_column(String(20), doc="null: it is no longer there")
    shown: Mapped[dict[str, Any]] = mapped_column(
        JSON, doc="issuer, scope, issued, expires, evidence as they now stand"
    )
    document_id: Mapped[str | None] = mapped_column(String(200), doc="the document that it rests on")
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), doc="UTC: when it was recorded")

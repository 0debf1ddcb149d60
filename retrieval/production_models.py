"""Tables of production tracking: orders and events as received, sums kept up with them, alerts, messages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Date, DateTime, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from retrieval.models import Base


class ProductionOrder(Base):
    """A revision of an order as received; the last one counts. Rows are only ever added."""

    __tablename__ = "production_orders"
    __table_args__ = (UniqueConstraint("tenant", "order_id", "revision", name="uq_production_orders_revision"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100), index=True)
    order_id: Mapped[str] = mapped_column(String(200), index=True)
    revision: Mapped[int] = mapped_column(Integer)
    manufacturer_id: Mapped[str] = mapped_column(String(200), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    known_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), doc="UTC: since when we know it")


class ProductionEvent(Base):
    """An event as received. Rows are only ever added (triggers refuse anything else); `seq` is the stream's id."""

    __tablename__ = "production_events"
    __table_args__ = (
        UniqueConstraint("tenant", "event_id", name="uq_production_events_identity"),
        Index("ix_production_events_order", "tenant", "order_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100))
    event_id: Mapped[str] = mapped_column(String(200))
    order_id: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    known_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), doc="UTC: since when we know it")


class ProductionAlert(Base):
    """One risk that is or was open: raised once while it lasts, acknowledged by a person, resolved when it is gone."""

    __tablename__ = "production_alerts"
    __table_args__ = (Index("ix_production_alerts_key", "tenant", "key"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100), index=True)
    key: Mapped[str] = mapped_column(String(600))
    order_id: Mapped[str] = mapped_column(String(200), index=True)
    severity: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    raised_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_by: Mapped[str | None] = mapped_column(String(200))
    resolved_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class WebhookDelivery(Base):
    """A message to be sent, kept until it is delivered or given up (`dead`)."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    tenant: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), index=True, doc="pending, delivered or dead")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None] = mapped_column(Text)


class WebhookSeen(Base):
    """Signatures of received messages, kept as long as a copy of them would still be in time."""

    __tablename__ = "webhook_seen"

    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), index=True)


class ProductionRollup(Base):
    """How far the sums have come: the last event in them. `layout` is that of the code that made them; `stamp` goes up
    with every change."""

    __tablename__ = "production_rollup"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    layout: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int] = mapped_column(Integer)
    stamp: Mapped[int] = mapped_column(Integer)


class ProductionSummed(Base):
    """An order whose events are added up, and the zone in which their days were counted."""

    __tablename__ = "production_summed"

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    zone: Mapped[str] = mapped_column(String(80))
    stamp: Mapped[int] = mapped_column(Integer)


class ProductionSum(Base):
    """Reports of one month (`day` is its first), step and shape added up by day, or one other event in force (`name` is
    its id). A count of 0: it was there, and was corrected away."""

    __tablename__ = "production_sums"
    __table_args__ = {"sqlite_with_rowid": False}

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    type: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    told: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text, doc="sums by day, exact decimals in JSON; of a single event its payload")
    stamp: Mapped[int] = mapped_column(Integer)


class ProductionLink(Base):
    """Which event corrects which, so that a correction finds what it replaces, whichever came first."""

    __tablename__ = "production_links"

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    corrects: Mapped[str] = mapped_column(String(200))

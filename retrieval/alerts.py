"""Alerts and the messages about them: raised once while a risk lasts, kept until delivered, in one transaction each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from retrieval.catalog import Catalog
from retrieval.database import durable
from retrieval.models import table_of
from retrieval.production_models import ProductionAlert, WebhookDelivery, WebhookSeen

_ALERTS = table_of(ProductionAlert)
_SENT = table_of(WebhookDelivery)
_SEEN = table_of(WebhookSeen)
_RANK = {"low": 0, "medium": 1, "high": 2}
BACKOFF_S = (1, 5, 30, 120, 600, 1800, 7200)
"""Seconds before the second, third … attempt; after the last one a message is dead."""


@dataclass(frozen=True)
class Delivery:
    id: int
    tenant: str
    body: str
    attempts: int


class Alerts:
    """Alerts of a catalog. Safe to share by threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._engine = catalog._engine
        self._writer = durable(catalog._engine)

    def sync(
        self,
        tenant: str,
        order_id: str,
        risks: Sequence[Mapping[str, Any]],
        *,
        now: dt.datetime,
        notify: bool,
        keep_kinds: Sequence[str] = (),
    ) -> int:
        """Make the order's open alerts those of `risks` (`key`, `severity` and what else they hold): new ones are
        raised, graver ones raised again, gone ones resolved but for `keep_kinds`. With `notify` a message is queued for
        each raised one in the same transaction. Returns how many were raised; without a change nothing is written."""
        mine = select(_ALERTS).where(
            _ALERTS.c.tenant == tenant, _ALERTS.c.order_id == order_id, _ALERTS.c.resolved_at.is_(None)
        )
        with self._engine.connect() as connection:
            open_ = {row.key: row for row in connection.execute(mine)}
        wanted = {str(r["key"]): r for r in risks}
        gone = [r for k, r in open_.items() if k not in wanted and r.payload.get("kind") not in keep_kinds]
        same = all(k in open_ and open_[k].severity == r["severity"] for k, r in wanted.items())
        if same and not gone:
            return 0
        raised = 0
        with self._writer.begin() as connection:
            open_ = {row.key: row for row in connection.execute(mine)}
            for key, risk in wanted.items():
                old, plain = open_.get(key), json.loads(json.dumps(risk, default=str))
                if old is not None and old.severity == risk["severity"]:
                    continue
                values = {"severity": risk["severity"], "payload": plain, "seen_at": now}
                if old is None:
                    values |= {"tenant": tenant, "key": key, "order_id": order_id, "raised_at": now}
                    connection.execute(insert(_ALERTS), values)
                else:
                    graver = _RANK[risk["severity"]] > _RANK[old.severity]
                    values |= {"acknowledged_at": None, "acknowledged_by": None, "raised_at": now} if graver else {}
                    connection.execute(update(_ALERTS).where(_ALERTS.c.id == old.id).values(values))
                    if not graver:
                        continue
                raised += 1
                if notify:
                    body = json.dumps({"type": "alert", "tenant": tenant, "raised_at": now.isoformat(), "risk": plain})
                    message = {"tenant": tenant, "body": body, "status": "pending", "attempts": 0, "next_at": now}
                    connection.execute(insert(_SENT), message)
            for gone_row in gone:
                connection.execute(update(_ALERTS).where(_ALERTS.c.id == gone_row.id).values(resolved_at=now))
        return raised

    def shown(self, tenants: Sequence[str], *, everything: bool = False, limit: int = 200) -> list[dict[str, Any]]:
        """Open alerts, the newest first; with `everything` the resolved ones too."""
        wanted = select(_ALERTS).where(_ALERTS.c.tenant.in_(tenants))
        if not everything:
            wanted = wanted.where(_ALERTS.c.resolved_at.is_(None))
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(_ALERTS.c.raised_at.desc(), _ALERTS.c.id.desc()).limit(limit))
            return [_shown(row) for row in rows]

    def acknowledge(self, tenants: Sequence[str], alert_id: int, by: str, now: dt.datetime) -> dict[str, Any] | None:
        """Note that a person has seen it; the first one stays. None when there is no such alert."""
        mine = (_ALERTS.c.id == alert_id, _ALERTS.c.tenant.in_(tenants))
        with self._writer.begin() as connection:
            fresh = update(_ALERTS).where(*mine, _ALERTS.c.acknowledged_at.is_(None))
            connection.execute(fresh.values(acknowledged_at=now, acknowledged_by=by))
            row = connection.execute(select(_ALERTS).where(*mine)).first()
        return None if row is None else _shown(row)

    def version(self) -> str:
        """Changes whenever an alert was raised, acknowledged or resolved."""
        columns = [func.count(c) for c in (_ALERTS.c.id, _ALERTS.c.acknowledged_at, _ALERTS.c.resolved_at)]
        with self._engine.connect() as connection:
            row = connection.execute(select(*columns, func.max(_ALERTS.c.raised_at))).one()
        return "/".join(str(value) for value in row)

    # -- messages out ------------------------------------------------------------------------------------------------

    def due(self, now: dt.datetime, limit: int = 20) -> list[Delivery]:
        wanted = select(_SENT).where(_SENT.c.status == "pending", _SENT.c.next_at <= now)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(_SENT.c.id).limit(limit))
            return [Delivery(r.id, r.tenant, r.body, r.attempts) for r in rows]

    def delivered(self, delivery: Delivery) -> None:
        done = {"status": "delivered", "attempts": delivery.attempts + 1, "last_error": None}
        with self._writer.begin() as connection:
            connection.execute(update(_SENT).where(_SENT.c.id == delivery.id).values(done))

    def failed(self, delivery: Delivery, error: str, now: dt.datetime) -> str:
        """Note a failed attempt: it is tried again later, or dead. Returns the status."""
        attempts = delivery.attempts + 1
        dead = attempts > len(BACKOFF_S)
        wait = dt.timedelta(seconds=0 if dead else BACKOFF_S[attempts - 1])
        values = {
            "attempts": attempts,
            "last_error": error[:500],
            "status": "dead" if dead else "pending",
            "next_at": now + wait,
        }
        with self._writer.begin() as connection:
            connection.execute(update(_SENT).where(_SENT.c.id == delivery.id).values(values))
        return str(values["status"])

    def deliveries(self, tenants: Sequence[str], status: str, limit: int = 100) -> list[dict[str, Any]]:
        wanted = select(_SENT).where(_SENT.c.tenant.in_(tenants), _SENT.c.status == status)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(_SENT.c.id.desc()).limit(limit))
            return [{"id": r.id, "status": r.status, "attempts": r.attempts, "last_error": r.last_error,
                     "body": json.loads(r.body)} for r in rows]  # fmt: skip

    def retry(self, tenants: Sequence[str], delivery_id: int, now: dt.datetime) -> bool:
        """Take a dead message up again; False when there is none."""
        mine = (_SENT.c.id == delivery_id, _SENT.c.tenant.in_(tenants), _SENT.c.status == "dead")
        with self._writer.begin() as connection:
            values = {"status": "pending", "attempts": 0, "next_at": now}
            return connection.execute(update(_SENT).where(*mine).values(values)).rowcount > 0

    # -- messages in -------------------------------------------------------------------------------------------------

    def was_seen(self, signature: str) -> bool:
        with self._engine.connect() as connection:
            return (
                connection.execute(select(_SEEN.c.signature).where(_SEEN.c.signature == signature)).first() is not None
            )

    def remember(self, signature: str, now: dt.datetime, keep: dt.timedelta) -> None:
        """Note a signature; those older than `keep` are forgotten."""
        with self._writer.begin() as connection:
            connection.execute(upsert(_SEEN).values(signature=signature, at=now).on_conflict_do_nothing())
            connection.execute(delete(_SEEN).where(_SEEN.c.at < now - keep))


def _shown(row: Any) -> dict[str, Any]:
    times = {name: _time(getattr(row, name)) for name in ("raised_at", "acknowledged_at", "resolved_at")}
    return {"id": row.id, "key": row.key, "order_id": row.order_id, "severity": row.severity, **times,
            "acknowledged_by": row.acknowledged_by, "risk": row.payload}  # fmt: skip


def _time(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=dt.UTC).isoformat()

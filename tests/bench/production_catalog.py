"""A catalog of production events of any size for the benchmark: every plant sends what the first one sends."""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from retrieval.rollups import LAYOUT

ORDERS, DAYS = 20, 125
FIRST = date(2026, 5, 1)


def an_order(number: int, maker: int) -> dict[str, Any]:
    names = ("production_start", "production_complete")
    planned = zip(names, (FIRST, FIRST + timedelta(days=DAYS)), strict=True)
    return {
        "order_id": f"o{number}-{maker}", "manufacturer_id": f"m{maker}", "product": f"part {number}",
        "quantity": 10_000_000, "placed": "2026-04-01", "promised": "2026-10-01", "timezone": "America/Mexico_City",
        "milestones": [{"name": name, "planned": day.isoformat()} for name, day in planned],
    }  # fmt: skip


def an_event(number: int, order_id: str, name: str | None = None, day: date = FIRST) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 14, tzinfo=UTC) + timedelta(seconds=number % 30_000)
    return {
        "event_id": name or f"{order_id}-{number}", "order_id": order_id, "at": at.isoformat(), "type": "production",
        "good": 9, "scrap": 1, "planned_minutes": 20, "run_minutes": 17, "ideal_cycle_seconds": 90,
    }  # fmt: skip


def fill(path: Path, makers: int, per_day: int) -> int:
    """Orders and events straight into the catalog, in the order in which plants would send them. What the first plant
    sends is written out; SQLite copies it day by day for the others."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    known = "2026-04-01 00:00:00.000000"
    orders = [an_order(n, m) for m in range(makers) for n in range(ORDERS)]
    connection.executemany(
        "INSERT INTO production_orders (tenant, order_id, revision, manufacturer_id, payload, sha256, known_at) "
        "VALUES ('public', ?, 1, ?, ?, '', ?)",
        [(o["order_id"], o["manufacturer_id"], json.dumps(o), known) for o in orders],
    )

    def rows() -> Iterator[tuple[int, int, str, str, str]]:
        for day, number, order in itertools.product(range(DAYS), range(per_day), range(ORDERS)):
            order_id = f"o{order}-@"
            name = f"{order_id}-{day}-{number}"
            event = an_event(number * 600, order_id, name, FIRST + timedelta(days=day))
            event["step"] = "molding" if number % 2 else "printing"
            if number % 10 == 9:
                kept = {k: event[k] for k in ("event_id", "order_id", "at")}
                event = {**kept, "type": "inspection", "lot": str(day), "inspected": 100, "defects": 2}
            yield day, number, name, order_id, json.dumps(event, separators=(",", ":"))

    connection.execute("CREATE TEMP TABLE plants (plant TEXT)")
    connection.executemany("INSERT INTO plants VALUES (?)", [(str(m),) for m in range(makers)])
    connection.execute("CREATE TEMP TABLE sent (day INTEGER, number INTEGER, name TEXT, order_id TEXT, body TEXT)")
    connection.executemany("INSERT INTO sent VALUES (?, ?, ?, ?, ?)", rows())
    connection.execute("CREATE INDEX temp.sent_day ON sent (day, number)")
    for day in range(DAYS):  # in parts, so that the log beside the file stays small
        connection.execute(
            "INSERT INTO production_events (tenant, event_id, order_id, payload, sha256, known_at) "
            "SELECT 'public', replace(name, '@', plant), replace(order_id, '@', plant), "
            "replace(body, '@', plant), '', ? FROM plants CROSS JOIN sent WHERE day = ?",
            (known, day),
        )
        connection.execute("COMMIT")
        connection.execute("BEGIN")
    connection.execute("COMMIT")
    connection.close()
    return len(orders) * DAYS * per_day


def add_one_plant(book: Any, path: Path, per_day: int) -> int:
    """Move the position to the last event, then add up the first plant's orders from all their events; how many."""
    connection = sqlite3.connect(path)
    values = (LAYOUT, book.production.last_seq())
    connection.execute("INSERT INTO production_rollup (id, layout, seq, stamp) VALUES (1, ?, ?, 1)", values)
    connection.commit()
    connection.close()
    for number in range(ORDERS):
        book.rollup.renew(("public", f"o{number}-0"))
    return ORDERS * DAYS * per_day


def copy_sums(book: Any, path: Path, makers: int) -> None:
    """The sums of every plant but the first ones, copied from the first one's, as all send the same; orders of
    others added up from their own events must then give what was copied."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("CREATE TEMP TABLE plants (plant TEXT)")
    connection.executemany("INSERT INTO plants VALUES (?)", [(str(m),) for m in range(makers)])
    mine = "(" + ",".join(f"'o{n}-0'" for n in range(ORDERS)) + ")"
    renamed = "substr(order_id, 1, length(order_id) - 1) || plant"
    for table, columns in (
        ("production_sums", "day, type, name, told, count, content, stamp"),
        ("production_summed", "zone, stamp"),
    ):
        connection.execute(f"CREATE TEMP TABLE of_{table} AS SELECT * FROM {table} WHERE order_id IN {mine}")
        connection.execute(f"DELETE FROM {table}")
        connection.execute(
            f"INSERT INTO {table} (tenant, order_id, {columns}) SELECT tenant, {renamed}, {columns} "
            f"FROM of_{table} CROSS JOIN plants"
        )
    connection.execute("COMMIT")
    connection.close()
    chance = random.Random(2)
    for maker in {1, makers - 1, *(chance.randrange(makers) for _ in range(4))}:
        owner = ("public", f"o{chance.randrange(ORDERS)}-{maker}")
        copied = _plain(book, owner)
        book.rollup.renew(owner)
        assert copied and _plain(book, owner) == copied, f"the copied sums of {owner} are not those of its events"


def _plain(book: Any, owner: tuple[str, str]) -> dict[Any, Any]:
    found = dict(book.rollup._store.rows({owner: -1}))
    return {kept.key: (kept.count, kept.days, kept.payload) for kept in found.get(owner, []) if kept.count}

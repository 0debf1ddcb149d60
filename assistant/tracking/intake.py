"""Orders and events of one call into the catalog: each object is taken or refused by itself, and nothing is
acknowledged before the commit reached the disk. Calls that wait at the same time share a commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from assistant.bootstrap import store_errors
from assistant.errors import InvalidInput
from assistant.production.reading import Language, Refusal, digest, kind_of, read_event, read_order, refuse
from assistant.refusals import spanish
from retrieval.production import NewRow, Outcome, Production

MOST_AT_ONCE = 10_000
_GROUP = 5_000  # rows in one commit
Added = tuple[list[Outcome], list[Outcome], int]


@dataclass
class Taken:
    """What came of one call. `rejected` names each refused object by its place; `orders` are those that changed."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    last_id: int = 0
    orders: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"accepted": self.accepted, "duplicates": self.duplicates, "rejected": self.rejected,
                "last_id": self.last_id}  # fmt: skip


class Writer:
    """One thread that commits; callers wait for their commit. Many single events a second share one write to disk."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self._queue: queue.SimpleQueue[tuple[Any, Future[Added]] | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, tenant: str, orders: Sequence[NewRow], events: Sequence[NewRow]) -> Added:
        """What `Production.add` gives, once it is on disk. Raises what the store raises."""
        return self.submit(tenant, orders, events).result()

    def submit(self, tenant: str, orders: Sequence[NewRow], events: Sequence[NewRow]) -> Future[Added]:
        """`add` to be waited for; done once it is on disk."""
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="production-writer", daemon=True)
                self._thread.start()
        waiting: Future[Added] = Future()
        self._queue.put(((tenant, orders, events), waiting))
        return waiting

    def close(self) -> None:
        self._queue.put(None)

    def _work(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            group, rows = [first], len(first[0][2])
            while rows < _GROUP:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                group.append(more)
                rows += len(more[0][2])
            self._commit(group)

    def _commit(self, group: Sequence[tuple[Any, Future[Added]]]) -> None:
        try:
            results = self._production.add_many([part for part, _ in group], now=datetime.now(UTC))
        except BaseException as error:
            if len(group) == 1:
                group[0][1].set_exception(error)
                return
            for one in group:  # one caller's trouble must not become another's
                self._commit([one])
            return
        for (_, waiting), result in zip(group, results, strict=True):
            waiting.set_result(result)


@dataclass
class Batch:
    """The objects of one call, read: rows to store with their places, and what was refused already."""

    given: Sequence[Any]
    language: Language = "en"
    orders: list[tuple[int, NewRow]] = field(default_factory=list)
    events: list[tuple[int, NewRow]] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)

    @property
    def rows(self) -> tuple[list[NewRow], list[NewRow]]:
        return [row for _, row in self.orders], [row for _, row in self.events]

    def finish(self, added: Added) -> Taken:
        """What came of the call, given what the store said."""
        taken, (told_orders, told_events, taken.last_id) = self.taken, added
        changed: dict[str, None] = {}
        pairs = [*zip(self.orders, told_orders, strict=True), *zip(self.events, told_events, strict=True)]
        for (index, row), outcome in pairs:
            if outcome in ("added", "revised"):
                taken.accepted += 1
                changed[row.order_id] = None
            elif outcome == "unchanged":
                taken.duplicates += 1
            else:
                taken.rejected.append(_rejected(index, self.given[index], _refusal(outcome, row, self.language)))
        taken.orders = list(changed)
        taken.rejected.sort(key=lambda r: int(r["index"]))
        return taken


def read_batch(given: Sequence[Any], *, tenant: str, now: datetime, language: Language = "en") -> Batch:
    """Read the objects of one call. Raises InvalidInput for too many."""
    if len(given) > MOST_AT_ONCE:
        found = refuse("too_many", language, count=f"{len(given):,}", most=f"{MOST_AT_ONCE:,}")
        raise InvalidInput(found.message, hint=found.hint)
    batch = Batch(given, language)
    words: dict[str, Any] = {"language": language} | ({"explain": spanish} if language == "es" else {})
    for index, item in enumerate(given):
        if kind_of(item) == "order":
            order = read_order(item, tenant=tenant, **words)
            if isinstance(order, Refusal):
                batch.taken.rejected.append(_rejected(index, item, order))
            else:
                row = NewRow(order.order_id, order.order_id, item, digest(item), order.manufacturer_id)
                batch.orders.append((index, row))
            continue
        event = read_event(item, tenant=tenant, now=now, **words)
        if isinstance(event, Refusal):
            batch.taken.rejected.append(_rejected(index, item, event))
        else:
            batch.events.append((index, NewRow(event.event_id, event.order_id, item, digest(item))))
    return batch


def take(
    add: Callable[[str, Sequence[NewRow], Sequence[NewRow]], Added], given: Sequence[Any], *, tenant: str, now: datetime
) -> Taken:
    """Take orders and events, orders first. Raises InvalidInput for too many, the store's errors as `unavailable`."""
    batch = read_batch(given, tenant=tenant, now=now)
    if not batch.orders and not batch.events:
        batch.taken.rejected.sort(key=lambda r: int(r["index"]))
        return batch.taken
    with store_errors():
        return batch.finish(add(tenant, *batch.rows))


def _refusal(outcome: Outcome, row: NewRow, language: Language) -> Refusal:
    if outcome == "no_order":
        return refuse("no_order", language, "order_id", code="not_found", order=repr(row.order_id))
    return refuse("taken", language, "event_id", event=repr(row.id))


def _rejected(index: int, item: Any, refusal: Refusal) -> dict[str, Any]:
    known = item if isinstance(item, Mapping) else {}
    ident = known.get("event_id") or known.get("order_id")
    return {
        "index": index,
        "event_id": str(ident)[:200] if ident is not None else None,
        "code": refusal.code,
        "reason": refusal.message,
        "field": refusal.field,
        "hint": refusal.hint,
    }

"""What a manufacturer's orders on file say of it, for matching, vetting and plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from assistant.bootstrap import Services
from assistant.customs.types import Language, Source
from assistant.production.measures import say
from assistant.production.record import Record, track_record
from assistant.tracking.book import book_of


class Records(Mapping[str, float]):
    """Manufacturer id to its score, 0 to 1; each worked out when it is asked for, as the tenant sees the orders.
    Manufacturers whose orders tell nothing are not in it."""

    def __init__(self, services: Services, day: date, language: Language = "en") -> None:
        self._services, self._day, self._language = services, day, language
        self._book = book_of(services)
        self._known = {m for makers in self._book.makers(services).values() for m in makers}
        self._found: dict[str, Record | None] = {}

    def record(self, manufacturer_id: str) -> Record | None:
        """Raises Unavailable when the catalog cannot be read."""
        if manufacturer_id not in self._known:
            return None
        if manufacturer_id not in self._found:
            states = self._book.states(self._services, self._day, manufacturer_id=manufacturer_id)
            self._found[manufacturer_id] = track_record(states, self._day, self._language)
        return self._found[manufacturer_id]

    def source(self, manufacturer_id: str, name: str) -> Source:
        """What the record rests on. KeyError for a manufacturer without one."""
        found = self._found[manufacturer_id]
        assert found is not None
        title = say("record_source", self._language, count=found.orders, name=name, day=found.end)
        return Source(title=title, effective_from=found.start, effective_to=found.end)

    def __contains__(self, manufacturer_id: object) -> bool:
        return isinstance(manufacturer_id, str) and self.record(manufacturer_id) is not None

    def __getitem__(self, manufacturer_id: str) -> float:
        found = self.record(manufacturer_id)
        if found is None:
            raise KeyError(manufacturer_id)
        return float(found.score)

    def __iter__(self) -> Iterator[str]:
        """Every manufacturer that has an order, whether its orders tell something or not: nothing is worked out."""
        return iter(sorted(self._known))

    def __len__(self) -> int:
        return len(self._known)

"""Sums that are kept up are those of the fold: whatever comes, in whatever order and portions, however corrected."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.bootstrap import Services
from assistant.config import Settings
from assistant.production.cells import SUMMED
from assistant.production.fold import fold
from assistant.production.kpis import KPIS, kpis
from assistant.production.measures import KpiWindow, kpi
from assistant.production.merged import Merged
from assistant.production.reading import digest
from assistant.production.series import output_curve, pareto, weekly
from assistant.production.state import OrderState
from assistant.production.types import Event, Order
from assistant.tracking import rollup
from assistant.tracking.book import Book
from retrieval import rollups
from retrieval.production import NewRow

START = datetime(2026, 10, 20, 6, tzinfo=UTC)
DAYS = (date(2026, 10, 25), date(2026, 11, 1), date(2026, 12, 31))
NOW = datetime(2026, 12, 31, tzinfo=UTC)
_TENANTS = itertools.count()


def order(order_id: str, timezone: str | None = "America/Ciudad_Juarez") -> dict[str, Any]:
    return {
        "order_id": order_id, "manufacturer_id": "m", "product": "p", "quantity": 300, "placed": "2026-10-01",
        "promised": "2026-11-20", "timezone": timezone, "documents": ["pedimento"],
        "milestones": [{"name": "production_start", "planned": "2026-10-20"},
                       {"name": "production_complete", "planned": "2026-11-10"}],
    }  # fmt: skip


counts = st.integers(0, 60)
decimals = st.sampled_from([0, 1, 0.1, 12.75, "0.3333333333", 480])
bodies = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("production"), "good": counts},
        optional={"scrap": counts, "rework": st.just(0), "step": st.sampled_from(["cut", "sew"]),
                  "planned_minutes": decimals, "run_minutes": decimals, "ideal_cycle_seconds": decimals,
                  "planned_quantity": counts, "cost": decimals},
    ),
    st.fixed_dictionaries(
        {"type": st.just("inspection"), "inspected": st.integers(60, 90), "passed": st.one_of(counts, st.booleans())},
        optional={"defects": counts, "cost": decimals,
                  "defect_types": st.dictionaries(st.sampled_from(["flash", "tear"]), counts)},
    ),
    st.fixed_dictionaries({"type": st.just("milestone"), "name": st.sampled_from(["production_start", "Entrega"])}),
    st.fixed_dictionaries(
        {"type": st.just("shipment"), "shipment_id": st.sampled_from("ab"), "shipped_quantity": counts,
         "arrived": st.just("2026-11-10")}
    ),
    st.fixed_dictionaries({"type": st.just("document"), "kind": st.just("pedimento"),
                           "state": st.sampled_from(["received", "missing"])}),
    st.fixed_dictionaries({"type": st.just("incident"), "incident_id": st.just("i"), "cost": decimals,
                           "state": st.sampled_from(["open", "closed"])}),
)  # fmt: skip


@st.composite
def histories(draw: Any) -> list[dict[str, Any]]:
    """Events of two orders over two months, daylight saving's end among them, many of them corrections: of an earlier
    or a later one, of one of the other order, of one never heard of; by an event of the same or another type."""
    found = []
    size = draw(st.integers(0, 22))
    for number in range(size):
        at = START + timedelta(minutes=draw(st.integers(0, 60 * 24 * 40)))
        extra: dict[str, Any] = {}
        if draw(st.integers(0, 2)) == 0:
            extra["corrects"] = f"e{draw(st.sampled_from([n for n in range(size + 1) if n != number]))}"
            extra["retracted"] = draw(st.integers(0, 3)) == 0
        body = {"event_id": f"e{number}", "order_id": draw(st.sampled_from("AAB")), "at": at.isoformat()}
        found.append({**body, **draw(bodies), **extra})
    return found


def row(given: dict[str, Any]) -> NewRow:
    return NewRow(given.get("event_id", given["order_id"]), given["order_id"], given, digest(given), "m")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home: Path = tmp_path_factory.mktemp("home")
    made = Services(replace(Settings(), home=home), lambda: DAYS[-1])
    yield made
    made.catalog.close()


def plain(state: OrderState) -> OrderState:
    """Without what a state that was read from the sums does not have: the events added up, and how many were
    corrected."""
    return replace(state, events=tuple(e for e in state.events if e.type not in SUMMED), corrected=0)


def figures(states: list[OrderState]) -> Any:
    windows = (KpiWindow(), KpiWindow(start=date(2026, 10, 22), end=date(2026, 11, 3)))
    told = [k for window in windows for k in kpis(states, window)]
    curves = [(output_curve(s), s.daily_good, weekly([s], "first_pass_yield", KpiWindow())) for s in states]
    return told, pareto(states, KpiWindow()), curves


def agree(services: Services, book: Book, orders: list[dict[str, Any]], known: list[dict[str, Any]]) -> None:
    events = [Event.model_validate(e) for e in known]
    for day in DAYS:
        folded = [fold(Order.model_validate(o), events, day) for o in orders]
        read = book.states(services, day)
        assert [plain(s) for s in read] == [plain(s) for s in folded]
        assert figures(read) == figures(folded)


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_sums_are_those_of_the_fold(
    services: Services, events: list[dict[str, Any]], chance: random.Random, portion: int
) -> None:
    own = services.for_tenant(f"t{next(_TENANTS)}")
    book, tenant = Book(own.catalog), own.settings.tenant
    orders = [order("A"), order("B", "America/Detroit")]
    book.production.add(tenant, [row(o) for o in orders], [], now=NOW)
    arriving = list(events)
    chance.shuffle(arriving)
    for start in range(0, len(arriving), portion):
        book.production.add(tenant, [], [row(e) for e in arriving[start : start + portion]], now=NOW)
        if chance.random() < 0.6:  # now and then several portions are taken in at once
            agree(own, book, orders, arriving[: start + portion])
    agree(own, book, orders, arriving)
    agree(own, Book(own.catalog), orders, arriving)  # as another process reads them


@given(histories(), st.integers(0, 22))
@settings(max_examples=25, deadline=None)
def test_an_order_that_learns_its_zone_is_added_up_anew(
    services: Services, events: list[dict[str, Any]], before: int
) -> None:
    own = services.for_tenant(f"t{next(_TENANTS)}")
    book, tenant = Book(own.catalog), own.settings.tenant
    orders = [order("A", None), order("B", None)]
    book.production.add(tenant, [row(o) for o in orders], [row(e) for e in events[:before]], now=NOW)
    agree(own, book, orders, events[:before])
    orders = [order("A"), order("B", "America/Hermosillo")]
    book.production.add(tenant, [row(o) for o in orders], [row(e) for e in events[before:]], now=NOW)
    agree(own, book, orders, events)


def test_the_sample_in_portions_of_any_size(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    folder = Path(__file__).parents[2] / "ingestion/sample/production"
    orders, events = (
        [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]
        for name in ("orders", "events")
    )
    for portion in (7, 5_000):
        monkeypatch.setattr(rollup, "BATCH", portion)
        own = services.for_tenant(f"t{next(_TENANTS)}")
        book, tenant = Book(own.catalog), own.settings.tenant
        shuffled = list(events[:1_000])
        random.Random(portion).shuffle(shuffled)
        book.production.add(tenant, [row(o) for o in orders], [row(e) for e in shuffled], now=NOW)
        parsed = [Event.model_validate(e) for e in shuffled]
        folded = [fold(Order.model_validate(o), parsed, DAYS[-1]) for o in orders]
        read = book.states(own, DAYS[-1])
        assert [plain(s) for s in read] == [plain(s) for s in folded]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30)), max_size=30), st.data())
@settings(max_examples=25, deadline=None)
def test_many_orders_are_read_together(services: Services, reports: list[tuple[int, int]], data: st.DataObject) -> None:
    """Portions smaller than the number of orders, few of them kept: some are at hand, some changed, some are read
    anew."""
    own = services.for_tenant(f"t{next(_TENANTS)}")
    book, tenant = Book(own.catalog), own.settings.tenant
    orders = [order(f"O{n}") for n in range(7)]
    book.production.add(tenant, [row(o) for o in orders], [], now=NOW)
    events = [
        {"event_id": f"e{n}", "order_id": f"O{which}", "at": (START + timedelta(days=n)).isoformat(),
         "type": "production", "good": good, "scrap": 1} for n, (which, good) in enumerate(reports)
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollup, "_AT_ONCE", data.draw(st.integers(1, 4)))
        patch.setattr(rollup, "MOST_KEPT", data.draw(st.integers(1, 40)))
        patch.setattr(rollups, "_AT_ONCE", data.draw(st.integers(1, 3)))
        half = len(events) // 2
        for until, part in ((half, events[:half]), (len(events), events[half:])):
            book.production.add(tenant, [], [row(e) for e in part], now=NOW)
            agree(own, book, orders, events[:until])
            one = orders[data.draw(st.integers(0, 6))]["order_id"]
            own_state = book.states(own, DAYS[-1], order_id=one)
            assert own_state == [s for s in book.states(own, DAYS[-1]) if s.order.order_id == one]


@given(histories())
@settings(max_examples=30, deadline=None)
def test_cells_added_up_over_orders_give_the_same_figures(events: list[dict[str, Any]]) -> None:
    """What is added up once for several figures and windows is what each figure finds by itself."""
    parsed = [Event.model_validate(e) for e in events]
    states = [fold(Order.model_validate(o), parsed, DAYS[-1]) for o in (order("A"), order("B", "America/Detroit"))]
    shared = Merged(states)
    for window in (KpiWindow(), KpiWindow(start=date(2026, 10, 22), end=date(2026, 11, 3))):
        for name, function in KPIS.items():
            alone, together = (
                kpi(name, function(states, window), window, "en"),
                kpi(name, function(shared, window), window, "en"),
            )
            assert {**together.model_dump(), "parts": []} == {**alone.model_dump(), "parts": []}
            assert {str(p) for p in together.parts} == {str(p) for p in alone.parts}
    assert pareto(shared, KpiWindow()) == pareto(states, KpiWindow())


def test_two_writers_of_sums_do_not_count_twice(services: Services) -> None:
    """Another process moved the position meanwhile: what was worked out is dropped, and worked out anew."""
    own = services.for_tenant(f"t{next(_TENANTS)}")
    one, other = Book(own.catalog), Book(own.catalog)
    one.rollup.catch_up()
    tenant, orders = own.settings.tenant, [order("A")]
    base = {"order_id": "A", "at": START.isoformat(), "type": "production", "good": 1}
    events = [{**base, "event_id": f"e{n}"} for n in range(5)]
    one.production.add(tenant, [row(o) for o in orders], [row(e) for e in events], now=NOW)
    position = one.rollup._store.position()
    rows = one.production.stream(None, position.seq)
    assert other.rollup.catch_up() == 5
    assert one.rollup._add(position, rows) is False
    assert one.rollup.catch_up() == 0
    agree(own, one, orders, events)


def test_sums_of_another_layout_are_made_anew(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    own = services.for_tenant(f"t{next(_TENANTS)}")
    tenant, orders = own.settings.tenant, [order("A")]
    events = [{"event_id": "e1", "order_id": "A", "at": START.isoformat(), "type": "production", "good": 3}]
    book = Book(own.catalog)
    book.production.add(tenant, [row(o) for o in orders], [row(e) for e in events], now=NOW)
    agree(own, book, orders, events)
    monkeypatch.setattr(rollups, "LAYOUT", rollups.LAYOUT + 1)
    fresh = Book(own.catalog)
    before = fresh.rollup._store.position()
    agree(own, fresh, orders, events)
    assert fresh.rollup._store.position().stamp > before.stamp
    assert not fresh.rollup._store.outdated()

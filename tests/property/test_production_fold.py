"""Laws of the fold: arrival order is irrelevant, duplicates change nothing, a correction is an event."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.production.fold import fold
from assistant.production.kpis import kpis
from assistant.production.measures import KpiWindow
from assistant.production.state import OrderState
from assistant.production.types import Event, Order

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAY = date(2026, 6, 1)
ORDER = Order.model_validate(
    {
        "order_id": "A",
        "manufacturer_id": "m",
        "product": "p",
        "quantity": 500,
        "placed": "2026-02-01",
        "promised": "2026-04-20",
        "timezone": "America/Chihuahua",
        "milestones": [
            {"name": "production_start", "planned": "2026-03-02"},
            {"name": "shipped", "planned": "2026-04-01"},
        ],
        "documents": ["pedimento"],
    }
)

counts = st.integers(0, 60)
bodies = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("production"), "good": counts, "scrap": counts, "planned_minutes": st.just(480),
         "run_minutes": st.just(400)}
    ),
    st.fixed_dictionaries({"type": st.just("inspection"), "inspected": st.integers(1, 60), "defects": counts}),
    st.fixed_dictionaries(
        {"type": st.just("milestone"), "name": st.sampled_from(["production_start", "shipped", "Entrega"])}
    ),
    st.fixed_dictionaries(
        {"type": st.just("shipment"), "shipment_id": st.sampled_from("ab"), "shipped_quantity": counts,
         "arrived": st.just("2026-04-10")}
    ),
    st.fixed_dictionaries(
        {"type": st.just("document"), "kind": st.sampled_from(["pedimento", "x"]),
         "state": st.sampled_from(["received", "missing", "mismatched"])}
    ),
    st.fixed_dictionaries(
        {"type": st.just("incident"), "incident_id": st.sampled_from("ab"),
         "state": st.sampled_from(["open", "closed"])}
    ),
)  # fmt: skip


@st.composite
def histories(draw: Any) -> list[Event]:
    """Up to 25 events, some of which correct or retract an earlier one (or one never heard of)."""
    found: list[Event] = []
    for number, body in enumerate(draw(st.lists(bodies, max_size=25))):
        at = START + timedelta(hours=draw(st.integers(0, 24 * 60)))
        extra: dict[str, Any] = {}
        if number and draw(st.integers(0, 3)) == 0:
            extra["corrects"] = f"e{draw(st.integers(0, number - 1))}"
            extra["retracted"] = draw(st.booleans())
        found.append(Event.model_validate({"event_id": f"e{number}", "order_id": "A", "at": at, **body, **extra}))
    return found


def figures(state: OrderState) -> Any:
    return [(k.name, k.value, k.numerator, k.denominator) for k in kpis([state], KpiWindow())]


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_order_of_arrival_is_irrelevant(events: list[Event], chance: random.Random) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    one, other = fold(ORDER, events, DAY), fold(ORDER, shuffled, DAY)
    assert one == other
    assert figures(one) == figures(other)


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_duplicates_change_nothing(events: list[Event], chance: random.Random) -> None:
    again = [*events, *chance.choices(events, k=len(events))] if events else events
    chance.shuffle(again)
    assert fold(ORDER, again, DAY) == fold(ORDER, events, DAY)


@given(histories())
@settings(max_examples=100, deadline=None)
def test_a_retraction_undoes_an_event_and_a_correction_replaces_it(events: list[Event]) -> None:
    at = (START + timedelta(days=3)).isoformat()
    base: dict[str, Any] = {"order_id": "A", "at": at, "type": "production"}
    wrong = Event.model_validate({**base, "event_id": "wrong", "good": 9_999, "scrap": 1})
    right = Event.model_validate({**base, "event_id": "right", "good": 99, "scrap": 1})
    fix = Event.model_validate({**base, "event_id": "fix", "good": 99, "scrap": 1, "corrects": "wrong"})
    undo = Event.model_validate({**base, "event_id": "undo", "corrects": "wrong", "retracted": True})
    plain = figures(fold(ORDER, events, DAY))
    assert figures(fold(ORDER, [*events, wrong, undo], DAY)) == plain
    assert figures(fold(ORDER, [undo, *events, wrong], DAY)) == plain
    assert figures(fold(ORDER, [fix, *events, wrong], DAY)) == figures(fold(ORDER, [*events, right], DAY))


@given(histories(), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_a_past_day_does_not_see_what_came_after(events: list[Event], days: int) -> None:
    day = START.date() + timedelta(days=days)
    plain = [e for e in events if e.corrects is None]
    early = [e for e in plain if e.at.astimezone(ORDER.zone).date() <= day]
    assert fold(ORDER, plain, day) == fold(ORDER, early, day)


def test_corrections_in_a_circle_and_of_the_unknown_end() -> None:
    def event(name: str, corrects: str | None, good: int) -> Event:
        return Event.model_validate({"event_id": name, "order_id": "A", "at": START, "type": "production", "good": good,
                                     "corrects": corrects})  # fmt: skip

    circle = [event("a", "b", 1), event("b", "a", 2)]
    assert fold(ORDER, circle, DAY) == fold(ORDER, circle[::-1], DAY)
    assert len(fold(ORDER, circle, DAY).events) == 1
    assert fold(ORDER, [event("c", "never-seen", 7)], DAY).good == 7
    chain = [event("x", None, 1), event("y", "x", 2), event("z", "y", 3)]
    assert fold(ORDER, chain, DAY).good == 3


def test_a_month_of_shuffled_events_from_the_sample() -> None:
    import json
    from pathlib import Path

    folder = Path(__file__).parents[2] / "ingestion/sample/production"
    orders = [Order.model_validate_json(line) for line in (folder / "orders.jsonl").read_text("utf-8").splitlines()]
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    month = [Event.model_validate(e) for e in events if e["at"][:7] == "2026-06"]
    assert len(month) > 200
    shuffled = list(month)
    random.Random(7).shuffle(shuffled)
    for order in orders:
        assert fold(order, month, date(2026, 6, 30)) == fold(order, shuffled + month, date(2026, 6, 30))

"""What a risk is, and what is known beside an order when its risks are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from assistant.production.measures import Language, say
from assistant.production.state import OrderState

Severity = Literal["high", "medium", "low"]
RANK = {"high": 0, "medium": 1, "low": 2}


class Risk(BaseModel):
    """`key` names the risk for good (one alert each); `evidence` are the facts behind it, with the event where there is
    one."""

    key: str
    kind: str
    severity: Severity
    order_id: str
    manufacturer_id: str
    title: str
    cause: str
    evidence: list[dict[str, Any]]
    next_step: str


@dataclass(frozen=True)
class CertificateOnFile:
    """A certificate of the manufacturer as the catalog holds it, in its state on the day."""

    standard: str
    state: str
    expires: date | None
    document_id: str | None = None


@dataclass(frozen=True)
class DutyChange:
    """What the customs engine gives for the order on its day and on the day of arrival, where the two differ."""

    before: str
    after: str
    arrival: date
    reason: str


@dataclass(frozen=True)
class Context:
    """What is known beside the order. None or empty: not known, and no risk is made up from it."""

    history: Sequence[OrderState] = ()
    certificates: Sequence[CertificateOnFile] = ()
    monthly_capacity: Decimal | None = None
    other_makers: int | None = None
    duty_change: DutyChange | None = None
    language: Language = "en"


def risk(
    state: OrderState, context: Context, kind: str, severity: Severity, evidence: list[dict[str, Any]], /,
    *, subject: str = "", **values: Any,
) -> Risk:  # fmt: skip
    """A risk in the words of `data/texts.yaml` (`risk_KIND_…`). KeyError for a kind or value that they do not know."""
    lang = context.language
    order = state.order
    return Risk(
        key=":".join(part for part in (order.order_id, kind, subject) if part),
        kind=kind,
        severity=severity,
        order_id=order.order_id,
        manufacturer_id=order.manufacturer_id,
        title=say(f"risk_{kind}_title", lang),
        cause=say(f"risk_{kind}_cause", lang, **values),
        evidence=evidence,
        next_step=say(f"risk_{kind}_next", lang, **values),
    )

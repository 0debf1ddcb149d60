"""What runs beside the API for production: one writer, alerts kept up to date, messages about them sent."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from assistant.bootstrap import Services
from assistant.toolbox.production_context import register
from assistant.tracking.book import Book, book_of
from assistant.tracking.intake import Writer
from assistant.tracking.signing import SIGNATURE, sign
from retrieval.alerts import Alerts, Delivery

_log = logging.getLogger(__name__)
GATHER_S = 1.0  # events that come together are judged together
SHARE = 5  # judging takes at most one part in so many of the time, however fast events come
SWEEP_S = 3600.0  # time passes for orders that nobody reports on
IDLE_S = 1.0
_DUTY = "tariff_change"  # judged by the sweep alone


class Hub:
    """Made over the operator's services; `for_tenant` gives those of a caller."""

    def __init__(self, services: Callable[[], Services]) -> None:
        self._services = services
        self._guard = threading.Lock()
        self._dirty: set[tuple[str, str]] = set()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._writer: Writer | None = None
        self._alerts: Alerts | None = None

    def for_tenant(self, tenant: str) -> Services:
        services = self._services()
        _ = services.catalog  # opened once and shared
        return services.for_tenant(tenant)

    @property
    def book(self) -> Book:
        return book_of(self._services())

    @property
    def writer(self) -> Writer:
        with self._guard:
            if self._writer is None:
                self._writer = Writer(book_of(self._services()).production)
            return self._writer

    @property
    def alerts(self) -> Alerts:
        with self._guard:
            if self._alerts is None:
                self._alerts = Alerts(self._services().catalog)
            return self._alerts

    def start(self) -> None:
        """Begin to judge and to send; once."""
        if not self._threads:
            for name, work in (("production-alerts", self._judge), ("production-webhooks", self._send)):
                self._threads.append(threading.Thread(target=work, name=name, daemon=True))
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._writer is not None:
            self._writer.close()
        for thread in self._threads:
            thread.join(timeout=2)

    def changed(self, tenant: str, orders: list[str]) -> None:
        """Orders of which something new is known: their risks are judged anew soon."""
        with self._guard:
            self._dirty |= {(tenant, order) for order in orders}
        self._wake.set()

    # -- alerts ------------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        swept, took = -SWEEP_S, 0.0
        while not self._stop.is_set():
            self._wake.wait(IDLE_S)
            if self._stop.wait(max(GATHER_S, took * SHARE) if self._wake.is_set() else 0):
                return
            begun = time.monotonic()
            self._wake.clear()
            with self._guard:
                dirty, self._dirty = self._dirty, set()
            try:
                if time.monotonic() - swept > SWEEP_S:
                    swept = time.monotonic()
                    self.judge(None)
                elif dirty:
                    self.judge(dirty)
            except Exception:  # the next round tries again; one bad order must not end all alerts
                _log.exception("judging production risks")
            took = time.monotonic() - begun

    def judge(self, only: set[tuple[str, str]] | None) -> int:
        """Bring the alerts of these orders (None: of all) up to date; returns how many were raised."""
        services, raised = self._services(), 0
        book, now = book_of(services), datetime.now(UTC)
        tenants = (
            {o.tenant for o in book.production.orders(_all_tenants(book))} if only is None else {t for t, _ in only}
        )
        notify = bool(services.settings.alert_webhook_url)
        for tenant in sorted(tenants):
            own = self.for_tenant(tenant)
            stored = {o.order_id: o for o in book.orders(own, None) if o.tenant == tenant}
            everything = book.states(own, services.today())
            for state in everything:
                order_id = state.order.order_id
                if order_id not in stored or (only is not None and (tenant, order_id) not in only):
                    continue
                found, _ = register(own, [state], everything, "en", with_duty=only is None)
                risks = [risk.model_dump(mode="json") for risk in found]
                keep = () if only is None else (_DUTY,)
                raised += self.alerts.sync(tenant, order_id, risks, now=now, notify=notify, keep_kinds=keep)
        return raised

    # -- messages ----------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        settings = self._services().settings
        if not settings.alert_webhook_url:
            return
        while not self._stop.wait(IDLE_S):
            try:
                for delivery in self.alerts.due(datetime.now(UTC)):
                    self.deliver(delivery, settings)
            except Exception:
                _log.exception("sending alerts")

    def deliver(self, delivery: Delivery, settings: Any) -> str:
        """One attempt at one message; its status afterwards."""
        body, now = delivery.body.encode(), datetime.now(UTC)
        headers = {"Content-Type": "application/json", "X-Sourcing-Delivery": str(delivery.id)}
        if settings.alert_webhook_secret:
            headers[SIGNATURE] = sign(settings.alert_webhook_secret, body, now)
        try:
            response = httpx.post(settings.alert_webhook_url, content=body, headers=headers, timeout=10.0)
            problem = None if response.is_success else f"answered {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = f"{type(error).__name__}: {error}"
        if problem is None:
            self.alerts.delivered(delivery)
            return "delivered"
        return self.alerts.failed(delivery, problem, datetime.now(UTC))


def _all_tenants(book: Book) -> list[str]:  # reads only; each order is judged as its own tenant sees it
    return book.production.tenants()

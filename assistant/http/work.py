"""Blocking work behind the asynchronous face: a bounded pool of threads, one message at a time in each thread of talk,
an agent for each tenant, and a warm-up in the background."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Protocol, TypeVar

from assistant.bootstrap import Services
from assistant.errors import RateLimited, SourcingError, Unavailable
from assistant.http.replies import unexpected
from assistant.replay import TurnCheck
from assistant.schema import Answer, AskRequest, Event

T = TypeVar("T")
WORKERS = 8
WAITING_IN_ALL = 64
WAITING_IN_A_THREAD = 3
HEARTBEAT_S = 5.0
WARM_AGAIN_S = 30.0
_LOOK_AGAIN_S = 0.1


class AgentLike(Protocol):
    """What the face needs of an agent."""

    def ask(self, request: AskRequest) -> Answer: ...
    def stream(self, request: AskRequest) -> Iterator[Event]: ...
    def thread(self, thread_id: str) -> Any: ...
    def threads(self) -> Any: ...
    def rename_thread(self, thread_id: str, title: str) -> str: ...
    def check_thread(self, thread_id: str, day: date | None = None) -> list[TurnCheck]: ...
    def delete_thread(self, thread_id: str) -> Any: ...


AgentFactory = Callable[[Services], AgentLike]


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Turns:
    """Lets one message at a time into a thread of talk, in no more than a few waiting."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, str], tuple[threading.Lock, int]] = {}

    @contextlib.contextmanager
    def of(self, tenant: str, thread_id: str | None, stop: threading.Event) -> Iterator[None]:
        """Wait for the turn. Raises RateLimited when several wait already, Stopped when `stop` is set meanwhile."""
        if thread_id is None:  # a new thread: nobody else can know it
            yield
            return
        key = (tenant, thread_id)
        with self._guard:
            lock, users = self._locks.get(key, (threading.Lock(), 0))
            if users > WAITING_IN_A_THREAD:
                raise RateLimited(
                    "several messages of this thread wait for their answer already",
                    field="thread_id",
                    hint="wait for those answers, or start a new thread",
                )
            self._locks[key] = (lock, users + 1)
        try:
            while not lock.acquire(timeout=_LOOK_AGAIN_S):
                if stop.is_set():
                    raise Stopped
            try:
                yield
            finally:
                lock.release()
        finally:
            with self._guard:
                lock, users = self._locks.pop(key)
                if users > 1:
                    self._locks[key] = (lock, users - 1)


class Work:
    """Runs calls in threads and streams in events."""

    def __init__(self, services: Services, agent_factory: AgentFactory) -> None:
        self.services = services
        self._factory = agent_factory
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="sourcing")
        self._turns = Turns()
        self._agents: dict[str, AgentLike] = {}
        self._opening = threading.Lock()
        self._pending = 0
        self._stopping = threading.Event()
        self.warm = threading.Event()
        self._warmed_at = 0.0
        self.warm_problem: str | None = "the stores are still being opened"

    def services_for(self, tenant: str) -> Services:
        """The stores as a tenant sees them. They are opened once and shared, never once a tenant."""
        if tenant != self.services.settings.tenant:
            with self._opening, contextlib.suppress(SourcingError):
                _ = self.services.searcher
        return self.services.for_tenant(tenant)

    def agent(self, tenant: str) -> AgentLike:
        services = self.services_for(tenant)
        with self._opening:
            agent = self._agents.get(tenant)
            if agent is None:
                agent = self._factory(services)
                if services is self.services or "searcher" in services.__dict__:  # else it would open stores of its own
                    self._agents[tenant] = agent
            return agent

    async def run(self, call: Callable[[], T]) -> T:
        """`call` in a thread. Raises RateLimited when too much waits already."""
        if self._pending >= WAITING_IN_ALL:
            raise RateLimited("too many requests wait for an answer", hint="try again in a few seconds")
        self._pending += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, call)
        future.add_done_callback(self._done)
        return await future

    def _done(self, future: asyncio.Future[Any]) -> None:
        self._pending -= 1
        if not future.cancelled():
            future.exception()  # taken note of, even where its waiter has gone

    async def ask(self, tenant: str, request: AskRequest) -> Answer:
        def call() -> Answer:
            with self._turns.of(tenant, request.thread_id, self._stopping):
                return self.agent(tenant).ask(request)

        try:
            return await self.run(call)
        except Stopped as error:
            raise Unavailable("the server is stopping", hint="ask again when it is back") from error

    async def delete_thread(self, tenant: str, thread_id: str) -> Any:
        def call() -> Any:
            with self._turns.of(tenant, thread_id, self._stopping):
                return self.agent(tenant).delete_thread(thread_id)

        return await self.run(call)

    async def stream(self, tenant: str, request: AskRequest) -> AsyncGenerator[Event | None, None]:
        """Events as they come, None when there was none for a while; the last one is an answer or an error.

        Closing the iterator tells the agent to stop: it is left at its next event."""
        loop, queue, stop = asyncio.get_running_loop(), asyncio.Queue[Event | None](), threading.Event()

        def put(event: Event | None) -> None:
            if not stop.is_set():
                loop.call_soon_threadsafe(queue.put_nowait, event)

        def call() -> None:
            try:
                with self._turns.of(tenant, request.thread_id, stop):
                    self._relay(self.agent(tenant).stream(request), put, stop)
            except Stopped:
                pass
            except SourcingError as error:
                put(Event(type="error", data=error.as_dict()))
            except Exception as error:
                put(Event(type="error", data=unexpected(error).as_dict()))

        try:
            working = asyncio.ensure_future(self.run(call))
            await asyncio.sleep(0)  # lets `run` refuse before the first byte is sent
            while True:
                if working.done() and working.exception() is not None:
                    failure = working.exception()
                    assert failure is not None
                    known = failure if isinstance(failure, SourcingError) else unexpected(failure)
                    yield Event(type="error", data=known.as_dict())
                    return
                try:
                    event = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    if self._stopping.is_set():
                        gone = Unavailable("the server is stopping", hint="ask again when it is back")
                        event = Event(type="error", data=gone.as_dict())
                    else:
                        event = None
                yield event
                if event is not None and event.type in ("answer", "error"):
                    return
        finally:
            stop.set()

    def _relay(self, events: Iterator[Event], put: Callable[[Event], None], stop: threading.Event) -> None:
        """Events up to the answer or the error; when nobody listens any more the agent's iterator is closed."""
        try:
            for event in events:
                if stop.is_set() or self._stopping.is_set():
                    return
                put(event)
                if event.type in ("answer", "error"):
                    return
            raise RuntimeError("the agent's stream ended with neither answer nor error")
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def start_warming(self) -> None:
        """Open the stores, load the embedded corpus into an empty home, and encode once, in the background."""
        self.warm.clear()
        self._warmed_at = time.monotonic()
        threading.Thread(target=self._warm_up, name="sourcing-warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        try:
            self.services.load_sample_if_empty()
            agreement = self.services.status()["agreement"]
            self.warm_problem = None if agreement["ok"] else "catalog and vectors disagree; run `sourcing reindex`"
            self.services.encoder.encode(["warm-up"])
            with self._opening:
                _ = self.services.searcher
            self.agent(self.services.settings.tenant)
        except SourcingError as error:
            self.warm_problem = f"{error.message}; {error.hint}" if error.hint else error.message
        except Exception as error:
            self.warm_problem = unexpected(error).message
        finally:
            self.warm.set()

    def not_ready(self) -> str | None:
        """Why questions cannot be answered yet; None when they can. What failed is tried again from time to time: a
        store may have come up, or have been mended, since."""
        problem = self.warm_problem
        if problem is not None:
            if self.warm.is_set() and time.monotonic() - self._warmed_at > WARM_AGAIN_S:
                self.start_warming()
            return problem
        counts = self.services.catalog.counts()
        if not counts["documents"]:
            return "nothing is loaded; run `sourcing ingest`"
        if counts["pending"] or counts["deleted_vectors"]:
            return "passages wait for their vectors; `sourcing ingest` or a restart completes them"
        return None

    def close(self) -> None:
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


def settle(warm: threading.Event) -> None:
    """Once all is `warm`: what start-up made stays as long as the process does, so that the collector of garbage need
    not walk over it again and again while somebody waits for an answer."""
    warm.wait()
    gc.collect()
    gc.freeze()

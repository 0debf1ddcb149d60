"""The composition root: settings in, services out. Every face opens its services here.

Stores are opened on first use, so that a command pays only for what it touches: a duty estimate never loads Chroma,
a matching question never loads the encoder.
"""

from __future__ import annotations

import importlib.metadata
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from assistant.config import Settings
from assistant.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from assistant.agent import Agent
    from assistant.customs.origin import Rules
    from assistant.customs.ways import Law
    from assistant.schema import Answer, AskRequest
    from ingestion.report import Report
    from retrieval.catalog import Catalog
    from retrieval.classify.store import Classifiers
    from retrieval.embed import Encoder
    from retrieval.search import Searcher
    from retrieval.vectors import Vectors

T = TypeVar("T")
Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, out of how much
SAMPLE_STATE = "sample_corpus"
ORIGIN_RULES = "origin_rules.json"
VERSION = importlib.metadata.version("madein-sourcing")


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()


def _once(opens: Callable[[Services], T]) -> T:
    """A property that opens something on first use, once however many threads ask, and keeps it in the instance.

    `functools.cached_property` no longer locks from Python 3.12 on; two first requests would open a store twice."""

    def get(self: Services) -> T:
        name = opens.__name__
        with self.lock:
            if name not in self.__dict__:
                self.__dict__[name] = opens(self)
            return cast(T, self.__dict__[name])

    return cast(T, property(get, doc=opens.__doc__))


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns the stores' own errors into the contract's `unavailable`, keeping what to do next."""
    from retrieval.errors import StoreError

    try:
        yield
    except StoreError as error:
        raise Unavailable(error.message, hint=error.hint) from error


@dataclass
class Services:
    """What tools and faces work with. `today` is the only clock; tests replace it."""

    settings: Settings
    today: Callable[[], date] = field(default=_today)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def tenants(self) -> tuple[str, ...]:
        """Whose documents are seen: the tenant's own, which stand first, and the public ones."""
        own = self.settings.tenant
        return ("public",) if own == "public" else (own, "public")

    def for_tenant(self, tenant: str) -> Services:
        """The same stores seen by another tenant; open stores are shared."""
        if tenant == self.settings.tenant:
            return self
        other = Services(replace(self.settings, tenant=tenant), self.today)
        for name in ("catalog", "encoder", "vectors", "searcher", "classifiers", "meaning"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    @_once
    def catalog(self) -> Catalog:
        from sqlalchemy.exc import ArgumentError

        from retrieval.catalog import Catalog

        url = self.settings.database_url
        if not url:
            try:
                self.home.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise Unavailable(
                    f"the data folder {self.home} cannot be made: {error.strerror}",
                    hint="set SOURCING_HOME to a folder you may write to",
                ) from error
            url = f"sqlite:///{(self.home / 'catalog.sqlite').resolve()}"
        try:
            with store_errors():
                return Catalog(url)
        except ArgumentError as error:
            raise InvalidInput(
                "SOURCING_DATABASE_URL is not a database URL",
                field="SOURCING_DATABASE_URL",
                hint="leave it empty for SQLite in the data folder, or write sqlite:////path/to/catalog.sqlite",
            ) from error

    @_once
    def encoder(self) -> Encoder:
        from retrieval.embed import load_encoder

        cache = self.settings.cache if self.settings.cache != Path() else None
        with store_errors():
            return load_encoder(self.settings.embedding_model, runtime=self.settings.encoder, cache=cache)

    @_once
    def vectors(self) -> Vectors:
        from retrieval.vectors import Vectors

        place = self.settings.chroma_url or str(self.home / "chroma")
        with store_errors():
            return Vectors(place, self.encoder.model_id, self.encoder.dimension)

    @_once
    def searcher(self) -> Searcher:
        from retrieval.search import Searcher

        with store_errors():
            return Searcher(self.catalog, self.vectors, self.encoder)

    @_once
    def classifiers(self) -> Classifiers:
        """Classification indexes by schedule revision, made on first use."""
        from retrieval.classify.store import Classifiers

        return Classifiers(self.catalog, self.home / "classify", lambda: self.encoder)

    def fresh_vectors(self) -> Vectors:
        """Vectors for the present model, emptied: what `reindex` fills, whatever model made the old ones."""
        from retrieval.vectors import Vectors

        place = self.settings.chroma_url or str(self.home / "chroma")
        self.__dict__.pop("vectors", None)
        self.__dict__.pop("searcher", None)
        return Vectors(place, self.encoder.model_id, self.encoder.dimension)

    def status(self) -> dict[str, Any]:
        """What is loaded, editions with dates, and whether catalog and vectors hold the same passages."""
        from assistant.toolbox import goods_lists
        from retrieval.index import agreement

        with store_errors():
            return {
                "home": str(self.home.resolve()),
                "version": VERSION,
                **self.catalog.status(),
                "goods_lists": goods_lists.status(self.home),
                "agreement": agreement(self.catalog, self.vectors),
                "embedding": {"model": self.encoder.model_id, "dimension": self.encoder.dimension},
            }

    @_once
    def origin_rules(self) -> Rules:
        """The rules of General Note 11 where the note was loaded, else those of the embedded extract."""
        from assistant.customs.origin import Rules

        kept = self.home / ORIGIN_RULES
        return Rules.from_json(kept.read_text(encoding="utf-8")) if kept.exists() else Rules.load()

    @property
    def law(self) -> Law:
        """Measures with the goods lists in use: the shipped ones, under the loaded editions of the chapter 99 notes."""
        from assistant.toolbox import goods_lists

        return goods_lists.law(self.home)

    @_once
    def agent(self) -> Agent:
        """The conversation over these services; importing LangChain is paid for here."""
        from assistant.agent import Agent

        return Agent(self)

    def ask(self, request: AskRequest) -> Answer:
        """One answer, as every face gives it."""
        return self.agent.ask(request)

    def data_vintage(self) -> dict[str, Any]:
        """Which edition of each corpus answers come from: tariff schedule, guides, manufacturers."""
        with store_errors():
            status = self.catalog.status()
        schedules = status["schedules"]
        newest = max(schedules, key=lambda s: s["effective_from"] or "", default=None)
        vintage: dict[str, Any] = {f"{kind} documents": count for kind, count in status["documents"].items()}
        if newest:
            extract = " (embedded extract)" if newest["partial"] else ""
            vintage["us tariff schedule"] = f"{newest['revision']}{extract}, in force from {newest['effective_from']}"
        return vintage

    def ingest(
        self,
        paths: list[Path],
        *,
        kind: str | None = None,
        effective_from: date | None = None,
        vouched: bool = True,
        progress: Progress | None = None,
        vectors: bool = True,
    ) -> Report:
        """Load files or folders into the catalog, then make their vectors (unless told not to: then `index_pending` is
        the caller's next step). See `ingestion.pipeline`.

        `vouched`: whoever loads answers for the certificate states that profiles give (the operator, an admin);
        otherwise they count as the supplier's own claims."""
        from ingestion.pipeline import Pipeline

        with store_errors():
            pipeline = Pipeline(self.catalog, tenant=self.settings.tenant, keep_states=vouched)
            report = pipeline.ingest(paths, kind=kind, effective_from=effective_from, progress=progress)
        shared = vouched and self.settings.tenant == "public"  # rules, like schedules, decide everybody's answers
        if shared:
            from assistant.bootstrap_law import keep_law

            keep_law(self, report)
        if any(file.kind in ("manufacturer", "certificate") for file in report.files):
            from assistant.toolbox.plants import refresh

            refresh(self, progress)
        if vectors:
            self.index_pending(progress, check=True)
        return report

    def forget(self, document_id: str) -> None:
        """Remove a document of this tenant with its passages, rows and vectors, and what others took from it.

        Raises NotFound for a document that is not there or belongs to another tenant."""
        from ingestion.forget import forget

        with store_errors():
            forget(self.catalog, document_id, self.settings.tenant)
        if self.settings.tenant == "public":
            from assistant.bootstrap_law import forget_law

            forget_law(self, document_id)
        self.index_pending()

    def index_pending(self, progress: Progress | None = None, *, check: bool = False, wait: bool = True) -> None:
        """Make the vectors that are still missing; loads the encoder only when there are any, or the store is gone.
        `check`: compare the stores even when the catalog knows of nothing missing. Without `wait`, raises
        BlockingIOError when somebody else makes vectors now."""
        from retrieval.index import index_pending

        with store_errors():
            counts = self.catalog.counts()
            lost = not self.settings.chroma_url and not (self.home / "chroma").is_dir()
            if counts["pending"] or counts["deleted_vectors"] or (counts["passages"] and (lost or check)):
                index_pending(self.catalog, self.vectors, self.encoder, progress, wait=wait)

    def load_sample_if_empty(self, progress: Progress | None = None) -> Report | None:
        """Fill an empty home with the embedded corpus, or finish a filling that was interrupted.

        None when there was nothing to do: a home that its owner filled otherwise is left alone."""
        from ingestion.pipeline import sample_corpus

        with store_errors():
            counts, begun = self.catalog.counts(), self.catalog.setting(SAMPLE_STATE)
            if begun != "loading" and counts["documents"]:
                self.index_pending(progress)
                return None
            self.catalog.set_setting(SAMPLE_STATE, "loading")
            shared = self.for_tenant("public")  # in a tenant's home too: schedules are everybody's
            report = shared.ingest([sample_corpus()], progress=progress)
            self.catalog.set_setting(SAMPLE_STATE, "loaded")
        return report


def open_services(settings: Settings, today: Callable[[], date] = _today) -> Services:
    """Services over `settings`; nothing is opened yet."""
    return Services(settings, today)

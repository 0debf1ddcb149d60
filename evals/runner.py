"""Runs questions against the assistant in a home of its own, scores them and records what was run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.errors import SourcingError
from assistant.schema import Answer, AskRequest
from evals.pairs import agreement
from evals.prose import Evidence
from evals.questions import Question, digest
from evals.scorers import SCORERS, Context, Score, score, worst

FORMAT = 1
_PACKAGES = ("madein-sourcing", "langchain", "langgraph", "chromadb", "pydantic", "sqlalchemy")
Progress = Callable[[int, int, str], None]


class Assistant(Protocol):
    """What is evaluated: anything that answers a request as the agent does."""

    def ask(self, request: AskRequest) -> Answer: ...


@contextmanager
def assistant(home: Path | None, model: str | None, progress: Callable[[str], None]) -> Iterator[Services]:
    """Services over `home`, else SOURCING_HOME, else a temporary home; filled from the embedded corpus if empty."""
    settings = load_settings()
    with tempfile.TemporaryDirectory(prefix="sourcing-eval-", ignore_cleanup_errors=True) as temporary:
        chosen = home or (settings.home if "SOURCING_HOME" in os.environ else Path(temporary))
        services = open_services(replace(settings, home=chosen, model=model or settings.model))
        progress("loading the embedded corpus where the home is empty")
        services.load_sample_if_empty()
        try:
            yield services
        finally:
            if "agent" in services.__dict__:
                services.agent.close()
            if "catalog" in services.__dict__:
                services.catalog.close()


def run(
    questions: Sequence[Question], target: Assistant, *, model: str | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Asks and scores every question; returns the run's record (JSON-able, see evals/README.md)."""
    started, clock = datetime.now(UTC), time.perf_counter()
    run_id = uuid.uuid4().hex[:8]
    rows: list[dict[str, Any]] = []
    for number, question in enumerate(questions, 1):
        rows.append(_question(question, target, run_id, model))
        if progress:
            progress(number, len(questions), question.id)
    return {
        "format": FORMAT,
        "run_id": run_id,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "commit": commit(),
        "versions": versions(),
        "questions": len(questions),
        "questions_sha256": digest(questions),
        "model": _first(rows, "model"),
        "prompt_sha": _first(rows, "prompt_sha"),
        "data_vintage": _first(rows, "data_vintage"),
        "results": rows,
        "pairs": pairs(rows),
    }


def _question(question: Question, target: Assistant, run_id: str, model: str | None) -> dict[str, Any]:
    thread = f"eval-{run_id}-{question.id}"
    evidence, sources = Evidence(), set[str]()
    turns: list[dict[str, Any]] = []
    scores: dict[str, list[Score]] = {name: [] for name in (*SCORERS, "error")}
    for turn in question.turns:
        if isinstance(target, Services):
            target.today = lambda: question.as_of  # no answer may hang on the day of the run
        begun = time.perf_counter()
        try:
            answer = target.ask(AskRequest(question=turn.ask, thread_id=thread, as_of=question.as_of, model=model))
            seconds = time.perf_counter() - begun
        except Exception as error:  # a question that breaks the assistant must not end the run
            fault = _fault(error)
            turns.append({"ask": turn.ask, "error": fault, "seconds": round(time.perf_counter() - begun, 4)})
            scores["error"].append(Score(0.0, fault["code"], fault["message"]))
            break
        context = Context(answer, turn.expect, question.language, evidence, sources)
        context.hear(turn.ask)
        marks = score(context)
        for name, mark in marks.items():
            scores[name].append(mark)
        scores["error"].append(Score(1.0))
        turns.append(_record(turn.ask, answer, marks, seconds))
    if isinstance(target, Services):
        with suppress(SourcingError):  # a question that failed at once has left no thread
            target.agent.delete_thread(thread)
    return {
        **question.model_dump(mode="json", include={"id", "pair", "language", "slice", "tags", "because"}),
        "as_of": question.as_of.isoformat(),
        "tools": list(question.tools) or ["none"],
        "turns": turns,
        "scores": {name: worst(marks).as_dict() for name, marks in scores.items()},
        "passed": all(worst(marks).value != 0.0 for marks in scores.values()),
    }


def _record(ask: str, answer: Answer, marks: Mapping[str, Score], seconds: float) -> dict[str, Any]:
    """A turn without the tools' whole responses, which the run can be asked for again."""
    return {
        "ask": ask,
        "answer": answer.answer,
        "status": answer.status,
        "figures": [f.model_dump(mode="json", include={"text", "value", "unit"}) for f in answer.figures],
        "citations": [c.model_dump(mode="json", include={"title", "document_id", "page"}) for c in answer.citations],
        "tool_calls": [
            {"name": c.name, "arguments": c.arguments, "ms": c.ms, "error": c.error} for c in answer.tool_calls
        ],
        "model": answer.model,
        "prompt_sha": answer.prompt_sha,
        "data_vintage": answer.data_vintage,
        "seconds": round(seconds, 4),
        "scores": {name: mark.as_dict() for name, mark in marks.items() if mark.value is not None},
    }


def _fault(error: Exception) -> dict[str, Any]:
    code = error.code if isinstance(error, SourcingError) else type(error).__name__
    cause = error.__cause__
    why = f" ({type(cause).__name__}: {cause})" if cause else ""
    return {"code": code, "message": (str(error) + why)[:500]}


def pairs(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Agreement of every pair that has both languages."""
    twins: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        twins.setdefault(row["pair"], {})[row["language"]] = row
    found = []
    for pair, sides in twins.items():
        if len(sides) == 2:
            mark = agreement(sides["en"]["turns"], sides["es"]["turns"])
            found.append({"pair": pair, "slice": sides["en"]["slice"], "tools": sides["en"]["tools"], **mark.as_dict()})
    return found


def commit() -> str | None:
    """The commit of the code that ran, with + when files differ from it; None outside a checkout."""
    folder = Path(__file__).parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=folder, capture_output=True, text=True, check=True, timeout=10,
        ).stdout.strip()  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if changed else "")


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _first(rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    return next((turn[name] for row in rows for turn in row["turns"] if turn.get(name)), None)

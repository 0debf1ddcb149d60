"""The conversation: warm and cold answers, what the agent adds to its tools, fifty conversations at once."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

DAY = date(2026, 6, 15)
QUESTIONS = (
    "How much duty on 8544.30.00.00 from Mexico with and without USMCA, value $25,000, by truck?",
    "¿Cuánto arancel paga 8544.30.00.00 de Vietnam, valor 25 mil dólares, por barco?",
    "What is the general rate for 8481.80.30.90?",
    "What must a USMCA certification of origin contain?",
    "¿Qué es el pedimento y quién lo transmite?",
    "Who can injection-mold ABS housings in Querétaro with ISO 13485?",
    "¿Quién maquina aluminio 6061 en Nuevo León con AS9100?",
    "How is PO-1042 doing?",
    "¿Cómo va la PO-1042?",
    "What is the merchandise processing fee?",
)
CONVERSATIONS, MESSAGES = 50, 3


def _filled(folder: Path) -> Any:
    from assistant.bootstrap import open_services
    from assistant.config import load_settings

    services = open_services(load_settings({"SOURCING_HOME": str(folder)}), lambda: DAY)
    services.load_sample_if_empty()
    return services


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def bench_agent() -> None:
    """Answers of the offline model over the embedded corpus; `BENCH_ROUNDS` (default 5) rounds of ten questions."""
    with tempfile.TemporaryDirectory() as folder:
        services = _filled(Path(folder))
        _warm(services)
        services.catalog.close()
        _cold(Path(folder))
        _crowd(Path(folder))


def _warm(services: Any) -> None:
    from assistant.schema import AskRequest
    from assistant.tools import call

    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    ask = services.agent.ask
    for question in QUESTIONS:
        ask(AskRequest(question=question, as_of=DAY))
    times, in_tools = [], 0.0
    for _ in range(rounds):
        for question in QUESTIONS:
            start = time.perf_counter()
            answer = ask(AskRequest(question=question, as_of=DAY))
            times.append(time.perf_counter() - start)
            in_tools += sum(made.ms for made in answer.tool_calls) / 1000
    print(f"  warm answer, {len(times)} asked: p50 {statistics.median(times) * 1000:.0f} ms, "
          f"p95 {percentile(times, 0.95) * 1000:.0f} ms; {in_tools / sum(times):.0%} of it in tools")  # fmt: skip
    answer = ask(AskRequest(question=QUESTIONS[0], as_of=DAY))
    (made,) = answer.tool_calls

    def bare() -> float:
        start = time.perf_counter()
        call(services, made.name, made.arguments)
        return time.perf_counter() - start

    def whole() -> float:
        start = time.perf_counter()
        ask(AskRequest(question=QUESTIONS[0], as_of=DAY))
        return time.perf_counter() - start

    pairs = [(whole(), bare()) for _ in range(15)]  # side by side, so that both meet the same load
    ours, tool = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"  one duty question {ours * 1000:.0f} ms   {ours / tool:.1f} × its bare tool call ({tool * 1000:.1f} ms)")


def _cold(home: Path) -> None:
    env = {**os.environ, "SOURCING_HOME": str(home)}

    def run(*command: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], env=env, check=True, capture_output=True)
        return time.perf_counter() - start

    pairs = [(run("-m", "assistant.cli", "ask", QUESTIONS[2]), run("-c", "import langchain.agents")) for _ in range(3)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"  cold `sourcing ask` {ours:.2f} s   {ours / bare:.1f} × a bare `import langchain.agents` ({bare:.2f} s)")


def _crowd(home: Path) -> None:
    """Fifty conversations of three messages at once, against a server process of its own."""
    import httpx

    from assistant.config import load_settings

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = replace(load_settings({"SOURCING_HOME": str(home)}), api_port=port)
    env = {**os.environ, "SOURCING_HOME": str(home), "SOURCING_API_PORT": str(settings.api_port)}
    server = subprocess.Popen([sys.executable, "-m", "assistant.cli", "serve"], env=env, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    times: list[float] = []
    outcomes: Counter[str] = Counter()
    try:
        with httpx.Client(timeout=120, limits=httpx.Limits(max_connections=CONVERSATIONS)) as client:
            while not _ready(client, base):
                assert server.poll() is None, "the server did not start"
                time.sleep(0.2)

            def talk(number: int) -> None:
                for turn in range(MESSAGES):
                    question = QUESTIONS[(number + turn) % len(QUESTIONS)]
                    body = {"question": question, "thread_id": f"bench-{number}", "as_of": DAY.isoformat()}
                    start = time.perf_counter()
                    status = client.post(f"{base}/v1/ask", json=body).status_code
                    times.append(time.perf_counter() - start)
                    outcomes[str(status)] += 1

            people = [threading.Thread(target=talk, args=(number,)) for number in range(CONVERSATIONS)]
            start = time.perf_counter()
            for one in people:
                one.start()
            for one in people:
                one.join()
            wall = time.perf_counter() - start
    finally:
        server.terminate()
        server.wait(30)
    print(f"  {CONVERSATIONS} conversations of {MESSAGES} at once: {len(times) / wall:.1f} answers/s, "
          f"p50 {statistics.median(times):.2f} s, p95 {percentile(times, 0.95):.2f} s, "
          f"statuses {dict(outcomes)}")  # fmt: skip


def _ready(client: Any, base: str) -> bool:
    import httpx

    try:
        return bool(client.get(f"{base}/readyz").status_code == 200)
    except httpx.TransportError:
        return False

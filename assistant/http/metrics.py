"""Counts and latencies in Prometheus' text format. Small enough to need no library; one set a process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

BUCKETS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Requests by route, method and status; seconds by route; tool calls by outcome. Safe to share by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._tools: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, list[float]] = {}  # bucket counts, then sum, then count

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One answered request. `route` is the template (`/v1/threads/{id}`), never the path: ids are not labels."""
        with self._lock:
            self._requests[route, method, status] += 1
            row = self._seconds.setdefault(route, [0.0] * (len(BUCKETS_S) + 2))
            for place, bound in enumerate(BUCKETS_S):
                row[place] += seconds <= bound
            row[-2] += seconds
            row[-1] += 1

    def tool(self, name: str, outcome: str) -> None:
        with self._lock:
            self._tools[name, outcome] += 1

    def text(self) -> str:
        with self._lock:
            return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# HELP sourcing_requests_total Requests answered."
        yield "# TYPE sourcing_requests_total counter"
        for (route, method, status), count in sorted(self._requests.items()):
            yield f'sourcing_requests_total{{route="{route}",method="{method}",status="{status}"}} {count}'
        yield "# HELP sourcing_errors_total Requests answered with a 5xx."
        yield "# TYPE sourcing_errors_total counter"
        errors: Counter[str] = Counter()
        for (route, _, status), count in self._requests.items():
            errors[route] += count if status >= 500 else 0
        for route, count in sorted(errors.items()):
            yield f'sourcing_errors_total{{route="{route}"}} {count}'
        yield "# HELP sourcing_request_seconds Seconds from request to the end of its answer."
        yield "# TYPE sourcing_request_seconds histogram"
        for route, row in sorted(self._seconds.items()):
            for bound, within in zip(BUCKETS_S, row, strict=False):
                yield f'sourcing_request_seconds_bucket{{route="{route}",le="{bound}"}} {within:.0f}'
            yield f'sourcing_request_seconds_bucket{{route="{route}",le="+Inf"}} {row[-1]:.0f}'
            yield f'sourcing_request_seconds_sum{{route="{route}"}} {row[-2]:.6f}'
            yield f'sourcing_request_seconds_count{{route="{route}"}} {row[-1]:.0f}'
        yield "# HELP sourcing_tool_calls_total Tool calls, from clients and from the agent."
        yield "# TYPE sourcing_tool_calls_total counter"
        for (name, outcome), count in sorted(self._tools.items()):
            yield f'sourcing_tool_calls_total{{tool="{name}",outcome="{outcome}"}} {count}'

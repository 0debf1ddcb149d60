"""Orders and events of the files of one load into the catalog: the orders of all files first, then the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ingestion.report import FileReport, Outcome, RowProblem, Status
from retrieval.catalog import Catalog
from retrieval.production import Production

_REASONS = {
    "no_order": "there is no order {order!r}; load the order first, or with it",
    "conflict": "event_id {id!r} is taken by an event with other content; send a correction with `corrects`",
}


def store_production(catalog: Catalog, tenant: str, files: Sequence[tuple[FileReport, Outcome]]) -> None:
    """Store what was read, and complete each file's report."""
    if not files:
        return
    production, now = Production(catalog), datetime.now(UTC)
    orders = [production.add(tenant, [row for _, row in o.orders], [], now=now)[0] for _, o in files]
    for (report, outcome), told in zip(files, orders, strict=True):
        _, found, _ = production.add(tenant, [], [row for _, row in outcome.events], now=now)
        for (line, row), what in zip(outcome.events, found, strict=True):
            if what in _REASONS:
                outcome.problems.append(RowProblem(line, _REASONS[what].format(order=row.order_id, id=row.id)))
        counts = {
            "orders": sum(what in ("added", "revised") for what in told),
            "events": found.count("added"),
            "duplicates": told.count("unchanged") + found.count("unchanged"),
            "rejected_rows": len(outcome.problems),
        }
        _report(report, outcome, counts, revised="revised" in told)


def _report(report: FileReport, outcome: Outcome, counts: dict[str, int], *, revised: bool) -> None:
    outcome.problems.sort(key=lambda p: p.line or 0)
    report.rejected_rows, report.warnings, report.counts = outcome.problems, outcome.warnings, counts
    told = "; ".join(str(problem) for problem in outcome.problems[:3])
    more = f"; and {len(outcome.problems) - 3} more" if len(outcome.problems) > 3 else ""
    status: Status = "updated" if revised else "added" if counts["orders"] or counts["events"] else "unchanged"
    if status == "unchanged" and not counts["duplicates"]:
        report.status = "rejected"
        report.reason = f"nothing in it could be loaded: {told}{more}" if told else "there is nothing in it to load"
        return
    report.status = status
    if outcome.problems:
        count = len(outcome.problems)
        report.reason = f"{count} {'row was' if count == 1 else 'rows were'} left out: {told}{more}"

"""`sourcing ingest`, `forget`, `search`, `status`, `reindex` and `config`: what is loaded and how it is found."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from assistant.bootstrap import Progress, Services, open_services, store_errors
from assistant.config import check_tenant, describe, load_settings
from assistant.errors import InvalidInput


def run(options: argparse.Namespace) -> int:
    if options.command == "config":
        return _config(options.json)
    services = open_services(load_settings())
    if options.command == "ingest":
        return _ingest(services, options)
    if options.command == "forget":
        return _forget(services, options)
    if options.command == "search":
        return _search(services, options)
    if options.command == "reindex":
        return _reindex(services)
    return _status(services, options.json)


def _config(as_json: bool) -> int:
    rows = describe(load_settings())
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        print(f"{row['name']:26} {row['value'] or '-':24} ({row['source']}) {row['meaning']}")
    return 0


def _ingest(services: Services, options: argparse.Namespace) -> int:
    for path in options.paths:
        if not path.exists():
            raise InvalidInput(f"{path} does not exist", field="PATH", hint="name files or folders that exist")
    if options.tenant:
        services = services.for_tenant(check_tenant(options.tenant, "--tenant"))
    with _bar(quiet=options.json) as progress:
        report = services.ingest(
            options.paths, kind=options.kind, effective_from=options.effective_from, progress=progress
        )
    if options.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, default=str))
    else:
        for file in report.files:
            if file.skipped:
                continue
            counts = ", ".join(f"{name} {value:,}" for name, value in file.counts.items())
            print(f"{file.status:9} {file.kind or '?':12} {file.file}  {counts}")
            for note in (file.reason, *file.notes):
                if note:
                    print(f"          {note}")
        if skipped := [file for file in report.files if file.skipped]:
            print(f"left out, since they are of no kind that is read here: {len(skipped)}")
            for file in skipped:
                print(f"          {file.file}  {file.reason}")
    # Some files may be loaded while others were refused: what was loaded stays, the exit code tells.
    return 2 if report.refused else 0


def _forget(services: Services, options: argparse.Namespace) -> int:
    if options.tenant:
        services = services.for_tenant(check_tenant(options.tenant, "--tenant"))
    for document in options.documents:
        services.forget(document)
    if options.json:
        print(json.dumps({"forgotten": options.documents}, ensure_ascii=False))
    else:
        print("\n".join(f"forgotten {document}" for document in options.documents))
    return 0


class _bar:
    """A progress bar with rate and time left on a terminal; nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Progress | None:
        if not self._on:
            return None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress.start()
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = self._progress.add_task(what, total=total, rate="")
            task = self._progress.tasks[self._progress.task_ids.index(tasks[what])]
            rate = f"{task.speed:,.0f}/s" if task.speed else ""
            self._progress.update(tasks[what], completed=done, total=total, rate=rate)

        return advance

    def __exit__(self, *exception: object) -> None:
        if self._on:
            self._progress.stop()


def _search(services: Services, options: argparse.Namespace) -> int:
    from assistant.tools import call

    request: dict[str, Any] = {"query": options.query, "limit": options.limit}
    if options.kind:
        request["kinds"] = [options.kind]
    if options.as_of:
        request["as_of"] = options.as_of.isoformat()
    response = call(services, "search_rules", request)
    if options.json:
        print(json.dumps(response, ensure_ascii=False))
        return 0
    if response["weak"]:
        print(
            "Nothing relevant was found; these are the nearest passages." if response["passages"] else "Nothing found."
        )
    for passage in response["passages"]:
        page = f", p. {passage['page']}" if passage["page"] else ""
        print(f"\n{passage['title']}{page}  [{passage['document_id']}]")
        print("  " + passage["text"].replace("\n", "\n  "))
    return 0


def _status(services: Services, as_json: bool) -> int:
    status = services.status()
    if as_json:
        print(json.dumps(status, ensure_ascii=False, default=str))
        return 0
    print(f"Home: {status['home']}")
    for kind, count in status["documents"].items():
        print(f"  {kind:14} {count:6,} documents")
    for schedule in status["schedules"]:
        extract = ", embedded extract" if schedule["partial"] else ""
        print(
            f"  schedule {schedule['revision']}: in force from {schedule['effective_from']}, "
            f"{schedule['rows']:,} rows{extract}"
        )
    for edition in status["goods_lists"]:
        print(
            f"  goods lists of {edition['edition']}: {edition['lists']} lists, {edition['numbers']:,} numbers, "
            f"in use from {edition['effective_from']} on"
        )
    print("  goods lists: those that ship" + (", for the rest" if status["goods_lists"] else ""))
    counts, agreement = status["counts"], status["agreement"]
    print(f"  {counts['passages']:,} passages, {counts['pending']:,} waiting for their vector")
    print("Catalog and vectors agree." if agreement["ok"] else f"Catalog and vectors disagree: {agreement}")
    return 0


def _reindex(services: Services) -> int:
    from assistant.toolbox.plants import refresh
    from retrieval.index import reindex
    from retrieval.plants import forget_plants

    with _bar(quiet=False) as progress:
        with store_errors():
            report = reindex(services.catalog, services.fresh_vectors(), services.encoder, progress)
            with services.catalog.writing() as connection:
                forget_plants(connection)
        refresh(services, progress)  # what matching filters on is derived from the catalog as well
    print(json.dumps(asdict(report)))
    return 0

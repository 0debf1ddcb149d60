"""The command line: parses arguments, calls a command, turns errors into messages and exit codes.

Nothing heavy is imported here, so that `--help` and completion stay instant; each command imports what it needs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from assistant import __version__
from assistant.errors import Internal, InvalidInput, SourcingError

JSON_ALWAYS = frozenset({"tool", "tools"})


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are ours. `mixed`: options may stand between positional arguments."""

    mixed = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if not self.mixed:
            return super().parse_known_args(args, namespace)
        self.mixed = False  # the intermixed parse calls this method again
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.mixed = True

    def error(self, message: str) -> None:  # type: ignore[override]
        raise InvalidInput(message, hint=f"see `{self.prog} --help`")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from error


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The whole command line. Each sub-command names the module in `assistant.commands` that carries it out."""
    top = _Parser(prog="sourcing", description="Made.in sourcing assistant: manufacturers, duty and customs rules.")
    top.add_argument("--version", action="version", version=f"sourcing {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, module: str, summary: str) -> _Parser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(module=module)
        return sub

    def as_json(sub: argparse.ArgumentParser, what: str) -> None:
        sub.add_argument("--json", action="store_true", help=f"print {what} as JSON")

    add("up", "up", "start the API and the chat page together; Ctrl-C stops both")

    ask = add("ask", "ask", "ask one question")
    ask.add_argument("question", help="the question, English or Spanish; - reads it from standard input")
    ask.add_argument("--as-of", type=_day, metavar="DATE", help="answer as of this day (default: today)")
    ask.add_argument("--lang", choices=("en", "es"), help="language of the answer (default: that of the question)")
    ask.add_argument("--thread", metavar="ID", help="go on in this thread")
    ask.add_argument("--model", metavar="M", help="chat model: offline or provider:name")
    as_json(ask, "the Answer")

    threads = add("threads", "threads", "conversations: list them, show or export one, rename, delete, check it again")
    threads.add_argument(
        "what",
        nargs="?",
        default="list",
        choices=("list", "show", "rename", "delete", "check"),
        help="show prints Markdown (with --json all there is); check: are its answers still right?",
    )
    threads.add_argument("id", nargs="?", help="the thread, as `sourcing threads` lists it")
    threads.add_argument("--title", help="with rename: the new title")
    threads.add_argument("--as-of", type=_day, metavar="DATE", help="with check: the day to check for (default: today)")
    as_json(threads, "all there is")

    tool = add("tool", "tool", "call one tool and print its response as JSON")
    tool.mixed = True
    tool.add_argument("name", help="name of the tool, see `sourcing tools`")
    tool.add_argument("arguments", nargs="?", default="{}", help="the request as a JSON object (default: {})")
    tool.add_argument(
        "--batch",
        metavar="FILE",
        help="one request a line: JSON Lines (- for standard input) give one response a line; a CSV file keeps its own "
        "columns and has the results appended",
    )

    tool.add_argument(
        "--bom",
        type=Path,
        metavar="FILE",
        help="check_origin: bill of materials (CSV, TSV, XLSX; columns in English or Spanish), added to the request",
    )
    tool.add_argument(
        "--rate",
        action="append",
        default=[],
        metavar="MXN=0.0545",
        help="check_origin: US dollars for one unit of a currency of the bill; may be given again",
    )
    tool.add_argument(
        "--certification", type=Path, metavar="OUT.pdf", help="check_origin: also write the certification draft as PDF"
    )
    tool.add_argument(
        "--evidence",
        type=Path,
        metavar="ORIGIN.json",
        help="estimate_duty: response of check_origin that the USMCA claim rests on (- for standard input)",
    )

    add("tools", "tool", "list the tools with their JSON schemas")

    export = add("export", "export", "a shortlist, comparison, plan or profile as a file, or drafts of RFQs")
    export.add_argument("name", help="find_manufacturers, compare_landed_cost, plan_scale_up or manufacturer_profile")
    export.add_argument("arguments", nargs="?", default="{}", help="the tool's request as a JSON object")
    export.add_argument("--to", type=Path, metavar="FILE", help="the file to write: .csv, .xlsx or .pdf")
    export.add_argument("--rfq", type=Path, metavar="FOLDER", help="write a draft request for quotation per supplier")
    export.add_argument("--lang", choices=("en", "es"), help="language of the file (drafts: the supplier's own)")
    as_json(export, "the files written")

    ingest = add("ingest", "data", "load files or folders")
    ingest.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    ingest.add_argument(
        "--kind", help="what the files are (default: detected): hts, guide, manufacturer, certificate …"
    )
    ingest.add_argument("--effective-from", type=_day, metavar="DATE", help="first day in force, for a tariff schedule")
    ingest.add_argument("--tenant", help="whose documents these are (default: SOURCING_TENANT)")
    as_json(ingest, "the report")

    forget = add("forget", "data", "remove documents with all that hangs on them")
    forget.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="id of a document, as the ingest report gives it"
    )
    forget.add_argument("--tenant", help="whose document it is (default: SOURCING_TENANT)")
    as_json(forget, "what was forgotten")

    search = add("search", "data", "find passages")
    search.add_argument("query")
    search.add_argument("--kind", help="only this kind of document")
    search.add_argument("--as-of", type=_day, metavar="DATE", help="only what is in force on this day (default: today)")
    search.add_argument("--limit", type=_positive, default=5, metavar="N")
    as_json(search, "the passages")

    as_json(add("status", "data", "what is loaded, and whether both stores agree"), "the status")
    add("reindex", "data", "rebuild vectors and full text from the catalog")

    evaluate = add("eval", "evaluate", "regression question sets: run SET…, compare A B, bless RUN")
    evaluate.add_argument("arguments", nargs=argparse.REMAINDER, help="see `sourcing eval --help`")

    vetting = add("vetting", "vetting", "certificates ending soon, one plant under two names, contradictions, a trail")
    vetting.add_argument("what", choices=("watch", "duplicates", "conflicts", "trail"))
    vetting.add_argument("id", nargs="?", help="for trail: the manufacturer's id")
    vetting.add_argument("--days", type=_positive, default=90, help="for watch: how far to look ahead (default: 90)")
    vetting.add_argument("--as-of", type=_day, metavar="DATE", help="as of this day (default: today)")
    vetting.add_argument("--lang", choices=("en", "es"), default="en")
    as_json(vetting, "the rows")

    simulate = add("simulate", "simulate", "send fictional production events to the API, in quick motion")
    simulate.add_argument("what", choices=("production",))
    simulate.add_argument("--rate", type=float, default=20.0, metavar="N", help="events a second (default: 20)")
    simulate.add_argument("--count", type=_positive, metavar="N", help="stop after so many events (default: never)")
    simulate.add_argument("--seed", type=int, default=1, help="same seed, same events (default: 1)")

    as_json(add("config", "data", "show the settings with their source, secrets masked"), "the settings")

    serve = add("serve", "serve", "start the API alone")
    serve.add_argument("--host", help="address to bind to (default: SOURCING_API_HOST)")
    serve.add_argument("--port", type=_positive, help="port (default: SOURCING_API_PORT)")

    add("mcp", "serve", "serve the tools to an MCP client on standard input and output")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 1 failed, 2 the request was wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wants_json = "--json" in given or bool(given and given[0] in JSON_ALWAYS)
    try:
        options = parser().parse_args(given)
        command = importlib.import_module(f"assistant.commands.{options.module}")
        code: int = command.run(options)
        sys.stdout.flush()
        return code
    except SourcingError as error:
        return _report(error, wants_json)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # a defect: no traceback for the user, but a trace for whoever mends it
        return _report(_defect(error), wants_json)


def _defect(error: Exception) -> Internal:
    from assistant.bugs import record

    return Internal(f"unexpected {type(error).__name__}: {error}", hint=record(error))


def _report(error: SourcingError, as_json: bool) -> int:
    if as_json:
        print(json.dumps(error.as_dict(), ensure_ascii=False))
    hint = f"\n  {error.hint}" if error.hint else ""
    print(f"sourcing: {error.message}{hint}", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())

"""`sourcing tool` and `sourcing tools`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.bootstrap import Services, open_services
from assistant.config import load_settings
from assistant.errors import Internal, InvalidInput, SourcingError
from assistant.tools import TOOLS, call


def run(options: argparse.Namespace) -> int:
    if options.command == "tools":
        _print([tool.schema() for tool in TOOLS.values()])
        return 0
    services = open_services(load_settings())
    if options.batch is not None:
        return _batch(services, options.name, options.batch)
    _print(call(services, options.name, _object(options.arguments)))
    return 0


def _batch(services: Services, name: str, source: str) -> int:
    """One response a line, in input order; a line that fails gives its error object and the rest goes on."""
    if name not in TOOLS:
        call(services, name, {})  # raises NotFound with the tools there are
    failed = done = 0
    for line in _lines(source):
        if not line.strip():
            continue
        try:
            answer = call(services, name, _object(line))
        except SourcingError as error:
            answer, failed = error.as_dict(), failed + 1
        except Exception as error:  # one line's defect must not lose the others
            from assistant.bugs import record

            answer, failed = Internal(f"unexpected {type(error).__name__}", hint=record(error)).as_dict(), failed + 1
        _print(answer)
        done += 1
        if sys.stderr.isatty() and done % 100 == 0:
            print(f"\r{done} lines", end="", file=sys.stderr)
    if failed:
        print(f"{failed} of {done} lines failed; each has an error object in its place", file=sys.stderr)
    return 0


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        yield from sys.stdin
        return
    try:
        with Path(source).open(encoding="utf-8-sig") as lines:
            yield from lines
    except OSError as error:
        raise InvalidInput(
            f"cannot read {source}: {error.strerror}",
            field="--batch",
            hint="name a JSON Lines file, or - for standard input",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{source} is not UTF-8 text", field="--batch", hint="save it as UTF-8 JSON Lines"
        ) from error


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"the request is not JSON: {error}", hint='write one JSON object, for example \'{"hts": "8544300000"}\''
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput("the request must be a JSON object", hint="write it in braces: {…}")
    return value


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))

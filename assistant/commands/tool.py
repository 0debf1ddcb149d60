"""`sourcing tool` and `sourcing tools`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assistant.bootstrap import open_services
from assistant.commands.origin_files import with_files, write_certification
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.tools import TOOLS, call


def run(options: argparse.Namespace) -> int:
    if options.command == "tools":
        _print([tool.schema() for tool in TOOLS.values()])
        return 0
    request = with_files(options, read_object(options.arguments))
    services = open_services(load_settings())
    if options.batch is not None:
        from assistant.commands.batch import batch

        return batch(services, options.name, options.batch)
    response = call(services, options.name, request)
    if options.certification:
        write_certification(options.certification, response, str(request.get("language", "en")))
    _print(response)
    return 0


def read_object(text: str) -> dict[str, Any]:
    """The JSON object of a request; InvalidInput for anything else."""
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

"""`sourcing serve`: the API alone."""

from __future__ import annotations

import argparse
from dataclasses import replace

from assistant.config import load_settings


def run(options: argparse.Namespace) -> int:
    settings = load_settings()
    if options.host:
        settings = replace(settings, api_host=options.host)
    if options.port:
        settings = replace(settings, api_port=options.port)
    from assistant.api import serve

    serve(settings)
    return 0

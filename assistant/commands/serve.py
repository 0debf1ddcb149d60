"""`sourcing serve`: the API alone; `sourcing mcp`: the tools for an MCP client, on standard input and output."""

from __future__ import annotations

import argparse
from dataclasses import replace

from assistant.config import load_settings


def run(options: argparse.Namespace) -> int:
    settings = load_settings()
    if options.command == "mcp":
        from assistant.bootstrap import open_services
        from assistant.mcp import serve_stdio

        serve_stdio(open_services(settings))
        return 0
    if options.host:
        settings = replace(settings, api_host=options.host)
    if options.port:
        settings = replace(settings, api_port=options.port)
    from assistant.api import serve

    serve(settings)
    return 0

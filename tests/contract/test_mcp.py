"""The MCP face as a client meets it: the official client over standard input and output and over HTTP, in the
handshake of older clients and of new ones."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from assistant.api import create_app
from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.http.describe import EXAMPLES
from assistant.mcp import PAGE, document_uri
from assistant.tools import TOOLS, call

WIRE = EXAMPLES["estimate_duty"]
KEYS = "key-a:acme:writer,key-b:public:reader"


def _run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a thread of its own: the browser tests' driver keeps a loop running in the first one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(main())).result()


def _stdio(home: Path, mode: str, talk: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "assistant.cli", "mcp"], env={**os.environ, "SOURCING_HOME": str(home)}
    )

    async def main() -> None:
        async with Client(stdio_client(server), mode=mode) as client:
            await talk(client)

    _run(main)


@contextmanager
def _served(home: Path, keys: str = "") -> Iterator[str]:
    settings = load_settings({"SOURCING_HOME": str(home), "SOURCING_API_KEYS": keys})
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(create_app(replace(settings, api_port=port)), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.should_exit = True
            thread.join(30)


def _http(url: str, mode: str, key: str | None, talk: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as web,
            Client(streamable_http_client(url, http_client=web), mode=mode) as client,
        ):
            await talk(client)

    _run(main)


async def _tour(client: Client, home: Path) -> None:
    """What every client does: list, call well, call badly, list and read resources, take the prompt."""
    listed = (await client.list_tools()).tools
    assert [t.name for t in listed] == list(TOOLS)
    for tool in listed:
        assert tool.title and tool.description and tool.output_schema
        assert tool.annotations is not None and tool.annotations.read_only_hint

    services = open_services(load_settings({"SOURCING_HOME": str(home)}))
    good = await client.call_tool("estimate_duty", WIRE)  # the client checks it against the output schema
    assert not good.is_error
    assert good.structured_content == call(services, "estimate_duty", WIRE)
    assert json.loads(good.content[0].text) == good.structured_content  # type: ignore[union-attr]

    bad = await client.call_tool("tariff_line", {"hts": "999"})
    assert bad.is_error and bad.structured_content["error"]["code"] == "invalid_input"
    assert bad.structured_content["error"]["hint"]
    missing = await client.call_tool("estimate_duty", {"hts": "8544300000"})
    assert missing.is_error and missing.structured_content["error"]["field"] == "origin"
    with pytest.raises(MCPError, match="no tool"):
        await client.call_tool("drop_tables", {})

    uris: list[str] = []
    cursor = None
    while True:
        page = await client.list_resources(cursor=cursor)
        uris += [r.uri for r in page.resources]
        cursor = page.next_cursor
        if cursor is None:
            break
    documents = [d.id for d in services.catalog.documents(tenants=["public"])]
    assert len(documents) > PAGE, "the corpus must be longer than a page, else paging is not tried"
    assert [u for u in uris if u.startswith("sourcing://documents/")] == [document_uri(d) for d in documents]
    assert "sourcing://prompts/system.md" in uris

    guide = next(d for d in documents if d.startswith("guide:"))
    text = (await client.read_resource(document_uri(guide))).contents[0].text  # type: ignore[union-attr]
    assert all(p.text in text for p in services.catalog.document_passages(guide))
    for wrong in ("sourcing://documents/guide%3Anone", "sourcing://prompts/../x.md", "file:///etc/passwd"):
        with pytest.raises(MCPError):
            await client.read_resource(wrong)

    prompt = await client.get_prompt("sourcing_assistant", {"question": "¿Qué es el T-MEC?", "language": "es"})
    assert "¿Qué es el T-MEC?" in prompt.messages[0].content.text  # type: ignore[union-attr]
    services.catalog.close()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_standard_input_and_output(filled_home: Path, mode: str) -> None:
    _stdio(filled_home, mode, lambda client: _tour(client, filled_home))


def test_http_with_old_and_new_clients(home: Path) -> None:
    with _served(home) as url:
        for mode in ("legacy", "auto"):
            _http(url, mode, None, lambda client: _tour(client, home))


def test_every_tool_answers_its_example_in_the_shape_it_promises(filled_home: Path) -> None:
    async def talk(client: Client) -> None:
        for name, arguments in EXAMPLES.items():
            if name == "manufacturer_profile":
                arguments = {"id": "tezontle-polimeros"}
            result = await client.call_tool(name, arguments)  # raises where the output schema is not kept
            assert not result.is_error, (name, result.structured_content)

    assert set(EXAMPLES) == set(TOOLS)
    _stdio(filled_home, "auto", talk)


def test_a_tenant_sees_its_own_documents_and_nobody_elses(home: Path, tmp_path: Path) -> None:
    note = tmp_path / "acme-notes.md"
    note.write_text("# Acme tooling notes\n\nThe golden insert of Acme is kept at 41 HRC.\n")
    own = open_services(load_settings({"SOURCING_HOME": str(home), "SOURCING_TENANT": "acme"}))
    (row,) = own.ingest([note], kind="guide").files
    assert row.document_id is not None
    uri = document_uri(row.document_id)
    own.catalog.close()

    async def mine(client: Client) -> None:
        assert "41 HRC" in (await client.read_resource(uri)).contents[0].text  # type: ignore[union-attr]

    async def other(client: Client) -> None:
        with pytest.raises(MCPError, match="no resource"):
            await client.read_resource(uri)
        found = await client.call_tool("search_rules", {"query": "hardness of the golden insert of Acme"})
        assert "41 HRC" not in json.dumps(found.structured_content, ensure_ascii=False)

    with _served(home, KEYS) as url:
        _http(url, "auto", "key-a", mine)
        _http(url, "auto", "key-b", other)
        assert httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).status_code == 401


def test_pages_of_elsewhere_may_not_call(home: Path) -> None:
    with _served(home) as url:
        sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        assert httpx.post(url, json=sent, headers={"Origin": "https://elsewhere.example"}).status_code == 403
        assert httpx.post(url, json=sent, headers={"Host": "elsewhere.example"}).status_code == 403

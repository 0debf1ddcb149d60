"""`sourcing threads`: list, show, export, rename, delete, and check whether the answers still hold."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.transcript import checked, markdown


def run(options: argparse.Namespace) -> int:
    agent = open_services(load_settings()).agent
    name = options.id
    if options.what == "list":
        rows = agent.threads(limit=1_000)
        _print(
            options,
            {"threads": rows},
            "\n".join(f"{r['thread_id']}  {r['updated_at'][:16]}  {r['title']}" for r in rows),
        )
        return 0
    if name is None:
        raise InvalidInput("the thread is missing", field="id", hint="`sourcing threads` lists them")
    if options.what == "show":
        thread = agent.thread(name)
        _print(options, thread, markdown(thread))
    elif options.what == "rename":
        if not options.title:
            raise InvalidInput("the title is missing", field="--title", hint="give --title 'what it is about'")
        title = agent.rename_thread(name, options.title)
        _print(options, {"thread_id": name, "title": title}, title)
    elif options.what == "delete":
        agent.delete_thread(name)
        _print(options, {"id": name, "deleted": True}, f"deleted {name}")
    else:
        checks = agent.check_thread(name, options.as_of)
        body = {"thread_id": name, "turns": [{**c.model_dump(mode="json"), "same": c.same} for c in checks]}
        _print(options, body, checked(checks))
    return 0


def _print(options: argparse.Namespace, body: dict[str, Any], text: str) -> None:
    print(json.dumps(body, ensure_ascii=False) if options.json else text.rstrip("\n"))

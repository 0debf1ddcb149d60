"""Threads of talk on disk: LangGraph's SQLite checkpointer, one row of messages a thread, apart by tenant."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.sqlite import SqliteSaver

from assistant.assemble import assemble, message_text, split_turns
from assistant.errors import InvalidInput, NotFound, Unavailable
from assistant.thread_ids import check_thread_id

_STEPS = 30  # model and tool rounds of one answer, at most
_TITLE_MAX = 120


class Threads:
    """The threads of one tenant in `<home>/threads.sqlite`. Another tenant's threads are out of reach."""

    def __init__(self, home: Path, tenant: str) -> None:
        self._home, self._prefix = home, f"{tenant}/"
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @cached_property
    def saver(self) -> SqliteSaver:
        """The checkpointer (WAL). Raises Unavailable when the folder cannot be written."""
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._home / "threads.sqlite", check_same_thread=False, timeout=30)
            saver = SqliteSaver(connection)
            saver.setup()
            with saver.cursor() as cursor:
                cursor.execute("CREATE TABLE IF NOT EXISTS titles (thread_id TEXT PRIMARY KEY, title TEXT NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"the threads in {self._home} cannot be opened: {error}",
                hint="set SOURCING_HOME to a folder you may write to",
            ) from error
        return saver

    def close(self) -> None:
        """Close the store; it opens again on next use."""
        if "saver" in self.__dict__:
            self.saver.conn.close()
            del self.__dict__["saver"]

    def config(self, thread_id: str) -> Any:
        """What LangGraph needs to run in this thread. Raises InvalidInput for what cannot name one."""
        return self._config(check_thread_id(thread_id))

    def _config(self, thread_id: str) -> Any:
        return {"configurable": {"thread_id": self._prefix + thread_id}, "recursion_limit": _STEPS}

    def messages(self, thread_id: str) -> list[BaseMessage]:
        """All messages, oldest first; empty when there is no such thread."""
        found = self.saver.get_tuple(self.config(thread_id))
        return list(found.checkpoint["channel_values"].get("messages", [])) if found is not None else []

    def show(self, thread_id: str) -> dict[str, Any]:
        """`thread_id`, `title`, `turns` of `question`, `as_of`, `answer` (null after a crash). Raises NotFound."""
        messages = self.messages(thread_id)
        if not messages:
            raise _unknown(thread_id)
        turns = []
        for turn in split_turns(messages):
            answer = assemble(turn).model_dump(mode="json") if turn.final is not None else None
            turns.append({"question": message_text(turn.human), "as_of": turn.meta.get("as_of"), "answer": answer})
        return {"thread_id": thread_id, "title": self._titled(thread_id, messages), "turns": turns}

    def rename(self, thread_id: str, title: str) -> str:
        """Give a thread a title of its own; returns it as kept. Raises NotFound, InvalidInput for an empty one."""
        line = " ".join("".join(c if c.isprintable() else " " for c in title).split())
        if not line or len(line) > _TITLE_MAX:
            raise InvalidInput(
                f"the title has {len(line)} characters", field="title", hint=f"give 1 to {_TITLE_MAX} characters"
            )
        with self.serialised(thread_id):
            if not self.messages(thread_id):
                raise _unknown(thread_id)
            with self.saver.cursor() as cursor:
                cursor.execute("INSERT OR REPLACE INTO titles VALUES (?, ?)", (self._prefix + thread_id, line))
        return line

    def _titled(self, thread_id: str, messages: list[BaseMessage]) -> str:
        with self.saver.cursor(transaction=False) as cursor:
            cursor.execute("SELECT title FROM titles WHERE thread_id = ?", (self._prefix + thread_id,))
            row = cursor.fetchone()
        return str(row[0]) if row else _title(messages)

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Newest first: `thread_id`, `title`, `turns` (how many), `updated_at` (ISO 8601)."""
        with self.saver.cursor(transaction=False) as cursor:
            cursor.execute(
                "SELECT thread_id, MAX(checkpoint_id) AS newest FROM checkpoints WHERE substr(thread_id, 1, ?) = ?"
                " GROUP BY thread_id ORDER BY newest DESC LIMIT ?",
                (len(self._prefix), self._prefix, limit),
            )
            names = [str(row[0])[len(self._prefix) :] for row in cursor.fetchall()]
        listed = []
        for name in names:
            found = self.saver.get_tuple(self._config(name))  # unchecked: an older version took other names too
            if found is None:
                continue
            messages = found.checkpoint["channel_values"].get("messages", [])
            turns = len(split_turns(messages))
            listed.append(
                {
                    "thread_id": name,
                    "title": self._titled(name, messages),
                    "turns": turns,
                    "updated_at": found.checkpoint["ts"],
                }
            )
        return listed

    def delete(self, thread_id: str) -> None:
        """Forget a thread. Raises NotFound when there is none."""
        with self.serialised(thread_id):
            if not self.messages(thread_id):
                raise _unknown(thread_id)
            self.saver.delete_thread(self._prefix + thread_id)
            with self.saver.cursor() as cursor:
                cursor.execute("DELETE FROM titles WHERE thread_id = ?", (self._prefix + thread_id,))

    def prune(self, thread_id: str) -> None:
        """Keep only the newest checkpoint: every one holds all messages, older ones only cost space."""
        key = self._prefix + thread_id
        with self.saver.cursor() as cursor:
            newest = "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
            for table in ("writes", "checkpoints"):
                cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < {newest}", (key, key))

    @contextmanager
    def serialised(self, thread_id: str) -> Iterator[None]:
        """Two messages of one thread wait for each other. Raises InvalidInput for what cannot name a thread."""
        check_thread_id(thread_id)
        with self._guard:
            lock = self._locks.setdefault(thread_id, threading.Lock())
        with lock:
            yield


def repairs(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Answers for tool calls that a crash left without one: models refuse a thread with open calls."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    note = Unavailable("the call was interrupted", hint="call it again if it is still needed").as_dict()
    return [
        ToolMessage(content=json.dumps(note), name=call["name"], tool_call_id=str(call["id"]), status="error")
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
        if call["id"] not in answered
    ]


def _title(messages: list[BaseMessage]) -> str:
    first = next((message_text(m) for m in messages if isinstance(m, HumanMessage)), "")
    line = " ".join(first.split())
    return line if len(line) <= 80 else line[:77].rstrip() + "…"


def _unknown(thread_id: str) -> NotFound:
    return NotFound(f"there is no thread {thread_id!r}", field="thread_id", hint="list the threads, or start a new one")

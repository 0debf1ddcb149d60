"""What can name a thread of talk."""

from __future__ import annotations

import unicodedata

from assistant.errors import InvalidInput


def check_thread_id(name: str) -> str:
    """`name` when it can name a thread; InvalidInput when it is blank or holds a slash (which parts tenant and thread
    in the store, and the address of a thread) or what nobody can see or type."""
    if not name.strip():
        raise InvalidInput("thread_id is empty", field="thread_id", hint="leave it out to start a new thread")
    if "/" in name or any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in name):
        raise InvalidInput(
            f"{name[:80]!r} cannot name a thread",
            field="thread_id",
            hint="use letters, digits, - and _, no slash, no control characters; or leave it out for a new thread",
        )
    return name

"""Names of threads: what the store takes, and how tenants stay apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import InvalidInput
from assistant.threads import Threads


@pytest.mark.parametrize("name", ["a/b", "/", "a\nb", "a\x00b", "\x7f", "a\u2028b", "a\u202eb", "", " "])
def test_what_cannot_name_a_thread_is_refused_everywhere(tmp_path: Path, name: str) -> None:
    threads = Threads(tmp_path, "acme")
    for use in (threads.config, threads.messages, threads.show, threads.delete):
        with pytest.raises(InvalidInput) as caught:
            use(name)
        assert caught.value.field == "thread_id" and caught.value.hint
    threads.close()


@pytest.mark.parametrize("name", ["a b", "é", "t-1_2.3", "x" * 200])
def test_what_can_name_a_thread(tmp_path: Path, name: str) -> None:
    assert Threads(tmp_path, "acme").config(name)["configurable"]["thread_id"] == f"acme/{name}"

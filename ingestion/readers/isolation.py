"""Running a reader in a process of its own, with limits on time and memory, so that no file can hang or fill ours.

One helper process is kept and used again; it is ended when it oversteps its time, and the next file gets a new one. Its
memory is limited where the system can (Linux). It writes no files. Where a process can't be had, the reader runs here.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
from importlib import import_module
from typing import Any, BinaryIO, Final

from assistant.errors import InvalidInput

SECONDS: Final = 300.0
"""What one file may take."""
MEMORY: Final = 3 << 30
MAX_ANSWER: Final = 1 << 30
_HEAD: Final = struct.Struct("<Q")


class _Helper:
    """The helper process: asked by a pickled (module, function, arguments), answers with a pickled (ok, value)."""

    def __init__(self) -> None:
        code = "from ingestion.readers.isolation import serve; serve()"
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
        )

    def ask(self, question: bytes, seconds: float) -> bytes:
        """Raises TimeoutError, or EOFError when the process ended (out of memory, a crash in a library)."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        deadline = time.monotonic() + seconds
        try:
            stdin.write(_HEAD.pack(len(question)) + question)
            stdin.flush()
        except OSError as error:
            raise EOFError from error
        size = _HEAD.unpack(_read(stdout, _HEAD.size, deadline))[0]
        if size > MAX_ANSWER:
            raise EOFError
        return _read(stdout, size, deadline)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()


_lock = threading.Lock()
_helper: list[_Helper] = []


def isolated(function: str, *arguments: Any, seconds: float | None = None) -> Any:
    """`function` ("package.module:name") called with `arguments` in the helper process; its errors are raised here.

    Raises InvalidInput when it takes longer than `seconds` (SECONDS) or more memory than MEMORY."""
    if sys.platform == "win32":  # pipes can't be waited for there
        module, _, name = function.partition(":")
        return getattr(import_module(module), name)(*arguments)
    question = pickle.dumps((function, arguments), protocol=pickle.HIGHEST_PROTOCOL)
    with _lock:
        try:
            if not _helper:
                _helper.append(_Helper())
            answer = _helper[0].ask(question, SECONDS if seconds is None else seconds)
        except (TimeoutError, EOFError) as error:
            _end()
            late = isinstance(error, TimeoutError)
            what = (
                f"took longer than {SECONDS if seconds is None else seconds:g} s" if late else "needed too much memory"
            )
            raise InvalidInput(
                f"reading the file {what} and was stopped",
                hint="it may be damaged or made to do harm; open it in its own program, save it anew and ingest that",
            ) from error
    ok, value = pickle.loads(answer)
    if ok:
        return value
    raise value


def _end() -> None:
    while _helper:
        _helper.pop().end()


atexit.register(_end)


def _read(stream: Any, size: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    number = stream.fileno()
    while size:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([number], [], [], left)[0]:
            raise TimeoutError
        part = os.read(number, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def serve() -> None:
    """What the helper does: answer until its standard input ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not spoil answers
    _limit_memory()
    while True:
        head = stdin.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return
        function, arguments = pickle.loads(stdin.read(_HEAD.unpack(head)[0]))
        _answer(stdout, function, arguments)


def _answer(stdout: BinaryIO, function: str, arguments: tuple[Any, ...]) -> None:
    module, _, name = function.partition(":")
    try:
        answer = pickle.dumps((True, getattr(import_module(module), name)(*arguments)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(3)
    except Exception as error:
        answer = _pickled(error)
    stdout.write(_HEAD.pack(len(answer)) + answer)
    stdout.flush()


def _pickled(error: Exception) -> bytes:
    try:
        answer = pickle.dumps((False, error))
        pickle.loads(answer)
    except Exception:
        answer = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return answer


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

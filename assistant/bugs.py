"""Keeps the trace of an unexpected error in the data folder, so that users see a message and maintainers the cause."""

from __future__ import annotations

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

MAX_BYTES = 1_000_000


def record(error: BaseException) -> str:
    """Append the traceback of `error` to errors.log (in SOURCING_HOME when it is there) and say where that is."""
    home = Path(os.environ.get("SOURCING_HOME", ".sourcing"))
    log = (home if home.is_dir() else Path(tempfile.gettempdir())) / "sourcing-errors.log"
    try:
        if log.exists() and log.stat().st_size > MAX_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("a", encoding="utf-8") as out:
            out.write(f"{datetime.now(UTC).isoformat()}\n{''.join(traceback.format_exception(error))}\n")
    except OSError:
        return "this is a defect; please report it with what you did"
    return f"this is a defect; please report it with the trace in {log}"

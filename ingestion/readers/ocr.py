"""Text recognition with Tesseract, where it is installed: pages of a PDF that are pictures.

Each page is a process with a time limit. Pictures come from poppler's pdftoppm, which renders a page, or else from the
images that the page embeds.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ingestion.readers.isolation import isolated

SECONDS: Final = 60
MAX_PAGES: Final = 300
"""Pictures beyond this number are not read: that is hours."""
DPI: Final = 200


def available() -> bool:
    """Whether Tesseract is installed."""
    return shutil.which("tesseract") is not None


@lru_cache(maxsize=1)
def languages() -> str:
    """English and Spanish as far as Tesseract has them, as it wants them named."""
    done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=SECONDS, check=False)
    have = set((done.stdout + done.stderr).split())
    return "+".join(name for name in ("eng", "spa") if name in have) or "eng"


def recognise_pages(data: bytes, numbers: Sequence[int]) -> dict[int, str]:
    """Text by page number; a page that can't be read, or takes too long, is left out."""
    found: dict[int, str] = {}
    for number in numbers[:MAX_PAGES]:
        text = "\n".join(filter(None, (_recognise(picture) for picture in _pictures(data, number))))
        if text.strip():
            found[number] = text
    return found


def _recognise(picture: bytes) -> str:
    command = ["tesseract", "stdin", "stdout", "-l", languages(), "--dpi", str(DPI)]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout.decode("utf-8", errors="replace").replace("\f", "") if done.returncode == 0 else ""


def _pictures(data: bytes, number: int) -> Iterator[bytes]:
    if shutil.which("pdftoppm"):
        page = str(number)
        command = ["pdftoppm", "-r", str(DPI), "-f", page, "-l", page, "-gray", "-", "-"]
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
        except (subprocess.TimeoutExpired, OSError):
            return
        if done.returncode == 0 and done.stdout:
            yield done.stdout
        return
    yield from isolated("ingestion.readers.ocr:embedded_pictures", data, number, seconds=SECONDS)


def embedded_pictures(data: bytes, number: int) -> list[bytes]:
    """The images of a page as PNG, the largest few; what runs in the helper process."""
    from pypdf import PdfReader

    made = []
    for image in list(PdfReader(io.BytesIO(data)).pages[number - 1].images)[:4]:
        if image.image is not None:
            out = io.BytesIO()
            image.image.save(out, "PNG")
            made.append(out.getvalue())
    return made

"""Zip archives, member by member: each is unpacked alone into a folder of its own, read, and removed again.

Limits: MAX_MEMBERS files, MAX_BYTES each and MAX_TOTAL together as they unpack (not as they claim), archives in
archives to MAX_DEPTH, no member that unpacks to more than MAX_RATIO times its packed size beyond the first megabyte.
"""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from assistant.errors import InvalidInput
from ingestion.readers.files import DAMAGED_ZIP, MAX_BYTES

MAX_MEMBERS: Final = 20_000
MAX_TOTAL: Final = 2 << 30
MAX_DEPTH: Final = 2
MAX_RATIO: Final = 200
_CHUNK: Final = 1 << 20
_OFFICE: Final = frozenset(("xl/workbook.xml", "word/document.xml", "ppt/presentation.xml", "mimetype"))


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive of files, not an Office file."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
                return False
        with zipfile.ZipFile(path) as archive:
            return not _OFFICE & set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError):
        return False  # damaged: reading it as a file says so


class Unpacking:
    """One archive's members. `wanted`: which of them to unpack, by name."""

    def __init__(self, archive: Path, folder: Path, wanted: Callable[[Path], bool]) -> None:
        self._archive, self._folder, self._wanted = archive, folder, wanted
        self._total = self._count = 0

    def members(self) -> Iterator[tuple[str, Path | InvalidInput]]:
        """(name in the archive, the unpacked file or why it can't be unpacked); a file is gone when the next comes.

        Raises InvalidInput when the archive as a whole is damaged or oversteps a limit."""
        yield from self._of(self._archive, "", 0)

    def _of(self, path: Path, prefix: str, depth: int) -> Iterator[tuple[str, Path | InvalidInput]]:
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise InvalidInput(f"the zip archive is damaged ({error})", hint="download or save it again") from error
        with archive:
            for info in archive.infolist():
                name = f"{prefix}{info.filename}"
                inside = PurePosixPath(info.filename.replace("\\", "/"))
                if info.is_dir() or not self._wanted(Path(inside.name)) or "__MACOSX" in inside.parts:
                    continue
                self._count += 1
                if self._count > MAX_MEMBERS:
                    raise InvalidInput(f"the archive holds more than {MAX_MEMBERS:,} files", hint="split it")
                place = self._folder / f"{depth}" / (inside.name[-150:] or "file")
                place.parent.mkdir(parents=True, exist_ok=True)
                try:
                    self._unpack(archive, info, place)
                except InvalidInput as error:
                    yield name, error
                    continue
                try:
                    if not is_archive(place):
                        yield name, place
                    elif depth + 1 >= MAX_DEPTH:
                        yield name, InvalidInput("archives are nested too deeply", hint="unpack the inner one")
                    else:
                        yield from self._of(place, f"{name}/", depth + 1)
                finally:
                    place.unlink(missing_ok=True)

    def _unpack(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path) -> None:
        if info.flag_bits & 1:
            raise InvalidInput("the file in the archive is encrypted", hint="unpack it with its password and ingest it")
        limit = min(MAX_BYTES, max(_CHUNK, info.compress_size * MAX_RATIO))
        size = 0
        try:
            with archive.open(info) as packed, place.open("wb") as out:
                while chunk := packed.read(_CHUNK):
                    size += len(chunk)
                    self._total += len(chunk)
                    if size > limit:
                        raise InvalidInput(
                            f"the file unpacks to more than {limit / 1e6:,.0f} MB, far beyond its packed size",
                            hint="if it is meant, unpack it and ingest it by itself",
                        )
                    if self._total > MAX_TOTAL:
                        raise InvalidInput(
                            f"the archive unpacks to more than {MAX_TOTAL / 1e9:,.0f} GB", hint="split it"
                        )
                    out.write(chunk)
        except InvalidInput:
            place.unlink(missing_ok=True)
            raise
        except DAMAGED_ZIP as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise  # our disk is full: nothing is wrong with the file
            place.unlink(missing_ok=True)
            raise InvalidInput(
                f"the file in the archive is damaged ({error})", hint="pack or download it again"
            ) from error

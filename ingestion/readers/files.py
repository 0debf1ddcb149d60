"""A file's bytes and what they really are: content decides, the name only settles what content leaves open."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from assistant.errors import InvalidInput

Format = Literal["pdf", "xlsx", "docx", "html", "xml", "sql", "json", "jsonl", "yaml", "table", "markdown", "text"]
MAX_BYTES: Final = 256 * 1024 * 1024
MAX_UNPACKED: Final = 64_000_000  # of Office files: they are parsed whole, into several times their size
SUPPORTED: Final = (
    "PDF, Markdown, HTML, XML, DOCX, plain text, JSON, JSON Lines, YAML, CSV, TSV or XLSX (also in .gz or .zip)"
)
_BY_SUFFIX: Final[dict[str, Format]] = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".csv": "table",
    ".tsv": "table", ".tab": "table", ".md": "markdown", ".markdown": "markdown", ".txt": "text", ".text": "text",
    "": "text", ".html": "html", ".htm": "html", ".sql": "sql",
}  # fmt: skip
_MAGIC: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
DAMAGED_ZIP: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError,
)  # fmt: skip
"""What reading a damaged zip file raises, whoever reads it."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\ufffe\uffff\ud800-\udfff]")
_LIGATURES: Final = str.maketrans(
    {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "\u00ad": "",
        "\u200b": "",
        "\ufeff": "",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
    }
)


class UnknownKind(InvalidInput):
    """Nothing is wrong with the file; it is none of those that are read here."""


@dataclass(frozen=True)
class Content:
    """A file read whole. `data` is unpacked when the file was gzip; `sha256` is of the file's own bytes."""

    path: Path
    data: bytes
    sha256: str
    format: Format

    @property
    def name(self) -> str:
        """File name without a trailing `.gz`."""
        return self.path.name[:-3] if self.path.suffix.lower() == ".gz" else self.path.name

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def text(self) -> str:
        """The decoded text of a text format. Raises InvalidInput when it isn't text in one encoding."""
        return decode(self.data)

    @property
    def warning(self) -> str | None:
        """What the user should know about how the text was decoded."""
        if self.format in ("pdf", "xlsx", "docx") or encoding_of(self.data) != "windows-1252":
            return None
        return "the text is not UTF-8 and was read as Windows-1252; if accents look wrong, save it as UTF-8"


def read_content(path: Path) -> Content:
    """Read and recognise `path`. Raises InvalidInput for what is missing, empty, too large, damaged or not readable."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InvalidInput(
                f"the file has {size / 1e6:,.0f} MB, more than the {MAX_BYTES / 1e6:,.0f} MB read at once",
                hint="split it into smaller files",
            )
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise InvalidInput("there is no such file", hint="check the path") from error
    except OSError as error:
        raise InvalidInput(
            f"the file can't be read: {error.strerror or error}", hint="check its permissions and try again"
        ) from error
    packed = raw.startswith(b"\x1f\x8b")
    data = unpack(raw) if packed else raw
    if not data.strip():
        raise InvalidInput(
            "the file is empty", hint="check that it was saved or downloaded completely, then ingest it again"
        )
    name = path.name[:-3] if path.suffix.lower() == ".gz" else path.name
    return Content(path, data, hashlib.sha256(raw).hexdigest(), recognise(data, Path(name).suffix.lower()))


def unpack(raw: bytes) -> bytes:
    """Gunzip, every member, up to MAX_BYTES. Raises InvalidInput when cut short, damaged or too large."""
    out = io.BytesIO()
    try:
        while raw:
            engine = zlib.decompressobj(wbits=31)
            out.write(engine.decompress(raw, MAX_BYTES + 1 - out.tell()))
            if out.tell() > MAX_BYTES:
                raise InvalidInput(
                    f"unpacked, the file has more than {MAX_BYTES / 1e6:,.0f} MB", hint="unpack and split it"
                )
            if not engine.eof:
                raise InvalidInput(
                    "the gzip file is truncated: it ends before its data does", hint="download or copy it again"
                )
            raw = engine.unused_data.lstrip(b"\x00")
    except zlib.error as error:
        raise InvalidInput(f"the gzip file is damaged ({error})", hint="download or copy it again") from error
    return out.getvalue()


def recognise(data: bytes, suffix: str) -> Format:
    """Format of non-empty `data`; `suffix` (lower case, with dot) only tells text formats apart."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zipped(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(
            "this is an Office file of the old kind, or one with a password",
            hint="save it as .xlsx, .docx or PDF without a password and ingest that",
        )
    named = next((what for magic, what in _MAGIC if data.startswith(magic)), None)
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if named or (not utf16 and _looks_binary(data[:65536])):
        what = named or "binary data"
        other = named is not None and suffix not in (*_BY_SUFFIX, ".pdf", ".xlsx", ".docx", ".xml")
        raise (UnknownKind if other else InvalidInput)(
            f"this is {what}, not {'the ' + suffix + ' file that its name says' if suffix else 'text'}",
            hint=f"ingest {SUPPORTED}",
        )
    if suffix in (".pdf", ".xlsx", ".docx"):
        head = decode(data[:60], lenient=True).strip().splitlines()
        raise InvalidInput(
            f"the name ends in {suffix} but the content is not: it begins with {(head or [''])[0][:30]!r}",
            hint="download or export it again, or rename it to what it is",
        )
    return _textual(data[:4096], suffix)


def _looks_binary(head: bytes) -> bool:
    control = sum(1 for byte in head if byte < 9 or 13 < byte < 27)
    return b"\x00" in head or control > len(head) * 0.05


def _zipped(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise InvalidInput(
                    f"unpacked, the file has more than {MAX_UNPACKED / 1e6:,.0f} MB",
                    hint="split it into smaller files, or save a table as CSV",
                )
    except zipfile.BadZipFile as error:
        raise InvalidInput(
            "the file is a truncated or damaged Office or zip file", hint="download or save it again"
        ) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    raise InvalidInput("this is a zip archive of something else", hint="unpack it and ingest the folder")


def _textual(head: bytes, suffix: str) -> Format:
    start = decode(head, lenient=True).lstrip("\ufeff \t\r\n")
    low = start[:300].lower()
    if low.startswith("<!doctype html") or "<html" in low:
        return "html"
    if low.startswith("<?xml") or (suffix == ".xml" and low.startswith("<")):
        return "xml"
    if suffix not in _BY_SUFFIX:
        raise UnknownKind(f"a {suffix} file is not one of those read here", hint=f"ingest {SUPPORTED}")
    fmt = _BY_SUFFIX[suffix]
    if fmt in ("text", "table", "yaml") and re.match(r'[{]\s*["}]|\[\s*[{]\s*"', start):
        return "json"
    if suffix == "" and start.startswith("---"):
        return "markdown"
    return fmt


def encoding_of(data: bytes) -> str:
    """utf-8-sig, utf-16 (marked), or windows-1252 for text that is not UTF-8 anywhere but is that throughout.

    Raises InvalidInput, naming the line of the first wrong byte, for text that is damaged or of another encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        high = sum(1 for byte in data if byte > 127)
        good = sum(1 for c in data.decode("utf-8", errors="ignore") if ord(c) > 127)
        foreign = any(byte in data for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
        if good == 0 and not foreign and high < len(data) * 0.1:
            return "windows-1252"
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"the text is not valid UTF-8: line {line} has the byte 0x{data[error.start]:02X}",
            hint="save it as UTF-8 (in Excel: “CSV UTF-8”) and ingest it again",
        ) from error
    return "utf-8-sig"


def decode(data: bytes, *, lenient: bool = False) -> str:
    """Bytes to text. Raises InvalidInput when they are not text in one encoding; `lenient` never raises."""
    if lenient:
        return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", errors="replace")
    try:
        return data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "the text is marked UTF-16 but is not", hint="save it as UTF-8 and ingest it again"
        ) from error


def clean(text: str) -> str:
    """Composed accents, plain ligatures and spaces, no control characters; line ends become `\\n`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\u00ad" in text:  # between figures it stands for a dash: 9903.82.02-9903.82.19
        text = re.sub(r"(?<=\d)\u00ad(?=\d)", "–", text)
    text = text.translate(_LIGATURES)
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", text))


def fold(text: str) -> str:
    """Lower case without accents, single spaces: for comparing names and labels."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())

"""Files and folders into the catalog: detect, read, store; one file's trouble never touches another's.

Everything is content-addressed: loading again what is there changes nothing. Vectors are made afterwards from what the
catalog marks as pending (`retrieval.index`).
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection

from assistant.errors import InvalidInput, SourcingError
from ingestion.detect import KINDS, read
from ingestion.editions import KINDS as EDITED
from ingestion.editions import dated, link_editions
from ingestion.linking import doubt_certificates, link_certificates
from ingestion.orders import store_production
from ingestion.readers.archive import Unpacking, is_archive
from ingestion.readers.files import UnknownKind, read_content
from ingestion.report import FileReport, Given, Outcome, Parsed, Report
from ingestion.sources.certificates import VOUCHED
from ingestion.sources.rulings import KIND as RULING
from ingestion.sources.rulings import Effects, known_effects, link_rulings, marked
from ingestion.sources.schedules import embedded_part
from ingestion.texts import KINDS as TEXTS
from retrieval.catalog import Catalog
from retrieval.records import PUBLIC, NewDocument, Stored

log = logging.getLogger(__name__)
_SKIPPED_SUFFIXES: Final = (".py", ".pyc", ".pyi", ".toml", ".lock")
_SKIPPED_NAMES: Final = ("readme", "license", "licence", "changelog", "thumbs.db", "desktop.ini")


class Progress(Protocol):
    """Called before each file and at the end with what is going on, how many are done, and how many there are."""

    def __call__(self, what: str, done: int, total: int, /) -> None: ...


def sample_corpus() -> Path:
    """The folder of the embedded corpus."""
    return Path(__file__).parent / "sample"


def expand(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """(file, key) of every file named or found below a folder, sorted; the key is its path below the folder.

    In folders, hidden files, READMEs and licences, scripts, and what stands beside a script under its name are left
    out.
    """
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            for folder, below, names in os.walk(path):
                below[:] = sorted(d for d in below if not d.startswith((".", "__")))
                for name in sorted(names):
                    file = Path(folder) / name
                    if _wanted(file) and file.resolve() not in seen:
                        seen.add(file.resolve())
                        yield file, file.relative_to(path).as_posix()
        elif path.resolve() not in seen:
            seen.add(path.resolve())
            yield path, path.name


def _wanted(file: Path) -> bool:
    name = file.name.lower()
    if name.startswith((".", "~$", *_SKIPPED_NAMES)) or name.endswith(_SKIPPED_SUFFIXES):
        return False
    return not file.with_suffix(".py").exists()


class Pipeline:
    """Loads files into one tenant of a catalog.

    `keep_states`: whoever loads answers for the data (the operator, an admin). Then the certificate states of profiles
    are taken as given, a certificate counts as seen, and tariff schedules may be loaded; otherwise a supplier's own
    word and paper are claims, and schedules are refused."""

    def __init__(self, catalog: Catalog, *, tenant: str = PUBLIC, keep_states: bool = False) -> None:
        self._catalog = catalog
        self._tenant = tenant
        self._keep_states = keep_states
        self._texts: dict[tuple[str, str], tuple[str, str]] | None = None
        self._effects: Effects | None = None

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        kind: str | None = None,
        effective_from: date | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Load files and folders. Returns one report a file; raises InvalidInput only for a wrong `kind` or no file,
        and the catalog's own errors (retrieval.errors) when nothing can be stored at all."""
        if kind is not None and kind not in KINDS:
            raise InvalidInput(f"there is no kind {kind!r}", field="kind", hint=f"use one of {', '.join(KINDS)}")
        files = list(expand(paths))
        if not files:
            raise InvalidInput("there is no file to load", field="path", hint="name files, or a folder that holds some")
        report = Report([])
        self._texts = self._effects = None
        touched = False
        production: list[tuple[FileReport, Outcome]] = []
        for found, outcome in self._read_all(files, frozenset(paths), kind, effective_from, progress):
            report.files.append(found)
            if outcome is not None and outcome.kind == "production":
                production.append((found, outcome))
            elif outcome is not None:
                self._store(found, outcome)
                touched = touched or any(p.manufacturers or p.certificates for p in outcome.parsed)
        store_production(self._catalog, self._tenant, production)
        if touched:
            link_certificates(self._catalog)
        if any(f.kind == RULING and f.document_ids for f in report.files):
            link_rulings(self._catalog)
        if progress:
            progress("files", len(files), len(files))
        return report

    def _read_all(
        self,
        files: Sequence[tuple[Path, str]],
        named: frozenset[Path],
        kind: str | None,
        effective_from: date | None,
        progress: Progress | None,
    ) -> Iterator[tuple[FileReport, Outcome | None]]:
        """Every file's report and what was read of it, those in archives too, one at a time. `named`: what the caller
        named; other files were found in folders."""
        for done, (path, key) in enumerate(files):
            if progress:
                progress("files", done, len(files))
            if is_archive(path):
                yield from self._read_archive(path, key, kind, effective_from)
                continue
            found, outcome = self._read(path, key, kind, effective_from, asked_for=path in named)
            if found is not None:
                yield found, outcome

    def _read_archive(
        self, path: Path, key: str, kind: str | None, effective_from: date | None
    ) -> Iterator[tuple[FileReport, Outcome | None]]:
        empty = True
        try:
            with tempfile.TemporaryDirectory(prefix="sourcing-archive-") as folder:
                for name, member in Unpacking(path, Path(folder), _wanted).members():
                    empty = False
                    if isinstance(member, InvalidInput):
                        yield FileReport(f"{path}/{name}", "rejected", kind, reason=_sentence(member)), None
                        continue
                    found, outcome = self._read(member, f"{key}/{name}", kind, effective_from)
                    if found is not None:
                        found.file = f"{path}/{name}"
                        yield found, outcome
        except InvalidInput as error:
            yield FileReport(str(path), "rejected", kind, reason=_sentence(error)), None
            return
        if empty:
            reason = "there is no file to load in the archive; pack the files themselves"
            yield FileReport(str(path), "rejected", kind, reason=reason), None

    def _read(
        self, path: Path, key: str, kind: str | None, effective_from: date | None, *, asked_for: bool = False
    ) -> tuple[FileReport | None, Outcome | None]:
        report = FileReport(str(path), "rejected", kind)
        try:
            content = read_content(path)
            given = Given(content, key, self._tenant, effective_from, self._keep_states)
            if embedded_part(content) == "headings":
                return None, None  # lines.csv beside it is read with it and reported
            outcome = read(given, kind)
            if content.warning:
                outcome.warnings.insert(0, content.warning)
        except SourcingError as error:
            report.reason = _sentence(error)
            report.skipped = isinstance(error, UnknownKind) and not asked_for and kind is None
            return report, None
        except Exception as error:  # whatever a file can do to a parser, the other files still load
            log.exception("reading %s", path)
            report.reason = f"the file could not be read ({type(error).__name__}); check it, or report it as a defect"
            return report, None
        report.kind = outcome.kind
        return report, outcome

    def _store(self, report: FileReport, outcome: Outcome) -> None:
        report.rejected_rows, report.warnings = outcome.problems, outcome.warnings
        report.unmapped = outcome.unmapped
        stored = [self._store_one(parsed, report) for parsed in outcome.parsed]
        report.document_ids = [s.document_id for s in stored]
        report.counts = {
            "documents": len(stored),
            "passages": sum(len(p.passages) for p in outcome.parsed),
            "manufacturers": sum(len(p.manufacturers) for p in outcome.parsed),
            "certificates": sum(len(p.certificates) for p in outcome.parsed),
            "rejected_rows": len(outcome.problems),
            **{name: value for name, value in outcome.counts.items() if isinstance(value, int)},
        }
        report.unparsed_rates = outcome.counts.get("unparsed_rates")
        told = "; ".join(str(problem) for problem in outcome.problems[:3])
        more = f"; and {len(outcome.problems) - 3} more" if len(outcome.problems) > 3 else ""
        if not stored:
            report.status = "rejected"
            report.reason = f"nothing in it could be loaded: {told}{more}" if told else "there is nothing in it to load"
            return
        statuses = {s.status for s in stored}
        report.status = statuses.pop() if len(statuses) == 1 else "updated"
        if outcome.problems:
            count = len(outcome.problems)
            report.reason = f"{count} {'row was' if count == 1 else 'rows were'} left out: {told}{more}"

    def _store_one(self, parsed: Parsed, report: FileReport) -> Stored:
        document = parsed.document
        if document.kind == RULING:
            if self._effects is None:
                self._effects = known_effects(self._catalog, self._tenant)
            document = marked(document, self._effects)
        document = dated(self._catalog, document)
        old = self._catalog.document(document.id)
        if old is None and document.kind in TEXTS:
            document = self._same_text(document)
            old = self._catalog.document(document.id)
        if old is not None and old.sha256 == document.sha256:
            document = replace(document, file=old.file)  # the same content under another name is nothing new
        formats = (old.meta.get("source_format") if old else None, document.meta.get("source_format"))
        if old is not None and formats == ("json", "csv"):
            report.warnings.append(
                f"revision {document.revision} is loaded from its JSON export, which has footnotes; "
                "this CSV export has none and was not put in its place"
            )
            return Stored("unchanged", old.id)
        if old is not None and document.kind == "certificate" and old.meta.get(VOUCHED) and not self._keep_states:
            if old.sha256 != document.sha256:
                report.warnings.append(
                    f"{old.id} is loaded from {old.file} by somebody who answers for it; this file was not put in its "
                    "place"
                )
            return Stored("unchanged", old.id)
        if old is not None and _poorer(document, old.media_type):
            report.warnings.append(
                f"{old.id} is loaded from {old.file}, which says more about itself; this copy of the same text was not "
                "put in its place"
            )
            return Stored("unchanged", old.id)
        ids = [str(row["id"]) for row in parsed.manufacturers]
        stored = self._catalog.store(
            document,
            parsed.passages,
            tariff_lines=parsed.tariff_lines,
            manufacturers=parsed.manufacturers,
            certificates=parsed.certificates,
            then=lambda connection: self._settle(connection, document, ids),
        )
        if old is not None and stored.status == "updated" and old.file != document.file:
            report.warnings.append(f"{stored.document_id} was replaced; before, it came from {old.file}")
        return stored

    @staticmethod
    def _settle(connection: Connection, document: NewDocument, manufacturers: Sequence[str]) -> None:
        """What storing a document changes in others, in its own transaction."""
        doubt_certificates(connection, manufacturers)
        if document.kind in EDITED:
            link_editions(connection)

    def _same_text(self, document: NewDocument) -> NewDocument:
        """`document` under the key that the same bytes already have, so that a moved file isn't loaded twice."""
        if self._texts is None:
            self._texts = {
                (d.kind, d.sha256): (d.key, d.file)
                for kind in TEXTS
                for d in self._catalog.documents(kind, (self._tenant,))
            }
        known = self._texts.setdefault((document.kind, document.sha256), (document.key, document.file))
        return replace(document, key=known[0])


_RICHEST: Final = {RULING: "text/html", "notes": "application/pdf", "chapter_99": "application/pdf"}
"""The format in which a document says most about itself: CBP's marks, pages."""


def _poorer(document: NewDocument, loaded: str | None) -> bool:
    """Whether the same document is loaded from a better format: told by kinds whose key doesn't come from the file."""
    best = _RICHEST.get(document.kind)
    return best is not None and document.key != document.file and loaded == best != document.media_type


def _sentence(error: SourcingError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message

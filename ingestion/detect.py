"""Which kind of document a file is, and the source that reads it. Content decides; --kind overrules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.readers.files import UnknownKind, clean
from ingestion.readers.pdf import read_pdf
from ingestion.readers.table import read_table
from ingestion.readers.text import Record, front_matter, json_records, load_jsonl, yaml_records
from ingestion.report import Given, Outcome
from ingestion.sources import certificate_registry, messages, register, schedules, tigie
from ingestion.sources.certificates import (
    is_sample,
    looks_like_certificate,
    read_certificate_data,
    read_certificate_pdf,
)
from ingestion.sources.hts_schedule import detect as detect_schedule
from ingestion.sources.production import looks_like_production, read_production
from ingestion.sources.production_table import is_production_table
from ingestion.sources.profiles import PROFILE_LINE, looks_like_profile, read_line_card, read_profiles
from ingestion.texts import KINDS as TEXTS
from ingestion.texts import read_running_text

KINDS: Final = (
    "hts", "notes", "chapter_99", "ruling", "notice", "guide", "tigie", "manufacturer", "certificate",
    "certificate_registry", "production",
)  # fmt: skip
_SCHEDULE_COLUMNS: Final = frozenset(
    (
        "htsno",
        "hts_number",
        "indent",
        "general",
        "general_rate_of_duty",
        "special_rate_of_duty",
        "column_2_rate_of_duty",
    )
)


def read(given: Given, kind: str | None) -> Outcome:
    """Detect, read and parse one file. Raises InvalidInput saying what is wrong and what to do."""
    content = given.content
    if content.format == "pdf":
        return _read_pdf(given, kind)
    if content.format in ("markdown", "text", "html", "docx", "xml"):
        return _read_text(given, kind)
    if content.format == "sql":
        return _read_sql(given, kind)
    return _read_data(given, kind)


def _read_sql(given: Given, kind: str | None) -> Outcome:
    if kind not in (None, tigie.KIND):
        raise InvalidInput(f"a {kind} document is not read from SQL", hint="SQL is read for tigie alone")
    return tigie.read_sql(given)


def _read_pdf(given: Given, kind: str | None) -> Outcome:
    pdf = read_pdf(given.content)
    named = PROFILE_LINE.search(pdf.text) is not None
    if kind is None:
        kind = "certificate" if looks_like_certificate(pdf.text) else "manufacturer" if named else None
    if kind == "certificate":
        return read_certificate_pdf(given, pdf)
    if kind == "manufacturer":
        return read_line_card(given, pdf, is_sample(pdf.text))
    if kind is None or kind in TEXTS:
        return read_running_text(given, kind, pdf)
    raise InvalidInput("the tariff schedule is not read from PDF", hint="download its JSON or CSV export")


def _read_text(given: Given, kind: str | None) -> Outcome:
    content = given.content
    fields: dict[str, Any] = {}
    if content.format == "markdown":
        fields, _ = front_matter(clean(content.text))
        told = str(fields.get("kind") or "")
        kind = kind or (told if told in KINDS else "manufacturer" if looks_like_profile(fields) else None)
    if kind == "manufacturer" and content.format == "markdown":
        return read_profiles(given)
    if kind is None or kind in TEXTS:
        return read_running_text(given, kind)
    raise InvalidInput(
        f"a {kind} document is not read from {content.format}",
        hint="give a profile as JSON, YAML, CSV, XLSX or Markdown with front matter, a certificate as PDF or JSON, "
        "a schedule as JSON or CSV",
    )


def _read_data(given: Given, kind: str | None) -> Outcome:
    content = given.content
    if schedules.embedded_part(content) == "lines" and kind in (None, "hts"):
        return schedules.read_embedded(given)
    schedule = content.format in ("json", "table") and detect_schedule(content.path, content.data[:4096])
    if kind is None:
        kind = "hts" if schedule else _kind_of_data(given)
    if kind == "manufacturer":
        listed = content.format in ("table", "xlsx") and set(read_table(content).columns) >= register.COLUMNS
        return register.read_register(given) if listed else read_profiles(given)
    if kind == "production":
        return read_production(given)
    if kind == certificate_registry.KIND and content.format in ("table", "xlsx"):
        return certificate_registry.read_registry(given)
    if kind == "certificate" and content.format not in ("table", "xlsx"):
        return read_certificate_data(given)
    if kind == "hts":
        return schedules.read_official(given)
    if kind == tigie.KIND and content.format in ("table", "xlsx"):
        return tigie.read_table_of_fracciones(given, read_table(content))
    if kind == messages.KIND and content.format == "json":
        return messages.read_index(given)
    raise InvalidInput(
        f"a {kind} document is not read from {content.format}",
        hint="give a guide as PDF, Markdown, HTML or text, and a certificate as PDF or JSON",
    )


def _kind_of_data(given: Given) -> str:
    content = given.content
    if content.format in ("table", "xlsx"):
        names: Iterable[str] = read_table(content).columns
        if is_production_table(names):
            return "production"
        if set(names) >= tigie.COLUMNS or {"fraccion", "nico"} <= set(names):
            return tigie.KIND
        if set(names) >= register.COLUMNS:
            return "manufacturer"
        return _kind_of_fields(names, "the columns are")
    text = clean(content.text)
    records: list[Record] = []
    if content.format == "jsonl":
        records = load_jsonl(text)
    else:
        records = json_records(text) if content.format == "json" else yaml_records(text)
    objects = [r.value for r in records if isinstance(r.value, dict)]
    if not objects:
        problem = next((r for r in records if r.problem), None)
        raise InvalidInput(
            f"line {problem.line}: {problem.problem}" if problem else "the file holds no objects with fields",
            hint="a profile is an object with id, name, country …",
        )
    first: Mapping[str, Any] = objects[0]
    if len(objects) == 1 and messages.looks_like_index(first):
        return messages.KIND
    told = str(first.get("type") or first.get("kind") or "")
    if told in ("certificate", "manufacturer"):
        return told
    if looks_like_production(first):
        return "production"
    if any(isinstance(first.get(name), list) for name in ("manufacturers", "profiles")):
        return "manufacturer"
    if "standard" in first and {"holder", "manufacturer_id"} & first.keys():
        return "certificate"
    return _kind_of_fields(first, "the fields are")


def _kind_of_fields(names: Iterable[str], intro: str) -> str:
    listed = [str(name).strip() for name in names]
    folded = {name.lower().replace(" ", "_") for name in listed}
    if len(folded & _SCHEDULE_COLUMNS) >= 3:
        return "hts"
    if looks_like_profile(folded):
        return "manufacturer"
    raise UnknownKind(
        f"the content is of no kind that is known: {intro} {', '.join(listed[:10]) or 'none'}",
        hint="name the fields as the documentation of that kind says, or give --kind",
    )

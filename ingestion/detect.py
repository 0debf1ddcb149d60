"""Which kind of document a file is, and the source that reads it. Content decides; --kind overrules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.readers.files import clean
from ingestion.readers.pdf import read_pdf
from ingestion.readers.table import read_table
from ingestion.readers.text import Record, front_matter, json_records, load_jsonl, yaml_records
from ingestion.report import Given, Outcome
from ingestion.sources import schedules
from ingestion.sources.certificates import (
    is_sample,
    looks_like_certificate,
    read_certificate_data,
    read_certificate_pdf,
)
from ingestion.sources.guides import read_guide, read_text
from ingestion.sources.hts_schedule import detect as detect_schedule
from ingestion.sources.official import kind_of_text
from ingestion.sources.production import looks_like_production, read_production
from ingestion.sources.profiles import PROFILE_LINE, looks_like_profile, read_line_card, read_profiles

KINDS: Final = ("hts", "notes", "chapter_99", "ruling", "guide", "tigie", "manufacturer", "certificate", "production")
TEXTS: Final = ("guide", "notes", "chapter_99", "ruling")
_LATER: Final = {
    "tigie": "the Mexican nomenclature (tigie) can't be loaded yet: this version knows the US schedule",
}
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
    if kind in _LATER:
        raise _later(kind)
    content = given.content
    if content.format == "pdf":
        return _read_pdf(given, kind)
    if content.format in ("markdown", "text", "html", "docx"):
        return _read_text(given, kind)
    return _read_data(given, kind)


def _later(kind: str) -> InvalidInput:
    return InvalidInput(_LATER[kind], hint="leave the file out for now")


def _read_pdf(given: Given, kind: str | None) -> Outcome:
    pdf = read_pdf(given.content)
    named = PROFILE_LINE.search(pdf.text) is not None
    if kind is None:
        kind = "certificate" if looks_like_certificate(pdf.text) else "manufacturer" if named else None
        kind = kind or kind_of_text(given.content.name, pdf.text)
    if kind == "certificate":
        return read_certificate_pdf(given, pdf)
    if kind == "manufacturer":
        return read_line_card(given, pdf, is_sample(pdf.text))
    if kind in TEXTS:
        return read_guide(given, kind, pdf)
    raise InvalidInput("the tariff schedule is not read from PDF", hint="download its JSON or CSV export")


def _read_text(given: Given, kind: str | None) -> Outcome:
    content = given.content
    fields: dict[str, Any] = {}
    if content.format == "markdown":
        fields, _ = front_matter(clean(content.text))
        told = str(fields.get("kind") or "")
        kind = kind or (told if told in KINDS else "manufacturer" if looks_like_profile(fields) else None)
    if kind in _LATER:
        raise _later(kind)
    if kind == "manufacturer" and content.format == "markdown":
        return read_profiles(given)
    if kind in (None, *TEXTS):
        return read_guide(given, kind or kind_of_text(content.name, read_text(given).text))
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
        return read_profiles(given)
    if kind == "production":
        return read_production(given)
    if kind == "certificate" and content.format not in ("table", "xlsx"):
        return read_certificate_data(given)
    if kind == "hts":
        return schedules.read_official(given)
    raise InvalidInput(
        f"a {kind} document is not read from {content.format}",
        hint="give a guide as PDF, Markdown, HTML or text, and a certificate as PDF or JSON",
    )


def _kind_of_data(given: Given) -> str:
    content = given.content
    if content.format in ("table", "xlsx"):
        names: Iterable[str] = read_table(content).columns
        if {"fraccion", "nico"} & set(names):
            raise _later("tigie")
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
    raise InvalidInput(
        f"the content is of no kind that is known: {intro} {', '.join(listed[:10]) or 'none'}",
        hint="name the fields as the documentation of that kind says, or give --kind",
    )

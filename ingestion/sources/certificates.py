"""Certificates as documents: a PDF with labelled lines (English or Spanish) or JSON, to one certificate record.

A certificate names its manufacturer by the printed line `Made.in profile: <id>`; without it, `ingestion.linking` finds
the manufacturer by its name. A document loaded by somebody who answers for it makes the state `document_seen`, never
more; anybody else's upload stays a claim, whatever it says of itself. Records are stored as claims and raised by
`ingestion.linking` once their holder is known to be the manufacturer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from assistant.errors import InvalidInput
from ingestion.chunk import chunk_pages
from ingestion.dates import parse_date
from ingestion.language import detect_language
from ingestion.readers.files import clean, fold
from ingestion.readers.pdf import Pdf
from ingestion.readers.text import Record, json_records, load_jsonl, load_yaml, yaml_records
from ingestion.report import Given, Outcome, Parsed, RowProblem
from ingestion.sources.certificate_prose import days_of_range, plain_day, prose_fields, standards_of
from ingestion.sources.guides import MEDIA
from retrieval.records import NewDocument, NewPassage

_LABELS: Final[dict[str, str]] = {
    label: name
    for name, labels in load_yaml(
        Path(__file__).with_name("certificate_labels.yaml").read_text(encoding="utf-8")
    ).items()
    for label in labels
}
VOUCHED: Final = "vouched"  # in a document's meta: whoever loaded it answers for it
FIELDS: Final = frozenset(_LABELS.values()) | {"type", "sample", "state", "evidence"}
_LINE: Final = re.compile(r"^\s*([^\W\d_][^:\n]{0,44}?)\s*[:：]\s*(.*)$")
_SAMPLE: Final = re.compile(r"\bsample\b.{0,40}\bfictional\b|\bmuestra\b.{0,40}\bfictici[oa]\b", re.I | re.S)


def printed_fields(text: str) -> dict[str, str]:
    """Fields by label, each as printed first; a line without a label continues the one before it (a wrapped scope)."""
    found: dict[str, str] = {}
    current: str | None = None
    for line in text.splitlines():
        match = _LINE.match(line)
        name = _LABELS.get(re.sub(r"[º°#.()]+(?=\s|$)", "", fold(match[1])).strip()) if match else None
        if match and name:
            current = name if name not in found else None
            if current:
                found[name] = match[2].strip()
        elif match or not line.strip() or _SAMPLE.search(line):
            current = None
        elif current in ("scope", "site", "holder", "issuer", "accreditation"):
            found[current] = f"{found[current]} {line.strip()}".strip()
        elif current and not found[current]:
            found[current] = line.strip()
    said = {name: value for name, value in found.items() if value}
    if (days := days_of_range(said.get("expires", ""))) and "issued" not in said:
        said["issued"], said["expires"] = days
    elif days:
        said["expires"] = days[1]
    return {**prose_fields(text), **said}


def looks_like_certificate(text: str) -> bool:
    """Whether a PDF's text is a certificate: it names a standard and holder or id, and a number, issuer or date."""
    fields = printed_fields(text)
    return "standard" in fields and bool(fields.keys() & {"holder", "manufacturer_id"}) and bool(
        fields.keys() & {"number", "issuer", "expires", "issued"}
    )  # fmt: skip


def is_sample(text: str) -> bool:
    """Whether the page says of itself that it is a fictional sample."""
    return bool(_SAMPLE.search(text))


def read_certificate_pdf(given: Given, pdf: Pdf) -> Outcome:
    """One certificate. Raises InvalidInput naming the label that is missing or the date that can't be read."""
    fields = printed_fields(pdf.text)
    language = detect_language(pdf.text)
    passages = [NewPassage(c.text, c.page, c.paragraph, language) for c in chunk_pages(pdf.pages)]
    parsed = _parse(fields, given, is_sample(pdf.text), passages, MEDIA["pdf"], language, len(pdf.pages))
    return Outcome("certificate", [parsed], warnings=[*_doubts(parsed), *_unvouched(given, 1)])


def read_certificate_data(given: Given) -> Outcome:
    """Certificates from JSON, JSON Lines or YAML: one object or a list, each judged alone."""
    text, fmt = clean(given.content.text), given.content.format
    records: list[Record] = (
        load_jsonl(text) if fmt == "jsonl" else yaml_records(text) if fmt == "yaml" else json_records(text)
    )
    outcome = Outcome("certificate", [])
    for record in records:
        try:
            if not isinstance(record.value, dict):
                raise InvalidInput(record.problem or "it is not an object with fields")
            fields = {str(k): v for k, v in record.value.items() if v not in (None, "")}
            lines = [
                f"{k.replace('_', ' ').capitalize()}: {v}"
                for k, v in fields.items()
                if k in FIELDS - {"type", "sample"}
            ]
            sample = fields.get("sample") is True
            parsed = _parse(fields, given, sample, [NewPassage("\n".join(lines))], "application/json", None, None)
        except InvalidInput as error:
            reason = error.message + (f"; {error.hint}" if error.hint else "")
            outcome.problems.append(RowProblem(record.line, reason))
            continue
        outcome.parsed.append(parsed)
        outcome.warnings.extend(_doubts(parsed))
    outcome.warnings.extend(_unvouched(given, len(outcome.parsed)))
    return outcome


def _parse(
    fields: Mapping[str, Any],
    given: Given,
    sample: bool,
    passages: list[NewPassage],
    media_type: str,
    language: str | None,
    pages: int | None,
) -> Parsed:
    standard, holder = _text(fields, "standard"), _text(fields, "holder")
    named = _text(fields, "manufacturer_id")
    if not standard:
        raise InvalidInput(
            "the certificate names no standard", hint="it needs a line such as `Standard: ISO 9001:2015`"
        )
    if not (holder or named):
        raise InvalidInput("the certificate names no holder", hint="it needs a line such as `Holder: …` (`Titular: …`)")
    issued, expires = _date(fields, "issued"), _date(fields, "expires")
    if issued and expires and expires < issued:
        raise InvalidInput(f"the certificate expires {expires}, before it was issued {issued}", hint="check its dates")
    number = _text(fields, "number")
    key = " ".join(part for part in (standard, number or named or holder) if part)
    key = key if pages else f"{key}.data"  # the paper and its data may both be there; neither replaces the other
    who = holder or named
    document = NewDocument(
        kind="certificate",
        key=re.sub(r"[^\w.]+", "-", fold(key)).strip("-"),
        title=f"{standard}: {who}"[:300],
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type=media_type,
        language=language,
        sample=sample,
        pages=pages,
        meta={
            k: v
            for k, v in (
                ("manufacturer_id", named),
                ("holder", holder),
                ("standard", standard),
                (VOUCHED, given.keep_states),
            )
            if v
        },
    )
    revoked = str(fields.get("state") or "").lower() == "revoked"
    read = "revoked" if revoked else "document_seen" if given.keep_states else "claimed"
    record: dict[str, Any] = {
        "manufacturer_id": named,
        "holder": holder,
        "standard": standard,
        "number": number,
        "issuer": _text(fields, "issuer"),
        "scope": _text(fields, "scope"),
        "issued": issued,
        "expires": expires,
        "state": "revoked" if revoked else "claimed",
        "evidence": given.content.path.name,
        "meta": {
            k: v
            for k, v in (
                ("printed_id", named),
                ("accreditation", _text(fields, "accreditation")),
                ("site", _text(fields, "site")),
                ("state_read", read),
                ("sample", sample),
            )
            if v
        },
    }
    records = [
        {**record, "standard": one, "meta": {**record["meta"], **_edition(one)}} for one in standards_of(standard)
    ]
    return Parsed(document, passages, certificates=records)


def _edition(standard: str) -> dict[str, str]:
    found = re.search(r":\s?(\d{4})\b", standard)
    return {"edition": found[1]} if found else {}


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, list | dict | bool):
        return None
    return " ".join(clean(str(value)).split())[:2_000] or None


def _date(fields: Mapping[str, Any], name: str) -> date | None:
    value = _text(fields, name)
    if value is None or fold(value) in (
        "n/a",
        "not applicable",
        "no aplica",
        "none",
        "sin vencimiento",
        "no expiry",
        "-",
    ):
        return None
    try:
        return parse_date(plain_day(value))
    except ValueError as error:
        raise InvalidInput(f"the certificate's {name} date: {error}", hint="correct it or ask the issuer") from error


def _unvouched(given: Given, count: int) -> list[str]:
    if given.keep_states or not count:
        return []
    what = "the certificate counts as a claim" if count == 1 else "the certificates count as claims"
    return [f"{what} until an admin or the operator of the service, who answers for it, loads the document"]


def _doubts(parsed: Parsed) -> list[str]:
    record = parsed.certificates[0]
    missing = [name for name in ("number", "issuer", "issued", "expires") if record[name] is None]
    return [f"the certificate for {record['standard']} shows no {', '.join(missing)}"] if missing else []

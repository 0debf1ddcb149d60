"""Manufacturers' profiles in every format of the contract, and PDF line cards that add passages to a profile.

Each profile is a document of its own (kind manufacturer, key = the profile's id), whatever file it came in: the same
profile in another format or order is the same document, and a changed one replaces it alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from assistant.errors import InvalidInput
from assistant.sourcing.types import Profile
from assistant.sourcing.vocabulary import Vocabulary
from ingestion.chunk import chunk_markdown, chunk_pages
from ingestion.language import detect_language
from ingestion.mentions import country_code, mentions
from ingestion.readers.files import clean
from ingestion.readers.pdf import Pdf
from ingestion.readers.table import read_table
from ingestion.readers.text import Record, front_matter, json_records, load_jsonl, yaml_records
from ingestion.report import Given, Outcome, Parsed, RowProblem
from ingestion.sources.guides import MEDIA
from ingestion.sources.profile_fields import FIELDS, normalise
from retrieval.records import NewDocument, NewPassage

PROFILE_LINE: Final = re.compile(r"^\s*Made\.in profile\s*:\s*([\w.\-]+)\s*$", re.M | re.I)
_TELLING: Final = frozenset(FIELDS - {"id", "name", "country", "summary", "contact", "sample"})
_TRUSTED: Final = frozenset(("document_seen", "issuer_verified"))
_KINDS: Final = ("processes", "materials", "industries", "programs", "innovation")


@dataclass(frozen=True)
class _Row:
    line: int | None
    values: Mapping[str, Any]
    body: str = ""


def looks_like_profile(names: Iterable[str]) -> bool:
    """Whether these field or column names are a profile's: two that only profiles have, or one with id or name."""
    given = set(names)
    telling = len(given & _TELLING)
    return telling >= 2 or (telling == 1 and bool(given & {"id", "name"})) or {"id", "name", "country"} <= given


def read_profiles(given: Given) -> Outcome:
    """Every good row of a profile file; the others as problems with their line. Raises InvalidInput when the whole
    file is unreadable or no row of a table can have an id."""
    rows, problems = _rows(given)
    outcome = Outcome("manufacturer", [], problems)
    seen: dict[str, int | None] = {}
    capped: list[str] = []
    aside: dict[str, None] = {}
    for row in rows:
        try:
            profile, left = normalise(row.values)
            if profile.id in seen:
                first = f" on line {seen[profile.id]}" if seen[profile.id] else ""
                raise InvalidInput(
                    f"the id {profile.id!r} already stands{first} of this file", hint="give each its own id"
                )
        except InvalidInput as error:
            reason = error.message + (f"; {error.hint}" if error.hint else "")
            outcome.problems.append(RowProblem(row.line, reason))
            continue
        seen[profile.id] = row.line
        aside.update(dict.fromkeys(left))
        if not given.keep_states and _cap_states(profile):
            capped.append(profile.id)
        parsed, unmapped = _parse(profile, row.body, given)
        outcome.parsed.append(parsed)
        outcome.unmapped.extend(word for word in unmapped if word not in outcome.unmapped)
    outcome.problems.sort(key=lambda p: p.line or 0)
    outcome.warnings.extend(aside)
    if capped:
        outcome.warnings.append(
            "a supplier's own word for a certificate counts as a claim: document_seen and issuer_verified were lowered "
            f"to claimed for {', '.join(capped[:5])}{' and others' if len(capped) > 5 else ''}; "
            "they are confirmed when an admin or the operator of the service loads the certificates themselves"
        )
    return outcome


def read_line_card(given: Given, pdf: Pdf, sample: bool) -> Outcome:
    """Passages of a PDF line card, tied to the profile whose id it prints; it makes no profile of its own."""
    found = PROFILE_LINE.search(pdf.text)
    if found is None:
        raise InvalidInput(
            "the PDF names no profile", hint="print a line `Made.in profile: <id>` on it, or ingest it as --kind guide"
        )
    chunks = chunk_pages(pdf.pages)
    by_page = {page.number: detect_language(page.text) for page in pdf.pages}
    first = next((line.strip() for line in pdf.text.splitlines() if line.strip()), given.content.stem)
    document = NewDocument(
        kind="manufacturer",
        key=f"{found[1]}.card.{given.content.stem}",
        title=(pdf.title or first)[:300],
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type=MEDIA["pdf"],
        language=detect_language(pdf.text),
        sample=sample,
        pages=len(pdf.pages),
        meta={"manufacturer_id": found[1], "form": "line_card"},
    )
    passages = [
        NewPassage(
            c.text,
            c.page,
            c.paragraph,
            by_page.get(c.page or 0),
            True,
            {"manufacturer_id": found[1], **mentions(c.text)},
        )
        for c in chunks
    ]
    return Outcome("manufacturer", [Parsed(document, passages)])


def _rows(given: Given) -> tuple[list[_Row], list[RowProblem]]:
    content = given.content
    if content.format in ("table", "xlsx"):
        table = read_table(content)
        if "id" not in table.columns:
            raise InvalidInput(
                f"the column 'id' is missing; the columns are {', '.join(table.columns[:12])}",
                hint="name the columns like the fields of a profile (id, name, country, processes …), "
                "with a unique id for each manufacturer",
            )
        bad = [RowProblem(row.line, row.problem) for row in table.rows if row.problem]
        return [_Row(row.line, row.values) for row in table.rows if not row.problem], bad
    if content.format == "markdown":
        fields, body = front_matter(clean(content.text))
        return [_Row(1, fields, body)], []
    text = clean(content.text)
    if content.format == "jsonl":
        records = load_jsonl(text)
    else:
        records = json_records(text) if content.format == "json" else yaml_records(text)
    if len(records) == 1 and isinstance(records[0].value, dict):
        inner = records[0].value.get("manufacturers") or records[0].value.get("profiles")
        if isinstance(inner, list):
            records = [Record(None, item) for item in inner]
    rows, problems = [], []
    for record in records:
        if isinstance(record.value, dict):
            rows.append(_Row(record.line, record.value))
        else:
            problem = record.problem or f"it is not an object with fields but {type(record.value).__name__}"
            problems.append(RowProblem(record.line, problem))
    return rows, problems


def _cap_states(profile: Profile) -> bool:
    """Lower what the supplier says of its own certificates to a claim; an admitted expiry or withdrawal stands."""
    high = [c for c in profile.certifications if c.state in _TRUSTED]
    for certification in high:
        certification.state = "claimed"
    return bool(high)


def _parse(profile: Profile, body: str, given: Given) -> tuple[Parsed, list[str]]:
    unmapped = _map_words(profile)
    data = profile.model_dump(mode="json", exclude={"tenant"})
    raw = json.dumps([data, body], ensure_ascii=False, sort_keys=True)
    meta: dict[str, Any] = {"manufacturer_id": profile.id, "form": "profile"}
    document = NewDocument(
        kind="manufacturer",
        key=profile.id,
        title=profile.name,
        file=given.content.path.name,
        sha256=hashlib.sha256(raw.encode()).hexdigest(),
        tenant=given.tenant,
        media_type="application/json",  # whatever format it came in
        sample=profile.sample,
        meta=meta,
    )
    row = {k: data[k] for k in ("id", "name", "country", "region", "city", "latitude", "longitude", "sample")}
    passages = [_readable(profile, language) for language in ("en", "es")]
    for chunk in chunk_markdown(body):
        language = detect_language(f"{chunk.paragraph or ''} {chunk.text}")
        extra = {"manufacturer_id": profile.id, **mentions(chunk.text)}
        passages.append(NewPassage(chunk.text, None, chunk.paragraph, language, True, extra))
    return Parsed(document, passages, manufacturers=[{**row, "profile": data, "unmapped": unmapped}]), unmapped


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    return Vocabulary.load()


def _map_words(profile: Profile) -> list[str]:
    """Replace the words that the vocabulary knows by its ids, keep the others; returns those that it doesn't know."""
    vocabulary = _vocabulary()
    unmapped: dict[str, None] = {}

    def known(kind: str, word: str) -> str:
        term = vocabulary.lookup(kind, word)
        if term is None:
            unmapped[word] = None
            return word
        return str(term.id)

    for kind in _KINDS:
        words: Sequence[str] = getattr(profile, kind)
        setattr(profile, kind, list(dict.fromkeys(known(kind, word) for word in words)))
    for capability in profile.capabilities:
        capability.process = known("processes", capability.process)
    for certification in profile.certifications:
        if vocabulary.lookup("certifications", certification.standard) is None:
            unmapped[certification.standard] = None
    return list(unmapped)


_HEADS: Final = {
    "en": {
        "processes": "Processes", "materials": "Materials", "industries": "Industries",
        "certifications": "Certifications", "programs": "Programs", "innovation": "Innovation",
        "sample": "Sample profile, fictional.", "claimed": "claimed", "expires": "to",
    },
    "es": {
        "processes": "Procesos", "materials": "Materiales", "industries": "Industrias",
        "certifications": "Certificaciones", "programs": "Programas", "innovation": "Innovación",
        "sample": "Perfil de muestra, ficticio.", "claimed": "declarada", "expires": "hasta",
    },
}  # fmt: skip


def _readable(profile: Profile, language: str) -> NewPassage:
    """One passage that says in words what the profile says in fields, so that text search finds it."""
    vocabulary, heads = _vocabulary(), _HEADS[language]

    def labels(kind: str) -> str:
        words = getattr(profile, kind)
        return ", ".join(vocabulary.label(kind, w, language) if vocabulary.lookup(kind, w) else w for w in words)

    place = ", ".join(part for part in (profile.city, profile.region, profile.country) if part)
    summary = profile.summary.get(language, "")
    marked = profile.sample and heads["sample"].split(",")[0].lower() not in summary.lower()
    lines = [f"{profile.name} ({place}). {heads['sample'] + ' ' if marked else ''}{summary}".strip()]
    lines += [f"{heads[kind]}: {text}." for kind in _KINDS if (text := labels(kind))]
    if profile.certifications:
        names = [
            c.standard + (f" ({heads['claimed']})" if c.state == "claimed" else "") for c in profile.certifications
        ]
        lines.insert(4, f"{heads['certifications']}: {', '.join(names)}.")
    meta: dict[str, Any] = {
        "manufacturer_id": profile.id,
        "countries": [country_code(profile.country) or profile.country],
    }
    return NewPassage("\n".join(lines), None, None, language, True, meta)

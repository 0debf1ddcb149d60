"""Indexes of CBP's trade messages (CSMS), of trade actions and of court rulings, as JSON: one passage an entry.

Each says what was published, when, and where to read it. The CSMS index lists CBP's own messages (https://www.cbp.gov/
trade/automated/cargo-systems-messaging-service); actions and court rulings come from people who collected them, so an
entry stands as an index entry (`legal_status` index), never as the law that it tells of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ingestion.mentions import mentions
from ingestion.readers.files import clean
from ingestion.readers.text import load_json
from ingestion.report import Given, Outcome, Parsed, RowProblem
from retrieval.records import NewDocument, NewPassage

KIND: Final = "notice"
_LISTS: Final = ("entries", "actions", "rulings")
_TITLES: Final = {
    "entries": "CBP trade messages (CSMS), index",
    "actions": "US trade actions, index",
    "rulings": "Court rulings on US tariffs, index",
}
_LABELS: Final = {
    "date": "Date", "effective_date": "Effective", "expiration_date": "Expires", "ruling_date": "Decided",
    "filing_date": "Filed", "status": "Status", "outcome": "Outcome", "court": "Court", "case_number": "Case",
    "federal_authority": "Authority", "duty_rate": "Rate", "category": "Category", "countries_affected": "Countries",
    "affected_countries": "Countries", "affected_tariff_programs": "Programs", "key_legal_question": "Question",
}  # fmt: skip


def looks_like_index(value: Any) -> bool:
    """Whether a JSON value is such an index: an object with a list of objects that have a title and a date."""
    listed = _list_of(value)
    if listed is None:
        return False
    first = next((row for row in listed[1] if isinstance(row, Mapping)), None)
    named = first is not None and bool({"title", "case_name"} & first.keys())
    return named and any(key == "date" or key.endswith("_date") for key in first or ())


def read_index(given: Given) -> Outcome:
    """One document of kind `notice`; an entry that is no object or has no title is left out with its reason."""
    value = load_json(clean(given.content.text))
    name, rows = _list_of(value) or ("entries", [])
    outcome = Outcome(KIND, [])
    passages = []
    for number, row in enumerate(rows, start=1):
        title = str(row.get("title") or row.get("case_name") or "").strip() if isinstance(row, Mapping) else ""
        if not title:
            outcome.problems.append(RowProblem(None, f"entry {number} has no title"))
            continue
        passages.append(_passage(row, title))
    dates = sorted(d for row in rows if isinstance(row, Mapping) for d in _dates(row))
    document = NewDocument(
        kind=KIND,
        key=given.key,
        title=_TITLES[name] + (f", to {dates[-1]}" if dates else ""),
        file=given.content.path.name,
        sha256=given.content.sha256,
        tenant=given.tenant,
        media_type="application/json",
        language="en",
        legal_status="index",
        url="https://www.cbp.gov/trade/automated/cargo-systems-messaging-service" if name == "entries" else None,
        effective_from=given.effective_from,
        meta={"jurisdiction": ["US"], "index_of": name},
    )
    if passages:
        outcome.parsed.append(Parsed(document, passages))
    outcome.counts = {"entries": len(passages)}
    return outcome


def _list_of(value: Any) -> tuple[str, Sequence[Any]] | None:
    if not isinstance(value, Mapping):
        return None
    return next(((name, value[name]) for name in _LISTS if isinstance(value.get(name), list) and value[name]), None)


def _passage(row: Mapping[str, Any], title: str) -> NewPassage:
    number = str(row.get("csms_id") or "")
    found = re.search(r"\d{8}", str(row.get("source_csms_id") or ""))
    number = number or (found[0] if found else "")
    address = f"CSMS {number}" if number else str(row.get("case_number") or row.get("id") or "")
    lines = [f"CSMS # {number}: {title}" if number else title]
    if summary := str(row.get("summary") or "").strip():
        lines.append(summary)
    for name, label in _LABELS.items():
        if text := _shown(row.get(name)):
            lines.append(f"{label}: {text}")
    lines += [f"{e.get('date')}: {e.get('event')}" for e in row.get("timeline_events") or () if isinstance(e, Mapping)]
    url = row.get("govdelivery_url") or row.get("source_url")
    if url:
        lines.append(str(url))
    text = "\n".join(lines)
    meta: dict[str, Any] = {"addresses": [address] if address else [], **mentions(text)}
    if url:
        meta["citations"] = [{"cite": address or title[:80], "title": title, "url": str(url)}]
    codes = [re.sub(r"\D", "", str(code)) for code in row.get("hs_codes") or () if re.search(r"\d{4}", str(code))]
    if codes:
        meta["hts"] = list(dict.fromkeys([*meta.get("hts", []), *codes]))
    return NewPassage(text, None, address or None, "en", True, meta)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(v) for v in value if isinstance(v, str | int | float))
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _dates(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("date", "effective_date", "ruling_date"):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(row.get(name) or "")):
            yield str(row[name])

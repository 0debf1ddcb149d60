"""`find_manufacturers` and `manufacturer_profile` to prose. Fictional plants are marked each time they are named."""

from __future__ import annotations

import re
from typing import Any

from assistant.offline.countries import country_name
from assistant.offline.needs import label
from assistant.offline.prose import Result, Writer, cell, join, long_date, not_checked, number
from assistant.sourcing.wording import say as phrase

_SHOWN_EXCLUDED = 3


def write_matches(writer: Writer, result: Result) -> None:
    """Table of matches, why the first is first, near misses; or the smallest changes that would give matches."""
    response = result.response or {}
    matches: list[dict[str, Any]] = response["matches"]
    date = long_date(response["as_of"], writer.language)
    need = _understood(writer, response.get("understood") or {})
    unmapped = join([f'"{w}"' for w in response.get("unmapped") or []], writer.language)
    if not need and not _given(result):
        if unmapped:
            writer.add("find_unmapped", words=unmapped)
        writer.add("ask_need")  # a list of whatever plants are there would answer another question
        writer.lacks("need", writer.say("missing_need"))
        writer.worse("clarify")
        return
    if not matches:
        writer.add("find_none", date=date, need=need or writer.say("find_need_plain"))
        changes = [
            writer.say("find_relaxation", change=r["change"], matches=str(r["matches"]))
            for r in response["relaxations"]
        ]
        if changes:
            writer.text("\n".join([writer.say("find_relax_head"), "", *changes]))
    else:
        writer.add("find_lead", date=date, need=need or writer.say("find_need_plain"))
        rows = [_row(writer, result, place, match) for place, match in enumerate(matches)]
        writer.text("\n".join([writer.say("find_head"), *rows]))
        _why(writer, matches[0])
        gaps = [
            writer.say("find_gap", name=plant_name(writer, match), gaps="; ".join(match["gaps"]))
            for match in matches
            if match["gaps"]
        ]
        if gaps:
            writer.text("\n".join([writer.say("find_gaps_head"), "", *gaps]))
    processes = len(_rows((response.get("understood") or {}).get("processes")))
    close = [row for row in response.get("excluded") or [] if not _stranger(writer, row["why"], processes)]
    if close:
        lines = [
            writer.say("find_close", name=plant_name(writer, row), why=row["why"]) for row in close[:_SHOWN_EXCLUDED]
        ]
        writer.text("\n".join([writer.say("find_excluded"), "", *lines]))
    if unmapped:
        writer.add("find_unmapped", words=unmapped)
    not_checked(writer, response.get("not_covered") or [], limit=2)
    if matches:
        writer.add("next", step=writer.say("find_next"))


def _given(result: Result) -> bool:
    """True when the call itself names requirements, beside words."""
    beside = {"need", "as_of", "language", "limit", "volume_unit"}
    return any(value not in (None, [], {}) for name, value in result.call.arguments.items() if name not in beside)


def _stranger(writer: Writer, why: str, processes: int) -> bool:
    """True for a plant that does none of the processes asked for: it is no near miss, whatever else it lacks."""
    before, _, after = phrase(writer.language, "fails", "process", name="\0").partition("\0")
    parts = [part.strip() for part in why.split(";")]
    missing = [part for part in parts if part.startswith(before) and part.endswith(after)]
    return bool(missing) and (len(missing) == len(parts) or len(missing) >= max(processes, 1))


def plant_name(writer: Writer, item: dict[str, Any]) -> str:
    mark = f" {writer.say('sample')}" if item.get("sample") else ""
    return f"{cell(item['name'])}{mark}"


def _row(writer: Writer, result: Result, place: int, match: dict[str, Any]) -> str:
    response = result.response or {}
    cite = ""
    for index, source in enumerate(response.get("sources") or []):
        if source.get("document_id") and source["document_id"] == match.get("document_id"):
            cite = " " + writer.cite(result.index, f"/sources/{index}")
    seen = [c["standard"] for c in match["certifications"] if c["state"] in ("document_seen", "issuer_verified")]
    claimed = [c["standard"] for c in match["certifications"] if c["state"] == "claimed"]
    certificates = [*seen, *(writer.say("find_claimed", standard=standard) for standard in claimed)]
    return writer.say(
        "find_row",
        place=str(place + 1),
        name=plant_name(writer, match) + cite,
        where=cell(where(match["location"], writer)),
        certificates=cell(", ".join(certificates)) or "—",
        capacity=cell(_capacity(writer, match["capacity"])),
        lead=days(writer, match["lead_time_days"]),
        score=f"{match['score']:.2f}",
    )


def where(location: dict[str, Any], writer: Writer) -> str:
    country = country_name(str(location.get("country", "")), writer.language)
    parts = [location.get("city"), location.get("region"), country]
    return ", ".join(dict.fromkeys(str(p) for p in parts if p))


def _capacity(writer: Writer, capacity: dict[str, Any]) -> str:
    """Free capacity a month; a dash when the plant does not state it."""
    free = capacity.get("free")
    return f"{number(free)} {unit_name(writer, str(capacity.get('unit') or 'pieces'))}" if free is not None else "—"


def days(writer: Writer, count: Any) -> str:
    return writer.say("days", days=number(count)) if count is not None else "—"


def _why(writer: Writer, match: dict[str, Any]) -> None:
    """The reasons of the first match that weigh most."""
    criteria = sorted(match["fit"].items(), key=lambda item: -(float(item[1]["weight"]) * float(item[1]["score"])))
    rows = [(name, str(c["why"]).rstrip(". ")) for name, c in criteria[:4] if c["why"] and float(c["score"]) > 0]
    reasons = [_vetting(writer, why) if name == "vetting" else why for name, why in rows]
    if reasons:
        writer.add("find_why", name=plant_name(writer, match), reasons="; ".join(reasons))


def _vetting(writer: Writer, why: str) -> str:
    """How far its certificates are vetted, from the counts that the engine states (seen, all, verified)."""
    counts = re.findall(r"\d+", why)
    if len(counts) != 3:
        return why
    seen, every, verified = counts
    if every == "1":
        return writer.say("find_vetted_one" if verified == "1" else "find_seen_one")
    if verified == every:
        return writer.say("find_vetted_all", all=every)
    key = {"0": "find_vetted_none", "1": "find_vetted_single"}.get(verified)
    if key:
        return writer.say(key, seen=seen, all=every)
    return writer.say("find_vetted", seen=seen, all=every, verified=verified)


def _understood(writer: Writer, understood: dict[str, Any]) -> str:
    """The need as the tool read it, in the reader's language."""
    parts: list[str] = []
    for kind in ("processes", "materials", "certifications", "industries", "programs", "innovation"):
        for row in [*_rows(understood.get(kind)), *_rows(understood.get(f"wishes.{kind}"))]:
            name = label(kind, str(row.get("id")), writer.language)
            parts.append(name if _abbreviates(name) else name[:1].lower() + name[1:])
    near = understood.get("near") or {}
    places = [str(row.get("label")) for row in _rows(understood.get("regions"))]
    if near:
        places.append(writer.say("find_near", place=str(near.get("label")), km=number(near.get("km"))))
    parts += places or [country_name(str(row.get("id")), writer.language) for row in _rows(understood.get("countries"))]
    for field, key in (("pilot_volume", "find_pilot"), ("monthly_volume", "find_monthly")):
        amount = understood.get(field)
        if amount:
            unit = unit_name(writer, str(amount.get("unit") or "pieces"))
            parts.append(writer.say(key, volume=number(amount["value"]), unit=unit))
    if understood.get("max_lead_time_days"):
        parts.append(writer.say("find_lead_time", days=number(understood["max_lead_time_days"]["value"])))
    return ", ".join(parts)


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _abbreviates(name: str) -> bool:
    """ABS, ISO 13485, CNC machining, C-TPAT: names that keep their capitals inside a sentence."""
    first = name.split(" ")[0]
    return any(char.isupper() or char.isdigit() for char in first[1:])


def unit_name(writer: Writer, unit: str) -> str:
    return writer.say("pieces") if unit == "pieces" else label("units", unit, writer.language).lower()

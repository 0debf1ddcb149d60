"""`find_manufacturers` and `manufacturer_profile` to prose. Fictional plants are marked each time they are named."""

from __future__ import annotations

from typing import Any

from assistant.offline.countries import country_name
from assistant.offline.needs import label
from assistant.offline.prose import Result, Writer, cell, join, long_date, not_checked, number

_SHOWN_EXCLUDED = 3


def write_matches(writer: Writer, result: Result) -> None:
    """Table of matches, why the first is first, near misses; or the smallest changes that would give matches."""
    response = result.response or {}
    matches: list[dict[str, Any]] = response["matches"]
    date = long_date(response["as_of"], writer.language)
    understood = _understood(writer, response.get("understood") or {})
    if not matches:
        writer.add("find_none", date=date, need=understood or writer.say("find_need_plain"))
        changes = [
            writer.say("find_relaxation", change=r["change"], matches=str(r["matches"]))
            for r in response["relaxations"]
        ]
        if changes:
            writer.text("\n".join([writer.say("find_relax_head"), "", *changes]))
    else:
        writer.add("find_lead", date=date, need=understood or writer.say("find_need_plain"))
        rows = [_row(writer, result, place, match) for place, match in enumerate(matches)]
        writer.text("\n".join([writer.say("find_head"), *rows]))
        _why(writer, matches[0])
        gaps = [
            writer.say("find_gap", name=_name(writer, match), gaps="; ".join(match["gaps"]))
            for match in matches
            if match["gaps"]
        ]
        if gaps:
            writer.text("\n".join([writer.say("find_gaps_head"), "", *gaps]))
    excluded = response.get("excluded") or []
    if excluded:
        close = [f"{_name(writer, row)}: {row['why']}" for row in excluded[:_SHOWN_EXCLUDED]]
        writer.add("find_excluded", rows="; ".join(close))
    if response.get("unmapped"):
        writer.add("find_unmapped", words=join([f'"{w}"' for w in response["unmapped"]], writer.language))
    not_checked(writer, response.get("not_covered") or [], limit=2)
    if matches:
        writer.add("next", step=writer.say("find_next"))


def _name(writer: Writer, item: dict[str, Any]) -> str:
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
        name=_name(writer, match) + cite,
        where=cell(_where(match["location"], writer)),
        certificates=cell(", ".join(certificates)) or "—",
        capacity=cell(_capacity(writer, match["capacity"])),
        lead=_days(writer, match["lead_time_days"]),
        score=f"{match['score']:.2f}",
    )


def _where(location: dict[str, Any], writer: Writer) -> str:
    country = country_name(str(location.get("country", "")), writer.language)
    parts = [location.get("city"), location.get("region"), country]
    return ", ".join(dict.fromkeys(str(p) for p in parts if p))


def _capacity(writer: Writer, capacity: dict[str, Any]) -> str:
    """Free capacity a month; a dash when the plant does not state it."""
    free = capacity.get("free")
    return f"{number(free)} {_unit(writer, str(capacity.get('unit') or 'pieces'))}" if free is not None else "—"


def _days(writer: Writer, days: Any) -> str:
    return writer.say("days", days=number(days)) if days is not None else "—"


def _why(writer: Writer, match: dict[str, Any]) -> None:
    """The reasons of the first match that weigh most."""
    criteria = sorted(match["fit"].values(), key=lambda c: -(float(c["weight"]) * float(c["score"])))
    reasons = [str(c["why"]).rstrip(". ") for c in criteria[:4] if c["why"] and float(c["score"]) > 0]
    if reasons:
        writer.add("find_why", name=_name(writer, match), reasons="; ".join(reasons))


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
            unit = _unit(writer, str(amount.get("unit") or "pieces"))
            parts.append(writer.say(key, volume=number(amount["value"]), unit=unit))
    if understood.get("max_lead_time_days"):
        parts.append(writer.say("find_lead_time", days=number(understood["max_lead_time_days"]["value"])))
    return ", ".join(parts)


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _abbreviates(name: str) -> bool:
    """ABS, ISO 13485, CNC machining: names that keep their capitals inside a sentence."""
    return name[1:2].isupper() or name[1:2].isdigit()


def _unit(writer: Writer, unit: str) -> str:
    return writer.say("pieces") if unit == "pieces" else label("units", unit, writer.language).lower()


def write_profile(writer: Writer, result: Result) -> None:
    """One manufacturer: what it makes, capacity by process, certificates by state, conflicts."""
    response = result.response or {}
    profile: dict[str, Any] = response["profile"]
    lang = writer.language
    writer.add(
        "profile_lead",
        name=_name(writer, profile),
        where=_where(profile, writer),
        date=long_date(response["as_of"], lang),
        cite=writer.cite(result.index, "/sources/0"),
    )
    summary = (profile.get("summary") or {}).get(lang) or next(iter((profile.get("summary") or {}).values()), "")
    if summary:
        writer.add("profile_summary", text=" ".join(summary.split()))
    rows = [
        writer.say(
            "profile_row",
            process=cell(label("processes", c["process"], lang)),
            capacity=f"{number(c['monthly_capacity'])} {cell(_unit(writer, c['unit']))}"
            if c.get("monthly_capacity")
            else "—",
            minimum=number(c["min_order"]) if c.get("min_order") is not None else "—",
            pilot=number(c["pilot_min_order"]) if c.get("pilot_min_order") is not None else "—",
            lead=_days(writer, c.get("lead_time_days")),
        )
        for c in profile.get("capabilities") or []
    ]
    if rows:
        writer.text("\n".join([writer.say("profile_head"), *rows]))
    certificates = [_certificate(writer, c) for c in response["certifications"]]
    if certificates:
        writer.text("\n".join([writer.say("profile_certificates"), "", *certificates]))
    else:
        writer.add("profile_no_certificates")
    facts = []
    for kind in ("materials", "programs"):
        values = [label(kind, str(v), lang) for v in profile.get(kind) or []]
        if values:
            facts.append(writer.say(f"profile_{kind}", values=", ".join(values)))
    writer.text(" ".join(facts))
    if response.get("conflicts"):
        writer.add("profile_conflicts", rows="; ".join(response["conflicts"]))
    not_checked(writer, response.get("not_covered") or [], limit=2)


def _certificate(writer: Writer, certificate: dict[str, Any]) -> str:
    expires = certificate.get("expires")
    text = writer.say(
        f"certificate_{certificate['state']}",
        standard=certificate["standard"],
        issuer=str(certificate.get("issuer") or writer.say("issuer_unknown")),
    )
    until = "expired_on" if certificate["state"] == "expired" else "expires_on"
    return f"- {text}" + (f", {writer.say(until, date=long_date(expires, writer.language))}" if expires else "")

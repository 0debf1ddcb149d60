"""Profiles to prose: one plant in full, after a direct answer to what was asked of it; several in one table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.offline.needs import label
from assistant.offline.prose import Result, Writer, cell, join, long_date, not_checked, number
from assistant.offline.prose_find import days, plant_name, unit_name, where

_IN_FORCE = ("document_seen", "issuer_verified")


def write_profiles(
    writer: Writer, results: Sequence[Result], certificates: Sequence[str], processes: Sequence[str] = ()
) -> None:
    """`certificates`: standards that the question asks about. `processes`: the work looked for in this thread."""
    if len(results) == 1:
        _asked(writer, results[0], certificates)
        _profile(writer, results[0])
        return
    for result in results:
        _asked(writer, result, certificates)
    writer.text("\n".join([writer.say("profiles_head"), *(_row(writer, result, processes) for result in results)]))
    gaps = list(dict.fromkeys(text for r in results for text in (r.response or {}).get("not_covered") or []))
    not_checked(writer, gaps, limit=2)
    writer.add("next", step=writer.say("profiles_next"))


def _asked(writer: Writer, result: Result, certificates: Sequence[str]) -> None:
    """Whether each certificate asked about is held and in force, before everything else."""
    response = result.response or {}
    name = plant_name(writer, response["profile"])
    day = long_date(response["as_of"], writer.language)
    for wanted in certificates:
        held = [c for c in response["certifications"] if _same(str(c["standard"]), wanted)]
        if not held:
            writer.add("certificate_not_held", name=name, standard=wanted, date=day)
            continue
        best = min(held, key=lambda c: (c["state"] not in _IN_FORCE, c["state"]))
        line = _certificate(writer, best).removeprefix("- ")
        key = "certificate_in_force" if best["state"] in _IN_FORCE else "certificate_not_in_force"
        writer.add(key, name=name, date=day, line=line)


def _same(standard: str, wanted: str) -> bool:
    """True for one standard in two editions: "ISO 13485:2016" and "ISO 13485"."""
    plain = [re.sub(r"[^a-z0-9]+", " ", s.split(":")[0].lower()).strip() for s in (standard, wanted)]
    return plain[0].startswith(plain[1]) or plain[1].startswith(plain[0])


def _row(writer: Writer, result: Result, processes: Sequence[str]) -> str:
    response = result.response or {}
    profile: dict[str, Any] = response["profile"]
    lines = profile.get("capabilities") or []
    first = next((line for line in lines if line["process"] in processes), lines[0] if lines else {})
    standards = [
        writer.say("profiles_held" if c["state"] in _IN_FORCE else f"profiles_{c['state']}", standard=c["standard"])
        for c in response["certifications"]
    ]
    capacity = first.get("monthly_capacity")
    return writer.say(
        "profiles_row",
        name=cell(plant_name(writer, profile)),
        cite=writer.cite(result.index, "/sources/0"),
        where=cell(where(profile, writer)),
        certificates=cell("; ".join(standards)) or "—",
        process=cell(label("processes", first["process"], writer.language)) if first else "—",
        capacity=f"{number(capacity)} {cell(unit_name(writer, first['unit']))}" if capacity else "—",
        minimum=number(first["min_order"]) if first.get("min_order") is not None else "—",
        lead=days(writer, first.get("lead_time_days")),
        languages=", ".join(str(code) for code in profile.get("languages") or []) or "—",
    )


def _notes(writer: Writer, response: dict[str, Any]) -> None:
    """What a reader should not miss: certificates that end soon, another profile of the same plant, past orders."""
    soon = [
        writer.say("profile_ends", standard=c["standard"], date=long_date(c["expires"], writer.language))
        for c in response.get("expiring_soon") or []
        if c.get("expires")
    ]
    if soon:
        writer.add("profile_expiring", rows=join(soon, writer.language))
    for twin in response.get("same_plant") or []:
        writer.add("profile_twin", name=str(twin["name"]), why=str(twin["why"]).rstrip("."))
    record = response.get("performance") or {}
    if record.get("why"):
        writer.add("profile_record", why=str(record["why"]).rstrip("."))


def _profile(writer: Writer, result: Result) -> None:
    """One manufacturer: what it makes, capacity by process, certificates by state, conflicts."""
    response = result.response or {}
    profile: dict[str, Any] = response["profile"]
    lang = writer.language
    writer.add(
        "profile_lead",
        name=plant_name(writer, profile),
        where=where(profile, writer),
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
            capacity=f"{number(c['monthly_capacity'])} {cell(unit_name(writer, c['unit']))}"
            if c.get("monthly_capacity")
            else "—",
            minimum=number(c["min_order"]) if c.get("min_order") is not None else "—",
            pilot=number(c["pilot_min_order"]) if c.get("pilot_min_order") is not None else "—",
            lead=days(writer, c.get("lead_time_days")),
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
    _notes(writer, response)
    not_checked(writer, response.get("not_covered") or [], limit=2)


def _certificate(writer: Writer, certificate: dict[str, Any]) -> str:
    """One certificate with its state; a day only where it says something: until when, or when it ran out."""
    expires, state = certificate.get("expires"), certificate["state"]
    text = writer.say(
        f"certificate_{state}",
        standard=certificate["standard"],
        issuer=str(certificate.get("issuer") or writer.say("issuer_unknown")),
    )
    if not expires or state == "revoked":
        return f"- {text}"
    until = "expired_on" if state == "expired" else "expires_on"
    return f"- {text}, {writer.say(until, date=long_date(expires, writer.language))}"

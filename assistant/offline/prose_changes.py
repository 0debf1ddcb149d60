"""`tariff_changes` responses to prose: what changed when, measure by measure."""

from __future__ import annotations

from typing import Any

from assistant.customs.law import say
from assistant.offline.countries import country_name
from assistant.offline.prose import Result, Writer, cell, dots, long_date, not_checked, number


def write_changes(writer: Writer, result: Result) -> None:
    """The count first, then a row a change, what the marks mean, limits."""
    response, lang = result.response or {}, writer.language
    values = {
        "hts": dots(response["hts"]),
        "country": country_name(response["origin"], lang),
        "start": long_date(response["from"], lang),
        "end": long_date(response["to"], lang),
    }
    changes: list[dict[str, Any]] = response["changes"]
    if not changes:
        writer.add("changes_none", **values)
    elif len(changes) == 1:
        writer.add("changes_lead_one", **values)
    else:
        writer.add("changes_lead", count=number(len(changes)), **values)
    rows = [_row(writer, result, change) for change in changes]
    if rows:
        writer.text("\n".join([writer.say("changes_head"), *rows]))
    mark = say("change.needs_fact", lang)
    if any(mark in f"{change['before']} {change['after']}" for change in changes):
        writer.add("changes_conditional")
    not_checked(writer, response.get("not_covered") or [], limit=3)
    writer.add("changes_next")


def _row(writer: Writer, result: Result, change: dict[str, Any]) -> str:
    return writer.say(
        "changes_row",
        date=long_date(change["date"], writer.language),
        title=cell(str(change["title"])),
        heading=f"({change['heading']})" if change.get("heading") else "",
        cite=change_cite(writer, result, change),
        before=_rate(writer, change["before"]),
        after=_rate(writer, change["after"]),
    )


def change_cite(writer: Writer, result: Result, change: dict[str, Any]) -> str:
    """The mark of the change's source, found among the response's by its title."""
    source = change.get("source") or {}
    for place, known in enumerate((result.response or {}).get("sources") or []):
        if known.get("title") == source.get("title") and known.get("page") == source.get("page"):
            return writer.cite(result.index, f"/sources/{place}")
    return ""


def _rate(writer: Writer, rate: str | None) -> str:
    """A rate; in words where nothing is charged or where it hangs on a fact."""
    if rate is None:
        return writer.say("changes_nothing")
    if rate == say("change.not_applied", writer.language):
        return writer.say("changes_idle")
    mark = say("change.needs_fact", writer.language)
    return writer.say("changes_fact", rate=rate.removesuffix(mark)) if rate.endswith(mark) else cell(rate)

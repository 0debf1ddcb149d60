"""`tariff_line` responses to prose."""

from __future__ import annotations

from typing import Any

from assistant.customs.law import programs
from assistant.offline.countries import country_name
from assistant.offline.prose import Result, Writer, cell, dots, join, long_date, not_checked, printed
from assistant.offline.prose_programs import offers
from assistant.offline.state import Tariff

_ROWS = 15


def write_line(writer: Writer, result: Result, slots: Tariff) -> None:
    """Rate and description of a line, what the special column offers the origin, the other columns, the footnotes."""
    response = result.response or {}
    path = [part.rstrip(" :") for part in response["description"]]
    values = {
        "hts": dots(response["hts"]),
        "description": cell(" › ".join(path)),
        "date": long_date(response["as_of"], writer.language),
        "cite": writer.cite(result.index, "/sources/0"),
    }
    general = response.get("general")
    children = response.get("children") or []
    if general is not None:
        writer.add("line_rate", rate=_rates(writer, response, slots), **values)
    else:
        writer.add("line_no_rate", **values)
    if children and general is None:
        rows = [
            writer.say(
                "child_row",
                hts=dots(str(child.get("hts", ""))),
                description=cell(_last(child.get("description"))),
                rate=cell(printed(child.get("general") or child.get("rate"), writer) or "—"),
            )
            for child in children[:_ROWS]
        ]
        writer.text("\n".join([writer.say("children_head"), *rows]))
    facts = []
    special = [s for s in response.get("special") or [] if s.get("programs")]
    if special:
        rates = [
            writer.say("special_rate", rate=printed(s, writer), programs=", ".join(s["programs"])) for s in special
        ]
        facts.append(writer.say("line_special", rates="; ".join(rates)))
    if response.get("column_2"):
        facts.append(writer.say("line_column_2", rate=printed(response["column_2"], writer)))
    if response.get("units"):
        facts.append(writer.say("line_units", units=", ".join(response["units"]).rstrip(".")))
    facts.append(writer.say("line_edition", revision=response["revision"]))
    writer.text(" ".join(facts))
    headings = list(dict.fromkeys(m["heading"] for m in response.get("measures") or [] if m.get("heading")))
    if headings:
        writer.add("line_measures", headings=join(headings, writer.language))
    for origin in slots.origins[:1]:
        if general is not None:
            _origin(writer, response, origin)
    not_checked(writer, response.get("not_covered") or [], limit=1)


def _rates(writer: Writer, response: dict[str, Any], slots: Tariff) -> str:
    """The general rate, and beside it what the special column offers the origin that was named."""
    parts = [printed(response["general"], writer)]
    if len(slots.origins) == 1:
        for program, symbols, rate in offers(response, slots.origins[0], writer.language):
            key = "line_offer_free" if rate.lower() == "free" else "line_offer_rate"
            extra = {} if key == "line_offer_free" else {"rate": rate}
            parts.append(writer.say(key, program=program, symbols=symbols, **extra))
    return "; ".join(parts)


def _origin(writer: Writer, response: dict[str, Any], origin: str) -> None:
    from datetime import date

    country = country_name(origin, writer.language)
    if programs().column_two(origin, date.fromisoformat(str(response["as_of"]))):
        writer.add("line_origin_column_2", country=country)
    else:
        writer.add("line_origin", country=country)


def offer_amount(writer: Writer, slots: Tariff) -> None:
    """What is still needed for an amount."""
    if slots.value is None and slots.origins:
        names = [country_name(origin, writer.language) for origin in slots.origins]
        writer.add("line_offer_value", country=join(names, writer.language))
    else:
        writer.add("line_offer")


def _last(description: Any) -> str:
    return str(description[-1]) if isinstance(description, list) and description else str(description or "")

"""`tariff_line` and `estimate_duty` responses to prose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.offline.countries import country_name
from assistant.offline.prose import Result, Writer, cell, join, long_date, money, not_checked, program_name
from assistant.offline.state import Tariff

_ROWS = 15


def write_line(writer: Writer, result: Result, slots: Tariff) -> None:
    """Rate and description of a line, the other columns, what its footnotes name."""
    response = result.response or {}
    path = [part.rstrip(" :") for part in response["description"]]
    values = {
        "hts": response["hts"] if "." in response["hts"] else _dots(response["hts"]),
        "description": cell(" › ".join(path)),
        "date": long_date(response["as_of"], writer.language),
        "cite": writer.cite(result.index, "/sources/0"),
    }
    general = response.get("general")
    children = response.get("children") or []
    if general is not None:
        writer.add("line_rate", rate=_printed(general), **values)
    else:
        writer.add("line_no_rate", **values)
    if children and general is None:
        rows = [
            writer.say(
                "child_row",
                hts=_dots(str(child.get("hts", ""))),
                description=cell(_last(child.get("description"))),
                rate=cell(str(child.get("general") or _printed(child.get("rate")) or "—")),
            )
            for child in children[:_ROWS]
        ]
        writer.text("\n".join([writer.say("children_head"), *rows]))
    facts = []
    special = [s for s in response.get("special") or [] if s.get("programs")]
    if special:
        rates = [writer.say("special_rate", rate=_printed(s), programs=", ".join(s["programs"])) for s in special]
        facts.append(writer.say("line_special", rates="; ".join(rates)))
    if response.get("column_2"):
        facts.append(writer.say("line_column_2", rate=_printed(response["column_2"])))
    if response.get("units"):
        facts.append(writer.say("line_units", units=", ".join(response["units"]).rstrip(".")))
    facts.append(writer.say("line_edition", revision=response["revision"]))
    writer.text(" ".join(facts))
    headings = list(dict.fromkeys(m["heading"] for m in response.get("measures") or [] if m.get("heading")))
    if headings:
        writer.add("line_measures", headings=join(headings, writer.language))
    for origin in slots.origins[:1]:
        if general is not None:
            writer.add("line_origin", country=country_name(origin, writer.language))
    not_checked(writer, response.get("not_covered") or [], limit=1)


def offer_amount(writer: Writer, slots: Tariff) -> None:
    """What is still needed for an amount."""
    if slots.value is None and slots.origins:
        names = [country_name(origin, writer.language) for origin in slots.origins]
        writer.add("line_offer_value", country=join(names, writer.language))
    else:
        writer.add("line_offer")


def write_duty(writer: Writer, results: Sequence[Result], slots: Tariff) -> None:
    """One estimate in full, or several side by side."""
    if len(results) == 1:
        _one(writer, results[0], slots)
        return
    first = results[0].response or {}
    writer.add(
        "duty_compare_lead",
        hts=first["hts"] if "." in first["hts"] else _dots(first["hts"]),
        value=money(first["customs_value"], writer),
        date=long_date(first["entry_date"], writer.language),
    )
    rows = []
    for result in results:
        response = result.response or {}
        for option in response["options"]:
            rows.append(
                writer.say(
                    "duty_compare_row",
                    country=country_name(response["origin"], writer.language),
                    name=cell(option["name"]),
                    duty=money(option["duty"], writer),
                    fees=_fees(writer, response, option["fees"]),
                    total=_fees(writer, response, option["total_import_charges"]),
                )
            )
    writer.text("\n".join([writer.say("duty_compare_head"), *rows]))
    writer.text(_edition(writer, results[0]))
    _questions(writer, [r.response or {} for r in results])
    _limits(writer, [r.response or {} for r in results])
    writer.text(str(first["disclaimer"]))


def _one(writer: Writer, result: Result, slots: Tariff) -> None:
    response = result.response or {}
    values = {
        "hts": response["hts"] if "." in response["hts"] else _dots(response["hts"]),
        "country": country_name(response["origin"], writer.language),
        "value": money(response["customs_value"], writer),
        "date": long_date(response["entry_date"], writer.language),
    }
    if response.get("prohibited"):
        writer.add("duty_prohibited", reason=str(response["prohibited"].get("reason", "")))
    options = response["options"]
    plain = options[0] if options else {"duty": response["duty"]}
    lead = (
        [writer.say("duty_result", duty=money(plain["duty"], writer), **values)]
        if plain["duty"] is not None
        else [writer.say("duty_open", **values)]
    )
    for option in options[1:]:
        if option["duty"] is None:
            lead.append(writer.say("duty_preference_open", name=option["name"]))
        else:
            lead.append(writer.say("duty_preference", name=option["name"], duty=money(option["duty"], writer)))
        if option["requires"]:
            lead.append(writer.say("duty_claim", requires="; ".join(option["requires"])))
    if slots.program and len(options) < 2:
        lead.append(
            writer.say("program_none", program=program_name(slots.program, writer.language), country=values["country"])
        )
    writer.text(" ".join(lead))
    if response.get("range"):
        low, high = response["range"]["min"], response["range"]["max"]
        writer.add("duty_range", min=money(low, writer), max=money(high, writer))
    if options:
        rows = [
            writer.say(
                "duty_option_row",
                name=cell(option["name"]),
                duty=money(option["duty"], writer),
                fees=_fees(writer, response, option["fees"]),
                total=_fees(writer, response, option["total_import_charges"]),
            )
            for option in options
        ]
        writer.text("\n".join([writer.say("duty_options_head"), *rows]))
    layers = _layers(writer, result)
    if layers:
        writer.text("\n".join([writer.say("duty_how"), "", *layers]))
    writer.text(_edition(writer, result))
    _questions(writer, [response])
    _limits(writer, [response])
    writer.text(str(response["disclaimer"]))


def _fees(writer: Writer, response: dict[str, Any], amount: str | None) -> str:
    """An amount; when only the mode of transport is open, that is said instead of "open"."""
    names = {q["name"] for q in response.get("needs_facts") or []}
    return writer.say("open_mode") if amount is None and names == {"transport_mode"} else money(amount, writer)


def _limits(writer: Writer, responses: Sequence[dict[str, Any]]) -> None:
    """Measures that the totals leave out, by name, then the rest of what was not checked."""
    layers = [layer for r in responses for layer in r["layers"] if layer["status"] == "not_modelled"]
    titles = list(dict.fromkeys(layer["title"] for layer in layers))
    if titles:
        writer.add("duty_left_out", titles="; ".join(titles))
    rest = [item for r in responses for item in r.get("not_covered") or [] if not any(t in item for t in titles)]
    not_checked(writer, rest[1:] if titles else rest, limit=2)  # the first says that totals are a subtotal: said above


def _layers(writer: Writer, result: Result) -> list[str]:
    """The charges that were computed, then those not due with the reason. What is not modelled stands further down."""
    rows = []
    for place, layer in enumerate((result.response or {})["layers"]):
        if layer["status"] == "not_modelled" and layer["kind"] not in ("mfn", "column_2", "preference"):
            continue
        cite = writer.cite(result.index, f"/layers/{place}/sources/0")
        if layer["status"] == "applied" and layer.get("calculation"):
            rows.append(writer.say("duty_layer", title=layer["title"], calculation=layer["calculation"], cite=cite))
        elif layer.get("reason") and layer["status"] != "needs_fact":  # what is open is asked further down
            rows.append(writer.say("duty_layer_reason", title=layer["title"], reason=layer["reason"], cite=cite))
    return rows


def _edition(writer: Writer, result: Result) -> str:
    response = result.response or {}
    path = [part.rstrip(" :") for part in response["description"]]
    return writer.say("duty_edition", description=cell(" › ".join(path)), revision=response["revision"])


def _questions(writer: Writer, responses: Sequence[dict[str, Any]]) -> None:
    asked = list(dict.fromkeys(q["question"] for r in responses for q in r.get("needs_facts") or []))
    names = list(dict.fromkeys(q["name"] for r in responses for q in r.get("needs_facts") or []))
    if not asked:
        return
    writer.missing += names
    writer.add("duty_questions", questions=" ".join(asked))
    if any(r.get("duty") is None for r in responses):
        writer.worse("partial")


def _printed(rate: dict[str, Any] | None) -> str:
    return str((rate or {}).get("printed") or "").strip()


def _last(description: Any) -> str:
    return str(description[-1]) if isinstance(description, list) and description else str(description or "")


def _dots(digits: str) -> str:
    from assistant.offline.codes import dotted

    return dotted(digits) if digits.isdigit() else digits

"""`check_origin` responses to prose: the verdict, the ways to qualify, the parts, the rule, what is still needed."""

from __future__ import annotations

from typing import Any

from assistant.offline.countries import country_name
from assistant.offline.prose import Result, Writer, cell, dots, join, long_date, money, not_checked

_IDLE = ("wholly_obtained", "exclusively_originating")  # ways that a list of foreign parts rules out by itself


def write_origin(writer: Writer, result: Result, *, rule_asked: bool = False) -> None:
    """The verdict under what was said of the good; without a list of parts, the rule and a question for it.
    `rule_asked`: the rule itself is what was asked, so that it is the answer."""
    response, lang = result.response or {}, writer.language
    values = {"hts": dots(response["hts"]), "date": long_date(response["as_of"], lang)}
    verdict = response["verdict"]
    parts: list[dict[str, Any]] = response["materials"]
    if rule_asked and not parts and response.get("rule"):
        writer.add("origin_rule_lead", **values)
        _rule(writer, result)
        writer.add("origin_check_next")
        not_checked(writer, response.get("not_covered") or [], limit=2)
        return
    if verdict == "qualifies":
        route = next((r["name"] for r in response["routes"] if r["verdict"] == "qualifies"), "")
        writer.add("origin_qualifies", route=route[:1].lower() + route[1:] if route[1:2].islower() else route, **values)
    else:
        writer.add("origin_fails" if verdict == "does_not_qualify" else "origin_open", **values)
    if not parts:
        writer.add("origin_need_parts")
        writer.lacks("materials", writer.say("missing_materials"))
        writer.worse("clarify")
        _rule(writer, result)
        not_checked(writer, response.get("not_covered") or [], limit=2)
        return
    routes = [r for r in response["routes"] if r["verdict"] != "does_not_qualify" or r["kind"] not in _IDLE]
    rows = [
        writer.say(
            "origin_route_row",
            name=cell(route["name"]),
            verdict=writer.say(f"origin_verdict_{route['verdict']}"),
            working=cell("; ".join(t for t in (route.get("calculation"), route.get("shortfall")) if t)) or "—",
        )
        for route in routes
    ]
    if rows:
        writer.text("\n".join([writer.say("origin_routes_head"), *rows]))
    writer.text("\n".join([writer.say("origin_parts_head"), *(_part(writer, part) for part in parts)]))
    if response.get("de_minimis"):
        writer.add("origin_de_minimis", calculation=str(response["de_minimis"]["calculation"]).rstrip("."))
    if response.get("cheapest_change"):
        writer.add("origin_cheapest", text=str(response["cheapest_change"]["text"]).rstrip("."))
    _rule(writer, result)
    questions = response.get("questions") or []
    if verdict == "cannot_tell":
        for question in questions:
            writer.lacks(question["name"], question["question"])
        if questions:
            writer.add("duty_questions", questions=" ".join(q["question"] for q in questions))
        writer.worse("partial")
    documents = [
        writer.say("origin_document", document=text, materials=join(row["materials"], lang))
        for row in response.get("documents_to_request") or []
        for text in row["documents"]
    ]
    if documents:
        writer.add("origin_documents", documents="; ".join(dict.fromkeys(documents)))
    not_checked(writer, response.get("not_covered") or [], limit=1)
    writer.add("origin_broker")
    if verdict != "cannot_tell":
        writer.add("origin_duty_next")


def _rule(writer: Writer, result: Result) -> None:
    rule = (result.response or {}).get("rule")
    if not rule:
        writer.add("origin_rule_none")
        return
    head = writer.say("origin_rule", cite=writer.cite(result.index, "/sources/0"))
    writer.text("\n".join([head, "", writer.say("origin_rule_quote", text=" ".join(str(rule["text"]).split()))]))


def _part(writer: Writer, part: dict[str, Any]) -> str:
    return writer.say(
        "origin_part_row",
        name=cell(part["description"]) or "—",
        hts=part["hts"] or "—",
        country=country_name(part["origin"], writer.language) if part["origin"] else "—",
        value=money(part["value"], writer),
        status=writer.say(f"origin_part_{part['status']}"),
        why=cell(part["why"]),
    )

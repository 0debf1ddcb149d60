"""`plan_scale_up` responses to prose: a table of stages, reasons, inspection, second sources, what to negotiate."""

from __future__ import annotations

from typing import Any

from assistant.offline.countries import country_name
from assistant.offline.needs import label
from assistant.offline.prose import Result, Writer, cell, join, long_date, money, not_checked, number
from assistant.sourcing.wording import unit_name


def write_scale(writer: Writer, result: Result) -> None:
    """The plan in order of its stages. Fictional plants are marked."""
    response = result.response or {}
    plant = response["manufacturer"]
    verdict = {True: "scale_yes", False: "scale_no", None: "scale_open"}[response["feasible"]]
    writer.add(
        "scale_lead",
        name=_named(writer, plant),
        process=label("process", response["process"], writer.language).lower(),
        date=long_date(response["as_of"], writer.language),
        verdict=writer.say(verdict),
        cite=writer.cite(result.index, "/sources/0"),
    )
    unit = unit_name(writer.language, response["unit"])
    stages = response["stages"]
    writer.text("\n".join([writer.say("scale_head"), *(_row(writer, stage, unit) for stage in stages)]))
    reasons = [
        writer.say(
            "scale_reasons",
            name=_stage(writer, stage["name"]),
            reasons=" ".join([*stage["reasons"], *(r["text"] for r in stage["risks"])]),
        )
        for stage in stages
    ]
    writer.text("\n".join(reasons))
    standard = next((i for i, s in enumerate(response["sources"]) if "Z1.4" in s["title"]), 0)
    head = writer.say("scale_inspection", cite=writer.cite(result.index, f"/sources/{standard}"))
    notes = [writer.say("scale_reasons", name=_stage(writer, s["name"]), reasons=s["inspection_note"]) for s in stages]
    writer.text("\n".join([head, "", *notes]))
    for stage in stages:
        if stage["second_sources"]:
            plants = [
                writer.say(
                    "scale_plant",
                    name=_named(writer, s),
                    country=country_name(s["country"], writer.language),
                    free=number(s["free"]),
                )
                for s in stage["second_sources"]
            ]
            writer.add(
                "scale_second", short=number(stage["shortfall"]), unit=unit, plants=join(plants, writer.language)
            )
            break
    items = [writer.say("scale_item", text=text) for text in response["negotiate"]]
    if items:
        writer.text("\n".join([writer.say("scale_negotiate"), "", *items]))
    if response["needs_facts"]:
        writer.missing += [q["name"] for q in response["needs_facts"]]
        writer.add("landed_questions", questions=" ".join(q["question"] for q in response["needs_facts"]))
    if response["feasible"] is None:
        writer.worse("partial")
    not_checked(writer, response["not_covered"], limit=3)


def _stage(writer: Writer, name: str) -> str:
    """A stage's name, the usual ones translated."""
    usual, _, rest = name.partition(" ")
    if usual.lower() not in ("pilot", "ramp", "scale"):
        return cell(name)
    return cell(f"{writer.say(f'scale_stage_{usual.lower()}')} {rest}")


def _named(writer: Writer, plant: dict[str, Any]) -> str:
    name = cell(str(plant["name"]))
    return f"{name} {writer.say('sample')}" if plant["sample"] else name


def _row(writer: Writer, stage: dict[str, Any], unit: str) -> str:
    use = stage["capacity"][0]["use_of_free"] if stage["capacity"] else None
    feasible = {True: "yes", False: "no", None: "open"}[stage["feasible"]]
    volume = "scale_lot" if stage["per"] == "lot" else "scale_monthly"
    order = stage["order_by"]
    return writer.say(
        "scale_row",
        name=_stage(writer, stage["name"]),
        start=long_date(stage["start"], writer.language),
        volume=writer.say(volume, volume=number(stage["volume"]), unit=unit),
        feasible=writer.say(f"scale_word_{feasible}"),
        share="—" if use is None else writer.say("scale_over") if use > 1 else f"{number(round(use * 100, 2))} %",
        order="—" if order is None else long_date(order, writer.language),
        entry=writer.say(f"scale_entry_{stage['entry']['type']}"),
        cost=money(stage["cost_per_unit"], writer),
    )

"""`compare_landed_cost` responses to prose: the order, a table, what would flip it, what was assumed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assistant.offline.prose import Result, Writer, cell, long_date, money, not_checked, number

_FLIPS = 6


def write_comparison(writer: Writer, result: Result) -> None:
    """Summary, scenarios in order, flip points, open questions, limits."""
    response = result.response or {}
    writer.add(
        "landed_lead",
        place=response["destination"]["place"],
        quantity=number(response["quantity"]),
        hts=response["hts"],
        date=long_date(response["entry_date"], writer.language),
        summary=response["summary"],
        cite=writer.cite(result.index, "/scenarios/0/duty_response/sources/0")
        or writer.cite(result.index, "/sources/0"),
    )
    rows = [_row(writer, row, response["scenarios"][row["index"]]) for row in response["ranking"]]
    writer.text("\n".join([writer.say("landed_head"), *rows]))
    flips = [f["text"] for row in response["ranking"] for f in row["flips"]][:_FLIPS]
    if flips:
        listed = [writer.say("landed_flip", text=text) for text in flips]
        writer.text("\n".join([writer.say("landed_flips"), "", *listed]))
    card = response["rate_card"]
    estimated = any(p["estimated"] and p["amount"] != "0.00" for s in response["scenarios"] for p in s["parts"])
    if card["indicative"] and estimated:
        writer.add("landed_freight", card=card["id"], date=long_date(card["date"], writer.language))
    questions = response["needs_facts"]
    if questions:
        writer.missing += [q["name"] for q in questions]
        writer.add("landed_questions", questions=" ".join(q["question"] for q in questions))
    if any(s["landed_cost"] is None for s in response["scenarios"]):
        writer.worse("partial")
    titles = [
        x["title"] for s in response["scenarios"] for x in s["duty_response"]["layers"] if x["status"] == "not_modelled"
    ]
    if titles:
        writer.add("duty_left_out", titles="; ".join(dict.fromkeys(titles)))
    not_checked(writer, response["not_covered"], limit=2)
    writer.text(str(response["disclaimer"]))


def _row(writer: Writer, row: dict[str, Any], out: dict[str, Any]) -> str:
    days = out["transit_days"]
    paid = [p for p in out["parts"] if p["name"] in ("duty", "fees", "duty_and_fees")]
    carbon = (out["co2e"] or {}).get("kg")
    return writer.say(
        "landed_row",
        place=str(row["rank"]) if row["rank"] else writer.say("landed_unranked"),
        name=cell(out["name"]),
        price=money(out["unit_price"], writer),
        rule=out["incoterm"],
        value=_amount(writer, out["customs_value"], out["customs_value_range"]),
        charges=_charges(writer, paid, out["duty_response"].get("fees")),
        freight=_freight(writer, out),
        total=_amount(writer, row["landed_cost"], row["range"]),
        each=_amount(writer, out["landed_cost_per_unit"], out["range_per_unit"], fine=True),
        days="—"
        if days is None
        else str(days["min"])
        if days["min"] == days["max"]
        else f"{days['min']}–{days['max']}",
        carbon="—" if carbon is None else number(carbon),
    )


def _amount(writer: Writer, exact: str | None, bounds: dict[str, Any] | None, *, fine: bool = False) -> str:
    shown = _fine if fine else money
    if exact is not None or bounds is None:
        return shown(exact, writer)
    if bounds["max"] is None:
        return writer.say("landed_from", min=shown(bounds["min"], writer))
    return writer.say("landed_range", min=shown(bounds["min"], writer), max=shown(bounds["max"], writer))


def _fine(amount: str | None, writer: Writer) -> str:
    """Per unit: cents where that is exact, else hundredths of a cent."""
    if amount is None:
        return writer.say("open")
    value = Decimal(amount)
    # Never three decimals: "6.999" reads as thousands in half of the world.
    return f"US${value:,.2f}" if value == round(value, 2) else f"US${value:,.4f}"


def _charges(writer: Writer, parts: list[dict[str, Any]], fees: str | None) -> str:
    """Duty and fees as the buyer pays them: two amounts, one range with the fees that are settled, or in the price."""
    if all(p["paid_by"] == "seller" for p in parts):
        return writer.say("landed_in_price")
    if fees is not None and len(parts) == 1 and parts[0]["name"] == "duty_and_fees":
        charges = _amount(writer, parts[0]["amount"], parts[0]["range"])
        return writer.say("landed_fees", charges=charges, fees=money(fees, writer))
    return " + ".join(_amount(writer, p["amount"], p["range"]) for p in parts)


def _freight(writer: Writer, out: dict[str, Any]) -> str:
    names = ("origin_inland", "origin_terminal", "main_freight", "destination_inland")
    parts = [p for p in out["parts"] if p["name"] in names]
    if all(p["paid_by"] == "seller" for p in parts):
        return writer.say("landed_in_price")
    return money(out["freight"], writer)

"""`order_status`, `supplier_performance` and `production_risks` to prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from assistant.offline.production import risk_kinds
from assistant.offline.prose import Result, Writer, cell, long_date, not_checked, number
from assistant.offline.text import data, fold

_ORDER_CARDS = ("first_pass_yield", "defects_ppm", "scrap_rate", "oee", "output_against_plan", "document_compliance",
                "open_incidents")  # fmt: skip
_COMPARED = ("on_time_delivery", "on_time_in_full", "lead_time_actual", "first_pass_yield", "defects_ppm", "scrap_rate",
             "oee", "document_compliance", "open_incidents", "cost_of_poor_quality")  # fmt: skip
_SHOWN_RISKS = 6


def write_order(writer: Writer, result: Result) -> None:
    """Where the order stands, what is expected, milestones, figures, risks."""
    response = result.response or {}
    lang, progress, expected = writer.language, response["progress"], response["forecast"]
    writer.add(
        "order_lead",
        order=response["order_id"],
        product=cell(response["product"]),
        maker=_maker(writer, response["manufacturer"]),
        phase=writer.say(f"phase_{response['phase']}"),
        date=long_date(response["as_of"], lang),
        cite=writer.cite(result.index, "/sources/0"),
    )
    lines = []
    if progress["good"] is not None:
        lines.append(
            writer.say("order_made", good=number(progress["good"]), quantity=number(progress["quantity"]),
                       percent=progress["percent_text"])
        )  # fmt: skip
    promised = long_date(response["promised"], lang)
    late = expected.get("late_days")
    if expected["status"] == "delivered":
        key = "order_delivered_late" if late > 0 else "order_delivered"
        values = {"days": number(abs(late))} if late > 0 else {}
        lines.append(writer.say(key, day=long_date(expected["expected"], lang), promised=promised, **values))
    elif expected["status"] == "forecast":
        key = "order_late" if late > 0 else "order_in_time"
        values = {"days": number(late)} if late > 0 else {}
        day, earliest, latest = (long_date(expected[name], lang) for name in ("expected", "earliest", "latest"))
        between = writer.say("order_between", earliest=earliest, latest=latest) if earliest != latest else ""
        lines.append(writer.say(key, day=f"{day}{between and f' {between}'}", promised=promised, **values))
    else:
        lines.append(writer.say("order_no_forecast", promised=promised))
    writer.text(" ".join(lines))
    rows = [
        writer.say(
            "milestone_row",
            name=cell(_milestone(writer, m["name"])),
            planned=long_date(m["planned"], lang) if m["planned"] else "—",
            actual=long_date(m["actual"], lang) if m["actual"] else "—",
            state=_days(writer, m),
        )
        for m in response["milestones"]
    ]
    if rows:
        writer.text("\n".join([writer.say("milestone_head"), *rows]))
    _figures(writer, [k for k in response["kpis"] if k["name"] in _ORDER_CARDS and k["status"] == "ok"])
    _risks(writer, response["risks"], with_order=False)
    not_checked(writer, response.get("not_covered") or [], limit=3)


def write_performances(writer: Writer, results: Sequence[Result], asked: str) -> None:
    """One supplier in full, the figure that `asked` (the question) names first; several side by side."""
    told = []
    for result in results:
        if (result.response or {}).get("orders"):
            told.append(result)
        else:
            maker = _maker(writer, (result.response or {})["manufacturer"])
            writer.add("performance_no_orders", maker=maker)
    if len(told) > 1:
        _side_by_side(writer, told)
    elif told:
        _performance(writer, told[0], asked)


def _side_by_side(writer: Writer, results: Sequence[Result]) -> None:
    """A row for each figure that one of the suppliers has, a column for each supplier."""
    names = [
        f"{_maker(writer, (r.response or {})['manufacturer'])} {writer.cite(r.index, '/sources/0')}" for r in results
    ]
    rows = []
    for name in _COMPARED:
        kpis = [next(k for k in (r.response or {})["kpis"] if k["name"] == name) for r in results]
        if any(kpi["status"] == "ok" for kpi in kpis):
            values = [cell(k["text"]) if k["status"] == "ok" else "—" for k in kpis]
            rows.append(f"| {' | '.join([cell(kpis[0]['title']), *values])} |")
    first = results[0].response or {}
    writer.add(
        "performance_compared",
        start=long_date(first["from"], writer.language),
        end=long_date(first["to"], writer.language),
    )
    head = f"| {writer.say('performance_figure')} | {' | '.join(names)} |"
    writer.text("\n".join([head, "|---" * (len(names) + 1) + "|", *rows]))
    _risks(writer, [risk for r in results for risk in (r.response or {})["risks"][:2]], with_order=True)
    not_checked(writer, [text for r in results for text in (r.response or {}).get("not_covered") or []], limit=2)


def _performance(writer: Writer, result: Result, asked: str) -> None:
    """The supplier's figures with their working, signals, risks."""
    response = result.response or {}
    lang = writer.language
    folded = fold(asked)
    kpis = [k for k in response["kpis"] if k["status"] == "ok"]
    wanted = [k for k in kpis if re.search(rf"\b(?:{data('production')['figures'].get(k['name'], '$^')})\b", folded)]
    for kpi in wanted[:2]:
        working = _working(kpi)
        key = "performance_asked" if working == "—" else "performance_asked_of"
        values = {"title": str(kpi["title"]), "value": str(kpi["text"])} | (
            {} if working == "—" else {"working": working}
        )
        writer.add(key, **values)
    writer.add(
        "performance_lead",
        maker=_maker(writer, response["manufacturer"]),
        start=long_date(response["from"], lang),
        end=long_date(response["to"], lang),
        count=number(len(response["orders"])),
        cite=writer.cite(result.index, "/sources/0"),
    )
    _figures(writer, [*wanted, *(k for k in kpis if k not in wanted)])
    empty = [k["title"] for k in response["kpis"] if k["status"] != "ok"]
    if empty:
        writer.add("performance_empty", names=", ".join(empty))
    signals = [
        writer.say("performance_signal", name=next(k["title"] for k in response["kpis"] if k["name"] == name),
                   weeks=", ".join(long_date(p["label"], lang) for p in chart["points"] if p["rules"]))
        for name, chart in response["control"].items() if chart["status"] == "signal"
    ]  # fmt: skip
    writer.text("\n".join(signals))
    _risks(writer, response["risks"], with_order=True)
    not_checked(writer, response.get("not_covered") or [], limit=3)


def write_risks(writer: Writer, result: Result, asked: str = "") -> None:
    """The risk register, the gravest first; of the kinds that `asked` (the question) names, where it names some."""
    response = result.response or {}
    kinds = risk_kinds(asked)
    if kinds and response["risks"] and len(response["risks"]) == response["total"]:
        found = [r for r in response["risks"] if r["kind"] in kinds]
        values = {"date": long_date(response["as_of"], writer.language), "total": number(response["total"])}
        cite = writer.cite(result.index, "/sources/0")
        if found:
            writer.add("risks_of_kind", count=number(len(found)), cite=cite, **values)
            _risks(writer, found, with_order=True, head=False)
        else:
            writer.add("risks_no_such", cite=cite, **values)
        not_checked(writer, response.get("not_covered") or [], limit=3)
        return
    date = long_date(response["as_of"], writer.language)
    if not response["risks"]:
        writer.add("risks_none", date=date, count=number(response["orders"]))
    else:
        cite = writer.cite(result.index, "/sources/0")
        writer.add("risks_lead", date=date, count=number(response["total"]), cite=cite)
        _risks(writer, response["risks"], with_order=True, head=False)
    not_checked(writer, response.get("not_covered") or [], limit=3)


def _figures(writer: Writer, kpis: list[dict[str, Any]]) -> None:
    if not kpis:
        return
    rows = [
        writer.say("kpi_row", title=cell(k["title"]), value=cell(k["text"]), working=cell(_working(k)),
                   formula=cell(k["formula"])) for k in kpis
    ]  # fmt: skip
    writer.text("\n".join([writer.say("kpi_head"), *rows]))


def _working(kpi: dict[str, Any]) -> str:
    if kpi["numerator"] is None or kpi["denominator"] is None:
        return "—"
    return f"{number(_short(kpi['numerator']))} ÷ {number(_short(kpi['denominator']))}"


def _short(value: str) -> str:
    return str(round(Decimal(value), 2))


def _risks(writer: Writer, risks: list[dict[str, Any]], *, with_order: bool, head: bool = True) -> None:
    if not risks:
        return
    rows = [
        writer.say("risk_row", order=f"{r['order_id']}: " if with_order else "", title=r["title"],
                   severity=writer.say(f"severity_{r['severity']}"), cause=r["cause"], step=r["next_step"])
        for r in risks[:_SHOWN_RISKS]
    ]  # fmt: skip
    writer.text("\n".join([*([writer.say("risks_head"), ""] if head else []), *rows]))


def _maker(writer: Writer, maker: dict[str, Any]) -> str:
    mark = f" {writer.say('sample')}" if maker.get("sample") else ""
    return f"{cell(maker['name'])}{mark}"


def _milestone(writer: Writer, name: str) -> str:
    try:
        return writer.say(f"milestone_{name}")
    except LookupError:
        return name.replace("_", " ")


def _days(writer: Writer, milestone: dict[str, Any]) -> str:
    days = milestone["variance_days"]
    if milestone["state"] == "unreported":
        return writer.say("milestone_unreported")
    if milestone["state"] == "upcoming" or days is None:
        return writer.say("milestone_upcoming") if milestone["actual"] is None else writer.say("milestone_done")
    if milestone["state"] == "overdue":
        return writer.say("milestone_overdue", days=number(days))
    if days > 0:
        return writer.say("milestone_late", days=number(days))
    return writer.say("milestone_early", days=number(-days)) if days < 0 else writer.say("milestone_done")

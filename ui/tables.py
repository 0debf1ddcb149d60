"""Tool responses as HTML tables. Every value is escaped; on a narrow screen each row becomes a block with labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ui.safe import html, web_link
from ui.texts import Texts

_WHY = 4
_TABLE = re.compile(r"(?:^\|.*(?:\n|\Z)){3,}", re.MULTILINE)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str,
    kind: str,
    foot: int = 0,
    notes: Sequence[tuple[str, str]] = (),
) -> str:
    """An HTML table of cells that are HTML already. The last `foot` rows are totals; `notes` has for each row a label
    and what stands below it, across the whole width."""
    head = "".join(f'<th scope="col">{html(column)}</th>' for column in columns)
    body = []
    for number, row in enumerate(rows):
        cells = "".join(_cell(column, cell) for column, cell in zip(columns, row, strict=True))
        total = ' class="total"' if number >= len(rows) - foot else ""
        note = f"<tr>{_cell(*notes[number], span=len(columns))}</tr>" if notes else ""
        body.append(f"<tbody{total}><tr>{cells}</tr>{note}</tbody>")
    return (
        f'<div class="scroll"><table class="grid {kind}"><caption>{html(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>{''.join(body)}</table></div>"
    )


def _cell(label: str, content: str, span: int = 1) -> str:
    across = f' colspan="{span}" class="note"' if span > 1 else ""
    return f'<td{across} data-label="{html(label)}"><div>{content}</div></td>'


def listing(head: str, items: Sequence[str]) -> str:
    """A list of plain texts under its heading, if any; nothing when there are no texts."""
    if not items:
        return ""
    above = f'<p class="head">{html(head)}</p>' if head else ""
    return f'{above}<ul class="plain">{"".join(f"<li>{html(item)}</li>" for item in items)}</ul>'


def folded(head: str, items: Sequence[str]) -> str:
    """A list that opens under its heading; nothing when there are no texts."""
    if not items:
        return ""
    return f"<details><summary>{html(head)} ({len(items)})</summary>{listing('', items)}</details>"


def chip(text: str, kind: str) -> str:
    return f'<span class="chip {html(kind)}">{html(text)}</span>'


def for_call(call: dict[str, Any], t: Texts, cited: Mapping[str, str] | None = None) -> list[str]:
    """The tables of one tool call of an answer; none for a failed call or a tool that needs no table. `cited` has the
    citation numbers of documents."""
    response = call.get("response") or {}
    if call.get("name") == "find_manufacturers":
        return _matches(response, t, cited or {})
    if call.get("name") == "estimate_duty":
        return _duty(response, t)
    return []


def around_repeats(prose: str, calls: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """The prose before and after the place for the tables, without those of its own tables that they show in full: each
    of their rows names a match, or an option of the one duty estimate. The place is that of the first of these."""
    names = _names(calls, "find_manufacturers", "matches")
    if sum(call.get("name") == "estimate_duty" for call in calls) == 1:
        names |= _names(calls, "estimate_duty", "options")
    pieces, last = [], 0
    for block in _TABLE.finditer(prose):
        rows = block.group().replace("\\|", "|").strip().split("\n")[2:]
        if all(any(name in row for name in names) for row in rows):
            pieces.append(prose[last : block.start()])
            last = block.end()
    pieces.append(prose[last:])
    return pieces[0].strip(), "\n\n".join(piece.strip() for piece in pieces[1:])


def _names(calls: Sequence[dict[str, Any]], tool: str, key: str) -> set[str]:
    rows = [row for call in calls if call.get("name") == tool for row in (call.get("response") or {}).get(key) or []]
    return {str(row["name"]) for row in rows if row.get("name")}


def _matches(response: dict[str, Any], t: Texts, cited: Mapping[str, str]) -> list[str]:
    parts = []
    matches = response.get("matches") or []
    if matches:
        rows, notes = [_match(match, t, cited) for match in matches], [(t("why"), _why(match)) for match in matches]
        parts.append(table(t.list("columns_match"), rows, caption=t("matches"), kind="matches", notes=notes))
    near = [f"{row.get('name')}: {row.get('why')}" for row in response.get("excluded") or []][:5]
    wider = [t("relaxation", **_plain(row, "change", "matches")) for row in response.get("relaxations") or []]
    parts += [part for part in (folded(t("excluded"), near), listing(t("relaxations"), wider)) if part]
    return parts


def _plain(row: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(row.get(name, "")) for name in names}


def _match(match: dict[str, Any], t: Texts, cited: Mapping[str, str]) -> list[str]:
    number = cited.get(str(match.get("document_id")))
    mark = f' <span class="soft">[{html(number)}]</span>' if number else ""
    badge = f"<br>{chip(t('sample'), 'sample')}" if match.get("sample") else ""
    days = match.get("lead_time_days")
    return [
        f"<strong>{html(match.get('name'))}</strong>{mark}{badge}",
        html(_place(match.get("location") or {}, t)),
        _score(match.get("score"), t),
        "".join(_certificate(c, t) for c in match.get("certifications") or []) or "—",
        html(_capacity(match.get("capacity") or {}, t)),
        "—" if days is None else html(t("days", days=t.number(days))),
    ]


def _place(location: dict[str, Any], t: Texts) -> str:
    names = [location.get("city"), location.get("region"), t.country(location.get("country"))]
    place = ", ".join(dict.fromkeys(str(name) for name in names if name))
    km = location.get("distance_km", location.get("km"))
    return place if km is None else f"{place} ({t('km', km=t.number(round(float(km))))})"


def _score(score: Any, t: Texts) -> str:
    """The score as text and as a bar. Scores are 0 to 1, or 0 to 100."""
    if score is None:
        return "—"
    share = float(score) / (100 if float(score) > 1 else 1)
    return (
        f'<span class="score"><span class="bar"><span style="width:{max(0, min(100, share * 100)):.0f}%"></span></span>'
        f"{html(t.number(round(float(score), 2)))}</span>"
    )


def _certificate(certificate: dict[str, Any], t: Texts) -> str:
    state = str(certificate.get("state"))
    until = certificate.get("expires")
    words = t.one_of("states", state) + (f" {t('until_short', date=t.day(until))}" if until else "")
    return f'<div class="cert">{html(certificate.get("standard"))} {chip(words, state)}</div>'


def _capacity(capacity: dict[str, Any], t: Texts) -> str:
    unit = t.one_of("units", str(capacity.get("unit") or ""))
    free = next((capacity[k] for k in ("free", "free_capacity", "free_monthly") if capacity.get(k) is not None), None)
    whole = next((capacity[k] for k in ("monthly_capacity", "monthly") if capacity.get(k) is not None), None)
    parts = []
    if whole is not None:
        parts.append(t("per_month", amount=t.number(whole), unit=unit))
    if free is not None:
        parts.append(t("free", amount=t.number(free)))
    least = capacity.get("pilot_min_order", capacity.get("min_order"))
    if least is not None:
        parts.append(t("minimum", amount=t.number(least)))
    return ", ".join(parts) or "—"


def _why(match: dict[str, Any]) -> str:
    """The reasons that weigh most, then the gaps."""
    criteria = sorted((match.get("fit") or {}).values(), key=lambda c: -float(c["weight"]) * float(c["score"]))
    reasons = [c["why"] for c in criteria if c.get("why") and float(c["score"]) > 0][:_WHY]
    rows = [f"<li>{html(reason)}</li>" for reason in reasons]
    rows += [f'<li class="gap">{html(gap)}</li>' for gap in match.get("gaps") or []]
    return f'<ul class="why">{"".join(rows)}</ul>' if rows else "—"


def _duty(response: dict[str, Any], t: Texts) -> list[str]:
    if not response.get("layers"):
        return []
    rows = [_layer(layer, t) for layer in response["layers"] if layer.get("status") != "not_modelled"]
    span = response.get("range")
    whole = (
        t("between", min=t.money(span["min"]), max=t.money(span["max"]))
        if response.get("total_import_charges") is None and span
        else _money_or(response.get("total_import_charges"), t)
    )
    for label, amount in (
        ("duty_total", _money_or(response.get("duty"), t)),
        ("fees_total", _money_or(response.get("fees"), t)),
        ("all_total", whole),
    ):
        rows.append([f"<strong>{html(t(label))}</strong>", "", "", f"<strong>{html(amount)}</strong>", "", ""])
    origin = t.country(response.get("origin"))
    caption = t("duty", hts=response.get("hts"), origin=origin, date=t.day(response.get("entry_date")))
    parts = [table(t.list("columns_duty"), rows, caption=caption, kind="duty", foot=3)]
    options = [
        [
            html(option.get("name")),
            html(_money_or(option.get("duty"), t)),
            html(_money_or(option.get("fees"), t)),
            f"<strong>{html(_money_or(option.get('total_import_charges'), t))}</strong>",
            html("; ".join(option.get("requires") or [])) or "—",
        ]
        for option in response.get("options") or []
    ]
    if options:
        parts.append(table(t.list("columns_options"), options, caption=t("options"), kind="options"))
    open_ones = [_open_layer(layer, t) for layer in response["layers"] if layer.get("status") == "not_modelled"]
    if open_ones:
        parts.append(f'<p class="head">{html(t("not_modelled"))}</p><ul class="plain">{"".join(open_ones)}</ul>')
    questions = [str(fact.get("question")) for fact in response.get("needs_facts") or []]
    parts.append(listing(t("needs_facts"), questions))
    parts.append(folded(t("assumptions"), [str(a) for a in response.get("assumptions") or []]))
    return [part for part in parts if part]


def _open_layer(layer: dict[str, Any], t: Texts) -> str:
    """A measure that may apply and that nobody computed, with its sources."""
    links = "; ".join(_source(source, t) for source in layer.get("sources") or [])
    return f"<li>{html(layer.get('title'))}{f' <span class=soft>({links})</span>' if links else ''}</li>"


def _money_or(value: Any, t: Texts) -> str:
    return t("unknown") if value is None else t.money(value)


def _layer(layer: dict[str, Any], t: Texts) -> list[str]:
    heading = f" <span class='soft'>{html(layer['heading'])}</span>" if layer.get("heading") else ""
    status = str(layer.get("status"))
    amount = t.money(layer.get("amount")) if layer.get("amount") is not None else "—"
    working = f"<br><span class='soft'>{html(layer['calculation'])}</span>" if layer.get("calculation") else ""
    reason = f"<br><span class='soft'>{html(layer['reason'])}</span>" if layer.get("reason") else ""
    return [
        f"{html(layer.get('title') or layer.get('kind'))}{heading}",
        html(layer.get("rate") or "—"),
        html(t.money(layer["basis_amount"]) if layer.get("basis_amount") is not None else "—"),
        f"{html(amount)}{working}",
        f"{chip(t.one_of('layer_status', status), status)}{reason}",
        "<br>".join(_source(source, t) for source in layer.get("sources") or []) or "—",
    ]


def _source(source: dict[str, Any], t: Texts) -> str:
    page = f", {t('page', page=source['page'])}" if source.get("page") else ""
    words = html(f"{source.get('title')}{page}")
    url = web_link(source.get("url"))
    return f'<a href="{html(url)}" target="_blank" rel="noopener noreferrer">{words}</a>' if url else words

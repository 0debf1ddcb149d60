"""Charts of the production page as HTML and SVG. Every value is escaped; colours are never the only sign."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ui.safe import html
from ui.texts import Texts

_AHEAD = 60
_DONE = {"done": "✓", "done_late": "✓", "overdue": "!", "unreported": "·", "upcoming": ""}


def cards(kpis: Sequence[dict[str, Any]], trends: Mapping[str, Any], t: Texts) -> str:
    """KPI cards: value, working, a line of the last weeks with its limits, and whether it is signal or noise."""
    parts = []
    for kpi in kpis:
        chart = trends.get(kpi["name"])
        line = sparkline(chart) if chart else ""
        verdict = ""
        if chart and chart["status"] in ("signal", "stable"):
            recent = any(p["rules"] for p in chart["points"][-3:])
            verdict = f'<span class="chip {"claimed" if recent else "applied"}">{html(t("signal" if recent else "stable"))}</span>'
        working = ""
        if kpi["numerator"] is not None and kpi["denominator"] is not None:
            working = t(
                "working_of",
                above=t.number(round(float(kpi["numerator"]), 1)),
                below=t.number(round(float(kpi["denominator"]), 1)),
            )
        empty = " empty" if kpi["status"] != "ok" else ""
        parts.append(
            f'<div class="card{empty}" title="{html(kpi["formula"])}"><div class="name">{html(kpi["title"])}</div>'
            f'<div class="value">{html(kpi["text"])}</div><div class="soft">{html(working)} {verdict}</div>{line}</div>'
        )
    return f'<div class="cards">{"".join(parts)}</div>'


def sparkline(chart: Mapping[str, Any], width: int = 190, height: int = 38) -> str:
    """The last 20 points with mean and limits; points that a rule marks stand out."""
    points = chart["points"][-20:]
    if len(points) < 2:
        return ""
    values = [float(p["value"]) for p in points]
    ends = [float(chart[n]) for n in ("lower", "upper") if chart.get(n) is not None]
    low, high = min(values + ends), max(values + ends)
    span = (high - low) or 1.0

    def y(value: float) -> float:
        return round(height - 4 - (value - low) / span * (height - 8), 1)

    step = (width - 8) / (len(values) - 1)
    path = " ".join(f"{4 + n * step:.1f},{y(v)}" for n, v in enumerate(values))
    lines = "".join(f"<line class='limit' x1='0' x2='{width}' y1='{y(e)}' y2='{y(e)}'/>" for e in ends)
    if chart.get("mean") is not None:
        mean = y(float(chart["mean"]))
        lines += f"<line class='mean' x1='0' x2='{width}' y1='{mean}' y2='{mean}'/>"
    marks = "".join(
        f"<circle class='signal' cx='{4 + n * step:.1f}' cy='{y(v)}' r='2.6'/>"
        for n, v in enumerate(values)
        if points[n]["rules"]
    )
    return _image(f"{lines}<polyline points='{path}'/>{marks}", width, height, "", "spark")


_SVG_STYLE = (
    "polyline{fill:none;stroke:#0b6b5d;stroke-width:1.8}.limit{stroke:#b9c4c0;stroke-dasharray:3 3}.mean,.axis{stroke:#d9e0de}"
    ".signal{fill:#c2410c}polyline.plan{stroke:#8a9692;stroke-dasharray:4 3}"
)


def _image(drawn: str, width: int, height: int, told: str, kind: str) -> str:
    """An SVG drawing of numbers as an image: the page's sanitizer takes inline SVG out."""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width * 2}' height='{height * 2}'>"
        f"<style>{_SVG_STYLE}</style>{drawn}</svg>"
    )
    data = base64.b64encode(svg.encode()).decode()
    return f'<img class="{kind}" alt="{html(told)}" src="data:image/svg+xml;base64,{data}">'


def timeline(orders: Sequence[dict[str, Any]], day: date, t: Texts, *, past: bool = False) -> str:
    """One row an order: its days from placing to delivery, milestones, the promise, the expected range, today."""
    if not orders:
        return ""
    starts = [date.fromisoformat(o["placed"]) for o in orders]
    ends = [date.fromisoformat(o["promised"]) for o in orders]
    far = max([*ends, day]) + timedelta(days=_AHEAD)  # a forecast beyond it is drawn to the edge
    ends += [min(date.fromisoformat(o["forecast"]["latest"]), far) for o in orders if o["forecast"].get("latest")]
    first, last = min(starts) - timedelta(days=3), max([*ends, day]) + timedelta(days=5)
    whole = max((last - first).days, 1)

    def x(value: str | date) -> float:
        found = value if isinstance(value, date) else date.fromisoformat(value)
        return round(min(max((found - first).days / whole, 0), 1) * 100, 2)

    rows = "".join(_row(order, x, t) for order in orders)
    months = "".join(f'<span style="left:{x(m)}%">{html(_month(m, t))}</span>' for m in _months(first, last))
    legend = "".join(
        f'<span><i class="dot {key}">{_DONE.get(key, "")}</i>{html(t.one_of("legend", key))}</span>'
        for key in ("done", "done_late", "overdue", "upcoming", "promised", "range")
    )
    return (
        f'<div class="legend">{legend}</div><div class="timeline"><div class="line head"><div class="who"></div>'
        f'<div class="track months">{months}</div></div>{rows}'
        f'<div class="now" style="--at:{x(day) / 100}"><span>{html(t.day(day) if past else t("today"))}</span></div></div>'
    )


def _row(order: dict[str, Any], x: Any, t: Texts) -> str:
    expected = order["forecast"]
    late = expected.get("late_days")
    if order["delivered_on"]:
        state = t("delivered_on", date=t.day(order["delivered_on"]))
    elif expected["status"] == "forecast":
        state = t("expected_on", date=t.day(expected["expected"]))
    else:
        state = t("no_forecast")
    verdict = ""
    if late is not None:
        words = t("days_late", days=t.number(late)) if late > 0 else t("in_time")
        verdict = f'<span class="chip {"expired" if late > 0 else "applied"}">{html(words)}</span>'
    dots = []
    for milestone in order["milestones"]:
        when = milestone["actual"] or milestone["replanned"] or milestone["planned"]
        if not when:
            continue
        told = f"{t.one_of('milestones', milestone['name'])}: {t.one_of('milestone_states', milestone['state'])}, {t.day(when)}"
        dots.append(
            f'<i class="dot {html(milestone["state"])}" style="left:{x(when)}%" title="{html(told)}">{_DONE.get(milestone["state"], "")}</i>'
        )
    span = ""
    if expected["status"] == "forecast":
        left, right = x(expected["earliest"]), x(expected["latest"])
        span = f'<b class="range" style="left:{left}%;width:{max(right - left, 0.6)}%"></b>'
    end = order["delivered_on"] or expected.get("expected") or order["promised"]
    left = x(order["placed"])
    share = f" · {round(order['share'] * 100)} %" if order["share"] is not None else ""
    sample = f' <span class="chip sample">{html(t("sample"))}</span>' if order["sample"] else ""
    return (
        f'<div class="line"><div class="who"><strong>{html(order["order_id"])}</strong> {verdict}<br>{html(order["product"])}'
        f'<br><span class="soft">{html(order["manufacturer"]["name"])}{sample}<br>{html(t.one_of("phases", order["phase"]))}{html(share)} · {html(state)}</span></div>'
        f'<div class="track"><b class="life" style="left:{left}%;width:{max(x(end) - left, 0.5)}%"></b>{span}'
        f'<i class="promise" style="left:{x(order["promised"])}%" title="{html(t("promised_on", date=t.day(order["promised"])))}"></i>{"".join(dots)}</div></div>'
    )


def _months(first: date, last: date) -> list[date]:
    found, day = [], date(first.year, first.month, 1)
    while day <= last:
        if day >= first:
            found.append(day)
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return found


def _month(day: date, t: Texts) -> str:
    words = t.day(day).split()
    return next((w for w in words if not w.strip(",").isdigit() and w != "de"), str(day.month))


def pareto(rows: Sequence[dict[str, Any]], t: Texts) -> str:
    """Bars, the tallest first, each with its count and the share so far."""
    if not rows:
        return f'<p class="soft">{html(t("no_defects"))}</p>'
    most = max(float(r["count"]) for r in rows)
    bars = "".join(
        f'<div class="bar-row"><span>{html(r["label"])}</span><div><b style="width:{float(r["count"]) / most * 100:.1f}%"></b></div>'
        f'<span>{html(t.number(r["count"]))} <em class="soft">{html(t("cumulative", share=t.number(r["cumulative"])))}</em></span></div>'
        for r in rows[:8]
    )
    return f'<div class="bars">{bars}</div>'


def factors(oee: dict[str, Any] | None, kpis: Sequence[dict[str, Any]], t: Texts) -> str:
    """OEE and its three factors as bars."""
    rows = [*([oee] if oee else []), *kpis]
    bars = "".join(
        f'<div class="bar-row"><span>{html(k["title"])}</span><div><b style="width:{min(float(k["value"] or 0), 100):.1f}%"></b></div>'
        f"<span>{html(k['text'])}</span></div>"
        for k in rows
    )
    return f'<div class="bars">{bars}</div>'


def output(rows: Sequence[dict[str, Any]], t: Texts) -> str:
    """Good units so far against the plan, one small chart an order."""
    parts = []
    for row in rows:
        curve = row["curve"]
        if len(curve) < 2:
            continue
        width, height, most = 240, 90, max(float(row["quantity"]), 1.0)
        step = (width - 10) / (len(curve) - 1)

        def points(name: str, curve: Any = curve, step: float = step, most: float = most) -> str:
            told = [(n, c[name]) for n, c in enumerate(curve) if c[name] is not None]
            return " ".join(f"{5 + n * step:.1f},{84 - min(float(v) / most, 1.05) * 74:.1f}" for n, v in told)

        last = curve[-1]
        drawn = (
            f"<line class='limit' x1='5' x2='{width - 5}' y1='10' y2='10'/><line class='axis' x1='5' x2='{width - 5}' y1='84' y2='84'/>"
            f"<polyline class='plan' points='{points('planned')}'/><polyline points='{points('good')}'/>"
        )
        caption = f"{t.number(last['good'])} / {t.number(row['quantity'])}"
        parts.append(
            f'<figure><figcaption><strong>{html(row["order_id"])}</strong> <span class="soft">{html(caption)}</span></figcaption>'
            + _image(drawn, width, height, f"{row['order_id']} {caption}", "curve")
            + "</figure>"
        )
    legend = f'<div class="legend"><span><i class="stroke good"></i>{html(t("output_line"))}</span><span><i class="stroke plan"></i>{html(t("plan_line"))}</span></div>'
    return f'{legend}<div class="figures">{"".join(parts)}</div>' if parts else ""


CSS = """
<style>
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:.7rem;margin:.3rem 0 .6rem}
.card{border:1px solid #d9e0de;border-radius:10px;padding:.6rem .8rem;background:#fff}
.card .name{color:#53625e;font-size:.8rem}.card .value{font-size:1.45rem;font-weight:650;font-variant-numeric:tabular-nums}
.card.empty .value{color:#8a9692;font-weight:500;font-size:1.1rem}
img.spark{width:100%;height:auto;margin-top:.2rem;display:block}img.curve{width:100%;height:auto}
.legend{display:flex;flex-wrap:wrap;gap:.9rem;font-size:.78rem;color:#53625e;margin:.1rem 0 .5rem}
.legend span{display:inline-flex;align-items:center;gap:.35rem}.legend .dot,.legend .stroke{position:static;transform:none}
.stroke{display:inline-block;width:20px;border-top:2px solid #0b6b5d}.stroke.plan{border-top:2px dashed #8a9692}
.timeline{position:relative;border:1px solid #d9e0de;border-radius:10px;overflow:hidden}
.line{display:grid;grid-template-columns:250px 1fr;border-bottom:1px solid #eef1f0;min-height:74px}
.line.head{min-height:26px;background:#f4f6f5}.line .who{padding:.4rem .8rem;font-size:.84rem;line-height:1.35}
.track{position:relative;margin:0 18px}.track.months span{position:absolute;top:5px;font-size:.74rem;color:#53625e}
.track b.life{position:absolute;top:34px;height:6px;border-radius:3px;background:#d9efe9}
.track b.range{position:absolute;top:31px;height:12px;border-radius:6px;background:#0b6b5d33;border:1px solid #0b6b5d}
.dot{position:absolute;top:29px;width:16px;height:16px;border-radius:50%;transform:translateX(-8px);font:700 10px/15px sans-serif;
 text-align:center;font-style:normal;border:1.5px solid #8a9692;background:#fff;color:#fff;box-sizing:border-box}
.dot.done{background:#0b6b5d;border-color:#0b6b5d}.dot.done_late{background:#b7791f;border-color:#b7791f}
.dot.overdue{background:#b42318;border-color:#b42318}.dot.unreported{background:#c9d2ce;color:#53625e}.dot.promised{border-radius:2px;border:0;width:3px;background:#3d3580}
.dot.range{border-radius:6px;width:22px;height:11px;background:#0b6b5d33;border:1px solid #0b6b5d}
.track i.promise{position:absolute;top:16px;bottom:16px;width:3px;background:#3d3580;border-radius:2px;transform:translateX(-1px)}
.now{position:absolute;top:26px;bottom:0;left:calc(268px + (100% - 286px)*var(--at));border-left:1.5px dashed #b42318;pointer-events:none}
.now span{position:absolute;top:-20px;right:4px;font-size:.7rem;color:#b42318;background:#f4f6f5}
.bars{display:grid;gap:.45rem}.bar-row{display:grid;grid-template-columns:9rem 1fr 9.5rem;gap:.6rem;align-items:center;font-size:.84rem}
.bar-row div{background:#eef1f0;border-radius:4px;height:14px}.bar-row b{display:block;height:14px;border-radius:4px;background:#0b6b5d}
.bar-row em{font-style:normal;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:.8rem}.figures figure{margin:0}
.alert{border-left:4px solid #8a9692;padding:.15rem .7rem;font-size:.86rem;line-height:1.4}
.alert.high{border-color:#b42318}.alert.medium{border-color:#b7791f}.alert.low{border-color:#8a9692}.alert.seen{opacity:.65}
p.live{color:#53625e;font-size:.82rem;margin:0}p.live::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;
 background:#0b6b5d;margin-right:.45em}p.live.past::before{background:#8a9692}
@media (max-width:760px){.line{grid-template-columns:1fr}.line .track{min-height:64px}.line .track b.life{top:24px}.track b.range{top:21px}
 .track .dot{top:19px}.now{display:none}.bar-row{grid-template-columns:6rem 1fr 7rem}}
</style>
"""

"""The production page: orders on a time line, figures, papers and alerts, redrawn as events arrive."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import streamlit as st

from ui import charts, client, safe, style, tables
from ui.texts import Texts

_EVERY = "0.5s"
_ALERTS_SHOWN = 7


def main() -> None:
    state = st.session_state
    browser = "es" if str(st.context.locale or "").lower().startswith("es") else "en"
    before = state.get("production_language") or state.get("language") or "auto"
    t = Texts(browser if before == "auto" else before)
    st.set_page_config(page_title=t("production_title"), page_icon=":material/factory:", layout="wide")
    st.html(style.CSS + charts.CSS + "<style>.block-container{max-width:1280px}</style>")
    with st.sidebar:
        st.segmented_control(
            t("language"), ["en", "es"], default=t.language, key="production_language", required=True,
            format_func=str.upper,
        )  # fmt: skip
        day = _day(t)
        both = st.segmented_control(
            t("production_show"), [False, True], default=False, key="production_both", required=True,
            format_func=lambda done: t("production_all") if done else t("production_open"),
        )  # fmt: skip
    st.html(
        f'<h1 class="brand">{safe.html(t("production_title"))}</h1>'
        f'<p class="tagline">{safe.html(t("production_tagline"))}</p>'
    )
    _live(t, day, bool(both))


def _day(t: Texts) -> date | None:
    """The day to show; None is today. A line of text: Streamlit's date field takes no Enter, and covers the page with
    its calendar until then."""
    today = datetime.now().astimezone().date()
    typed = st.text_input(t("as_of"), key="production_day", placeholder=t("day_form"), help=t("day_help")).strip()
    if not typed:
        return None
    st.button(t("day_today"), on_click=_today, icon=":material/today:")
    found = re.fullmatch(r"(\d{4})[-/. ]?(\d{1,2})[-/. ]?(\d{1,2})", typed)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        st.warning(t("day_unread", form=t("day_form"), example=today.isoformat()))
    elif day > today:
        st.warning(t("day_to_come", date=t.day(day)))
        return None
    return day


def _today() -> None:
    st.session_state.production_day = ""


@st.fragment(run_every=_EVERY)
def _live(t: Texts, day: date | None, both: bool) -> None:
    """Asked for twice a second; the API answers only when something changed."""
    try:
        board = _board(t, day)
    except client.Away:
        st.warning(t("away_title"))
        return
    except client.Problem as problem:
        st.warning(safe.markdown(str(problem)))
        return
    if not board["orders"]:
        since = board.get("known_since")
        if day and since:
            st.info(t("production_nothing_then", date=t.day(day), since=t.day(since)))
        else:
            st.info(f"{t('production_empty')} {t('production_empty_hint')}")
        return
    _draw(board, t, both, day)


def _board(t: Texts, day: date | None) -> dict[str, Any]:
    """The board; the one at hand when nothing changed since."""
    state = st.session_state
    query: dict[str, Any] = {"language": t.language}
    if day is not None:
        query["as_of"] = query["known_on"] = day.isoformat()
    known = state.get("board")
    if known is not None and known["query"] == query:
        query = {**query, "version": known["board"]["version"]}
    found = client.call("GET", "/v1/production/board", params=query)
    if found.get("unchanged") and known is not None:
        board: dict[str, Any] = known["board"]
        return board
    query.pop("version", None)
    state.board = {"query": query, "board": found, "at": datetime.now().astimezone()}
    return found


def _draw(board: dict[str, Any], t: Texts, both: bool, day: date | None) -> None:
    events = sum(int(o["events"]) for o in board["orders"])
    at = st.session_state.board["at"].strftime("%H:%M:%S")
    words = t("production_past", date=t.day(day)) if day else t("production_live", events=t.number(events), time=at)
    sample = f" · {t('production_sample')}" if board["sample"] else ""
    st.html(f'<p class="live{" past" if day else ""}">{safe.html(words + sample)}</p>')
    st.html(
        charts.cards(board["kpis"], board["trends"], t) + f'<p class="soft">{safe.html(t("production_window"))}</p>'
    )
    orders = [o for o in board["orders"] if both or not o["delivered_on"]]
    st.html(f'<p class="head">{safe.html(t("production_orders"))}</p>')
    st.html(charts.timeline(orders, date.fromisoformat(board["as_of"]), t, past=day is not None))
    left, right = st.columns(2, gap="large")
    with left:
        _alerts(board["alerts"], t, board["alerts_on"])
        st.html(f'<p class="head">{safe.html(t("oee_parts"))}</p>')
        oee = next((k for k in board["kpis"] if k["name"] == "oee"), None)
        st.html(charts.factors(oee, board["oee"], t))
    with right:
        st.html(f'<p class="head">{safe.html(t("defects"))}</p>{charts.pareto(board["defects"], t)}')
        st.html(f'<p class="head">{safe.html(t("output"))}</p>{charts.output(board["output"], t)}')
    rows = [
        [safe.html(d["order_id"]), safe.html(d["label"]),
         tables.chip(t.one_of("paper_states", d["state"]), _CHIP.get(d["state"], "claimed")), safe.html(t.day(d["expires"]))]
        for d in board["documents"]
    ]  # fmt: skip
    if rows:
        st.html(tables.table(t.list("columns_documents"), rows, caption=t("documents"), kind="papers"))


_CHIP = {"ok": "applied", "missing": "claimed", "expired": "expired", "mismatched": "expired"}


def _alerts(alerts: list[dict[str, Any]], t: Texts, then: str | None) -> None:
    """`then`: the past day on which these risks held; nobody can acknowledge them any more."""
    head = t("alerts_then", date=t.day(then)) if then else t("alerts")
    st.html(f'<p class="head">{safe.html(head)}</p>')
    if not alerts:
        st.caption(t("no_risks_then") if then else t("no_alerts"))
    rank = {"high": 0, "medium": 1, "low": 2}
    ordered = sorted(alerts, key=lambda a: (a["acknowledged_at"] is not None, rank.get(a["severity"], 3)))
    for alert in ordered[:_ALERTS_SHOWN]:
        risk, seen = alert["risk"], alert["acknowledged_at"] is not None
        words, button = st.columns([2, 1], vertical_alignment="center")
        with words:
            told = f" · {t('acknowledged', by=alert['acknowledged_by'])}" if seen else ""
            st.html(
                f'<div class="alert {safe.html(alert["severity"])}{" seen" if seen else ""}"><strong>{safe.html(alert["order_id"])}'
                f"</strong> {safe.html(risk['title'])} <span class='soft'>({safe.html(t.one_of('severities', alert['severity']))}{safe.html(told)})</span>"
                f"<br>{safe.html(risk['cause'])}<br><span class='soft'>{safe.html(t('next_step', step=risk['next_step']))}</span></div>"
            )
        if not seen and not then:
            with button:
                st.button(t("acknowledge"), key=f"seen-{alert['id']}", on_click=_acknowledge, args=(alert["id"],))
    if len(ordered) > _ALERTS_SHOWN:
        st.caption(t("more_alerts", count=len(ordered) - _ALERTS_SHOWN))


def _acknowledge(alert_id: int) -> None:
    try:
        client.call("POST", f"/v1/production/alerts/{alert_id}/acknowledge", json={"by": ""})
    except (client.Away, client.Problem) as problem:
        st.toast(safe.markdown(str(problem)))

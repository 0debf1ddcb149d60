"""The side of the page: language, day, threads, documents of one's own."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import streamlit as st

from assistant.schema import Language
from ui import client, safe, tables
from ui.texts import Texts

_SHOWN = 30


def sidebar(t: Texts) -> tuple[Language | None, date | None]:
    """Draw it; returns the language to answer in (None: the question's) and the day (None: today)."""
    with st.sidebar:
        language = st.segmented_control(
            t("language"),
            ["auto", "en", "es"],
            default="auto",
            key="language",
            required=True,
            format_func=lambda code: {"auto": t("auto"), "en": "EN", "es": "ES"}[code],
        )
        as_of = st.date_input(t("as_of"), value=None, key="as_of", format="YYYY-MM-DD", help=t("as_of_help"))
        st.button(t("new_thread"), key="new", icon=":material/add:", type="primary", width="stretch", on_click=_leave)
        _threads(t)
        with st.expander(t("upload"), icon=":material/upload_file:"):
            _documents(t)
    spoken: dict[str | None, Language] = {"en": "en", "es": "es"}
    return spoken.get(language), as_of


def _leave() -> None:
    """To an empty page; an answer still being written is stopped."""
    state = st.session_state
    if state.stream is not None:
        state.stream.stop()
    state.stream, state.thread_id, state.messages, state.trouble = None, None, [], None


def _threads(t: Texts) -> None:
    state = st.session_state
    if state.threads is None:
        try:
            state.threads = client.threads()
        except client.Away:
            state.threads = "away"
        except client.Problem:
            state.threads = []
    st.html(f'<p class="head">{safe.html(t("threads"))}</p>')
    rows = state.threads if isinstance(state.threads, list) else []
    if not rows:
        st.caption(t("no_threads"))
    with st.container(gap="xsmall", key="threads", height=260 if len(rows) > 7 else "content"):
        for row in rows[:_SHOWN]:
            name = str(row["thread_id"])
            label = safe.title(str(row.get("title") or name), 44)
            kind = "secondary" if name == state.thread_id else "tertiary"
            st.button(label, key=f"thread-{name}", type=kind, width="stretch", on_click=_open, args=(name,))
    if state.thread_id is not None:
        st.button(
            t("delete_thread"), key="delete", icon=":material/delete:", type="tertiary", on_click=_delete, args=(t,)
        )


def _open(name: str) -> None:
    state = st.session_state
    try:
        found = client.thread(name)
    except client.Away:
        state.threads = "away"
        return
    except client.Problem as problem:
        st.toast(safe.markdown(str(problem)))
        state.threads = None
        return
    _leave()
    state.thread_id = name
    for turn in found.get("turns", []):
        state.messages.append({"role": "user", "text": turn["question"], "key": uuid.uuid4().hex})
        if turn.get("answer"):
            state.messages.append({"role": "assistant", "answer": turn["answer"], "key": uuid.uuid4().hex})


def _delete(t: Texts) -> None:
    state = st.session_state
    try:
        client.delete_thread(state.thread_id)
    except client.Away:
        state.threads = "away"
        return
    except client.Problem as problem:
        if problem.error.get("code") != "not_found":
            st.toast(safe.markdown(t("delete_refused", message=problem)))
            return
    _leave()
    state.threads = None


def _documents(t: Texts) -> None:
    st.caption(t("upload_hint"))
    round_ = st.session_state.setdefault("upload_round", 0)
    files = st.file_uploader(t("upload_files"), accept_multiple_files=True, key=f"files-{round_}")
    if st.button(t("upload_go"), key="upload", disabled=not files, width="stretch"):
        with st.spinner(t("upload_busy")):
            try:
                report = client.upload([(file.name, file.getvalue()) for file in files])
            except client.Away:
                st.error(t("away_title"))
                return
            except client.Problem as problem:
                hint = problem.error.get("hint") or ""
                st.error(safe.markdown(f"{problem}. {hint}"))
                return
        st.session_state.report = report
        st.session_state.upload_round += 1
        st.rerun()
    for row in st.session_state.get("report", []):
        st.html(_loaded(row, t))


def _loaded(row: dict[str, Any], t: Texts) -> str:
    """One file of the report: status, name, what it is, why not, which words nobody knows."""
    status = str(row.get("status"))
    kind = "expired" if status == "rejected" else "applied"
    facts = [str(row["kind"])] if row.get("kind") else []
    facts += [
        f"{name} {t.number(count)}" for name, count in (row.get("counts") or {}).items() if isinstance(count, int)
    ]
    notes = [str(row["reason"])] if row.get("reason") else []
    notes += [str(word) for word in row.get("unmapped") or []][:5]
    return (
        f"<p>{tables.chip(t.one_of('upload_status', status), kind)} {safe.html(row.get('file'))}<br>"
        f'<span class="soft">{safe.html(", ".join(facts))}</span></p>'
        f"{tables.listing('', notes)}"
    )

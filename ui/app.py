"""The chat page. It talks to the API over HTTP (SOURCING_API_URL) and knows nothing else of the assistant.

Started by `sourcing up`, or by `streamlit run ui/app.py` beside a running API.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import streamlit as st

from assistant.schema import AskRequest, Language
from ui import answer, client, production, safe, style
from ui.sidebar import sidebar
from ui.texts import Texts


def _start(question: str, language: Language | None, as_of: date | None) -> None:
    """Send a question; the page draws what comes."""
    state = st.session_state
    if not state.messages or state.messages[-1].get("text") != question or state.messages[-1]["role"] != "user":
        state.messages.append({"role": "user", "text": question, "key": uuid.uuid4().hex})
    state.trouble = None
    request = AskRequest(question=question, thread_id=state.thread_id, as_of=as_of, language=language)
    state.stream = client.Stream(request)


def _typed(language: Language | None, as_of: date | None) -> None:
    question = (st.session_state.typed or "").strip()
    if question:
        _start(question, language, as_of)


def _stop() -> None:
    """Leave the answer where it is; the API stops working on it."""
    stream: client.Stream | None = st.session_state.stream
    if stream is not None:
        stream.stop()
        _keep({"role": "assistant", "text": stream.text, "stopped": True})


def _keep(message: dict[str, Any]) -> None:
    st.session_state.messages.append({**message, "key": uuid.uuid4().hex})
    st.session_state.stream = None
    st.session_state.threads = None  # asked for anew


def _draw(message: dict[str, Any], t: Texts) -> None:
    with st.chat_message(
        message["role"], avatar=":material/person:" if message["role"] == "user" else ":material/factory:"
    ):
        if message.get("answer"):
            answer.draw(message, t)
            return
        if message.get("text"):
            st.markdown(safe.markdown(message["text"]), anchors=False)
        if message.get("stopped"):
            st.caption(t("stopped"))
        if message.get("error"):
            error = message["error"]
            hint = f"  \n{safe.markdown(str(error['hint']))}" if error.get("hint") else ""
            st.warning(t("problem", message=safe.markdown(str(error.get("message", "")))) + hint)


def _follow(stream: client.Stream, t: Texts) -> None:
    """Draw an answer while it is written. The script is stopped and begun anew by any click; it takes up again here."""
    with st.chat_message("assistant", avatar=":material/factory:"):
        activity, text = st.empty(), st.empty()
        st.button(t("stop"), key="stop", icon=":material/stop_circle:", on_click=_stop)
        _activity(activity, stream, t)
        text.markdown(safe.markdown(stream.text))
        for event in stream.events():
            if event is None:
                text.markdown(safe.markdown(stream.text))  # nothing new; a place where a click can take effect
                continue
            name, data = event
            if name == "answer":
                st.session_state.thread_id = data["thread_id"]
                _keep({"role": "assistant", "answer": data})
            elif name == "error":
                _keep({"role": "assistant", "text": stream.text, "error": data["error"]})
            elif name == "away":
                st.session_state.trouble = stream.request.question
                st.session_state.stream = None
            elif name == "token":
                text.markdown(safe.markdown(stream.text))
            else:
                _activity(activity, stream, t)
    st.rerun()


def _activity(place: Any, stream: client.Stream, t: Texts) -> None:
    rows = []
    for row in stream.activity:
        name = t.one_of("tools", str(row["name"]))
        done = row["summary"] is not None
        words = t("activity_done", name=name, summary=row["summary"]) if done else t("activity", name=name)
        rows.append(f'<p class="activity {"done" if done else "busy"}">{safe.html(words)}</p>')
    place.html("".join(rows) or f'<p class="activity busy">{safe.html(t("working"))}</p>')


def _away(t: Texts, language: Language | None, as_of: date | None) -> None:
    """The API is not there: say so, and offer to try again with the question that was lost."""
    with st.container(border=True, key="away"):
        st.markdown(f"**{t('away_title')}**")
        st.write(safe.markdown(t("away_text", url=client.base_url())))
        question = st.session_state.trouble
        again = (_start, (question, language, as_of)) if question else (_reload, ())
        st.button(t("retry"), key="retry", type="primary", on_click=again[0], args=again[1])


def _reload() -> None:
    st.session_state.threads = None
    st.session_state.trouble = None


def main() -> None:
    state = st.session_state
    for name, value in (("messages", []), ("thread_id", None), ("stream", None), ("threads", None), ("trouble", None)):
        state.setdefault(name, value)
    browser = "es" if str(st.context.locale or "").lower().startswith("es") else "en"
    chosen = state.get("language") or "auto"
    t = Texts(browser if chosen == "auto" else chosen)
    st.set_page_config(page_title=t("title"), page_icon=":material/factory:", layout="wide")
    st.html(style.CSS)
    language, as_of = sidebar(t)
    st.html(f'<h1 class="brand">{safe.html(t("title"))}</h1><p class="tagline">{safe.html(t("tagline"))}</p>')
    st.chat_input(
        t("input"),
        key="typed",
        max_chars=20_000,
        disabled=state.stream is not None,
        on_submit=_typed,
        args=(language, as_of),
    )
    if state.trouble is not None or state.threads == "away":
        for message in state.messages:
            _draw(message, t)
        _away(t, language, as_of)
        return
    if not state.messages:
        st.html(f'<p class="head">{safe.html(t("examples_head"))}</p>')
        for number, example in enumerate(t.list("examples")):
            st.button(
                safe.markdown(example),
                key=f"example-{number}",
                width="stretch",
                on_click=_start,
                args=(example, language, as_of),
            )
    for message in state.messages:
        _draw(message, t)
    if state.stream is not None:
        _follow(state.stream, t)


def pages() -> None:
    """Both pages, named in the reader's language."""
    chosen = st.session_state.get("language") or st.session_state.get("production_language") or "auto"
    browser = "es" if str(st.context.locale or "").lower().startswith("es") else "en"
    t = Texts(browser if chosen == "auto" else chosen)
    chat = st.Page(main, title=t("page_chat"), icon=":material/forum:", url_path="ask", default=True)
    board = st.Page(production.main, title=t("page_production"), icon=":material/monitoring:", url_path="production")
    st.navigation([chat, board]).run()


pages()

"""One answer on the page: prose, tables, sources that open, what was not checked, a thumb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui import client, safe, tables
from ui.texts import Texts

_AROUND = 2  # passages shown on either side of the quoted one, in a source without pages
_QUOTE_HEAD = 80  # as much of a quote as is compared: quotes may be cut


def draw(message: dict[str, Any], t: Texts) -> None:
    """`message` has `answer` (an Answer's dict) and `key`, which is unique on the page."""
    answer, key = message["answer"], message["key"]
    if answer["status"] in ("refused", "partial"):
        st.badge(t(f"status_{answer['status']}"), color="orange")
    before, after = tables.around_repeats(answer["answer"], answer["tool_calls"])
    st.markdown(safe.markdown(before), anchors=False)
    cited = {c["document_id"]: c["id"] for c in answer["citations"] if c.get("document_id")}
    for call in answer["tool_calls"]:
        parts = tables.for_call(call, t, cited)
        if parts:
            st.html("".join(parts))
    if after:
        st.markdown(safe.markdown(after), anchors=False)
    sources(answer["citations"], key, t)
    asked = {
        fact.get(key)
        for call in answer["tool_calls"]
        for fact in (call.get("response") or {}).get("needs_facts") or []
        for key in ("name", "question")
    }
    missing = [str(item) for item in answer.get("missing") or [] if item not in asked]  # asked beside the table
    if missing:
        st.html(tables.listing(t("missing"), missing))
    unchecked = [str(item) for item in answer.get("not_covered") or []]
    if unchecked:
        with st.expander(t("not_covered", count=len(unchecked))):
            st.html(tables.listing("", unchecked))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        seconds = t.number(round(float(answer["ms"]) / 1000, 1))
        st.caption(t("about", date=t.day(answer["as_of"]), model=safe.title(answer["model"]), seconds=seconds))
        with st.container(width="content", key=f"feedback-{key}"):
            st.feedback("thumbs", key=f"thumb-{key}", on_change=_rate, args=(answer["thread_id"], f"thumb-{key}", t))


def _rate(thread_id: str, widget: str, t: Texts) -> None:
    given = st.session_state.get(widget)
    if given is None:
        return
    try:
        client.feedback(thread_id, "up" if given else "down")
        st.toast(t("thanks"))
    except client.Away:
        st.toast(t("away_title"))
    except client.Problem as problem:
        st.toast(safe.markdown(str(problem)))


def sources(citations: Sequence[dict[str, Any]], key: str, t: Texts) -> None:
    """A button a source; it opens the quoted passage."""
    if not citations:
        return
    with st.container(gap=None, key=f"sources-{key}"):
        st.html(f'<p class="head">{safe.html(t("sources"))}</p>')
        for place, citation in enumerate(citations):
            page = f", {t('page', page=citation['page'])}" if citation.get("page") else ""
            label = f"{safe.title('[' + str(citation['id']) + '] ' + citation['title'])}{page}"
            if st.button(label, key=f"source-{key}-{place}", type="tertiary", help=t("open_source")):
                _open(citation, t)


def _open(citation: dict[str, Any], t: Texts) -> None:
    st.dialog(safe.title(citation["title"], 120), width="medium")(_passage)(citation, t)


def _passage(citation: dict[str, Any], t: Texts) -> None:
    """The body of the dialog: what the source is, and its page with the quoted passage marked."""
    document = _document(citation, t)
    about = document or citation
    dates = [t("since", date=t.day(about["effective_from"]))] if about.get("effective_from") else []
    dates += [t("until", date=t.day(about["effective_to"]))] if about.get("effective_to") else []
    facts = [t("page_long", page=citation["page"])] if citation.get("page") else []
    if dates:
        facts.append(t("in_force", dates=", ".join(dates)))
    facts += [str(about[name]) for name in ("revision", "file") if about.get(name)]
    sample = f" {tables.chip(t('sample'), 'sample')}" if about.get("sample") else ""
    st.html(f'<p class="facts">{safe.html(" · ".join(facts))}{sample}</p>')
    url = safe.web_link(about.get("url"))
    if url:
        st.link_button(t("official_page"), url)
    passages = (document or {}).get("passages") or []
    quote = " ".join((citation.get("quote") or "").split())
    marked = [place for place, p in enumerate(passages) if _is_quoted(p["text"], quote)]
    if citation.get("quote") and not marked:
        _show({"paragraph": t("quoted"), "text": citation["quote"]}, quoted=True)
    if marked and not citation.get("page"):
        passages = [p for n, p in enumerate(passages) if any(abs(n - m) <= _AROUND for m in marked)]
    for passage in passages:
        _show(passage, quoted=_is_quoted(passage["text"], quote))
    if not passages and not citation.get("quote"):
        st.info(t("no_text") if citation.get("document_id") else t("not_stored"))


def _document(citation: dict[str, Any], t: Texts) -> dict[str, Any] | None:
    if not citation.get("document_id"):
        return None
    try:
        return client.document(citation["document_id"], citation.get("page"))
    except client.Away:
        st.warning(t("away_title"))
    except client.Problem as problem:
        if problem.error.get("code") != "not_found":
            st.warning(f"{t('source_away')} {safe.markdown(str(problem))}")
    return None


def _is_quoted(text: str, quote: str) -> bool:
    return bool(quote) and quote[:_QUOTE_HEAD] in " ".join(text.split())


def _show(passage: dict[str, Any], *, quoted: bool) -> None:
    head = f"<h4>{safe.html(passage['paragraph'])}</h4>" if passage.get("paragraph") else ""
    kind = "passage quoted" if quoted else "passage"
    st.html(f'<div class="{kind}">{head}{safe.html(passage["text"])}</div>')

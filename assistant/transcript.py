"""A thread as Markdown that one can send on: questions, answers, and the sources of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.replay import TurnCheck

_WORDS = {
    "en": {
        "asked": "Asked for {day}",
        "sources": "Sources",
        "unfinished": "(no answer: the work was interrupted)",
        "data": "Answered by {model} from {vintage}.",
        "page": "p. {page}",
        "same": "Still right: {calls} look-up(s) repeated for {asked} and for {day} give the same.",
        "none": "Nothing to check: this answer rests on no look-up.",
        "changed": "Changed between {asked} and {day}:",
        "because_data": "what is loaded changed",
        "because_date": "in force on the later day",
        "nothing": "—",
        "failed": "Could not be repeated: {what}",
    },
    "es": {
        "asked": "Preguntado para el {day}",
        "sources": "Fuentes",
        "unfinished": "(sin respuesta: el trabajo se interrumpió)",
        "data": "Contestó {model} con {vintage}.",
        "page": "p. {page}",
        "same": "Sigue vigente: {calls} consulta(s) repetida(s) para el {asked} y para el {day} dan lo mismo.",
        "none": "Nada que revisar: esta respuesta no se apoya en ninguna consulta.",
        "changed": "Cambió entre el {asked} y el {day}:",
        "because_data": "cambió lo cargado",
        "because_date": "vigente en la fecha posterior",
        "nothing": "—",
        "failed": "No se pudo repetir: {what}",
    },
}


def markdown(thread: Mapping[str, Any]) -> str:
    """The thread (as `Threads.show` gives it) as Markdown, each answer in its language."""
    parts = [f"# {_plain(thread['title'])}"]
    for turn in thread["turns"]:
        answer = turn["answer"]
        words = _WORDS[answer["language"] if answer else "en"]
        asked = words["asked"].format(day=turn["as_of"]) if turn.get("as_of") else ""
        parts.append(f"## {_plain(turn['question'])}" + (f"\n\n*{asked}*" if asked else ""))
        if answer is None:
            parts.append(words["unfinished"])
            continue
        parts.append(answer["answer"])
        if answer["citations"]:
            lines = [f"**{words['sources']}**", ""]
            lines += [f"{n}. {_cited(c, words)}" for n, c in enumerate(answer["citations"], start=1)]
            parts.append("\n".join(lines))
        vintage = "; ".join(f"{name}: {value}" for name, value in answer["data_vintage"].items())
        if vintage:
            parts.append(f"*{words['data'].format(model=answer['model'], vintage=vintage)}*")
    return "\n\n".join(parts) + "\n"


def checked(turns: Sequence[TurnCheck]) -> str:
    """What `check_turn` found, as Markdown, each turn in its language."""
    parts = []
    for turn in turns:
        words = _WORDS[turn.language]
        days = {"asked": turn.as_of.isoformat(), "day": turn.checked_for.isoformat()}
        lines = [f"## {_plain(turn.question)}", ""]
        if turn.same:
            lines.append(words["same"].format(calls=turn.calls, **days) if turn.calls else words["none"])
        elif turn.changes:
            lines += [words["changed"].format(**days), ""]
        for change in turn.changes:
            source = f" [{change.source['title']}]" if change.source else ""
            before, after = change.before or words["nothing"], change.after or words["nothing"]
            cause = words[f"because_{change.because}"]
            lines.append(f"- `{change.tool}` {change.where}: {before} → {after} ({cause}){source}")
        lines += [words["failed"].format(what=what) for what in turn.failed]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _cited(citation: Mapping[str, Any], words: Mapping[str, str]) -> str:
    page = f", {words['page'].format(page=citation['page'])}" if citation.get("page") else ""
    where = citation.get("url") or citation.get("document_id")
    return f"{citation['title']}{page}" + (f" <{where}>" if where else "")


def _plain(text: str) -> str:
    """One line that cannot be taken for Markdown's own marks at its start."""
    return " ".join(str(text).split()).lstrip("#>-*|` ")

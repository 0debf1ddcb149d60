"""`sourcing ask`."""

from __future__ import annotations

import argparse
import sys

from pydantic import ValidationError

from assistant.bootstrap import open_services
from assistant.config import load_settings
from assistant.errors import InvalidInput
from assistant.schema import Answer, AskRequest


def run(options: argparse.Namespace) -> int:
    settings = load_settings()
    question = sys.stdin.read() if options.question == "-" else options.question
    try:
        request = AskRequest(
            question=question.strip(),
            thread_id=options.thread,
            as_of=options.as_of,
            language=options.lang,
            model=options.model,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            f"{first['loc'][0]}: {first['msg']}",
            field=str(first["loc"][0]),
            hint="ask in a few sentences; load long documents with `sourcing ingest` instead",
        ) from error
    services = open_services(settings)
    services.load_sample_if_empty(_note)
    answer = services.ask(request)
    print(answer.model_dump_json() if options.json else _text(answer))
    return 0


def _note(what: str, done: int, total: int) -> None:
    """First use of an empty home: say that the embedded corpus is being loaded, once."""
    if done == 0 and what == "files" and sys.stderr.isatty():
        print("Loading the embedded corpus, once …", file=sys.stderr)


def _text(answer: Answer) -> str:
    """The answer for a terminal: prose, then its sources."""
    lines = [answer.answer.strip()]
    if answer.citations:
        lines += ["", "Fuentes:" if answer.language == "es" else "Sources:"]
        for number, citation in enumerate(answer.citations, start=1):
            page = f", p. {citation.page}" if citation.page else ""
            where = citation.url or citation.document_id or ""
            lines.append(f"  [{number}] {citation.title}{page}{f' — {where}' if where else ''}")
    label = "Hilo" if answer.language == "es" else "Thread"
    lines += ["", f"{label}: {answer.thread_id}"]
    return "\n".join(lines)
